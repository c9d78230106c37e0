//! The observed image, in units of its mean light.

use crate::image::Source;

/// Expected counts below this are taken as this, in units of the mean light: rounding can make blurred values negative.
pub(super) const MIN_EXPECTED: f32 = 1e-5;

/// Residuals of more standard deviations count as outliers where residuals are judged.
const MAX_SIGMAS: f64 = 6.0;

/// See [`Counts::around`]. With fewer, factors in the dark are far from 1, and what cannot become negative makes light of the
/// noise.
const SIGMAS_AROUND: f64 = 16.0;

/// See [`Counts::even`]: far more than any image has, and little enough for the digits of single precision.
const FAR_ABOVE: f64 = 1e6;

/// How samples count photons: samples plus `shift`, over `gain`, have the mean and the variance of counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    /// Image units per photon; above 0.
    pub gain: f64,
    /// Image units to be added: read noise variance over gain, less the camera's offset.
    pub shift: f64,
}

impl Counts {
    /// Counts for factors that noise of that standard deviation around `level` does not take below 0, and that vary as much where
    /// there is no light: of many photons more than there are, noise is nearly the same everywhere. No fewer than these,
    /// but for those that leave no digits for the light.
    pub fn around(self, level: f64, noise: f64) -> Self {
        let added = (self.shift + level).max(SIGMAS_AROUND * noise).min(FAR_ABOVE * noise);
        if noise > 0.0 { Self { gain: noise * noise / added, shift: added - level } } else { self }
    }

    /// Counts of noise that is the same everywhere, of that standard deviation.
    pub fn even(noise: f64) -> Self {
        Self { gain: noise / FAR_ABOVE, shift: FAR_ABOVE * noise }
    }
}

/// The observed image as iterations see it: d = samples * scale + shift, which contains `offset` that is not the specimen's
/// light.
#[derive(Clone, Copy)]
pub(super) struct Observed<'a> {
    pub samples: Source<'a>,
    pub scale: f32,
    pub shift: f32,
    pub offset: f32,
    /// The variance of d over its mean.
    pub gain: f64,
    /// Squared residuals over what is expected are capped at this for stopping rules.
    pub max_square: f32,
    /// Samples as high as this say only that there was as much light at least.
    pub limit: f32,
    /// Mean light of the specimen, in the image's units; above 0.
    pub mean: f64,
    /// What voxels have that hardly any of the light could come from, in units of the mean light.
    pub unseen: f32,
    /// Whether the specimen may be negative.
    pub is_signed: bool,
    /// Whether far more counts were added than those of the light.
    pub is_raised: bool,
    /// Whether some samples were not measured: they are NaN.
    pub has_gaps: bool,
    /// The variance of each sample beside that of its counts, where they differ.
    pub extra: Option<Extra<'a>>,
}

/// Variance that counts do not have: of pixels that are noisier than others.
#[derive(Clone, Copy)]
pub(super) struct Extra<'a> {
    /// In the image's units, squared, at the places of the samples.
    pub variances: Source<'a>,
    /// What makes of it counts that vary as much, in units of the mean light.
    pub scale: f32,
}

impl<'a> Observed<'a> {
    /// An image with that mean light above its background.
    pub fn new(samples: Source<'a>, mean: f64, background: f64, counts: Counts) -> Self {
        let scale = 1.0 / mean;
        Self {
            samples,
            scale: scale as f32,
            shift: (counts.shift * scale) as f32,
            offset: ((background + counts.shift).max(0.0) * scale) as f32,
            gain: counts.gain * scale,
            max_square: (MAX_SIGMAS * MAX_SIGMAS * counts.gain * scale) as f32,
            limit: f32::INFINITY,
            mean,
            unseen: 0.0,
            is_signed: false,
            is_raised: false,
            has_gaps: false,
            extra: None,
        }
    }

    /// What a sample counts, in units of the mean light, not below 0.
    pub fn counts(&self, sample: f32) -> f64 {
        (f64::from(sample) * f64::from(self.scale) + f64::from(self.shift)).max(0.0)
    }

    /// With samples that are at the highest value that the camera can give.
    pub fn with_limit(self, limit: Option<f64>) -> Self {
        Self { limit: limit.map_or(f32::INFINITY, |limit| limit as f32), ..self }
    }

    /// With pixels whose variance is above that of the counts, in the image's units, squared.
    pub fn with_extra(self, variances: Option<Source<'a>>) -> Self {
        let scale = (1.0 / (self.gain * self.mean * self.mean)) as f32;
        Self { extra: variances.map(|variances| Extra { variances, scale }), ..self }
    }

    /// With samples that were not measured, where there are some.
    pub fn with_gaps(self, has_gaps: bool) -> Self {
        Self { has_gaps, ..self }
    }
}
