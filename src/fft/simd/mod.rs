//! The engine: one SIMD lane is one column of the volume.
//!
//! Tiles of neighbouring columns are transformed side by side, so that a complex product needs no shuffles, twiddle
//! factors are the same in every lane, and nothing is transposed along y and z. Along x, as many rows as there are
//! lanes are transposed in registers on the way in and out ([`rows`]). [`passes`] runs tiles and rows over a volume.
//!
//! All unsafe code of the transforms is in this folder; what it offers outside is safe.
#![allow(unsafe_code)]

mod butterfly;
mod columns;
mod columnwise;
mod kernels;
mod line;
mod passes;
mod rows;
mod stage;
mod tile;

pub(super) use passes::{Op, Passes, Work};
