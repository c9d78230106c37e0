//! What packages want done to images before a network and after it, and which statistics this needs.
//!
//! The meaning of every step is that of the text of the BioImage.IO model description (0.4 and 0.5), and where it
//! leaves room, that of its implementation `bioimageio.core`: statistics are those of the whole tensor as it arrives,
//! before any step; deviations are the population's; `scale_range` takes percentiles by linear interpolation and so does
//! `clip`, but for the inverted distribution where it names axes without the batch. Where the two differ (core 0.11.0),
//! it is the text that is followed: core reads no `eps` of `scale_range` and `zero_mean_unit_variance`, adds 1e-6 to the
//! deviation of `fixed_zero_mean_unit_variance`, and no `axis` of `binarize`. What `ensure_dtype` makes of samples that
//! its type cannot hold is stated nowhere: they become the nearest that it can.

use serde::Serialize;

use super::axis::AxisKind;
use super::statistics::{Gauge, Over, Statistic};
use super::step::{Step, Table};
use crate::error::Result;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Operation {
    /// `x > threshold`, as 0 or 1.
    Binarize {
        /// One, or one for each place along an axis.
        threshold: Vec<f64>,
        /// That axis.
        along: AxisKind,
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
    /// `(x - mean) / (std + eps)` with the author's numbers.
    FixedZeroMeanUnitVariance {
        /// One, or one for each place along an axis.
        mean: Vec<f64>,
        /// The same.
        std: Vec<f64>,
        /// Regulariser: 0 in 0.5.
        eps: f64,
        /// That axis.
        along: AxisKind,
    },
    /// `x * gain + offset`.
    ScaleLinear {
        /// One, or one for each place along an axis.
        gain: Vec<f64>,
        /// The same.
        offset: Vec<f64>,
        /// That axis.
        along: AxisKind,
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
    /// `(x - lower) / (upper - lower + eps)`.
    ScaleRange {
        /// Regulariser.
        eps: f64,
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
    /// Exponentials along an axis, with sum 1.
    Softmax {
        /// That axis.
        along: AxisKind,
    },
    /// Percentiles onto a range, by the caller's numbers; no step of a package.
    Stretch {
        /// Lower percentile.
        lower: f64,
        /// Upper percentile.
        upper: f64,
        /// What they become.
        range: [f64; 2],
    },
    /// `(x - mean) / (std + eps)`.
    ZeroMeanUnitVariance {
        /// Regulariser.
        eps: f64,
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
            Self::ScaleRange { lower, upper, reference, over, .. } => {
                [lower, upper].map(|percent| Some((of(reference), Statistic::Between(*percent), *over)))
            }
            Self::Stretch { lower, upper, .. } => {
                [lower, upper].map(|percent| Some((Whose::Own, Statistic::Between(*percent), Over::default())))
            }
            Self::ZeroMeanUnitVariance { over, .. } => [Some((Whose::Own, Statistic::Moments, *over)), None],
            _ => [None, None],
        }
    }

    /// The step, with zeros where its numbers come from `gauges`, those of [`Operation::wanted`].
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn step(&self, gauges: &[Option<Gauge>; 2]) -> Result<Step> {
        let table = |gauge: &Option<Gauge>| match gauge {
            Some(gauge) => Table::zeros(gauge.apart()),
            None => Ok(Table::one(0.0)),
        };
        let [first, second] = gauges;
        let along = |axis: AxisKind, values: &[f64]| Table::along(axis.packed().unwrap_or(0), values);
        Ok(match self {
            Self::Binarize { threshold, along: axis } => Step::Above(along(*axis, threshold)),
            Self::Clip { minimum, maximum, .. } => {
                let bound = |bound: &Option<Bound>, gauge: &Option<Gauge>, open: f64| match bound {
                    None => Ok(Table::one(open)),
                    Some(Bound::Value(value)) => Ok(Table::one(*value)),
                    Some(Bound::Percentile(_)) => table(gauge),
                };
                let low = bound(minimum, first, f64::NEG_INFINITY)?;
                Step::Clamp { low, high: bound(maximum, second, f64::INFINITY)? }
            }
            Self::EnsureDtype { dtype } => match dtype.as_str() {
                "uint8" => whole(u8::MIN, u8::MAX),
                "int8" => whole(i8::MIN, i8::MAX),
                "uint16" => whole(u16::MIN, u16::MAX),
                "int16" => whole(i16::MIN, i16::MAX),
                "uint32" => whole(u32::MIN, u32::MAX),
                "int32" => whole(i32::MIN, i32::MAX),
                "uint64" => Step::Whole { low: 0.0, high: u64::MAX as f64 },
                "int64" => Step::Whole { low: i64::MIN as f64, high: i64::MAX as f64 },
                "bool" => Step::Truth,
                _ => Step::Nothing,
            },
            Self::Fixed { offset, gain } => Step::Normalise { offset: Table::one(*offset), scale: Table::one(*gain) },
            Self::FixedZeroMeanUnitVariance { mean, std, eps, along: axis } => {
                let scale: Vec<f64> = std.iter().map(|std| std + eps).collect();
                Step::Normalise { offset: along(*axis, mean), scale: along(*axis, &scale) }
            }
            Self::ScaleLinear { gain, offset, along: axis } => {
                Step::Linear { gain: along(*axis, gain), offset: along(*axis, offset) }
            }
            Self::ScaleMeanVariance { .. } => {
                // Numbers of one group or of many, whichever tensor has them.
                let wide = match gauges {
                    [Some(own), Some(reference)] => {
                        std::array::from_fn(|axis| own.apart()[axis].max(reference.apart()[axis]))
                    }
                    _ => [1; 4],
                };
                Step::Linear { gain: Table::zeros(wide)?, offset: Table::zeros(wide)? }
            }
            Self::ScaleRange { .. } | Self::ZeroMeanUnitVariance { .. } => {
                Step::Normalise { scale: table(first)?, offset: table(first)? }
            }
            Self::Sigmoid => Step::Sigmoid,
            Self::Softmax { along } => Step::Softmax(along.packed().unwrap_or(0)),
            Self::Stretch { .. } => Step::Linear { gain: Table::one(0.0), offset: Table::one(0.0) },
        })
    }

    /// Gives the step the numbers that the gauges have found.
    pub fn settle(&self, gauges: &[Option<Gauge>; 2], step: &mut Step) {
        match (self, gauges, step) {
            (Self::Clip { .. }, [minimum, maximum], Step::Clamp { low, high }) => {
                for (gauge, table) in [(minimum, low), (maximum, high)] {
                    if let Some(gauge) = gauge {
                        table.fill(|place| gauge.percentile(place));
                    }
                }
            }
            (Self::ScaleMeanVariance { eps, .. }, [Some(own), Some(to)], Step::Linear { gain, offset }) => {
                // (x - m) / s * rs + rm as one line: x * (rs / s) + (rm - m * rs / s).
                let factor = |place| (to.deviation(place) + eps) / (own.deviation(place) + eps);
                gain.fill(factor);
                offset.fill(|place| to.mean(place) - own.mean(place) * factor(place));
            }
            (Self::ScaleRange { eps, .. }, [Some(lower), Some(upper)], Step::Normalise { offset, scale }) => {
                offset.fill(|place| lower.percentile(place));
                scale.fill(|place| upper.percentile(place) - lower.percentile(place) + eps);
            }
            (Self::Stretch { range: [from, to], .. }, [Some(lower), Some(upper)], Step::Linear { gain, offset }) => {
                let (low, high) = (lower.percentile([0; 4]), upper.percentile([0; 4]));
                // An image of one value keeps its value's place.
                let factor = if high > low { (to - from) / (high - low) } else { 1.0 };
                gain.fill(|_| factor);
                offset.fill(|_| from - low * factor);
            }
            (Self::ZeroMeanUnitVariance { eps, .. }, [Some(gauge), _], Step::Normalise { offset, scale }) => {
                offset.fill(|place| gauge.mean(place));
                scale.fill(|place| gauge.deviation(place) + eps);
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

    /// Whether it tells channels apart.
    pub fn by_channel(&self) -> bool {
        match self {
            Self::Clip { over, .. }
            | Self::ScaleMeanVariance { over, .. }
            | Self::ScaleRange { over, .. }
            | Self::ZeroMeanUnitVariance { over, .. } => !over.channels,
            Self::Binarize { threshold: list, along } | Self::FixedZeroMeanUnitVariance { mean: list, along, .. } => {
                *along == AxisKind::Channel && list.len() > 1
            }
            Self::ScaleLinear { gain, offset, along } => {
                *along == AxisKind::Channel && gain.len().max(offset.len()) > 1
            }
            Self::Softmax { .. } => true,
            _ => false,
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
            Self::ScaleLinear { gain, offset, .. } => {
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
        | Self::ZeroMeanUnitVariance { over, .. } = &mut self
        {
            over.planes = true;
        }
        self
    }
}

/// Cut off to the whole numbers between two.
fn whole(low: impl Into<f64>, high: impl Into<f64>) -> Step {
    Step::Whole { low: low.into(), high: high.into() }
}

/// What regularisers are where a package states none.
pub const EPS: f64 = 1e-6;
