//! How far one image is displaced against another: the highest place of their cross-correlation, which is the likeliest shift where
//! noise is white; M. Guizar-Sicairos, S. T. Thurman and J. R. Fienup 2008, doi 10.1364/OL.33.000156. Both are tapered as for Fourier ring
//! correlations. A symmetric blur of one of both moves nothing.

use super::image::Image;
use super::rings::taper;
use crate::error::Result;
use crate::fft::{Buffer, Transform};
use crate::runtime::Job;

/// d in samples along (z, y, x) with fixed(p) like moved(p + d), between samples by parabolas through the highest; 0 where no shift of
/// up to [`FARTHEST`] samples explains `fixed`, whose samples have noise of that variance, surely better than none.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn displacement(moved: &Image, fixed: &Image, variance: f64, job: Job) -> Result<[f64; 3]> {
    let shape @ [_, ny, nx] = fixed.shape;
    let transform = Transform::new(shape)?;
    let scratch = transform.scratch_len(job.workers().threads());
    job.count("correlation", (3 * Buffer::bytes(transform.len()) + Buffer::bytes(scratch)) as u64)?;
    let mut volume = Buffer::new("correlation", transform.len())?;
    let mut scratch = Buffer::new("scratch of transforms", scratch)?;
    let tapers = shape.map(taper);
    let factor = |z: usize, y: usize| tapers[0][z] * tapers[1][y];
    let mean =
        |image: &Image| image.samples.iter().map(|value| f64::from(*value)).sum::<f64>() / image.samples.len() as f64;
    let [moved_mean, fixed_mean] = [moved, fixed].map(mean);
    let mut kernel: Vec<f32> = job.zeroed("tapered image", moved.samples.len())?;
    for (row, (target, source)) in kernel.chunks_exact_mut(nx).zip(moved.samples.chunks_exact(nx)).enumerate() {
        let outer = factor(row / ny, row % ny);
        for ((target, source), inner) in target.iter_mut().zip(source).zip(&tapers[2]) {
            *target = (f64::from(*source) - moved_mean) as f32 * outer * inner;
        }
    }
    job.check()?;
    let otf = transform.otf(&kernel, shape, &mut scratch, job.workers())?;
    transform.inner_forward(&mut volume, &mut scratch, job.workers(), &|z, y, row| {
        let outer = factor(z, y);
        for ((target, source), inner) in row.iter_mut().zip(fixed.row(z, y)).zip(&tapers[2]) {
            *target = (f64::from(*source) - fixed_mean) as f32 * outer * inner;
        }
    });
    transform.outer_filter(&mut volume, &otf, true, &mut scratch, job.workers());
    transform.inner_inverse(&mut volume, &mut scratch, job.workers(), &|_, _, _| {});
    // The kernel's middle is its origin.
    let correlation = |shift: [i64; 3]| {
        let [z, y, x] = std::array::from_fn(|axis| {
            (shift[axis] + (shape[axis] / 2) as i64).rem_euclid(shape[axis] as i64) as usize
        });
        f64::from(volume[z * transform.plane_pitch() + y * transform.row_pitch() + x])
    };
    let reach = shape.map(|extent| if extent < 16 { 0 } else { FARTHEST });
    let range = |axis: usize| -reach[axis]..=reach[axis];
    let shifts = range(0).flat_map(|z| range(1).flat_map(move |y| range(2).map(move |x| [z, y, x])));
    let Some(best) = shifts.max_by(|a, b| correlation(*a).total_cmp(&correlation(*b))) else { return Ok([0.0; 3]) };
    let at_end = |axis: usize| reach[axis] > 0 && best[axis].abs() == reach[axis];
    // What noise adds to the difference of both places.
    let step = (best[0] * ny as i64 + best[1]) * nx as i64 + best[2];
    let apart = kernel.iter().enumerate().map(|(at, value)| {
        let other = usize::try_from(at as i64 - step).ok().and_then(|at| kernel.get(at)).copied().unwrap_or(0.0);
        (f64::from(*value) - f64::from(other)).powi(2)
    });
    let noise = (variance * apart.sum::<f64>()).sqrt();
    let sure = correlation(best) - correlation([0; 3]) > SURE * noise;
    if best != [0; 3] && !sure || (0..3).any(at_end) {
        return Ok([0.0; 3]);
    }
    Ok(std::array::from_fn(|axis| {
        if reach[axis] == 0 {
            return 0.0;
        }
        let beside = |by: i64| {
            let mut shift = best;
            shift[axis] += by;
            correlation(shift)
        };
        let [before, own, after] = [-1, 0, 1].map(beside);
        let bend = before - 2.0 * own + after;
        let between = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
        -(best[axis] as f64 + between.clamp(-0.5, 0.5))
    }))
}

/// Farthest shift that is looked for, in samples.
const FARTHEST: i64 = 8;
/// Deviations of the noise by which a shift must be better than none.
const SURE: f64 = 5.0;
