//! What stages have to say of the images that they ran on.

use std::any::Any;

use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Outcomes of a stage, in space reserved when it was built.
pub trait Outcomes: Any + Send {
    /// Forgets them.
    fn clear(&mut self);

    /// None yet, with space for as many.
    ///
    /// # Errors
    /// [`Error::Memory`].
    fn twin(&mut self) -> Result<Box<dyn Outcomes>>;

    /// Changes places with a twin of it.
    fn swap(&mut self, twin: &mut dyn Outcomes);

    /// One JSON value per image.
    fn report(&mut self) -> Value;
}

impl<T: serde::Serialize + Send + 'static> Outcomes for Vec<T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn twin(&mut self) -> Result<Box<dyn Outcomes>> {
        Ok(Box::new(outcomes::<T>(self.capacity())?))
    }

    fn swap(&mut self, twin: &mut dyn Outcomes) {
        swap(self, twin);
    }

    fn report(&mut self) -> Value {
        json!(self)
    }
}

/// Has outcomes change places with a twin of theirs.
pub fn swap<T: Outcomes>(outcomes: &mut T, twin: &mut dyn Outcomes) {
    if let Some(twin) = (twin as &mut dyn Any).downcast_mut() {
        std::mem::swap(outcomes, twin);
    }
}

/// Space for the outcomes of so many images.
///
/// # Errors
/// [`Error::Memory`].
pub fn outcomes<T>(images: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(images)
        .map_err(|_| Error::Memory(format!("the report of {images} images does not fit into this machine's memory")))?;
    Ok(list)
}
