//! What a network computes: layers in order, each from tensors that stand before it.

/// A tensor of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor(pub(super) usize);

/// Layers from one input to one result, which is what the last layer makes; their parameters lie in one slice, in the order
/// in which the layers were added.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Channels of each tensor; the first is the input.
    pub(super) channels: Vec<usize>,
    pub(super) layers: Vec<Layer>,
    pub(super) slopes: Vec<Slope>,
    pub(super) parameters: usize,
}

/// A layer, and what it reads; layer i makes tensor i + 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub operation: Operation,
    pub input: Tensor,
    /// What is added to the result, before that is rectified.
    pub plus: Option<Tensor>,
}

/// Parameters are where the number `at` says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Convolution {
        layer: Convolution,
        at: usize,
    },
    /// By the weights of a convolution of stride 1 whose result this one's input has the shape of, each way round: what
    /// derivatives with respect to its input come to.
    Returned {
        layer: Convolution,
        at: usize,
    },
    Upsampling {
        layer: Upsampling,
        at: usize,
    },
    Mean {
        window: usize,
        along: Along,
    },
    /// The input minus that tensor.
    Difference(Tensor),
    /// The input plus that tensor.
    Sum(Tensor),
    /// The input where that tensor is above 0, otherwise 0.
    Gate(Tensor),
    /// What the caller makes of the input, row by row.
    Outside,
}

/// The derivatives with respect to the parameters of a layer, from those with respect to its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    pub layer: Layer,
    pub result: Tensor,
}

/// A convolution of planes, without bias: result (o, y, x) is the sum over inputs i and taps (v, u) of weight (o, i, v, u)
/// times sample (i, stride y + dilation v - padding, stride x + dilation u - padding). Outside the image samples are 0.
/// Parameters: weights (output, input, y, x).
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Channels of the result: a multiple of 16, or fewer than 16 where those of the input are a multiple of 16.
    pub outputs: usize,
    /// Taps along either axis.
    pub kernel: usize,
    /// Samples from pixel to pixel of the result.
    pub stride: usize,
    /// Samples from tap to tap.
    pub dilation: usize,
    /// Zeros before the first sample, and behind the last.
    pub padding: usize,
    /// Whether what is below 0 becomes 0.
    pub rectified: bool,
}

/// A transposed convolution whose stride is its kernel: result (o, factor y + v, factor x + u) is the sum over inputs i of
/// weight (i, o, v, u) times sample (i, y, x). Parameters: weights (input, output, y, x).
#[derive(Clone, Copy, Debug)]
pub struct Upsampling {
    /// Channels of the result, a multiple of 16.
    pub outputs: usize,
    /// Pixels of the result along either axis for one of the input.
    pub factor: usize,
}

/// An axis of planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// From row to row.
    Y,
    /// From column to column.
    X,
}

impl Graph {
    /// Nothing but an input of so many channels.
    pub fn new(channels: usize) -> Self {
        Self { channels: vec![channels], layers: Vec::new(), slopes: Vec::new(), parameters: 0 }
    }

    /// The input.
    pub fn input(&self) -> Tensor {
        Tensor(0)
    }

    /// Parameters of all layers.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// A convolution, with `plus` added to it.
    ///
    /// # Panics
    /// When channels are others than [`Convolution::outputs`] says.
    pub fn convolution(&mut self, input: Tensor, plus: Option<Tensor>, layer: Convolution) -> Tensor {
        let (outputs, inputs) = (layer.outputs, self.channels[input.0]);
        assert!(outputs.is_multiple_of(BLOCK) || outputs < BLOCK && inputs.is_multiple_of(BLOCK));
        let at = self.parameters;
        self.parameters += outputs * inputs * layer.kernel * layer.kernel;
        self.add(Operation::Convolution { layer, at }, input, plus, outputs)
    }

    /// An upsampling, with `plus` added to it.
    ///
    /// # Panics
    /// As [`Graph::convolution`].
    pub fn upsampling(&mut self, input: Tensor, plus: Option<Tensor>, layer: Upsampling) -> Tensor {
        assert!(layer.outputs.is_multiple_of(BLOCK));
        let at = self.parameters;
        self.parameters += layer.outputs * self.channels[input.0] * layer.factor * layer.factor;
        self.add(Operation::Upsampling { layer, at }, input, plus, layer.outputs)
    }

