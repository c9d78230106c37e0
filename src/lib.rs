//! abbe makes microscope images better: deconvolution with a known or measured point spread function, and denoising
//! and super-resolution by trained networks, on buffers that the caller owns.
//!
//! The product is the C library `libabbe` with the header `include/abbe/abbe.h`; this crate is what it is made of. Hosts
//! in Rust use `arrays`, with the feature `ndarray`.
//! Imports run one way: `{ffi, arrays} -> stream -> plan -> {deconvolve, denoise, filter, learn, network, sensor, series} -> {psf, noise, tile, convnet} ->
//! {fft, image} -> {runtime, simd} -> {params, error, codes}`.
#![deny(unsafe_code)]

#[cfg(feature = "ndarray")]
pub mod arrays;
pub mod assess;
pub mod codes;
pub mod convnet;
pub mod deconvolve;
pub mod denoise;
pub mod digest;
pub mod error;
pub mod ffi;
pub mod fft;
pub mod filter;
pub mod image;
pub mod learn;
#[cfg(feature = "networks")]
pub mod network;
#[cfg(not(feature = "networks"))]
#[path = "network/absent.rs"]
pub mod network;
pub mod noise;
pub mod params;
pub mod plan;
pub mod psf;
pub mod runtime;
pub mod sensor;
pub mod series;
pub mod simd;
pub mod stream;
pub mod tile;

#[cfg(test)]
extern crate self as abbe;
#[cfg(test)]
#[path = "../tests/support/lanes.rs"]
mod lanes;
