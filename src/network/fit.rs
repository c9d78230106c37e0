//! Whether and how a network and an image fit together.

use super::description::{AxisKind, Port};
use super::feed::Strides;
use super::findings::Probe;
use super::fitted::fitted;
use super::geometry::Geometry;
use super::intensities;
use super::measure::{self, Known};
use super::model::Model;
use super::operations::Operation;
use super::statistics::Whole;
use super::treatment::Treatment;
use super::trial;
use crate::error::{Error, Result};
use crate::params::{self, Channels, Extent, Settings};
use crate::runtime::Limits;

/// How the network maps images of any size, with trial runs where neither graph nor package tells.
///
/// # Errors
/// As [`measure::geometry`] and [`Runtime::load`].
pub fn any(model: &Model, settings: &Settings, limits: Limits<'_>) -> Result<Geometry> {
    let geometry = match measure::geometry(model, settings)? {
        Known::Geometry(geometry) => return Ok(*geometry),
        Known::NeedsTrial(geometry, _) => geometry,
    };
    search(model, &geometry, limits)?;
    match measure::geometry(model, settings)? {
        Known::Geometry(geometry) => Ok(*geometry),
        Known::NeedsTrial(_, why) => Err(Error::Internal(why)),
    }
}

/// Runs the network on small images and keeps what they show.
///
/// # Errors
/// As [`trial::run`] and [`Runtime::load`].
pub fn search(model: &Model, geometry: &Geometry, limits: Limits<'_>) -> Result<()> {
    let tried = trial::run(model, geometry, limits)?;
    model.findings().keep_tried(geometry.key(), tried);
    Ok(())
}

/// How the network maps images of a shape (c, z, y, x).
///
/// # Errors
/// As [`any`].
pub fn geometry(model: &Model, shape: [usize; 4], settings: &Settings, limits: Limits<'_>) -> Result<Geometry> {
    let [_, planes, rows, columns] = shape;
    Ok(fitted(model, any(model, settings, limits)?, [planes, rows, columns], settings))
}

/// As [`geometry`], with the halo that tiles are cut with: a probed one where the settings allow a difference.
///
/// # Errors
/// As [`geometry`], and what the probe's runs give.
pub fn probed(
    model: &Model,
    shape: [usize; 4],
    settings: &Settings,
    limits: Limits<'_>,
) -> Result<(Geometry, Option<Probe>)> {
    let mut geometry = geometry(model, shape, settings, limits)?;
    let tolerance = settings.f64(params::MODEL_HALO_TOLERANCE).unwrap_or(0.0);
    if tolerance == 0.0 || settings.i64(params::MODEL_HALO_PX) >= 0 || !geometry.global.is_empty() {
        return Ok((geometry, None));
    }
    let probe = model.findings().probe_with(settings, || Probe::run(model, &geometry, settings, limits))?;
    probe.narrow(&mut geometry);
    Ok((geometry, Some(probe)))
}

/// An image as a network takes it.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Extents (c, z, y, x) of the image.
    pub shape: [usize; 4],
    /// Extents (z, y, x) of what is cut into tiles: one plane of it for networks of planes.
    pub image: [usize; 3],
    /// Extents (c, z, y, x) of the result.
    pub output: [usize; 4],
    /// Groups of channels that are run one by one.
    pub groups: usize,
    /// Channels of the image in each group.
    pub width: usize,
    /// Whether one channel is given to all channels of the network and its results are averaged.
    pub averages: bool,
    /// Whether planes go through the network one by one.
    stack: bool,
}

impl Fit {
    /// How an image of `shape` goes through.
    ///
    /// # Errors
    /// [`Error::Model`] when they do not fit.
    pub fn new(geometry: &Geometry, shape: [usize; 4], settings: &Settings) -> Result<Self> {
        let repeat = settings.choice::<Channels>(params::MODEL_CHANNELS) == Channels::Repeat;
        if let Some(channels) = geometry.channels.filter(|&channels| channels != 1 && channels != shape[0] && !repeat) {
            return Err(wrong_channels(geometry, channels, shape[0]));
        }
        let averages = repeat && geometry.channels.is_some_and(|channels| channels != 1);
        let (groups, width) = match geometry.channels {
            Some(1) => (shape[0], 1),
            Some(_) if averages => (shape[0], 1),
            Some(channels) => (1, channels),
            None => (1, shape[0]),
        };
        let mut output = [0, shape[1], 0, 0];
        output[0] = groups * (0..geometry.given.len()).map(|at| given(geometry, at, averages, width)).sum::<usize>();
        let full = settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Full;
        for at in usize::from(geometry.planar)..3 {
            output[at + 1] = geometry.rules[at].given(shape[at + 1], full);
            if output[at + 1] == 0 {
                return Err(Error::Model(format!(
                    "the image is {:?} px (z, y, x); the network leaves nothing of it; set model.extent to 0",
                    &shape[1..]
                )));
            }
        }
        let image = [if geometry.planar { 1 } else { shape[1] }, shape[2], shape[3]];
        Ok(Self { shape, image, output, groups, width, averages, stack: geometry.planar && shape[1] > 1 })
    }

