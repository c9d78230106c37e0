//! Operators that lay samples out anew: which of them there are follows from shapes alone.

use super::{axis, broadcast, places, repeated, strides, told};
use crate::network::graph::constant::{Constant, LIMIT, Numbers, samples};
use crate::network::graph::shapes;
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of `reads`; `None` where it is none of these operators.
pub fn evaluate(node: &NodeProto, opset: i64, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let one = |made: Option<Constant>| made.map(|made| vec![made]);
    match (node.op_type.as_str(), reads) {
        ("Reshape" | "Flatten" | "Squeeze" | "Unsqueeze", [Some(value), ..]) => {
            let shape = shapes::reformed(node, &value.shape, reads)?;
            one((samples(&shape) == value.len()).then(|| Constant { shape, ..(*value).clone() }))
        }
        ("Transpose", [Some(value), ..]) => one(transposed(node, value)),
        ("Concat", _) => one(concatenated(node, opset, reads)),
        ("Slice", [Some(value), ..]) => one(sliced(node, value, reads)),
        ("Split", [Some(value), ..]) => split(node, value, reads),
        ("Expand", [Some(value), Some(shape)]) => {
            let wanted = shapes::extents(shape.integers()?)?;
            let shape = broadcast(&[&value.shape, &wanted])?;
            one(value.picked(shape.clone(), &repeated(&value.shape, &shape)?))
        }
        ("Tile", [Some(value), Some(repeats)]) => one(tiled(value, repeats.integers()?)),
        ("ConstantOfShape", [Some(shape)]) => {
            let shape = shapes::extents(shape.integers()?)?;
            let stated = node.attribute("value").and_then(|value| value.t.as_ref());
            let value = match stated {
                Some(tensor) => Constant::of_tensor(tensor)?,
                None => Constant::real(onnx::FLOAT, vec![1], vec![0.0])?,
            };
            let count = Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
            one(value.picked(shape, &vec![0; count]))
        }
        ("Range", [Some(start), Some(limit), Some(step)]) => one(range(start, limit, step)),
        ("Pad", [Some(value), ..]) => one(padded(node, value, reads)),
        ("Trilu", [Some(value), ..]) => one(triangle(node, value, reads)),
        ("EyeLike", [Some(value)]) => {
            let [rows, columns] = value.shape[..] else { return None };
            let shift = node.int("k", 0);
            let numbers = (0..rows * columns)
                .map(|at| i64::from((at % columns) as i64 - (at / columns) as i64 == shift))
                .collect::<Vec<_>>();
            let kind = node.attribute("dtype").map_or(value.kind, |kind| kind.i as i32);
            let reals = || numbers.iter().map(|&number| number as f64).collect();
            one(if onnx::is_real(kind) {
                Constant::real(kind, value.shape.clone(), reals())
            } else {
                Constant::whole(kind, value.shape.clone(), numbers)
            })
        }
        _ => None,
    }
}

fn signed(strides: &[usize]) -> Vec<i64> {
    strides.iter().map(|&stride| stride as i64).collect()
}

fn transposed(node: &NodeProto, value: &Constant) -> Option<Constant> {
    let order = shapes::order(node, value.shape.len())?;
    let shape: Vec<usize> = order.iter().map(|&at| value.shape[at]).collect();
    let own = strides(&value.shape);
    let steps: Vec<i64> = order.iter().map(|&at| own[at] as i64).collect();
    value.picked(shape.clone(), &places(&shape, &steps, 0)?)
}

fn concatenated(node: &NodeProto, opset: i64, reads: &[Option<&Constant>]) -> Option<Constant> {
    let values = reads.iter().copied().collect::<Option<Vec<_>>>()?;
    let first = values.first()?;
    let at = axis(node.int("axis", if opset < 4 { 1 } else { 0 }), first.shape.len())?;
    let outer = samples(&first.shape[..at]);
    let mut shape = first.shape.clone();
    shape[at] = 0;
    for value in &values {
        let fits = value.shape.len() == shape.len() && value.kind == first.kind;
        let same = || (0..shape.len()).all(|other| other == at || value.shape[other] == shape[other]);
        if !(fits && same()) {
            return None;
        }
        shape[at] += value.shape[at];
    }
    let mut whole = Vec::new();
    let mut real = Vec::new();
    for part in 0..outer {
        for value in &values {
            let len = value.len().checked_div(outer)?;
            match &value.numbers {
                Numbers::Whole(numbers) => whole.extend(&numbers[part * len..(part + 1) * len]),
                Numbers::Real(numbers) => real.extend(&numbers[part * len..(part + 1) * len]),
            }
        }
    }
    match first.numbers {
        Numbers::Whole(_) => Constant::whole(first.kind, shape, whole),
        Numbers::Real(_) => Constant::real(first.kind, shape, real),
    }
}

