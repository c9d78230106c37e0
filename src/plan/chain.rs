//! A committed plan: kernels computed, transforms planned, all memory allocated.
//!
//! Images go through one at a time: read into the f32 frame, changed by each stage in turn, written out.

use std::sync::Arc;
use std::time::Instant;

use super::draft::{Draft, Step, StepKind};
use super::psf_object::describe;
use super::record::{Outcome, Record};
use super::{Buffers, Facts};
use crate::deconvolve::Background;
use crate::error::{Error, Result, zeroed};
use crate::image::{Dtype, Layout};
use crate::params::PLAN_MEMORY_CAP_BYTES;
use crate::psf::Kernel;
use crate::runtime::{Context, Watch, Workers};

/// A plan ready to execute.
pub struct Chain {
    input: Layout,
    output: Layout,
    workers: Arc<Workers>,
    stages: Vec<Stage>,
    /// One image, packed (z, y, x).
    frame: Vec<f32>,
    facts: Facts,
    record: Record,
}

enum Stage {
    Background(Background),
}

/// The facts of a plan that is not committed.
///
/// # Errors
/// What a commit would say, short of running out of memory.
pub fn facts(draft: &Draft, context: &Context) -> Result<Facts> {
    Ok(Blueprint::draw(draft, context)?.facts)
}

impl Chain {
    /// Builds what the draft describes.
    ///
    /// # Errors
    /// Whatever does not fit.
    pub fn build(draft: &Draft, context: &Context) -> Result<Self> {
        let Blueprint { input, output, workers, kernels, facts } = Blueprint::draw(draft, context)?;
        let shape = input.volume_shape();
        memory_cap(draft, shape)?;
        let mut psfs = Vec::new();
        let mut stages = Vec::new();
        for (step, kernel) in draft.steps.iter().zip(&kernels) {
            psfs.push(kernel.as_ref().map(describe).transpose()?);
            stages.push(match (step.kind, kernel) {
                (StepKind::Background, _) => Stage::Background(Background::new(shape, &step.settings)?),
                (StepKind::Deconvolve, _) => return Err(Error::Unsupported("this build cannot deconvolve yet".into())),
            });
        }
        let frame = zeroed("the image in the workspace", shape.iter().product())?;
        let record = Record::new(draft, psfs, &input, &output, workers.threads(), facts)?;
        Ok(Self { input, output, workers, stages, frame, facts, record })
    }

    /// Sizes of the buffers and of the workspace.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Whether source and target may be one buffer.
    pub fn same_place(&self) -> bool {
        self.input.same_place(&self.output)
    }

    /// What the last execute did.
    pub fn report(&self) -> serde_json::Value {
        self.record.report()
    }

    /// Runs every image of the source through the stages. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Argument`] for samples that are not finite, before anything is written; [`Error::Cancelled`].
    pub fn execute(&mut self, buffers: Buffers<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let started = Instant::now();
        self.record.begin();
        let result = self.run(buffers, watch);
        self.record.end(started.elapsed(), result.is_ok());
        result
    }

    fn run(&mut self, mut buffers: Buffers<'_>, watch: &mut Watch<'_>) -> Result<()> {
        self.check_finite(&buffers)?;
        let images = self.input.volumes();
        let steps = (images * self.stages.len().max(1)) as f64;
        for image in 0..images {
            let source = match &buffers {
                Buffers::Apart { source, .. } => source,
                Buffers::InPlace(both) => &**both,
            };
            let found = self.input.read(source, image, &mut self.frame, &self.workers);
            refuse_not_finite(found.not_finite, image)?;
            for (at, stage) in self.stages.iter_mut().enumerate() {
                watch.control().span((image * self.record.stages() + at) as f64 / steps, 1.0 / steps);
                let started = Instant::now();
                let outcome = stage.run(&mut self.frame, &self.workers, watch)?;
                self.record.stage(at, started.elapsed(), outcome);
            }
            watch.control().span((image + 1) as f64 / images as f64, 0.0);
            watch.advance(1.0)?;
            let target = match &mut buffers {
                Buffers::Apart { target, .. } => &mut **target,
                Buffers::InPlace(both) => &mut **both,
            };
            let clipped = self.output.write(&self.frame, image, target, &self.workers);
            self.record.image(found.sum, self.frame_sum(), clipped);
        }
        Ok(())
    }

