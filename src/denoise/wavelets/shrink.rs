//! Shares of coefficients by the energy around them, and Stein's unbiased estimate of the error.

use super::noise::{Band, REACH};
use crate::fft::Loop;
use crate::image::reflected;

/// Sums of a band: those of squares of both functions, of their product, and of what each has in common with the light.
pub const TERMS: usize = 5;
/// L of both functions: energies, in units of the noise's, of which half is kept.
const LEVELS: [f32; 2] = [2.0, 6.0];
/// Weights of the energies around a coefficient along an axis, those of a normal distribution of standard deviation 1.
const WEIGHTS: [f32; 2 * REACH + 1] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
/// Energies above which all is kept; their third powers are numbers of f32.
const FAR: f32 = 1e9;
/// Coefficients that are worked on at once.
const RUN: usize = 64;

/// How much of either function is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares([f32; 2]);

impl Shares {
    /// Of the least error, by the sums of a band: aᵀ A a - 2 aᵀ b is least, a not below 0 and 1 at most
    /// together.
    pub fn least_error(&[aa, ab, bb, a, b]: &[f64; TERMS]) -> Self {
        let error = |[p, q]: [f64; 2]| aa * p * p + 2.0 * ab * p * q + bb * q * q - 2.0 * (a * p + b * q);
        let along = |square: f64, light: f64| if square > 0.0 { (light / square).clamp(0.0, 1.0) } else { 0.0 };
        // On the edge on which both are 1 together.
        let square = aa - 2.0 * ab + bb;
        let p = along(square, a - b - ab + bb);
        let mut found = [0.0; 2];
        let determinant = aa * bb - ab * ab;
        let inside = [(a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant];
        let is_inside =
            determinant > 1e-9 * aa * bb && inside[0] >= 0.0 && inside[1] >= 0.0 && inside[0] + inside[1] <= 1.0;
        let others = [[along(aa, a), 0.0], [0.0, along(bb, b)], [p, 1.0 - p]];
        for shares in others.into_iter().chain(is_inside.then_some(inside)) {
            if error(shares) < error(found) {
                found = shares;
            }
        }
        Self(found.map(|share| share as f32))
    }
}

/// A band, to be looked at or shrunk.
pub struct Shrink<'a> {
    pub band: &'a [f32],
    pub plane: [usize; 2],
    pub noise: &'a Band,
    /// What the noise's variance is multiplied with.
    pub strength: f64,
    /// What is to be taken; `None` to find that out.
    pub shares: Option<Shares>,
}

impl<'a> Shrink<'a> {
    /// The work on a row; `target` holds what becomes of it, where it is to be shrunk.
    pub fn row<'b>(&'b self, y: usize, target: &'b mut [f32]) -> Row<'b> {
        let [ny, nx] = self.plane;
        let rows = std::array::from_fn(|at| {
            let row = reflected((y + at) as i64 - REACH as i64, ny);
            &self.band[row * nx..][..nx]
        });
        let around =
            |axis: usize| std::array::from_fn(|at| WEIGHTS[at] * self.noise.along[axis][at.abs_diff(REACH)] as f32);
        let variance = (self.noise.variance * self.strength) as f32;
        Row {
            rows,
            target,
            common: [around(0), around(1)],
            variance: variance.max(f32::MIN_POSITIVE),
            shares: self.shares,
        }
    }
}

/// The work on a row of a band.
pub struct Row<'a> {
    rows: [&'a [f32]; 2 * REACH + 1],
    target: &'a mut [f32],
    /// What coefficients around one have of its noise, times their weights, along y and x.
    common: [[f32; 2 * REACH + 1]; 2],
    variance: f32,
    shares: Option<Shares>,
}

impl Loop for Row<'_> {
    type Output = [f64; TERMS];

    #[inline(always)]
    fn run(self) -> [f64; TERMS] {
        let Self { rows, target, common, variance, shares } = self;
        let nx = rows[0].len();
        let here = rows[REACH];
        let mut sums = [0.0; TERMS];
        let inverse = 1.0 / variance;
        let cubes = LEVELS.map(|level| 1.0 / (level * level * level));
        for start in (0..nx).step_by(RUN) {
            let len = RUN.min(nx - start);
            // What is put together along y, with what lies beside the run.
            let (mut energy, mut shared) = ([0.0_f32; RUN + 2 * REACH], [0.0_f32; RUN + 2 * REACH]);
            for at in (0..REACH).chain(len + REACH..len + 2 * REACH) {
                let x = reflected((start + at) as i64 - REACH as i64, nx);
                for (row, (weight, common)) in rows.iter().zip(WEIGHTS.iter().zip(common[0])) {
                    energy[at] += weight * row[x] * row[x];
                    shared[at] += common * row[x];
                }
            }
            for (row, (weight, common)) in rows.iter().zip(WEIGHTS.iter().zip(common[0])) {
                let row = &row[start..][..len];
                for ((energy, shared), value) in energy[REACH..].iter_mut().zip(&mut shared[REACH..]).zip(row) {
                    *energy += weight * value * value;
                    *shared += common * value;
                }
            }
            let (mut around, mut partner) = ([0.0_f32; RUN], [0.0_f32; RUN]);
            for (at, (weight, common)) in WEIGHTS.iter().zip(common[1]).enumerate() {
                for ((around, partner), (energy, shared)) in
                    around.iter_mut().zip(&mut partner).zip(energy[at..].iter().zip(&shared[at..]))
                {
                    *around += weight * energy;
                    *partner += common * shared;
                }
            }
            let values = &here[start..][..len];
            if let Some(Shares([p, q])) = shares {
                let target = &mut target[start..][..len];
                for ((target, value), around) in target.iter_mut().zip(values).zip(around) {
                    let z = (around * inverse).min(FAR);
                    let share = |cube: f32, part: f32| {
                        let u = z * z * z * cube;
                        part - part / (1.0 + u)
                    };
                    *target = value * (share(cubes[0], p) + share(cubes[1], q));
                }
                continue;
            }
            let mut terms = [[0.0_f32; RUN]; TERMS];
            for at in 0..len {
                let (value, partner) = (values[at], partner[at]);
                let z = (around[at] * inverse).min(FAR);
                let function = |cube: f32| {
                    let rest = 1.0 / (1.0 + z * z * z * cube);
                    let share = 1.0 - rest;
                    // Of its own noise a coefficient has this in common with its function, over the variance.
                    let slope = share + value * partner * inverse * 6.0 * z * z * cube * rest * rest;
                    (value * share, value * value * share - variance * slope)
                };
                let ((one, light), (other, other_light)) = (function(cubes[0]), function(cubes[1]));
                for (term, value) in terms.iter_mut().zip([one * one, one * other, other * other, light, other_light]) {
                    term[at] = value;
                }
            }
            for (sum, terms) in sums.iter_mut().zip(&terms) {
                *sum += terms[..len].iter().map(|term| f64::from(*term)).sum::<f64>();
            }
        }
        sums
    }
}
