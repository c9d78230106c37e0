//! Iterations for noise that is the same everywhere, and for simple ratios.
//!
//! * Landweber, projected on what is not negative: x' = max(0, x + Hᵀ(d - Hx) / Hᵀ1): L. Landweber 1951,
//!   doi 10.2307/2372313; the weights make it the simultaneous technique of P. Gilbert 1972,
//!   doi 10.1016/0022-5193(72)90180-4.
//! * ISRA: x' = x Hᵀd / HᵀHx: M. E. Daube-Witherspoon and G. Muehllehner 1986, doi 10.1109/TMI.1986.4307748.
//! * Gold-Meinel: x' = x d / Hx inside the image, without back projection: R. Gold 1964, ANL-6984; E. S. Meinel 1986,
//!   doi 10.1364/JOSAA.3.000787. What lies around the image stays as it was at first, the image's mirror image.

use super::observed::{MIN_EXPECTED, Observed};

/// Residuals d - y - b in place of the blurred row y, 0 where d is NaN, which nothing was measured for; the result is as that
/// of [`chi_square`].
#[inline(always)]
pub(super) fn differences(observed: &Observed, samples: &[f32], row: &mut [f32]) -> f64 {
    let chi_square = chi_square(observed, samples, row);
    // What was added to both sides is left out, which may be far more than the samples.
    let level = observed.offset - observed.shift;
    for (value, sample) in row.iter_mut().zip(samples) {
        let difference = sample * observed.scale - (*value + level);
        *value = if difference.is_nan() { 0.0 } else { difference };
    }
    chi_square
}

/// The sum of (d - y - b)² / (y + b) over a blurred row y, which is set to 0 where d is NaN: ISRA projects it.
#[inline(always)]
pub(super) fn measured(observed: &Observed, samples: &[f32], row: &mut [f32]) -> f64 {
    let chi_square = chi_square(observed, samples, row);
    row.iter_mut().zip(samples).for_each(|(value, sample)| *value = if sample.is_nan() { 0.0 } else { *value });
    chi_square
}

/// The sum of (d - y - b)² / (y + b) over a blurred row y.
#[inline(always)]
fn chi_square(observed: &Observed, samples: &[f32], row: &[f32]) -> f64 {
    let mut chi_square = 0.0;
    let level = observed.offset - observed.shift;
    for (value, sample) in row.iter().zip(samples) {
        let expected = *value + observed.offset;
        let difference = sample * observed.scale - (*value + level);
        let square = difference * difference / expected.max(MIN_EXPECTED);
        chi_square += if square.is_nan() { 0.0 } else { square };
    }
    f64::from(chi_square)
}

/// The next value of projected Landweber, nowhere below `floor`.
#[inline(always)]
pub(super) fn landweber(value: f32, correction: f32, share: f32, floor: f32) -> f32 {
    (value + correction / share).max(floor)
}

/// The factor Hᵀd / HᵀHx.
#[inline(always)]
pub(super) fn ratio(numerator: f32, denominator: f32) -> f32 {
    numerator.max(0.0) / denominator.max(MIN_EXPECTED)
}

/// The factor d / (y + b) of Gold-Meinel; 1 where nothing was measured.
#[inline(always)]
pub(super) fn gold_meinel(observed: &Observed, sample: f32, blurred: f32) -> f32 {
    if sample.is_nan() {
        return 1.0;
    }
    (sample * observed.scale + observed.shift - observed.offset).max(0.0) / blurred.max(MIN_EXPECTED)
}

/// No estimate of Gold and Meinel is brighter, in units of the image's mean: where the kernel is off its centre it diverges.
/// All the light of as many voxels would be in one.
pub(super) const MAX_ESTIMATE: f32 = 1e9;
