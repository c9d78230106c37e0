//! What packages want done to images before a network and after it, and which statistics this needs.
//!
//! The meaning of every step is that of the BioImage.IO model description and its reference implementation
//! (`bioimageio.core`): statistics are those of the whole tensor as it arrives, before any step; deviations are the
//! population's; `scale_range` takes percentiles by linear interpolation and so does `clip`, but for the inverted
//! distribution where it names axes without the batch; the regulariser of both normalisations is always 1e-6.

use serde::Serialize;

use super::statistics::{Gauge, Over, Statistic};
use super::step::{Step, Table};

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
    /// `(x - offset) / gain` with the caller's numbers; no step of a package.
    Fixed {
        /// Intensity that becomes 0.
        offset: f64,
        /// Intensities that become 1.
        gain: f64,
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
    /// Percentiles onto a range, by the caller's numbers; no step of a package.
    Stretch {
        /// Lower percentile.
        lower: f64,
        /// Upper percentile.
        upper: f64,
        /// What they become.
        range: [f64; 2],
    },
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

/// Of which tensor a statistic is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of that on which the operation acts.
    Own,
    /// Of that which it names.
    Reference,
}

/// A statistic that an operation needs.
pub type Wanted = (Whose, Statistic, Over);

impl Operation {
    /// The statistics it needs, in the order in which [`Operation::settle`] takes them.
    pub fn wanted(&self) -> [Option<Wanted>; 2] {
        let of = |name: &str| if name.is_empty() { Whose::Own } else { Whose::Reference };
        match self {
            Self::Clip { minimum, maximum, over, interpolate } => [minimum, maximum].map(|bound| match bound {
                Some(Bound::Percentile(percent)) if *interpolate => {
                    Some((Whose::Own, Statistic::Between(*percent), *over))
                }
                Some(Bound::Percentile(percent)) => Some((Whose::Own, Statistic::Reached(*percent), *over)),
                _ => None,
            }),
            Self::ScaleMeanVariance { reference, over, .. } => {
                [Some((Whose::Own, Statistic::Moments, *over)), Some((of(reference), Statistic::Moments, *over))]
            }
            Self::ScaleRange { lower, upper, reference, over } => {
                [lower, upper].map(|percent| Some((of(reference), Statistic::Between(*percent), *over)))
            }
            Self::Stretch { lower, upper, .. } => {
                [lower, upper].map(|percent| Some((Whose::Own, Statistic::Between(*percent), Over::default())))
            }
            Self::ZeroMeanUnitVariance { over } => [Some((Whose::Own, Statistic::Moments, *over)), None],
            _ => [None, None],
        }
    }

    /// The step, with zeros where its numbers come from `gauges`, those of [`Operation::wanted`].
    pub fn step(&self, gauges: &[Option<Gauge>; 2]) -> Step {
        let table = |gauge: &Option<Gauge>| gauge.as_ref().map(|gauge| Table::zeros(gauge.apart()));
        let [first, second] = gauges.each_ref().map(table);
        let zero = || Table::one(0.0);
        match self {
            Self::Binarize { threshold } => Step::Above(Table::by_channel(threshold)),
            Self::Clip { minimum, maximum, .. } => {
                let bound = |bound: &Option<Bound>, table: Option<Table>, open: f64| match bound {
                    None => Table::one(open),
                    Some(Bound::Value(value)) => Table::one(*value),
                    Some(Bound::Percentile(_)) => table.unwrap_or_else(zero),
                };
                let low = bound(minimum, first, f64::NEG_INFINITY);
                Step::Clamp { low, high: bound(maximum, second, f64::INFINITY) }
            }
            Self::EnsureDtype { dtype } => match dtype.as_str() {
                "uint8" => Step::Whole { low: 0.0, high: 255.0 },
                "int8" => Step::Whole { low: -128.0, high: 127.0 },
                "uint16" => Step::Whole { low: 0.0, high: 65535.0 },
                "int16" => Step::Whole { low: -32768.0, high: 32767.0 },
                "bool" => Step::Above(zero()),
                name if name.starts_with("uint") => Step::Whole { low: 0.0, high: f32::MAX },
                name if name.starts_with("int") => Step::Whole { low: f32::MIN, high: f32::MAX },
                _ => Step::Nothing,
            },
            Self::Fixed { offset, gain } => Step::Normalise { offset: Table::one(*offset), scale: Table::one(*gain) },
            Self::FixedZeroMeanUnitVariance { mean, std } => {
                let scale: Vec<f64> = std.iter().map(|std| std + EPS).collect();
                Step::Normalise { offset: Table::by_channel(mean), scale: Table::by_channel(&scale) }
            }
            Self::ScaleLinear { gain, offset } => {
                Step::Linear { gain: Table::by_channel(gain), offset: Table::by_channel(offset) }
            }
            Self::ScaleMeanVariance { .. } => {
                // Numbers of one group or of many, whichever tensor has them.
                let wide = match gauges {
                    [Some(own), Some(reference)] => [0, 1].map(|at| own.apart()[at].max(reference.apart()[at])),
                    _ => [1, 1],
                };
                Step::Linear { gain: Table::zeros(wide), offset: Table::zeros(wide) }
            }
            Self::ScaleRange { .. } | Self::ZeroMeanUnitVariance { .. } => {
                let offset = first.unwrap_or_else(zero);
                Step::Normalise { scale: offset.clone(), offset }
            }
            Self::Sigmoid => Step::Sigmoid,
            Self::Softmax => Step::Softmax,
            Self::Stretch { .. } => Step::Linear { gain: zero(), offset: zero() },
        }
    }

