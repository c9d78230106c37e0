//! How corrections become the next estimate, algorithm by algorithm.
//!
//! Rows are worked on in runs of [`RUN`] voxels, which stay in the first cache: the estimate is widened into `f32`, plain
//! loops change it, and it is kept again as it was stored.

use super::{Estimate, StepState};
use crate::deconvolve::biggs_andrews::Bf16;
use crate::deconvolve::field::Field;
use crate::deconvolve::observed::Observed;
use crate::deconvolve::options::Algorithm;
use crate::deconvolve::run::Run;
use crate::deconvolve::stored::Stored;
use crate::deconvolve::sums::{Sums, distance, product, sum};
use crate::deconvolve::total_variation::{Neighbours, Weight};
use crate::deconvolve::weights::UNIT;
use crate::deconvolve::{biggs_andrews, heavy_ball, least_squares, richardson_lucy, tempered};
use crate::fft::{Loop, vectorised};
use crate::image::RUN;
use crate::runtime::{LentRows, Workers};

impl<S: Stored> Estimate<S> {
    /// Turns the corrections in the field into the next point ahead, and says with which momentum; the momentum was last 0
    /// `since` iterations ago.
    pub(super) fn correct(&mut self, run: Run, state: StepState, since: usize) -> f32 {
        match run.options.algorithm {
            Algorithm::RichardsonLucy | Algorithm::Isra => self.multiply_all(run, state),
            Algorithm::BiggsAndrews => self.extrapolate(run, state, since),
            _ => self.roll(run, state, since),
        }
    }

    /// Richardson-Lucy as it is, or ISRA where there are numerators; neither has a momentum.
    fn multiply_all(&mut self, run: Run, state: StepState) -> f32 {
        let Run { field, sums, workers, .. } = run;
        let inside = inside(field);
        let [_, field_ny, width] = field.geometry.field;
        let (weights, numerators) = (&self.weights, &self.numerators);
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.update(workers, &|z, y, row| {
            let at = z * field_ny + y;
            let mut now = rows.row(at);
            let by = match numerators.get(at * width..) {
                Some(numerators) if !numerators.is_empty() => By::Ratios(numerators),
                _ => By::Factors(state, weights.row(z, y)),
            };
            let mut totals = Totals::new(inside(z, y));
            vectorised(Products { by, now: &mut now, row, totals: &mut totals });
            sums.set(at, totals.sums());
        });
        0.0
    }

    /// Biggs and Andrews: the momentum is known only after the step, so that the point ahead takes a pass of its own.
    fn extrapolate(&mut self, run: Run, state: StepState, since: usize) -> f32 {
        let Run { field, sums, schedule, workers, .. } = run;
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
            vectorised(Extrapolation {
                state,
                shares,
                moves: &mut moves,
                steps: &mut steps,
                now: &mut now,
                row,
                totals: &mut totals,
            });
            sums.set(at, totals.sums());
        });
        let [_, _, _, product, square] = sums.totals(field.geometry.rows());
        let [product, square] = schedule.momenta(since - 1, [product, square]);
        let momentum = if since > 2 { biggs_andrews::momentum(product, square) } else { 0.0 };
        let (now, moves) = (&self.now, &self.moves);
        field.begin(workers, &|z, y, row| {
            let at = (z * field_ny + y) * width;
            vectorised(Ahead { momentum, shares: weights.row(z, y), moves: &moves[at..], now: &now[at..], row });
        });
        momentum
    }

    /// Steps with the heavy ball: of Richardson-Lucy, matched or not, with total variation or without, and of Landweber.
    fn roll(&mut self, run: Run, state: StepState, since: usize) -> f32 {
        let Run { field, sums, options, workers, .. } = run;
        let algorithm = options.algorithm;
        let momentum = match algorithm {
            // Nearly an inverse, its steps need no momentum and would not bear it.
            Algorithm::WienerButterworth if !state.matched => 0.0,
            _ => heavy_ball::momentum(since),
        };
        let variation = Weight::of(options, state.gain, state.offset);
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
            if let Some(weight) = variation {
                state.factors(row, shares);
                neighbours.divide(weight, z, y, row);
                row.iter_mut().zip(shares).for_each(|(factor, &share)| *factor = if share > 0 { *factor } else { 1.0 });
            }
            let step = match algorithm {
                Algorithm::Landweber => Step::Landweber,
                _ if variation.is_some() => Step::Factors,
                _ => Step::Corrections,
            };
            vectorised(Roll { step, state, momentum, shares, now, before: &mut before, row, totals: &mut totals });
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
                vectorised(Quotients { observed: &observed, samples, blurred, x, now, totals: &mut totals });
            });
            S::widen(&now, row);
            totals.all += sum(&row[inside..]);
            sums.set(at, totals.sums());
        });
    }
}

