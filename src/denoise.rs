//! Denoising without a network: always there, on every machine.
//!
//! [`Denoise`] stabilises the variance of Poisson-Gaussian noise (generalised Anscombe transform), smooths
//! by total variation where neighbours differ by noise only, and goes back by the exact unbiased
//! inverse. The noise is estimated from each image unless the camera's numbers are given. Intensities keep
//! their units, and the light above the offset its sum: smoothing in the stabilised domain loses a little of it where
//! it mixes bright and dark, which one factor near 1 gives back ([`Outcome::correction`]). Noise is taken as independent from sample to sample: what a detector or
//! an earlier step correlated is smoothed less.
//!
//! Packed samples in axis order z, y, x; 2-D is z = 1.

mod anscombe;
mod noise;
mod total_variation;

use anscombe::Anscombe;
pub use noise::Noise;
use total_variation::TotalVariation;

use crate::error::{Error, Result};
use crate::params::{DENOISE_GAIN, DENOISE_OFFSET, DENOISE_READ_NOISE, DENOISE_STRENGTH, Settings};
use crate::runtime::{Rows, Watch, Workers};

/// A denoising step for images of one shape.
pub struct Denoise {
    shape: [usize; 3],
    given: Option<Noise>,
    strength: f32,
    estimate: noise::Estimate,
    variation: TotalVariation,
}

/// What a denoising step did to one image.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// The noise that was assumed.
    pub noise: Noise,
    /// Whether it was estimated from the image.
    pub estimated: bool,
    /// Strength of the smoothing in standard deviations of the noise.
    pub strength: f32,
    /// Root mean square of what was taken away, in standard deviations of the noise; 1 is all of it.
    pub removed: f64,
    /// What the light above the offset was multiplied with to keep its sum.
    pub correction: f64,
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
}

impl Denoise {
    /// A step for images of `shape` (z, y, x) with the `denoise.*` parameters.
    ///
    /// # Errors
    /// [`Error::State`] when some but not all numbers of the camera are given; [`Error::Memory`].
    pub fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        Ok(Self {
            shape,
            given: given(settings)?,
            strength: settings.required(DENOISE_STRENGTH)? as f32,
            estimate: noise::Estimate::new(shape)?,
            variation: TotalVariation::new(shape)?,
        })
    }

    /// Bytes that a step for such images holds.
    pub fn workspace_bytes(shape: [usize; 3]) -> u64 {
        TotalVariation::bytes(shape) + noise::Estimate::bytes(shape)
    }

    /// Denoises `image`, packed samples (z, y, x) of the shape given to [`Denoise::new`], all finite, in place.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; `image` is a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<Outcome> {
        let noise = self.given.unwrap_or_else(|| self.estimate.of(image, workers));
        let flux_in = sum(image);
        let transform = Anscombe::new(noise);
        let (mut removed, mut correction) = (0.0, 1.0);
        if let Some(transform) = transform {
            workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
                chunk.iter_mut().for_each(|sample| *sample = transform.forward(*sample));
            });
            removed = self.variation.smooth(image, self.strength, workers, watch)?;
            workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
                chunk.iter_mut().for_each(|sample| *sample = transform.inverse(*sample));
            });
            let dark = noise.offset * image.len() as f64;
            let (before, after) = (flux_in - dark, sum(image) - dark);
            // Without light to speak of there is nothing to correct, and no factor to know it by.
            if before > 0.0 && (0.5..2.0).contains(&(before / after)) {
                correction = before / after;
                let (offset, factor) = (noise.offset as f32, correction as f32);
                workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
                    chunk.iter_mut().for_each(|sample| *sample = offset + (*sample - offset) * factor);
                });
            }
        }
        watch.advance(1.0)?;
        Ok(Outcome {
            noise,
            estimated: self.given.is_none(),
            strength: self.strength,
            removed: removed / (self.shape.iter().product::<usize>() as f64).sqrt(),
            correction,
            flux_in,
            flux_out: sum(image),
        })
    }
}

/// The camera's numbers where the host gave them.
fn given(settings: &Settings) -> Result<Option<Noise>> {
    let numbers = [DENOISE_GAIN, DENOISE_OFFSET, DENOISE_READ_NOISE].map(|id| settings.f64(id));
    match numbers {
        [None, None, None] => Ok(None),
        [Some(gain), Some(offset), Some(read_noise)] => Ok(Some(Noise { gain, offset, read_noise })),
        _ => Err(Error::State(
            "denoise.gain, denoise.offset and denoise.read_noise are set in part; set all three, or none".into(),
        )),
    }
}

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}

const CHUNK: usize = 1 << 14;

#[cfg(test)]
mod tests;
