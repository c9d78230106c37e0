//! How noisy an image is, from the image alone: variance = gain x (intensity + shift).
//!
//! Blocks of a plane give pairs of mean and variance, the latter from mixed second differences, in which blur has left
//! hardly anything of the specimen (J. Immerkaer 1996, "Fast noise variance estimation", doi 10.1006/cviu.1996.0060).
//! Blocks are grouped by their means, groups stand for themselves by the median of their variances, and a line through
//! the groups is the photon transfer curve: its slope is the gain, in image units a photon; a camera's offset and its
//! read noise are in the intercept. Noise that neighbours share (after interpolation, say) is underestimated.

use super::survey::{BLOCK, Grid, Piece};
use crate::error::{Result, zeroed};
use crate::runtime::Workers;

/// The noise of an image. Samples plus `shift`, over `gain`, have the mean and the variance of photon counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    /// Image units a photon; above 0.
    pub gain: f64,
    /// Image units to be added: read noise variance over gain, less the camera's offset.
    pub shift: f64,
}

/// Finds the noise of images of one shape.
pub(super) struct Curve {
    shape: [usize; 3],
    grid: Grid,
    /// Mean and standard deviation of every block that is kept: a variance would leave the range of f32 sooner.
    blocks: Vec<(f32, f32)>,
}

impl Curve {
    /// For images of `shape`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let grid = Grid::new(count(shape));
        Ok(Self { shape, grid, blocks: zeroed("noise blocks", grid.kept())? })
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (Grid::new(count(shape)).kept() * size_of::<(f32, f32)>()) as u64
    }

    /// Looks at a piece of the image, all samples finite; all pieces are to be seen before [`Curve::noise`].
    pub fn look(&mut self, piece: &Piece, workers: &Workers) {
        let [_, height, width] = self.shape;
        let [_, first_y, first_x] = piece.region.start;
        self.grid.gather(&mut self.blocks, piece, workers, |z, y, x| {
            let (low, high) = (x + 1, (x + 1 + BLOCK).min(width - 1 - first_x));
            let (mut sum, mut squares, mut samples) = (0.0_f64, 0.0_f64, 0.0_f64);
            for y in y + 1..(y + 1 + BLOCK).min(height - 1 - first_y) {
                let (above, here, below) = (piece.line(z, y - 1), piece.line(z, y), piece.line(z, y + 1));
                for x in low..high {
                    let bend = |at: usize| above[at] - 2.0 * here[at] + below[at];
                    let mixed = f64::from(bend(x - 1) - 2.0 * bend(x) + bend(x + 1));
                    sum += f64::from(here[x]);
                    squares += mixed * mixed;
                    samples += 1.0;
                }
            }
            ((sum / samples) as f32, (squares / (MASK * samples)).sqrt() as f32)
        });
    }

    /// The noise of the image; that of photon counts where it is too small to tell.
    pub fn noise(&mut self) -> Noise {
        if self.blocks.is_empty() { Noise { gain: 1.0, shift: 0.0 } } else { self.fit() }
    }

    /// The line through the groups, all of which are equally sure of their logarithm.
    fn fit(&mut self) -> Noise {
        self.blocks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let size = self.blocks.len().div_ceil(GROUPS);
        let (mut w, mut wm, mut wv, mut wmm, mut wmv) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut mean_all, mut variance_all, mut groups) = (0.0, 0.0, 0.0);
        // Noise below this share of the brightest is none.
        let brightest = self.blocks.iter().fold(0.0_f64, |most, block| most.max(f64::from(block.0).abs()));
        let least_variance = (NO_NOISE * brightest).powi(2).max(f64::MIN_POSITIVE.sqrt());
        for group in self.blocks.chunks_mut(size) {
            let mean = group.iter().map(|block| f64::from(block.0)).sum::<f64>() / group.len() as f64;
            let middle = group.len() / 2;
            group.select_nth_unstable_by(middle, |a, b| a.1.total_cmp(&b.1));
            let variance = f64::from(group[middle].1).powi(2);
            let weight = variance.max(least_variance).powi(-2);
            (w, wm, wv) = (w + weight, wm + weight * mean, wv + weight * variance);
            (wmm, wmv) = (wmm + weight * mean * mean, wmv + weight * mean * variance);
            (mean_all, variance_all, groups) = (mean_all + mean, variance_all + variance, groups + 1.0);
        }
        let (mean, variance) = (mean_all / groups, variance_all / groups);
        let spread = w * wmm - wm * wm;
        let slope = if spread > 1e-6 * w * wmm { (w * wmv - wm * wv) / spread } else { variance / mean };
        // Without a slope the noise is the same everywhere: a small gain with a large shift says so.
        let least = (1e-3 * variance / mean.abs()).max(1e-9 * mean.abs()).max(f64::MIN_POSITIVE);
        let gain = if slope.is_finite() { slope.max(least) } else { least };
        let intercept = if spread > 1e-6 * w * wmm { (wv - gain * wm) / w } else { 0.0 };
        Noise { gain, shift: intercept / gain }
    }
}

/// Blocks along z, y and x; the outermost samples have no second difference.
fn count([nz, ny, nx]: [usize; 3]) -> [usize; 3] {
    [nz, ny.saturating_sub(2).div_ceil(BLOCK), nx.saturating_sub(2).div_ceil(BLOCK)]
}

/// See [`Curve::fit`].
const NO_NOISE: f64 = 1e-9;
/// Groups of blocks.
const GROUPS: usize = 24;
/// Sum of the squares of (1, -2, 1) x (1, -2, 1).
const MASK: f64 = 36.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_offset_and_read_noise_are_found() {
        let shape = [2, 120, 130];
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1_u64 << 24) as f64
        };
        let (gain, offset, read) = (2.5, 100.0, 4.0);
        let image: Vec<f32> = (0..2 * 120 * 130)
            .map(|at| {
                let photons = 20.0 + 3.0 * (at % 130) as f64;
                let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
                (offset + gain * photons + (gain * gain * photons + read * read).sqrt() * normal) as f32
            })
            .collect();
        let workers = Workers::new(2).unwrap();
        let of = |image: &[f32], shape: [usize; 3]| {
            let mut curve = Curve::new(shape).unwrap();
            curve.look(&Piece::whole(image, shape), &workers);
            curve.noise()
        };
        let noise = of(&image, shape);
        assert!((noise.gain / gain - 1.0).abs() < 0.1, "{noise:?}");
        assert!((noise.shift - (read * read / gain - offset)).abs() < 15.0, "{noise:?}");
        let constant = of(&vec![7.0; image.len()], shape);
        assert!(constant.gain > 0.0 && constant.gain < 1e-6 && constant.shift.abs() < 1e-3, "{constant:?}");
        let tiny = of(&[1.0, 2.0, 3.0, 4.0], [1, 2, 2]);
        assert_eq!(tiny, Noise { gain: 1.0, shift: 0.0 });
    }
}
