//! What images are found to be, in numbers that iterations work by.

use super::observed::{Counts, Observed};
use crate::image::Source;
use crate::params::Contrast;

/// What the survey of an image comes to, the same for all of its tiles.
#[derive(Clone, Copy)]
pub struct Calibration {
    pub counts: Counts,
    pub background: f64,
    /// What lies beneath the light besides the background.
    pub pedestal: f64,
    /// Mean light of the specimen, in the image's units; for filters, mean of the image.
    pub mean: f64,
    pub noise_to_signal: f64,
    /// What the darkest places have above background and pedestal, where it is known: voxels of which nothing can be learned
    /// are as dark.
    pub dark: f64,
    /// What samples are, never automatic.
    pub contrast: Contrast,
    /// Whether the specimen itself goes below 0.
    pub is_free: bool,
    /// Whether far more was added to samples than their light, so that noise is nearly the same everywhere.
    pub is_raised: bool,
}

impl Calibration {
    /// Of light that nothing is known of.
    pub const EMISSION: Self = Self {
        counts: Counts { gain: 1.0, shift: 0.0 },
        background: 0.0,
        pedestal: 0.0,
        mean: 1.0,
        noise_to_signal: 0.0,
        dark: 0.0,
        contrast: Contrast::Emission,
        is_free: false,
        is_raised: false,
    };

    /// The image, or a part of it, as iterations see it.
    pub fn observed<'a>(&self, source: Source<'a>) -> Observed<'a> {
        let observed = Observed::new(source, self.mean, self.background + self.pedestal, self.counts);
        let unseen = (self.dark / self.mean) as f32;
        Observed { is_signed: self.contrast == Contrast::Signed, is_raised: self.is_raised, unseen, ..observed }
    }
}
