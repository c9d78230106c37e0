//! Angular orders of the waves at the nodes of a pupil.

use num_complex::Complex64;

use super::node::Node;
use super::zernike::Aberration;
use crate::error::{Error, Result};
use crate::runtime::{Job, Rows};

/// Angular orders of exp(i k W) at the nodes of a pupil.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub highest: usize,
    /// `[node][order from -highest to highest]`.
    values: Vec<Complex64>,
}

impl Spectrum {
    /// The spectrum of an aberration that is not round; its round part belongs to the nodes' own amplitudes.
    ///
    /// # Errors
    /// [`Error::Argument`] where it takes too many orders; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn of(nodes: &[Node], cutoff: f64, wavenumber: f64, angular: &Aberration, job: Job) -> Result<Self> {
        let orders = |rho: f64, turns: usize| orders(rho, turns, wavenumber, angular);
        // The rim has the most; the other rings are looked at since the rim may lie where a polynomial is flat.
        let mut turns = 32;
        while (1..=RINGS).any(|ring| tail(&orders(ring as f64 / RINGS as f64, turns)) > NEGLIGIBLE) {
            job.check()?;
            turns *= 2;
            if turns > MAX_TURNS {
                return Err(Error::Argument(format!(
                    "psf.zernike is an aberration of more than {} angular orders; it must have fewer; take weaker or \
                     fewer terms",
                    MAX_TURNS / 2
                )));
            }
        }
        let mut rings: Vec<Complex64> = job.zeroed("psf pupil", nodes.len() * turns)?;
        job.each((Rows::of_mut(&mut rings, turns), Rows::of(nodes, 1)), |_, _, (ring, node): (&mut [_], &[Node])| {
            ring.copy_from_slice(&orders(node[0].frequency / cutoff, turns));
            Ok(())
        })?;
        let used = |order: usize| rings.chunks_exact(turns).any(|ring| larger(ring, order) > NEGLIGIBLE);
        let highest = (1..turns / 2).rev().find(|order| used(*order)).unwrap_or(0);
        let kept = 2 * highest + 1;
        let mut values: Vec<Complex64> = job.zeroed("psf pupil", nodes.len() * kept)?;
        for (values, ring) in values.chunks_exact_mut(kept).zip(rings.chunks_exact(turns)) {
            for (at, value) in values.iter_mut().enumerate() {
                *value = ring[(at + turns - highest) % turns];
            }
        }
        Ok(Self { highest, values })
    }

    /// c_m at a node.
    pub fn order(&self, node: usize, order: i64) -> Complex64 {
        if order.unsigned_abs() as usize > self.highest {
            return Complex64::ZERO;
        }
        self.values[node * (2 * self.highest + 1) + (order + self.highest as i64) as usize]
    }
}

/// c_m at `rho`; the order m is at index m, a negative one at `turns` + m.
fn orders(rho: f64, turns: usize, wavenumber: f64, angular: &Aberration) -> Vec<Complex64> {
    let turn = |at: usize| std::f64::consts::TAU * (at % turns) as f64 / turns as f64;
    let waves: Vec<Complex64> =
        (0..turns).map(|at| Complex64::cis(wavenumber * angular.wavefront(rho, turn(at)))).collect();
    let roots: Vec<Complex64> = (0..turns).map(|at| Complex64::cis(-turn(at))).collect();
    let order = |order: usize| -> Complex64 {
        let sum: Complex64 = waves.iter().enumerate().map(|(at, wave)| wave * roots[order * at % turns]).sum();
        sum / turns as f64
    };
    (0..turns).map(order).collect()
}

/// The larger one of the orders m and -m.
fn larger(orders: &[Complex64], order: usize) -> f64 {
    orders[order].norm().max(orders[orders.len() - order].norm())
}

/// The largest order in the upper quarter: what sampling at so many turns folds back is as small.
fn tail(orders: &[Complex64]) -> f64 {
    (orders.len() * 3 / 8..=orders.len() / 2).map(|order| larger(orders, order)).fold(0.0, f64::max)
}

/// Rings of the pupil that are looked at for the number of orders.
const RINGS: usize = 16;
/// Far above what any image can be made from, and still done in seconds.
const MAX_TURNS: usize = 512;
/// Amplitude of an order that is left out.
const NEGLIGIBLE: f64 = 1e-9;
