//! Denoising of planes by shrinking undecimated Haar wavelets, for noise of standard deviation 1 that neighbours may share.
//!
//! Each coefficient w is multiplied with a share of itself that grows with the energy e around it: θ(w) = w Σ a g(e), g = u / (1 + u),
//! u = (e / Lσ²)³ for two L, and a, not below 0 and 1 together at most, such that Stein's unbiased estimate of the error is least in
//! each band: SURE-LET (F. Luisier, T. Blu and M. Unser 2007, IEEE Transactions on Image Processing 16, 593-606, doi
//! 10.1109/TIP.2007.891064, eq. 10-13), with the energies of neighbours as in their PURE-LET (2010, doi 10.1109/TIP.2009.2028252), and the bounds, by
//! which noise that is weaker than it is said to be makes nothing worse. σ² of a band, and what neighbouring coefficients share of their noise,
//! follow from the covariance of the noise between samples.
//!
//! Planes are independent. Nothing is assumed about what lies outside: where a coefficient's partner would, it is the mirror image, and the
//! inverse takes the other of the two that tell a sample.

mod noise;
mod shrink;

pub use noise::Autocorrelation;

use noise::Band;
use shrink::{Shares, Shrink, TERMS};

use crate::error::{Result, zeroed};
use crate::fft::vectorised;
use crate::image::reflected;
use crate::runtime::{Rows, Watch, Workers};

/// Room for planes of one shape.
pub struct Wavelets {
    plane: [usize; 2],
    levels: usize,
    /// The bands of each level: high along x, along y, along both.
    bands: Vec<Vec<f32>>,
    low: Vec<f32>,
    spare: Vec<f32>,
    other: Vec<f32>,
    sums: Vec<[f64; TERMS]>,
    squares: Vec<f64>,
}

/// Scales: the coarsest wavelets are twice two to this power long.
const MOST_LEVELS: usize = 4;

impl Wavelets {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new([_, ny, nx]: [usize; 3]) -> Result<Self> {
        let thing = "the workspace of wavelets";
        let plane = || zeroed(thing, ny * nx);
        let levels = levels([ny, nx]);
        Ok(Self {
            plane: [ny, nx],
            levels,
            bands: (0..3 * levels).map(|_| plane()).collect::<Result<_>>()?,
            low: plane()?,
            spare: plane()?,
            other: plane()?,
            sums: zeroed(thing, ny)?,
            squares: zeroed(thing, ny)?,
        })
    }

    /// Bytes that it holds.
    pub fn bytes([_, ny, nx]: [usize; 3]) -> u64 {
        let planes = 3 * levels([ny, nx]) + 3;
        let row = size_of::<[f64; TERMS]>() + size_of::<f64>();
        (planes * ny * nx * size_of::<f32>() + ny * row + 3 * levels([ny, nx]) * size_of::<Vec<f32>>()) as u64
    }

    /// Denoises `image` in place, of noise of that autocorrelation times `strength` squared; gives the root of the sum of squares of what
    /// was taken away.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`]; some planes of `image` are denoised then.
    pub fn smooth(
        &mut self,
        image: &mut [f32],
        strength: f32,
        noise: &Autocorrelation,
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let [ny, nx] = self.plane;
        let planes = image.len() / (ny * nx);
        let mut squares = 0.0;
        for (z, plane) in image.chunks_exact_mut(ny * nx).enumerate() {
            self.low.copy_from_slice(plane);
            for level in 0..self.levels {
                self.analyse(level, workers);
            }
            for at in 0..self.bands.len() {
                let is_high = [[false, true], [true, false], [true, true]][at % 3];
                let band = noise.band(at / 3, is_high, self.plane);
                self.shrink(at, &band, f64::from(strength).powi(2), workers);
                watch.advance((z as f64 + (at + 1) as f64 / self.bands.len() as f64) / planes as f64)?;
            }
            for level in (0..self.levels).rev() {
                self.synthesise(level, workers);
            }
            let low = &self.low;
            workers.each((Rows::of_mut(plane, nx), Rows::of_mut(&mut self.squares, 1)), |_, y, (row, squares)| {
                squares[0] = 0.0;
                for (sample, smooth) in row.iter_mut().zip(&low[y * nx..]) {
                    squares[0] += f64::from(*sample - smooth).powi(2);
                    *sample = *smooth;
                }
            });
            squares += self.squares.iter().sum::<f64>();
        }
        Ok(squares.sqrt())
    }

