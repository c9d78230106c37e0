//! What a network does to the extents of an image, from its package, its graph, and where neither tells, a trial run.
//!
//! Tiles need five numbers along each axis: the extents that the network takes, the distance at which it repeats
//! itself (its stride), the output samples for an input sample (its scale), how many of these its unpadded borders take
//! off (its deficit), and how far a sample looks (its receptive field). The first source that states a number wins:
//!
//! 1. the caller's settings, since he may know what no file says;
//! 2. the package, which promises them to every program;
//! 3. the graph, followed for two images of different extents: what grows with the image is scale, what does not is
//!    deficit;
//! 4. two runs on zeros of the same extents, where operators hide what comes of the shapes.
//!
//! Rejected: to take shapes from the file's own `value_info`. Exporters write symbols there, or the extents of the
//! image that they traced with. Also rejected: runs of ever smaller images to find stride and field, since a network
//! that pads inside takes any image and only gives another result.

use serde_json::{Value, json};

use super::description::{Axis, AxisKind, Port, Size};
use super::graph::value::ReceptiveField;
use super::graph::{self, Found, lcm};
use super::model::Model;
use super::package::plain;
use super::runtime::Runtime;
use super::session::{Device, Make, Session};
use super::tensor::Tensor;
use super::tiles::{Rule, Sizes};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// What is known of how a network maps images.
pub enum Known {
    /// All of it.
    Geometry(Box<Geometry>),
    /// Too little: only a run shows the size of its result. The text says why.
    NeedsTrial(String),
}

