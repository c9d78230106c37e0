//! Numbers that compare an image with a reference.

use super::cutoff::Threshold;
use super::image::{Image, same_extents};
use super::rings::Rings;
use super::ssim::{self, Window};
use super::sums::Moments;
use crate::codes::Metric;
use crate::error::{Error, Result};
use crate::runtime::Job;

/// Compares `image` with `reference`. `range` is the range of intensities that peak signal-to-noise ratios and structural
/// similarities are relative to; `None`: that of the reference, its greatest less its least sample.
///
/// With x the reference, y the image, means over all samples and MSE the mean of (x - y)²:
///
/// - [`Metric::Psnr`]: 10 log10(range² / MSE) in dB, infinite for equal images; as `peak_signal_noise_ratio` of scikit-image.
/// - [`Metric::ScaleInvariantPsnr`]: the same after both means are taken away and the image is multiplied by Σ x y / Σ y²; M.
///   Weigert et al. 2018, doi 10.1038/s41592-018-0216-7, as CAREamics has it.
/// - [`Metric::Ssim`], [`Metric::SsimUniform`], [`Metric::MicroSsim`]: see the module `ssim`.
/// - [`Metric::Nrmse`]: √(MSE / mean of x²); as `normalized_root_mse` of scikit-image.
/// - [`Metric::Rsp`]: Pearson's correlation.
/// - [`Metric::FrcResolution`]: the distance in pixels along y and x whose frequency is the first at which the Fourier ring (of
///   stacks: shell) correlation falls below 1/7; 2, the least that pixels can tell, where it does not.
///
/// # Errors
/// [`Error::Argument`] for images of other extents, too small for the number, or constant where it is not defined then;
/// [`Error::Memory`]; [`Error::Cancelled`].
pub fn measure(metric: Metric, image: &Image, reference: &Image, range: Option<f64>, job: Job) -> Result<f64> {
    same_extents(("image", image), ("reference", reference))?;
    let range = range.unwrap_or_else(|| reference.range());
    let ranged = || {
        if (MIN_RANGE..=MAX_RANGE).contains(&range) {
            return Ok(range);
        }
        Err(Error::Argument(format!(
            "range is {range:e}; it must be {MIN_RANGE:e} to {MAX_RANGE:e}; state it where the reference is constant"
        )))
    };
    match metric {
        Metric::Psnr => Ok(decibels(ranged()?, mean_square(image, reference))),
        Metric::ScaleInvariantPsnr => {
            let moments = Moments::of_images(reference.samples, image.samples);
            let scale = if moments.variances[1] > 0.0 { moments.covariance / moments.variances[1] } else { 0.0 };
            // The mean of (x - scale y)², both without their means, where scale is the one that makes it least.
            Ok(decibels(ranged()?, (moments.variances[0] - scale * moments.covariance).max(0.0)))
        }
        Metric::Ssim => ssim::mean(image, reference, &Window::gaussian(), ranged()?, job),
        Metric::SsimUniform => ssim::mean(image, reference, &Window::uniform(), ranged()?, job),
        Metric::MicroSsim => ssim::micro(image, reference, job),
        Metric::Nrmse => {
            let power =
                reference.samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / reference.samples.len() as f64;
            if power == 0.0 {
                return Err(Error::Argument("reference is 0 everywhere; errors relative to it are not defined".into()));
            }
            Ok((mean_square(image, reference) / power).sqrt())
        }
        Metric::Rsp => Moments::of_images(image.samples, reference.samples).correlation().ok_or_else(|| {
            Error::Argument("image or reference is constant; a correlation with that is not defined".into())
        }),
        Metric::FrcResolution => {
            let mut rings = Rings::new(image.shape, 1.0, job)?;
            let curve = rings.correlate(image, reference)?;
            Ok(curve.resolution(Threshold::Seventh).unwrap_or(2.0))
        }
    }
}

fn mean_square(image: &Image, reference: &Image) -> f64 {
    let squares = image.samples.iter().zip(reference.samples).map(|(y, x)| (f64::from(*x) - f64::from(*y)).powi(2));
    squares.sum::<f64>() / image.samples.len() as f64
}

fn decibels(range: f64, square: f64) -> f64 {
    if square > 0.0 { 10.0 * libm::log10(range * range / square) } else { f64::INFINITY }
}

/// Ranges whose squares are numbers beside those of any samples.
const MIN_RANGE: f64 = 1e-60;
const MAX_RANGE: f64 = 1e60;
