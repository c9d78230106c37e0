//! Intensities around the axis: tabulated finely over the distance, as harmonics over the angle.
//!
//! I(r, angle) = row_0(r) + sum over m of (cosine row_m(r) cos(m angle) + sine row_m(r) sin(m angle)). Models without
//! aberrations but round ones have the row 0 alone. A row of the order m is even or odd in r as m is.

use crate::error::Result;
use crate::runtime::Job;

/// Intensity over distance and angle, for several planes.
#[derive(Clone, Debug)]
pub(super) struct Polar {
    /// Distance between samples, um; the first is on the axis.
    pub step: f64,
    /// Samples a row.
    pub count: usize,
    /// Angular orders: a plane has the mean over the angle, then the cosine's and the sine's row of every order.
    pub orders: usize,
    /// `[plane][row][sample]`.
    pub values: Vec<f64>,
}

impl Polar {
    /// The step that suits fields up to the frequency `cutoff`, rad/um: the field has none above the pupil's cutoff, so
    /// a 24th of its period and eight-point interpolation leave less than 1e-7 of the peak, whatever the pixel.
    pub fn step_for(cutoff: f64) -> f64 {
        std::f64::consts::TAU / (STEPS_A_PERIOD * cutoff)
    }

    /// Rows a plane.
    pub fn rows(&self) -> usize {
        rows(self.orders)
    }

    /// The number of planes.
    pub fn planes(&self) -> usize {
        self.values.len() / (self.rows() * self.count)
    }

    /// All rows of a plane.
    pub fn plane(&self, plane: usize) -> &[f64] {
        let size = self.rows() * self.count;
        &self.values[plane * size..(plane + 1) * size]
    }

    /// All rows of a plane.
    pub fn plane_mut(&mut self, plane: usize) -> &mut [f64] {
        let size = self.rows() * self.count;
        &mut self.values[plane * size..(plane + 1) * size]
    }

    /// The means over the angle in a plane.
    pub fn mean(&self, plane: usize) -> &[f64] {
        &self.plane(plane)[..self.count]
    }

    /// The means over the angle in a plane.
    pub fn mean_mut(&mut self, plane: usize) -> &mut [f64] {
        let count = self.count;
        &mut self.plane_mut(plane)[..count]
    }

    /// Mean over the angle of the squared intensity at a sample.
    pub fn mean_square(&self, plane: usize, at: usize) -> f64 {
        let mut rows = self.plane(plane).chunks_exact(self.count).map(|row| row[at] * row[at]);
        rows.next().unwrap_or(0.0) + 0.5 * rows.sum::<f64>()
    }

    /// Integral over the plane as far as the table goes: the trapezoidal rule for 2 pi r f(r), with the first two
    /// Euler-Maclaurin terms at the axis, h^2 / 12 f(0) and -h^4 / 240 f''(0).
    pub fn integral(&self, plane: usize) -> f64 {
        let values = self.mean(plane);
        let sum: f64 = values.iter().enumerate().map(|(at, value)| at as f64 * value).sum();
        std::f64::consts::TAU * self.step * self.step * (sum + values[0] / 12.0 + (values[0] - values[1]) / 120.0)
    }

    /// The product with another table of the same step, as far out as both go.
    pub fn times(&self, other: &Self, job: Job) -> Result<Self> {
        let count = self.count.min(other.count);
        let orders = self.orders + other.orders;
        let size = rows(orders) * count;
        let mut values: Vec<f64> = job.zeroed("psf table", self.planes() * size)?;
        for (plane, target) in values.chunks_exact_mut(size).enumerate() {
            let (ours, theirs) = (self.plane(plane), other.plane(plane));
            for (row, our) in ours.chunks_exact(self.count).enumerate() {
                job.check()?;
                for (other_row, their) in theirs.chunks_exact(other.count).enumerate() {
                    for (to, share) in products(row, other_row) {
                        let target = &mut target[to * count..(to + 1) * count];
                        for ((target, our), their) in target.iter_mut().zip(our).zip(their) {
                            *target += share * our * their;
                        }
                    }
                }
            }
        }
        Ok(Self { step: self.step, count, orders, values }.trimmed())
    }

