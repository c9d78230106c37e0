//! The generalised Anscombe transform: Poisson-Gaussian noise becomes noise of standard deviation 1.
//!
//! Forward after Starck, Murtagh and Bijaoui (1998), inverse after Mäkitalo and Foi (2013), IEEE Transactions on Image
//! Processing 22, 91-103, doi 10.1109/TIP.2012.2202675: the closed-form approximation of the exact unbiased inverse.

use crate::noise::Camera;

/// The transform for one camera.
#[derive(Clone, Copy, Debug)]
pub struct Anscombe {
    gain: f32,
    offset: f32,
    /// Variance of the read noise in photons squared.
    variance: f32,
}

impl Anscombe {
    /// The transform for `camera`; `None` where there is none to stabilise.
    pub fn new(camera: Camera) -> Option<Self> {
        if camera.gain <= 0.0 && camera.read_noise <= 0.0 {
            return None;
        }
        // Without photon noise to speak of, a gain far below the read noise makes the transform linear over the image's range;
        // with one that is smaller yet, squares of the read noise in photons leave no digits for the samples.
        let gain = camera.gain.max(camera.read_noise * 1e-3);
        let variance = (camera.read_noise / gain).powi(2) as f32;
        Some(Self { gain: gain as f32, offset: camera.offset as f32, variance })
    }

    /// From the image's units to units of the noise's standard deviation.
    pub fn forward(&self, sample: f32) -> f32 {
        let photons = (sample - self.offset) / self.gain;
        2.0 * (photons + 0.375 + self.variance).max(0.0).sqrt()
    }

    /// From a denoised stabilised value D back to the mean in the image's units:
    /// D^2/4 + sqrt(3/2)/4 D^-1 - 11/8 D^-2 + 5/8 sqrt(3/2) D^-3 - 1/8 - variance.
    pub fn inverse(&self, value: f32) -> f32 {
        // Below the transform of no light the expansion turns around. The line that goes on from there lets means of read noise
        // alone be 0: they are below as often as above.
        let dark = 2.0 * (0.375 + self.variance).sqrt();
        let below = 0.5 * dark * (value - dark).min(0.0);
        let value = value.max(dark);
        let inverse = 1.0 / value;
        let root = 1.5_f32.sqrt();
        let photons = 0.25 * value * value + inverse * (0.25 * root + inverse * (-1.375 + inverse * 0.625 * root))
            - 0.125
            - self.variance;
        (photons.max(0.0) + below) * self.gain + self.offset
    }
}
