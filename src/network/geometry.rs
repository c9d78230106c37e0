//! What a network does to the extents of an image, from its package, its graph, and where neither tells, a trial run.

use serde_json::{Value, json};

use super::description::{Axis, AxisKind, Port, Size};
use super::fields::Field;
use super::graph::{self, Found, lcm};
use super::model::Model;
use super::package::plain;
use super::runtime::Runtime;
use super::session::{Device, Make, Session};
use super::tensor::Tensor;
use super::tiles::{Rule, Sizes};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// How a network maps images.
#[derive(Clone, Debug)]
pub struct Geometry {
    /// Inputs with their axes as they are used.
    pub inputs: Vec<Port>,
    /// Outputs with their axes as they are used.
    pub outputs: Vec<Port>,
    /// Which input is the image.
    pub image: usize,
    /// Which outputs the caller gets.
    pub given: Vec<usize>,
    /// Channels of the image input; `None`: any.
    pub channels: Option<usize>,
    /// Channels of each given output; 0 where they are as many as the image's.
    pub output_channels: Vec<usize>,
    /// Whether the network has planes: no z axis.
    pub planar: bool,
    /// What happens along z, y and x.
    pub rules: [Rule; 3],
    /// Operators that see the whole image.
    pub global: Vec<String>,
    /// Operators whose receptive field is not known.
    pub unknown: Vec<String>,
}

impl Geometry {
    /// What the settings of a step make of a network; `runtime` allows a trial run where nothing else tells.
    ///
    /// # Errors
    /// [`Error::Model`] when the network cannot be fed an image, [`Error::Argument`] for settings that do not fit it.
    pub fn of(model: &Model, settings: &Settings, runtime: Option<&Runtime>) -> Result<Self> {
        let (inputs, outputs) = ports(model, settings)?;
        let image = inputs.iter().position(Port::is_image).unwrap_or(0);
        let images: Vec<usize> = (0..outputs.len()).filter(|&at| outputs[at].is_image()).collect();
        let wanted = settings.i64(params::MODEL_OUTPUT);
        let given = match usize::try_from(wanted) {
            Err(_) => images,
            Ok(0) => images.first().copied().into_iter().collect(),
            Ok(at) if at < outputs.len() => vec![at],
            Ok(_) => vec![],
        };
        if given.is_empty() {
            return Err(Error::Argument(format!(
                "model.output is {wanted}; the network has {} outputs, and one that is given must be an image",
                outputs.len()
            )));
        }
        let port = &inputs[image];
        let channels = match port.position(AxisKind::Channel).map(|at| &port.axes[at].size) {
            None => Some(1),
            Some(Size::Fixed(count)) => Some(*count),
            Some(_) => None,
        };
        let mut geometry = Self {
            planar: port.position(AxisKind::Z).is_none(),
            rules: [Rule::absent(), Rule::absent(), Rule::absent()],
            output_channels: Vec::new(),
            global: Vec::new(),
            unknown: Vec::new(),
            inputs,
            outputs,
            image,
            given,
            channels,
        };
        geometry.measure(model, settings, runtime)?;
        Ok(geometry)
    }

    /// Shapes of all inputs for tiles of `extents` (z, y, x), `batch` at once, with that many channels.
    pub fn shapes(&self, batch: usize, channels: usize, extents: [usize; 3]) -> Vec<Vec<usize>> {
        let shape = |(at, port): (usize, &Port)| {
            let extent = |axis: &Axis| match (axis.kind, &axis.size) {
                (AxisKind::Batch, Size::Any | Size::Steps { .. }) => batch,
                (_, Size::Fixed(extent)) => *extent,
                (AxisKind::Channel, _) if at == self.image => channels,
                (kind, _) => kind.spatial().map_or(1, |spatial| extents[spatial]),
            };
            port.axes.iter().map(extent).collect()
        };
        self.inputs.iter().enumerate().map(shape).collect()
    }

