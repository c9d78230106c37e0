//! Images that are read and written in parts: in tiles, one after another.
//!
//! First all of the image is looked at, piece by piece ([`super::survey`]): every tile takes the same noise, background
//! and mean. How many iterations a stopping rule allows is found once too: up to [`PILOTS`] tiles, spread evenly, run
//! to their own ends without a result, and the rule is applied to the mean of what it looks at; all tiles then do that
//! many iterations, with the same momenta. Where their squared residuals together do not fall with an unmatched
//! projector, they run a second time, with the matched one from there on. With a stated number of iterations there are no
//! such pilots, but for unmatched projectors, and for vector extrapolation, whose momenta follow from sums over the image.

use std::ops::Range;

use super::blind::WidthSearch;
use super::calibrated::Calibrated;
use super::course::Course;
use super::denoising::Cleaning;
use super::field::Field;
use super::found::Calibration;
use super::options::{Algorithm, Stop};
use super::outliers::Found;
use super::result::RunResult;
use super::{Deconvolution, Outcome, Task};
use crate::error::{Error, Result, refuse_infinite};
use crate::image::{Piece, Pieces, Pitched, Region, Source};
use crate::noise::{Noise, Outliers};
use crate::runtime::{Watch, Workers};
use crate::tile::{Tile, Tiling};

/// Where an image is, and where its result goes.
pub trait Blocks {
    /// The image, where its samples can be read in place as often as need be; [`Blocks::read`] then serves the first
    /// visit only, and no frame is needed.
    fn source(&self) -> Option<Source<'_>>;

    /// Reads a part of the image into `target`, packed (z, y, x). Without a source in place `scratch` is memory to use on
    /// the way: at least as many floats as `target`.
    ///
    /// # Errors
    /// Whatever stands in the way; it ends the work.
    fn read(&mut self, region: Region, target: &mut [f32], scratch: &mut [f32], workers: &Workers) -> Result<()>;

    /// Writes a part of the result; parts of one image do not overlap, and make it up. `scratch` as for [`Blocks::read`].
    ///
    /// # Errors
    /// Whatever stands in the way; it ends the work.
    fn write(&mut self, region: Region, source: Pitched, scratch: &mut [f32], workers: &Workers) -> Result<()>;
}

impl Deconvolution {
    /// The number of tiles.
    pub fn tiles(&self) -> usize {
        self.tiling.count()
    }

    /// Samples of the frame that [`Deconvolution::execute_blocks`] needs for images that cannot be read in place.
    pub fn frame_samples(&self) -> usize {
        self.tiling.largest_input().iter().product()
    }

    /// Shows `visit` all of an image, piece by piece. `frame` as for [`Deconvolution::execute_blocks`].
    ///
    /// # Errors
    /// What reading and `visit` say; [`Error::Cancelled`].
    pub fn show(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch,
        visit: &mut dyn FnMut(&Piece) -> Result<()>,
    ) -> Result<()> {
        each_piece(&self.tiling, &mut self.field, blocks, frame, workers, watch, visit)
    }

