//! Convolutions, transposed convolutions and pooling; see [`super::value`].
//!
//! Along each axis, sample `o` of a convolution reads samples `o * step - before ..= o * step - before + reach` of what
//! it is made from. It is right where all of them are: of `n` samples, `lead` at the start and `trail` at the end spoilt,
//!
//! ```text
//!     jump'  = jump * step
//!     lead'  = the first o with o * step - before >= lead
//!     trail' = samples behind the last o with o * step - before + reach <= n - 1 - trail
//! ```
//!
//! A transposed convolution turns this around: sample `o` is made from samples `(o + before - reach) / step ..= (o +
//! before) / step`, and `jump' = jump / step`.

use super::call::Call;
use super::value::{Along, Axis, Factor, Flow, Place, Value};
use crate::error::{Error, Result};
use crate::network::onnx::{self, NodeProto};

/// Convolutions, transposed convolutions and pooling.
///
/// # Errors
/// [`Error::Model`] when the image is smaller than the window, or has other channels than the weights.
pub fn through(call: Call<'_>) -> Result<Option<Flow>> {
    let (Some(value), Some(own)) = (call.value(0), call.axes(0)) else { return Ok(None) };
    // Quantised weights come after the scale and the zero of the image.
    let weights = call.value(if call.operator() == "QLinearConv" { 3 } else { 1 });
    let weights = weights.filter(|_| call.operator().contains("Conv"));
    let follows =
        weights.and_then(|weights| weights.axes.as_deref()).is_some_and(|axes| axes.iter().any(Axis::has_places));
    let weights = weights.and_then(Value::shape);
    let Some(kernel) = kernel(call, own.len(), weights.as_ref()) else { return Ok(None) };
    let channels = channels(call.node, own[1].extent(), weights.as_ref())?;
    // A window over axes that hold places between something else would mix places.
    let mut global = follows || (call.operator().contains("Conv") && own[1].has_places());
    let mut made = vec![own[0].clone(), if weights.is_some() { Axis::other(channels) } else { own[1].clone() }];
    for at in 0..kernel.len() {
        let axis = &own[at + 2];
        let extent = axis.extent() as i64;
        let window = Window::new(call.node, &kernel, at, extent);
        let transposed = call.operator() == "ConvTranspose";
        let size = if transposed { window.spread(call.node, at, extent) } else { window.swept(call.node, extent)? };
        if window.is_single() && size as i64 == extent {
            made.push(axis.clone());
            continue;
        }
        made.push(match axis.single().map(|factor| factor.along) {
            Some(Along::Place(place)) if transposed => {
                Axis::of(Factor::place(size, window.made_from(place, extent, size as i64)))
            }
            Some(Along::Place(place)) => Axis::of(Factor::place(size, window.over(place, extent, size as i64))),
            Some(_) => Axis::other(size),
            None => {
                global = true;
                Axis::other(size)
            }
        });
    }
    let kind = match call.operator() {
        "ConvInteger" => onnx::INT32,
        "QLinearConv" => call.value(7).map_or(value.kind, |zero| zero.kind),
        _ => value.kind,
    };
    let mut flow = Flow::reaching(Value::with_axes(kind, made), global);
    // Pooling may also give the places of the maxima.
    flow.values.resize_with(call.node.output.len().max(1), Value::unknown);
    Ok(Some(flow))
}

