//! Learning from the image itself: the built-in denoiser ([`crate::convnet::denoiser`]), adapted to one noisy image without a
//! clean one.
//!
//! A network that is given one part of what an image says and asked for another part whose noise is its own cannot learn the noise,
//! only what lies beneath it (Lehtinen et al. 2018, "Noise2Noise", arXiv:1803.04189). Such parts are made in two ways:
//!
//! | method | given | asked for |
//! |---|---|---|
//! | photon splitting | some of the photons of every sample | the others |
//! | blind spots | the image with single samples taken out | these samples |
//!
//! A quarter of the samples is never asked for while the network learns. By these, and by photon splitting, which leaves the image
//! nearly as it is, the states of the network are compared, and the one that does best is the result: the unadapted one, unless
//! another is better by more than chance.
//!
//! | file | what |
//! |---|---|
//! | `crops` | the places of an image that are learnt from |
//! | `pairs` | what the network is given, and what it is asked for |
//! | `shared` | the noise that neighbours share |
//! | `judge` | how well a state of the network does on what was held out |
//!
//! Samples are packed in axis order z, y, x; planes are learnt from one by one. The same image, settings and seed give the same
//! bits on any number of threads, unless a deadline ends it.

mod crops;
mod judge;
mod pairs;
mod shared;

use std::time::{Duration, Instant};

use crops::{Crops, EXTENT, Use, hash};
use judge::{Judge, Verdict};
use pairs::{Method, Pair, Pairs, VARIANCE};
use shared::Shared;

use crate::convnet::{Adam, Network, denoiser};
use crate::error::{Result, zeroed};
use crate::noise::{Doubt, Estimator, Noise, Stated};
use crate::params::{
    LEARN_DEADLINE_S, LEARN_GAIN, LEARN_METHOD, LEARN_OFFSET, LEARN_READ_NOISE, LEARN_SEED, LEARN_STEPS, Learning,
    Settings,
};
use crate::runtime::{Watch, Workers};

/// What is learnt from.
pub struct Source<'a> {
    /// Samples in axis order z, y, x, all finite.
    pub image: &'a [f32],
    /// Extents (z, y, x).
    pub shape: [usize; 3],
}

/// A network, and how it was learnt.
#[derive(Clone, Debug)]
pub struct Learnt {
    /// Weights of [`denoiser::graph`].
    pub weights: Vec<f32>,
    /// What was done.
    pub outcome: Outcome,
}

/// What learning did.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// The noise that was found or stated.
    pub noise: Noise,
    /// What the network learnt from; `None` where there was nothing to learn.
    pub method: Option<&'static str>,
    /// Why the network stayed as it was, where it did.
    pub kept: Option<&'static str>,
    /// Samples of the image that were learnt from, those held out among them.
    pub samples: u64,
    /// Steps that were taken.
    pub steps: u64,
    /// The step after which the network was best.
    pub best_step: u64,
    /// Why no more steps were taken: all were, the deadline, or a cancel.
    pub ended: Ended,
    /// How the network did on what was held out, before and at its best.
    pub held_out: Option<HeldOut>,
    /// Wall time.
    pub seconds: f64,
}

/// Why learning ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// All steps were taken, or there was nothing to learn.
    Done,
    /// At the deadline.
    Deadline,
    /// Somebody asked for it; the best state until then is the result.
    Cancelled,
}

/// How states of a network did on samples that were held out, in variances of the noise of a sample.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct HeldOut {
    /// Mean square that the unadapted network misses them by; noise makes 1 and more of it.
    pub before: f64,
    /// The same of the result.
    pub after: f64,
    /// Standard error of the difference.
    pub error: f64,
}

