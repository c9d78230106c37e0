//! Intensities that depend on the distance from the axis only: tabulated finely, then read at any pixel.
//!
//! The table is a matrix product of Bessel functions (distance x node) and phases (node x plane). The field has no
//! lateral frequency above the pupil's cutoff, so a step of a 24th of its period and eight-point interpolation leave
//! less than 1e-7 of the peak, whatever the pixel.

use num_complex::Complex64;

use super::product::{BLOCK, TILE, intensities};
use super::pupil::Pupil;
use crate::error::{Result, zeroed};
use crate::runtime::{PerWorker, Rows, Workers};

/// Intensity over distance, for several planes.
#[derive(Clone, Debug)]
pub(super) struct Radial {
    /// Distance between samples, um; the first is on the axis.
    pub step: f64,
    /// Samples a plane.
    pub count: usize,
    /// `[plane][sample]`.
    pub values: Vec<f64>,
}

impl Radial {
    /// The step that suits fields up to the frequency `cutoff`, rad/um.
    pub fn step_for(cutoff: f64) -> f64 {
        std::f64::consts::TAU / (STEPS_A_PERIOD * cutoff)
    }

    /// Tabulates the intensity up to `radius` for every drive position.
    pub fn new(pupil: &Pupil, step: f64, radius: f64, drives: &[f64], workers: &Workers) -> Result<Self> {
        let count = ((radius / step).ceil() as usize + REACH).next_multiple_of(BLOCK);
        let planes = drives.len();
        let tiles = planes.div_ceil(TILE);
        let nodes = pupil.nodes.len();
        let mut blocks: Vec<f64> = zeroed("psf table", count * tiles * TILE)?;
        let orders = pupil.weights.len();
        let mut bessel: Vec<f64> = zeroed("psf bessel table", workers.threads() * orders * nodes * BLOCK)?;
        let phases = (0..orders).map(|order| phases(pupil, order, drives)).collect::<Result<Vec<_>>>()?;
        workers.each(
            (Rows::of_mut(&mut blocks, BLOCK * tiles * TILE), PerWorker::of(&mut bessel, orders * nodes * BLOCK)),
            |_, block, (target, bessel)| {
                let distances = std::array::from_fn(|at| (block * BLOCK + at) as f64 * step);
                tabulate(pupil, distances, bessel);
                for (phases, bessel) in phases.iter().zip(bessel.chunks_exact(nodes * BLOCK)) {
                    for (phases, target) in
                        phases.chunks_exact(nodes * 2 * TILE).zip(target.chunks_exact_mut(BLOCK * TILE))
                    {
                        intensities(bessel, phases, target);
                    }
                }
            },
        );
        let mut values = zeroed("psf table", count * planes)?;
        for (block, source) in blocks.chunks_exact(BLOCK * tiles * TILE).enumerate() {
            for (tile, source) in source.chunks_exact(BLOCK * TILE).enumerate() {
                for plane in 0..TILE.min(planes - tile * TILE) {
                    for at in 0..BLOCK {
                        values[(tile * TILE + plane) * count + block * BLOCK + at] = source[at * TILE + plane];
                    }
                }
            }
        }
        Ok(Self { step, count, values })
    }

    /// The samples of a plane.
    pub fn plane(&self, plane: usize) -> &[f64] {
        &self.values[plane * self.count..(plane + 1) * self.count]
    }

    /// The samples of a plane.
    pub fn plane_mut(&mut self, plane: usize) -> &mut [f64] {
        &mut self.values[plane * self.count..(plane + 1) * self.count]
    }

    /// Integral over the plane as far as the table goes: the trapezoidal rule for 2 pi r f(r), with the first two
    /// Euler-Maclaurin terms at the axis, h^2 / 12 f(0) and -h^4 / 240 f''(0).
    pub fn integral(&self, plane: usize) -> f64 {
        let values = self.plane(plane);
        let sum: f64 = values.iter().enumerate().map(|(at, value)| at as f64 * value).sum();
        std::f64::consts::TAU * self.step * self.step * (sum + values[0] / 12.0 + (values[0] - values[1]) / 120.0)
    }
}

