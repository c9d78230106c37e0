//! Parts of a volume.

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

    /// Moves this part of the packed samples of a volume of `shape` to their front, packed.
    ///
    /// # Panics
    /// When the region is not within the volume, or `samples` has fewer than the volume's.
    pub fn compact(&self, samples: &mut [f32], shape: [usize; 3]) {
        assert!(self.is_within(shape));
        let [nz, ny, nx] = self.shape;
        for z in 0..nz {
            for y in 0..ny {
                let from = ((self.start[0] + z) * shape[1] + self.start[1] + y) * shape[2] + self.start[2];
                samples.copy_within(from..from + nx, (z * ny + y) * nx);
            }
        }
    }
}
