//! How far a network really sees: a probe that finds a smaller halo than its receptive field, to a stated tolerance.
//!
//! Most of a deep network's receptive field has weights that hardly matter. The probe cuts two tiles out of an image of
//! texture, half a tile apart along one axis and at multiples of the network's stride, as tiles are cut. Where they
//! overlap, their results differ near the start of the one and near the end of the other, where each sees its border
//! instead of the image: the halo is as far as the difference stays above the tolerance. It is a finite difference for
//! these images, no proof for all: such tiles are never called exact, and the seam certificate says what came of it for
//! the image itself.

use super::description::AxisKind;
use super::feed::{Strides, inputs};
use super::findings::Probe;
use super::geometry::Geometry;
use super::model::Model;
use super::runtime::{Runtime, Search};
use super::session::{Make, Session, Tensors};
use super::tensor::Tensor;
use super::texture::{Values, texture, values};
use super::tiles::{Rule, Sizes};
use super::trial::check_memory;
use crate::error::Result;
use crate::params::{self, Settings};
use crate::runtime::Limits;

impl Probe {
    /// Finds the halo of a network for the tolerance of the settings.
    ///
    /// # Errors
    /// What a run gives.
    pub fn run(model: &Model, geometry: &Geometry, settings: &Settings, limits: Limits<'_>) -> Result<Self> {
        let tolerance = settings.f64(params::MODEL_HALO_TOLERANCE).unwrap_or(0.0);
        let mut trial = Trial::new(model, geometry, settings, limits)?;
        let mut reach: [Option<(f64, f64)>; 3] = [None; 3];
        let mut difference = 0.0_f64;
        let extents = trial.extents;
        for (values, image) in values(geometry, settings).into_iter().flat_map(|values| [(values, 0), (values, 1)]) {
            let first = trial.result(image, [0; 3], values)?;
            for axis in (0..3).filter(|&axis| extents[axis] > 1) {
                let found = trial.along(axis, image, values, &first, tolerance)?;
                difference = difference.max(found.map_or(0.0, |found| found.2));
                // Where the difference never falls below the tolerance, the receptive field stays.
                let whole = (f64::NEG_INFINITY, f64::INFINITY);
                let (low, high) = found.map_or(whole, |found| (found.0, found.1));
                let before = reach[axis].unwrap_or((low, high));
                reach[axis] = Some((before.0.min(low), before.1.max(high)));
            }
        }
        let mut probe = Self {
            tolerance,
            receptive_field_zyx: geometry.rules.each_ref().map(|rule| rule.halo().into()),
            halo_zyx: [[0; 2]; 3],
            difference,
            reach,
        };
        let mut narrowed = geometry.clone();
        probe.narrow(&mut narrowed);
        probe.halo_zyx = narrowed.rules.each_ref().map(|rule| rule.halo().into());
        Ok(probe)
    }

    /// Gives a geometry the halo that was found, where it is smaller than the receptive field, or that is not known.
    pub fn narrow(&self, geometry: &mut Geometry) {
        let guessed = !geometry.unknown.is_empty();
        for (rule, reach) in geometry.rules.iter_mut().zip(self.reach) {
            let Some((low, high)) = reach.filter(|(low, high)| low.is_finite() && high.is_finite()) else { continue };
            let output = |input: f64| (input * rule.scale - 1e-6).ceil().max(0.0) as usize;
            let (lead, behind) = (output(-low), output(high));
            let trail = behind.saturating_sub(rule.deficit.max(0) as usize);
            let narrowed = if guessed {
                Rule { lead, trail, exact: false, ..rule.clone() }
            } else {
                Rule { lead: lead.min(rule.lead), trail: trail.min(rule.trail), exact: false, ..rule.clone() }
            };
            if narrowed.halo() != rule.halo() {
                *rule = narrowed;
            }
        }
    }
}

/// A network on the processor, ready for images of texture.
struct Trial<'a> {
    geometry: &'a Geometry,
    session: Session,
    tensors: Tensors,
    limits: Limits<'a>,
    extents: [usize; 3],
    feeds: Strides,
    results: Vec<Strides>,
}

impl<'a> Trial<'a> {
    fn new(model: &Model, geometry: &'a Geometry, settings: &Settings, limits: Limits<'a>) -> Result<Self> {
        let runtime = Runtime::load(&Search::from_context(limits.context))?;
        let make = Make::trial(model.graph().may_be_rewritten());
        let mut session = Session::new(runtime.environment(), model.file(), model.weights(), &make)?;
        let longest = if geometry.planar { PLANE } else { VOLUME };
        let extents = [0, 1, 2].map(|at| {
            let rule = &geometry.rules[at];
            if *rule == Rule::absent() {
                return 1;
            }
            let (lead, trail) = rule.halo();
            let stride = rule.stride.max(1);
            let wanted =
                (2 * (lead.max(trail) + MARGIN.max(stride))).clamp(LEAST, longest).next_multiple_of(2 * stride);
            match rule.sizes {
                Sizes::Fixed(size) => size,
                sizes @ Sizes::Steps { .. } => sizes.at_least(wanted),
            }
        });
        check_memory("the probe for model.halo_tolerance", model, geometry, extents, limits)?;
        let shapes = geometry.shapes(1, geometry.channels.unwrap_or(1), extents);
        let mut inputs = inputs(geometry, &shapes, settings)?;
        let made = session.trial_shapes(&mut inputs, limits.control)?;
        let outputs = made.iter().map(|(kind, shape)| Tensor::new(*kind, shape)).collect::<Result<_>>()?;
        let results = geometry.given.iter().map(|&at| Strides::new(&geometry.outputs[at], &made[at].1)).collect();
        let feeds = Strides::new(&geometry.inputs[geometry.image], &shapes[geometry.image]);
        Ok(Self { geometry, session, tensors: Tensors { inputs, outputs }, limits, extents, feeds, results })
    }

