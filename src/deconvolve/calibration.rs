//! What the survey of an image comes to: what its samples are, and what they have beside the specimen's light.

use super::course::{Course, Exposure};
use super::found::Calibration;
use super::observed::Counts;
use super::options::{Algorithm, Options};
use super::{Deconvolution, Outcome};
use crate::error::{Error, Result};
use crate::params::Contrast;

impl Deconvolution {
    /// What the survey comes to; `None` for an image without light.
    ///
    /// # Errors
    /// [`Error::Argument`] for light so faint that single precision would lose it.
    pub(super) fn calibrate(&mut self, outcome: &mut Outcome) -> Result<Option<Calibration>> {
        let statistics = self.survey.statistics;
        outcome.negative = statistics.negative;
        if let Some(given) = self.given() {
            let found = given.calibration();
            (outcome.background, outcome.pedestal) = (found.background, found.pedestal);
            (outcome.noise, outcome.outliers) = (self.noise, self.outliers.count());
            if self.options.algorithm.is_linear() {
                outcome.noise_to_signal = Some(found.noise_to_signal);
            } else {
                outcome.contrast = found.contrast.name();
            }
            if found.is_free {
                outcome.algorithm = Algorithm::Landweber.name();
            }
            if self.noise.is_some() {
                (outcome.photon_gain, outcome.photon_shift) = (Some(found.counts.gain), Some(found.counts.shift));
            }
            return Ok(Some(found));
        }
        if self.options.algorithm.is_linear() {
            let ratio = self.options.noise_to_signal.unwrap_or_else(|| match self.options.algorithm {
                // Its gain for what is even is 1 / (1 + k): an image of noise alone would go dark.
                Algorithm::Tikhonov => statistics.noise_to_signal().min(MAX_NOISE_TO_SIGNAL),
                _ => statistics.noise_to_signal(),
            });
            outcome.noise_to_signal = Some(ratio);
            let counts = Counts { gain: 1.0, shift: 0.0 };
            let background = self.options.background.or(self.options.camera.offset).unwrap_or(0.0);
            outcome.background = background;
            let mean = statistics.mean() - background;
            return Ok(Some(Calibration { counts, background, mean, noise_to_signal: ratio, ..Calibration::EMISSION }));
        }
        outcome.noise = self.noise;
        outcome.outliers = self.outliers.count();
        let shared = self.courses.exposure();
        outcome.course_of = shared.map(|exposure| exposure.image);
        let given = self.options.background.or(shared.map(|exposure| exposure.background));
        let (mut counts, background) = self.survey.counts(outcome.noise, given);
        outcome.background = background;
        let contrast = shared.map_or_else(|| self.contrast(background), |exposure| exposure.contrast);
        outcome.contrast = contrast.name();
        let below = statistics.noise_around_0();
        let noise = self.noise.map_or(0.0, |noise| noise.camera.variance(statistics.mean()).sqrt());
        let is_even = noise > 0.0 && self.noise.is_some_and(|noise| noise.signal_independent);
        let is_free = match shared {
            Some(exposure) => exposure.is_free,
            None => {
                contrast == Contrast::Signed && self.options.may_be_free() && noise > 0.0 && below > BELOW_NOISE * noise
            }
        };
        if is_free {
            counts = Counts::even(noise);
            outcome.algorithm = Algorithm::Landweber.name();
        } else if contrast == Contrast::Signed {
            counts = counts.around(0.0, below);
        } else if is_even {
            counts = Counts { gain: 1.0, shift: -background }.around(background, noise);
        }
        if outcome.noise.is_some() || self.options.camera.gain.is_some() {
            (outcome.photon_gain, outcome.photon_shift) = (Some(counts.gain), Some(counts.shift));
        }
        // Noise, or a part of the image outside the field, may lie below the background; what is above it is light all the
        // same, and some of it is sure to be the specimen's.
        let light = statistics.mean_light();
        let above = (statistics.mean() - background).max(MIN_SHARE_OF_LIGHT * light);
        let is_counted = background == 0.0 && contrast != Contrast::Signed && !is_even;
        let mut mean = if is_counted { light } else { above };
        if is_free {
            // A specimen around 0 has no light to be measured by.
            mean = mean.max(below);
        }
        if self.options.pedestal && contrast == Contrast::Emission {
            outcome.pedestal = (self.survey.level() - background).clamp(0.0, MAX_PEDESTAL * mean.max(0.0));
            mean -= outcome.pedestal;
        }
        if mean.is_nan() || mean <= f64::from(f32::MIN_POSITIVE) {
            if light > 0.0 && light <= f64::from(f32::MIN_POSITIVE) {
                return Err(Error::Argument(format!(
                    "src has a mean of {light:e}; it must be above {:e} or 0; multiply the samples by a constant",
                    f32::MIN_POSITIVE
                )));
            }
            outcome.stopped = "empty";
            return Ok(None);
        }
        let pedestal = outcome.pedestal;
        let dark = self
            .darkest
            .filter(|_| contrast != Contrast::Signed)
            .map_or(0.0, |darkest| darkest - background - pedestal);
        let dark = dark.clamp(0.0, mean);
        let is_raised = is_even || contrast == Contrast::Signed;
        let found = Calibration { counts, background, pedestal, mean, dark, contrast, ..Calibration::EMISSION };
        Ok(Some(Calibration { is_free, is_raised, ..found }))
    }

