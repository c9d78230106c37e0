//! How noisy an image is, from the image alone: variance = gain x (intensity + shift).
//!
//! Blocks of a plane give pairs of mean and variance, the latter from mixed second differences, in which blur has left
//! hardly anything of the specimen (J. Immerkaer 1996, "Fast noise variance estimation", doi 10.1006/cviu.1996.0060).
//! Blocks are grouped by their means, groups stand for themselves by the median of their variances, and a line through
//! the groups is the photon transfer curve: its slope is the gain, in image units per photon; a camera's offset and its
//! read noise are in the intercept. Noise that neighbours share (after interpolation, say) is underestimated.

use super::pieces::{BLOCK, Grid, Piece};
use crate::error::{Result, zeroed};
use crate::runtime::Workers;

/// The noise of an image. Samples plus `shift`, over `gain`, have the mean and the variance of photon counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deconvolve) struct Noise {
    /// Image units per photon; above 0.
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

    /// Visits a piece of the image, all samples finite; all pieces are to be seen before [`Curve::noise`].
    pub fn visit(&mut self, piece: &Piece, workers: &Workers) {
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
    ///
    /// Where it does not surely pass by the origin, it is one through the origin: on a scene that is flat or dim it is drawn
    /// from few intensities, and light would be taken for a camera's offset, another share of it in every frame.
    fn fit(&mut self) -> Noise {
        self.blocks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let size = self.blocks.len().div_ceil(GROUPS);
        // Noise below this share of the brightest is none.
        let brightest = self.blocks.iter().fold(0.0_f64, |most, block| most.max(f64::from(block.0).abs()));
        let least_variance = (MIN_RELATIVE_NOISE * brightest).powi(2).max(f64::MIN_POSITIVE.sqrt());
        let (mut groups, mut count) = ([Group::default(); GROUPS], 0);
        for (blocks, group) in self.blocks.chunks_mut(size).zip(&mut groups) {
            group.mean = blocks.iter().map(|block| f64::from(block.0)).sum::<f64>() / blocks.len() as f64;
            let middle = blocks.len() / 2;
            blocks.select_nth_unstable_by(middle, |a, b| a.1.total_cmp(&b.1));
            group.variance = f64::from(blocks[middle].1).powi(2);
            group.weight = group.variance.max(least_variance).powi(-2);
            count += 1;
        }
        // Where no photon arrived nothing is known of a photon's size, but without an error of its own such a group would
        // outweigh all others.
        let mut noisy = 0;
        for at in 0..count {
            if groups[at].variance > least_variance {
                groups.swap(noisy, at);
                noisy += 1;
            }
        }
        let count = if noisy > 0 { noisy } else { count };
        let groups = &groups[..count];
        let sum = |value: &dyn Fn(&Group) -> f64| groups.iter().map(|group| group.weight * value(group)).sum::<f64>();
        let (w, wm, wv) = (sum(&|_| 1.0), sum(&|group| group.mean), sum(&|group| group.variance));
        let (wmm, wmv) = (sum(&|group| group.mean.powi(2)), sum(&|group| group.mean * group.variance));
        let average = |value: &dyn Fn(&Group) -> f64| groups.iter().map(value).sum::<f64>() / count as f64;
        let (mean, variance) = (average(&|group| group.mean), average(&|group| group.variance));
        let spread = w * wmm - wm * wm;
        let is_line = spread > 1e-6 * w * wmm;
        let slope = if is_line { (w * wmv - wm * wv) / spread } else { variance / mean };
        // Without a slope the noise is the same everywhere: a small gain with a large shift says so.
        let least = (1e-3 * variance / mean.abs()).max(1e-9 * mean.abs()).max(f64::MIN_POSITIVE);
        let gain = if slope.is_finite() { slope.max(least) } else { least };
        let intercept = if is_line { (wv - gain * wm) / w } else { 0.0 };
        if is_line {
            let residuals = sum(&|group| (group.variance - intercept - gain * group.mean).powi(2));
            let error = (residuals / (count.max(3) - 2) as f64 * wmm / spread).sqrt();
            let through_origin = wmv / wmm;
            if intercept.abs() < SIGNIFICANT * error && through_origin > least {
                return Noise { gain: through_origin, shift: 0.0 };
            }
        }
        Noise { gain, shift: intercept / gain }
    }
}

/// Blocks of about the same mean.
#[derive(Clone, Copy, Default)]
struct Group {
    mean: f64,
    variance: f64,
    /// What it counts in the line.
    weight: f64,
}

/// Blocks along z, y and x; the outermost samples have no second difference.
fn count([nz, ny, nx]: [usize; 3]) -> [usize; 3] {
    [nz, ny.saturating_sub(2).div_ceil(BLOCK), nx.saturating_sub(2).div_ceil(BLOCK)]
}

/// See [`Curve::fit`].
const MIN_RELATIVE_NOISE: f64 = 1e-9;
/// Groups of blocks.
const GROUPS: usize = 24;
/// Standard errors that a line is to pass by the origin.
const SIGNIFICANT: f64 = 4.0;
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
            curve.visit(&Piece::whole(image, shape), &workers);
            curve.noise()
        };
        let noise = of(&image, shape);
        assert!((noise.gain / gain - 1.0).abs() < 0.1, "{noise:?}");
        assert!((noise.shift - (read * read / gain - offset)).abs() < 15.0, "{noise:?}");
        let constant = of(&vec![7.0; image.len()], shape);
        assert!(constant.gain > 0.0 && constant.gain < 1e-6 && constant.shift.abs() < 1e-3, "{constant:?}");
        // No offset is found where there is none: dim and hardly brighter in one place than in another.
        for seed in 1..=40 {
            state = seed;
            let mut uniform = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / (1_u64 << 24) as f64
            };
            let dim: Vec<f32> = (0..96 * 96)
                .map(|at| {
                    let photons = 40.0 + 10.0 * (at % 96) as f64 / 96.0;
                    (photons + photons.sqrt() * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)) as f32
                })
                .collect();
            let noise = of(&dim, [1, 96, 96]);
            assert!(noise.shift >= 0.0 && (0.7..1.4).contains(&noise.gain), "{seed}: {noise:?}");
        }
        // Photons of one spot on a ground without any.
        state = 3;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1_u64 << 24) as f64
        };
        let spot: Vec<f32> = (0..192 * 192)
            .map(|at| {
                let square = ((at / 192) as f64 - 90.0).powi(2) + ((at % 192) as f64 - 100.0).powi(2);
                let (limit, mut product, mut count) = ((-30.0 * (-square / 800.0).exp()).exp(), uniform(), 0.0);
                while product > limit {
                    (product, count) = (product * uniform(), count + 1.0);
                }
                count
            })
            .collect();
        let noise = of(&spot, [1, 192, 192]);
        assert!((0.7..1.3).contains(&noise.gain) && noise.shift.abs() < 0.5, "{noise:?}");
        let tiny = of(&[1.0, 2.0, 3.0, 4.0], [1, 2, 2]);
        assert_eq!(tiny, Noise { gain: 1.0, shift: 0.0 });
    }
}
