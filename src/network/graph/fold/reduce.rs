//! Operators that join the samples along axes.

use super::{axes, axis, strides, told};
use crate::network::graph::constant::{Constant, Numbers, samples};
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of `reads`; `None` where it is none of these operators.
pub fn evaluate(node: &NodeProto, _opset: i64, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let made = match (node.op_type.as_str(), reads) {
        ("CumSum", [Some(value), Some(at)]) => summed_up(node, value, *at.integers()?.first()?),
        ("ArgMax" | "ArgMin", [Some(value)]) => best(node, value),
        (name, [Some(value), ..]) if name.starts_with("Reduce") => reduced(node, value, reads),
        _ => None,
    };
    made.map(|made| vec![made])
}

/// The axes that a reduction runs over: all where none are named, unless it says that this means none.
pub fn reduced_axes(node: &NodeProto, rank: usize, stated: Option<Vec<i64>>) -> Option<Vec<usize>> {
    match stated {
        Some(list) if !list.is_empty() => axes(&list, rank),
        _ if node.int("noop_with_empty_axes", 0) == 1 => Some(Vec::new()),
        _ => Some((0..rank).collect()),
    }
}

/// For each sample of the result, those that are joined in it, in order.
fn groups(shape: &[usize], over: &[usize]) -> Vec<Vec<usize>> {
    let own = strides(shape);
    let kept: Vec<usize> = (0..shape.len()).filter(|at| !over.contains(at)).collect();
    let count: usize = kept.iter().map(|&at| shape[at]).product();
    let mut groups = vec![Vec::new(); count];
    for place in 0..samples(shape) {
        let group = kept.iter().fold(0, |group, &at| group * shape[at] + place / own[at] % shape[at]);
        groups[group].push(place);
    }
    groups
}

/// The shape of a result whose axes `over` were joined.
fn left(node: &NodeProto, shape: &[usize], over: &[usize]) -> Vec<usize> {
    let keeps = node.int("keepdims", 1) == 1;
    let extents = shape.iter().enumerate();
    extents
        .filter(|(at, _)| keeps || !over.contains(at))
        .map(|(at, &n)| if over.contains(&at) { 1 } else { n })
        .collect()
}

