//! Vector instructions: what a machine has ([`Lanes`]), one trait over all kinds of them (`Vector`), and plain loops that
//! are compiled for them ([`vectorised`]).
//!
//! What is unsafe about them is in this folder and in `fft/simd`; what both offer outside is safe.
#![allow(unsafe_code)]

mod lanes;
mod portable;
mod product;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use lanes::{Lanes, Loop, vectorised};
pub(crate) use portable::Portable;
pub(crate) use product::{Correlation, Panels, Product, contract, correlate, multiply};
pub(crate) use vector::{MAX_LANES, Vector};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};
