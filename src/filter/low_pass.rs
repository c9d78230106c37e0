//! Low-pass filters of planes in Fourier space, after Butterworth.
//!
//! The factor of a frequency is 1 / √(1 + r⁸), with r² the sum over axes of (frequency / cutoff)²: half of the power at the cutoff,
//! and no phase, so that nothing moves. A plane goes on beyond its border as in a mirror: it is transformed with its mirror images.

use super::reflect::reflect;
use crate::error::Result;
use crate::fft::{Buffer, Gain, LowPass, Otf, Storage, Support, Transform, good_size};
use crate::runtime::Workers;

/// Room for filters of planes of one shape.
pub struct LowPasses {
    shape: [usize; 2],
    transform: Transform,
    volume: Buffer,
    scratch: Buffer,
    /// Of a single sample: what a gain alone is applied to.
    one: Otf,
}

impl LowPasses {
    /// For planes of `shape` (y, x) and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory), and what a transform says of extents.
    pub fn new(shape: [usize; 2], workers: &Workers) -> Result<Self> {
        let transform = Transform::new(padded(shape))?;
        let thing = "the workspace of the filter";
        let mut volume = Buffer::new(thing, transform.len())?;
        let mut scratch = Buffer::new(thing, transform.scratch_len(workers.threads()))?;
        let one = transform.otf_in(&[1.0], [1; 3], Storage::Single, &mut volume, &mut scratch, workers)?;
        Ok(Self { shape, transform, volume, scratch, one })
    }

    /// Bytes that it holds.
    ///
    /// # Errors
    /// As [`LowPasses::new`].
    pub fn bytes(shape: [usize; 2], threads: usize) -> Result<u64> {
        let transform = Transform::new(padded(shape))?;
        let buffers = Buffer::bytes(transform.len()) + Buffer::bytes(transform.scratch_len(threads));
        Ok((buffers + transform.otf_bytes(&[1.0], [1; 3], Storage::Single)?) as u64)
    }

    /// Filters the plane whose rows `fill(y, row)` sets; `cutoff` (y, x) is in cycles per sample, infinite along an axis that does not
    /// count. [`LowPasses::row`] has the result.
    pub fn take(&mut self, cutoff: [f64; 2], workers: &Workers, fill: &(dyn Fn(usize, &mut [f32]) + Sync)) {
        let Self { shape: [ny, nx], transform, volume, scratch, one } = self;
        let [_, tall, _] = transform.shape();
        transform.inner_forward(volume, scratch, workers, &|_, y, row| {
            fill(mirrored(y, *ny, tall), &mut row[..*nx]);
            for x in *nx..row.len() {
                row[x] = row[mirrored(x, *nx, row.len())];
            }
        });
        let low_pass = LowPass { cutoff: [f64::INFINITY, cutoff[0], cutoff[1]], ripple: 1.0, order: 4 };
        let supports = [Support::WHOLE; 2];
        transform.outer_project_within(volume, one, Gain::ONE.within(low_pass), scratch, workers, supports);
        transform.inner_inverse(volume, scratch, workers, &|_, _, _| {});
    }

    /// Row `y` of the last result.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.volume[y * self.transform.row_pitch()..][..self.shape[1]]
    }
}

/// The sample of a line of `extent` that is at `at` of a field of `full`: mirror images meet in the middle of what is left.
fn mirrored(at: usize, extent: usize, full: usize) -> usize {
    let is_before = at >= extent + (full - extent) / 2;
    reflect(at as isize - if is_before { full as isize } else { 0 }, extent)
}

/// A plane and its mirror image along each axis, or a little more where that transforms faster.
fn padded(shape: [usize; 2]) -> [usize; 3] {
    let [ny, nx] = shape.map(|extent| if extent == 1 { 1 } else { good_size(2 * extent) });
    [1, ny, nx]
}
