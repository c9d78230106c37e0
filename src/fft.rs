//! Real Fourier transforms of rows, planes and volumes, and circular convolution made of them.
//!
//! A [`Transform`] is planned for a shape (z, y, x) in under a millisecond and works in place on padded rows of `f32`
//! in memory of the caller, with scratch of the caller; nothing is allocated while it runs, and the same bits come out
//! for any number of workers. [`Transform::forward`] and [`Transform::inverse`] are the plain transforms. Iterations use
//! the fused passes instead, which read and write the volume once each: the inner axes together with what is done to
//! real rows ([`Transform::inner_round`]), and the outer axis together with the product with a transfer function
//! ([`Transform::outer_filter`]) from [`Transform::otf`].
//!
//! ```
//! use abbe::fft::{Buffer, Transform};
//! use abbe::runtime::Workers;
//!
//! // A plane of 4 x 6 samples, blurred along x by (1/4, 1/2, 1/4).
//! let workers = Workers::new(1)?;
//! let transform = Transform::new([1, 4, 6])?;
//! let mut volume = Buffer::new("volume", transform.len())?;
//! let mut scratch = Buffer::new("scratch", transform.scratch_len(1))?;
//! let otf = transform.otf(&[0.25, 0.5, 0.25], [1, 1, 3], &mut scratch, &workers)?;
//! transform.inner_forward(&mut volume, &mut scratch, &workers, &|_, y, row| {
//!     row.fill(0.0);
//!     row[y] = 1.0;
//! });
//! transform.outer_filter(&mut volume, &otf, false, &mut scratch, &workers);
//! transform.inner_inverse(&mut volume, &mut scratch, &workers, &|_, _, _| {});
//! let row = &volume[2 * transform.row_pitch()..][..6];
//! assert!(row.iter().zip([0.0, 0.25, 0.5, 0.25, 0.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Sizes of large prime factors are slow; [`good_size`] says what to pad to. The spectrum's layout is private.

mod buffer;
mod gain;
mod otf;
mod simd;
mod size;
mod spectrum;
mod transform;

#[cfg(test)]
mod tests;

pub use crate::simd::{Lanes, Loop, vectorised};
pub use buffer::Buffer;
pub use gain::{Gain, LowPass};
pub use otf::Otf;
pub use size::good_size;
pub use transform::{Support, Transform};

pub use crate::params::Storage;
