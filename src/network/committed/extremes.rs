//! Where an image and its result are farthest from the rest of them: there tiles differ most from the image as a whole.
//!
//! Places are those that tiles are cut at: samples along z, y and x, with what is added around the image.

use super::Network;
use crate::network::description::AxisKind;

/// One of the images that the network reads one by one: its group of channels and its plane.
pub(super) type Image = (usize, usize);

/// A part of a tile along each axis: how many samples, and the first of them.
pub(super) type Piece = [(usize, usize); 3];

impl Network {
    /// Where the darkest and the brightest part of an image begin that are as large as `piece`.
    pub(super) fn extreme_parts(&self, input: &[f32], image: Image, piece: Piece) -> [[usize; 3]; 2] {
        let along = |at: usize| {
            let (extent, last) = (piece[at].0, self.choice.lines[at].extent - piece[at].0);
            // Parts overlap by half.
            (0..=last.div_ceil(extent.div_ceil(2))).map(move |step| self.aligned(at, step * extent.div_ceil(2), extent))
        };
        let sampled = |at: usize| (0..piece[at].0).step_by(piece[at].0.div_ceil(LOOKED));
        let mean = |start: [usize; 3]| {
            let (mut sum, mut samples) = (0.0_f64, 0.0);
            for z in sampled(0) {
                for y in sampled(1) {
                    for x in sampled(2) {
                        sum += f64::from(self.sample(input, image, [start[0] + z, start[1] + y, start[2] + x]));
                        samples += 1.0;
                    }
                }
            }
            sum / f64::max(samples, 1.0)
        };
        let (mut darkest, mut brightest) = ((f64::INFINITY, [0; 3]), (f64::NEG_INFINITY, [0; 3]));
        for start in along(0).flat_map(|z| along(1).flat_map(move |y| along(2).map(move |x| [z, y, x]))) {
            let mean = mean(start);
            if mean < darkest.0 {
                darkest = (mean, start);
            }
            if mean > brightest.0 {
                brightest = (mean, start);
            }
        }
        [darkest.1, brightest.1]
    }

    /// The darkest and the brightest sample of an image.
    pub(super) fn extreme_samples(&self, input: &[f32], (group, plane): Image) -> [[usize; 3]; 2] {
        let [_, planes, rows, columns] = self.fit.shape;
        let volume = planes * rows * columns;
        let own = &self.shown(input)[group * self.fit.width * volume..][..volume];
        let own = if self.geometry.planar { &own[plane * rows * columns..][..rows * columns] } else { own };
        let place = |at: usize| {
            let there = [at / (rows * columns), at / columns % rows, at % columns];
            [0, 1, 2].map(|at| there[at] + self.choice.lines[at].before)
        };
        [-1.0, 1.0].map(|sign| place(highest(own.iter().map(|sample| sign * sample))))
    }

    /// The place of the highest sample (`sign` 1) or the lowest (-1) of what was stitched, of the first output; where
    /// `but` is given, of all tiles but that which gave the sample there.
    pub(super) fn extreme_result(
        &self,
        output: &[f32],
        (group, plane): Image,
        sign: f32,
        but: Option<[usize; 3]>,
    ) -> [usize; 3] {
        let [_, planes, rows, columns] = self.fit.output;
        let channels = self.ready.results[0].extent(AxisKind::Channel);
        let volume = planes * rows * columns;
        let own = &output[group * channels * volume..][..channels * volume];
        let place = |at: usize| {
            let there = [at / (rows * columns) % planes, at / columns % rows, at % columns];
            [0, 1, 2].map(|at| {
                let there = if at == 0 && self.geometry.planar { 0 } else { there[at] };
                ((there as f64 / self.geometry.rules[at].scale) as usize).min(self.choice.lines[at].extent - 1)
            })
        };
        let tile = |place: [usize; 3]| {
            [0, 1, 2].map(|at| {
                let output = (place[at] as f64 * self.geometry.rules[at].scale) as usize;
                self.choice.lines[at].spans.iter().position(|span| output < span.to)
            })
        };
        let but = but.map(tile);
        let counts = |at: usize| {
            (!self.geometry.planar || at / (rows * columns) % planes == plane)
                && but.is_none_or(|but| tile(place(at)) != but)
        };
        place(highest(own.iter().enumerate().map(|(at, sample)| if counts(at) { sign * sample } else { f32::MIN })))
    }

    /// Where across an axis the image's ends differ most from what a tile has in their place, for networks that go
    /// round the border: they read the far end of the image there, and of a tile its own.
    pub(super) fn unlike_ends(&self, input: &[f32], image: Image, axis: usize) -> [usize; 3] {
        let extents = self.choice.lines.each_ref().map(|line| line.extent);
        let (extent, tile) = (extents[axis], self.choice.lines[axis].tile);
        let along = |at: usize| if at == axis { 0..1 } else { 0..extents[at] };
        let (mut most, mut found) = (f32::NEG_INFINITY, [0; 3]);
        for place in along(0).flat_map(|z| along(1).flat_map(move |y| along(2).map(move |x| [z, y, x]))) {
            let sample = |at: usize| {
                let mut there = place;
                there[axis] = at;
                self.sample(input, image, there)
            };
            let pairs = (0..BAND.min(tile)).map(|at| [[extent - 1 - at, tile - 1 - at], [at, extent - tile + at]]);
            let apart: f32 = pairs.flatten().map(|[one, other]| (sample(one) - sample(other)).abs()).sum();
            if apart > most {
                (most, found) = (apart, place);
            }
        }
        found
    }

    /// A start near `start` of a part of `extent` samples, at a multiple of the stride and inside the image.
    pub(super) fn aligned(&self, at: usize, start: usize, extent: usize) -> usize {
        let (line, stride) = (&self.choice.lines[at], self.geometry.rules[at].stride.max(1));
        start.min(line.extent - extent) / stride * stride
    }

    /// The image's sample of the first channel at a place.
    fn sample(&self, input: &[f32], (group, plane): Image, [z, y, x]: [usize; 3]) -> f32 {
        let [_, planes, rows, columns] = self.fit.shape;
        let z = if self.geometry.planar { plane } else { self.places[0][z] };
        let at = (group * self.fit.width * planes + z) * rows + self.places[1][y];
        self.shown(input)[at * columns + self.places[2][x]]
    }
}

/// The place of the highest value.
fn highest(values: impl Iterator<Item = f32>) -> usize {
    let higher = |best: (usize, f32), (at, value): (usize, f32)| if value > best.1 { (at, value) } else { best };
    values.enumerate().fold((0, f32::MIN), higher).0
}

/// Samples of a part that are looked at along each axis.
const LOOKED: usize = 16;
/// Samples from an end that are compared.
const BAND: usize = 4;
