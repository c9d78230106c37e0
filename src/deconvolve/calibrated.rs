//! What an image was found to be, as a host states it for others that are to be restored alike.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::course::Course;
use super::found::Calibration;
use super::observed::Counts;
use crate::error::{Error, Result};
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
    pub(super) fn new(found: &Calibration, noise: Option<&Noise>, course: Course) -> Self {
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
        }
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
        let refuse = |thing: &str, number: f64, allowed: &str| {
            Err(Error::Argument(format!("calibrations has the {thing} {number}; it must be {allowed}")))
        };
        let (mut gain, mut read_noise) = (self.gain, 0.0);
        if let Some(noise) = &self.noise {
            (gain, read_noise) = (gain.min(noise.gain), noise.read_noise);
        }
        match self {
            _ if gain < f64::MIN_POSITIVE => refuse("gain", gain, "above 0"),
            _ if read_noise < 0.0 => refuse("read_noise", read_noise, "0 or more"),
            Self { mean, .. } if *mean < f64::from(f32::MIN_POSITIVE) => refuse("mean", *mean, "above 0"),
            Self { noise_to_signal, .. } if *noise_to_signal < 0.0 => {
                refuse("noise_to_signal", *noise_to_signal, "0 or more")
            }
            Self { iterations, .. } if *iterations > MOST => {
                refuse("iterations", *iterations as f64, "a number of iterations that were done")
            }
            _ => Ok(()),
        }
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
        Course { iterations: self.iterations, matched_from: self.matched_from, ..Course::default() }
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

/// More than any image takes.
const MOST: usize = 1 << 20;
