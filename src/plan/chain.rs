//! A committed plan: kernels computed, transforms planned, networks loaded, all memory allocated.
//!
//! A group of images goes through at a time: one channel of one time point or, where a step takes the channels
//! together, all channels of a time point. It is read into an f32 frame, changed by each stage in turn, written out.

use std::sync::Arc;
use std::time::Instant;

use super::blueprint::{Blueprint, Facts};
use super::draft::Draft;
use super::gaps::Gaps;
use super::images::{Buffers, Images, InMemory, nothing_measured, refuse_not_finite, within};
use super::pixels::Pixels;
use super::recipe;
use super::record::Record;
use super::report::Report;
use super::step::{Flow, Grid, Group, Stage};
use super::stream::Stream;
use super::warnings::{Tell, Told};
use crate::error::{Error, Result, refuse_infinite};
use crate::image::{Dtype, Layout, Region};
use crate::params::Settings;
use crate::runtime::{Context, Job, Level, Watch, Workers};

/// A plan ready to execute.
pub struct Chain {
    input: Layout,
    output: Layout,
    workers: Arc<Workers>,
    stages: Vec<Box<dyn Stage>>,
    /// A group before the first stage and after each.
    grids: Vec<Grid>,
    flow: Flow,
    /// Whether images may be read and written in blocks.
    blocks: bool,
    /// The group in work, packed (c, z, y, x); of images that are streamed, the tile where it is not read in place.
    frame: Vec<f32>,
    /// Where a stage that does not work in place puts its result; empty without one.
    spare: Vec<f32>,
    /// Where samples may not have been measured.
    gaps: Option<Gaps>,
    facts: Facts,
    /// What was set when the stages were built or last took live numbers.
    settings: Vec<Settings>,
    record: Record,
    /// Whether the report lacks what the last execute did.
    untold: bool,
    told: Told,
}

/// Equal parts of the work of an execute, for its progress.
struct Parts {
    done: usize,
    all: usize,
}

impl Parts {
    /// Begins the next part.
    fn next(&mut self, watch: &Watch<'_>) {
        watch.control().span(self.done as f64 / self.all as f64, 1.0 / self.all as f64);
        self.done += 1;
    }

    /// Ends the last one.
    fn end(&self, watch: &Watch<'_>) {
        watch.control().span(self.done as f64 / self.all as f64, 0.0);
    }
}

impl Chain {
    /// Builds what the draft describes, and the report that its executes fill.
    ///
    /// # Errors
    /// Whatever does not fit, and [`Error::Cancelled`].
    pub fn build(draft: &Draft, context: &Context, watch: &mut Watch<'_>) -> Result<(Self, Report)> {
        watch.advance(0.0)?;
        // What steps prepare, kernels above all, is the first half of the work.
        watch.control().span(0.0, 0.5);
        let mut drawn = Blueprint::draw(draft, context, watch)?;
        drawn.check_cap(watch.control())?;
        let (mut described, mut stages, mut doubts) = (Vec::new(), Vec::new(), draft.doubts(&context.settings())?);
        let pixels = Pixels::of(&drawn.steps, &drawn.grids);
        doubts.extend(pixels.lost.map(|at| {
            let name = draft.steps[at].arguments.settings.object();
            format!(
                "step {at}, {name}, changes the noise from pixel to pixel, so that what the camera step has of the variance of each \
                 goes no further, and the steps after it take all pixels for alike; put {name} behind them"
            )
        }));
        let part = 0.5 / drawn.steps.len() as f64;
        for (at, step) in std::mem::take(&mut drawn.steps).into_iter().enumerate() {
            watch.control().span(0.5 + part * at as f64, part);
            watch.advance(0.0)?;
            let mut keys = step.describe()?;
            if pixels.used.contains(&at) {
                keys.insert("pixel_variances".into(), true.into());
            }
            described.push(keys);
            doubts.extend(step.doubts());
            let (place, control) = (drawn.place(at, watch.control()), watch.control());
            stages.push(control.within_passes(|| step.build(&place, drawn.budgets[at], watch))?);
            let windowed = stages.iter_mut().filter_map(|stage| stage.window()).count();
            if windowed > 1 {
                return Err(Error::Unsupported(
                    "two steps of the plan read several time points at once; give each a plan of its own".to_owned(),
                ));
            }
        }
        let Blueprint { input, output, workers, grids, flow, gaps, blocks, in_place, facts, .. } = drawn;
        if gaps && stages.iter_mut().any(|stage| stage.window().is_some()) {
            return Err(Error::Unsupported(
                "images with samples that were not measured go through a step that reads several time points at once; \
                 fill them first"
                    .to_owned(),
            ));
        }
        let ends = [&grids[0], &grids[grids.len() - 1]];
        let gaps = gaps.then(|| Gaps::new(&draft.settings, &draft.mask, ends)).transpose()?;
        let largest = match flow {
            Flow::Frame => grids.iter().map(Grid::samples).max().unwrap_or(0),
            Flow::Tiles { framed: false } => 0,
            Flow::Tiles { framed: true } => {
                stages.last_mut().and_then(|stage| stage.tiles()).map_or(0, |tiles| tiles.frame_samples())
            }
        };
        let job = Job::new(&workers, watch.control());
        let frame = job.zeroed("the image in the workspace", largest)?;
        let spare = job.zeroed("the image in the workspace", if in_place { 0 } else { largest })?;
        watch.control().span(1.0, 0.0);
        watch.advance(1.0)?;
        let recipe = recipe::save(draft);
        doubts.extend(recipe::differences(draft, &recipe));
        doubts.iter().for_each(|doubt| context.log(Level::Warning, doubt));
        let record = Record::new(stages.len(), &output)?;
        let settings = draft.settings_of_steps()?;
        let outcomes = stages.iter_mut().map(|stage| stage.outcomes().twin()).collect::<Result<_>>()?;
        let fixed = Report::fixed(recipe, [&input, &output], workers.threads(), facts);
        let report = Report::new(fixed, described, doubts, draft.settings_of_steps()?, outcomes)?;
        let told = Told::new();
        let chain = Self {
            input,
            output,
            workers,
            stages,
            grids,
            flow,
            blocks,
            frame,
            spare,
            gaps,
            facts,
            settings,
            record,
            untold: false,
            told,
        };
        Ok((chain, report))
    }