    /// The mean over a window of an odd number of samples along an axis, as far as it lies inside the image.
    ///
    /// # Panics
    /// When `window` is even.
    pub fn mean(&mut self, input: Tensor, window: usize, along: Along) -> Tensor {
        assert!(!window.is_multiple_of(2));
        self.add(Operation::Mean { window, along }, input, None, self.channels[input.0])
    }

    /// `left` minus `right`.
    ///
    /// # Panics
    /// When they have not the same channels.
    pub fn difference(&mut self, left: Tensor, right: Tensor) -> Tensor {
        assert!(self.channels[left.0] == self.channels[right.0]);
        self.add(Operation::Difference(right), left, None, self.channels[left.0])
    }

    /// Appends what gives derivatives: a layer whose rows the caller makes, derivatives of a loss with respect to the
    /// result, from which those with respect to all parameters follow ([`super::Network::gradient`]).
    ///
    /// # Panics
    /// When a convolution has both a stride and a kernel that is another, or a padding above what its taps reach over.
    pub fn differentiate(&mut self) {
        let count = self.layers.len();
        let seed = self.add(Operation::Outside, Tensor(count), None, self.channels[count]);
        let mut slopes: Vec<Option<Tensor>> = vec![None; count + 1];
        slopes[count] = Some(seed);
        for at in (0..count).rev() {
            let (layer, Some(mut slope)) = (self.layers[at], slopes[at + 1]) else { continue };
            if let Operation::Convolution { layer: Convolution { rectified: true, .. }, .. } = layer.operation {
                slope = self.add(Operation::Gate(Tensor(at + 1)), slope, None, self.channels[at + 1]);
            }
            if let Some(plus) = layer.plus.filter(|plus| self.learns(*plus)) {
                let sum =
                    slopes[plus.0].map(|other| self.add(Operation::Sum(other), slope, None, self.channels[plus.0]));
                slopes[plus.0] = Some(sum.unwrap_or(slope));
            }
            self.slopes.push(Slope { layer, result: slope });
            if !self.learns(layer.input) {
                continue;
            }
            let (channels, before) = (self.channels[layer.input.0], slopes[layer.input.0]);
            let back = match layer.operation {
                Operation::Convolution { layer: own, at } if own.stride == 1 => {
                    assert!(own.padding <= own.dilation * (own.kernel - 1));
                    Operation::Returned { layer: Convolution { rectified: false, ..own }, at }
                }
                Operation::Convolution { layer: own, at } => {
                    assert!(own.stride == own.kernel && own.dilation == 1 && own.padding == 0);
                    Operation::Upsampling { layer: Upsampling { outputs: channels, factor: own.kernel }, at }
                }
                Operation::Upsampling { layer: Upsampling { factor, .. }, at } => {
                    let (kernel, stride) = (factor, factor);
                    let layer =
                        Convolution { outputs: channels, kernel, stride, dilation: 1, padding: 0, rectified: false };
                    Operation::Convolution { layer, at }
                }
                _ => continue,
            };
            slopes[layer.input.0] = Some(self.add(back, slope, before, channels));
        }
    }

    /// Whether a tensor depends on parameters.
    fn learns(&self, tensor: Tensor) -> bool {
        let Some(layer) = tensor.0.checked_sub(1).map(|at| self.layers[at]) else { return false };
        match layer.operation {
            Operation::Convolution { .. } | Operation::Upsampling { .. } => true,
            _ => self.learns(layer.input),
        }
    }

    fn add(&mut self, operation: Operation, input: Tensor, plus: Option<Tensor>, channels: usize) -> Tensor {
        assert!(plus.is_none_or(|plus| self.channels[plus.0] == channels));
        self.layers.push(Layer { operation, input, plus });
        self.channels.push(channels);
        Tensor(self.layers.len())
    }
}

