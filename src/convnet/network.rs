//! A graph made ready for images of one size, and how it runs.

use std::ops::Range;

use super::graph::{Graph, Layer, Operation};
use super::kernel::{Kernel, Sources};
use super::ring::{Ring, Shape};
use super::schedule::{Schedule, Step};
use super::slope::Sums;
use crate::error::{Error, Result};
use crate::fft::Buffer;
use crate::runtime::{LentRows, RowLocks, Workers};
use crate::simd::Lanes;

/// A network for images of one size.
///
/// An image goes through in groups of rows: [`Network::begin`], then [`Network::advance`] until it gives `None`.
pub struct Network {
    schedule: Schedule,
    rings: Vec<Ring>,
    layers: Vec<Layer>,
    kernels: Vec<Kernel>,
    /// The derivatives with respect to the weights of layers, and the two tensors that each reads.
    slopes: Vec<(Sums, [usize; 2])>,
    /// For each layer the tensors that it reads: its input, and what is added or subtracted.
    reads: Vec<[Option<usize>; 2]>,
    /// A row for each worker, of no float where no layer needs any.
    scratch: Buffer,
    scratch_locks: RowLocks,
    scratch_len: usize,
    step: usize,
}

impl Network {
    /// Makes a graph ready for images of `extents` (y, x), to be run by up to `threads` threads. Parameters are 0 until
    /// [`Network::load`].
    ///
    /// # Errors
    /// [`Error::Memory`]; [`Error::Model`] where tensors that are added differ in size.
    pub fn new(graph: &Graph, extents: [usize; 2], threads: usize) -> Result<Self> {
        Self::with_lanes(graph, extents, threads, Lanes::best())
    }

