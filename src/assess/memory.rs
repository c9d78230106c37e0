//! The memory that an assessment takes, known before it is begun.

use super::blur::reach;
use super::explain::lateral_sigma;
use super::grid::View;
use super::image::Image;
use super::jackknife::cuts;
use super::squirrel::MOST_OF_EXTENT;
use super::{assessment::Request, decorrelation};
use crate::error::Result;
use crate::fft::{Buffer, Transform, good_size};

/// Bytes beside the images themselves: what stays, and the greatest of what parts take in turn. Where no kernel is there yet,
/// `extents` are those of one that is to come. `of_plan` are the bytes of the plan that is run on halves of the light.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory) for extents that nothing can be transformed of.
pub fn bytes(request: &Request, extents: Option<[usize; 3]>, of_plan: Option<u64>, threads: usize) -> Result<u64> {
    // `times` buffers of a transform, with its scratch.
    let volume = |shape: [usize; 3], times: u64| -> Result<u64> {
        let transform = Transform::new(shape)?;
        let scratch = Buffer::bytes(transform.scratch_len(threads)) as u64;
        Ok(times * Buffer::bytes(transform.len()) as u64 + scratch)
    };
    let shape = request.raw.shape;
    let after = request.result.shape;
    let blurred = |extents: [usize; 3]| {
        let padded = |axis: usize| match extents[axis] {
            1 => shape[axis],
            extent => good_size(shape[axis] + extent - 1),
        };
        volume([padded(0), padded(1), padded(2)], 3)
    };
    let len = |image: &Image| image.samples.len() as u64;
    let [raw, result] = [&request.raw, &request.result].map(len);
    let reference = request.reference.as_ref().map_or(0, len);
    let seen = |image: &Image, to: [usize; 3]| View { from: image.shape, to, shift: [1.0; 3] }.bytes();
    let rows = |[nz, ny, nx]: [usize; 3]| (nz * ny * cuts(nx)) as u64 * ROW;
    let is_nan = |image: &Image| image.samples.iter().any(|value| value.is_nan());
    let gaps = request.mask.is_some() || is_nan(&request.raw) || is_nan(&request.result);
    let alike = if gaps { F32 * raw } else { 0 };
    let widest = MOST_OF_EXTENT * shape[1].min(shape[2]) as f64;
    let gaussian = |sigma: f64| [1, 2 * reach(sigma) + 1, 2 * reach(sigma) + 1];
    let is_known = request.kernel.is_some() || extents.is_some();
    let (extents, width) = match (request.kernel, extents) {
        (Some(kernel), _) => (kernel.shape(), lateral_sigma(kernel.samples(), kernel.shape())),
        (None, Some(extents)) => (extents, widest),
        (None, None) => (gaussian(widest), widest),
    };

    let kept = if gaps { 9 * (raw + result) } else { 0 }
        + F32 * (2 * raw + 4 * raw)
        + raw
        + F32 * if is_known { extents.map(|extent| extent as u64).iter().product() } else { 0 };
    let rings = volume(shape, 2)?;
    let found = volume(shape, 3)? + F32 * raw + alike;
    let explained = blurred(extents)?.max(rings + alike) + seen(&request.result, shape) + rows(shape) + 13 * raw;
    let suspected = blurred(gaussian(2.0 * width.max(1.0)))? + 2 * F32 * raw;
    let analysed = rings + decorrelation::bytes(shape, threads)? + F32 * raw;
    let compared = match &request.reference {
        None => 0,
        Some(image) => {
            rings
                + F32 * (reference + 5 * result)
                + 2 * seen(image, after)
                + volume(after, 3)?.max(volume(after, 2)?)
                + volume(after, 2)?
                + rows(after)
        }
    };
    let repeated =
        of_plan.map_or(0, |plan| rings + plan + F32 * (4 * raw + 4 * result) + 2 * seen(&request.result, shape));
    let spread_back = 3 * F32 * result + F32 * of_plan.map_or(0, |_| result);
    let parts = [found, explained, suspected, analysed, rings + 2 * F32 * raw, compared, repeated, spread_back];
    Ok(kept + parts.into_iter().max().unwrap_or(0) + SLACK)
}

/// Bytes of a sample.
const F32: u64 = 4;
/// Bytes of the sums of a row's part, at most.
const ROW: u64 = 8 * 24;
/// Bytes of what is small.
const SLACK: u64 = 1 << 16;
