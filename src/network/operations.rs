//! What packages want done to images before a network and after it, and the statistics that this needs.
//!
//! The meaning of every step is that of the BioImage.IO model description and its reference implementation
//! (`bioimageio.core`): statistics are those of the whole tensor as it arrives, before any step; deviations are the
//! population's; `scale_range` takes percentiles by linear interpolation and so does `clip`, but for the inverted
//! distribution where it names axes without the batch; the regulariser of both normalisations is always 1e-6. Statistics are never taken from a tile.

use serde::Serialize;

use crate::runtime::{Rows, Workers};

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Operation {
    /// `x > threshold`, as 0 or 1.
    Binarize {
        /// One, or one a channel.
        threshold: Vec<f64>,
    },
    /// Cuts off what is below or above.
    Clip {
        /// Lower bound.
        minimum: Option<Bound>,
        /// Upper bound.
        maximum: Option<Bound>,
        /// Over what percentiles are taken.
        over: Over,
        /// Whether percentiles are interpolated, or are samples.
        interpolate: bool,
    },
    /// Rounds to the values that a type of whole numbers has.
    EnsureDtype {
        /// Name of the type.
        dtype: String,
    },
    /// `(x - mean) / (std + 1e-6)` with the author's numbers.
    FixedZeroMeanUnitVariance {
        /// One, or one a channel.
        mean: Vec<f64>,
        /// One, or one a channel.
        std: Vec<f64>,
    },
    /// `x * gain + offset`.
    ScaleLinear {
        /// One, or one a channel.
        gain: Vec<f64>,
        /// One, or one a channel.
        offset: Vec<f64>,
    },
    /// Gives an output the mean and deviation of a reference.
    ScaleMeanVariance {
        /// Regulariser.
        eps: f64,
        /// Name of the tensor whose mean and deviation it gets.
        reference: String,
        /// Over what both are taken.
        over: Over,
    },
    /// `(x - lower) / (upper - lower + 1e-6)`.
    ScaleRange {
        /// Lower percentile.
        lower: f64,
        /// Upper percentile.
        upper: f64,
        /// Name of the tensor whose percentiles they are; empty: its own.
        reference: String,
        /// Over what they are taken.
        over: Over,
    },
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// Exponentials along the channels, with sum 1.
    Softmax,
    /// `(x - mean) / (std + 1e-6)`.
    ZeroMeanUnitVariance {
        /// Over what both are taken.
        over: Over,
    },
}

/// A bound of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// A value.
    Value(f64),
    /// A percentile of the tensor.
    Percentile(f64),
}

/// Which axes a statistic runs over besides rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Over {
    /// Whether all channels are taken together.
    pub channels: bool,
    /// Whether all planes are taken together.
    pub planes: bool,
}

/// Everything together.
impl Default for Over {
    fn default() -> Self {
        Self { channels: true, planes: true }
    }
}

/// A step with its numbers: what happens to a sample of channel `c` and plane `z`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `x * gain + offset`, entry `c * planes + z` of each list, lists of 1 for all.
    Linear {
        /// Factors.
        gain: Table,
        /// Summands.
        offset: Table,
    },
    /// `(x - offset) / scale`, computed as written so that it agrees with the reference to the last bit.
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
    /// `x > threshold`.
    Above(Table),
    /// The logistic function.
    Sigmoid,
    /// Softmax along the channels.
    Softmax,
    /// Cut off to whole numbers of a type, towards zero.
    Whole {
        /// Least.
        low: f32,
        /// Greatest.
        high: f32,
    },
    /// Nothing.
    Nothing,
}

/// A number for every channel and plane, or fewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Entry `c * planes + z`.
    values: Vec<f32>,
    /// Whether there is an entry for every channel.
    channels: bool,
    /// Entries a channel: 1, or the number of planes.
    planes: usize,
}

impl Table {
    /// The same for all.
    pub fn one(value: f64) -> Self {
        Self { values: vec![value as f32], channels: false, planes: 1 }
    }

    /// One a channel, or one for all where the list has one.
    pub fn by_channel(values: &[f64]) -> Self {
        Self { values: values.iter().map(|&value| value as f32).collect(), channels: values.len() > 1, planes: 1 }
    }

