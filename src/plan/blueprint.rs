//! What has to be known of a plan before anything large is allocated: extents, kernels, bytes.

use std::sync::Arc;

use super::draft::Draft;
use super::gaps::Gaps;
use super::step::{Flow, Grid, Place, Step, Streaming, grids};
use crate::error::{Error, Result};
use crate::image::Layout;
use crate::params::{PLAN_BLOCKS, Settings};
use crate::runtime::{Context, Control, Job, Limits, Memory, Watch, Workers};

/// What is known of a plan once its input and steps are.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Minimum size of the source buffer.
    pub input_bytes: u64,
    /// Minimum size of the target buffer.
    pub output_bytes: u64,
    /// Memory held between executes.
    pub workspace_bytes: u64,
}

/// A plan as it will be built.
pub struct Blueprint {
    /// The source.
    pub input: Layout,
    /// The target.
    pub output: Layout,
    /// The threads.
    pub workers: Arc<Workers>,
    /// The steps, prepared.
    pub steps: Vec<Box<dyn Step>>,
    /// A group of images before the first step and after each.
    pub grids: Vec<Grid>,
    /// How images reach the steps.
    pub flow: Flow,
    /// Whether images may have samples that were not measured.
    pub gaps: bool,
    /// Whether images may come in blocks.
    pub blocks: bool,
    /// Whether they are only looked at then.
    pub only_looks: bool,
    /// Whether all steps work in place, so that one frame does.
    pub in_place: bool,
    /// Sizes of the buffers and of the workspace.
    pub facts: Facts,
    /// Bytes that each step may hold; `None` without a cap.
    pub budgets: Vec<Option<u64>>,
    /// The plan's cap, where there is one.
    cap: Option<u64>,
    /// Bytes that preparing the steps took, before anything of the plan was there.
    prepared_bytes: u64,
    /// The context's settings.
    context: Settings,
}

impl Blueprint {
    /// Works out what a commit will build: within the cap where that can be, as small as can be otherwise.
    ///
    /// # Errors
    /// What a commit would say, short of running out of memory and of [`Blueprint::check_cap`];
    /// [`Error::Cancelled`].
    pub fn draw(draft: &Draft, context: &Context, watch: &mut Watch<'_>) -> Result<Self> {
        let settings = context.settings();
        let input = draft.input()?.clone();
        let mut steps = draft.steps();
        let limits = draft.limits(&settings, watch.control());
        let grids = grids(&input, &steps, &draft.settings, limits)?;
        let output = draft.output(limits)?;
        if steps.is_empty() {
            return Err(Error::State("plan has no step; call abbe_plan_add_step() first".into()));
        }
        steps.iter().try_for_each(|step| step.check(&input))?;
        check_series(&steps)?;
        let workers = context.workers()?;
        let in_place = steps.iter().all(|step| step.in_place());
        let frame_bytes = largest_bytes(&grids)? * if in_place { 1 } else { 2 };
        let cap = draft.cap();
        let memory = memory_to_prepare(cap);
        let job = Job::new(&workers, watch.control()).counted(&memory);
        let (span, count) = (watch.control().current_span(), steps.len() as f64);
        for (at, step) in steps.iter_mut().enumerate() {
            watch.control().span(span.0 + span.1 * at as f64 / count, span.1 / count);
            watch.advance(0.0)?;
            step.prepare(grids[at].clone(), input.channels() / grids[0].shape[0] * grids[at].shape[0], job, watch)?;
        }
        watch.control().span(span.0, span.1);
        let blocks = draft.settings.i64(PLAN_BLOCKS) > 0;
        let only_looks = draft.settings.i64(PLAN_BLOCKS) == 2;
        let gaps = Gaps::may_be(&draft.settings, &draft.mask);
        let flow = flow(&steps, &input, blocks, gaps, limits)?;
        let gaps_bytes = if gaps { Gaps::bytes(&grids[0]) } else { 0 };
        let facts = Facts { input_bytes: input.bytes(), output_bytes: output.bytes(), workspace_bytes: 0 };
        let (budgets, prepared_bytes) = (Vec::new(), memory.highest());
        let mut drawn = Self {
            input,
            output,
            workers,
            steps,
            grids,
            flow,
            gaps,
            blocks,
            only_looks,
            in_place,
            facts,
            budgets,
            cap,
            prepared_bytes,
            context: settings,
        };
        drawn.share_out(frame_bytes.saturating_add(gaps_bytes), watch.control())?;
        Ok(drawn)
    }

    /// Shares the cap out among the frame, where there is one, and the steps.
    fn share_out(&mut self, frame_bytes: u64, control: &Control) -> Result<()> {
        let frame_bytes = if self.flow == Flow::Frame { frame_bytes } else { 0 };
        let left = self.cap.map(|cap| cap.saturating_sub(frame_bytes));
        let (budgets, step_bytes) =
            share(self.steps.len(), left, |at, budget| self.steps[at].bytes(&self.place(at, control), budget))?;
        self.facts.workspace_bytes = frame_bytes.saturating_add(step_bytes);
        self.budgets = budgets;
        Ok(())
    }

