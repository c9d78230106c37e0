//! The covariance of noise between the samples of a patch.

use super::{LEN, patch};
use crate::noise::{Energies, covariances};

/// The covariance of the noise of a patch; row and column are y * width + x.
pub struct Covariance(pub(super) [[f32; LEN]; LEN]);

impl Covariance {
    fn new(shape: [usize; 3], of: impl Fn([usize; 2], [usize; 2]) -> f64) -> Self {
        let [height, width] = patch(shape);
        let at = |sample: usize| [sample / width, sample % width];
        let inside = |sample: usize| sample < height * width;
        let covariance = |one, other| if inside(one) && inside(other) { of(at(one), at(other)) as f32 } else { 0.0 };
        Self(std::array::from_fn(|one| std::array::from_fn(|other| covariance(one, other))))
    }

    /// Noise of variance 1 of which samples have the correlation p^(d^2) at the distance d along an axis with p between
    /// neighbours, as white noise has after a Gaussian filter; in images of `shape`, with the correlations along (z, y, x).
    pub fn of_neighbours(shape: [usize; 3], [_, along_y, along_x]: [f64; 3]) -> Self {
        let power = |correlation: f64, one: usize, other: usize| {
            let distance = one.abs_diff(other);
            if distance == 0 { 1.0 } else { correlation.max(0.0).powi((distance * distance) as i32) }
        };
        Self::new(shape, |one, other| power(along_y, one[0], other[0]) * power(along_x, one[1], other[1]))
    }

    /// Noise with such energies, in images of `shape`.
    pub fn of_energies(shape: [usize; 3], energies: &Energies) -> Self {
        let [along_y, along_x] = patch(shape).map(covariances);
        Self::new(shape, |one, other| {
            let of_row = |(k, row): (usize, &[f64; 8])| {
                let along: f64 = row.iter().zip(&along_x).map(|(energy, x)| energy * x[one[1]][other[1]]).sum();
                along_y[k][one[0]][other[0]] * along
            };
            energies.iter().enumerate().map(of_row).sum()
        })
    }

    /// Of a sample.
    pub fn variance(&self) -> f32 {
        self.0[0][0]
    }

    pub(super) fn times(&self, factor: f32) -> Self {
        Self(self.0.map(|row| row.map(|covariance| covariance * factor)))
    }
}