    /// The number for a channel and plane; the last where the author gave too few.
    pub fn at(&self, channel: usize, plane: usize) -> f32 {
        let channel = if self.channels { channel } else { 0 };
        let at = channel * self.planes + if self.planes > 1 { plane } else { 0 };
        self.values[at.min(self.values.len() - 1)]
    }
}

/// A tensor whose statistics are taken: packed channels, planes, rows, columns.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// Samples.
    pub samples: &'a [f32],
    /// Channels.
    pub channels: usize,
    /// Planes.
    pub planes: usize,
}

impl Operation {
    /// The step with its numbers, from the tensor it acts on and the reference it names.
    ///
    /// `scratch` holds as many samples as the larger of both, for percentiles.
    pub fn with_numbers(&self, own: Whole<'_>, reference: Whole<'_>, scratch: &mut [f32], workers: &Workers) -> Step {
        let other = |name: &str| if name.is_empty() { own } else { reference };
        match self {
            Self::Binarize { threshold } => Step::Above(Table::by_channel(threshold)),
            Self::Clip { minimum, maximum, over, interpolate } => {
                let mut bound = |bound: &Option<Bound>, open: f64| match bound {
                    None => Table::one(open),
                    Some(Bound::Value(value)) => Table::one(*value),
                    Some(Bound::Percentile(percent)) => {
                        own.table(*over, |parts| percentile(parts, scratch, *percent, *interpolate))
                    }
                };
                Step::Clamp { low: bound(minimum, f64::NEG_INFINITY), high: bound(maximum, f64::INFINITY) }
            }
            Self::EnsureDtype { dtype } => match dtype.as_str() {
                "uint8" => Step::Whole { low: 0.0, high: 255.0 },
                "int8" => Step::Whole { low: -128.0, high: 127.0 },
                "uint16" => Step::Whole { low: 0.0, high: 65535.0 },
                "int16" => Step::Whole { low: -32768.0, high: 32767.0 },
                "bool" => Step::Above(Table::one(0.0)),
                name if name.starts_with("uint") => Step::Whole { low: 0.0, high: f32::MAX },
                name if name.starts_with("int") => Step::Whole { low: f32::MIN, high: f32::MAX },
                _ => Step::Nothing,
            },
            Self::FixedZeroMeanUnitVariance { mean, std } => {
                let scale: Vec<f64> = std.iter().map(|std| std + EPS).collect();
                Step::Normalise { offset: Table::by_channel(mean), scale: Table::by_channel(&scale) }
            }
            Self::ScaleLinear { gain, offset } => {
                Step::Linear { gain: Table::by_channel(gain), offset: Table::by_channel(offset) }
            }
            Self::ScaleMeanVariance { eps, reference: name, over } => {
                let moments = |whole: Whole<'_>| {
                    let mean = whole.table(*over, |parts| mean(parts, workers));
                    let std = whole.table(*over, |parts| deviation(parts, workers) + eps);
                    (mean, std)
                };
                let ((mean, std), (to_mean, to_std)) = (moments(own), moments(other(name)));
                // (x - m) / s * rs + rm as one line: x * (rs / s) + (rm - m * rs / s).
                let join = |with: &dyn Fn(f64, f64, f64, f64) -> f64| {
                    let wide = if mean.values.len() >= to_mean.values.len() { &mean } else { &to_mean };
                    let (per_channel, planes) = (wide.channels, wide.planes);
                    let values = (0..wide.values.len()).map(|at| {
                        let (c, z) = (at / planes, at % planes);
                        let one = |table: &Table| f64::from(table.at(c, z));
                        with(one(&mean), one(&std), one(&to_mean), one(&to_std)) as f32
                    });
                    Table { values: values.collect(), channels: per_channel, planes }
                };
                Step::Linear { gain: join(&|_, s, _, rs| rs / s), offset: join(&|m, s, rm, rs| rm - m * rs / s) }
            }
            Self::ScaleRange { lower, upper, reference: name, over } => {
                let whole = other(name);
                let offset = whole.table(*over, |parts| percentile(parts, scratch, *lower, true));
                let mut scale = whole.table(*over, |parts| percentile(parts, scratch, *upper, true));
                for (scale, offset) in scale.values.iter_mut().zip(&offset.values) {
                    *scale = (f64::from(*scale) - f64::from(*offset) + EPS) as f32;
                }
                Step::Normalise { offset, scale }
            }
            Self::Sigmoid => Step::Sigmoid,
            Self::Softmax => Step::Softmax,
            Self::ZeroMeanUnitVariance { over } => Step::Normalise {
                offset: own.table(*over, |parts| mean(parts, workers)),
                scale: own.table(*over, |parts| deviation(parts, workers) + EPS),
            },
        }
    }

    /// Whether percentiles are taken.
    pub fn sorts(&self) -> bool {
        match self {
            Self::Clip { minimum, maximum, .. } => {
                [minimum, maximum].iter().any(|bound| matches!(bound, Some(Bound::Percentile(_))))
            }
            Self::ScaleRange { .. } => true,
            _ => false,
        }
    }
}

