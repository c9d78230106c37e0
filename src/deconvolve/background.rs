//! The background step: a constant, given or estimated, is taken from every sample.
//!
//! The estimate is the level of the darkest places: means over blocks of 8 x 8 samples of a plane, of which one in a
//! hundred is darker. Blocks average the noise away, which single samples or their minimum would follow, and the
//! hundredth is not moved by a few dead pixels. Haze that fills the whole image cannot be told from background so.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

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

    /// Takes the background from `image`, packed samples (z, y, x), all finite.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Subtracted> {
        let (mode, value) = match self.value {
            Some(value) => ("constant", value),
            None => ("estimated", self.level.of(image, workers)),
        };
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
    means: Vec<f32>,
    counts: [u32; BINS],
}

impl Level {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub(super) fn new(shape: [usize; 3]) -> Result<Self> {
        let [planes, rows, columns] = blocks(shape);
        let means = zeroed("background blocks", planes * rows * columns)?;
        Ok(Self { shape, means, counts: [0; BINS] })
    }

    /// Bytes held for images of `shape`.
    pub(super) fn bytes(shape: [usize; 3]) -> u64 {
        (blocks(shape).iter().product::<usize>() * size_of::<f32>() + BINS * size_of::<u32>()) as u64
    }

    /// The level of `image`, packed samples, all finite.
    pub(super) fn of(&mut self, image: &[f32], workers: &Workers) -> f64 {
        let [_, ny, nx] = self.shape;
        let [_, rows, columns] = blocks(self.shape);
        workers.each(Rows::of_mut(&mut self.means, columns), |_, index, means| {
            let (z, first) = (index / rows, index % rows * BLOCK);
            for (column, mean) in means.iter_mut().enumerate() {
                let (low, high) = (column * BLOCK, (column * BLOCK + BLOCK).min(nx));
                let lines = first..(first + BLOCK).min(ny);
                let samples = lines.len() * (high - low);
                let sum: f64 =
                    lines.flat_map(|y| &image[(z * ny + y) * nx..][low..high]).map(|&sample| f64::from(sample)).sum();
                *mean = (sum / samples as f64) as f32;
            }
        });
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

/// Samples of a block along y and x.
const BLOCK: usize = 8;
/// One block in so many is darker than the level.
const DARKER: u32 = 100;
/// Bins of the histogram of block means.
const BINS: usize = 1024;
