//! Sums over rows that are the same bits for any number of threads.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Sums per row at most.
const MOST: usize = 12;

/// Sums that tasks leave row by row and one thread adds in the order of the rows, so that they are the same for any
/// number of threads.
pub(super) struct Sums {
    values: Vec<AtomicU64>,
}

impl Sums {
    /// Room for the sums of every row.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(rows: usize) -> Result<Self> {
        let mut values = Vec::new();
        values.try_reserve_exact(rows * MOST).map_err(|_| {
            Error::Memory(format!(
                "row sums are {} bytes; this machine could not give that much memory",
                rows * MOST * 8
            ))
        })?;
        values.resize_with(rows * MOST, AtomicU64::default);
        Ok(Self { values })
    }

    /// Bytes held for a number of rows.
    pub fn bytes(rows: usize) -> u64 {
        (rows * MOST * size_of::<AtomicU64>()) as u64
    }

    /// Leaves the sums of a row.
    pub fn set<const N: usize>(&self, row: usize, sums: [f64; N]) {
        let places = &self.values[row * MOST..][..N];
        places.iter().zip(sums).for_each(|(place, sum)| place.store(sum.to_bits(), Ordering::Relaxed));
    }

    /// The sums of a row.
    pub fn of<const N: usize>(&self, row: usize) -> [f64; N] {
        let places = &self.values[row * MOST..][..N];
        std::array::from_fn(|at| f64::from_bits(places[at].load(Ordering::Relaxed)))
    }

    /// The totals over rows `0..rows`.
    pub fn totals<const N: usize>(&self, rows: usize) -> [f64; N] {
        self.totals_on([0.0; N], rows)
    }

    /// `totals` and, one after another, the sums of rows `0..rows`.
    pub fn totals_on<const N: usize>(&self, mut totals: [f64; N], rows: usize) -> [f64; N] {
        for row in self.values.chunks_exact(MOST).take(rows) {
            totals.iter_mut().zip(row).for_each(|(total, sum)| *total += f64::from_bits(sum.load(Ordering::Relaxed)));
        }
        totals
    }
}

/// The sum of `values`: in eight lanes, which vector instructions can add side by side.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f64 {
    fold(values, values, |value, _| f64::from(value))
}

/// The sum of |a - b|.
#[inline(always)]
pub(super) fn distance(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| f64::from((a - b).abs()))
}

/// The sum of a b.
#[inline(always)]
pub(super) fn product(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| f64::from(a * b))
}

#[inline(always)]
fn fold(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| term(*a, *b)).sum();
    lanes.iter().sum::<f64>() + rest
}
