//! How corrections become the next estimate, algorithm by algorithm.

use super::{Estimate, Observed, Pace};
use crate::deconvolve::biggs_andrews::Brief;
use crate::deconvolve::course::Course;
use crate::deconvolve::field::{Field, SUMS, Sums, UNIT};
use crate::deconvolve::recipe::{Algorithm, Recipe};
use crate::deconvolve::total_variation::Neighbours;
use crate::deconvolve::{biggs_andrews, heavy_ball, least_squares, richardson_lucy, tempered};
use crate::runtime::{LentRows, Workers};

impl Estimate {
    /// Turns the corrections in the field into the next point ahead, and says with which momentum.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn correct(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        recipe: &Recipe,
        course: &mut Course,
        pace: Pace,
        run: usize,
        workers: &Workers,
    ) -> f32 {
        let [nz, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        let algorithm = recipe.algorithm;
        let weights = &self.weights;
        let inside = |z: usize, y: usize| if z < nz && y < ny { nx } else { 0 };
        let (least, most) = if pace.matched { (0.0, f32::MAX) } else { (tempered::LEAST_WEIGHT, tempered::MOST) };
        // Factors, or corrections, of a row become the next values from the point ahead.
        let next = |row: &mut [f32], weights: &[u16]| {
            for (value, &weight) in row.iter_mut().zip(weights) {
                let share = f32::from(weight.max(1)) / UNIT;
                let factor = richardson_lucy::factor(*value, share, least, most);
                *value = if weight > 0 { factor } else { 0.0 };
            }
        };
        match algorithm {
            Algorithm::RichardsonLucy => {
                let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
                field.update(workers, &|z, y, row| {
                    let at = z * field_ny + y;
                    let mut now = rows.row(at);
                    next(row, weights.row(z, y));
                    let mut change = 0.0;
                    for (now, value) in now.iter_mut().zip(row) {
                        let changed = *now * *value;
                        change += (changed - *now).abs();
                        (*now, *value) = (changed, changed);
                    }
                    sums.set(at, totals(change, &now, inside(z, y)));
                });
                0.0
            }
            Algorithm::Isra => {
                let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
                let numerators = &self.before;
                field.update(workers, &|z, y, row| {
                    let at = z * field_ny + y;
                    let mut now = rows.row(at);
                    let mut change = 0.0;
                    let pairs = now.iter_mut().zip(&numerators[at * width..]);
                    for ((now, numerator), value) in pairs.zip(row) {
                        let changed = *now * least_squares::ratio(*numerator, *value);
                        change += (changed - *now).abs();
                        (*now, *value) = (changed, changed);
                    }
                    sums.set(at, totals(change, &now, inside(z, y)));
                });
                0.0
            }
            Algorithm::BiggsAndrews => {
                let [first, second, third] = &mut self.locks;
                let rows = LentRows::new(&mut self.now, width, first);
                let moves = LentRows::new(&mut self.moves, width, second);
                let steps = LentRows::new(&mut self.steps, width, third);
                field.finish(workers, &|z, y, row| {
                    let at = z * field_ny + y;
                    let (mut now, mut moves, mut steps) = (rows.row(at), moves.row(at), steps.row(at));
                    next(row, weights.row(z, y));
                    let (mut change, mut product, mut square) = (0.0, 0.0, 0.0);
                    let places = now.iter_mut().zip(moves.iter_mut()).zip(steps.iter_mut());
                    for (((now, moved), step), factor) in places.zip(row) {
                        let ahead = (*now + pace.momentum * moved.value()).max(trace(*factor));
                        let changed = ahead * *factor;
                        change += (changed - *now).abs();
                        *moved = Brief::of(changed - *now);
                        *now = changed;
                        let before = step.value();
                        product += f64::from((changed - ahead) * before);
                        square += f64::from(before * before);
                        *step = Brief::of(changed - ahead);
                    }
                    let [change, inside, all, ..] = totals(change, &now, inside(z, y));
                    sums.set(at, [change, inside, all, product, square]);
                });
                let [_, _, _, product, square] = sums.totals(field.geometry.rows());
                let [product, square] = course.momenta(run - 1, [product, square]);
                let momentum = if run > 2 { biggs_andrews::momentum(product, square) } else { 0.0 };
                let (now, moves) = (&self.now, &self.moves);
                field.begin(workers, &|z, y, row| {
                    let at = (z * field_ny + y) * width;
                    let pairs = now[at..].iter().zip(&moves[at..]).zip(weights.row(z, y));
                    for (value, ((now, moved), &weight)) in row.iter_mut().zip(pairs) {
                        *value = (now + momentum * moved.value()).max(trace(f32::from(weight)));
                    }
                });
                momentum
            }
            _ => {
                let momentum = match algorithm {
                    // Nearly an inverse, its steps need no momentum and would not bear it.
                    Algorithm::WienerButterworth if !pace.matched => 0.0,
                    _ => heavy_ball::momentum(run),
                };
                let rows = LentRows::new(&mut self.before, width, &mut self.locks[0]);
                let now = &self.now;
                let neighbours = Neighbours { samples: now, shape: field.geometry.field };
                let variation = match algorithm {
                    Algorithm::TotalVariation => recipe.total_variation as f32,
                    _ => 0.0,
                };
                field.update(workers, &|z, y, row| {
                    let at = z * field_ny + y;
                    let mut before = rows.row(at);
                    let shares = weights.row(z, y);
                    if algorithm != Algorithm::Landweber {
                        next(row, shares);
                    }
                    if variation > 0.0 {
                        neighbours.divide(variation, z, y, row);
                    }
                    let mut change = 0.0;
                    let places = before.iter_mut().zip(&now[at * width..]).zip(shares);
                    for (((before, now), &weight), value) in places.zip(row) {
                        let least = trace(f32::from(weight));
                        let ahead = heavy_ball::ahead(*now, *before, pace.momentum, least);
                        let changed = match algorithm {
                            Algorithm::Landweber if weight == 0 => 0.0,
                            Algorithm::Landweber => least_squares::landweber(ahead, *value, f32::from(weight) / UNIT),
                            _ => ahead * *value,
                        };
                        change += (changed - now).abs();
                        *before = changed;
                        *value = heavy_ball::ahead(changed, *now, momentum, least);
                    }
                    sums.set(at, totals(change, &before, inside(z, y)));
                });
                std::mem::swap(&mut self.now, &mut self.before);
                momentum
            }
        }
    }

    /// An iteration of Gold-Meinel after the blur.
    pub(super) fn multiply(&mut self, field: &mut Field, sums: &Sums, observed: Observed, workers: &Workers) {
        let [nz, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let mut now = rows.row(at);
            let (mut change, mut inside) = (0.0, 0);
            if z < nz && y < ny {
                let samples = &observed.samples[(z * ny + y) * nx..][..nx];
                for ((now, sample), blurred) in now.iter_mut().zip(samples).zip(&*row) {
                    let changed = *now * least_squares::gold_meinel(&observed, *sample, *blurred);
                    change += (changed - *now).abs();
                    *now = changed;
                }
                inside = nx;
            }
            row.copy_from_slice(&now);
            sums.set(at, totals(change, &now, inside));
        });
    }
}

/// The sums of a row: of its change, of its first `inside` values, and of all.
fn totals(change: f32, row: &[f32], inside: usize) -> [f64; SUMS] {
    let sum = |values: &[f32]| values.iter().map(|&value| f64::from(value)).sum::<f64>();
    [f64::from(change), sum(&row[..inside]), sum(row), 0.0, 0.0]
}

/// The least that a point ahead has where there is an estimate.
fn trace(weight: f32) -> f32 {
    if weight > 0.0 { TRACE } else { 0.0 }
}

/// The least value of points ahead, in units of the image's mean.
const TRACE: f32 = 1e-6;
