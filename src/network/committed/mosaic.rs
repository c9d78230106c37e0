//! Tiles that see of the image as a whole what networks see that look far.
//!
//! Normalisation over all places, pooling of all places and attention see an image as a collection of its samples. A
//! tile gives them a part of these, and where the image is not the same everywhere (cells on a dark ground), tiles of
//! half the size err as whole ones do. So a tile is put together of patches from all over the image, its brightest and its
//! darkest sample among them, with a piece of the image itself in the middle: what comes of the piece is nearly what the
//! image as a whole would give there.
//!
//! ```text
//!     +--+--+--+--+--+--+--+--+      patches, each from where it would lie if the tile were the image
//!     +--+--+--+--+--+--+--+--+
//!     +--+--+-----------+--+--+
//!     +--+--+ the piece +--+--+      half as wide as the tile, at a multiple of the stride,
//!     +--+--+-----------+--+--+      at the tile's border where it lies at the image's
//!     +--+--+--+--+--+--+--+--+
//! ```
//!
//! The pieces are the darkest and the brightest, where statistics of tiles are farthest from the image's, and those
//! around the highest and the lowest results: what a tile takes for the highest of all need not be.
//!
//! What goes round the image's border (circular padding, rolled windows) comes from the far end, and in a tile from its
//! own. A tile of the image's two ends along an axis has there what the image has; along the other axes it lies where
//! the ends are least like what tiles had in their place.

use super::Network;
use super::extremes::{Image, Piece};
use super::run::{Each, Which};
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::Item;
use crate::network::tiles::{Line, Span};
use crate::network::treatment::PIECE;
use crate::runtime::Watch;

/// What a tile is put together for.
#[derive(Clone, Copy)]
enum Aim {
    Darkest,
    Brightest,
    /// The highest result (1), or the lowest (-1).
    Farthest(f32),
    /// That of the tiles which do not have the highest, or the lowest, of all.
    Next(f32),
    Corners,
    /// The two ends along an axis.
    Ends(usize),
}

/// What lies where in a tile. All starts are places of the image.
#[derive(Clone, Copy)]
enum Layout {
    /// A piece of the image among patches; those in the corners have the darkest sample in their middle, or the
    /// brightest.
    Piece { piece: Piece, start: [usize; 3], extremes: [[usize; 3]; 2] },
    /// Along some axes the image's first samples and then its last ones, `first` of the first; along the others the
    /// samples from a start on.
    Ends { joined: [bool; 3], first: [usize; 3], start: [usize; 3] },
}

