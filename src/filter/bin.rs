//! Neighbouring samples put into one: binning, and projections, which are binning of all planes.

use super::bands::Bands;
use crate::error::{Error, Result, zeroed};
use crate::noise::Stated;
use crate::params::{BIN_KIND, BIN_PLANES, BIN_PX, BinKind, Settings};
use crate::runtime::{Watch, Workers};

/// Binning of images of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Bin {
    kind: BinKind,
    from: [usize; 3],
    /// Samples along (z, y, x) that are put into one.
    factors: [usize; 3],
}

impl Bin {
    /// For images of `shape` (z, y, x) with the `bin.*` parameters.
    ///
    /// # Errors
    /// [`Error::Argument`] where an image has fewer samples along an axis than are to be put into one.
    pub fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        let [px, planes] = [BIN_PX, BIN_PLANES].map(|id| usize::try_from(settings.i64(id)).unwrap_or(1));
        let factors = [if planes == 0 { shape[0] } else { planes }, px, px];
        for (axis, name) in ["bin.planes", "bin.px", "bin.px"].into_iter().enumerate() {
            if factors[axis] > shape[axis] {
                return Err(Error::Argument(format!(
                    "{name} is {}; it must be {} at most, the samples along {} of the image",
                    factors[axis],
                    shape[axis],
                    ["z", "y", "x"][axis]
                )));
            }
        }
        Ok(Self { kind: settings.choice(BIN_KIND), from: shape, factors })
    }

    /// Extents (z, y, x) of results.
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.from[axis] / self.factors[axis])
    }

    /// Samples along (z, y, x) that are put into one.
    pub fn factors(&self) -> [usize; 3] {
        self.factors
    }

    /// The camera whose images results are like, as far as it is known: of samples with independent noise.
    pub fn camera(&self, before: Stated) -> Stated {
        let count = self.factors.iter().product::<usize>() as f64;
        if count > 1.0 && before.correlation.is_some_and(|share| share > 0.0) {
            return Stated::NOTHING;
        }
        match self.kind {
            BinKind::Mean => Stated {
                gain: before.gain.map(|gain| gain / count),
                read_noise: before.read_noise.map(|noise| noise / count.sqrt()),
                ..before
            },
            BinKind::Sum => Stated {
                offset: before.offset.map(|offset| offset * count),
                read_noise: before.read_noise.map(|noise| noise * count.sqrt()),
                ..before
            },
            BinKind::Max => Stated::NOTHING,
        }
    }

    /// The variances of the pixels (y, x) of results, of those of images; `None` where nothing is known of the noise of results.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn variances(&self, camera: &Stated, before: &[f32]) -> Result<Option<Vec<f32>>> {
        if self.camera(*camera) == Stated::NOTHING {
            return Ok(None);
        }
        let ([_, tall, wide], [fz, fy, fx], nx) = (self.shape(), self.factors, self.from[2]);
        // A mean of n samples varies by their sum's variance over n squared; planes have the same pixels.
        let factor = match self.kind {
            BinKind::Mean => 1.0 / (fz as f64 * (fy * fx).pow(2) as f64),
            BinKind::Sum | BinKind::Max => fz as f64,
        };
        let mut after = zeroed("variances of the camera's pixels", tall * wide)?;
        for (at, variance) in after.iter_mut().enumerate() {
            let rows = (at / wide * fy..).take(fy).map(|y| &before[y * nx + at % wide * fx..][..fx]);
            let sum = rows.flatten().map(|variance| f64::from(*variance)).sum::<f64>();
            *variance = (sum * factor) as f32;
        }
        Ok(Some(after))
    }

    /// Puts samples of `image` into those of `target`, both packed (z, y, x).
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn execute(&self, image: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let ([_, ny, nx], [fz, fy, fx], [nz, tall, wide]) = (self.from, self.factors, self.shape());
        let mut bands = Bands::new(workers, watch, nz * tall);
        bands.each(target, wide, &mut [], |row, target, _| {
            let (z, y) = (row / tall * fz, row % tall * fy);
            for (at, part) in target.chunks_mut(PART).enumerate() {
                let mut made = [if self.kind == BinKind::Max { f64::NEG_INFINITY } else { 0.0 }; PART];
                for line in (0..fz * fy).map(|at| ((z + at / fy) * ny + y + at % fy) * nx) {
                    let samples = image[line + at * PART * fx..].chunks_exact(fx);
                    for (made, samples) in made[..part.len()].iter_mut().zip(samples) {
                        let samples = samples.iter().map(|sample| f64::from(*sample));
                        *made = match self.kind {
                            BinKind::Max => samples.fold(*made, f64::max),
                            BinKind::Mean | BinKind::Sum => *made + samples.sum::<f64>(),
                        };
                    }
                }
                let factor = if self.kind == BinKind::Mean { 1.0 / (fz * fy * fx) as f64 } else { 1.0 };
                part.iter_mut().zip(made).for_each(|(sample, made)| *sample = (made * factor) as f32);
            }
        })
    }
}

/// Samples that are made at once.
const PART: usize = 64;
