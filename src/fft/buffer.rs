//! Floats that start on a cache line.

use std::ops::{Deref, DerefMut};

use crate::error::{Result, zeroed};
use crate::runtime::Job;

/// Zeros at first, starting on a cache line: vectors of unaligned volumes straddle two lines, which costs transforms
/// a few per cent.
pub struct Buffer {
    floats: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` floats.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory) that names `thing` when the bytes cannot be had.
    pub fn new(thing: &str, len: usize) -> Result<Self> {
        Ok(Self::aligned(zeroed(thing, len.saturating_add(LINE - 1))?, len))
    }

    /// The same, as part of a job that may be cancelled.
    ///
    /// # Errors
    /// As [`Job::zeroed`].
    pub fn within(job: Job, thing: &str, len: usize) -> Result<Self> {
        Ok(Self::aligned(job.zeroed(thing, len.saturating_add(LINE - 1))?, len))
    }

    fn aligned(floats: Vec<f32>, len: usize) -> Self {
        let start = floats.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE - 1);
        Self { floats, start, len }
    }

    /// Bytes that a buffer of `len` floats takes.
    pub fn bytes(len: usize) -> usize {
        len.saturating_add(LINE - 1).saturating_mul(size_of::<f32>())
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.floats[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.floats[self.start..self.start + self.len]
    }
}

/// Floats of a cache line.
const LINE: usize = 16;