fn reduced(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Constant> {
    let over = reduced_axes(node, value.shape.len(), told(node, "axes", reads, 1)?)?;
    let (groups, shape) = (groups(&value.shape, &over), left(node, &value.shape, &over));
    if over.is_empty() && node.int("noop_with_empty_axes", 0) == 1 {
        return Some(value.clone());
    }
    match &value.numbers {
        Numbers::Whole(numbers) => {
            let each = |group: &Vec<usize>| {
                let of = group.iter().map(|&at| numbers[at]);
                Some(match node.op_type.as_str() {
                    "ReduceSum" => of.fold(0, i64::wrapping_add),
                    "ReduceProd" => of.fold(1, i64::wrapping_mul),
                    "ReduceMax" => of.max()?,
                    "ReduceMin" => of.min()?,
                    "ReduceMean" => of.fold(0, i64::wrapping_add).checked_div(group.len() as i64)?,
                    "ReduceL1" => of.fold(0, |sum: i64, number| sum.wrapping_add(number.wrapping_abs())),
                    "ReduceSumSquare" => of.fold(0, |sum: i64, number| sum.wrapping_add(number.wrapping_mul(number))),
                    _ => return None,
                })
            };
            Constant::whole(value.kind, shape, groups.iter().map(each).collect::<Option<_>>()?)
        }
        Numbers::Real(numbers) => {
            let each = |group: &Vec<usize>| {
                let of = group.iter().map(|&at| numbers[at]);
                Some(match node.op_type.as_str() {
                    "ReduceSum" => of.sum(),
                    "ReduceProd" => of.product(),
                    "ReduceMax" => of.reduce(f64::max)?,
                    "ReduceMin" => of.reduce(f64::min)?,
                    "ReduceMean" => of.sum::<f64>() / group.len() as f64,
                    "ReduceL1" => of.map(f64::abs).sum(),
                    "ReduceL2" => of.map(|number| number * number).sum::<f64>().sqrt(),
                    "ReduceSumSquare" => of.map(|number| number * number).sum(),
                    _ => return None,
                })
            };
            Constant::real(value.kind, shape, groups.iter().map(each).collect::<Option<_>>()?)
        }
    }
}

fn best(node: &NodeProto, value: &Constant) -> Option<Constant> {
    let at = axis(node.int("axis", 0), value.shape.len())?;
    let (numbers, last) = (value.reals(), node.int("select_last_index", 0) == 1);
    let least = node.op_type == "ArgMin";
    let each = |group: &Vec<usize>| {
        let mut best = 0;
        for (order, &place) in group.iter().enumerate() {
            let (here, there) = (numbers[place], numbers[group[best]]);
            let better = if least { here < there } else { here > there };
            if better || (last && here == there) {
                best = order;
            }
        }
        best as i64
    };
    let indices = groups(&value.shape, &[at]).iter().map(each).collect();
    Constant::whole(onnx::INT64, left(node, &value.shape, &[at]), indices)
}

fn summed_up(node: &NodeProto, value: &Constant, at: i64) -> Option<Constant> {
    let at = axis(at, value.shape.len())?;
    let (exclusive, backward) = (node.int("exclusive", 0) == 1, node.int("reverse", 0) == 1);
    macro_rules! sums {
        ($numbers:expr, $zero:expr, $add:expr) => {{
            let mut made = $numbers.clone();
            for mut group in groups(&value.shape, &[at]) {
                if backward {
                    group.reverse();
                }
                let mut sum = $zero;
                for place in group {
                    let before = sum;
                    sum = $add(sum, $numbers[place]);
                    made[place] = if exclusive { before } else { sum };
                }
            }
            made
        }};
    }
    match &value.numbers {
        Numbers::Whole(numbers) => {
            Constant::whole(value.kind, value.shape.clone(), sums!(numbers, 0_i64, i64::wrapping_add))
        }
        Numbers::Real(numbers) => Constant::real(
            value.kind,
            value.shape.clone(),
            sums!(numbers, 0.0_f64, |sum: f64, number: f64| sum + number),
        ),
    }
}

/// The greatest or least samples along an axis, and where they are.
pub fn top(node: &NodeProto, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let value = (*reads.first()?)?;
    let count = match reads.get(1).copied().flatten() {
        Some(count) => *count.integers()?.first()?,
        None => node.int("k", 0),
    };
    let count = usize::try_from(count).ok()?;
    let at = axis(node.int("axis", -1), value.shape.len())?;
    if count > value.shape[at] {
        return None;
    }
    let (numbers, largest) = (value.reals(), node.int("largest", 1) == 1);
    let mut shape = value.shape.clone();
    shape[at] = count;
    let own = strides(&shape);
    let (mut places, mut indices) = (vec![0; samples(&shape)], vec![0_i64; samples(&shape)]);
    let kept: Vec<usize> = (0..shape.len()).filter(|&along| along != at).collect();
    for (order, group) in groups(&value.shape, &[at]).iter().enumerate() {
        let mut ranked: Vec<usize> = (0..group.len()).collect();
        ranked.sort_by(|&a, &b| {
            let order = numbers[group[a]].partial_cmp(&numbers[group[b]]).unwrap_or(std::cmp::Ordering::Equal);
            if largest { order.reverse().then(a.cmp(&b)) } else { order.then(a.cmp(&b)) }
        });
        let (mut rest, mut first) = (order, 0);
        for &along in kept.iter().rev() {
            first += rest % shape[along] * own[along];
            rest /= shape[along];
        }
        for (rank, &best) in ranked.iter().take(count).enumerate() {
            places[first + rank * own[at]] = group[best];
            indices[first + rank * own[at]] = best as i64;
        }
    }
    Some(vec![value.picked(shape.clone(), &places)?, Constant::whole(onnx::INT64, shape, indices)?])
}
