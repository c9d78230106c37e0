//! What a network does to images, read off its graph without running it.
//!
//! [`follow`] walks the nodes for one concrete shape of the inputs:
//!
//! ```text
//!     for each node, in an order in which every value is made before it is read:
//!         content  of what it makes, where it follows from shapes and constants: exporters compute sizes in the graph
//!         axes     of what it makes otherwise: extents, and how they follow the axes of the image
//!         memory   of what is now alive: made, and still to be read
//! ```
//!
//! From the axes of the result follow the network's scale and what of a tile is right at its borders; from all axes the
//! distance at which the network repeats itself (the least common multiple of what the image must be moved by to move
//! each of them by whole samples).
//!
//! Concrete shapes, not symbols: sizes in exported graphs go through divisions, slices and comparisons, and an algebra
//! of symbols that holds all of them is far larger than arithmetic on the numbers of one image. What depends on the size
//! shows when two images are followed: [`Found::differs_at`] names the first node that treats them differently, so that
//! its places count from a border that tiles do not have.
//!
//! Operators that see the whole image (instance normalisation, global pooling, attention) and operators that are not
//! known here (loops) are named in the result; tiles of such a network cannot be exact. An operator that is known but
//! was given something unexpected counts as unknown too: a wrong place would be a seam that nobody is told of, an
//! unknown one costs a wider halo and a stated seam.

mod about;
mod along;
mod call;
mod constant;
mod fold;
mod functions;
mod joined;
mod moves;
mod operators;
pub mod ratio;
mod resample;
mod shapes;
#[cfg(test)]
mod tests;
pub mod value;
mod windows;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use self::about::operator;
use self::call::Call;
use self::constant::Constant;
use self::functions::Node;
use self::value::{Along, Axis, Factor, Flow, Place, Reach, Value};
use super::onnx::{self, AXES, GraphProto, ModelProto, NodeProto, TensorProto};
use crate::error::{Error, Result};

/// What [`follow`] found out.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Axes of every output of the network, where they follow from the graph.
    pub axes: Vec<Option<Vec<Axis>>>,
    /// Least common multiple of the strides inside the network, along z, y and x.
    pub strides: [usize; 3],
    /// Operators that see the whole image, in the order of the graph, each once.
    pub global: Vec<String>,
    /// Operators that are not known here, each once.
    pub unknown: Vec<String>,
    /// Most bytes of activations alive at once; a lower bound where operators are unknown.
    pub bytes: u64,
    /// For every node that was walked, its operator and a number for the places of what it makes.
    marks: Vec<(String, u64)>,
}

/// A graph prepared for [`follow`]: nodes in an order in which every value is made before it is read.
pub struct Graph {
    nodes: Vec<Node>,
    inputs: Vec<String>,
    outputs: Vec<String>,
    constants: HashMap<String, Value>,
}

/// An input: its samples, and what runs along each of its axes.
#[derive(Clone, Debug)]
pub struct Feed {
    /// ONNX's number of the sample type.
    pub kind: i32,
    /// Extents, slowest first.
    pub shape: Vec<usize>,
    /// What runs along each axis.
    pub along: Vec<Along>,
}

impl Graph {
    /// Sorts a network's nodes and reads its constants, of which those in files of their own are in `files`.
    ///
    /// # Errors
    /// [`Error::Model`] when nodes wait for each other in a circle, or read what nobody makes.
    pub fn new(model: &ModelProto, files: &[(String, Arc<[u8]>)]) -> Result<Self> {
        let graph = model.graph();
        let mut constants = HashMap::new();
        for weight in &graph.initializer {
            constants.insert(weight.name.clone(), weight_value(weight, files));
        }
        let inputs: Vec<String> = model.inputs().iter().map(|input| input.name.clone()).collect();
        let nodes = sorted(functions::written_out(model)?, &inputs, &constants)?;
        let outputs = graph.output.iter().map(|output| output.name.clone()).collect();
        let graph = Self { nodes, inputs, outputs, constants };
        if let Some(name) = graph.ends_the_process() {
            return Err(Error::Model(format!(
                "node {name} (BatchNormalization) is one of training whose statistics are left out; ONNX Runtime ends \
                 the process where they are; export the network for inference"
            )));
        }
        Ok(graph)
    }