    /// Whether photons held out can tell what a denoiser is good for: of an image whose photons can be told apart, all of which
    /// was measured.
    pub(super) fn suits_denoising(&self, found: &Calibration) -> bool {
        let is_known = self.noise.is_some_and(|noise| noise.sure || noise.is_roughly_known());
        let is_counted = found.contrast == Contrast::Emission && !found.is_free && !found.is_raised;
        let is_whole = self.survey.statistics.missing == self.outliers.count();
        is_known && is_counted && is_whole && self.extra.is_none()
    }

    /// With a share of the darkest places' level as a pedestal; as it is where that level is not known.
    pub(super) fn with_pedestal(&self, found: Calibration, share: f64) -> Calibration {
        let level = self.darkest.map_or(0.0, |darkest| darkest - found.background - found.pedestal);
        let more = share * level.clamp(0.0, MAX_PEDESTAL * found.mean);
        let dark = (found.dark - more).max(0.0);
        Calibration { pedestal: found.pedestal + more, mean: found.mean - more, dark, ..found }
    }

    /// Notes how far the image went that was restored, and as what; nothing of one without light.
    pub(super) fn note_course(&mut self, found: Option<(Course, Calibration)>, stopped: &str) {
        let found = found.map(|(course, Calibration { background, contrast, is_free, .. })| {
            // That a flat result explains one image says nothing of how far others are to go.
            let course = if course.iterations == 1 && stopped == "discrepancy" { Course::default() } else { course };
            let (image, noise) = (self.courses.image(), self.noise);
            let (brightness, darkest) = (self.brightness, self.darkest);
            (course, Exposure { image, noise, background, contrast, is_free, brightness, darkest })
        });
        self.courses.note(found);
    }

    /// What the samples are, as stated or as they look.
    fn contrast(&mut self, background: f64) -> Contrast {
        let statistics = self.survey.statistics;
        match self.options.contrast {
            Contrast::Automatic
                if background == 0.0
                    && statistics.is_around_0()
                    && (statistics.mean_light() == 0.0 || !self.explains_negative()) =>
            {
                Contrast::Signed
            }
            Contrast::Automatic if self.options.pedestal && self.survey.is_mostly_bright() => Contrast::Absorption,
            Contrast::Automatic => Contrast::Emission,
            stated => stated,
        }
    }

    /// Whether noise alone may have made the samples below 0: as found, or of a camera that is stated.
    fn explains_negative(&self) -> bool {
        let Some(noise) = self.noise else {
            return self.options.camera.gain.is_some() && self.options.camera.read_noise.is_some();
        };
        let statistics = self.survey.statistics;
        let most = BELOW_NOISE * noise.camera.variance(statistics.mean()).sqrt();
        noise.sure || noise.signal_independent && statistics.noise_around_0() <= most
    }

    /// The options for an image of that calibration.
    pub(super) fn options(&self, calibration: &Calibration) -> Options {
        let options = if calibration.is_free { self.options.free() } else { self.options.clone() };
        let is_even = self.noise.is_some_and(|noise| noise.signal_independent && noise.is_roughly_known());
        if is_even { options.held_out() } else { options }
    }
}

/// The largest share of the light that may be a pedestal.
const MAX_PEDESTAL: f64 = 0.9;

/// Standard deviations of the noise below 0, root mean square, that are no noise.
const BELOW_NOISE: f64 = 1.5;

/// Share of what is above a background that is taken for the specimen's at least.
const MIN_SHARE_OF_LIGHT: f64 = 0.1;
/// Largest estimated noise power over signal power for Tikhonov's filter.
const MAX_NOISE_TO_SIGNAL: f64 = 0.1;