/// Adapts the weights `start` of the built-in denoiser to an image by the `learn.*` parameters.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory); [`Error::Cancelled`](crate::error::Error::Cancelled) before the first step.
pub fn learn(
    source: &Source<'_>,
    start: &[f32],
    settings: &Settings,
    workers: &Workers,
    watch: &mut Watch<'_>,
) -> Result<Learnt> {
    let begun = Instant::now();
    let stated = Stated {
        gain: settings.f64(LEARN_GAIN),
        offset: settings.f64(LEARN_OFFSET),
        read_noise: settings.f64(LEARN_READ_NOISE),
        correlation: None,
    };
    let noise = Estimator::new(source.shape)?.of(source.image, source.shape, &stated, workers);
    watch.advance(0.0)?;
    let mut outcome = Outcome {
        noise,
        method: None,
        kept: None,
        samples: 0,
        steps: 0,
        best_step: 0,
        ended: Ended::Done,
        held_out: None,
        seconds: 0.0,
    };
    let mut weights = copied(start)?;
    outcome.kept = unlearnable(source, &noise);
    let shared = if outcome.kept.is_none() { Shared::of(source.image, source.shape, &noise)? } else { None };
    if let Some(shared) = shared {
        let mut school = School::new(source, &noise, shared, start, settings, workers)?;
        outcome.method = Some(school.method.name());
        school.run(settings, begun, workers, watch, &mut outcome)?;
        if outcome.best_step > 0 {
            weights.copy_from_slice(&school.best);
        }
    } else {
        outcome.kept = outcome.kept.or(Some(NOISE_DIFFERS));
    }
    outcome.seconds = begun.elapsed().as_secs_f64();
    watch.advance(1.0).or_else(|error| if outcome.ended == Ended::Cancelled { Ok(()) } else { Err(error) })?;
    Ok(Learnt { weights, outcome })
}