    /// Whether several nodes read what one node makes.
    pub fn branches(&self) -> bool {
        let mut read = HashSet::new();
        let made = |name: &str| !self.constants.contains_key(name) && !self.inputs.iter().any(|input| input == name);
        let inputs = self.nodes.iter().flat_map(|node| &node.proto.input);
        let mut names = inputs.filter(|name| !name.is_empty() && made(name));
        names.any(|name| !read.insert(name.as_str()))
    }

    /// For each node whether one of these outputs follows from it.
    fn leading_to(&self, given: &[usize]) -> Vec<bool> {
        let mut wanted: HashSet<&str> = given.iter().filter_map(|&at| Some(self.outputs.get(at)?.as_str())).collect();
        let mut counts = vec![false; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            if node.proto.output.iter().any(|name| wanted.contains(name.as_str())) {
                counts[at] = true;
                wanted.extend(node.proto.input.iter().map(String::as_str));
                captured(&node.proto, &mut |name| {
                    wanted.insert(name);
                });
            }
        }
        counts
    }
}

impl Found {
    /// The shape of an output, where it follows from the graph.
    pub fn shape(&self, output: usize) -> Option<Vec<usize>> {
        Some(self.axes.get(output)?.as_ref()?.iter().map(Axis::extent).collect())
    }

    /// How an axis of an output follows the image, where it does.
    pub fn place(&self, output: usize, axis: usize) -> Option<Place> {
        match self.axes.get(output)?.as_ref()?.get(axis)?.single()?.along {
            Along::Place(place) => Some(place),
            _ => None,
        }
    }

    /// The first operator that treats two images differently whose extents differ by multiples of the network's
    /// strides: it counts from the far border, or by the size.
    pub fn differs_at(&self, other: &Self) -> Option<&str> {
        let pairs = self.marks.iter().zip(&other.marks);
        pairs.into_iter().find(|(one, other)| one != other).map(|(one, _)| one.0.as_str())
    }
}

/// Follows inputs through the network; what only leads to other outputs than those of `given` does not count for
/// strides and reach.
///
/// # Errors
/// [`Error::Model`] when shapes contradict the graph: such an image cannot be run.
pub fn follow(graph: &Graph, feeds: &[Feed], given: &[usize]) -> Result<Found> {
    let mut walk = walked(graph, feeds, given)?;
    for name in &graph.outputs {
        let value = walk.values.remove(name.as_str()).or_else(|| graph.constants.get(name).cloned());
        walk.found.axes.push(value.and_then(|value| value.axes));
    }
    Ok(walk.found)
}

/// A walk over all nodes, with what is known of the outputs.
fn walked<'a>(graph: &'a Graph, feeds: &[Feed], given: &[usize]) -> Result<Walk<'a>> {
    let mut values: HashMap<&str, Value> = HashMap::new();
    for (name, feed) in graph.inputs.iter().zip(feeds) {
        let axis = |(&extent, &along): (&usize, &Along)| Axis::of(Factor { extent, along });
        let axes = feed.shape.iter().zip(&feed.along).map(axis).collect();
        values.insert(name, Value::with_axes(feed.kind, axes));
    }
    let mut last_use: HashMap<&str, usize> = HashMap::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        last_use.extend(node.proto.input.iter().map(|name| (name.as_str(), at)));
        captured(&node.proto, &mut |name| {
            last_use.insert(name, at);
        });
    }
    last_use.extend(graph.outputs.iter().map(|name| (name.as_str(), usize::MAX)));
    let found = Found { strides: [1; 3], ..Found::default() };
    let counts = graph.leading_to(given);
    let mut walk = Walk { graph, values, last_use, found, alive: 0, seen: HashSet::new(), counts: true };
    for (at, node) in graph.nodes.iter().enumerate() {
        walk.counts = counts[at];
        walk.node(&node.proto, node.opset, Some(at))?;
    }
    Ok(walk)
}

/// A walk over the nodes of a graph.
struct Walk<'a> {
    graph: &'a Graph,
    values: HashMap<&'a str, Value>,
    /// The last node that reads a value.
    last_use: HashMap<&'a str, usize>,
    found: Found,
    /// Bytes of values that are still to be read.
    alive: u64,
    seen: HashSet<(Reach, String)>,
    /// Whether the node at hand leads to an output that is given.
    counts: bool,
}

