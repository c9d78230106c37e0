//! The rows of a tensor that are held: a ring, and a row of zeros for what lies outside the image.

use crate::error::{Error, Result};
use crate::fft::Buffer;
use crate::runtime::{LentRows, RowLocks};

/// Rows of pixels whose channels lie side by side, with zeros on either side.
pub(super) struct Ring {
    samples: Buffer,
    locks: RowLocks,
    shape: Shape,
}

/// Where the samples of a ring lie.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Rows that are held.
    pub held: usize,
    /// Pixels of zeros before a row, and behind it.
    pub margins: [usize; 2],
}

impl Shape {
    /// Floats of a row with its margins: whole cache lines where there are many channels.
    pub(super) fn pitch(&self) -> usize {
        (self.margins[0] + self.width + self.margins[1]) * self.channels
    }

    /// Height and width.
    pub(super) fn extents(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Floats of all rows.
    pub(super) fn len(&self) -> usize {
        (self.held + 1) * self.pitch()
    }

    /// Where the first pixel of row `y` lies, which is a row of zeros outside the image.
    pub(super) fn row(&self, y: i64) -> usize {
        let inside = usize::try_from(y).ok().filter(|&y| y < self.height);
        inside.map_or(self.held, |y| y % self.held) * self.pitch() + self.margins[0] * self.channels
    }
}

impl Ring {
    pub(super) fn new(shape: Shape) -> Result<Self> {
        let locks = RowLocks::new(shape.held + 1)
            .map_err(|_| Error::Memory(format!("there is no memory for {} rows of a network", shape.held)))?;
        Ok(Self { samples: Buffer::new("the tensors of a network", shape.len())?, locks, shape })
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The pixels of row `y`.
    pub(super) fn pixels(&self, y: usize) -> &[f32] {
        &self.samples[self.shape.row(y as i64)..][..self.shape.width * self.shape.channels]
    }

    /// The pixels of row `y`, to be written.
    pub(super) fn pixels_mut(&mut self, y: usize) -> &mut [f32] {
        let at = self.shape.row(y as i64);
        &mut self.samples[at..][..self.shape.width * self.shape.channels]
    }

    /// Its rows, with their margins, for tasks side by side.
    pub(super) fn lend(&mut self) -> LentRows<'_, f32> {
        LentRows::new(&mut self.samples, self.shape.pitch(), &mut self.locks)
    }
}