    /// The same without the highest orders, as far as they are negligible in every plane.
    pub fn trimmed(mut self) -> Self {
        let rows = self.rows();
        let highest = |row: usize| {
            self.values
                .chunks_exact(self.count)
                .skip(row)
                .step_by(rows)
                .flatten()
                .fold(0.0, |highest: f64, value| highest.max(value.abs()))
        };
        let threshold = NEGLIGIBLE * highest(0);
        let orders = (1..=self.orders).rev().find(|order| highest(2 * order - 1).max(highest(2 * order)) > threshold);
        let orders = orders.unwrap_or(0);
        let size = (2 * orders + 1) * self.count;
        for plane in 1..self.planes() {
            let from = plane * rows * self.count;
            self.values.copy_within(from..from + size, plane * size);
        }
        self.values.truncate(self.planes() * size);
        Self { orders, ..self }
    }
}

/// Rows of a plane with that many orders.
pub(super) fn rows(orders: usize) -> usize {
    2 * orders + 1
}

/// The rows that the product of two rows' angular functions adds to, and how much of it:
/// cos m cos n = (cos(m - n) + cos(m + n)) / 2 and its relatives.
fn products(one: usize, other: usize) -> [(usize, f64); 2] {
    let (m, n) = (one.div_ceil(2), other.div_ceil(2));
    let sine = |row: usize| row > 0 && row.is_multiple_of(2);
    let cosine_row = |order: usize| (2 * order).saturating_sub(1);
    let (sum, difference) = (m + n, m.abs_diff(n));
    match (sine(one), sine(other)) {
        (false, false) => [(cosine_row(difference), 0.5), (cosine_row(sum), 0.5)],
        (true, true) => [(cosine_row(difference), 0.5), (cosine_row(sum), -0.5)],
        // The sine of the order 0 is nothing, and has the row of the mean.
        (true, false) => [(2 * difference, 0.5 * sign(m, n)), (2 * sum, 0.5)],
        (false, true) => [(2 * difference, 0.5 * sign(n, m)), (2 * sum, 0.5)],
    }
}

/// Of m - n.
fn sign(m: usize, n: usize) -> f64 {
    match m.cmp(&n) {
        std::cmp::Ordering::Less => -1.0,
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater => 1.0,
    }
}

const STEPS_A_PERIOD: f64 = 24.0;
/// Of the highest mean over the angle.
const NEGLIGIBLE: f64 = 1e-10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

    /// A plane of two samples whose rows are given.
    fn table(rows: &[f64]) -> Polar {
        let values = rows.iter().flat_map(|row| [*row, *row]).collect();
        Polar { step: 1.0, count: 2, orders: rows.len() / 2, values }
    }

    fn at(table: &Polar, angle: f64) -> f64 {
        table
            .plane(0)
            .chunks_exact(2)
            .enumerate()
            .map(|(row, values)| {
                let turn = row.div_ceil(2) as f64 * angle;
                values[1] * if row > 0 && row.is_multiple_of(2) { turn.sin() } else { turn.cos() }
            })
            .sum()
    }

    #[test]
    fn products_are_those_of_the_values() {
        let one = table(&[2.0, 0.5, -0.3, 0.1, 0.7, -0.2, 0.4]);
        let other = table(&[1.0, -0.4, 0.2, 0.3, 0.6]);
        let workers = Workers::new(1).unwrap();
        let product = one.times(&other, (&workers).into()).unwrap();
        let square = one.times(&one, (&workers).into()).unwrap();
        for angle in [0.0, 0.3, 1.1, 2.9, 5.0] {
            assert!((at(&product, angle) - at(&one, angle) * at(&other, angle)).abs() < 1e-12);
            assert!((at(&square, angle) - at(&one, angle).powi(2)).abs() < 1e-12);
        }
        assert!((one.mean_square(0, 1) - square.mean(0)[1]).abs() < 1e-12);
    }

    #[test]
    fn negligible_orders_are_left_out() {
        let plain = table(&[3.0, 0.0, 1e-12, -1e-11, 0.0]).trimmed();
        assert_eq!((plain.orders, plain.values), (0, vec![3.0, 3.0]));
        assert_eq!(table(&[3.0, 0.0, 1e-3, 0.0, 0.0]).trimmed().orders, 1);
    }
}
