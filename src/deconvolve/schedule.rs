//! How many iterations the tiles of an image do, and with which momenta: the same for all.

use super::course::Course;
use super::discrepancy::{TERMS, Terms, discrepancy};
use super::options::{Options, Share, Stop};
use super::result::RunResult;
use crate::error::{Error, Result};

/// What tiles of one image have to do alike, so that their joins cannot be seen.
#[derive(Default)]
pub(super) struct Schedule {
    /// Iterations that every tile does; 0: each ends by the rule of the options.
    pub iterations: usize,
    /// See [`RunResult::matched_from`].
    pub matched_from: usize,
    /// What the rule looked at before each iteration (discrepancy) or after it (change), of one tile; sums, so that those of
    /// tiles add up to the whole image's.
    pub trace: Vec<Terms>,
    /// Sums that the momenta of vector extrapolation follow from, after each iteration.
    pub momenta: Vec<[f64; 2]>,
    /// Weight of the tile that runs: the samples that it counts, as the rule would count them in the whole image.
    pub weight: f64,
    /// Weighted sums of squared residuals before each iteration with an unmatched projector, and of the weights.
    pub chi_squares: Vec<[f64; 2]>,
    /// Whether a pilot diverged.
    has_left: bool,
    /// The sums of the traces of the tiles that ran first.
    pub sum: Vec<Terms>,
    /// How likely the photons held out of one tile are before each iteration, and those of the tiles that ran first together.
    likelihoods: Vec<f64>,
    likelihood_sum: Vec<f64>,
    /// Iterations before which all of these tiles kept it.
    likelihoods_known: usize,
    /// Whether `trace` is to be kept, and `momenta` to be added to.
    pub recording: bool,
}

