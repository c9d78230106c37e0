//! Networks.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, on};
use super::buffers::{json_out, slice_in, text_in, value_out};
use super::constants::{abbe_context, abbe_model, abbe_status};
use super::context::check_target;
use super::handle::{insert, remove};
use crate::plan::ModelObject;

/// Loads a network: an .onnx file, a BioImage.IO package (zip or folder), or a .czann. Runs nothing and needs no ONNX
/// Runtime yet.
///
/// @param      context  The context.
/// @param      path     File or folder.
/// @param[out] model    Receives the handle.
/// @retval ABBE_ERROR_IO     It cannot be read.
/// @retval ABBE_ERROR_MODEL  It is malformed, beyond the limits against hostile files, fails its checksum, or asks for
///                           a download.
/// @since 0.1
///
/// # Safety
/// `path` is NULL or ends in a NUL; `model` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_load(
    context: *mut abbe_context,
    path: *const c_char,
    model: *mut *mut abbe_model,
) -> abbe_status {
    on(context, |context| {
        check_target("model", model)?;
        // SAFETY: by this function's contract.
        let path = unsafe { text_in("path", path) }?;
        let handle = insert::<abbe_model>(Arc::new(ModelObject::load(Arc::clone(context), path)?))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("model", model, handle) }
    })
}

/// Loads a network from memory, e.g. from a host's own archive. The bytes are copied.
///
/// @param      context  The context.
/// @param      bytes    An .onnx file, or a zipped package.
/// @param      size     Their number.
/// @param[out] model    Receives the handle.
/// @retval ABBE_ERROR_MODEL  As for abbe_model_load().
/// @since 0.1
///
/// # Safety
/// `bytes` is NULL or has `size` bytes; `model` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_load_memory(
    context: *mut abbe_context,
    bytes: *const c_void,
    size: usize,
    model: *mut *mut abbe_model,
) -> abbe_status {
    on(context, |context| {
        check_target("model", model)?;
        // SAFETY: by this function's contract.
        let bytes = unsafe { slice_in("bytes", bytes.cast::<u8>(), size) }?;
        let handle = insert::<abbe_model>(Arc::new(ModelObject::load_memory(Arc::clone(context), bytes)?))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("model", model, handle) }
    })
}

/// Describes a network as one JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators.
///
/// @param      model     The network.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_describe(
    model: *const abbe_model,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(model, |model| unsafe { json_out(&model.describe(), json, capacity, needed) })
}

/// Runs the test that a package brings, on the context's device, and compares: needs ONNX Runtime.
///
/// @param      model     The network.
/// @param[out] json      Receives one JSON object: passed, and for every output the largest difference and how many
///                       samples differ by more than 1e-3 + 1e-3 |expected|; NULL with `capacity` 0 to ask for the size,
///                       which runs the test as well.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_STATE   The package has no test.
/// @retval ABBE_ERROR_DEVICE  ONNX Runtime or the device is missing.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_selftest(
    model: *const abbe_model,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(model, |model| unsafe { json_out(&model.selftest()?, json, capacity, needed) })
}

/// Destroys a network; plans that use it keep it alive.
///
/// @param model  The network; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_model_destroy(model: *mut abbe_model) {
    guard(|| {
        remove(model);
        Ok(())
    });
}
