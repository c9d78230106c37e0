//! What has to be known of a whole image before a part of it is restored.
//!
//! Every tile of an image must take the same noise, background and mean, or joins would show; so all of the image is
//! looked at first, piece by piece. Blocks of 8 x 8 samples are gathered on a grid that does not depend on the pieces,
//! and of large images evenly spaced rows of blocks stand for all: the memory does not grow with the image.

mod level;
mod noise;
mod pieces;
mod statistics;

pub(super) use level::Level;
use noise::Curve;
pub(super) use noise::Noise;
pub use pieces::Piece;
pub(super) use pieces::Pieces;
use statistics::Statistics;

use super::options::Options;
use super::sums::Sums;
use crate::error::Result;
use crate::runtime::Workers;

/// Everything that is gathered from an image; what a options has no use for is left out.
pub(super) struct Survey {
    pub statistics: Statistics,
    curve: Option<Curve>,
    level: Option<Level>,
}

impl Survey {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], options: &Options) -> Result<Self> {
        let curve = options.needs_noise().then(|| Curve::new(shape)).transpose()?;
        let level = options.needs_level().then(|| Level::new(shape)).transpose()?;
        Ok(Self { statistics: Statistics::new(shape, options.background.unwrap_or(0.0)), curve, level })
    }

    /// As [`Survey::new`], with all that can be gathered.
    ///
    /// # Errors
    /// As [`Survey::new`].
    pub fn full(shape: [usize; 3]) -> Result<Self> {
        Ok(Self {
            statistics: Statistics::new(shape, 0.0),
            curve: Some(Curve::new(shape)?),
            level: Some(Level::new(shape)?),
        })
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3], options: &Options) -> u64 {
        let curve = if options.needs_noise() { Curve::bytes(shape) } else { 0 };
        curve + if options.needs_level() { Level::bytes(shape) } else { 0 }
    }

    /// Forgets what was seen.
    pub fn begin(&mut self) {
        self.statistics.begin();
    }

    /// Visits a piece; `sums` has room for its rows.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) when some samples are not finite.
    pub fn visit(&mut self, piece: &Piece, sums: &Sums, workers: &Workers) -> Result<()> {
        self.statistics.visit(piece, sums, workers)?;
        if let Some(curve) = &mut self.curve {
            curve.visit(piece, workers);
        }
        if let Some(level) = &mut self.level {
            level.visit(piece, workers);
        }
        Ok(())
    }

    /// The noise of what was seen; none where the options does not need to know it.
    pub fn noise(&mut self) -> Noise {
        self.curve.as_mut().map_or(Noise { gain: 1.0, shift: 0.0 }, Curve::noise)
    }

    /// The noise of what was seen, and its background where that is not `given`: where the noise would vanish no photon
    /// has arrived, which is the camera's offset; haze is the specimen's.
    pub fn counts(&mut self, given: Option<f64>) -> (Noise, f64) {
        let noise = self.noise();
        let background = match given {
            Some(background) => background,
            None if noise.shift < 0.0 => self.level().min(-noise.shift),
            None => 0.0,
        };
        // No more is taken away before counting than counts as background, or light would be lost unsaid.
        (Noise { shift: noise.shift.max(-background), ..noise }, background)
    }

    /// The level of the darkest places of what was seen; 0 where the options does not need to know it.
    pub fn level(&mut self) -> f64 {
        self.level.as_mut().map_or(0.0, Level::value)
    }
}
