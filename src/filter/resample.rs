//! Volumes on another grid of samples.
//!
//! A sample is the middle of a box; boxes of both grids start at the same edge. Along an axis with f samples for one of the source, sample
//! i of the result lies at (i + 1/2) / f - 1/2 of the source, with f as it is stated. The result has as many as lie in the source whole.
//! Between samples runs a straight line, or a cubic spline (Keys 1981, doi 10.1109/TASSP.1981.1163711, with a = -1/2); where the result is
//! coarser, both are wider by 1 / f, so that what it cannot show does not come up as something else. Weights have the sum 1; beyond its
//! border the source goes on as in a mirror.

use super::bands::Bands;
use super::reflect::reflect;
use crate::error::{Error, Result, zeroed};
use crate::params::{
    RESAMPLE_BETWEEN, RESAMPLE_FACTOR_PLANES, RESAMPLE_FACTOR_PX, RESAMPLE_PIXEL_NM, RESAMPLE_STEP_NM, ResampleBetween,
    Settings,
};
use crate::runtime::{Watch, Workers};

/// The grids before and after.
#[derive(Clone, Copy, Debug)]
pub struct Grids {
    from: [usize; 3],
    between: ResampleBetween,
    /// Samples for one of the source along (z, y, x).
    factors: [f64; 3],
}

impl Grids {
    /// For volumes of `shape` (z, y, x) with the `resample.*` parameters.
    ///
    /// # Errors
    /// [`Error::Argument`] for numbers that contradict each other, and for results without samples or with too many.
    pub fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        let px = settings.required(RESAMPLE_FACTOR_PX)?;
        let planes = match (settings.f64(RESAMPLE_PIXEL_NM), settings.f64(RESAMPLE_STEP_NM)) {
            (Some(pixel), Some(step)) if settings.is_set(RESAMPLE_FACTOR_PLANES) => {
                return Err(Error::Argument(format!(
                    "resample.factor_planes is set beside a resample.pixel_nm of {pixel} and a resample.step_nm of {step}, \
                     which make voxels isotropic; it must not be"
                )));
            }
            (Some(pixel), Some(step)) => {
                let planes = px * step / pixel;
                if !(MIN_FACTOR..=MAX_FACTOR).contains(&planes) {
                    return Err(Error::Argument(format!(
                        "resample.step_nm is {step} and resample.pixel_nm {pixel}, which makes {planes} planes of one; it must be \
                         {MIN_FACTOR} to {MAX_FACTOR} of one: change resample.factor_px, or bin first"
                    )));
                }
                planes
            }
            (None, None) => settings.required(RESAMPLE_FACTOR_PLANES)?,
            _ => {
                return Err(Error::Argument(
                    "one of resample.pixel_nm and resample.step_nm is set; it must be both, for isotropic voxels, or none"
                        .to_owned(),
                ));
            }
        };
        let factors = [if shape[0] == 1 { 1.0 } else { planes }, px, px];
        let grids = Self { from: shape, between: settings.choice(RESAMPLE_BETWEEN), factors };
        let samples = grids.shape().into_iter().try_fold(1_usize, usize::checked_mul);
        if samples.is_none_or(|samples| samples == 0 || samples > isize::MAX as usize / size_of::<f32>()) {
            return Err(Error::Argument(format!(
                "the factors of the resampling are {factors:?} along (z, y, x) for images of {shape:?}; results must have one sample at \
                 least, and be addressable"
            )));
        }
        Ok(grids)
    }

    /// Extents (z, y, x) of results.
    pub fn shape(&self) -> [usize; 3] {
        // What is whole but for rounding is whole.
        std::array::from_fn(|axis| (self.from[axis] as f64 * self.factors[axis] + 1e-9) as usize)
    }

    /// Samples for one of the source along (z, y, x).
    pub fn factors(&self) -> [f64; 3] {
        self.factors
    }

    /// How many samples of the source one of the result is made of, along an axis.
    fn taps(&self, axis: usize) -> usize {
        let reach = match self.between {
            ResampleBetween::Linear => 1.0,
            ResampleBetween::Cubic => 2.0,
        };
        2 * (reach * (1.0 / self.factors[axis]).max(1.0)).ceil() as usize
    }
}

