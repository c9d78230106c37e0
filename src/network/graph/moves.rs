//! Operators that only move samples: padding, slices, axes in another order, shapes in another form; see
//! [`super::value`]. `None` where nothing is known of the result.

use super::call::Call;
use super::shapes::{self, told};
use super::value::{Along, Axis, Factor, Flow, Place, Value, regrouped};
use crate::error::{Error, Result};
use crate::network::onnx;

/// Reshape, Flatten, Squeeze and Unsqueeze: the factors of the axes are dealt out anew.
///
/// # Errors
/// [`Error::Model`] where the shapes do not hold the same number of samples.
pub fn reformed(call: Call<'_>) -> Result<Option<Flow>> {
    let known = || Some((call.value(0)?, call.axes(0)?, call.value(0)?.shape()?, call.contents()?));
    let Some((value, own, shape, contents)) = known() else { return Ok(None) };
    let Some(made) = shapes::reformed(call.node, &shape, &contents) else { return Ok(None) };
    if super::constant::samples(&made) != super::constant::samples(&shape) {
        return Err(Error::Model(format!(
            "node {} ({}) makes shape {made:?} of {shape:?}, which does not fit; the image's size does not suit the network",
            call.node.name,
            call.operator()
        )));
    }
    let (axes, cut) = match regrouped(own, &made) {
        Some(axes) => (axes, false),
        None => (made.iter().map(|&extent| Axis::other(extent)).collect(), own.iter().any(Axis::has_places)),
    };
    let made = Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving };
    Ok(Some(Flow { in_place: true, ..Flow::reaching(made, cut) }))
}

/// Pad. What is added stands where a tile has more of the image, so these samples are spoilt.
///
/// # Errors
/// [`Error::Model`] where reflection would need more samples than there are.
pub fn padded(call: Call<'_>) -> Result<Option<Flow>> {
    let known = || {
        let (value, own) = (call.value(0)?, call.axes(0)?);
        let pads = shapes::pads(call.node, own.len(), &call.contents()?)?;
        Some((value, own, shapes::padded(&value.shape()?, &pads)?, pads))
    };
    let Some((value, own, made, pads)) = known() else { return Ok(None) };
    let reflects = call.node.text("mode") == "reflect";
    let too_far = |(axis, &(before, after)): (&Axis, &(i64, i64))| before.max(after) >= axis.extent().max(1) as i64;
    if reflects && own.iter().zip(&pads).any(|(axis, pads)| *pads != (0, 0) && too_far((axis, pads))) {
        return Err(Error::Model(format!(
            "node {} (Pad) reflects {pads:?} samples of shape {:?}, which has fewer; the image is too small for the network",
            call.node.name,
            value.shape().unwrap_or_default()
        )));
    }
    let around = call.node.text("mode") == "wrap";
    let mut global = false;
    let axes = own.iter().zip(pads).zip(made).map(|((axis, (before, after)), size)| {
        if (before, after) == (0, 0) {
            return axis.clone();
        }
        let single = axis.single();
        let Some(Along::Place(place)) = single.map(|factor| factor.along) else {
            global |= axis.has_places();
            return Axis::other(size);
        };
        // The far border of the image.
        global |= around;
        let spoilt = |spoilt: usize, added: i64| (spoilt as i64).saturating_add(added).max(0) as usize;
        let origin = place.origin - place.jump.value() * before as f64;
        let place = Place { origin, lead: spoilt(place.lead, before), trail: spoilt(place.trail, after), ..place };
        Axis::of(Factor::place(size, place))
    });
    let axes: Vec<Axis> = axes.collect();
    Ok(Some(Flow::reaching(Value::with_axes(value.kind, axes), global)))
}

/// Slice. Backwards, places would have to be counted from the far border.
pub fn sliced(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let cuts = shapes::cuts(call.node, &value.shape()?, &call.contents()?)?;
    let (mut made, mut global) = (own.to_vec(), false);
    for cut in cuts {
        let axis = &made[cut.axis];
        if (cut.start, cut.step, cut.count) == (0, 1, axis.extent()) {
            continue;
        }
        let (axis, crossed) = kept(axis, cut.start, cut.step, cut.count);
        global |= crossed;
        made[cut.axis] = axis;
    }
    Some(Flow::reaching(Value { axes: Some(made), content: None, kind: value.kind, moving: value.moving }, global))
}

