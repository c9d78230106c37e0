//! Gauss-Legendre quadrature over the aperture angle, with as many nodes as the phase needs.

use std::f64::consts::PI;

use crate::error::Result;
use crate::runtime::{Job, Rows};

/// Nodes and weights of the Gauss-Legendre rule of that size on -1 to 1, by Newton's method on the Legendre
/// polynomial from Tricomi's asymptotic nodes.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory); that of [`Job::check`].
pub(super) fn gauss_legendre(count: usize, job: Job) -> Result<Vec<(f64, f64)>> {
    let mut rule = job.zeroed("psf quadrature", count)?;
    job.each(Rows::of_mut(&mut rule, 1), |_, at, node: &mut [(f64, f64)]| {
        node[0] = legendre_node(count, at);
        Ok(())
    })?;
    Ok(rule)
}

/// Node `at` of the rule and its weight.
fn legendre_node(count: usize, at: usize) -> (f64, f64) {
    let n = count as f64;
    let mut x = -(PI * (at as f64 + 0.75) / (n + 0.5)).cos() * (1.0 - (n - 1.0) / (8.0 * n * n * n));
    let mut slope = 1.0;
    for _ in 0..8 {
        let (mut before, mut value) = (1.0, x);
        for degree in 1..count {
            let degree = degree as f64;
            (before, value) = (value, ((2.0 * degree + 1.0) * x * value - degree * before) / (degree + 1.0));
        }
        slope = n * (x * value - before) / (x * x - 1.0);
        let change = value / slope;
        x -= change;
        if change.abs() < 1e-16 {
            break;
        }
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

/// A smooth way through a part of the aperture, as a function of x from -1 to 1.
///
/// sqrt(c - angle), which the layer of lower index brings in, is no power series at its branch point c. With
/// angle = c -+ u^2 it is u, and the rule converges as fast as without it, whether c lies inside the aperture or just
/// outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    branch: f64,
    /// -1 below the branch point, 1 above, 0 for no branch point.
    side: f64,
    low: f64,
    high: f64,
}

impl Segment {
    /// Angles `from..to` without a branch point near.
    pub fn plain(from: f64, to: f64) -> Self {
        Self { branch: 0.0, side: 0.0, low: from, high: to }
    }

    /// Angles `from..to` below the branch point.
    pub fn below(branch: f64, from: f64, to: f64) -> Self {
        Self { branch, side: -1.0, low: (branch - to).max(0.0).sqrt(), high: (branch - from).sqrt() }
    }

    /// Angles from the branch point to `to`.
    pub fn above(branch: f64, to: f64) -> Self {
        Self { branch, side: 1.0, low: 0.0, high: (to - branch).sqrt() }
    }

    /// Angle at x, and how fast it changes with x (its size).
    pub fn at(&self, x: f64) -> (f64, f64) {
        let half = 0.5 * (self.high - self.low);
        let u = self.low + half * (x + 1.0);
        if self.side == 0.0 { (u, half) } else { (self.branch + self.side * u * u, 2.0 * u * half) }
    }

    /// Angles and weights (of the integral over the angle) that integrate exp(i phase) to rounding, where
    /// `rate(angle)` bounds the derivative of the phase with respect to the angle.
    ///
    /// exp(i w x) has no Legendre coefficients above degree w but for a tail that w^(1/3) covers, and a rule of n
    /// nodes is exact to degree 2 n - 1.
    ///
    /// # Errors
    /// As [`gauss_legendre`].
    pub fn nodes(&self, rate: impl Fn(f64) -> f64, job: Job) -> Result<Vec<(f64, f64)>> {
        let fastest = (0..=SCAN)
            .map(|at| {
                let (angle, change) = self.at(2.0 * at as f64 / SCAN as f64 - 1.0);
                let value = rate(angle) * change;
                if value.is_finite() { value } else { 0.0 }
            })
            .fold(0.0, f64::max);
        let count = ((fastest + 12.0 * fastest.cbrt() + 48.0) / 2.0).ceil() as usize;
        let mut nodes = gauss_legendre(count, job)?;
        for (x, weight) in &mut nodes {
            let (angle, change) = self.at(*x);
            (*x, *weight) = (angle, *weight * change);
        }
        Ok(nodes)
    }
}

const SCAN: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

    #[test]
    fn rules_integrate_powers_exactly() {
        let workers = Workers::new(2).unwrap();
        for count in [1, 2, 3, 10, 65, 300] {
            let rule = gauss_legendre(count, (&workers).into()).unwrap();
            for power in [0, 2, 4, 38].into_iter().filter(|power| *power < 2 * count) {
                let sum: f64 = rule.iter().map(|(x, weight)| weight * x.powi(power as i32)).sum();
                assert!((sum - 2.0 / (power as f64 + 1.0)).abs() < 1e-14, "{count} {power} {sum}");
            }
        }
    }

    #[test]
    fn branch_points_and_fast_phases_converge() {
        // Integral of sqrt(1 - x) from 0 to 1, and of cos(500 x) from 0 to 1.
        let workers = Workers::new(2).unwrap();
        let nodes = |segment: Segment, rate: f64| segment.nodes(|_| rate, (&workers).into()).unwrap();
        let sum: f64 = nodes(Segment::below(1.0, 0.0, 1.0), 0.0).iter().map(|(x, w)| w * (1.0 - x).sqrt()).sum();
        assert!((sum - 2.0 / 3.0).abs() < 1e-14);
        let sum: f64 = nodes(Segment::plain(0.0, 1.0), 500.0).iter().map(|(x, w)| w * (500.0 * x).cos()).sum();
        assert!((sum - 500.0_f64.sin() / 500.0).abs() < 1e-14);
    }
}
