//! How far images can be believed.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, on, outside};
use super::buffers::{json_out, slice_in, slice_out, value_out};
use super::constants::{
    abbe_assess, abbe_context, abbe_metric, abbe_param, abbe_plan, abbe_progress_fn, abbe_psf, abbe_status,
};
use super::context::check_target;
use super::handle::{find, insert, remove};
use super::psf::kernel_shape;
use crate::assess::{Image, measure};
use crate::error::{Error, number};
use crate::params::known;
use crate::plan::AssessObject;
use crate::runtime::{Answer, Job};

/// Compares an image with a reference that is true, or taken for true: PSNR, SSIM and others. docs/trust.md has the formulas.
///
/// @param      context    The context.
/// @param      metric     An abbe_metric_code.
/// @param      samples    The image, tightly packed, last axis fastest.
/// @param      reference  The reference, of the same extents.
/// @param      ndim       2 for y, x; 3 for z, y, x.
/// @param      shape      Extents in samples, `ndim` of them.
/// @param      range      Range of intensities that PSNR and SSIM are relative to, 1e-60 to 1e60; 0: the reference's greatest
///                        sample less its least.
/// @param[out] value      Receives the number; infinity for the PSNR of equal images.
/// @retval ABBE_ERROR_ARGUMENT  Images too small for the metric, or constant where it is not defined then; NaN, infinity or
///                              samples beyond 1e15.
/// @since 0.1
///
/// # Safety
/// `samples` and `reference` have as many values as `shape` says; `shape` has `ndim`; `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_metric_measure(
    context: *const abbe_context,
    metric: abbe_metric,
    samples: *const f32,
    reference: *const f32,
    ndim: i32,
    shape: *const i64,
    range: f64,
    value: *mut f64,
) -> abbe_status {
    on(context, |context| {
        let metric = known("metric", metric.into())?;
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let images = unsafe { [slice_in("samples", samples, len)?, slice_in("reference", reference, len)?] };
        if !(range >= 0.0 && range.is_finite()) {
            return Err(Error::Argument(format!(
                "range is {}; it must be 1e-60 to 1e60, or 0 for the reference's own",
                number(range)
            )));
        }
        let [image, reference] = [Image::new("samples", images[0], shape)?, Image::new("reference", images[1], shape)?];
        let workers = context.workers()?;
        let range = (range > 0.0).then_some(range);
        let found = measure(metric, &image, &reference, range, Job::from(&*workers))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("value", value, found) }
    })
}

/// Makes an assessment: numbers and maps that say how far a result can be believed. Experimental: what the report holds may change.
///
/// @param      context  The context.
/// @param[out] assess   Receives the handle.
/// @since 0.1
///
/// # Safety
/// `assess` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_create(context: *mut abbe_context, assess: *mut *mut abbe_assess) -> abbe_status {
    on(context, |context| {
        check_target("assess", assess)?;
        let handle = insert::<abbe_assess>(Arc::new(AssessObject::new(Arc::clone(context))))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("assess", assess, handle) }
    })
}

/// Sets a whole number of an assessment, or a real number to a whole value.
///
/// @param assess  The assessment.
/// @param param   One of ABBE_ASSESS_*.
/// @param value   In the parameter's range.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_set_i64(assess: *mut abbe_assess, param: abbe_param, value: i64) -> abbe_status {
    on(assess, |assess| assess.set(|settings| settings.set_i64(param, value)))
}

/// Sets a real number of an assessment.
///
/// @param assess  The assessment.
/// @param param   One of ABBE_ASSESS_*.
/// @param value   In the parameter's range and unit.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_set_f64(assess: *mut abbe_assess, param: abbe_param, value: f64) -> abbe_status {
    on(assess, |assess| assess.set(|settings| settings.set_f64(param, value)))
}

/// Forgets what was set: the parameter has its default again, or is worked out where it has none.
///
/// @param assess  The assessment.
/// @param param   One of ABBE_ASSESS_*.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_unset(assess: *mut abbe_assess, param: abbe_param) -> abbe_status {
    on(assess, |assess| assess.set(|settings| settings.unset(param)))
}

