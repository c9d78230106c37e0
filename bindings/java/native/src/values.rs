//! Values of Java for libabbe, and results for Java.

use std::ffi::{CString, c_char};

use jni::Env;
use jni::objects::{JByteArray, JByteBuffer, JLongArray, JObjectArray, JPrimitiveArray, TypeArray};

use crate::abbe::{ARGUMENT, Handle, MEMORY};
use crate::boundary::Failure;

/// A key as libabbe gave it out; it is a number, never an address that is read.
pub fn handle(key: i64) -> Handle {
    std::ptr::without_provenance_mut(key as usize)
}

/// A text that Java encoded as UTF-8.
pub fn text(env: &Env<'_>, bytes: &JByteArray<'_>) -> Result<CString, Failure> {
    CString::new(env.convert_byte_array(bytes)?)
        .map_err(|_| Failure::new(ARGUMENT, "a text holds a NUL character; texts must not".into()))
}

/// Copies the whole numbers of an array.
pub fn longs(env: &Env<'_>, array: &JLongArray<'_>) -> Result<Vec<i64>, Failure> {
    let mut values = vec![0; array.len(env)?];
    array.get_region(env, 0, &mut values)?;
    Ok(values)
}

/// As [`longs`]; `None` for null.
pub fn optional_longs(env: &Env<'_>, array: &JLongArray<'_>) -> Result<Option<Vec<i64>>, Failure> {
    if array.is_null() { Ok(None) } else { longs(env, array).map(Some) }
}

/// Stores a result in the first place of an array when `status` says it is one.
pub fn store<T: TypeArray>(
    env: &Env<'_>,
    status: i32,
    array: &JPrimitiveArray<'_, T>,
    value: T,
) -> Result<i32, Failure> {
    if status == 0 {
        array.set_region(env, 0, &[value])?;
    }
    Ok(status)
}

/// Stores a text of libabbe as UTF-8 in the first place of an array; `ask` is a function of its form
/// `(text, capacity, needed)`.
pub fn store_text(
    env: &mut Env<'_>,
    array: &JObjectArray<'_, JByteArray<'_>>,
    ask: impl Fn(*mut c_char, usize, *mut usize) -> i32,
) -> Result<i32, Failure> {
    let mut size = 0;
    let status = ask(std::ptr::null_mut(), 0, &mut size);
    if status != 0 {
        return Ok(status);
    }
    let mut bytes = reserved(size)?;
    bytes.resize(size, 0_u8);
    let status = ask(bytes.as_mut_ptr().cast(), size, std::ptr::null_mut());
    if status != 0 {
        return Ok(status);
    }
    bytes.pop();
    let stored = env.byte_array_from_slice(&bytes)?;
    array.set_element(env, 0, &stored)?;
    Ok(0)
}

/// The address of `bytes` bytes at `offset` of a direct buffer.
pub fn bytes_of(
    env: &Env<'_>,
    name: &str,
    buffer: &JByteBuffer<'_>,
    offset: i64,
    bytes: i64,
) -> Result<*mut u8, Failure> {
    let address = env.get_direct_buffer_address(buffer)?;
    let capacity = env.get_direct_buffer_capacity(buffer)?;
    let end =
        usize::try_from(offset).ok().zip(usize::try_from(bytes).ok()).and_then(|(at, bytes)| at.checked_add(bytes));
    if end.is_none_or(|end| end > capacity) {
        return Err(Failure::new(
            ARGUMENT,
            format!("{name} has {capacity} bytes; {bytes} bytes from {offset} on must lie inside"),
        ));
    }
    Ok(address.wrapping_add(offset as usize))
}

/// An empty buffer with room for `len` values.
pub fn reserved<T>(len: usize) -> Result<Vec<T>, Failure> {
    let mut values = Vec::new();
    values
        .try_reserve_exact(len)
        .map_err(|_| Failure::new(MEMORY, format!("{len} values need more memory than the machine could give")))?;
    Ok(values)
}
