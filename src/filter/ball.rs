//! Erosion by a ball: how high its middle lies where it touches the image from below, a sample of an intensity being a column of
//! that height.
//!
//! Each plane by itself. Beyond the border there is nothing, which is the same as a mirror there, since a ball is lower farther out.

use super::flat::lower;
use crate::error::{Result, reserved};

/// A ball for volumes of one shape.
pub struct Ball {
    shape: [usize; 3],
    /// Heights of a quarter of the upper half: rows from the middle on, samples from the middle on.
    heights: Vec<f32>,
    /// Where each row ends.
    ends: Vec<usize>,
    /// Samples on each side of a row in scratch.
    margin: usize,
}

impl Ball {
    /// Of a radius in pixels and intensities.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], radius: f64) -> Result<Self> {
        let (rows, samples) = extent(radius);
        let thing = "the heights of the ball";
        let (mut heights, mut ends) = (reserved(thing, samples)?, reserved(thing, rows)?);
        for y in 0..rows {
            heights.extend(
                (0..length(radius, y)).map(|x| (square(radius) - (y * y + x * x) as f64).max(0.0).sqrt() as f32),
            );
            ends.push(heights.len());
        }
        Ok(Self { shape, heights, ends, margin: margin(shape, radius) })
    }

    /// Bytes that it holds.
    pub fn bytes(radius: f64) -> u64 {
        let (rows, samples) = extent(radius);
        (samples * size_of::<f32>() + rows * size_of::<usize>()) as u64
    }

    /// Samples of scratch for [`Ball::erode`].
    pub fn scratch(shape: [usize; 3], radius: f64) -> usize {
        shape[2] + 2 * margin(shape, radius)
    }

    /// Puts the height of the ball's middle below the samples of row `row` of `from`, packed (z, y, x), into `target`.
    pub fn erode(&self, from: &[f32], row: usize, target: &mut [f32], scratch: &mut [f32]) {
        let ([_, ny, nx], margin) = (self.shape, self.margin);
        target.fill(f32::INFINITY);
        let (plane, y) = (&from[row / ny * ny * nx..][..ny * nx], row % ny);
        let mut start = 0;
        for (distance, end) in self.ends.iter().enumerate() {
            let heights = &self.heights[start..*end];
            start = *end;
            let line = |y: Option<usize>| y.filter(|y| *y < ny).map(|y| &plane[y * nx..][..nx]);
            // Rows above and below, and samples left and right, are as far from the ball's middle: the lower one counts.
            scratch.fill(f32::INFINITY);
            let middle = &mut scratch[margin..margin + nx];
            for line in [line(y.checked_sub(distance)), line(Some(y + distance))].into_iter().flatten() {
                middle.iter_mut().zip(line).for_each(|(lowest, sample)| *lowest = lower(*lowest, *sample));
            }
            for (by, height) in heights.iter().enumerate().take(margin + 1) {
                let sides = scratch[margin - by..].iter().zip(&scratch[margin + by..]);
                for (target, (left, right)) in target.iter_mut().zip(sides) {
                    *target = lower(*target, lower(*left, *right) - height);
                }
            }
        }
    }
}

/// Samples of a row of a quarter.
fn length(radius: f64, y: usize) -> usize {
    (square(radius) - (y * y) as f64).max(0.0).sqrt() as usize + 1
}

/// Rows of a quarter, and samples of all.
fn extent(radius: f64) -> (usize, usize) {
    let rows = radius as usize + 1;
    (rows, (0..rows).map(|y| length(radius, y)).sum())
}

fn square(radius: f64) -> f64 {
    radius * radius
}

fn margin([_, _, nx]: [usize; 3], radius: f64) -> usize {
    nx.min(radius as usize)
}
