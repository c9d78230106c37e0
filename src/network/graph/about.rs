//! What the operators of a graph, those in its loops and branches included, make of it.

use std::collections::HashMap;

use super::{Graph, along};
use crate::network::onnx::{GraphProto, NodeProto};

impl Graph {
    /// Whether ONNX Runtime may rewrite the graph. With batch normalisations that take the statistics of what they
    /// read, it (1.28.0) joins them with their neighbours by the statistics they were stored with, which each run then
    /// moves on.
    pub fn may_be_rewritten(&self) -> bool {
        self.find(|node, opset| along::trains(node, opset).then_some(())).is_none()
    }

    /// A batch normalisation at which ONNX Runtime ends the process.
    pub fn ends_the_process(&self) -> Option<&str> {
        self.find(|node, opset| along::ends_the_process(node, opset).then_some(node.name.as_str()))
    }

    /// An operator that draws random numbers.
    pub fn draws_numbers(&self) -> Option<&str> {
        let trains = |node: &NodeProto| {
            let mode =
                node.input.get(2).and_then(|name| self.constants.get(name)?.content.as_ref()?.integers()?.first());
            mode == Some(&1)
        };
        let draws = |node: &NodeProto| RANDOM.contains(&node.op_type.as_str());
        let drops = |node: &NodeProto| node.op_type == "Dropout" && trains(node);
        self.find(|node, _| (draws(node) || drops(node)).then_some(node.op_type.as_str()))
    }

    /// An operator that takes means and deviations of what it reads, as sums of single precision.
    pub fn normalises(&self) -> Option<&'static str> {
        self.find(|node, _| NORMALISING.iter().find(|&&name| name == node.op_type).copied())
    }

    /// An operator whose result has a size that depends on values.
    pub fn sizes_by_values(&self) -> Option<&str> {
        self.find(|node, _| SIZED.contains(&node.op_type.as_str()).then_some(node.op_type.as_str()))
    }

    /// The operators and how often each occurs, most frequent first; what is in a loop or a branch is its part.
    pub fn operators(&self) -> Vec<(String, usize)> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for node in &self.nodes {
            *counts.entry(operator(&node.proto)).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    /// What is first found in a node and the version of its operators, within loops and branches too.
    fn find<'a, T>(&'a self, mut found: impl FnMut(&'a NodeProto, i64) -> Option<T>) -> Option<T> {
        self.nodes.iter().find_map(|node| within(&node.proto, node.opset, &mut found))
    }
}

fn within<'a, T>(node: &'a NodeProto, opset: i64, found: &mut dyn FnMut(&'a NodeProto, i64) -> Option<T>) -> Option<T> {
    let bodies = || node.attribute.iter().filter_map(|attribute| attribute.g.as_ref());
    if let Some(own) = found(node, opset) {
        return Some(own);
    }
    bodies().flat_map(|body: &GraphProto| &body.node).find_map(|inner| within(inner, opset, found))
}

/// An operator's name, with its domain where that is not ONNX's own.
pub fn operator(node: &NodeProto) -> String {
    if node.domain.is_empty() || node.domain == "ai.onnx" {
        node.op_type.clone()
    } else {
        format!("{}.{}", node.domain, node.op_type)
    }
}

/// Operators that draw random numbers.
const RANDOM: [&str; 6] =
    ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"];
/// Operators that take means and deviations of what they read.
const NORMALISING: [&str; 3] = ["GroupNormalization", "InstanceNormalization", "MeanVarianceNormalization"];
/// Operators that give as much as the values that they read make them.
const SIZED: [&str; 4] = ["NonZero", "Compress", "Unique", "NonMaxSuppression"];