/// What is known of two images that a network is tried with.
struct Trials {
    /// Their extents (z, y, x).
    images: [[usize; 3]; 2],
    /// The shapes of the results of both.
    made: [Vec<Option<Vec<usize>>>; 2],
    /// What following the first through the graph found.
    found: Found,
}

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
    pub fn of(model: &Model, settings: &Settings, runtime: Option<&Runtime>) -> Result<Known> {
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
        Ok(match geometry.measure(model, settings, runtime)? {
            None => Known::Geometry(Box::new(geometry)),
            Some(unknown) => Known::NeedsTrial(unknown),
        })
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

    /// Fills in what happens along the axes; gives the reason where only a run can tell.
    fn measure(&mut self, model: &Model, settings: &Settings, runtime: Option<&Runtime>) -> Result<Option<String>> {
        let images = self.trial_images()?;
        let channels = self.channels.unwrap_or(1);
        let found = self.follow(model, 1, channels, images[0])?;
        let more = self.follow(model, 1, channels, images[1])?.shapes;
        let mut trials = Trials { images, made: [found.shapes.clone(), more], found };
        if !self.told(&trials.found) {
            let Some(runtime) = runtime else {
                return Ok(Some(format!(
                    "the network's operators ({}) do not tell the size of its result; a trial run does at commit",
                    trials.found.unknown.join(", ")
                )));
            };
            for (shapes, extents) in trials.made.iter_mut().zip(images) {
                *shapes = self.tried(model, runtime, channels, extents)?;
            }
        }
        self.global.clone_from(&trials.found.global);
        self.unknown.clone_from(&trials.found.unknown);
        if !self.unknown.is_empty() {
            let guessed = pooled(model);
            trials.found.strides = trials.found.strides.map(|stride| lcm(stride, guessed));
        }
        for kind in [AxisKind::Z, AxisKind::Y, AxisKind::X] {
            let Some(spatial) = kind.spatial() else { continue };
            if let Some(size) = self.size(kind) {
                self.rules[spatial] = self.rule(kind, spatial, size, &trials, settings)?;
            }
        }
        self.output_channels = self.given.iter().map(|&at| self.channels_given(at, &trials.made[0])).collect();
        Ok(None)
    }

    /// The extents an axis of the image may have; `None` where the network does not have that axis.
    fn size(&self, kind: AxisKind) -> Option<&Size> {
        let port = &self.inputs[self.image];
        port.position(kind).map(|at| &port.axes[at].size)
    }

    /// The two images (extents z, y, x) that are followed through the graph: large enough for every usual network, and
    /// different wherever extents may differ, so that both scale and what borders take off can be told from them.
    fn trial_images(&self) -> Result<[[usize; 3]; 2]> {
        let trial = |wide: usize| {
            [AxisKind::Z, AxisKind::Y, AxisKind::X].map(|kind| match self.size(kind) {
                None => 1,
                Some(Size::Fixed(size)) => *size,
                Some(Size::Steps { minimum, step }) => minimum + wide.saturating_sub(*minimum).div_ceil(*step) * step,
                // Volumes are as deep as a quarter of what planes are wide.
                Some(Size::Any) if kind == AxisKind::Z => wide.min(TRIAL / 4),
                Some(_) => wide,
            })
        };
        let trials = [trial(TRIAL), trial(TRIAL * 2)];
        if trials[1].iter().any(|&extent| extent > EXTENT) {
            return Err(Error::Model(format!(
                "the network wants images of {:?} px; at most {EXTENT} can be fed",
                trials[1]
            )));
        }
        Ok(trials)
    }

    /// Whether the extents of all results follow from the graph, or from the package alone.
    fn told(&self, found: &Found) -> bool {
        let spatial = |axis: &Axis| axis.kind.spatial().is_some();
        let open = |axis: &Axis| matches!(axis.size, Size::Any | Size::Steps { .. });
        let by_package = |&at: &usize| {
            self.channels_stated(at).is_some() && !self.outputs[at].axes.iter().any(|axis| spatial(axis) && open(axis))
        };
        self.given.iter().all(|&at| found.shapes[at].is_some()) || self.given.iter().all(by_package)
    }

    /// What happens along an axis of the network whose image may have the extents `size`.
    fn rule(&self, kind: AxisKind, spatial: usize, size: &Size, trials: &Trials, settings: &Settings) -> Result<Rule> {
        let at = self.given[0];
        let (port, place) = (&self.outputs[at], self.outputs[at].position(kind));
        let axis = place.map(|place| &port.axes[place]);
        let extent = |shapes: &[Option<Vec<usize>>]| {
            shapes[at].as_ref().zip(place).and_then(|(shape, place)| shape.get(place).copied())
        };
        let image = trials.images.map(|extents| extents[spatial]);
        let field =
            trials.found.fields[at].iter().flatten().find(|(axis, _)| *axis == spatial).map(|(_, field)| *field);
        let (scale, output) = match axis.map(|axis| (&axis.size, axis)) {
            Some((Size::Follows { offset, .. }, axis)) => {
                let scale = self.reference_scale(kind) / axis.scale;
                (scale, Some((image[0] as f64 * scale + offset).floor().max(0.0) as usize))
            }
            _ => {
                let made = [extent(&trials.made[0]), extent(&trials.made[1])];
                (scale(field, image, made), made[0])
            }
        };
        let full = (image[0] as f64 * scale).floor() as usize;
        let output = output.unwrap_or(full);
        if output == 0 || output > full || !(0.01..=64.0).contains(&scale) {
            return Err(Error::Model(format!(
                "the network makes {output} samples of {} along {}; it must make up to {full}",
                image[0],
                kind.letter()
            )));
        }
        let stride = trials.found.strides[spatial].max(1);
        if stride > EXTENT {
            return Err(Error::Model(format!(
                "the network has a stride of {stride} samples along {}; it must be at most {EXTENT}",
                kind.letter()
            )));
        }
        let deficit = full - output;
        let declared = axis.map_or(0.0, |axis| (axis.halo as f64 / scale).ceil());
        let local = self.global.is_empty() && self.unknown.is_empty();
        let (field, exact) = context(field, scale, deficit, declared, local, settings.i64(params::MODEL_HALO_PX));
        Ok(Rule { sizes: allowed(size, stride), stride, scale, deficit, field, exact })
    }

    /// Channels of an output; 0 where they are as many as the image's.
    fn channels_given(&self, output: usize, seen: &[Option<Vec<usize>>]) -> usize {
        let Some(place) = self.outputs[output].position(AxisKind::Channel) else { return 1 };
        let Some(channels) = self.channels else { return 0 };
        let seen = || seen[output].as_ref().and_then(|shape| shape.get(place).copied());
        self.channels_stated(output).or_else(seen).unwrap_or(channels)
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
        let mut session = Session::new(runtime.environment(), model.file(), model.weights(), &make)?;
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

/// Output samples for an input sample: by the receptive field, else by how much larger the result of the larger of two
/// images is, else, for networks of one size, by the sizes of image and result.
fn scale(field: Option<ReceptiveField>, image: [usize; 2], made: [Option<usize>; 2]) -> f64 {
    let grown = image[1] - image[0];
    let slope = || match made {
        [Some(less), Some(more)] if grown > 0 => Some(more.saturating_sub(less) as f64 / grown as f64),
        _ => None,
    };
    let whole = || made[0].map(|made| (made as f64 / image[0] as f64).round().max(1.0));
    field.map(|field| 1.0 / field.jump).or_else(slope).or_else(whole).unwrap_or(1.0)
}

/// The receptive field that tiles are cut by, and whether such tiles are exact.
///
/// A field that was read off the graph is taken as it is, and widened to the halo that the package declares where
/// operators that see the whole image make tiles inexact anyway. Where the graph tells none, the halo is the declared
/// one or a guess. A halo of the caller's own counts as exact only where it holds the whole field.
fn context(
    field: Option<ReceptiveField>,
    scale: f64,
    deficit: usize,
    declared: f64,
    local: bool,
    halo: i64,
) -> (ReceptiveField, bool) {
    let missing = deficit as f64 / scale;
    let around = |halo: f64| ReceptiveField { jump: 1.0 / scale, low: -halo, high: halo + missing };
    match (field, halo) {
        (Some(field), -1) if local => (field, true),
        (Some(field), -1) => (ReceptiveField { low: field.low.min(-declared), ..field }, false),
        (None, -1) => (around(declared.max(HALO)), false),
        (field, halo) => {
            let chosen = around(halo as f64);
            (chosen, local && field.is_some_and(|field| chosen.low <= field.low && chosen.high >= field.high))
        }
    }
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
