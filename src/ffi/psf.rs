//! Point spread functions.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{guard, on, outside};
use super::buffers::{json_out, slice_in, slice_out, text_in, value_out};
use super::constants::{abbe_context, abbe_param, abbe_progress_fn, abbe_psf, abbe_status};
use super::context::check_target;
use super::handle::{find, insert, remove};
use crate::error::{Error, Result};
use crate::plan::{PsfObject, samples_for};
use crate::runtime::Answer;

/// Makes a point spread function; its optics are set with abbe_psf_set_f64() and the other setters.
///
/// @param      context  The context.
/// @param      kind     An abbe_psf_code.
/// @param[out] psf      Receives the handle.
/// @since 0.1
///
/// # Safety
/// `psf` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_create(
    context: *mut abbe_context,
    kind: i32,
    psf: *mut *mut abbe_psf,
) -> abbe_status {
    on(context, |context| {
        check_target("psf", psf)?;
        let handle = insert::<abbe_psf>(Arc::new(PsfObject::new(Arc::clone(context), kind)?))?;
        // SAFETY: by this function's contract.
        unsafe { value_out("psf", psf, handle) }
    })
}

/// Sets a whole number or a choice of a point spread function, or a real number to a whole value.
///
/// @param psf    The point spread function.
/// @param param  One of ABBE_PSF_*.
/// @param value  In the parameter's range.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_set_i64(psf: *mut abbe_psf, param: abbe_param, value: i64) -> abbe_status {
    on(psf, |psf| psf.change(|spec| spec.settings.set_i64(param, value)))
}

/// Sets a real number of a point spread function, e.g. ABBE_PSF_WAVELENGTH_NM to 525.
///
/// @param psf    The point spread function.
/// @param param  One of ABBE_PSF_*.
/// @param value  In the parameter's range and unit.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_set_f64(psf: *mut abbe_psf, param: abbe_param, value: f64) -> abbe_status {
    on(psf, |psf| psf.change(|spec| spec.settings.set_f64(param, value)))
}

/// Sets a text of a point spread function. What it says is checked when the kernel is computed.
///
/// @param psf    The point spread function.
/// @param param  One of ABBE_PSF_*.
/// @param value  UTF-8. Copied.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or ends in a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_set_text(psf: *mut abbe_psf, param: abbe_param, value: *const c_char) -> abbe_status {
    on(psf, |psf| {
        // SAFETY: by this function's contract.
        let value = unsafe { text_in("value", value) }?;
        psf.change(|spec| spec.settings.set_text(param, value))
    })
}

/// Forgets what was set: the parameter has its default again, or is worked out where it has none.
///
/// @param psf    The point spread function.
/// @param param  One of ABBE_PSF_*.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_unset(psf: *mut abbe_psf, param: abbe_param) -> abbe_status {
    on(psf, |psf| psf.change(|spec| spec.settings.unset(param)))
}

/// Gives the samples of a measured point spread function, or a motion kernel. Copied.
///
/// What they hold is examined when the kernel is computed, by abbe_psf_sample() or abbe_plan_commit(), and treated as
/// ABBE_PSF_POLICY says.
///
/// @param psf      Made with ABBE_PSF_MEASURED.
/// @param samples  Tightly packed, last axis fastest, in any unit.
/// @param ndim     2 for y, x; 3 for z, y, x.
/// @param shape    Extents in samples, `ndim` of them.
/// @retval ABBE_ERROR_STATE  Another kind of point spread function.
/// @since 0.1
///
/// # Safety
/// `samples` has as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_set_samples(
    psf: *mut abbe_psf,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(psf, |psf| {
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, len) }?;
        psf.change(|spec| samples_for(spec, samples, shape))
    })
}

/// Gives the extent that holds the light of a point spread function: psf.energy of it, odd along every axis.
///
/// @param      psf    The point spread function.
/// @param      ndim   2 for y, x: the plane in focus; 3 for z, y, x.
/// @param[out] shape  Receives `ndim` extents in samples.
/// @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it.
/// @since 0.1
///
/// # Safety
/// `shape` has room for `ndim` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_extent(psf: *const abbe_psf, ndim: i32, shape: *mut i64) -> abbe_status {
    on(psf, |psf| {
        let ndim = dimensions(ndim)?;
        // SAFETY: by this function's contract.
        let target = unsafe { slice_out("shape", shape, ndim) }?;
        let extent = psf.extent(ndim)?;
        for (target, extent) in target.iter_mut().zip(&extent[3 - ndim..]) {
            *target = *extent as i64;
        }
        Ok(())
    })
}

