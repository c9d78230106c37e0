//! Tiles that see of the image as a whole what statistics see.
//!
//! Normalisation over all places, pooling of all places and attention see an image as a collection of its samples. A
//! tile gives them a part of these, and where the image is not the same everywhere (cells on a dark ground), tiles of
//! half the size err as whole ones do. So a tile is put together of patches from all over the image, with a piece of the
//! image itself in the middle: what comes of the piece is nearly what the image as a whole would give there.
//!
//! ```text
//!     +--+--+--+--+--+--+--+--+      patches, each from where it would lie if the tile were the image
//!     +--+--+--+--+--+--+--+--+
//!     +--+--+-----------+--+--+
//!     +--+--+ the piece +--+--+      half as wide as the tile, at a multiple of the stride
//!     +--+--+-----------+--+--+
//!     +--+--+--+--+--+--+--+--+
//! ```
//!
//! The pieces are the darkest, the brightest and one between, where statistics of tiles are farthest from the image's,
//! and those of the first and the last corner: there what goes round the image's border (circular padding, rolled
//! windows) comes from the other side, and in a tile from its own.

use std::time::Instant;

use super::Network;
use super::seam::{Seen, Target, compare};
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::Item;
use crate::network::tiles::Span;
use crate::runtime::Watch;

impl Network {
    /// How much pieces of the image inside such tiles differ from what was stitched.
    pub(super) fn mosaics(
        &mut self,
        input: &[f32],
        output: &[f32],
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Seen> {
        let mut seen = Seen::default();
        let middle = [0, 1, 2].map(|at| self.piece(at));
        let [least, most, between] = self.extremes(self.shown(input), middle).map(|start| (middle, start));
        for (piece, start) in [least, most, between, self.corner(false), self.corner(true)] {
            self.lay(input, piece, start);
            let begun = Instant::now();
            self.session.run_watched(self.runs_on, watch.control())?;
            *running += begun.elapsed().as_secs_f64();
            let spans: [Span; 3] = [0, 1, 2].map(|at| self.right(at, piece[at], start[at]));
            let item = Item { channel: 0, group: 0, plane: 0, spans };
            let target = Target { samples: output, shape: self.fit.output, planar: self.geometry.planar };
            let tensor = self.session.outputs()[self.geometry.given[0]].values();
            compare(tensor, &self.ready.results[0], &item, target, &mut seen);
        }
        Ok(seen)
    }

    /// Extent of the piece along an axis, and where it lies in the tile.
    fn piece(&self, at: usize) -> (usize, usize) {
        let (line, stride) = (&self.choice.lines[at], self.geometry.rules[at].stride.max(1));
        if line.spans.len() == 1 {
            return (line.tile, 0);
        }
        let extent = (line.tile / 2).next_multiple_of(stride).min(line.tile);
        (extent, (line.tile - extent) / 2 / stride * stride)
    }

    /// The pieces of the first or the last corner, and where they begin in the image.
    fn corner(&self, last: bool) -> ([(usize, usize); 3], [usize; 3]) {
        let pieces = [0, 1, 2].map(|at| {
            let (line, (extent, first)) = (&self.choice.lines[at], self.piece(at));
            match (line.spans.len(), last) {
                (1, _) => ((line.tile, 0), 0),
                (_, false) => ((extent, 0), 0),
                (_, true) => {
                    let first = (first + extent / 2).next_multiple_of(self.geometry.rules[at].stride.max(1));
                    let first = if first < line.tile { first } else { 0 };
                    ((line.tile - first, first), line.extent - line.tile + first)
                }
            }
        });
        (pieces.map(|(piece, _)| piece), pieces.map(|(_, start)| start))
    }

    /// Where the piece is right: in the whole output, and where the tile would begin there.
    fn right(&self, at: usize, (extent, first): (usize, usize), start: usize) -> Span {
        let rule = self.geometry.rules[at].narrowed(extent);
        let line = &self.choice.lines[at];
        if line.spans.len() == 1 {
            return line.spans[0];
        }
        let output = |place: usize| (place as f64 * rule.scale).round() as usize;
        let at_start = first == 0 && start == 0;
        let at_end = first + extent == line.tile && start + extent == line.extent;
        let from = if at_start { 0 } else { output(start) + rule.lead };
        let to = (output(start) + rule.output(extent)).saturating_sub(if at_end { 0 } else { rule.trail }).max(from);
        // The first sample of the tile's output, if the piece lay in the image where it lies in the tile; never before
        // the image, since what is compared begins at the piece.
        Span { start, from, to, fade_in: 0, fade_out: 0, origin: (output(start)).wrapping_sub(output(first)) }
    }

    /// Starts of the darkest piece, the brightest, and one between.
    fn extremes(&self, input: &[f32], piece: [(usize, usize); 3]) -> [[usize; 3]; 3] {
        let [_, planes, rows, columns] = self.fit.shape;
        let start = |at: usize, step: usize| {
            let (line, stride) = (&self.choice.lines[at], self.geometry.rules[at].stride.max(1));
            if line.spans.len() == 1 { 0 } else { (line.extent - piece[at].0) * step / (GRID - 1) / stride * stride }
        };
        let mean = |starts: [usize; 3]| {
            let (mut sum, mut samples) = (0.0_f64, 0.0);
            let along = |at: usize| {
                let step = piece[at].0.div_ceil(LOOKED).max(1);
                (0..piece[at].0).step_by(step).map(move |within| starts[at] + within)
            };
            for z in along(0) {
                for y in along(1) {
                    for x in along(2) {
                        let plane = if self.geometry.planar { 0 } else { self.places[0][z] };
                        let at = (plane * rows + self.places[1][y]) * columns + self.places[2][x];
                        sum += f64::from(input[at.min(planes * rows * columns - 1)]);
                        samples += 1.0;
                    }
                }
            }
            sum / f64::max(samples, 1.0)
        };
        let (mut least, mut most) = ((f64::INFINITY, [0; 3]), (f64::NEG_INFINITY, [0; 3]));
        for z in 0..if self.choice.lines[0].spans.len() > 1 { GRID } else { 1 } {
            for y in 0..GRID {
                for x in 0..GRID {
                    let starts = [start(0, z), start(1, y), start(2, x)];
                    let mean = mean(starts);
                    if mean < least.0 {
                        least = (mean, starts);
                    }
                    if mean > most.0 {
                        most = (mean, starts);
                    }
                }
            }
        }
        let between = [0, 1, 2].map(|at| start(at, GRID / 2));
        [least.1, most.1, between]
    }

    /// Fills the tile with patches, and with the piece of the image that begins at `start`.
    fn lay(&mut self, input: &[f32], piece: [(usize, usize); 3], start: [usize; 3]) {
        let [_, planes, rows, columns] = self.fit.shape;
        let frame_samples = self.fit.shape.iter().product::<usize>();
        let (lines, places) = (&self.choice.lines, &self.places);
        // The image's sample at a place of the tile.
        let source = |at: usize, place: usize, inside: bool| {
            let line = &lines[at];
            let there = if line.spans.len() == 1 {
                place
            } else if inside {
                start[at] + place - piece[at].1
            } else {
                let (patch, patches) = (place / PATCH, line.tile.div_ceil(PATCH));
                let origin = (line.extent - PATCH.min(line.extent)) * patch / (patches - 1).max(1);
                origin + place % PATCH
            };
            places[at][there.min(line.extent - 1)]
        };
        let inside = |at: usize, place: usize| {
            let (extent, first) = piece[at];
            (first..first + extent).contains(&place)
        };
        let tile = self.choice.tile();
        let planar = self.geometry.planar;
        let lanes = self.geometry.fed.iter().zip(&self.ready.feeds).enumerate();
        let channels = lanes.flat_map(|(lane, (&(at, origin), feeds))| {
            (0..feeds.extent(AxisKind::Channel)).map(move |channel| (lane, at, origin, feeds, channel))
        });
        for (lane, at, origin, feeds, channel) in channels {
            let tensor = self.session.inputs()[at].values();
            for z in 0..if planar { 1 } else { tile[0] } {
                for y in 0..tile[1] {
                    let held = (planar || inside(0, z)) && inside(1, y);
                    for x in 0..tile[2] {
                        let held = held && inside(2, x);
                        let plane = if planar { 0 } else { source(0, z, held) };
                        let (row, column) = (source(1, y, held), source(2, x, held));
                        for (&frame, first) in self.frames.iter().zip(feeds.frames()) {
                            let image = |channel: usize| {
                                input[frame * frame_samples
                                    + (((origin + channel) * planes + plane) * rows + row) * columns
                                    + column]
                            };
                            let mut sample = [image(channel)];
                            let other = |channel, sample: &mut [f32]| sample[0] = image(channel);
                            self.before[lane].apply_to_row(&mut sample, [channel, plane, row], |_| column, other);
                            tensor[first + feeds.index(channel, [z, y, x])] = sample[0];
                        }
                    }
                }
            }
        }
    }
}

/// Pieces are looked for on a grid of so many a side.
const GRID: usize = 5;
/// Samples of a piece that are looked at along each axis.
const LOOKED: usize = 16;
/// Extent of a patch.
const PATCH: usize = 16;
