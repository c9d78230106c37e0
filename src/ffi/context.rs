//! Contexts.

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, logging, on};
use super::buffers::{json_out, text_in, value_out};
use super::constants::{abbe_context, abbe_log_fn, abbe_param, abbe_status};
use super::handle::{insert, remove};
use crate::error::{Error, Result};
use crate::network;
use crate::params::{CONTEXT_ONNXRUNTIME, known};
use crate::runtime::{Context, Level};

/// Makes a context.
///
/// @param[out] context  Receives the handle.
/// @since 0.1
///
/// # Safety
/// `context` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_create(context: *mut *mut abbe_context) -> abbe_status {
    guard(|| {
        check_target("context", context)?;
        let handle = insert::<abbe_context>(Arc::new(Context::default()))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("context", context, handle) }
    })
}

/// Sets a whole number or a choice of a context, or a real number to a whole value.
///
/// Plans committed before keep what they were committed with.
///
/// @param context  The context.
/// @param param    One of ABBE_CONTEXT_*.
/// @param value    In the parameter's range.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_context_set_i64(context: *mut abbe_context, param: abbe_param, value: i64) -> abbe_status {
    on(context, |context| context.set_i64(param, value))
}

/// Sets a real number of a context.
///
/// @param context  The context.
/// @param param    One of ABBE_CONTEXT_*.
/// @param value    In the parameter's range.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_context_set_f64(context: *mut abbe_context, param: abbe_param, value: f64) -> abbe_status {
    on(context, |context| context.set_f64(param, value))
}

/// Sets a text of a context.
///
/// @param context  The context.
/// @param param    One of ABBE_CONTEXT_*.
/// @param value    UTF-8. Copied.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or ends in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_set_text(
    context: *mut abbe_context,
    param: abbe_param,
    value: *const c_char,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(context, |context| context.set_text(param, unsafe { text_in("value", value) }?))
}

/// Forgets what was set: the parameter has its default again, or is worked out where it has none.
///
/// @param context  The context.
/// @param param    One of ABBE_CONTEXT_*.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_context_unset(context: *mut abbe_context, param: abbe_param) -> abbe_status {
    on(context, |context| context.unset(param))
}

/// Sends the log of a context and its objects to a function.
///
/// @param context  The context.
/// @param log      Called with each line, on any thread; NULL ends the log. When this call returns, the function set
///                 before is not called any more. The call waits until that function has returned, so hold no lock
///                 that it needs.
/// @param user     Handed to `log`.
/// @param level    ABBE_LEVEL_ERROR to ABBE_LEVEL_DEBUG: lines of this level and of more severe ones.
/// @since 0.1
///
/// # Safety
/// `log` may be called with `user` from any thread until it is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_set_log(
    context: *mut abbe_context,
    log: abbe_log_fn,
    user: *mut c_void,
    level: i32,
) -> abbe_status {
    on(context, |context| {
        let level = known::<Level>("level", level.into())?;
        let target = LogTarget { user };
        context.set_log(
            level,
            log.map(|log| -> crate::runtime::Sink {
                Box::new(move |level, text| {
                    with_c_text(text, |text| {
                        // SAFETY: the host promised that `log` may be called with `user` from any thread.
                        logging(|| unsafe { log(target.user(), level as i32, text.as_ptr()) });
                    });
                })
            }),
        );
        Ok(())
    })
}

/// Loads an execution provider of ONNX Runtime that is a library of its own (a plug-in), for devices that ONNX Runtime
/// does not know by itself: OpenVINO, WebGPU, TensorRT-RTX and others.
///
/// It is there for all contexts of the process, until the process ends. `context.provider` then chooses one by the name
/// that abbe_context_devices() lists. Needs ONNX Runtime, which is loaded now if it is not yet.
///
/// @param context  The context; its `context.onnxruntime` says where ONNX Runtime is.
/// @param name     A name of your own for the library, of at most 100 bytes; one that ends in ".virtual" asks the provider
///                 for devices that are not on this machine too. The same name and path again do nothing.
/// @param path     The library.
/// @retval ABBE_ERROR_DEVICE  ONNX Runtime is missing; the library is missing, damaged, no execution provider, for another
///                            machine or another version of ONNX Runtime; or it finds no device.
/// @retval ABBE_ERROR_STATE   Another library has that name.
/// @since 0.1
///
/// # Safety
/// `name` and `path` are NULL or end in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_register_provider(
    context: *mut abbe_context,
    name: *const c_char,
    path: *const c_char,
) -> abbe_status {
    on(context, |context| {
        // SAFETY: by this function's contract.
        let (name, path) = unsafe { (text_in("name", name)?, text_in("path", path)?) };
        network::register(&context.settings(), name, path)
    })
}

