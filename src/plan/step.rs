//! What a step of a plan is.
//!
//! A [`Kind`] is a line of the registry in [`super::steps`]: the objects it takes, and how a [`Step`] is
//! made from what the host has said. A step says what it does to the extents of images, what it needs, and how many
//! bytes; it becomes a [`Stage`], which is ready to run on image after image and allocates nothing more.
//!
//! ```text
//! Arguments -> Step: output, check, prepare, streaming, bytes -> Stage: execute, outcomes
//!              while a plan is described and committed           while it executes
//! ```
//!
//! The rest of `plan` knows no kind: [`super::blueprint`] asks steps, [`super::chain`] runs stages. What a stage can do
//! besides running on a group of channels is a trait of its own, which it hands out where it has it: [`Series`],
//! [`Window`], [`OnRead`], [`Tiles`]. What steps hand on to later ones besides samples has its place in [`Grid`], where it is known
//! before a commit, and in [`Group`], where it comes with the samples.

mod group;
mod outcomes;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use group::Group;
pub use outcomes::{Outcomes, outcomes, swap};

use super::objects::{Arguments, Role};
use super::warnings::Tell;
use crate::deconvolve::Blocks;
use crate::error::{Error, Result};
use crate::image::{Clipped, Dtype, Layout, Piece};
use crate::noise::Stated;
use crate::params::{PLAN_CAMERA_CORRELATION, PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE, Settings};
use crate::runtime::{Job, Limits, Watch, Workers};

/// A kind of step.
pub struct Kind {
    /// Roles in which it takes objects.
    pub takes: &'static [Role],
    /// Makes a step, which may still lack objects.
    pub make: fn(Arguments) -> Box<dyn Step>,
}

/// The samples of a group of images, before or after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Extents (c, z, y, x).
    pub shape: [usize; 4],
    /// Samples per sample of the source along (z, y, x): 2 after a network that doubles an extent.
    pub scale: [f64; 3],
    /// What is stated of the camera, as long as the noise is still its.
    pub camera: Stated,
    /// The variance without light that each pixel (y, x) has above that of `camera`, where a map says so; as long as `camera`
    /// holds, and in its units.
    pub extra: Option<Arc<Vec<f32>>>,
    /// The largest number that the source's samples can be; 1 for real numbers.
    pub largest: f64,
}

impl Grid {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.shape.iter().product()
    }

    /// Extents (z, y, x) of a channel.
    pub fn volume(&self) -> [usize; 3] {
        let [_, nz, ny, nx] = self.shape;
        [nz, ny, nx]
    }

    /// The images with extents `volume` (z, y, x) and so many samples for one of before along each; neighbours share what noise
    /// is left, which is no camera's any more.
    pub fn resampled(self, volume: [usize; 3], factors: [f64; 3]) -> Self {
        let ([z, y, x], scale) = (volume, std::array::from_fn(|axis| self.scale[axis] * factors[axis]));
        Self { shape: [self.shape[0], z, y, x], scale, camera: Stated::NOTHING, extra: None, ..self }
    }
}

/// How a step takes the channels of a time point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Each by itself, as images of their own.
    Each,
    /// All of them at once. The whole plan then works on groups of all channels.
    Together,
}

/// What a step can do to images that no frame holds as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streaming {
    /// Nothing: it needs whole images.
    Whole,
    /// Its part, on samples as they are read: its stage is [`OnRead`].
    OnRead,
    /// Take them from source to target in tiles, as the last step: its stage is [`Tiles`].
    Tiles,
}

/// How images reach the steps of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// In a frame that holds a whole group and that all steps share.
    Frame,
    /// In tiles, from source to target, through a last step that is [`Streaming::Tiles`].
    Tiles {
        /// Whether a tile is read into a frame of its size, since its rows are scattered or come in blocks.
        framed: bool,
    },
}

/// Where a step stands in its plan.
#[derive(Clone)]
pub struct Place<'a> {
    /// The images before it.
    pub grid: Grid,
    /// Images (channels times time points) of an execute that it runs on.
    pub images: usize,
    /// Channels of a time point of them.
    pub channels: usize,
    /// How they reach it.
    pub flow: Flow,
    /// Whether some of their samples may not have been measured.
    pub gaps: bool,
    /// Whether images are only looked at, and nothing is written.
    pub only_looks: bool,
    /// What work may take that finds something out about it.
    pub limits: Limits<'a>,
    /// The threads.
    pub workers: &'a Workers,
}

