//! The last execute of a plan as it is told to hosts, apart from the chain, which may be at the next image.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::blueprint::Facts;
use super::record::{Record, Run};
use super::step::{Outcomes, Stage};
use crate::error::{Error, Result, reserved};
use crate::image::{Clipped, Dtype, Layout};
use crate::params::Settings;

/// What the last execute that came to its end did, in space reserved at commit.
pub struct Report {
    fixed: Value,
    /// What is the same for all images of each stage, its name included.
    described: Vec<Map<String, Value>>,
    /// What was doubted when the plan was committed.
    doubts: Vec<String>,
    /// What was set of each step while it ran.
    settings: Vec<Settings>,
    run: Run,
    seconds: Vec<f64>,
    outcomes: Vec<Box<dyn Outcomes>>,
    /// Samples that did not fit a type inside a step.
    inside: Clipped,
    /// Warnings, each with a line break at its end.
    warnings: String,
}

impl Report {
    /// What is the same for all executes of a plan of that recipe.
    pub fn fixed(recipe: Value, [input, output]: [&Layout; 2], threads: usize, facts: Facts) -> Value {
        let side = |layout: &Layout| json!({ "dtype": dtype_name(layout.dtype()), "axes": layout.axes(), "shape": layout.shape() });
        json!({
            "abbe": env!("CARGO_PKG_VERSION"),
            "device": "cpu",
            "threads": threads,
            "workspace_bytes": facts.workspace_bytes,
            "input": side(input),
            "output": side(output),
            "plan": recipe,
        })
    }

    /// Before the first execute: with what is the same for all images of each step, what was doubted about them, and space
    /// for their outcomes.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(
        fixed: Value,
        described: Vec<Map<String, Value>>,
        doubts: Vec<String>,
        settings: Vec<Settings>,
        outcomes: Vec<Box<dyn Outcomes>>,
    ) -> Result<Self> {
        let mut warnings = String::new();
        warnings.try_reserve_exact(MAX_WARNINGS).map_err(|_| {
            Error::Memory(format!(
                "the report's warnings are {MAX_WARNINGS} bytes; this machine could not give that much memory"
            ))
        })?;
        Ok(Self {
            fixed,
            described,
            doubts,
            settings,
            run: Run::default(),
            seconds: reserved("the report", outcomes.len())?,
            outcomes,
            inside: Clipped::default(),
            warnings,
        })
    }

    /// Takes what an execute did that has come to its end, with those settings; the stages keep what was here. Allocates
    /// nothing.
    pub fn take(&mut self, record: &Record, stages: &mut [Box<dyn Stage>], settings: &[Settings]) {
        self.run = record.run();
        self.seconds.clear();
        self.seconds.extend_from_slice(record.seconds());
        self.inside = stages.iter().map(|stage| stage.clipped()).fold(Clipped::default(), |all, clipped| Clipped {
            low: all.low + clipped.low,
            high: all.high + clipped.high,
            ..all
        });
        let warnings = &mut self.warnings;
        warnings.clear();
        let mut tell = |_: &str, text: std::fmt::Arguments<'_>| {
            let start = warnings.len();
            // No line is longer than what is left of the room, or it is left out: nothing is allocated here.
            let mut line = Bounded { text: warnings };
            if line.write_fmt(text).and_then(|()| line.write_char('\n')).is_err() {
                warnings.truncate(start);
            }
        };
        record.warnings(&mut tell);
        stages.iter().for_each(|stage| stage.warnings(&mut tell));
        self.settings.iter_mut().zip(settings).for_each(|(held, used)| held.take_live(used));
        for (stage, twin) in stages.iter_mut().zip(&mut self.outcomes) {
            stage.outcomes().swap(twin.as_mut());
        }
    }

    /// Everything as one JSON object.
    pub fn json(&mut self) -> Value {
        let mut report = self.fixed.clone();
        for (at, settings) in self.settings.iter().enumerate() {
            report["plan"]["steps"][at]["settings"] = settings.to_json();
        }
        let images: Vec<_> = self.outcomes.iter_mut().map(|outcomes| outcomes.report()).collect();
        let steps = self.described.iter().zip(images).enumerate().map(|(at, (described, images))| {
            let mut step = described.clone();
            step.insert("step".into(), json!(self.settings[at].object()));
            step.insert("seconds".into(), json!(self.seconds.get(at).unwrap_or(&0.0)));
            step.insert("images".into(), images);
            step
        });
        let steps: Vec<_> = steps.collect();
        let warnings = self.doubts.iter().map(String::as_str).chain(self.warnings.lines());
        let Run { images, flux_in, flux_out, clipped, not_measured, seconds, finished, .. } = self.run;
        let run = json!({
            "finished": finished,
            "seconds": seconds,
            "images": images,
            "flux_in": flux_in,
            "flux_out": flux_out,
            "clipped_low": clipped.low + self.inside.low,
            "clipped_high": clipped.high + self.inside.high,
            "not_finite": clipped.not_finite,
            "not_measured": not_measured,
            "warnings": warnings.collect::<Vec<_>>(),
            "steps": steps,
        });
        if let (Value::Object(report), Value::Object(run)) = (&mut report, run) {
            report.extend(run);
        }
        report
    }
}

/// Text that does not grow beyond the room that it has.
struct Bounded<'a> {
    text: &'a mut String,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> std::fmt::Result {
        if more.len() > self.text.capacity() - self.text.len() {
            return Err(std::fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
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

/// Bytes of all warnings of an execute: more than there can be of any plan that is meant.
const MAX_WARNINGS: usize = 8 << 10;
