//! Reading tables at pixels.

use super::polar::{Polar, rows};
use super::quadrature::gauss_legendre;
use crate::error::{Result, grown};
use crate::runtime::Job;

/// Weights that read a table at places of the plane, or average it over patches.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    orders: usize,
    places: Vec<Place>,
    weights: Vec<f64>,
}

/// The samples that a place needs of every row, and where its weights end.
#[derive(Clone, Copy, Debug)]
struct Place {
    first: usize,
    count: usize,
    end: usize,
}

impl Reader {
    /// No places yet, for tables of that many angular orders.
    pub fn new(orders: usize) -> Self {
        Self { orders, places: Vec::new(), weights: Vec::new() }
    }

    /// Adds a place: the weighted mean of the intensities at `points`, each y and x in steps of the table and a weight.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn push(&mut self, points: impl Iterator<Item = [f64; 3]> + Clone) -> Result<()> {
        let (first, end) = points.clone().fold((usize::MAX, 0), |(first, end), [y, x, _]| {
            let start = begin(y.hypot(x));
            (first.min(start.max(0) as usize), end.max((start + POINTS as i64) as usize))
        });
        let count = end - first;
        let begin = self.weights.len();
        grown("psf weights", &mut self.weights, rows(self.orders) * count)?;
        self.weights.resize(begin + rows(self.orders) * count, 0.0);
        let weights = &mut self.weights[begin..];
        for [y, x, weight] in points {
            let distance = y.hypot(x);
            let (start, lagrange) = stencil(distance);
            let turn = if distance > 0.0 { [x / distance, y / distance] } else { [1.0, 0.0] };
            let mut now = [weight, 0.0];
            for order in 0..=self.orders {
                for (at, share) in lagrange.iter().enumerate() {
                    let index = start + at as i64;
                    // Odd orders are odd in the distance.
                    let share = if index < 0 && order % 2 == 1 { -share } else { *share };
                    let at = index.unsigned_abs() as usize - first;
                    weights[(2 * order).saturating_sub(1) * count + at] += share * now[0];
                    if order > 0 {
                        weights[2 * order * count + at] += share * now[1];
                    }
                }
                now = [now[0] * turn[0] - now[1] * turn[1], now[0] * turn[1] + now[1] * turn[0]];
            }
        }
        grown("psf weights", &mut self.places, 1)?;
        self.places.push(Place { first, count, end: self.weights.len() });
        Ok(())
    }

    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        (self.weights.capacity() * size_of::<f64>() + self.places.capacity() * size_of::<Place>()) as u64
    }

    /// Reads every place in a plane.
    pub fn read(&self, table: &Polar, plane: usize, values: &mut [f64]) {
        let rows = table.plane(plane);
        let mut begin = 0;
        for (place, value) in self.places.iter().zip(values) {
            let weights = self.weights[begin..place.end].chunks_exact(place.count);
            *value = weights
                .zip(rows.chunks_exact(table.count))
                .map(|(weights, row)| dot(weights, &row[place.first..]))
                .sum();
            begin = place.end;
        }
    }

    /// Of the first place alone, its points around one on the x axis and each standing for its mirror at -y too: the mean
    /// of a row of that angular order, which the cosine's weights give for cosine and sine.
    pub fn mean_around(&self, row: &[f64], order: usize) -> f64 {
        let Place { first, count, .. } = self.places[0];
        let weights = &self.weights[(2 * order).saturating_sub(1) * count..][..count];
        dot(weights, &row[first..])
    }

    /// The number of places.
    pub fn len(&self) -> usize {
        self.places.len()
    }
}

/// Points that a pixel is read at, as offsets from its middle in pixels with weights of sum 1.
pub(super) struct Patch(Vec<[f64; 3]>);

impl Patch {
    /// The middle, or points for the mean over a square `pixel` wide (um) where fields have frequencies up to `cutoff`,
    /// rad/um: Gauss-Legendre along both axes.
    ///
    /// # Errors
    /// As [`gauss_legendre`].
    pub fn new(area: Option<f64>, pixel: f64, job: Job) -> Result<Self> {
        let Some(cutoff) = area else { return Ok(Self(vec![[0.0, 0.0, 1.0]])) };
        // The intensity has twice the frequencies of the field.
        let points = gauss_legendre((cutoff * pixel).ceil() as usize + 3, job)?;
        let patch = points
            .iter()
            .flat_map(|(y, one)| points.iter().map(move |(x, other)| [0.5 * y, 0.5 * x, 0.25 * one * other]));
        Ok(Self(patch.collect()))
    }

