//! An image piece by piece, and the blocks that stand for all of it.

use super::Region;
use crate::runtime::{Rows, Workers};

/// Samples of a block along y and x.
pub const BLOCK: usize = 8;

/// A part of an image that is looked at.
pub struct Piece<'a> {
    /// Packed samples of `region`.
    pub samples: &'a [f32],
    /// Where they lie in the image; it starts at multiples of a block along y and x.
    pub region: Region,
    /// Extents of what is to be counted; the rest, two samples along y and x, is there to be looked at.
    pub own: [usize; 3],
}

impl<'a> Piece<'a> {
    /// All of an image.
    pub fn whole(samples: &'a [f32], shape: [usize; 3]) -> Self {
        Self { samples, region: Region::whole(shape), own: shape }
    }

    /// Row (z, y) of the piece.
    pub fn line(&self, z: usize, y: usize) -> &'a [f32] {
        let [_, ny, nx] = self.region.shape;
        &self.samples[(z * ny + y) * nx..][..nx]
    }
}

/// The pieces of an image that fit into some memory.
#[derive(Clone, Copy)]
pub struct Pieces {
    image: [usize; 3],
    /// Extents of what a piece counts.
    own: [usize; 3],
}

impl Pieces {
    /// Pieces of at most `samples` samples and `rows` rows, at least 100 and 8.
    pub fn new(image: [usize; 3], samples: usize, rows: usize) -> Self {
        let [nz, ny, nx] = image;
        let whole = |max: usize| (max / BLOCK * BLOCK).max(BLOCK);
        let x = if nx * ny.min(BLOCK + 2) <= samples { nx } else { whole((samples / (BLOCK + 2)).saturating_sub(2)) };
        let width = (x + 2).min(nx);
        let y = if width * ny <= samples && ny <= rows { ny } else { whole((samples / width).min(rows) - 2) };
        let height = (y + 2).min(ny);
        let z = (samples / (width * height)).min(rows / height).clamp(1, nz);
        Self { image, own: [z, y, x] }
    }

    /// The number of pieces.
    pub fn count(&self) -> usize {
        self.counts().iter().product()
    }

    /// The region of piece `at`, and how much of it counts.
    pub fn piece(&self, at: usize) -> (Region, [usize; 3]) {
        let [_, rows, columns] = self.counts();
        let places = [at / (rows * columns), at / columns % rows, at % columns];
        let start: [usize; 3] = std::array::from_fn(|axis| places[axis] * self.own[axis]);
        let own = std::array::from_fn(|axis| self.own[axis].min(self.image[axis] - start[axis]));
        let shape = std::array::from_fn(|axis| {
            let more = if axis == 0 { 0 } else { 2 };
            (own[axis] + more).min(self.image[axis] - start[axis])
        });
        (Region { start, shape }, own)
    }

    fn counts(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.image[axis].div_ceil(self.own[axis]))
    }
}

/// Blocks of 8 x 8 samples of an image's planes, of which every few rows of blocks one is kept: the same ones however the
/// image is cut into pieces.
#[derive(Clone, Copy, Debug)]
pub struct BlockGrid {
    planes: usize,
    rows: usize,
    columns: usize,
    step: usize,
}

impl BlockGrid {
    /// Of an image with so many blocks along z, y and x keeps about `max`.
    pub fn new([planes, rows, columns]: [usize; 3], max: usize) -> Self {
        let step = planes.saturating_mul(rows).saturating_mul(columns).div_ceil(max).max(1);
        Self { planes, rows, columns, step }
    }

    /// The number of blocks that are kept.
    pub fn kept(&self) -> usize {
        (self.planes * self.rows).div_ceil(self.step) * self.columns
    }

    /// Has `value(z, y, x)` make every kept block of a piece, from the places of their first samples in the piece.
    pub fn gather<T: Send>(
        &self,
        kept: &mut [T],
        piece: &Piece,
        workers: &Workers,
        value: impl Fn(usize, usize, usize) -> T + Sync,
    ) {
        let range = |axis: usize, count: usize| {
            let first = piece.region.start[axis] / BLOCK;
            first..(piece.region.start[axis] + piece.own[axis]).div_ceil(BLOCK).min(count).max(first)
        };
        let (rows, columns) = (range(1, self.rows), range(2, self.columns));
        for z in 0..piece.own[0] {
            let first = (piece.region.start[0] + z) * self.rows;
            let [from, to] = [rows.start, rows.end].map(|row| (first + row).div_ceil(self.step));
            if from >= to || columns.is_empty() {
                continue;
            }
            let lines = Rows::of_mut(&mut kept[from * self.columns..to * self.columns], self.columns);
            workers.each(lines, |_, index, line| {
                let y = ((from + index) * self.step - first - rows.start) * BLOCK;
                for (at, block) in line[columns.clone()].iter_mut().enumerate() {
                    *block = value(z, y, at * BLOCK);
                }
            });
        }
    }
}
