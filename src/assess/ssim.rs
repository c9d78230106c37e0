//! Structural similarity.
//!
//! With x the reference, y the image, means, variances and covariance in a window around each sample, and R the range,
//!
//! SSIM = (2 μx μy + C1) (2 σxy + C2) / ((μx² + μy² + C1) (σx² + σy² + C2)), C1 = (0.01 R)², C2 = (0.03 R)²
//!
//! averaged over all places whose window is whole: Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli 2004, doi
//! 10.1109/TIP.2003.819861, equation 13. Windows lie in planes; stacks give the mean over their planes. Two windows are usual
//! ([`Window`]), and give other numbers.
//!
//! MicroSSIM: A. Ashesh, J. Deschamps and F. Jug 2024, arXiv 2408.08747. Both images less their own third percentile, over the
//! reference's maximum then; y is multiplied by the α for which the mean SSIM in windows of equal weight is greatest, and the value is
//! that in Gaussian windows, as in the authors' package. One α holds for all planes.

use super::image::Image;
use super::jackknife::{Estimate, Parts, cuts};
use crate::error::{Error, Result};
use crate::runtime::{Job, PerWorker, Rows};

/// Weights along each axis, and what variances are multiplied by.
pub(super) struct Window {
    weights: Vec<f64>,
    sample: f64,
}

impl Window {
    /// 11 x 11, Gaussian of 1.5 samples, as in the paper; `gaussian_weights=True, sigma=1.5, use_sample_covariance=False` of
    /// scikit-image.
    pub fn gaussian() -> Self {
        let weights: Vec<f64> = (-5..=5).map(|at| libm::exp(-0.5 * f64::powi(f64::from(at) / 1.5, 2))).collect();
        let sum: f64 = weights.iter().sum();
        Self { weights: weights.into_iter().map(|weight| weight / sum).collect(), sample: 1.0 }
    }

    /// The same with variances those of a sample of 11 x 11, as the package of MicroSSIM's authors has it.
    fn gaussian_sample() -> Self {
        Self { sample: 121.0 / 120.0, ..Self::gaussian() }
    }

    /// 7 x 7 samples of equal weight, variances those of a sample: what scikit-image does by default.
    pub fn uniform() -> Self {
        Self { weights: vec![1.0 / 7.0; 7], sample: 49.0 / 48.0 }
    }
}

/// The mean SSIM.
///
/// # Errors
/// [`Error::Argument`] for images smaller than the window; [`Error::Memory`]; [`Error::Cancelled`].
pub(super) fn mean(image: &Image, reference: &Image, window: &Window, range: f64, job: Job) -> Result<Estimate> {
    let scaled = [1.0, 1.0].map(|scale| Scaled { offset: 0.0, scale });
    Ok(average(&means::<1, 2>([reference, image], scaled, window, range, [1.0], job)?))
}

/// MicroSSIM.
///
/// # Errors
/// As [`mean`]; [`Error::Argument`] for a constant reference.
pub(super) fn micro(image: &Image, reference: &Image, job: Job) -> Result<Estimate> {
    let [low, own_low] = [percentile(reference, job)?, percentile(image, job)?];
    let greatest = reference.samples.iter().fold(f32::MIN, |most, value| most.max(*value));
    let scale = f64::from(greatest) - low;
    let range = reference.range() / scale;
    if !(scale > 0.0 && range.is_finite()) {
        return Err(Error::Argument("reference is constant; MicroSSIM is not defined then".into()));
    }
    let scaled = [low, own_low].map(|offset| Scaled { offset, scale: 1.0 / scale });
    let mut sums = [0.0; 2];
    let measured = |(x, y): &(&f32, &f32)| !x.is_nan() && !y.is_nan();
    for (x, y) in reference.samples.iter().zip(image.samples).filter(measured) {
        let (x, y) = (f64::from(*x) - low, f64::from(*y) - own_low);
        sums[0] += x * y;
        sums[1] += y * y;
    }
    let first = if sums[1] > 0.0 && sums[0] > 0.0 { sums[0] / sums[1] } else { 1.0 };
    // The mean has one maximum near there: halve in, all places of a grid at a time.
    let (mut centre, mut width) = (libm::log(first), libm::log(8.0));
    for _ in 0..ROUNDS {
        let logs: [f64; PLACES] =
            std::array::from_fn(|at| centre + width * (2.0 * at as f64 / (PLACES - 1) as f64 - 1.0));
        let sums = means::<PLACES, { PLACES + 1 }>(
            [reference, image],
            scaled,
            &Window::uniform(),
            range,
            logs.map(libm::exp),
            job,
        )?;
        let total = sums.total();
        let best = total[1..].iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        centre = logs[best.map_or(0, |(at, _)| at)];
        width *= 2.0 / (PLACES - 1) as f64;
    }
    let scale = [libm::exp(centre)];
    Ok(average(&means::<1, 2>([reference, image], scaled, &Window::gaussian_sample(), range, scale, job)?))
}

