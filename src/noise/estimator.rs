//! Looks at an image, and leaves out what no photons made.

use super::Stated;
use super::block::{Block, Cosines, Look, SAMPLES, SIDE};
use super::floor::Floor;
use super::groups::Groups;
use super::planes::Planes;
use super::verdict::{Doubt, Doubts, Evidence, Noise};
use crate::error::{Result, zeroed};
use crate::fft::vectorised;
use crate::image::{BlockGrid, Piece};
use crate::runtime::Workers;

/// Finds the noise of images of one shape, seen piece by piece. Allocates nothing after [`Estimator::new`].
pub struct Estimator {
    grid: BlockGrid,
    blocks: Vec<Block>,
    planes: Planes,
    cosines: Cosines,
}

impl Estimator {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let grid = grid(shape);
        let blocks = zeroed("blocks of the noise", grid.kept())?;
        Ok(Self { grid, blocks, planes: Planes::new(shape)?, cosines: Cosines::new() })
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (grid(shape).kept() * size_of::<Block>()) as u64 + Planes::bytes(shape)
    }

    /// Forgets what was seen.
    pub fn begin(&mut self) {
        self.planes.begin();
    }

    /// Looks at a piece of the image, its samples finite or NaN where they were not measured; pieces come plane after plane,
    /// and all are to be seen before [`Estimator::noise`].
    pub fn visit(&mut self, piece: &Piece, workers: &Workers) {
        let cosines = &self.cosines;
        self.grid.gather(&mut self.blocks, piece, workers, |z, y, x| {
            let rows = std::array::from_fn(|row| piece.line(z, y + row)[x..].first_chunk::<SIDE>().unwrap_or(&NO_ROW));
            vectorised(Look { rows, cosines })
        });
        self.planes.visit(piece, cosines);
    }

    /// The noise of a packed image (z, y, x) that is in memory.
    pub fn of(&mut self, image: &[f32], shape: [usize; 3], stated: &Stated, workers: &Workers) -> Noise {
        self.begin();
        self.visit(&Piece::whole(image, shape), workers);
        self.noise(stated)
    }

    /// The noise of what was seen, beside what is stated of it.
    pub fn noise(&mut self, stated: &Stated) -> Noise {
        let all = self.whole();
        let samples = (all * SAMPLES).max(1) as f64;
        let mut doubts = Doubts::default();
        let sorted = sort(&mut self.blocks[..all]);
        let blocks = &mut self.blocks[..all];
        // Only the inner samples of a block are told from the rim of something bright.
        let inner = ((SIDE - 2) * (SIDE - 2)) as f64 / SAMPLES as f64;
        let (outliers, saturated) = (sorted.outliers as f64 / inner / samples, sorted.saturated as f64 / samples);
        if sorted.kept < LEAST_BLOCKS {
            let mean = blocks.iter().map(|block| f64::from(block.mean)).sum::<f64>() / all.max(1) as f64;
            doubts.add(if all < LEAST_BLOCKS { Doubt::TooSmall } else { Doubt::NoNoise });
            return Noise { outliers, saturated, limit: sorted.limit, ..Noise::unseen(stated, doubts, mean) };
        }
        let floor = Floor::of(blocks, sorted.kept);
        if floor.hides_noise {
            doubts.add(Doubt::Clipped);
        }
        let darkest = f64::from(blocks[sorted.kept / 50].mean);
        let mut groups = Groups::new(&mut blocks[floor.from..sorted.kept], stated);
        groups.correlation[0] = self.planes.correlation();
        let evidence = Evidence { groups: &groups, blocks, floor, darkest, step: f64::from(sorted.step) };
        Noise { outliers, saturated, limit: sorted.limit, ..evidence.weigh(stated, doubts) }
    }

    /// Brings the blocks that were measured as a whole to the front, and says how many there are.
    fn whole(&mut self) -> usize {
        let mut whole = 0;
        for at in 0..self.blocks.len() {
            if self.blocks[at].is_whole() {
                self.blocks.swap(whole, at);
                whole += 1;
            }
        }
        whole
    }
}

/// Brings the blocks that count to the front, the darkest first. How they end up follows from the image alone.
fn sort(blocks: &mut [Block]) -> Sorted {
    let highest = blocks.iter().fold(f32::MIN, |most, block| most.max(block.highest));
    let lowest = blocks.iter().fold(f32::MAX, |least, block| least.min(block.lowest));
    let step = blocks.iter().fold(f32::INFINITY, |least, block| least.min(block.step));
    let noticeable = NO_NOISE * f64::from(highest.abs().max(lowest.abs()));
    let at_top = |block: &Block| block.highest == highest && !block.spike;
    let count = blocks.iter().filter(|block| at_top(block)).count();
    let saturated: u64 = blocks.iter().filter(|block| at_top(block)).map(|block| u64::from(block.at_highest)).sum();
    let many = 8.max((blocks.len() * SAMPLES) as u64 / 100_000);
    // Few values in all, as of few photons, have a highest that many samples share.
    let saturates = count > 1 && saturated >= many && highest - lowest > LEVELS * step;
    let (mut kept, mut outliers) = (0, 0);
    for at in 0..blocks.len() {
        let block = blocks[at];
        outliers += u64::from(block.outlier);
        if block.variance().sqrt() > noticeable && !block.spike && !(saturates && at_top(&block)) {
            blocks.swap(kept, at);
            kept += 1;
        }
    }
    blocks[..kept].sort_unstable_by(|a, b| a.mean.total_cmp(&b.mean));
    let limit = saturates.then_some(f64::from(highest));
    Sorted { kept, step, outliers, saturated: if saturates { saturated } else { 0 }, limit }
}

/// What [`sort`] found.
struct Sorted {
    kept: usize,
    /// The smallest difference of neighbouring samples.
    step: f32,
    outliers: u64,
    saturated: u64,
    limit: Option<f64>,
}

fn grid([nz, ny, nx]: [usize; 3]) -> BlockGrid {
    BlockGrid::new([nz, ny / SIDE, nx / SIDE], MOST_BLOCKS)
}

const NO_ROW: [f32; SIDE] = [0.0; SIDE];
/// Blocks kept of an image, about; large images have some stand for all.
const MOST_BLOCKS: usize = 1 << 15;
/// With fewer nothing is said.
const LEAST_BLOCKS: usize = 16;
/// Noise below this share of the brightest sample is f32's rounding, or none.
const NO_NOISE: f64 = 1e-6;
/// Steps between the lowest and the highest value of images that can saturate.
const LEVELS: f32 = 30.0;
