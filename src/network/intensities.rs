//! Between an image's intensities and a network's values, and back.
//!
//! The contract of a chain of steps: intensities come back in the units of the image, `intensity = value * gain +
//! offset`, unless the network gives something else (probabilities, a scale of its own) or the caller asks for the
//! network's own units. Gain and offset are in the report.

use super::description::{OutputKind, Port};
use super::kind;
use super::operations::{EPS, Operation};
use super::statistics::{Over, Whole};
use super::treatment::Treatment;
use crate::params::{self, Intensities, Normalisation, Settings};
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

/// What is done to an image before the network: what the settings ask for, then the package's own steps; `stack` where
/// planes go through a network of planes one by one.
pub fn before(port: &Port, settings: &Settings, stack: bool) -> Vec<Operation> {
    let number = |id| settings.f64(id).unwrap_or(0.0);
    let own = port.operations.iter().any(Operation::normalises);
    let asked = match settings.choice(params::MODEL_NORMALISATION) {
        Normalisation::Percentile if !own => Some(Operation::Stretch {
            lower: number(params::MODEL_LOW_PERCENTILE),
            upper: number(params::MODEL_HIGH_PERCENTILE),
            range: [number(params::MODEL_RANGE_LOW), number(params::MODEL_RANGE_HIGH)],
        }),
        Normalisation::MeanStd if !own => Some(Operation::ZeroMeanUnitVariance { eps: EPS, over: Over::default() }),
        Normalisation::Fixed if !own => {
            Some(Operation::Fixed { offset: number(params::MODEL_OFFSET), gain: number(params::MODEL_GAIN) })
        }
        _ => None,
    };
    asked.into_iter().chain(of_package(port, settings, stack)).collect()
}

/// What a package does to an input before the network or to a result after it; `stack` as for [`before`].
pub fn of_package(port: &Port, settings: &Settings, stack: bool) -> Vec<Operation> {
    if settings.choice::<Normalisation>(params::MODEL_NORMALISATION) == Normalisation::None {
        return Vec::new();
    }
    let operations = port.operations.iter().cloned();
    operations.map(|operation| if stack { operation.over_volume() } else { operation }).collect()
}

/// Finishes one group of result channels in place, and says in which units they are; `reference` is what was fed.
pub fn finish(
    port: &Port,
    settings: &Settings,
    before: &Treatment,
    after: &mut Treatment,
    reference: Whole<'_>,
    (samples, extents): (&mut [f32], [usize; 4]),
    workers: &Workers,
) -> Scale {
    after.measure(Whole { samples, extents }, reference, workers);
    after.apply(samples, extents, workers);
    let Some((gain, offset)) = before.linear().filter(|(gain, _)| *gain != 0.0) else { return Scale::default() };
    let volume = (samples.len() / extents[0].max(1)).max(1);
    for (channel, samples) in samples.chunks_exact_mut(volume).enumerate() {
        let kind = kind::of_channel(port, channel);
        if (gain, offset) == (1.0, 0.0) || !in_input_units(kind, port, settings) {
            continue;
        }
        // A width has no zero to be moved.
        let (by, plus) =
            if kind == OutputKind::Uncertainty { (1.0 / gain.abs(), 0.0) } else { (1.0 / gain, -offset / gain) };
        let part = volume.div_ceil(PARTS).max(1);
        workers.each(Rows::of_mut(samples, part), |_, _, row| {
            row.iter_mut().for_each(|x| *x = (f64::from(*x) * by + plus) as f32);
        });
    }
    let back = in_input_units(kind::of_channel(port, 0), port, settings);
    Scale { units: if back { "input" } else { "network" }, gain: 1.0 / gain, offset: -offset / gain }
}

/// Whether an output's channel of that kind comes back in the image's units, where there is a way back to them.
pub fn in_input_units(kind: OutputKind, port: &Port, settings: &Settings) -> bool {
    match settings.choice(params::MODEL_INTENSITIES) {
        Intensities::Input => kind != OutputKind::Labels,
        Intensities::Network => false,
        Intensities::Auto => kind.in_intensities() && !port.operations.iter().any(Operation::rescales),
    }
}

/// Parts of a result that threads take.
const PARTS: usize = 256;
