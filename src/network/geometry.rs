//! How a network maps images: its axes, the extents it takes, and what happens along z, y and x.

use serde_json::{Value, json};

use super::description::{Axis, AxisKind, Port, Size};
use super::graph::value::{Along, Place};
use super::graph::{self, Feed, Found};
use super::model::Model;
use super::tiles::Rule;
use crate::error::Result;

/// How a network maps images.
#[derive(Clone, Debug)]
pub struct Geometry {
    /// Inputs with their axes as they are used.
    pub inputs: Vec<Port>,
    /// Outputs with their axes as they are used.
    pub outputs: Vec<Port>,
    /// Which input is the image.
    pub image: usize,
    /// Which inputs the image's channels go to, in order, with the first channel of each; the first input is `image`.
    pub fed: Vec<(usize, usize)>,
    /// Inputs that hold what the network remembers, each with the output that is their next content.
    pub states: Vec<(usize, usize)>,
    /// Which outputs the caller gets.
    pub given: Vec<usize>,
    /// Time points that the network reads together.
    pub frames: usize,
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
    /// How far tiles differed in a run, as a share of the result's range, although they should not have.
    pub refuted: Option<f64>,
}

impl Geometry {
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
        self.states.is_empty()
            && self.fed.iter().all(|&(at, _)| free(&self.inputs[at]))
            && self.given.iter().all(|&at| free(&self.outputs[at]))
    }

    /// Follows tiles through the graph.
    ///
    /// # Errors
    /// [`Error::Model`](crate::error::Error::Model) when such tiles cannot be run.
    pub fn follow(&self, model: &Model, batch: usize, channels: usize, extents: [usize; 3]) -> Result<Found> {
        let shapes = self.shapes(batch, channels, extents);
        let is_fed = |at: usize| self.fed.iter().any(|&(fed, _)| fed == at);
        let feed = |(at, (port, shape)): (usize, (&Port, Vec<usize>))| {
            let along = |axis: &Axis| match axis.kind.spatial() {
                Some(spatial) if is_fed(at) => Along::Place(Place::image(spatial)),
                // Other inputs are filled with one number.
                _ if !is_fed(at) => Along::Same,
                _ => Along::Other,
            };
            Feed { kind: port.sample_type, along: port.axes.iter().map(along).collect(), shape }
        };
        let feeds: Vec<Feed> = self.inputs.iter().zip(shapes).enumerate().map(feed).collect();
        graph::follow(model.graph(), &feeds, &self.given)
    }

    /// Whether tiles are exact along all axes.
    pub fn exact(&self) -> bool {
        self.rules.iter().all(|rule| rule.exact)
    }

    /// What the exactness of tiles depends on.
    pub fn mark(&self) -> String {
        let rules = self.rules.each_ref().map(|rule| (rule.stride, rule.lead, rule.trail));
        format!("{} {rules:?}", self.key())
    }

    /// What runs of a network depend on: the axes of its inputs, and which of its outputs count.
    pub fn key(&self) -> String {
        let axes: Vec<String> = self.inputs.iter().map(Port::letters).collect();
        format!("{} {:?}", axes.join(" "), self.given)
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
            "missing_zyx": list(&|rule| rule.deficit.max(0).into()),
            "exact_tiles": self.exact(),
            "global_operators": self.global,
            "unknown_operators": self.unknown,
            "refuted": self.refuted,
        })
    }
}
