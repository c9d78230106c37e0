//! What an execute did, kept in space reserved at commit and written as JSON when asked.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::blueprint::Facts;
use super::step::Stage;
use super::warnings::Tell;
use crate::image::{Clipped, Dtype, Layout};

/// Facts of the chain, and what its last execute did.
pub struct Record {
    fixed: Value,
    stages: Vec<StageRecord>,
    images: usize,
    flux_in: f64,
    flux_out: f64,
    clipped: Clipped,
    /// Samples of the source.
    not_measured: u64,
    seconds: f64,
    finished: bool,
    /// Samples of the whole target.
    samples: u64,
    /// Whether the target holds whole numbers only.
    whole_numbers: bool,
    /// The highest sample of what was written from a frame.
    highest: f32,
    /// What was doubted when the plan was committed.
    doubts: Vec<String>,
}

struct StageRecord {
    /// What is the same for all images, its name included.
    fixed: Map<String, Value>,
    seconds: f64,
}

impl Record {
    /// For a plan of that recipe, with what is the same for all images of each step, and what was doubted about them.
    pub fn new(
        recipe: Value,
        described: Vec<Map<String, Value>>,
        input: &Layout,
        output: &Layout,
        threads: usize,
        facts: Facts,
        doubts: Vec<String>,
    ) -> Self {
        let stage = |(at, mut fixed): (usize, Map<String, Value>)| {
            fixed.insert("step".into(), recipe["steps"][at]["step"].clone());
            StageRecord { fixed, seconds: 0.0 }
        };
        let stages = described.into_iter().enumerate().map(stage).collect();
        let side = |layout: &Layout| json!({ "dtype": dtype_name(layout.dtype()), "axes": layout.axes(), "shape": layout.shape() });
        let fixed = json!({
            "abbe": env!("CARGO_PKG_VERSION"),
            "device": "cpu",
            "threads": threads,
            "workspace_bytes": facts.workspace_bytes,
            "input": side(input),
            "output": side(output),
            "plan": recipe,
        });
        Self {
            fixed,
            stages,
            images: 0,
            flux_in: 0.0,
            flux_out: 0.0,
            clipped: Clipped::default(),
            not_measured: 0,
            seconds: 0.0,
            finished: false,
            whole_numbers: matches!(output.dtype(), Dtype::U8 | Dtype::U16),
            highest: 0.0,
            samples: output.shape().iter().product::<i64>() as u64,
            doubts,
        }
    }

    /// Forgets the execute before.
    pub fn begin(&mut self) {
        self.images = 0;
        self.flux_in = 0.0;
        self.flux_out = 0.0;
        self.clipped = Clipped::default();
        self.highest = 0.0;
        self.not_measured = 0;
        self.finished = false;
        self.seconds = 0.0;
        self.stages.iter_mut().for_each(|stage| stage.seconds = 0.0);
    }

    /// Notes the time that stage `at` took for the images now in work.
    pub fn stage(&mut self, at: usize, time: Duration) {
        self.stages[at].seconds += time.as_secs_f64();
    }

    /// Notes what did not fit when an image was written.
    pub fn clipped(&mut self, clipped: Clipped) {
        self.images += 1;
        self.clipped.low += clipped.low;
        self.clipped.high += clipped.high;
        self.clipped.not_finite += clipped.not_finite;
    }

    /// Notes the highest sample of an image before it was written.
    pub fn highest(&mut self, highest: f32) {
        self.highest = self.highest.max(highest);
    }

    /// Notes the sums of samples that were read and written.
    pub fn flux(&mut self, flux_in: f64, flux_out: f64) {
        self.flux_in += flux_in;
        self.flux_out += flux_out;
    }

    /// Notes samples of a group that were not measured.
    pub fn not_measured(&mut self, count: u64) {
        self.not_measured += count;
    }

    /// Notes the end of the execute.
    pub fn end(&mut self, time: Duration, finished: bool) {
        self.seconds = time.as_secs_f64();
        self.finished = finished;
    }

    /// Samples of the last execute that did not fit the target's type.
    pub fn samples_clipped(&self) -> u64 {
        self.clipped.low + self.clipped.high + self.clipped.not_finite
    }

    /// Tells what is to be warned of; allocates nothing.
    pub fn warnings(&self, tell: &mut Tell<'_>) {
        let (all, clipped, Clipped { low, high, not_finite }) = (self.samples, self.samples_clipped(), self.clipped);
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
        if self.whole_numbers && self.highest > 0.0 && self.highest <= 1.0 {
            let text = format_args!(
                "the result is {} at its highest, and the target holds whole numbers only: 0 and 1; take 32-bit floating \
                 point for it (abbe_plan_set_output()), as for probabilities",
                self.highest
            );
            tell("whole_numbers", text);
        }
    }

    /// Everything as one JSON object, with the outcomes of the stages.
    pub fn report(&self, stages: &mut [Box<dyn Stage>]) -> Value {
        let mut warnings = self.doubts.clone();
        let mut tell = |_: &str, text: std::fmt::Arguments<'_>| warnings.push(text.to_string());
        self.warnings(&mut tell);
        stages.iter().for_each(|stage| stage.warnings(&mut tell));
        let inside = stages.iter().map(|stage| stage.clipped());
        let inside = inside.fold((0, 0), |(low, high), clipped| (low + clipped.low, high + clipped.high));
        let stages = self.stages.iter().zip(stages).map(|(record, stage)| {
            let mut report = record.fixed.clone();
            report.insert("seconds".into(), json!(record.seconds));
            report.insert("images".into(), stage.outcomes().report());
            report
        });
        let mut report = self.fixed.clone();
        let run = json!({
            "finished": self.finished,
            "seconds": self.seconds,
            "images": self.images,
            "flux_in": self.flux_in,
            "flux_out": self.flux_out,
            "clipped_low": self.clipped.low + inside.0,
            "clipped_high": self.clipped.high + inside.1,
            "not_finite": self.clipped.not_finite,
            "not_measured": self.not_measured,
            "warnings": warnings,
            "steps": stages.collect::<Vec<_>>(),
        });
        if let (Value::Object(report), Value::Object(run)) = (&mut report, run) {
            report.extend(run);
        }
        report
    }
}

fn dtype_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::U8 => "u8",
        Dtype::U16 => "u16",
        Dtype::F16 => "f16",
        Dtype::F32 => "f32",
    }
}
