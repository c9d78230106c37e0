//! Samples that stand out alone, as hot pixels and cosmic rays do.
//!
//! What light made is blurred: of the image of any specimen, a sample is at most so many times as bright as two neighbours on
//! opposite sides of it are on the mean, as often as that is so for every pair of the point spread function itself. A sample
//! that is brighter than that and all noise allow is no light.

use super::{Doubt, Noise};

/// The verdict on single samples of an image.
#[derive(Clone, Copy, Debug)]
pub struct Outliers {
    offset: f32,
    gain: f32,
    read_variance: f32,
    share: f32,
}

impl Outliers {
    /// Share of a point's brightness that neighbours of the sharpest point have which microscopes are used to sample: a
    /// Gaussian of 0.55 pixels.
    pub const SHARPEST: f64 = 0.2;

    /// For an image of that noise, where neighbours on opposite sides have at least `share` of the brightness of what light
    /// made; `None` where no noise is known.
    pub fn new(noise: &Noise, share: f64) -> Option<Self> {
        let is_known =
            noise.gain_error == 0.0 || !(noise.doubts.has(Doubt::NoNoise) || noise.doubts.has(Doubt::TooSmall));
        let camera = noise.camera;
        is_known.then_some(Self {
            offset: camera.offset as f32,
            gain: camera.gain as f32,
            read_variance: camera.read_noise.powi(2) as f32,
            share: share.clamp(LEAST_SHARE, 1.0) as f32,
        })
    }

    /// The highest that light and noise make a sample whose neighbours on opposite sides have that mean.
    fn limit(self, around: f32) -> f32 {
        let light = (around - self.offset).max(0.0);
        // Of four neighbours, and of few photons.
        let brightest = light + SIGMAS * (0.25 * (self.gain * light + self.read_variance)).sqrt() + FEW * self.gain;
        let centre = brightest / self.share;
        self.offset + centre + SIGMAS * (self.gain * centre + self.read_variance).sqrt() + SKEW * self.gain
    }

    /// The first outlier of a row from sample `start` on, and the mean of its neighbours; between the rows above and below,
    /// which are empty beyond a border. Samples may be NaN.
    pub fn next(self, above: &[f32], row: &[f32], below: &[f32], start: usize) -> Option<(usize, f32)> {
        let has_both = above.len() == row.len() && below.len() == row.len();
        (start..row.len()).find_map(|x| {
            let along_x = if x > 0 && x + 1 < row.len() { 0.5 * (row[x - 1] + row[x + 1]) } else { f32::NAN };
            let along_y = if has_both { 0.5 * (above[x] + below[x]) } else { f32::NAN };
            // NaN is left out here; the lower pair counts, so that two outliers side by side do not hide each other.
            let around = along_x.min(along_y);
            let may_be = self.share * (row[x] - self.offset) > around - self.offset;
            (may_be && row[x] > self.limit(around)).then_some((x, around))
        })
    }
}

/// Standard deviations that noise does not reach.
const SIGMAS: f32 = 6.0;
/// Photons that a place may have had where four neighbours have none.
const FEW: f32 = 3.5;
/// Photons by which counts reach further up than the normal distribution.
const SKEW: f32 = 12.0;
/// A sharper point is not told from an outlier.
const LEAST_SHARE: f64 = 0.02;
