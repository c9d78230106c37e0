//! Tiles of an image through the network, of whichever size, and what came of them against what was stitched.

use super::Network;
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::{Item, Source, Strides};
use crate::network::onnx::PORTS;
use crate::network::ready::Ready;
use crate::runtime::{Watch, Workers};

/// Tensors of one of the sizes that a commit makes ready.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// The tiles that the result is stitched of.
    Tiles,
    /// One of the smaller ones.
    Smaller(usize),
    /// The image as a whole.
    Whole,
}

/// Differences of tiles from what was stitched, of one output.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// The largest.
    pub worst: f64,
    /// Samples compared.
    pub samples: u64,
    /// The least and the greatest of them, as they were compared with.
    pub range: Option<[f32; 2]>,
}

/// [`Seen`] of each output that is given.
pub(super) type Each = [Seen; PORTS];

impl Network {
    /// Feeds tiles of an image and runs the network; gives the seconds that it took.
    pub(super) fn run(
        &mut self,
        which: Which,
        input: &[f32],
        items: &[Item],
        workers: &Workers,
        watch: &Watch<'_>,
    ) -> Result<f64> {
        let Self { geometry, fit, session, frames, before, runs_on, ready, smaller, whole, places, .. } = self;
        let (ready, places) = match (which, whole) {
            (Which::Whole, Some(whole)) => (&mut whole.ready, &whole.places),
            (Which::Smaller(at), _) => (&mut smaller[at], &*places),
            _ => (ready, &*places),
        };
        let source = Source {
            samples: input,
            frames,
            shape: fit.shape,
            places,
            repeat: fit.averages,
            planar: geometry.planar,
            fed: &geometry.fed,
            before,
        };
        ready.feed(&source, items, workers);
        ready.run(session, *runs_on, watch.control())
    }

    /// Compares what the last run gave where `item` is right with what was stitched there, for all outputs.
    pub(super) fn compare(&mut self, which: Which, item: &Item, output: &[f32], seen: &mut Each) {
        let Self { geometry, fit, ready, smaller, whole, .. } = self;
        let Ready { results, tensors, .. } = match (which, whole) {
            (Which::Whole, Some(whole)) => &mut whole.ready,
            (Which::Smaller(at), _) => &mut smaller[at],
            _ => ready,
        };
        let mut first = 0;
        for ((&at, strides), seen) in geometry.given.iter().zip(&*results).zip(seen) {
            let channels = strides.extent(AxisKind::Channel);
            let target = Target {
                samples: output,
                shape: fit.output,
                planar: geometry.planar,
                channel: first + item.group * channels,
            };
            compare(tensors.outputs[at].values(), strides, item, target, seen);
            first += channels * fit.groups;
        }
    }
}

/// What was stitched.
#[derive(Clone, Copy)]
struct Target<'a> {
    /// Packed channels, planes, rows, columns.
    samples: &'a [f32],
    /// Their numbers.
    shape: [usize; 4],
    /// Whether the network has planes.
    planar: bool,
    /// The first channel of the output.
    channel: usize,
}

fn compare(tensor: &[f32], strides: &Strides, item: &Item, target: Target<'_>, seen: &mut Seen) {
    let [_, planes, rows, columns] = target.shape;
    let [deep, line, across] = item.spans;
    let depth = if target.planar { item.plane..item.plane + 1 } else { deep.from..deep.to.min(planes) };
    for c in 0..strides.extent(AxisKind::Channel) {
        for z in depth.clone() {
            for y in line.from..line.to.min(rows) {
                for x in across.from..across.to.min(columns) {
                    let own = [
                        if target.planar { 0 } else { z.wrapping_sub(deep.origin) },
                        y.wrapping_sub(line.origin),
                        x.wrapping_sub(across.origin),
                    ];
                    let there = target.samples[(((target.channel + c) * planes + z) * rows + y) * columns + x];
                    let here = tensor[strides.index(c, own)];
                    seen.worst = seen.worst.max(f64::from(here - there).abs());
                    seen.samples += 1;
                    let [low, high] = seen.range.unwrap_or([here; 2]);
                    seen.range = Some([low.min(here), high.max(here)]);
                }
            }
        }
    }
}
