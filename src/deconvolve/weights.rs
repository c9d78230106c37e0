//! How much of the light of a voxel of the field reaches the image.

/// Weights are stored as multiples of 1 / UNIT.
pub(super) const UNIT: f32 = 65535.0;
/// Voxels of which less than this share of light reaches the image stay as they are.
pub(super) const MIN_SHARE: f32 = 0.01;

/// The share of every voxel's light that reaches the image, in 65535ths; 0 where it is below a hundredth, and the
/// estimate stays as it is: there is nothing to be learned about such voxels, and dividing by less would make bright rims. All
/// of them together send some light into the corners of thick stacks: they are as dark as the darkest places of the image
/// where these are known, and 0 otherwise.
pub(super) struct Weights {
    pub values: Vec<u16>,
    pub width: usize,
    pub rows_of_plane: usize,
    /// Extents of the image that they are for, and the number of the kernel; none where some samples were not measured.
    pub image: [usize; 3],
    pub kernel: u64,
}

impl Weights {
    /// Bytes held for a field of so many voxels.
    pub fn bytes(voxels: usize) -> u64 {
        (voxels * size_of::<u16>()) as u64
    }

    /// The weights of row (z, y), times [`UNIT`].
    pub fn row(&self, z: usize, y: usize) -> &[u16] {
        &self.values[(z * self.rows_of_plane + y) * self.width..][..self.width]
    }

    /// Voxels outside an image of that shape of which nothing is learned.
    pub fn unseen(&self, [nz, ny, nx]: [usize; 3]) -> u64 {
        let rows = self.values.chunks_exact(self.width).enumerate();
        let count = |(at, row): (usize, &[u16])| {
            let (z, y) = (at / self.rows_of_plane, at % self.rows_of_plane);
            let inside = if z < nz && y < ny { nx } else { 0 };
            row[inside..].iter().filter(|weight| **weight == 0).count() as u64
        };
        rows.map(count).sum()
    }

    /// The sum of the weights.
    pub fn sum(&self) -> f64 {
        let rows = self.values.chunks_exact(self.width);
        rows.map(|row| row.iter().map(|&weight| u64::from(weight)).sum::<u64>()).sum::<u64>() as f64 / f64::from(UNIT)
    }
}
