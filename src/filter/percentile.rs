//! The level that a share of an image's samples is below, as NumPy's `percentile` finds it: between two samples in proportion.

use crate::error::{Result, zeroed};

/// Percentiles of images of so many samples.
pub struct Percentile {
    samples: Vec<f32>,
}

impl Percentile {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        Ok(Self { samples: zeroed("the samples of a percentile", shape.iter().product())? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (shape.iter().product::<usize>() * size_of::<f32>()) as u64
    }

    /// Percentile `percent` of the samples of `image`; NaN, where nothing was measured, is none of them.
    pub fn of(&mut self, image: &[f32], percent: f64) -> f64 {
        let mut count = 0;
        for sample in image.iter().filter(|sample| !sample.is_nan()) {
            self.samples[count] = *sample;
            count += 1;
        }
        let samples = &mut self.samples[..count];
        let Some(last) = count.checked_sub(1) else { return 0.0 };
        let place = last as f64 * percent / 100.0;
        let (_, below, above) = samples.select_nth_unstable_by(place as usize, f32::total_cmp);
        let below = f64::from(*below);
        let next = above.iter().copied().min_by(f32::total_cmp).map_or(below, f64::from);
        below + place.fract() * (next - below)
    }
}