    /// Whether several tiles can be run at once.
    pub fn batches(&self) -> bool {
        let free = |port: &Port| {
            let batch = port.position(AxisKind::Batch);
            batch.is_some_and(|at| !matches!(port.axes[at].size, Size::Fixed(_)))
        };
        free(&self.inputs[self.image]) && self.given.iter().all(|&at| free(&self.outputs[at]))
    }

    /// Follows tiles through the graph.
    ///
    /// # Errors
    /// [`Error::Model`] when such tiles cannot be run.
    pub fn follow(&self, model: &Model, batch: usize, channels: usize, extents: [usize; 3]) -> Result<Found> {
        let spatial: Vec<_> = self.inputs[self.image].axes.iter().map(|axis| axis.kind.spatial()).collect();
        graph::follow(model.graph(), &self.shapes(batch, channels, extents), self.image, &spatial)
    }

    /// Whether tiles are exact along all axes.
    pub fn exact(&self) -> bool {
        self.rules.iter().all(|rule| rule.exact)
    }

    /// The facts as JSON.
    pub fn describe(&self) -> Value {
        let list = |number: &dyn Fn(&Rule) -> Value| -> Vec<Value> { self.rules.iter().map(number).collect() };
        json!({
            "axes": self.inputs[self.image].letters(),
            "channels": self.channels,
            "output_channels": self.output_channels,
            "planes": if self.planar { "one at a time" } else { "together" },
            "scale_zyx": list(&|rule| rule.scale.into()),
            "stride_zyx": list(&|rule| rule.stride.into()),
            "halo_zyx": list(&|rule| { let (lead, trail) = rule.halo(); json!([lead, trail]) }),
            "missing_zyx": list(&|rule| rule.deficit.into()),
            "exact_tiles": self.exact(),
            "global_operators": self.global,
            "unknown_operators": self.unknown,
        })
    }

