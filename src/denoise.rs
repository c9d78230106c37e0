//! Denoising that is always there, on every machine, without ONNX Runtime.
//!
//! [`Denoise`] smooths by a network that is built in, or stabilises the variance of Poisson-Gaussian noise (generalised Anscombe transform), smooths by what similar
//! patches tell, by wavelets or by total variation, and goes back by the exact unbiased inverse. The noise is that of [`crate::noise`],
//! found in each image but for what the host states of the camera; where neighbours share noise, patches and wavelets take how much from
//! flat places. Intensities keep their units, and the light above the offset its sum: smoothing in the stabilised domain
//! loses a little of it where it mixes bright and dark, which one factor near 1 gives back ([`Outcome::correction`]).
//!
//! Packed samples in axis order z, y, x; 2-D is z = 1.

mod network;
mod patches;
mod pixels;
mod total_variation;
mod wavelets;

pub use network::BuiltIn;
use patches::{Covariance, Patches};
use pixels::Pixels;
use total_variation::TotalVariation;
use wavelets::{Autocorrelation, Wavelets};

use std::sync::Arc;

use crate::error::Result;
use crate::image::Region;
use crate::noise::{Anscombe, Camera, Doubt, Estimator, Noise, Outliers, Replacements, Spectrum, Spread, Stated};
use crate::params::{
    DENOISE_GAIN, DENOISE_METHOD, DENOISE_OFFSET, DENOISE_READ_NOISE, DENOISE_STRENGTH, Denoising, Settings,
};
use crate::runtime::{Rows, Watch, Workers};

/// A denoising step for images of one shape.
pub struct Denoise {
    shape: [usize; 3],
    stated: Stated,
    strength: f32,
    estimator: Estimator,
    replacements: Replacements,
    /// Where pixels differ in noise.
    pixels: Option<Pixels>,
    smoother: Smoother,
}

/// What smooths noise of standard deviation 1.
enum Smoother {
    TotalVariation(TotalVariation),
    Patches(Patches, Box<Spectrum>),
    Wavelets(Box<Wavelets>, Box<Spectrum>),
    Network(Box<BuiltIn>),
}

/// What a denoising step did to one image.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// The noise that was assumed.
    pub noise: Noise,
    /// Samples that stood out alone, as hot pixels do, and that the mean of two of their neighbours took the place of.
    pub outliers: u64,
    /// Strength of the smoothing in standard deviations of the noise; at 0 the image stays as it is.
    pub strength: f32,
    /// The noise's standard deviation in units of `noise`'s: above 1 where neighbours share noise that its high frequencies
    /// do not show and flat places do. 1 by total variation and by the network.
    pub deviation: f64,
    /// Root mean square of what was taken away, in standard deviations of the noise; 1 is all of it.
    pub removed: f64,
    /// What the light above the offset was multiplied with to keep its sum; 1 by the network.
    pub correction: f64,
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
}

