//! The step that deconvolves, with one point spread function, one per slab of planes, or one per channel.

mod channels;
mod denoisers;
mod hybrid;
mod notes;

use denoisers::Denoisers;
use notes::Notes;
use serde_json::{Map, Value};

use crate::deconvolve::{Blocks, Budget, Deconvolution, DepthVariant, Outcome, Volumes, frame_bytes};
use crate::denoise;
use crate::error::{Error, Result};
use crate::image::{Layout, Piece};
use crate::noise::Stated;
use crate::params::{
    Algorithm, DECONVOLVE_ALGORITHM, DECONVOLVE_DEPTH_SLABS, DECONVOLVE_PADDING, DECONVOLVE_STORAGE,
    DECONVOLVE_WARM_START, PSF_ENERGY, Padding, Settings, Storage,
};
use crate::plan::kernels::Kernels;
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Flow, Grid, Group, Kind, Outcomes, Place, Stage, Step, Streamed, Streaming, Tiles};
use crate::plan::warnings::Tell;
use crate::psf::{Kernel, Severity};
use crate::runtime::{Job, Limits, Watch, Workers};
use crate::tile::Tiling;

pub const KIND: Kind = Kind { takes: &[Role::Psf, Role::Model], make };

fn make(arguments: Arguments) -> Box<dyn Step> {
    if arguments.channel_psfs().is_empty() {
        Box::new(DeconvolveStep { arguments, kernels: None })
    } else {
        Box::new(channels::ChannelsStep::new(arguments))
    }
}

struct DeconvolveStep {
    arguments: Arguments,
    kernels: Option<Kernels>,
}

