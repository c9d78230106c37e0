//! Processing steps with their numbers, as they act on samples.
//!
//! Samples are f32; the steps compute in f64, so that what is left of a small range on a large offset is that of the
//! formula.

use crate::error::Result;

/// What happens to a sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `x * gain + offset`.
    Linear {
        /// Factors.
        gain: Table,
        /// Summands.
        offset: Table,
    },
    /// `(x - offset) / scale`.
    Normalise {
        /// What is taken away.
        offset: Table,
        /// What it is divided by.
        scale: Table,
    },
    /// `x.clamp(low, high)`.
    Clamp {
        /// Lower bounds.
        low: Table,
        /// Upper bounds.
        high: Table,
    },
    /// `x > threshold`, as 0 or 1.
    Above(Table),
    /// The logistic function.
    Sigmoid,
    /// Softmax along an axis (c, z, y or x).
    Softmax(usize),
    /// Cut off to whole numbers of a type, towards zero.
    Whole {
        /// Least.
        low: f64,
        /// Greatest.
        high: f64,
    },
    /// `x != 0`, as 0 or 1.
    Truth,
    /// Nothing.
    Nothing,
}

/// A number for every place along some of the axes (c, z, y, x), the same along the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    values: Vec<f64>,
    /// 1 along the axes along which it is the same.
    extents: [usize; 4],
    /// Distance in `values` of neighbours along an axis; 0 where it is the same.
    strides: [usize; 4],
}

impl Table {
    /// The same for all.
    pub fn one(value: f64) -> Self {
        Self { values: vec![value], extents: [1; 4], strides: [0; 4] }
    }

    /// One for each place along an axis, or one for all where the list has one.
    pub fn along(axis: usize, values: &[f64]) -> Self {
        let mut extents = [1; 4];
        extents[axis] = values.len();
        Self { values: values.to_vec(), extents, strides: strides(extents) }
    }

    /// Zeros for these extents, of which 1 stands for all.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn zeros(extents: [usize; 4]) -> Result<Self> {
        let values = crate::error::zeroed("numbers of a processing step", extents.iter().product())?;
        Ok(Self { values, extents, strides: strides(extents) })
    }

    /// Memory of [`Table::zeros`].
    pub fn bytes(extents: [usize; 4]) -> u64 {
        extents.iter().fold(size_of::<f64>() as u64, |bytes, &extent| bytes.saturating_mul(extent as u64))
    }

    /// Replaces the numbers by those of a function of the place.
    pub fn fill(&mut self, number: impl Fn([usize; 4]) -> f64) {
        let [_, z, y, x] = self.extents;
        for (at, value) in self.values.iter_mut().enumerate() {
            *value = number([at / (z * y * x), at / (y * x) % z, at / x % y, at % x]);
        }
    }

    /// The number for a place; the last where the author gave too few.
    pub fn at(&self, place: [usize; 4]) -> f64 {
        let at: usize = place.iter().zip(self.strides).map(|(place, stride)| place * stride).sum();
        self.values[at.min(self.values.len() - 1)]
    }
}

fn strides(extents: [usize; 4]) -> [usize; 4] {
    let apart = |axis: usize| if extents[axis] > 1 { extents[axis + 1..].iter().product() } else { 0 };
    [apart(0), apart(1), apart(2), apart(3)]
}

impl Step {
    /// What becomes of a row of samples at channel, plane and row `place`; `column` is the column of each of them.
    /// [`Step::Softmax`] needs [`softmax`] instead.
    pub fn apply(&self, row: &mut [f64], place: [usize; 3], column: &impl Fn(usize) -> usize) {
        match self {
            Self::Linear { gain, offset } => {
                each(row, [gain, offset], place, column, |x, [gain, offset]| x * gain + offset);
            }
            Self::Normalise { offset, scale } => {
                each(row, [offset, scale], place, column, |x, [offset, scale]| (x - offset) / scale);
            }
            Self::Clamp { low, high } => each(row, [low, high], place, column, |x, [low, high]| x.max(low).min(high)),
            // Both are numbers of f32 to whoever wrote the package.
            Self::Above(threshold) => each(row, [threshold; 2], place, column, |x, [threshold, _]| {
                f64::from(u8::from(x as f32 > threshold as f32))
            }),
            Self::Sigmoid => row.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
            Self::Whole { low, high } => row.iter_mut().for_each(|x| *x = x.trunc().max(*low).min(*high)),
            Self::Truth => row.iter_mut().for_each(|x| *x = f64::from(u8::from(*x != 0.0))),
            Self::Softmax(_) | Self::Nothing => {}
        }
    }

