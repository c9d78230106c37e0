//! The background step: a constant, given or estimated, is taken from every sample.
//!
//! The estimate is the level of the darkest places: means over blocks of 8 x 8 samples of a plane, of which one in a
//! hundred is darker. Blocks average the noise away, which single samples or their minimum would follow, and the
//! hundredth is not moved by a few dead pixels. Haze that fills the whole image cannot be told from background so.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::survey::{BLOCK, Grid, Piece};
use crate::error::{Result, zeroed};
use crate::params::{self, Settings};
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
    /// `constant` or `estimated`.
    pub mode: &'static str,
    /// What was taken from every sample, in the image's units.
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
        let value = match settings.i64(params::BACKGROUND_MODE) {
            0 => Some(settings.required(params::BACKGROUND_VALUE)?),
            _ => None,
        };
        Ok(Self { value, level: Level::new(shape)? })
    }

    /// Bytes that the step holds for images of `shape`.
    pub fn workspace_bytes(shape: [usize; 3]) -> u64 {
        Level::bytes(shape)
    }

    /// Whether images are to be looked at before anything is taken from them.
    pub fn is_estimated(&self) -> bool {
        self.value.is_none()
    }

    /// Looks at a piece of an image; all are to be seen before [`Background::subtracted`].
    pub fn look(&mut self, piece: &Piece, workers: &Workers) {
        self.level.look(piece, workers);
    }

    /// What is to be taken from an image whose pieces were seen, by whoever reads it.
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
            self.look(&Piece::whole(image, self.level.shape), workers);
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

/// Finds the level of an image's darkest places.
pub(super) struct Level {
    shape: [usize; 3],
    grid: Grid,
    means: Vec<f32>,
    counts: [u32; BINS],
}

impl Level {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub(super) fn new(shape: [usize; 3]) -> Result<Self> {
        let grid = Grid::new(blocks(shape));
        Ok(Self { shape, grid, means: zeroed("background blocks", grid.kept())?, counts: [0; BINS] })
    }

    /// Bytes held for images of `shape`.
    pub(super) fn bytes(shape: [usize; 3]) -> u64 {
        (Grid::new(blocks(shape)).kept() * size_of::<f32>() + BINS * size_of::<u32>()) as u64
    }

    /// Looks at a piece of the image, all samples finite; all pieces are to be seen before [`Level::value`].
    pub(super) fn look(&mut self, piece: &Piece, workers: &Workers) {
        let [_, height, width] = self.shape;
        let [_, first_y, first_x] = piece.region.start;
        self.grid.gather(&mut self.means, piece, workers, |z, y, x| {
            let (low, high) = (x, (x + BLOCK).min(width - first_x));
            let lines = y..(y + BLOCK).min(height - first_y);
            let samples = lines.len() * (high - low);
            let sum: f64 = lines.flat_map(|y| &piece.line(z, y)[low..high]).map(|&sample| f64::from(sample)).sum();
            (sum / samples as f64) as f32
        });
    }

    /// The level of the image.
    pub(super) fn value(&mut self) -> f64 {
        // Twice through a histogram narrows the level down to the darkest bin's thousandth.
        let (mut low, mut high) =
            self.means.iter().fold((f32::MAX, f32::MIN), |(low, high), &mean| (low.min(mean), high.max(mean)));
        let mut wanted = self.means.len() as u32 / DARKER;
        for _ in 0..2 {
            let width = (f64::from(high) - f64::from(low)) / BINS as f64;
            if width <= 0.0 {
                break;
            }
            self.counts.fill(0);
            for &mean in self.means.iter().filter(|mean| (low..=high).contains(mean)) {
                let bin = ((f64::from(mean) - f64::from(low)) / width) as usize;
                self.counts[bin.min(BINS - 1)] += 1;
            }
            let mut bin = 0;
            while bin + 1 < BINS && wanted >= self.counts[bin] {
                wanted -= self.counts[bin];
                bin += 1;
            }
            let start = f64::from(low) + bin as f64 * width;
            (low, high) = (start as f32, (start + width) as f32);
        }
        f64::midpoint(f64::from(low), f64::from(high))
    }
}

/// Blocks along z, y and x.
fn blocks([nz, ny, nx]: [usize; 3]) -> [usize; 3] {
    [nz, ny.div_ceil(BLOCK), nx.div_ceil(BLOCK)]
}

/// One block in so many is darker than the level.
const DARKER: u32 = 100;
/// Bins of the histogram of block means.
const BINS: usize = 1024;