impl Step for DeconvolveStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        Ok(Grid { camera: Stated::NOTHING, extra: None, ..input })
    }

    fn check(&self, source: &Layout) -> Result<()> {
        self.check_denoiser()?;
        self.check_calibrations(source)?;
        if self.remembers().is_none() || source.channels() == 1 {
            return Ok(());
        }
        Err(Error::Argument(format!(
            "deconvolve.warm_start is 1 for an image of {} channels; it must be 0 there, since a channel does not \
             start from another; give each channel a plan of its own",
            source.channels()
        )))
    }

    fn remembers(&self) -> Option<&'static str> {
        (self.arguments.settings.i64(DECONVOLVE_WARM_START) == 1).then_some("deconvolve.warm_start is 1")
    }

    fn prepare(&mut self, grid: Grid, _: usize, job: Job<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let spec = self.arguments.psf()?.spec().on_grid(grid.scale)?;
        self.kernels = Some(Kernels::new(&spec, &self.arguments.settings, grid.volume(), job, watch)?);
        Ok(())
    }

    fn streaming(&self, limits: Limits<'_>) -> Result<Streaming> {
        let is_one = matches!(self.kernels, Some(Kernels::One(_)));
        let in_parts = is_one && (!self.is_hybrid() || Denoisers::of(&self.arguments, limits)?.takes_parts());
        Ok(if in_parts { Streaming::Tiles } else { Streaming::Whole })
    }

    fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        match self.kernels()? {
            Kernels::One(kernel) => Ok(self.tiling(kernel, place, budget)?.1),
            Kernels::Slabs(slabs) => {
                let threads = place.workers.threads();
                DepthVariant::workspace_bytes(place.grid.volume(), &self.arguments.settings, slabs, threads)
            }
        }
    }

    fn reason(&self, place: &Place<'_>, budget: Option<u64>) -> Option<String> {
        let Ok(Kernels::One(kernel)) = self.kernels() else { return None };
        let settings = self.settings().ok()?;
        let denoises = self.denoises(kernel, place, budget).ok()?;
        let (tiling, bytes) = self.tiling_within(&settings, kernel, place, budget, denoises).ok()?;
        let algorithm = settings.choice::<Algorithm>(DECONVOLVE_ALGORITHM);
        let mut less = Vec::new();
        if self.remembers().is_some() || algorithm == Algorithm::BlindRichardsonLucy {
            less.push("it is not cut into tiles, as others are".to_owned());
        }
        // The smallest tiles, not the largest that fit.
        let bytes_with = |padding: Option<Padding>, storage: Option<Storage>| -> Result<u64> {
            let mut other = settings.clone();
            padding.map_or(Ok(()), |padding| other.set_choice(DECONVOLVE_PADDING, padding))?;
            storage.map_or(Ok(()), |storage| other.set_choice(DECONVOLVE_STORAGE, storage))?;
            Ok(self.tiling_within(&other, kernel, place, Some(0), denoises)?.1)
        };
        let pads = matches!(settings.choice(DECONVOLVE_PADDING), Padding::Automatic | Padding::Full);
        let padding = pads.then_some(Padding::Half);
        let storage = (settings.choice::<Storage>(DECONVOLVE_STORAGE) == Storage::Single).then_some(Storage::Half);
        for (name, padding, storage) in [
            ("deconvolve.padding half", padding, None),
            ("deconvolve.storage half", None, storage),
            ("both", padding.filter(|_| storage.is_some()), storage.filter(|_| pads)),
        ] {
            if (padding.is_some() || storage.is_some())
                && let Ok(other) = bytes_with(padding, storage)
                && other < bytes
            {
                less.push(format!("{name} takes {} less", bytes - other));
            }
        }
        if let Ok(psf) = self.arguments.psf()
            && psf.spec().kind.reads(PSF_ENERGY)
        {
            let energy = psf.spec().settings.required(PSF_ENERGY).unwrap_or_default();
            less.push(format!("a psf.energy below {energy} makes it smaller"));
        }
        Some(format!(
            " (fields of {:?} voxels, which a point spread function of {:?} needs{}{})",
            tiling.field(),
            kernel.shape(),
            if less.is_empty() { "" } else { "; " },
            less.join(", ")
        ))
    }

    fn doubts(&self) -> Vec<String> {
        let kernel = self.kernels.as_ref().and_then(Kernels::first);
        let findings = kernel.map_or(&[][..], |kernel| &kernel.report().findings);
        findings.iter().filter(|found| found.severity != Severity::Note).map(|found| found.text.to_string()).collect()
    }

    fn weighs_pixels(&self) -> bool {
        use Algorithm::{GoldMeinel, Isra, Landweber, RegularisedInverse, Tikhonov, Wiener};
        let by_squares = [Landweber, Isra, GoldMeinel, Wiener, Tikhonov, RegularisedInverse];
        !by_squares.contains(&self.arguments.settings.choice(DECONVOLVE_ALGORITHM))
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        Ok(Map::from_iter([("psf".to_owned(), self.kernels()?.describe()?)]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let job = Job::new(place.workers, watch.control());
        let tiling = match self.kernels()? {
            Kernels::One(kernel) => Some(self.tiling(kernel, place, budget)?.0),
            Kernels::Slabs(_) => None,
        };
        let denoiser = match (&tiling, self.kernels()?) {
            (Some(tiling), Kernels::One(kernel)) if self.denoises(kernel, place, budget)? => {
                Some(self.denoisers(place)?.build(tiling.largest_input(), place, budget, watch)?)
            }
            _ => None,
        };
        let cramped = match self.kernels()? {
            Kernels::One(kernel) => self.cramped(kernel, place, budget)?,
            Kernels::Slabs(_) => None,
        };
        let (shape, settings) = (place.grid.volume(), self.settings()?);
        let notes = Notes::new(place, cramped)?;
        match (self.kernels, tiling) {
            (Some(Kernels::One(kernel)), Some(tiling)) => {
                let deconvolution = Deconvolution::in_tiles(tiling, &settings, &kernel, job)?;
                let deconvolution = deconvolution
                    .with_camera(&place.grid.camera)
                    .with_extra(place.grid.extra.clone())
                    .with_calibrations(self.arguments.calibrations)
                    .only_looking(place.only_looks);
                let deconvolution = if place.gaps { deconvolution.with_gaps() } else { deconvolution };
                let mut deconvolution = match denoiser {
                    Some(denoiser) => deconvolution.denoised_by(denoiser, &settings, job)?,
                    None => deconvolution,
                };
                deconvolution.set_channels(place.channels)?;
                let apart = place.flow == Flow::Frame && deconvolution.tiles() > 1;
                let result =
                    job.zeroed("the image in the workspace", if apart { shape.iter().product() } else { 0 })?;
                Ok(Box::new(TiledStage { deconvolution, result, shape, notes }))
            }
            (Some(Kernels::Slabs(slabs)), _) => {
                let deconvolution = DepthVariant::new(shape, &settings, slabs, job)?;
                let deconvolution = deconvolution.with_camera(&place.grid.camera).with_extra(place.grid.extra.as_ref());
                let mut deconvolution = if place.gaps { deconvolution.with_gaps() } else { deconvolution };
                deconvolution.set_channels(place.channels)?;
                Ok(Box::new(DepthVariantStage { deconvolution, notes }))
            }
            _ => Err(missing()),
        }
    }
}

impl DeconvolveStep {
    /// That there is one for each image, and that images are restored by such numbers alone.
    fn check_calibrations(&self, source: &Layout) -> Result<()> {
        let Arguments { settings, calibrations, .. } = &self.arguments;
        let Some(given) = calibrations else { return Ok(()) };
        let reason = match settings.choice(DECONVOLVE_ALGORITHM) {
            Algorithm::BlindRichardsonLucy => "deconvolve.algorithm is blind_richardson_lucy",
            _ if self.remembers().is_some() => "deconvolve.warm_start is 1",
            _ if settings.i64(DECONVOLVE_DEPTH_SLABS) != 1 => "deconvolve.depth_slabs is not 1",
            _ if given.len() != source.volumes() => {
                let (given, images) = (given.len(), source.volumes());
                return Err(Error::Argument(format!(
                    "calibrations has {given}; it must have one for each of the {images} images, channels times time points"
                )));
            }
            _ if given.iter().any(|given| given.denoised().is_some()) && !self.is_hybrid() && !self.may_denoise() => {
                return Err(Error::Argument(
                    "calibrations has images that were denoised first, which these settings do not do; take the settings that \
                     they were found with, or find them again"
                        .into(),
                ));
            }
            _ => return Ok(()),
        };
        Err(Error::Argument(format!(
            "{reason} and calibrations are given; they say all of images that others than blind_richardson_lucy need, \
             each by itself, with one point spread function for all depths; take them back, or change that"
        )))
    }

    fn kernels(&self) -> Result<&Kernels> {
        self.kernels.as_ref().ok_or_else(missing)
    }

    /// The tiles within a budget, and the bytes of the deconvolution and of its frames.
    fn tiling(&self, kernel: &Kernel, place: &Place<'_>, budget: Option<u64>) -> Result<(Tiling, u64)> {
        let denoises = self.denoises(kernel, place, budget)?;
        self.tiling_within(&self.settings()?, kernel, place, budget, denoises)
    }

    /// As [`DeconvolveStep::tiling`], with other settings, and with a denoiser or without.
    fn tiling_within(
        &self,
        settings: &Settings,
        kernel: &Kernel,
        place: &Place<'_>,
        budget: Option<u64>,
        denoises: bool,
    ) -> Result<(Tiling, u64)> {
        let (shape, threads) = (place.grid.volume(), place.workers.threads());
        // What every tile takes beside its own work; what stands against a denoiser is said where one is asked for.
        let in_parts = denoises && self.denoisers(place)?.takes_parts();
        let denoising = |tiling: &Tiling| if denoises { self.beside(tiling, place, budget) } else { Ok(0) };
        let around = if denoises { denoise::BuiltIn::REACH } else { [0; 3] };
        let choose = |cap: Option<u64>, frame: bool, copies: bool| {
            let image = if copies { 4 * shape.iter().product::<usize>() as u64 } else { 0 };
            let beside = |tiling: &Tiling| {
                let frame = if frame { frame_bytes(tiling)? } else { 0 };
                Ok(frame + denoising(tiling)? + if tiling.count() > 1 { image } else { 0 })
            };
            // A denoiser that takes whole images sees one tile.
            let cap = cap.filter(|_| !denoises || in_parts);
            Deconvolution::tiling(shape, settings, kernel, threads, Budget { cap, around, beside: &beside })
        };
        // Tiles in a frame read what their neighbours have not changed yet, so that the result is another volume.
        let (framed, copies) = match place.flow {
            Flow::Tiles { framed } => (framed, false),
            Flow::Frame => (false, true),
        };
        let choice = choose(budget, framed, copies)?;
        if copies && !choice.fits {
            let whole = choose(None, framed, copies)?;
            if whole.bytes <= choice.bytes {
                return Ok((whole.tiling, whole.bytes));
            }
        }
        Ok((choice.tiling, choice.bytes))
    }
}

/// With one kernel, in one tile or several.
struct TiledStage {
    deconvolution: Deconvolution,
    /// Where tiles of a volume in a frame put their results; empty where there is one tile, or images are streamed.
    result: Vec<f32>,
    shape: [usize; 3],
    notes: Notes,
}

impl Stage for TiledStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.deconvolution.restate(settings, &self.notes.camera)
    }

    fn knows_gaps(&self) -> bool {
        self.deconvolution.knows_gaps()
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        if self.notes.outcomes.is_empty() {
            self.deconvolution.begin_images();
        }
        for channel in group.channels() {
            let outcome = if self.result.is_empty() {
                self.deconvolution.execute(channel, workers, watch)?
            } else {
                let mut volumes = Volumes { shape: self.shape, source: channel, target: &mut self.result };
                let outcome = self.deconvolution.execute_blocks(&mut volumes, &mut [], workers, watch)?;
                channel.copy_from_slice(&self.result);
                outcome
            };
            self.notes.outcomes.push(outcome);
        }
        Ok(())
    }

    fn settle(&mut self, done: bool) {
        self.deconvolution.settle(done);
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.notes.outcomes
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        self.notes.warnings(tell);
    }

    fn estimated_psf(&self) -> Option<(&[f32], [usize; 3])> {
        self.deconvolution.estimated_psf()
    }

    fn tiles(&mut self) -> Option<&mut dyn Tiles> {
        Some(self)
    }
}

