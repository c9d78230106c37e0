//! Pointers of the host turned into slices and texts, and results put where it wants them.

use std::ffi::{CStr, c_char};
use std::fmt::Display;

use crate::error::{Error, Result};

/// The text behind `text`.
///
/// # Errors
/// [`Error::Argument`] for NULL and for bytes that are not UTF-8.
///
/// # Safety
/// `text` is NULL or ends in a NUL, and stays unchanged for `'a`.
pub unsafe fn text_in<'a>(name: &str, text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(Error::Argument(format!("{name} is NULL; it must be UTF-8 text that ends in a NUL")));
    }
    // SAFETY: not NULL by the line above, NUL-terminated by this function's contract.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes.to_str().map_err(|cause| Error::Argument(format!("{name} is not UTF-8 ({cause}); it must be UTF-8 text")))
}

/// Writes `text` and a NUL to `target` and the bytes they need to `needed`; with NULL and 0 only the latter.
///
/// # Errors
/// [`Error::Argument`] when `target` is too small or both are NULL; nothing is written then.
///
/// # Safety
/// `target` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
pub unsafe fn text_out(name: &str, text: &str, target: *mut c_char, capacity: usize, needed: *mut usize) -> Result<()> {
    let bytes = text.len() + 1;
    if target.is_null() && (capacity > 0 || needed.is_null()) {
        return Err(Error::Argument(format!("{name} is NULL; it must have room for {bytes} bytes")));
    }
    if !target.is_null() {
        if capacity < bytes {
            return Err(Error::Argument(format!(
                "{name} has room for {capacity} bytes; this text needs {bytes}; ask with NULL and 0 first"
            )));
        }
        // SAFETY: `capacity` bytes by this function's contract, at least `bytes` by the line above.
        unsafe { copy_text(text, target, bytes) };
    }
    if !needed.is_null() {
        // SAFETY: can be written by this function's contract.
        unsafe { needed.write(bytes) };
    }
    Ok(())
}

/// As [`text_out`], for what the host calls `json`.
///
/// # Errors
/// As [`text_out`].
///
/// # Safety
/// As [`text_out`].
pub unsafe fn json_out(value: &impl Display, json: *mut c_char, capacity: usize, needed: *mut usize) -> Result<()> {
    // SAFETY: by this function's contract.
    unsafe { text_out("json", &value.to_string(), json, capacity, needed) }
}

/// Writes as much of `text` as fits with a NUL into `capacity` bytes, cut between characters.
///
/// # Safety
/// `target` has `capacity` bytes, at least one.
pub unsafe fn copy_text(text: &str, target: *mut c_char, capacity: usize) {
    let mut length = text.len().min(capacity - 1);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    // SAFETY: `length + 1 <= capacity` by the lines above; the source is a Rust string, so they do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), target, length);
        target.add(length).write(0);
    }
}

/// Writes a result.
///
/// # Errors
/// [`Error::Argument`] for NULL.
///
/// # Safety
/// `target` is NULL or can be written.
pub unsafe fn value_out<T>(name: &str, target: *mut T, value: T) -> Result<()> {
    if target.is_null() {
        return Err(Error::Argument(format!("{name} is NULL; it must be the address of a variable")));
    }
    // SAFETY: not NULL by the line above, writable by this function's contract.
    unsafe { target.write_unaligned(value) };
    Ok(())
}

/// The `len` values at `start`.
///
/// # Errors
/// [`Error::Argument`] for NULL and for more bytes than an address space has.
///
/// # Safety
/// `start` is NULL or has `len` aligned values that stay unchanged for `'a`.
pub unsafe fn slice_in<'a, T>(name: &str, start: *const T, len: usize) -> Result<&'a [T]> {
    check_slice(name, start, len)?;
    // SAFETY: checked by the line above, the rest by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(start, len) })
}

/// The `len` values at `start`, to be written.
///
/// # Errors
/// As [`slice_in`].
///
/// # Safety
/// `start` is NULL or has `len` aligned values that nobody else uses for `'a`.
pub unsafe fn slice_out<'a, T>(name: &str, start: *mut T, len: usize) -> Result<&'a mut [T]> {
    check_slice(name, start, len)?;
    // SAFETY: checked by the line above, the rest by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts_mut(start, len) })
}

fn check_slice<T>(name: &str, start: *const T, len: usize) -> Result<()> {
    if start.is_null() {
        return Err(Error::Argument(format!("{name} is NULL; it must have {len} values")));
    }
    if !start.is_aligned() {
        return Err(Error::Argument(format!(
            "{name} is at an odd address; it must be aligned to {} bytes",
            align_of::<T>()
        )));
    }
    let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| *bytes <= isize::MAX as usize);
    if bytes.is_none_or(|bytes| start.addr().checked_add(bytes).is_none()) {
        return Err(Error::Argument(format!("{name} has {len} values; that is more than memory can hold")));
    }
    Ok(())
}
