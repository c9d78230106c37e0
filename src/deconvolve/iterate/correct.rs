//! How corrections become the next estimate, algorithm by algorithm.
//!
//! Rows are worked on in runs of [`RUN`] voxels, which stay in the first cache: the estimate is widened into `f32`, plain
//! loops change it, and it is kept again as it was stored.

use super::{Estimate, Observed, Pace};
use crate::deconvolve::biggs_andrews::Brief;
use crate::deconvolve::course::Course;
use crate::deconvolve::field::{Field, SUMS, Sums, UNIT, distance, product, sum};
use crate::deconvolve::recipe::{Algorithm, Recipe};
use crate::deconvolve::stored::Stored;
use crate::deconvolve::total_variation::Neighbours;
use crate::deconvolve::{biggs_andrews, heavy_ball, least_squares, richardson_lucy, tempered};
use crate::fft::vectorised;
use crate::image::RUN;
use crate::runtime::{LentRows, Workers};

impl<S: Stored> Estimate<S> {
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
        match recipe.algorithm {
            Algorithm::RichardsonLucy => self.multiply_by_factors(field, sums, pace, workers),
            Algorithm::Isra => self.multiply_by_ratios(field, sums, workers),
            Algorithm::BiggsAndrews => return self.extrapolate(field, sums, course, pace, run, workers),
            _ => return self.roll(field, sums, recipe, pace, run, workers),
        }
        0.0
    }

    /// Richardson-Lucy as it is.
    fn multiply_by_factors(&mut self, field: &mut Field, sums: &Sums, pace: Pace, workers: &Workers) {
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let weights = &self.weights;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let (mut now, shares) = (rows.row(at), weights.row(z, y));
            let mut totals = Totals::new(inside(z, y));
            vectorised(|| {
                for (x, count) in runs(width) {
                    let (value, now) = (&mut row[x..x + count], &mut now[x..x + count]);
                    let old = &mut [0.0; RUN][..count];
                    S::widen(now, old);
                    pace.factors(value, &shares[x..x + count]);
                    value.iter_mut().zip(&*old).for_each(|(value, old)| *value *= old);
                    totals.add(x, old, value);
                    S::narrow(value, now);
                }
            });
            sums.set(at, totals.sums());
        });
    }

    fn multiply_by_ratios(&mut self, field: &mut Field, sums: &Sums, workers: &Workers) {
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        let numerators = &self.numerators;
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let (mut now, numerators) = (rows.row(at), &numerators[at * width..]);
            let mut totals = Totals::new(inside(z, y));
            vectorised(|| {
                for (x, count) in runs(width) {
                    let (value, now) = (&mut row[x..x + count], &mut now[x..x + count]);
                    let old = &mut [0.0; RUN][..count];
                    S::widen(now, old);
                    for ((value, old), numerator) in value.iter_mut().zip(&*old).zip(&numerators[x..]) {
                        *value = old * least_squares::ratio(*numerator, *value);
                    }
                    totals.add(x, old, value);
                    S::narrow(value, now);
                }
            });
            sums.set(at, totals.sums());
        });
    }

    /// Biggs and Andrews: the momentum is known only after the step, so that the point ahead takes a pass of its own.
    fn extrapolate(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        course: &mut Course,
        pace: Pace,
        run: usize,
        workers: &Workers,
    ) -> f32 {
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let weights = &self.weights;
        let [first, second, third] = &mut self.locks;
        let rows = LentRows::new(&mut self.now, width, first);
        let moves = LentRows::new(&mut self.moves, width, second);
        let steps = LentRows::new(&mut self.steps, width, third);
        field.finish(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let (mut now, mut moves, mut steps) = (rows.row(at), moves.row(at), steps.row(at));
            let shares = weights.row(z, y);
            let mut totals = Totals::new(inside(z, y));
            vectorised(|| {
                for (x, count) in runs(width) {
                    let range = x..x + count;
                    let (value, now, shares) =
                        (&mut row[range.clone()], &mut now[range.clone()], &shares[range.clone()]);
                    let (moves, steps) = (&mut moves[range.clone()], &mut steps[range]);
                    let [old, step, before] = &mut [[0.0; RUN]; 3];
                    let (old, step, before) = (&mut old[..count], &mut step[..count], &mut before[..count]);
                    S::widen(now, old);
                    pace.factors(value, shares);
                    for (at, value) in value.iter_mut().enumerate() {
                        let ahead = (old[at] + pace.momentum * moves[at].value()).max(trace(shares[at]));
                        *value *= ahead;
                        step[at] = *value - ahead;
                        before[at] = steps[at].value();
                        steps[at] = Brief::of(step[at]);
                        moves[at] = Brief::of(*value - old[at]);
                    }
                    totals.add(x, old, value);
                    totals.more[0] += product(step, before);
                    totals.more[1] += product(before, before);
                    S::narrow(value, now);
                }
            });
            sums.set(at, totals.sums());
        });
        let [_, _, _, product, square] = sums.totals(field.geometry.rows());
        let [product, square] = course.momenta(run - 1, [product, square]);
        let momentum = if run > 2 { biggs_andrews::momentum(product, square) } else { 0.0 };
        let (now, moves) = (&self.now, &self.moves);
        field.begin(workers, &|z, y, row| {
            let at = (z * field_ny + y) * width;
            let pairs = now[at..].iter().zip(&moves[at..]).zip(weights.row(z, y));
            vectorised(|| {
                for (value, ((now, moved), &weight)) in row.iter_mut().zip(pairs) {
                    *value = (now.value() + momentum * moved.value()).max(trace(weight));
                }
            });
        });
        momentum
    }

    /// Steps with the heavy ball: of Richardson-Lucy, matched or not, with total variation or without, and of Landweber.
    fn roll(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        recipe: &Recipe,
        pace: Pace,
        run: usize,
        workers: &Workers,
    ) -> f32 {
        let algorithm = recipe.algorithm;
        let momentum = match algorithm {
            // Nearly an inverse, its steps need no momentum and would not bear it.
            Algorithm::WienerButterworth if !pace.matched => 0.0,
            _ => heavy_ball::momentum(run),
        };
        let variation = match algorithm {
            Algorithm::TotalVariation => recipe.total_variation as f32,
            _ => 0.0,
        };
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let weights = &self.weights;
        let rows = LentRows::new(&mut self.before, width, &mut self.locks[0]);
        let now = &self.now;
        let neighbours = Neighbours { samples: now, shape: field.geometry.field };
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let (mut before, now, shares) = (rows.row(at), &now[at * width..][..width], weights.row(z, y));
            let mut totals = Totals::new(inside(z, y));
            vectorised(|| {
                if algorithm != Algorithm::Landweber {
                    pace.factors(row, shares);
                }
                if variation > 0.0 {
                    neighbours.divide(variation, z, y, row);
                }
                for (x, count) in runs(width) {
                    let (value, before, shares) =
                        (&mut row[x..x + count], &mut before[x..x + count], &shares[x..x + count]);
                    let [old, ahead] = &mut [[0.0; RUN]; 2];
                    let (old, ahead) = (&mut old[..count], &mut ahead[..count]);
                    S::widen(&now[x..x + count], old);
                    for (at, ahead) in ahead.iter_mut().enumerate() {
                        *ahead = heavy_ball::ahead(old[at], before[at].value(), pace.momentum, trace(shares[at]));
                    }
                    if algorithm == Algorithm::Landweber {
                        for (at, value) in value.iter_mut().enumerate() {
                            let next = least_squares::landweber(ahead[at], *value, f32::from(shares[at].max(1)) / UNIT);
                            *value = if shares[at] > 0 { next } else { 0.0 };
                        }
                    } else {
                        value.iter_mut().zip(&*ahead).for_each(|(value, ahead)| *value *= ahead);
                    }
                    totals.add(x, old, value);
                    S::narrow(value, before);
                    for (at, value) in value.iter_mut().enumerate() {
                        *value = heavy_ball::ahead(*value, old[at], momentum, trace(shares[at]));
                    }
                }
            });
            sums.set(at, totals.sums());
        });
        std::mem::swap(&mut self.now, &mut self.before);
        momentum
    }

    /// An iteration of Gold-Meinel after the blur.
    pub(super) fn multiply(&mut self, field: &mut Field, sums: &Sums, observed: Observed, workers: &Workers) {
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let (mut now, inside) = (rows.row(at), inside(z, y));
            let mut totals = Totals::new(inside);
            observed.samples.runs(z, y, inside, |x, samples| {
                let (blurred, now) = (&row[x..x + samples.len()], &mut now[x..x + samples.len()]);
                let [old, new] = &mut [[0.0; RUN]; 2];
                let (old, new) = (&mut old[..samples.len()], &mut new[..samples.len()]);
                vectorised(|| {
                    S::widen(now, old);
                    for (at, new) in new.iter_mut().enumerate() {
                        *new = old[at] * least_squares::gold_meinel(&observed, samples[at], blurred[at]);
                    }
                    totals.add(x, old, new);
                    S::narrow(new, now);
                });
            });
            S::widen(&now, row);
            totals.all += sum(&row[inside..]);
            sums.set(at, totals.sums());
        });
    }
}

