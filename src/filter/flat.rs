//! Erosion by a flat disc or ellipsoid: the lowest of the samples around each.
//!
//! Beyond the border there is nothing. That is the same as a mirror there, since a footprint is convex and symmetric: what it
//! sees in a mirror, it sees inside too.

use super::footprint::Footprint;
use crate::error::Result;

/// A flat disc or ellipsoid for volumes of one shape.
pub struct Flat {
    shape: [usize; 3],
    footprint: Footprint,
    /// Samples on each side of a row in scratch.
    margin: usize,
}

impl Flat {
    /// Of a radius across planes and one within.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], [planes, radius]: [f64; 2]) -> Result<Self> {
        Ok(Self { shape, footprint: Footprint::new(radius, planes)?, margin: margin(shape, radius) })
    }

    /// Bytes that it holds.
    pub fn bytes([planes, radius]: [f64; 2]) -> u64 {
        Footprint::bytes(radius, planes)
    }

    /// Samples of scratch for [`Flat::erode`].
    pub fn scratch(shape: [usize; 3], radius: f64) -> usize {
        shape[2] + 2 * margin(shape, radius)
    }

    /// Puts the lowest around the samples of row `row` of `from`, packed (z, y, x), into `target`.
    pub fn erode(&self, from: &[f32], row: usize, target: &mut [f32], scratch: &mut [f32]) {
        let [nz, ny, nx] = self.shape;
        target.fill(f32::INFINITY);
        let inside = |at: usize, by: isize, extent: usize| at.checked_add_signed(by).filter(|at| *at < extent);
        for chord in self.footprint.chords() {
            let place = (inside(row / ny, chord.from[0], nz), inside(row % ny, chord.from[1], ny));
            let (Some(z), Some(y)) = place else { continue };
            // The lowest of 1, 2, 4, ... samples from each on, then of two such that overlap.
            let half = chord.half.min(self.margin);
            let (length, line) = (2 * half + 1, &mut scratch[..nx + 2 * half]);
            line[..half].fill(f32::INFINITY);
            line[half..half + nx].copy_from_slice(&from[(z * ny + y) * nx..][..nx]);
            line[half + nx..].fill(f32::INFINITY);
            let mut width = 1;
            while 2 * width <= length {
                for at in 0..line.len() - width {
                    line[at] = lower(line[at], line[at + width]);
                }
                width *= 2;
            }
            let ends = line.iter().zip(&line[length - width..]);
            for (target, (start, end)) in target.iter_mut().zip(ends) {
                *target = lower(*target, lower(*start, *end));
            }
        }
    }
}

/// The lower of two numbers; unlike [`f32::min`] it is one instruction, since none is NaN.
#[inline(always)]
pub fn lower(one: f32, other: f32) -> f32 {
    if other < one { other } else { one }
}

fn margin([_, _, nx]: [usize; 3], radius: f64) -> usize {
    nx.min(radius as usize)
}
