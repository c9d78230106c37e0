//! Deconvolution of channels that have a point spread function each: a deconvolution of its own for each of these functions, which
//! takes its channels of every time point.

use std::any::Any;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{DeconvolveStep, missing};
use crate::deconvolve::Blocks;
use crate::error::{Error, Result};
use crate::image::{Layout, Piece};
use crate::params::Settings;
use crate::plan::objects::Arguments;
use crate::plan::psf_object::PsfObject;
use crate::plan::step::{Grid, Group, Outcomes, Place, Stage, Step, Streamed, Streaming, Tiles, outcomes, swap};
use crate::plan::warnings::Tell;
use crate::runtime::{Job, Limits, Watch, Workers};

/// The step.
pub struct ChannelsStep {
    /// As for one point spread function, to check what all have in common.
    common: DeconvolveStep,
    parts: Vec<Part<DeconvolveStep>>,
    /// The part of each channel.
    part_of: Vec<usize>,
}

/// What is done to the channels of one point spread function.
struct Part<T> {
    work: T,
    channels: usize,
}

impl ChannelsStep {
    /// A step whose channels may have point spread functions of their own.
    pub fn new(arguments: Arguments) -> Self {
        Self { common: DeconvolveStep { arguments, kernels: None }, parts: Vec::new(), part_of: Vec::new() }
    }

    /// Where a part stands: as if there were its channels alone.
    fn place<'a>(&self, part: &Part<DeconvolveStep>, place: &Place<'a>) -> Place<'a> {
        Place { images: place.images / self.part_of.len() * part.channels, channels: part.channels, ..place.clone() }
    }

    /// The bytes that each part may hold of a budget: as few as it can do with, and an equal share of the rest.
    fn budgets(&self, place: &Place<'_>, budget: Option<u64>) -> Result<Vec<Option<u64>>> {
        let Some(budget) = budget else { return Ok(vec![None; self.parts.len()]) };
        let least = self.parts.iter().map(|part| part.work.bytes(&self.place(part, place), Some(0)));
        let least = least.collect::<Result<Vec<u64>>>()?;
        let all = least.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
        let more = budget.saturating_sub(all) / self.parts.len() as u64;
        Ok(least.into_iter().map(|bytes| Some(bytes.saturating_add(more))).collect())
    }

    /// The channels of a part, as texts have them.
    fn channels_of(&self, part: usize) -> String {
        let channels: Vec<_> =
            (0..self.part_of.len()).filter(|channel| self.part_of[*channel] == part).map(|at| at.to_string()).collect();
        format!("{} {}", if channels.len() == 1 { "channel" } else { "channels" }, channels.join(", "))
    }
}

impl Step for ChannelsStep {
    fn output(&self, input: Grid, limits: Limits<'_>) -> Result<Grid> {
        self.common.output(input, limits)
    }

    fn check(&self, source: &Layout) -> Result<()> {
        self.common.check(source)
    }

