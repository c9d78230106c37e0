//! A point spread function as an object of the C ABI: its source, and the kernel last computed from it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::psf::{Kernel, Kind, Samples, Source};
use crate::runtime::Context;

/// A point spread function that may still change.
pub struct PsfObject {
    context: Arc<Context>,
    state: Mutex<State>,
}

struct State {
    source: Source,
    report: Option<serde_json::Value>,
}

impl PsfObject {
    /// One of `kind` (number of the C ABI) with nothing set.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown kind.
    pub fn new(context: Arc<Context>, kind: i32) -> Result<Self> {
        let source = Source::new(Kind::from_abi(kind)?);
        Ok(Self { context, state: Mutex::new(State { source, report: None }) })
    }

    /// The context it was made from.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// A copy of the source as it is now.
    pub fn source(&self) -> Source {
        self.state().source.clone()
    }

    /// Changes the source through `change`, which changes nothing when it fails.
    ///
    /// # Errors
    /// What `change` says.
    pub fn change(&self, change: impl FnOnce(&mut Source) -> Result<()>) -> Result<()> {
        let mut state = self.state();
        change(&mut state.source)?;
        state.report = None;
        Ok(())
    }

    /// The extents (z, y, x) that hold its light; `dimensions` is 2 or 3.
    ///
    /// # Errors
    /// As [`Source::extent`].
    pub fn extent(&self, dimensions: usize) -> Result<[usize; 3]> {
        self.source().extent(dimensions, [MOST_SAMPLES_AN_AXIS; 3])
    }

    /// Computes the kernel of that shape (z, y, x) into `target`.
    ///
    /// # Errors
    /// As [`Source::sample`]; `target` is untouched then.
    pub fn sample(&self, shape: [usize; 3], target: &mut [f32]) -> Result<()> {
        let kernel = self.source().sample(shape, &*self.context.workers()?)?;
        target.copy_from_slice(kernel.samples());
        self.state().report = Some(describe(&kernel)?);
        Ok(())
    }

    /// What is known of the kernel last computed by [`PsfObject::sample`].
    ///
    /// # Errors
    /// [`Error::State`] when none was since the last change.
    pub fn report(&self) -> Result<serde_json::Value> {
        self.state()
            .report
            .clone()
            .ok_or_else(|| Error::State("psf has no kernel since its last change; call abbe_psf_sample() first".into()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The report of a kernel as JSON.
///
/// # Errors
/// [`Error::Internal`] when a number cannot be written.
pub fn describe(kernel: &Kernel) -> Result<serde_json::Value> {
    serde_json::to_value(kernel.report()).map_err(|cause| Error::Internal(format!("psf report: {cause}")))
}

/// Keeps samples that the host gave; only a measured source takes them.
pub fn samples_for(source: &mut Source, samples: &[f32], shape: [usize; 3]) -> Result<()> {
    if source.kind != Kind::Measured {
        return Err(Error::State(format!(
            "psf is of kind {}; only a measured one (ABBE_PSF_MEASURED) takes samples",
            source.kind.name()
        )));
    }
    let mut values = Vec::new();
    values.try_reserve_exact(samples.len()).map_err(|_| {
        Error::Memory(format!("samples are {} bytes; there is no room for a copy", size_of_val(samples)))
    })?;
    values.extend_from_slice(samples);
    source.samples = Some(Samples::new(shape, values)?);
    Ok(())
}

/// Largest extent along an axis of a kernel whose extent is asked for without an image.
const MOST_SAMPLES_AN_AXIS: usize = 1025;
