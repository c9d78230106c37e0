//! Denoising before deconvolution, ended by what the raw image tells.
//!
//! A denoiser takes away the noise that iterations would amplify, so that they can go farther. How far, no rule that
//! knows the camera can say, since what noise a denoiser leaves is not known; photons of the raw image that were held out
//! can ([`super::held_out`]). Those kept are denoised and iterated on until the ones held out become less likely. The same
//! is done without the denoiser, and the way on which the photons held out were more likely is the one that all photons
//! go, denoised or not, with as many iterations: what a denoiser invents is found by photons that it has not seen. They also tell
//! whether even light lies beneath the specimen's, as a pedestal that the estimate need not explain. In the
//! automatic mode the way without is that mode's own, smoothed and ended by discrepancy.

use super::blocks::{Blocks, PILOTS, Parts, SURVEY_COST, Surveyed};
use super::calibrated::Calibrated;
use super::course::Course;
use super::denoising::{Cleaning, DENOISING_COST, Denoiser, Denoising, factor};
use super::found::Calibration;
use super::held_out::{HeldOut, Thinned};
use super::options::{Algorithm, Options, Share};
use super::outcome::HybridOutcome;
use super::{Deconvolution, Outcome, Task};
use crate::error::Result;
use crate::image::Source;
use crate::params::Settings;
use crate::runtime::{Job, Watch, Workers};
use crate::tile::Tiling;

/// What the photons held out say of a way to the result.
struct Way {
    likelihood: f64,
    course: Course,
    stopped: &'static str,
}

/// An image that is to be restored, and where to put what is read of it.
struct Images<'a> {
    blocks: &'a mut dyn Blocks,
    frame: &'a mut [f32],
    found: Calibration,
}

impl Deconvolution {
    /// Has images denoised first: of a hybrid, and in the automatic mode where photons held out speak for it.
    ///
    /// # Errors
    /// As [`Deconvolution::in_tiles`].
    pub fn denoised_by(mut self, denoiser: Box<dyn Denoiser>, settings: &Settings, job: Job) -> Result<Self> {
        let shape = self.tiling.largest_input();
        let denoised = Options::of(Algorithm::Hybrid, settings, self.tiling.image())?;
        self.hybrid = Some(Box::new(Denoising {
            denoiser,
            denoised: Options { camera: self.options.camera, ..denoised },
            plain: self.options.clone(),
            raw: HeldOut::new(shape, Some(Share::EIGHTH))?,
            clean: job.zeroed("the denoised image", shape.iter().product())?,
            holds: None,
        }));
        Ok(self)
    }

    /// Bytes that [`Deconvolution::denoised_by`] holds for such tiles, beside the denoiser.
    pub fn denoising_bytes(tiling: &Tiling) -> u64 {
        2 * HeldOut::bytes(tiling.largest_input(), Some(Share::EIGHTH))
    }

