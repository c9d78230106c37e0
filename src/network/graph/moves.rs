//! Shapes and receptive fields through the operators that only move samples: padding, slices, axes in another order,
//! shapes in another form. `None` where nothing is known of the result.

use super::value::{Flow, Reach, ReceptiveField, Value, axis, samples};
use crate::network::onnx::{self, NodeProto};

/// Pad.
pub fn padded(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let mut shape = value.shape.clone()?;
    let stated = node.ints("pads").to_vec();
    let pads = if stated.is_empty() { reads.get(1)?.integers()? } else { stated };
    let axes = match reads.get(3) {
        Some(axes) if axes.shape.is_some() => {
            axes.integers()?.iter().map(|&at| axis(at, shape.len())).collect::<Option<Vec<_>>>()?
        }
        _ => (0..shape.len()).collect(),
    };
    let mut fields = value.fields.clone();
    for (order, &at) in axes.iter().enumerate() {
        let (before, after) = (*pads.get(order)?, *pads.get(order + axes.len())?);
        *shape.get_mut(at)? =
            usize::try_from(i64::try_from(shape[at]).ok()?.saturating_add(before).saturating_add(after)).ok()?;
        if let Some((_, field)) = &mut fields[at] {
            let moved = field.jump * before as f64;
            (field.low, field.high) = (field.low - moved, field.high - moved);
        }
    }
    Some(Flow::local(Value::with_fields(shape, fields)))
}