    /// Gives the step the numbers that the gauges have found.
    pub fn settle(&self, gauges: &[Option<Gauge>; 2], step: &mut Step) {
        match (self, gauges, step) {
            (Self::Clip { .. }, [minimum, maximum], Step::Clamp { low, high }) => {
                for (gauge, table) in [(minimum, low), (maximum, high)] {
                    if let Some(gauge) = gauge {
                        table.fill(|c, z| gauge.percentile(c, z));
                    }
                }
            }
            (Self::ScaleMeanVariance { eps, .. }, [Some(own), Some(to)], Step::Linear { gain, offset }) => {
                // (x - m) / s * rs + rm as one line: x * (rs / s) + (rm - m * rs / s).
                let factor = |c, z| (to.deviation(c, z) + eps) / (own.deviation(c, z) + eps);
                gain.fill(factor);
                offset.fill(|c, z| to.mean(c, z) - own.mean(c, z) * factor(c, z));
            }
            (Self::ScaleRange { .. }, [Some(lower), Some(upper)], Step::Normalise { offset, scale }) => {
                offset.fill(|c, z| lower.percentile(c, z));
                scale.fill(|c, z| upper.percentile(c, z) - lower.percentile(c, z) + EPS);
            }
            (Self::Stretch { range: [from, to], .. }, [Some(lower), Some(upper)], Step::Linear { gain, offset }) => {
                let (low, high) = (lower.percentile(0, 0), upper.percentile(0, 0));
                // An image of one value keeps its value's place.
                let factor = if high > low { (to - from) / (high - low) } else { 1.0 };
                gain.fill(|_, _| factor);
                offset.fill(|_, _| from - low * factor);
            }
            (Self::ZeroMeanUnitVariance { .. }, [Some(gauge), _], Step::Normalise { offset, scale }) => {
                offset.fill(|c, z| gauge.mean(c, z));
                scale.fill(|c, z| gauge.deviation(c, z) + EPS);
            }
            _ => {}
        }
    }

    /// The tensor that it names, where it names one.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::ScaleMeanVariance { reference, .. } | Self::ScaleRange { reference, .. } => {
                Some(reference.as_str()).filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    /// Whether the values it makes no longer depend on gain and offset of what it reads.
    pub fn normalises(&self) -> bool {
        matches!(self, Self::ZeroMeanUnitVariance { .. } | Self::ScaleRange { .. })
    }

    /// Whether its result is not in units that lead back to the image's.
    pub fn rescales(&self) -> bool {
        match self {
            Self::Clip { .. } | Self::EnsureDtype { .. } => false,
            Self::ScaleLinear { gain, offset } => {
                gain.iter().any(|&gain| gain != 1.0) || offset.iter().any(|&offset| offset != 0.0)
            }
            _ => true,
        }
    }

    /// The same with statistics of the whole volume: for a stack through a network of planes, those of single planes
    /// would lift the noise of planes that are out of focus.
    pub fn over_volume(mut self) -> Self {
        if let Self::Clip { over, .. }
        | Self::ScaleMeanVariance { over, .. }
        | Self::ScaleRange { over, .. }
        | Self::ZeroMeanUnitVariance { over } = &mut self
        {
            over.planes = true;
        }
        self
    }
}

/// The regulariser of the reference implementation.
const EPS: f64 = 1e-6;
