//! The point spread functions of a step, computed.

use serde_json::{Value, json};

use super::draft::{Step, StepKind};
use super::psf_object::describe;
use crate::error::Result;
use crate::params::DECONVOLVE_DEPTH_SLABS;
use crate::psf::{Kernel, Slab, Source, slabs};
use crate::runtime::Workers;

/// Kernels of a step.
pub enum Kernels {
    /// None is needed.
    None,
    /// One for the whole image.
    One(Box<Kernel>),
    /// One a slab of planes.
    Slabs(Vec<(Slab, Kernel)>),
}

impl Kernels {
    /// Computes what a step needs for images of `shape` (z, y, x).
    ///
    /// # Errors
    /// As [`Source::sample`]; [`crate::error::Error::State`] without a point spread function.
    pub fn for_step(step: &Step, shape: [usize; 3], workers: &Workers) -> Result<Self> {
        if step.kind != StepKind::Deconvolve {
            return Ok(Self::None);
        }
        let source = step.psf()?.source();
        let kernel = |source: &Source| {
            let dimensions = if shape[0] > 1 { 3 } else { 2 };
            // Light that travels farther than the image is wide leaves no trace in it.
            let extent = source.extent(dimensions, shape.map(|extent| 2 * extent - 1))?;
            source.sample(extent, workers)
        };
        let wanted = step.settings.i64(DECONVOLVE_DEPTH_SLABS) as usize;
        if wanted == 1 || wanted == 0 && (shape[0] == 1 || !source.kind.is_layered()) {
            return Ok(Self::One(Box::new(kernel(&source)?)));
        }
        let slabs = slabs(&source, shape[0], wanted)?.into_iter().map(|slab| {
            let kernel = kernel(&slab.source(&source)?)?;
            Ok((slab, kernel))
        });
        Ok(Self::Slabs(slabs.collect::<Result<_>>()?))
    }

    /// The reports of the kernels.
    ///
    /// # Errors
    /// [`crate::error::Error::Internal`] when a number cannot be written.
    pub fn described(&self) -> Result<Option<Value>> {
        Ok(match self {
            Self::None => None,
            Self::One(kernel) => Some(describe(kernel)?),
            Self::Slabs(slabs) => {
                let slabs = slabs.iter().map(|(slab, kernel)| {
                    Ok(json!({
                        "depth_nm": slab.depth_nm,
                        "first_plane": slab.first,
                        "planes": slab.weights.len(),
                        "psf": describe(kernel)?,
                    }))
                });
                Some(json!({ "slabs": slabs.collect::<Result<Vec<_>>>()? }))
            }
        })
    }
}
