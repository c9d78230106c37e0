//! Between an image's intensities and a network's values, and back.
//!
//! The contract of a chain of steps: intensities come back in the units of the image, `intensity = value * gain +
//! offset`, unless the network gives something else (probabilities, a scale of its own) or the caller asks for the
//! network's own units. Gain and offset are in the report.

use super::description::Port;
use super::operations::{Bound, Operation, Over, Step, Table, Whole, softmax};
use crate::params::{self, Settings};
use crate::runtime::{Rows, Workers};

/// How network values of the first channel become intensities.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// `input` or `network`.
    pub units: &'static str,
    /// Intensities that are 1 to the network.
    pub gain: f64,
    /// Intensity that is 0 to the network.
    pub offset: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { units: "network", gain: 1.0, offset: 0.0 }
    }
}

/// What is done to one group of channels before the network, with its numbers.
#[allow(clippy::too_many_arguments)]
pub fn before(
    port: &Port,
    settings: &Settings,
    samples: &[f32],
    channels: usize,
    planes: usize,
    planar: bool,
    scratch: &mut [f32],
    workers: &Workers,
) -> Vec<Step> {
    let whole = Whole { samples, channels, planes };
    let mut steps = Vec::new();
    let number = |id| settings.f64(id).unwrap_or(0.0);
    let own = port.operations.iter().any(Operation::normalises);
    match settings.i64(params::MODEL_NORMALISATION) {
        2 if !own => {
            let percentile = |at: f64| Some(Bound::Percentile(at));
            let (low, high) = (number(params::MODEL_LOW_PERCENTILE), number(params::MODEL_HIGH_PERCENTILE));
            let over = Over::default();
            let (minimum, maximum) = (percentile(low), percentile(high));
            let clip = Operation::Clip { minimum, maximum, over, interpolate: true };
            if let Step::Clamp { low, high } = clip.with_numbers(whole, whole, scratch, workers) {
                let (low, high) = (f64::from(low.at(0, 0)), f64::from(high.at(0, 0)));
                let (from, to) = (number(params::MODEL_RANGE_LOW), number(params::MODEL_RANGE_HIGH));
                // An image of one value keeps its value's place.
                let gain = if high > low { (to - from) / (high - low) } else { 1.0 };
                steps.push(Step::Linear { gain: Table::one(gain), offset: Table::one(from - low * gain) });
            }
        }
        3 if !own => {
            let over = Over::default();
            steps.push(Operation::ZeroMeanUnitVariance { over }.with_numbers(whole, whole, scratch, workers));
        }
        4 if !own => steps.push(Step::Normalise {
            offset: Table::one(number(params::MODEL_OFFSET)),
            scale: Table::one(number(params::MODEL_GAIN)),
        }),
        _ => {}
    }
    if settings.i64(params::MODEL_NORMALISATION) != 1 {
        for operation in &port.operations {
            let operation = operation.over_volume(planar && planes > 1);
            steps.push(operation.with_numbers(whole, whole, scratch, workers));
        }
    }
    steps.retain(|step| *step != Step::Nothing);
    steps
}

/// What [`after`] has to know.
pub struct After<'a> {
    /// The output.
    pub port: &'a Port,
    /// The step's settings.
    pub settings: &'a Settings,
    /// What was done before the network.
    pub before: &'a [Step],
    /// The group of channels that was fed.
    pub reference: &'a [f32],
    /// Channels fed and given.
    pub channels: (usize, usize),
    /// Planes fed and given.
    pub planes: (usize, usize),
    /// Whether the network has planes.
    pub planar: bool,
}

/// Finishes one group of result channels in place, and says in which units they are.
pub fn after(about: &After<'_>, samples: &mut [f32], scratch: &mut [f32], workers: &Workers) -> Scale {
    let raw = about.settings.i64(params::MODEL_NORMALISATION) == 1;
    let (channels, planes) = (about.channels.1, about.planes.1);
    if !raw {
        let reference = Whole { samples: about.reference, channels: about.channels.0, planes: about.planes.0 };
        // The reference takes its statistics before any step, so all numbers come first.
        let mut steps = Vec::with_capacity(about.port.operations.len());
        for operation in &about.port.operations {
            let whole = Whole { samples, channels, planes };
            let operation = operation.over_volume(about.planar && planes > 1);
            steps.push(operation.with_numbers(whole, reference, scratch, workers));
        }
        for step in &steps {
            apply(step, samples, channels, planes, workers);
        }
    }
    let own_scale = about.port.operations.iter().any(Operation::rescales);
    let linear = about
        .before
        .iter()
        .try_fold((1.0, 0.0), |(gain, offset), step| step.linear().map(|(by, plus)| (gain * by, offset * by + plus)));
    let back = match about.settings.i64(params::MODEL_INTENSITIES) {
        1 => true,
        2 => false,
        _ => !own_scale,
    };
    match linear {
        Some((gain, offset)) if back && gain != 0.0 => {
            let scale = Scale { units: "input", gain: 1.0 / gain, offset: -offset / gain };
            if (gain, offset) != (1.0, 0.0) {
                let step = Step::Linear { gain: Table::one(scale.gain), offset: Table::one(scale.offset) };
                apply(&step, samples, channels, planes, workers);
            }
            scale
        }
        Some((gain, offset)) if gain != 0.0 => Scale { units: "network", gain: 1.0 / gain, offset: -offset / gain },
        _ => Scale::default(),
    }
}

/// A step on packed channels of planes.
fn apply(step: &Step, samples: &mut [f32], channels: usize, planes: usize, workers: &Workers) {
    let plane = samples.len() / (channels * planes).max(1);
    if *step == Step::Softmax {
        return softmax(samples, plane * planes);
    }
    let part = plane.div_ceil(PARTS).max(1);
    for (at, samples) in samples.chunks_exact_mut(plane.max(1)).enumerate() {
        workers.each(Rows::of_mut(samples, part), |_, _, row| step.apply(row, at / planes, at % planes));
    }
}

impl Operation {
    /// Whether the values it makes no longer depend on gain and offset of what it reads.
    fn normalises(&self) -> bool {
        matches!(self, Self::ZeroMeanUnitVariance { .. } | Self::ScaleRange { .. })
    }

    /// Whether its result is not in units that lead back to the image's.
    fn rescales(&self) -> bool {
        match self {
            Self::Clip { .. } | Self::EnsureDtype { .. } => false,
            Self::ScaleLinear { gain, offset } => {
                gain.iter().any(|&gain| gain != 1.0) || offset.iter().any(|&offset| offset != 0.0)
            }
            _ => true,
        }
    }

    /// For networks of planes, statistics of the whole volume: those of single planes would lift the noise of planes
    /// that are out of focus.
    fn over_volume(&self, stack: bool) -> Self {
        let mut operation = self.clone();
        if let (
            true,
            Self::Clip { over, .. }
            | Self::ScaleMeanVariance { over, .. }
            | Self::ScaleRange { over, .. }
            | Self::ZeroMeanUnitVariance { over },
        ) = (stack, &mut operation)
        {
            over.planes = true;
        }
        operation
    }
}

const PARTS: usize = 64;