impl Network {
    /// How much what lies in such tiles differs from what was stitched.
    pub(super) fn mosaics(
        &mut self,
        input: &[f32],
        output: &[f32],
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Each> {
        let mut seen = Each::default();
        let tiled = self.choice.lines.each_ref().map(|line| line.spans.len() > 1);
        let aims = AIMS.iter().filter(|aim| !matches!(aim, Aim::Ends(axis) if !tiled[*axis]));
        let count = aims.clone().count();
        for (at, &aim) in aims.enumerate() {
            let image = self.image(at * self.images() / count);
            let layout = self.laid_out(aim, input, output, image);
            self.lay(input, image, &layout);
            *running += self.ready.run(&mut self.session, self.runs_on, watch.control())?;
            let (parts, count) = self.parts(&layout);
            for (piece, start) in &parts[..count] {
                let spans: [Span; 3] = [0, 1, 2].map(|at| self.right(at, piece[at], start[at]));
                let item = Item { channel: image.0 * self.fit.width, group: image.0, plane: image.1, spans };
                self.compare(Which::Tiles, &item, output, &mut seen);
            }
        }
        Ok(seen)
    }

    fn laid_out(&self, aim: Aim, input: &[f32], output: &[f32], image: Image) -> Layout {
        let piece = [0, 1, 2].map(|at| self.piece(at));
        let around = |place: [usize; 3]| {
            [0, 1, 2].map(|at| self.aligned(at, place[at].saturating_sub(piece[at].0 / 2), piece[at].0))
        };
        let start = match aim {
            Aim::Darkest => self.extreme_parts(input, image, piece)[0],
            Aim::Brightest => self.extreme_parts(input, image, piece)[1],
            Aim::Farthest(sign) => around(self.extreme_result(output, image, sign, None)),
            Aim::Next(sign) => {
                let farthest = self.extreme_result(output, image, sign, None);
                around(self.extreme_result(output, image, sign, Some(farthest)))
            }
            Aim::Corners => return self.ends([0, 1, 2].map(|at| self.choice.lines[at].spans.len() > 1), [0; 3]),
            Aim::Ends(axis) => return self.ends([0, 1, 2].map(|at| at == axis), self.unlike_ends(input, image, axis)),
        };
        let piece = [0, 1, 2].map(|at| self.placed(at, piece[at], start[at]));
        Layout::Piece { piece, start, extremes: self.extreme_samples(input, image) }
    }

    /// The image's ends along some axes, around a place along the others.
    fn ends(&self, joined: [bool; 3], place: [usize; 3]) -> Layout {
        let tile = self.choice.tile();
        let first = [0, 1, 2].map(|at| {
            let stride = self.geometry.rules[at].stride.max(1);
            tile[at] / 2 / stride * stride
        });
        let start = [0, 1, 2].map(|at| self.aligned(at, place[at].saturating_sub(tile[at] / 2), tile[at]));
        Layout::Ends { joined, first, start }
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

    /// The piece at a border of the tile where it begins or ends at one of the image.
    fn placed(&self, at: usize, (extent, first): (usize, usize), start: usize) -> (usize, usize) {
        let (line, stride) = (&self.choice.lines[at], self.geometry.rules[at].stride.max(1));
        let last = line.tile - extent;
        match start {
            0 => (extent, 0),
            _ if start + extent == line.extent && last.is_multiple_of(stride) => (extent, last),
            _ => (extent, first),
        }
    }

    /// The parts of a tile that lie as they do in the image, how many there are, and where each begins in the image.
    fn parts(&self, layout: &Layout) -> ([(Piece, [usize; 3]); 8], usize) {
        let mut parts = [([(0, 0); 3], [0; 3]); 8];
        match *layout {
            Layout::Piece { piece, start, .. } => {
                parts[0] = (piece, start);
                (parts, 1)
            }
            Layout::Ends { joined, first, start } => {
                let mut count = 0;
                // One for each choice of ends.
                for choice in 0..8 {
                    let last = [0, 1, 2].map(|at| choice >> at & 1 == 1);
                    if (0..3).any(|at| last[at] && (!joined[at] || first[at] == 0)) {
                        continue;
                    }
                    let part = [0, 1, 2].map(|at| {
                        let line = &self.choice.lines[at];
                        match (joined[at], last[at]) {
                            (false, _) => ((line.tile, 0), start[at]),
                            (true, false) => ((first[at], 0), 0),
                            (true, true) => ((line.tile - first[at], first[at]), line.extent - line.tile + first[at]),
                        }
                    });
                    parts[count] = (part.map(|(piece, _)| piece), part.map(|(_, start)| start));
                    count += 1;
                }
                (parts, count)
            }
        }
    }

    /// Where a part of a tile is right: in the whole output, and where the tile would begin there.
    fn right(&self, at: usize, (extent, first): (usize, usize), start: usize) -> Span {
        let line = &self.choice.lines[at];
        if line.spans.len() == 1 {
            return line.spans[0];
        }
        let rule = self.geometry.rules[at].narrowed(extent);
        let output = |place: usize| (place as f64 * rule.scale).round() as usize;
        let at_start = first == 0 && start == 0;
        let at_end = first + extent == line.tile && start + extent == line.extent;
        let from = if at_start { 0 } else { output(start) + rule.lead };
        let to = (output(start) + rule.output(extent)).saturating_sub(if at_end { 0 } else { rule.trail }).max(from);
        // The first sample of the tile's output, if the part lay in the image where it lies in the tile. That can be before
        // the image; what is compared begins at the part, so that the difference of the two is right all the same.
        Span { start, from, to, fade_in: 0, fade_out: 0, origin: output(start).wrapping_sub(output(first)) }
    }

    /// Fills the tile.
    fn lay(&mut self, input: &[f32], (group, plane): Image, layout: &Layout) {
        let [_, planes, rows, columns] = self.fit.shape;
        let frame_samples = self.fit.shape.iter().product::<usize>();
        let Self { choice, places, geometry, ready, before, frames, fit, .. } = self;
        let (tile, lanes) = (choice.tile(), geometry.fed.len());
        // The image's plane, row and column at a place of the tile.
        let source = |place: [usize; 3]| {
            let there = layout.source(&choice.lines, place);
            let [z, y, x] = [0, 1, 2].map(|at| places[at][there[at].min(choice.lines[at].extent - 1)]);
            [if geometry.planar { plane } else { z }, y, x]
        };
        for (lane, &(at, origin)) in geometry.fed.iter().enumerate() {
            let (feeds, tensor) = (&ready.feeds[lane], ready.tensors.inputs[at].values());
            for z in 0..tile[0] {
                for y in 0..tile[1] {
                    let mut x = 0;
                    while x < tile[2] {
                        // As far as the image's samples follow one another.
                        let begin = source([z, y, x]);
                        let follows = |&more: &usize| source([z, y, x + more]) == [begin[0], begin[1], begin[2] + more];
                        let count = 1 + (1..PIECE.min(tile[2] - x)).take_while(follows).count();
                        for channel in 0..feeds.extent(AxisKind::Channel) {
                            for (&frame, first) in frames.iter().zip(feeds.frames()) {
                                let row = |channel: usize| {
                                    let channel = group * fit.width + origin + channel;
                                    let row = (channel * planes + begin[0]) * rows + begin[1];
                                    &input[frame * frame_samples + row * columns + begin[2]..][..count]
                                };
                                let mut buffer = [0.0; PIECE];
                                let samples = &mut buffer[..count];
                                samples.copy_from_slice(row(channel));
                                before[group * lanes + lane].apply_to_row(
                                    samples,
                                    [channel, begin[0], begin[1]],
                                    |at| begin[2] + at,
                                    |channel, samples| samples.copy_from_slice(row(channel)),
                                );
                                for (more, &sample) in samples.iter().enumerate() {
                                    tensor[first + feeds.index(channel, [z, y, x + more])] = sample;
                                }
                            }
                        }
                        x += count;
                    }
                }
            }
        }
    }
}

impl Layout {
    /// The place of the image whose sample stands at a place of the tile.
    fn source(&self, lines: &[Line; 3], place: [usize; 3]) -> [usize; 3] {
        match *self {
            Self::Piece { piece, start, extremes } => {
                if (0..3).all(|at| (piece[at].1..piece[at].1 + piece[at].0).contains(&place[at])) {
                    return [0, 1, 2].map(|at| start[at] + place[at] - piece[at].1);
                }
                let tiled = |at: usize| lines[at].spans.len() > 1;
                let patches = lines.each_ref().map(|line| line.tile.div_ceil(PATCH));
                let is = |at: usize, patch: usize| tiled(at) && place[at] / PATCH == patch;
                let corner = (0..3).all(|at| !tiled(at) || is(at, 0) || is(at, patches[at] - 1));
                // A piece can lie in one corner; each of the two is in another one too.
                let around = corner.then(|| extremes[(0..3).filter(|&at| is(at, 0)).count() % 2]);
                [0, 1, 2].map(|at| {
                    let last = lines[at].extent - PATCH.min(lines[at].extent);
                    let origin = match around {
                        _ if !tiled(at) => return place[at],
                        Some(there) => there[at].saturating_sub(PATCH / 2).min(last),
                        None => last * (place[at] / PATCH) / (patches[at] - 1).max(1),
                    };
                    origin + place[at] % PATCH
                })
            }
            Self::Ends { joined, first, start } => [0, 1, 2].map(|at| match joined[at] {
                false => start[at] + place[at],
                true if place[at] < first[at] => place[at],
                true => lines[at].extent - lines[at].tile + place[at],
            }),
        }
    }
}

/// A run of the network for each.
const AIMS: [Aim; 10] = [
    Aim::Darkest,
    Aim::Brightest,
    Aim::Farthest(1.0),
    Aim::Farthest(-1.0),
    Aim::Next(1.0),
    Aim::Next(-1.0),
    Aim::Corners,
    Aim::Ends(0),
    Aim::Ends(1),
    Aim::Ends(2),
];
/// Extent of a patch.
const PATCH: usize = 16;