/// (sample - offset) x scale.
#[derive(Clone, Copy)]
struct Scaled {
    offset: f64,
    scale: f64,
}

/// The mean over the windows that count.
fn average(sums: &Parts<2>) -> Estimate {
    sums.estimate(|[count, sum]| (*count > 0.0).then(|| sum / count))
}

/// Numbers of windows, and sums over them of the SSIMs of x and α y, for several α, of which M - 1 are to be; windows with a sample
/// that was not measured are left out.
fn means<const N: usize, const M: usize>(
    [x, y]: [&Image; 2],
    scaled: [Scaled; 2],
    window: &Window,
    range: f64,
    alphas: [f64; N],
    job: Job,
) -> Result<Parts<M>> {
    let [planes, rows, width] = x.shape;
    let size = window.weights.len();
    if rows < size || width < size {
        return Err(Error::Argument(format!(
            "image is {rows} x {width} samples; structural similarity needs {size} x {size} or more"
        )));
    }
    let (inner_rows, inner) = (rows - size + 1, width - size + 1);
    let cut = cuts(inner);
    let [c1, c2] = [0.01, 0.03].map(|k| (k * range) * (k * range));
    let mut sums: Vec<f64> = job.zeroed("sums of rows", planes * inner_rows * cut * M)?;
    let mut scratch: Vec<[f64; 5]> = job.zeroed("sums of columns", job.workers().threads() * width)?;
    let parts = (Rows::of_mut(&mut sums, cut * M), PerWorker::of(&mut scratch, width));
    job.each(parts, |_, row, (sums, columns)| {
        let (z, y0) = (row / inner_rows, row % inner_rows);
        columns.fill([0.0; 5]);
        for (at, weight) in window.weights.iter().enumerate() {
            let pairs = x.row(z, y0 + at).iter().zip(y.row(z, y0 + at));
            for (column, (a, b)) in columns.iter_mut().zip(pairs) {
                let [a, b] =
                    [(a, scaled[0]), (b, scaled[1])].map(|(v, s): (&f32, Scaled)| (f64::from(*v) - s.offset) * s.scale);
                let terms = [a, b, a * a, b * b, a * b];
                column.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
            }
        }
        for (part, sums) in sums.chunks_exact_mut(M).enumerate() {
            for at in part * inner / cut..(part + 1) * inner / cut {
                let mut moments = [0.0; 5];
                for (weight, column) in window.weights.iter().zip(&columns[at..]) {
                    moments.iter_mut().zip(column).for_each(|(sum, term)| *sum += weight * term);
                }
                let [mx, my, xx, yy, xy] = moments;
                if mx.is_nan() || my.is_nan() {
                    continue;
                }
                let (vx, vy, cov) =
                    (window.sample * (xx - mx * mx), window.sample * (yy - my * my), window.sample * (xy - mx * my));
                sums[0] += 1.0;
                for (sum, alpha) in sums[1..].iter_mut().zip(alphas) {
                    let over = (2.0 * alpha * mx * my + c1) * (2.0 * alpha * cov + c2);
                    *sum += over / ((mx * mx + alpha * alpha * my * my + c1) * (vx + alpha * alpha * vy + c2));
                }
            }
        }
        Ok(())
    })?;
    Ok(Parts::of_rows(&sums, inner_rows, cut))
}

/// The third percentile of what was measured, between two samples where it falls there.
fn percentile(image: &Image, job: Job) -> Result<f64> {
    let mut room: Vec<f32> = job.zeroed("samples to be sorted", image.samples.len())?;
    let measured = image.samples.iter().filter(|value| !value.is_nan());
    let count = room.iter_mut().zip(measured).map(|(target, value)| *target = *value).count();
    let sorted = &mut room[..count.max(1)];
    let place = 0.03 * (sorted.len() - 1) as f64;
    let at = place.floor() as usize;
    let (_, &mut low, above) = sorted.select_nth_unstable_by(at, f32::total_cmp);
    let next = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    Ok(f64::from(low) + (place - place.floor()) * (f64::from(next) - f64::from(low)))
}

/// Values of α tried in one pass, and passes.
const PLACES: usize = 17;
const ROUNDS: usize = 6;
