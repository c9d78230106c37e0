//! What an output holds, and so in which units it comes back.

use super::axis::AxisKind;
use super::description::{OutputKind, Port};
use super::onnx::{self, GraphProto, ValueInfoProto};
use super::operations::Operation;

/// What an output holds: by its last steps, by what the network does last, by its sample type, and by its name.
pub fn of_output(port: &Port, value: &ValueInfoProto, graph: &GraphProto) -> OutputKind {
    let by_step = port.operations.iter().rev().find_map(|operation| match operation {
        Operation::Sigmoid | Operation::Softmax { .. } => Some(OutputKind::Probability),
        Operation::Binarize { .. } => Some(OutputKind::Labels),
        _ => None,
    });
    let whole = matches!(value.sample_type(), onnx::INT64 | onnx::BOOL);
    by_step
        .or_else(|| by_operator(&value.name, graph))
        .or_else(|| whole.then_some(OutputKind::Labels))
        .or_else(|| OutputKind::of_name(&port.name))
        .or_else(|| OutputKind::of_name(&value.name))
        .unwrap_or(OutputKind::Image)
}

/// What the operator that makes a value makes, behind those that only carry it on.
fn by_operator(name: &str, graph: &GraphProto) -> Option<OutputKind> {
    let mut name = name;
    for _ in 0..CARRIED {
        let node = graph.node.iter().find(|node| node.output.iter().any(|output| output == name))?;
        match node.op_type.as_str() {
            "Cast" | "Identity" | "Transpose" | "Reshape" | "Squeeze" | "Unsqueeze" | "Slice" => {
                name = node.input.first()?
            }
            "Sigmoid" | "Softmax" => return Some(OutputKind::Probability),
            "ArgMax" | "ArgMin" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or"
            | "Not" => return Some(OutputKind::Labels),
            "LogSoftmax" => return Some(OutputKind::Other),
            _ => return None,
        }
    }
    None
}

/// Channels of a port that has one kind for each.
pub fn of_channel(port: &Port, channel: usize) -> OutputKind {
    let apart = port.position(AxisKind::Channel).is_some();
    let at = if apart { channel.min(port.kinds.len().saturating_sub(1)) } else { 0 };
    port.kinds.get(at).copied().unwrap_or(OutputKind::Image)
}

/// Operators that only carry a value on, one behind another.
const CARRIED: usize = 16;