    /// As [`Deconvolution::execute_blocks`], of images that are denoised first.
    ///
    /// # Errors
    /// What the denoiser says, too.
    pub(super) fn execute_denoised(
        &mut self,
        hybrid: &mut Denoising,
        blocks: &mut dyn Blocks,
        frame: &mut [f32],
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Outcome> {
        let tiles = self.tiling.count();
        let pilots = tiles.min(PILOTS) as f64;
        let mut parts = Parts::new(watch, SURVEY_COST + 3.0 * pilots * (1.0 + DENOISING_COST) + tiles as f64);
        parts.next(watch, SURVEY_COST);
        self.turn_to(&hybrid.plain);
        hybrid.holds = None;
        self.survey(blocks, frame, workers, watch)?;
        let mut outcome = self.outcome();
        let mut calibration = self.calibrate(&mut outcome)?;
        let is_automatic = hybrid.plain.hybrid.is_none();
        let given = self.given().map(Calibrated::denoised);
        let suits = |found: &Calibration| match given {
            Some(light) => light.is_some(),
            None => !is_automatic || self.suits_denoising(found),
        };
        let (mut course, mut light) = (None, None);
        if let Some(found) = calibration.filter(suits) {
            let mut told =
                HybridOutcome { denoiser: hybrid.denoiser.name(), denoised: true, finite: true, likelihood_gain: None };
            if let (Some(given), Some(factor)) = (self.given(), given.flatten()) {
                (course, light) = (Some((given.course(), "course")), Some(factor));
            } else {
                let mut images = Images { blocks, frame, found };
                let without;
                [course, without] = self.choose(hybrid, &mut images, &mut told, &mut parts, workers, watch)?;
                if course.is_some_and(|(course, _)| course.denoised) {
                    parts.next(watch, pilots * DENOISING_COST);
                    light = self.light(hybrid, &mut images, workers, watch)?;
                    told.finite = light.is_some();
                }
                if light.is_none() {
                    (course, told.denoised) = (without, false);
                }
            }
            if told.denoised {
                outcome.algorithm = "hybrid";
            }
            outcome.hybrid = Some(told);
        }
        let is_denoised = light.is_some();
        self.turn_to(if is_denoised { &hybrid.denoised } else { &hybrid.plain });
        let share = course.map_or(0.0, |(course, _)| course.pedestal);
        calibration = calibration.map(|found| self.with_pedestal(found, share));
        outcome.pedestal = calibration.map_or(outcome.pedestal, |found| found.pedestal);
        let cleaning = light.map(|light| Cleaning { denoising: hybrid, light });
        let surveyed = Surveyed { calibration, outcome, course, cleaning, parts };
        self.execute_surveyed(surveyed, blocks, frame, workers, watch)
    }

    /// How far the image is to go, denoised or not, where it does not say so itself; the second one is for an image that cannot be
    /// denoised, which the automatic mode knows by itself.
    fn choose(
        &mut self,
        hybrid: &mut Denoising,
        images: &mut Images<'_>,
        told: &mut HybridOutcome,
        parts: &mut Parts,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<[Option<(Course, &'static str)>; 2]> {
        let is_automatic = hybrid.plain.hybrid.is_none();
        match self.courses.given() {
            Some(course) if is_automatic => {
                return Ok([Some((course, "course")).filter(|_| course.denoised), None]);
            }
            Some(course) => {
                return Ok([course, Course { denoised: false, ..course }].map(|course| Some((course, "course"))));
            }
            None => (),
        }
        let pilots = self.tiling.count().min(PILOTS) as f64;
        parts.next(watch, pilots * (1.0 + DENOISING_COST));
        let found = images.found;
        let mut way = self.explore(hybrid, true, images, workers, watch)?;
        told.finite = way.is_some();
        parts.next(watch, pilots);
        // Even light that the estimate need not explain makes no grain.
        images.found = self.with_pedestal(found, PEDESTAL);
        if let Some(way) = way.as_mut().filter(|_| images.found.pedestal > found.pedestal)
            && let Some(other) = self.explore(hybrid, true, images, workers, watch)?
            && other.likelihood > way.likelihood
        {
            *way = Way { course: Course { pedestal: PEDESTAL, ..other.course }, ..other };
        }
        images.found = found;
        parts.next(watch, pilots);
        let Some(raw) = self.explore(hybrid, false, images, workers, watch)? else { return Ok([None; 2]) };
        told.likelihood_gain = way.as_ref().map(|way| way.likelihood - raw.likelihood);
        let likelier = way.filter(|way| way.likelihood > raw.likelihood);
        let without = (!is_automatic).then_some((raw.course, raw.stopped));
        Ok([likelier.map(|way| (Course { denoised: true, ..way.course }, way.stopped)).or(without), without])
    }

    /// Finds how far to go on the photons kept, denoised or not; `None` where the denoiser gives no numbers.
    fn explore(
        &mut self,
        hybrid: &mut Denoising,
        denoised: bool,
        images: &mut Images<'_>,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Option<Way>> {
        self.turn_to(if denoised { &hybrid.denoised } else { &hybrid.plain });
        let tiles = self.tiling.count();
        let pilots = tiles.min(PILOTS);
        let (start, length) = watch.control().current_span();
        let part = length / pilots as f64;
        if let Task::Iterative(_, schedule) = &mut self.task {
            schedule.begin();
        }
        let course = Course { iterations: 1, ..Course::default() };
        let mut way = Way { likelihood: 0.0, course, stopped: "iterations" };
        for _ in 0..2 {
            for pilot in 0..pilots {
                watch.control().span(start + part * pilot as f64, part);
                let tile = self.tiling.tile((2 * pilot + 1) * tiles / (2 * pilots));
                let outliers = std::mem::take(&mut self.outliers);
                self.field.set_image(tile.shape);
                let source = self.seen(&tile, &outliers, images.blocks, images.frame, workers);
                let ended = source.and_then(|source| {
                    let whole = images.found.observed(source);
                    let place = (tile.input, self.tiling.image());
                    let read = |raw: &mut HeldOut| raw.split(whole, tile.shape, Some(place), workers);
                    hybrid.read(&tile, false, read);
                    if denoised {
                        let dark = images.found.background;
                        let is_finite = hybrid.denoise(workers, watch)?;
                        let light = if is_finite { factor(hybrid.lights(dark)) } else { None };
                        let Some(light) = light else { return Ok(None) };
                        hybrid.mix(light, dark, workers);
                    }
                    let kept = Source::packed(tile.shape, hybrid.raw.samples());
                    let seen = if denoised { Source::packed(tile.shape, &hybrid.clean) } else { kept };
                    let thinned = Some(Thinned { whole, kept, share: Share::EIGHTH });
                    let found = images.found;
                    watch
                        .control()
                        .within_passes(|| self.restore(seen, &tile, found, thinned, workers, watch))
                        .map(Some)
                });
                self.outliers = outliers;
                let Some(ended) = ended? else { return Ok(None) };
                (way.likelihood, way.stopped) = (ended.likelihood, ended.stopped);
                if let Task::Iterative(_, schedule) = &mut self.task {
                    let why = schedule.pilot(&self.options, &ended, pilot + 1 == pilots);
                    if let (Some(likelihood), Some(why)) = (schedule.likelihood(), why) {
                        (way.likelihood, way.stopped) = (likelihood, why);
                    }
                    way.course.iterations = schedule.iterations;
                    way.course.matched_from = if tiles == 1 { ended.matched_from } else { schedule.matched_from };
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
        watch.control().span(start, length);
        Ok(Some(way))
    }

    /// What the light of the denoised image is to be multiplied with, to be that of the raw one above the background: as it is in
    /// the tiles that run first; `None` where the denoiser gives no numbers.
    fn light(
        &mut self,
        hybrid: &mut Denoising,
        images: &mut Images<'_>,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Option<f64>> {
        let tiles = self.tiling.count();
        let pilots = tiles.min(PILOTS);
        let (start, length) = watch.control().current_span();
        let part = length / pilots as f64;
        let mut sums = [0.0; 2];
        for pilot in 0..pilots {
            watch.control().span(start + part * pilot as f64, part);
            let tile = self.tiling.tile((2 * pilot + 1) * tiles / (2 * pilots));
            let outliers = std::mem::take(&mut self.outliers);
            self.field.set_image(tile.shape);
            let source = self.seen(&tile, &outliers, images.blocks, images.frame, workers);
            let is_finite = source.and_then(|source| {
                hybrid.read_all(source, &tile);
                hybrid.denoise(workers, watch)
            });
            self.outliers = outliers;
            if !is_finite? {
                return Ok(None);
            }
            let own = hybrid.lights(images.found.background);
            sums = [sums[0] + own[0], sums[1] + own[1]];
        }
        watch.control().span(start, length);
        Ok(factor(sums))
    }
}

/// The share of the darkest places' level that is tried as a pedestal in stacks: beneath the haze of a thick specimen there is often even
/// light, and how much of the level it has, no place shows.
const PEDESTAL: f64 = 1.0 / 3.0;
