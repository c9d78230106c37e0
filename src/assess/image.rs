//! Samples with their extents, checked.

use std::borrow::Cow;

use crate::error::{Error, Result, number};
use crate::image::fill;
use crate::runtime::Job;

/// Packed samples (z, y, x) of ±1e15. Where that is said, NaN is a sample that was not measured; elsewhere there is none.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// The samples, x fastest.
    pub samples: &'a [f32],
    /// Extents along (z, y, x).
    pub shape: [usize; 3],
}

impl<'a> Image<'a> {
    /// Samples that error texts call `name`.
    ///
    /// # Errors
    /// [`Error::Argument`] for another number of samples than the extents say, and for samples that are not finite, or beyond ±1e15.
    pub fn new(name: &str, samples: &'a [f32], shape: [usize; 3]) -> Result<Self> {
        Self::excusing(name, samples, shape, |_, _| false, "")
    }

    /// The same, but for samples of which `excused`, by index and value, says that they count in nothing. `or` is what else to do
    /// about NaN.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn excusing(
        name: &str,
        samples: &'a [f32],
        shape: [usize; 3],
        excused: impl Fn(usize, f32) -> bool,
        or: &str,
    ) -> Result<Self> {
        if samples.len() != shape.iter().product::<usize>() || samples.is_empty() {
            return Err(Error::Argument(format!(
                "{name} is {} samples; its extents {shape:?} say otherwise",
                samples.len()
            )));
        }
        let is_fault = |(at, value): (usize, &f32)| !(value.abs() <= MOST || excused(at, *value));
        if let Some(at) = samples.iter().enumerate().position(is_fault) {
            let [_, ny, nx] = shape;
            let place = [at / (ny * nx), at / nx % ny, at % nx];
            let or = if samples[at].is_nan() { or } else { "" };
            return Err(Error::Argument(format!(
                "{name} is {} at z, y, x = {place:?}; all samples must be finite, of ±{MOST:e}; replace those that are not{or}",
                number(samples[at])
            )));
        }
        Ok(Self { samples, shape })
    }

    /// Row (z, y).
    pub fn row(&self, z: usize, y: usize) -> &'a [f32] {
        let [_, ny, nx] = self.shape;
        &self.samples[(z * ny + y) * nx..][..nx]
    }

    /// Greatest less least sample that was measured; 0 where none was.
    pub fn range(&self) -> f64 {
        let ends = |(least, greatest): (f32, f32), value: &f32| (least.min(*value), greatest.max(*value));
        let (least, greatest) = self.samples.iter().fold((f32::MAX, f32::MIN), ends);
        (f64::from(greatest) - f64::from(least)).max(0.0)
    }
}

/// Checks that two images can be compared sample by sample.
///
/// # Errors
/// [`Error::Argument`] for other extents.
pub(super) fn same_extents((name, image): (&str, &Image), (other_name, other): (&str, &Image)) -> Result<()> {
    if image.shape == other.shape {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "{name} is {:?} samples along z, y, x; it must have the extents of {other_name}, {:?}; bring both to one grid first",
        image.shape, other.shape
    )))
}

/// The samples, those that were not measured filled in from their neighbours.
///
/// # Errors
/// [`Error::Memory`].
pub fn filled<'a>(image: &Image<'a>, job: Job) -> Result<Cow<'a, [f32]>> {
    if !image.samples.iter().any(|value| value.is_nan()) {
        return Ok(Cow::Borrowed(image.samples));
    }
    let mut samples: Vec<f32> = job.zeroed("image without gaps", image.samples.len())?;
    samples.copy_from_slice(image.samples);
    fill(&mut samples, image.shape, job.workers());
    Ok(Cow::Owned(samples))
}

/// Greatest modulus of a sample: sums over an image in single precision, and squares, stay numbers.
pub const MOST: f32 = 1e15;