impl Denoise {
    /// A step for images of `shape` (z, y, x) with the `denoise.*` parameters, and
    /// what else is stated of the camera; `weights` take the place of those that the network was built in with.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(
        shape: [usize; 3],
        settings: &Settings,
        camera: &Stated,
        weights: Option<&[f32]>,
        threads: usize,
    ) -> Result<Self> {
        let mut denoise = Self {
            shape,
            stated: Stated::NOTHING,
            strength: 0.0,
            estimator: Estimator::new(shape)?,
            replacements: Replacements::new(shape)?,
            pixels: None,
            smoother: match settings.choice(DENOISE_METHOD) {
                Denoising::Patches => Smoother::Patches(Patches::new(shape)?, Box::new(Spectrum::new(shape)?)),
                Denoising::TotalVariation => Smoother::TotalVariation(TotalVariation::new(shape)?),
                Denoising::Wavelets => {
                    Smoother::Wavelets(Box::new(Wavelets::new(shape)?), Box::new(Spectrum::new(shape)?))
                }
                Denoising::Network => Smoother::Network(Box::new(BuiltIn::new(shape, weights, threads)?)),
            },
        };
        denoise.restate(settings, camera)?;
        Ok(denoise)
    }

    /// Takes the variance of each pixel (y, x) above what is stated of the camera, in the image's units, squared. All planes are of
    /// these pixels.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn with_extra(self, extra: Option<Arc<Vec<f32>>>) -> Result<Self> {
        Ok(Self { pixels: extra.map(|extra| Pixels::new(self.shape, extra)).transpose()?, ..self })
    }

    /// Takes strength and camera from settings of the same method.
    ///
    /// # Errors
    /// [`Error::State`](crate::error::Error::State) for a setting without a value.
    pub fn restate(&mut self, settings: &Settings, camera: &Stated) -> Result<()> {
        let stated = Stated {
            gain: settings.f64(DENOISE_GAIN),
            offset: settings.f64(DENOISE_OFFSET),
            read_noise: settings.f64(DENOISE_READ_NOISE),
            correlation: None,
        };
        self.stated = stated.or(camera);
        self.strength = settings.required(DENOISE_STRENGTH)? as f32;
        Ok(())
    }

    /// Bytes that a step for such images holds, whose pixels may differ in noise.
    pub fn workspace_bytes(shape: [usize; 3], settings: &Settings, threads: usize, has_extra: bool) -> u64 {
        let smoother = match settings.choice(DENOISE_METHOD) {
            Denoising::Patches => Patches::bytes(shape) + Spectrum::bytes(shape),
            Denoising::Wavelets => Wavelets::bytes(shape) + Spectrum::bytes(shape),
            Denoising::TotalVariation => TotalVariation::bytes(shape),
            Denoising::Network => BuiltIn::bytes(shape, shape, threads),
        };
        let pixels = if has_extra { Pixels::bytes(shape) } else { 0 };
        smoother + pixels + Estimator::bytes(shape) + Replacements::bytes(shape)
    }

    /// Denoises `image`, packed samples (z, y, x) of the shape given to [`Denoise::new`], all finite, in place.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled); `image` is a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<Outcome> {
        let noise = self.estimator.of(image, self.shape, &self.stated, workers);
        let flux_in = sum(image);
        let camera = noise.camera;
        let has_noise = noise.sure || !(noise.doubts.has(Doubt::NoNoise) || noise.doubts.has(Doubt::TooSmall));
        // An image that lies below the stated offset has no photons whose noise could be stabilised, and would be lifted to it.
        let dark = camera.offset * image.len() as f64;
        let has_level = noise.signal_independent || flux_in > dark;
        let transform = (self.strength > 0.0 && has_noise && has_level).then(|| Anscombe::new(&noise)).flatten();
        let (mut removed, mut deviation, mut correction, mut outliers) = (0.0, 1.0, 1.0, 0);
        if let Some(transform) = transform {
            if let Some(pixels) = &mut self.pixels {
                pixels.even_out(image, &camera, workers);
            }
            let verdict = Outliers::new(&noise, Outliers::SHARPEST);
            outliers = verdict.map_or(0, |verdict| self.replacements.replace(verdict, image).1.len() as u64);
            (removed, deviation, correction) = if let Smoother::Network(network) = &mut self.smoother {
                let stabilised = |sample| transform.forward(sample);
                let whole = Region::whole(self.shape);
                (network.smooth(image, whole, self.strength, stabilised, workers, watch)?, 1.0, 1.0)
            } else {
                self.stabilised(transform, camera, image, workers, watch)?
            };
        }
        watch.advance(1.0)?;
        Ok(Outcome {
            noise,
            outliers,
            strength: self.strength,
            deviation,
            removed: removed / (self.shape.iter().product::<usize>() as f64).sqrt(),
            correction,
            flux_in,
            flux_out: sum(image),
        })
    }

    /// Smooths an image whose noise `transform` stabilises; gives the root of the sum of squares of what went, the deviation of the
    /// noise in the camera's, and the factor that kept the light.
    fn stabilised(
        &mut self,
        transform: Anscombe,
        camera: Camera,
        image: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<(f64, f64, f64)> {
        // What was no light is not to be made up for.
        let dark = camera.offset * image.len() as f64;
        let light = sum(image);
        let mut deviation = 1.0;
        workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
            chunk.iter_mut().for_each(|sample| *sample = transform.forward(*sample));
        });
        let removed = match &mut self.smoother {
            Smoother::TotalVariation(variation) => variation.smooth(image, self.strength, workers, watch)?,
            Smoother::Patches(patches, spectrum) => {
                let spread = spread(spectrum, &camera, image);
                let noise = match &spread {
                    Some(Spread { energies, is_noise: true }) => Covariance::of_energies(self.shape, energies),
                    _ => Covariance::of_neighbours(self.shape, camera.correlation),
                };
                deviation = f64::from(noise.variance()).sqrt();
                patches.smooth(image, self.strength, &noise, workers, watch)? / deviation
            }
            Smoother::Wavelets(wavelets, spectrum) => {
                let noise = match spread(spectrum, &camera, image) {
                    Some(Spread { energies, is_noise: true }) => Autocorrelation::of_energies(&energies),
                    _ => Autocorrelation::of_neighbours(camera.correlation),
                };
                deviation = noise.variance().sqrt();
                wavelets.smooth(image, self.strength, &noise, workers, watch)? / deviation
            }
            // It takes images as they are.
            Smoother::Network(_) => 0.0,
        };
        workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
            chunk.iter_mut().for_each(|sample| *sample = transform.inverse(*sample));
        });
        let (before, after) = (light - dark, sum(image) - dark);
        // Without light to speak of there is nothing to correct, and no factor to know it by.
        if !(before > 0.0 && (0.5..2.0).contains(&(before / after))) {
            return Ok((removed, deviation, 1.0));
        }
        let (offset, factor) = (camera.offset as f32, (before / after) as f32);
        workers.each(Rows::of_mut(image, CHUNK), |_, _, chunk| {
            chunk.iter_mut().for_each(|sample| *sample = offset + (*sample - offset) * factor);
        });
        Ok((removed, deviation, before / after))
    }
}

/// How the noise of a stabilised image spreads over frequencies, where neighbours share it.
fn spread(spectrum: &mut Spectrum, camera: &Camera, image: &[f32]) -> Option<Spread> {
    let is_correlated = camera.correlation[1..].iter().any(|&correlation| correlation > 0.0);
    if is_correlated { spectrum.of(image) } else { None }
}

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}

const CHUNK: usize = 1 << 14;

#[cfg(test)]
mod tests;