    /// Where step `at` stands; `control` ends what is done there.
    pub fn place<'a>(&'a self, at: usize, control: &'a Control) -> Place<'a> {
        let groups = self.input.volumes() / self.grids[0].shape[0];
        Place {
            grid: self.grids[at].clone(),
            images: groups * self.grids[at].shape[0],
            channels: self.input.channels() / self.grids[0].shape[0] * self.grids[at].shape[0],
            flow: self.flow,
            gaps: self.gaps,
            only_looks: self.only_looks,
            limits: Limits { context: &self.context, control, memory: self.cap },
            workers: &self.workers,
        }
    }

    /// Checks that the workspace keeps the cap.
    ///
    /// # Errors
    /// [`Error::Memory`] that states the smallest cap that works.
    pub fn check_cap(&self, control: &Control) -> Result<()> {
        let (Some(cap), needed) = (self.cap, self.facts.workspace_bytes) else { return Ok(()) };
        if cap >= needed.max(self.prepared_bytes) {
            return Ok(());
        }
        if needed < self.prepared_bytes {
            return Err(Error::Memory(format!(
                "plan.memory_cap_bytes is {cap}; computing the point spread function takes at least {}; {LESS_PSF}",
                self.prepared_bytes
            )));
        }
        let mut steps = self.steps.iter().zip(&self.budgets).enumerate();
        let reason =
            steps.find_map(|(at, (step, budget))| step.reason(&self.place(at, control), *budget)).unwrap_or_default();
        Err(Error::Memory(format!(
            "plan.memory_cap_bytes is {cap}; this plan holds at least {needed}{reason}; allow that much, or give it \
             smaller images"
        )))
    }
}

/// The memory that steps may take while they are prepared: the cap, but enough for any usual point spread function, so
/// that what a plan needs can be known whatever the cap.
fn memory_to_prepare(cap: Option<u64>) -> Memory {
    let max_bytes = cap.map_or(u64::MAX, |cap| cap.max(PSF_BYTES));
    Memory::new(max_bytes, format!("plan.memory_cap_bytes is {}; {LESS_PSF}", cap.unwrap_or(0)))
}

/// That no image goes twice through a step whose result depends on the images before it.
fn check_series(steps: &[Box<dyn Step>]) -> Result<()> {
    let Some((at, series)) = steps.iter().enumerate().rev().find_map(|(at, step)| Some((at, step.reads_series()?)))
    else {
        return Ok(());
    };
    match steps[..at].iter().find_map(|step| step.remembers()) {
        None => Ok(()),
        Some(memory) => Err(Error::Argument(format!(
            "{memory} in a step before one whose {series}; change one of the two, since each time point then goes \
             through the steps before more than once"
        ))),
    }
}

/// How images reach the steps; those with `gaps` are prepared as a whole.
fn flow(steps: &[Box<dyn Step>], input: &Layout, blocks: bool, gaps: bool, limits: Limits<'_>) -> Result<Flow> {
    if gaps && blocks {
        return Err(Error::Unsupported(
            "plan.blocks is 1 for images with samples that were not measured; these are read as a whole; set it to 0, or \
             give neither a mask nor plan.not_a_number"
                .into(),
        ));
    }
    if gaps {
        return Ok(Flow::Frame);
    }
    let streaming = steps.iter().map(|step| step.streaming(limits)).collect::<Result<Vec<_>>>()?;
    match streaming[..] {
        [Streaming::Tiles] | [Streaming::OnRead, Streaming::Tiles] => {
            Ok(Flow::Tiles { framed: blocks || !input.has_rows() })
        }
        _ if blocks => Err(Error::Unsupported(
            "plan.blocks is 1 for a plan with other steps than one deconvolve of point spread functions that are \
             the same at all depths, with or without background before it; only such plans read and write in blocks; set it to 0 and use \
             abbe_plan_execute()"
                .into(),
        )),
        _ => Ok(Flow::Frame),
    }
}

/// Shares out what the cap leaves for the steps: each gets the minimum that it runs in, and the rest goes to
/// the first that can use it, then to the next. Also the bytes of all steps together.
fn share(
    steps: usize,
    cap: Option<u64>,
    bytes_within: impl Fn(usize, Option<u64>) -> Result<u64>,
) -> Result<(Vec<Option<u64>>, u64)> {
    let all = |budget| (0..steps).map(|at| bytes_within(at, budget)).collect::<Result<Vec<u64>>>();
    let total = |bytes: &[u64]| bytes.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    let Some(cap) = cap else {
        return Ok((vec![None; steps], total(&all(None)?)));
    };
    let mut bytes = all(Some(0))?;
    let mut left = cap.saturating_sub(total(&bytes));
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

/// Bytes of the largest group of images, as f32.
fn largest_bytes(grids: &[Grid]) -> Result<u64> {
    let mut largest = 0;
    for Grid { shape, .. } in grids {
        let bytes = shape.iter().try_fold(size_of::<f32>() as u64, |bytes, extent| bytes.checked_mul(*extent as u64));
        largest = largest.max(bytes.filter(|bytes| *bytes <= i64::MAX as u64 / 4).ok_or_else(|| {
            Error::Argument(format!("the image is {shape:?} samples (c, z, y, x); that is more than memory can hold"))
        })?);
    }
    Ok(largest)
}

const PSF_BYTES: u64 = 64 << 20;
const LESS_PSF: &str = "allow that much, or take a smaller psf.energy, fewer or weaker terms of psf.zernike, or the samples \
                        of abbe_psf_sample() as a measured one";