    /// The points of the pixel at (y, x), in steps of a table of which a pixel has `steps`.
    pub fn at(&self, y: f64, x: f64, steps: f64) -> impl Iterator<Item = [f64; 3]> + Clone {
        self.0.iter().map(move |[dy, dx, weight]| [(y + dy) * steps, (x + dx) * steps, *weight])
    }
}

/// Four sums side by side, so that lanes can be used.
fn dot(weights: &[f64], samples: &[f64]) -> f64 {
    let samples = &samples[..weights.len()];
    let (mut weight_lanes, mut sample_lanes) = (weights.chunks_exact(4), samples.chunks_exact(4));
    let mut sums = [0.0; 4];
    for (weights, samples) in weight_lanes.by_ref().zip(sample_lanes.by_ref()) {
        for (sum, (weight, sample)) in sums.iter_mut().zip(weights.iter().zip(samples)) {
            *sum += weight * sample;
        }
    }
    let rest = weight_lanes.remainder().iter().zip(sample_lanes.remainder());
    sums.iter().sum::<f64>() + rest.map(|(weight, sample)| weight * sample).sum::<f64>()
}

/// First index of the interpolation at `position`.
fn begin(position: f64) -> i64 {
    position.floor() as i64 - (POINTS / 2 - 1) as i64
}

/// First index and weights of the eight-point Lagrange interpolation at `position`.
pub(super) fn stencil(position: f64) -> (i64, [f64; POINTS]) {
    let floor = position.floor();
    let t = position - floor + (POINTS / 2 - 1) as f64;
    let mut weights = [0.0; POINTS];
    for (at, weight) in weights.iter_mut().enumerate() {
        let mut product = INVERSE[at];
        for other in 0..POINTS {
            if other != at {
                product *= t - other as f64;
            }
        }
        *weight = product;
    }
    (begin(position), weights)
}

/// 1 / product over j != i of (i - j).
const INVERSE: [f64; POINTS] = {
    let mut inverse = [0.0; POINTS];
    let mut at = 0;
    while at < POINTS {
        let mut product = 1.0;
        let mut other = 0;
        while other < POINTS {
            if other != at {
                product *= at as f64 - other as f64;
            }
            other += 1;
        }
        inverse[at] = 1.0 / product;
        at += 1;
    }
    inverse
};

/// Samples that the interpolation takes.
pub(super) const POINTS: usize = 8;
/// Samples that the interpolation needs beyond the largest distance.
pub(super) const REACH: usize = POINTS / 2 + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_meets_polynomials_and_folds_at_the_axis() {
        let values = (0..40).map(|at| (f64::from(at) * 0.1).powi(2)).collect();
        let table = Polar { step: 1.0, count: 40, orders: 0, values };
        let mut reader = Reader::new(0);
        for distance in [0.0, 0.3, 1.7, 20.25] {
            reader.push([[0.6 * distance, 0.8 * distance, 1.0]].into_iter()).unwrap();
        }
        reader.push([[0.5, 0.0, 0.25], [0.0, 30.0, 0.75]].into_iter()).unwrap();
        let mut values = [0.0; 5];
        reader.read(&table, 0, &mut values);
        for (value, expected) in values.iter().zip([0.0, 0.0009, 0.0289, 4.100_625, 0.25 * 0.0025 + 0.75 * 9.0]) {
            assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        }
    }

    #[test]
    fn harmonics_are_read_at_their_angles() {
        // 1 + 0.1 x + 0.02 x y: a cosine of order 1 and a sine of order 2, x y = r^2 sin(2 angle) / 2.
        let row = |power: i32, factor: f64| (0..40).map(move |at| factor * f64::from(at).powi(power));
        let values = row(0, 1.0).chain(row(1, 0.1)).chain(row(0, 0.0)).chain(row(0, 0.0)).chain(row(2, 0.01)).collect();
        let table = Polar { step: 1.0, count: 40, orders: 2, values };
        let places = [[0.0, 0.0], [0.3, -0.4], [-1.2, 2.5], [10.0, -17.3], [0.0, 1e-9]];
        let mut reader = Reader::new(2);
        places.iter().for_each(|[y, x]| reader.push([[*y, *x, 1.0]].into_iter()).unwrap());
        let mut values = [0.0; 5];
        reader.read(&table, 0, &mut values);
        for (value, [y, x]) in values.iter().zip(places) {
            assert!((value - (1.0 + 0.1 * x + 0.02 * x * y)).abs() < 1e-12, "{y} {x} {value}");
        }
    }
}