    /// The same with these lanes.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn with_lanes(graph: &Graph, extents: [usize; 2], threads: usize, lanes: Lanes) -> Result<Self> {
        let schedule = Schedule::new(graph, extents, GROUP);
        let mut reads = Vec::new();
        for (at, layer) in graph.layers.iter().enumerate() {
            let other = match layer.operation {
                Operation::Difference(other) | Operation::Sum(other) | Operation::Gate(other) => Some(other),
                _ => layer.plus,
            };
            if let Some(other) = other.filter(|other| schedule.extents[other.0] != schedule.extents[at + 1]) {
                return Err(Error::Model(format!(
                    "a layer of the network makes {:?} px (y, x), and adds {:?} px; the image must be a multiple of its stride",
                    schedule.extents[at + 1],
                    schedule.extents[other.0]
                )));
            }
            reads.push([Some(layer.input.0), other.map(|other| other.0)]);
        }
        let rings = shapes(graph, &schedule).map(Ring::new).collect::<Result<_>>()?;
        let kernels = graph
            .layers
            .iter()
            .enumerate()
            .map(|(at, layer)| Kernel::new(layer, graph.channels[layer.input.0], graph.channels[at + 1], lanes));
        let kernels = kernels.collect::<Result<_>>()?;
        let slopes = graph.slopes.iter().map(|slope| {
            let read = [slope.layer.input.0, slope.result.0];
            Ok((Sums::new(slope, graph.channels[read[0]], graph.channels[read[1]], lanes)?, read))
        });
        let slopes = slopes.collect::<Result<_>>()?;
        let scratch_len = scratch_len(graph);
        let scratch_locks = RowLocks::new(threads)
            .map_err(|_| Error::Memory(format!("there is no memory for the scratch of {threads} threads")))?;
        let scratch = Buffer::new("the scratch of a network", threads * scratch_len)?;
        let layers = graph.layers.clone();
        Ok(Self { schedule, rings, layers, kernels, slopes, reads, scratch, scratch_locks, scratch_len, step: 0 })
    }

    /// Bytes that a network for such images holds.
    pub fn bytes(graph: &Graph, extents: [usize; 2], threads: usize) -> u64 {
        let schedule = Schedule::new(graph, extents, GROUP);
        let rings = shapes(graph, &schedule).map(|shape| Buffer::bytes(shape.len()) + shape.held + 1);
        let kernels = graph
            .layers
            .iter()
            .enumerate()
            .map(|(at, layer)| Kernel::bytes(layer, graph.channels[layer.input.0], graph.channels[at + 1]));
        let scratch = Buffer::bytes(threads * scratch_len(graph)) + threads;
        let steps = schedule.steps.len() * (size_of::<Step>() + graph.layers.len() * size_of::<Range<usize>>());
        let slopes = graph
            .slopes
            .iter()
            .map(|slope| Sums::bytes(slope, graph.channels[slope.layer.input.0], graph.channels[slope.result.0]));
        let parts = graph.layers.len() * size_of::<(Ring, Layer, Kernel, [Option<usize>; 2])>();
        (slopes.sum::<usize>() + rings.sum::<usize>() + kernels.sum::<usize>() + scratch + steps + parts) as u64
    }

    /// Takes the parameters of all layers.
    ///
    /// # Panics
    /// When they are fewer than the graph's.
    pub fn load(&mut self, parameters: &[f32]) {
        let kernels = self.kernels.iter_mut().zip(&self.layers);
        kernels.for_each(|(kernel, layer)| kernel.load(layer, parameters));
    }

    /// Starts with the next image.
    pub fn begin(&mut self) {
        self.step = 0;
        self.slopes.iter_mut().for_each(|(sums, _)| sums.clear());
    }

    /// Takes the next rows of the image, pixels whose channels lie side by side, which `feed(y, row)` writes, and gives the
    /// rows of the result that there are now, for [`Network::result`] until the next call; `None` behind the last.
    pub fn advance(&mut self, feed: impl FnMut(usize, &mut [f32]), workers: &Workers) -> Option<Range<usize>> {
        self.advance_with(feed, |_, _, _| {}, workers)
    }

    /// [`Network::advance`] of a graph that was [differentiated](Graph::differentiate): `slope(y, result, row)` writes the
    /// derivatives of a loss with respect to row `y` of the result.
    pub fn advance_with(
        &mut self,
        mut feed: impl FnMut(usize, &mut [f32]),
        mut slope: impl FnMut(usize, &[f32], &mut [f32]),
        workers: &Workers,
    ) -> Option<Range<usize>> {
        let Self { schedule, rings, layers, kernels, reads, .. } = self;
        let step = schedule.steps.get(self.step)?;
        self.step += 1;
        for y in step.fed.clone() {
            feed(y, rings[0].pixels_mut(y));
        }
        let scratch = LentRows::new(&mut self.scratch, self.scratch_len, &mut self.scratch_locks);
        let threads = workers.threads();
        for (at, (kernel, rows)) in kernels.iter().zip(&step.made).enumerate() {
            // A layer reads tensors that stand before its own.
            let (before, target) = rings.split_at_mut(at + 1);
            let sources =
                Sources { input: &before[reads[at][0].unwrap_or(0)], other: reads[at][1].map(|other| &before[other]) };
            if let Operation::Outside = layers[at].operation {
                rows.clone().for_each(|y| slope(y, sources.input.pixels(y), target[0].pixels_mut(y)));
                continue;
            }
            let shape = target[0].shape();
            let lent = target[0].lend();
            let per_task = rows.len().div_ceil(threads).clamp(1, ROWS);
            workers.run(rows.len().div_ceil(per_task), &|worker, task| {
                let first = rows.start + task * per_task;
                let rows = first..rows.end.min(first + per_task);
                let mut scratch = scratch.row(worker);
                kernel.rows(sources, rows, &mut scratch, |y, make| {
                    let at = shape.margins[0] * shape.channels;
                    make(&mut lent.row(y % shape.held)[at..][..shape.width * shape.channels]);
                });
            });
        }
        for ((sums, [input, result]), rows) in self.slopes.iter_mut().zip(&step.summed) {
            sums.add(&rings[*input], &rings[*result], rows.clone(), workers);
        }
        step.made.last().cloned()
    }

    /// Writes the derivatives of the loss with respect to all parameters, once [`Network::advance_with`] has given `None`.
    ///
    /// # Panics
    /// When `target` is shorter than there are parameters.
    pub fn gradient(&mut self, target: &mut [f32]) {
        for (sums, _) in &mut self.slopes {
            sums.settle();
            sums.write(target);
        }
    }

    /// Row `y` of the result, as [`Network::advance`] gave it: pixels whose channels lie side by side.
    pub fn result(&self, y: usize) -> &[f32] {
        self.rings[self.rings.len() - 1].pixels(y)
    }

    /// Extents (y, x) of the result.
    pub fn extents(&self) -> [usize; 2] {
        self.rings[self.rings.len() - 1].shape().extents()
    }
}

/// The rings of all tensors.
fn shapes(graph: &Graph, schedule: &Schedule) -> impl Iterator<Item = Shape> {
    schedule.extents.iter().enumerate().map(|(tensor, &[height, width])| {
        let mut margins = [0; 2];
        for (at, layer) in graph.layers.iter().enumerate().filter(|(_, layer)| layer.input.0 == tensor) {
            let own = Kernel::margins(layer, graph.channels[tensor], graph.channels[at + 1], width);
            margins = [0, 1].map(|end| margins[end].max(own[end]));
        }
        Shape { height, width, channels: graph.channels[tensor], held: schedule.held[tensor].max(1), margins }
    })
}

/// Floats of scratch for each worker.
fn scratch_len(graph: &Graph) -> usize {
    let scratch = graph
        .layers
        .iter()
        .enumerate()
        .map(|(at, layer)| Kernel::scratch(layer, graph.channels[layer.input.0], graph.channels[at + 1]));
    scratch.max().unwrap_or(0).max(1).next_multiple_of(LINE)
}

/// Rows of the input that come at a time.
const GROUP: usize = 32;
/// Most rows of a task.
const ROWS: usize = 8;
/// Floats of a cache line.
const LINE: usize = 16;
