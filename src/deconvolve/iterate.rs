//! The loop that the iterative algorithms share: blur, compare, project, correct, and stop.

mod compare;
mod correct;

use compare::{Compare, Criteria, compare};

use super::biggs_andrews::Bf16;
use super::border::{Extension, Reflection};
use super::discrepancy::discrepancy;
use super::field::{Field, Geometry};
use super::held_out::{HeldOut, Thinned};
use super::observed::Observed;
use super::options::{Algorithm, Options, Share, Stop};
use super::result::RunResult;
use super::run::Run;
use super::stored::{Stored, UnsignedHalf};
use super::sums::{Sums, sum};
use super::total_variation::Weight;
use super::weights::Weights;
use super::{tempered, wiener_butterworth};
use crate::error::{Error, Result};
use crate::fft::{Gain, Loop, Storage, vectorised};
use crate::image::Region;
use crate::psf::Kernel;
use crate::runtime::{Job, LentRows, RowLocks, Watch, Workers};

/// What iterates on a field, and holds the result.
pub(super) trait Iterates: Send {
    /// Iterates; the estimate holds the result.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    fn run(&mut self, run: &mut Run, whole: Observed) -> Result<RunResult>;

    /// Puts `core` of the estimate into the field, in the image's units: of `[mean, pedestal]`, times the first and
    /// plus the second. The result is its sum.
    fn put(&self, field: &mut Field, core: Region, units: [f64; 2], sums: &Sums, workers: &Workers) -> f64;

    /// Takes another tempering, where there was one.
    fn temper(&mut self, tempering: f64);

    /// Keeps the estimate as what a warm start begins with, or drops it.
    fn settle(&mut self, done: bool);
}

/// Allocates the estimate that the options asks for, and finds the weights with the field.
///
/// # Errors
/// [`Error::Memory`]; [`Error::Cancelled`].
pub(super) fn estimate(field: &mut Field, options: &Options, kernel: &Kernel, job: Job) -> Result<Box<dyn Iterates>> {
    Ok(match options.storage {
        Storage::Single => Box::new(Estimate::<f32>::new(field, options, kernel, job)?),
        Storage::Half => Box::new(Estimate::<UnsignedHalf>::new(field, options, kernel, job)?),
    })
}

/// Bytes that [`estimate`] will hold.
pub(super) fn bytes(field: &Geometry, options: &Options) -> u64 {
    let (voxels, rows) = (field.voxels() as u64, field.rows() as u64);
    let held_out = HeldOut::bytes(field.largest, options.holds_out());
    let [estimates, exact, bf16] = options.algorithm.volumes();
    let estimate = match options.storage {
        Storage::Single => size_of::<f32>(),
        Storage::Half => size_of::<UnsignedHalf>(),
    };
    voxels * (estimate * estimates + size_of::<f32>() * exact + size_of::<Bf16>() * bf16) as u64
        + Weights::bytes(field.voxels())
        + 3 * rows
        + held_out
}

/// The estimate of the field and what iterations need beside it.
struct Estimate<S> {
    /// Packed rows of the field, in units of the image's mean.
    now: Vec<S>,
    /// The estimate one iteration ago, where there is momentum.
    before: Vec<S>,
    /// Hᵀd for ISRA.
    numerators: Vec<f32>,
    /// Of vector extrapolation: how far the estimate went in the last iteration, and the last step from the point ahead.
    moves: Vec<Bf16>,
    steps: Vec<Bf16>,
    locks: [RowLocks; 3],
    weights: Weights,
    /// The gain of the back projector beside H*, 1 for the matched one.
    projector: Gain,
    held_out: HeldOut,
    /// The mean of the image that the estimate was made from; 0: none that a warm start may begin with.
    mean: f64,
    /// Samples of the image in the field that were measured.
    measured: f64,
}

/// What an iteration takes over from the one before.
#[derive(Clone, Copy)]
struct StepState {
    /// The share of the last step that made the point ahead.
    momentum: f32,
    /// Whether residuals are projected with the matched back projector.
    matched: bool,
    /// Of the image, see [`Observed`].
    gain: f32,
    offset: f32,
    is_signed: bool,
}