/// `count` samples of an axis, from `start` on and `step` apart, and whether tiles then are not right.
fn kept(axis: &Axis, start: i64, step: i64, count: usize) -> (Axis, bool) {
    let Some(Along::Place(place)) = axis.single().map(|factor| factor.along) else {
        let same = axis.single().is_some_and(|factor| factor.along == Along::Same);
        let made = if same { Axis::of(Factor::same(count)) } else { Axis::other(count) };
        return (made, axis.has_places());
    };
    if step < 1 {
        return (Axis::of(Factor::place(count, place)), true);
    }
    let (extent, size) = (axis.extent() as i64, count as i64);
    let lead = (place.lead as i64 - start).max(0);
    let last = (extent - 1 - place.trail as i64 - start).div_euclid(step);
    let place = Place {
        jump: place.jump.times(step as u64, 1),
        origin: place.origin + place.jump.value() * start as f64,
        lead: ((lead + step - 1) / step) as usize,
        trail: (size - 1 - last).max(0) as usize,
        ..place
    };
    (Axis::of(Factor::place(count, place)), false)
}

/// Transpose.
pub fn transposed(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let order = shapes::order(call.node, own.len())?;
    let axes = order.iter().map(|&at| own[at].clone()).collect();
    Some(Flow::local(Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving }))
}

/// Concat. Images laid side by side along an axis of places have no places of their own any more.
pub fn concatenated(call: Call<'_>) -> Option<Flow> {
    let values: Vec<&Value> = call.reads.iter().copied().flatten().collect();
    let all = values.iter().map(|value| value.axes.as_deref()).collect::<Option<Vec<_>>>()?;
    let first = *all.first()?;
    let at = call.axis(if call.opset < 4 { 1 } else { 0 }, first.len())?;
    if all.iter().any(|axes| axes.len() != first.len()) {
        return None;
    }
    // An axis that is joined is left out while the others are laid over each other.
    let others: Vec<Vec<Axis>> = all
        .iter()
        .map(|axes| axes.iter().enumerate().filter(|(own, _)| *own != at).map(|(_, axis)| axis.clone()).collect())
        .collect();
    let shape = |axes: &[Axis]| axes.iter().map(Axis::extent).collect::<Vec<_>>();
    if others.iter().any(|axes| shape(axes) != shape(&others[0])) {
        return None;
    }
    let borrowed: Vec<&[Axis]> = others.iter().map(Vec::as_slice).collect();
    let (mut axes, crossed) = super::joined::laid_over(&borrowed);
    let extent = all.iter().fold(0_usize, |sum, axes| sum.saturating_add(axes[at].extent()));
    let places = all.iter().any(|axes| axes[at].has_places());
    let same = all.len() == 1;
    axes.insert(at, if same { first[at].clone() } else { Axis::other(extent) });
    let mut value = Value::with_axes(values[0].kind, axes);
    value.moving = values.iter().any(|value| value.moving);
    Some(Flow::reaching(value, crossed || (places && !same)))
}

/// Split.
pub fn split(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let at = call.axis(0, own.len())?;
    let sizes = shapes::parts(call.node, own[at].extent(), told(call.node, "split", &call.contents()?, 1)?)?;
    let (mut first, mut global, mut values) = (0, false, Vec::new());
    for size in sizes {
        let mut axes = own.to_vec();
        let (axis, crossed) = kept(&own[at], first, 1, size);
        global |= crossed;
        axes[at] = axis;
        first += size as i64;
        values.push(Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving });
    }
    Some(Flow { values, ..Flow::reaching(Value::default(), global) })
}

/// Expand: extents of 1 are repeated.
pub fn expanded(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let wanted = shapes::extents(call.content(1)?.integers()?)?;
    let shape = shapes::broadcast(&[&value.shape()?, &wanted])?;
    let lead = shape.len() - own.len();
    let axis = |(at, &extent): (usize, &usize)| match at.checked_sub(lead).map(|at| &own[at]) {
        Some(axis) if axis.extent() == extent => axis.clone(),
        _ => Axis::of(Factor::same(extent)),
    };
    let axes = shape.iter().enumerate().map(axis).collect();
    Some(Flow::local(Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving }))
}

/// Tile: the whole of an axis is repeated.
pub fn tiled(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let times = shapes::extents(call.content(1)?.integers()?)?;
    if times.len() != own.len() {
        return None;
    }
    let axis = |(axis, &times): (&Axis, &usize)| match (times, axis.extent()) {
        (1, _) => axis.clone(),
        (_, 1) => Axis::of(Factor::same(times)),
        _ => Axis([&[Factor::same(times)], &axis.0[..]].concat()),
    };
    let axes = own.iter().zip(&times).map(axis).collect();
    Some(Flow::local(Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving }))
}

