//! The functions of libabbe, looked up in the library that Java names.
//!
//! Nothing of libabbe is linked: the JNI library builds without it, its errors say which file was tried, and the two
//! meet at the C ABI alone.
// Everything that the header declares stands here, also what Java has no use for.
#![allow(dead_code)]

use std::ffi::{c_char, c_void};
use std::sync::OnceLock;

use libloading::Library;

use crate::boundary::Failure;

/// A key that libabbe gave out.
pub type Handle = *mut c_void;

macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)+) => {
        /// Addresses of the functions of `abbe.h`, each under its name without `abbe_`.
        #[allow(missing_docs)]
        pub struct Abbe {
            $(pub $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
        }

        impl Abbe {
            fn find(library: &Library, path: &str) -> Result<Self, Failure> {
                Ok(Self { $($name: {
                    let symbol = concat!("abbe_", stringify!($name));
                    // SAFETY: the signatures are generated from abbe.h, which libabbe of this version keeps.
                    *unsafe { library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(symbol.as_bytes()) }
                        .map_err(|_| Failure::new(UNSUPPORTED, format!(
                            "{path} has no function {symbol}; it must be libabbe {} or a later version of the same series",
                            env!("CARGO_PKG_VERSION")
                        )))?
                },)+ })
            }
        }
    };
}

// <generated>
/// `abbe_log_fn`.
#[rustfmt::skip]
pub type Log = unsafe extern "C" fn(user: *mut c_void, level: i32, message: *const c_char);

/// `abbe_progress_fn`.
#[rustfmt::skip]
pub type Progress = unsafe extern "C" fn(user: *mut c_void, fraction: f64) -> i32;

/// `abbe_read_fn`.
#[rustfmt::skip]
pub type Read = unsafe extern "C" fn(user: *mut c_void, image: i64, start: *const i64, shape: *const i64, samples: *mut c_void, bytes: usize) -> i32;

/// `abbe_write_fn`.
#[rustfmt::skip]
pub type Write = unsafe extern "C" fn(user: *mut c_void, image: i64, start: *const i64, shape: *const i64, samples: *const c_void, bytes: usize) -> i32;

/// `abbe_deliver_fn`.
#[rustfmt::skip]
pub type Deliver = unsafe extern "C" fn(user: *mut c_void, image: *const c_void, bytes: usize, facts: *const i64, count: i32);

/// `abbe_release_fn`.
#[rustfmt::skip]
pub type Release = unsafe extern "C" fn(user: *mut c_void, frame: *const c_void);

/// `ABBE_ERROR_ARGUMENT`.
pub const ARGUMENT: i32 = -1;
/// `ABBE_ERROR_HANDLE`.
pub const HANDLE: i32 = -2;
/// `ABBE_ERROR_STATE`.
pub const STATE: i32 = -3;
/// `ABBE_ERROR_UNSUPPORTED`.
pub const UNSUPPORTED: i32 = -4;
/// `ABBE_ERROR_MEMORY`.
pub const MEMORY: i32 = -5;
/// `ABBE_ERROR_IO`.
pub const IO: i32 = -6;
/// `ABBE_ERROR_MODEL`.
pub const MODEL: i32 = -7;
/// `ABBE_ERROR_DEVICE`.
pub const DEVICE: i32 = -8;
/// `ABBE_ERROR_CANCELLED`.
pub const CANCELLED: i32 = -9;
/// `ABBE_ERROR_INTERNAL`.
pub const INTERNAL: i32 = -10;
/// `ABBE_ERROR_BUSY`.
pub const BUSY: i32 = -11;

