//! The version of an ONNX Runtime library, asked before anything else is.

use std::ffi::CStr;
use std::path::Path;

use crate::error::{Error, Result};

/// The version of the ONNX Runtime library at a path, which is loaded for it.
///
/// # Errors
/// [`Error::Device`] when it cannot be loaded, is no ONNX Runtime, or is older than 1.24.
pub fn version(path: &Path) -> Result<String> {
    let place = path.display();
    // SAFETY: the host names this library as ONNX Runtime, whose initialisers may run in any program.
    let library = unsafe { libloading::Library::new(path) }.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        Error::Device(format!(
            "ONNX Runtime at {place} cannot be loaded: {error}{cause}; its own libraries must be at hand"
        ))
    })?;
    let alien = || Error::Device(format!("{place} is not ONNX Runtime; it must give its version and its interface"));
    // SAFETY: the symbol has had this type in every version of ONNX Runtime.
    let entry: libloading::Symbol<'_, unsafe extern "C" fn() -> *const ort::sys::OrtApiBase> =
        unsafe { library.get(b"OrtGetApiBase") }.map_err(|_| alien())?;
    // SAFETY: as above; the result is checked.
    let base = unsafe { entry().as_ref() }.ok_or_else(alien)?;
    // SAFETY: the first two members of the interface are the same in every version.
    let text = unsafe { (base.GetVersionString)() };
    if text.is_null() {
        return Err(alien());
    }
    // SAFETY: ONNX Runtime gives a NUL-terminated text that it keeps.
    let version = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
        return Err(Error::Device(format!(
            "ONNX Runtime at {place} is version {version}; it must be 1.24 or newer (1.28.0 is the qualified version)"
        )));
    }
    Ok(version)
}

/// Nodes by device are told from this version on.
const OLDEST: (u32, u32) = (1, 24);