/// Lists the devices that networks can run on, as one JSON object: "onnxruntime", its version; "library", its path, or null
/// where it is the host's; "built_in", names of the providers in it; "devices", for each "provider" (for `context.provider`),
/// "index" (for `context.device_index`), "kind" (cpu, gpu or npu), "vendor", "provider_vendor", "id", and what the
/// provider tells: "metadata", "hardware", "options". Needs ONNX Runtime, which is loaded now if it is not yet.
///
/// @param      context   The context.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_DEVICE  ONNX Runtime is missing.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_devices(
    context: *mut abbe_context,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(context, |context| unsafe { json_out(&network::devices(&context.settings())?, json, capacity, needed) })
}

/// Runs networks in the ONNX Runtime that the host has loaded itself, so that the process never has two.
///
/// It holds for all contexts of the process, until the process ends, and must come before anything needs ONNX Runtime. The
/// library must stay loaded. Its environment, log level and allocators stay the host's; networks have threads of their
/// own, as many as `context.threads` says. `context.onnxruntime` must not be set.
///
/// @param context   The context.
/// @param api_base  What `OrtGetApiBase()` of the host's ONNX Runtime gives, 1.24 or newer.
/// @retval ABBE_ERROR_STATE   The process runs another ONNX Runtime already, or `context.onnxruntime` names one.
/// @retval ABBE_ERROR_DEVICE  It is too old.
/// @since 0.1
///
/// # Safety
/// `api_base` is NULL, or came from `OrtGetApiBase()` of a library that stays loaded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_context_adopt_onnxruntime(
    context: *mut abbe_context,
    api_base: *const c_void,
) -> abbe_status {
    on(context, |context| {
        if !context.settings().text(CONTEXT_ONNXRUNTIME).is_empty() {
            return Err(Error::State(
                "context.onnxruntime is set; it must not be where the host's ONNX Runtime is adopted; call \
                 abbe_context_unset() first"
                    .into(),
            ));
        }
        #[cfg_attr(not(feature = "networks"), expect(unused_unsafe, reason = "what stands in reads no address"))]
        // SAFETY: by this function's contract.
        let base = unsafe { network::Base::of_host(api_base) }?;
        network::Runtime::adopt(&base)
    })
}

/// Destroys a context; objects made from it live on.
///
/// @param context  The context; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_context_destroy(context: *mut abbe_context) {
    guard(|| {
        remove(context);
        Ok(())
    });
}

/// Lends a text with a NUL at its end; short ones without an allocation, as lines logged while a plan executes must be.
fn with_c_text(text: &str, lend: impl FnOnce(&CStr)) {
    let mut short = [0; 256];
    if let Some(place) = short.get_mut(..text.len())
        && let Ok(text) = {
            place.copy_from_slice(text.as_bytes());
            CStr::from_bytes_until_nul(&short)
        }
    {
        return lend(text);
    }
    lend(&CString::new(text.replace('\0', " ")).unwrap_or_default());
}

pub(super) fn check_target<T>(name: &str, target: *const T) -> Result<()> {
    if target.is_null() {
        return Err(Error::Argument(format!("{name} is NULL; it must be the address of a handle")));
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct LogTarget {
    user: *mut c_void,
}

impl LogTarget {
    fn user(&self) -> *mut c_void {
        self.user
    }
}

// SAFETY: libabbe only hands the pointer back; the host promised that its function takes it on any thread.
unsafe impl Send for LogTarget {}
// SAFETY: as above.
unsafe impl Sync for LogTarget {}
