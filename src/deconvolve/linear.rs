//! Deconvolution in one step: every frequency of the image is multiplied by a fixed gain.
//!
//! Wiener: H* (1 + k) / (|H|² + k) with k the noise power over the signal power, both taken as the same at all frequencies:
//! N. Wiener 1949, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", MIT Press, in the form of
//! R. C. Gonzalez and R. E. Woods, "Digital Image Processing", eq. 5.8-6, scaled to keep the mean.
//! Tikhonov: H* / (|H|² + k): A. N. Tikhonov 1963, Soviet Mathematics 4, 1035.
//!
//! Regularised inverse: H* / (|H|² + k |ω|⁴), the least squares solution with the least curvature, since -|ω|² is the
//! response of the Laplace operator; ω in radians per voxel, so that k is the noise power over the signal power at one
//! radian per voxel: B. R. Hunt 1973, "The application of constrained least squares estimation to image restoration by
//! digital computer", doi 10.1109/TC.1973.5009169, eq. 30. It follows smooth ground more closely than Tikhonov's does,
//! and damps fine noise more.
//!
//! Around the image the field continues it by its reflections in the points at its ends, which keep level and slope and
//! fade into the image's mean within [`super::border::reach`]: no edge and no bend, so no ringing at the border, and nothing comes round
//! from the other side.

use super::border::{Extension, Reflection};
use super::field::Field;
use super::sums::{Sums, sum};
use crate::error::Result;
use crate::fft::Gain;
use crate::image::{Region, Source};
use crate::runtime::{Watch, Workers};

/// A filter, and the part of the image that its result is wanted of.
pub(super) struct Filter {
    /// Beside H*.
    pub gain: Gain,
    pub around: Reflection,
    pub core: Region,
}

impl Filter {
    /// Filters an image of the field's shape; the result is then in the field. What it holds in the core is summed up.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn run(
        self,
        field: &mut Field,
        source: Source,
        sums: &Sums,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<f64> {
        let Self { gain, around, core } = self;
        let [nz, ny, _] = field.geometry.image;
        let extended = Extension::new(field.geometry.image, field.geometry.field, around);
        field.begin(workers, &|z, y, row| extended.fill(source, z, y, row));
        watch.advance(0.4)?;
        field.filter(gain, workers);
        watch.advance(0.6)?;
        let [planes, rows, columns] = core.ranges();
        field.finish_image(workers, &|z, y, row| {
            let counts = planes.contains(&z) && rows.contains(&y);
            let flux = if counts { sum(&row[columns.clone()]) } else { 0.0 };
            sums.set(z * ny + y, [flux]);
        });
        watch.advance(1.0)?;
        let [flux] = sums.totals(nz * ny);
        Ok(flux)
    }
}

/// Wiener's gain beside H*: (1 + k) / (|H|² + k), which keeps the mean.
pub(super) fn wiener(noise_to_signal: f64) -> Gain {
    let scale = 1.0 / (1.0 + noise_to_signal);
    Gain::new([noise_to_signal * scale, 0.0, scale])
}

/// Tikhonov's gain beside H*: 1 / (|H|² + k), the least squares solution with the least power.
pub(super) fn tikhonov(regularisation: f64) -> Gain {
    Gain::new([regularisation, 0.0, 1.0])
}

/// The regularised inverse's gain beside H*: 1 / (|H|² + k |ω|⁴).
pub(super) fn regularised_inverse(regularisation: f64) -> Gain {
    Gain::new([MIN_POWER, 0.0, 1.0]).penalised(regularisation)
}

/// Added to |H|², which may be 0 together with the penalty only by rounding.
const MIN_POWER: f64 = 1e-12;
