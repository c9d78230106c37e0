//! Fitting an optical model to a measured point spread function.
//!
//! Levenberg's and Marquardt's damped least squares with weights 1 / expected counts, which is one step of Fisher
//! scoring for Poisson noise (Laurence and Chromy, Nature Methods 7 (2010) 338). Brightness and background follow by
//! linear least squares at every step; numerical aperture, defocus, lateral shift and primary spherical aberration (Noll
//! 11) by derivatives.

use serde::Serialize;

use super::model::Model;
use super::optics::Voxel;
use super::radial::Reader;
use super::source::{Samples, Source};
use crate::error::{Error, Result};
use crate::params;
use crate::runtime::Workers;

/// What the fit found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Numerical aperture.
    pub numerical_aperture: f64,
    /// Focus of the middle plane relative to the point, nm, positive where the middle plane is focused deeper.
    pub defocus_nm: f64,
    /// Place of the point relative to the middle pixel, along (y, x).
    pub shift_px: [f64; 2],
    /// Coefficient of primary spherical aberration, nm root mean square.
    pub spherical_nm: f64,
    /// Counts of the point in the samples.
    pub counts: f64,
    /// Counts of the background, a sample.
    pub background: f64,
    /// Mean squared difference over the variance that counting gives: about 1 for a model that fits.
    pub chi_square: f64,
}

/// Fits the model of `source`, an optical kind whose `psf.numerical_aperture` is the start, to `samples` in counts
/// (background included) on the voxels of its settings.
///
/// # Errors
/// As [`Source::sample`]; [`Error::Argument`] for kinds without optics or samples that the model cannot follow.
pub fn fit(source: &Source, samples: &Samples, workers: &Workers) -> Result<Fit> {
    let shape = samples.shape();
    let voxel = Voxel::of(&source.settings, shape[0] > 1)?;
    let data: Vec<f64> = samples.values().iter().map(|&value| f64::from(value)).collect();
    let start = source.settings.required(params::PSF_NUMERICAL_APERTURE)?;
    let centre = super::diagnosis::centroid(&data, shape, 0.5);
    let off = |axis: usize| centre[axis] - (shape[axis] / 2) as f64;
    let problem = Problem { source, shape, voxel, data: &data, workers };
    let mut now = [start, -off(0) * voxel.step, off(1), off(2), 0.0];
    let mut state = problem.at(now)?;
    let mut damping = 1e-2;
    for _ in 0..STEPS {
        let slopes = problem.slopes(now, &state)?;
        let mut better = None;
        while damping < 1e8 {
            let next = bounded(step(now, &state, &slopes, damping), start);
            match problem.at(next) {
                Ok(tried) if tried.cost < state.cost => {
                    better = Some((next, tried));
                    break;
                }
                _ => damping *= 4.0,
            }
        }
        let Some((next, tried)) = better else { break };
        let gain = state.cost - tried.cost;
        (now, state) = (next, tried);
        damping = (damping * 0.2).max(1e-9);
        if gain < 1e-9 * state.cost {
            break;
        }
    }
    Ok(Fit {
        numerical_aperture: now[0],
        defocus_nm: now[1] * 1000.0,
        shift_px: [now[2], now[3]],
        spherical_nm: now[4] * 1000.0,
        counts: state.counts,
        background: state.background,
        chi_square: state.chi_square / data.len() as f64,
    })
}

/// Numerical aperture, defocus (um), shift (y, x in px), spherical aberration (um).
type Unknowns = [f64; 5];

struct Problem<'a> {
    source: &'a Source,
    shape: [usize; 3],
    voxel: Voxel,
    data: &'a [f64],
    workers: &'a Workers,
}

/// The model at some unknowns.
struct State {
    /// Expected counts.
    expected: Vec<f64>,
    /// Weighted squares of data minus expected.
    chi_square: f64,
    /// The same with the logarithm of every variance: weights that follow the model must not pay for themselves.
    cost: f64,
    counts: f64,
    background: f64,
    /// Data minus expected, and weights.
    residual: Vec<f64>,
    weights: Vec<f64>,
}

