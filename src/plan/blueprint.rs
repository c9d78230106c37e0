//! What has to be known of a plan before anything large is allocated: extents, kernels, bytes.

use std::sync::Arc;

use super::Facts;
use super::draft::{Draft, Step, StepKind};
use crate::deconvolve::{Background, Deconvolution};
use crate::denoise::Denoise;
use crate::error::{Error, Result};
use crate::image::Layout;
use crate::network::Network;
use crate::params::{PLAN_MEMORY_CAP_BYTES, Settings};
use crate::psf::Kernel;
use crate::runtime::{Context, Workers};

/// A plan as it will be built.
pub struct Blueprint {
    /// The source.
    pub input: Layout,
    /// The target.
    pub output: Layout,
    /// The threads.
    pub workers: Arc<Workers>,
    /// Extents (c, z, y, x) of a group of images before the first step and after each.
    pub shapes: Vec<[usize; 4]>,
    /// One a step; only deconvolutions have one.
    pub kernels: Vec<Option<Kernel>>,
    /// Sizes of the buffers and of the workspace.
    pub facts: Facts,
    /// Bytes that one step may hold, if the plan has a cap.
    pub cap: Option<u64>,
}

impl Blueprint {
    /// Works out what a commit will build.
    ///
    /// # Errors
    /// What a commit would say, short of running out of memory.
    pub fn draw(draft: &Draft, context: &Context) -> Result<Self> {
        let settings = context.settings();
        let shapes = shapes(draft, &settings)?;
        let (input, output) = (draft.input()?.clone(), draft.output(&settings)?);
        if draft.steps.is_empty() {
            return Err(Error::State("plan has no step; call abbe_plan_add_step() first".into()));
        }
        let workers = context.workers()?;
        let frames = frames_bytes(draft, &shapes)?;
        let cap = memory_cap(draft, frames)?;
        let mut workspace_bytes = frames;
        let mut kernels = Vec::new();
        for (step, shape) in draft.steps.iter().zip(&shapes) {
            let [_, nz, ny, nx] = *shape;
            let kernel = kernel_for(step, [nz, ny, nx], &workers)?;
            workspace_bytes += match (step.kind, &kernel) {
                (StepKind::Deconvolve, Some(kernel)) => {
                    Deconvolution::workspace_bytes([nz, ny, nx], &step.settings, kernel, workers.threads())?
                }
                (StepKind::Model, _) => {
                    Network::workspace_bytes(step.model()?, *shape, &step.settings, &settings, cap.unwrap_or(0))?
                }
                (StepKind::Denoise, _) => Denoise::workspace_bytes([nz, ny, nx]),
                _ => Background::workspace_bytes([nz, ny, nx]),
            };
            kernels.push(kernel);
        }
        let most = draft.settings.i64(PLAN_MEMORY_CAP_BYTES) as u64;
        if most > 0 && workspace_bytes > most {
            return Err(Error::Memory(format!(
                "plan.memory_cap_bytes is {most}; this plan holds at least {workspace_bytes}; allow that much, or give \
                 it smaller images"
            )));
        }
        let facts = Facts { input_bytes: input.bytes(), output_bytes: output.bytes(), workspace_bytes };
        Ok(Self { input, output, workers, shapes, kernels, facts, cap })
    }
}

/// Extents (c, z, y, x) of a group of images before the first step and after each.
///
/// # Errors
/// [`Error::State`] without an input; what a network says that the image does not fit.
pub fn shapes(draft: &Draft, context: &Settings) -> Result<Vec<[usize; 4]>> {
    let input = draft.input()?;
    let [nz, ny, nx] = input.volume_shape();
    let together = draft.steps.iter().any(|step| step.kind == StepKind::Model);
    let mut shapes = vec![[if together { input.channels() } else { 1 }, nz, ny, nx]];
    for step in &draft.steps {
        let shape = shapes[shapes.len() - 1];
        shapes.push(match step.kind {
            StepKind::Model => Network::output_shape(step.model()?, shape, &step.settings, context)?,
            StepKind::Background | StepKind::Deconvolve | StepKind::Denoise => shape,
        });
    }
    Ok(shapes)
}

/// The number of samples.
pub fn samples(shape: &[usize; 4]) -> usize {
    shape.iter().product()
}

fn kernel_for(step: &Step, shape: [usize; 3], workers: &Workers) -> Result<Option<Kernel>> {
    if step.kind != StepKind::Deconvolve {
        return Ok(None);
    }
    let source = step.psf()?.source();
    let dimensions = if shape[0] > 1 { 3 } else { 2 };
    // Light that travels farther than the image is wide leaves no trace in it.
    let extent = source.extent(dimensions, shape.map(|extent| 2 * extent - 1))?;
    source.sample(extent, workers).map(Some)
}

/// Bytes of the frame, and of the second one that networks need.
fn frames_bytes(draft: &Draft, shapes: &[[usize; 4]]) -> Result<u64> {
    let mut largest = 0;
    for shape in shapes {
        let bytes = shape.iter().try_fold(size_of::<f32>() as u64, |bytes, extent| bytes.checked_mul(*extent as u64));
        largest = largest.max(bytes.filter(|bytes| *bytes <= i64::MAX as u64 / 4).ok_or_else(|| {
            Error::Argument(format!("the image is {shape:?} samples (c, z, y, x); that is more than memory can hold"))
        })?);
    }
    let together = draft.steps.iter().any(|step| step.kind == StepKind::Model);
    Ok(if together { 2 * largest } else { largest })
}

/// What a step may hold: the plan's cap less the frames; `None` without a cap.
fn memory_cap(draft: &Draft, frames: u64) -> Result<Option<u64>> {
    match draft.settings.i64(PLAN_MEMORY_CAP_BYTES) as u64 {
        0 => Ok(None),
        cap if cap > frames => Ok(Some(cap - frames)),
        cap => Err(Error::Memory(format!(
            "plan.memory_cap_bytes is {cap}; the image alone takes {frames} in the workspace; it must be more"
        ))),
    }
}
