//! A committed plan: kernels computed, transforms planned, networks loaded, all memory allocated.
//!
//! A group of images goes through at a time: one channel of one time point or, where a network takes the channels
//! together, all channels of a time point. It is read into an f32 frame, changed by each stage in turn, written out.

use std::sync::Arc;
use std::time::Instant;

use super::blueprint::{Blueprint, samples};
use super::draft::{Draft, Step, StepKind};
use super::images::{Images, InMemory, refuse_not_finite};
use super::kernels::Kernels;
use super::record::{Outcome, Record};
use super::stream::{Stream, Tiled};
use super::{Buffers, Facts};
use crate::deconvolve::{Background, Deconvolution, DepthVariant};
use crate::denoise::Denoise;
use crate::error::{Error, Result, zeroed};
use crate::image::{Dtype, Layout, Region};
use crate::network::Network;
use crate::params::PLAN_BLOCKS;
use crate::psf::Kernel;
use crate::runtime::{Context, Level, Watch, Workers};
use crate::tile::Tiling;

/// A plan ready to execute.
pub struct Chain {
    input: Layout,
    output: Layout,
    workers: Arc<Workers>,
    stages: Vec<Stage>,
    /// Extents (c, z, y, x) of a group before the first stage and after each.
    shapes: Vec<[usize; 4]>,
    /// Whether images go from source to target tile by tile.
    streamed: bool,
    /// Whether they may be read and written in blocks.
    blocks: bool,
    /// The group in work, packed (c, z, y, x); of images that are streamed, the tile where it is not read in place.
    frame: Vec<f32>,
    /// Where a network puts its result; empty without one.
    spare: Vec<f32>,
    facts: Facts,
    record: Record,
}

enum Stage {
    Background(Box<Background>),
    Deconvolve(Box<Tiled>),
    DepthVariant(Box<DepthVariant>),
    Denoise(Box<Denoise>),
    Model(Box<Network>),
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

impl Stage {
    /// How often it must see all `groups` of images before it runs; one image is a series that it measures itself.
    fn series_passes(&self, groups: usize) -> usize {
        match self {
            Self::Model(network) if groups > 1 => network.series_passes(),
            _ => 0,
        }
    }
}

impl Chain {
    /// Builds what the draft describes.
    ///
    /// # Errors
    /// Whatever does not fit, and [`Error::Cancelled`].
    pub fn build(draft: &Draft, context: &Context, watch: &mut Watch<'_>) -> Result<Self> {
        watch.advance(0.0)?;
        let blueprint = Blueprint::draw(draft, context)?;
        blueprint.check_cap()?;
        let Blueprint { input, output, workers, shapes, kernels, facts, tilings, streamed, framed, budgets, .. } =
            blueprint;
        let settings = context.settings();
        let mut psfs = Vec::new();
        let mut stages = Vec::new();
        let plans = kernels.into_iter().zip(tilings).zip(budgets);
        for ((step, shape), ((kernels, tiling), budget)) in draft.steps.iter().zip(&shapes).zip(plans) {
            let [_, nz, ny, nx] = *shape;
            // Kernels, which the blueprint holds, are the first half of the work.
            let parts = 2.0 * draft.steps.len() as f64;
            watch.control().span(0.5 + psfs.len() as f64 / parts, 1.0 / parts);
            watch.advance(0.0)?;
            psfs.push(kernels.described()?);
            stages.push(match step.kind {
                StepKind::Background => Stage::Background(Box::new(Background::new([nz, ny, nx], &step.settings)?)),
                StepKind::Deconvolve => {
                    let tiling = tiling.map(|tiling| (tiling, streamed));
                    deconvolution(step, [nz, ny, nx], kernels, tiling, context, &workers)?
                }
                StepKind::Denoise => Stage::Denoise(Box::new(Denoise::new([nz, ny, nx], &step.settings)?)),
                StepKind::Model => {
                    let model = Arc::clone(step.model()?);
                    let stage = Network::new(model, *shape, &step.settings, &settings, budget, watch)?;
                    Stage::Model(Box::new(stage))
                }
            });
        }
        let largest = match stages.last() {
            Some(Stage::Deconvolve(_)) if streamed && !framed => 0,
            Some(Stage::Deconvolve(tiled)) if streamed => tiled.deconvolution.frame_samples(),
            _ => shapes.iter().map(samples).max().unwrap_or(0),
        };
        let frame = zeroed("the image in the workspace", largest)?;
        let changes = stages.iter().any(|stage| matches!(stage, Stage::Model(_)));
        let spare = zeroed("the image in the workspace", if changes { largest } else { 0 })?;
        watch.control().span(1.0, 0.0);
        watch.advance(1.0)?;
        let blocks = draft.settings.i64(PLAN_BLOCKS) == 1;
        let record = Record::new(draft, psfs, &input, &output, workers.threads(), facts)?;
        Ok(Self { input, output, workers, stages, shapes, streamed, blocks, frame, spare, facts, record })
    }