/// A step as the host described it, while a plan is drawn up.
///
/// The calls come in this order: `output`, `check`, `prepare`, the others, `build`.
pub trait Step {
    /// The images after the step; `limits` hold for what must be run to know them.
    ///
    /// # Errors
    /// [`Error::State`] where the object is missing that determines it; [`Error::Model`] where a network does not fit.
    fn output(&self, input: Grid, limits: Limits<'_>) -> Result<Grid> {
        let _ = limits;
        Ok(input)
    }

    /// How it takes channels.
    fn channels(&self) -> Channels {
        Channels::Each
    }

    /// Whether the result takes the place of the samples; otherwise the plan has a second frame for
    /// [`Group::replace`].
    fn in_place(&self) -> bool {
        true
    }

    /// Checks the parameters against the source.
    ///
    /// # Errors
    /// [`Error::Argument`] for images that the step cannot work on.
    fn check(&self, source: &Layout) -> Result<()> {
        let _ = source;
        Ok(())
    }

    /// The setting by which a result depends on the images before it, so that no image may go through twice.
    fn remembers(&self) -> Option<&'static str> {
        None
    }

    /// The setting by which all of a series must go through the steps before it first: see [`Series`].
    fn reads_series(&self) -> Option<&'static str> {
        None
    }

    /// Works out what is needed to know the bytes, and large itself: a point spread function, say. The images have so many
    /// `channels`, whether a group holds one or all; `watch` hears how far it is; `job` stops, and counts the memory that is taken
    /// meanwhile.
    ///
    /// # Errors
    /// [`Error::State`] where an object is missing; [`Error::Cancelled`]; what the work says.
    fn prepare(&mut self, grid: Grid, channels: usize, job: Job<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let _ = (grid, channels, job, watch);
        Ok(())
    }

    /// What it can do to images that are streamed; `limits` hold for what must be run to know it.
    ///
    /// # Errors
    /// What building would say.
    fn streaming(&self, limits: Limits<'_>) -> Result<Streaming> {
        let _ = limits;
        Ok(Streaming::Whole)
    }

    /// Bytes that the stage will hold: within `budget` where that can be, as few as can be otherwise; `None` is no cap.
    ///
    /// # Errors
    /// What building would say.
    fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64>;

    /// What those bytes follow from, for the error text of a cap that is too low, like ` (fields of ...)`.
    fn reason(&self, place: &Place<'_>, budget: Option<u64>) -> Option<String> {
        let _ = (place, budget);
        None
    }

    /// Doubts about what was prepared, for the log.
    fn doubts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it goes by the noise of each pixel, where that is known ([`Grid::extra`]).
    fn weighs_pixels(&self) -> bool {
        false
    }

    /// Keys for the step's object in the report that are the same for all images.
    ///
    /// # Errors
    /// [`Error::Internal`] when a number cannot be written.
    fn describe(&self) -> Result<Map<String, Value>> {
        Ok(Map::new())
    }

    /// Allocates everything.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Cancelled`], and whatever does not fit.
    fn build(self: Box<Self>, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Stage>>;
}

/// A step that is ready to run.
pub trait Stage: Send {
    /// Runs on a group and notes an outcome for each image. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and what the work says; the group is not used any more then.
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()>;

    /// Whether it takes NaN as a sample that was not measured; for others such samples are filled in before.
    fn knows_gaps(&self) -> bool {
        false
    }

    /// An execute of the plan has ended, with a result or without one. What the stage keeps of its images for later
    /// ones is kept from now on, or forgotten: images whose result no host has seen must not change those that follow.
    fn settle(&mut self, done: bool) {
        let _ = done;
    }

    /// Takes the live numbers of the step's settings, some of which changed since it was built. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::State`] where they need memory that it does not have; it is as before then.
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        Err(Error::State(format!("the {} step was changed; it needs abbe_plan_commit() first", settings.object())))
    }

    /// What was done to each image since the outcomes were last cleared.
    fn outcomes(&mut self) -> &mut dyn Outcomes;

    /// Tells what the last execute is to be warned of. Allocates nothing.
    fn warnings(&self, tell: &mut Tell<'_>) {
        let _ = tell;
    }

    /// Samples of the last execute that did not fit a type inside the step.
    fn clipped(&self) -> Clipped {
        Clipped::default()
    }

    /// The factor and the offset that it gave the samples of the last image, so that hosts can take them back.
    fn scaling(&self) -> Option<[f64; 2]> {
        None
    }

    /// The point spread function that it found in the last image, packed samples and extents (z, y, x).
    fn estimated_psf(&self) -> Option<(&[f32], [usize; 3])> {
        None
    }

    /// Itself, where it may take statistics of a whole series.
    fn series(&mut self) -> Option<&mut dyn Series> {
        None
    }

    /// Itself, where it runs on several time points at once.
    fn window(&mut self) -> Option<&mut dyn Window> {
        None
    }

    /// Itself, where it can do its part on samples as they are read.
    fn on_read(&mut self) -> Option<&mut dyn OnRead> {
        None
    }

    /// Itself, where it can take images from source to target in tiles.
    fn tiles(&mut self) -> Option<&mut dyn Tiles> {
        None
    }
}

