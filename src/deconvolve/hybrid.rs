//! Denoising before deconvolution, ended by what the raw image tells.
//!
//! A denoiser takes away the noise that iterations would amplify, so that they can go farther. How far, no rule that
//! knows the camera can say, since what noise a denoiser leaves is not known; photons of the raw image that were held out
//! can ([`super::held_out`]). Those kept are denoised and iterated on until the ones held out become less likely. The same
//! is done without the denoiser, and the way on which the photons held out were more likely is the one that all photons
//! go, denoised or not, with as many iterations: what a denoiser invents is found by photons that it has not seen. They also tell
//! whether even light lies beneath the specimen's, as a pedestal that the estimate need not explain. In the
//! automatic mode the way without is that mode's own, smoothed and ended by discrepancy.

use super::blocks::{PILOTS, Parts, SURVEY_COST, Surveyed};
use super::course::Course;
use super::found::Calibration;
use super::held_out::{HeldOut, Thinned};
use super::in_place::{InPlace, Volumes};
use super::options::{Algorithm, Options, Share};
use super::outcome::HybridOutcome;
use super::{Deconvolution, Outcome, Task};
use crate::error::{Error, Result};
use crate::image::{Source, fill};
use crate::noise::Stated;
use crate::params::Settings;
use crate::runtime::{Job, Rows, Watch, Workers};

/// What takes noise away from an image before it is deconvolved.
pub trait Denoiser: Send {
    /// What it is, for the report.
    fn name(&self) -> &'static str;

    /// Denoises `source`, packed samples (z, y, x) of the planned shape, into `target`. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and what stands in the way.
    fn denoise(&mut self, source: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()>;
}

/// A planned deconvolution of denoised images of one shape.
pub struct Hybrid {
    deconvolution: Deconvolution,
    denoiser: Box<dyn Denoiser>,
    /// How denoised images are iterated on, and how images are as they came.
    denoised: Options,
    plain: Options,
    /// The photons of the raw image that are not held out.
    kept: HeldOut,
    /// What is iterated on.
    clean: Vec<f32>,
}

/// What the photons held out say of a way to the result.
struct Way {
    likelihood: f64,
    course: Course,
    stopped: &'static str,
}

impl Hybrid {
    /// For a planned deconvolution by hybrid, or by the automatic algorithm: that denoises only what photons held out can
    /// judge.
    ///
    /// # Errors
    /// As [`Deconvolution::in_tiles`].
    pub fn new(
        deconvolution: Deconvolution,
        denoiser: Box<dyn Denoiser>,
        settings: &Settings,
        job: Job,
    ) -> Result<Self> {
        let shape = deconvolution.tiling.image();
        let denoised = Options::of(Algorithm::Hybrid, settings, shape)?;
        Ok(Self {
            kept: HeldOut::new(shape, Some(Share::EIGHTH))?,
            clean: job.zeroed("the denoised image", shape.iter().product())?,
            denoised: Options { camera: deconvolution.options.camera, ..denoised },
            plain: deconvolution.options.clone(),
            deconvolution,
            denoiser,
        })
    }

    /// Bytes that it holds for images of `shape` beside the deconvolution and the denoiser.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        2 * HeldOut::bytes(shape, Some(Share::EIGHTH))
    }

    /// As [`Deconvolution::restate`].
    ///
    /// # Errors
    /// As [`Deconvolution::restate`].
    pub fn restate(&mut self, settings: &Settings, camera: &Stated) -> Result<()> {
        let denoised = Options::of(Algorithm::Hybrid, settings, self.deconvolution.tiling.image())?;
        denoised.check_work(&self.denoised)?;
        self.deconvolution.turn_to(&self.plain);
        self.deconvolution.restate(settings, camera)?;
        self.plain = self.deconvolution.options.clone();
        self.denoised = Options { camera: self.plain.camera, ..denoised };
        Ok(())
    }

    /// As [`Deconvolution::set_channels`].
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn set_channels(&mut self, channels: usize) -> Result<()> {
        self.deconvolution.set_channels(channels)
    }

    /// As [`Deconvolution::begin_images`].
    pub fn begin_images(&mut self) {
        self.deconvolution.begin_images();
    }

    /// As [`Deconvolution::knows_gaps`].
    pub fn knows_gaps(&self) -> bool {
        self.deconvolution.knows_gaps()
    }

