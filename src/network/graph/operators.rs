//! What each operator makes of what it reads: shapes, contents, places; see [`super`] and [`super::value`].

use super::call::Call;
use super::constant::{Constant, samples};
use super::value::{Flow, Value};
use super::{along, fold, joined, moves, resample, windows};
use crate::error::Result;
use crate::network::onnx;

/// What `call` makes of what it reads; operators that are not known give values of which nothing is known.
///
/// # Errors
/// [`Error::Model`](crate::error::Error::Model) when the shapes contradict the operator.
pub fn through(call: Call<'_>) -> Result<Flow> {
    let known = call.node.domain.is_empty() || call.node.domain == "ai.onnx";
    if !known {
        return Ok(Flow::unknown(call.node.output.len()));
    }
    if let Some(constants) = folded(call) {
        let values = constants.into_iter().map(Value::constant).collect();
        return Ok(Flow { values, ..Flow::local(Value::default()) });
    }
    let flow = match call.operator() {
        "Conv" | "ConvInteger" | "ConvTranspose" | "QLinearConv" | "MaxPool" | "AveragePool" | "LpPool" => {
            windows::through(call)?
        }
        "MaxUnpool" => windows::unpooled(call),
        "Resize" | "Upsample" => resample::resized(call)?,
        "DepthToSpace" | "SpaceToDepth" => moves::rearranged(call)?,
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => moves::reformed(call)?,
        "Pad" => moves::padded(call)?,
        "Slice" => moves::sliced(call),
        "Transpose" => moves::transposed(call),
        "Concat" => moves::concatenated(call),
        "Split" => moves::split(call),
        "Expand" => moves::expanded(call),
        "Tile" => moves::tiled(call),
        "Gather" => moves::gathered(call),
        "ConstantOfShape" | "Range" | "EyeLike" | "Trilu" => moves::laid_out(call),
        "MatMul" | "Gemm" | "MatMulInteger" => joined::multiplied(call),
        "Einsum" => joined::summed(call),
        name if joined::ONE_BY_ONE.contains(&name) => joined::one_by_one(call),
        name if joined::TOGETHER.contains(&name) => joined::together(call)?,
        _ => along::through(call),
    };
    Ok(flow.unwrap_or_else(|| Flow::unknown(call.node.output.len())))
}

/// What it makes where that follows from shapes and contents alone.
fn folded(call: Call<'_>) -> Option<Vec<Constant>> {
    match call.operator() {
        "Constant" => return fold::stated(call.node).map(|constant| vec![constant]),
        "Shape" => {
            let shape = call.value(0)?.shape()?;
            let rank = shape.len() as i64;
            // Since opset 15 a part of it, cut as a slice would be.
            let bound = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
            let (start, end) = (bound(call.node.int("start", 0)), bound(call.node.int("end", i64::MAX)));
            let part = shape.get(start..end.max(start))?;
            return Some(vec![Constant::list(part.iter().map(|&extent| extent as i64).collect())]);
        }
        "Size" => {
            let count = i64::try_from(samples(&call.value(0)?.shape()?)).ok()?;
            return Constant::whole(onnx::INT64, vec![], vec![count]).map(|constant| vec![constant]);
        }
        "Gather" if call.content(0).is_none() => return None,
        _ => {}
    }
    let mut contents = Vec::new();
    for read in call.reads {
        contents.push(match read {
            None => None,
            Some(value) => Some(value.content.as_deref()?),
        });
    }
    if contents.iter().all(Option::is_none) {
        return None;
    }
    fold::evaluate(call.node, call.opset, &contents)
}
