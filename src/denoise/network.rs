//! Smoothing by the network that is built in ([`crate::convnet::denoiser`]), plane by plane.

use crate::convnet::{Network, denoiser};
use crate::error::{Result, zeroed};
use crate::image::reflected;
use crate::runtime::{Rows, Watch, Workers};

/// The network for planes of one shape.
pub struct BuiltIn {
    network: Network,
    /// Extents (y, x) of planes.
    plane: [usize; 2],
    /// A plane denoised.
    smooth: Vec<f32>,
    /// What was taken away from each of its rows: sums of squares.
    squares: Vec<f64>,
}

impl BuiltIn {
    /// For images of `shape` (z, y, x), smoothed by up to `threads` threads; by these weights in place of its own.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new([_, ny, nx]: [usize; 3], weights: Option<&[f32]>, threads: usize) -> Result<Self> {
        let mut network = Network::new(&denoiser::graph(), [ny, nx].map(padded), threads)?;
        match weights {
            Some(weights) => network.load(weights),
            None => network.load(&denoiser::weights()?),
        }
        let thing = "the workspace of the denoising network";
        Ok(Self { network, plane: [ny, nx], smooth: zeroed(thing, ny * nx)?, squares: zeroed(thing, ny)? })
    }

    /// Bytes that it holds.
    pub fn bytes([_, ny, nx]: [usize; 3], threads: usize) -> u64 {
        let network = Network::bytes(&denoiser::graph(), [ny, nx].map(padded), threads);
        network + (ny * nx * size_of::<f32>() + ny * size_of::<f64>()) as u64
    }

    /// Moves `image` in place towards what the network makes of it, all the way at `strength` 1 and above; gives the root of
    /// the sum of squares of what was taken away, as `measure` has it.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`]; some planes of `image` are denoised then.
    pub fn smooth(
        &mut self,
        image: &mut [f32],
        strength: f32,
        measure: impl Fn(f32) -> f32 + Sync,
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let Self { network, plane: [ny, nx], smooth, squares } = self;
        let (ny, nx, strength) = (*ny, *nx, strength.min(1.0));
        let planes = image.len() / (ny * nx);
        let mut total = 0.0;
        for (z, plane) in image.chunks_exact_mut(ny * nx).enumerate() {
            // The network is the same in any unit, and its products neither overflow nor vanish in this one.
            let unit = unit(plane);
            network.begin();
            let feed = |y: usize, row: &mut [f32]| {
                let source = &plane[reflected(y as i64, ny) * nx..][..nx];
                for (x, sample) in row.iter_mut().enumerate() {
                    *sample = source[reflected(x as i64, nx)] / unit;
                }
            };
            while let Some(rows) = network.advance(feed, workers) {
                for y in rows.clone().filter(|&y| y < ny) {
                    let target = &mut smooth[y * nx..][..nx];
                    target.copy_from_slice(&network.result(y)[..nx]);
                    target.iter_mut().for_each(|sample| *sample *= unit);
                }
                watch.advance((z as f64 + rows.end.min(ny) as f64 / ny as f64) / planes as f64)?;
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
