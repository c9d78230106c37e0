//! Resizing; see [`super::value`].
//!
//! A sample `o` of the result is made from samples around a place `x(o)` of what it is made from. Tiles are right where
//! `x` moves by a whole number when `o` does, at the distance at which the network repeats itself, and where the
//! arithmetic of `x` gives the same in a tile and in the image:
//!
//! | `coordinate_transformation_mode` | x(o) |
//! |---|---|
//! | half_pixel, and half_pixel_symmetric where the extents divide | (o + 1/2) / scale - 1/2 |
//! | pytorch_half_pixel | the same, but 0 for one sample |
//! | asymmetric | o / scale |
//! | tf_half_pixel_for_nn | (o + 1/2) / scale |
//! | align_corners, tf_crop_and_resize | depends on the extent of the whole: no tile is right |
//!
//! ONNX Runtime computes `x` in f32, whose rounding depends on `o` unless the scale is a power of two: weights between
//! samples then differ by 1e-4 in tiles, which abbe does not call exact. Choosing the nearest sample differs only where
//! `x` lies on the edge of two.

use super::call::Call;
use super::ratio::Ratio;
use super::value::{Along, Axis, Factor, Flow, Place, Value};
use crate::error::{Error, Result};

/// Resizing by factors or to sizes.
///
/// # Errors
/// [`Error::Model`] for a factor that is not positive.
pub fn resized(call: Call<'_>) -> Result<Option<Flow>> {
    let Some((value, own)) = call.value(0).and_then(|value| Some((value, value.axes.as_deref()?))) else {
        return Ok(None);
    };
    let Some(wanted) = wanted(call, own) else { return Ok(None) };
    let (mut made, mut global) = (Vec::new(), false);
    for (axis, want) in own.iter().zip(wanted) {
        let extent = axis.extent();
        let (scale, size) = match want {
            Want::Same => (1.0, extent),
            Want::Scale(scale) => (scale, (extent as f64 * scale).floor().max(0.0) as usize),
            Want::Size(size) => (size as f64 / extent.max(1) as f64, size),
        };
        if !(scale > 0.0 && scale < 1e6) {
            let name = &call.node.name;
            return Err(Error::Model(format!("node {name} resizes by {scale}; a factor must be positive")));
        }
        if scale == 1.0 && size == extent {
            made.push(axis.clone());
            continue;
        }
        made.push(match axis.single().map(|factor| factor.along) {
            Some(Along::Place(place)) => {
                let resampling = Resampling::new(call, scale, [extent, size]);
                global |= resampling.is_none();
                let moved = match resampling {
                    Some(resampling) => resampling.over(place, [extent, size]),
                    None => roughly(place, scale, [extent, size]),
                };
                Axis::of(Factor::place(size, moved))
            }
            // One sample stretched is the same everywhere.
            Some(Along::Same) if extent == 1 => Axis::of(Factor::same(size)),
            Some(_) if extent == 1 => Axis::of(Factor::same(size)),
            Some(_) => Axis::other(size),
            None => {
                global = true;
                Axis::other(size)
            }
        });
    }
    Ok(Some(Flow::reaching(Value::with_axes(value.kind, made), global)))
}

/// Places whose tiles are not right anyway: how many there are, and how much around them counts.
fn roughly(place: Place, scale: f64, [extent, size]: [usize; 2]) -> Place {
    let by = Ratio::near(scale).unwrap_or(Ratio::new(size as u64, extent as u64));
    let spoilt = |spoilt: usize| ((spoilt + 2) as f64 * scale.max(1.0)).ceil() as usize;
    let jump = place.jump.times(by.denominator(), by.numerator());
    Place { jump, lead: spoilt(place.lead), trail: spoilt(place.trail), ..place }
}

/// What becomes of an axis.
#[derive(Clone, Copy)]
enum Want {
    Same,
    Scale(f64),
    Size(usize),
}

