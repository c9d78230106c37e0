//! Plans: steps, settings and layouts.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::on;
use super::buffers::{slice_in, slice_out, text_in, value_out};
use super::constants::{
    abbe_context, abbe_dtype, abbe_model, abbe_param, abbe_plan, abbe_psf, abbe_sensor_map, abbe_status, abbe_step,
};
use super::context::check_target;
use super::handle::{find, insert};
use super::sensor::extents;
use crate::codes::SensorMap;
use crate::error::{Error, Result};
use crate::image::Dtype;
use crate::params::known;
use crate::plan::{Object, Plan, Role};
use crate::sensor::PixelMap;

/// Makes a plan without steps.
///
/// @param      context  The context.
/// @param[out] plan     Receives the handle.
/// @since 0.1
///
/// # Safety
/// `plan` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_create(context: *mut abbe_context, plan: *mut *mut abbe_plan) -> abbe_status {
    on(context, |context| {
        check_target("plan", plan)?;
        let handle = insert::<abbe_plan>(Arc::new(Plan::new(Arc::clone(context))))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("plan", plan, handle) }
    })
}

/// Appends a step and selects it: setters and getters of step parameters apply to it.
///
/// @param plan  The plan.
/// @param step  An abbe_step_code.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_add_step(plan: *mut abbe_plan, step: abbe_step) -> abbe_status {
    on(plan, |plan| {
        let kind = known("step", step.into())?;
        plan.change(|draft| {
            draft.add_step(kind);
            Ok(())
        })
    })
}

/// Selects the step that setters and getters of step parameters apply to.
///
/// @param plan   The plan.
/// @param index  0 for the step added first.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_select_step(plan: *mut abbe_plan, index: i32) -> abbe_status {
    on(plan, |plan| plan.select_step(index))
}

/// Sets the point spread function of the selected step, a deconvolution.
///
/// What is set on `psf` later takes effect at the plan's next commit. An image of one plane is deconvolved with the
/// plane in focus of a point spread function that has several.
///
/// @param plan  The plan.
/// @param psf   The point spread function.
/// @retval ABBE_ERROR_STATE  The selected step takes none.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_set_psf(plan: *mut abbe_plan, psf: *const abbe_psf) -> abbe_status {
    on(plan, |plan| plan.change(|draft| draft.give(Object::Psf(find(psf)?))))
}

/// Sets the point spread function of one channel of the images of the selected step, a deconvolution, where channels differ:
/// each colour of a fluorescence image is blurred in its own way.
///
/// A channel without one takes that of abbe_plan_set_psf(), which need not be called where every channel has its own. As there,
/// what is set on `psf` later takes effect at the plan's next commit. The plan holds a workspace for each point spread function.
///
/// @param plan     The plan; it needs another commit afterwards.
/// @param channel  0 for the first along the axis c, 0 too where there is none. Whether the images have such a channel is
///                 checked by abbe_plan_commit(), which knows them.
/// @param psf      The point spread function. NULL: the channel has none of its own.
/// @retval ABBE_ERROR_STATE     The selected step takes none.
/// @retval ABBE_ERROR_ARGUMENT  `channel` is negative.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_set_channel_psf(plan: *mut abbe_plan, channel: i32, psf: *const abbe_psf) -> abbe_status {
    on(plan, |plan| {
        plan.change(|draft| draft.give_channel_psf(channel, if psf.is_null() { None } else { Some(find(psf)?) }))
    })
}

/// Sets the network of the selected step: the one that a model step runs, or that a deconvolution denoises with first.
///
/// @param plan   The plan; it needs another commit afterwards.
/// @param model  The network.
/// @retval ABBE_ERROR_STATE  The selected step takes none.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_set_model(plan: *mut abbe_plan, model: *const abbe_model) -> abbe_status {
    on(plan, |plan| plan.change(|draft| draft.give(Object::Model(find(model)?))))
}

/// Gives an input of the selected step's network the samples that it reads in every run: a point spread function, a table, a
/// time step, of extents of its own. The image goes to the other inputs.
///
/// They are what the network reads: nothing of a package, and no normalisation, is done to them. The next
/// abbe_plan_set_model() forgets them. The plan holds a copy of the network's file with them.
///
/// @param plan     The plan, whose selected step has a network; it needs another commit afterwards.
/// @param name     Name of the input, as abbe_model_describe() has it.
/// @param samples  Tightly packed, last axis fastest; rounded to the input's type. Copied.
/// @param ndim     Number of axes, all that the input has: 4 for 1 x 1 x 32 x 32, 0 for a single number.
/// @param shape    Extents in samples, 1 or more, `ndim` of them; of no effect where that is 0.
/// @retval ABBE_ERROR_STATE     The selected step takes no network, or has none yet.
/// @retval ABBE_ERROR_ARGUMENT  No input of that name, or the only image, other extents than the input states, or samples
///                              that its type does not hold.
/// @since 0.1
///
/// # Safety
/// `name` is NULL or ends in a NUL; `samples` has as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_model_input(
    plan: *mut abbe_plan,
    name: *const c_char,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(plan, |plan| {
        // SAFETY: by this function's contract.
        let name = unsafe { text_in("name", name) }?;
        // SAFETY: by this function's contract.
        let shape = unsafe { tensor_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, shape.iter().product()) }?;
        plan.change(|draft| draft.set_model_input(name, &shape, samples))
    })
}

