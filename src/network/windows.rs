//! Shapes and receptive fields through convolutions, pooling, resizing and rearrangements; see [`super::graph`].

use super::fields::{Field, Flow, Value};
use super::onnx::NodeProto;
use crate::error::{Error, Result};

/// Convolutions, transposed convolutions and pooling.
///
/// # Errors
/// [`Error::Model`] when the image is smaller than the window, or has other channels than the weights.
pub fn through(node: &NodeProto, reads: &[&Value]) -> Result<Option<Flow>> {
    let Some((value, shape)) = reads.first().and_then(|value| Some((value, value.shape.as_ref()?))) else {
        return Ok(None);
    };
    let weights = reads.get(1).and_then(|weights| weights.shape.as_ref());
    let is_convolution = node.op_type.starts_with("Conv");
    let kernel: Vec<usize> = match (is_convolution, weights) {
        (true, Some(weights)) if weights.len() == shape.len() && shape.len() > 2 => weights[2..].to_vec(),
        (false, _) if shape.len() > 2 => node.ints("kernel_shape").iter().map(|&n| n.max(0) as usize).collect(),
        _ => return Ok(None),
    };
    if kernel.len() != shape.len() - 2 {
        return Ok(None);
    }
    let group = node.int("group", 1).clamp(1, WIDE) as usize;
    let channels = match (node.op_type.as_str(), weights) {
        ("Conv", Some(weights)) if shape[1] != weights[1].saturating_mul(group) => {
            return Err(Error::Model(format!(
                "node {} reads {} channels; its weights are for {}; the image's channels do not suit the network",
                node.name,
                shape[1],
                weights[1].saturating_mul(group)
            )));
        }
        ("Conv", Some(weights)) => weights[0],
        ("ConvTranspose", Some(weights)) => weights[1].saturating_mul(group),
        _ => shape[1],
    };
    let (mut made, mut fields) = (vec![shape[0], channels], vec![None, None]);
    for (at, &size) in kernel.iter().enumerate() {
        let list = |name: &str, default: i64| node.ints(name).get(at).copied().unwrap_or(default).clamp(-WIDE, WIDE);
        let (step, dilation) = (list("strides", 1).max(1), list("dilations", 1).max(1));
        let extent = i64::try_from(shape[at + 2]).unwrap_or(WIDE * WIDE).min(WIDE * WIDE);
        let reach = (i64::try_from(size).unwrap_or(WIDE).min(WIDE) - 1) * dilation;
        let transposed = node.op_type == "ConvTranspose";
        let (before, after) = match (node.text("auto_pad"), transposed) {
            ("SAME_UPPER" | "SAME_LOWER", false) => {
                let total = ((extent + step - 1) / step * step - step + reach + 1 - extent).max(0);
                let (less, more) = (total / 2, total - total / 2);
                if node.text("auto_pad") == "SAME_UPPER" { (less, more) } else { (more, less) }
            }
            ("SAME_UPPER" | "SAME_LOWER", true) => {
                let total = (reach + 1 - step).max(0);
                (total / 2, total - total / 2)
            }
            ("VALID", _) => (0, 0),
            _ => {
                let pads = node.ints("pads");
                let pad = |at: usize| pads.get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
                (pad(at), pad(at + kernel.len()))
            }
        };
        let field = value.fields.get(at + 2).copied().flatten();
        if transposed {
            let extra = list("output_padding", 0);
            let stated = node.ints("output_shape").get(at).copied();
            made.push((stated.unwrap_or((extent - 1) * step + reach + 1 + extra - before - after)).max(0) as usize);
            // Output o reads inputs (o + before - reach) / step ..= (o + before) / step.
            fields.push(field.map(|(axis, field)| {
                let (step, before, reach) = (step as f64, before as f64, reach as f64);
                let low = field.low + field.jump * ((before - reach) / step);
                let high = field.high + field.jump * (before / step);
                (axis, Field { jump: field.jump / step, low, high })
            }));
        } else {
            let room = extent + before + after - reach - 1;
            if room < 0 {
                return Err(Error::Model(format!(
                    "node {} reads {extent} samples with a window of {}; the image is too small for the network",
                    node.name,
                    reach + 1
                )));
            }
            let up = if node.int("ceil_mode", 0) == 1 && !is_convolution { step - 1 } else { 0 };
            made.push(((room + up) / step + 1) as usize);
            fields.push(field.map(|(axis, field)| (axis, field.window(step as f64, before as f64, reach as f64))));
        }
    }
    let mut flow = Flow::local(Value { shape: Some(made), content: None, fields, moving: true });
    // Pooling may also give the places of the maxima.
    flow.values.resize_with(node.output.len().max(1), Value::unknown);
    Ok(Some(flow))
}

