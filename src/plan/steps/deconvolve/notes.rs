//! What deconvolutions of a plan's images came to, and what is to be warned of.

use crate::deconvolve::Outcome;
use crate::error::{Result, number};
use crate::noise::{Doubt, Noise, Stated};
use crate::plan::step::{Place, outcomes};
use crate::plan::warnings::Tell;

/// Outcomes, and what is to be warned of.
pub struct Notes {
    pub outcomes: Vec<Outcome>,
    /// Samples of an image.
    samples: f64,
    /// What the plan states of it.
    pub camera: Stated,
    /// What stands against denoising images first.
    cramped: Option<Cramped>,
}

/// A memory cap that leaves no room to denoise images first, and one that does.
#[derive(Clone, Copy)]
pub struct Cramped {
    pub cap: u64,
    pub needed: u64,
}

impl Notes {
    pub fn new(place: &Place<'_>, cramped: Option<Cramped>) -> Result<Self> {
        let samples = place.grid.volume().iter().map(|&extent| extent as f64).product();
        Ok(Self { outcomes: outcomes(place.images)?, samples, camera: place.grid.camera, cramped })
    }

    pub fn warnings(&self, tell: &mut Tell<'_>) {
        if let Some(Cramped { cap, needed }) = self.cramped {
            let text = format_args!(
                "plan.memory_cap_bytes is {cap}, which leaves no room to denoise images first, so that they are deconvolved as they \
                 came; allow {needed}, or set deconvolve.denoising to 0"
            );
            tell("cramped", text);
        }
        if let Some(outcome) = self.outcomes.iter().find(|outcome| outcome.stopped == "empty") {
            let text = format_args!(
                "an image has no sample above deconvolve.background, {}, so that its result is all 0; look at that number \
                 and at what the steps before have subtracted",
                outcome.background
            );
            tell("empty", text);
        }
        // Of an image that is flat itself nothing is left; noise, and what is taken for it, leaves about 1.
        let flat = |outcome: &&Outcome| {
            let left = outcome.misfit.is_some_and(|misfit| misfit > MIN_LEFT);
            left && outcome.iterations == 0 && outcome.stopped == "discrepancy"
        };
        if self.outcomes.iter().any(|outcome| flat(&outcome)) {
            let text = format_args!(
                "a flat image explains the samples as well as their noise allows, so that the result is flat; if there is a \
                 specimen, its structure was taken for noise: state plan.camera_gain and plan.camera_read_noise, or take \
                 another algorithm (landweber for images around 0)"
            );
            tell("flat", text);
        }
        let taken_as_dark = |outcome: &&Outcome| {
            let below = outcome.negative as f64 > MAX_NEGATIVE * self.samples;
            let is_noise = outcome.noise.is_some_and(|noise| noise.signal_independent);
            below
                && !is_noise
                && outcome.contrast == "emission"
                && outcome.background >= 0.0
                && outcome.stopped != "empty"
        };
        if let Some(outcome) = self.outcomes.iter().find(taken_as_dark) {
            let text = format_args!(
                "{} of {} samples are negative and are taken as 0 where the noise does not explain them, so that the result has \
                 more light than the image; rather than subtracting the level without light, give it as deconvolve.background; \
                 where it is subtracted already, that is how far below 0 the darkest samples are, a negative number; or set \
                 deconvolve.contrast to signed",
                outcome.negative, self.samples
            );
            tell("negative", text);
        }
        let broken = |outcome: &&Outcome| outcome.hybrid.as_ref().is_some_and(|hybrid| !hybrid.finite);
        if self.outcomes.iter().any(|outcome| broken(&outcome)) {
            let text = format_args!(
                "the denoiser failed, or gave samples that are not finite, so that the result is of the image as it came; run the \
                 network in a step of its own (ABBE_STEP_MODEL) to see what it gives"
            );
            tell("denoiser", text);
        }
        let contradicted = |noise: &&Noise| noise.doubts.has(Doubt::Contradicted);
        if let Some(noise) = self.outcomes.iter().filter_map(|outcome| outcome.noise.as_ref()).find(contradicted) {
            let text = format_args!(
                "the image's noise and darkest places contradict what is stated of the camera; photon gain {}, offset {} and read \
                 noise {} were taken; look at plan.camera_gain, plan.camera_offset and plan.camera_read_noise",
                number(noise.camera.gain),
                number(noise.camera.offset),
                number(noise.camera.read_noise)
            );
            tell("camera", text);
        }
        self.warn_of_misfit(tell);
    }

    /// Tells the largest misfit that can be seen.
    fn warn_of_misfit(&self, tell: &mut Tell<'_>) {
        let misfits = self.outcomes.iter().filter_map(|outcome| {
            let (misfit, gain) = outcome.misfit.zip(outcome.photon_gain)?;
            // Hardly any noise, as in simulated images, makes much of residuals that cannot be seen.
            let noise = gain * self.samples / outcome.flux_in;
            let residuals = (misfit * noise).sqrt();
            (residuals > MIN_VISIBLE && misfit > MAX_MISFIT).then_some((misfit, residuals, noise.sqrt()))
        });
        let Some((misfit, residuals, noise)) = misfits.max_by(|one, other| one.0.total_cmp(&other.0)) else { return };
        let percent = 100.0 * residuals;
        if noise < MIN_NOISE {
            let text = format_args!(
                "what the result does not explain is {percent:.1} % of the image, root mean square, and the image has \
                 hardly any noise, as simulated and denoised ones; look at the point spread function's width, pixel size \
                 and background, and give deconvolve.photon_gain if the noise was removed"
            );
            tell("misfit", text);
        } else {
            let text = format_args!(
                "misfit is {misfit:.1}; it comes near 1 where the point spread function explains the image: look at the \
                 point spread function's width, pixel size and background, or allow more iterations"
            );
            tell("misfit", text);
        }
    }
}

/// Squared residuals over those of the noise that are too many for noise.
const MAX_MISFIT: f64 = 3.0;
/// Squared residuals over those of the noise that a flat result leaves of an image with something in it.
const MIN_LEFT: f64 = 0.25;
/// Residuals that matter, in the root mean square, as share of the image's mean.
const MIN_VISIBLE: f64 = 0.03;
/// Noise that only images without any have, as share of the image's mean.
const MIN_NOISE: f64 = 1e-3;
/// Share of the samples that noise around no light makes negative in images whose camera offset was not subtracted.
const MAX_NEGATIVE: f64 = 0.1;
