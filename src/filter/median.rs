//! The median of the samples around each, in a footprint; the image goes on beyond its border as in a mirror.

use super::bands::Bands;
use super::footprint::Footprint;
use super::reflect::reflect;
use crate::error::{Result, zeroed};

/// A median for volumes of one shape.
pub struct Median {
    shape: [usize; 3],
    footprint: Footprint,
    /// The samples of a footprint for each thread.
    around: Vec<f32>,
}

impl Median {
    /// Of a radius within planes and one across them, for so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], [planes, radius]: [f64; 2], threads: usize) -> Result<Self> {
        let samples = Footprint::samples(radius, planes);
        let around = zeroed("the samples of the footprint", samples * threads)?;
        Ok(Self { shape, footprint: Footprint::new(radius, planes)?, around })
    }

    /// Bytes that it holds.
    pub fn bytes([planes, radius]: [f64; 2], threads: usize) -> u64 {
        let around = Footprint::samples(radius, planes) * threads * size_of::<f32>();
        Footprint::bytes(radius, planes) + around as u64
    }

    /// Puts medians of `from` into `image`, both packed (z, y, x).
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, from: &[f32], image: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let Self { shape: [nz, ny, nx], footprint, around } = self;
        let [nz, ny, nx] = [*nz, *ny, *nx];
        bands.each(image, nx, around, |row, target, around| {
            let [z, y] = [row / ny, row % ny].map(|at| at as isize);
            for (x, target) in target.iter_mut().enumerate() {
                let mut rest = &mut *around;
                for chord in footprint.chords() {
                    let line = reflect(z + chord.from[0], nz) * ny + reflect(y + chord.from[1], ny);
                    let line = &from[line * nx..][..nx];
                    let (part, left) = rest.split_at_mut(2 * chord.half + 1);
                    match x.checked_sub(chord.half).and_then(|start| line.get(start..start + part.len())) {
                        Some(inside) => part.copy_from_slice(inside),
                        None => (x as isize - chord.half as isize..)
                            .zip(&mut *part)
                            .for_each(|(at, sample)| *sample = line[reflect(at, nx)]),
                    }
                    rest = left;
                }
                let middle = around.len() / 2;
                *target = *around.select_nth_unstable_by(middle, f32::total_cmp).1;
            }
        })
    }
}
