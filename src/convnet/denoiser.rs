//! The denoiser of `models/abbe-denoise.zip`, built in: its layers and weights.
//!
//! A U-Net without biases over the image minus its local mean, so that f(a image + b) = a f(image) + b for every gain a > 0
//! and offset b (Mohan et al. 2020, arXiv:1906.05478; Herbreteau et al. 2023, arXiv:2306.05037). `training/network.py` says
//! the same in PyTorch.

use super::graph::{Along, Convolution, Graph, Tensor, Upsampling};
use crate::error::{Result, reserved};

/// Pixels of an image along y and along x are a multiple of this.
pub const STRIDE: usize = 4;
/// Fewer pixels along an axis than the network was trained for.
pub const LEAST: usize = 128;

/// The weights, in the order of the layers.
///
/// # Errors
/// [`crate::error::Error::Memory`].
pub fn weights() -> Result<Vec<f32>> {
    let (words, _) = WEIGHTS.as_chunks::<4>();
    let mut weights = reserved("the weights of a network", words.len())?;
    weights.extend(words.iter().map(|&word| f32::from_le_bytes(word)));
    Ok(weights)
}

/// The network.
pub fn graph() -> Graph {
    let mut graph = Graph::new(1);
    let image = graph.input();
    let mut mean = image;
    for _ in 0..2 {
        mean = graph.mean(mean, MEAN_WINDOW, Along::Y);
        mean = graph.mean(mean, MEAN_WINDOW, Along::X);
    }
    let [fine, middle, coarse] = WIDTHS;
    let rectified = |outputs| Convolution { rectified: true, ..taps(outputs, 1) };
    let x = graph.difference(image, mean);
    let x = graph.convolution(x, None, rectified(fine));
    let entered = graph.convolution(x, None, rectified(fine));
    let x = graph.convolution(entered, None, halved(middle));
    let encoded = residual(&mut graph, x, middle, 1);
    let x = graph.convolution(encoded, None, halved(coarse));
    let x = residual(&mut graph, x, coarse, 1);
    let x = residual(&mut graph, x, coarse, 2);
    let x = graph.upsampling(x, Some(encoded), Upsampling { outputs: middle, factor: 2 });
    let x = residual(&mut graph, x, middle, 1);
    let x = graph.upsampling(x, Some(entered), Upsampling { outputs: fine, factor: 2 });
    let x = graph.convolution(x, None, rectified(fine));
    graph.convolution(x, Some(mean), taps(1, 1));
    graph
}

fn residual(graph: &mut Graph, input: Tensor, channels: usize, dilation: usize) -> Tensor {
    let x = graph.convolution(input, None, Convolution { rectified: true, ..taps(channels, dilation) });
    graph.convolution(x, Some(input), taps(channels, dilation))
}

/// 3 x 3 taps.
fn taps(outputs: usize, dilation: usize) -> Convolution {
    Convolution { outputs, kernel: 3, stride: 1, dilation, padding: dilation, rectified: false }
}

/// Half as many pixels along either axis.
fn halved(outputs: usize) -> Convolution {
    Convolution { outputs, kernel: 2, stride: 2, dilation: 1, padding: 0, rectified: false }
}

/// Pixels of a box of the local mean, of which two make a tent.
const MEAN_WINDOW: usize = 17;
/// Channels at full, half and quarter size.
const WIDTHS: [usize; 3] = [16, 32, 64];
/// Little-endian floats.
static WEIGHTS: &[u8] = include_bytes!("../../models/abbe-denoise.f32");