/// Sets a whole number or a choice of a plan (ABBE_PLAN_*) or of its selected step, or a real number to a whole value.
///
/// A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
/// executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
///
/// @param plan   The plan; it needs another commit afterwards unless the parameter is live.
/// @param param  A parameter of the plan or of the kind of the selected step.
/// @param value  In the parameter's range.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_set_i64(plan: *mut abbe_plan, param: abbe_param, value: i64) -> abbe_status {
    on(plan, |plan| plan.set(param, |settings| settings.set_i64(param, value)))
}

/// Sets a real number of a plan (ABBE_PLAN_*) or of its selected step.
///
/// A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
/// executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
///
/// @param plan   The plan; it needs another commit afterwards unless the parameter is live.
/// @param param  A parameter of the plan or of the kind of the selected step.
/// @param value  In the parameter's range and unit.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_set_f64(plan: *mut abbe_plan, param: abbe_param, value: f64) -> abbe_status {
    on(plan, |plan| plan.set(param, |settings| settings.set_f64(param, value)))
}

/// Sets a text of a plan (ABBE_PLAN_*) or of its selected step.
///
/// @param plan   The plan; it needs another commit afterwards.
/// @param param  A parameter of the plan or of the kind of the selected step.
/// @param value  UTF-8. Copied.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or ends in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_text(
    plan: *mut abbe_plan,
    param: abbe_param,
    value: *const c_char,
) -> abbe_status {
    on(plan, |plan| {
        // SAFETY: by this function's contract.
        let value = unsafe { text_in("value", value) }?;
        plan.change(|draft| draft.settings_mut(param)?.set_text(param, value))
    })
}

/// Forgets what was set: the parameter has its default again, or is worked out where it has none.
///
/// A live parameter leaves the plan committed and holds from the next execute on; it is set at once, also while the plan
/// executes. Where it asks for memory that the plan does not hold, that execute gives ABBE_ERROR_STATE and says so.
///
/// @param plan   The plan; it needs another commit afterwards unless the parameter is live.
/// @param param  A parameter of the plan or of the kind of the selected step.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_plan_unset(plan: *mut abbe_plan, param: abbe_param) -> abbe_status {
    on(plan, |plan| plan.set(param, |settings| settings.unset(param)))
}

/// States how the source image lies in memory.
///
/// @param plan          The plan; it needs another commit afterwards.
/// @param dtype         Sample type, an abbe_dtype_code.
/// @param axes          One letter per axis, slowest first: t, c, z, y, x, each at most once, y and x always: "yx",
///                      "zyx", "cyx", "yxc", "tczyx". Channels and time points are independent images. Copied.
///                      Most images end in "yx" or "yxc".
/// @param shape         Extents in samples, one per axis, 1 or more. Copied.
/// @param byte_strides  Bytes from one sample to the next, one per axis; may be negative. NULL: tightly packed. Copied.
/// @param byte_offset   Bytes from `src` to the sample at index 0,...,0. For a bottom-up image (rows - 1) * pitch, with
///                      a row stride of -pitch.
/// @retval ABBE_ERROR_ARGUMENT  A letter repeats or is unknown, an extent is below 1, a stride leaves the buffer below
///                              `src`, or the layout spans 2^63 bytes or more, here or as 32-bit floating point.
/// @since 0.1
///
/// # Safety
/// `axes` ends in a NUL; `shape` and, unless NULL, `byte_strides` have a value for each of its letters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_input(
    plan: *mut abbe_plan,
    dtype: abbe_dtype,
    axes: *const c_char,
    shape: *const i64,
    byte_strides: *const i64,
    byte_offset: i64,
) -> abbe_status {
    on(plan, |plan| {
        let dtype = known::<Dtype>("dtype", dtype.into())?;
        // SAFETY: by this function's contract.
        let axes = unsafe { text_in("axes", axes) }?;
        // SAFETY: by this function's contract.
        let shape = unsafe { slice_in("shape", shape, axes.len()) }?;
        // SAFETY: by this function's contract.
        let strides = unsafe { optional_strides(byte_strides, axes.len()) }?;
        plan.change(|draft| draft.set_input(dtype, axes, shape, strides, byte_offset))
    })
}