    /// What the network makes of the tile of a texture that begins at `start`, one list per output.
    fn result(&mut self, image: u64, start: [usize; 3], values: Values) -> Result<Vec<Vec<f32>>> {
        let channels = self.feeds.extent(AxisKind::Channel);
        let tensor = self.tensors.inputs[self.geometry.image].values();
        for channel in 0..channels {
            for place in places(self.extents) {
                let there = [0, 1, 2].map(|at| place[at] + start[at]);
                for frame in self.feeds.frames() {
                    tensor[frame + self.feeds.index(channel, place)] = values.of(texture(image, channel, there));
                }
            }
        }
        self.session.trial(&mut self.tensors, self.limits.control)?;
        let outputs = &mut self.tensors.outputs;
        Ok(self.geometry.given.iter().map(|&at| outputs[at].values().to_vec()).collect())
    }

    /// First and last input sample along an axis that sample 0 depends on by more than the tolerance, and the largest
    /// difference beyond them; `None` where everything does. `first` is the result of the tile at the start.
    fn along(
        &mut self,
        axis: usize,
        image: u64,
        values: Values,
        first: &[Vec<f32>],
        tolerance: f64,
    ) -> Result<Option<(f64, f64, f64)>> {
        let rule = &self.geometry.rules[axis];
        let (stride, scale, tile) = (rule.stride.max(1), rule.scale, self.extents[axis]);
        let shift = tile / 2 / stride * stride;
        let moved = shift as f64 * scale;
        if shift == 0 || (moved - moved.round()).abs() > 1e-6 {
            return Ok(None);
        }
        let moved = moved.round() as usize;
        let mut start = [0; 3];
        start[axis] = shift;
        let second = self.result(image, start, values)?;
        let (mut low, mut high, mut rest) = (f64::INFINITY, f64::NEG_INFINITY, 0.0_f64);
        for (order, second) in second.iter().enumerate() {
            let away = self.differences(axis, order, &first[order], second, moved);
            let middle = away.len() / 2;
            // Of the second tile's results those from `from` on are good, of the first one's those up to `to`.
            let from = away[..middle].iter().rposition(|&away| away > tolerance).map_or(0, |at| at + 1);
            let to = away[middle..].iter().position(|&away| away > tolerance).map_or(away.len(), |at| middle + at);
            let room = ((MARGIN.min(tile / 16) as f64 * scale) as usize).max(1);
            if from + room > middle || to < middle + room {
                return Ok(None);
            }
            low = low.min(-(from as f64) / scale);
            high = high.max(tile as f64 - 1.0 - (moved + to - 1) as f64 / scale);
            rest = away[from..to].iter().fold(rest, |rest, &away| rest.max(away));
        }
        Ok(Some((low, high, rest)))
    }

    /// The largest difference of two tiles' results of output `order` at each place along an axis where both have one,
    /// as a share of the range of the first; the second begins at place `moved` of the first.
    fn differences(&self, axis: usize, order: usize, first: &[f32], second: &[f32], moved: usize) -> Vec<f64> {
        let strides = &self.results[order];
        let mut extents = [AxisKind::Z, AxisKind::Y, AxisKind::X].map(|kind| strides.extent(kind));
        let bounds = |(low, high): (f32, f32), &sample: &f32| (low.min(sample), high.max(sample));
        let (least, most) = first.iter().fold((f32::INFINITY, f32::NEG_INFINITY), bounds);
        let range = f64::from(most - least).max(f64::MIN_POSITIVE);
        extents[axis] = extents[axis].saturating_sub(moved);
        let mut differences = vec![0.0_f64; extents[axis]];
        for channel in 0..strides.extent(AxisKind::Channel) {
            for place in places(extents) {
                let mut there = place;
                there[axis] += moved;
                let (one, other) = (first[strides.index(channel, there)], second[strides.index(channel, place)]);
                let away = f64::from(one - other).abs() / range;
                let worst = &mut differences[place[axis]];
                // What is not a number is as far away as can be.
                *worst = if away.is_nan() { f64::INFINITY } else { worst.max(away) };
            }
        }
        differences
    }
}

fn places([planes, rows, columns]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..planes * rows * columns).map(move |at| [at / (rows * columns), at / columns % rows, at % columns])
}

/// Places beyond the halo that must be quiet.
const MARGIN: usize = 16;
/// Extents of the images.
const LEAST: usize = 128;
const PLANE: usize = 768;
const VOLUME: usize = 96;
