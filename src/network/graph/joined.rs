//! Operators that compute sample by sample, and those that multiply and sum over axes; see [`super::value`].

use std::collections::BTreeMap;

use super::call::Call;
use super::shapes::broadcast;
use super::value::{Along, Axis, Factor, Flow, Value};
use crate::error::{Error, Result};
use crate::network::onnx;

/// Operators of one value, sample by sample; parameters that they read run along channels.
pub fn one_by_one(call: Call<'_>) -> Option<Flow> {
    let value = call.value(0)?;
    let kind = match call.operator() {
        "Cast" => call.node.int("to", 0) as i32,
        "CastLike" => call.value(1).map_or(0, |like| like.kind),
        "IsInf" | "IsNaN" | "Not" => onnx::BOOL,
        "QuantizeLinear" => call.value(2).map_or(onnx::UINT8, |zero| zero.kind),
        "DequantizeLinear" => call.value(1).map_or(onnx::FLOAT, |scale| scale.kind),
        _ => value.kind,
    };
    let made = Value { axes: Some(value.axes.clone()?), content: None, kind, moving: value.moving };
    let mut flow = Flow { in_place: kind == value.kind, ..Flow::local(made) };
    flow.values.resize_with(call.node.output.len().max(1), Value::unknown);
    Some(flow)
}

/// Operators of several values, sample by sample, where extents of 1 are repeated.
///
/// # Errors
/// [`Error::Model`] where the extents do not fit.
pub fn together(call: Call<'_>) -> Result<Option<Flow>> {
    let values: Vec<&Value> = call.reads.iter().copied().flatten().collect();
    let Some(all) = values.iter().map(|value| value.axes.as_deref()).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let shapes: Vec<Vec<usize>> = all.iter().map(|axes| axes.iter().map(Axis::extent).collect()).collect();
    let borrowed: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    if broadcast(&borrowed).is_none() {
        return Err(Error::Model(format!(
            "node {} ({}) joins shapes {shapes:?}, which do not fit; the image's size does not suit the network",
            call.node.name,
            call.operator()
        )));
    }
    let (axes, global) = laid_over(&all);
    let kind = match call.operator() {
        "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "And" | "Or" | "Xor" => onnx::BOOL,
        "Where" => values.get(1).map_or(0, |value| value.kind),
        _ => values.first().map_or(0, |value| value.kind),
    };
    let in_place = values.first().is_some_and(|first| {
        first.kind == kind && first.shape().as_deref() == Some(&*axes.iter().map(Axis::extent).collect::<Vec<_>>())
    });
    Ok(Some(Flow { in_place, ..Flow::reaching(Value::with_axes(kind, axes), global) }))
}

/// The axes of values that are laid over each other, last axes together; and whether places then mean something else
/// than the image's, so that a tile is another than the same part of the image: weights as large as the image, an image
/// laid over its own transpose.
pub fn laid_over(all: &[&[Axis]]) -> (Vec<Axis>, bool) {
    let rank = all.iter().map(|axes| axes.len()).max().unwrap_or(0);
    let mut made = vec![Axis::of(Factor::same(1)); rank];
    let mut global = false;
    for axes in all {
        for (at, axis) in (rank - axes.len()..).zip(*axes) {
            let (joined, fits) = match (made[at].extent(), axis.extent()) {
                (_, 1) if !axis.0.iter().any(Factor::is_place) || made[at].extent() > 1 => (made[at].clone(), true),
                (1, _) => (axis.clone(), true),
                _ => join(&made[at], axis),
            };
            global |= !fits;
            made[at] = joined;
        }
    }
    (made, global)
}

/// Two axes of one extent as one, and whether they run side by side.
fn join(one: &Axis, other: &Axis) -> (Axis, bool) {
    if let Some(joined) = factor_by_factor(&one.0, &other.0) {
        return joined;
    }
    let pair = one.single().zip(other.single());
    pair.and_then(|(one, other)| factor_by_factor(&[one], &[other])).unwrap_or_else(|| {
        let fits = !one.has_places() && !other.has_places();
        (if other.has_places() { other.clone() } else { one.clone() }, fits)
    })
}

