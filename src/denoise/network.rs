//! Smoothing by the network that is built in ([`crate::convnet::denoiser`]), plane by plane.

use crate::convnet::{Network, denoiser};
use crate::error::{Result, zeroed};
use crate::image::{Region, reflected};
use crate::runtime::{Rows, Watch, Workers};

/// The network for planes of one shape, or for parts of them.
pub struct BuiltIn {
    network: Network,
    /// Extents (y, x) of planes.
    plane: [usize; 2],
    /// What the network is run over.
    extents: [usize; 2],
    /// A plane denoised.
    smooth: Vec<f32>,
    /// What was taken away from each of its rows: sums of squares.
    squares: Vec<f64>,
}

impl BuiltIn {
    /// Samples along (z, y, x) around a part beyond which what it sees hardly matters: half a window of its local mean and the taps of
    /// its finest layers. Nothing beyond 60 matters at all.
    pub const REACH: [usize; 3] = [0, 24, 24];

    /// For images of `shape` (z, y, x), smoothed by up to `threads` threads; by these weights in place of its own.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3], weights: Option<&[f32]>, threads: usize) -> Result<Self> {
        Self::of_parts(shape, shape, weights, threads)
    }

    /// As [`BuiltIn::new`], for parts of images that have up to as many samples as `largest`.
    ///
    /// # Errors
    /// As [`BuiltIn::new`].
    pub fn of_parts(
        largest: [usize; 3],
        [_, ny, nx]: [usize; 3],
        weights: Option<&[f32]>,
        threads: usize,
    ) -> Result<Self> {
        let extents = extents(largest, [ny, nx]);
        let mut network = Network::new(&denoiser::graph(), extents, threads)?;
        match weights {
            Some(weights) => network.load(weights),
            None => network.load(&denoiser::weights()?),
        }
        let thing = "the workspace of the denoising network";
        let [_, rows, columns] = largest;
        Ok(Self {
            network,
            plane: [ny, nx],
            extents,
            smooth: zeroed(thing, rows * columns)?,
            squares: zeroed(thing, rows)?,
        })
    }

    /// Bytes that it holds for parts of that size, or for whole images.
    pub fn bytes(largest: [usize; 3], [_, ny, nx]: [usize; 3], threads: usize) -> u64 {
        let network = Network::bytes(&denoiser::graph(), extents(largest, [ny, nx]), threads);
        network + (largest[1] * largest[2] * size_of::<f32>() + largest[1] * size_of::<f64>()) as u64
    }

    /// Moves `image` in place towards what the network makes of it, all the way at `strength` 1 and above; gives the root of
    /// the sum of squares of what was taken away, as `measure` has it. It lies at `place` in the image: what is made of a sample
    /// depends on where it lies between strides, and on how far the image's ends are.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`]; some planes of `image` are denoised then.
    pub fn smooth(
        &mut self,
        image: &mut [f32],
        place: Region,
        strength: f32,
        measure: impl Fn(f32) -> f32 + Sync,
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let Self { network, plane, extents, smooth, squares } = self;
        let ([planes, ny, nx], strength) = (place.shape, strength.min(1.0));
        let [top, left] = [0, 1].map(|axis| before(place, axis, plane[axis], extents[axis]));
        let squares = &mut squares[..ny];
        let mut total = 0.0;
        for (z, plane) in image.chunks_exact_mut(ny * nx).enumerate() {
            // The network is the same in any unit, and its products neither overflow nor vanish in this one.
            let unit = unit(plane);
            network.begin();
            let feed = |y: usize, row: &mut [f32]| {
                let source = &plane[reflected(y as i64 - top as i64, ny) * nx..][..nx];
                for (x, sample) in row.iter_mut().enumerate() {
                    *sample = source[reflected(x as i64 - left as i64, nx)] / unit;
                }
            };
            while let Some(rows) = network.advance(feed, workers) {
                for y in rows.clone().filter(|y| (top..top + ny).contains(y)) {
                    let target = &mut smooth[(y - top) * nx..][..nx];
                    target.copy_from_slice(&network.result(y)[left..left + nx]);
                    target.iter_mut().for_each(|sample| *sample *= unit);
                }
                watch.advance((z as f64 + (rows.end as f64 / extents[0] as f64).min(1.0)) / planes as f64)?;
            }
            workers.each((Rows::of_mut(plane, nx), Rows::of_mut(squares, 1)), |_, y, (samples, squares)| {
                squares[0] = 0.0;
                for (sample, smooth) in samples.iter_mut().zip(&smooth[y * nx..]) {
                    let before = measure(*sample);
                    *sample = if strength < 1.0 { *sample + strength * (smooth - *sample) } else { *smooth };
                    squares[0] += f64::from(before - measure(*sample)).powi(2);
                }
            });
            total += squares.iter().sum::<f64>();
        }
        Ok(total.sqrt())
    }
}

/// The extents that the network is run over for parts of a plane, which begin anywhere between strides.
fn extents([_, rows, columns]: [usize; 3], [ny, nx]: [usize; 2]) -> [usize; 2] {
    let room = |extent: usize, whole: usize| if extent < whole { extent + denoiser::STRIDE - 1 } else { whole };
    [padded(room(rows, ny)), padded(room(columns, nx))]
}

/// Samples of continuation along y or x that the network sees before a part: as many as lie behind a stride, and where the image
/// ends, so many that as many follow as follow the whole image.
fn before(place: Region, axis: usize, whole: usize, extent: usize) -> usize {
    let (start, length) = (place.start[axis + 1], place.shape[axis + 1]);
    if start > 0 && start + length == whole {
        (extent + start).saturating_sub(padded(whole))
    } else {
        start % denoiser::STRIDE
    }
}

/// The extent that the network is run over for one of an image, continued by reflection.
fn padded(extent: usize) -> usize {
    extent.max(denoiser::LEAST).next_multiple_of(denoiser::STRIDE)
}

/// The power of two below the largest magnitude: dividing by it changes no digits.
fn unit(plane: &[f32]) -> f32 {
    let largest = plane.iter().fold(0.0_f32, |largest, sample| largest.max(sample.abs()));
    let exponent = largest.to_bits() >> 23;
    // Neither the unit nor its inverse may be subnormal.
    f32::from_bits(exponent.clamp(1, 253) << 23)
}
