//! The noise of a camera, estimated from one image.
//!
//! Blocks of 8 x 8 samples of a plane each give a mean and a noise variance; the variance comes from differences
//! against the four diagonal and four direct neighbours (Immerkær 1996, Computer Vision and Image Understanding 64,
//! 300-302, doi 10.1006/cviu.1996.0060), which planes and straight edges do not reach. A block with structure has a
//! greater variance than its neighbours in brightness, so of 32 groups of equal brightness each gives a low quantile,
//! and a straight line through them, fitted to least squares, is the noise: variance = gain x (mean - offset) + read^2.

use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Workers};

/// Poisson-Gaussian noise: a mean of `m` has the variance `gain * (m - offset) + read_noise^2`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Noise {
    /// Intensity of one photon.
    pub gain: f64,
    /// Intensity without light.
    pub offset: f64,
    /// Standard deviation without light, in intensities.
    pub read_noise: f64,
}

/// Room for the estimate for images of one shape.
pub struct Estimate {
    shape: [usize; 3],
    /// Mean and variance of each block.
    blocks: Vec<[f32; 2]>,
}

impl Estimate {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        Ok(Self { shape, blocks: zeroed("the blocks of the noise estimate", count(shape))? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (count(shape) * size_of::<[f32; 2]>()) as u64
    }

    /// The noise of `image`, packed (z, y, x). An image too small for one block has none.
    pub fn of(&mut self, image: &[f32], workers: &Workers) -> Noise {
        let [_, ny, nx] = self.shape;
        let (rows, columns) = (ny.saturating_sub(2) / BLOCK, nx.saturating_sub(2) / BLOCK);
        let least = image.iter().copied().fold(f32::INFINITY, f32::min);
        let none = Noise { gain: 0.0, offset: f64::from(least), read_noise: 0.0 };
        if self.blocks.is_empty() {
            return none;
        }
        workers.each(Rows::of_mut(&mut self.blocks, columns), |_, line, blocks| {
            let plane = &image[line / rows * ny * nx..][..ny * nx];
            for (column, block) in blocks.iter_mut().enumerate() {
                *block = mean_and_variance(plane, nx, 1 + line % rows * BLOCK, 1 + column * BLOCK);
            }
        });
        self.blocks.sort_unstable_by(|left, right| left[0].total_cmp(&right[0]));
        let groups = GROUPS.min(self.blocks.len().div_ceil(LEAST_A_GROUP));
        let mut points = [[0.0; 2]; GROUPS];
        for (group, point) in points.iter_mut().enumerate().take(groups) {
            let range = group * self.blocks.len() / groups..(group + 1) * self.blocks.len() / groups;
            let members = &mut self.blocks[range];
            let mean = members.iter().map(|block| f64::from(block[0])).sum::<f64>() / members.len() as f64;
            members.sort_unstable_by(|left, right| left[1].total_cmp(&right[1]));
            *point = [mean, f64::from(members[members.len() / QUANTILE][1]) * QUANTILE_OF_MEAN];
        }
        line(&points[..groups], f64::from(least)).unwrap_or(none)
    }
}

/// The noise whose line of variance over mean is closest to the points.
fn line(points: &[[f64; 2]], least: f64) -> Option<Noise> {
    // A point's own error grows with its variance, so dim groups weigh more.
    let floor = points.iter().map(|point| point[1]).fold(f64::INFINITY, f64::min).max(1e-12);
    let mut sums = [0.0; 5];
    for [mean, variance] in points {
        let weight = 1.0 / variance.max(floor).powi(2);
        let terms = [1.0, *mean, mean * mean, *variance, mean * variance];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
    }
    let [one, x, xx, y, xy] = sums;
    let spread = one * xx - x * x;
    let average = y / one;
    let gain = if spread > 1e-9 * one * xx.abs().max(1e-300) { (one * xy - x * y) / spread } else { 0.0 };
    if gain <= 0.0 {
        return (average > 0.0).then(|| Noise { gain: 0.0, offset: least, read_noise: average.sqrt() });
    }
    // The line cannot tell offset from read noise. All that is left at the darkest sample is called read noise; where
    // the line is below zero there, the darkest sample was an outlier, and the offset is where it crosses zero.
    let dark = (y - gain * x) / one + gain * least;
    Some(Noise { gain, offset: least - dark.min(0.0) / gain, read_noise: dark.max(0.0).sqrt() })
}

/// Mean of a block, and variance of its noise by the difference of two Laplacians: kernel (1 -2 1; -2 4 -2; 1 -2 1),
/// whose response to white noise has 36 times its variance.
fn mean_and_variance(plane: &[f32], nx: usize, top: usize, left: usize) -> [f32; 2] {
    let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
    for y in top..top + BLOCK {
        for x in left..left + BLOCK {
            let at = |dy: usize, dx: usize| f64::from(plane[(y + dy - 1) * nx + x + dx - 1]);
            let corners = at(0, 0) + at(0, 2) + at(2, 0) + at(2, 2);
            let sides = at(0, 1) + at(1, 0) + at(1, 2) + at(2, 1);
            let response = corners - 2.0 * sides + 4.0 * at(1, 1);
            sum += at(1, 1);
            squares += response * response;
        }
    }
    let samples = (BLOCK * BLOCK) as f64;
    [(sum / samples) as f32, (squares / samples / 36.0) as f32]
}

fn count([nz, ny, nx]: [usize; 3]) -> usize {
    nz * (ny.saturating_sub(2) / BLOCK) * (nx.saturating_sub(2) / BLOCK)
}

const BLOCK: usize = 8;
const GROUPS: usize = 32;
const LEAST_A_GROUP: usize = 16;
/// The quarter of the blocks of least variance lies below the quantile that is taken.
const QUANTILE: usize = 4;
/// The mean variance over its lower quartile for blocks of pure noise: squared responses of 64 correlated places have
/// the spread of a chi-square distribution of about 17 degrees of freedom (64 / 3.78, the sum of the squared
/// autocorrelation of the kernel), whose lower quartile is 0.768 of its mean.
const QUANTILE_OF_MEAN: f64 = 1.0 / 0.768;
