//! What an image is like before it is restored.

use super::field::Sums;
use crate::error::{Error, Result};
use crate::runtime::{Rows, Workers};

/// Sums over an image whose samples are all finite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    samples: usize,
    /// Sum of the samples.
    pub sum: f64,
    /// Sum of those that are not negative.
    pub light: f64,
    squares: f64,
    /// Variance of white noise, from second differences along x, which blur has left little of the signal in; `None`
    /// where rows are too short for that.
    noise: Option<f64>,
    /// Samples below 0.
    pub negative: u64,
}

impl Facts {
    /// Looks at an image of `shape`; `sums` has room for its rows.
    ///
    /// # Errors
    /// [`Error::Argument`] when it has another number of samples, or some are not finite.
    pub fn of(image: &[f32], shape: [usize; 3], sums: &Sums, workers: &Workers) -> Result<Self> {
        let samples: usize = shape.iter().product();
        if image.len() != samples {
            return Err(Error::Argument(format!("image holds {} samples; this plan takes {samples}", image.len())));
        }
        workers.each(Rows::of(image, shape[2]), |_, index, row| {
            let (mut sum, mut light, mut squares, mut bends, mut negative) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &sample in row {
                let value = f64::from(sample);
                sum += value;
                light += value.max(0.0);
                squares += value * value;
                negative += f64::from(u8::from(sample < 0.0));
            }
            for ((a, b), c) in row.iter().zip(row.get(1..).unwrap_or(&[])).zip(row.get(2..).unwrap_or(&[])) {
                let bend = f64::from(a - 2.0 * b + c);
                bends += bend * bend;
            }
            sums.set(index, [sum, light, squares, bends, negative]);
        });
        let rows = shape[0] * shape[1];
        let [sum, light, squares, bends, negative] = sums.totals(rows);
        if !squares.is_finite() {
            return Err(not_finite(image, shape));
        }
        // The squares of 1, -2 and 1 add up to 6.
        let noise = (shape[2] > 2).then(|| bends / (6 * rows * (shape[2] - 2)) as f64);
        Ok(Self { samples, sum, light, squares, noise, negative: negative as u64 })
    }

    /// The mean of what is not negative.
    pub fn mean_light(&self) -> f64 {
        self.light / self.samples as f64
    }

    /// Noise power over the power of what varies beside it; a hundredth where the noise is not known.
    pub fn noise_to_signal(&self) -> f64 {
        let Some(noise) = self.noise else { return 0.01 };
        let samples = self.samples as f64;
        let variance = (self.squares / samples - (self.sum / samples).powi(2)).max(0.0);
        let signal = (variance - noise).max(1e-3 * variance).max(f64::MIN_POSITIVE);
        (noise / signal).clamp(1e-6, 1e3)
    }
}

/// The error that says how many samples are not finite, and where the first is.
fn not_finite(image: &[f32], [_, ny, nx]: [usize; 3]) -> Error {
    let count = image.iter().filter(|sample| !sample.is_finite()).count();
    let at = image.iter().position(|sample| !sample.is_finite()).unwrap_or(0);
    let (z, y, x) = (at / (ny * nx), at / nx % ny, at % nx);
    Error::Argument(format!(
        "{count} samples of the image are not finite, the first at z {z} y {y} x {x}; all must be finite"
    ))
}
