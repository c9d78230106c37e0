//! Maps of a sensor's pixels.

use std::ffi::c_void;

use super::boundary::on;
use super::buffers::{slice_in, slice_out};
use super::constants::{abbe_context, abbe_dtype, abbe_status};
use crate::error::{Error, Result};
use crate::image::Dtype;
use crate::params::known;
use crate::runtime::Job;
use crate::sensor::{Frames, measure};

/// Measures maps of a sensor's pixels, for abbe_plan_set_sensor_map(), from frames without light and in even light.
///
/// Offset and variance are the mean and the variance of each pixel in the dark. The gain is how fast its variance rises with its
/// mean over levels of light (Huang et al. 2013, doi 10.1038/nmeth.2488); one level is enough where the light is far above the
/// read noise. Of n frames a variance is known to a share of the square root of 2 / n: take hundreds. A pixel whose mean or
/// variance does not rise is dead and gets a gain of 0.
///
/// @param      context       The context, for its threads.
/// @param      dtype         Sample type of the frames, an abbe_dtype_code.
/// @param      frames        Frames (frame, y, x), tightly packed, x fastest: first those without light, then those of one level of
///                           light after the other.
/// @param      frames_bytes  Size of that buffer.
/// @param      dark_frames   Frames without light, 2 or more.
/// @param      flat_levels   Levels of light; 0 for none.
/// @param      flat_frames   Frames of each level, 2 or more; of no effect without levels.
/// @param      ndim          3.
/// @param      shape         Extents of the maps: 3, or 2 where `flat_levels` is 0; rows; columns.
/// @param[out] samples       Receives the maps, one after the other: offset, variance in intensities squared, gain in intensities per
///                           photon.
/// @retval ABBE_ERROR_ARGUMENT  Less than two frames, a buffer that is NULL or too small, samples that are not finite or beyond ±1e9, or no
///                              pixel that sees light.
/// @since 0.1
///
/// # Safety
/// `frames` has `frames_bytes` bytes, `shape` has `ndim` values; `samples` has room for as many as `shape` says, which nobody else
/// uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn abbe_sensor_measure(
    context: *const abbe_context,
    dtype: abbe_dtype,
    frames: *const c_void,
    frames_bytes: usize,
    dark_frames: i64,
    flat_levels: i64,
    flat_frames: i64,
    ndim: i32,
    shape: *const i64,
    samples: *mut f32,
) -> abbe_status {
    on(context, |context| {
        let dtype = known::<Dtype>("dtype", dtype.into())?;
        // SAFETY: by this function's contract.
        let [maps, rows, columns] = unsafe { extents(ndim, shape) }?;
        let [dark_frames, levels, of_level] =
            [("dark_frames", dark_frames), ("flat_levels", flat_levels), ("flat_frames", flat_frames)].map(counted);
        let (dark_frames, levels, of_level) = (dark_frames?, levels?, of_level?);
        let expected = if levels == 0 { 2 } else { 3 };
        if maps != expected {
            return Err(Error::Argument(format!(
                "shape begins with {maps}; it must be {expected} with {levels} levels of light: that many maps are measured"
            )));
        }
        let pixels = rows * columns;
        let bytes = |count: usize| count.checked_mul(pixels).and_then(|samples| samples.checked_mul(dtype.bytes()));
        let (dark, flat) = (bytes(dark_frames), levels.checked_mul(of_level).and_then(bytes));
        let all = dark.zip(flat).and_then(|(dark, flat)| Some((dark, dark.checked_add(flat)?)));
        let (dark, all) = all.filter(|(_, all)| *all <= frames_bytes && !frames.is_null()).ok_or_else(|| {
            Error::Argument(format!(
                "frames is NULL or holds {frames_bytes} bytes; {dark_frames} dark frames and {levels} levels of {of_level} of \
                 {rows} x {columns} samples of {} bytes must fit",
                dtype.bytes()
            ))
        })?;
        // SAFETY: as many by this function's contract and the check above.
        let (dark, flat) = unsafe { slice_in("frames", frames.cast::<u8>(), all) }?.split_at(dark);
        let workers = context.workers()?;
        let frames =
            Frames { dtype, shape: [rows, columns], dark: (dark, dark_frames), flat: (flat, [levels, of_level]) };
        let found = measure(&frames, Job::from(&*workers))?;
        // SAFETY: by this function's contract.
        let target = unsafe { slice_out("samples", samples, maps * pixels) }?;
        for (target, map) in target.chunks_exact_mut(pixels).zip([found.offset, found.variance, found.gain]) {
            target.copy_from_slice(&map);
        }
        Ok(())
    })
}

/// So many extents, all 1 or more, of numbers that fit into memory.
///
/// # Safety
/// `shape` is NULL or has `ndim` values.
pub unsafe fn extents<const N: usize>(ndim: i32, shape: *const i64) -> Result<[usize; N]> {
    if usize::try_from(ndim) != Ok(N) {
        return Err(Error::Argument(format!("ndim is {ndim}; it must be {N}")));
    }
    // SAFETY: by this function's contract.
    let given = unsafe { slice_in("shape", shape, N) }?;
    let mut extents = [0; N];
    for (extent, given) in extents.iter_mut().zip(given) {
        *extent = usize::try_from(*given).unwrap_or(0);
    }
    let bytes = extents.iter().try_fold(size_of::<f64>(), |bytes, extent| bytes.checked_mul(*extent));
    if extents.contains(&0) || bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(Error::Argument(format!(
            "shape is {given:?}; every extent must be 1 or more, and all samples fit into memory"
        )));
    }
    Ok(extents)
}

fn counted((name, count): (&str, i64)) -> Result<usize> {
    usize::try_from(count).map_err(|_| Error::Argument(format!("{name} is {count}; it must be 0 or more")))
}
