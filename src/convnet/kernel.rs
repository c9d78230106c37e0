//! Layers made ready for the lanes of a machine, and how each makes a row.

use super::graph::{Along, BLOCK, Convolution, Layer, Operation};
use super::ring::Ring;
use super::winograd::{self, Gather, POINTS, Spread};
use crate::error::Result;
use crate::fft::Buffer;
use crate::simd::{Lanes, Loop, Panels, Product, contract, multiply, vectorised};

/// A layer with its weights in the order in which they are read.
pub(super) struct Kernel {
    weights: Buffer,
    form: Form,
    inputs: usize,
    outputs: usize,
    lanes: Lanes,
}

/// How a layer is computed.
#[derive(Clone, Copy)]
enum Form {
    /// Products with the weights of each tap.
    Direct(Taps),
    /// The same with few outputs.
    Narrow(Taps),
    /// 3 x 3 taps by way of six points.
    Winograd {
        dilation: usize,
        rectified: bool,
    },
    /// Products for each place in a block of the result.
    Upsampling {
        factor: usize,
    },
    Mean {
        window: usize,
        along: Along,
    },
    Difference,
    Sum,
    Gate,
    /// The caller makes it.
    Outside,
}

#[derive(Clone, Copy)]
struct Taps {
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
    rectified: bool,
}

/// What a kernel reads.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub input: &'a Ring,
    /// What is added, or subtracted.
    pub other: Option<&'a Ring>,
}

impl Kernel {
    pub(super) fn new(layer: &Layer, inputs: usize, outputs: usize, lanes: Lanes) -> Result<Self> {
        let (form, len) = Self::form(layer, inputs, outputs);
        Ok(Self { weights: Buffer::new("the weights of a network", len)?, form, inputs, outputs, lanes })
    }

    /// Takes the weights of its layer from the parameters of the graph.
    pub(super) fn load(&mut self, layer: &Layer, parameters: &[f32]) {
        let Self { weights, form, inputs, outputs, lanes } = self;
        let (inputs, outputs, lanes) = (*inputs, *outputs, *lanes);
        let weight = |output: usize, input: usize, [v, u]: [usize; 2]| match layer.operation {
            Operation::Convolution { layer: Convolution { kernel, .. }, at } => {
                parameters[at + ((output * inputs + input) * kernel + v) * kernel + u]
            }
            Operation::Returned { layer: Convolution { kernel, .. }, at } => {
                let [v, u] = [v, u].map(|tap| kernel - 1 - tap);
                parameters[at + ((input * outputs + output) * kernel + v) * kernel + u]
            }
            Operation::Upsampling { layer, at } => {
                parameters[at + ((input * outputs + output) * layer.factor + v) * layer.factor + u]
            }
            _ => 0.0,
        };
        match *form {
            Form::Direct(Taps { kernel, .. }) => {
                let tap = |term: usize| [term / inputs / kernel, term / inputs % kernel];
                let weight = |term: usize, output| weight(output, term % inputs, tap(term));
                Panels::new(outputs, lanes).pack(kernel * kernel * inputs, weight, weights);
            }
            Form::Narrow(Taps { kernel, .. }) => {
                let area = kernel * kernel;
                for (at, target) in weights.iter_mut().enumerate() {
                    let (output, tap, input) = (at / (area * inputs), at / inputs % area, at % inputs);
                    *target = weight(output, input, [tap / kernel, tap % kernel]);
                }
            }
            Form::Winograd { .. } => {
                for (point, weights) in weights.chunks_exact_mut(3 * inputs * outputs).enumerate() {
                    let weight = |term: usize, output| {
                        let tap = |u| weight(output, term % inputs, [term / inputs, u]);
                        winograd::weights([tap(0), tap(1), tap(2)])[point]
                    };
                    Panels::new(outputs, lanes).pack(3 * inputs, weight, weights);
                }
            }
            Form::Upsampling { factor } => {
                for (place, weights) in weights.chunks_exact_mut(inputs * outputs).enumerate() {
                    let weight = |input, output| weight(output, input, [place / factor, place % factor]);
                    Panels::new(outputs, lanes).pack(inputs, weight, weights);
                }
            }
            Form::Mean { .. } | Form::Difference | Form::Sum | Form::Gate | Form::Outside => {}
        }
    }

    /// How a layer is computed, and how many weights that takes.
    fn form(layer: &Layer, inputs: usize, outputs: usize) -> (Form, usize) {
        match layer.operation {
            Operation::Convolution { layer, .. } => Self::convolution(layer, inputs, outputs),
            Operation::Returned { layer, .. } => {
                let padding = layer.dilation * (layer.kernel - 1) - layer.padding;
                Self::convolution(Convolution { padding, ..layer }, inputs, outputs)
            }
            Operation::Upsampling { layer, .. } => {
                (Form::Upsampling { factor: layer.factor }, inputs * outputs * layer.factor * layer.factor)
            }
            Operation::Mean { window, along } => (Form::Mean { window, along }, 0),
            Operation::Difference(_) => (Form::Difference, 0),
            Operation::Sum(_) => (Form::Sum, 0),
            Operation::Gate(_) => (Form::Gate, 0),
            Operation::Outside => (Form::Outside, 0),
        }
    }

