//! Samples of a measured point spread function.

use std::sync::Arc;

use super::shape::{place, volume};
use crate::error::{Error, Result, number};

/// Samples of a measured point spread function, axis order (z, y, x), x fastest.
#[derive(Clone, Debug)]
pub struct Samples {
    shape: [usize; 3],
    values: Arc<Vec<f32>>,
}

impl Samples {
    /// Takes samples of that shape; what is wrong with their values is said when a kernel is made of them.
    ///
    /// # Errors
    /// [`Error::Argument`] for an extent of 0, values that do not fill the shape, or one that is not finite.
    pub fn new(shape: [usize; 3], values: Vec<f32>) -> Result<Self> {
        let expected = volume(shape)?;
        if values.len() != expected {
            return Err(Error::Argument(format!(
                "psf samples are {}; the shape {shape:?} holds {expected}",
                values.len()
            )));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Argument(format!(
                "psf sample at {:?} is {}; all must be finite",
                place(shape, at),
                number(values[at])
            )));
        }
        Ok(Self { shape, values: Arc::new(values) })
    }

    /// Extents along (z, y, x).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}
