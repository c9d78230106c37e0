//! How many iterations the tiles of an image do, and with which momenta: the same for all.

use super::course::Course;
use super::discrepancy::{TERMS, Terms, discrepancy};
use super::options::{Options, Stop};
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
    /// The sums of the traces of the tiles that ran first, and of their weights.
    pub sum: Vec<Terms>,
    pub pilots: f64,
    /// Weighted sum of the iterations that they did, or would best have done.
    pub ends: f64,
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
        if tiles > 1 { (32 + 2 * size_of::<Terms>()) as u64 * options.iterations as u64 } else { 0 }
    }

    /// Forgets the image before. A single tile records nothing.
    pub fn begin(&mut self) {
        (self.iterations, self.matched_from, self.recording) = (0, 0, self.trace.capacity() > 0);
        (self.pilots, self.ends) = (0.0, 0.0);
        self.trace.clear();
        self.sum.clear();
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
        self.pilots += self.weight;
        let end = if options.stop.held_out().is_some() { ended.best } else { ended.iterations };
        self.ends += self.weight * end as f64;
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
            Stop::HeldOut(_) => (Some((self.ends / self.pilots).round() as usize), "held_out"),
        };
        self.iterations = end.unwrap_or(options.iterations).max(1);
        (self.pilots, self.ends) = (0.0, 0.0);
        Some(if end.is_some() { why } else { "iterations" })
    }

    /// Keeps what the stopping rule looked at.
    pub fn note(&mut self, terms: Terms) {
        if self.recording {
            self.trace.push(terms);
        }
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
