//! Operators that join samples along whole axes: normalisation, reduction, softmax, sums; see [`super::value`].
//!
//! They are local where no place of the image runs along those axes, and see the whole image otherwise.

use super::call::Call;
use super::fold::reduced_axes;
use super::shapes::{axes, told};
use super::value::{Axis, Factor, Flow, Value};
use crate::network::onnx::{self, NodeProto};

/// What such an operator makes; `None` where it is none of them, or its axes are not known.
pub fn through(call: Call<'_>) -> Option<Flow> {
    let value = call.value(0)?;
    let own = value.axes.as_deref()?;
    let rank = own.len();
    let all_from = |first: usize| (first..rank).collect::<Vec<_>>();
    let over: Vec<usize> = match call.operator() {
        "BatchNormalization" if trains(call.node, call.opset) => (0..rank).filter(|&at| at != 1).collect(),
        "BatchNormalization" => vec![],
        "LRN" => vec![1],
        "InstanceNormalization" => all_from(2),
        // Groups are of channels and all places.
        "GroupNormalization" => all_from(1),
        "LayerNormalization" | "RMSNormalization" => all_from(call.axis(-1, rank)?),
        "LpNormalization" => vec![call.axis(-1, rank)?],
        "MeanVarianceNormalization" => match call.node.attribute("axes") {
            Some(list) => axes(&list.ints, rank)?,
            None => (0..rank).filter(|&at| at != 1).collect(),
        },
        // Before opset 13 everything from the axis on is one.
        "Softmax" | "LogSoftmax" | "Hardmax" if call.opset < 13 => all_from(call.axis(1, rank)?),
        "Softmax" | "LogSoftmax" | "Hardmax" => vec![call.axis(-1, rank)?],
        "CumSum" => axes(call.content(1)?.integers()?, rank)?,
        "DynamicQuantizeLinear" => all_from(0),
        "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => return Some(joined(call, &all_from(2), true)),
        "ArgMax" | "ArgMin" => {
            let at = call.axis(0, rank)?;
            let mut flow = joined(call, &[at], call.node.int("keepdims", 1) == 1);
            flow.values[0].kind = onnx::INT64;
            return Some(flow);
        }
        "TopK" => return top(call),
        name if name.starts_with("Reduce") => {
            let over = reduced_axes(call.node, rank, told(call.node, "axes", &call.contents()?, 1)?)?;
            return Some(joined(call, &over, call.node.int("keepdims", 1) == 1));
        }
        _ => return None,
    };
    let global = over.iter().any(|&at| own[at].has_places());
    let made = Value { axes: Some(own.to_vec()), content: None, kind: value.kind, moving: value.moving };
    let mut flow = Flow { in_place: true, ..Flow::reaching(made, global) };
    flow.values.resize_with(call.node.output.len().max(1), Value::unknown);
    Some(flow)
}

/// Whether a node is a batch normalisation that takes the statistics of what it reads.
pub fn trains(node: &NodeProto, opset: i64) -> bool {
    node.op_type == "BatchNormalization"
        && match opset {
            ..7 => node.int("is_test", 0) == 0,
            // Statistics come out where they are computed.
            7..14 => node.output.iter().filter(|name| !name.is_empty()).count() > 1,
            _ => node.int("training_mode", 0) == 1,
        }
}

/// Whether ONNX Runtime (1.28.0) writes the statistics of such a node to where nothing is.
pub fn ends_the_process(node: &NodeProto, opset: i64) -> bool {
    opset >= 14 && trains(node, opset) && (node.output.len() < 3 || node.output.iter().any(String::is_empty))
}

/// The value with the axes `over` joined into one sample each.
fn joined(call: Call<'_>, over: &[usize], keeps: bool) -> Flow {
    let value = call.value(0).cloned().unwrap_or_default();
    let own = value.axes.unwrap_or_default();
    let global = over.iter().any(|&at| own[at].has_places());
    let mut made = Vec::new();
    for (at, axis) in own.into_iter().enumerate() {
        match (over.contains(&at), keeps) {
            (false, _) => made.push(axis),
            (true, true) => made.push(Axis::of(Factor::same(1))),
            (true, false) => {}
        }
    }
    Flow::reaching(Value::with_axes(value.kind, made), global)
}

/// The greatest samples along an axis, and where they are.
fn top(call: Call<'_>) -> Option<Flow> {
    let value = call.value(0)?;
    let own = value.axes.as_deref()?;
    let at = call.axis(-1, own.len())?;
    let count = match call.value(1) {
        Some(_) => *call.content(1)?.integers()?.first()?,
        None => call.node.int("k", 0),
    };
    let mut made = own.to_vec();
    made[at] = Axis::other(usize::try_from(count).ok()?);
    let flow = Flow::reaching(Value::with_axes(value.kind, made.clone()), own[at].has_places());
    let places = Value::with_axes(onnx::INT64, made);
    Some(Flow {
        values: vec![flow.values.into_iter().next()?, places],
        ..Flow::reaching(Value::default(), own[at].has_places())
    })
}
