//! Whether tiles that are exact by the graph are exact in a run.
//!
//! Rules about operators have gaps, and a gap would be a seam that nobody is told of. So what the graph promises is
//! tried before it is told: tiles of texture with bright points, cut out of a larger one as tiles are cut, must give
//! where they are right what the larger one gives there. They lie in a corner, in the middle at another multiple of the
//! stride, and in the far corner, so that borders, phases and the size of the tile all differ.
//!
//! ```text
//!     +--------+-----------+      the larger one     least + 3 steps
//!     | corner |           |      tiles              least
//!     |   +----+---+       |      starts             0, 1 or 2 strides, 3 steps
//!     +---+ middle | +-----+
//!     |   +--------+ | far |
//!     +--------------+-----+
//! ```
//!
//! These are the smallest tiles that are of use, so that the runs cost about two of them, once per network.

use super::description::AxisKind;
use super::feed::Strides;
use super::geometry::Geometry;
use super::model::Model;
use super::onnx;
use super::ready::Ready;
use super::session::{Device, Session};
use super::texture::{values, with_points};
use super::tiles::Rule;
use crate::error::Result;
use crate::params::Settings;
use crate::runtime::Control;

/// The largest difference between tiles and a larger one, as a share of the larger one's range; at most
/// [`tolerance`] where tiles are exact.
///
/// # Errors
/// What a run gives.
pub fn difference(
    session: &mut Session,
    device: Device,
    geometry: &Geometry,
    channels: usize,
    settings: &Settings,
    control: &Control,
) -> Result<f64> {
    let (tile, whole) = (smallest(geometry), largest(geometry));
    let [z, y, x] = [0, 1, 2].map(|at| if whole[at] > tile[at] { geometry.rules[at].stride } else { 0 });
    let far = [0, 1, 2].map(|at| whole[at] - tile[at]);
    let mut trial = Trial { session, device, geometry, channels, settings, control };
    let larger = trial.run(whole, [0; 3], whole)?;
    let mut worst = 0.0_f64;
    for start in [[0; 3], [z, 2 * y, x], far] {
        let small = trial.run(tile, start, whole)?;
        worst = worst.max(apart(&larger, &small, geometry));
    }
    Ok(worst)
}

/// Extents (z, y, x) of the tiles.
fn smallest(geometry: &Geometry) -> [usize; 3] {
    let extent =
        |rule: &Rule| if *rule == Rule::absent() { 1 } else { rule.sizes.at_least(rule.least() + rule.stride) };
    geometry.rules.each_ref().map(extent)
}

/// Extents (z, y, x) of the larger one. Along axes of one extent all lie at the start.
pub fn largest(geometry: &Geometry) -> [usize; 3] {
    let (tile, rules) = (smallest(geometry), &geometry.rules);
    let grows = |at: usize| rules[at] != Rule::absent() && rules[at].sizes.at_least(tile[at] + 1) > tile[at];
    [0, 1, 2].map(|at| if grows(at) { tile[at] + 3 * rules[at].sizes.step() } else { tile[at] })
}

/// The largest difference that exact tiles may have: rounding of sums in another order, at the network's precision.
pub fn tolerance(model: &Model) -> f64 {
    let half = |kind: i32| kind == onnx::FLOAT16 || kind == onnx::BFLOAT16;
    let graph = model.package().proto.graph();
    let is_half = graph.initializer.iter().any(|weight| half(weight.data_type));
    if is_half { 2e-3 } else { 1e-5 }
}

/// A network with what tiles need.
struct Trial<'a, 'b> {
    session: &'a mut Session,
    device: Device,
    geometry: &'a Geometry,
    channels: usize,
    settings: &'a Settings,
    control: &'b Control,
}

/// What a tile gave.
struct Made {
    /// For z, y and x: the tile's first sample in the whole output, and which samples are right.
    origin: [usize; 3],
    right: [(usize, usize); 3],
    /// For every output that is given.
    samples: Vec<(Strides, Vec<f32>)>,
}

