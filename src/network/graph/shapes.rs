//! What operators state about shapes: read once here, for tensors whose content is known and for those of which only
//! the shape is.

use super::constant::{Constant, samples};
use crate::network::onnx::NodeProto;

/// What an operator is told by an attribute or, in later versions, by an input; `Some(None)` where by neither.
pub fn told(node: &NodeProto, name: &str, reads: &[Option<&Constant>], order: usize) -> Option<Option<Vec<i64>>> {
    match (node.attribute(name), reads.get(order).copied().flatten()) {
        (Some(attribute), _) => Some(Some(attribute.ints.clone())),
        (None, Some(read)) => Some(Some(read.integers()?.to_vec())),
        (None, None) => Some(None),
    }
}

/// A place that may count from the end.
pub fn axis(at: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let at = if at < 0 { at.checked_add(rank)? } else { at };
    (0..rank).contains(&at).then_some(at as usize)
}

/// All axes, each as a place; `None` where one is none or comes twice.
pub fn axes(list: &[i64], rank: usize) -> Option<Vec<usize>> {
    let places = list.iter().map(|&at| axis(at, rank)).collect::<Option<Vec<_>>>()?;
    (0..places.len()).all(|at| !places[..at].contains(&places[at])).then_some(places)
}

/// Extents that are stated as numbers.
pub fn extents(list: &[i64]) -> Option<Vec<usize>> {
    list.iter().map(|&extent| usize::try_from(extent).ok()).collect()
}

/// The shape that shapes have together where extents of 1 are repeated.
pub fn broadcast(shapes: &[&[usize]]) -> Option<Vec<usize>> {
    let rank = shapes.iter().map(|shape| shape.len()).max()?;
    let mut made = vec![1; rank];
    for shape in shapes {
        for (at, &extent) in (rank - shape.len()..).zip(*shape) {
            match (made[at], extent) {
                (_, 1) => {}
                (1, extent) => made[at] = extent,
                (known, extent) if known == extent => {}
                _ => return None,
            }
        }
    }
    Some(made)
}

/// The shape that `Reshape`, `Flatten`, `Squeeze` and `Unsqueeze` give a tensor; the number of samples may not fit.
pub fn reformed(node: &NodeProto, shape: &[usize], reads: &[Option<&Constant>]) -> Option<Vec<usize>> {
    let total = samples(shape);
    match node.op_type.as_str() {
        "Flatten" => {
            let at = match node.int("axis", 1) {
                at if at == shape.len() as i64 => shape.len(),
                at => axis(at, shape.len().max(1))?,
            };
            Some(vec![samples(&shape[..at]), samples(&shape[at..])])
        }
        "Squeeze" => {
            let places = match told(node, "axes", reads, 1)? {
                Some(list) => axes(&list, shape.len())?,
                None => (0..shape.len()).filter(|&at| shape[at] == 1).collect(),
            };
            let fits = places.iter().all(|&at| shape[at] == 1);
            let kept = shape.iter().enumerate().filter(|(at, _)| !places.contains(at)).map(|(_, &extent)| extent);
            fits.then(|| kept.collect())
        }
        "Unsqueeze" => {
            let list = told(node, "axes", reads, 1)??;
            let rank = shape.len().checked_add(list.len())?;
            let places = axes(&list, rank)?;
            let mut own = shape.iter().copied();
            (0..rank).map(|at| if places.contains(&at) { Some(1) } else { own.next() }).collect()
        }
        _ => {
            let target = told(node, "shape", reads, 1)??;
            let kept = |(at, &extent): (usize, &i64)| match extent {
                0 if node.int("allowzero", 0) == 0 => shape.get(at).copied(),
                -1 => Some(1),
                extent => usize::try_from(extent).ok(),
            };
            let mut made = target.iter().enumerate().map(kept).collect::<Option<Vec<_>>>()?;
            if let Some(open) = target.iter().position(|&extent| extent == -1) {
                made[open] = total.checked_div(samples(&made))?;
            }
            Some(made)
        }
    }
}

