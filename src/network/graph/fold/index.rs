//! Operators that pick, place or count samples by the numbers of another tensor.

use super::{axis, strides};
use crate::network::graph::constant::{Constant, LIMIT, Numbers, samples};
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of `reads`; `None` where it is none of these operators.
pub fn evaluate(node: &NodeProto, _opset: i64, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let made = match (node.op_type.as_str(), reads) {
        ("Gather", [Some(value), Some(index)]) => gathered(node, value, index),
        ("GatherElements", [Some(value), Some(index)]) => gathered_elements(node, value, index),
        ("GatherND", [Some(value), Some(index)]) => gathered_nd(node, value, index),
        ("ScatterND", [Some(value), Some(index), Some(updates)]) => scattered_nd(node, value, index, updates),
        ("Scatter" | "ScatterElements", [Some(value), Some(index), Some(updates)]) => {
            scattered_elements(node, value, index, updates)
        }
        ("NonZero", [Some(value)]) => non_zero(value),
        ("Compress", [Some(value), Some(condition)]) => compressed(node, value, condition),
        ("OneHot", [Some(index), Some(depth), Some(values)]) => one_hot(node, index, depth, values),
        ("TopK", _) => return super::reduce::top(node, reads),
        _ => None,
    };
    made.map(|made| vec![made])
}

fn gathered(node: &NodeProto, value: &Constant, index: &Constant) -> Option<Constant> {
    let at = axis(node.int("axis", 0), value.shape.len())?;
    let wanted = index.integers()?.iter().map(|&place| axis(place, value.shape[at])).collect::<Option<Vec<_>>>()?;
    let (outer, inner) = (samples(&value.shape[..at]), samples(&value.shape[at + 1..]));
    let mut shape = value.shape.clone();
    shape.splice(at..=at, index.shape.iter().copied());
    Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
    let mut places = Vec::new();
    for part in 0..outer {
        for &place in &wanted {
            let first = (part * value.shape[at] + place) * inner;
            places.extend(first..first + inner);
        }
    }
    value.picked(shape, &places)
}

/// Where each index of a tensor of indices along one axis points to.
fn pointed(value: &Constant, index: &Constant, at: usize) -> Option<Vec<usize>> {
    if index.shape.len() != value.shape.len() {
        return None;
    }
    let (own, of_index) = (strides(&value.shape), strides(&index.shape));
    let place = |(order, &to): (usize, &i64)| {
        (0..index.shape.len()).try_fold(0, |sum, along| {
            let here = order / of_index[along] % index.shape[along];
            let place = if along == at { axis(to, value.shape[at])? } else { here };
            (place < value.shape[along]).then_some(sum + place * own[along])
        })
    };
    index.integers()?.iter().enumerate().map(place).collect()
}

fn gathered_elements(node: &NodeProto, value: &Constant, index: &Constant) -> Option<Constant> {
    let at = axis(node.int("axis", 0), value.shape.len())?;
    value.picked(index.shape.clone(), &pointed(value, index, at)?)
}

/// First sample of the block that each row of a tensor of places points to, and the samples of a block; the first
/// `batch` axes are those of both.
fn blocks(value: &Constant, index: &Constant, batch: usize) -> Option<(Vec<usize>, usize)> {
    let depth = *index.shape.last()?;
    if batch + depth > value.shape.len() || index.shape.len() <= batch || index.shape[..batch] != value.shape[..batch] {
        return None;
    }
    let own = strides(&value.shape);
    let rows = index.len().checked_div(depth)?;
    let each_batch = rows.checked_div(samples(&index.shape[..batch]))?;
    let inner = samples(&value.shape[batch + depth..]);
    let numbers = index.integers()?;
    let mut first = Vec::new();
    for row in 0..rows {
        let mut place = (row / each_batch) * samples(&value.shape[batch..]);
        for along in 0..depth {
            place += axis(numbers[row * depth + along], value.shape[batch + along])? * own[batch + along];
        }
        first.push(place);
    }
    Some((first, inner))
}

