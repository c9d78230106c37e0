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
    /// Rows and samples beyond each border where its middle may lie.
    margin: usize,
    /// The erosion, upside down, with its margins.
    eroded: Vec<f32>,
    /// Of all threads.
    scratch: Vec<f32>,
}

enum Element {
    Flat(Flat),
    Ball(Ball),
}

impl Under {
    /// See [`Opening`]. A flat disc whose middle is outside reaches no farther in than one at the border; a ball may only touch
    /// the foot of a slope so.
    fn margin(self) -> usize {
        match self {
            Self::Flat(_) => 0,
            Self::Ball(radius) => radius as usize,
        }
    }

    /// Samples of the erosion, and of the scratch of a thread: a row, and what an erosion takes.
    fn samples(self, [nz, ny, nx]: [usize; 3]) -> [usize; 2] {
        let (tall, wide) = (ny + 2 * self.margin(), nx + 2 * self.margin());
        let scratch = match self {
            Self::Flat([_, radius]) => Flat::scratch([nz, ny, nx], radius),
            Self::Ball(radius) => Ball::scratch(radius, wide),
        };
        [nz * tall * wide, nx + scratch]
    }
}

impl Opening {
    /// For images of `shape` (z, y, x) and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], under: Under, threads: usize) -> Result<Self> {
        let element = match under {
            Under::Flat(radius) => Element::Flat(Flat::new(shape, radius)?),
            Under::Ball(radius) => Element::Ball(Ball::new(radius)?),
        };
        let ([eroded, scratch], thing) = (under.samples(shape), "the workspace of the opening");
        let (eroded, scratch) = (zeroed(thing, eroded)?, zeroed(thing, scratch * threads)?);
        Ok(Self { shape, element, margin: under.margin(), eroded, scratch })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3], under: Under, threads: usize) -> u64 {
        let element = match under {
            Under::Flat(radius) => Flat::bytes(radius),
            Under::Ball(radius) => Ball::bytes(radius),
        };
        let [eroded, scratch] = under.samples(shape);
        ((eroded + scratch * threads) * size_of::<f32>()) as u64 + element
    }

    /// Takes the opening of `image`, packed (z, y, x), all finite, from it.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled); `image` is a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let [nz, ny, _] = self.shape;
        self.subtract(image, &mut Bands::new(workers, watch, 2 * nz * (ny + self.margin)))
    }

    /// As [`Opening::execute`], as a part of other work.
    pub(super) fn subtract(&mut self, image: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let Self { shape: [_, ny, nx], element, margin, eroded, scratch } = self;
        let element = &*element;
        let (ny, nx, tall, wide) = (*ny, *nx, *ny + 2 * *margin, *nx + 2 * *margin);
        let margin = *margin as isize;
        bands.each(eroded, wide, scratch, |row, target, scratch| {
            match element {
                Element::Flat(flat) => flat.erode(image, row, target, scratch),
                Element::Ball(ball) => {
                    let plane = &image[row / tall * ny * nx..][..ny * nx];
                    ball.erode(plane, nx, [(row % tall) as isize - margin, -margin], target, scratch);
                }
            }
            // A dilation is an erosion of what is upside down; what touches nothing counts for nothing there.
            target.iter_mut().filter(|sample| sample.is_finite()).for_each(|sample| *sample = -*sample);
        })?;
        bands.each(image, nx, scratch, |row, target, scratch| {
            let (opened, scratch) = scratch.split_at_mut(nx);
            match element {
                Element::Flat(flat) => flat.erode(eroded, row, opened, scratch),
                Element::Ball(ball) => {
                    let plane = &eroded[row / ny * tall * wide..][..tall * wide];
                    ball.erode(plane, wide, [(row % ny) as isize + margin, margin], opened, scratch);
                }
            }
            // By rounding, a ball may end a little above what it touches.
            target.iter_mut().zip(opened).for_each(|(sample, opened)| *sample = (*sample + *opened).max(0.0));
        })
    }
}