/// Range of `resample.factor_planes`.
const MIN_FACTOR: f64 = 0.01;
const MAX_FACTOR: f64 = 64.0;

/// Brings volumes of one shape onto another grid.
pub struct Resample {
    grids: Grids,
    axes: [Axis; 3],
    /// A row of the source for each thread.
    rows: Vec<f32>,
}

/// Weights of the samples of an axis that one of the result is made of.
struct Axis {
    taps: usize,
    first: Vec<isize>,
    weights: Vec<f32>,
}

impl Resample {
    /// From one grid to the other, for so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(grids: Grids, threads: usize) -> Result<Self> {
        let [z, y, x] = std::array::from_fn(|axis| Axis::new(&grids, axis));
        let rows = zeroed("a row of the image", grids.from[2] * threads)?;
        Ok(Self { grids, axes: [z?, y?, x?], rows })
    }

    /// Bytes that it holds.
    pub fn bytes(grids: Grids, threads: usize) -> u64 {
        let axis = |axis| grids.shape()[axis] * (size_of::<isize>() + grids.taps(axis) * size_of::<f32>());
        ((0..3).map(axis).sum::<usize>() + grids.from[2] * threads * size_of::<f32>()) as u64
    }

    /// Puts `image` into `target`, both packed (z, y, x).
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn execute(
        &mut self,
        image: &[f32],
        target: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let Self { grids, axes: [along_z, along_y, along_x], rows } = self;
        let ([nz, ny, nx], [planes, tall, wide]) = (grids.from, grids.shape());
        let mut bands = Bands::new(workers, watch, planes * tall);
        bands.each(target, wide, rows, |row, target, line| {
            line.fill(0.0);
            for (z, by_plane) in along_z.of(row / tall, nz) {
                for (y, weight) in along_y.of(row % tall, ny) {
                    let weight = by_plane * weight;
                    let samples = &image[(z * ny + y) * nx..][..nx];
                    line.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += weight * sample);
                }
            }
            for (x, sample) in target.iter_mut().enumerate() {
                *sample = along_x.of(x, nx).map(|(x, weight)| weight * line[x]).sum();
            }
        })
    }
}

impl Axis {
    fn new(grids: &Grids, axis: usize) -> Result<Self> {
        let (count, taps, factor) = (grids.shape()[axis], grids.taps(axis), grids.factors[axis]);
        let thing = "the weights of the resampling";
        let (mut first, mut weights) = (zeroed(thing, count)?, zeroed(thing, count * taps)?);
        let wide = (1.0 / factor).max(1.0);
        for (at, (first, weights)) in first.iter_mut().zip(weights.chunks_exact_mut(taps)).enumerate() {
            let place = (at as f64 + 0.5) / factor - 0.5;
            let start = place.floor() - (taps / 2 - 1) as f64;
            let of = |tap: usize| kernel(grids.between, (start + tap as f64 - place) / wide);
            let sum: f64 = (0..taps).map(of).sum();
            *first = start as isize;
            weights
                .iter_mut()
                .enumerate()
                .for_each(|(tap, weight): (usize, &mut f32)| *weight = (of(tap) / sum) as f32);
        }
        Ok(Self { taps, first, weights })
    }

    /// Samples of an axis of `extent` and their weights in sample `at`.
    fn of(&self, at: usize, extent: usize) -> impl Iterator<Item = (usize, f32)> {
        let weights = &self.weights[at * self.taps..][..self.taps];
        let samples = (self.first[at]..).map(move |at| reflect(at, extent));
        samples.zip(weights.iter().copied()).filter(|(_, weight)| *weight != 0.0)
    }
}

fn kernel(between: ResampleBetween, by: f64) -> f64 {
    let by = by.abs();
    match between {
        ResampleBetween::Linear => (1.0 - by).max(0.0),
        ResampleBetween::Cubic if by < 1.0 => (1.5 * by - 2.5) * by * by + 1.0,
        ResampleBetween::Cubic if by < 2.0 => ((-0.5 * by + 2.5) * by - 4.0) * by + 2.0,
        ResampleBetween::Cubic => 0.0,
    }
}
