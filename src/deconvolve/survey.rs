//! What has to be known of a whole image before a part of it is restored.
//!
//! Every tile of an image must take the same noise, background and mean, or joins would show; so all of the image is
//! looked at first, piece by piece. Blocks of 8 x 8 samples are gathered on a grid that does not depend on the pieces,
//! and of large images evenly spaced rows of blocks stand for all: the memory does not grow with the image.

mod level;
mod statistics;

pub(super) use level::Level;
use statistics::Statistics;

use super::observed::Counts;
use super::options::Options;
use super::sums::Sums;
use crate::error::Result;
use crate::image::Piece;
use crate::noise::{Estimator, Noise, Stated};
use crate::runtime::Workers;

/// Everything that is gathered from an image; what the options have no use for is left out.
pub(super) struct Survey {
    pub statistics: Statistics,
    noise: Option<Estimator>,
    stated: Stated,
    level: Option<Level>,
    finds_background: bool,
}

impl Survey {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], options: &Options) -> Result<Self> {
        let noise = options.needs_noise().then(|| Estimator::new(shape)).transpose()?;
        let level = options.needs_level().then(|| Level::new(shape)).transpose()?;
        Ok(Self {
            statistics: Statistics::new(shape, options.background.unwrap_or(0.0)),
            noise,
            stated: options.camera,
            level,
            finds_background: options.finds_background,
        })
    }

    /// As [`Survey::new`], with all that can be gathered.
    ///
    /// # Errors
    /// As [`Survey::new`].
    pub fn full(shape: [usize; 3]) -> Result<Self> {
        Ok(Self {
            statistics: Statistics::new(shape, 0.0),
            noise: Some(Estimator::new(shape)?),
            stated: Stated::default(),
            level: Some(Level::new(shape)?),
            finds_background: true,
        })
    }

    /// Takes the numbers of options that need the same to be gathered.
    pub fn restate(&mut self, options: &Options) {
        self.statistics.set_background(options.background.unwrap_or(0.0));
        self.stated = options.camera;
    }

    /// Takes what is stated of the camera.
    pub fn state(&mut self, camera: Stated) {
        self.stated = camera;
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3], options: &Options) -> u64 {
        let noise = if options.needs_noise() { Estimator::bytes(shape) } else { 0 };
        noise + if options.needs_level() { Level::bytes(shape) } else { 0 }
    }

    /// Forgets what was seen.
    pub fn begin(&mut self) {
        self.statistics.begin();
        self.noise.iter_mut().for_each(Estimator::begin);
    }

    /// Visits a piece; `sums` has room for its rows.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) when some samples are not finite.
    pub fn visit(&mut self, piece: &Piece, sums: &Sums, workers: &Workers) -> Result<()> {
        self.statistics.visit(piece, sums, workers)?;
        if let Some(noise) = &mut self.noise {
            noise.visit(piece, workers);
        }
        if let Some(level) = &mut self.level {
            level.visit(piece, workers);
        }
        Ok(())
    }

    /// The noise of what was seen; `None` where the options do not need to know it.
    pub fn noise(&mut self) -> Option<Noise> {
        self.noise.as_mut().map(|noise| noise.noise(&self.stated))
    }

    /// How samples of that noise count photons, and the background of what was seen where that is not `given`: the camera's
    /// offset where it is stated; otherwise, where it is to be found, where the noise would vanish, since no photon has arrived there. Haze is the
    /// specimen's, and below much of it an offset is neither sure nor of use.
    pub fn counts(&mut self, noise: Option<Noise>, given: Option<f64>) -> (Counts, f64) {
        let counts = match noise {
            Some(Noise { camera, .. }) => Counts { gain: camera.gain, shift: camera.shift() },
            None => {
                let (gain, read_noise) = (self.stated.gain.unwrap_or(1.0), self.stated.read_noise.unwrap_or(0.0));
                Counts { gain, shift: read_noise * read_noise / gain - self.stated.offset.unwrap_or(0.0) }
            }
        };
        let background = match given {
            Some(background) => background,
            None if self.stated.offset.is_some() => self.stated.offset.unwrap_or(0.0),
            None if counts.shift < 0.0 && self.finds_background => {
                let level = self.level();
                if -counts.shift < LEAST_OFFSET * level { 0.0 } else { level.min(-counts.shift) }
            }
            None => 0.0,
        };
        // No more is taken away before counting than counts as background, or light would be lost unsaid.
        (Counts { shift: counts.shift.max(-background), ..counts }, background)
    }

    /// Whether the level is looked for.
    pub fn finds_level(&self) -> bool {
        self.level.is_some()
    }

    /// Whether most of what was seen is nearer to the brightest places than to the darkest ones.
    pub fn is_mostly_bright(&self) -> bool {
        self.level.as_ref().is_some_and(Level::is_mostly_bright)
    }

    /// The level of the darkest places of what was seen; 0 where the options do not need to know it.
    pub fn level(&mut self) -> f64 {
        self.level.as_mut().map_or(0.0, Level::value)
    }
}

/// The share of the darkest places' level that an offset is to be for it to be taken: beneath haze, what is found is off by a
/// share of the haze, and an estimate that need not explain it has more room for noise.
const LEAST_OFFSET: f64 = 0.5;