impl Tiles for TiledStage {
    fn count(&mut self) -> usize {
        self.deconvolution.tiles()
    }

    fn frame_samples(&mut self) -> usize {
        self.deconvolution.frame_samples()
    }

    fn show(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
        visit: &mut dyn FnMut(&Piece<'_>) -> Result<()>,
    ) -> Result<()> {
        self.deconvolution.show(blocks, frame, workers, watch, visit)
    }

    fn execute(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<Streamed> {
        if self.notes.outcomes.is_empty() {
            self.deconvolution.begin_images();
        }
        let outcome = self.deconvolution.execute_blocks(blocks, frame, workers, watch)?;
        let Outcome { flux_in, flux_out, negative, .. } = outcome;
        self.notes.outcomes.push(outcome);
        Ok(Streamed { flux_in, flux_out, negative })
    }
}

/// With a kernel per slab of planes.
struct DepthVariantStage {
    deconvolution: DepthVariant,
    notes: Notes,
}

impl Stage for DepthVariantStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.deconvolution.restate(settings, &self.notes.camera)
    }

    fn knows_gaps(&self) -> bool {
        self.deconvolution.knows_gaps()
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        if self.notes.outcomes.is_empty() {
            self.deconvolution.begin_images();
        }
        for channel in group.channels() {
            self.notes.outcomes.push(self.deconvolution.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn settle(&mut self, done: bool) {
        self.deconvolution.settle(done);
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.notes.outcomes
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        self.notes.warnings(tell);
    }
}

fn missing() -> Error {
    Error::Internal("a kernel is missing".into())
}
