//! What the settings ask for.

use crate::error::{Error, Result};
use crate::noise::Stated;
use crate::params::{self, Contrast, Course, Preset, Settings, Storage};
pub(super) use crate::params::{Algorithm, Padding};

/// One photon in two to this power is held out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share(pub u32);

impl Share {
    /// One in eight: little is lost for the result.
    pub const EIGHTH: Self = Self(3);
    /// One in two: what is held out says as much as it can.
    pub const HALF: Self = Self(1);

    /// The iterations that make sure that those after the best, so far, are no better.
    pub fn enough(self, best: usize) -> usize {
        best + best / 8 + if self == Self::HALF { 6 } else { 2 }
    }

    /// One photon in so many.
    pub fn one_in(self) -> f64 {
        f64::from(1_u32 << self.0)
    }

    /// What brings the photons kept up to the whole's brightness.
    pub fn kept(self) -> f64 {
        1.0 / (1.0 - 1.0 / self.one_in())
    }
}

/// What ends the iterations before their number is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    Iterations,
    Change(f64),
    /// Residuals as small as the noise times this, as a ratio of their squares.
    Discrepancy(f64),
    /// Photons held out that become less likely.
    HeldOut(Share),
}

impl Stop {
    /// What is held out.
    pub fn held_out(self) -> Option<Share> {
        if let Self::HeldOut(share) = self { Some(share) } else { None }
    }
}

/// A weight of total variation that follows the noise of a voxel over its light: so many times its standard deviation, and so
/// many times its variance besides, and no less than that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Smoothing {
    pub least: f64,
    pub deviations: f64,
    pub variances: f64,
}

/// The settings of a deconvolution, read and checked, with a preset's values for what is not set.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Never automatic.
    pub algorithm: Algorithm,
    /// Never automatic.
    pub padding: Padding,
    /// How the estimate and the transfer function are kept.
    pub storage: Storage,
    pub iterations: usize,
    pub stop: Stop,
    /// Whether photons may be held out where the noise is not known well enough for [`Options::stop`].
    pub may_hold_out: bool,
    /// See [`super::tempered`]; `None`: the matched back projector.
    pub tempering: Option<f64>,
    /// Noise power over signal power; `None`: from the image.
    pub noise_to_signal: Option<f64>,
    /// Weight of total variation that is stated for the algorithm of that name.
    pub total_variation: Option<f64>,
    /// Light that is no specimen's, in the image's units; `None`: estimated.
    pub background: Option<f64>,
    /// Whether the camera's offset is looked for where neither is stated.
    pub finds_background: bool,
    /// What is stated of the camera; the rest is found.
    pub camera: Stated,
    pub warm_start: bool,
    pub course: Course,
    pub contrast: Contrast,
    /// Whether the image is denoised first, and the share of what is taken away then, above 0.
    pub hybrid: Option<f64>,
    /// Total variation where no weight is stated: of the automatic mode, and of the algorithm of that name.
    pub smoothing: Option<Smoothing>,
    /// Whether the level of the darkest places is taken as a pedestal that the estimate need not explain: in the
    /// automatic mode for planes, whose point spread function does not know the haze from above and below.
    pub pedestal: bool,
}

impl Options {
    /// Reads the `deconvolve.*` settings for images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`Error::State`] for a setting without a value; [`Error::Argument`] for settings that exclude each other.
    pub fn new(settings: &Settings, shape: [usize; 3]) -> Result<Self> {
        Self::of(settings.choice(params::DECONVOLVE_ALGORITHM), settings, shape)
    }