    /// Sizes of the buffers and of the workspace.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Whether source and target may be one buffer: not where a tile would read what its neighbour has written.
    pub fn same_place(&self) -> bool {
        self.input.same_place(&self.output) && !self.is_in_tiles()
    }

    /// What the last execute did.
    pub fn report(&self) -> serde_json::Value {
        self.record.report()
    }

    /// Runs every image of the source through the stages. Allocates nothing, but for what ONNX Runtime does.
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

    /// The point spread function that step `at` found in the last image, packed samples and extents (z, y, x).
    pub fn estimated_psf(&self, at: usize) -> Option<(&[f32], [usize; 3])> {
        match self.stages.get(at)? {
            Stage::Deconvolve(tiled) => tiled.deconvolution.estimated_psf(),
            _ => None,
        }
    }

    /// Has `log` take what the last execute is to warn of.
    pub fn warn(&mut self, log: &mut dyn FnMut(&str)) {
        self.record.warn(log);
    }

    /// As [`Chain::execute`], with images that somebody else reads and writes.
    ///
    /// # Errors
    /// [`Error::State`] for a chain that is not made for blocks; what reading and writing say.
    pub fn execute_blocks(&mut self, images: &mut dyn Images, watch: &mut Watch<'_>) -> Result<()> {
        let started = Instant::now();
        self.record.begin();
        let blocks = self.blocks;
        let Some(mut stream) = self.stream().filter(|_| blocks) else {
            return Err(Error::State(
                "plan.blocks is 0; it must be 1 when the plan is committed for abbe_plan_execute_blocks()".into(),
            ));
        };
        let result = stream.execute(images, watch);
        self.record.end(started.elapsed(), result.is_ok());
        result
    }

    /// The parts that images go through in tiles; `None` where a step needs whole images.
    fn stream(&mut self) -> Option<Stream<'_>> {
        if !self.streamed {
            return None;
        }
        let (background, tiled) = match self.stages.as_mut_slice() {
            [Stage::Deconvolve(tiled)] => (None, tiled),
            [Stage::Background(background), Stage::Deconvolve(tiled)] => (Some(background), tiled),
            _ => return None,
        };
        Some(Stream {
            input: &self.input,
            output: &self.output,
            workers: &self.workers,
            background: background.map(AsMut::as_mut),
            deconvolution: &mut tiled.deconvolution,
            frame: &mut self.frame,
            record: &mut self.record,
        })
    }

    fn is_in_tiles(&self) -> bool {
        let mut stages = self.stages.iter();
        self.streamed
            && stages.any(|stage| matches!(stage, Stage::Deconvolve(tiled) if tiled.deconvolution.tiles() > 1))
    }

    fn run(&mut self, mut buffers: Buffers<'_>, watch: &mut Watch<'_>) -> Result<()> {
        if let Some(mut stream) = self.stream() {
            let mut images = InMemory { input: stream.input, output: stream.output, buffers };
            stream.check_finite(&mut images, watch)?;
            return stream.execute(&mut images, watch);
        }
        self.check_finite(&buffers)?;
        let channels = self.shapes[0][0];
        let groups = self.input.volumes() / channels;
        let mut parts = Parts { done: 0, all: self.series_parts(groups) + groups * self.stages.len() };
        self.observe_series(&buffers, groups, &mut parts, watch)?;
        for group in 0..groups {
            let flux_in = self.read(buffers.source(), group)?;
            for at in 0..self.stages.len() {
                parts.next(watch);
                self.stage(at, watch)?;
            }
            parts.end(watch);
            watch.advance(1.0)?;
            self.write(buffers.target(), group, flux_in);
        }
        Ok(())
    }

    /// Parts of the work of [`Chain::observe_series`].
    fn series_parts(&self, groups: usize) -> usize {
        let passes = |(at, stage): (usize, &Stage)| stage.series_passes(groups) * groups * (at + 1);
        self.stages.iter().enumerate().map(passes).sum()
    }

