//! Scalar kernels with an aberration that need not be round.
//!
//! The pupil's phase is expanded in the angle, exp(i k W) = sum over m of c_m(rho) exp(i m angle), and each order gives
//! a Hankel transform: U(r, angle) = sum over m of i^m exp(i m angle) Int c_m J_m (Jacobi and Anger). So the radial
//! quadrature and interpolation of the round models serve here too, and no pupil is sampled on squares.

use num_complex::Complex64;

use super::kernel::volume;
use super::optics::Voxel;
use super::pupil::Pupil;
use super::quadrature::gauss_legendre;
use super::radial::{REACH, Radial, stencil};
use super::zernike::Aberration;
use crate::error::{Error, Result, zeroed};
use crate::runtime::{Rows, Workers};

/// Intensities on a grid, x fastest, for the drive position of every plane.
pub(super) fn intensities(
    pupil: &Pupil,
    aberration: &Aberration,
    drives: &[f64],
    shape: [usize; 3],
    voxel: Voxel,
    area: bool,
    workers: &Workers,
) -> Result<Vec<f64>> {
    let cutoff = pupil.cutoff;
    let angular = aberration.angular_orders(pupil.wavenumber);
    if angular > MOST_ORDERS {
        return Err(Error::Argument(format!(
            "psf.zernike is an aberration of {angular} angular orders; it must have at most {MOST_ORDERS}; take weaker \
             or fewer terms"
        )));
    }
    let orders = Orders::of(pupil, aberration);
    let step = Radial::step_for(cutoff);
    let count = (voxel.corner(shape) / step).ceil() as usize + REACH;
    let nodes = pupil.nodes.len();
    let mut bessel: Vec<f64> = zeroed("psf bessel table", orders.count * nodes * count)?;
    workers.each(Rows::of_mut(&mut bessel, count), |_, row, values: &mut [f64]| {
        let (order, node) = (row / nodes, row % nodes);
        for (at, value) in values.iter_mut().enumerate() {
            *value = libm::jn(order as i32, pupil.nodes[node].frequency * at as f64 * step);
        }
    });
    let mut target: Vec<f64> = zeroed("psf planes", volume(shape)?)?;
    let points = if area { (cutoff * voxel.pixel).ceil() as usize + 2 } else { 1 };
    let points = gauss_legendre(points);
    workers.each(Rows::of_mut(&mut target, shape[1] * shape[2]), |_, plane, target: &mut [f64]| {
        let fields = orders.fields(pupil, &bessel, count, drives[plane]);
        for (at, value) in target.iter_mut().enumerate() {
            let (row, column) = (at / shape[2], at % shape[2]);
            let offset = |at: usize, extent: usize| at as f64 - (extent / 2) as f64;
            for (dy, wy) in &points {
                for (dx, wx) in &points {
                    let y = (offset(row, shape[1]) + 0.5 * dy) * voxel.pixel;
                    let x = (offset(column, shape[2]) + 0.5 * dx) * voxel.pixel;
                    *value += 0.25 * wy * wx * orders.at(&fields, count, y.hypot(x) / step, y.atan2(x)).norm_sqr();
                }
            }
        }
    });
    Ok(target)
}

/// The pupil's angular orders.
struct Orders {
    count: usize,
    /// `[order][node]`: i^m c_m and i^m c_-m times the node's amplitude.
    amplitudes: Vec<[Complex64; 2]>,
}

impl Orders {
    fn of(pupil: &Pupil, aberration: &Aberration) -> Self {
        let count = aberration.angular_orders(pupil.wavenumber) + 1;
        let turns = 2 * count + 8;
        let mut amplitudes = vec![[Complex64::ZERO; 2]; count * pupil.nodes.len()];
        for (at, node) in pupil.nodes.iter().enumerate() {
            let rho = node.frequency / pupil.cutoff;
            let waves: Vec<Complex64> = (0..turns)
                .map(|turn| {
                    let angle = std::f64::consts::TAU * turn as f64 / turns as f64;
                    Complex64::cis(pupil.wavenumber * aberration.wavefront(rho, angle))
                })
                .collect();
            for order in 0..count {
                for (side, sign) in [1.0, -1.0].into_iter().enumerate() {
                    let sum: Complex64 = waves
                        .iter()
                        .enumerate()
                        .map(|(turn, wave)| {
                            let angle = std::f64::consts::TAU * (order * turn % turns) as f64 / turns as f64;
                            wave * Complex64::cis(-sign * angle)
                        })
                        .sum();
                    let quarter = Complex64::I.powu(order as u32);
                    // The order 0 is one term, not two.
                    let share = if order == 0 { 0.5 } else { 1.0 };
                    amplitudes[order * pupil.nodes.len() + at][side] =
                        quarter * node.amplitudes[0] * sum * (share / turns as f64);
                }
            }
        }
        Self { count, amplitudes }
    }

    /// `[order][distance]` of the fields that go with exp(i m angle) and exp(-i m angle).
    fn fields(&self, pupil: &Pupil, bessel: &[f64], count: usize, drive: f64) -> Vec<[Complex64; 2]> {
        let nodes = pupil.nodes.len();
        let mut fields = vec![[Complex64::ZERO; 2]; self.count * count];
        for (order, fields) in fields.chunks_exact_mut(count).enumerate() {
            for (at, node) in pupil.nodes.iter().enumerate() {
                let phase = Complex64::cis(node.rate * drive);
                let [plus, minus] = self.amplitudes[order * nodes + at].map(|amplitude| amplitude * phase);
                let row = &bessel[(order * nodes + at) * count..][..count];
                for (field, bessel) in fields.iter_mut().zip(row) {
                    field[0] += plus * bessel;
                    field[1] += minus * bessel;
                }
            }
        }
        fields
    }

    /// The field at a distance (in steps of the table) and angle.
    fn at(&self, fields: &[[Complex64; 2]], count: usize, distance: f64, angle: f64) -> Complex64 {
        let (start, weights) = stencil(distance);
        let mut sum = Complex64::ZERO;
        for (order, fields) in fields.chunks_exact(count).enumerate() {
            let mut field = [Complex64::ZERO; 2];
            for (at, weight) in weights.iter().enumerate() {
                let index = start + at as i64;
                // Odd orders are odd in the distance.
                let sign = if index < 0 && order % 2 == 1 { -*weight } else { *weight };
                let sample = fields[index.unsigned_abs() as usize];
                field[0] += sample[0] * sign;
                field[1] += sample[1] * sign;
            }
            let turn = Complex64::cis(order as f64 * angle);
            sum += field[0] * turn + field[1] * turn.conj();
        }
        sum
    }
}

/// Highest angular order of a pupil's phase: far above what any image can be made from, and still done in seconds.
const MOST_ORDERS: usize = 600;
