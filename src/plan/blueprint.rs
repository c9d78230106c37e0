//! What has to be known of a plan before anything large is allocated: extents, kernels, bytes.

use std::sync::Arc;

use super::Facts;
use super::draft::{Draft, Step, StepKind};
use super::kernels::Kernels;
use crate::deconvolve::{Background, Budget, Deconvolution, DepthVariant};
use crate::denoise::Denoise;
use crate::error::{Error, Result};
use crate::image::Layout;
use crate::network::Network;
use crate::params::{
    DECONVOLVE_WARM_START, MODEL_STATISTICS, PLAN_BLOCKS, PLAN_MEMORY_CAP_BYTES, STATISTICS_SERIES, Settings,
};
use crate::psf::Kernel;
use crate::runtime::{Context, Workers};
use crate::tile::Tiling;

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
    /// One a step; only deconvolutions have some.
    pub kernels: Vec<Kernels>,
    /// Sizes of the buffers and of the workspace.
    pub facts: Facts,
    /// One a step; only deconvolutions with one kernel have tiles.
    pub tilings: Vec<Option<Tiling>>,
    /// Whether images go through in tiles, from source to target, with no frame of a whole image: plans of one
    /// deconvolution with one kernel, with or without background before it.
    pub streamed: bool,
    /// Whether a streamed image's tile is read into a frame: where it comes in blocks, or its rows are scattered.
    pub framed: bool,
    /// Bytes that each step may hold; `None` without a cap.
    pub budgets: Vec<Option<u64>>,
    /// The plan's cap, where there is one.
    cap: Option<u64>,
}

impl Blueprint {
    /// Works out what a commit will build: within the cap where that can be, as small as can be otherwise.
    ///
    /// # Errors
    /// What a commit would say, short of running out of memory and of [`Blueprint::check_cap`].
    pub fn draw(draft: &Draft, context: &Context) -> Result<Self> {
        let settings = context.settings();
        let shapes = shapes(draft, &settings)?;
        let (input, output) = (draft.input()?.clone(), draft.output(&settings)?);
        if draft.steps.is_empty() {
            return Err(Error::State("plan has no step; call abbe_plan_add_step() first".into()));
        }
        let warm = draft
            .steps
            .iter()
            .any(|step| step.kind == StepKind::Deconvolve && step.settings.i64(DECONVOLVE_WARM_START) == 1);
        if warm && input.channels() > 1 {
            return Err(Error::Argument(format!(
                "deconvolve.warm_start is 1 for an image of {} channels; it must be 0 there, since a channel is no start \
                 for the next; give each channel a plan of its own",
                input.channels()
            )));
        }
        check_series(draft, &input)?;
        let workers = context.workers()?;
        let image = frames_bytes(draft, &shapes)?;
        let mut kernels = Vec::new();
        for (step, shape) in draft.steps.iter().zip(&shapes) {
            kernels.push(Kernels::for_step(step, volume(shape), &workers)?);
        }
        let streamed = is_streamed(draft, &kernels);
        let blocks = draft.settings.i64(PLAN_BLOCKS) == 1;
        if blocks && !streamed {
            return Err(Error::Unsupported(
                "plan.blocks is 1 for a plan with other steps than one deconvolve with one point spread function, with or \
                 without background before it; only such plans read and write in blocks; set it to 0 and use \
                 abbe_plan_execute()"
                    .into(),
            ));
        }
        let framed = streamed && (blocks || !input.has_rows());
        let frame = Frame { streamed, framed };
        let frames = if streamed { 0 } else { image };
        let bytes_within = |at: usize, budget: Option<u64>| -> Result<u64> {
            let (step, shape) = (&draft.steps[at], shapes[at]);
            match (step.kind, &kernels[at]) {
                (_, Kernels::One(kernel)) => {
                    Ok(tiles(step, volume(&shape), kernel, workers.threads(), budget, frame)?.1)
                }
                (_, Kernels::Slabs(slabs)) => {
                    DepthVariant::workspace_bytes(volume(&shape), &step.settings, slabs, workers.threads())
                }
                (StepKind::Model, _) => {
                    Network::workspace_bytes(step.model()?, shape, &step.settings, &settings, budget)
                }
                (StepKind::Denoise, _) => Ok(Denoise::workspace_bytes(volume(&shape))),
                _ => Ok(Background::workspace_bytes(volume(&shape))),
            }
        };
        let cap = Some(draft.settings.i64(PLAN_MEMORY_CAP_BYTES) as u64).filter(|cap| *cap > 0);
        let (budgets, steps_bytes) = share(draft.steps.len(), cap.map(|cap| cap.saturating_sub(frames)), bytes_within)?;
        let workspace_bytes = frames.saturating_add(steps_bytes);
        let facts = Facts { input_bytes: input.bytes(), output_bytes: output.bytes(), workspace_bytes };
        let mut tilings = Vec::new();
        for (at, step) in draft.steps.iter().enumerate() {
            tilings.push(match &kernels[at] {
                Kernels::One(kernel) => {
                    let room = budgets[at];
                    Some(tiles(step, volume(&shapes[at]), kernel, workers.threads(), room, frame)?.0)
                }
                _ => None,
            });
        }
        Ok(Self { input, output, workers, shapes, kernels, facts, tilings, streamed, framed, budgets, cap })
    }