/// Gather: of an axis of places, what a slice would take; of other axes anything.
pub fn gathered(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let at = call.axis(0, own.len())?;
    let index = call.value(1)?;
    let indices: Vec<Axis> = index.axes.as_deref()?.iter().map(|axis| Axis::other(axis.extent())).collect();
    let mut axes = own.to_vec();
    let mut global = index.axes.as_deref()?.iter().any(Axis::has_places);
    let evenly = call.content(1).and_then(|index| evenly(index.integers()?, own[at].extent()));
    match evenly.filter(|_| indices.len() == 1 && own[at].has_places()) {
        Some((start, step, count)) => {
            let (axis, crossed) = kept(&own[at], start, step, count);
            global |= crossed;
            axes[at] = axis;
        }
        None => {
            global |= own[at].has_places();
            axes.splice(at..=at, indices);
        }
    }
    Some(Flow::reaching(
        Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving || index.moving },
        global,
    ))
}

/// Start, step and count of indices that are equally far apart.
fn evenly(indices: &[i64], extent: usize) -> Option<(i64, i64, usize)> {
    let places = indices.iter().map(|&at| shapes::axis(at, extent)).collect::<Option<Vec<_>>>()?;
    let first = *places.first()? as i64;
    let step = places.get(1).map_or(1, |&second| second as i64 - first);
    let even = places.iter().enumerate().all(|(at, &place)| place as i64 == first + at as i64 * step);
    (even && step > 0).then_some((first, step, places.len()))
}

/// Pixels as channels and channels as pixels.
///
/// # Errors
/// [`Error::Model`] when the block does not divide the shape.
pub fn rearranged(call: Call<'_>) -> Result<Option<Flow>> {
    let (Some(value), Some(own)) = (call.value(0), call.axes(0).filter(|own| own.len() == 4)) else { return Ok(None) };
    let block = call.node.int("blocksize", 1).clamp(1, 1024) as usize;
    let out = call.operator() == "DepthToSpace";
    let shape: Vec<usize> = own.iter().map(Axis::extent).collect();
    let fits = if out {
        shape[1].is_multiple_of(block * block)
    } else {
        shape[2].is_multiple_of(block) && shape[3].is_multiple_of(block)
    };
    if !fits {
        return Err(Error::Model(format!(
            "node {} rearranges shape {shape:?} in blocks of {block}, which do not fit; the image's size does not suit \
             the network",
            call.node.name
        )));
    }
    let channels = if out { shape[1] / (block * block) } else { shape[1].saturating_mul(block * block) };
    let (mut made, mut global) = (vec![own[0].clone(), Axis::other(channels)], own[1].has_places());
    for axis in &own[2..] {
        let extent = if out { axis.extent().saturating_mul(block) } else { axis.extent() / block };
        made.push(match axis.single().map(|factor| factor.along) {
            Some(Along::Place(place)) => {
                Axis::of(Factor::place(extent, if out { place.spread(block) } else { place.blocks(block) }))
            }
            single => {
                global |= single.is_none();
                Axis::other(extent)
            }
        });
    }
    Ok(Some(Flow::reaching(Value::with_axes(value.kind, made), global)))
}

/// Tensors that are laid out by numbers, too large for their content to be kept: the same everywhere, or something that
/// differs from place to place.
pub fn laid_out(call: Call<'_>) -> Option<Flow> {
    let value = match call.operator() {
        "ConstantOfShape" => {
            let shape = shapes::extents(call.content(0)?.integers()?)?;
            let kind =
                call.node.attribute("value").and_then(|value| value.t.as_ref()).map_or(onnx::FLOAT, |t| t.data_type);
            let axes = shape.iter().map(|&extent| Axis::of(Factor::same(extent))).collect();
            Value { axes: Some(axes), content: None, kind, moving: false }
        }
        "Range" => {
            let number = |order: usize| call.content(order)?.reals().first().copied();
            let count = ((number(1)? - number(0)?) / number(2)?).ceil().max(0.0);
            let axes = vec![Axis::other(count as usize)];
            Value { axes: Some(axes), content: None, kind: call.value(0)?.kind, moving: false }
        }
        _ => {
            let value = call.value(0)?;
            let mut axes = value.axes.clone()?;
            let places = axes.iter().any(Axis::has_places);
            let rank = axes.len();
            for axis in axes.iter_mut().skip(rank.saturating_sub(2)).filter(|axis| !axis.has_places()) {
                *axis = Axis::other(axis.extent());
            }
            return Some(Flow::reaching(
                Value { axes: Some(axes), content: None, kind: value.kind, moving: value.moving },
                places,
            ));
        }
    };
    Some(Flow::local(value))
}