/// Resizing by factors or to sizes.
///
/// # Errors
/// [`Error::Model`] for a factor that is not positive.
pub fn resized(node: &NodeProto, reads: &[&Value]) -> Result<Option<Flow>> {
    let Some((value, shape)) = reads.first().and_then(|value| Some((value, value.shape.as_ref()?))) else {
        return Ok(None);
    };
    let list =
        |order: usize| reads.get(order).and_then(|list| list.content.clone()).filter(|list| list.len() == shape.len());
    let stated: Vec<f64> =
        node.attribute("scales").map_or(Vec::new(), |scales| scales.floats.iter().map(|&s| s.into()).collect());
    let (scales, sizes) = match (stated.len() == shape.len(), node.op_type.as_str()) {
        (true, _) => (Some(stated), None),
        (false, "Upsample") => (list(1), None),
        // Opset 10 has the factors second, later ones third.
        (false, _) => (list(2).or_else(|| list(1).filter(|_| reads.len() == 2)), list(3)),
    };
    let scales = match (scales, &sizes) {
        (Some(scales), _) => scales,
        (None, Some(sizes)) => sizes.iter().zip(shape).map(|(&size, &extent)| size / extent.max(1) as f64).collect(),
        (None, None) => return Ok(None),
    };
    let (mut made, mut fields) = (Vec::new(), Vec::new());
    for (at, (&extent, &scale)) in shape.iter().zip(&scales).enumerate() {
        if !(scale > 0.0 && scale < 1e6) {
            return Err(Error::Model(format!("node {} resizes by {scale}; a factor must be positive", node.name)));
        }
        made.push(sizes.as_ref().map_or((extent as f64 * scale).floor() as usize, |sizes| sizes[at] as usize));
        let Some((axis, field)) = value.fields.get(at).copied().flatten() else {
            fields.push(None);
            continue;
        };
        let repeats = scale.fract() == 0.0;
        let reach = match node.text("mode") {
            "linear" | "bilinear" => 1.0,
            "cubic" => 2.0,
            _ if repeats => 0.0,
            _ => 1.0,
        };
        // Sample o is made from inputs around (o + 0.5) / scale - 0.5, or floor(o / scale) where samples are repeated.
        let before = if repeats && reach == 0.0 { (scale - 1.0) / scale } else { reach + 0.5 / scale };
        let after = if repeats && reach == 0.0 { 0.0 } else { reach + 0.5 };
        let jump = field.jump / scale;
        let field = Field { jump, low: field.low - field.jump * before, high: field.high + field.jump * after };
        fields
            .push(Some((axis, if scale == 1.0 { value.fields[at].map_or(field, |(_, field)| field) } else { field })));
    }
    Ok(Some(Flow::local(Value { shape: Some(made), content: None, fields, moving: true })))
}

/// Channels laid out as places, and places as channels.
///
/// # Errors
/// [`Error::Model`] when the block does not divide the shape.
pub fn rearranged(node: &NodeProto, value: &Value) -> Result<Option<Flow>> {
    let Some(shape) = value.shape.as_ref().filter(|shape| shape.len() == 4) else { return Ok(None) };
    let block = node.int("blocksize", 1).clamp(1, 1024) as usize;
    let out = node.op_type == "DepthToSpace";
    let fits = if out { shape[1] % (block * block) == 0 } else { shape[2] % block == 0 && shape[3] % block == 0 };
    if !fits {
        return Err(Error::Model(format!(
            "node {} rearranges shape {shape:?} in blocks of {block}, which do not fit; the image's size does not suit \
             the network",
            node.name
        )));
    }
    let channels = if out { shape[1] / (block * block) } else { shape[1].saturating_mul(block * block) };
    let (mut made, mut fields) = (vec![shape[0], channels], vec![None, None]);
    for (at, &extent) in shape.iter().enumerate().skip(2) {
        made.push(if out { extent.saturating_mul(block) } else { extent / block });
        let wide = block as f64;
        fields.push(value.fields.get(at).copied().flatten().map(|(axis, field)| {
            let field = if out {
                let jump = field.jump / wide;
                Field { jump, low: field.low - field.jump * (wide - 1.0) / wide, high: field.high }
            } else {
                field.window(wide, 0.0, wide - 1.0)
            };
            (axis, field)
        }));
    }
    Ok(Some(Flow::local(Value { shape: Some(made), content: None, fields, moving: true })))
}

/// Beyond this no window, step or border of a network goes; what a file states beyond it is cut off.
const WIDE: i64 = 1 << 20;