    fn measure(&mut self, model: &Model, settings: &Settings, runtime: Option<&Runtime>) -> Result<()> {
        let channels = self.channels.unwrap_or(1);
        // Two extents that every usual network takes show scale and stride; a fixed one is what it is.
        let fixed = |kind: AxisKind| {
            let port = &self.inputs[self.image];
            port.position(kind).map(|at| port.axes[at].size.clone())
        };
        let sizes = [AxisKind::Z, AxisKind::Y, AxisKind::X].map(fixed);
        let trial = |wide: usize| {
            let mut extents = [1; 3];
            for (extent, size) in extents.iter_mut().zip(&sizes) {
                *extent = match size {
                    None => 1,
                    Some(Size::Fixed(size)) => *size,
                    Some(Size::Steps { minimum, step }) => {
                        minimum + wide.saturating_sub(*minimum).div_ceil(*step) * step
                    }
                    Some(_) => wide,
                };
            }
            if !self.planar && matches!(sizes[0], Some(Size::Any)) {
                extents[0] = wide.min(TRIAL / 4);
            }
            extents
        };
        let (first, second) = (trial(TRIAL), trial(TRIAL * 2));
        if second.iter().any(|&extent| extent > EXTENT) {
            return Err(Error::Model(format!(
                "the network wants images of {second:?} px; at most {EXTENT} can be fed"
            )));
        }
        let found = self.follow(model, 1, channels, first)?;
        let again = self.follow(model, 1, channels, second)?;
        let known = |found: &Found| self.given.iter().all(|&at| found.shapes[at].is_some());
        let told = self.given.iter().all(|&at| {
            self.outputs[at]
                .axes
                .iter()
                .all(|axis| axis.kind.spatial().is_none() || !matches!(axis.size, Size::Any | Size::Steps { .. }))
        });
        let (mut shapes, mut more) = (found.shapes.clone(), again.shapes.clone());
        let stated = told && self.given.iter().all(|&at| self.channels_stated(at).is_some());
        if !known(&found) && !stated {
            let runtime = runtime.ok_or_else(|| {
                Error::Model(format!(
                    "the network's operators ({}) do not tell the size of its result; a trial run does at commit",
                    found.unknown.join(", ")
                ))
            })?;
            shapes = self.tried(model, runtime, channels, first)?;
            more = self.tried(model, runtime, channels, second)?;
        }
        (self.global, self.unknown) = (found.global.clone(), found.unknown.clone());
        let guessed = if self.unknown.is_empty() { 1 } else { pooled(model) };
        let halo = settings.i64(params::MODEL_HALO_PX);
        for kind in [AxisKind::Z, AxisKind::Y, AxisKind::X] {
            let Some(spatial) = kind.spatial() else { continue };
            let Some(size) = &sizes[spatial] else { continue };
            let at = self.given[0];
            let (port, place) = (&self.outputs[at], self.outputs[at].position(kind));
            let extent = |shapes: &[Option<Vec<usize>>]| {
                shapes[at].as_ref().zip(place).and_then(|(shape, place)| shape.get(place).copied())
            };
            let field = found.fields[at].iter().flatten().find(|(axis, _)| *axis == spatial).map(|(_, field)| *field);
            let axis = place.map(|place| &port.axes[place]);
            let (scale, output) = match axis.map(|axis| (&axis.size, axis)) {
                Some((Size::Follows { offset, .. }, axis)) => {
                    let scale = self.reference_scale(kind) / axis.scale;
                    (scale, Some((first[spatial] as f64 * scale + offset).floor().max(0.0) as usize))
                }
                _ => {
                    let grown = second[spatial] - first[spatial];
                    let ratio = extent(&more).zip(extent(&shapes)).filter(|_| grown > 0);
                    let slope = ratio.map(|(more, less)| more.saturating_sub(less) as f64 / grown as f64);
                    let whole = extent(&shapes).map(|extent| (extent as f64 / first[spatial] as f64).round().max(1.0));
                    (field.map(|field| 1.0 / field.jump).or(slope).or(whole).unwrap_or(1.0), extent(&shapes))
                }
            };
            let full = (first[spatial] as f64 * scale).floor() as usize;
            let output = output.unwrap_or(full);
            if output == 0 || output > full || !(0.01..=64.0).contains(&scale) {
                return Err(Error::Model(format!(
                    "the network makes {output} samples of {} along {}; it must make up to {full}",
                    first[spatial],
                    kind.letter()
                )));
            }
            let deficit = full - output;
            let stride = lcm(found.strides[spatial], guessed).max(1);
            if stride > EXTENT {
                return Err(Error::Model(format!(
                    "the network has a stride of {stride} samples along {}; it must be at most {EXTENT}",
                    kind.letter()
                )));
            }
            let declared = axis.map_or(0.0, |axis| (axis.halo as f64 / scale).ceil());
            let missing = deficit as f64 / scale;
            let around = |halo: f64| Field { jump: 1.0 / scale, low: -halo, high: halo + missing };
            let local = self.global.is_empty() && self.unknown.is_empty();
            let (field, exact) = match (field, halo) {
                (Some(field), -1) if local => (field, true),
                (Some(field), -1) => (Field { low: field.low.min(-declared), ..field }, false),
                (None, -1) => (around(declared.max(HALO)), false),
                (field, halo) => {
                    let chosen = around(halo as f64);
                    (chosen, local && field.is_some_and(|field| chosen.low <= field.low && chosen.high >= field.high))
                }
            };
            self.rules[spatial] = Rule { sizes: allowed(size, stride), stride, scale, deficit, field, exact };
        }
        self.output_channels = self
            .given
            .iter()
            .map(|&at| {
                let place = self.outputs[at].position(AxisKind::Channel);
                let stated = self.channels_stated(at);
                let seen = shapes[at].as_ref().zip(place).and_then(|(shape, place)| shape.get(place).copied());
                match (place, stated.or(seen)) {
                    (None, _) => 1,
                    (Some(_), count) => {
                        if self.channels.is_none() {
                            0
                        } else {
                            count.unwrap_or(channels)
                        }
                    }
                }
            })
            .collect();
        Ok(())
    }