/// States which samples of the images to come were not measured: saturated, dead, outside a deskewed or stitched field.
///
/// Deconvolutions need not explain such samples, and no step takes its background, statistics or noise from them; filters,
/// denoising and networks find them filled in from their neighbours. Results have values there, which a deconvolution
/// restores from what lies around; with plan.not_measured they stay as they are in the source. NaN can say the same of
/// single images: plan.not_a_number.
///
/// @param plan        The plan, with an input; it needs another commit afterwards. The mask is forgotten when an input of
///                    other extents along z, y or x is set.
/// @param mask        A byte for each sample (z, y, x) of an image, tightly packed, x fastest: 0 where it was not measured,
///                    any other value where it was. It holds for all channels and time points. NULL: all samples were
///                    measured. Copied.
/// @param mask_bytes  The number of bytes: z times y times x; of no effect with NULL.
/// @retval ABBE_ERROR_STATE     abbe_plan_set_input() was not called.
/// @retval ABBE_ERROR_ARGUMENT  Another number of bytes, or 0 everywhere.
/// @since 0.1
///
/// # Safety
/// `mask` is NULL or has `mask_bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_mask(
    plan: *mut abbe_plan,
    mask: *const c_void,
    mask_bytes: usize,
) -> abbe_status {
    on(plan, |plan| {
        if mask.is_null() {
            return plan.change(|draft| draft.set_mask(None));
        }
        // SAFETY: by this function's contract.
        let mask = unsafe { slice_in("mask", mask.cast::<u8>(), mask_bytes) }?;
        plan.change(|draft| draft.set_mask(Some(mask)))
    })
}

/// Gives the selected step, a camera step, a map of the sensor's pixels.
///
/// Every plane of every image, channel and time point is a frame of that sensor. The map must have the rows and columns of the
/// image at the step, which is checked by abbe_plan_commit(): the part of the sensor that was read, binned as the image is.
/// abbe_sensor_measure() makes maps. What an earlier call gave of the same kind is replaced.
///
/// @param plan     The plan; it needs another commit afterwards.
/// @param sensor_map  An abbe_sensor_map_code.
/// @param samples  A number for each pixel, tightly packed, x fastest. NULL takes the map back. Copied.
/// @param ndim     2; of no effect with NULL.
/// @param shape    Rows and columns in pixels, 1 or more; of no effect with NULL.
/// @retval ABBE_ERROR_STATE     The selected step takes none.
/// @retval ABBE_ERROR_ARGUMENT  Values that no pixel has: not finite, offsets beyond 1e9, gains that are not 0 or 1e-9 to 1e9, variances
///                              below 0 or above 1e18, gains that are all 0.
/// @since 0.1
///
/// # Safety
/// `samples` is NULL or has as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_sensor_map(
    plan: *mut abbe_plan,
    sensor_map: abbe_sensor_map,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(plan, |plan| {
        let map = known::<SensorMap>("sensor_map", sensor_map.into())?;
        if samples.is_null() {
            return plan.change(|draft| draft.take_back(Role::Map(map)));
        }
        // SAFETY: by this function's contract.
        let shape = unsafe { extents(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, shape.iter().product()) }?;
        plan.change(|draft| draft.give(Object::Map(Arc::new(PixelMap::new(map, shape, samples)?))))
    })
}

/// States what the images of the selected step, a deconvolution, are: noise, background and how far iterations go are not looked
/// for then. Parts of an image that is larger than memory are restored like the whole by what one run found of the whole, which
/// ABBE_PLAN_BLOCKS = 2 does without restoring it.
///
/// @param plan          The plan; it needs another commit afterwards.
/// @param calibrations  A JSON array of what abbe_plan_report() has of images as `calibration`, one for each image of an execute:
///                      channel by channel of a time point, time point by time point. NULL takes it back. Copied.
/// @retval ABBE_ERROR_STATE     The selected step is no deconvolution.
/// @retval ABBE_ERROR_ARGUMENT  It is no such text. How many there must be shows at a commit, as do parameters that they do not go
///                              with: hybrid, blind_richardson_lucy, warm starts and depth slabs.
/// @since 0.1
///
/// # Safety
/// `calibrations` is NULL or ends with a 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_calibrations(plan: *mut abbe_plan, calibrations: *const c_char) -> abbe_status {
    on(plan, |plan| {
        if calibrations.is_null() {
            return plan.change(|draft| draft.calibrate(None));
        }
        // SAFETY: by this function's contract.
        let text = unsafe { text_in("calibrations", calibrations) }?;
        plan.change(|draft| draft.calibrate(Some(text)))
    })
}

