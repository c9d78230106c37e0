//! The background step: a constant, given or estimated, is taken from every sample.
//!
//! The estimate is the level of the darkest places (`survey/level.rs`). Haze that fills the whole image cannot be told
//! from background this way.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::survey::Level;
use crate::error::Result;
use crate::image::Piece;
use crate::params::{self, BackgroundMode, Settings};
use crate::runtime::{Rows, Watch, Workers};

/// Takes a constant from images of one shape.
pub struct Background {
    /// `None`: estimated.
    value: Option<f64>,
    level: Level,
}

/// What the background step did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subtracted {
    /// `constant` or `estimated`, or a mode of the step that finds something else.
    pub mode: &'static str,
    /// What was taken from every sample, in the image's units; the mean where that varies.
    pub value: f64,
    /// Samples that are negative now. They stay so: clipping would brighten dark places; what comes after decides.
    pub negative: u64,
}

impl Background {
    /// Prepares the step for images of `shape` (z, y, x) from the `background.*` settings.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        Ok(Self { value: Self::stated(settings)?, level: Level::new(shape)? })
    }

    /// What is taken from every sample, where the settings say so.
    ///
    /// # Errors
    /// [`Error::State`](crate::error::Error::State) for a setting without a value.
    pub fn stated(settings: &Settings) -> Result<Option<f64>> {
        let is_constant = match settings.choice(params::BACKGROUND_MODE) {
            BackgroundMode::Constant => true,
            BackgroundMode::Automatic => settings.is_set(params::BACKGROUND_VALUE),
            _ => false,
        };
        is_constant.then(|| settings.required(params::BACKGROUND_VALUE)).transpose()
    }

    /// Takes what the settings say now.
    ///
    /// # Errors
    /// As [`Background::stated`].
    pub fn restate(&mut self, settings: &Settings) -> Result<()> {
        self.value = Self::stated(settings)?;
        Ok(())
    }

    /// Bytes that the step holds for images of `shape`.
    pub fn workspace_bytes(shape: [usize; 3]) -> u64 {
        Level::bytes(shape)
    }

    /// Whether images are to be looked at before anything is taken from them.
    pub fn is_estimated(&self) -> bool {
        self.value.is_none()
    }

    /// Visits a piece of an image; all are to be seen before [`Background::subtracted`].
    pub fn visit(&mut self, piece: &Piece, workers: &Workers) {
        self.level.visit(piece, workers);
    }

    /// What the reader is to take from an image whose pieces were seen.
    pub fn subtracted(&mut self) -> Subtracted {
        match self.value {
            Some(value) => Subtracted { mode: "constant", value, negative: 0 },
            None => Subtracted { mode: "estimated", value: self.level.value(), negative: 0 },
        }
    }

    /// Takes the background from `image`, packed samples (z, y, x), all finite.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Subtracted> {
        if self.is_estimated() {
            self.visit(&Piece::whole(image, self.level.shape), workers);
        }
        let Subtracted { mode, value, .. } = self.subtracted();
        watch.advance(0.5)?;
        let negative = AtomicU64::new(0);
        let width = self.level.shape[2];
        workers.each(Rows::of_mut(image, width), |_, _, row| {
            let mut below = 0;
            for sample in row {
                *sample = (f64::from(*sample) - value) as f32;
                below += u64::from(*sample < 0.0);
            }
            negative.fetch_add(below, Ordering::Relaxed);
        });
        watch.advance(1.0)?;
        Ok(Subtracted { mode, value, negative: negative.into_inner() })
    }
}
