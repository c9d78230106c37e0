//! What the settings ask for.

use crate::error::Result;
use crate::params::{self, Settings};

/// Which algorithm runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    RichardsonLucy,
    HeavyBall,
    BiggsAndrews,
    Tempered,
    TotalVariation,
    Landweber,
    Isra,
    GoldMeinel,
    Wiener,
    Tikhonov,
}

/// How far the field reaches beyond the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    Full,
    Half,
    None,
}

/// What ends the iterations before their number is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    Iterations,
    Change(f64),
    /// Residuals as small as the noise times this, as a ratio of their squares.
    Discrepancy(f64),
}

/// The settings of a deconvolution, read and checked, with a preset's values for what is not set.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub algorithm: Algorithm,
    pub padding: Padding,
    pub iterations: usize,
    pub stop: Stop,
    /// See [`super::tempered`]; infinite for none.
    pub tempering: f64,
    /// Noise power over signal power; `None`: from the image.
    pub noise_to_signal: Option<f64>,
    /// Weight of total variation.
    pub total_variation: f64,
    /// Light that is no specimen's, in the image's units; `None`: estimated.
    pub background: Option<f64>,
    /// Image units a photon; `None`: estimated.
    pub photon_gain: Option<f64>,
    pub warm_start: bool,
}

impl Recipe {
    /// Reads the `deconvolve.*` settings.
    ///
    /// # Errors
    /// [`crate::error::Error::State`] for a setting without a value.
    pub fn new(settings: &Settings) -> Result<Self> {
        let chosen = settings.i64(params::DECONVOLVE_ALGORITHM);
        let preset = settings.i64(params::DECONVOLVE_PRESET);
        let automatic = chosen == AUTOMATIC;
        let algorithm = match chosen {
            1 => Algorithm::RichardsonLucy,
            2 => Algorithm::HeavyBall,
            3 => Algorithm::BiggsAndrews,
            6 => Algorithm::TotalVariation,
            7 => Algorithm::Landweber,
            8 => Algorithm::Isra,
            9 => Algorithm::GoldMeinel,
            10 => Algorithm::Wiener,
            11 => Algorithm::Tikhonov,
            _ => Algorithm::Tempered,
        };
        // Iterations at most, tempering, and how close residuals come to the noise.
        let (most, tempering, level) = match preset {
            FAST => (12, 0.05, 1.3),
            BALANCED => (30, 0.1, 1.07),
            _ => (40, 0.3, 1.03),
        };
        let padding = match settings.i64(params::DECONVOLVE_PADDING) {
            3 => Padding::None,
            2 => Padding::Half,
            0 if automatic && preset == FAST => Padding::Half,
            _ => Padding::Full,
        };
        let stop = match settings.i64(params::DECONVOLVE_STOP) {
            1 => Stop::Iterations,
            0 if automatic => Stop::Discrepancy(level),
            3 => Stop::Discrepancy(settings.f64(params::DECONVOLVE_STOP_MISFIT).unwrap_or(level)),
            _ => Stop::Change(settings.required(params::DECONVOLVE_STOP_CHANGE)?),
        };
        let iterations = match settings.is_set(params::DECONVOLVE_ITERATIONS) || !automatic {
            true => usize::try_from(settings.i64(params::DECONVOLVE_ITERATIONS)).unwrap_or(1),
            false => most,
        };
        let tempered = algorithm == Algorithm::Tempered;
        Ok(Self {
            algorithm,
            padding,
            iterations,
            stop,
            tempering: settings
                .f64(params::DECONVOLVE_TEMPERING)
                .or(tempered.then_some(tempering))
                .unwrap_or(f64::INFINITY),
            noise_to_signal: settings.f64(params::DECONVOLVE_NOISE_TO_SIGNAL),
            total_variation: settings.required(params::DECONVOLVE_TOTAL_VARIATION)?,
            background: settings.f64(params::DECONVOLVE_BACKGROUND).or((!automatic).then_some(0.0)),
            photon_gain: settings.f64(params::DECONVOLVE_PHOTON_GAIN),
            warm_start: settings.i64(params::DECONVOLVE_WARM_START) == 1,
        })
    }
}

impl Recipe {
    /// Whether something depends on how noisy the image is.
    pub fn needs_noise(&self) -> bool {
        matches!(self.stop, Stop::Discrepancy(_)) || self.algorithm == Algorithm::Tempered
    }
}

impl Algorithm {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::RichardsonLucy => "richardson_lucy",
            Self::HeavyBall => "heavy_ball",
            Self::BiggsAndrews => "biggs_andrews",
            Self::Tempered => "tempered",
            Self::TotalVariation => "total_variation",
            Self::Landweber => "landweber",
            Self::Isra => "isra",
            Self::GoldMeinel => "gold_meinel",
            Self::Wiener => "wiener",
            Self::Tikhonov => "tikhonov",
        }
    }

    /// Whether it is a filter in one step.
    pub fn is_linear(self) -> bool {
        matches!(self, Self::Wiener | Self::Tikhonov)
    }

    /// Volumes of the field that it holds beside the field itself.
    pub fn volumes(self) -> usize {
        match self {
            Self::RichardsonLucy | Self::GoldMeinel => 1,
            Self::BiggsAndrews => 3,
            _ => 2,
        }
    }
}

impl Padding {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Half => "half",
            Self::None => "none",
        }
    }
}

const AUTOMATIC: i64 = 0;
const FAST: i64 = 1;
const BALANCED: i64 = 2;
