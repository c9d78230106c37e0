//! What an execute did: numbers, in space reserved at commit.

use std::time::Duration;

use super::warnings::Tell;
use crate::error::{Result, zeroed};
use crate::image::{Clipped, Dtype, Layout};

/// What the last execute of a chain did.
pub struct Record {
    run: Run,
    /// Time of each stage.
    seconds: Vec<f64>,
    /// Samples of the whole target.
    samples: u64,
    /// Whether the target holds whole numbers only.
    whole_numbers: bool,
}

/// Numbers of an execute.
#[derive(Clone, Copy, Default)]
pub struct Run {
    /// Images that were written.
    pub images: usize,
    /// Sum of all samples that were read.
    pub flux_in: f64,
    /// Sum of all results.
    pub flux_out: f64,
    /// Samples that did not fit the target's type.
    pub clipped: Clipped,
    /// Samples of the source that were not measured.
    pub not_measured: u64,
    /// Its time.
    pub seconds: f64,
    /// Whether it ended well.
    pub finished: bool,
    /// The highest sample of what was written from a frame.
    highest: f32,
}

impl Record {
    /// For a chain of so many stages.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(stages: usize, output: &Layout) -> Result<Self> {
        Ok(Self {
            run: Run::default(),
            seconds: zeroed("the report", stages)?,
            whole_numbers: matches!(output.dtype(), Dtype::U8 | Dtype::U16),
            samples: output.shape().iter().product::<i64>() as u64,
        })
    }

    /// Forgets the execute before.
    pub fn begin(&mut self) {
        self.run = Run::default();
        self.seconds.fill(0.0);
    }

    /// Its numbers.
    pub fn run(&self) -> Run {
        self.run
    }

    /// Seconds of each stage.
    pub fn seconds(&self) -> &[f64] {
        &self.seconds
    }

    /// Notes the time that stage `at` took for the images now in work.
    pub fn stage(&mut self, at: usize, time: Duration) {
        self.seconds[at] += time.as_secs_f64();
    }

    /// Notes what did not fit when an image was written.
    pub fn clipped(&mut self, clipped: Clipped) {
        self.run.images += 1;
        self.run.clipped.low += clipped.low;
        self.run.clipped.high += clipped.high;
        self.run.clipped.not_finite += clipped.not_finite;
    }

    /// Notes the highest sample of an image before it was written.
    pub fn highest(&mut self, highest: f32) {
        self.run.highest = self.run.highest.max(highest);
    }

    /// Notes the sums of samples that were read and written.
    pub fn flux(&mut self, flux_in: f64, flux_out: f64) {
        self.run.flux_in += flux_in;
        self.run.flux_out += flux_out;
    }

    /// Notes samples of a group that were not measured.
    pub fn not_measured(&mut self, count: u64) {
        self.run.not_measured += count;
    }

    /// Notes the end of the execute.
    pub fn end(&mut self, time: Duration, finished: bool) {
        self.run.seconds = time.as_secs_f64();
        self.run.finished = finished;
    }

    /// Samples of the last execute that did not fit the target's type.
    pub fn samples_clipped(&self) -> u64 {
        let Clipped { low, high, not_finite, .. } = self.run.clipped;
        low + high + not_finite
    }

    /// Tells what is to be warned of; allocates nothing.
    pub fn warnings(&self, tell: &mut Tell<'_>) {
        let (all, clipped, Clipped { low, high, not_finite }) =
            (self.samples, self.samples_clipped(), self.run.clipped);
        if !self.whole_numbers && not_finite > 0 && low + high == 0 {
            // Of images with samples that were not measured it may be what was asked for.
            tell("not_finite", format_args!("{not_finite} of {all} samples of the result are NaN or infinite"));
        } else if high + not_finite > 0 || clipped.saturating_mul(100) > all {
            let text = format_args!(
                "{clipped} of {all} samples are clipped: {low} were below what the target holds, {high} above, \
                 {not_finite} NaN or infinite; take 32-bit floating point for the target (abbe_plan_set_output()), or have a \
                 step output leave room for the highest sample, whose output.highest is the largest number of the target \
                 (255 for 8 bits)"
            );
            tell("clipped", text);
        }
        if self.whole_numbers && self.run.highest > 0.0 && self.run.highest <= 1.0 {
            let text = format_args!(
                "the result is {} at its highest, and the target holds whole numbers only: 0 and 1; take 32-bit floating \
                 point for it (abbe_plan_set_output()), as for probabilities",
                self.run.highest
            );
            tell("whole_numbers", text);
        }
    }
}
