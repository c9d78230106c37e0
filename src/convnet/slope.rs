//! Derivatives of a loss with respect to the weights of a layer: sums over pixels of what the layer read, times derivatives
//! with respect to its result.

use std::ops::Range;

use super::graph::{Convolution, Operation, Slope, Upsampling};
use super::ring::Ring;
use crate::error::{Result, zeroed};
use crate::fft::Buffer;
use crate::runtime::{Rows, Workers};
use crate::simd::{Correlation, Lanes, correlate};

/// The derivatives with respect to the weights of one layer.
pub(super) struct Sums {
    slope: Slope,
    /// Over a few rows: tap after tap, channels of the one tensor, channels of the other, a multiple of 16.
    few: Buffer,
    /// Over all.
    all: Vec<f64>,
    /// Rows that are in `few` alone.
    pending: usize,
    channels: [usize; 2],
    lanes: Lanes,
}

impl Sums {
    pub(super) fn new(slope: &Slope, inputs: usize, outputs: usize, lanes: Lanes) -> Result<Self> {
        let len = Self::len(slope, inputs, outputs);
        let thing = "the derivatives of a network";
        Ok(Self {
            slope: *slope,
            few: Buffer::new(thing, len)?,
            all: zeroed(thing, len)?,
            pending: 0,
            channels: [inputs, outputs],
            lanes,
        })
    }

    fn len(slope: &Slope, inputs: usize, outputs: usize) -> usize {
        let (_, kernel) = taps(slope);
        inputs * outputs * kernel * kernel
    }

    /// Bytes that sums for such channels hold.
    pub(super) fn bytes(slope: &Slope, inputs: usize, outputs: usize) -> usize {
        let len = Self::len(slope, inputs, outputs);
        Buffer::bytes(len) + len * size_of::<f64>()
    }

    pub(super) fn clear(&mut self) {
        self.all.fill(0.0);
        self.few.fill(0.0);
        self.pending = 0;
    }

    /// Adds what rows `rows` come to.
    pub(super) fn add(&mut self, input: &Ring, result: &Ring, rows: Range<usize>, workers: &Workers) {
        let Self { slope, few, channels: [inputs, outputs], lanes, .. } = self;
        let (own, kernel) = taps(slope);
        let (inputs, outputs) = (*inputs, *outputs);
        self.pending += rows.len();
        workers.each(Rows::of_mut(few, inputs * outputs), |_, tap, sums| {
            let (v, u) = (tap / kernel, tap % kernel);
            for y in rows.clone() {
                let (read, made) = (input.shape(), result.shape());
                let (of_input, of_result, pixels) = match own {
                    Some(Convolution { stride, dilation, padding, .. }) => {
                        let row = read.row((y * stride + v * dilation) as i64 - padding as i64);
                        let start = row + u * dilation * inputs - padding * inputs;
                        ([start, stride * inputs], [made.row(y as i64), outputs], made.width)
                    }
                    None => {
                        let row = made.row((y * kernel + v) as i64);
                        ([read.row(y as i64), inputs], [row + u * outputs, kernel * outputs], read.width)
                    }
                };
                let (of_input, of_result) = ((input.samples(), of_input), (result.samples(), of_result));
                // The tensor with many channels is the one whose channels lie in lanes.
                let is_turned = outputs < super::graph::BLOCK;
                let (left, right) = if is_turned { (of_result, of_input) } else { (of_input, of_result) };
                let correlation = Correlation {
                    left: &left.0[left.1[0]..],
                    left_step: left.1[1],
                    rows: if is_turned { outputs } else { inputs },
                    right: &right.0[right.1[0]..],
                    right_step: right.1[1],
                    columns: if is_turned { inputs } else { outputs },
                    pixels,
                };
                correlate(*lanes, &correlation, sums);
            }
        });
        if self.pending >= ROWS {
            self.settle();
        }
    }

    /// Takes what is in single precision to the rest.
    pub(super) fn settle(&mut self) {
        for (all, few) in self.all.iter_mut().zip(self.few.iter_mut()) {
            *all += f64::from(std::mem::take(few));
        }
        self.pending = 0;
    }

    /// Writes the derivatives to where the parameters of the layer lie among those of the graph.
    pub(super) fn write(&self, target: &mut [f32]) {
        let (_, kernel) = taps(&self.slope);
        let [inputs, outputs] = self.channels;
        let (at, is_upsampling) = match self.slope.layer.operation {
            Operation::Upsampling { at, .. } => (at, true),
            Operation::Convolution { at, .. } => (at, false),
            _ => return,
        };
        for (place, sum) in self.all.iter().enumerate() {
            let (tap, rest) = (place / (inputs * outputs), place % (inputs * outputs));
            let (input, output) = if outputs < super::graph::BLOCK {
                (rest % inputs, rest / inputs)
            } else {
                (rest / outputs, rest % outputs)
            };
            let pair = if is_upsampling { input * outputs + output } else { output * inputs + input };
            target[at + pair * kernel * kernel + tap] = *sum as f32;
        }
    }
}

/// The convolution, if it is one, and taps along an axis.
fn taps(slope: &Slope) -> (Option<Convolution>, usize) {
    match slope.layer.operation {
        Operation::Convolution { layer, .. } => (Some(layer), layer.kernel),
        Operation::Upsampling { layer: Upsampling { factor, .. }, .. } => (None, factor),
        _ => (None, 1),
    }
}

/// Rows that are added up in single precision.
const ROWS: usize = 64;
