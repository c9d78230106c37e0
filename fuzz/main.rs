//! Hostile bytes, texts and orders of calls through the C interface: whatever comes in, a call gives one of the header's
//! statuses, never that of a caught panic, and what worked before works afterwards.
//!
//! | target | what is made up |
//! |---|---|
//! | `models` | bytes of ONNX networks, from those of the tests with some changed |
//! | `packages` | bytes of packages, and the descriptions within them |
//! | `texts` | texts of parameters, names and axes |
//! | `calls` | orders of calls on a few objects, live and destroyed ones |
//!
//! Cases are made and shrunk by proptest. `cargo test --test fuzz` runs a few hundred of each target; `scripts/fuzz.sh` as
//! many as it is told.

mod calls;
mod models;
mod mutation;
mod packages;
mod texts;

use std::ffi::{CStr, c_char};

use abbe::ffi::constants::{abbe_context, abbe_model};
use abbe::ffi::context::{abbe_context_create, abbe_context_destroy};
use abbe::ffi::library::abbe_error_text;
use abbe::ffi::model::{abbe_model_describe, abbe_model_destroy, abbe_model_load_memory};

/// ABBE_ERROR_CANCELLED, the last status that a call may give: ABBE_ERROR_INTERNAL comes after it.
const LAST: i32 = -9;

/// The status, after a look at it.
#[track_caller]
fn known(status: i32) -> i32 {
    assert!((LAST..=0).contains(&status), "status {status}: {}", error_text());
    if status != 0 {
        assert!(!error_text().is_empty());
    }
    status
}

fn error_text() -> String {
    let mut text: [c_char; 1024] = [0; 1024];
    // SAFETY: the capacity is the array's, and a NUL ends the text.
    unsafe {
        abbe_error_text(std::ptr::null(), text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

/// A context for the time of a case.
struct Context(*mut abbe_context);

impl Context {
    fn new() -> Self {
        let mut context = std::ptr::null_mut();
        // SAFETY: the address of a variable.
        assert_eq!(unsafe { abbe_context_create(&mut context) }, 0);
        Self(context)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        abbe_context_destroy(self.0);
    }
}

/// Loads bytes as a network or package, and describes it where that works. Gives whether it did.
fn load(bytes: &[u8]) -> bool {
    let context = Context::new();
    let mut model: *mut abbe_model = std::ptr::null_mut();
    // SAFETY: the size is that of the bytes, the capacity that of the text.
    let loaded =
        unsafe { known(abbe_model_load_memory(context.0, bytes.as_ptr().cast(), bytes.len(), &mut model)) == 0 };
    if loaded {
        let mut needed = 0;
        // SAFETY: as above.
        unsafe {
            known(abbe_model_describe(model, std::ptr::null_mut(), 0, &mut needed));
            let mut json: Vec<c_char> = vec![0; needed];
            known(abbe_model_describe(model, json.as_mut_ptr(), needed, &mut needed));
        }
        abbe_model_destroy(model);
    }
    loaded
}