impl<S: Stored> Estimate<S> {
    fn new(field: &mut Field, options: &Options, kernel: &Kernel, job: Job) -> Result<Self> {
        let algorithm = options.algorithm;
        let (voxels, rows) = (field.geometry.voxels(), field.geometry.rows());
        let [estimates, exact, bf16] = algorithm.volumes();
        let now = job.zeroed("deconvolution estimate", voxels)?;
        let before = job.zeroed("deconvolution estimate", if estimates > 1 { voxels } else { 0 })?;
        let numerators = job.zeroed("projected image", if exact > 0 { voxels } else { 0 })?;
        let moves = job.zeroed("deconvolution steps", if bf16 > 0 { voxels } else { 0 })?;
        let steps = job.zeroed("deconvolution steps", if bf16 > 1 { voxels } else { 0 })?;
        let locks = [locks(rows)?, locks(rows)?, locks(rows)?];
        let projector = match (options.tempering, algorithm) {
            (Some(tempering), _) => tempered::gain(tempering),
            (None, Algorithm::WienerButterworth) => wiener_butterworth::gain(kernel),
            _ => Gain::ONE,
        };
        let held_out = HeldOut::new(field.geometry.largest, options.holds_out())?;
        let weights = field.weights(job)?;
        Ok(Self {
            now,
            before,
            numerators,
            moves,
            steps,
            locks,
            weights,
            projector,
            held_out,
            mean: 0.0,
            measured: 0.0,
        })
    }

    /// Iterates on `observed`, of which some photons may have been held out.
    fn iterate(&mut self, run: &mut Run, observed: Observed, thinned: Option<Thinned>) -> Result<RunResult> {
        let Run { field, core, sums, options, schedule, workers, watch, .. } = run;
        let (most, stop) = match schedule.iterations {
            0 => (options.iterations, options.stop),
            given => (given, Stop::Iterations),
        };
        let criteria = Criteria { is_judged: matches!(stop, Stop::Discrepancy(_)), thinned };
        // What photons held out say of the last estimate is looked at too.
        let looks = most + usize::from(thinned.is_some());
        let mut passes = Passes { done: 0.0, all: 4.0 * looks as f64 };
        let gaps = observed.has_gaps.then_some(observed.samples);
        let [missing, missing_of_core] = field.weigh(&mut self.weights, gaps, *core, workers);
        let counted = core.samples() as f64 - missing_of_core as f64;
        self.measured = field.geometry.image_voxels() as f64 - missing as f64;
        schedule.weight = counted;
        self.start(field, observed, options, workers);
        let unseen = f64::from(observed.unseen);
        let unseen = if unseen > 0.0 { unseen * self.weights.unseen(field.geometry.image) as f64 } else { 0.0 };
        let mut ended = RunResult { stopped: "iterations", ..RunResult::default() };
        let mut state = StepState {
            momentum: 0.0,
            matched: self.projector == Gain::ONE || options.algorithm == Algorithm::Landweber,
            gain: observed.gain as f32,
            offset: observed.offset,
            is_signed: observed.is_signed,
        };
        ended.likelihood = f64::NEG_INFINITY;
        ended.total_variation = Weight::of(options, state.gain, state.offset).map(|weight| weight.at(1.0));
        // Iterations since the momentum was last 0.
        let mut since = 0;
        // The terms of the discrepancy before the last iteration, and where it was first low enough.
        let (mut terms_before, mut reached) = (None, None);
        while ended.iterations < looks {
            field.blur(workers);
            passes.advance(watch)?;
            if options.algorithm == Algorithm::GoldMeinel {
                self.multiply(field, sums, observed, workers);
                passes.done += 2.0;
            } else {
                let Compare { chi_square, terms, likelihood } =
                    compare(field, *core, sums, observed, options.algorithm, criteria, workers);
                passes.advance(watch)?;
                let before = std::mem::replace(&mut ended.chi_square, chi_square);
                if let Some(Thinned { share, .. }) = thinned {
                    schedule.note_likelihood(likelihood);
                    if likelihood > ended.likelihood {
                        (ended.likelihood, ended.best) = (likelihood, ended.iterations);
                    } else if ended.iterations >= schedule.enough(share, ended.best.max(ended.matched_from)) {
                        ended.stopped = "held_out";
                        break;
                    }
                }
                if let Stop::Discrepancy(level) = stop {
                    schedule.note(terms);
                    if discrepancy(&terms, terms_before.as_ref()) < level {
                        reached.get_or_insert(ended.iterations);
                    }
                    terms_before = Some(terms);
                    if reached.is_some_and(|at| ended.iterations >= schedule.goes_on(at)) {
                        ended.stopped = "discrepancy";
                        break;
                    }
                }
                if ended.iterations == most {
                    break;
                }
                if !state.matched && schedule.ends_unmatched(ended.iterations, [before, chi_square]) {
                    state.matched = true;
                    ended.matched_from = ended.iterations + 1;
                    since = 0;
                }
                field.project(if state.matched { Gain::ONE } else { self.projector }, workers);
                passes.advance(watch)?;
                since += 1;
                state.momentum = {
                    let run = Run { field, core: *core, sums, options, schedule, thinned: None, workers, watch };
                    self.correct(run, state, since)
                };
            }
            passes.advance(watch)?;
            ended.iterations += 1;
            let [change, inside, all] = sums.totals(field.geometry.rows());
            let all = all - unseen;
            ended.change = change / all.max(f64::MIN_POSITIVE);
            (ended.flux_inside, ended.flux_outside) = (inside * observed.mean, (all - inside) * observed.mean);
            if let Stop::Change(least) = stop {
                schedule.note_change(ended.change);
                if ended.change < least {
                    ended.stopped = "change";
                    break;
                }
            }
        }
        if ended.iterations < 2 && observed.is_raised && options.stop != Stop::Iterations {
            // A flat estimate explains the image, of which the start has but a share.
            self.start(field, Observed { is_raised: false, ..observed }, options, workers);
        }
        self.mean = observed.mean;
        ended.best = ended.best.max(1);
        Ok(ended)
    }