    /// In a series nothing may be written before all of it is known to be finite. Whole numbers always are, and a
    /// single image is checked where it is read.
    fn check_finite(&mut self, buffers: &Buffers<'_>) -> Result<()> {
        if self.input.volumes() == 1 || matches!(self.input.dtype(), Dtype::U8 | Dtype::U16) {
            return Ok(());
        }
        let source = match buffers {
            Buffers::Apart { source, .. } => source,
            Buffers::InPlace(both) => &**both,
        };
        for image in 0..self.input.volumes() {
            refuse_not_finite(self.input.read(source, image, &mut self.frame, &self.workers).not_finite, image)?;
        }
        Ok(())
    }

    fn frame_sum(&self) -> f64 {
        self.frame.iter().map(|sample| f64::from(*sample)).sum()
    }
}

impl Stage {
    fn run(&mut self, frame: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<Outcome> {
        match self {
            Self::Background(background) => Ok(Outcome::Background(background.execute(frame, workers, watch)?)),
        }
    }
}

/// What has to be known before anything large is allocated.
struct Blueprint {
    input: Layout,
    output: Layout,
    workers: Arc<Workers>,
    /// One a step; only deconvolutions have one.
    kernels: Vec<Option<Kernel>>,
    facts: Facts,
}

impl Blueprint {
    fn draw(draft: &Draft, context: &Context) -> Result<Self> {
        let (input, output) = (draft.input()?.clone(), draft.output()?);
        if draft.steps.is_empty() {
            return Err(Error::State("plan has no step; call abbe_plan_add_step() first".into()));
        }
        let workers = context.workers()?;
        let shape = input.volume_shape();
        let mut workspace_bytes = frame_bytes(shape)?;
        let mut kernels = Vec::new();
        for step in &draft.steps {
            let kernel = kernel_for(step, shape, &workers)?;
            if step.kind == StepKind::Background {
                workspace_bytes += Background::workspace_bytes(shape);
            }
            kernels.push(kernel);
        }
        let facts = Facts { input_bytes: input.bytes(), output_bytes: output.bytes(), workspace_bytes };
        Ok(Self { input, output, workers, kernels, facts })
    }
}

fn kernel_for(step: &Step, shape: [usize; 3], workers: &Workers) -> Result<Option<Kernel>> {
    if step.kind != StepKind::Deconvolve {
        return Ok(None);
    }
    let psf = step.psf.as_ref().ok_or_else(|| {
        Error::State("the deconvolve step has no point spread function; call abbe_plan_set_psf() first".into())
    })?;
    let source = psf.source();
    let dimensions = if shape[0] > 1 { 3 } else { 2 };
    // Light that travels farther than the image is wide leaves no trace in it.
    let extent = source.extent(dimensions, shape.map(|extent| 2 * extent - 1))?;
    source.sample(extent, workers).map(Some)
}

fn frame_bytes(shape: [usize; 3]) -> Result<u64> {
    shape
        .iter()
        .try_fold(size_of::<f32>() as u64, |bytes, extent| bytes.checked_mul(*extent as u64))
        .ok_or_else(|| Error::Argument(format!("the image is {shape:?} samples; that is more than memory can hold")))
}

/// What the stages may hold: the plan's cap less the frame; `None` without a cap.
fn memory_cap(draft: &Draft, shape: [usize; 3]) -> Result<Option<u64>> {
    let cap = draft.settings.i64(PLAN_MEMORY_CAP_BYTES) as u64;
    let frame = frame_bytes(shape)?;
    match cap {
        0 => Ok(None),
        cap if cap > frame => Ok(Some(cap - frame)),
        _ => Err(Error::Memory(format!(
            "plan.memory_cap_bytes is {cap}; one image alone takes {frame} in the workspace"
        ))),
    }
}

fn refuse_not_finite(count: u64, image: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "src holds {count} samples that are NaN or infinite (image {image}); all must be finite; replace them first"
    )))
}