/// Slice.
pub fn sliced(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let shape = value.shape.clone()?;
    let list = |name: &str, order: usize| -> Option<Option<Vec<i64>>> {
        match node.attribute(name) {
            Some(attribute) => Some(Some(attribute.ints.clone())),
            None => match reads.get(order) {
                Some(read) if read.shape.is_some() => Some(Some(read.integers()?)),
                _ => Some(None),
            },
        }
    };
    let (starts, ends) = (list("starts", 1)??, list("ends", 2)??);
    let axes = list("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = list("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let (mut made, mut fields) = (shape.clone(), value.fields.clone());
    let mut content = value.content.clone();
    for (order, &at) in axes.iter().enumerate() {
        let at = axis(at, shape.len())?;
        let (extent, step) = (i64::try_from(shape[at]).ok()?, *steps.get(order)?);
        if step < 1 {
            return None;
        }
        let bound = |place: i64| (if place < 0 { place.saturating_add(extent) } else { place }).clamp(0, extent);
        let (start, end) = (bound(*starts.get(order)?), bound(*ends.get(order)?));
        made[at] =
            usize::try_from((end - start).max(0).div_euclid(step) + i64::from((end - start).max(0) % step > 0)).ok()?;
        if let Some((_, field)) = &mut fields[at] {
            let moved = field.jump * start as f64;
            *field =
                ReceptiveField { jump: field.jump * step as f64, low: field.low + moved, high: field.high + moved };
        }
        content = content.filter(|_| shape.len() == 1).map(|content| {
            content
                .into_iter()
                .skip(start as usize)
                .take((end - start).max(0) as usize)
                .step_by(step as usize)
                .collect()
        });
    }
    let mut value = Value::with_fields(made, fields);
    value.content = content;
    Some(Flow::local(value))
}

/// Transpose.
pub fn transposed(node: &NodeProto, value: &Value) -> Option<Flow> {
    let shape = value.shape.as_ref()?;
    let stated: Vec<usize> = node.ints("perm").iter().map(|&at| usize::try_from(at).ok()).collect::<Option<_>>()?;
    let order = if stated.is_empty() { (0..shape.len()).rev().collect() } else { stated };
    let made = order.iter().map(|&at| shape.get(at).copied()).collect::<Option<Vec<_>>>()?;
    let fields = order.iter().map(|&at| value.fields.get(at).copied().flatten()).collect();
    Some(Flow::local(Value::with_fields(made, fields)))
}

/// Concat; along an axis with a field nothing is known.
pub fn concatenated(node: &NodeProto, reads: &[&Value]) -> Option<Flow> {
    let first = reads.first()?.shape.clone()?;
    let at = axis(node.int("axis", 0), first.len())?;
    let (mut shape, mut fields) = (first, reads.first()?.fields.clone());
    let mut content = reads.first()?.content.clone();
    for value in &reads[1..] {
        let other = value.shape.as_ref().filter(|other| other.len() == shape.len())?;
        shape[at] = shape[at].saturating_add(other[at]);
        for (field, own) in fields.iter_mut().zip(&value.fields) {
            *field = match (*field, *own) {
                (Some((axis, one)), Some((_, two))) => Some((axis, one.join(two))),
                (one, two) => one.or(two),
            };
        }
        let both = content.zip(value.content.as_ref());
        content = both.filter(|(all, more)| all.len() + more.len() <= onnx::CONSTANTS).map(|(mut all, more)| {
            all.extend(more);
            all
        });
    }
    // Images laid side by side along a spatial axis have no single receptive field.
    if fields[at].is_some() {
        return None;
    }
    let mut value = Value::with_fields(shape, fields);
    value.content = content;
    Some(Flow::local(value))
}

/// Split; along an axis with a field nothing is known.
pub fn split(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let shape = value.shape.clone()?;
    let at = axis(node.int("axis", 0), shape.len())?;
    let stated = node.ints("split").to_vec();
    let sizes = match (stated.is_empty(), reads.get(1)) {
        (false, _) => stated,
        (true, Some(sizes)) => sizes.integers()?,
        (true, None) => vec![(shape[at] / node.output.len().max(1)) as i64; node.output.len()],
    };
    if value.fields.get(at).copied().flatten().is_some() {
        return None;
    }
    let part = |size: &i64| {
        let mut shape = shape.clone();
        shape[at] = usize::try_from(*size).ok()?;
        Some(Value::with_fields(shape, value.fields.clone()))
    };
    let values = sizes.iter().map(part).collect::<Option<Vec<_>>>()?;
    Some(Flow { values, reach: Reach::Local, in_place: false })
}

/// Squeeze and Unsqueeze.
pub fn squeezed(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let shape = value.shape.clone()?;
    let stated = node.ints("axes").to_vec();
    let axes = match (stated.is_empty(), reads.get(1)) {
        (false, _) => stated,
        (true, Some(axes)) => axes.integers()?,
        (true, None) => (0..shape.len() as i64).filter(|&at| shape[at as usize] == 1).collect(),
    };
    let (mut made, mut fields) = (shape.clone(), value.fields.clone());
    if node.op_type == "Squeeze" {
        let mut places = axes.iter().map(|&at| axis(at, shape.len())).collect::<Option<Vec<_>>>()?;
        places.sort_unstable();
        for at in places.into_iter().rev() {
            made.remove(at);
            fields.remove(at);
        }
    } else {
        let mut places = axes.iter().map(|&at| axis(at, shape.len() + axes.len())).collect::<Option<Vec<_>>>()?;
        places.sort_unstable();
        for at in places {
            if at > made.len() {
                return None;
            }
            made.insert(at, 1);
            fields.insert(at, None);
        }
    }
    let mut result = Value::with_fields(made, fields);
    result.content = value.content.clone();
    Some(Flow::in_place(result))
}

/// Reshape and Flatten: axes that keep their place in memory and their extent keep their field; an axis with a field
/// that is split or merged is not known.
pub fn reshaped(node: &NodeProto, value: &Value, reads: &[&Value]) -> Option<Flow> {
    let shape = value.shape.as_ref()?;
    let total = samples(shape);
    let made: Vec<usize> = if node.op_type == "Flatten" {
        let at = axis(node.int("axis", 1), shape.len() + 1)?;
        vec![samples(&shape[..at]), samples(&shape[at..])]
    } else {
        let target = reads.get(1)?.integers()?;
        let kept = |(at, &extent): (usize, &i64)| match extent {
            0 if node.int("allowzero", 0) == 0 => shape.get(at).copied(),
            -1 => Some(0),
            extent => usize::try_from(extent).ok(),
        };
        let mut made = target.iter().enumerate().map(kept).collect::<Option<Vec<_>>>()?;
        if let Some(open) = target.iter().position(|&extent| extent == -1) {
            made[open] = 1;
            made[open] = total.checked_div(samples(&made))?;
        }
        made
    };
    if samples(&made) != total {
        return None;
    }
    let mut fields = vec![None; made.len()];
    for (at, field) in value.fields.iter().enumerate().filter(|(_, field)| field.is_some()) {
        let inner = samples(&shape[at + 1..]);
        let place = (0..made.len()).find(|&to| made[to] == shape[at] && samples(&made[to + 1..]) == inner)?;
        fields[place] = *field;
    }
    let mut result = Value::with_fields(made, fields);
    result.content = value.content.clone();
    Some(Flow::in_place(result))
}

/// Gather along an axis without a field.
pub fn gathered(node: &NodeProto, value: &Value, index: &Value) -> Option<Flow> {
    let (shape, indices) = (value.shape.as_ref()?, index.shape.as_ref()?);
    let at = axis(node.int("axis", 0), shape.len())?;
    if value.fields.get(at).copied().flatten().is_some() {
        return None;
    }
    let mut made = shape.clone();
    made.splice(at..=at, indices.iter().copied());
    let mut fields = value.fields.clone();
    fields.splice(at..=at, vec![None; indices.len()]);
    let mut result = Value::with_fields(made, fields);
    if let (1, Some(content), Some(places)) = (shape.len(), &value.content, index.integers()) {
        let pick = |&place: &i64| axis(place, content.len()).map(|place| content[place]);
        result.content = places.iter().map(pick).collect();
    }
    Some(Flow::local(result))
}
