//! What lies around an image: how far the field reaches beyond it, and how the image is continued there.
//!
//! It is continued by the reflection of its nearest end.
//!
//! Nothing of what lies around an end depends on how far away the other one is, or on what is there: around a tile at
//! the image's rim lies the same as around the whole image.

use super::options::{Algorithm, Options, Padding};
use crate::error::{Error, Result, zeroed};
use crate::image::Source;
use crate::psf::Kernel;

/// Samples along (z, y, x) that reflections go on for at least.
const MIN_REACH: [usize; 3] = [8, 24, 24];

/// The margin beside an image of `shape` along each axis.
pub(super) fn margins(shape: [usize; 3], kernel: &Kernel, options: &Options, padding: Padding) -> [usize; 3] {
    let extents = effective_shape(shape, kernel.shape());
    let reach = reach(options.algorithm, shape, extents);
    std::array::from_fn(|axis| {
        let full = if options.algorithm.inverts() {
            2 * reach[axis]
        } else if options.tempering.is_some() {
            reach[axis]
        } else {
            extents[axis] - 1
        };
        match padding {
            Padding::Automatic | Padding::Full => full,
            Padding::Half => full / 2,
            Padding::None => 0,
        }
    })
}

/// How far an image's reflections go on around it, at most half of what lies around it, for a kernel of extents `kernel`.
///
/// A filter's response is wider than the kernel, and about twice as wide it has faded: what is farther away from a sample
/// does not change it by a thousandth of the peak. The penalty of the regularised inverse spreads along axes without
/// blur too.
pub(super) fn reach(algorithm: Algorithm, image: [usize; 3], kernel: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| {
        let spreads = kernel[axis] > 1 || (algorithm == Algorithm::RegularisedInverse && image[axis] > 1);
        if spreads { (kernel[axis] - 1).max(MIN_REACH[axis]) } else { 0 }
    })
}

/// A kernel's extents without what cannot reach the image, and without z where the image is a plane: of a 3-D point
/// spread function only the plane in focus is used then.
pub(super) fn effective_shape(image: [usize; 3], kernel: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| match axis {
        0 if image[0] == 1 => 1,
        _ => kernel[axis],
    })
}

/// The middle of a kernel in `shape`, with the centre at index `shape / 2` again and a sum of 1.
pub(super) fn cropped(kernel: &Kernel, shape: [usize; 3]) -> Result<Vec<f32>> {
    let full = kernel.shape();
    let first: [usize; 3] = std::array::from_fn(|axis| full[axis] / 2 - shape[axis] / 2);
    let mut samples: Vec<f32> = zeroed("kernel samples", shape.iter().product())?;
    for (index, row) in samples.chunks_exact_mut(shape[2]).enumerate() {
        let (z, y) = (first[0] + index / shape[1], first[1] + index % shape[1]);
        row.copy_from_slice(&kernel.samples()[(z * full[1] + y) * full[2] + first[2]..][..shape[2]]);
    }
    if shape == full {
        return Ok(samples);
    }
    let sum: f64 = samples.iter().map(|&sample| f64::from(sample)).sum();
    if sum <= 0.0 {
        return Err(Error::Argument(format!(
            "the psf's middle {shape:?} sums to {sum}; what is used for this image must sum to more than 0"
        )));
    }
    samples.iter_mut().for_each(|sample| *sample = (f64::from(*sample) / sum) as f32);
    Ok(samples)
}

/// An image continued around a field.
pub(super) struct Extension {
    image: [usize; 3],
    field: [usize; 3],
    reflection: Reflection,
}

/// What the image is continued by at its ends.
#[derive(Clone, Copy)]
pub(super) enum Reflection {
    /// Its mirror image: the level goes on, and nothing becomes negative.
    Mirror,
    /// Its reflection in the last sample: level and slope go on, and fade into `level` within `reach` samples.
    Point {
        /// At most half of what lies around the image.
        reach: [usize; 3],
        level: f32,
    },
}

impl Extension {
    /// Continues images of shape `image` around a `field`.
    pub fn new(image: [usize; 3], field: [usize; 3], reflection: Reflection) -> Self {
        Self { image, field, reflection }
    }

    /// Row (z, y) of the field.
    pub fn fill(&self, image: Source, z: usize, y: usize, row: &mut [f32]) {
        let nx = self.image[2];
        let (inside, margin) = row.split_at_mut(nx);
        let level = if let Reflection::Point { level, .. } = self.reflection { level } else { 0.0 };
        let mut rest = 1.0;
        inside.fill(0.0);
        for (z, z_share) in self.sources(0, z) {
            for (y, y_share) in self.sources(1, y) {
                let share = z_share * y_share;
                if share != 0.0 {
                    rest -= share;
                    image.runs(z, y, nx, |x, run| {
                        inside[x..].iter_mut().zip(run).for_each(|(value, sample)| *value += share * sample);
                    });
                }
            }
        }
        if rest != 0.0 {
            inside.iter_mut().for_each(|value| *value += rest * level);
        }
        for (index, value) in margin.iter_mut().enumerate() {
            let [(one, share), (other, less)] = self.sources(2, nx + index);
            *value = share * inside[one] + less * inside[other] + (1.0 - share - less) * level;
        }
    }

    /// The samples along `axis` that make the field's sample `at`, and their shares; the rest is the level.
    fn sources(&self, axis: usize, at: usize) -> [(usize, f32); 2] {
        let (n, full) = (self.image[axis], self.field[axis]);
        let nothing = (0, 0.0);
        if at < n {
            return [(at, 1.0), nothing];
        }
        let (after, before) = (at - n, full - 1 - at);
        let (distance, is_after) = (after.min(before), after <= before);
        let from_end = |steps: usize| if is_after { n - 1 - steps } else { steps };
        match self.reflection {
            Reflection::Mirror => {
                let folded = distance % (2 * n);
                [(from_end(folded.min(2 * n - 1 - folded)), 1.0), nothing]
            }
            Reflection::Point { reach, .. } => {
                let reach = reach[axis].min((full - n) / 2);
                if distance >= reach {
                    return [nothing; 2];
                }
                let place = (distance as f32 + 0.5) / reach as f32;
                let share = 1.0 - place * place * (3.0 - 2.0 * place);
                // Beyond the image's own extent the reflection holds its last value.
                [(from_end(0), 2.0 * share), (from_end((distance + 1).min(n - 1)), -share)]
            }
        }
    }
}