impl Step {
    /// What becomes of a row of samples of channel `channel` and plane `plane`; [`Step::Softmax`] needs
    /// [`softmax`] instead.
    pub fn apply(&self, row: &mut [f32], channel: usize, plane: usize) {
        match self {
            Self::Linear { gain, offset } => {
                let (gain, offset) = (gain.at(channel, plane), offset.at(channel, plane));
                row.iter_mut().for_each(|x| *x = *x * gain + offset);
            }
            Self::Normalise { offset, scale } => {
                let (offset, scale) = (offset.at(channel, plane), scale.at(channel, plane));
                row.iter_mut().for_each(|x| *x = (*x - offset) / scale);
            }
            Self::Clamp { low, high } => {
                let (low, high) = (low.at(channel, plane), high.at(channel, plane));
                row.iter_mut().for_each(|x| *x = x.max(low).min(high));
            }
            Self::Above(threshold) => {
                let threshold = threshold.at(channel, plane);
                row.iter_mut().for_each(|x| *x = f32::from(u8::from(*x > threshold)));
            }
            Self::Sigmoid => row.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
            Self::Whole { low, high } => row.iter_mut().for_each(|x| *x = x.trunc().max(*low).min(*high)),
            Self::Softmax | Self::Nothing => {}
        }
    }

    /// Gain and offset of a step that is linear with the same numbers for all channels and planes: `x * gain + offset`.
    pub fn linear(&self) -> Option<(f64, f64)> {
        let one = |table: &Table| (table.values.len() == 1).then(|| f64::from(table.values[0]));
        match self {
            Self::Linear { gain, offset } => Some((one(gain)?, one(offset)?)),
            Self::Normalise { offset, scale } => Some((1.0 / one(scale)?, -one(offset)? / one(scale)?)),
            Self::Nothing | Self::Whole { .. } | Self::Clamp { .. } => Some((1.0, 0.0)),
            Self::Above(_) | Self::Sigmoid | Self::Softmax => None,
        }
    }
}

/// Replaces a packed tensor by its softmax along the channels; `plane` is the number of samples of a channel.
pub fn softmax(samples: &mut [f32], plane: usize) {
    for at in 0..plane {
        let top = samples[at..].iter().step_by(plane).fold(f32::NEG_INFINITY, |top, &x| top.max(x));
        let mut sum = 0.0_f64;
        for x in samples[at..].iter_mut().step_by(plane) {
            *x = (*x - top).exp();
            sum += f64::from(*x);
        }
        samples[at..].iter_mut().step_by(plane).for_each(|x| *x = (f64::from(*x) / sum) as f32);
    }
}

impl<'a> Whole<'a> {
    /// A number for every group of samples that `over` leaves apart.
    fn table(self, over: Over, mut number: impl FnMut(Group<'a>) -> f64) -> Table {
        let plane = self.samples.len() / (self.channels * self.planes).max(1);
        let channels = if over.channels { 1 } else { self.channels };
        let planes = if over.planes { 1 } else { self.planes };
        let mut values = Vec::with_capacity(channels * planes);
        for c in 0..channels {
            for z in 0..planes {
                let group = Group { whole: self, plane, over, c, z };
                values.push(number(group) as f32);
            }
        }
        Table { values, channels: !over.channels, planes }
    }
}

/// Planes that a statistic runs over.
#[derive(Clone, Copy)]
struct Group<'a> {
    whole: Whole<'a>,
    plane: usize,
    over: Over,
    c: usize,
    z: usize,
}

