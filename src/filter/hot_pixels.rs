//! Single samples that no light made, as of hot pixels and cosmic rays, replaced by what lies around them.
//!
//! Which they are, [`crate::noise::Outliers`] says by the noise of the image. The mean of the neighbours on opposite sides, the
//! lower of both pairs, takes their place; all other samples stay as they are.

use serde::Serialize;

use crate::error::Result;
use crate::noise::{Estimator, Noise, Outliers, Replacements, Stated};
use crate::params::{HOT_PIXELS_FWHM_PX, Settings};
use crate::runtime::{Watch, Workers};

/// Replaces hot pixels of images of one shape.
pub struct HotPixels {
    shape: [usize; 3],
    stated: Stated,
    /// Share of a point's brightness that its neighbours have at least.
    share: f64,
    estimator: Estimator,
    replacements: Replacements,
}

/// What was found in one image.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Found {
    /// The noise by which samples were judged.
    pub noise: Noise,
    /// Whether that is known well enough to judge any.
    pub judged: bool,
    /// Samples that stand out alone.
    pub hot_pixels: u64,
    /// How many were replaced: all, or none where they are more than one in 512.
    pub replaced: u64,
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
}

impl HotPixels {
    /// For images of `shape` (z, y, x) with the `hot_pixels.*` parameters, and what is stated of the camera.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], settings: &Settings, camera: &Stated) -> Result<Self> {
        let width = settings.required(HOT_PIXELS_FWHM_PX)?;
        Ok(Self {
            shape,
            stated: *camera,
            // Of a Gaussian, wherever its middle lies.
            share: (-4.0 * std::f64::consts::LN_2 / (width * width)).exp(),
            estimator: Estimator::new(shape)?,
            replacements: Replacements::new(shape)?,
        })
    }

    /// Bytes that it holds for such images.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        Estimator::bytes(shape) + Replacements::bytes(shape)
    }

    /// Replaces hot pixels of `image`, packed samples (z, y, x), all finite. `list` hears the number of each, in order.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(
        &mut self,
        image: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
        mut list: impl FnMut(usize),
    ) -> Result<Found> {
        let noise = self.estimator.of(image, self.shape, &self.stated, workers);
        watch.advance(0.8)?;
        let flux_in = sum(image);
        let verdict = Outliers::new(&noise, self.share);
        let (count, replaced) = verdict.map_or((0, &[] as &[_]), |verdict| self.replacements.replace(verdict, image));
        replaced.iter().for_each(|(at, _)| list(*at));
        watch.advance(1.0)?;
        let (judged, hot_pixels, replaced) = (verdict.is_some(), count as u64, replaced.len() as u64);
        Ok(Found { noise, judged, hot_pixels, replaced, flux_in, flux_out: sum(image) })
    }
}

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}
