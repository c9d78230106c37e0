//! What bands of undecimated Haar wavelets have of noise.

use crate::noise::{Energies, covariances};

/// The autocovariance of noise, as a product of one along y and one along x; by distance.
#[derive(Clone, Copy, Debug)]
pub struct Autocorrelation {
    variance: f64,
    along: [[f64; LAGS]; 2],
}

/// Distances at which neighbours share noise, and 0.
const LAGS: usize = 8;
/// Samples on either side of a coefficient in the energy around it.
pub const REACH: usize = 2;

/// The noise of a band.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    pub variance: f64,
    /// Correlation of the noise of coefficients so far apart, along y and x.
    pub along: [[f64; REACH + 1]; 2],
}

impl Autocorrelation {
    /// Noise of that variance, and with those correlations by distance along y and x.
    pub fn of(variance: f64, along: [[f64; LAGS]; 2]) -> Self {
        Self { variance, along }
    }

    /// Noise of variance 1 of which samples have the correlation p^(d²) at the distance d along an axis with p between
    /// neighbours, as white noise has after a Gaussian filter; with the correlations along (z, y, x).
    pub fn of_neighbours([_, y, x]: [f64; 3]) -> Self {
        let power =
            |p: f64| std::array::from_fn(|d: usize| if d == 0 { 1.0 } else { p.clamp(0.0, 1.0).powi((d * d) as i32) });
        Self::of(1.0, [power(y), power(x)])
    }

    /// Noise with such energies, as far as they are a product of one along each axis.
    pub fn of_energies(energies: &Energies) -> Self {
        let count = (LAGS * LAGS) as f64;
        let variance = energies.iter().flatten().sum::<f64>() / count;
        // The energies of an axis, of noise of variance 1.
        let of = |axis: usize, k: usize| {
            let sum =
                (0..LAGS).map(|other| if axis == 0 { energies[k][other] } else { energies[other][k] }).sum::<f64>();
            sum / LAGS as f64 / variance
        };
        let along = |axis| {
            std::array::from_fn(|d| {
                let of_frequency = |(k, covariance): (usize, [[f64; LAGS]; LAGS])| {
                    let pairs = (0..LAGS - d).map(|at| covariance[at][at + d]).sum::<f64>();
                    of(axis, k) * pairs / (LAGS - d) as f64
                };
                covariances(LAGS).into_iter().enumerate().map(of_frequency).sum()
            })
        };
        Self::of(variance, [along(0), along(1)])
    }

    /// Of a sample.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The noise of a band of a level, low or high along y and x, of a plane.
    pub fn band(&self, level: usize, is_high: [bool; 2], plane: [usize; 2]) -> Band {
        let of = |axis: usize| {
            // Along an axis of one sample there is nothing to be put together.
            let length = if plane[axis] == 1 { 1 } else { 2 << level };
            let sign = |at: usize| if is_high[axis] && 2 * at >= length && length > 1 { -1.0 } else { 1.0 };
            let filter = |at: usize| sign(at) / length as f64;
            std::array::from_fn(|lag| {
                let pairs = (0..length).flat_map(|one| (0..length).map(move |other| (one, other)));
                let terms = pairs.map(|(one, other)| {
                    let covariance = self.along[axis].get((one + lag).abs_diff(other)).copied().unwrap_or(0.0);
                    filter(one) * filter(other) * covariance
                });
                terms.sum::<f64>()
            })
        };
        let along: [[f64; REACH + 1]; 2] = [of(0), of(1)];
        let least = f64::MIN_POSITIVE;
        Band {
            variance: (self.variance * along[0][0] * along[1][0]).max(least),
            along: along.map(|along| along.map(|covariance| covariance / along[0].max(least))),
        }
    }
}
