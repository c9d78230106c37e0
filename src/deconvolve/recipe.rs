//! What the settings ask for.

use crate::error::Result;
use crate::params::{self, Settings};

/// Which algorithm runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    RichardsonLucy,
    Wiener,
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
}

/// The settings of a deconvolution, read and checked.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub algorithm: Algorithm,
    pub padding: Padding,
    pub iterations: usize,
    pub stop: Stop,
    /// Noise power over signal power; `None`: from the image.
    pub noise_to_signal: Option<f64>,
}

impl Recipe {
    /// Reads the `deconvolve.*` settings.
    ///
    /// # Errors
    /// [`crate::error::Error::State`] for a setting without a value.
    pub fn new(settings: &Settings) -> Result<Self> {
        let algorithm = match settings.i64(params::DECONVOLVE_ALGORITHM) {
            10 => Algorithm::Wiener,
            _ => Algorithm::RichardsonLucy,
        };
        let padding = match settings.i64(params::DECONVOLVE_PADDING) {
            3 => Padding::None,
            2 => Padding::Half,
            _ => Padding::Full,
        };
        let stop = match settings.i64(params::DECONVOLVE_STOP) {
            1 => Stop::Iterations,
            _ => Stop::Change(settings.required(params::DECONVOLVE_STOP_CHANGE)?),
        };
        Ok(Self {
            algorithm,
            padding,
            iterations: usize::try_from(settings.i64(params::DECONVOLVE_ITERATIONS)).unwrap_or(1),
            stop,
            noise_to_signal: settings.f64(params::DECONVOLVE_NOISE_TO_SIGNAL),
        })
    }
}

impl Algorithm {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::RichardsonLucy => "richardson_lucy",
            Self::Wiener => "wiener",
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
