//! What an execute did, kept in space reserved at commit and written as JSON when asked.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::Facts;
use super::draft::{Draft, StepKind};
use crate::error::{Error, Result};
use crate::image::{Clipped, Dtype, Layout};
use crate::network;
use crate::{deconvolve, denoise};

/// What a stage did to one image.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// An image was denoised.
    Denoise(denoise::Outcome),
    /// A network was run.
    Model(network::Outcome),
    /// A background was subtracted.
    Background(deconvolve::Subtracted),
    /// An image was deconvolved.
    Deconvolve(deconvolve::Outcome),
}

/// Facts of the chain, and what its last execute did.
pub struct Record {
    fixed: Value,
    stages: Vec<StageRecord>,
    images: usize,
    flux_in: f64,
    flux_out: f64,
    clipped: Clipped,
    seconds: f64,
    finished: bool,
    /// Whether stages run only to prepare something, which is not noted.
    paused: bool,
    /// Whether a misfit was warned of: once is enough for a plan.
    misfit_is_known: bool,
    /// Samples of the whole target.
    samples: u64,
    /// Room for log lines.
    line: String,
}

struct StageRecord {
    kind: StepKind,
    psf: Option<Value>,
    seconds: f64,
    /// One an image.
    outcomes: Vec<Outcome>,
}

impl Record {
    /// Room for an execute of every image through every stage.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(
        draft: &Draft,
        psfs: Vec<Option<Value>>,
        input: &Layout,
        output: &Layout,
        threads: usize,
        facts: Facts,
    ) -> Result<Self> {
        let images = input.volumes();
        let stages: Result<Vec<_>> = draft
            .steps
            .iter()
            .zip(psfs)
            .map(|(step, psf)| Ok(StageRecord { kind: step.kind, psf, seconds: 0.0, outcomes: reserved(images)? }))
            .collect();
        let side = |layout: &Layout| json!({ "dtype": dtype_name(layout.dtype()), "axes": layout.axes(), "shape": layout.shape() });
        let fixed = json!({
            "abbe": env!("CARGO_PKG_VERSION"),
            "device": "cpu",
            "threads": threads,
            "workspace_bytes": facts.workspace_bytes,
            "input": side(input),
            "output": side(output),
        });
        Ok(Self {
            fixed,
            stages: stages?,
            images: 0,
            flux_in: 0.0,
            flux_out: 0.0,
            clipped: Clipped::default(),
            seconds: 0.0,
            finished: false,
            paused: false,
            misfit_is_known: false,
            samples: output.shape().iter().product::<i64>() as u64,
            line: String::with_capacity(LINE),
        })
    }

    /// Forgets the execute before.
    pub fn begin(&mut self) {
        self.images = 0;
        self.flux_in = 0.0;
        self.flux_out = 0.0;
        self.clipped = Clipped::default();
        self.finished = false;
        self.paused = false;
        self.seconds = 0.0;
        for stage in &mut self.stages {
            stage.seconds = 0.0;
            stage.outcomes.clear();
        }
    }

    /// Notes what stage `at` did to the image now in work.
    pub fn stage(&mut self, at: usize, time: Duration, outcome: Outcome) {
        if !self.paused {
            self.stages[at].seconds += time.as_secs_f64();
            self.stages[at].outcomes.push(outcome);
        }
    }

    /// Whether stages now run only to prepare something.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Notes what did not fit when an image was written.
    pub fn clipped(&mut self, clipped: Clipped) {
        self.images += 1;
        self.clipped.low += clipped.low;
        self.clipped.high += clipped.high;
        self.clipped.not_finite += clipped.not_finite;
    }

    /// Notes the sums of samples that were read and written.
    pub fn flux(&mut self, flux_in: f64, flux_out: f64) {
        self.flux_in += flux_in;
        self.flux_out += flux_out;
    }

    /// Notes the end of the execute.
    pub fn end(&mut self, time: Duration, finished: bool) {
        self.seconds = time.as_secs_f64();
        self.finished = finished;
    }

    /// Has `log` take what is to be warned of; allocates nothing.
    pub fn warn(&mut self, log: &mut dyn FnMut(&str)) {
        // Lines that are written to text cannot fail.
        let Clipped { low, high, not_finite } = self.clipped;
        if (low + high + not_finite).saturating_mul(100) > self.samples {
            self.line.clear();
            let _ = write!(
                self.line,
                "{} of {} samples are clipped: {low} were below what the target holds, {high} above, {not_finite} NaN; \
                 choose another type for the target if they matter",
                low + high + not_finite,
                self.samples
            );
            log(&self.line);
        }
        let samples = self.samples as f64 / self.images.max(1) as f64;
        let misfits = self.stages.iter().flat_map(|stage| &stage.outcomes).filter_map(|outcome| match outcome {
            Outcome::Deconvolve(outcome) => {
                let (misfit, gain) = outcome.misfit.zip(outcome.photon_gain)?;
                // Hardly any noise, as in simulated images, makes much of residuals that nobody sees.
                let residuals = (misfit * gain * samples / outcome.flux_in).sqrt();
                (residuals > SEEN).then_some(misfit)
            }
            _ => None,
        });
        let misfit = misfits.fold(0.0, f64::max);
        if misfit > FAR_FROM_NOISE && !self.misfit_is_known {
            self.misfit_is_known = true;
            self.line.clear();
            let _ = write!(
                self.line,
                "misfit is {:.1}; it comes near 1 where the point spread function explains the image: look at the \
                 point spread function's width, pixel size and background, or allow more iterations",
                misfit.min(1e9)
            );
            log(&self.line);
        }
    }

    /// Everything as one JSON object.
    pub fn report(&self) -> Value {
        let stages: Vec<Value> = self.stages.iter().map(StageRecord::report).collect();
        let mut report = self.fixed.clone();
        let run = json!({
            "finished": self.finished,
            "seconds": self.seconds,
            "images": self.images,
            "flux_in": self.flux_in,
            "flux_out": self.flux_out,
            "clipped_low": self.clipped.low,
            "clipped_high": self.clipped.high,
            "not_finite": self.clipped.not_finite,
            "steps": stages,
        });
        if let (Value::Object(report), Value::Object(run)) = (&mut report, run) {
            report.extend(run);
        }
        report
    }
}

impl StageRecord {
    fn report(&self) -> Value {
        let mut report = json!({ "step": self.kind.name(), "seconds": self.seconds, "images": self.outcomes });
        if let (Some(psf), Value::Object(report)) = (&self.psf, &mut report) {
            report.insert("psf".into(), psf.clone());
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

fn reserved<T>(len: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(len)
        .map_err(|_| Error::Memory(format!("the report of {len} images has no room in this machine's memory")))?;
    Ok(list)
}

/// Squared residuals so many times those of the noise are no noise.
const FAR_FROM_NOISE: f64 = 3.0;
/// Residuals that matter, in the root mean square, as share of the image's mean.
const SEEN: f64 = 0.03;
/// Longest line of [`Record::warn`]: its words and four numbers of at most 20 digits.
const LINE: usize = 240;