impl Trial<'_, '_> {
    /// Runs a tile of the texture of extents `whole`.
    fn run(&mut self, tile: [usize; 3], start: [usize; 3], whole: [usize; 3]) -> Result<Made> {
        let geometry = self.geometry;
        let form = (1, self.channels);
        let mut ready = Ready::new(self.session, geometry, form, tile, self.settings, self.control)?;
        let value = values(geometry, self.settings)[0];
        for (lane, &(at, first)) in geometry.fed.iter().enumerate() {
            let (feeds, tensor) = (&ready.feeds[lane], ready.tensors.inputs[at].values());
            for channel in 0..feeds.extent(AxisKind::Channel) {
                for at in 0..tile.iter().product() {
                    let place = [at / (tile[1] * tile[2]), at / tile[2] % tile[1], at % tile[2]];
                    let there = [0, 1, 2].map(|axis| place[axis] + start[axis]);
                    for frame in feeds.frames() {
                        tensor[frame + feeds.index(channel, place)] = value.of(with_points(first + channel, there));
                    }
                }
            }
        }
        ready.run(self.session, self.device, self.control)?;
        let given = geometry.given.iter().zip(ready.results);
        let samples = given.map(|(&at, strides)| (strides, ready.tensors.outputs[at].values().to_vec())).collect();
        let rules = &geometry.rules;
        Ok(Made {
            origin: [0, 1, 2].map(|at| (start[at] as f64 * rules[at].scale).round() as usize),
            right: [0, 1, 2].map(|at| rules[at].right(start[at], tile[at], whole[at])),
            samples,
        })
    }
}

/// The largest difference where both are right, as a share of the first one's range.
fn apart(larger: &Made, small: &Made, geometry: &Geometry) -> f64 {
    let mut worst = 0.0_f64;
    for (order, (strides, samples)) in larger.samples.iter().enumerate() {
        let (own, found) = &small.samples[order];
        let present = |at: usize| geometry.rules[at] != Rule::absent();
        let span = |at: usize| {
            let (one, other) = (larger.right[at], small.right[at]);
            if present(at) { one.0.max(other.0)..one.1.min(other.1) } else { 0..1 }
        };
        let finite = samples.iter().filter(|sample| sample.is_finite());
        let (low, high) = finite.fold((f32::MAX, f32::MIN), |(low, high), &sample| (low.min(sample), high.max(sample)));
        let range = f64::from(high - low).max(f64::MIN_POSITIVE);
        for channel in 0..strides.extent(AxisKind::Channel) {
            for z in span(0) {
                for y in span(1) {
                    for x in span(2) {
                        let there = [z, y, x];
                        let at = |made: &Made| {
                            [0, 1, 2].map(|axis| if present(axis) { there[axis] - made.origin[axis] } else { 0 })
                        };
                        let one = samples[strides.index(channel, at(larger))];
                        let other = found[own.index(channel, at(small))];
                        // What is no number anywhere agrees.
                        if one.to_bits() != other.to_bits() && !(one.is_nan() && other.is_nan()) {
                            let away = f64::from(one - other).abs() / range;
                            worst = worst.max(if away.is_nan() { f64::INFINITY } else { away });
                        }
                    }
                }
            }
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::measure::{self, Known};
    use crate::network::runtime::{Runtime, Search};
    use crate::network::session::Make;

    #[test]
    fn a_halo_that_is_too_small_or_a_stride_that_is_wrong_shows() {
        let Ok(place) = std::env::var("ABBE_ONNXRUNTIME") else {
            eprintln!("SKIPPED: ABBE_ONNXRUNTIME is not set to the folder of ONNX Runtime");
            return;
        };
        let runtime = Runtime::load(&Search { explicit: Some(&place), ..Search::default() }).unwrap();
        let model = Model::load(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/network/u_net.onnx")).unwrap();
        let settings = Settings::new("model");
        let Ok(Known::Geometry(geometry)) = measure::geometry(&model, &settings) else { panic!("it is known") };
        let make = Make::trial(true);
        let mut session = Session::new(runtime.environment(), model.file(), model.weights(), &make).unwrap();
        let mut found = |change: &dyn Fn(&mut Rule)| {
            let mut geometry = geometry.clone();
            geometry.rules[1..].iter_mut().for_each(change);
            difference(&mut session, Device::Cpu, &geometry, 1, &settings, &Control::new()).unwrap()
        };
        assert!(found(&|_| {}) <= tolerance(&model));
        assert!(found(&|rule| rule.lead -= 4) > tolerance(&model));
        assert!(found(&|rule| rule.trail -= 4) > tolerance(&model));
        assert!(found(&|rule| rule.stride = 1) > tolerance(&model));
        // What a run has refuted is not told any more.
        model.findings().refute(geometry.key(), 0.25);
        let Ok(Known::Geometry(again)) = measure::geometry(&model, &settings) else { panic!("it is known") };
        assert!(geometry.exact() && !again.exact() && again.describe()["refuted"] == 0.25);
    }
}