/// sqrt(weight) amplitude exp(i rate drive) as tiles of planes: `[tile][node][real parts, imaginary parts]`.
fn phases(pupil: &Pupil, order: usize, drives: &[f64]) -> Result<Vec<f64>> {
    let nodes = pupil.nodes.len();
    let weight = pupil.weights[order].sqrt();
    let mut phases = zeroed("psf phases", drives.len().div_ceil(TILE) * nodes * 2 * TILE)?;
    for (planes, tile) in drives.chunks(TILE).zip(phases.chunks_exact_mut(nodes * 2 * TILE)) {
        for (node, row) in pupil.nodes.iter().zip(tile.chunks_exact_mut(2 * TILE)) {
            for (plane, drive) in planes.iter().enumerate() {
                let value = weight * node.amplitudes[order] * Complex64::cis(node.rate * drive);
                row[plane] = value.re;
                row[TILE + plane] = value.im;
            }
        }
    }
    Ok(phases)
}

/// Bessel functions of all orders: `[order][node][distance]`.
fn tabulate(pupil: &Pupil, distances: [f64; BLOCK], bessel: &mut [f64]) {
    let size = pupil.nodes.len() * BLOCK;
    for (node, at) in pupil.nodes.iter().zip((0..size).step_by(BLOCK)) {
        for (lane, distance) in distances.iter().enumerate() {
            let x = node.frequency * distance;
            let zeroth = libm::j0(x);
            bessel[at + lane] = zeroth;
            if pupil.weights.len() > 1 {
                let first = libm::j1(x);
                bessel[size + at + lane] = first;
                // The recurrence loses digits near 0; the series' next term is x^6 / 46080.
                bessel[2 * size + at + lane] =
                    if x < 0.02 { x * x / 8.0 * (1.0 - x * x / 12.0) } else { 2.0 * first / x - zeroth };
            }
        }
    }
}

/// Weights that read a radial table at one place of the plane, or average it over a patch.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    /// First sample and range of weights of each place.
    places: Vec<(u32, u32)>,
    weights: Vec<f64>,
}

impl Reader {
    /// Adds a place: the weighted mean of the intensities at `points` (distance in steps of the table, weight).
    pub fn push(&mut self, points: impl Iterator<Item = (f64, f64)>, scratch: &mut Vec<f64>) {
        scratch.clear();
        let mut first = usize::MAX;
        for (distance, weight) in points {
            let (start, lagrange) = stencil(distance);
            for (at, share) in lagrange.iter().enumerate() {
                // The intensity is even in the distance.
                let index = (start + at as i64).unsigned_abs() as usize;
                if first == usize::MAX {
                    first = index;
                }
                if index < first {
                    scratch.splice(0..0, std::iter::repeat_n(0.0, first - index));
                    first = index;
                }
                if index - first >= scratch.len() {
                    scratch.resize(index - first + 1, 0.0);
                }
                scratch[index - first] += share * weight;
            }
        }
        self.weights.extend_from_slice(scratch);
        self.places.push((first as u32, self.weights.len() as u32));
    }

    /// Reads every place.
    pub fn read(&self, table: &[f64], values: &mut [f64]) {
        let mut begin = 0;
        for ((first, end), value) in self.places.iter().zip(values) {
            let weights = &self.weights[begin..*end as usize];
            let table = &table[*first as usize..*first as usize + weights.len()];
            *value = weights.iter().zip(table).map(|(weight, sample)| weight * sample).sum();
            begin = *end as usize;
        }
    }

    /// The number of places.
    pub fn len(&self) -> usize {
        self.places.len()
    }
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
    (floor as i64 - (POINTS / 2 - 1) as i64, weights)
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

const POINTS: usize = 8;
/// Samples that the interpolation needs beyond the largest distance.
pub(super) const REACH: usize = POINTS / 2 + 1;
const STEPS_A_PERIOD: f64 = 24.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_meets_polynomials_and_folds_at_the_axis() {
        let table: Vec<f64> = (0..40).map(|at| (f64::from(at) * 0.1).powi(2)).collect();
        let mut reader = Reader::default();
        let mut scratch = Vec::new();
        for distance in [0.0, 0.3, 1.7, 20.25] {
            reader.push([(distance, 1.0)].into_iter(), &mut scratch);
        }
        reader.push([(0.5, 0.25), (30.0, 0.75)].into_iter(), &mut scratch);
        let mut values = [0.0; 5];
        reader.read(&table, &mut values);
        for (value, expected) in values.iter().zip([0.0, 0.0009, 0.0289, 4.100_625, 0.25 * 0.0025 + 0.75 * 9.0]) {
            assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        }
    }
}
