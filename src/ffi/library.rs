//! The library itself: version, texts.

use std::ffi::c_char;

use super::boundary::{guard, last_error};
use super::buffers::copy_text;
use super::constants::{abbe_context, abbe_status};
use super::handle::find;
use crate::codes::{Code, Status};

/// Gives the version of the loaded library as ABBE_VERSION_NUMBER has it: major * 1000000 + minor * 1000 + patch.
///
/// @return The number; compare it with the ABBE_VERSION_NUMBER that your program was compiled with.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_version() -> u32 {
    VERSION_NUMBER
}

/// Gives the version of the loaded library as text, e.g. "0.1.0".
///
/// @return Text that lives as long as the library.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_version_text() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Gives a short English sentence for a status.
///
/// @param status  Any number.
/// @return Text that lives as long as the library, also for numbers that are not a status. abbe_error_text() says
///         what went wrong in a certain call.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_status_text(status: abbe_status) -> *const c_char {
    let known = Status::ENUMERATION.find(status.into());
    known.map_or(c"This is not a status of libabbe.", |known| known.c_summary).as_ptr()
}

/// Copies the text of the last failure.
///
/// The text says what the thing is, what it may be, and often what to do. It is kept per thread and per context; a
/// later success does not clear it.
///
/// @param      context   Whose last failure, on any thread; NULL for the last one on the calling thread. Failures that
///                       belong to no context are kept for the thread only: ABBE_ERROR_HANDLE and abbe_param_*().
/// @param[out] text      Receives at most `capacity - 1` bytes, cut between characters, and a NUL. May be NULL when
///                       `capacity` is 0.
/// @param      capacity  Size of `text` in bytes.
/// @return The bytes the whole text needs, its NUL included; 1 when there was no failure.
/// @since 0.1
///
/// # Safety
/// `text` is NULL or has `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_error_text(context: *const abbe_context, text: *mut c_char, capacity: usize) -> usize {
    let mut last = last_error();
    if !context.is_null() {
        // An unknown context leaves its own complaint as the text.
        if guard(|| find(context).map(|context| last = context.last_error())) != 0 {
            last = last_error();
        }
    }
    if !text.is_null() && capacity > 0 {
        // SAFETY: `capacity` bytes by this function's contract.
        unsafe { copy_text(&last, text, capacity) };
    }
    last.len() + 1
}

const VERSION_NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
    + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
    + number(env!("CARGO_PKG_VERSION_PATCH"));

const fn number(digits: &str) -> u32 {
    let (mut at, mut value) = (0, 0);
    while at < digits.len() {
        value = value * 10 + (digits.as_bytes()[at] - b'0') as u32;
        at += 1;
    }
    value
}
