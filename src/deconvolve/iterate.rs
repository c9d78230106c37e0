//! The loop that the iterative algorithms share: blur, compare, project, correct, and stop.

use super::field::{Field, Geometry, SUMS, Sums, UNIT, Weights};
use super::linear::Extension;
use super::noise::Noise;
use super::recipe::{Algorithm, Recipe, Stop};
use super::total_variation::Neighbours;
use super::{biggs_andrews, heavy_ball, least_squares, richardson_lucy, tempered};
use crate::error::{Error, Result, zeroed};
use crate::runtime::{LentRows, RowLocks, Rows, Watch, Workers};

/// The estimate of the field and what iterations need beside it.
pub(super) struct Estimate {
    /// Packed rows of the field, in units of the image's mean.
    now: Vec<f32>,
    /// The estimate one iteration ago, where there is momentum; Hᵀd for ISRA.
    before: Vec<f32>,
    /// The last step of vector extrapolation.
    step: Vec<f32>,
    locks: [RowLocks; 2],
    weights: Weights,
    /// The mean of the image that the estimate was made from; 0: none yet.
    mean: f64,
}

/// What the iterations came to.
#[derive(Default)]
pub(super) struct Ended {
    pub iterations: usize,
    pub stopped: &'static str,
    pub change: f64,
    pub misfit: f64,
    pub matched_from: usize,
    pub flux_inside: f64,
    pub flux_outside: f64,
}

/// The observed image as iterations see it: d = samples * scale + shift, of which base is no specimen's.
#[derive(Clone, Copy)]
pub(super) struct Observed<'a> {
    /// Packed rows of the image.
    pub samples: &'a [f32],
    pub scale: f32,
    pub shift: f32,
    pub base: f32,
    /// The variance of d over its mean.
    pub gain: f64,
    /// Mean light of the specimen, in the image's units; above 0.
    pub mean: f64,
}

impl<'a> Observed<'a> {
    /// An image with that mean light above its background.
    pub fn new(samples: &'a [f32], mean: f64, background: f64, noise: Noise) -> Self {
        let scale = 1.0 / mean;
        Self {
            samples,
            scale: scale as f32,
            shift: (noise.shift * scale) as f32,
            base: ((background + noise.shift).max(0.0) * scale) as f32,
            gain: noise.gain * scale,
            mean,
        }
    }
}

/// How an iteration goes on from the one before.
#[derive(Clone, Copy)]
struct Pace {
    /// The share of the last step that made the point ahead.
    momentum: f32,
    tempering: f64,
}