    /// Has the stages take the live numbers of `draft`, which has the same steps. Allocates nothing.
    ///
    /// # Errors
    /// As [`Stage::retune`].
    pub fn retune(&mut self, draft: &Draft) -> Result<()> {
        for ((stage, settings), step) in self.stages.iter_mut().zip(&mut self.settings).zip(&draft.steps) {
            let wanted = &step.arguments.settings;
            if settings.differs_live(wanted) {
                stage.retune(wanted)?;
                settings.take_live(wanted);
            }
        }
        Ok(())
    }

    /// Sizes of the buffers and of the workspace.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Those of source and target.
    pub fn layouts(&self) -> (Layout, Layout) {
        (self.input.clone(), self.output.clone())
    }

    /// Whether source and target may be one buffer: not where a tile would read what its neighbour has written.
    pub fn same_place(&mut self) -> bool {
        let tiles = self.stream().map_or(1, |stream| stream.tiles.count());
        self.input.same_place(&self.output) && tiles == 1
    }

    /// Gives what the last execute did to `report`, once. Allocates nothing.
    pub fn tell(&mut self, report: &mut Report) {
        if !std::mem::take(&mut self.untold) {
            return;
        }
        report.take(&self.record, &mut self.stages, &self.settings);
    }

    /// The point spread function that step `at` found in the last image, packed samples and extents (z, y, x).
    pub fn estimated_psf(&self, at: usize) -> Option<(&[f32], [usize; 3])> {
        self.stages.get(at)?.estimated_psf()
    }