functions! {
    version: fn() -> u32;
    version_text: fn() -> *const c_char;
    status_text: fn(i32) -> *const c_char;
    error_text: fn(Handle, *mut c_char, usize) -> usize;
    param_count: fn() -> i32;
    param_at: fn(i32, *mut i32) -> i32;
    param_find: fn(*const c_char, *mut i32) -> i32;
    param_range: fn(i32, *mut f64, *mut f64, *mut f64) -> i32;
    param_describe: fn(i32, *mut c_char, usize, *mut usize) -> i32;
    context_create: fn(*mut Handle) -> i32;
    context_set_i64: fn(Handle, i32, i64) -> i32;
    context_set_f64: fn(Handle, i32, f64) -> i32;
    context_set_text: fn(Handle, i32, *const c_char) -> i32;
    context_unset: fn(Handle, i32) -> i32;
    context_set_log: fn(Handle, Option<Log>, *mut c_void, i32) -> i32;
    context_register_provider: fn(Handle, *const c_char, *const c_char) -> i32;
    context_devices: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    context_adopt_onnxruntime: fn(Handle, *const c_void) -> i32;
    context_destroy: fn(Handle);
    psf_create: fn(Handle, i32, *mut Handle) -> i32;
    psf_set_i64: fn(Handle, i32, i64) -> i32;
    psf_set_f64: fn(Handle, i32, f64) -> i32;
    psf_set_text: fn(Handle, i32, *const c_char) -> i32;
    psf_unset: fn(Handle, i32) -> i32;
    psf_set_samples: fn(Handle, *const f32, i32, *const i64) -> i32;
    psf_extent: fn(Handle, i32, *mut i64) -> i32;
    psf_sample: fn(Handle, *mut f32, i32, *const i64) -> i32;
    psf_fit: fn(Handle, Handle) -> i32;
    psf_estimate: fn(Handle, *const f32, i32, *const i64, Option<Progress>, *mut c_void) -> i32;
    psf_cancel: fn(Handle);
    psf_get_i64: fn(Handle, i32, *mut i64) -> i32;
    psf_get_f64: fn(Handle, i32, *mut f64) -> i32;
    psf_report: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    psf_destroy: fn(Handle);
    model_load: fn(Handle, *const c_char, *mut Handle) -> i32;
    model_load_memory: fn(Handle, *const c_void, usize, *mut Handle) -> i32;
    model_builtin: fn(Handle, *const c_char, *mut Handle) -> i32;
    model_set_i64: fn(Handle, i32, i64) -> i32;
    model_set_f64: fn(Handle, i32, f64) -> i32;
    model_unset: fn(Handle, i32) -> i32;
    model_learn: fn(Handle, *const f32, i32, *const i64, Option<Progress>, *mut c_void, *mut Handle) -> i32;
    model_cancel: fn(Handle);
    model_save: fn(Handle, *const c_char) -> i32;
    model_describe: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    model_selftest: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    model_destroy: fn(Handle);
    plan_create: fn(Handle, *mut Handle) -> i32;
    plan_add_step: fn(Handle, i32) -> i32;
    plan_select_step: fn(Handle, i32) -> i32;
    plan_set_psf: fn(Handle, Handle) -> i32;
    plan_set_channel_psf: fn(Handle, i32, Handle) -> i32;
    plan_set_model: fn(Handle, Handle) -> i32;
    plan_set_model_input: fn(Handle, *const c_char, *const f32, i32, *const i64) -> i32;
    plan_set_i64: fn(Handle, i32, i64) -> i32;
    plan_set_f64: fn(Handle, i32, f64) -> i32;
    plan_set_text: fn(Handle, i32, *const c_char) -> i32;
    plan_unset: fn(Handle, i32) -> i32;
    plan_set_input: fn(Handle, i32, *const c_char, *const i64, *const i64, i64) -> i32;
    plan_set_mask: fn(Handle, *const c_void, usize) -> i32;
    plan_set_sensor_map: fn(Handle, i32, *const f32, i32, *const i64) -> i32;
    plan_set_calibrations: fn(Handle, *const c_char) -> i32;
    plan_set_output: fn(Handle, i32, *const i64, i64) -> i32;
    plan_output_shape: fn(Handle, *mut i64, i32, *mut i32) -> i32;
    plan_set_progress: fn(Handle, Option<Progress>, *mut c_void) -> i32;
    plan_commit: fn(Handle) -> i32;
    plan_execute: fn(Handle, *const c_void, usize, *mut c_void, usize) -> i32;
    plan_try_execute: fn(Handle, *const c_void, usize, *mut c_void, usize) -> i32;
    plan_cancel: fn(Handle);
    plan_get_i64: fn(Handle, i32, *mut i64) -> i32;
    plan_get_f64: fn(Handle, i32, *mut f64) -> i32;
    plan_estimated_psf: fn(Handle, Handle) -> i32;
    plan_report: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    plan_destroy: fn(Handle);
    sensor_measure: fn(Handle, i32, *const c_void, usize, i64, i64, i64, i32, *const i64, *mut f32) -> i32;
    plan_save_json: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    plan_load_json: fn(Handle, *const c_char, *mut Handle) -> i32;
    plan_execute_blocks: fn(Handle, Option<Read>, Option<Write>, *mut c_void) -> i32;
    metric_measure: fn(Handle, i32, *const f32, *const f32, i32, *const i64, f64, *mut f64) -> i32;
    assess_create: fn(Handle, *mut Handle) -> i32;
    assess_set_i64: fn(Handle, i32, i64) -> i32;
    assess_set_f64: fn(Handle, i32, f64) -> i32;
    assess_unset: fn(Handle, i32) -> i32;
    assess_set_image: fn(Handle, i32, *const f32, i32, *const i64) -> i32;
    assess_set_mask: fn(Handle, *const c_void, usize) -> i32;
    assess_set_psf: fn(Handle, Handle) -> i32;
    assess_set_plan: fn(Handle, Handle) -> i32;
    assess_run: fn(Handle, Option<Progress>, *mut c_void) -> i32;
    assess_cancel: fn(Handle);
    assess_get_i64: fn(Handle, i32, *mut i64) -> i32;
    assess_get_f64: fn(Handle, i32, *mut f64) -> i32;
    assess_map: fn(Handle, i32, *mut f32, i32, *const i64) -> i32;
    assess_report: fn(Handle, *mut c_char, usize, *mut usize) -> i32;
    assess_destroy: fn(Handle);
    stream_create: fn(Handle, *mut Handle) -> i32;
    stream_add_plan: fn(Handle, Handle) -> i32;
    stream_set_i64: fn(Handle, i32, i64) -> i32;
    stream_set_f64: fn(Handle, i32, f64) -> i32;
    stream_get_i64: fn(Handle, i32, *mut i64) -> i32;
    stream_get_f64: fn(Handle, i32, *mut f64) -> i32;
    stream_set_result: fn(Handle, Option<Deliver>, *mut c_void) -> i32;
    stream_start: fn(Handle) -> i32;
    stream_slot: fn(Handle, *mut i64) -> i32;
    stream_submit: fn(Handle, *const c_void, usize, i64, Option<Release>, *mut c_void, *mut i32) -> i32;
    stream_take: fn(Handle, *mut c_void, usize, *mut i64, i32, *mut i32) -> i32;
    stream_counts: fn(Handle, *mut i64, i32) -> i32;
    stream_wait: fn(Handle, i64) -> i32;
    stream_cancel: fn(Handle) -> i32;
    stream_destroy: fn(Handle);
}
// </generated>

/// Loads libabbe from `path`, once for this copy of the JNI library; it stays loaded.
pub fn load(path: &str) -> Result<(), Failure> {
    if ABBE.get().is_some() {
        return Ok(());
    }
    // SAFETY: the initialisers of libabbe run, which do nothing; the host names a library it trusts.
    let library =
        unsafe { Library::new(path) }.map_err(|cause| Failure::new(IO, format!("libabbe at {path}: {cause}")))?;
    let abbe = Abbe::find(&library, path)?;
    // Objects of libabbe live until the process ends, so does its code.
    std::mem::forget(library);
    let _ = ABBE.set(abbe);
    Ok(())
}

/// The functions, once [`load`] found them.
pub fn loaded() -> Result<&'static Abbe, Failure> {
    ABBE.get().ok_or_else(|| Failure::new(STATE, "libabbe is not loaded; call Abbe.load() first".into()))
}

static ABBE: OnceLock<Abbe> = OnceLock::new();
