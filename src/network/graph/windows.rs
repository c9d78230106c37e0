//! Shapes and receptive fields through convolutions, pooling, resizing and rearrangements; see [`super`].
//!
//! All of them are one idea: sample `o` of the result reads samples `o * step - before ..= o * step - before + reach` of
//! what it is made from. If those look at the image as `low ..= high` with a distance of `jump`, then sample `o` looks at
//!
//! ```text
//!     jump' = jump * step
//!     low'  = low  - jump * before
//!     high' = high + jump * (reach - before)
//! ```
//!
//! from `o * jump'` on. A convolution that skips samples has `step > 1`; one that is transposed, a resize and a block of
//! channels laid out as places have `step = 1 / factor`, so that `jump` is a real number and `before` a fraction.
//!
//! Rejected: fields in whole samples. A transposed convolution of factor 2 behind a pooling of 2 would round twice, and
//! halos of deep networks would grow by a sample a level. Also rejected: fields of single phases (`o` even, `o` odd),
//! which are narrower by up to `factor - 1` samples: tiles are cut at multiples of the stride, so the widest counts.

use super::value::{Flow, ReceptiveField, Value};
use crate::error::{Error, Result};
use crate::network::onnx::NodeProto;

/// Convolutions, transposed convolutions and pooling.
///
/// # Errors
/// [`Error::Model`] when the image is smaller than the window, or has other channels than the weights.
pub fn through(node: &NodeProto, reads: &[&Value]) -> Result<Option<Flow>> {
    let Some((value, shape)) = reads.first().and_then(|value| Some((value, value.shape.as_ref()?))) else {
        return Ok(None);
    };
    let weights = reads.get(1).and_then(|weights| weights.shape.as_ref());
    let Some(kernel) = kernel(node, shape, weights) else { return Ok(None) };
    let (mut made, mut fields) = (vec![shape[0], channels(node, shape, weights)?], vec![None, None]);
    for at in 0..kernel.len() {
        let extent = i64::try_from(shape[at + 2]).unwrap_or(WIDE * WIDE).min(WIDE * WIDE);
        let window = Window::new(node, &kernel, at, extent);
        let field = value.fields.get(at + 2).copied().flatten();
        let (extent, field) = match node.op_type.as_str() {
            "ConvTranspose" => {
                (window.spread(node, at, extent), field.map(|(axis, field)| (axis, window.seen_through(field))))
            }
            _ => (window.swept(node, extent)?, field.map(|(axis, field)| (axis, window.over(field)))),
        };
        made.push(extent);
        fields.push(field);
    }
    let mut flow = Flow::local(Value { shape: Some(made), content: None, fields, moving: true });
    // Pooling may also give the places of the maxima.
    flow.values.resize_with(node.output.len().max(1), Value::unknown);
    Ok(Some(flow))
}

/// A window along one axis.
struct Window {
    /// Samples from one place of the window to the next.
    step: i64,
    /// Samples from the first that the window sees to the last.
    reach: i64,
    /// Samples added before the first, and behind the last.
    before: i64,
    after: i64,
}

impl Window {
    /// The window of a node along its spatial axis `at`, of `extent` samples.
    fn new(node: &NodeProto, kernel: &[usize], at: usize, extent: i64) -> Self {
        let list = |name: &str| node.ints(name).get(at).copied().unwrap_or(1).clamp(1, WIDE);
        let (step, dilation) = (list("strides"), list("dilations"));
        let reach = (i64::try_from(kernel[at]).unwrap_or(WIDE).min(WIDE) - 1) * dilation;
        let total = match node.op_type.as_str() {
            "ConvTranspose" => reach + 1 - step,
            // The result has one sample for every `step` of the input, the last step begun included.
            _ => (extent + step - 1) / step * step - step + reach + 1 - extent,
        };
        let (less, more) = (total.max(0) / 2, total.max(0) - total.max(0) / 2);
        let (before, after) = match node.text("auto_pad") {
            "SAME_LOWER" if node.op_type != "ConvTranspose" => (more, less),
            "SAME_UPPER" | "SAME_LOWER" => (less, more),
            "VALID" => (0, 0),
            _ => {
                let pad = |at: usize| node.ints("pads").get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
                (pad(at), pad(at + kernel.len()))
            }
        };
        Self { step, reach, before, after }
    }

    /// How many places the window takes on `extent` samples.
    fn swept(&self, node: &NodeProto, extent: i64) -> Result<usize> {
        let free = extent + self.before + self.after - self.reach - 1;
        if free < 0 {
            return Err(Error::Model(format!(
                "node {} reads {extent} samples with a window of {}; the image is too small for the network",
                node.name,
                self.reach + 1
            )));
        }
        let up = if node.int("ceil_mode", 0) == 1 && node.op_type != "Conv" { self.step - 1 } else { 0 };
        Ok(((free + up) / self.step + 1) as usize)
    }

    /// How many samples the windows of `extent` samples cover together.
    fn spread(&self, node: &NodeProto, at: usize, extent: i64) -> usize {
        let extra = node.ints("output_padding").get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
        let stated = node.ints("output_shape").get(at).copied();
        let made = (extent - 1) * self.step + self.reach + 1 + extra - self.before - self.after;
        stated.unwrap_or(made).max(0) as usize
    }

    /// Sample `o` reads inputs `o * step - before ..= o * step - before + reach`.
    fn over(&self, field: ReceptiveField) -> ReceptiveField {
        field.window(self.step as f64, self.before as f64, self.reach as f64)
    }

    /// Sample `o` is reached by inputs `(o + before - reach) / step ..= (o + before) / step`.
    fn seen_through(&self, field: ReceptiveField) -> ReceptiveField {
        let (step, before, reach) = (self.step as f64, self.before as f64, self.reach as f64);
        let low = field.low + field.jump * ((before - reach) / step);
        let high = field.high + field.jump * (before / step);
        ReceptiveField { jump: field.jump / step, low, high }
    }
}

/// The window's extents along the spatial axes: those of the weights, or what pooling states.
fn kernel(node: &NodeProto, shape: &[usize], weights: Option<&Vec<usize>>) -> Option<Vec<usize>> {
    let kernel: Vec<usize> = match (node.op_type.starts_with("Conv"), weights) {
        (true, Some(weights)) if weights.len() == shape.len() && shape.len() > 2 => weights[2..].to_vec(),
        (false, _) if shape.len() > 2 => node.ints("kernel_shape").iter().map(|&n| n.max(0) as usize).collect(),
        _ => return None,
    };
    (kernel.len() == shape.len() - 2).then_some(kernel)
}

/// Channels of the result.
fn channels(node: &NodeProto, shape: &[usize], weights: Option<&Vec<usize>>) -> Result<usize> {
    let group = node.int("group", 1).clamp(1, WIDE) as usize;
    match (node.op_type.as_str(), weights) {
        ("Conv", Some(weights)) if shape[1] != weights[1].saturating_mul(group) => Err(Error::Model(format!(
            "node {} reads {} channels; its weights are for {}; the image's channels do not suit the network",
            node.name,
            shape[1],
            weights[1].saturating_mul(group)
        ))),
        ("Conv", Some(weights)) => Ok(weights[0]),
        ("ConvTranspose", Some(weights)) => Ok(weights[1].saturating_mul(group)),
        _ => Ok(shape[1]),
    }
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
        let field =
            ReceptiveField { jump, low: field.low - field.jump * before, high: field.high + field.jump * after };
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
                ReceptiveField { jump, low: field.low - field.jump * (wide - 1.0) / wide, high: field.high }
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