    /// Restores an image tile by tile. After an error the tiles written before stay: none, where there is one tile.
    /// Nothing is cancelled after the last write.
    /// `frame` has [`Deconvolution::frame_samples`] samples, or none where the image can be read in place.
    ///
    /// # Errors
    /// What reading and writing say; [`Error::Argument`] for samples that are not
    /// finite; [`Error::Cancelled`].
    pub fn execute_blocks(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Outcome> {
        if let Some(mut hybrid) = self.hybrid.take() {
            let done = self.execute_denoised(&mut hybrid, blocks, frame, workers, watch);
            self.hybrid = Some(hybrid);
            return done;
        }
        let mut parts = Parts::new(watch, SURVEY_COST + self.tiling.count() as f64);
        parts.next(watch, SURVEY_COST);
        self.survey(blocks, frame, workers, watch)?;
        let mut outcome = self.outcome();
        let calibration = self.calibrate(&mut outcome)?;
        let surveyed = Surveyed { calibration, outcome, course: None, cleaning: None, parts };
        self.execute_surveyed(surveyed, blocks, frame, workers, watch)
    }

    /// The rest of [`Deconvolution::execute_blocks`], after the survey.
    pub(super) fn execute_surveyed(
        &mut self,
        Surveyed { calibration, mut outcome, course: chosen, mut cleaning, parts }: Surveyed,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Outcome> {
        let tiles = self.tiling.count();
        let shared = match self.given() {
            Some(given) => Some(given.course()).filter(|course| course.iterations > 0),
            // How far a denoised image went says nothing of others.
            None => self.courses.given().filter(|course| !course.denoised),
        };
        let course = chosen.or(shared.map(|course| (course, "course")));
        let pilots = if self.needs_pilots(course.is_some()) { tiles.min(PILOTS) } else { 0 };
        let mut parts = parts.rest((2 * pilots + tiles) as f64);
        let Some(calibration) = calibration else {
            parts.end(watch)?;
            let written = if self.only_looks { 0 } else { tiles };
            for at in 0..written {
                let tile = self.tiling.tile(at);
                self.field.put(tile.core_within, workers, &|_, _, row| row.fill(0.0));
                blocks.write(tile.core, self.field.result(tile.core_within), frame, workers)?;
            }
            self.note_course(None, "empty");
            return Ok(outcome);
        };
        if let Task::Iterative(_, schedule) = &mut self.task {
            schedule.begin();
        }
        let mut stopped = None;
        let options = self.options(&calibration);
        for _ in 0..2 {
            for pilot in 0..pilots {
                parts.next(watch, 1.0);
                let tile = self.tiling.tile((2 * pilot + 1) * tiles / (2 * pilots));
                let ended = self.tile(&tile, calibration, blocks, frame, cleaning.as_mut(), workers, watch)?;
                if let Task::Iterative(_, schedule) = &mut self.task {
                    stopped = schedule.pilot(&options, &ended, pilot + 1 == pilots).or(stopped);
                }
            }
            let again = match &mut self.task {
                Task::Iterative(_, schedule) => schedule.needs_matched(),
                Task::Linear => false,
            };
            if !again {
                break;
            }
        }
        if let (Task::Iterative(_, schedule), Some((course, why))) = (&mut self.task, course) {
            schedule.follow(course);
            stopped = Some(why);
        }
        let scheduled = self.scheduled().filter(|_| self.only_looks);
        if let Some(course) = scheduled {
            (outcome.iterations, outcome.matched_from) = (course.iterations, course.matched_from);
            outcome.stopped = if self.options.algorithm.is_linear() { "filter" } else { "iterations" };
            parts.end(watch)?;
        }
        // A single tile shows by itself how far it goes.
        let tiles = if scheduled.is_some() { 0 } else { tiles };
        for at in 0..tiles {
            parts.next(watch, 1.0);
            let tile = self.tiling.tile(at);
            let ended = self.tile(&tile, calibration, blocks, frame, cleaning.as_mut(), workers, watch)?;
            outcome.note(&ended);
            outcome.estimated_psf = self.width_search.as_ref().map(WidthSearch::widened);
            outcome.flux_out += ended.flux;
            refuse_infinite(ended.flux, String::new)?;
            if at + 1 == tiles {
                parts.end(watch)?;
            }
            if !self.only_looks {
                blocks.write(tile.core, self.field.result(tile.core_within), frame, workers)?;
            }
            if tiles == 1 {
                outcome.flux_outside = Some(ended.flux_outside);
            }
        }
        outcome.stopped = stopped.unwrap_or(outcome.stopped);
        let Outcome { iterations, matched_from, .. } = outcome;
        let chosen = chosen.map_or(Course::default(), |(course, _)| course);
        let course = Course { iterations: iterations.max(1), matched_from, ..chosen };
        outcome.calibration = self.calibrated(&calibration, course, cleaning.map(|cleaning| cleaning.light));
        self.note_course(Some((course, calibration)), outcome.stopped);
        Ok(outcome)
    }

    /// How far the tiles of an image are to go, where that is known before they run.
    fn scheduled(&self) -> Option<Course> {
        let Task::Iterative(_, schedule) = &self.task else { return Some(Course::default()) };
        let iterations = match self.options.stop {
            Stop::Iterations if schedule.iterations == 0 => self.options.iterations,
            _ => schedule.iterations,
        };
        let course = Course { iterations, matched_from: schedule.matched_from, ..Course::default() };
        Some(course).filter(|course| course.iterations > 0)
    }

    /// What was found of the image, for the report: nothing where images are not restored by such numbers alone.
    fn calibrated(&self, calibration: &Calibration, course: Course, light: Option<f64>) -> Option<Calibrated> {
        let calibrated = || Calibrated::new(calibration, self.noise.as_ref(), course, light);
        self.options.may_be_cut().then(calibrated)
    }

    pub(super) fn survey(
        &mut self,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<()> {
        let given = self.given().map(Calibrated::noise);
        let Self { tiling, field, survey, sums, width_search, outliers, courses, .. } = self;
        width_search.iter_mut().for_each(WidthSearch::begin);
        survey.begin();
        let visit = &mut |piece: &Piece| survey.visit(piece, sums, workers);
        each_piece(tiling, field, blocks, frame, workers, watch, visit)?;
        self.noise = survey.noise();
        self.darkest = survey.finds_level().then(|| survey.level());
        let statistics = survey.statistics;
        self.brightness = self.darkest.map_or(statistics.mean_light(), |darkest| statistics.mean() - darkest);
        courses.look(self.brightness, self.darkest);
        // Of an image too dim to show the camera's offset, those before it tell.
        let shared = match courses.exposure() {
            Some(exposure) => exposure.noise,
            None => courses.camera().filter(|_| self.noise.is_some_and(|noise| !noise.shows_offset())),
        };
        if let (Some(noise), Some(shared)) = (&mut self.noise, shared) {
            // Saturated samples and those that stand out alone are each image's own.
            let Noise { outliers, saturated, limit, .. } = *noise;
            *noise = Noise { outliers, saturated, limit, ..shared };
        }
        if let Some(noise) = given {
            self.noise = noise;
        }
        outliers.begin();
        let judged = self.noise.filter(|_| self.options.judges_by_noise());
        let Some(verdict) = judged.and_then(|noise| Outliers::new(&noise, self.share)) else { return Ok(()) };
        let background = self.options.background.unwrap_or(0.0);
        let visit = &mut |piece: &Piece| {
            outliers.visit(piece, verdict, background, sums, workers);
            Ok(())
        };
        each_piece(tiling, field, blocks, frame, workers, watch, visit)?;
        outliers.end();
        survey.statistics.leave_out(outliers.count(), outliers.sum, outliers.light);
        Ok(())
    }

    /// Restores a tile, which is denoised before where there is something to do so; what it gives is then in the field.
    #[expect(clippy::too_many_arguments)]
    fn tile(
        &mut self,
        tile: &Tile,
        calibration: Calibration,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        cleaning: Option<&mut Cleaning<'_>>,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<RunResult> {
        self.field.set_image(tile.shape);
        // Lent out, since restoring a tile changes the rest.
        let outliers = std::mem::take(&mut self.outliers);
        let source = self.seen(tile, &outliers, blocks, frame, workers);
        let ended = source.and_then(|source| {
            let seen = match cleaning {
                Some(cleaning) => cleaning.tile(source, tile, &calibration, workers, watch)?,
                None => source,
            };
            watch.control().within_passes(|| self.restore(seen, tile, calibration, None, workers, watch))
        });
        self.outliers = outliers;
        ended
    }

    /// What a tile reads, where it is or in the frame, without `outliers`.
    pub(super) fn seen<'a>(
        &mut self,
        tile: &Tile,
        outliers: &'a Found,
        blocks: &'a mut dyn Blocks,
        frame: &'a mut [f32],
        workers: &Workers,
    ) -> Result<Source<'a>> {
        if blocks.source().is_none() {
            let input = &mut frame[..tile.shape.iter().product()];
            read_tile(tile, blocks, input, self.field.scratch(), workers)?;
            outliers.leave_out(tile, input);
            return Ok(Source::packed(tile.shape, input));
        }
        let source = blocks.source().ok_or_else(|| Error::State("the image is not where it was".into()))?;
        Ok(outliers.left_out(source.at(tile.input)))
    }

    /// Whether some tiles are to run first; where the course `is_given`, for the momenta only.
    fn needs_pilots(&self, is_given: bool) -> bool {
        let stops = !matches!(self.options.stop, Stop::Iterations);
        let ends = stops || self.options.tempering.is_some() || self.options.algorithm == Algorithm::WienerButterworth;
        let schedule = ends && !is_given || self.options.algorithm == Algorithm::BiggsAndrews;
        self.tiling.count() > 1 && !self.options.algorithm.is_linear() && schedule
    }
}

/// What the survey of an image came to.
pub(super) struct Surveyed<'a> {
    /// `None` for an image without light.
    pub calibration: Option<Calibration>,
    pub outcome: Outcome,
    /// How far it is to go, and why, where that is known already.
    pub course: Option<(Course, &'static str)>,
    /// What denoises its tiles.
    pub cleaning: Option<Cleaning<'a>>,
    /// Of the progress.
    pub parts: Parts,
}

/// Reads what a tile reads, packed, into `input`; `scratch` has at least as many samples.
fn read_tile(
    tile: &Tile,
    blocks: &mut dyn Blocks,
    input: &mut [f32],
    scratch: &mut [f32],
    workers: &Workers,
) -> Result<()> {
    let [_, ny, nx] = tile.shape;
    let place = |at: [usize; 3]| std::array::from_fn(|axis| tile.input[axis].place(at[axis]));
    if (0..3).all(|axis| tile.input[axis].head >= tile.shape[axis]) {
        return blocks.read(Region { start: place([0; 3]), shape: tile.shape }, input, scratch, workers);
    }
    // Boxes between jumps, in parts that leave half of the scratch free.
    let (part, scratch) = scratch.split_at_mut(scratch.len() / 2);
    let most = part.len();
    let [planes, rows, columns] = std::array::from_fn(|axis| tile.input[axis].runs(tile.shape[axis]));
    for x in columns.iter().flat_map(|run| parts_of(run, most)) {
        for y in rows.iter().flat_map(|run| parts_of(run, most / x.len())) {
            for z in planes.iter().flat_map(|run| parts_of(run, most / (x.len() * y.len()))) {
                let part = &mut part[..z.len() * y.len() * x.len()];
                let region = Region { start: place([z.start, y.start, x.start]), shape: [z.len(), y.len(), x.len()] };
                blocks.read(region, part, scratch, workers)?;
                for (row, line) in part.chunks_exact(x.len()).enumerate() {
                    let (z, y) = (z.start + row / y.len(), y.start + row % y.len());
                    input[(z * ny + y) * nx + x.start..][..x.len()].copy_from_slice(line);
                }
            }
        }
    }
    Ok(())
}

/// A run in parts of at most `most`.
fn parts_of(run: &Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> + use<> {
    let end = run.end;
    run.clone().step_by(most).map(move |first| first..(first + most).min(end))
}

/// Reads all of an image, piece by piece: large ones where the host reads, otherwise such as stay in a cache.
fn each_piece(
    tiling: &Tiling,
    field: &mut Field,
    blocks: &mut dyn Blocks,
    frame: &mut [f32],
    workers: &Workers,
    watch: &mut Watch,
    visit: &mut dyn FnMut(&Piece) -> Result<()>,
) -> Result<()> {
    let in_place = blocks.source().is_some();
    let most: usize = tiling.largest_input().iter().product();
    let cached = most.min(CACHED.max(LINES * tiling.image()[2]));
    let pieces = Pieces::new(tiling.image(), if in_place { cached } else { most }, field.geometry.rows());
    for at in 0..pieces.count() {
        let (region, own) = pieces.piece(at);
        let (samples, scratch) = match in_place {
            true => (field.scratch(), &mut [][..]),
            false => (&mut *frame, field.scratch()),
        };
        let samples = &mut samples[..region.samples()];
        blocks.read(region, samples, scratch, workers)?;
        visit(&Piece { samples, region, own })?;
        watch.advance((at + 1) as f64 / pieces.count() as f64)?;
    }
    Ok(())
}

/// Parts of the current span of progress, one after another.
pub(super) struct Parts {
    span: (f64, f64),
    all: f64,
    done: f64,
}

impl Parts {
    pub(super) fn new(watch: &Watch, all: f64) -> Self {
        Self { span: watch.control().current_span(), all, done: 0.0 }
    }

    /// What follows is a part of that weight.
    pub(super) fn next(&mut self, watch: &Watch, weight: f64) {
        let (start, length) = self.span;
        watch.control().span(start + length * self.done / self.all, length * weight / self.all);
        self.done += weight;
    }

    /// What is left, in other parts that weigh `all` together.
    fn rest(&self, all: f64) -> Self {
        let (start, length) = self.span;
        let done = length * self.done / self.all;
        Self { span: (start + done, length - done), all, done: 0.0 }
    }

    /// Ends the last one, before the last write: whoever cancels after it would have a result and hear of none.
    pub(super) fn end(&self, watch: &mut Watch) -> Result<()> {
        watch.control().span(self.span.0, self.span.1);
        watch.advance(1.0)
    }
}

/// Samples of a piece that is to stay in the second cache, and rows that it has at least.
const CACHED: usize = 1 << 17;
const LINES: usize = 16;
/// Tiles that find out how many iterations there are to be, at most.
pub(super) const PILOTS: usize = 4;
/// What looking at an image takes, in units of a tile, about.
pub(super) const SURVEY_COST: f64 = 0.05;