impl<'a> Group<'a> {
    fn planes(self) -> impl Iterator<Item = &'a [f32]> {
        let Whole { samples, planes, .. } = self.whole;
        samples.chunks_exact(self.plane.max(1)).enumerate().filter_map(move |(at, plane)| {
            let mine = (self.over.channels || at / planes == self.c) && (self.over.planes || at % planes == self.z);
            mine.then_some(plane)
        })
    }

    fn count(self) -> usize {
        self.planes().count() * self.plane
    }
}

fn mean(group: Group<'_>, workers: &Workers) -> f64 {
    sums(group, workers, 0.0).0 / group.count().max(1) as f64
}

fn deviation(group: Group<'_>, workers: &Workers) -> f64 {
    let count = group.count().max(1) as f64;
    let mean = sums(group, workers, 0.0).0 / count;
    (sums(group, workers, mean).1 / count).sqrt()
}

/// Sums of `x - shift` and of its square, added part by part in a fixed order whatever the threads.
fn sums(group: Group<'_>, workers: &Workers, shift: f64) -> (f64, f64) {
    let mut total = (0.0, 0.0);
    for plane in group.planes() {
        let mut parts = [(0.0, 0.0); PARTS];
        let length = plane.len().div_ceil(PARTS).max(1);
        workers.each((Rows::of(plane, length), Rows::of_mut(&mut parts, 1)), |_, _, (samples, part)| {
            for &sample in samples {
                let x = f64::from(sample) - shift;
                part[0].0 += x;
                part[0].1 += x * x;
            }
        });
        for part in parts {
            total = (total.0 + part.0, total.1 + part.1);
        }
    }
    total
}

/// The percentile by linear interpolation between neighbours, or the least sample that at least so many do not exceed.
fn percentile(group: Group<'_>, scratch: &mut [f32], percent: f64, interpolate: bool) -> f64 {
    let mut count = 0;
    for plane in group.planes() {
        scratch[count..count + plane.len()].copy_from_slice(plane);
        count += plane.len();
    }
    let samples = &mut scratch[..count];
    if samples.is_empty() {
        return 0.0;
    }
    let share = (percent / 100.0).clamp(0.0, 1.0);
    if !interpolate {
        let at = ((share * count as f64).ceil() as usize).clamp(1, count) - 1;
        return (*samples.select_nth_unstable_by(at, f32::total_cmp).1).into();
    }
    let place = share * (count - 1) as f64;
    let at = place.floor() as usize;
    let (_, low, above) = samples.select_nth_unstable_by(at, f32::total_cmp);
    let low = f64::from(*low);
    let high = above.iter().copied().min_by(f32::total_cmp).map_or(low, f64::from);
    low + (high - low) * (place - at as f64)
}

/// The regulariser of the reference implementation.
const EPS: f64 = 1e-6;
/// Partial sums a plane.
const PARTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(samples: &[f32]) -> Group<'_> {
        let whole = Whole { samples, channels: 1, planes: 1 };
        Group { whole, plane: samples.len(), over: Over::default(), c: 0, z: 0 }
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], q, method=...)
        let samples = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let mut scratch = [0.0; 8];
        for (percent, linear, inverted) in [(0.0, 1.0, 1.0), (30.0, 2.1, 2.0), (50.0, 3.5, 3.0), (99.8, 8.958, 9.0)] {
            assert!((percentile(all(&samples), &mut scratch, percent, true) - linear).abs() < 1e-9);
            assert!((percentile(all(&samples), &mut scratch, percent, false) - inverted).abs() < 1e-9);
        }
    }

    #[test]
    fn statistics_are_the_same_bits_for_any_number_of_threads() {
        let samples: Vec<f32> = (0..10_007).map(|at| ((at * 7919) % 1013) as f32 * 0.37 + 1000.0).collect();
        let (one, three) = (Workers::new(1).unwrap(), Workers::new(3).unwrap());
        assert_eq!(mean(all(&samples), &one).to_bits(), mean(all(&samples), &three).to_bits());
        assert_eq!(deviation(all(&samples), &one).to_bits(), deviation(all(&samples), &three).to_bits());
        let exact = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / 10_007.0;
        assert!((mean(all(&samples), &one) - exact).abs() < 1e-9);
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut samples = [1.0, -2.0, 3.0, 0.5, 0.0, 1000.0];
        softmax(&mut samples, 2);
        assert!((samples[0] + samples[2] + samples[4] - 1.0).abs() < 1e-6);
        assert!((samples[5] - 1.0).abs() < 1e-6);
    }
}