/// What is asked for, axis by axis.
fn wanted(call: Call<'_>, own: &[Axis]) -> Option<Vec<Want>> {
    let node = call.node;
    // Upsample stated factors in attributes at first; Resize has the factors second in opset 10, third later on.
    let by_attribute: Vec<f64> = match node.attribute("scales") {
        Some(scales) => scales.floats.iter().map(|&scale| scale.into()).collect(),
        None => match (node.attribute("height_scale"), node.attribute("width_scale")) {
            (Some(height), Some(width)) => vec![1.0, 1.0, height.f.into(), width.f.into()],
            _ => vec![],
        },
    };
    let at = if call.operator() == "Upsample" || call.opset == 10 { 1 } else { 2 };
    let filled = |order: usize| call.value(order).filter(|value| value.shape().is_none_or(|shape| shape != [0]));
    let list: Vec<Want> = if !by_attribute.is_empty() {
        by_attribute.into_iter().map(Want::Scale).collect()
    } else if filled(at).is_some() {
        call.content(at)?.reals().into_iter().map(Want::Scale).collect()
    } else {
        let sizes = call.content(3)?.integers()?.to_vec();
        sizes.into_iter().map(|size| usize::try_from(size).ok().map(Want::Size)).collect::<Option<_>>()?
    };
    let places = match node.attribute("axes") {
        Some(stated) => super::shapes::axes(&stated.ints, own.len())?,
        None => (0..own.len()).collect(),
    };
    if list.len() != places.len() {
        return None;
    }
    let list = kept_in_proportion(node.text("keep_aspect_ratio_policy"), list, &places, own);
    let mut wanted = vec![Want::Same; own.len()];
    for (want, at) in list.into_iter().zip(places) {
        wanted[at] = want;
    }
    Some(wanted)
}

/// Sizes as one factor for all axes, where the node asks for that.
fn kept_in_proportion(policy: &str, list: Vec<Want>, places: &[usize], own: &[Axis]) -> Vec<Want> {
    let ratio = |(want, &at): (&Want, &usize)| match want {
        Want::Size(size) => Some(*size as f64 / own[at].extent().max(1) as f64),
        _ => None,
    };
    let ratios = list.iter().zip(places).filter_map(ratio);
    let scale = match policy {
        "not_larger" => ratios.reduce(f64::min),
        "not_smaller" => ratios.reduce(f64::max),
        _ => None,
    };
    let Some(scale) = scale else { return list };
    let size = |&at: &usize| Want::Size((own[at].extent() as f64 * scale).round() as usize);
    places.iter().map(size).collect()
}

/// How samples along one axis are made from others.
struct Resampling {
    /// Samples made for one sample.
    scale: Ratio,
    /// `x(o) = (o + shift) / scale - back`.
    shift: f64,
    back: f64,
    /// Samples read before and behind `x`, floor and ceiling taken.
    taps: Taps,
}

enum Taps {
    /// The nearest one.
    Nearest(Nearest),
    /// `before ..= behind` the sample at the floor of x.
    Around(i64, i64),
    /// All within a distance.
    Within(f64),
}

#[derive(Clone, Copy, PartialEq)]
enum Nearest {
    Floor,
    Ceil,
    PreferFloor,
    PreferCeil,
}