    /// The first estimate: flat, with the light of the image; or the last result, where that is asked for.
    fn start(&mut self, field: &mut Field, observed: Observed, options: &Options, workers: &Workers) {
        let [_, field_ny, width] = field.geometry.field;
        if options.algorithm == Algorithm::Isra {
            let rows = LentRows::new(&mut self.numerators, width, &mut self.locks[0]);
            field.begin_image(workers, &|z, y, row| {
                observed.samples.runs(z, y, row.len(), |x, samples| {
                    for (value, sample) in row[x..].iter_mut().zip(samples) {
                        // NaN, where nothing was measured, is less than 0 here.
                        *value = (sample * observed.scale + observed.shift - observed.offset).max(0.0);
                    }
                });
            });
            field.project(Gain::ONE, workers);
            field.finish(workers, &|z, y, row| rows.row(z * field_ny + y).copy_from_slice(row));
        }
        // A tile of which nothing was measured has no weights.
        let light = if observed.is_raised { RAISED_SHARE.max(1.0 / (1.0 + f64::from(observed.offset))) } else { 1.0 };
        let seen = self.weights.sum();
        let from_unseen = f64::from(observed.unseen) * (self.measured - seen).max(0.0);
        let level = (light * (self.measured - from_unseen) / seen.max(f64::MIN_POSITIVE)) as f32;
        // An image that is much brighter or darker is another scene: some algorithms would keep its light for long.
        let ratio = self.mean / observed.mean;
        let warm = options.warm_start && (1.0 / WARM_RATIO..=WARM_RATIO).contains(&ratio);
        let kept = if warm { (WARM_SHARE * ratio) as f32 } else { 0.0 };
        let fresh = if kept > 0.0 { level * (1.0 - WARM_SHARE as f32) } else { level };
        let (image, full) = (field.geometry.image, field.geometry.field);
        let mirrored =
            (options.algorithm == Algorithm::GoldMeinel).then(|| Extension::new(image, full, Reflection::Mirror));
        let weights = &self.weights;
        let rows = LentRows::new(&mut self.now, width, &mut self.locks[0]);
        field.begin(workers, &|z, y, row| {
            let mut now = rows.row(z * field_ny + y);
            if let Some(extension) = &mirrored {
                extension.fill(observed.samples, z, y, row);
                for value in row.iter_mut() {
                    *value = (*value * observed.scale + observed.shift - observed.offset).max(FAINT);
                }
            } else {
                for ((value, now), &weight) in row.iter_mut().zip(&*now).zip(weights.row(z, y)) {
                    // What a run that diverged left may not be finite.
                    let before = if kept > 0.0 { kept * now.value() } else { 0.0 };
                    *value = if weight > 0 { fresh + before } else { observed.unseen };
                }
            }
            S::narrow(row, &mut now);
        });
        if !self.before.is_empty() {
            self.before.copy_from_slice(&self.now);
        }
        self.moves.fill(Bf16::default());
        self.steps.fill(Bf16::default());
    }
}