    /// Restores `image`, packed samples (z, y, x), in place. The denoiser sees neighbours where nothing was measured, and what
    /// it makes of them is no data.
    ///
    /// # Errors
    /// As [`Deconvolution::execute`], and what the denoiser says; `image` may be a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Outcome> {
        let shape = self.deconvolution.tiling.image();
        if image.len() != self.clean.len() {
            return Err(Error::Argument(format!(
                "image holds {} samples; this plan takes {}",
                image.len(),
                self.clean.len()
            )));
        }
        let tiles = self.deconvolution.tiling.count();
        let pilots = tiles.min(PILOTS) as f64;
        let mut parts = Parts::new(watch, SURVEY_COST + 2.0 * DENOISING_COST + 3.0 * pilots + tiles as f64);
        parts.next(watch, SURVEY_COST);
        self.deconvolution.turn_to(&self.plain);
        self.deconvolution.survey(&mut InPlace { shape, samples: image }, &mut [], workers, watch)?;
        let mut outcome = self.deconvolution.outcome();
        let calibration = self.deconvolution.calibrate(&mut outcome)?;
        let is_automatic = self.plain.hybrid.is_none();
        let mut course = None;
        match calibration.filter(|found| !is_automatic || self.deconvolution.suits_denoising(found)) {
            Some(found) => {
                for number in self.deconvolution.outliers.numbers() {
                    image[*number as usize] = f32::NAN;
                }
                let told;
                (course, told) = self.choose(image, found, &mut parts, workers, watch)?;
                if told.denoised {
                    outcome.algorithm = "hybrid";
                }
                outcome.hybrid = Some(told);
            }
            None => self.clean.copy_from_slice(image),
        }
        let Self { deconvolution, denoised, clean, .. } = self;
        if course.is_some_and(|(course, _)| course.denoised) {
            deconvolution.turn_to(denoised);
        }
        let share = course.map_or(0.0, |(course, _)| course.pedestal);
        let calibration = calibration.map(|found| deconvolution.with_pedestal(found, share));
        outcome.pedestal = calibration.map_or(outcome.pedestal, |found| found.pedestal);
        let mut volumes = Volumes { shape, source: clean, target: image };
        let surveyed = Surveyed { calibration, outcome, course, parts };
        deconvolution.execute_surveyed(surveyed, &mut volumes, &mut [], workers, watch)
    }

    /// Makes of `image` what is to be iterated on, and says how far that is to go where it does not say so itself. What was
    /// not measured is NaN.
    fn choose(
        &mut self,
        image: &mut [f32],
        found: Calibration,
        parts: &mut Parts,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<(Option<(Course, &'static str)>, HybridOutcome)> {
        let Self { deconvolution, denoiser, denoised, plain, kept, clean } = self;
        let shape = deconvolution.tiling.image();
        let pilots = deconvolution.tiling.count().min(PILOTS) as f64;
        let has_gaps = deconvolution.survey.statistics.missing > 0;
        let is_automatic = plain.hybrid.is_none();
        let strength = denoised.hybrid.unwrap_or(1.0) as f32;
        let name = denoiser.name();
        let mut denoise = |raw: &mut [f32], clean: &mut [f32], watch: &mut Watch| {
            if has_gaps {
                fill(raw, shape, workers);
            }
            match denoiser.denoise(raw, clean, workers, watch) {
                Ok(()) => Ok(mix(raw, clean, strength, found.background, workers)),
                // A network that gives no numbers.
                Err(Error::Model(_)) => Ok(false),
                Err(error) => Err(error),
            }
        };
        kept.split(found.observed(Source::packed(shape, image)), shape, workers);
        let mut told = HybridOutcome { denoiser: name, denoised: false, finite: true, likelihood_gain: None };
        // The second one is for an image that cannot be denoised; the automatic mode finds that out by itself.
        let [mut course, without] = match deconvolution.courses.given() {
            Some(course) if is_automatic => [Some((course, "course")).filter(|_| course.denoised), None],
            Some(course) => [course, Course { denoised: false, ..course }].map(|course| Some((course, "course"))),
            None => {
                parts.next(watch, DENOISING_COST);
                told.finite = denoise(kept.samples_mut(), clean, watch)?;
                if has_gaps {
                    [kept.samples_mut(), clean].into_iter().for_each(|samples| leave_out(samples, image));
                }
                parts.next(watch, pilots);
                deconvolution.turn_to(denoised);
                let mut way = match told.finite {
                    true => Some(deconvolution.explore(image, kept, clean, found, workers, watch)?),
                    false => None,
                };
                parts.next(watch, pilots);
                // Even light that the estimate need not explain makes no grain.
                let raised = deconvolution.with_pedestal(found, PEDESTAL);
                if let Some(way) = way.as_mut().filter(|_| raised.pedestal > found.pedestal) {
                    let other = deconvolution.explore(image, kept, clean, raised, workers, watch)?;
                    if other.likelihood > way.likelihood {
                        *way = Way { course: Course { pedestal: PEDESTAL, ..other.course }, ..other };
                    }
                }
                parts.next(watch, pilots);
                deconvolution.turn_to(plain);
                let raw = deconvolution.explore(image, kept, kept.samples(), found, workers, watch)?;
                told.likelihood_gain = way.as_ref().map(|way| way.likelihood - raw.likelihood);
                let likelier = way.filter(|way| way.likelihood > raw.likelihood);
                let without = (!is_automatic).then_some((raw.course, raw.stopped));
                [likelier.map(|way| (Course { denoised: true, ..way.course }, way.stopped)).or(without), without]
            }
        };
        parts.next(watch, DENOISING_COST);
        if course.is_some_and(|(course, _)| course.denoised) {
            told.finite = denoise(image, clean, watch)?;
            told.denoised = told.finite;
        }
        if !told.denoised {
            clean.copy_from_slice(image);
            course = without;
        }
        if has_gaps {
            leave_out(clean, kept.samples());
        }
        Ok((course, told))
    }
}

impl Deconvolution {
    /// Finds how far to go on `seen`, which was made of the photons kept of `image`.
    fn explore(
        &mut self,
        image: &[f32],
        kept: &HeldOut,
        seen: &[f32],
        calibration: Calibration,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Way> {
        let (shape, tiles) = (self.tiling.image(), self.tiling.count());
        let pilots = tiles.min(PILOTS);
        let (start, length) = watch.control().current_span();
        let part = length / pilots as f64;
        if let Task::Iterative(_, schedule) = &mut self.task {
            schedule.begin();
        }
        let course = Course { iterations: 1, ..Course::default() };
        let mut way = Way { likelihood: 0.0, course, stopped: "iterations" };
        for _ in 0..2 {
            way.likelihood = 0.0;
            for pilot in 0..pilots {
                watch.control().span(start + part * pilot as f64, part);
                let tile = self.tiling.tile((2 * pilot + 1) * tiles / (2 * pilots));
                self.field.set_image(tile.shape);
                let thinned = Thinned {
                    whole: calibration.observed(Source::packed(shape, image).at(tile.input)),
                    kept: Source::packed(shape, kept.samples()).at(tile.input),
                    share: Share::EIGHTH,
                };
                let source = Source::packed(shape, seen).at(tile.input);
                let ended = self.restore(source, tile.core_within, calibration, Some(thinned), workers, watch)?;
                way.likelihood += ended.likelihood;
                way.stopped = ended.stopped;
                if let Task::Iterative(_, schedule) = &mut self.task {
                    schedule.pilot(&self.options, &ended, pilot + 1 == pilots);
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
        Ok(way)
    }
}

/// What is not measured in `image` is not in `samples` either.
fn leave_out(samples: &mut [f32], image: &[f32]) {
    samples.iter_mut().zip(image).filter(|(_, seen)| seen.is_nan()).for_each(|(sample, _)| *sample = f32::NAN);
}

/// Takes a share of what was denoised, with the light that `raw` has above `dark`; says whether all of it is finite.
fn mix(raw: &[f32], clean: &mut [f32], strength: f32, dark: f64, workers: &Workers) -> bool {
    let light =
        |samples: &[f32]| samples.iter().map(|&sample| f64::from(sample)).sum::<f64>() - dark * samples.len() as f64;
    let (before, after) = (light(raw), light(clean));
    if !after.is_finite() {
        return false;
    }
    // Without light to speak of there is no factor to know.
    let kept = before / after;
    let factor = if (0.5..2.0).contains(&kept) { kept as f32 } else { 1.0 };
    let dark = dark as f32;
    workers.each(Rows::of_mut(clean, CHUNK), |_, at, clean| {
        for (clean, raw) in clean.iter_mut().zip(&raw[at * CHUNK..]) {
            let denoised = dark + (*clean - dark) * factor;
            *clean = raw + strength * (denoised - raw);
        }
    });
    true
}

/// The share of the darkest places' level that is tried as a pedestal in stacks: beneath the haze of a thick specimen there is often even
/// light, and how much of the level it has, no place shows.
const PEDESTAL: f64 = 1.0 / 3.0;
/// What denoising takes, in units of a tile, about.
const DENOISING_COST: f64 = 0.1;
const CHUNK: usize = 1 << 14;
