//! How noisy an image is: one model of the camera for deconvolution, denoising and reports.
//!
//! A sample whose mean is `m` varies by gain x (m - offset) + read noise squared, and neighbours may share noise
//! ([`Camera`]). An [`Estimator`] finds that from an image that it sees piece by piece, however large, or takes what the
//! host states ([`Stated`]), and says how sure it is ([`Noise`]).
//!
//! The method follows M. Colom, A. Buades and J.-M. Morel 2014, "Nonparametric noise estimation method for raw images", doi
//! 10.1364/JOSAA.31.000863, and M. Lebrun, M. Colom and J.-M. Morel 2015, "The noise clinic", doi 10.5201/ipol.2015.125: planes
//! are cut into blocks of 8 x 8 samples, whose discrete cosine transform keeps the specimen, which a microscope blurs, in
//! its low frequencies and has hardly anything but noise in its highest quarter. Blocks of equal brightness give one
//! variance each, flat ones first, and a line through these is the photon transfer curve: its slope is the gain. How the
//! variance falls towards high frequencies in flat places is the correlation of neighbours.
//!
//! | file | what |
//! |---|---|
//! | `anscombe` | the transform that gives noise the standard deviation 1 |
//! | `block` | the numbers that a block is kept by |
//! | `planes` | what neighbours along z share |
//! | `floor` | the lowest value, which clipping may have made |
//! | `estimator` | looks at an image, leaves out what no photons made |
//! | `groups` | blocks of equal brightness, correlation, traces of structure |
//! | `curve` | weighted fits of variance by mean |
//! | `random` | photons shared out by chance |
//! | `spectrum` | how the noise of a stabilised image spreads over frequencies |
//! | `verdict` | which fit is taken, and how sure it is |
//! | `outliers` | single samples that no light made |
//!
//! A gain cannot be seen on a flat field of unknown offset, where noise is less than a step of the samples, or after gamma
//! or denoising. A stated rule then takes over ([`Doubt`]), and says so. Where neighbours share noise, the gain is that of
//! single samples; sums of many samples vary by [`Camera::long_range`] times as much.

mod anscombe;
mod block;
mod curve;
mod estimator;
mod floor;
mod groups;
mod outliers;
mod planes;
mod random;
mod replacements;
mod spectrum;
mod verdict;

pub use anscombe::Anscombe;
pub use estimator::Estimator;
pub use outliers::Outliers;
pub use random::{GOLDEN, NORMAL_FROM, Random};
pub use replacements::Replacements;
pub use spectrum::{Energies, Spectrum, Spread, covariances};
pub use verdict::{Doubt, Doubts, Noise};

use serde::Serialize;

/// Poisson-Gaussian noise that neighbours may share. Intensities are in the image's units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Camera {
    /// Intensity per photon, above 0; less where frames were averaged.
    pub gain: f64,
    /// Intensity without light.
    pub offset: f64,
    /// Standard deviation without light.
    pub read_noise: f64,
    /// Correlation of the noise of neighbouring samples along (z, y, x).
    pub correlation: [f64; 3],
}

impl Camera {
    /// Photons counted one by one.
    pub const COUNTS: Self = Self { gain: 1.0, offset: 0.0, read_noise: 0.0, correlation: [0.0; 3] };

    /// What is to be added to a sample so that mean and variance are those of photon counts, times the gain.
    pub fn shift(&self) -> f64 {
        self.read_noise * self.read_noise / self.gain - self.offset
    }

    /// The variance of samples of that mean.
    pub fn variance(&self, mean: f64) -> f64 {
        (self.gain * (mean + self.shift())).max(0.0)
    }

    /// How many times more sums of many neighbours vary than sums of as many samples of independent noise: photons that an
    /// interpolation shared among samples come together again there. Of lags beyond one, nothing is known here.
    pub fn long_range(&self) -> f64 {
        self.correlation.iter().map(|&share| (1.0 + 2.0 * share).max(0.1)).product()
    }
}

/// What a host knows of the camera; `None` is found from the image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stated {
    /// See [`Camera::gain`].
    pub gain: Option<f64>,
    /// See [`Camera::offset`].
    pub offset: Option<f64>,
    /// See [`Camera::read_noise`].
    pub read_noise: Option<f64>,
    /// See [`Camera::correlation`]: along y and x.
    pub correlation: Option<f64>,
}

impl Stated {
    /// Nothing is known.
    pub const NOTHING: Self = Self { gain: None, offset: None, read_noise: None, correlation: None };

    /// What is stated here, else there.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            gain: self.gain.or(other.gain),
            offset: self.offset.or(other.offset),
            read_noise: self.read_noise.or(other.read_noise),
            correlation: self.correlation.or(other.correlation),
        }
    }
}

#[cfg(test)]
mod tests;
