//! Band-pass and removal of stripes: planes less what low-pass filters leave of them.

use super::bands::Bands;
use super::low_pass::LowPasses;
use crate::error::{Result, zeroed};
use crate::runtime::Workers;

/// Keeps waves between two lengths.
pub struct BandPass {
    passes: LowPasses,
    /// Cutoffs in cycles per sample; infinite: no end.
    fine: f64,
    coarse: f64,
}

impl BandPass {
    /// For planes of `shape` (y, x); waves of `lengths` in samples, shortest and longest, have half of their power. 0: no end.
    ///
    /// # Errors
    /// As [`LowPasses::new`].
    pub fn new(shape: [usize; 2], lengths: [f64; 2], workers: &Workers) -> Result<Self> {
        let [fine, coarse] = lengths.map(f64::recip);
        Ok(Self { passes: LowPasses::new(shape, workers)?, fine, coarse })
    }

    /// Filters each plane of `image` in place.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, image: &mut [f32], [ny, nx]: [usize; 2], bands: &mut Bands<'_, '_>) -> Result<()> {
        for plane in image.chunks_exact_mut(ny * nx) {
            if self.fine.is_finite() {
                self.passes
                    .take([self.fine; 2], bands.workers(), &|y, row| row.copy_from_slice(&plane[y * nx..][..nx]));
                (plane.chunks_exact_mut(nx).enumerate()).for_each(|(y, row)| row.copy_from_slice(self.passes.row(y)));
            }
            bands.pass(ny)?;
            if self.coarse.is_finite() {
                self.passes.take([self.coarse; 2], bands.workers(), &|y, row| {
                    row.copy_from_slice(&plane[y * nx..][..nx]);
                });
                subtract(plane, nx, &self.passes);
            }
            bands.pass(ny)?;
        }
        Ok(())
    }
}

/// Takes stripes away: what is narrow across them and long along them. Both are told apart in Fourier space, where stripes lie close to
/// one axis; what stands out far more than stripes do is cut first, so that bright things leave no shadows along the stripes.
pub struct Stripes {
    passes: LowPasses,
    /// Cutoffs (y, x) of what is no stripe since it is wide, and of what is a stripe since it is long.
    wide: [f64; 2],
    long: [f64; 2],
    rest: Vec<f32>,
    sorted: Vec<f32>,
}

impl Stripes {
    /// For planes of `shape` (y, x) with stripes along an axis, 0 (y) or 1 (x), up to `width` across and from `length` on, in samples.
    ///
    /// # Errors
    /// As [`LowPasses::new`].
    pub fn new(shape: [usize; 2], along: usize, [width, length]: [f64; 2], workers: &Workers) -> Result<Self> {
        let (mut wide, mut long) = ([f64::INFINITY; 2], [f64::INFINITY; 2]);
        (wide[1 - along], long[along]) = (1.0 / width, 1.0 / length);
        let samples = shape[0] * shape[1];
        let [rest, sorted] = [(); 2].map(|()| zeroed("the workspace of the filter", samples));
        Ok(Self { passes: LowPasses::new(shape, workers)?, wide, long, rest: rest?, sorted: sorted? })
    }

    /// Bytes that it holds.
    ///
    /// # Errors
    /// As [`LowPasses::new`].
    pub fn bytes(shape: [usize; 2], threads: usize) -> Result<u64> {
        Ok(LowPasses::bytes(shape, threads)? + (2 * shape[0] * shape[1] * size_of::<f32>()) as u64)
    }

    /// Filters each plane of `image` in place.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, image: &mut [f32], [ny, nx]: [usize; 2], bands: &mut Bands<'_, '_>) -> Result<()> {
        for plane in image.chunks_exact_mut(ny * nx) {
            self.rest.copy_from_slice(plane);
            self.narrow(nx, bands.workers());
            bands.pass(ny)?;
            let bound = self.bound();
            // Samples that are too large for f32 leave no bound, which is NaN.
            self.rest.iter_mut().for_each(|sample| *sample = sample.max(-bound).min(bound));
            let rest = &self.rest;
            self.passes.take(self.long, bands.workers(), &|y, row| row.copy_from_slice(&rest[y * nx..][..nx]));
            for (y, row) in self.rest.chunks_exact_mut(nx).enumerate() {
                row.copy_from_slice(self.passes.row(y));
            }
            bands.pass(ny)?;
            // What was cut may have left something wide; without it the sum of the plane stays.
            self.narrow(nx, bands.workers());
            plane.iter_mut().zip(&self.rest).for_each(|(sample, stripes)| *sample -= stripes);
            bands.pass(ny)?;
        }
        Ok(())
    }

    /// Takes what is wide from the rest.
    fn narrow(&mut self, nx: usize, workers: &Workers) {
        let Self { passes, wide, rest, .. } = self;
        passes.take(*wide, workers, &|y, row| row.copy_from_slice(&rest[y * nx..][..nx]));
        subtract(rest, nx, passes);
    }

    /// Beyond this a sample of the rest is no stripe: three standard deviations, as the median tells them.
    fn bound(&mut self) -> f32 {
        self.sorted.iter_mut().zip(&self.rest).for_each(|(to, sample)| *to = sample.abs());
        let middle = self.sorted.len() / 2;
        let median = *self.sorted.select_nth_unstable_by(middle, f32::total_cmp).1;
        3.0 * DEVIATION * median
    }
}

fn subtract(plane: &mut [f32], nx: usize, passes: &LowPasses) {
    for (y, row) in plane.chunks_exact_mut(nx).enumerate() {
        row.iter_mut().zip(passes.row(y)).for_each(|(sample, low)| *sample -= low);
    }
}

/// Standard deviation of normal samples whose absolute values have the median 1.
const DEVIATION: f32 = 1.4826;
