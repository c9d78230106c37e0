//! Weighted fits of variance by mean: a line, a parabola, or a line through a known point.

use super::groups::{Group, MOST};

/// A polynomial of the mean, in terms of (mean - centre) / scale.
pub(super) struct Fit<const N: usize> {
    coefficients: [f64; N],
    covariance: [[f64; N]; N],
    centre: f64,
    scale: f64,
    /// Squared residuals over their expected number.
    pub chi_square: f64,
    /// Variances of the groups by the fit, none of them much less than the others.
    pub fitted: [f64; MOST],
}

/// The line through the groups.
pub(super) fn line(groups: &[Group], scatter: f64) -> Fit<2> {
    Fit::new(groups, scatter, centre(groups), 0.0, |x| [1.0, x])
}

/// The parabola through the groups.
pub(super) fn parabola(groups: &[Group], scatter: f64) -> Fit<3> {
    Fit::new(groups, scatter, centre(groups), 0.0, |x| [1.0, x, x * x])
}

/// The line through a point.
pub(super) fn anchored(groups: &[Group], scatter: f64, [mean, variance]: [f64; 2]) -> Fit<1> {
    Fit::new(groups, scatter, mean, variance, |x| [x])
}

impl<const N: usize> Fit<N> {
    /// `scatter` is the squared relative spread of a block's variance.
    fn new(groups: &[Group], scatter: f64, centre: f64, constant: f64, terms: impl Fn(f64) -> [f64; N]) -> Self {
        let scale = groups.iter().fold(f64::MIN_POSITIVE, |most, group| most.max((group.mean - centre).abs()));
        let place = |group: &Group| (group.mean - centre) / scale;
        let blocks: f64 = groups.iter().map(|group| group.blocks).sum();
        let average = groups.iter().map(|group| group.blocks * group.variance).sum::<f64>() / blocks;
        let mut fit = Self {
            coefficients: [0.0; N],
            covariance: [[0.0; N]; N],
            centre,
            scale,
            chi_square: 0.0,
            fitted: [average; MOST],
        };
        let mut trust = [1.0; MOST];
        // What groups should vary by is known only from the fit; what lies above it by more than that is structure.
        for _ in 0..ROUNDS {
            let mut sums = [[0.0; N]; N];
            let mut right = [0.0; N];
            for (at, group) in groups.iter().enumerate() {
                let weight = trust[at] * group.blocks / (scatter * fit.fitted[at].powi(2));
                let terms = terms(place(group));
                for row in 0..N {
                    right[row] += weight * terms[row] * (group.variance - constant);
                    (0..N).for_each(|column| sums[row][column] += weight * terms[row] * terms[column]);
                }
            }
            fit.covariance = inverse(sums);
            fit.coefficients = fit.covariance.map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum());
            let value = |group: &Group| {
                constant + terms(place(group)).iter().zip(&fit.coefficients).map(|(a, b)| a * b).sum::<f64>()
            };
            let largest = groups.iter().fold(0.0_f64, |most, group| most.max(value(group).abs()));
            let mut squares = 0.0;
            for (at, group) in groups.iter().enumerate() {
                let exact = value(group);
                fit.fitted[at] = exact.max(1e-3 * largest).max(f64::MIN_POSITIVE.sqrt());
                let residual = (group.variance - exact) / (fit.fitted[at] * (scatter / group.blocks).sqrt());
                trust[at] = if residual > FAR { FAR / residual } else { 1.0 };
                squares += trust[at] * residual * residual;
            }
            fit.chi_square = squares / groups.len().saturating_sub(N).max(1) as f64;
        }
        fit
    }

    /// A coefficient per unit of the mean to that power, counted from the constant term, with its standard error.
    fn term(&self, at: usize, power: i32) -> (f64, f64) {
        let error = (self.covariance[at][at].max(0.0) * self.chi_square.max(1.0)).sqrt();
        let unit = self.scale.powi(power);
        (self.coefficients[at] / unit, error / unit)
    }
}

impl Fit<1> {
    /// The slope and its standard error.
    pub fn slope(&self) -> (f64, f64) {
        self.term(0, 1)
    }
}

impl Fit<2> {
    /// The slope and its standard error.
    pub fn slope(&self) -> (f64, f64) {
        self.term(1, 1)
    }

    /// The variance at mean 0 and its standard error.
    pub fn intercept(&self) -> (f64, f64) {
        let (x, [[a, b], [_, c]]) = (self.centre / self.scale, self.covariance);
        let error = (a - 2.0 * x * b + x * x * c).max(0.0) * self.chi_square.max(1.0);
        (self.coefficients[0] - x * self.coefficients[1], error.sqrt())
    }
}

impl Fit<3> {
    /// How much the slope changes over `span` of the mean, as a share of it at the centre, and that over its error.
    pub fn curvature(&self, span: f64) -> (f64, f64) {
        let ((bend, error), (slope, _)) = (self.term(2, 2), self.term(1, 1));
        let share = if slope == 0.0 { f64::INFINITY } else { (bend * span / slope).abs() };
        (share, if error > 0.0 { (bend / error).abs() } else { 0.0 })
    }
}

fn centre(groups: &[Group]) -> f64 {
    let blocks: f64 = groups.iter().map(|group| group.blocks).sum();
    groups.iter().map(|group| group.blocks * group.mean).sum::<f64>() / blocks
}

/// By Gauss and Jordan; columns that say nothing come out as 0.
fn inverse<const N: usize>(mut matrix: [[f64; N]; N]) -> [[f64; N]; N] {
    let mut inverse = [[0.0; N]; N];
    (0..N).for_each(|at| inverse[at][at] = 1.0);
    let diagonal: [f64; N] = std::array::from_fn(|at| matrix[at][at]);
    for at in 0..N {
        let pivot = matrix[at][at];
        if pivot <= 1e-12 * diagonal[at] {
            for row in 0..N {
                (matrix[row][at], inverse[row][at], inverse[at][row]) = (0.0, 0.0, 0.0);
            }
            continue;
        }
        matrix[at].iter_mut().chain(&mut inverse[at]).for_each(|value| *value /= pivot);
        for row in (0..N).filter(|&row| row != at) {
            let factor = matrix[row][at];
            let (upper, lower) = (matrix[at], inverse[at]);
            matrix[row].iter_mut().zip(upper).for_each(|(value, above)| *value -= factor * above);
            inverse[row].iter_mut().zip(lower).for_each(|(value, above)| *value -= factor * above);
        }
    }
    inverse
}

/// Rounds of reweighting.
const ROUNDS: usize = 8;
/// Standard errors above a fit from which on a group counts less (P. J. Huber 1964, doi 10.1214/aoms/1177703732).
const FAR: f64 = 2.5;