/// States how the target image lies in memory; without it, it has the source's sample type and is tightly packed.
///
/// What is said here is checked by abbe_plan_commit(), which knows the extents of the target. The sample type holds for
/// every later abbe_plan_set_input() too; strides and offset must be stated again after one with other axes or extents.
///
/// @param plan          The plan; it needs another commit afterwards.
/// @param dtype         Sample type, an abbe_dtype_code.
/// @param byte_strides  Bytes from one sample to the next, one for each axis of abbe_plan_output_shape(); may be
///                      negative, but no two samples may overlap. NULL: tightly packed. Copied.
/// @param byte_offset   Bytes from `dst` to the sample at index 0,...,0.
/// @retval ABBE_ERROR_STATE  abbe_plan_set_input() was not called.
/// @since 0.1
///
/// # Safety
/// `byte_strides` is NULL or has a value for each axis of the input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_set_output(
    plan: *mut abbe_plan,
    dtype: abbe_dtype,
    byte_strides: *const i64,
    byte_offset: i64,
) -> abbe_status {
    on(plan, |plan| {
        let dtype = known::<Dtype>("dtype", dtype.into())?;
        plan.change(|draft| {
            let ndim = draft.input()?.shape().len();
            // SAFETY: by this function's contract.
            let strides = unsafe { optional_strides(byte_strides, ndim) }?;
            draft.set_output(dtype, strides, byte_offset)
        })
    })
}

/// Gives the extents of the target image; its axes are the source's. Known before commit.
///
/// @param      plan      The plan.
/// @param[out] shape     Receives the extents; NULL with `capacity` 0 to ask for their number.
/// @param      capacity  Values that `shape` has room for.
/// @param[out] ndim      Receives the number of extents; may be NULL when `shape` is not.
/// @retval ABBE_ERROR_STATE  abbe_plan_set_input() was not called, or a step lacks something.
/// @since 0.1
///
/// # Safety
/// `shape` is NULL or has room for `capacity` values; `ndim` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_plan_output_shape(
    plan: *const abbe_plan,
    shape: *mut i64,
    capacity: i32,
    ndim: *mut i32,
) -> abbe_status {
    on(plan, |plan| {
        let extents = plan.output_shape()?;
        if shape.is_null() && (capacity != 0 || ndim.is_null()) {
            return Err(Error::Argument(format!("shape is NULL; it must have room for {} values", extents.len())));
        }
        if !shape.is_null() {
            let capacity = usize::try_from(capacity).unwrap_or(0);
            if capacity < extents.len() {
                return Err(Error::Argument(format!(
                    "shape has room for {capacity} values; this image has {} axes",
                    extents.len()
                )));
            }
            // SAFETY: room for `capacity` values by this function's contract.
            unsafe { slice_out("shape", shape, extents.len()) }?.copy_from_slice(&extents);
        }
        if !ndim.is_null() {
            // SAFETY: by this function's contract.
            unsafe { value_out("ndim", ndim, extents.len() as i32) }?;
        }
        Ok(())
    })
}

/// The extents of a tensor of any number of axes.
///
/// # Safety
/// `shape` is NULL or has `ndim` values.
unsafe fn tensor_shape(ndim: i32, shape: *const i64) -> Result<Vec<usize>> {
    let axes = usize::try_from(ndim)
        .ok()
        .filter(|axes| *axes <= AXES)
        .ok_or_else(|| Error::Argument(format!("ndim is {ndim}; it must be 0 to {AXES}")))?;
    if axes == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: by this function's contract.
    let given = unsafe { slice_in("shape", shape, axes) }?;
    let extents: Vec<usize> =
        given.iter().filter_map(|extent| usize::try_from(*extent).ok().filter(|extent| *extent > 0)).collect();
    let count = extents.iter().try_fold(size_of::<f32>(), |bytes, extent| bytes.checked_mul(*extent));
    if extents.len() < axes || count.is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(Error::Argument(format!(
            "shape is {given:?}; every extent must be 1 or more, and all samples fit into memory"
        )));
    }
    Ok(extents)
}

/// # Safety
/// `strides` is NULL or has `len` values.
unsafe fn optional_strides<'a>(strides: *const i64, len: usize) -> Result<Option<&'a [i64]>> {
    if strides.is_null() {
        return Ok(None);
    }
    // SAFETY: by this function's contract.
    unsafe { slice_in("byte_strides", strides, len) }.map(Some)
}

/// Most axes of a tensor.
const AXES: usize = 16;