/// Computes the kernel: its sum is 1, its centre at index extent / 2 of every axis.
///
/// @param      psf      The point spread function.
/// @param[out] samples  Receives the values, tightly packed, last axis fastest.
/// @param      ndim     2 for y, x: the plane in focus; 3 for z, y, x.
/// @param      shape    Extents in samples, `ndim` of them.
/// @retval ABBE_ERROR_STATE     A parameter that it needs is not set.
/// @retval ABBE_ERROR_ARGUMENT  Parameters that contradict each other.
/// @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it.
/// @since 0.1
///
/// # Safety
/// `samples` has room for as many values as `shape` says; `shape` has `ndim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_sample(
    psf: *const abbe_psf,
    samples: *mut f32,
    ndim: i32,
    shape: *const i64,
) -> abbe_status {
    on(psf, |psf| {
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let target = unsafe { slice_out("samples", samples, len) }?;
        psf.sample(shape, target)
    })
}

/// Fits a model to measured samples, beads or one point, on the samples' own voxels and with their background.
///
/// The parameters of the model are the start; ABBE_PSF_FIT names those to be found, and they are set to what was found.
/// The place of the point in the samples does not belong to the model; read it with abbe_psf_get_f64() as
/// ABBE_PSF_FIT_DEFOCUS_NM, ABBE_PSF_FIT_SHIFT_Y_PX and ABBE_PSF_FIT_SHIFT_X_PX. abbe_psf_report() has it all with
/// standard errors as "fit". Distances between samples, ABBE_PSF_SAMPLES_HOLD and
/// ABBE_PSF_BEAD_NM are those of `measured`; without distances of their own the samples have the model's.
///
/// @param psf       The model: Gaussian or optical.
/// @param measured  Made with ABBE_PSF_MEASURED, its samples given.
/// @retval ABBE_ERROR_ARGUMENT  A kind that cannot be fitted, or samples without a point; nothing changes then.
/// @retval ABBE_ERROR_STATE     A parameter that it needs, or the samples, are not set.
/// @retval ABBE_ERROR_CANCELLED  abbe_psf_cancel() asked for it; nothing is changed.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_fit(psf: *mut abbe_psf, measured: *const abbe_psf) -> abbe_status {
    on(psf, |psf| psf.fit(&*find(measured)?))
}

/// Finds parameters of an optical model from an image of an unknown specimen, on the voxels of the model.
///
/// ABBE_PSF_FIT names up to three of them: of a stack numerical_aperture, spherical_nm (when not set), sample_index,
/// depth_nm; of a plane defocus_nm. The model's parameters are the start, and become what was found;
/// abbe_psf_report() has it with standard errors as "estimate". A parameter that the image does not determine stays as it is,
/// with the finding estimate_undetermined. It runs several dozen short deconvolutions of the part of the image with
/// the most structure, which take up to a minute. docs/psf.md says where it fails.
///
/// @param psf       The model.
/// @param samples   The image, tightly packed, last axis fastest, linear in the light, noise not removed.
/// @param ndim      2 for y, x; 3 for z, y, x.
/// @param shape     Extents in samples, `ndim` of them.
/// @param progress  Called on this thread, several times per iteration, with the share that is done; it may use `psf` but
///                  for another estimate. NULL for none.
/// @param user      Handed to `progress`.
/// @retval ABBE_ERROR_ARGUMENT   A kind without such parameters, or an image without structure; nothing is changed.
/// @retval ABBE_ERROR_STATE      A parameter that it needs is not set, or another estimate of `psf` runs.
/// @retval ABBE_ERROR_CANCELLED  `progress` or abbe_psf_cancel() asked for it; nothing is changed.
/// @since 0.1
///
/// # Safety
/// `samples` has as many values as `shape` says; `shape` has `ndim`; `progress` may be called with `user`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_estimate(
    psf: *mut abbe_psf,
    samples: *const f32,
    ndim: i32,
    shape: *const i64,
    progress: abbe_progress_fn,
    user: *mut c_void,
) -> abbe_status {
    on(psf, |psf| {
        // SAFETY: by this function's contract.
        let (shape, len) = unsafe { kernel_shape(ndim, shape) }?;
        // SAFETY: by this function's contract.
        let samples = unsafe { slice_in("samples", samples, len) }?;
        psf.estimate(samples, shape, &mut |fraction| match progress {
            // SAFETY: the host promised that `progress` may be called with `user`.
            Some(progress) if outside(|| unsafe { progress(user, fraction) }) != 0 => Answer::Cancel,
            _ => Answer::Continue,
        })
    })
}

