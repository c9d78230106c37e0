//! How images lie in the caller's memory, and the way from there to abbe's own volumes and back.
//!
//! A [`Layout`] says what a sample is ([`Dtype`]), which axes there are, how long they are and how many bytes lie between
//! neighbours along each; building one proves that every sample lies within [`Layout::bytes`]. [`Layout::read`] then
//! takes one volume out of a buffer into packed `f32`, axis order (z, y, x), and [`Layout::write`] puts one back. Both
//! are threaded, allocate nothing and give the same bits for any number of threads.
//!
//! Values are never rescaled. Integers come in as they are; they go out rounded to the nearest, ties to even, and
//! saturated, and [`Clipped`] counts what was. 16-bit integers and floating-point numbers are in the machine's byte
//! order, at any alignment.
//!
//! ```
//! use abbe::image::{Dtype, Layout};
//! use abbe::runtime::Workers;
//!
//! // A 2 x 3 image whose rows are stored bottom-up, four bytes apart.
//! let layout = Layout::new(Dtype::U8, "yx", &[2, 3], Some(&[-4, 1]), 4)?;
//! let bytes = [4, 5, 6, 0, 1, 2, 3];
//! let workers = Workers::new(1).unwrap();
//! let mut volume = [0.0; 6];
//! let found = layout.read(&bytes, 0, &mut volume, &workers);
//! assert_eq!(volume, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
//! assert_eq!((found.sum, found.not_finite), (21.0, 0));
//! # Ok::<(), abbe::error::Error>(())
//! ```

mod fill;
mod layout;
mod pieces;
mod read;
mod reflect;
mod region;
mod samples;
mod source;
mod write;

pub use fill::fill;
pub use layout::{Layout, overlap};
pub use pieces::{BLOCK, BlockGrid, Piece, Pieces};
pub use read::{Found, unpack};
pub use reflect::reflected;
pub use region::{Jump, Jumps, Region};
pub use samples::Clipped;
pub use source::{RUN, Source};
pub use write::{Pitched, pack};

pub use crate::codes::Dtype;

impl Dtype {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Byte strides of samples that lie packed in the order (z, y, x).
fn packed_strides(dtype: Dtype, [_, ny, nx]: [usize; 3]) -> [i64; 3] {
    let bytes = dtype.bytes() as i64;
    [ny as i64 * nx as i64 * bytes, nx as i64 * bytes, bytes]
}