impl<'a> Walk<'a> {
    /// A node; `at` is its place in the graph, `None` inside a branch, whose values stay to the end.
    fn node(&mut self, node: &'a NodeProto, opset: i64, at: Option<usize>) -> Result<()> {
        if self.branch(node, opset)? {
            self.forget(node, at, false);
            return Ok(());
        }
        let lookup = |name: &'a String| self.values.get(name.as_str()).or_else(|| self.graph.constants.get(name));
        let unknown = Value::unknown();
        let reads: Vec<Option<&Value>> =
            node.input.iter().map(|name| (!name.is_empty()).then(|| lookup(name).unwrap_or(&unknown))).collect();
        let flow = operators::through(Call { node, opset, reads: &reads })?;
        // Loops and branches read what lies around them without naming it.
        let captures = node.attribute.iter().any(|attribute| attribute.g.is_some());
        let moving = captures || reads.iter().flatten().any(|value| value.moving);
        let first = node.input.first();
        let in_place = flow.in_place
            && first.is_some_and(|name| at.is_some() && self.last_use.get(name.as_str()).copied() == at)
            && reads.first().copied().flatten().is_some_and(|value| value.moving);
        self.note(node, &flow, moving);
        for (name, mut value) in node.output.iter().zip(flow.values) {
            value.moving &= moving;
            let rank = value.axes.as_ref().map_or(0, Vec::len);
            if rank > AXES {
                return Err(Error::Model(format!(
                    "node {} ({}) makes a value of {rank} axes; it must have at most {AXES}",
                    node.name, node.op_type
                )));
            }
            if value.moving && !in_place {
                self.alive = self.alive.saturating_add(value.bytes());
            }
            for place in places(&value).filter(|_| self.counts) {
                let stride = &mut self.found.strides[place.axis];
                *stride = lcm(*stride, usize::try_from(place.jump.numerator()).unwrap_or(usize::MAX));
            }
            // What nobody reads is not kept.
            if !name.is_empty() && (at.is_none() || self.last_use.contains_key(name.as_str())) {
                self.values.insert(name, value);
            }
        }
        self.found.bytes = self.found.bytes.max(self.alive);
        self.forget(node, at, in_place);
        Ok(())
    }

    /// Walks the branch that is taken, where the condition is known.
    fn branch(&mut self, node: &'a NodeProto, opset: i64) -> Result<bool> {
        if node.op_type != "If" || !matches!(&*node.domain, "" | "ai.onnx") {
            return Ok(false);
        }
        let condition = node.input.first().and_then(|name| {
            let value = self.values.get(name.as_str()).or_else(|| self.graph.constants.get(name))?;
            value.content.as_ref()?.integers()?.first().copied()
        });
        let taken = condition.map(|condition| if condition != 0 { "then_branch" } else { "else_branch" });
        let Some(graph) = taken.and_then(|name| node.attribute(name)?.g.as_ref()) else { return Ok(false) };
        for weight in &graph.initializer {
            self.values.insert(&weight.name, weight_value(weight, &[]));
        }
        for inner in &graph.node {
            self.node(inner, opset, None)?;
        }
        for (name, inner) in node.output.iter().zip(&graph.output) {
            let value = self.values.get(inner.name.as_str()).or_else(|| self.graph.constants.get(&inner.name));
            let value = value.cloned().unwrap_or_else(Value::unknown);
            self.values.insert(name, value);
        }
        Ok(true)
    }

    /// Notes what a node is and where the places of what it makes are.
    fn note(&mut self, node: &NodeProto, flow: &Flow, moving: bool) {
        if !self.counts {
            return;
        }
        let name = operator(node);
        let names = match flow.reach {
            Reach::Global if moving => Some(&mut self.found.global),
            Reach::Unknown if moving => Some(&mut self.found.unknown),
            _ => None,
        };
        if let Some(names) = names.filter(|_| self.seen.insert((flow.reach, name.clone()))) {
            names.push(name.clone());
        }
        let mut hasher = DefaultHasher::new();
        for place in flow.values.iter().flat_map(places) {
            (place.axis, place.jump, place.origin.to_bits(), place.lead, place.trail).hash(&mut hasher);
        }
        self.found.marks.push((name, hasher.finish()));
    }