/// Why there is nothing to learn from an image.
fn unlearnable(source: &Source<'_>, noise: &Noise) -> Option<&'static str> {
    let [_, ny, nx] = source.shape;
    if ny.min(nx) < LEAST {
        return Some("too_small");
    }
    let constant = source.image.iter().all(|sample| *sample == source.image[0]);
    (constant || (!noise.sure && noise.doubts.has(Doubt::NoNoise))).then_some("no_noise")
}

/// A network that learns.
struct School {
    method: Method,
    crops: Crops,
    pairs: Pairs,
    /// What states are compared by: the image as it is, but for a part of its noise.
    parts: Pairs,
    pair: Pair,
    /// With derivatives, and without.
    learner: Network,
    runner: Network,
    adam: Adam,
    judge: Judge,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    /// A running mean of the weights, which scatters less than they do.
    mean: Vec<f32>,
    best: Vec<f32>,
    seed: u64,
}

impl School {
    fn new(
        source: &Source<'_>,
        noise: &Noise,
        shared: Shared,
        start: &[f32],
        settings: &Settings,
        workers: &Workers,
    ) -> Result<Self> {
        let seed = settings.i64(LEARN_SEED) as u64;
        let mut crops = Crops::new(source.image, source.shape, noise, shared, seed)?;
        let reach = reach(noise);
        let is_along_one = reach.iter().filter(|reach| **reach > 0).count() == 1;
        let by_blind_spots = match settings.choice(LEARN_METHOD) {
            Learning::PhotonSplitting => false,
            Learning::BlindSpots => true,
            Learning::Automatic => is_along_one,
        };
        let method = if by_blind_spots { Method::BlindSpots(reach) } else { Method::Splitting };
        let mut graph = denoiser::graph();
        let mut runner = Network::new(&graph, [EXTENT; 2], workers.threads())?;
        runner.load(start);
        crops.vary(&mut runner, workers);
        graph.differentiate();
        let learner = Network::new(&graph, [EXTENT; 2], workers.threads())?;
        let pair = Pair::new()?;
        Ok(Self {
            method,
            pairs: Pairs::new(method)?,
            parts: Pairs::new(Method::Splitting)?,
            judge: Judge::new(&crops, !seed)?,
            crops,
            pair,
            learner,
            runner,
            adam: Adam::new(start.len())?,
            weights: copied(start)?,
            gradient: zeroed(THING, start.len())?,
            mean: copied(start)?,
            best: copied(start)?,
            seed,
        })
    }

    fn run(
        &mut self,
        settings: &Settings,
        begun: Instant,
        workers: &Workers,
        watch: &mut Watch<'_>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let steps = settings.i64(LEARN_STEPS) as u64;
        let deadline = settings.f64(LEARN_DEADLINE_S).filter(|seconds| *seconds > 0.0);
        let is_over = || deadline.is_some_and(|seconds| begun.elapsed() >= Duration::from_secs_f64(seconds));
        outcome.samples =
            self.crops.all.iter().flat_map(|crop| &crop.uses).filter(|own| **own != Use::Seen).count() as u64;
        let before = self.judged(workers);
        // A network that misses nothing but the noise of what is asked for misses it by that. Where neighbours share noise and it is far
        // from this, they do not share it as was found, but parts share it: the network would learn noise.
        let fits =
            |own: &Self, verdict: &Verdict| own.crops.shared.is_nothing() || FITS.contains(&(verdict.loss / VARIANCE));
        if !fits(self, &before) {
            outcome.held_out = Some(HeldOut { before: before.loss, after: before.loss, error: 0.0 });
            outcome.kept = Some(NOISE_DIFFERS);
            return Ok(());
        }
        let mut best = before;
        for step in 1..=steps {
            if is_over() {
                outcome.ended = Ended::Deadline;
                break;
            }
            let rate = RATE * (1.0 - (step - 1) as f64 / steps as f64);
            self.step(step, rate, workers);
            outcome.steps = step;
            if step % EVERY == 0 || step == steps {
                let verdict = self.judged(workers);
                if verdict.gain > best.gain && fits(self, &verdict) {
                    best = verdict;
                    outcome.best_step = step;
                    self.best.copy_from_slice(&self.mean);
                }
            }
            if watch.advance(step as f64 / steps as f64).is_err() {
                outcome.ended = Ended::Cancelled;
                break;
            }
        }
        // What is better by chance may be worse.
        if best.gain <= SURE * best.error {
            (best, outcome.best_step, outcome.kept) = (before, 0, Some("not_better"));
        }
        outcome.held_out = Some(HeldOut { before: before.loss, after: best.loss, error: best.error });
        Ok(())
    }

    /// One step down the slope of what the network misses in some crops.
    fn step(&mut self, step: u64, rate: f64, workers: &Workers) {
        let Self { crops, pairs, pair, learner, .. } = self;
        let number = hash(&[self.seed, step]);
        let crop = &crops.all[(number % crops.all.len() as u64) as usize];
        pairs.draw(crops, crop, Use::Learnt, number, pair);
        let turn = Turn(number >> 32);
        learner.load(&self.weights);
        learner.begin();
        let feed = |y: usize, row: &mut [f32]| {
            row.iter_mut().enumerate().for_each(|(x, sample)| *sample = pair.given[turn.place(y, x)]);
        };
        let slope = |y: usize, result: &[f32], row: &mut [f32]| {
            for (x, (slope, result)) in row.iter_mut().zip(result).enumerate() {
                let at = turn.place(y, x);
                *slope = pair.weights[at] * (result - pair.asked[at]);
            }
        };
        while learner.advance_with(feed, slope, workers).is_some() {}
        learner.gradient(&mut self.gradient);
        self.adam.step(&mut self.weights, &self.gradient, rate);
        for (mean, weight) in self.mean.iter_mut().zip(&self.weights) {
            *mean += FRESH * (weight - *mean);
        }
    }

    fn judged(&mut self, workers: &Workers) -> Verdict {
        self.runner.load(&self.mean);
        self.judge.judge(&self.crops, &mut self.parts, &mut self.pair, &mut self.runner, workers)
    }
}

/// One of the eight ways to lay a crop: mirrored along either axis, transposed.
#[derive(Clone, Copy)]
struct Turn(u64);

impl Turn {
    /// Where the sample comes from that is fed at (y, x).
    fn place(self, y: usize, x: usize) -> usize {
        let (y, x) = if self.0 & 4 == 0 { (y, x) } else { (x, y) };
        let y = if self.0 & 1 == 0 { y } else { EXTENT - 1 - y };
        let x = if self.0 & 2 == 0 { x } else { EXTENT - 1 - x };
        y * EXTENT + x
    }
}

/// How far along y and x neighbours share noise that can be told.
fn reach(noise: &Noise) -> [usize; 2] {
    let [_, along_y, along_x] = noise.camera.correlation;
    [along_y, along_x].map(|correlation| match correlation.abs() {
        shared if shared < 0.1 => 0,
        shared if shared < 0.4 => 1,
        _ => 2,
    })
}

fn copied(samples: &[f32]) -> Result<Vec<f32>> {
    let mut copy = zeroed(THING, samples.len())?;
    copy.copy_from_slice(samples);
    Ok(copy)
}

const THING: &str = "a network that learns";
const NOISE_DIFFERS: &str = "noise_differs";
/// Fewer pixels along an axis teach nothing.
const LEAST: usize = 64;
/// How far a weight moves in the first step.
const RATE: f64 = 2e-4;
/// Steps between looks at what is held out.
const EVERY: u64 = 32;
/// The share of the last step in the running mean of weights.
const FRESH: f32 = 0.05;
/// What a network may miss of images whose neighbours share noise, in variances of the noise that was found; by six micrographs with
/// noise through windows of two to five samples (`benches/learn.py shared`).
const FITS: std::ops::Range<f64> = 0.95..1.15;
/// Standard errors by which a network must be better.
const SURE: f64 = 1.0;

#[cfg(test)]
mod tests;