impl Schedule {
    /// Room for what tiles have to do alike; none for a single tile.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(options: &Options, tiles: usize) -> Result<Self> {
        let mut schedule = Self::default();
        if tiles > 1 {
            let most = options.iterations;
            let room = schedule.trace.try_reserve_exact(most).and_then(|()| schedule.sum.try_reserve_exact(most));
            room.and_then(|()| schedule.momenta.try_reserve_exact(most))
                .and_then(|()| schedule.chi_squares.try_reserve_exact(most))
                .and_then(|()| schedule.likelihoods.try_reserve_exact(most + 1))
                .and_then(|()| schedule.likelihood_sum.try_reserve_exact(most + 1))
                .map_err(|_| Error::Memory(format!("{most} iterations have no room in this machine's memory")))?;
        }
        Ok(schedule)
    }

    /// The most iterations of an image in tiles; `None` for a single tile, which records nothing.
    pub fn room(&self) -> Option<usize> {
        Some(self.trace.capacity()).filter(|room| *room > 0)
    }

    /// One whose iterations are all to find out something.
    pub fn of_pilots() -> Self {
        Self { recording: true, ..Self::default() }
    }

    /// Bytes held.
    pub fn bytes(options: &Options, tiles: usize) -> u64 {
        let [each, likelihoods] = [32 + 2 * size_of::<Terms>(), 2 * size_of::<f64>() * (options.iterations + 1)];
        if tiles > 1 { (each * options.iterations + likelihoods) as u64 } else { 0 }
    }

    /// Forgets the image before. A single tile records nothing.
    pub fn begin(&mut self) {
        (self.iterations, self.matched_from, self.recording) = (0, 0, self.trace.capacity() > 0);
        self.trace.clear();
        self.sum.clear();
        self.likelihoods.clear();
        self.likelihood_sum.clear();
        self.likelihoods_known = usize::MAX;
        self.momenta.clear();
        self.chi_squares.clear();
        self.has_left = false;
    }

    /// Tiles are to take that course.
    pub fn follow(&mut self, course: Course) {
        self.recording = false;
        (self.iterations, self.matched_from) = (course.iterations, course.matched_from);
    }

    /// Whether the matched projector is to go on from iteration `at` on, counted from 0, where squared residuals do not
    /// fall: `chi_squares` before it and the one before. Tiles do that together, and pilots that do not know when leave
    /// their residuals.
    pub fn ends_unmatched(&mut self, at: usize, [before, chi_square]: [f64; 2]) -> bool {
        if self.iterations > 0 || self.matched_from > 0 {
            return at + 1 == self.matched_from;
        }
        if self.recording {
            if self.chi_squares.len() <= at {
                self.chi_squares.push([0.0; 2]);
            }
            self.chi_squares[at][0] += self.weight * chi_square;
            self.chi_squares[at][1] += self.weight;
            let diverges = at > 1 && chi_square > DIVERGING * before;
            self.has_left |= diverges;
            return diverges;
        }
        at > 1 && chi_square > before
    }

    /// After a round of pilots without the matched projector: whether another one is needed that has it.
    pub fn needs_matched(&mut self) -> bool {
        let all = self.chi_squares.iter().take_while(|[_, tiles]| *tiles == self.chi_squares[0][1]).count();
        // Where one is alone in that, it has left the others far behind.
        let lost = (all > 1 && self.has_left).then(|| all - 1);
        let grows = (2..all).find(|&at| self.chi_squares[at][0] > self.chi_squares[at - 1][0]).or(lost);
        let Some(at) = grows.filter(|_| self.matched_from == 0) else { return false };
        self.begin();
        self.matched_from = at + 1;
        true
    }

    /// Notes how a pilot ended; after the last one all is set for the tiles. Says why they are to stop.
    pub fn pilot(&mut self, options: &Options, ended: &RunResult, is_last: bool) -> Option<&'static str> {
        // Beyond its own end a tile counts with what it ended with.
        let last = self.trace.last().copied().unwrap_or([0.0; TERMS]);
        for at in 0..options.iterations.min(self.sum.capacity()) {
            if self.sum.len() <= at {
                self.sum.push([0.0; TERMS]);
            }
            let terms = self.trace.get(at).unwrap_or(&last);
            self.sum[at].iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        self.trace.clear();
        self.likelihoods_known = self.likelihoods_known.min(self.likelihoods.len());
        self.likelihood_sum.resize(self.likelihood_sum.len().max(self.likelihoods.len()), 0.0);
        self.likelihood_sum.iter_mut().zip(&self.likelihoods).for_each(|(sum, own)| *sum += own);
        self.likelihoods.clear();
        if !is_last {
            return None;
        }
        self.recording = false;
        let sums = &self.sum;
        let explained = |level: f64| {
            let before = |at: usize| at.checked_sub(1).map(|before| &sums[before]);
            (0..sums.len()).find(|&at| discrepancy(&sums[at], before(at)) < level)
        };
        let still = |least: f64| sums.iter().position(|[change, weight, ..]| *change < least * weight);
        let (end, why) = match options.stop {
            Stop::Iterations => (None, ""),
            Stop::Discrepancy(level) => (explained(level), "discrepancy"),
            Stop::Change(least) => (still(least).map(|at| at + 1), "change"),
            Stop::HeldOut(share) => (Some(self.likeliest(Some(share)).map_or(ended.best, |(at, _)| at)), "held_out"),
        };
        self.iterations = end.unwrap_or(options.iterations).max(1);
        Some(if end.is_some() { why } else { "iterations" })
    }

    /// Keeps what the stopping rule looked at.
    pub fn note(&mut self, terms: Terms) {
        if self.recording {
            self.trace.push(terms);
        }
    }

    /// Keeps how likely the photons held out are.
    pub fn note_likelihood(&mut self, likelihood: f64) {
        if self.recording && self.likelihoods.len() < self.likelihoods.capacity() {
            self.likelihoods.push(likelihood);
        }
    }

    /// How likely photons held out of the tiles that ran first became, within the iterations that all tiles are to do; `None` where
    /// nobody kept that.
    pub fn likelihood(&self) -> Option<f64> {
        self.likeliest(None).map(|(_, likelihood)| likelihood)
    }

    /// When they are likeliest, as far as all tiles kept that: until a rule ends it, or within the iterations of the schedule.
    fn likeliest(&self, rule: Option<Share>) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64)> = None;
        for (at, &sum) in self.likelihood_sum.iter().enumerate().take(self.likelihoods_known) {
            match best {
                Some((first, most)) if sum <= most => {
                    if rule.is_some_and(|share| at >= share.enough(first.max(self.matched_from))) {
                        break;
                    }
                }
                _ if rule.is_none() && at > self.iterations => break,
                _ => best = Some((at, sum)),
            }
        }
        best
    }

    /// Keeps how much an iteration changed.
    pub fn note_change(&mut self, change: f64) {
        let mut terms = [0.0; TERMS];
        terms[..2].copy_from_slice(&[self.weight * change, self.weight]);
        self.note(terms);
    }

    /// The iteration to which a run goes on whose residuals were low enough before iteration `at`: a pilot a little farther,
    /// since other tiles may not be as far, and what it would then add to the sums is not to be guessed.
    pub fn goes_on(&self, at: usize) -> usize {
        if self.recording { at + at / 4 + 2 } else { at }
    }

    /// The iteration to which a run goes on whose photons held out were likeliest at iteration `best`: a pilot farther, as above.
    pub fn enough(&self, share: Share, best: usize) -> usize {
        let enough = share.enough(best.max(self.matched_from));
        if self.likelihoods.capacity() > 0 { self.goes_on(enough) } else { enough }
    }

    /// The sums to use after iteration `at`, counted from 0: a tile's own, which are noted, or those noted.
    pub fn momenta(&mut self, at: usize, own: [f64; 2]) -> [f64; 2] {
        if self.recording {
            if self.momenta.len() <= at {
                self.momenta.push([0.0; 2]);
            }
            self.momenta[at].iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            return own;
        }
        self.momenta.get(at).copied().unwrap_or(own)
    }
}

/// Squared residuals that grow by this factor in one iteration mean that a tile diverges by itself.
const DIVERGING: f64 = 1.5;