/// The order in which `Transpose` takes the axes.
pub fn order(node: &NodeProto, rank: usize) -> Option<Vec<usize>> {
    let stated = node.ints("perm");
    let order = if stated.is_empty() { (0..rank).rev().collect() } else { axes(stated, rank)? };
    (order.len() == rank).then_some(order)
}

/// What `Slice` keeps of an axis: `count` places from `start` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which axis.
    pub axis: usize,
    /// First place that is kept.
    pub start: i64,
    /// From one to the next; negative ones go backwards.
    pub step: i64,
    /// How many are kept.
    pub count: usize,
}

/// What `Slice` keeps of a tensor of that shape.
pub fn cuts(node: &NodeProto, shape: &[usize], reads: &[Option<&Constant>]) -> Option<Vec<Cut>> {
    let (starts, ends) = (told(node, "starts", reads, 1)??, told(node, "ends", reads, 2)??);
    let listed = told(node, "axes", reads, 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = told(node, "steps", reads, 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let places = axes(&listed, shape.len())?;
    let cut = |(order, &axis): (usize, &usize)| {
        let (extent, step) = (i64::try_from(shape[axis]).ok()?, *steps.get(order)?);
        let from_end = |place: i64| if place < 0 { place.saturating_add(extent) } else { place };
        let (start, stated) = (from_end(*starts.get(order)?), *ends.get(order)?);
        // The greatest number means as far as there is something, in both directions.
        let open = stated == i64::MAX || stated == i64::from(i32::MAX);
        let end = if open && step < 0 { -1 } else { from_end(stated).clamp(-1, extent) };
        let (start, span) = match step {
            0 => return None,
            _ if extent == 0 => (0, 0),
            1.. => {
                let start = start.clamp(0, extent);
                (start, end.max(0) - start)
            }
            _ => {
                let start = start.clamp(0, extent - 1);
                (start, start - end)
            }
        };
        let wide = i64::try_from(step.unsigned_abs()).unwrap_or(i64::MAX);
        let count = span.max(0) / wide + i64::from(span.max(0) % wide > 0);
        Some(Cut { axis, start, step, count: usize::try_from(count).ok()? })
    };
    places.iter().enumerate().map(cut).collect()
}

/// The extents that `Split` cuts an axis into; `stated` are those that it names.
pub fn parts(node: &NodeProto, extent: usize, stated: Option<Vec<i64>>) -> Option<Vec<usize>> {
    if let Some(stated) = stated {
        let parts = extents(&stated)?;
        return (parts.iter().fold(0_usize, |sum, &part| sum.saturating_add(part)) == extent).then_some(parts);
    }
    let count = usize::try_from(node.int("num_outputs", node.output.len() as i64)).ok().filter(|&count| count > 0)?;
    let part = extent.div_ceil(count);
    // The last part is smaller where they cannot all be equal.
    (0..count).map(|at| Some(part.min(extent.checked_sub(at * part)?))).collect()
}

/// What `Pad` adds before and behind each axis.
pub fn pads(node: &NodeProto, rank: usize, reads: &[Option<&Constant>]) -> Option<Vec<(i64, i64)>> {
    let old = node.attribute("paddings").map(|attribute| attribute.ints.clone());
    let list = match old {
        Some(list) => list,
        None => told(node, "pads", reads, 1)??,
    };
    let places = match reads.get(3).copied().flatten() {
        Some(list) => axes(list.integers()?, rank)?,
        None => (0..rank).collect(),
    };
    if list.len() != 2 * places.len() {
        return None;
    }
    let mut pads = vec![(0, 0); rank];
    for (order, &at) in places.iter().enumerate() {
        pads[at] = (list[order], list[order + places.len()]);
    }
    Some(pads)
}

/// A shape with what `Pad` adds.
pub fn padded(shape: &[usize], pads: &[(i64, i64)]) -> Option<Vec<usize>> {
    let extent = |(&extent, &(before, after)): (&usize, &(i64, i64))| {
        let sum = i64::try_from(extent).ok()?.saturating_add(before).saturating_add(after);
        usize::try_from(sum).ok()
    };
    shape.iter().zip(pads).map(extent).collect()
}
