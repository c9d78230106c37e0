//! Execution providers that are libraries of their own, and the devices that ONNX Runtime knows.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr::null;

use ort::AsPointer;
use ort::device::Device;
use ort::environment::Environment;
use ort::memory::DeviceType;
use ort::sys::OrtKeyValuePairs;
use serde::Serialize;

/// A provider that networks are to run on, with the device and the options that it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name in ONNX Runtime, e.g. `OpenVINOExecutionProvider`.
    pub name: String,
    /// Which of its devices.
    pub index: usize,
    /// Keys and values.
    pub options: Vec<(String, String)>,
}

/// A device that a provider can run networks on.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    /// The provider's name, for `context.provider`.
    pub provider: String,
    /// Which of the provider's devices it is, for `context.device_index`.
    pub index: usize,
    /// `cpu`, `gpu` or `npu`.
    pub kind: &'static str,
    /// Who made the device.
    pub vendor: String,
    /// Who made the provider.
    pub provider_vendor: String,
    /// The maker's number of the device.
    pub id: u32,
    /// What the provider says of itself: its version, and more.
    pub metadata: BTreeMap<String, String>,
    /// What is known of the device: its memory, whether it is a virtual one, and more.
    pub hardware: BTreeMap<String, String>,
    /// Options of the provider that this device sets.
    pub options: BTreeMap<String, String>,
}

/// All devices, those of a provider in the order in which `context.device_index` counts.
pub fn devices(environment: &Environment) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    for device in environment.devices() {
        let Ok(provider) = device.ep() else { continue };
        let hardware = device.hardware_device();
        let api = ort::api();
        // SAFETY: device and hardware live as long as the environment; the pairs are theirs and are copied at once.
        let [metadata, options, about] = unsafe {
            [
                pairs((api.EpDevice_EpMetadata)(device.ptr())),
                pairs((api.EpDevice_EpOptions)(device.ptr())),
                pairs((api.HardwareDevice_Metadata)(hardware.ptr())),
            ]
        };
        found.push(Known {
            index: found.iter().filter(|known| known.provider == provider).count(),
            provider: provider.to_owned(),
            kind: match hardware.ty() {
                DeviceType::GPU => "gpu",
                DeviceType::NPU => "npu",
                _ => "cpu",
            },
            vendor: hardware.vendor().unwrap_or_default().to_owned(),
            provider_vendor: device.ep_vendor().unwrap_or_default().to_owned(),
            id: hardware.id(),
            metadata,
            hardware: about,
            options,
        });
    }
    found
}

/// The device of a provider with that index.
pub(super) fn device<'a>(environment: &'a Environment, provider: &str, index: usize) -> Option<Device<'a>> {
    environment.devices().filter(|device| device.ep().is_ok_and(|name| name == provider)).nth(index)
}

/// Has ONNX Runtime load a provider's library.
///
/// # Errors
/// ONNX Runtime's.
pub fn register(environment: &Environment, name: &str, path: &Path) -> ort::Result<()> {
    environment.register_ep_library(name, path)
}

/// Has it unload one again, none of whose devices is in use.
pub fn unregister(environment: &Environment, name: &str) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: environment and name are alive.
    let status =
        unsafe { (ort::api().UnregisterExecutionProviderLibrary)(environment.ptr().cast_mut(), name.as_ptr()) };
    // SAFETY: the status came from the call above and is taken over once. A library that stays does no harm.
    drop(unsafe { ort::Error::<()>::result_from_status(status) });
}

/// Names of the providers that are built in.
pub fn built_in() -> Vec<String> {
    let api = ort::api();
    let (mut names, mut count) = (std::ptr::null_mut(), 0);
    // SAFETY: on success `names` points to `count` texts, which are copied and then given back once.
    unsafe {
        let status = (api.GetAvailableProviders)(&mut names, &mut count);
        if ort::Error::<()>::result_from_status(status).is_err() || names.is_null() {
            return Vec::new();
        }
        let texts = std::slice::from_raw_parts(names.cast_const(), usize::try_from(count).unwrap_or(0));
        let copied = texts.iter().map(|&text| CStr::from_ptr(text).to_string_lossy().into_owned()).collect();
        drop(ort::Error::<()>::result_from_status((api.ReleaseAvailableProviders)(names, count)));
        copied
    }
}

/// Copies pairs of texts.
///
/// # Safety
/// The pointer is NULL or to pairs of ONNX Runtime that are alive.
unsafe fn pairs(of: *const OrtKeyValuePairs) -> BTreeMap<String, String> {
    let (mut keys, mut values, mut count) = (null(), null(), 0);
    if of.is_null() {
        return BTreeMap::new();
    }
    // SAFETY: by this function's contract.
    unsafe { (ort::api().GetKeyValuePairs)(of, &mut keys, &mut values, &mut count) };
    if count == 0 || keys.is_null() || values.is_null() {
        return BTreeMap::new();
    }
    // SAFETY: ONNX Runtime gave `count` keys and as many values, all ending in a NUL.
    let text = |texts: *const *const c_char, at: usize| unsafe { CStr::from_ptr(*texts.add(at)) }.to_string_lossy();
    (0..count).map(|at| (text(keys, at).into_owned(), text(values, at).into_owned())).collect()
}
