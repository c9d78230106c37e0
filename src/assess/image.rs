//! Samples with their extents, checked.

use crate::error::{Error, Result};

/// Packed samples (z, y, x), all finite.
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
    /// [`Error::Argument`] for another number of samples than the extents say, and for samples that are not finite.
    pub fn new(name: &str, samples: &'a [f32], shape: [usize; 3]) -> Result<Self> {
        if samples.len() != shape.iter().product::<usize>() || samples.is_empty() {
            return Err(Error::Argument(format!(
                "{name} is {} samples; its extents {shape:?} say otherwise",
                samples.len()
            )));
        }
        if let Some(at) = samples.iter().position(|value| !value.is_finite()) {
            let [_, ny, nx] = shape;
            let place = [at / (ny * nx), at / nx % ny, at % nx];
            return Err(Error::Argument(format!(
                "{name} is {} at z, y, x = {place:?}; all samples must be finite; replace those that are not",
                samples[at]
            )));
        }
        Ok(Self { samples, shape })
    }

    /// Row (z, y).
    pub fn row(&self, z: usize, y: usize) -> &'a [f32] {
        let [_, ny, nx] = self.shape;
        &self.samples[(z * ny + y) * nx..][..nx]
    }

    /// Greatest less least sample.
    pub fn range(&self) -> f64 {
        let ends = |(least, greatest): (f32, f32), value: &f32| (least.min(*value), greatest.max(*value));
        let (least, greatest) = self.samples.iter().fold((f32::MAX, f32::MIN), ends);
        f64::from(greatest) - f64::from(least)
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