    fn convolution(layer: Convolution, inputs: usize, outputs: usize) -> (Form, usize) {
        let Convolution { kernel, stride, dilation, padding, rectified, .. } = layer;
        let taps = Taps { kernel, stride, dilation, padding, rectified };
        let len = inputs * outputs * kernel * kernel;
        if outputs < BLOCK {
            (Form::Narrow(taps), len)
        } else if kernel == 3 && stride == 1 && padding == dilation && inputs.is_multiple_of(BLOCK) {
            (Form::Winograd { dilation, rectified }, len / 3 * POINTS)
        } else {
            (Form::Direct(taps), len)
        }
    }

    /// Bytes that the kernel of a layer holds.
    pub(super) fn bytes(layer: &Layer, inputs: usize, outputs: usize) -> usize {
        Buffer::bytes(Self::form(layer, inputs, outputs).1)
    }

    /// Pixels of zeros that a layer reads before a row of `width` pixels, and behind it.
    pub(super) fn margins(layer: &Layer, inputs: usize, outputs: usize, width: usize) -> [usize; 2] {
        match Self::form(layer, inputs, outputs).0 {
            Form::Winograd { dilation, .. } => {
                let covered = width.next_multiple_of(dilation * winograd::TILE);
                [dilation, covered - width + dilation]
            }
            _ => [layer.margin(); 2],
        }
    }

    /// Floats of scratch for each worker.
    pub(super) fn scratch(layer: &Layer, inputs: usize, outputs: usize) -> usize {
        match Self::form(layer, inputs, outputs).0 {
            Form::Winograd { dilation, .. } => POINTS * ROOM * ((2 * dilation + 1) * inputs + outputs),
            _ => 0,
        }
    }

    /// Makes rows `rows`; `put` takes each row to be written, and may be called several times for one.
    pub(super) fn rows(
        &self,
        sources: Sources<'_>,
        rows: std::ops::Range<usize>,
        scratch: &mut [f32],
        put: impl Fn(usize, &mut dyn FnMut(&mut [f32])),
    ) {
        if let Form::Winograd { dilation, rectified } = self.form {
            return self.winograd(sources, rows, [dilation, usize::from(rectified)], scratch, put);
        }
        for y in rows {
            put(y, &mut |target| match self.form {
                Form::Direct(taps) | Form::Narrow(taps) => self.taps(taps, sources, y, target),
                Form::Upsampling { factor } => self.upsampled(factor, sources, y, target),
                Form::Mean { window, along } => mean(window, along, sources.input, y, target),
                Form::Difference => pixelwise(|left, right| left - right, sources, y, target),
                Form::Sum => pixelwise(|left, right| left + right, sources, y, target),
                Form::Gate => pixelwise(|slope, result| if result > 0.0 { slope } else { 0.0 }, sources, y, target),
                Form::Winograd { .. } | Form::Outside => {}
            });
        }
    }

    fn taps(&self, taps: Taps, sources: Sources<'_>, y: usize, target: &mut [f32]) {
        let Taps { kernel, stride, dilation, padding, rectified } = taps;
        let shape = sources.input.shape();
        let mut places = [0; MOST_TAPS];
        for (at, place) in places[..kernel * kernel].iter_mut().enumerate() {
            let (v, u) = (at / kernel * dilation, at % kernel * dilation);
            let row = shape.row((y * stride + v) as i64 - padding as i64);
            *place = row + u * self.inputs - padding * self.inputs;
        }
        let product = Product {
            taps: &places[..kernel * kernel],
            step: stride * self.inputs,
            channels: self.inputs,
            weights: &self.weights,
            outputs: self.outputs,
            pixels: target.len() / self.outputs,
            target_step: self.outputs,
            plus: sources.other.map(|plus| plus.pixels(y)),
            rectified,
        };
        let run = if matches!(self.form, Form::Narrow(_)) { contract } else { multiply };
        run(self.lanes, &product, sources.input.samples(), target);
    }

    fn upsampled(&self, factor: usize, sources: Sources<'_>, y: usize, target: &mut [f32]) {
        let shape = sources.input.shape();
        let weights = self.weights.chunks_exact(self.inputs * self.outputs).skip(y % factor * factor);
        for (u, weights) in weights.take(factor).enumerate() {
            let product = Product {
                taps: &[shape.row((y / factor) as i64)],
                step: self.inputs,
                channels: self.inputs,
                weights,
                outputs: self.outputs,
                pixels: shape.width,
                target_step: factor * self.outputs,
                plus: sources.other.map(|plus| &plus.pixels(y)[u * self.outputs..]),
                rectified: false,
            };
            multiply(self.lanes, &product, sources.input.samples(), &mut target[u * self.outputs..]);
        }
    }