    fn channels_stated(&self, output: usize) -> Option<usize> {
        let port = &self.outputs[output];
        match port.position(AxisKind::Channel).map(|at| &port.axes[at].size) {
            None => Some(1),
            Some(Size::Fixed(count)) => Some(*count),
            Some(Size::Follows { .. }) => self.channels,
            Some(_) => None,
        }
    }

    fn reference_scale(&self, kind: AxisKind) -> f64 {
        let port = &self.inputs[self.image];
        port.position(kind).map_or(1.0, |at| port.axes[at].scale)
    }

    /// The outputs' shapes by a run on zeros.
    fn tried(
        &self,
        model: &Model,
        runtime: &Runtime,
        channels: usize,
        extents: [usize; 3],
    ) -> Result<Vec<Option<Vec<usize>>>> {
        let make = Make { device: Device::Cpu, index: 0, deterministic: false, engines: "" };
        let mut session = Session::new(runtime, model.file(), model.weights(), &make)?;
        let shapes = self.shapes(1, channels, extents);
        let tensors = shapes.iter().zip(&self.inputs).map(|(shape, port)| Tensor::new(port.sample_type, shape));
        session.take_inputs(tensors.collect::<Result<_>>()?);
        Ok(session.trial_shapes()?.into_iter().map(|(_, shape)| Some(shape)).collect())
    }
}

/// The ports with the axes that the caller states for a plain network.
fn ports(model: &Model, settings: &Settings) -> Result<(Vec<Port>, Vec<Port>)> {
    let (mut inputs, mut outputs) = (model.description().inputs.clone(), model.description().outputs.clone());
    let letters = settings.text(params::MODEL_AXES);
    if letters.is_empty() {
        return Ok((inputs, outputs));
    }
    let wrong = || {
        Error::Argument(format!(
            "model.axes is {letters:?}; it must be one letter of btczyx for each axis of the network's image, each once"
        ))
    };
    let distinct = letters.chars().enumerate().all(|(at, letter)| !letters[..at].contains(letter));
    if model.description().format != "onnx" || !distinct || !letters.chars().all(|letter| "btczyx".contains(letter)) {
        return Err(wrong());
    }
    let proto = &model.package().proto;
    let mut fits = false;
    for (port, value) in inputs.iter_mut().zip(proto.inputs()).chain(outputs.iter_mut().zip(&proto.graph().output)) {
        if let Some(extents) = value.extents().filter(|extents| extents.len() == letters.len()) {
            *port = plain::with_axes(value, &extents, letters);
            fits = true;
        }
    }
    if fits { Ok((inputs, outputs)) } else { Err(wrong()) }
}

/// Extents that suit both what is stated and the network's stride.
fn allowed(size: &Size, stride: usize) -> Sizes {
    match size {
        Size::Fixed(size) => Sizes::Fixed(*size),
        Size::Steps { minimum, step } => {
            let joined = lcm(*step, stride);
            let aligned = (0..stride).map(|at| minimum + at * step).find(|size| size % stride == 0);
            Sizes::Steps { minimum: aligned.unwrap_or(*minimum), step: joined }
        }
        _ => Sizes::Steps { minimum: stride, step: stride },
    }
}

/// A stride for graphs with operators that are not known: that of all pooling together.
fn pooled(model: &Model) -> usize {
    let nodes = &model.package().proto.graph().node;
    let steps = nodes.iter().filter(|node| matches!(node.op_type.as_str(), "MaxPool" | "AveragePool" | "Conv"));
    let factor = steps.fold(1_usize, |all, node| {
        all.saturating_mul(node.ints("strides").iter().copied().max().unwrap_or(1).clamp(1, 64) as usize)
    });
    factor.min(64)
}

/// Extent of the trial that shows scale and stride; strides up to this divide it.
const TRIAL: usize = 256;
/// Most samples along an axis that a network may ask for.
const EXTENT: usize = 1 << 20;
/// Context for networks that tell nothing.
const HALO: f64 = 32.0;