    /// Forgets what no later node reads.
    fn forget(&mut self, node: &'a NodeProto, at: Option<usize>, in_place: bool) {
        for (order, name) in node.input.iter().enumerate() {
            if at.is_none() || self.last_use.get(name.as_str()).copied() != at {
                continue;
            }
            let freed = self.values.remove(name.as_str()).filter(|value| value.moving && !(in_place && order == 0));
            self.alive = self.alive.saturating_sub(freed.as_ref().map_or(0, Value::bytes));
        }
    }
}

fn places(value: &Value) -> impl Iterator<Item = Place> + '_ {
    let factors = value.axes.iter().flatten().flat_map(|axis| &axis.0);
    factors.filter_map(|factor| match factor.along {
        Along::Place(place) if factor.extent > 1 => Some(place),
        _ => None,
    })
}

/// A weight: its content where it may be a size, else its shape.
fn weight_value(weight: &TensorProto, files: &[(String, Arc<[u8]>)]) -> Value {
    let count = weight.elements().unwrap_or(u64::MAX);
    let may_be_size = onnx::is_whole(weight.data_type) || count <= FEW;
    let content = || match weight.external() {
        None => Constant::of_tensor(weight),
        Some(name) => {
            let bytes = &files.iter().find(|(file, _)| file == name)?.1;
            let len = usize::try_from(count.checked_mul(onnx::sample_bytes(weight.data_type))?).ok()?;
            let start = weight.external_offset();
            let raw = bytes.get(start..start.checked_add(len)?).filter(|_| count <= constant::LIMIT as u64)?;
            Constant::of_tensor(&TensorProto { raw_data: raw.to_vec().into(), ..weight.clone() })
        }
    };
    match may_be_size.then(content).flatten() {
        Some(constant) => Value::constant(constant),
        None => {
            let shape: Vec<usize> = weight.dims.iter().map(|&extent| usize::try_from(extent).unwrap_or(0)).collect();
            Value { moving: false, ..Value::of_shape(weight.data_type, &shape) }
        }
    }
}

/// Calls `take` with every name that the graphs inside a node read.
fn captured<'a>(node: &'a NodeProto, take: &mut impl FnMut(&'a str)) {
    fn of_graph<'a>(graph: &'a GraphProto, take: &mut dyn FnMut(&'a str)) {
        for node in &graph.node {
            node.input.iter().for_each(|name| take(name));
            for inner in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
                of_graph(inner, take);
            }
        }
        graph.output.iter().for_each(|output| take(&output.name));
    }
    for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
        of_graph(graph, take);
    }
}

/// The nodes so that each comes after those it reads from.
fn sorted(nodes: Vec<Node>, inputs: &[String], constants: &HashMap<String, Value>) -> Result<Vec<Node>> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        for name in node.proto.output.iter().filter(|name| !name.is_empty()) {
            if makers.insert(name, at).is_some() {
                return Err(Error::Model(format!("value {name} is made by two nodes; each value is made once")));
            }
        }
    }
    let mut waits = vec![0_usize; nodes.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        let mut read: Vec<&str> = node.proto.input.iter().map(String::as_str).collect();
        // What graphs inside a node make themselves nobody makes out here.
        captured(&node.proto, &mut |name| read.extend(makers.contains_key(name).then_some(name)));
        for name in read.into_iter().filter(|name| !name.is_empty()) {
            match makers.get(name) {
                Some(&maker) => {
                    waits[at] += 1;
                    readers[maker].push(at);
                }
                None if constants.contains_key(name) || inputs.iter().any(|input| input == name) => {}
                None => {
                    return Err(Error::Model(format!(
                        "node {} reads {name}, which is neither an input, a weight nor made by a node",
                        node.proto.name
                    )));
                }
            }
        }
    }
    // Ready nodes are taken by their place in the file, so that a file in order stays as it is.
    let mut ready: std::collections::BTreeSet<usize> = (0..nodes.len()).filter(|&at| waits[at] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(at) = ready.pop_first() {
        order.push(nodes[at].clone());
        for &reader in &readers[at] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    if order.len() < nodes.len() {
        let stuck = nodes.len() - order.len();
        return Err(Error::Model(format!("the network is a graph with a circle; {stuck} of its nodes can never run")));
    }
    Ok(order)
}

/// The least common multiple.
pub fn lcm(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a.checked_div(x).map_or(0, |part| part.saturating_mul(b))
}

/// Real weights of more samples are no factors.
const FEW: u64 = 64;
