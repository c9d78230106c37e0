//! The lowest value of an image.

use super::block::{Block, SAMPLES};

/// The lowest value of an image, which clipping may have made of all that would be lower.
#[derive(Clone, Copy)]
pub(super) struct Floor {
    pub level: f64,
    /// Share of the samples that are at it.
    pub share: f64,
    /// The first block that is bright enough to be free of it.
    pub from: usize,
    /// Whether that leaves too few blocks, so that all count.
    pub hides_noise: bool,
}

impl Floor {
    /// Of blocks whose first `kept` are the ones that count, the darkest first.
    pub fn of(blocks: &[Block], kept: usize) -> Self {
        let level = blocks.iter().fold(f32::MAX, |least, block| least.min(block.lowest));
        let at_floor = blocks.iter().filter(|block| block.lowest == level).map(|block| f64::from(block.at_lowest));
        let share = at_floor.sum::<f64>() / (blocks.len() * SAMPLES) as f64;
        let mut floor = Self { level: f64::from(level), share, from: 0, hides_noise: false };
        if share > FLOOR_SHARE {
            let touches = |block: &Block| block.lowest == level && block.at_lowest > 1;
            let dark = blocks[..kept].iter().filter(|block| touches(block)).count();
            // Blocks are left out by their brightness alone: those without a sample at the floor vary less by choice.
            let mut rest = dark - dark / 50;
            let from = blocks[..kept].iter().position(|block| {
                rest -= usize::from(rest > 0 && touches(block));
                rest == 0
            });
            let from = from.map_or(kept, |at| at + usize::from(dark > 0));
            floor.hides_noise = kept - from < FEW_BLOCKS.max(kept / 10);
            floor.from = if floor.hides_noise { 0 } else { from };
        }
        floor
    }
}

/// As many are to be left above the floor.
const FEW_BLOCKS: usize = 64;
/// Share of samples at the lowest value that says that there may have been lower ones.
const FLOOR_SHARE: f64 = 0.005;
