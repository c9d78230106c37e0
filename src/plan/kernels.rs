//! The point spread functions of a step, computed.

use serde_json::{Value, json};

use super::psf_object::describe;
use crate::error::Result;
use crate::params::{DECONVOLVE_DEPTH_SLABS, Settings};
use crate::psf::{Kernel, PsfSpec, Slab, slabs};
use crate::runtime::{Job, Watch};

/// Kernels of a step.
pub enum Kernels {
    /// One for the whole image.
    One(Box<Kernel>),
    /// One per slab of planes.
    Slabs(Vec<(Slab, Kernel)>),
}

impl Kernels {
    /// Computes what images of `shape` (z, y, x) need with the `deconvolve.*` settings.
    ///
    /// # Errors
    /// As [`PsfSpec::sample`]; [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn new(spec: &PsfSpec, settings: &Settings, shape: [usize; 3], job: Job, watch: &mut Watch) -> Result<Self> {
        let kernel = |spec: &PsfSpec| spec.for_image(shape, job);
        let wanted = settings.i64(DECONVOLVE_DEPTH_SLABS) as usize;
        if wanted == 1 || wanted == 0 && (shape[0] == 1 || !spec.kind.is_layered()) {
            return Ok(Self::One(Box::new(kernel(spec)?)));
        }
        let cut = slabs(spec, shape[0], wanted)?;
        let count = cut.len() as f64;
        let slabs = cut.into_iter().enumerate().map(|(at, slab)| {
            let kernel = kernel(&slab.spec(spec)?)?;
            watch.advance((at + 1) as f64 / count)?;
            Ok((slab, kernel))
        });
        Ok(Self::Slabs(slabs.collect::<Result<_>>()?))
    }

    /// The only kernel, or that of the first slab.
    pub fn first(&self) -> Option<&Kernel> {
        match self {
            Self::One(kernel) => Some(kernel),
            Self::Slabs(slabs) => slabs.first().map(|(_, kernel)| kernel),
        }
    }

    /// The reports of the kernels.
    ///
    /// # Errors
    /// [`crate::error::Error::Internal`] when a number cannot be written.
    pub fn describe(&self) -> Result<Value> {
        match self {
            Self::One(kernel) => describe(kernel),
            Self::Slabs(slabs) => {
                let slabs = slabs.iter().map(|(slab, kernel)| {
                    Ok(json!({
                        "depth_nm": slab.depth_nm,
                        "first_plane": slab.first,
                        "planes": slab.weights.len(),
                        "psf": describe(kernel)?,
                    }))
                });
                Ok(json!({ "slabs": slabs.collect::<Result<Vec<_>>>()? }))
            }
        }
    }
}
