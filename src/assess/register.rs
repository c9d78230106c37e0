//! The highest place of the cross-correlation of two images, which is the likeliest shift where noise is white; M. Guizar-Sicairos,
//! S. T. Thurman and J. R. Fienup 2008, doi 10.1364/OL.33.000156. Both are tapered as for Fourier ring correlations, and each place is
//! held against what the tapers leave of both there. A symmetric blur of one of both moves nothing.

use super::image::Image;
use super::rings::taper;
use crate::error::Result;
use crate::fft::{Buffer, Transform};
use crate::runtime::Job;

/// d in samples along (z, y, x) with fixed(p) like moved(p + d), between samples by parabolas through the highest; `None` where
/// several shifts explain `fixed` alike, or one of a quarter of an extent or more.
///
/// No shift of a sample or more is said where none, or one within [`NEAR`] samples, explains `fixed`, whose samples have noise of
/// that variance, as surely. So shifts of periodic specimens by periods are not seen.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn peak(moved: &Image, fixed: &Image, variance: f64, job: Job) -> Result<Option<[f64; 3]>> {
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
    let reach = shape.map(|extent| if extent < 16 { 0 } else { extent as i64 / 4 });
    let left: [Vec<f64>; 3] = std::array::from_fn(|axis| overlap(&tapers[axis], reach[axis]));
    // The kernel's middle is its origin.
    let correlation = |shift: [i64; 3]| {
        let [z, y, x] = std::array::from_fn(|axis| {
            (shift[axis] + (shape[axis] / 2) as i64).rem_euclid(shape[axis] as i64) as usize
        });
        let left: f64 = (0..3).map(|axis| left[axis][shift[axis].unsigned_abs() as usize]).product();
        f64::from(volume[z * transform.plane_pitch() + y * transform.row_pitch() + x]) / left
    };
    let within = |middle: [i64; 3], by: i64| {
        let range = move |axis: usize| (middle[axis] - by).max(-reach[axis])..=(middle[axis] + by).min(reach[axis]);
        range(0).flat_map(move |z| range(1).flat_map(move |y| range(2).map(move |x| [z, y, x])))
    };
    let highest = |by: i64| {
        let better = |best: (f64, [i64; 3]), shift: [i64; 3]| {
            let value = correlation(shift);
            if value > best.0 { (value, shift) } else { best }
        };
        within([0; 3], by).fold((correlation([0; 3]), [0; 3]), better).1
    };
    let (top, near) = (highest(FAR), highest(NEAR));
    // What noise adds to the difference of two places.
    let noise = |one: [i64; 3], other: [i64; 3]| {
        let step = |at: [i64; 3]| (at[0] * ny as i64 + at[1]) * nx as i64 + at[2];
        let sample = |at: i64| usize::try_from(at).ok().and_then(|at| kernel.get(at)).copied().unwrap_or(0.0);
        let apart = |at: usize| f64::from(sample(at as i64 - step(one)) - sample(at as i64 - step(other))).powi(2);
        (variance * (0..kernel.len()).map(apart).sum::<f64>()).sqrt()
    };
    let surely = |better: [i64; 3], than: [i64; 3]| {
        better != than && correlation(better) - correlation(than) > SURE * noise(better, than)
    };
    let best = if correlation(near) < SAME * correlation(top) && surely(top, near) {
        let alike = |shift: [i64; 3]| {
            let value = correlation(shift);
            value > ALIKE * correlation(top)
                && (0..3).any(|axis| (shift[axis] - top[axis]).abs() > HILL)
                && within(shift, HILL).all(|beside| correlation(beside) <= value)
        };
        let at_end = (0..3).any(|axis| reach[axis] > 0 && top[axis].abs() == reach[axis]);
        if at_end || within([0; 3], FAR).any(alike) {
            return Ok(None);
        }
        top
    } else if surely(near, [0; 3]) {
        near
    } else {
        [0; 3]
    };
    Ok(Some(std::array::from_fn(|axis| {
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
    })))
}

/// What tapers leave of both images along an axis at shifts of 0 to `reach`, of which one more is looked at, as a share of that at 0.
fn overlap(taper: &[f32], reach: i64) -> Vec<f64> {
    let at = |shift: usize| {
        let both = taper.iter().zip(taper.get(shift..).unwrap_or_default());
        both.map(|(one, other)| f64::from(*one) * f64::from(*other)).sum::<f64>()
    };
    (0..=reach.unsigned_abs() as usize + 1).map(|shift| at(shift) / at(0)).collect()
}

/// Samples of a shift that is taken before farther ones that are hardly better.
const NEAR: i64 = 2;
/// Share of the highest correlation that is hardly less.
const SAME: f64 = 0.95;
/// More than any shift that is looked for.
const FAR: i64 = i64::MAX / 4;
/// Samples around a place of which it is to be the highest, to count as one of its own.
const HILL: i64 = 4;
/// Share of the highest correlation that another place may have.
const ALIKE: f64 = 0.85;
/// Deviations of the noise by which a shift must be better than another.
const SURE: f64 = 6.0;
