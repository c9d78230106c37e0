//! Denoising before deconvolution, ended by what the raw image tells.
//!
//! A denoiser takes away the noise that iterations would amplify, so that they can go farther. How far, no rule that
//! knows the camera can say, since what noise a denoiser leaves is not known; photons of the raw image that were held out
//! can ([`super::held_out`]). Those kept are denoised and iterated on until the ones held out become less likely. The same
//! is done without the denoiser, and the way on which the photons held out were more likely is the one that all photons
//! go, denoised or not, with as many iterations: what a denoiser invents is found by photons that it has not seen.

use super::blocks::{PILOTS, Parts, SURVEY_COST};
use super::course::Course;
use super::found::Calibration;
use super::held_out::{HeldOut, Thinned};
use super::in_place::InPlace;
use super::options::Share;
use super::outcome::HybridOutcome;
use super::{Deconvolution, Outcome, Task};
use crate::error::{Error, Result};
use crate::image::{Source, fill};
use crate::noise::Stated;
use crate::params::Settings;
use crate::runtime::{Job, Rows, Watch, Workers};

/// What takes noise away from an image before it is deconvolved.
pub trait Denoiser: Send {
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
    /// The photons of the raw image that are not held out.
    kept: HeldOut,
    /// What is iterated on.
    clean: Vec<f32>,
    /// The share of what the denoiser takes away that is taken away, above 0 and at most 1.
    strength: f32,
}

/// What the photons held out say of a way to the result.
struct Way {
    likelihood: f64,
    course: Course,
    stopped: &'static str,
}

impl Hybrid {
    /// Denoises images of a planned deconvolution first.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(deconvolution: Deconvolution, denoiser: Box<dyn Denoiser>, job: Job) -> Result<Self> {
        let shape = deconvolution.tiling.image();
        let strength = deconvolution.options.hybrid.unwrap_or(1.0) as f32;
        let kept = HeldOut::new(shape, Some(Share::EIGHTH))?;
        Ok(Self {
            kept,
            clean: job.zeroed("the denoised image", shape.iter().product())?,
            deconvolution,
            denoiser,
            strength,
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
        self.deconvolution.restate(settings, camera)
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
        let Self { deconvolution, denoiser, kept, clean, strength } = self;
        let shape = deconvolution.tiling.image();
        if image.len() != clean.len() {
            return Err(Error::Argument(format!(
                "image holds {} samples; this plan takes {}",
                image.len(),
                clean.len()
            )));
        }
        let tiles = deconvolution.tiling.count();
        let pilots = tiles.min(PILOTS) as f64;
        let mut parts = Parts::new(watch, SURVEY_COST + 2.0 * DENOISING_COST + 2.0 * pilots + tiles as f64);
        parts.next(watch, SURVEY_COST);
        deconvolution.survey(&mut InPlace { shape, samples: image }, &mut [], workers, watch)?;
        let mut outcome = deconvolution.outcome();
        let Some(calibration) = deconvolution.calibrate(&mut outcome)? else {
            image.fill(0.0);
            parts.end(watch)?;
            deconvolution.note_course(None, "empty");
            return Ok(outcome);
        };
        for number in deconvolution.outliers.numbers() {
            image[*number as usize] = f32::NAN;
        }
        let has_gaps = deconvolution.survey.statistics.missing > 0;
        let dark = calibration.background;
        let mut denoise = |raw: &mut [f32], clean: &mut [f32], watch: &mut Watch| {
            if has_gaps {
                fill(raw, shape, workers);
            }
            match denoiser.denoise(raw, clean, workers, watch) {
                Ok(()) => Ok(mix(raw, clean, *strength, dark, workers)),
                // A network that gives no numbers.
                Err(Error::Model(_)) => Ok(false),
                Err(error) => Err(error),
            }
        };
        kept.split(calibration.observed(Source::packed(shape, image)), shape, workers);
        let (mut better, mut is_finite) = (None, true);
        // The second one is for an image that cannot be denoised.
        let ([mut course, plain_course], stopped) = match deconvolution.courses.given() {
            Some(course) => ([course; 2], "course"),
            None => {
                parts.next(watch, DENOISING_COST);
                is_finite = denoise(kept.samples_mut(), clean, watch)?;
                if has_gaps {
                    [kept.samples_mut(), clean].into_iter().for_each(|samples| leave_out(samples, image));
                }
                parts.next(watch, pilots);
                let denoised = match is_finite {
                    true => Some(deconvolution.explore(image, kept, clean, calibration, workers, watch)?),
                    false => None,
                };
                parts.next(watch, pilots);
                let plain = deconvolution.explore(image, kept, kept.samples(), calibration, workers, watch)?;
                better = denoised.as_ref().map(|way| way.likelihood - plain.likelihood);
                let way = denoised.filter(|way| way.likelihood > plain.likelihood);
                let is_denoised = way.is_some();
                let plain_course = plain.course;
                let Way { course, stopped, .. } = way.unwrap_or(plain);
                ([Course { denoised: is_denoised, ..course }, plain_course], stopped)
            }
        };
        parts.next(watch, DENOISING_COST);
        let mut is_denoised = course.denoised;
        if is_denoised {
            is_finite = denoise(image, clean, watch)?;
            is_denoised = is_finite;
        }
        if !is_denoised {
            clean.copy_from_slice(image);
            course = Course { denoised: false, ..plain_course };
        }
        if has_gaps {
            leave_out(clean, kept.samples());
        }
        if let Task::Iterative(_, schedule) = &mut deconvolution.task {
            schedule.begin();
            schedule.follow(course);
        }
        for at in 0..tiles {
            parts.next(watch, 1.0);
            let tile = deconvolution.tiling.tile(at);
            deconvolution.field.set_image(tile.shape);
            let source = Source::packed(shape, clean).at(tile.input);
            let ended = deconvolution.restore(source, tile.core_within, calibration, None, workers, watch)?;
            outcome.note(&ended);
            outcome.flux_out += ended.flux;
            outcome.flux_outside = (tiles == 1).then_some(ended.flux_outside);
            let result = deconvolution.field.result(tile.core_within);
            let ([_, ny, nx], [z0, y0, x0]) = (tile.core.shape, tile.core.start);
            for row in 0..tile.core.shape[0] * ny {
                let (z, y) = (row / ny, row % ny);
                let first = ((z0 + z) * shape[1] + y0 + y) * shape[2] + x0;
                image[first..first + nx].copy_from_slice(&result.row(z, y)[..nx]);
            }
        }
        parts.end(watch)?;
        if is_denoised {
            outcome.algorithm = "hybrid";
        }
        outcome.stopped = stopped;
        deconvolution.note_course(Some((course, calibration)), stopped);
        outcome.hybrid = Some(HybridOutcome { denoised: is_denoised, finite: is_finite, likelihood_gain: better });
        Ok(outcome)
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

/// What denoising takes, in units of a tile, about.
const DENOISING_COST: f64 = 0.3;
const CHUNK: usize = 1 << 14;