fn factor_by_factor(one: &[Factor], other: &[Factor]) -> Option<(Axis, bool)> {
    if one.len() != other.len() || one.iter().zip(other).any(|(one, other)| one.extent != other.extent) {
        return None;
    }
    let mut fits = true;
    let factors = one.iter().zip(other).map(|(one, other)| {
        let along = match (one.along, other.along) {
            (Along::Place(one), Along::Place(other)) => {
                let joined = one.join(other);
                fits &= joined.is_some();
                Along::Place(joined.unwrap_or(one))
            }
            (place @ Along::Place(_), Along::Same) | (Along::Same, place @ Along::Place(_)) => place,
            // Something that differs from place to place and does not move with the image.
            (place @ Along::Place(_), Along::Other) | (Along::Other, place @ Along::Place(_)) => {
                fits &= one.extent == 1;
                place
            }
            (Along::Same, Along::Same) => Along::Same,
            _ => Along::Other,
        };
        Factor { extent: one.extent, along }
    });
    let factors = factors.collect();
    Some((Axis(factors), fits))
}

/// Products of matrices: sums over the last axis of the one and the last but one of the other.
pub fn multiplied(call: Call<'_>) -> Option<Flow> {
    let (left, right) = (call.axes(0)?, call.axes(1)?);
    let flipped = |name: &str| call.operator() == "Gemm" && call.node.int(name, 0) == 1;
    if left.len() < 2 || right.len() < 2 {
        return None;
    }
    let (mut rows, mut summed) = (&left[left.len() - 2], &left[left.len() - 1]);
    if flipped("transA") {
        (rows, summed) = (summed, rows);
    }
    let (mut also, mut columns) = (&right[right.len() - 2], &right[right.len() - 1]);
    if flipped("transB") {
        (also, columns) = (columns, also);
    }
    if summed.extent() != also.extent() {
        return None;
    }
    let batch = [&left[..left.len() - 2], &right[..right.len() - 2]];
    broadcast(&batch.map(|axes| axes.iter().map(Axis::extent).collect::<Vec<_>>()).each_ref().map(Vec::as_slice))?;
    let (mut axes, crossed) = laid_over(&batch);
    axes.extend([rows.clone(), columns.clone()]);
    let global = crossed || summed.has_places() || also.has_places();
    let kind = if call.operator() == "MatMulInteger" { onnx::INT32 } else { call.value(0)?.kind };
    Some(Flow::reaching(Value::with_axes(kind, axes), global))
}

/// Sums of products by an equation such as `nchw,cd->ndhw`.
pub fn summed(call: Call<'_>) -> Option<Flow> {
    let equation: String = call.node.text("equation").chars().filter(|letter| !letter.is_whitespace()).collect();
    let (reads, made) = match equation.split_once("->") {
        Some((reads, made)) => (reads.to_owned(), made.to_owned()),
        None => {
            // Letters that come once, in the order of the alphabet.
            let mut counts = BTreeMap::new();
            equation
                .chars()
                .filter(char::is_ascii_alphabetic)
                .for_each(|letter| *counts.entry(letter).or_insert(0) += 1);
            let once = counts.iter().filter(|(_, count)| **count == 1).map(|(letter, _)| *letter).collect();
            (equation.clone(), once)
        }
    };
    let mut global = false;
    let mut letters: BTreeMap<char, Axis> = BTreeMap::new();
    for (order, part) in reads.split(',').enumerate() {
        let axes = call.axes(order)?;
        if part.contains('.') || part.chars().count() != axes.len() {
            return None;
        }
        for (letter, axis) in part.chars().zip(axes) {
            let (joined, fits) = match letters.get(&letter) {
                None => (axis.clone(), true),
                Some(known) if axis.extent() == 1 => (known.clone(), true),
                Some(known) if known.extent() == 1 => (axis.clone(), true),
                Some(known) if known.extent() == axis.extent() => join(known, axis),
                Some(_) => return None,
            };
            global |= !fits;
            letters.insert(letter, joined);
        }
    }
    let axes = made.chars().map(|letter| letters.get(&letter).cloned()).collect::<Option<Vec<_>>>()?;
    global |= letters.iter().any(|(letter, axis)| !made.contains(*letter) && axis.has_places());
    Some(Flow::reaching(Value::with_axes(call.value(0)?.kind, axes), global))
}

/// Operators of one value, sample by sample.
pub const ONE_BY_ONE: &[&str] = &[
    "Abs",
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BitwiseNot",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Cosh",
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
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Swish",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
];

/// Operators of several values, sample by sample.
pub const TOGETHER: &[&str] = &[
    "Add",
    "And",
    "BitShift",
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
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