    fn winograd(
        &self,
        sources: Sources<'_>,
        rows: std::ops::Range<usize>,
        [dilation, rectified]: [usize; 2],
        scratch: &mut [f32],
        put: impl Fn(usize, &mut dyn FnMut(&mut [f32])),
    ) {
        let (inputs, outputs, shape) = (self.inputs, self.outputs, sources.input.shape());
        let slots = 2 * dilation + 1;
        let (transformed, sums) = scratch.split_at_mut(slots * POINTS * ROOM * inputs);
        let slot = POINTS * ROOM * inputs;
        let tiles = winograd::tiles(shape.width, dilation);
        for first in (0..tiles).step_by(ROOM) {
            let tiles = first..tiles.min(first + ROOM);
            // Rows are numbered from the first that is read.
            let mut next = rows.start;
            for y in rows.clone() {
                for row in next..=y + 2 * dilation {
                    vectorised(Spread {
                        source: sources.input.samples(),
                        start: shape.row(row as i64 - dilation as i64) - dilation * inputs,
                        channels: inputs,
                        dilation,
                        tiles: tiles.clone(),
                        target: &mut transformed[row % slots * slot..][..slot],
                        room: ROOM,
                    });
                }
                next = y + 2 * dilation + 1;
                for (point, weights) in self.weights.chunks_exact(3 * inputs * outputs).enumerate() {
                    let place = |tap: usize| ((y + tap * dilation) % slots * POINTS + point) * ROOM * inputs;
                    let product = Product {
                        taps: &[place(0), place(1), place(2)],
                        step: inputs,
                        channels: inputs,
                        weights,
                        outputs,
                        pixels: tiles.len(),
                        target_step: outputs,
                        plus: None,
                        rectified: false,
                    };
                    multiply(self.lanes, &product, transformed, &mut sums[point * ROOM * outputs..]);
                }
                put(y, &mut |target| {
                    vectorised(Gather {
                        source: sums,
                        room: ROOM,
                        channels: outputs,
                        dilation,
                        tiles: tiles.clone(),
                        plus: sources.other.map(|plus| plus.pixels(y)),
                        rectified: rectified > 0,
                        target,
                    });
                });
            }
        }
    }
}

fn mean(window: usize, along: Along, input: &Ring, y: usize, target: &mut [f32]) {
    let (shape, half) = (input.shape(), window / 2);
    let channels = shape.channels;
    match along {
        Along::Y => {
            let rows = y.saturating_sub(half)..shape.height.min(y + half + 1);
            vectorised(Sum {
                source: input.samples(),
                starts: rows.clone().map(|row| shape.row(row as i64)),
                target,
                factor: 1.0 / rows.len() as f64,
            });
        }
        Along::X => {
            let row = shape.row(y as i64);
            let mut sum = |pixels: std::ops::Range<usize>, window: std::ops::Range<i64>| {
                let start = |at: i64| (row as i64 + (pixels.start as i64 + at) * channels as i64) as usize;
                let factor = 1.0 / (window.end - window.start) as f64;
                let target = &mut target[pixels.start * channels..pixels.end * channels];
                vectorised(Sum { source: input.samples(), starts: window.map(start), target, factor });
            };
            // Zeros stand outside the image, and do not count.
            let (inner, half) =
                (half.min(shape.width)..shape.width.saturating_sub(half).max(half.min(shape.width)), half as i64);
            for x in (0..inner.start).chain(inner.end..shape.width) {
                sum(x..x + 1, -half.min(x as i64)..(half + 1).min((shape.width - x) as i64));
            }
            sum(inner, -half..half + 1);
        }
    }
}

/// The sum of several stretches of a slice, times a factor.
struct Sum<'a, I> {
    source: &'a [f32],
    starts: I,
    target: &'a mut [f32],
    factor: f64,
}

impl<I: Iterator<Item = usize> + Clone> Loop for Sum<'_, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, starts, target, factor } = self;
        for (at, target) in target.chunks_mut(BLOCK).enumerate() {
            let mut sums = [0.0_f64; BLOCK];
            for start in starts.clone() {
                for (sum, sample) in sums.iter_mut().zip(&source[start + at * BLOCK..][..target.len()]) {
                    *sum += f64::from(*sample);
                }
            }
            for (sample, sum) in target.iter_mut().zip(sums) {
                *sample = (sum * factor) as f32;
            }
        }
    }
}

fn pixelwise(make: impl Fn(f32, f32) -> f32, sources: Sources<'_>, y: usize, target: &mut [f32]) {
    if let Some(other) = sources.other {
        vectorised(Pixelwise { make, left: sources.input.pixels(y), right: other.pixels(y), target });
    }
}

/// Sample by sample of two rows.
struct Pixelwise<'a, M> {
    make: M,
    left: &'a [f32],
    right: &'a [f32],
    target: &'a mut [f32],
}

impl<M: Fn(f32, f32) -> f32> Loop for Pixelwise<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((sample, left), right) in self.target.iter_mut().zip(self.left).zip(self.right) {
            *sample = (self.make)(*left, *right);
        }
    }
}

/// Tiles that are transformed together: what they are multiplied with is read once for all, and they stay in cache.
const ROOM: usize = 24;
/// Taps of the largest kernel, 5 x 5.
const MOST_TAPS: usize = 25;
