//! What a network does to the sizes of images, read off its graph without running it.
//!
//! [`follow`] walks the nodes for one concrete shape of the inputs:
//!
//! ```text
//!     for each node, in an order in which every value is made before it is read:
//!         shape    of what it makes, from the shapes of what it reads
//!         content  of what it makes, where that is a small constant: sizes are computed inside the graph
//!         field    for every axis that came from a spatial axis of the image:
//!                  sample o depends on the image's samples o * jump + low ..= o * jump + high
//!         memory   of what is now alive: made, and still to be read
//! ```
//!
//! From this follow the network's scale (1 / jump of the result), its total stride (least common multiple of all jumps),
//! the exact halo of a tile (low and high of the result), and the memory of the activations. Source of the arithmetic:
//! Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019,
//! doi 10.23915/distill.00021.
//!
//! Concrete shapes, not symbols: sizes in exported graphs go through divisions, slices and comparisons, and an algebra
//! of symbols that holds all of them is far larger than arithmetic on the numbers of one image. What depends on the size
//! shows when two images are followed (see `geometry.rs`).
//!
//! Operators that see the whole image (instance normalisation, global pooling, attention) and operators that are not
//! known here (loops) are named in the result; tiles of such a network cannot be exact. An operator that is known but
//! was given something unexpected counts as unknown too: a wrong field would be a seam that nobody is told of, an
//! unknown one costs a wider halo and a stated seam.

mod moves;
mod operators;
pub mod value;
mod windows;

use std::collections::{HashMap, HashSet};

use self::value::{Reach, ReceptiveField, Value};
use super::onnx::{AXES, ModelProto, NodeProto};
use crate::error::{Error, Result};

/// What [`follow`] found out.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Shape of every output of the network, where it follows from the graph.
    pub shapes: Vec<Option<Vec<usize>>>,
    /// For every output and each of its axes: the image axis (0 z, 1 y, 2 x) it came from and its receptive field.
    pub fields: Vec<Vec<Option<(usize, ReceptiveField)>>>,
    /// Least common multiple of the strides inside the network, along z, y and x.
    pub strides: [usize; 3],
    /// Operators that see the whole image, in the order of the graph, each once.
    pub global: Vec<String>,
    /// Operators that are not known here, each once.
    pub unknown: Vec<String>,
    /// Most bytes of activations alive at once; a lower bound where operators are unknown.
    pub bytes: u64,
}

/// A graph prepared for [`follow`]: nodes in an order in which every value is made before it is read.
pub struct Graph {
    nodes: Vec<NodeProto>,
    inputs: Vec<String>,
    outputs: Vec<String>,
    constants: HashMap<String, Value>,
}

impl Graph {
    /// Sorts a network's nodes and reads its constants.
    ///
    /// # Errors
    /// [`Error::Model`] when nodes wait for each other in a circle, or read what nobody makes.
    pub fn new(model: &ModelProto) -> Result<Self> {
        let graph = model.graph();
        let mut constants = HashMap::new();
        for weight in &graph.initializer {
            constants.insert(weight.name.clone(), Value::of_weight(weight));
        }
        let inputs: Vec<String> = model.inputs().iter().map(|input| input.name.clone()).collect();
        let nodes = sorted(&graph.node, &inputs, &constants)?;
        let outputs = graph.output.iter().map(|output| output.name.clone()).collect();
        Ok(Self { nodes, inputs, outputs, constants })
    }

    /// Whether several nodes read what one node makes.
    pub fn branches(&self) -> bool {
        let mut read = HashSet::new();
        let made = |name: &str| !self.constants.contains_key(name) && !self.inputs.iter().any(|input| input == name);
        let mut names = self.nodes.iter().flat_map(|node| &node.input).filter(|name| !name.is_empty() && made(name));
        names.any(|name| !read.insert(name.as_str()))
    }