/// A stage that may have to see all images of a series before it runs on the first.
pub trait Series {
    /// Forgets the series before.
    fn begin(&mut self);

    /// How often it must see all images.
    fn passes(&self) -> usize;

    /// Sees a group (packed c, z, y, x), as the stages before leave it, in pass `pass`.
    fn observe(&mut self, pass: usize, group: &[f32], workers: &Workers);

    /// Ends a pass.
    fn end_pass(&mut self, pass: usize);
}

/// A stage that runs on several time points at once. It sees each of a series once, in order, and keeps what it needs.
pub trait Window {
    /// The last time point that it must have seen before it can run on `at` of a series of `count`.
    fn last(&self, at: usize, count: usize) -> usize;

    /// Sees time point `at` (packed c, z, y, x), as the stages before leave it.
    fn see(&mut self, at: usize, group: &[f32], workers: &Workers);

    /// The next [`Stage::execute`] is for time point `at` of a series of `count`, whatever the group holds.
    fn turn_to(&mut self, at: usize, count: usize);
}

/// A stage that takes a constant from every sample as it is read.
pub trait OnRead {
    /// Whether all of an image must be shown to it before the level is known.
    fn needs_survey(&self) -> bool;

    /// Sees a piece of the image.
    fn survey(&mut self, piece: &Piece<'_>, workers: &Workers);

    /// What is to be taken from every sample of the image.
    fn level(&mut self) -> f64;

    /// Notes the outcome of an image that has gone through with that level: `negative` samples were below it.
    fn done(&mut self, negative: u64);
}

/// A stage that takes an image from source to target in tiles.
pub trait Tiles {
    /// The number of tiles, of the image that has most.
    fn count(&mut self) -> usize;

    /// Samples of the frame that it needs for images that cannot be read in place.
    fn frame_samples(&mut self) -> usize;

    /// What follows is about image `at` of the source, time point by time point.
    fn turn_to(&mut self, at: usize) {
        let _ = at;
    }

    /// Shows `visit` all of an image, piece by piece.
    ///
    /// # Errors
    /// What reading and `visit` say; [`Error::Cancelled`].
    fn show(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
        visit: &mut dyn FnMut(&Piece<'_>) -> Result<()>,
    ) -> Result<()>;

    /// Runs on an image and notes its outcome; nothing is cancelled after the last write.
    ///
    /// # Errors
    /// What reading and writing say; [`Error::Cancelled`].
    fn execute(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<Streamed>;
}

/// What came of an image in tiles.
#[derive(Clone, Copy, Debug)]
pub struct Streamed {
    /// Sum of the samples that were read.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
    /// Samples that were negative when they were read.
    pub negative: u64,
}

/// The images before the first step of a plan and after each; `plan` and `context` are the settings of these.
///
/// # Errors
/// As [`Step::output`].
pub fn grids(source: &Layout, steps: &[Box<dyn Step>], plan: &Settings, limits: Limits<'_>) -> Result<Vec<Grid>> {
    let [nz, ny, nx] = source.volume_shape();
    let together = steps.iter().any(|step| step.channels() == Channels::Together);
    let channels = if together { source.channels() } else { 1 };
    let largest = match source.dtype() {
        Dtype::U8 => 255.0,
        Dtype::U16 => 65_535.0,
        Dtype::F16 | Dtype::F32 => 1.0,
    };
    let camera = Stated {
        gain: plan.f64(PLAN_CAMERA_GAIN),
        offset: plan.f64(PLAN_CAMERA_OFFSET),
        read_noise: plan.f64(PLAN_CAMERA_READ_NOISE),
        correlation: plan.f64(PLAN_CAMERA_CORRELATION),
    };
    let mut grids = vec![Grid { shape: [channels, nz, ny, nx], scale: [1.0; 3], largest, camera, extra: None }];
    for step in steps {
        grids.push(step.output(grids[grids.len() - 1].clone(), limits)?);
    }
    Ok(grids)
}