    /// Takes the bands of a level out of what is low.
    fn analyse(&mut self, level: usize, workers: &Workers) {
        let Self { plane: [ny, nx], bands, low, spare, other, .. } = self;
        let (ny, nx, step) = (*ny, *nx, 1_usize << level);
        // Along y: low in `spare`, high in `other`.
        let source = &*low;
        workers.each((Rows::of_mut(spare, nx), Rows::of_mut(other, nx)), |_, y, (means, halves)| {
            let here = &source[y * nx..][..nx];
            let there = &source[reflected((y + step) as i64, ny) * nx..][..nx];
            for (((mean, half), a), b) in means.iter_mut().zip(halves).zip(here).zip(there) {
                (*mean, *half) = (0.5 * (a + b), 0.5 * (a - b));
            }
        });
        let [x, y, both] = &mut bands[3 * level..3 * level + 3] else { return };
        for (source, means, halves) in [(&*spare, low, x), (&*other, y, both)] {
            workers.each((Rows::of_mut(means, nx), Rows::of_mut(halves, nx)), |_, row, (means, halves)| {
                let source = &source[row * nx..][..nx];
                let inner = nx.saturating_sub(step);
                let pairs = source[..inner].iter().zip(&source[nx - inner..]);
                for ((mean, half), (a, b)) in means.iter_mut().zip(halves.iter_mut()).zip(pairs) {
                    (*mean, *half) = (0.5 * (a + b), 0.5 * (a - b));
                }
                for at in inner..nx {
                    let (a, b) = (source[at], source[reflected((at + step) as i64, nx)]);
                    (means[at], halves[at]) = (0.5 * (a + b), 0.5 * (a - b));
                }
            });
        }
    }

    /// Makes what is low of it and of the bands of a level. A sample is the mean of what the two coefficients with it in them tell.
    fn synthesise(&mut self, level: usize, workers: &Workers) {
        let Self { plane: [_, nx], bands, low, spare, other, .. } = self;
        let (nx, step) = (*nx, 1_usize << level);
        let [x, y, both] = &bands[3 * level..3 * level + 3] else { return };
        for (means, halves, target) in [(&*low, x, &mut *spare), (y, both, &mut *other)] {
            workers.each(Rows::of_mut(target, nx), |_, row, target| {
                let (means, halves) = (&means[row * nx..][..nx], &halves[row * nx..][..nx]);
                let edge = step.min(nx);
                for (at, sample) in target[..edge].iter_mut().enumerate() {
                    *sample = means[at] + halves[at];
                }
                let before = means.iter().zip(halves);
                let here = means[edge..].iter().zip(&halves[edge..]);
                for ((sample, (mean, half)), (before, half_before)) in target[edge..].iter_mut().zip(here).zip(before) {
                    *sample = 0.5 * ((mean + half) + (before - half_before));
                }
            });
        }
        let (means, halves) = (&*spare, &*other);
        workers.each(Rows::of_mut(low, nx), |_, row, target| {
            let (mean, half) = (&means[row * nx..][..nx], &halves[row * nx..][..nx]);
            if row < step {
                target.iter_mut().zip(mean.iter().zip(half)).for_each(|(sample, (mean, half))| *sample = mean + half);
                return;
            }
            let (before, half_before) = (&means[(row - step) * nx..][..nx], &halves[(row - step) * nx..][..nx]);
            for (at, sample) in target.iter_mut().enumerate() {
                *sample = 0.5 * ((mean[at] + half[at]) + (before[at] - half_before[at]));
            }
        });
    }

    /// Shrinks the coefficients of a band.
    fn shrink(&mut self, at: usize, band: &Band, strength: f64, workers: &Workers) {
        let [ny, nx] = self.plane;
        let shrink = |shares| Shrink { band: &self.bands[at], plane: [ny, nx], noise: band, strength, shares };
        let look = shrink(None);
        workers.each(Rows::of_mut(&mut self.sums, 1), |_, y, sums| {
            sums[0] = vectorised(look.row(y, &mut []));
        });
        let mut total = [0.0; TERMS];
        for sums in &self.sums {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        let apply = shrink(Some(Shares::least_error(&total)));
        workers.each(Rows::of_mut(&mut self.spare, nx), |_, y, target| {
            vectorised(apply.row(y, target));
        });
        std::mem::swap(&mut self.bands[at], &mut self.spare);
    }
}

/// Scales of a plane: the longest wavelets fit into it.
fn levels(plane: [usize; 2]) -> usize {
    let least = plane.into_iter().filter(|extent| *extent > 1).min().unwrap_or(1);
    (least.ilog2() as usize).min(MOST_LEVELS)
}

#[cfg(test)]
mod tests;