impl Layer {
    /// What it reads, with how far it reads around the sample below the first of a result's, and how many of its samples
    /// along an axis there are for one of the result.
    pub(super) fn reads(&self) -> impl Iterator<Item = (Tensor, Reach)> {
        let (own, other) = match self.operation {
            Operation::Convolution { layer: Convolution { kernel, stride, dilation, padding, .. }, .. } => {
                (Reach { before: padding, behind: dilation * (kernel - 1) + 1 - padding, stride, factor: 1 }, None)
            }
            Operation::Returned { layer: Convolution { kernel, dilation, padding, .. }, .. } => {
                let width = dilation * (kernel - 1);
                (Reach { before: width - padding, behind: padding + 1, ..Reach::SAME }, None)
            }
            Operation::Upsampling { layer: Upsampling { factor, .. }, .. } => (Reach { factor, ..Reach::SAME }, None),
            Operation::Mean { window, along: Along::Y } => {
                (Reach { before: window / 2, behind: window / 2 + 1, ..Reach::SAME }, None)
            }
            Operation::Mean { .. } | Operation::Outside => (Reach::SAME, None),
            Operation::Difference(other) | Operation::Sum(other) | Operation::Gate(other) => (Reach::SAME, Some(other)),
        };
        [(self.input, own)].into_iter().chain([self.plus, other].into_iter().flatten().map(|read| (read, Reach::SAME)))
    }

    /// How far it reads along a row beyond the row's ends.
    pub(super) fn margin(&self) -> usize {
        match self.operation {
            Operation::Convolution { layer, .. } => layer.padding,
            Operation::Returned { layer, .. } => layer.dilation * (layer.kernel - 1) - layer.padding,
            Operation::Mean { window, along: Along::X } => window / 2,
            _ => 0,
        }
    }

    /// Samples of the result along an axis of which the input has `extent`.
    pub(super) fn extent(&self, extent: usize) -> usize {
        match self.operation {
            Operation::Convolution { layer: Convolution { kernel, stride, dilation, padding, .. }, .. } => {
                (extent + 2 * padding).checked_sub(dilation * (kernel - 1) + 1).map_or(0, |last| last / stride + 1)
            }
            Operation::Returned { layer: Convolution { kernel, dilation, padding, .. }, .. } => {
                extent + dilation * (kernel - 1) - 2 * padding
            }
            Operation::Upsampling { layer, .. } => extent * layer.factor,
            _ => extent,
        }
    }
}

impl Slope {
    /// What it reads, as [`Layer::reads`] has it. It goes by rows of the result, or of the input where that has fewer.
    pub(super) fn reads(&self) -> [(Tensor, Reach); 2] {
        match self.layer.operation {
            Operation::Upsampling { layer: Upsampling { factor, .. }, .. } => {
                let result = Reach { behind: factor, stride: factor, ..Reach::SAME };
                [(self.layer.input, Reach::SAME), (self.result, result)]
            }
            _ => {
                let own = self.layer.reads().next().map_or(Reach::SAME, |(_, reach)| reach);
                [(self.layer.input, own), (self.result, Reach::SAME)]
            }
        }
    }

    /// The tensor whose rows it goes by.
    pub(super) fn course(&self) -> Tensor {
        if matches!(self.layer.operation, Operation::Upsampling { .. }) { self.layer.input } else { self.result }
    }
}

/// Rows that a layer reads for row y of its result: from `y * stride / factor - before` to below
/// `y * stride / factor + behind`.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    pub before: usize,
    pub behind: usize,
    pub stride: usize,
    pub factor: usize,
}

impl Reach {
    const SAME: Self = Self { before: 0, behind: 1, stride: 1, factor: 1 };

    /// The first row that is read for row `y`.
    pub(super) fn first(self, y: usize) -> usize {
        (y * self.stride / self.factor).saturating_sub(self.before)
    }

    /// One behind the last row that is read for row `y`, in an image of any height.
    pub(super) fn end(self, y: usize) -> usize {
        y * self.stride / self.factor + self.behind
    }
}

/// Channels are a multiple of this, the widest lanes, where there are many.
pub(super) const BLOCK: usize = 16;
