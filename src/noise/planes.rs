//! What neighbours along z share of their noise, by a few blocks that are followed from plane to plane.

use super::block::{Cosines, SIDE};
use super::groups::LEAST_CORRELATION;
use crate::error::{Result, zeroed};
use crate::image::Piece;

/// Blocks that are followed.
pub(super) struct Planes {
    /// Blocks along y and x.
    blocks: [usize; 2],
    followed: Vec<Followed>,
    sum: f64,
    pairs: u64,
}

/// The highest frequencies of a block in the plane where it was seen last.
#[derive(Clone, Copy, Default)]
struct Followed {
    spectrum: [f32; HIGH * HIGH],
    /// One more than its plane; 0: none.
    plane: u32,
}

impl Planes {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let followed = zeroed("blocks of the noise", Self::count(shape))?;
        Ok(Self { blocks: [shape[1] / SIDE, shape[2] / SIDE], followed, sum: 0.0, pairs: 0 })
    }

    /// Bytes held for images of `shape`.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (Self::count(shape) * size_of::<Followed>()) as u64
    }

    fn count([nz, ny, nx]: [usize; 3]) -> usize {
        if nz > 1 { (ny / SIDE * (nx / SIDE)).min(MOST) } else { 0 }
    }

    pub fn begin(&mut self) {
        self.followed.fill(Followed::default());
        (self.sum, self.pairs) = (0.0, 0);
    }

    /// Looks at a piece; pieces come plane after plane.
    pub fn visit(&mut self, piece: &Piece, cosines: &Cosines) {
        let [z0, y0, x0] = piece.region.start;
        let [planes, own_y, own_x] = piece.own;
        let (count, all) = (self.followed.len(), self.blocks[0] * self.blocks[1]);
        for (at, followed) in self.followed.iter_mut().enumerate() {
            let block = at * all / count;
            let (y, x) = (block / self.blocks[1] * SIDE, block % self.blocks[1] * SIDE);
            if !(y0..y0 + own_y).contains(&y) || !(x0..x0 + own_x).contains(&x) {
                continue;
            }
            for z in 0..planes {
                let mut block = [[0.0; SIDE]; SIDE];
                for (row, y) in block.iter_mut().zip(y - y0..) {
                    row.copy_from_slice(&piece.line(z, y)[x - x0..][..SIDE]);
                }
                let mean = block.as_flattened().iter().map(|&sample| f64::from(sample)).sum::<f64>() / 64.0;
                block.as_flattened_mut().iter_mut().for_each(|sample| *sample -= mean as f32);
                let whole = cosines.transform(&block);
                let spectrum = std::array::from_fn(|at| whole[SIDE - HIGH + at / HIGH][SIDE - HIGH + at % HIGH]);
                let plane = (z0 + z) as u32;
                if followed.plane == plane && plane > 0 {
                    let product = |a: &[f32], b: &[f32]| -> f64 {
                        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
                    };
                    let before = &followed.spectrum;
                    let energy = f64::midpoint(product(before, before), product(&spectrum, &spectrum));
                    if energy > 0.0 {
                        self.sum += product(before, &spectrum) / energy;
                        self.pairs += 1;
                    }
                }
                *followed = Followed { spectrum, plane: plane + 1 };
            }
        }
    }

    /// The correlation; 0 where none is seen for sure.
    pub fn correlation(&self) -> f64 {
        let pairs = self.pairs.max(1) as f64;
        let (found, error) = (self.sum / pairs, (1.0 / (pairs * (HIGH * HIGH) as f64)).sqrt());
        if found > LEAST_CORRELATION.max(3.0 * error) { found } else { 0.0 }
    }
}

/// Frequencies along an axis that hold hardly anything but noise.
const HIGH: usize = 4;
/// Blocks that are followed, at most.
const MOST: usize = 256;
