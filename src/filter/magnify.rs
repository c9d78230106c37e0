//! Planes on finer pixels: each pixel of the plane is m x m pixels of the result, so that the middle of pixel i of the result lies at
//! (i + 1/2) / m - 1/2 of the plane's own, and nothing moves.
//!
//! Between samples runs a cubic spline through them (Catmull and Rom 1974, "A class of local interpolating splines"); the plane goes on
//! as in a mirror. The sum of the result is m² times that of the plane.

use super::bands::Bands;
use super::reflect::reflect;
use crate::error::{Result, zeroed};

/// Magnifies planes of one shape.
pub struct Magnify {
    shape: [usize; 2],
    factor: usize,
    /// Of the four samples around a place, for each of the places between two samples.
    weights: Vec<[f32; 4]>,
    /// Before the first of a place's samples, for each of these.
    before: Vec<isize>,
    /// A row for each thread.
    rows: Vec<f32>,
}

impl Magnify {
    /// For planes of `shape` (y, x), magnified so many times, and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 2], factor: usize, threads: usize) -> Result<Self> {
        let thing = "the weights of a spline";
        let (mut weights, mut before) = (zeroed(thing, factor)?, zeroed(thing, factor)?);
        for phase in 0..factor {
            let place = (phase as f64 + 0.5) / factor as f64 - 0.5;
            let t = place - place.floor();
            before[phase] = place.floor() as isize - 1;
            weights[phase] = [
                ((-0.5 * t + 1.0) * t - 0.5) * t,
                (1.5 * t - 2.5) * t * t + 1.0,
                ((-1.5 * t + 2.0) * t + 0.5) * t,
                (0.5 * t - 0.5) * t * t,
            ]
            .map(|weight| weight as f32);
        }
        Ok(Self { shape, factor, weights, before, rows: zeroed("a row of the image", shape[1] * threads)? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 2], factor: usize, threads: usize) -> u64 {
        let weights = factor * (size_of::<[f32; 4]>() + size_of::<isize>());
        (weights + shape[1] * threads * size_of::<f32>()) as u64
    }

    /// Puts `plane`, packed (y, x), into `target` on finer pixels.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, plane: &[f32], target: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let Self { shape: [ny, nx], factor, weights, before, rows } = self;
        let (ny, nx, factor) = (*ny, *nx, *factor);
        bands.each(target, nx * factor, rows, |row, target, between| {
            let (y, [a, b, c, d]) = ((row / factor) as isize + before[row % factor], weights[row % factor]);
            let [first, second, third, fourth] =
                std::array::from_fn(|at| &plane[reflect(y + at as isize, ny) * nx..][..nx]);
            for (x, between) in between.iter_mut().enumerate() {
                *between = a * first[x] + b * second[x] + c * third[x] + d * fourth[x];
            }
            for (x, target) in target.chunks_exact_mut(factor).enumerate() {
                for ((target, weights), before) in target.iter_mut().zip(&*weights).zip(&*before) {
                    let from = x as isize + before;
                    let at = |at: usize| between[reflect(from + at as isize, nx)];
                    *target = (0..4).map(|side| weights[side] * at(side)).sum();
                }
            }
        })
    }
}