    fn remembers(&self) -> Option<&'static str> {
        self.common.remembers()
    }

    fn prepare(&mut self, grid: Grid, channels: usize, job: Job<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let arguments = &self.common.arguments;
        if let Some(channel) = arguments.channel_psfs().keys().find(|channel| **channel >= channels) {
            let last = channels - 1;
            return Err(Error::Argument(format!(
                "channel is {channel} in abbe_plan_set_channel_psf(); it must be 0 to {last}, since the images have {channels} \
                 {}",
                if channels == 1 { "channel" } else { "channels" }
            )));
        }
        let mut psfs: Vec<&Arc<PsfObject>> = Vec::new();
        self.part_of.clear();
        for channel in 0..channels {
            let psf = arguments.psf_of(channel)?;
            let known = psfs.iter().position(|known| Arc::ptr_eq(known, psf));
            self.part_of.push(known.unwrap_or(psfs.len()));
            if known.is_none() {
                psfs.push(psf);
            }
        }
        let (start, length) = watch.control().current_span();
        let share = length / psfs.len() as f64;
        self.parts.clear();
        for (at, psf) in psfs.into_iter().enumerate() {
            watch.control().span(start + share * at as f64, share);
            let own = arguments.of_channels(Arc::clone(psf), channels, |channel| self.part_of[channel] == at);
            let mut work = DeconvolveStep { arguments: own, kernels: None };
            work.prepare(grid.clone(), channels, job, watch)?;
            let channels = self.part_of.iter().filter(|part| **part == at).count();
            self.parts.push(Part { work, channels });
        }
        watch.control().span(start, length);
        Ok(())
    }

    fn streaming(&self, limits: Limits<'_>) -> Result<Streaming> {
        let mut parts = self.parts.iter().map(|part| part.work.streaming(limits));
        let whole = parts.find(|streaming| !matches!(streaming, Ok(Streaming::Tiles)));
        whole.unwrap_or(Ok(Streaming::Tiles))
    }

    fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let budgets = self.budgets(place, budget)?;
        self.parts.iter().zip(budgets).try_fold(0_u64, |sum, (part, budget)| {
            Ok(sum.saturating_add(part.work.bytes(&self.place(part, place), budget)?))
        })
    }

    fn reason(&self, place: &Place<'_>, budget: Option<u64>) -> Option<String> {
        let budgets = self.budgets(place, budget).ok()?;
        let largest = self
            .parts
            .iter()
            .zip(budgets)
            .max_by_key(|(part, budget)| part.work.bytes(&self.place(part, place), *budget).unwrap_or(0));
        let (part, budget) = largest?;
        let count = self.parts.len();
        let reason = part.work.reason(&self.place(part, place), budget)?;
        Some(format!(" for {count} point spread functions, each with a workspace{reason}"))
    }

    fn doubts(&self) -> Vec<String> {
        let parts = self.parts.iter().enumerate();
        parts
            .flat_map(|(at, part)| {
                part.work.doubts().into_iter().map(move |doubt| format!("{}: {doubt}", self.channels_of(at)))
            })
            .collect()
    }

    fn weighs_pixels(&self) -> bool {
        self.common.weighs_pixels()
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let described = self.parts.iter().map(|part| part.work.kernels()?.describe());
        let described = described.collect::<Result<Vec<_>>>()?;
        let channels: Vec<_> = self.part_of.iter().map(|part| &described[*part]).collect();
        Ok(Map::from_iter([("psf".to_owned(), json!({ "channels": channels }))]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let budgets = self.budgets(place, budget)?;
        let places: Vec<_> = self.parts.iter().map(|part| self.place(part, place)).collect();
        let order = outcomes(place.images)?;
        let Self { parts, part_of, .. } = *self;
        let stages = parts
            .into_iter()
            .zip(places.iter().zip(budgets))
            .map(|(part, (place, budget))| Box::new(part.work).build(place, budget, watch));
        Ok(Box::new(ChannelsStage { stages: stages.collect::<Result<_>>()?, part_of, order, at: 0 }))
    }
}

/// The step, ready to run.
struct ChannelsStage {
    stages: Vec<Box<dyn Stage>>,
    /// The stage of each channel.
    part_of: Vec<usize>,
    /// The stages that ran since the outcomes were last cleared, image by image.
    order: Vec<usize>,
    /// The part that takes the image in tiles which is next.
    at: usize,
}

impl Stage for ChannelsStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let held = group.channels().count();
        let (start, length) = watch.control().current_span();
        let share = length / held as f64;
        for at in 0..held {
            watch.control().span(start + share * at as f64, share);
            let part = self.part_of[(group.number() * held + at) % self.part_of.len()];
            group.choose(at);
            self.stages.get_mut(part).ok_or_else(missing)?.execute(group, workers, watch)?;
            self.order.push(part);
        }
        watch.control().span(start, length);
        Ok(())
    }

    fn knows_gaps(&self) -> bool {
        self.stages.iter().all(|stage| stage.knows_gaps())
    }

    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.stages.iter_mut().try_for_each(|stage| stage.retune(settings))
    }

    fn settle(&mut self, done: bool) {
        self.stages.iter_mut().for_each(|stage| stage.settle(done));
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        self
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        self.stages.iter().for_each(|stage| stage.warnings(tell));
    }

    fn estimated_psf(&self) -> Option<(&[f32], [usize; 3])> {
        self.stages.get(*self.order.last()?)?.estimated_psf()
    }

    fn tiles(&mut self) -> Option<&mut dyn Tiles> {
        Some(self)
    }
}