    /// Samples of such a row that a clip will cut.
    pub fn cuts(&self, row: &[f64], [c, z, y]: [usize; 3], column: &impl Fn(usize) -> usize) -> u64 {
        let Self::Clamp { low, high } = self else { return 0 };
        let cut = |(at, &x): (usize, &f64)| {
            let place = [c, z, y, column(at)];
            x < low.at(place) || x > high.at(place)
        };
        row.iter().enumerate().filter(|&sample| cut(sample)).count() as u64
    }

    /// Gain and offset of a step that is linear with the same numbers everywhere: `x * gain + offset`.
    pub fn linear(&self) -> Option<(f64, f64)> {
        let one = |table: &Table| (table.values.len() == 1).then(|| table.values[0]);
        match self {
            Self::Linear { gain, offset } => Some((one(gain)?, one(offset)?)),
            Self::Normalise { offset, scale } => Some((1.0 / one(scale)?, -one(offset)? / one(scale)?)),
            Self::Nothing | Self::Whole { .. } | Self::Clamp { .. } => Some((1.0, 0.0)),
            Self::Above(_) | Self::Sigmoid | Self::Softmax(_) | Self::Truth => None,
        }
    }
}

/// Replaces each sample of a row by a function of it and of two numbers.
fn each(
    row: &mut [f64],
    tables: [&Table; 2],
    [c, z, y]: [usize; 3],
    column: &impl Fn(usize) -> usize,
    function: impl Fn(f64, [f64; 2]) -> f64,
) {
    if tables.iter().all(|table| table.strides[3] == 0) {
        let numbers = tables.map(|table| table.at([c, z, y, 0]));
        return row.iter_mut().for_each(|x| *x = function(*x, numbers));
    }
    for (at, x) in row.iter_mut().enumerate() {
        *x = function(*x, tables.map(|table| table.at([c, z, y, column(at)])));
    }
}

/// Replaces a packed tensor (c, z, y, x) of these extents by its softmax along an axis.
pub fn softmax(samples: &mut [f32], extents: [usize; 4], axis: usize) {
    let (count, stride) = (extents[axis], extents[axis + 1..].iter().product::<usize>());
    for block in samples.chunks_exact_mut((count * stride).max(1)) {
        for at in 0..stride {
            let top = block[at..].iter().step_by(stride).fold(f32::NEG_INFINITY, |top, &x| top.max(x));
            let power = |x: f32| (f64::from(x) - f64::from(top)).exp();
            let sum: f64 = block[at..].iter().step_by(stride).map(|&x| power(x)).sum();
            block[at..].iter_mut().step_by(stride).for_each(|x| *x = (power(*x) / sum) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_along_its_axis() {
        for (axis, extents) in [(0, [3, 1, 2, 1]), (1, [1, 3, 1, 2]), (2, [1, 1, 3, 2])] {
            let mut samples = [1.0, -2.0, 3.0, 0.5, 0.0, 1000.0];
            softmax(&mut samples, extents, axis);
            assert!((samples[0] + samples[2] + samples[4] - 1.0).abs() < 1e-6);
            assert!((samples[5] - 1.0).abs() < 1e-6);
        }
        let mut samples = [1.0, 1.0, 0.0, 0.0, 2.0, 2.0];
        softmax(&mut samples, [3, 1, 1, 2], 3);
        assert_eq!(samples, [0.5; 6]);
    }

    #[test]
    fn tables_give_the_number_of_the_place() {
        let mut table = Table::zeros([2, 1, 3, 4]).unwrap();
        table.fill(|[c, z, y, x]| (1000 * c + 100 * z + 10 * y + x) as f64);
        assert_eq!(table.at([1, 7, 2, 3]), 1023.0);
        assert_eq!(Table::along(2, &[5.0, 6.0]).at([9, 9, 1, 9]), 6.0);
        let mut row = [1.0; 3];
        let step = Step::Linear { gain: Table::along(3, &[1.0, 2.0, 3.0, 4.0]), offset: Table::one(0.5) };
        step.apply(&mut row, [0, 0, 0], &|at| at + 1);
        assert_eq!(row, [2.5, 3.5, 4.5]);
    }
}
