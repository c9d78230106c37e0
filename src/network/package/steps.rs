//! Processing steps of BioImage.IO descriptions.

use serde_json::Value;

use super::fields::Place;
use crate::error::{Error, Result};
use crate::network::description::{Axis, AxisKind, Size};
use crate::network::operations::{Bound, EPS, Operation};
use crate::network::statistics::Over;

/// Versions whose steps are written differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 0.4.
    Old,
    /// 0.5.
    New,
}

/// The steps that a tensor's description has, those before the network or those after it.
///
/// # Errors
/// [`Error::Model`] with the name of the field that is missing or wrong.
pub fn read(tensor: &Place<'_>, axes: &[Axis], version: Version) -> Result<Vec<Operation>> {
    let (before, after) = (tensor.field("preprocessing").list(), tensor.field("postprocessing").list());
    let read = |place: &Place<'_>| {
        let name = place.field(if version == Version::Old { "name" } else { "id" });
        StepOf { given: place.field("kwargs"), axes, version }.operation(&name)
    };
    let steps = before.iter().chain(&after).map(read).collect::<Result<Vec<_>>>()?;
    let before = &steps[..before.len()];
    if before.iter().any(|step| matches!(step, Operation::Softmax { along } if *along != AxisKind::Channel)) {
        return Err(Error::Unsupported(
            "a processing step before the network is a softmax along rows, columns or planes; only one along channels \
             can be run there"
                .to_owned(),
        ));
    }
    Ok(steps)
}

/// A step of a tensor with these axes.
struct StepOf<'a> {
    given: Place<'a>,
    axes: &'a [Axis],
    version: Version,
}

