//! The level of an image's darkest places.
//!
//! Means over blocks of 8 x 8 samples of a plane, of which one in a hundred is darker: blocks average the noise away,
//! which single samples or their minimum would follow, and the hundredth is not moved by a few dead pixels.

use crate::error::{Result, zeroed};
use crate::image::{BLOCK, BlockGrid, Piece};
use crate::runtime::Workers;

/// One block in so many is darker than the level.
const ONE_DARKER_IN: u32 = 100;
/// Blocks kept of an image, about.
const MAX_BLOCKS: usize = 1 << 18;
/// Bins of the histogram of block means.
const BINS: usize = 1024;

/// Finds the level of an image's darkest places.
pub(in crate::deconvolve) struct Level {
    pub shape: [usize; 3],
    grid: BlockGrid,
    means: Vec<f32>,
    /// Of [`BINS`] bins; not in the struct itself, which small stacks move.
    counts: Vec<u32>,
}

impl Level {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let grid = BlockGrid::new(blocks(shape), MAX_BLOCKS);
        let means = zeroed("background blocks", grid.kept())?;
        Ok(Self { shape, grid, means, counts: zeroed("a histogram of blocks", BINS)? })
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (BlockGrid::new(blocks(shape), MAX_BLOCKS).kept() * size_of::<f32>() + BINS * size_of::<u32>()) as u64
    }

    /// Visits a piece of the image, its samples finite or NaN where they were not measured; all pieces are to be seen before
    /// [`Level::value`].
    pub fn visit(&mut self, piece: &Piece, workers: &Workers) {
        let [_, height, width] = self.shape;
        let [_, first_y, first_x] = piece.region.start;
        self.grid.gather(&mut self.means, piece, workers, |z, y, x| {
            let (low, high) = (x, (x + BLOCK).min(width - first_x));
            let lines = y..(y + BLOCK).min(height - first_y);
            let lines_of_block = lines.len();
            let samples = lines.flat_map(|y| &piece.line(z, y)[low..high]).filter(|sample| !sample.is_nan());
            let (sum, count) =
                samples.fold((0.0, 0.0_f64), |(sum, count), &sample| (sum + f64::from(sample), count + 1.0));
            // Few samples say little of how dark it is; NaN says nothing.
            if 4.0 * count >= (lines_of_block * (high - low)) as f64 { (sum / count) as f32 } else { f32::NAN }
        });
    }

    /// Whether most blocks are nearer to the brightest than to the darkest.
    pub fn is_mostly_bright(&self) -> bool {
        let (low, high) =
            self.means.iter().fold((f32::MAX, f32::MIN), |(low, high), &mean| (low.min(mean), high.max(mean)));
        let middle = low + 0.5 * (high - low);
        let bright = self.means.iter().filter(|mean| **mean > middle).count();
        let dark = self.means.iter().filter(|mean| **mean <= middle).count();
        bright > MOSTLY * dark
    }

    /// The level of the image.
    pub fn value(&mut self) -> f64 {
        // Twice through a histogram narrows the level down to the darkest bin's thousandth.
        let (mut low, mut high) =
            self.means.iter().fold((f32::MAX, f32::MIN), |(low, high), &mean| (low.min(mean), high.max(mean)));
        let mut wanted = self.means.iter().filter(|mean| !mean.is_nan()).count() as u32 / ONE_DARKER_IN;
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

/// So many bright blocks for each dark one: noise on even ground has as many of both.
const MOSTLY: usize = 3;

/// Blocks along z, y and x.
fn blocks([nz, ny, nx]: [usize; 3]) -> [usize; 3] {
    [nz, ny.div_ceil(BLOCK), nx.div_ceil(BLOCK)]
}