/// Gives an image: the raw one, of 16 samples or more along y and x, what was made of it, or a reference; all of the same extents
/// unless ABBE_ASSESS_ALIGN is 1. Copied.
///
/// @param assess   The assessment.
/// @param image    An abbe_image_code; what was given as that before is replaced.
/// @param samples  Tightly packed, last axis fastest.
/// @param ndim     2 for y, x; 3 for z, y, x.
/// @param shape    Extents in samples, `ndim` of them.
/// @retval ABBE_ERROR_ARGUMENT  NaN, infinity or samples beyond 1e15, where neither a mask that was given before nor
///                              assess.not_a_number excuses them; a mask that was given before is of another size then.
/// @since 0.1
///
/// # Safety
/// `samples` has as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_set_image(
    assess: *mut abbe_assess,
    image: i32,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(assess, |assess| {
        let role = known("image", image.into())?;
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, len) }?;
        assess.set_image(role, samples, shape)
    })
}

/// States which samples of the raw image were not measured: saturated, dead, outside a deskewed or stitched field. They count in
/// no number, and maps are NaN there. What abbe_plan_set_mask() said holds where a plan is given and no mask.
///
/// NaN can say the same of single samples of any image: assess.not_a_number.
///
/// @param assess      The assessment.
/// @param mask        A byte for each sample (z, y, x) of the raw image, tightly packed, x fastest: 0 where it was not measured,
///                    any other value where it was. Raw image and reference are not looked at there, whatever they are; the
///                    result is, for the light that it gives to what is around, unless it is not finite, beyond 1e15, or the raw
///                    image's own sample. NULL: all samples were measured. Copied.
/// @param mask_bytes  The number of bytes: z times y times x; of no effect with NULL.
/// @retval ABBE_ERROR_ARGUMENT  0 everywhere; another number of bytes is told by abbe_assess_run(), or by abbe_assess_set_image()
///                              where samples are not finite.
/// @since 0.1
///
/// # Safety
/// `mask` is NULL or has `mask_bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_set_mask(
    assess: *mut abbe_assess,
    mask: *const c_void,
    mask_bytes: usize,
) -> abbe_status {
    on(assess, |assess| {
        if mask.is_null() {
            return assess.set_mask(None);
        }
        // SAFETY: by this function's contract.
        let mask = unsafe { slice_in("mask", mask.cast::<u8>(), mask_bytes) }?;
        assess.set_mask(Some(mask))
    })
}

/// Gives the point spread function whose blur the result is without.
///
/// @param assess  The assessment.
/// @param psf     The point spread function; NULL takes it away: the width of a Gaussian is found then, 0 of results that are as
///                blurred as the raw image.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_set_psf(assess: *mut abbe_assess, psf: *const abbe_psf) -> abbe_status {
    on(assess, |assess| {
        assess.set_psf(if psf.is_null() { None } else { Some(find(psf)?) });
        Ok(())
    })
}

/// Gives the plan that made the result, which is run again on halves of the light.
///
/// @param assess  The assessment.
/// @param plan    The plan, committed when abbe_assess_run() is called, from one image of the raw image's extents to one of the
///                result's; NULL takes it away.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_set_plan(assess: *mut abbe_assess, plan: *const abbe_plan) -> abbe_status {
    on(assess, |assess| {
        assess.set_plan(if plan.is_null() { None } else { Some(find(plan)?) });
        Ok(())
    })
}