    /// The operators and how often each occurs, most frequent first.
    pub fn operators(&self) -> Vec<(String, usize)> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for node in &self.nodes {
            *counts.entry(operator(node)).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// Follows inputs of these shapes through the network; `spatial` states for the axes of the first image input which
/// are z (0), y (1) and x (2), and `image` is the number of that input.
///
/// # Errors
/// [`Error::Model`] when shapes contradict the graph: such an image cannot be run.
pub fn follow(graph: &Graph, shapes: &[Vec<usize>], image: usize, spatial: &[Option<usize>]) -> Result<Found> {
    let mut values: HashMap<&str, Value> = HashMap::new();
    for (at, (name, shape)) in graph.inputs.iter().zip(shapes).enumerate() {
        let mut value = Value::of_shape(shape.clone());
        if at == image {
            for (field, axis) in value.fields.iter_mut().zip(spatial) {
                *field = axis.map(|axis| (axis, ReceptiveField::default()));
            }
        }
        values.insert(name, value);
    }
    let mut last_use: HashMap<&str, usize> = HashMap::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        last_use.extend(node.input.iter().map(|name| (name.as_str(), at)));
    }
    last_use.extend(graph.outputs.iter().map(|name| (name.as_str(), usize::MAX)));

    let mut found = Found { strides: [1; 3], ..Found::default() };
    let mut alive: u64 = 0;
    let (absent, mut seen) = (Value::default(), HashSet::new());
    for (at, node) in graph.nodes.iter().enumerate() {
        let reads: Vec<&Value> = node
            .input
            .iter()
            .map(|name| values.get(name.as_str()).or_else(|| graph.constants.get(name)).unwrap_or(&absent))
            .collect();
        let flow = operators::through(node, &reads)?;
        // Loops and branches read what lies around them without naming it.
        let captures = node.attribute.iter().any(|attribute| attribute.g.is_some());
        let moving = captures || reads.iter().any(|value| value.moving);
        let in_place = flow.in_place
            && node.input.first().is_some_and(|name| last_use.get(name.as_str()) == Some(&at))
            && reads.first().is_some_and(|value| value.moving);
        let names = match flow.reach {
            Reach::Global if moving => Some(&mut found.global),
            Reach::Unknown if moving => Some(&mut found.unknown),
            _ => None,
        };
        let name = operator(node);
        if let Some(names) = names.filter(|_| seen.insert((flow.reach, name.clone()))) {
            names.push(name);
        }
        for (name, mut value) in node.output.iter().zip(flow.values) {
            value.moving &= moving;
            let rank = value.fields.len().max(value.shape.as_ref().map_or(0, Vec::len));
            if rank > AXES {
                return Err(Error::Model(format!(
                    "node {} ({}) makes a value of {rank} axes; it must have at most {AXES}",
                    node.name, node.op_type
                )));
            }
            if value.moving && !in_place {
                alive = alive.saturating_add(value.bytes());
            }
            for (axis, field) in value.fields.iter().flatten() {
                found.strides[*axis] = lcm(found.strides[*axis], field.stride());
            }
            // What nobody reads is not kept.
            if !name.is_empty() && last_use.contains_key(name.as_str()) {
                values.insert(name, value);
            }
        }
        found.bytes = found.bytes.max(alive);
        for (order, name) in node.input.iter().enumerate() {
            if last_use.get(name.as_str()) != Some(&at) {
                continue;
            }
            let freed = values.remove(name.as_str()).filter(|value| value.moving && !(in_place && order == 0));
            alive = alive.saturating_sub(freed.as_ref().map_or(0, Value::bytes));
        }
    }
    for name in &graph.outputs {
        let value = values.remove(name.as_str()).or_else(|| graph.constants.get(name).cloned()).unwrap_or_default();
        found.fields.push(value.fields);
        found.shapes.push(value.shape);
    }
    Ok(found)
}

fn operator(node: &NodeProto) -> String {
    if node.domain.is_empty() || node.domain == "ai.onnx" {
        node.op_type.clone()
    } else {
        format!("{}.{}", node.domain, node.op_type)
    }
}

/// The nodes so that each comes after those it reads from.
fn sorted(nodes: &[NodeProto], inputs: &[String], constants: &HashMap<String, Value>) -> Result<Vec<NodeProto>> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            if makers.insert(name, at).is_some() {
                return Err(Error::Model(format!("value {name} is made by two nodes; each value is made once")));
            }
        }
    }
    let mut waits = vec![0_usize; nodes.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        for name in node.input.iter().filter(|name| !name.is_empty()) {
            match makers.get(name.as_str()) {
                Some(&maker) => {
                    waits[at] += 1;
                    readers[maker].push(at);
                }
                None if constants.contains_key(name) || inputs.contains(name) => {}
                None => {
                    return Err(Error::Model(format!(
                        "node {} reads {name}, which is neither an input, a weight nor made by a node",
                        node.name
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::onnx;

    #[test]
    fn a_circle_and_a_missing_value_are_errors() {
        let node = |input: &str, output: &str| NodeProto {
            input: vec![input.to_owned()],
            output: vec![output.to_owned()],
            op_type: "Relu".to_owned(),
            ..NodeProto::default()
        };
        let model = |nodes: Vec<NodeProto>| {
            let output = vec![onnx::ValueInfoProto { name: "b".to_owned(), r#type: None }];
            let graph = onnx::GraphProto { node: nodes, output, ..onnx::GraphProto::default() };
            ModelProto { graph: Some(graph), ..ModelProto::default() }
        };
        assert!(Graph::new(&model(vec![node("b", "a"), node("a", "b")])).is_err());
        assert!(Graph::new(&model(vec![node("c", "b")])).is_err());
    }

    #[test]
    fn least_common_multiples() {
        assert_eq!([lcm(4, 6), lcm(1, 7), lcm(8, 8)], [12, 7, 8]);
    }
}
