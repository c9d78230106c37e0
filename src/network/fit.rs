//! Whether and how a network and an image fit together.

use super::choice::Choice;
use super::description::AxisKind;
use super::feed::Strides;
use super::geometry::Geometry;
use super::model::Model;
use super::operations::Operation;
use super::runtime::{Runtime, Search};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// How the network maps images, with a trial run where neither graph nor package tells.
///
/// # Errors
/// As [`Geometry::of`] and [`Runtime::load`].
pub fn geometry(model: &Model, settings: &Settings, context: &Settings) -> Result<Geometry> {
    match Geometry::of(model, settings, None) {
        Err(Error::Model(text)) if text.contains("a trial run") => {
            Geometry::of(model, settings, Some(Runtime::load(&Search::from_context(context))?))
        }
        other => other,
    }
}

/// How many groups of channels are run one by one, and how many channels of the image each has.
pub fn groups(geometry: &Geometry, shape: [usize; 4], settings: &Settings) -> (usize, usize) {
    match geometry.channels {
        Some(1) => (shape[0], 1),
        Some(_) if settings.i64(params::MODEL_CHANNELS) == 1 => (shape[0], 1),
        Some(channels) => (1, channels),
        None => (1, shape[0]),
    }
}

/// Extents (c, z, y, x) of the result for an image of `shape`.
///
/// # Errors
/// [`Error::Model`] when they do not fit.
pub fn given(geometry: &Geometry, shape: [usize; 4], settings: &Settings) -> Result<[usize; 4]> {
    let repeat = settings.i64(params::MODEL_CHANNELS) == 1;
    if let Some(channels) = geometry.channels.filter(|&channels| channels != 1 && channels != shape[0] && !repeat) {
        return Err(Error::Model(format!(
            "the network reads {channels} channels; the image has {}; set model.channels to 1 to give each of them to \
             all",
            shape[0]
        )));
    }
    let (groups, _) = groups(geometry, shape, settings);
    let average = repeat && geometry.channels != Some(1);
    let one = |&channels: &usize| {
        if average {
            1
        } else if channels == 0 {
            shape[0]
        } else {
            channels
        }
    };
    let channels = groups * geometry.output_channels.iter().map(one).sum::<usize>();
    let full = settings.i64(params::MODEL_EXTENT) == 0;
    let mut output = [channels, shape[1], 0, 0];
    for at in usize::from(geometry.planar)..3 {
        output[at + 1] = geometry.rules[at].given(shape[at + 1], full);
        if output[at + 1] == 0 {
            return Err(Error::Model(format!(
                "the image is {:?} px (z, y, x); the network leaves nothing of it; set model.extent to 0",
                &shape[1..]
            )));
        }
    }
    Ok(output)
}

/// Whether the warm-up gave what the geometry promises.
///
/// # Errors
/// [`Error::Model`] when it did not.
pub fn check(geometry: &Geometry, choice: &Choice, results: &[Strides], channels: usize) -> Result<()> {
    for (order, strides) in results.iter().enumerate() {
        for (at, kind) in [AxisKind::Z, AxisKind::Y, AxisKind::X].into_iter().enumerate() {
            let expected = geometry.rules[at].output(choice.lines[at].tile);
            let (got, present) = (strides.extent(kind), geometry.rules[at] != super::tiles::Rule::absent());
            if present && got != expected {
                return Err(Error::Model(format!(
                    "the network gives {got} samples along {} for a tile of {}; by its package or graph it is {expected}",
                    kind.letter(),
                    choice.lines[at].tile
                )));
            }
        }
        let stated = geometry.output_channels[order];
        let (got, expected) = (strides.extent(AxisKind::Channel), if stated == 0 { channels } else { stated });
        if got != expected || strides.extent(AxisKind::Batch) < choice.batch {
            return Err(Error::Model(format!(
                "the network gives {got} channels; by its package or graph it is {expected}"
            )));
        }
    }
    Ok(())
}

/// Samples of scratch for percentiles: none where none are taken.
pub fn scratch_len(geometry: &Geometry, shape: [usize; 4], output: [usize; 4], settings: &Settings) -> usize {
    let sorts = |port: &super::description::Port| port.operations.iter().any(Operation::sorts);
    let inputs = sorts(&geometry.inputs[geometry.image]) || settings.i64(params::MODEL_NORMALISATION) == 2;
    let outputs = geometry.given.iter().any(|&at| sorts(&geometry.outputs[at]));
    let len = |shape: [usize; 4], needed: bool| if needed { shape.iter().product() } else { 0 };
    len(shape, inputs || outputs).max(len(output, outputs))
}
