//! Richardson-Lucy: the most likely specimen for photon counts, by multiplicative steps that keep light and sign.
//!
//! x' = x Hᵀ(d / Hx) / Hᵀ1, here in the equal form x (1 + Hᵀ(d / Hx - 1) / Hᵀ1), whose rounding does not add up:
//! W. H. Richardson 1972, doi 10.1364/JOSA.62.000055, eq. 8; L. B. Lucy 1974, doi 10.1086/111605, eq. 15. The weights
//! Hᵀ1 are those of the border ([`super::field`]). A background b stays in the model, d / (Hx + b), since subtracting
//! it would leave counts that are no longer Poisson's.
//!
//! A pixel whose variance is v above that of its counts has as many counts more, in the image and in the model: d + v and
//! Hx + b + v (F. Huang et al. 2013, doi 10.1038/nmeth.2488), which weighs its residual by (Hx + b) / (Hx + b + v).

use super::discrepancy::{BRIGHT, TERMS};
use super::observed::{MIN_EXPECTED, Observed};

/// What residuals of a run come to: the sum of their squares over what is expected, s = (d - y - b)² / (y + b), and the terms
/// of the discrepancy times the gain.
pub(super) type Residuals = [f64; 1 + TERMS];

/// How many of [`Residuals`] tell the misfit: the squares, as they are and capped, and the number of samples.
pub(super) const MISFIT: usize = 3;

/// Residuals d / (y + b) - 1 in place of the blurred row y, 0 where d is NaN, which nothing was measured for, and where a
/// saturated sample is expected to be as bright or brighter. Neither counts in the sums: the first `N` of [`Residuals`], since
/// all of them take longer than the residuals themselves.
#[inline(always)]
pub(super) fn residuals<const N: usize>(
    observed: &Observed,
    samples: &[f32],
    extra: Option<&[f32]>,
    row: &mut [f32],
) -> [f64; N] {
    match extra {
        // The loop without it reads what it does not use.
        None => weighted::<N, false>(observed, samples, samples, row),
        Some(extra) => weighted::<N, true>(observed, samples, extra, row),
    }
}

/// Of samples that have a variance of their own if `IS_EXTRA`.
#[inline(always)]
fn weighted<const N: usize, const IS_EXTRA: bool>(
    observed: &Observed,
    samples: &[f32],
    extra: &[f32],
    row: &mut [f32],
) -> [f64; N] {
    let scale = observed.extra.map_or(0.0, |extra| extra.scale);
    let mut lanes = [[0.0_f32; LANES]; N];
    let ((values, last), (samples, rest)) = (row.as_chunks_mut::<LANES>(), samples.as_chunks::<LANES>());
    let (extra, rest_of_extra) = extra.as_chunks::<LANES>();
    for ((values, samples), extra) in values.iter_mut().zip(samples).zip(extra) {
        for lane in 0..LANES {
            let more = if IS_EXTRA { extra[lane] * scale } else { 0.0 };
            let terms = residual::<IS_EXTRA>(observed, &mut values[lane], samples[lane], more);
            for (sums, term) in lanes.iter_mut().zip(terms) {
                sums[lane] += term;
            }
        }
    }
    let mut sums = [0.0; N];
    for ((value, sample), extra) in last.iter_mut().zip(rest).zip(rest_of_extra) {
        let more = if IS_EXTRA { extra * scale } else { 0.0 };
        let terms = residual::<IS_EXTRA>(observed, value, *sample, more);
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += f64::from(term));
    }
    for (sum, lanes) in sums.iter_mut().zip(lanes) {
        lanes.iter().for_each(|lane| *sum += f64::from(*lane));
    }
    sums
}

/// A residual in place of a blurred value, of a sample with that variance beside its counts'; the result is what it adds to
/// [`Residuals`].
#[inline(always)]
fn residual<const IS_EXTRA: bool>(observed: &Observed, value: &mut f32, sample: f32, more: f32) -> [f32; 1 + TERMS] {
    let light = value.max(0.0);
    let expected = (*value + observed.offset).max(MIN_EXPECTED);
    let seen = sample * observed.scale + observed.shift;
    // Counts of noisy pixels are so many more that these may be below 0 without them.
    let none = if IS_EXTRA { -more } else { 0.0 };
    let least = if sample >= observed.limit { expected } else { none };
    let counts = if seen.is_nan() { expected } else { seen.max(least) };
    let variance = if IS_EXTRA { expected + more } else { expected };
    let residual = (counts - expected) / variance;
    *value = residual;
    // NaN is not below the limit.
    let one = if sample < observed.limit { 1.0 } else { 0.0 };
    let square = one * residual * residual * variance;
    let capped = square.min(observed.max_square);
    let mut terms = [square, capped, one, capped * light, one * light, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    for (pair, least) in terms[5..].as_chunks_mut::<2>().0.iter_mut().zip(BRIGHT) {
        let counts = if light >= least { 1.0 } else { 0.0 };
        *pair = [counts * capped, counts * one];
    }
    terms
}

/// The factor 1 + t / w of a voxel; `least` bounds the weight from below, `most` the factor from above.
#[inline(always)]
pub(super) fn factor(correction: f32, share: f32, least: f32, most: f32) -> f32 {
    (1.0 + correction / share.max(least)).clamp(0.0, most)
}

/// Sums that run side by side, of a run of samples.
const LANES: usize = 8;
