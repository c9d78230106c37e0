//! Shapes, small constants and receptive fields through single operators; see [`super`].

use super::value::{Flow, Reach, ReceptiveField, Value, axis};
use super::{moves, windows};
use crate::error::{Error, Result};
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of what it reads; operators that are not known give values of which nothing is known.
///
/// # Errors
/// [`Error::Model`] when the shapes contradict the operator.
pub fn through(node: &NodeProto, reads: &[&Value]) -> Result<Flow> {
    let unknown = || Flow::unknown(node.output.len());
    if !(node.domain.is_empty() || node.domain == "ai.onnx") {
        return Ok(unknown());
    }
    let flow = match (node.op_type.as_str(), reads) {
        ("Constant", _) => node.attribute("value").and_then(|value| value.t.as_ref()).map_or_else(
            || {
                let ints = node.ints("value_ints").iter().map(|&value| value as f64).collect();
                Some(Flow::local(Value::list(ints)))
            },
            |tensor| Some(Flow::local(Value::of_weight(tensor))),
        ),
        ("Shape", [value, ..]) => {
            value.shape.as_ref().map(|shape| Flow::local(Value::list(shape.iter().map(|&n| n as f64).collect())))
        }
        ("Conv" | "MaxPool" | "AveragePool" | "LpPool" | "ConvTranspose", _) => windows::through(node, reads)?,
        ("Resize" | "Upsample", _) => windows::resized(node, reads)?,
        ("DepthToSpace" | "SpaceToDepth", [value, ..]) => windows::rearranged(node, value)?,
        ("Pad", [value, ..]) => moves::padded(node, value, reads),
        ("Slice", [value, ..]) => moves::sliced(node, value, reads),
        ("Transpose", [value, ..]) => moves::transposed(node, value),
        ("Concat", _) => moves::concatenated(node, reads),
        ("Split", [value, ..]) => moves::split(node, value, reads),
        ("Squeeze" | "Unsqueeze", [value, ..]) => moves::squeezed(node, value, reads),
        ("Reshape" | "Flatten", [value, ..]) => moves::reshaped(node, value, reads),
        ("Gather", [value, index, ..]) => moves::gathered(node, value, index),
        ("GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool", [value, ..]) => value.shape.as_ref().map(|shape| {
            let pooled = shape.iter().enumerate().map(|(at, &n)| if at < 2 { n } else { 1 }).collect();
            Flow::global(Value::of_shape(pooled))
        }),
        ("InstanceNormalization" | "GroupNormalization", [value, ..]) => Some(Flow::global((*value).clone())),
        ("LayerNormalization" | "Softmax" | "LogSoftmax" | "Hardmax" | "MeanVarianceNormalization", [value, ..]) => {
            Some(along(node, value))
        }
        (name, [value, ..]) if ONE_BY_ONE.contains(&name) => {
            let mut made = (*value).clone();
            made.content = match (name, made.content) {
                ("Identity", content) => content,
                ("Cast", content) if [onnx::INT32, onnx::INT64].contains(&(node.int("to", 0) as i32)) => {
                    content.map(|content| content.into_iter().map(f64::trunc).collect())
                }
                ("Cast", content) => content,
                ("Floor", content) => content.map(|content| content.into_iter().map(f64::floor).collect()),
                ("Ceil", content) => content.map(|content| content.into_iter().map(f64::ceil).collect()),
                _ => None,
            };
            Some(Flow::in_place(made))
        }
        (name, _) if TOGETHER.contains(&name) => together(node, reads)?,
        (name, [value, ..]) if name.starts_with("Reduce") => reduced(node, value, reads),
        ("MatMul" | "Gemm", [left, right, ..]) => multiplied(node, left, right),
        _ => None,
    };
    Ok(flow.unwrap_or_else(unknown))
}

