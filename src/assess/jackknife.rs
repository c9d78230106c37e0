//! Numbers with standard errors, by leaving out one part of an image at a time.
//!
//! The jackknife: with θi the number without part i of g parts, its variance is (g - 1) / g Σ (θi - mean θ)². J. W. Tukey 1958;
//! B. Efron and C. Stein 1981, doi 10.1214/aos/1176345462. Parts are 16 samples wide or more, up to 8 along y and along x, so that
//! what neighbours share mostly stays within a part. All sums are added in an order that no number of threads changes.

use serde_json::{Map, Value, json};

use super::sums::Moments;
use crate::error::Result;
use crate::runtime::{Job, Rows};

/// A number and its standard error; `None` where it is not defined.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: Option<f64>,
    /// One standard deviation.
    pub error: Option<f64>,
}

impl Estimate {
    /// Puts both into a report: `name` and `name_deviation`.
    pub fn put(&self, report: &mut Map<String, Value>, name: &str) {
        report.insert(name.into(), json!(self.value));
        report.insert(format!("{name}_deviation"), json!(self.error));
    }

    /// A share of `count` places, of which one in `each` does not depend on others. The error is that of a binomial distribution after
    /// Laplace's rule, with one place more of either sort, so that none found is not sure to be none.
    pub fn share(found: usize, count: usize, each: usize) -> Self {
        let share = found as f64 / count.max(1) as f64;
        let places = (count as f64 / each as f64).max(1.0);
        let likely = (share * places + 1.0) / (places + 2.0);
        Self { value: Some(share), error: Some((likely * (1.0 - likely) / places).sqrt()) }
    }
}

/// Sums over the parts of an image. The first of the N numbers is how many samples a part has.
pub(super) struct Parts<const N: usize> {
    sums: Vec<[f64; N]>,
}

impl<const N: usize> Parts<N> {
    /// Adds what `terms` gives for each sample, by its index; `None` leaves one out.
    pub fn of(shape: [usize; 3], job: Job, terms: impl Fn(usize) -> Option<[f64; N]> + Sync) -> Result<Self> {
        let [nz, ny, nx] = shape;
        let columns = cuts(nx);
        let mut sums: Vec<f64> = job.passing(|| job.zeroed("sums of rows", nz * ny * columns * N))?;
        job.each(Rows::of_mut(&mut sums, columns * N), |_, row, sums| {
            for (column, sums) in sums.chunks_exact_mut(N).enumerate() {
                let mut own = [0.0; N];
                for at in row * nx + column * nx / columns..row * nx + (column + 1) * nx / columns {
                    if let Some(terms) = terms(at) {
                        own.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                    }
                }
                sums.copy_from_slice(&own);
            }
            Ok(())
        })?;
        Ok(Self::of_rows(&sums, ny, columns))
    }

    /// Of sums of rows, `columns` in each of `rows` rows a plane.
    pub fn of_rows(sums: &[f64], rows: usize, columns: usize) -> Self {
        let bands = cuts(rows);
        let mut parts = vec![[0.0; N]; bands * columns];
        for (row, sums) in sums.chunks_exact(columns * N).enumerate() {
            let band = row % rows * bands / rows;
            for (part, sums) in parts[band * columns..].iter_mut().zip(sums.chunks_exact(N)) {
                part.iter_mut().zip(sums).for_each(|(sum, term)| *sum += term);
            }
        }
        Self { sums: parts }
    }

    /// The sums over all parts.
    pub fn total(&self) -> [f64; N] {
        let mut total = [0.0; N];
        for part in &self.sums {
            total.iter_mut().zip(part).for_each(|(sum, term)| *sum += term);
        }
        total
    }

    /// A number that follows from sums.
    pub fn estimate(&self, number: impl Fn(&[f64; N]) -> Option<f64>) -> Estimate {
        let total = self.total();
        let whole = self.sums.iter().filter(|part| part[0] > 0.0);
        let without = whole.map(|part| number(&std::array::from_fn(|at| total[at] - part[at]))).collect();
        Estimate { value: number(&total), error: deviation(without) }
    }
}

/// The standard error by the numbers without one part each; `None` for fewer than two parts, or where one is not defined.
pub(super) fn deviation(without: Vec<Option<f64>>) -> Option<f64> {
    let without: Vec<f64> = without.into_iter().collect::<Option<_>>()?;
    let count = without.len() as f64;
    let mean = without.iter().sum::<f64>() / count;
    let squares: f64 = without.iter().map(|one| (one - mean).powi(2)).sum();
    let most = without.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
    // What differs by the rounding of sums does not differ.
    let error = |found: f64| if found > ROUNDING * most { found } else { 0.0 };
    (without.len() > 1).then(|| error(((count - 1.0) / count * squares).sqrt())).filter(|found| found.is_finite())
}

/// Parts along an axis.
pub(super) fn cuts(extent: usize) -> usize {
    (extent / LEAST).clamp(1, MOST)
}

/// Moments of pairs of samples, by parts.
pub(super) struct Pairs {
    /// Number, sums, sums of squares and of products, less the centre.
    parts: Parts<6>,
    centre: [f64; 2],
}

impl Pairs {
    /// Of the pairs that `pair` gives by the index of a sample; `None` leaves one out.
    pub fn of(shape: [usize; 3], job: Job, pair: impl Fn(usize) -> Option<(f64, f64)> + Sync) -> Result<Self> {
        let [count, a, b] = Parts::of(shape, job, |at| pair(at).map(|(a, b)| [1.0, a, b]))?.total();
        let centre = if count > 0.0 { [a / count, b / count] } else { [0.0; 2] };
        let parts = Parts::of(shape, job, |at| {
            let (a, b) = pair(at)?;
            let (a, b) = (a - centre[0], b - centre[1]);
            Some([1.0, a, b, a * a, b * b, a * b])
        })?;
        Ok(Self { parts, centre })
    }

    /// Of all pairs.
    pub fn moments(&self) -> Option<Moments> {
        self.moments_of(&self.parts.total())
    }

    /// A number that follows from moments.
    pub fn estimate(&self, number: impl Fn(&Moments) -> Option<f64>) -> Estimate {
        self.parts.estimate(|sums| self.moments_of(sums).and_then(|moments| number(&moments)))
    }

    fn moments_of(&self, [count, a, b, aa, bb, ab]: &[f64; 6]) -> Option<Moments> {
        if *count < 1.0 {
            return None;
        }
        let [a, b, aa, bb, ab] = [a, b, aa, bb, ab].map(|sum| sum / count);
        Some(Moments {
            means: [self.centre[0] + a, self.centre[1] + b],
            variances: [(aa - a * a).max(0.0), (bb - b * b).max(0.0)],
            covariance: ab - a * b,
        })
    }
}

/// Share of a number by which sums in another order may be off.
const ROUNDING: f64 = 1e-12;
/// Samples of a part along y and x, and parts, at most.
const LEAST: usize = 16;
const MOST: usize = 8;
