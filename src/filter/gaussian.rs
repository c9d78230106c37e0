//! The Gaussian, one axis after the other.
//!
//! Weights are exp(-k² / (2 sigma²)) up to k = 4 sigma, and their sum is 1; the image goes on beyond its border as in a
//! mirror, so that its sum stays. `scipy.ndimage.gaussian_filter` does the same by default.

use super::bands::Bands;
use super::reflect::reflect;
use crate::error::{Result, zeroed};

/// A Gaussian for volumes of one shape.
pub struct Gaussian {
    shape: [usize; 3],
    /// Of distances 0, 1, ... along (z, y, x).
    weights: [Vec<f64>; 3],
}

impl Gaussian {
    /// Of those standard deviations (z, y, x) in samples; 0 leaves an axis alone.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], sigma: [f64; 3]) -> Result<Self> {
        let [z, y, x] = sigma.map(weights);
        Ok(Self { shape, weights: [z?, y?, x?] })
    }

    /// Bytes that it holds.
    pub fn bytes(sigma: [f64; 3]) -> u64 {
        sigma.iter().map(|&sigma| (count(sigma) * size_of::<f64>()) as u64).sum()
    }

    /// Passes over the rows of a volume.
    pub fn passes(&self) -> usize {
        self.weights.iter().filter(|weights| weights.len() > 1).count()
    }

    /// Blurs `image` in place; `spare` has its length.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn blur(&self, image: &mut [f32], spare: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let [nz, ny, nx] = self.shape;
        for (axis, weights) in self.weights.iter().enumerate().filter(|(_, weights)| weights.len() > 1) {
            spare.copy_from_slice(image);
            let line = |z: usize, y: usize| &spare[(z * ny + y) * nx..][..nx];
            bands.each(image, nx, &mut [], |row, target, _| {
                let (z, y) = (row / ny, row % ny);
                for (at, part) in target.chunks_mut(PART).enumerate() {
                    let (start, mut sum) = (at * PART, [0.0_f64; PART]);
                    for (distance, weight) in weights.iter().enumerate() {
                        let distance = distance as isize;
                        for side in [-distance, distance].into_iter().take(1 + usize::from(distance > 0)) {
                            let mut mirrored = [0.0_f32; PART];
                            let samples = match axis {
                                0 => &line(reflect(z as isize + side, nz), y)[start..][..part.len()],
                                1 => &line(z, reflect(y as isize + side, ny))[start..][..part.len()],
                                _ => shifted(line(z, y), start as isize + side, &mut mirrored[..part.len()]),
                            };
                            for (sum, sample) in sum.iter_mut().zip(samples) {
                                *sum += weight * f64::from(*sample);
                            }
                        }
                    }
                    part.iter_mut().zip(sum).for_each(|(sample, sum)| *sample = sum as f32);
                }
            })?;
        }
        Ok(())
    }
}

/// As many samples of a line as `mirrored` has, from `start` on, which may be outside.
fn shifted<'a>(line: &'a [f32], start: isize, mirrored: &'a mut [f32]) -> &'a [f32] {
    let inside = usize::try_from(start).ok().and_then(|start| line.get(start..start + mirrored.len()));
    inside.unwrap_or_else(|| {
        (start..).zip(&mut *mirrored).for_each(|(at, sample)| *sample = line[reflect(at, line.len())]);
        mirrored
    })
}

fn count(sigma: f64) -> usize {
    (REACH * sigma + 0.5) as usize + 1
}

fn weights(sigma: f64) -> Result<Vec<f64>> {
    let mut weights = zeroed("the weights of a Gaussian", count(sigma))?;
    for (distance, weight) in weights.iter_mut().enumerate() {
        *weight = if distance == 0 { 1.0 } else { (-0.5 * (distance as f64 / sigma).powi(2)).exp() };
    }
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter_mut().for_each(|weight| *weight /= sum);
    Ok(weights)
}

/// Standard deviations up to which weights are taken.
const REACH: f64 = 4.0;
/// Sums that are had at once.
const PART: usize = 64;