/// Maxima put back to where pooling found them, where its windows do not overlap.
pub fn unpooled(call: Call<'_>) -> Option<Flow> {
    let (value, own) = (call.value(0)?, call.axes(0)?);
    let sizes = call.node.ints("kernel_shape");
    let plain = call.value(2).is_none()
        && call.node.ints("strides") == sizes
        && call.node.ints("pads").iter().all(|&pad| pad == 0);
    if !plain || sizes.len() + 2 != own.len() {
        return None;
    }
    let mut made = own[..2].to_vec();
    for (axis, &size) in own[2..].iter().zip(sizes) {
        let size = usize::try_from(size).ok().filter(|&size| size > 0)?;
        let factor = axis.single()?;
        made.push(Axis(vec![factor, Factor::other(size)]));
    }
    Some(Flow::local(Value::with_axes(value.kind, made)))
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
        let extra = node.ints("output_padding").get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
        let transposed = node.op_type == "ConvTranspose";
        let pads = |total: i64, upper: bool| {
            let (less, more) = (total / 2, total - total / 2);
            if upper { (less, more) } else { (more, less) }
        };
        let auto = node.text("auto_pad");
        let (before, after) = match (node.ints("output_shape").get(at), auto, transposed) {
            // What a transposed convolution makes beyond the stated extent is cut off.
            (Some(stated), _, true) => {
                let total = ((extent - 1) * step + extra + reach + 1 - stated).max(0);
                pads(total, auto == "SAME_UPPER")
            }
            (_, "SAME_UPPER" | "SAME_LOWER", true) => pads((reach + 1 + extra - step).max(0), auto == "SAME_UPPER"),
            (_, "SAME_UPPER" | "SAME_LOWER", false) => {
                // The result has one sample for every `step` of the input, the last step begun included.
                let total = (extent + step - 1) / step * step - step + reach + 1 - extent;
                pads(total.max(0), auto == "SAME_UPPER")
            }
            (_, "VALID", _) => (0, 0),
            _ => {
                let pad = |at: usize| node.ints("pads").get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
                (pad(at), pad(at + kernel.len()))
            }
        };
        Self { step, reach, before, after }
    }

    /// Whether it is one sample for one sample.
    fn is_single(&self) -> bool {
        (self.step, self.reach, self.before, self.after) == (1, 0, 0, 0)
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
        let mut count = free / self.step + 1;
        let up = node.int("ceil_mode", 0) == 1 && node.op_type.ends_with("Pool");
        // A last window that is begun, but not one that sees nothing but what was added.
        if up && free % self.step > 0 && count * self.step < extent + self.before {
            count += 1;
        }
        Ok(count as usize)
    }

    /// How many samples the windows of `extent` samples cover together.
    fn spread(&self, node: &NodeProto, at: usize, extent: i64) -> usize {
        let extra = node.ints("output_padding").get(at).copied().unwrap_or(0).clamp(-WIDE, WIDE);
        let stated = node.ints("output_shape").get(at).copied();
        let made = (extent - 1) * self.step + self.reach + 1 + extra - self.before - self.after;
        stated.unwrap_or(made).max(0) as usize
    }

    /// The places of a convolution's result of `size` samples.
    fn over(&self, place: Place, extent: i64, size: i64) -> Place {
        let lead = (place.lead as i64 + self.before).max(0);
        let last = (extent - 1 - place.trail as i64 + self.before - self.reach).div_euclid(self.step);
        Place {
            jump: place.jump.times(self.step as u64, 1),
            origin: place.origin - place.jump.value() * self.before as f64,
            lead: (lead + self.step - 1).div_euclid(self.step) as usize,
            trail: (size - 1 - last).max(0) as usize,
            ..place
        }
    }

    /// The places of a transposed convolution's result of `size` samples.
    fn made_from(&self, place: Place, extent: i64, size: i64) -> Place {
        let first = (place.lead as i64 - 1) * self.step + 1 + self.reach - self.before;
        let end = (extent - place.trail as i64) * self.step - self.before;
        Place {
            jump: place.jump.times(1, self.step as u64),
            origin: place.origin + place.jump.value() * (self.before - self.reach) as f64 / self.step as f64,
            lead: first.max(0) as usize,
            trail: (size - end).max(0) as usize,
            ..place
        }
    }
}

/// The window's extents along the spatial axes: those of the weights, or what pooling states.
fn kernel(call: Call<'_>, rank: usize, weights: Option<&Vec<usize>>) -> Option<Vec<usize>> {
    let kernel: Vec<usize> = match (call.operator().contains("Conv"), weights) {
        (true, Some(weights)) if weights.len() == rank && rank > 2 => weights[2..].to_vec(),
        (false, _) if rank > 2 => call.node.ints("kernel_shape").iter().map(|&n| n.max(0) as usize).collect(),
        _ => return None,
    };
    (kernel.len() + 2 == rank).then_some(kernel)
}

/// Channels of the result.
fn channels(node: &NodeProto, channels: usize, weights: Option<&Vec<usize>>) -> Result<usize> {
    let group = node.int("group", 1).clamp(1, WIDE) as usize;
    match (node.op_type.as_str(), weights) {
        (_, None) => Ok(channels),
        ("ConvTranspose", Some(weights)) => Ok(weights[1].saturating_mul(group)),
        (_, Some(weights)) if channels != weights[1].saturating_mul(group) => Err(Error::Model(format!(
            "node {} reads {channels} channels; its weights are for {}; the image's channels do not suit the network",
            node.name,
            weights[1].saturating_mul(group)
        ))),
        (_, Some(weights)) => Ok(weights[0]),
    }
}

/// Beyond this no window, step or border of a network goes; what a file states beyond it is cut off.
const WIDE: i64 = 1 << 20;
