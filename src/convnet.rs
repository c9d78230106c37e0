//! Networks of abbe's own: a small engine for convolutional networks, without ONNX Runtime.
//!
//! A [`Graph`] says what is computed, a [`Network`] is a graph made ready for images of one size. Rows go through all layers
//! as soon as a layer has what it reads, so that an image of any height needs a few rows of each tensor, every row is
//! computed once, and nothing is cut into tiles. Pixels lie with their channels side by side; convolutions of 3 x 3 go by
//! way of Winograd's products.
//!
//! A graph that was [differentiated](Graph::differentiate) gives derivatives of a loss with respect to all parameters in the
//! same pass, for [`Adam`] to take steps by.
//!
//! Samples are f32. Results are the same bits for any number of threads; they differ by rounding with the lanes of the
//! machine. Foreign networks are not run here but in [`crate::network`].

mod adam;
pub mod denoiser;
mod graph;
mod kernel;
mod network;
mod ring;
mod schedule;
mod slope;
mod winograd;

pub use adam::Adam;
pub use graph::{Along, Convolution, Graph, Tensor, Upsampling};
pub use network::Network;

#[cfg(test)]
mod tests;
