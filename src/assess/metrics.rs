//! Numbers that compare an image with a reference.

use super::cutoff::Threshold;
use super::image::{Image, filled, same_extents};
use super::jackknife::{Estimate, Pairs};
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
    let found = estimate(metric, image, reference, range, job)?;
    found.value.ok_or_else(|| Error::Argument("image and reference share no sample that was measured".into()))
}

/// The same with a standard error, of images that may have samples that were not measured, NaN in either: these count in
/// nothing, and in transforms have values of their neighbours.
pub(super) fn estimate(
    metric: Metric,
    image: &Image,
    reference: &Image,
    range: Option<f64>,
    job: Job,
) -> Result<Estimate> {
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
    let pairs = || {
        Pairs::of(image.shape, job, |at| {
            let pair = (f64::from(reference.samples[at]), f64::from(image.samples[at]));
            (!pair.0.is_nan() && !pair.1.is_nan()).then_some(pair)
        })
    };
    match metric {
        Metric::Psnr => {
            let range = ranged()?;
            Ok(pairs()?.estimate(|of| Some(decibels(range, of.mean_square()))))
        }
        Metric::ScaleInvariantPsnr => {
            let range = ranged()?;
            // The mean of (x - scale y)², both without their means, where scale is the one that makes it least.
            Ok(pairs()?.estimate(|of| {
                let scale = if of.variances[1] > 0.0 { of.covariance / of.variances[1] } else { 0.0 };
                Some(decibels(range, (of.variances[0] - scale * of.covariance).max(0.0)))
            }))
        }
        Metric::Ssim => ssim::mean(image, reference, &Window::gaussian(), ranged()?, job),
        Metric::SsimUniform => ssim::mean(image, reference, &Window::uniform(), ranged()?, job),
        Metric::MicroSsim => ssim::micro(image, reference, job),
        Metric::Nrmse => {
            let power = |of: &Moments| of.variances[0] + of.means[0] * of.means[0];
            let pairs = pairs()?;
            if pairs.moments().is_some_and(|of| power(&of) == 0.0) {
                return Err(Error::Argument("reference is 0 everywhere; errors relative to it are not defined".into()));
            }
            Ok(pairs.estimate(|of| Some((of.mean_square() / power(of)).sqrt()).filter(|found| found.is_finite())))
        }
        Metric::Rsp => {
            let pairs = pairs()?;
            if pairs.moments().is_some_and(|of| of.correlation().is_none()) {
                return Err(constant("a correlation with that"));
            }
            Ok(pairs.estimate(Moments::correlation))
        }
        Metric::FrcResolution => {
            let [one, other] = [filled(image, job)?, filled(reference, job)?];
            let [image, reference] = [&one, &other].map(|samples| Image { samples, shape: image.shape });
            let curve = Rings::new(image.shape, 1.0, job)?.correlate(&image, &reference)?;
            if !curve.has_structure {
                return Err(constant("a Fourier ring correlation with that"));
            }
            let (value, error) = curve.resolution(Threshold::Seventh).unwrap_or((2.0, 0.0));
            Ok(Estimate { value: Some(value), error: Some(error) })
        }
    }
}

fn constant(what: &str) -> Error {
    Error::Argument(format!("image or reference is constant; {what} is not defined"))
}

fn decibels(range: f64, square: f64) -> f64 {
    if square > 0.0 { 10.0 * libm::log10(range * range / square) } else { f64::INFINITY }
}

/// Structural similarity multiplies two squares of the range, and 9e-8 with them: within these, which leave a factor of 10^60 to
/// either end of what f64 holds for samples of any size and for scales, nothing over- or underflows.
const MIN_RANGE: f64 = 1e-60;
const MAX_RANGE: f64 = 1e60;