impl<S: Stored> Iterates for Estimate<S> {
    fn temper(&mut self, tempering: f64) {
        self.projector = tempered::gain(tempering);
    }

    fn run(&mut self, run: &mut Run, whole: Observed) -> Result<RunResult> {
        if let Some(thinned) = run.thinned {
            return self.iterate(run, whole, Some(thinned));
        }
        // Tiles whose iterations are counted already use all photons.
        let Some(share) =
            run.options.stop.held_out().filter(|_| run.schedule.iterations == 0 && run.options.hybrid.is_none())
        else {
            return self.iterate(run, whole, None);
        };
        // Of half the photons the likelihood is wanted, and no result.
        let twice = !run.schedule.recording && !run.options.warm_start && share == Share::EIGHTH;
        let (start, length) = run.watch.control().current_span();
        run.watch.control().span(start, if twice { length / 2.0 } else { length });
        let mut held_out = std::mem::take(&mut self.held_out);
        held_out.split(whole, run.field.geometry.image, None, run.workers);
        let observed = held_out.observed(&whole, run.field.geometry.image);
        let found = self.iterate(run, observed, Some(Thinned { whole, kept: observed.samples, share }));
        self.held_out = held_out;
        let found = found?;
        if !twice {
            run.watch.control().span(start, length);
            return Ok(found);
        }
        // How far to go is known now: all photons go there.
        run.watch.control().span(start + length / 2.0, length / 2.0);
        (run.schedule.iterations, run.schedule.matched_from) = (found.best, found.matched_from);
        let ended = self.iterate(run, whole, None);
        (run.schedule.iterations, run.schedule.matched_from) = (0, 0);
        run.watch.control().span(start, length);
        Ok(RunResult { stopped: found.stopped, ..ended? })
    }

    fn put(&self, field: &mut Field, core: Region, [mean, pedestal]: [f64; 2], sums: &Sums, workers: &Workers) -> f64 {
        let (mean, pedestal) = (mean as f32, pedestal as f32);
        let [_, field_ny, width] = field.geometry.field;
        let ([planes, rows, columns], [z0, y0, x0]) = (core.shape, core.start);
        field.put(core, workers, &|z, y, target| {
            let source = &self.now[((z0 + z) * field_ny + y0 + y) * width + x0..][..columns];
            let flux = vectorised(Scaled { source, target, mean, pedestal });
            sums.set(z * rows + y, [flux]);
        });
        let [flux] = sums.totals(planes * rows);
        flux
    }

    fn settle(&mut self, done: bool) {
        if !done {
            self.mean = 0.0;
        }
    }
}

/// Makes `target` the estimate times `mean` on `pedestal`; the result is its sum.
struct Scaled<'a, S> {
    source: &'a [S],
    target: &'a mut [f32],
    mean: f32,
    pedestal: f32,
}

impl<S: Stored> Loop for Scaled<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Self { source, target, mean, pedestal } = self;
        S::widen(source, target);
        target.iter_mut().for_each(|value| *value = *value * mean + pedestal);
        sum(target)
    }
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
fn locks(rows: usize) -> Result<RowLocks> {
    RowLocks::new(rows)
        .map_err(|_| Error::Memory(format!("row locks are {rows} bytes; this machine could not give that much memory")))
}

/// The least share of its light that an image starts with that was raised: beside what was added, factors bring the dark down slowly.
const RAISED_SHARE: f64 = 0.05;
/// Share of the last result in a warm start; the rest is flat, since factors bring nothing back from 0.
const WARM_SHARE: f64 = 0.9;
/// How many times brighter than the image the one before may be for a warm start.
const WARM_RATIO: f64 = 2.0;
/// The least value of a start from the image, in units of the image's mean.
const FAINT: f32 = 1e-3;