/// Works out numbers and maps: a few seconds for a million samples, and the plan's own time twice per split.
///
/// @param assess    The assessment.
/// @param progress  Called on this thread with the share that is done; it may use `assess` but for another run. NULL for none.
/// @param user      Handed to `progress`.
/// @retval ABBE_ERROR_STATE      No raw image or no result; a plan that is not committed, or does not take one image of the raw
///                               image's extents to one of the result's; another run is under way.
/// @retval ABBE_ERROR_ARGUMENT   A raw image of less than 16 samples along y or x; a result or reference of other extents, or with
///                               ABBE_ASSESS_ALIGN of more than eight times as many or as few samples along an axis; a mask of
///                               another size; nothing that was measured.
/// @retval ABBE_ERROR_MEMORY     Not enough memory, or ABBE_ASSESS_MEMORY_CAP_BYTES is too low; the text has the least that is
///                               enough. Both this and a plan that does not fit are told before anything is worked out.
/// @retval ABBE_ERROR_CANCELLED  `progress` or abbe_assess_cancel() asked for it; what was found before stays.
/// @since 0.1
///
/// # Safety
/// `progress` may be called with `user`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_run(
    assess: *mut abbe_assess,
    progress: abbe_progress_fn,
    user: *mut c_void,
) -> abbe_status {
    on(assess, |assess| {
        assess.run(&mut |fraction| match progress {
            // SAFETY: the host promised that `progress` may be called with `user`.
            Some(progress) if outside(|| unsafe { progress(user, fraction) }) != 0 => Answer::Cancel,
            _ => Answer::Continue,
        })
    })
}

/// Asks the run to stop, which then returns ABBE_ERROR_CANCELLED. Returns at once, on any thread.
///
/// @param assess  The assessment; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_cancel(assess: *mut abbe_assess) {
    on(assess, |assess| {
        assess.cancel();
        Ok(())
    });
}

/// Gives a whole number of an assessment: what was set, its default, or a fact of the last run.
///
/// @param      assess  The assessment.
/// @param      param   One of ABBE_ASSESS_*.
/// @param[out] value   Receives it.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_get_i64(
    assess: *const abbe_assess,
    param: abbe_param,
    value: *mut i64,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(assess, |assess| unsafe { value_out("value", value, assess.i64(param)?) })
}

/// Gives a real number of an assessment: what was set, its default, or a fact of the run.
///
/// @param      assess  The assessment.
/// @param      param   One of ABBE_ASSESS_*.
/// @param[out] value   Receives it, in the parameter's unit.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_get_f64(
    assess: *const abbe_assess,
    param: abbe_param,
    value: *mut f64,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(assess, |assess| unsafe { value_out("value", value, assess.f64(param)?) })
}

/// Copies a map of the last run.
///
/// @param      assess   The assessment.
/// @param      map      An abbe_map_code.
/// @param[out] samples  Receives the values, tightly packed, last axis fastest.
/// @param      ndim     2 for y, x; 3 for z, y, x.
/// @param      shape    The extents of the result, `ndim` of them.
/// @retval ABBE_ERROR_STATE  There was no run, or it made no such map: ABBE_MAP_SPREAD needs a plan, and photons that can be split.
/// @since 0.1
///
/// # Safety
/// `samples` has room for as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_map(
    assess: *const abbe_assess,
    map: i32,
    samples: *mut f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(assess, |assess| {
        let map = known("map", map.into())?;
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let target = unsafe { slice_out("samples", samples, len) }?;
        assess.map(map, shape, target)
    })
}

/// Describes what the last run found, as one JSON object: "noise", "grid", "intensities", "seams", "squirrel", "forward", "shift_px",
/// "suspicion", "frc_raw", of planes "decorrelation_raw" and "decorrelation_result", with a point spread function "support", with a
/// plan "halves", with a reference "reference"; "left_out" names what the deadline left no time for. Parts that cannot be told have "valid"
/// false and a "reason" instead of numbers. docs/trust.md explains every
/// key. Experimental: keys may change.
///
/// @param      assess    The assessment.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_STATE  There was no run.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_assess_report(
    assess: *const abbe_assess,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(assess, |assess| unsafe { json_out(&assess.report()?, json, capacity, needed) })
}

/// Destroys an assessment. A run finishes first, on its own thread.
///
/// @param assess  The assessment; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_assess_destroy(assess: *mut abbe_assess) {
    guard(|| {
        remove(assess);
        Ok(())
    });
}
