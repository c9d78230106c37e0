//! Erosion by a ball: how high its middle lies where it touches an image from below, a sample of an intensity being a column of
//! that height.
//!
//! Beyond the border of the image there is nothing that it could touch.

use super::flat::lower;
use crate::error::{Result, reserved};
use crate::fft::{Loop, vectorised};

/// A ball.
pub struct Ball {
    /// In whole samples.
    reach: usize,
    /// Heights of a quarter of the upper half: rows from the middle on, samples from the middle on.
    heights: Vec<f32>,
    /// Where each row ends.
    ends: Vec<usize>,
}

/// A row of samples beside or in a plane: y and x of its first one, from the first of the plane.
pub type Start = [isize; 2];

impl Ball {
    /// Of a radius in pixels and intensities.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(radius: f64) -> Result<Self> {
        let (rows, samples) = extent(radius);
        let thing = "the heights of the ball";
        let (mut heights, mut ends) = (reserved(thing, samples)?, reserved(thing, rows)?);
        for y in 0..rows {
            let height = |x: usize| (radius * radius - (y * y + x * x) as f64).max(0.0).sqrt() as f32;
            heights.extend((0..length(radius, y)).map(height));
            ends.push(heights.len());
        }
        Ok(Self { reach: radius as usize, heights, ends })
    }

    /// Bytes that it holds.
    pub fn bytes(radius: f64) -> u64 {
        let (rows, samples) = extent(radius);
        (samples * size_of::<f32>() + rows * size_of::<usize>()) as u64
    }

    /// Samples of scratch for rows of `length`.
    pub fn scratch(radius: f64, length: usize) -> usize {
        length + 2 * radius as usize
    }

    /// Puts the heights of the ball's middle below a plane of width `nx` into `target`, whose first sample is at `start`; infinite
    /// where it touches nothing.
    pub fn erode(&self, plane: &[f32], nx: usize, [y, left]: Start, target: &mut [f32], scratch: &mut [f32]) {
        let line = &mut scratch[..target.len() + 2 * self.reach];
        // Where samples of the plane come to lie in the line.
        let offset = -left + self.reach as isize;
        let (from, to) = (offset.max(0) as usize, (offset + nx as isize).clamp(0, line.len() as isize) as usize);
        target.fill(f32::INFINITY);
        let mut first = 0;
        for (distance, end) in self.ends.iter().enumerate() {
            let heights = &self.heights[first..*end];
            first = *end;
            // Rows above and below, and samples left and right, are as far from the ball's middle: the lower one counts.
            line.fill(f32::INFINITY);
            let mut touches = false;
            for y in [y - distance as isize, y + distance as isize] {
                let row = usize::try_from(y).ok().and_then(|y| plane.get(y * nx..(y + 1) * nx));
                if let (Some(row), true) = (row, from < to) {
                    let samples = &row[(from as isize - offset) as usize..];
                    line[from..to]
                        .iter_mut()
                        .zip(samples)
                        .for_each(|(lowest, sample)| *lowest = lower(*lowest, *sample));
                    touches = true;
                }
            }
            // Of a ball much larger than the plane most rows lie beside it.
            if touches {
                vectorised(Touch { target, line, reach: self.reach, heights });
            }
        }
    }
}

/// Lowers the ball's middle under the samples of a line.
struct Touch<'a> {
    target: &'a mut [f32],
    line: &'a [f32],
    reach: usize,
    heights: &'a [f32],
}

impl Loop for Touch<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { target, line, reach, heights } = self;
        for (by, height) in heights.iter().enumerate() {
            let sides = line[reach - by..].iter().zip(&line[reach + by..]);
            for (target, (left, right)) in target.iter_mut().zip(sides) {
                *target = lower(*target, lower(*left, *right) - height);
            }
        }
    }
}

/// Samples of a row of a quarter.
fn length(radius: f64, y: usize) -> usize {
    (radius * radius - (y * y) as f64).max(0.0).sqrt() as usize + 1
}

/// Rows of a quarter, and samples of all.
fn extent(radius: f64) -> (usize, usize) {
    let rows = radius as usize + 1;
    (rows, (0..rows).map(|y| length(radius, y)).sum())
}
