//! The interpreter: what operators make of tensors whose content is known.
//!
//! Exporters write the arithmetic of shapes into the graph: a size is read by `Shape`, cut by `Slice` or `Gather`,
//! divided, compared, put together by `Concat` and given to `Reshape`, `Resize`, `Pad` or `Expand`. It has to be
//! computed as ONNX Runtime computes it, sample type by sample type: whole numbers divide towards zero and wrap, real
//! ones are rounded to their type. So every operator that works on numbers is here, with all its attributes, as every
//! version of it since opset 1 means it; one that is given something it does not know gives `None`, and the value then
//! counts as not known. Tested against ONNX Runtime on random graphs (`tests/data/network/make_shapes.py`).
//!
//! Rejected: to have ONNX Runtime fold the constants. It would have to be loaded to describe a network, it folds for
//! one size a session, and what it folds cannot be read back but by writing a file.

mod arithmetic;
mod arrange;
mod index;
mod reduce;

pub use reduce::reduced_axes;

use super::constant::{Constant, LIMIT, samples};
use super::shapes::{axes, axis, broadcast, told};
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of `reads`, of which `None` are those that are left out.
pub fn evaluate(node: &NodeProto, opset: i64, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let made = arithmetic::evaluate(node, opset, reads)
        .or_else(|| arrange::evaluate(node, opset, reads))
        .or_else(|| index::evaluate(node, opset, reads))
        .or_else(|| reduce::evaluate(node, opset, reads))?;
    made.iter().all(|constant| constant.len() <= LIMIT).then_some(made)
}

/// What a node of the type `Constant` states.
pub fn stated(node: &NodeProto) -> Option<Constant> {
    let attribute = node.attribute.first()?;
    match attribute.name.as_str() {
        "value" => Constant::of_tensor(attribute.t.as_ref()?),
        "value_int" => Constant::whole(onnx::INT64, vec![], vec![attribute.i]),
        "value_ints" => Some(Constant::list(attribute.ints.clone())),
        "value_float" => Constant::real(onnx::FLOAT, vec![], vec![attribute.f.into()]),
        "value_floats" => {
            let floats: Vec<f64> = attribute.floats.iter().map(|&float| float.into()).collect();
            Constant::real(onnx::FLOAT, vec![floats.len()], floats)
        }
        _ => None,
    }
}

/// Samples from one place along each axis to the next.
fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|at| samples(&shape[at + 1..])).collect()
}

/// For every place of a tensor of that shape, last axis fastest, the sum of place and stride along each axis.
fn places(shape: &[usize], strides: &[i64], first: i64) -> Option<Vec<usize>> {
    let count = Some(samples(shape)).filter(|&count| count <= LIMIT)?;
    let mut at = vec![0_usize; shape.len()];
    let mut places = Vec::with_capacity(count);
    let mut place = first;
    for _ in 0..count {
        places.push(usize::try_from(place).ok()?);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            place += strides[axis];
            if at[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis] as i64;
            at[axis] = 0;
        }
    }
    Some(places)
}

/// The sample of a tensor of shape `from` for every place of one of shape `to`, where extents of 1 are repeated.
fn repeated(from: &[usize], to: &[usize]) -> Option<Vec<usize>> {
    let own = strides(from);
    let lead = to.len().checked_sub(from.len())?;
    let steps: Vec<i64> = (0..to.len())
        .map(|at| match at.checked_sub(lead) {
            Some(own_at) if from[own_at] != 1 => own[own_at] as i64,
            _ => 0,
        })
        .collect();
    places(to, &steps, 0)
}
