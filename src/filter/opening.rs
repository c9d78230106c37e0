//! Openings: what is left of an image under which something passes everywhere that it fits in from below.
//!
//! | with | is |
//! |---|---|
//! | a flat disc or ellipsoid | the image without what is narrower; what it takes away is the white top-hat |
//! | a ball | the background of the rolling ball: S. R. Sternberg 1983, "Biomedical image processing", Computer 16 (1), 22-34, doi 10.1109/MC.1983.1654163 |
//!
//! The ball is worked out as defined, on all samples. ImageJ takes the lowest of blocks of up to 8 x 8 samples for large
//! balls, and cuts their rims off.

use super::ball::Ball;
use super::bands::Bands;
use super::flat::Flat;
use crate::error::{Result, zeroed};
use crate::runtime::{Watch, Workers};

/// What passes under an image.
#[derive(Clone, Copy, Debug)]
pub enum Under {
    /// A flat disc or ellipsoid, of a radius across planes and one within.
    Flat([f64; 2]),
    /// A ball, of a radius in pixels and intensities; each plane by itself.
    Ball(f64),
}

/// Takes openings from images of one shape.
pub struct Opening {
    shape: [usize; 3],
    element: Element,
    spare: Vec<f32>,
    /// Of all threads.
    scratch: Vec<f32>,
}

enum Element {
    Flat(Flat),
    Ball(Ball),
}

impl Opening {
    /// For images of `shape` (z, y, x) and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], under: Under, threads: usize) -> Result<Self> {
        let element = match under {
            Under::Flat(radius) => Element::Flat(Flat::new(shape, radius)?),
            Under::Ball(radius) => Element::Ball(Ball::new(shape, radius)?),
        };
        let [spare, scratch] = [shape.iter().product(), scratch(shape, under, threads)];
        let thing = "the workspace of the opening";
        Ok(Self { shape, element, spare: zeroed(thing, spare)?, scratch: zeroed(thing, scratch)? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3], under: Under, threads: usize) -> u64 {
        let element = match under {
            Under::Flat(radius) => Flat::bytes(radius),
            Under::Ball(radius) => Ball::bytes(radius),
        };
        let samples = shape.iter().product::<usize>() + scratch(shape, under, threads);
        (samples * size_of::<f32>()) as u64 + element
    }

    /// Takes the opening of `image`, packed (z, y, x), all finite, from it.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled); `image` is a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let [nz, ny, _] = self.shape;
        self.subtract(image, &mut Bands::new(workers, watch, Self::PASSES, nz * ny))
    }

    /// Passes over the rows of the image.
    pub(super) const PASSES: usize = 2;

    /// As [`Opening::execute`], as a part of other work.
    pub(super) fn subtract(&mut self, image: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let Self { shape: [_, _, nx], element, spare, scratch } = self;
        bands.each(spare, *nx, scratch, |row, target, scratch| {
            element.erode(image, row, target, scratch);
            // A dilation is an erosion of what is upside down.
            target.iter_mut().for_each(|sample| *sample = -*sample);
        })?;
        bands.each(image, *nx, scratch, |row, target, scratch| {
            let (opened, scratch) = scratch.split_at_mut(*nx);
            element.erode(spare, row, opened, scratch);
            target.iter_mut().zip(opened).for_each(|(sample, opened)| *sample += *opened);
        })
    }
}

impl Element {
    fn erode(&self, from: &[f32], row: usize, target: &mut [f32], scratch: &mut [f32]) {
        match self {
            Self::Flat(flat) => flat.erode(from, row, target, scratch),
            Self::Ball(ball) => ball.erode(from, row, target, scratch),
        }
    }
}

/// Samples of scratch of all threads: a row, and what an erosion takes.
fn scratch(shape: [usize; 3], under: Under, threads: usize) -> usize {
    let erosion = match under {
        Under::Flat([_, radius]) => Flat::scratch(shape, radius),
        Under::Ball(radius) => Ball::scratch(shape, radius),
    };
    threads * (shape[2] + erosion)
}
