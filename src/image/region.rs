//! Parts of a volume.

use std::ops::Range;

/// Where the samples of one axis lie: sample 0 at `start`, the others one after another, but from `head` on they lie `by`
/// samples farther.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// Place of the first.
    pub start: usize,
    /// The number of samples before the jump.
    pub head: usize,
    /// Its width.
    pub by: usize,
}

/// Where samples lie along (z, y, x).
pub type Jumps = [Jump; 3];

impl Jump {
    /// One after another from `start` on.
    pub fn none(start: usize) -> Self {
        Self { start, head: usize::MAX, by: 0 }
    }

    /// Where sample `at` lies.
    pub fn place(&self, at: usize) -> usize {
        self.start + at + if at < self.head { 0 } else { self.by }
    }

    /// Of the first `length` samples those that lie at `place`.
    pub fn samples(&self, place: usize, length: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let [head, tail] = self.runs(length);
        let found = |run: Range<usize>, start: usize| place.checked_sub(start).filter(|at| run.contains(at));
        found(head, self.start).into_iter().chain(found(tail, self.start + self.by))
    }

    /// The same from sample `first` on.
    pub fn from(&self, first: usize) -> Self {
        if first < self.head {
            Self { start: self.start + first, head: self.head.saturating_sub(first), by: self.by }
        } else {
            Self::none(self.place(first))
        }
    }

    /// Of the first `length` samples those before the jump and those after it, which may be none.
    pub fn runs(&self, length: usize) -> [Range<usize>; 2] {
        let head = self.head.min(length);
        [0..head, head..length]
    }
}

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
