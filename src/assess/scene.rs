//! A raw image and what was made of it, on one grid, with what was not measured.
//!
//! A mask says of the raw image that it was not measured, and nothing of the result: what a result has there is its claim, whose light
//! goes into its surroundings by the blur. It is no claim where it is not finite, or the raw image's own sample, left as it was.

use std::borrow::Cow;

use super::grid::View;
use super::image::{Image, MOST, filled};
use crate::error::{Error, Result};
use crate::image::fill;
use crate::runtime::Job;

/// Both images, with NaN where one of both was not measured, and without gaps: the raw image with values of the neighbours there, the
/// result where it claims nothing.
pub(super) struct Scene<'a> {
    shape: [usize; 3],
    raw: Cow<'a, [f32]>,
    raw_filled: Option<Vec<f32>>,
    /// The result as it was given.
    own: Cow<'a, [f32]>,
    own_filled: Option<Vec<f32>>,
    /// On the grid of the raw image.
    result: Cow<'a, [f32]>,
    result_filled: Option<Vec<f32>>,
    /// How the result is seen on the grid of the raw image.
    pub view: View,
    /// Whether there are samples that were not measured.
    pub gaps: bool,
}

impl<'a> Scene<'a> {
    /// Of `raw` and `result`, NaN where nothing was measured, and a mask of `raw`, 0 there; `align`: the result may be of other
    /// extents.
    ///
    /// # Errors
    /// As [`View::new`]; [`Error::Argument`] where nothing was measured; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn new(raw: &Image<'a>, result: &Image<'a>, mask: Option<&[u8]>, align: bool, job: Job) -> Result<Self> {
        let view = View::new(("result", result), ("raw", raw), align)?;
        let masked = |at: usize| mask.is_some_and(|mask| mask[at] == 0) || raw.samples[at].is_nan();
        let gaps = (0..raw.samples.len()).any(masked) || result.samples.iter().any(|value| value.is_nan());
        let (mut raw_gaps, mut own_gaps) = (Vec::new(), Vec::new());
        if gaps {
            raw_gaps = job.zeroed::<bool>("samples not measured", raw.samples.len())?;
            own_gaps = job.zeroed::<bool>("samples not measured", result.samples.len())?;
            raw_gaps.iter_mut().enumerate().for_each(|(at, gap)| *gap = masked(at));
            for (at, gap) in own_gaps.iter_mut().enumerate() {
                let nearest = view.nearest(at);
                *gap = result.samples[at].is_nan() || masked(nearest);
                raw_gaps[nearest] |= *gap;
            }
            if raw_gaps.iter().all(|gap| *gap) {
                return Err(Error::Argument(
                    "raw and result share no sample that was measured: all are masked or NaN; some must be measured"
                        .into(),
                ));
            }
        }
        let mut scene = Self {
            shape: raw.shape,
            raw: without(raw.samples, &raw_gaps, job)?,
            raw_filled: None,
            own: without(result.samples, &own_gaps, job)?,
            own_filled: None,
            result: Cow::Borrowed(&[]),
            result_filled: None,
            view,
            gaps,
        };
        if gaps {
            scene.raw_filled = Some(filled(&scene.raw(), job)?.into_owned());
            scene.own_filled = Some(claimed(raw, result, &own_gaps, job)?);
        }
        job.count("result on the grid of the raw image", 8 * raw.samples.len() as u64)?;
        scene.see([0.0; 3], job)?;
        Ok(scene)
    }

    /// The raw image, NaN where nothing was measured.
    pub fn raw(&self) -> Image<'_> {
        Image { samples: &self.raw, shape: self.shape }
    }

    /// The raw image without gaps.
    pub fn full_raw(&self) -> Image<'_> {
        Image { samples: self.raw_filled.as_deref().unwrap_or(&self.raw), shape: self.shape }
    }

    /// The result on the grid of the raw image, NaN where nothing was measured.
    pub fn result(&self) -> Image<'_> {
        Image { samples: &self.result, shape: self.shape }
    }

    /// The result on the grid of the raw image, without gaps: as it is where the raw image was not measured.
    pub fn full_result(&self) -> Image<'_> {
        Image { samples: self.result_filled.as_deref().unwrap_or(&self.result), shape: self.shape }
    }

    /// The result on its own grid, NaN where nothing was measured.
    pub fn own(&self) -> Image<'_> {
        Image { samples: &self.own, shape: self.view.from }
    }

    /// Sees the result on the grid of the raw image, less a shift in its samples along (z, y, x).
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Cancelled`].
    pub fn see(&mut self, shift: [f64; 3], job: Job) -> Result<()> {
        if !self.result.is_empty() && shift == self.view.shift {
            return Ok(());
        }
        self.view.shift = shift;
        if self.view.is_plain() {
            self.result = self.own.clone();
            self.result_filled = self.own_filled.clone();
            return Ok(());
        }
        let own = self.own_filled.as_deref().unwrap_or(&self.own);
        let seen = job.passing(|| self.view.bring(own, job))?.into_owned();
        if self.gaps {
            let mut result = seen.clone();
            let places = result.iter_mut().zip(&*self.raw).filter(|(_, raw)| raw.is_nan());
            places.for_each(|(value, _)| *value = f32::NAN);
            (self.result, self.result_filled) = (Cow::Owned(result), Some(seen));
        } else {
            self.result = Cow::Owned(seen);
        }
        Ok(())
    }
}

/// The result, values of its neighbours where it claims nothing.
fn claimed(raw: &Image, result: &Image, gaps: &[bool], job: Job) -> Result<Vec<f32>> {
    let mut samples: Vec<f32> = job.zeroed("result without gaps", result.samples.len())?;
    for (at, (target, sample)) in samples.iter_mut().zip(result.samples).enumerate() {
        let untouched = gaps[at] && raw.shape == result.shape && *sample == raw.samples[at];
        let is_claim = sample.abs() <= MOST && !untouched;
        *target = if is_claim { *sample } else { f32::NAN };
    }
    if samples.iter().any(|sample| sample.is_nan()) {
        fill(&mut samples, result.shape, job.workers());
    }
    Ok(samples)
}

/// Samples that are NaN where `gaps` say so; as they are where there are none.
fn without<'a>(samples: &'a [f32], gaps: &[bool], job: Job) -> Result<Cow<'a, [f32]>> {
    if gaps.is_empty() {
        return Ok(Cow::Borrowed(samples));
    }
    let mut target: Vec<f32> = job.zeroed("image with gaps", samples.len())?;
    for ((target, sample), gap) in target.iter_mut().zip(samples).zip(gaps) {
        *target = if *gap { f32::NAN } else { *sample };
    }
    Ok(Cow::Owned(target))
}