impl Problem<'_> {
    fn at(&self, unknowns: Unknowns) -> Result<State> {
        let shape = self.model(unknowns)?;
        // Weights from the data would favour low counts; a few rounds with weights from the model do not.
        let mut weights = vec![1.0; self.data.len()];
        let mut solution = (0.0, 0.0);
        for _ in 0..3 {
            solution = line(&shape, self.data, &weights);
            let (counts, background) = solution;
            for (weight, shape) in weights.iter_mut().zip(&shape) {
                *weight = 1.0 / (counts * shape + background).max(LEAST_COUNTS);
            }
        }
        let (counts, background) = solution;
        if counts.is_nan() || counts <= 0.0 {
            return Err(Error::Argument(format!("psf samples fit {counts} counts; there is no point to fit")));
        }
        let expected: Vec<f64> = shape.iter().map(|shape| counts * shape + background).collect();
        let residual: Vec<f64> = self.data.iter().zip(&expected).map(|(data, expected)| data - expected).collect();
        let chi_square: f64 =
            residual.iter().zip(&weights).map(|(residual, weight)| weight * residual * residual).sum();
        let cost = chi_square - weights.iter().map(|weight| weight.ln()).sum::<f64>();
        Ok(State { expected, chi_square, cost, counts, background, residual, weights })
    }

    /// The model's samples, summing to 1 in the grid.
    fn model(&self, [aperture, defocus, y, x, spherical]: Unknowns) -> Result<Vec<f64>> {
        let mut settings = self.source.settings.clone();
        settings.set_f64(params::PSF_NUMERICAL_APERTURE, aperture)?;
        let Some(model) = Model::of(&settings, self.source.kind)? else {
            return Err(Error::Argument(format!(
                "psf kind is {}; only optical models can be fitted",
                self.source.kind.name()
            )));
        };
        let model = model.with_spherical(spherical);
        let [planes, rows, columns] = self.shape;
        let offsets: Vec<f64> =
            (0..planes).map(|plane| (plane as f64 - (planes / 2) as f64) * self.voxel.step + defocus).collect();
        let reach = self.voxel.corner(self.shape) + self.voxel.pixel * 2.0 * y.abs().max(x.abs());
        let intensity = model.intensity(&offsets, reach, self.workers)?;
        let mut reader = Reader::default();
        let mut scratch = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let from = (row as f64 - (rows / 2) as f64 - y).hypot(column as f64 - (columns / 2) as f64 - x);
                reader.push([(from * self.voxel.pixel / intensity.table.step, 1.0)].into_iter(), &mut scratch);
            }
        }
        let mut values = vec![0.0; planes * rows * columns];
        for (plane, values) in values.chunks_exact_mut(rows * columns).enumerate() {
            reader.read(intensity.table.plane(plane), values);
        }
        let sum: f64 = values.iter().sum();
        values.iter_mut().for_each(|value| *value /= sum);
        Ok(values)
    }

    /// Derivatives of the expected counts.
    fn slopes(&self, now: Unknowns, state: &State) -> Result<Vec<Vec<f64>>> {
        DELTA
            .iter()
            .enumerate()
            .map(|(at, delta)| {
                let mut moved = now;
                moved[at] += delta;
                let moved = self.at(moved)?;
                Ok(moved.expected.iter().zip(&state.expected).map(|(moved, now)| (moved - now) / delta).collect())
            })
            .collect()
    }
}

/// One damped step.
fn step(now: Unknowns, state: &State, slopes: &[Vec<f64>], damping: f64) -> Unknowns {
    let mut matrix = [[0.0; 6]; 5];
    for (row, slope) in matrix.iter_mut().zip(slopes) {
        for (entry, other) in row.iter_mut().zip(slopes) {
            *entry =
                slope.iter().zip(other).zip(&state.weights).map(|((one, other), weight)| one * other * weight).sum();
        }
        row[5] = slope
            .iter()
            .zip(&state.residual)
            .zip(&state.weights)
            .map(|((slope, off), weight)| slope * off * weight)
            .sum();
    }
    for (at, row) in matrix.iter_mut().enumerate() {
        row[at] = row[at] * (1.0 + damping) + 1e-12;
    }
    let change = solve(matrix);
    std::array::from_fn(|at| now[at] + change[at])
}

/// Gauss's elimination with pivots; the last column is the right side.
fn solve(mut matrix: [[f64; 6]; 5]) -> Unknowns {
    for at in 0..5 {
        let pivot = (at..5).max_by(|&a, &b| matrix[a][at].abs().total_cmp(&matrix[b][at].abs())).unwrap_or(at);
        matrix.swap(at, pivot);
        let row = matrix[at];
        for (other, target) in matrix.iter_mut().enumerate() {
            if other != at && row[at] != 0.0 {
                let factor = target[at] / row[at];
                for (target, value) in target.iter_mut().zip(row) {
                    *target -= factor * value;
                }
            }
        }
    }
    std::array::from_fn(|at| if matrix[at][at] == 0.0 { 0.0 } else { matrix[at][5] / matrix[at][at] })
}

/// Weighted least squares of data = counts shape + background.
fn line(shape: &[f64], data: &[f64], weights: &[f64]) -> (f64, f64) {
    let mut sums = [0.0; 5];
    for ((shape, data), weight) in shape.iter().zip(data).zip(weights) {
        let terms = [1.0, *shape, shape * shape, *data, shape * data];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += weight * term;
        }
    }
    let [one, x, xx, y, xy] = sums;
    let under = one * xx - x * x;
    if under == 0.0 {
        return (0.0, 0.0);
    }
    ((one * xy - x * y) / under, (xx * y - x * xy) / under)
}

/// Keeps steps where the model makes sense.
fn bounded(mut next: Unknowns, start: f64) -> Unknowns {
    next[0] = next[0].clamp(0.5 * start, 1.5 * start);
    next
}

const STEPS: usize = 30;
/// Steps of the derivatives; the aperture's is downwards, since it may be next to the immersion index.
const DELTA: Unknowns = [-1e-4, 1e-3, 1e-3, 1e-3, 1e-4];
/// Variance of the emptiest samples, counts.
const LEAST_COUNTS: f64 = 0.05;