    /// Shows all images to the networks that take statistics of a whole series, each as the stages before leave them.
    fn observe_series(
        &mut self,
        buffers: &Buffers<'_>,
        groups: usize,
        parts: &mut Parts,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        for at in 0..self.stages.len() {
            if let Stage::Model(network) = &mut self.stages[at] {
                network.begin_series();
            }
            for pass in 0..self.stages[at].series_passes(groups) {
                for group in 0..groups {
                    self.read(buffers.source(), group)?;
                    self.record.pause(true);
                    let ready = (0..at).try_for_each(|before| {
                        parts.next(watch);
                        self.stage(before, watch)
                    });
                    self.record.pause(false);
                    ready?;
                    parts.next(watch);
                    watch.advance(0.0)?;
                    let Stage::Model(network) = &mut self.stages[at] else { continue };
                    network.observe(pass, &self.frame[..samples(&self.shapes[at])], &self.workers);
                }
                if let Stage::Model(network) = &mut self.stages[at] {
                    network.end_pass(pass);
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, source: &[u8], group: usize) -> Result<f64> {
        let channels = self.shapes[0][0];
        let volume = samples(&self.shapes[0]) / channels;
        let mut flux = 0.0;
        for channel in 0..channels {
            let target = &mut self.frame[channel * volume..(channel + 1) * volume];
            let image = group * channels + channel;
            let found = self.input.read(source, image, target, &self.workers);
            let whole = Region::whole(self.input.volume_shape());
            refuse_not_finite(found.not_finite, target, whole, &self.input, image)?;
            flux += found.sum;
        }
        Ok(flux)
    }

    fn stage(&mut self, at: usize, watch: &mut Watch<'_>) -> Result<()> {
        let (before, after) = (samples(&self.shapes[at]), samples(&self.shapes[at + 1]));
        let volume = before / self.shapes[at][0];
        match &mut self.stages[at] {
            Stage::Model(network) => {
                let started = Instant::now();
                let (source, target) = (&self.frame[..before], &mut self.spare[..after]);
                let outcome = network.execute(source, target, &self.workers, watch)?;
                std::mem::swap(&mut self.frame, &mut self.spare);
                self.record.stage(at, started.elapsed(), Outcome::Model(outcome));
            }
            Stage::Background(background) => {
                for channel in self.frame[..before].chunks_exact_mut(volume) {
                    let started = Instant::now();
                    let outcome = background.execute(channel, &self.workers, watch)?;
                    self.record.stage(at, started.elapsed(), Outcome::Background(outcome));
                }
            }
            Stage::Denoise(denoise) => {
                for channel in self.frame[..before].chunks_exact_mut(volume) {
                    let started = Instant::now();
                    let outcome = denoise.execute(channel, &self.workers, watch)?;
                    self.record.stage(at, started.elapsed(), Outcome::Denoise(outcome));
                }
            }
            Stage::Deconvolve(tiled) => {
                for channel in self.frame[..before].chunks_exact_mut(volume) {
                    let started = Instant::now();
                    let outcome = tiled.execute(channel, &self.workers, watch)?;
                    self.record.stage(at, started.elapsed(), Outcome::Deconvolve(outcome));
                }
            }
            Stage::DepthVariant(deconvolution) => {
                for channel in self.frame[..before].chunks_exact_mut(volume) {
                    let started = Instant::now();
                    let outcome = deconvolution.execute(channel, &self.workers, watch)?;
                    self.record.stage(at, started.elapsed(), Outcome::Deconvolve(outcome));
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, target: &mut [u8], group: usize, flux_in: f64) {
        let shape = self.shapes[self.stages.len()];
        let volume = samples(&shape) / shape[0];
        let mut flux_out = 0.0;
        for channel in 0..shape[0] {
            let source = &self.frame[channel * volume..(channel + 1) * volume];
            let clipped = self.output.write(source, group * shape[0] + channel, target, &self.workers);
            self.record.clipped(clipped);
            flux_out += source.iter().map(|sample| f64::from(*sample)).sum::<f64>();
        }
        self.record.flux(flux_in, flux_out);
    }

    /// In a series nothing may be written before all of it is known to be finite. Whole numbers always are, and a
    /// single group is checked where it is read.
    fn check_finite(&mut self, buffers: &Buffers<'_>) -> Result<()> {
        let whole = matches!(self.input.dtype(), Dtype::U8 | Dtype::U16);
        let groups = self.input.volumes() / self.shapes[0][0];
        for group in 0..if whole || groups == 1 { 0 } else { groups } {
            self.read(buffers.source(), group)?;
        }
        Ok(())
    }
}

fn deconvolution(
    step: &Step,
    shape: [usize; 3],
    kernels: Kernels,
    tiling: Option<(Tiling, bool)>,
    context: &Context,
    workers: &Workers,
) -> Result<Stage> {
    let warn = |kernel: &Kernel| {
        for finding in &kernel.report().findings {
            context.log(Level::Warning, &finding.text);
        }
    };
    match kernels {
        Kernels::None => Err(Error::Internal("a kernel is missing".into())),
        Kernels::One(kernel) => {
            warn(&kernel);
            let (tiling, streamed) = tiling.ok_or_else(|| Error::Internal("tiles are missing".into()))?;
            let stage = Deconvolution::in_tiles(tiling, &step.settings, &kernel, workers)?;
            Ok(Stage::Deconvolve(Box::new(Tiled::new(stage, shape, streamed)?)))
        }
        Kernels::Slabs(slabs) => {
            slabs.iter().take(1).for_each(|(_, kernel)| warn(kernel));
            Ok(Stage::DepthVariant(Box::new(DepthVariant::new(shape, &step.settings, slabs, workers)?)))
        }
    }
}
