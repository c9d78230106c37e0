//! Outliers of an image, and what takes their places.

use super::Outliers;
use crate::error::{Result, zeroed};

/// Room for the outliers of images of one shape.
pub struct Replacements {
    shape: [usize; 3],
    /// The number of each outlier (z, y, x) and the mean of its neighbours.
    found: Vec<(usize, f32)>,
}

impl Replacements {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        Ok(Self { shape, found: zeroed("the list of outliers", most(shape))? })
    }

    /// Bytes that it holds for such images.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (most(shape) * size_of::<(usize, f32)>()) as u64
    }

    /// Puts the mean of neighbours in the place of outliers of `image`, packed samples (z, y, x); gives how many there are,
    /// and the number of each that was replaced, in order, with what it is now. Where more than one in 512 are outliers, they are
    /// what the image is made of, and stay.
    pub fn replace(&mut self, verdict: Outliers, image: &mut [f32]) -> (usize, &[(usize, f32)]) {
        let count = self.find(verdict, image);
        let replaced = self.found.get(..count).unwrap_or_default();
        for (at, around) in replaced {
            image[*at] = *around;
        }
        (count, replaced)
    }

    /// Finds outliers, as many as there is room for, and counts all. The image stays as it is, so that none is judged by
    /// what takes the place of another.
    fn find(&mut self, verdict: Outliers, image: &[f32]) -> usize {
        let [_, ny, nx] = self.shape;
        let mut count = 0;
        for (row, here) in image.chunks_exact(nx).enumerate() {
            let line = |row: usize| &image[row * nx..][..nx];
            let above = if row % ny > 0 { line(row - 1) } else { &[] };
            let below = if row % ny + 1 < ny { line(row + 1) } else { &[] };
            let mut start = 0;
            while let Some((x, around)) = verdict.next(above, here, below, start) {
                if let Some(found) = self.found.get_mut(count) {
                    *found = (row * nx + x, around);
                }
                (start, count) = (x + 1, count + 1);
            }
        }
        count
    }
}

/// As many samples of an image of `shape` may be no light: of sensors with more nobody takes images.
fn most(shape: [usize; 3]) -> usize {
    shape.iter().product::<usize>() / ONE_IN + FEW
}

const ONE_IN: usize = 512;
const FEW: usize = 4;