fn gathered_nd(node: &NodeProto, value: &Constant, index: &Constant) -> Option<Constant> {
    let batch = usize::try_from(node.int("batch_dims", 0)).ok()?;
    let (first, inner) = blocks(value, index, batch)?;
    let depth = *index.shape.last()?;
    let mut shape = index.shape[..index.shape.len() - 1].to_vec();
    shape.extend(&value.shape[batch + depth..]);
    Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
    let places: Vec<usize> = first.into_iter().flat_map(|first| first..first + inner).collect();
    value.picked(shape, &places)
}

/// Puts updates at places, or adds them and so on where the node says so.
fn written(node: &NodeProto, value: &Constant, places: &[usize], updates: &Constant) -> Option<Constant> {
    if updates.len() != places.len() {
        return None;
    }
    macro_rules! write {
        ($numbers:expr, $updates:expr) => {{
            let mut numbers = $numbers.clone();
            for (&place, &update) in places.iter().zip($updates) {
                let number = numbers.get_mut(place)?;
                *number = match node.text("reduction") {
                    "" | "none" => update,
                    "add" => *number + update,
                    "mul" => *number * update,
                    "max" => (*number).max(update),
                    "min" => (*number).min(update),
                    _ => return None,
                };
            }
            numbers
        }};
    }
    match (&value.numbers, &updates.numbers) {
        (Numbers::Whole(numbers), Numbers::Whole(updates)) => {
            Constant::whole(value.kind, value.shape.clone(), write!(numbers, updates))
        }
        (Numbers::Real(numbers), Numbers::Real(updates)) => {
            Constant::real(value.kind, value.shape.clone(), write!(numbers, updates))
        }
        _ => None,
    }
}

fn scattered_nd(node: &NodeProto, value: &Constant, index: &Constant, updates: &Constant) -> Option<Constant> {
    let (first, inner) = blocks(value, index, 0)?;
    let places: Vec<usize> = first.into_iter().flat_map(|first| first..first + inner).collect();
    written(node, value, &places, updates)
}

fn scattered_elements(node: &NodeProto, value: &Constant, index: &Constant, updates: &Constant) -> Option<Constant> {
    let at = axis(node.int("axis", 0), value.shape.len())?;
    written(node, value, &pointed(value, index, at)?, updates)
}

fn non_zero(value: &Constant) -> Option<Constant> {
    let found: Vec<usize> =
        value.reals().iter().enumerate().filter(|(_, number)| **number != 0.0).map(|(at, _)| at).collect();
    let own = strides(&value.shape);
    let along = |axis: usize| found.iter().map(|at| (at / own[axis] % value.shape[axis]) as i64).collect::<Vec<_>>();
    let numbers = (0..value.shape.len()).flat_map(along).collect();
    Constant::whole(onnx::INT64, vec![value.shape.len(), found.len()], numbers)
}

fn compressed(node: &NodeProto, value: &Constant, condition: &Constant) -> Option<Constant> {
    let chosen: Vec<i64> = (0..).zip(condition.integers()?).filter(|(_, keep)| **keep != 0).map(|(at, _)| at).collect();
    let index = Constant::list(chosen);
    match node.attribute("axis") {
        Some(_) => gathered(node, value, &index),
        None => {
            let flat = Constant { shape: vec![value.len()], ..value.clone() };
            gathered(node, &flat, &index)
        }
    }
}

fn one_hot(node: &NodeProto, index: &Constant, depth: &Constant, values: &Constant) -> Option<Constant> {
    let depth = usize::try_from(*depth.reals().first()? as i64).ok()?;
    let rank = index.shape.len() + 1;
    let at = axis(node.int("axis", -1), rank)?;
    let mut shape = index.shape.clone();
    shape.insert(at, depth);
    let count = Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
    let inner = samples(&shape[at + 1..]);
    let hot = index.reals();
    let place = |order: usize| {
        let (outer, along, within) = (order / (depth * inner), order / inner % depth, order % inner);
        let wanted = axis(hot[outer * inner + within] as i64, depth);
        usize::from(wanted == Some(along))
    };
    let places: Vec<usize> = (0..count).map(place).collect();
    values.picked(shape, &places)
}
