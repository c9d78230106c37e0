//! What an image was found to be, as a host states it for others that are to be restored alike.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::course::Course;
use super::found::Calibration;
use super::observed::Counts;
use crate::error::{Error, Result, number};
use crate::noise::{Camera, Noise};
use crate::params::Contrast;

/// All that an image was found to be, and how far its iterations went: a host states it for images that are to be restored alike,
/// such as the parts of one that is larger than memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrated {
    gain: f64,
    shift: f64,
    background: f64,
    pedestal: f64,
    mean: f64,
    noise_to_signal: f64,
    dark: f64,
    #[serde(serialize_with = "name", deserialize_with = "of_name")]
    contrast: Contrast,
    is_free: bool,
    is_raised: bool,
    noise: Option<Known>,
    iterations: usize,
    matched_from: usize,
    /// Of an image that was denoised first: what the light of the denoised one is multiplied with.
    denoised: Option<f64>,
}

/// What of the noise decides how an image is restored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    gain: f64,
    offset: f64,
    read_noise: f64,
    correlation: [f64; 3],
    sure: bool,
    signal_independent: bool,
    limit: Option<f64>,
}

impl Calibrated {
    pub(super) fn new(found: &Calibration, noise: Option<&Noise>, course: Course, denoised: Option<f64>) -> Self {
        let known = |noise: &Noise| {
            let Camera { gain, offset, read_noise, correlation } = noise.camera;
            let Noise { signal_independent, limit, .. } = *noise;
            Known { gain, offset, read_noise, correlation, sure: !noise.is_roughly_known(), signal_independent, limit }
        };
        let Calibration { counts, background, pedestal, mean, noise_to_signal, dark, contrast, is_free, is_raised } =
            *found;
        Self {
            gain: counts.gain,
            shift: counts.shift,
            background,
            pedestal,
            mean,
            noise_to_signal,
            dark,
            contrast,
            is_free,
            is_raised,
            noise: noise.map(known),
            iterations: course.iterations,
            matched_from: course.matched_from,
            denoised,
        }
    }

    /// What the light of the denoised image is multiplied with, where it is to be denoised first.
    pub fn denoised(&self) -> Option<f64> {
        self.denoised
    }

    /// Reads a list of them, one for each image.
    ///
    /// # Errors
    /// [`Error::Argument`] for other text, and for numbers that no image comes to.
    pub fn list(text: &str) -> Result<Vec<Self>> {
        let list: Vec<Self> = serde_json::from_str(text).map_err(|cause| {
            Error::Argument(format!(
                "calibrations is no list of what reports have as \"calibration\": {cause}; it must be one for each image"
            ))
        })?;
        if list.is_empty() {
            return Err(Error::Argument("calibrations is an empty list; it must have one for each image".into()));
        }
        list.iter().try_for_each(Self::check)?;
        Ok(list)
    }

    fn check(&self) -> Result<()> {
        let mean = self.mean;
        // Iterations work in units of the mean, in single precision.
        let fits = |number: f64| number.abs() <= MOST && number.abs() / mean <= MOST;
        let scales = |gain: f64| gain > 0.0 && gain / mean >= LEAST && fits(gain);
        let (gain, any) =
            ("above 0, and what single precision holds over the mean", "what single precision holds over the mean");
        let iterations = self.iterations.max(self.matched_from);
        let mut rows = vec![
            ("mean", mean, (LEAST..=MOST).contains(&mean), "above 0, and what single precision holds"),
            ("gain", self.gain, scales(self.gain), gain),
            ("shift", self.shift, fits(self.shift), any),
            ("background", self.background, fits(self.background), any),
            ("pedestal", self.pedestal, fits(self.pedestal), any),
            ("dark", self.dark, fits(self.dark), any),
            (
                "noise_to_signal",
                self.noise_to_signal,
                (0.0..=MOST).contains(&self.noise_to_signal),
                "0 or more, and what single precision holds",
            ),
            ("iterations", iterations as f64, iterations <= MOST_ITERATIONS, "a number of iterations that were done"),
        ];
        rows.extend(self.denoised.map(|light| ("denoised", light, (0.5..=2.0).contains(&light), "0.5 to 2, or null")));
        if let Some(noise) = &self.noise {
            let read_noise = noise.read_noise;
            rows.push(("gain of the noise", noise.gain, scales(noise.gain), gain));
            rows.push(("offset of the noise", noise.offset, fits(noise.offset), any));
            rows.push((
                "read_noise",
                read_noise,
                read_noise >= 0.0 && fits(read_noise),
                "0 or more, and what single precision holds over the mean",
            ));
            rows.extend(noise.correlation.map(|shared| ("correlation", shared, shared.abs() <= 1.0, "-1 to 1")));
        }
        rows.into_iter().filter(|(_, _, is_allowed, _)| !is_allowed).try_for_each(|(thing, got, _, allowed)| {
            Err(Error::Argument(format!("calibrations has the {thing} {}; it must be {allowed}", number(got))))
        })
    }

    pub(super) fn calibration(&self) -> Calibration {
        let Self {
            gain, shift, background, pedestal, mean, noise_to_signal, dark, contrast, is_free, is_raised, ..
        } = *self;
        let counts = Counts { gain, shift };
        Calibration { counts, background, pedestal, mean, noise_to_signal, dark, contrast, is_free, is_raised }
    }

    pub(super) fn noise(&self) -> Option<Noise> {
        let known = self.noise.as_ref()?;
        let Known { gain, offset, read_noise, correlation, sure, signal_independent, limit } = *known;
        let camera = Camera { gain, offset, read_noise, correlation };
        Some(Noise { sure, signal_independent, limit, ..Noise::stated(camera) })
    }

    pub(super) fn course(&self) -> Course {
        let denoised = self.denoised.is_some();
        Course { iterations: self.iterations, matched_from: self.matched_from, denoised, ..Course::default() }
    }
}

fn name<S: Serializer>(contrast: &Contrast, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(contrast.name())
}

fn of_name<'a, D: Deserializer<'a>>(deserializer: D) -> std::result::Result<Contrast, D::Error> {
    let told = String::deserialize(deserializer)?;
    let known = [Contrast::Emission, Contrast::Absorption, Contrast::Signed];
    known.into_iter().find(|contrast| contrast.name() == told).ok_or_else(|| {
        de::Error::custom(format_args!("contrast is {told:.64?}; it must be emission, absorption or signed"))
    })
}

/// What single precision holds.
const LEAST: f64 = f32::MIN_POSITIVE as f64;
const MOST: f64 = f32::MAX as f64;
/// More than any image takes.
const MOST_ITERATIONS: usize = 1 << 20;