    /// Checks that the workspace keeps the cap.
    ///
    /// # Errors
    /// [`Error::Memory`] that says the least cap that works.
    pub fn check_cap(&self) -> Result<()> {
        match (self.cap, self.facts.workspace_bytes) {
            (Some(cap), least) if cap < least => Err(Error::Memory(format!(
                "plan.memory_cap_bytes is {cap}; this plan holds at least {least}{}; allow that much, or give it \
                 smaller images",
                self.why()
            ))),
            _ => Ok(()),
        }
    }
}

impl Blueprint {
    /// What the least of a plan in tiles follows from.
    fn why(&self) -> String {
        let tiled = self.kernels.iter().zip(&self.tilings).find_map(|(kernels, tiling)| match (kernels, tiling) {
            (Kernels::One(kernel), Some(tiling)) => Some((kernel, tiling)),
            _ => None,
        });
        tiled.map_or(String::new(), |(kernel, tiling)| {
            let whole =
                if tiling.count() == 1 { "; warm starts and blind deconvolutions are not cut into tiles" } else { "" };
            format!(
                " (fields of {:?} voxels, which a point spread function of {:?} needs{whole})",
                tiling.field(),
                kernel.shape()
            )
        })
    }
}

/// Whether statistics of a whole series can be known where they are asked for.
fn check_series(draft: &Draft, input: &Layout) -> Result<()> {
    let of_series =
        |step: &Step| step.kind == StepKind::Model && step.settings.i64(MODEL_STATISTICS) == STATISTICS_SERIES;
    let Some(at) = draft.steps.iter().rposition(of_series) else { return Ok(()) };
    if !input.axes().contains('t') {
        return Err(Error::Argument(format!(
            "model.statistics is 2 (series) for images with axes {}; it needs an axis t, since only what one execute \
             reads is known; give all time points at once, or set it to 1 (first), or set model.normalisation to 4 \
             (fixed)",
            input.axes()
        )));
    }
    let warm = |step: &Step| step.kind == StepKind::Deconvolve && step.settings.i64(DECONVOLVE_WARM_START) == 1;
    if draft.steps[..at].iter().any(warm) {
        return Err(Error::Argument(
            "deconvolve.warm_start is 1 before a model whose model.statistics is 2 (series); it must be 0 there, since \
             each time point is deconvolved more than once"
                .into(),
        ));
    }
    Ok(())
}

fn is_streamed(draft: &Draft, kernels: &[Kernels]) -> bool {
    let kinds: Vec<StepKind> = draft.steps.iter().map(|step| step.kind).collect();
    let chain = matches!(kinds[..], [StepKind::Deconvolve] | [StepKind::Background, StepKind::Deconvolve]);
    chain && matches!(kernels.last(), Some(Kernels::One(_)))
}

/// What holds an image beside a deconvolution.
#[derive(Clone, Copy)]
struct Frame {
    /// See [`Blueprint::streamed`].
    streamed: bool,
    /// See [`Blueprint::framed`].
    framed: bool,
}

/// The tiles of a deconvolution within a budget, and the bytes of it and of its frames.
fn tiles(
    step: &Step,
    shape: [usize; 3],
    kernel: &Kernel,
    threads: usize,
    budget: Option<u64>,
    Frame { streamed, framed }: Frame,
) -> Result<(Tiling, u64)> {
    let choose = |cap, frame| Deconvolution::tiling(shape, &step.settings, kernel, threads, Budget { cap, frame });
    if streamed {
        let choice = choose(budget, framed)?;
        return Ok((choice.tiling, choice.bytes));
    }
    let whole = choose(None, false)?;
    let Some(room) = budget.filter(|room| whole.bytes > *room) else { return Ok((whole.tiling, whole.bytes)) };
    // Tiles read what their neighbours have not changed yet, so that the result is another volume.
    let result = 4 * shape.iter().product::<usize>() as u64;
    let choice = choose(Some(room.saturating_sub(result)), false)?;
    let bytes = choice.bytes + result;
    if choice.tiling.count() > 1 && bytes < whole.bytes {
        Ok((choice.tiling, bytes))
    } else {
        Ok((whole.tiling, whole.bytes))
    }
}

/// Shares out what the cap leaves for the steps: each gets the least that it runs in, and what is then left goes to
/// the first that can use it, then to the next. Also the bytes of all steps together.
fn share(
    steps: usize,
    room: Option<u64>,
    bytes_within: impl Fn(usize, Option<u64>) -> Result<u64>,
) -> Result<(Vec<Option<u64>>, u64)> {
    let all = |budget| (0..steps).map(|at| bytes_within(at, budget)).collect::<Result<Vec<u64>>>();
    let total = |bytes: &[u64]| bytes.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    let Some(room) = room else {
        return Ok((vec![None; steps], total(&all(None)?)));
    };
    let mut bytes = all(Some(0))?;
    let mut left = room.saturating_sub(total(&bytes));
    let mut budgets = Vec::new();
    for (at, bytes) in bytes.iter_mut().enumerate() {
        let budget = *bytes + left;
        let more = bytes_within(at, Some(budget))?;
        // Small images may hold less in one piece than in the smallest tiles.
        left = budget.saturating_sub(more);
        *bytes = more;
        budgets.push(Some(budget));
    }
    Ok((budgets, total(&bytes)))
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

/// Extents along z, y and x.
fn volume(&[_, nz, ny, nx]: &[usize; 4]) -> [usize; 3] {
    [nz, ny, nx]
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
