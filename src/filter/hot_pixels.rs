//! Single samples that no light made, as of hot pixels and cosmic rays, replaced by what lies around them.
//!
//! Which they are, [`crate::noise::Outliers`] says by the noise of the image. The mean of the neighbours on opposite sides, the
//! lower of both pairs, takes their place; all other samples stay as they are.

use serde::Serialize;

use crate::error::{Result, zeroed};
use crate::noise::{Estimator, Noise, Outliers, Stated};
use crate::params::{HOT_PIXELS_FWHM_PX, Settings};
use crate::runtime::{Watch, Workers};

/// Replaces hot pixels of images of one shape.
pub struct HotPixels {
    shape: [usize; 3],
    stated: Stated,
    /// Share of a point's brightness that its neighbours have at least.
    share: f64,
    estimator: Estimator,
    /// The number of each hot pixel (z, y, x) and what takes its place.
    found: Vec<(usize, f32)>,
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
            found: zeroed("the list of hot pixels", most(shape))?,
        })
    }

    /// Bytes that it holds for such images.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        Estimator::bytes(shape) + (most(shape) * size_of::<(usize, f32)>()) as u64
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
        let count = verdict.map_or(0, |verdict| self.find(verdict, image));
        let replaced = if count > self.found.len() { 0 } else { count };
        for (at, around) in &self.found[..replaced] {
            image[*at] = *around;
            list(*at);
        }
        watch.advance(1.0)?;
        let (judged, hot_pixels, replaced) = (verdict.is_some(), count as u64, replaced as u64);
        Ok(Found { noise, judged, hot_pixels, replaced, flux_in, flux_out: sum(image) })
    }

    /// Finds hot pixels, as many as there is room for, and counts all. The image stays as it is, so that none is judged by
    /// what takes the place of another.
    fn find(&mut self, verdict: Outliers, image: &[f32]) -> usize {
        let [_, ny, nx] = self.shape;
        let mut count = 0;
        for (row, here) in image.chunks_exact(nx).enumerate() {
            let line = |row: usize| &image[row * nx..][..nx];
            let above = if row % ny > 0 { line(row - 1) } else { &[] };
            let below = if row % ny + 1 < ny { line(row + 1) } else { &[] };
            let mut start = 0;
            while let Some((x, around)) = verdict.next(above, here, below, start) {
                if let Some(found) = self.found.get_mut(count) {
                    *found = (row * nx + x, around);
                }
                (start, count) = (x + 1, count + 1);
            }
        }
        count
    }
}

/// As many may be hot in an image of `shape`: of sensors with more nobody takes images.
fn most(shape: [usize; 3]) -> usize {
    shape.iter().product::<usize>() / ONE_IN + FEW
}

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}

const ONE_IN: usize = 512;
const FEW: usize = 4;