/// Element by element with broadcasting.
fn together(node: &NodeProto, reads: &[&Value]) -> Result<Option<Flow>> {
    let Some(shapes) = reads.iter().map(|value| value.shape.clone()).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let rank = shapes.iter().map(Vec::len).max().unwrap_or(0);
    let (mut shape, mut fields) = (vec![1_usize; rank], vec![None; rank]);
    for (value, own) in reads.iter().zip(&shapes) {
        for (at, &extent) in own.iter().enumerate() {
            let axis = rank - own.len() + at;
            if shape[axis] != 1 && extent != 1 && shape[axis] != extent {
                return Err(Error::Model(format!(
                    "node {} ({}) joins shapes {shapes:?}, which do not fit; the image's size does not suit the network",
                    node.name, node.op_type
                )));
            }
            shape[axis] = if extent == 1 { shape[axis] } else { extent };
            fields[axis] = match (fields[axis], value.fields.get(at).copied().flatten()) {
                (Some((axis, field)), Some((_, other))) => Some((axis, ReceptiveField::join(field, other))),
                (one, other) => one.or(other),
            };
        }
    }
    let content = match (reads, node.op_type.as_str()) {
        ([Value { content: Some(a), .. }, Value { content: Some(b), .. }], name) => {
            let pair = |at: usize| Some((*a.get(at % a.len().max(1))?, *b.get(at % b.len().max(1))?));
            let count = a.len().max(b.len());
            (0..count).map(|at| pair(at).and_then(|(a, b)| folded(name, a, b))).collect()
        }
        _ => None,
    };
    let mut value = Value::with_fields(shape, fields);
    value.content = content;
    let in_place = reads.first().is_some_and(|first| first.shape == value.shape);
    Ok(Some(Flow { values: vec![value], reach: Reach::Local, in_place }))
}

fn folded(name: &str, a: f64, b: f64) -> Option<f64> {
    match name {
        "Add" => Some(a + b),
        "Sub" => Some(a - b),
        "Mul" => Some(a * b),
        "Div" if b != 0.0 => Some(a / b),
        "Mod" if b != 0.0 => Some(a.rem_euclid(b)),
        "Max" => Some(a.max(b)),
        "Min" => Some(a.min(b)),
        _ => None,
    }
}

/// Operators that look along one axis or the last few.
fn along(node: &NodeProto, value: &Value) -> Flow {
    let first = match (node.op_type.as_str(), value.shape.as_ref()) {
        ("MeanVarianceNormalization", _) | (_, None) => return Flow::global(value.clone()),
        (_, Some(shape)) => axis(node.int("axis", -1), shape.len()).unwrap_or(0),
    };
    let last = if node.op_type == "LayerNormalization" { value.fields.len() } else { first + 1 };
    let spatial = value.fields.iter().take(last).skip(first).any(Option::is_some);
    if spatial { Flow::global(value.clone()) } else { Flow::in_place(value.clone()) }
}

fn reduced(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let shape = value.shape.as_ref()?;
    let stated = node.ints("axes").to_vec();
    let axes = match (stated.is_empty(), reads.get(1)) {
        (false, _) => stated,
        (true, Some(axes)) => axes.integers()?,
        (true, None) => (0..shape.len() as i64).collect(),
    };
    let places = axes.iter().map(|&at| axis(at, shape.len())).collect::<Option<Vec<_>>>()?;
    let global = places.iter().any(|&at| value.fields.get(at).copied().flatten().is_some());
    let (mut made, mut fields) = (Vec::new(), Vec::new());
    for (at, &extent) in shape.iter().enumerate() {
        match (places.contains(&at), node.int("keepdims", 1) == 1) {
            (false, _) => (made.push(extent), fields.push(value.fields[at])),
            (true, true) => (made.push(1), fields.push(None)),
            (true, false) => continue,
        };
    }
    let result = Value::with_fields(made, fields);
    Some(if global { Flow::global(result) } else { Flow::local(result) })
}

fn multiplied(node: &NodeProto, left: &Value, right: &Value) -> Option<Flow> {
    let (rows, columns) = (left.shape.as_ref()?, right.shape.as_ref()?);
    // Mixing channels sample by sample is local; anything else mixes places.
    if right.moving || columns.len() != 2 || rows.is_empty() || left.fields.last()?.is_some() {
        return None;
    }
    let flipped = node.op_type == "Gemm" && node.int("transB", 0) == 1;
    let mut made = rows.clone();
    *made.last_mut()? = columns[usize::from(!flipped)];
    Some(Flow::local(Value::with_fields(made, left.fields.clone())))
}

const ONE_BY_ONE: &[&str] = &[
    "Abs",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "DequantizeLinear",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "IsInf",
    "IsNaN",
    "LRN",
    "LeakyRelu",
    "Log",
    "Mish",
    "Neg",
    "Not",
    "QuantizeLinear",
    "Reciprocal",
    "Relu",
    "Round",
    "Selu",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Tanh",
    "ThresholdedRelu",
];
const TOGETHER: &[&str] = &[
    "Add",
    "And",
    "Div",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Max",
    "Mean",
    "Min",
    "Mod",
    "Mul",
    "Or",
    "PRelu",
    "Pow",
    "Sub",
    "Sum",
    "Where",
    "Xor",
];