    /// Has `log` take what the last execute is to be warned of, each kind of warning once.
    pub fn warn(&mut self, log: &mut dyn FnMut(&str)) {
        let Self { record, stages, told, .. } = self;
        let warn = |tell: &mut Tell<'_>| {
            record.warnings(tell);
            stages.iter().for_each(|stage| stage.warnings(tell));
        };
        told.log(warn, log);
    }

    /// The factor and the offset that steps have given the samples of the last image.
    pub fn scaling(&self) -> [f64; 2] {
        let given = self.stages.iter().filter_map(|stage| stage.scaling());
        given.fold([1.0, 0.0], |[gain, offset], [factor, added]| [gain * factor, offset * factor + added])
    }

    /// Samples of the last execute that did not fit the target's type.
    pub fn samples_clipped(&self) -> u64 {
        self.record.samples_clipped()
    }

    /// Runs every image of the source through the stages. Allocates nothing, but for what ONNX Runtime does.
    ///
    /// # Errors
    /// [`Error::Argument`] for samples that are not finite, before anything is written, and for a result that is not;
    /// [`Error::Cancelled`].
    pub fn execute(&mut self, buffers: Buffers<'_>, watch: &mut Watch<'_>) -> Result<()> {
        self.recorded(|chain| chain.run(buffers, watch))
    }

    /// As [`Chain::execute`], with images that `images` reads and writes.
    ///
    /// # Errors
    /// [`Error::State`] for a chain that is not made for blocks; what reading and writing say.
    pub fn execute_blocks(&mut self, images: &mut dyn Images, watch: &mut Watch<'_>) -> Result<()> {
        self.recorded(|chain| {
            let blocks = chain.blocks;
            let stream = chain.stream().filter(|_| blocks).ok_or_else(|| {
                Error::State(
                    "plan.blocks is 0; it must be 1 when the plan is committed for abbe_plan_execute_blocks()".into(),
                )
            });
            stream?.execute(images, watch)
        })
    }

    /// Forgets what the images before have left for those to come.
    pub fn forget(&mut self) {
        self.stages.iter_mut().for_each(|stage| stage.settle(false));
    }

    fn recorded(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let started = Instant::now();
        self.untold = true;
        self.record.begin();
        self.stages.iter_mut().for_each(|stage| stage.outcomes().clear());
        let result = work(self);
        self.stages.iter_mut().for_each(|stage| stage.settle(result.is_ok()));
        self.record.end(started.elapsed(), result.is_ok());
        result
    }

    /// The parts that images go through in tiles; `None` where a step needs whole images.
    fn stream(&mut self) -> Option<Stream<'_>> {
        if self.flow == Flow::Frame {
            return None;
        }
        let (last, before) = self.stages.split_last_mut()?;
        Some(Stream {
            input: &self.input,
            output: &self.output,
            workers: &self.workers,
            on_read: before.first_mut().and_then(|stage| stage.on_read()),
            tiles: last.tiles()?,
            frame: &mut self.frame,
            record: &mut self.record,
        })
    }

    fn run(&mut self, mut buffers: Buffers<'_>, watch: &mut Watch<'_>) -> Result<()> {
        if let Some(mut stream) = self.stream() {
            let mut images = InMemory { input: stream.input, output: stream.output, buffers };
            stream.check_finite(&mut images, watch)?;
            return stream.execute(&mut images, watch);
        }
        self.check_finite(&buffers)?;
        let groups = self.input.volumes() / self.grids[0].shape[0];
        let mut parts = Parts { done: 0, all: self.series_parts(groups) + groups * self.stages.len() };
        self.observe_series(&buffers, groups, &mut parts, watch)?;
        let mut seen = 0;
        for group in 0..groups {
            let flux_in =
                self.through(buffers.source(), (group, groups), self.stages.len(), &mut seen, &mut parts, watch)?;
            parts.end(watch);
            watch.advance(1.0)?;
            self.write(&mut buffers, group, flux_in)?;
        }
        Ok(())
    }

    /// Takes a group, one of so many, through the stages before `end`; gives the sum of what was read. A stage that runs
    /// on several time points sees those ahead first: `seen` counts them.
    fn through(
        &mut self,
        source: &[u8],
        (group, groups): (usize, usize),
        end: usize,
        seen: &mut usize,
        parts: &mut Parts,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let Some(windowed) = (0..end).find(|&at| self.stages[at].window().is_some()) else {
            let flux = self.read(source, group)?;
            (0..end).try_for_each(|at| self.timed(at, group, parts, watch))?;
            return Ok(flux);
        };
        let mut flux = 0.0;
        let last = self.stages[windowed].window().map_or(group, |window| window.last(group, groups));
        while *seen <= last.min(groups - 1) {
            flux += self.read(source, *seen)?;
            (0..windowed).try_for_each(|at| self.timed(at, *seen, parts, watch))?;
            if let Some(window) = self.stages[windowed].window() {
                window.see(*seen, &self.frame[..self.grids[windowed].samples()], &self.workers);
            }
            *seen += 1;
        }
        if let Some(window) = self.stages[windowed].window() {
            window.turn_to(group, groups);
        }
        (windowed..end).try_for_each(|at| self.timed(at, group, parts, watch))?;
        Ok(flux)
    }

    fn timed(&mut self, at: usize, group: usize, parts: &mut Parts, watch: &mut Watch<'_>) -> Result<()> {
        parts.next(watch);
        let started = Instant::now();
        watch.control().within_passes(|| self.stage(at, group, watch))?;
        self.record.stage(at, started.elapsed());
        Ok(())
    }

    /// How often stage `at` must see all `groups` of images before it runs; one group is a series that it measures
    /// itself.
    fn series_passes(&mut self, at: usize, groups: usize) -> usize {
        let series = self.stages[at].series();
        series.filter(|_| groups > 1).map_or(0, |series| series.passes())
    }

    /// Parts of the work of [`Chain::observe_series`].
    fn series_parts(&mut self, groups: usize) -> usize {
        (0..self.stages.len()).map(|at| self.series_passes(at, groups) * groups * (at + 1)).sum()
    }

    /// Shows all images to the stages that take statistics of a whole series, each as the stages before leave them.
    fn observe_series(
        &mut self,
        buffers: &Buffers<'_>,
        groups: usize,
        parts: &mut Parts,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        for at in 0..self.stages.len() {
            if let Some(series) = self.stages[at].series() {
                series.begin();
            }
            for pass in 0..self.series_passes(at, groups) {
                let mut seen = 0;
                for group in 0..groups {
                    let ready = self.through(buffers.source(), (group, groups), at, &mut seen, parts, watch);
                    // What stages do to prepare another is no outcome.
                    self.stages[..at].iter_mut().for_each(|stage| stage.outcomes().clear());
                    ready?;
                    parts.next(watch);
                    watch.advance(0.0)?;
                    if let Some(series) = self.stages[at].series() {
                        series.observe(pass, &self.frame[..self.grids[at].samples()], &self.workers);
                    }
                }
                if let Some(series) = self.stages[at].series() {
                    series.end_pass(pass);
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, source: &[u8], group: usize) -> Result<f64> {
        let channels = self.grids[0].shape[0];
        let volume = self.grids[0].samples() / channels;
        let mut flux = 0.0;
        for channel in 0..channels {
            let target = &mut self.frame[channel * volume..(channel + 1) * volume];
            let image = group * channels + channel;
            let found = self.input.read(source, image, target, &self.workers);
            let whole = Region::whole(self.input.volume_shape());
            flux += found.sum;
            match &mut self.gaps {
                Some(gaps) => {
                    let faults = gaps.faults(target);
                    refuse_not_finite(faults, target, whole, &self.input, image)?;
                    flux -= gaps
                        .note(channel, target, whole.shape[2], &self.workers)
                        .ok_or_else(|| nothing_measured(&self.input, image))?;
                }
                None => refuse_not_finite(found.not_finite, target, whole, &self.input, image)?,
            }
        }
        Ok(flux)
    }

    fn stage(&mut self, at: usize, group: usize, watch: &mut Watch<'_>) -> Result<()> {
        if let Some(gaps) = &self.gaps {
            gaps.prepare(&mut self.frame, &self.grids[at], self.stages[at].knows_gaps(), &self.workers);
        }
        let grids = [&self.grids[at], &self.grids[at + 1]];
        let mut group = Group::new(&mut self.frame, &mut self.spare, grids, group);
        self.stages[at].execute(&mut group, &self.workers, watch)
    }

    fn write(&mut self, buffers: &mut Buffers<'_>, group: usize, flux_in: f64) -> Result<()> {
        let grid = &self.grids[self.stages.len()];
        if let Some(gaps) = &mut self.gaps {
            gaps.prepare(&mut self.frame, grid, false, &self.workers);
            self.record.not_measured(gaps.count);
        }
        let channels = grid.shape[0];
        let volume = grid.samples() / channels;
        let mut flux_out = 0.0;
        for channel in 0..channels {
            let samples = &mut self.frame[channel * volume..(channel + 1) * volume];
            let image = group * channels + channel;
            let flux = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>();
            refuse_infinite(flux, || within(&self.output, image))?;
            flux_out += flux;
            if let Some(gaps) = &mut self.gaps {
                gaps.restore((&self.input, buffers.source(), image), channel, samples, &self.workers);
            }
            let clipped = self.output.write(samples, image, buffers.target(), &self.workers);
            self.record.clipped(clipped);
            self.record.highest(samples.iter().copied().fold(0.0, f32::max));
        }
        self.record.flux(flux_in, flux_out);
        Ok(())
    }

    /// In a series nothing may be written before all of it is known to be finite. Whole numbers always are, and a
    /// single group is checked where it is read.
    fn check_finite(&mut self, buffers: &Buffers<'_>) -> Result<()> {
        let whole = matches!(self.input.dtype(), Dtype::U8 | Dtype::U16);
        let groups = self.input.volumes() / self.grids[0].shape[0];
        for group in 0..if whole || groups == 1 { 0 } else { groups } {
            self.read(buffers.source(), group)?;
        }
        Ok(())
    }
}
