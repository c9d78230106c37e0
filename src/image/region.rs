//! Parts of a volume.

use std::ops::Range;

/// A box of a volume, axis order (z, y, x).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first sample.
    pub start: [usize; 3],
    /// Its extents, each at least 1.
    pub shape: [usize; 3],
}

impl Region {
    /// All of a volume.
    pub fn whole(shape: [usize; 3]) -> Self {
        Self { start: [0; 3], shape }
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether every sample is one of a volume of `shape`.
    pub fn is_within(&self, shape: [usize; 3]) -> bool {
        (0..3).all(|axis| self.start[axis].checked_add(self.shape[axis]).is_some_and(|end| end <= shape[axis]))
    }

    /// The places along each axis.
    pub fn ranges(&self) -> [Range<usize>; 3] {
        std::array::from_fn(|axis| self.start[axis]..self.start[axis] + self.shape[axis])
    }
}