impl StepState {
    /// Corrections become factors.
    #[inline(always)]
    fn factors(self, row: &mut [f32], shares: &[u16]) {
        let (least, most) = if self.matched { (0.0, f32::MAX) } else { (tempered::MIN_WEIGHT, tempered::MAX_FACTOR) };
        for (value, &share) in row.iter_mut().zip(shares) {
            let factor = richardson_lucy::factor(*value, f32::from(share.max(1)) / UNIT, least, most);
            *value = if share > 0 { factor } else { 1.0 };
        }
    }
}

/// What a row of the estimate is multiplied by.
#[derive(Clone, Copy)]
enum By<'a> {
    /// Corrections as factors, with the weights.
    Factors(StepState, &'a [u16]),
    /// Numerators over what the row holds.
    Ratios(&'a [f32]),
}

/// A row of Richardson-Lucy or ISRA.
struct Products<'a, S> {
    by: By<'a>,
    now: &'a mut [S],
    row: &'a mut [f32],
    totals: &'a mut Totals,
}

impl<S: Stored> Loop for Products<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { by, now, row, totals } = self;
        for (x, count) in runs(row.len()) {
            let (value, now) = (&mut row[x..][..count], &mut now[x..][..count]);
            let old = &mut [0.0; RUN][..count];
            S::widen(now, old);
            match by {
                By::Factors(state, shares) => state.factors(value, &shares[x..][..count]),
                By::Ratios(numerators) => {
                    for (value, numerator) in value.iter_mut().zip(&numerators[x..][..count]) {
                        *value = least_squares::ratio(*numerator, *value);
                    }
                }
            }
            value.iter_mut().zip(&*old).for_each(|(value, old)| *value *= old);
            totals.add(x, old, value);
            S::narrow(value, now);
        }
    }
}

/// A row of Biggs and Andrews, from the point ahead.
struct Extrapolation<'a, S> {
    state: StepState,
    shares: &'a [u16],
    moves: &'a mut [Bf16],
    steps: &'a mut [Bf16],
    now: &'a mut [S],
    row: &'a mut [f32],
    totals: &'a mut Totals,
}

impl<S: Stored> Loop for Extrapolation<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { state, shares, moves, steps, now, row, totals } = self;
        for (x, count) in runs(row.len()) {
            let (value, now, shares) = (&mut row[x..][..count], &mut now[x..][..count], &shares[x..][..count]);
            let (moves, steps) = (&mut moves[x..][..count], &mut steps[x..][..count]);
            let [old, step, before] = &mut [[0.0; RUN]; 3];
            let (old, step, before) = (&mut old[..count], &mut step[..count], &mut before[..count]);
            S::widen(now, old);
            state.factors(value, shares);
            // Loops of few arrays each, which compilers can prove to be apart.
            for at in 0..count {
                step[at] = (old[at] + state.momentum * moves[at].value()).max(floor_of(shares[at], TRACE));
            }
            for (value, ahead) in value.iter_mut().zip(&mut *step) {
                let changed = *value * *ahead;
                (*value, *ahead) = (changed, changed - *ahead);
            }
            for ((kept, step), before) in steps.iter_mut().zip(&*step).zip(&mut *before) {
                *before = kept.value();
                *kept = Bf16::of(*step);
            }
            for ((moved, value), old) in moves.iter_mut().zip(&*value).zip(&*old) {
                *moved = Bf16::of(value - old);
            }
            totals.add(x, old, value);
            totals.more[0] += product(step, before);
            totals.more[1] += product(before, before);
            S::narrow(value, now);
        }
    }
}