impl Pace {
    /// Corrections of a run become factors.
    #[inline(always)]
    fn factors(self, run: &mut [f32], shares: &[u16]) {
        let (least, most) = if self.matched { (0.0, f32::MAX) } else { (tempered::LEAST_WEIGHT, tempered::MOST) };
        for (value, &share) in run.iter_mut().zip(shares) {
            let factor = richardson_lucy::factor(*value, f32::from(share.max(1)) / UNIT, least, most);
            *value = if share > 0 { factor } else { 0.0 };
        }
    }
}

/// The sums of a row.
struct Totals {
    /// Voxels of the row inside the image.
    inside_voxels: usize,
    change: f64,
    inside: f64,
    all: f64,
    more: [f64; 2],
}

impl Totals {
    fn new(inside_voxels: usize) -> Self {
        Self { inside_voxels, change: 0.0, inside: 0.0, all: 0.0, more: [0.0; 2] }
    }

    /// Adds a run that begins at x.
    #[inline(always)]
    fn add(&mut self, x: usize, old: &[f32], new: &[f32]) {
        let (inside, outside) = new.split_at(self.inside_voxels.saturating_sub(x).min(new.len()));
        let inside = sum(inside);
        self.change += distance(old, new);
        self.inside += inside;
        self.all += inside + sum(outside);
    }

    fn sums(&self) -> [f64; SUMS] {
        [self.change, self.inside, self.all, self.more[0], self.more[1]]
    }
}

/// How many voxels of a row (z, y) of the field are inside the image.
fn inside(field: &Field) -> impl Fn(usize, usize) -> usize + use<> {
    let [nz, ny, nx] = field.geometry.image;
    move |z, y| if z < nz && y < ny { nx } else { 0 }
}

/// Where the runs of a row of `width` voxels begin, and their lengths.
fn runs(width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..width).step_by(RUN).map(move |x| (x, RUN.min(width - x)))
}

/// The least that a point ahead has where there is an estimate.
#[inline(always)]
fn trace(weight: u16) -> f32 {
    if weight > 0 { TRACE } else { 0.0 }
}

/// The least value of points ahead, in units of the image's mean.
const TRACE: f32 = 1e-6;