impl ChannelsStage {
    fn tiles_now(&mut self) -> Result<&mut dyn Tiles> {
        self.stages.get_mut(self.at).and_then(|stage| stage.tiles()).ok_or_else(missing)
    }
}

impl Tiles for ChannelsStage {
    fn count(&mut self) -> usize {
        self.stages.iter_mut().filter_map(|stage| Some(stage.tiles()?.count())).max().unwrap_or(0)
    }

    fn frame_samples(&mut self) -> usize {
        self.stages.iter_mut().filter_map(|stage| Some(stage.tiles()?.frame_samples())).max().unwrap_or(0)
    }

    fn turn_to(&mut self, at: usize) {
        self.at = self.part_of[at % self.part_of.len()];
    }

    fn show(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
        visit: &mut dyn FnMut(&Piece<'_>) -> Result<()>,
    ) -> Result<()> {
        self.tiles_now()?.show(blocks, frame, workers, watch, visit)
    }

    fn execute(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<Streamed> {
        let done = self.tiles_now()?.execute(blocks, frame, workers, watch)?;
        self.order.push(self.at);
        Ok(done)
    }
}

impl Outcomes for ChannelsStage {
    fn clear(&mut self) {
        self.order.clear();
        self.stages.iter_mut().for_each(|stage| stage.outcomes().clear());
    }

    fn twin(&mut self) -> Result<Box<dyn Outcomes>> {
        let parts = self.stages.iter_mut().map(|stage| stage.outcomes().twin());
        let (parts, order) = (parts.collect::<Result<_>>()?, outcomes(self.order.capacity())?);
        Ok(Box::new(ChannelsReport { parts, order }))
    }

    fn swap(&mut self, twin: &mut dyn Outcomes) {
        let Some(twin) = (twin as &mut dyn Any).downcast_mut::<ChannelsReport>() else { return };
        std::mem::swap(&mut self.order, &mut twin.order);
        for (stage, part) in self.stages.iter_mut().zip(&mut twin.parts) {
            stage.outcomes().swap(part.as_mut());
        }
    }

    fn report(&mut self) -> Value {
        in_order(self.stages.iter_mut().map(|stage| stage.outcomes().report()).collect(), &self.order)
    }
}

/// Outcomes of all parts, and of which part that of each image is.
struct ChannelsReport {
    parts: Vec<Box<dyn Outcomes>>,
    order: Vec<usize>,
}

impl Outcomes for ChannelsReport {
    fn clear(&mut self) {
        self.order.clear();
        self.parts.iter_mut().for_each(|part| part.clear());
    }

    fn twin(&mut self) -> Result<Box<dyn Outcomes>> {
        let parts = self.parts.iter_mut().map(|part| part.twin()).collect::<Result<_>>()?;
        Ok(Box::new(Self { parts, order: outcomes(self.order.capacity())? }))
    }

    fn swap(&mut self, twin: &mut dyn Outcomes) {
        swap(self, twin);
    }

    fn report(&mut self) -> Value {
        in_order(self.parts.iter_mut().map(|part| part.report()).collect(), &self.order)
    }
}

/// The outcomes of parts, in the order of the images.
fn in_order(reports: Vec<Value>, order: &[usize]) -> Value {
    let mut next = vec![0; reports.len()];
    let images = order.iter().map(|part| {
        next[*part] += 1;
        reports[*part][next[*part] - 1].clone()
    });
    images.collect()
}
