//! The generalised Anscombe transform: Poisson-Gaussian noise becomes noise of standard deviation 1.
//!
//! Forward after Starck, Murtagh and Bijaoui (1998), inverse after Mäkitalo and Foi (2013), IEEE Transactions on Image
//! Processing 22, 91-103, doi 10.1109/TIP.2012.2202675: the closed-form approximation of the exact unbiased inverse.

use super::{Camera, Noise};

/// The transform for one camera.
#[derive(Clone, Copy, Debug)]
pub struct Anscombe {
    gain: f32,
    offset: f32,
    /// Variance of the read noise in photons squared.
    variance: f32,
    /// The read noise, where it is all there is: then the transform is linear, and no squares of it take digits from samples.
    alone: Option<f32>,
}

impl Anscombe {
    /// The transform for that noise; `None` where there is none to stabilise.
    pub fn new(noise: &Noise) -> Option<Self> {
        let Camera { gain, offset, read_noise, .. } = noise.camera;
        if gain <= 0.0 && read_noise <= 0.0 {
            return None;
        }
        let alone = noise.signal_independent.then_some(read_noise as f32);
        let variance = if alone.is_some() { 0.0 } else { (read_noise / gain).powi(2) as f32 };
        Some(Self { gain: gain as f32, offset: offset as f32, variance, alone })
    }

    /// From the image's units to units of the noise's standard deviation.
    pub fn forward(&self, sample: f32) -> f32 {
        if let Some(read_noise) = self.alone {
            return (sample - self.offset) / read_noise;
        }
        let photons = (sample - self.offset) / self.gain;
        2.0 * (photons + 0.375 + self.variance).max(0.0).sqrt()
    }

    /// From a denoised stabilised value D back to the mean in the image's units:
    /// D^2/4 + sqrt(3/2)/4 D^-1 - 11/8 D^-2 + 5/8 sqrt(3/2) D^-3 - 1/8 - variance.
    pub fn inverse(&self, value: f32) -> f32 {
        if let Some(read_noise) = self.alone {
            return value * read_noise + self.offset;
        }
        // Below the transform of no light the expansion turns around; the mean cannot be less than none there.
        let value = value.max(2.0 * (0.375 + self.variance).sqrt());
        let inverse = 1.0 / value;
        let root = 1.5_f32.sqrt();
        let photons = 0.25 * value * value + inverse * (0.25 * root + inverse * (-1.375 + inverse * 0.625 * root))
            - 0.125
            - self.variance;
        photons.max(0.0) * self.gain + self.offset
    }
}