    /// As [`Options::new`], of an algorithm whatever the settings say.
    ///
    /// # Errors
    /// As [`Options::new`].
    pub fn of(chosen: Algorithm, settings: &Settings, shape: [usize; 3]) -> Result<Self> {
        let preset = settings.choice::<Preset>(params::DECONVOLVE_PRESET);
        let strength = settings.required(params::DECONVOLVE_DENOISING)?;
        let hybrid = (chosen == Algorithm::Hybrid && strength > 0.0).then_some(strength);
        let automatic = chosen == Algorithm::Automatic || hybrid.is_some();
        let algorithm = match chosen {
            _ if automatic => Algorithm::Tempered,
            // Of nothing denoised the most likely specimen is Richardson-Lucy's.
            Algorithm::Hybrid => Algorithm::RichardsonLucy,
            stated => stated,
        };
        let blind = algorithm == Algorithm::BlindRichardsonLucy;
        let warm_start = settings.i64(params::DECONVOLVE_WARM_START) == 1;
        if blind && warm_start {
            return Err(Error::Argument(
                "deconvolve.warm_start is 1 for blind_richardson_lucy; it must be 0 there: point spread functions are \
                 compared by how far each gets from the same start"
                    .into(),
            ));
        }
        let plane = shape[0] == 1;
        // Iterations at most, tempering, and how close residuals come to the noise. Blur within a plane takes little
        // away, so that few steps restore it, and small ones are needed to end at the right one. A level below 1: what an
        // estimate explains of the noise is not in the residuals.
        let (most, tempering, level) = match (preset, plane) {
            (Preset::Fast, true) => (8, 0.3, 1.07),
            (Preset::Balanced, true) => (20, 1.0, 0.98),
            (_, true) => (30, 3.0, 0.93),
            (_, false) if hybrid.is_some() => {
                if shape[0] <= THIN {
                    (60, 1.0, 0.985)
                } else {
                    (40, 0.3, 0.985)
                }
            }
            (Preset::Fast, false) => (12, 0.05, 1.24),
            (Preset::Balanced, false) => (30, 0.1, 1.02),
            // What sharp projectors do along so few planes is mostly wrong.
            (_, false) if shape[0] <= THIN => (100, 3.0, 0.985),
            (_, false) => (100, 0.3, 0.985),
        };
        let padding = match settings.choice(params::DECONVOLVE_PADDING) {
            Padding::Automatic if automatic && preset == Preset::Fast => Padding::Half,
            Padding::Automatic => Padding::Full,
            stated => stated,
        };
        let chosen_stop = settings.choice(params::DECONVOLVE_STOP);
        let stop = match chosen_stop {
            params::Stop::Automatic | params::Stop::HeldOut if hybrid.is_some() => Stop::HeldOut(Share::EIGHTH),
            _ if hybrid.is_some() => {
                return Err(Error::Argument(format!(
                    "deconvolve.stop is {} for hybrid; it must be 0 (automatic) or 4 (held_out) there: what noise a denoiser \
                     leaves is not known",
                    settings.i64(params::DECONVOLVE_STOP)
                )));
            }
            params::Stop::Iterations => Stop::Iterations,
            params::Stop::Automatic if automatic => Stop::Discrepancy(level),
            params::Stop::Automatic if blind => Stop::HeldOut(Share::EIGHTH),
            params::Stop::HeldOut => Stop::HeldOut(Share::EIGHTH),
            params::Stop::Discrepancy => {
                Stop::Discrepancy(settings.f64(params::DECONVOLVE_STOP_MISFIT).unwrap_or(level))
            }
            params::Stop::Automatic | params::Stop::Change => {
                Stop::Change(settings.required(params::DECONVOLVE_STOP_CHANGE)?)
            }
        };
        let iterations = match settings.is_set(params::DECONVOLVE_ITERATIONS) {
            false if automatic => most,
            false if blind => MAX_BLIND_ITERATIONS,
            _ => usize::try_from(settings.i64(params::DECONVOLVE_ITERATIONS)).unwrap_or(1),
        };
        let tempered = algorithm == Algorithm::Tempered;
        let total_variation =
            settings.f64(params::DECONVOLVE_TOTAL_VARIATION).filter(|_| algorithm == Algorithm::TotalVariation);
        let smoothing = match algorithm {
            Algorithm::TotalVariation if total_variation.is_none() => Some(SMOOTHING_OF_ITSELF),
            _ if automatic && hybrid.is_none() => Some(if plane { SMOOTHING_OF_PLANES } else { SMOOTHING_OF_STACKS }),
            _ => None,
        };
        Ok(Self {
            algorithm,
            padding,
            storage: settings.choice(params::DECONVOLVE_STORAGE),
            iterations,
            stop,
            may_hold_out: automatic && hybrid.is_none() && chosen_stop == params::Stop::Automatic,
            tempering: settings.f64(params::DECONVOLVE_TEMPERING).or(tempered.then_some(tempering)),
            noise_to_signal: settings.f64(params::DECONVOLVE_NOISE_TO_SIGNAL),
            total_variation,
            background: settings.f64(params::DECONVOLVE_BACKGROUND),
            finds_background: automatic,
            camera: Stated { gain: settings.f64(params::DECONVOLVE_PHOTON_GAIN), ..Stated::default() },
            warm_start,
            course: settings.choice(params::DECONVOLVE_COURSE),
            contrast: settings.choice(params::DECONVOLVE_CONTRAST),
            hybrid,
            smoothing,
            pedestal: automatic && plane && !settings.is_set(params::DECONVOLVE_BACKGROUND),
        })
    }
}

impl Options {
    /// Whether residuals are judged by the noise, so that samples which no light made would be followed or end the iterations.
    pub fn judges_by_noise(&self) -> bool {
        matches!(self.stop, Stop::Discrepancy(_)) || self.holds_out().is_some() || self.algorithm == Algorithm::Tempered
    }