    /// The group of channels of an image that is fed.
    pub fn fed<'a>(&self, image: &'a [f32], group: usize) -> Whole<'a> {
        let len = self.width * image.len() / self.shape[0];
        Whole { samples: &image[group * len..(group + 1) * len], extents: self.form() }
    }

    /// Extents (c, z, y, x) of a group of channels.
    fn form(&self) -> [usize; 4] {
        let [_, planes, rows, columns] = self.shape;
        [self.width, planes, rows, columns]
    }

    /// What is done before the network, for each group of channels.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn before(&self, geometry: &Geometry, settings: &Settings) -> Result<Vec<Treatment>> {
        let parts = (0..self.groups).flat_map(|_| &geometry.fed);
        let treatment = |&(at, _): &(usize, usize)| {
            let form = self.part(geometry, at);
            Treatment::new(self.operations_before(geometry, at, settings), form, form)
        };
        parts.map(treatment).collect()
    }

    /// What is done after the network, for each output that is given.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn after(&self, geometry: &Geometry, settings: &Settings) -> Result<Vec<Treatment>> {
        let each = |at: usize| {
            let (operations, form) = self.operations_after(geometry, settings, at);
            Treatment::new(operations, form, self.form())
        };
        (0..geometry.given.len()).map(each).collect()
    }

    /// Memory that [`Fit::before`] and [`Fit::after`] take for percentiles.
    pub fn statistics_bytes(&self, geometry: &Geometry, settings: &Settings) -> u64 {
        let form = self.form();
        let part = |&(at, _): &(usize, usize)| {
            let form = self.part(geometry, at);
            Treatment::bytes(&self.operations_before(geometry, at, settings), form, form)
        };
        let before = geometry.fed.iter().map(part).sum::<u64>() * self.groups as u64;
        let after = |at: usize| {
            let (operations, own) = self.operations_after(geometry, settings, at);
            Treatment::bytes(&operations, own, form)
        };
        before + (0..geometry.given.len()).map(after).sum::<u64>()
    }

    /// Extents (c, z, y, x) of the channels that an input gets of a group.
    fn part(&self, geometry: &Geometry, input: usize) -> [usize; 4] {
        let [width, planes, rows, columns] = self.form();
        let port = &geometry.inputs[input];
        let own = port.position(AxisKind::Channel).map_or(Some(1), |at| port.axes[at].size.fixed());
        [if geometry.fed.len() > 1 { own.unwrap_or(width) } else { width }, planes, rows, columns]
    }

    fn operations_before(&self, geometry: &Geometry, input: usize, settings: &Settings) -> Vec<Operation> {
        intensities::before(&geometry.inputs[input], settings, self.stack)
    }

    fn operations_after(&self, geometry: &Geometry, settings: &Settings, at: usize) -> (Vec<Operation>, [usize; 4]) {
        let operations = intensities::of_package(&geometry.outputs[geometry.given[at]], settings, self.stack);
        let [_, planes, rows, columns] = self.output;
        (operations, [given(geometry, at, self.averages, self.width), planes, rows, columns])
    }
}

/// The error for an image of other channels than a network reads.
fn wrong_channels(geometry: &Geometry, channels: usize, got: usize) -> Error {
    let names = |ports: &mut dyn Iterator<Item = &Port>| -> String {
        ports.map(|port| port.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    if geometry.fed.len() > 1 {
        let fed = names(&mut geometry.fed.iter().map(|&(at, _)| &geometry.inputs[at]));
        return Error::Model(format!(
            "the image has {got} channels; the inputs {fed}, which model.inputs names, read {channels} together"
        ));
    }
    let images: Vec<&Port> = geometry.inputs.iter().filter(|port| port.is_image()).collect();
    let advice = match geometry.inputs[geometry.image].letters() {
        _ if images.len() > 1 => format!(
            "where its inputs {} share the image's channels, name them in model.inputs",
            names(&mut images.iter().copied())
        ),
        letters if letters.contains('z') => format!(
            "where they are time points, state model.axes (btcyx, say; it is read as {letters}) and give it images with \
             an axis t"
        ),
        _ => format!("where they are time points, set model.frames to {channels} and give it images with an axis t"),
    };
    Error::Model(format!(
        "the network reads {channels} channels; the image has {got}; set model.channels to 1 to give each of them to \
         all; {advice}"
    ))
}

/// Channels that an output gives for a group of `width` channels.
fn given(geometry: &Geometry, at: usize, averages: bool, width: usize) -> usize {
    match geometry.output_channels[at] {
        _ if averages => 1,
        0 => width,
        channels => channels,
    }
}

/// Whether the warm-up gave what the geometry promises.
///
/// # Errors
/// [`Error::Model`] when it did not.
pub fn check(geometry: &Geometry, tile: [usize; 3], batch: usize, results: &[Strides], channels: usize) -> Result<()> {
    for (order, strides) in results.iter().enumerate() {
        for (at, kind) in [AxisKind::Z, AxisKind::Y, AxisKind::X].into_iter().enumerate() {
            let expected = geometry.rules[at].output(tile[at]);
            let (got, present) = (strides.extent(kind), geometry.rules[at] != super::tiles::Rule::absent());
            if present && got != expected {
                return Err(Error::Model(format!(
                    "the network gives {got} samples along {} for a tile of {}; by its package or graph it is {expected}",
                    kind.letter(),
                    tile[at]
                )));
            }
        }
        let stated = geometry.output_channels[order];
        let (got, expected) = (strides.extent(AxisKind::Channel), if stated == 0 { channels } else { stated });
        if got != expected || strides.extent(AxisKind::Batch) < batch {
            return Err(Error::Model(format!(
                "the network gives {got} channels; by its package or graph it is {expected}"
            )));
        }
    }
    Ok(())
}
