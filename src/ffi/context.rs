//! Contexts.

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, logging, on};
use super::buffers::{text_in, value_out};
use super::constants::{abbe_context, abbe_log_fn, abbe_param, abbe_status};
use super::handle::{insert, remove};
use crate::error::{Error, Result};
use crate::params::known;
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
