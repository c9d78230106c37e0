//! Richardson-Lucy: the most likely specimen for photon counts, by multiplicative steps that keep light and sign.
//!
//! x' = x Hᵀ(d / Hx) / Hᵀ1, here in the equal form x (1 + Hᵀ(d / Hx - 1) / Hᵀ1), whose rounding does not add up:
//! W. H. Richardson 1972, doi 10.1364/JOSA.62.000055, eq. 8; L. B. Lucy 1974, doi 10.1086/111605, eq. 15. The weights
//! Hᵀ1 are those of the border ([`super::field`]).

/// Residuals d / y - 1 in place of the blurred row y; `scale` turns samples into the estimate's unit.
pub(super) fn residuals(samples: &[f32], scale: f32, row: &mut [f32]) {
    for (value, sample) in row.iter_mut().zip(samples) {
        let blurred = value.max(FAINTEST);
        *value = (sample.max(0.0) * scale - blurred) / blurred;
    }
}

/// Blurred values below are taken as this, in units of the image's mean: rounding can make them negative.
const FAINTEST: f32 = 1e-5;
