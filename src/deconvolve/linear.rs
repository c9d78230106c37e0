//! Deconvolution in one step: every frequency of the image is multiplied by a fixed gain.
//!
//! Wiener: H* (1 + k) / (|H|² + k) with k the noise power over the signal power, both taken as the same at all frequencies:
//! N. Wiener 1949, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", MIT Press, in the form of
//! R. C. Gonzalez and R. E. Woods, "Digital Image Processing", eq. 5.8-6, scaled to keep the mean.
//! Tikhonov: H* / (|H|² + k): A. N. Tikhonov 1963, Soviet Mathematics 4, 1035.
//!
//! Around the image the field continues it by its mirror images, each fading into the next one's: no edge, so no
//! ringing at the border, and nothing comes round from the other side.

use super::field::Field;
use crate::error::Result;
use crate::fft::Gain;
use crate::runtime::{LentRows, RowLocks, Watch, Workers};

/// Multiplies every frequency of `image` by H* times `gain`, in place.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn filter(
    field: &mut Field,
    gain: Gain,
    locks: &mut RowLocks,
    image: &mut [f32],
    workers: &Workers,
    watch: &mut Watch,
) -> Result<()> {
    let extended = Extension::new(field.geometry.image, field.geometry.field);
    let [_, ny, nx] = field.geometry.image;
    field.begin(workers, &|z, y, row| extended.fill(image, z, y, row));
    watch.advance(0.4)?;
    field.filter(gain, workers);
    watch.advance(0.6)?;
    let rows = LentRows::new(image, nx, locks);
    field.finish_image(workers, &|z, y, row| rows.row(z * ny + y).copy_from_slice(row));
    watch.advance(1.0)
}

/// Wiener's gain beside H*: (1 + k) / (|H|² + k), which keeps the mean.
pub(super) fn wiener(noise_to_signal: f64) -> Gain {
    let scale = 1.0 / (1.0 + noise_to_signal);
    Gain::new([noise_to_signal * scale, 0.0, scale])
}

/// Tikhonov's gain beside H*: 1 / (|H|² + k), the least squares solution with the least power.
pub(super) fn tikhonov(regularization: f64) -> Gain {
    Gain::new([regularization, 0.0, 1.0])
}

/// An image continued around a field by mirror images that fade into each other.
pub(super) struct Extension {
    image: [usize; 3],
    field: [usize; 3],
}

impl Extension {
    /// Continues images of shape `image` around a `field`.
    pub fn new(image: [usize; 3], field: [usize; 3]) -> Self {
        Self { image, field }
    }

    /// The two samples along `axis` that make the field's sample `at`, and the share of the second.
    fn sources(&self, axis: usize, at: usize) -> (usize, usize, f32) {
        let (n, full) = (self.image[axis], self.field[axis]);
        if at < n {
            return (at, at, 0.0);
        }
        let (margin, beyond) = (full - n, at - n);
        let place = (beyond as f32 + 0.5) / margin as f32;
        let share = place * place * (3.0 - 2.0 * place);
        (mirrored(n + beyond, n), mirrored(margin - 1 - beyond, n), share)
    }

    /// Row (z, y) of the field.
    pub fn fill(&self, image: &[f32], z: usize, y: usize, row: &mut [f32]) {
        let [_, ny, nx] = self.image;
        let (z0, z1, z_share) = self.sources(0, z);
        let (y0, y1, y_share) = self.sources(1, y);
        let line = |z: usize, y: usize| &image[(z * ny + y) * nx..][..nx];
        let (inside, margin) = row.split_at_mut(nx);
        inside.copy_from_slice(line(z0, y0));
        blend(inside, line(z0, y1), y_share);
        if z_share > 0.0 {
            inside.iter_mut().for_each(|value| *value *= 1.0 - z_share);
            for (other, share) in [(line(z1, y0), z_share * (1.0 - y_share)), (line(z1, y1), z_share * y_share)] {
                inside.iter_mut().zip(other).for_each(|(value, other)| *value += share * other);
            }
        }
        for (index, value) in margin.iter_mut().enumerate() {
            let (x0, x1, share) = self.sources(2, nx + index);
            *value = inside[x0] + share * (inside[x1] - inside[x0]);
        }
    }
}

fn blend(row: &mut [f32], other: &[f32], share: f32) {
    if share > 0.0 {
        row.iter_mut().zip(other).for_each(|(value, other)| *value += share * (other - *value));
    }
}

/// Index of the sample that lies at `at` when `n` samples are repeated by reflection about their ends.
fn mirrored(at: usize, n: usize) -> usize {
    let at = at % (2 * n);
    if at < n { at } else { 2 * n - 1 - at }
}