    /// Whether something depends on how noisy the image is.
    pub fn needs_noise(&self) -> bool {
        // How much of a background is the camera's offset, which no photons made, its noise tells.
        let has_background = !self.algorithm.is_linear() && self.background.is_some_and(|background| background > 0.0);
        self.judges_by_noise() || self.smoothing.is_some() || has_background
    }

    /// Whether these can take the place of `planned`: memory and transforms follow from more than live numbers.
    ///
    /// # Errors
    /// [`Error::State`] where they cannot.
    pub fn check_work(&self, planned: &Self) -> Result<()> {
        let work = |of: &Self| (of.needs_noise(), of.needs_level(), of.tempering.is_some(), of.hybrid, of.pedestal);
        if work(self) == work(planned) {
            return Ok(());
        }
        Err(Error::State(
            "deconvolve's numbers have changed so that it works another way, as a background above 0 or a tempering does where \
             there was none; it needs abbe_plan_commit() first"
                .into(),
        ))
    }

    /// The share of photons that are held out, where some are.
    pub fn holds_out(&self) -> Option<Share> {
        let blind = self.algorithm == Algorithm::BlindRichardsonLucy;
        // A hybrid holds photons of the whole image out by itself.
        let stop = self.stop.held_out().filter(|_| self.hybrid.is_none());
        stop.or((blind || self.may_hold_out).then_some(Share::EIGHTH))
    }

    /// Whether the algorithm is another one for specimens that go below 0: the automatic mode's, which no factor brings there.
    pub fn may_be_free(&self) -> bool {
        self.smoothing.is_some() && self.algorithm == Algorithm::Tempered
    }

    /// The options for such a specimen: least squares.
    pub fn free(&self) -> Self {
        Self { algorithm: Algorithm::Landweber, smoothing: None, ..self.clone() }
    }

    /// With photons held out where they may be.
    pub fn held_out(self) -> Self {
        let stop = if self.may_hold_out { Stop::HeldOut(Share::EIGHTH) } else { self.stop };
        Self { stop, ..self }
    }

    /// Whether images can share a course: not where nothing is to be shared, where each starts from the one before, and where
    /// each finds its own point spread function.
    pub fn shares_course(&self) -> bool {
        !(self.algorithm.is_linear() || self.warm_start || self.algorithm == Algorithm::BlindRichardsonLucy)
    }

    /// Whether images may be cut into tiles: not where something is found that all of them would have to share.
    pub fn may_be_cut(&self) -> bool {
        !self.warm_start && self.algorithm != Algorithm::BlindRichardsonLucy
    }
}

impl Options {
    /// Whether something depends on the level of the image's darkest places.
    pub fn needs_level(&self) -> bool {
        !self.algorithm.is_linear() && (self.background.is_none() && self.finds_background || self.pedestal)
    }
}

impl Algorithm {
    /// Whether it is a filter in one step.
    pub fn is_linear(self) -> bool {
        matches!(self, Self::Wiener | Self::Tikhonov | Self::RegularisedInverse)
    }

    /// Whether its filter or projector is close to an inverse of the blur, which reaches farther than the blur.
    pub fn inverts(self) -> bool {
        self.is_linear() || self == Self::WienerButterworth
    }

    /// Volumes of the field that it holds beside the field itself: of the estimate, of f32, and of bf16 numbers.
    pub fn volumes(self) -> [usize; 3] {
        match self {
            Self::RichardsonLucy | Self::GoldMeinel => [1, 0, 0],
            Self::Isra => [1, 1, 0],
            Self::BiggsAndrews => [1, 0, 2],
            _ => [2, 0, 0],
        }
    }
}

/// See [`Options::smoothing`]: in stacks every step meets the gradients along a third axis, and there are more steps.
const SMOOTHING_OF_PLANES: Smoothing = Smoothing { least: 0.0, deviations: 0.05, variances: 0.0 };
const SMOOTHING_OF_STACKS: Smoothing = Smoothing { least: 0.0, deviations: 0.01, variances: 0.0 };
/// Of total variation as an algorithm. The least quietens what the point spread function of a stack does not show at all. Of few
/// photons, noise is more than its deviation says: most samples have none, and one photon is a peak.
const SMOOTHING_OF_ITSELF: Smoothing = Smoothing { least: 0.002, deviations: 0.05, variances: 0.3 };
/// The most planes of a thin stack.
const THIN: usize = 8;
/// Iterations of the blind algorithm at most, which ends by photons held out.
pub(super) const MAX_BLIND_ITERATIONS: usize = 150;