/// The next point ahead of a row.
struct Ahead<'a, S> {
    momentum: f32,
    shares: &'a [u16],
    moves: &'a [Bf16],
    now: &'a [S],
    row: &'a mut [f32],
}

impl<S: Stored> Loop for Ahead<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { momentum, shares, moves, now, row } = self;
        for (value, ((now, moved), &share)) in row.iter_mut().zip(now.iter().zip(moves).zip(shares)) {
            *value = (now.value() + momentum * moved.value()).max(floor_of(share, TRACE));
        }
    }
}

/// What a row holds when the ball rolls on.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// Corrections that are to become factors.
    Corrections,
    Factors,
    /// Corrections that are to be added.
    Landweber,
}

/// A row of a step from the point ahead, and the next point ahead.
struct Roll<'a, S> {
    step: Step,
    state: StepState,
    momentum: f32,
    shares: &'a [u16],
    now: &'a [S],
    before: &'a mut [S],
    row: &'a mut [f32],
    totals: &'a mut Totals,
}

impl<S: Stored> Loop for Roll<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, state, momentum, shares, now, before, row, totals } = self;
        for (x, count) in runs(row.len()) {
            let (value, before, shares) = (&mut row[x..][..count], &mut before[x..][..count], &shares[x..][..count]);
            let [old, ahead] = &mut [[0.0; RUN]; 2];
            let (old, ahead) = (&mut old[..count], &mut ahead[..count]);
            S::widen(&now[x..][..count], old);
            // Least squares alone can make something negative.
            let is_free = state.is_signed && step == Step::Landweber;
            let (floor, trace) = if is_free { (f32::MIN, f32::MIN) } else { (0.0, TRACE) };
            for at in 0..count {
                ahead[at] = heavy_ball::ahead(old[at], before[at].value(), state.momentum, floor_of(shares[at], trace));
            }
            if step == Step::Landweber {
                for at in 0..count {
                    let share = f32::from(shares[at].max(1)) / UNIT;
                    let next = least_squares::landweber(ahead[at], value[at], share, floor);
                    value[at] = if shares[at] > 0 { next } else { 0.0 };
                }
            } else {
                if step == Step::Corrections {
                    state.factors(value, shares);
                }
                value.iter_mut().zip(&*ahead).for_each(|(value, ahead)| *value *= ahead);
            }
            totals.add(x, old, value);
            S::narrow(value, before);
            for at in 0..count {
                value[at] = heavy_ball::ahead(value[at], old[at], momentum, floor_of(shares[at], trace));
            }
        }
    }
}

/// A run of Gold and Meinel's that begins at x.
struct Quotients<'a, S> {
    observed: &'a Observed<'a>,
    samples: &'a [f32],
    blurred: &'a [f32],
    x: usize,
    now: &'a mut [S],
    totals: &'a mut Totals,
}

impl<S: Stored> Loop for Quotients<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { observed, samples, blurred, x, now, totals } = self;
        let [old, new] = &mut [[0.0; RUN]; 2];
        let (old, new) = (&mut old[..samples.len()], &mut new[..samples.len()]);
        S::widen(now, old);
        for at in 0..samples.len() {
            let factor = least_squares::gold_meinel(observed, samples[at], blurred[at]);
            new[at] = (old[at] * factor).min(least_squares::MAX_ESTIMATE);
        }
        totals.add(x, old, new);
        S::narrow(new, now);
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

    fn sums(&self) -> [f64; 5] {
        [self.change, self.inside, self.all, self.more[0], self.more[1]]
    }
}

/// How many voxels of a row (z, y) of the field are inside the image.
fn inside(field: &Field) -> impl Fn(usize, usize) -> usize + use<> {
    let [nz, ny, nx] = field.geometry.image;
    move |z, y| if z < nz && y < ny { nx } else { 0 }
}

/// Where the runs of a row of `width` voxels begin, and their lengths.
#[inline(always)]
fn runs(width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..width).step_by(RUN).map(move |x| (x, RUN.min(width - x)))
}

/// The least that a point ahead has: `trace` where there is an estimate.
#[inline(always)]
fn floor_of(weight: u16, trace: f32) -> f32 {
    if weight > 0 { trace } else { 0.0 }
}

/// The least value of points ahead, in units of the image's mean.
const TRACE: f32 = 1e-6;
