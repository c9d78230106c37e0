//! Networks.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, on, outside};
use super::buffers::{json_out, slice_in, text_in, value_out};
use super::constants::{abbe_context, abbe_model, abbe_param, abbe_progress_fn, abbe_status};
use super::context::check_target;
use super::handle::{insert, remove};
use super::psf::kernel_shape;
use crate::plan::ModelObject;
use crate::runtime::Answer;

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

/// Gives a network that is built in: no file, no ONNX Runtime. A denoise step with ABBE_DENOISE_METHOD_NETWORK runs it and what was
/// learnt from it on libabbe's own engine; a model step runs them by ONNX Runtime, as any other network.
///
/// @param      context  The context.
/// @param      name     "denoise": the denoiser of raw fluorescence images.
/// @param[out] model    Receives the handle.
/// @retval ABBE_ERROR_ARGUMENT  There is no network of that name.
/// @since 0.1
///
/// # Safety
/// `name` is NULL or ends in a NUL; `model` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_builtin(
    context: *mut abbe_context,
    name: *const c_char,
    model: *mut *mut abbe_model,
) -> abbe_status {
    on(context, |context| {
        check_target("model", model)?;
        // SAFETY: by this function's contract.
        let name = unsafe { text_in("name", name) }?;
        let handle = insert::<abbe_model>(Arc::new(ModelObject::built_in(Arc::clone(context), name)?))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("model", model, handle) }
    })
}

/// Sets a whole number of how networks are learnt from this one, or a real number to a whole value.
///
/// @param model  The network.
/// @param param  One of ABBE_LEARN_*.
/// @param value  The value.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_model_set_i64(model: *mut abbe_model, param: abbe_param, value: i64) -> abbe_status {
    on(model, |model| model.set(|settings| settings.set_i64(param, value)))
}

/// Sets a real number of how networks are learnt from this one.
///
/// @param model  The network.
/// @param param  One of ABBE_LEARN_*.
/// @param value  The value.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_model_set_f64(model: *mut abbe_model, param: abbe_param, value: f64) -> abbe_status {
    on(model, |model| model.set(|settings| settings.set_f64(param, value)))
}

/// Gives a parameter of learning its default again.
///
/// @param model  The network.
/// @param param  One of ABBE_LEARN_*.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_model_unset(model: *mut abbe_model, param: abbe_param) -> abbe_status {
    on(model, |model| model.set(|settings| settings.unset(param)))
}

/// Learns a network for an image from this one, by the image alone: no clean image is needed. docs/learning.md says how, and what it
/// is good for.
///
/// The result is the best network by samples that were held out; where none is better than this one by more than chance, or there is
/// nothing to learn (no noise, or less than 64 samples along an axis), it is the same as this one. `learning` in
/// abbe_model_describe() says which, and why. The same image, parameters and seed give the same network on any number of threads,
/// unless a deadline or a cancel ends it.
///
/// @param      model     The network: a built-in one, or one that was learnt from that, saved and loaded or not.
/// @param      samples   The noisy image, tightly packed, last axis fastest, in any unit. Planes of a stack are learnt from together.
/// @param      ndim      2 for y, x; 3 for z, y, x.
/// @param      shape     Extents in samples, `ndim` of them.
/// @param      progress  Called on this thread with the share that is done; it may use `model` but to learn. NULL for none. Where it
///                       answers ABBE_CANCEL, learning ends with the best network until then.
/// @param      user      Handed to `progress`.
/// @param[out] learnt    Receives the handle of the new network.
/// @retval ABBE_ERROR_UNSUPPORTED  A network of other layers than the built-in one's.
/// @retval ABBE_ERROR_ARGUMENT     NaN, infinity or samples beyond 1e15.
/// @retval ABBE_ERROR_STATE        Another call learns from `model`.
/// @retval ABBE_ERROR_CANCELLED    `progress` or abbe_model_cancel() asked for it before there was any step.
/// @since 0.1
///
/// # Safety
/// `samples` has as many values as `shape` says; `shape` has `ndim`; `progress` may be called with `user`; `learnt` is NULL or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_learn(
    model: *mut abbe_model,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
    progress: abbe_progress_fn,
    user: *mut c_void,
    learnt: *mut *mut abbe_model,
) -> abbe_status {
    on(model, |model| {
        check_target("learnt", learnt)?;
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, len) }?;
        let found = model.learn(samples, shape, &mut |fraction| match progress {
            // SAFETY: the host promised that `progress` may be called with `user`.
            Some(progress) if outside(|| unsafe { progress(user, fraction) }) != 0 => Answer::Cancel,
            _ => Answer::Continue,
        })?;
        let handle = insert::<abbe_model>(Arc::new(found))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("learnt", learnt, handle) }
    })
}

/// Asks whoever learns from this network to stop with the best one until then. Returns at once, on any thread.
///
/// @param model  The network; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_model_cancel(model: *mut abbe_model) {
    on(model, |model| {
        model.cancel();
        Ok(())
    });
}

/// Saves a network that is built in or was learnt as a BioImage.IO 0.5 package: a zip with the weights as ONNX, a test, and how it was
/// learnt. Fiji, bioimageio.core and abbe_model_load() read it. The file gets there whole or not at all; one that is there is replaced.
///
/// @param model  The network.
/// @param path   The file, which should end in ".zip".
/// @retval ABBE_ERROR_STATE        The network was loaded from a file: copy that.
/// @retval ABBE_ERROR_IO           The file cannot be written.
/// @retval ABBE_ERROR_UNSUPPORTED  A build without networks.
/// @since 0.1
///
/// # Safety
/// `path` is NULL or ends in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_model_save(model: *const abbe_model, path: *const c_char) -> abbe_status {
    // SAFETY: by this function's contract.
    on(model, |model| model.save(unsafe { text_in("path", path) }?))
}

/// Describes a network as one JSON object: name, authors, licence, axes, scale, halo, receptive field, stride, operators;
/// for one that was learnt `learning` says from what, how, and how it does on samples that were held out.
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