impl StepOf<'_> {
    fn operation(&self, name: &Place<'_>) -> Result<Operation> {
        let given = &self.given;
        let fixed = || self.version == Version::Old && matches!(given.field("mode").text().as_str(), "" | "fixed");
        Ok(match name.required()?.as_str() {
            "binarize" => {
                let (threshold, along) = (given.field("threshold").numbers()?, self.along()?);
                self.fits("threshold", threshold.len(), along)?;
                Operation::Binarize { threshold, along }
            }
            "clip" => self.clip()?,
            "ensure_dtype" => {
                let dtype = given.field("dtype");
                match dtype.required()? {
                    name if TYPES.contains(&name.as_str()) => Operation::EnsureDtype { dtype: name },
                    _ => return Err(dtype.wrong(&TYPES.join(", "))),
                }
            }
            "fixed_zero_mean_unit_variance" => self.normalise(0.0)?,
            "zero_mean_unit_variance" if fixed() => self.normalise(self.eps()?)?,
            "scale_linear" => {
                let (gain, offset) = (self.numbers("gain", 1.0)?, self.numbers("offset", 0.0)?);
                let along = self.along()?;
                self.fits("gain", gain.len(), along)?;
                self.fits("offset", offset.len(), along)?;
                Operation::ScaleLinear { gain, offset, along }
            }
            "scale_mean_variance" => Operation::ScaleMeanVariance {
                eps: self.eps()?,
                reference: given.field("reference_tensor").required()?,
                over: self.over()?,
            },
            "scale_range" => {
                let (lower, upper) = (given.field("min_percentile"), given.field("max_percentile"));
                let bound = |place: &Place<'_>, left_out: f64| {
                    if place.is_some() { percentile(place) } else { Ok(left_out) }
                };
                let (low, high) = (bound(&lower, 0.0)?, bound(&upper, 100.0)?);
                if low >= high {
                    return Err(upper.wrong(&format!("above min_percentile, {low}")));
                }
                Operation::ScaleRange {
                    lower: low,
                    upper: high,
                    eps: self.eps()?,
                    reference: given.field("reference_tensor").text(),
                    over: self.over()?,
                }
            }
            "sigmoid" => Operation::Sigmoid,
            "softmax" => Operation::Softmax { along: self.along()? },
            "zero_mean_unit_variance" => Operation::ZeroMeanUnitVariance { eps: self.eps()?, over: self.over()? },
            _ => {
                return Err(name.wrong(
                    "a processing step of the BioImage.IO specification that needs no code of its own (binarize, clip, \
                 ensure_dtype, fixed_zero_mean_unit_variance, scale_linear, scale_mean_variance, scale_range, sigmoid, \
                 softmax, zero_mean_unit_variance)",
                ));
            }
        })
    }

    fn clip(&self) -> Result<Operation> {
        let bound = |value: &str, share: &str| -> Result<Option<Bound>> {
            let (value, share) = (self.given.field(value), self.given.field(share));
            match (value.is_some(), share.is_some()) {
                (true, true) => Err(share.wrong("left out where a value is given")),
                (true, false) => Ok(Some(Bound::Value(value.number()?))),
                (false, true) => Ok(Some(Bound::Percentile(percentile(&share)?))),
                (false, false) => Ok(None),
            }
        };
        let (minimum, maximum) = (bound("min", "min_percentile")?, bound("max", "max_percentile")?);
        match (minimum, maximum) {
            (None, None) => return Err(self.given.wrong("a clip with min, min_percentile, max or max_percentile")),
            (Some(Bound::Value(low)), Some(Bound::Value(high)))
            | (Some(Bound::Percentile(low)), Some(Bound::Percentile(high)))
                if low >= high =>
            {
                return Err(self.given.wrong("a clip whose lower bound is below its upper one"));
            }
            _ => {}
        }
        Ok(Operation::Clip { minimum, maximum, over: self.over()?, interpolate: self.whole_data_set() })
    }

    /// `(x - mean) / (std + eps)` with stated numbers.
    fn normalise(&self, eps: f64) -> Result<Operation> {
        let (mean, std) = (self.given.field("mean").numbers()?, self.given.field("std").numbers()?);
        if mean.len() != std.len() {
            return Err(self.given.field("std").wrong(&format!("a list as long as that of mean, {}", mean.len())));
        }
        if std.iter().any(|&std| std < STD) {
            return Err(self.given.field("std").wrong("1e-6 or more"));
        }
        let along = self.along()?;
        self.fits("mean", mean.len(), along)?;
        Ok(Operation::FixedZeroMeanUnitVariance { mean, std, eps, along })
    }

    fn numbers(&self, field: &str, left_out: f64) -> Result<Vec<f64>> {
        let place = self.given.field(field);
        if place.is_some() { place.numbers() } else { Ok(vec![left_out]) }
    }

    fn eps(&self) -> Result<f64> {
        let place = self.given.field("eps");
        if !place.is_some() {
            return Ok(EPS);
        }
        Some(place.number()?).filter(|&eps| eps > 0.0 && eps <= 0.1).ok_or_else(|| place.wrong("above 0 and up to 0.1"))
    }

    /// The axis along which a list of numbers runs: the channels where none is named.
    fn along(&self) -> Result<AxisKind> {
        let place = self.given.field("axis");
        if !place.is_some() {
            return Ok(AxisKind::Channel);
        }
        let name = place.required()?;
        let axis = self.axes.iter().find(|axis| axis.name == name).ok_or_else(|| place.wrong(&self.names()))?;
        if axis.kind.packed().is_none() {
            return Err(Error::Unsupported(format!(
                "a processing step has numbers for each place along axis {name}; channels, z, y and x can have them"
            )));
        }
        Ok(axis.kind)
    }

    /// Whether a list has as many numbers as the tensor has places along an axis.
    fn fits(&self, field: &str, count: usize, along: AxisKind) -> Result<()> {
        let axis = self.axes.iter().find(|axis| axis.kind == along);
        let places = axis.map_or(Some(1), |axis| axis.size.fixed());
        match places {
            Some(places) if count > 1 && places != count => Err(self.given.field(field).wrong(&format!(
                "one number, or {places}: the tensor's extent along {}",
                axis.map_or("the channels, which it has none of", |axis| &axis.name)
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the batch is among the axes of a statistic, as it is where none are named.
    fn whole_data_set(&self) -> bool {
        let named = self.given.field("axes");
        let names: Vec<String> = named.list().iter().map(Place::text).collect();
        let batch = |axis: &Axis| axis.kind == AxisKind::Batch && names.contains(&axis.name);
        !named.is_some() || self.axes.iter().any(batch)
    }

    /// Which axes a statistic runs over; all where none are named.
    fn over(&self) -> Result<Over> {
        let place = self.given.field("axes");
        let names: Vec<String> = match place.value() {
            Value::Null => return Ok(Over::default()),
            Value::String(letters) => letters.chars().map(|letter| letter.to_string()).collect(),
            _ => place.list().iter().map(Place::required).collect::<Result<_>>()?,
        };
        let kind = |name: &String| {
            let letter = name.chars().next().filter(|_| self.version == Version::Old && name.len() == 1);
            let named = self.axes.iter().find(|axis| axis.name == *name).map(|axis| axis.kind);
            let kind = named.or_else(|| letter.and_then(AxisKind::of_letter));
            kind.filter(|&kind| self.axes.iter().any(|axis| axis.kind == kind))
                .ok_or_else(|| place.wrong(&self.names()))
        };
        let kinds = names.iter().map(kind).collect::<Result<Vec<_>>>()?;
        let over_time = |axis: &&Axis| matches!(axis.kind, AxisKind::Time | AxisKind::Index);
        let left_out = |axis: &&Axis| !kinds.contains(&axis.kind) && axis.size != Size::Fixed(1);
        if let Some(axis) = self.axes.iter().filter(over_time).find(left_out) {
            return Err(Error::Unsupported(format!(
                "a processing step leaves out axis {}; statistics are those of all time points that the network reads",
                axis.name
            )));
        }
        Ok(Over {
            channels: kinds.contains(&AxisKind::Channel),
            planes: kinds.contains(&AxisKind::Z),
            rows: kinds.contains(&AxisKind::Y),
            columns: kinds.contains(&AxisKind::X),
        })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        format!("of the tensor's axes, {}", names.join(", "))
    }
}

fn percentile(place: &Place<'_>) -> Result<f64> {
    Some(place.number()?).filter(|share| (0.0..=100.0).contains(share)).ok_or_else(|| place.wrong("from 0 to 100"))
}

/// The least deviation that may be stated.
const STD: f64 = 1e-6;
const TYPES: [&str; 11] =
    ["float32", "float64", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "bool"];