impl Estimate {
    /// Allocates the estimate, and finds the weights with the field.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(field: &mut Field, algorithm: Algorithm, workers: &Workers) -> Result<Self> {
        let (voxels, rows) = (field.geometry.voxels(), field.geometry.rows());
        let volume = |at: usize| zeroed("deconvolution estimate", if at < algorithm.volumes() { voxels } else { 0 });
        let (now, before, step) = (volume(0)?, volume(1)?, volume(2)?);
        let locks = [locks(rows)?, locks(rows)?];
        Ok(Self { now, before, step, locks, weights: field.weights(workers)?, mean: 0.0 })
    }

    /// Bytes that [`Estimate::new`] will hold.
    pub fn bytes(field: &Geometry, algorithm: Algorithm) -> u64 {
        let (voxels, rows) = (field.voxels() as u64, field.rows());
        4 * voxels * algorithm.volumes() as u64 + Weights::bytes(field) + 2 * rows as u64
    }

    /// Bytes held.
    pub fn held_bytes(&self, field: &Geometry) -> u64 {
        let volumes = size_of_val(&*self.now) + size_of_val(&*self.before) + size_of_val(&*self.step);
        (volumes + 2 * field.rows()) as u64 + self.weights.held_bytes()
    }

    /// Iterates; the estimate holds the result.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn run(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        observed: Observed,
        recipe: &Recipe,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Ended> {
        let mut passes = Passes { done: 0.0, all: 4.0 * recipe.iterations as f64 };
        self.start(field, observed, recipe, workers);
        let mut ended = Ended { stopped: "iterations", ..Ended::default() };
        let mut pace = Pace { momentum: 0.0, tempering: recipe.tempering };
        // Iterations since the momentum was last 0.
        let mut run = 0;
        while ended.iterations < recipe.iterations {
            field.blur(workers);
            passes.advance(watch)?;
            if recipe.algorithm == Algorithm::GoldMeinel {
                self.multiply(field, sums, observed, workers);
                passes.done += 2.0;
            } else {
                let misfit = compare(field, sums, observed, recipe.algorithm, workers);
                passes.advance(watch)?;
                let before = std::mem::replace(&mut ended.misfit, misfit);
                if matches!(recipe.stop, Stop::Discrepancy(level) if misfit < level) {
                    ended.stopped = "discrepancy";
                    break;
                }
                if ended.iterations > 1 && misfit > tempered::GROWTH * before && pace.tempering.is_finite() {
                    pace.tempering = f64::INFINITY;
                    ended.matched_from = ended.iterations + 1;
                    run = 0;
                }
                field.project(tempered::gain(pace.tempering), workers);
                passes.advance(watch)?;
                run += 1;
                pace.momentum = self.correct(field, sums, recipe, pace, run, workers);
            }
            passes.advance(watch)?;
            ended.iterations += 1;
            let [change, inside, all, ..] = sums.totals(field.geometry.rows());
            ended.change = change / all.max(f64::MIN_POSITIVE);
            (ended.flux_inside, ended.flux_outside) = (inside * observed.mean, (all - inside) * observed.mean);
            if matches!(recipe.stop, Stop::Change(least) if ended.change < least) {
                ended.stopped = "change";
                break;
            }
        }
        self.mean = observed.mean;
        Ok(ended)
    }

    /// Turns the corrections in the field into the next point ahead, and says with which momentum.
    fn correct(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        recipe: &Recipe,
        pace: Pace,
        run: usize,
        workers: &Workers,
    ) -> f32 {
        let [nz, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        let algorithm = recipe.algorithm;
        let weights = &self.weights;
        let inside = |z: usize, y: usize| if z < nz && y < ny { nx } else { 0 };
        let (least, most) =
            if pace.tempering.is_finite() { (tempered::LEAST_WEIGHT, tempered::MOST) } else { (0.0, f32::MAX) };
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
                let [first, second] = &mut self.locks;
                let rows = LentRows::new(&mut self.before, width, first);
                let steps = LentRows::new(&mut self.step, width, second);
                let now = &self.now;
                field.finish(workers, &|z, y, row| {
                    let at = z * field_ny + y;
                    let (mut before, mut step) = (rows.row(at), steps.row(at));
                    next(row, weights.row(z, y));
                    let (mut change, mut product, mut square) = (0.0, 0.0, 0.0);
                    let places = before.iter_mut().zip(step.iter_mut()).zip(&now[at * width..]);
                    for (((before, step), now), factor) in places.zip(row) {
                        let ahead = heavy_ball::ahead(*now, *before, pace.momentum, trace(*factor));
                        *before = ahead * *factor;
                        change += (*before - now).abs();
                        let moved = *before - ahead;
                        product += f64::from(moved * *step);
                        square += f64::from(*step * *step);
                        *step = moved;
                    }
                    let [change, inside, all, ..] = totals(change, &before, inside(z, y));
                    sums.set(at, [change, inside, all, product, square]);
                });
                std::mem::swap(&mut self.now, &mut self.before);
                let [_, _, _, product, square] = sums.totals(field.geometry.rows());
                let momentum = if run > 2 { biggs_andrews::momentum(product, square) } else { 0.0 };
                let (now, before) = (&self.now, &self.before);
                field.begin(workers, &|z, y, row| {
                    let at = (z * field_ny + y) * width;
                    let pairs = now[at..].iter().zip(&before[at..]).zip(weights.row(z, y));
                    for (value, ((now, before), &weight)) in row.iter_mut().zip(pairs) {
                        *value = heavy_ball::ahead(*now, *before, momentum, trace(f32::from(weight)));
                    }
                });
                momentum
            }
            _ => {
                let momentum = heavy_ball::momentum(run);
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
    fn multiply(&mut self, field: &mut Field, sums: &Sums, observed: Observed, workers: &Workers) {
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

    /// The first estimate: flat, with the light of the image; or the last result, where that is asked for.
    fn start(&mut self, field: &mut Field, observed: Observed, recipe: &Recipe, workers: &Workers) {
        let [_, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        if recipe.algorithm == Algorithm::Isra {
            let rows = LentRows::new(&mut self.before, width, &mut self.locks[0]);
            field.begin_image(workers, &|z, y, row| {
                let samples = &observed.samples[(z * ny + y) * nx..][..nx];
                for (value, sample) in row.iter_mut().zip(samples) {
                    *value = (sample * observed.scale + observed.shift - observed.base).max(0.0);
                }
            });
            field.project(tempered::gain(f64::INFINITY), workers);
            field.finish(workers, &|z, y, row| rows.row(z * field_ny + y).copy_from_slice(row));
        }
        let extension = Extension::new(field.geometry.image, field.geometry.field);
        let level = (field.geometry.image_voxels() as f64 / self.weights.sum()) as f32;
        let kept = if recipe.warm_start && self.mean > 0.0 { (KEPT * self.mean / observed.mean) as f32 } else { 0.0 };
        let fresh = if kept > 0.0 { level * (1.0 - KEPT as f32) } else { level };
        let gold = recipe.algorithm == Algorithm::GoldMeinel;
        let weights = &self.weights;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.begin(workers, &|z, y, row| {
            let mut now = rows.row(z * field_ny + y);
            if gold {
                extension.fill(observed.samples, z, y, row);
                for value in row.iter_mut() {
                    *value = (*value * observed.scale + observed.shift - observed.base).max(FAINT);
                }
            } else {
                for ((value, now), &weight) in row.iter_mut().zip(&*now).zip(weights.row(z, y)) {
                    *value = if weight > 0 { fresh + kept * now } else { 0.0 };
                }
            }
            now.copy_from_slice(row);
        });
        if matches!(self.before.len(), before if before > 0 && recipe.algorithm != Algorithm::Isra) {
            self.before.copy_from_slice(&self.now);
            self.step.fill(0.0);
        }
    }

    /// Writes the image's part of the estimate, in the image's units.
    pub fn write(&self, field: &Field, mean: f64, image: &mut [f32], workers: &Workers) {
        let [_, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        workers.each(Rows::of_mut(image, nx), |_, row, target| {
            let source = &self.now[(row / ny * field_ny + row % ny) * width..][..nx];
            target.iter_mut().zip(source).for_each(|(target, source)| *target = source * mean as f32);
        });
    }
}

/// Turns the blurred rows of the image into residuals, and says how large they are beside the noise.
fn compare(field: &mut Field, sums: &Sums, observed: Observed, algorithm: Algorithm, workers: &Workers) -> f64 {
    let [nz, ny, nx] = field.geometry.image;
    field.compare(workers, &|z, y, row| {
        let samples = &observed.samples[(z * ny + y) * nx..][..nx];
        let misfit = match algorithm {
            Algorithm::Landweber => least_squares::differences(&observed, samples, row),
            // The blurred estimate itself is projected.
            Algorithm::Isra => least_squares::misfit(&observed, samples, row),
            _ => richardson_lucy::residuals(&observed, samples, row),
        };
        sums.set(z * ny + y, [misfit, 0.0, 0.0, 0.0, 0.0]);
    });
    let [misfit, ..] = sums.totals(nz * ny);
    misfit / (observed.gain * (nz * ny * nx) as f64)
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

/// Counts passes for the progress.
struct Passes {
    done: f64,
    all: f64,
}

impl Passes {
    fn advance(&mut self, watch: &mut Watch) -> Result<()> {
        self.done += 1.0;
        watch.advance(self.done / self.all)
    }
}

/// Locks for `rows` rows.
///
/// # Errors
/// [`Error::Memory`].
pub(super) fn locks(rows: usize) -> Result<RowLocks> {
    RowLocks::new(rows)
        .map_err(|_| Error::Memory(format!("row locks are {rows} bytes; this machine could not give that much memory")))
}

/// Share of the last result in a warm start; the rest is flat, since factors bring nothing back from 0.
const KEPT: f64 = 0.9;
/// The least value of a start from the image, and of points ahead, in units of the image's mean.
const FAINT: f32 = 1e-3;
const TRACE: f32 = 1e-6;
