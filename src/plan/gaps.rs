//! Samples of a plan's images that were not measured: what a mask says, and NaN where that is allowed.
//!
//! In the frame they are NaN for the stages that know what to do with them, and filled in from their neighbours for the
//! others. Which they are is kept beside the frame, as long as stages leave the extents as they are.

use std::sync::Arc;

use super::step::Grid;
use crate::error::{Error, Result, zeroed};
use crate::image::{Layout, Region, fill};
use crate::params::{NotANumber, NotMeasured, PLAN_NOT_A_NUMBER, PLAN_NOT_MEASURED, Settings};
use crate::runtime::{Rows, Workers};

/// What the host says about samples that were not measured.
#[derive(Clone, Default)]
pub struct Mask {
    /// 0 where a sample (z, y, x) of every image was not measured.
    bytes: Option<Arc<[u8]>>,
}

impl Mask {
    /// Takes a mask for images of that layout, or none.
    ///
    /// # Errors
    /// [`Error::Argument`] for another number of bytes, or where nothing is left.
    pub fn new(bytes: Option<&[u8]>, input: &Layout) -> Result<Self> {
        let Some(bytes) = bytes else { return Ok(Self::default()) };
        let samples: usize = input.volume_shape().iter().product();
        if bytes.len() != samples {
            return Err(Error::Argument(format!(
                "mask has {} bytes; it must have one for each of the {samples} samples (z, y, x) of an image",
                bytes.len()
            )));
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(Error::Argument("mask is 0 everywhere; some samples must be measured".into()));
        }
        Ok(Self { bytes: Some(bytes.into()) })
    }

    /// A byte for each sample, where there is a mask.
    pub fn bytes(&self) -> Option<Arc<[u8]>> {
        self.bytes.clone()
    }
}

/// Samples of a group of images that were not measured.
pub struct Gaps {
    mask: Mask,
    /// Whether NaN says that a sample was not measured.
    nan: bool,
    /// Whether such samples are written as they were read.
    untouched: bool,
    /// 1 for each sample of the group (c, z, y, x) that was not measured.
    places: Vec<u8>,
    /// Samples in `places`.
    pub count: u64,
    /// A row of the source.
    row: Vec<f32>,
}

impl Gaps {
    /// Whether images may have gaps.
    pub fn may_be(settings: &Settings, mask: &Mask) -> bool {
        mask.bytes.is_some() || settings.choice::<NotANumber>(PLAN_NOT_A_NUMBER) == NotANumber::NotMeasured
    }

    /// Bytes of [`Gaps::new`].
    pub fn bytes(group: &Grid) -> u64 {
        (group.samples() + size_of::<f32>() * group.shape[3]) as u64
    }

    /// Room for the gaps of groups as they are before and after all steps.
    ///
    /// # Errors
    /// [`Error::Argument`] where samples are to be left untouched and the extents change; [`Error::Memory`].
    pub fn new(settings: &Settings, mask: &Mask, [before, after]: [&Grid; 2]) -> Result<Self> {
        let untouched = settings.choice::<NotMeasured>(PLAN_NOT_MEASURED) == NotMeasured::Untouched;
        if untouched && before.shape != after.shape {
            return Err(Error::Argument(format!(
                "plan.not_measured is untouched for results of {:?} samples (c, z, y, x) from {:?}; set it to restored \
                 where a step changes the extents",
                after.shape, before.shape
            )));
        }
        Ok(Self {
            mask: mask.clone(),
            nan: settings.choice::<NotANumber>(PLAN_NOT_A_NUMBER) == NotANumber::NotMeasured,
            untouched,
            places: zeroed("the mask in the workspace", before.samples())?,
            count: 0,
            row: zeroed("a row of the source", before.shape[3])?,
        })
    }

    /// Samples of an image that no mask excuses: infinite ones, and NaN where that is not allowed.
    pub fn faults(&self, volume: &[f32]) -> u64 {
        let mask = self.mask.bytes.as_deref();
        let is_fault = |(at, sample): (usize, &f32)| {
            !(sample.is_finite() || self.nan && sample.is_nan()) && mask.is_none_or(|mask| mask[at] != 0)
        };
        volume.iter().enumerate().filter(|sample| is_fault(*sample)).count() as u64
    }

    /// Notes the gaps of channel `channel`, read into `volume`, and makes them NaN. The result is the sum of the samples
    /// that the mask takes out; `None` where nothing is left.
    pub fn note(&mut self, channel: usize, volume: &mut [f32], width: usize, workers: &Workers) -> Option<f64> {
        if channel == 0 {
            self.count = 0;
        }
        let places = &mut self.places[channel * volume.len()..][..volume.len()];
        let mask = self.mask.bytes.as_deref();
        workers.each((Rows::of_mut(volume, width), Rows::of_mut(places, width)), |_, at, (row, places)| {
            for (x, (sample, place)) in row.iter().zip(places).enumerate() {
                let masked = mask.is_some_and(|mask| mask[at * width + x] == 0);
                *place = u8::from(masked || sample.is_nan());
            }
        });
        let (mut taken, mut count) = (0.0, 0);
        for (sample, _) in volume.iter_mut().zip(&*places).filter(|(_, place)| **place != 0) {
            taken += if sample.is_finite() { f64::from(*sample) } else { 0.0 };
            *sample = f32::NAN;
            count += 1;
        }
        if count == volume.len() as u64 {
            return None;
        }
        self.count += count;
        Some(taken)
    }

    /// Makes the frame's gaps NaN for a stage that `knows` of gaps, or fills them in for others.
    pub fn prepare(&self, frame: &mut [f32], grid: &Grid, knows: bool, workers: &Workers) {
        if self.count == 0 {
            return;
        }
        if !knows {
            let [_, nz, ny, nx] = grid.shape;
            frame[..grid.samples()]
                .chunks_exact_mut(nz * ny * nx)
                .for_each(|volume| fill(volume, [nz, ny, nx], workers));
        } else if grid.samples() == self.places.len() {
            for (sample, _) in frame.iter_mut().zip(&self.places).filter(|(_, place)| **place != 0) {
                *sample = f32::NAN;
            }
        }
    }

    /// Puts samples of a channel that were not measured back into its result, where they are to be left as they were.
    pub fn restore(
        &mut self,
        (layout, source, image): (&Layout, &[u8], usize),
        channel: usize,
        volume: &mut [f32],
        workers: &Workers,
    ) {
        if !self.untouched || self.count == 0 {
            return;
        }
        let width = self.row.len();
        let ny = layout.volume_shape()[1];
        let places = &self.places[channel * volume.len()..][..volume.len()];
        for (at, (row, places)) in volume.chunks_exact_mut(width).zip(places.chunks_exact(width)).enumerate() {
            if places.contains(&1) {
                let region = Region { start: [at / ny, at % ny, 0], shape: [1, 1, width] };
                layout.read_region(source, image, region, &mut self.row, workers);
                let samples = row.iter_mut().zip(&self.row).zip(places);
                samples.filter(|(_, place)| **place != 0).for_each(|((sample, source), _)| *sample = *source);
            }
        }
    }
}