/// Asks all calls on a point spread function that run on other threads to stop: abbe_psf_sample(), abbe_psf_extent(),
/// abbe_psf_fit() and abbe_psf_estimate(), which then return ABBE_ERROR_CANCELLED. Returns at once.
///
/// @param psf  The point spread function; NULL and destroyed ones are ignored. What a plan computes of it in a commit is
///             stopped by abbe_plan_cancel().
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_cancel(psf: *mut abbe_psf) {
    on(psf, |psf| {
        psf.cancel();
        Ok(())
    });
}

/// Gives a whole number or a choice of a point spread function: what was set, or its default.
///
/// @param      psf    The point spread function.
/// @param      param  One of ABBE_PSF_*.
/// @param[out] value  Receives it.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_get_i64(psf: *const abbe_psf, param: abbe_param, value: *mut i64) -> abbe_status {
    // SAFETY: by this function's contract.
    on(psf, |psf| unsafe { value_out("value", value, psf.i64(param)?) })
}

/// Gives a real number of a point spread function: what was set or found, its default, or a fact of the last fit.
///
/// @param      psf    The point spread function.
/// @param      param  One of ABBE_PSF_*.
/// @param[out] value  Receives it, in the parameter's unit.
/// @retval ABBE_ERROR_STATE  It is not set and has no default, or is a fact of a fit and there was none.
/// @since 0.1
///
/// # Safety
/// `value` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_get_f64(psf: *const abbe_psf, param: abbe_param, value: *mut f64) -> abbe_status {
    // SAFETY: by this function's contract.
    on(psf, |psf| unsafe { value_out("value", value, psf.f64(param)?) })
}

/// Describes the kernel last computed, by abbe_psf_sample(), as one JSON object: "shape" and "centre", "energy_missed"
/// (share of the light outside the edges), "nyquist_pixel_nm" and "nyquist_step_nm" (largest distances of samples that the
/// optics allow), "strehl" (highest sample over a point's in focus without aberrations), "diagnosis" (numbers about
/// measured samples) and "findings" (what is wrong, and what was repaired: "severity", "code", "text"); after
/// abbe_psf_fit() and abbe_psf_estimate() also what was found, as "fit" and "estimate". docs/psf.md explains every key.
///
/// Later versions add keys; they take none away within one ABBE_VERSION_MAJOR.
///
/// @param      psf       The point spread function.
/// @param[out] json      Receives the text; NULL with `capacity` 0 to ask for the size.
/// @param      capacity  Size of `json` in bytes.
/// @param[out] needed    Receives the bytes the text needs, its NUL included; may be NULL when `json` is not.
/// @retval ABBE_ERROR_STATE  No kernel was computed since the last change, and nothing was fitted or estimated. Those
///                           that a plan uses are in its report.
/// @since 0.1
///
/// # Safety
/// `json` is NULL or has `capacity` bytes; `needed` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_psf_report(
    psf: *const abbe_psf,
    json: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> abbe_status {
    // SAFETY: by this function's contract.
    on(psf, |psf| unsafe { json_out(&psf.report()?, json, capacity, needed) })
}

/// Destroys a point spread function; plans that use it keep it alive.
///
/// @param psf  The point spread function; NULL and destroyed ones are ignored.
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn abbe_psf_destroy(psf: *mut abbe_psf) {
    guard(|| {
        remove(psf);
        Ok(())
    });
}

fn dimensions(ndim: i32) -> Result<usize> {
    match ndim {
        2 | 3 => Ok(ndim as usize),
        _ => Err(Error::Argument(format!("ndim is {ndim}; it must be 2 (y, x) or 3 (z, y, x)"))),
    }
}

/// The extents as z, y, x, and their product.
///
/// # Safety
/// `shape` is NULL or has `ndim` values.
pub(super) unsafe fn kernel_shape(ndim: i32, shape: *const i64) -> Result<([usize; 3], usize)> {
    let ndim = dimensions(ndim)?;
    // SAFETY: by this function's contract.
    let given = unsafe { slice_in("shape", shape, ndim) }?;
    let mut extents = [1_usize; 3];
    let mut product = 1_usize;
    for ((extent, given), axis) in extents[3 - ndim..].iter_mut().zip(given).zip(["z", "y", "x"].iter().skip(3 - ndim))
    {
        *extent = usize::try_from(*given)
            .ok()
            .filter(|extent| *extent >= 1)
            .ok_or_else(|| Error::Argument(format!("shape is {given} along {axis}; it must be 1 or more")))?;
        product = product
            .checked_mul(*extent)
            .filter(|product| *product <= isize::MAX as usize / size_of::<f32>())
            .ok_or_else(|| Error::Argument(format!("shape is {given:?}; that is more than memory can hold")))?;
    }
    Ok((extents, product))
}