impl Resampling {
    /// `None` where tiles cannot be right.
    fn new(call: Call<'_>, scale: f64, [extent, size]: [usize; 2]) -> Option<Self> {
        let node = call.node;
        let scale_of = Ratio::near(scale)?;
        // Where extents round, what is left over differs from extent to extent.
        let divides = extent as u64 * scale_of.numerator() == size as u64 * scale_of.denominator();
        let old = call.operator() == "Upsample" || call.opset == 10;
        let stated = node.text("coordinate_transformation_mode");
        let (shift, back) = match stated {
            _ if old => (0.0, 0.0),
            "" | "half_pixel" => (0.5, 0.5),
            "half_pixel_symmetric" if divides => (0.5, 0.5),
            "pytorch_half_pixel" if size > 1 => (0.5, 0.5),
            "asymmetric" => (0.0, 0.0),
            "tf_half_pixel_for_nn" => (0.5, 0.0),
            _ => return None,
        };
        let power_of_two = |number: u64| number.is_power_of_two();
        let exact = power_of_two(scale_of.numerator()) && power_of_two(scale_of.denominator());
        let wide = if node.int("antialias", 0) == 1 && scale < 1.0 { 1.0 / scale } else { 1.0 };
        let taps = match node.text("mode") {
            "linear" | "bilinear" if wide > 1.0 => Taps::Within(wide),
            "cubic" if wide > 1.0 => Taps::Within(2.0 * wide),
            "linear" | "bilinear" => Taps::Around(0, 1),
            "cubic" => Taps::Around(1, 2),
            _ => Taps::Nearest(match node.text("nearest_mode") {
                // As ONNX Runtime does it.
                _ if old && scale < 1.0 => Nearest::Ceil,
                _ if old => Nearest::Floor,
                "floor" => Nearest::Floor,
                "ceil" => Nearest::Ceil,
                "round_prefer_ceil" => Nearest::PreferCeil,
                _ => Nearest::PreferFloor,
            }),
        };
        let made = Self { scale: scale_of, shift, back, taps };
        let certain = match made.taps {
            Taps::Nearest(nearest) => exact || !made.meets_an_edge(nearest, scale),
            _ => exact,
        };
        certain.then_some(made)
    }

    fn place(&self, o: i64) -> f64 {
        (o as f64 + self.shift) * self.scale.denominator() as f64 / self.scale.numerator() as f64 - self.back
    }

    /// Whether some sample lies on the edge between two, where rounding decides; not where f32 holds the factor, and
    /// meets the edge, exactly.
    fn meets_an_edge(&self, nearest: Nearest, scale: f64) -> bool {
        if self.scale.denominator().is_power_of_two()
            && (scale as f32).to_bits() == (self.scale.value() as f32).to_bits()
        {
            return false;
        }
        let edge = if matches!(nearest, Nearest::Floor | Nearest::Ceil) { 0.0 } else { 0.5 };
        let period = self.scale.numerator() as i64;
        (0..period).any(|o| {
            let off = (self.place(o) - edge).rem_euclid(1.0);
            !(1e-4..=1.0 - 1e-4).contains(&off)
        })
    }

    /// First and last sample that sample `o` is made from.
    fn reads(&self, o: i64) -> (i64, i64) {
        let x = self.place(o);
        match self.taps {
            Taps::Nearest(nearest) => {
                let near = match nearest {
                    Nearest::Floor => x.floor(),
                    Nearest::Ceil => x.ceil(),
                    Nearest::PreferFloor => (x - 0.5).ceil(),
                    Nearest::PreferCeil => (x + 0.5).floor(),
                };
                (near as i64, near as i64)
            }
            Taps::Around(before, behind) => (x.floor() as i64 - before, x.floor() as i64 + behind),
            Taps::Within(distance) => ((x - distance).floor() as i64, (x + distance).ceil() as i64),
        }
    }

    /// The places of the result.
    fn over(&self, place: Place, [extent, size]: [usize; 2]) -> Place {
        let first = place.lead as i64;
        let last = extent as i64 - 1 - place.trail as i64;
        let size = size as i64;
        let lead = (0..FAR).find(|&o| self.reads(o).0 >= first).unwrap_or(FAR);
        let trail = (0..FAR).find(|&o| self.reads(size - 1 - o).1 <= last).unwrap_or(FAR);
        Place {
            jump: place.jump.times(self.scale.denominator(), self.scale.numerator()),
            origin: place.origin + place.jump.value() * self.place(0),
            lead: lead as usize,
            trail: trail as usize,
            ..place
        }
    }
}

/// Beyond this many spoilt samples no tile is of use.
const FAR: i64 = 1 << 20;