fn sliced(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Constant> {
    let cuts = shapes::cuts(node, &value.shape, reads)?;
    let own = strides(&value.shape);
    let (mut shape, mut steps, mut first) = (value.shape.clone(), signed(&own), 0);
    for cut in cuts {
        shape[cut.axis] = cut.count;
        steps[cut.axis] = own[cut.axis] as i64 * cut.step;
        first += own[cut.axis] as i64 * cut.start;
    }
    value.picked(shape.clone(), &places(&shape, &steps, first)?)
}

fn split(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let at = axis(node.int("axis", 0), value.shape.len())?;
    let sizes = shapes::parts(node, value.shape[at], told(node, "split", reads, 1)?)?;
    let own = strides(&value.shape);
    let mut first = 0;
    let mut made = Vec::new();
    for size in sizes {
        let mut shape = value.shape.clone();
        shape[at] = size;
        made.push(value.picked(shape.clone(), &places(&shape, &signed(&own), (first * own[at]) as i64)?)?);
        first += size;
    }
    Some(made)
}

fn tiled(value: &Constant, repeats: &[i64]) -> Option<Constant> {
    let repeats = shapes::extents(repeats)?;
    if repeats.len() != value.shape.len() {
        return None;
    }
    let shape: Vec<usize> =
        value.shape.iter().zip(&repeats).map(|(extent, times)| extent.saturating_mul(*times)).collect();
    let count = Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
    let (own, made) = (strides(&value.shape), strides(&shape));
    let place =
        |at: usize| (0..shape.len()).map(|axis| at / made[axis] % shape[axis] % value.shape[axis] * own[axis]).sum();
    let picked: Vec<usize> = (0..count).map(place).collect();
    value.picked(shape, &picked)
}

fn range(start: &Constant, limit: &Constant, step: &Constant) -> Option<Constant> {
    match (&start.numbers, &limit.numbers, &step.numbers) {
        (Numbers::Whole(start_at), Numbers::Whole(limit), Numbers::Whole(step)) => {
            let (from, to, step) = (*start_at.first()?, *limit.first()?, *step.first()?);
            let count = (to as f64 - from as f64) / step as f64;
            let count = Some(count.ceil().max(0.0)).filter(|count| *count <= LIMIT as f64)? as usize;
            Constant::whole(
                start.kind,
                vec![count],
                (0..count as i64).map(|at| from.wrapping_add(at.wrapping_mul(step))).collect(),
            )
        }
        (Numbers::Real(start_at), Numbers::Real(limit), Numbers::Real(step)) => {
            let (from, to, step) = (*start_at.first()?, *limit.first()?, *step.first()?);
            let count = ((to - from) / step).ceil().max(0.0);
            let count = Some(count).filter(|count| *count <= LIMIT as f64)? as usize;
            Constant::real(start.kind, vec![count], (0..count).map(|at| from + at as f64 * step).collect())
        }
        _ => None,
    }
}

fn padded(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Constant> {
    let pads = shapes::pads(node, value.shape.len(), reads)?;
    let shape = shapes::padded(&value.shape, &pads)?;
    let count = Some(samples(&shape)).filter(|&count| count <= LIMIT)?;
    let (own, made) = (strides(&value.shape), strides(&shape));
    let mode = node.text("mode");
    // The place along an axis that stands at a place of the result; `None`: the constant.
    let source = |place: i64, extent: i64| -> Option<i64> {
        match mode {
            _ if (0..extent).contains(&place) => Some(place),
            "edge" => Some(place.clamp(0, extent - 1)),
            "wrap" => Some(place.rem_euclid(extent)),
            "reflect" if extent > 1 => {
                let place = place.rem_euclid(2 * (extent - 1));
                Some(place.min(2 * (extent - 1) - place))
            }
            _ => None,
        }
    };
    if value.len() == 0 && mode != "constant" && !mode.is_empty() {
        return None;
    }
    let picked: Vec<Option<usize>> = (0..count)
        .map(|at| {
            (0..shape.len()).try_fold(0, |sum, axis| {
                let place = (at / made[axis] % shape[axis]) as i64 - pads[axis].0;
                Some(sum + source(place, value.shape[axis] as i64)? as usize * own[axis])
            })
        })
        .collect();
    let fill = reads.get(2).copied().flatten();
    match &value.numbers {
        Numbers::Whole(numbers) => {
            let fill = fill.map_or(Some(0), |fill| fill.integers()?.first().copied())?;
            Constant::whole(value.kind, shape, picked.iter().map(|at| at.map_or(fill, |at| numbers[at])).collect())
        }
        Numbers::Real(numbers) => {
            let stated = node.attribute("value").map_or(0.0, |value| value.f.into());
            let fill = fill.map_or(Some(stated), |fill| fill.reals().first().copied())?;
            Constant::real(value.kind, shape, picked.iter().map(|at| at.map_or(fill, |at| numbers[at])).collect())
        }
    }
}

fn triangle(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Constant> {
    let [.., rows, columns] = value.shape[..] else { return None };
    let shift = reads.get(1).copied().flatten().map_or(Some(0), |shift| shift.integers()?.first().copied())?;
    let upper = node.int("upper", 1) == 1;
    let kept = |at: usize| {
        let (row, column) = ((at / columns % rows) as i64, (at % columns) as i64);
        if upper { column - row >= shift } else { column - row <= shift }
    };
    let shape = value.shape.clone();
    match &value.numbers {
        Numbers::Whole(numbers) => {
            let each = numbers.iter().enumerate().map(|(at, &number)| if kept(at) { number } else { 0 });
            Constant::whole(value.kind, shape, each.collect())
        }
        Numbers::Real(numbers) => {
            let each = numbers.iter().enumerate().map(|(at, &number)| if kept(at) { number } else { 0.0 });
            Constant::real(value.kind, shape, each.collect())
        }
    }
}
