//! The step that fits intensities to what holds them: by a gain and an offset that are stated, that follow from a range, or
//! that leave room for the highest sample.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::noise::Stated;
use crate::params::{
    OUTPUT_GAIN, OUTPUT_HIGH, OUTPUT_HIGHEST, OUTPUT_LOW, OUTPUT_MODE, OUTPUT_OFFSET, OutputMode, Settings,
};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(OutputStep { settings: arguments.settings }) };

struct OutputStep {
    settings: Settings,
}

impl Step for OutputStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let camera = match (Rule::new(&self.settings)?, input.camera) {
            (Rule::Stated(Scaling { gain, offset }), before) => Stated {
                gain: before.gain.map(|before| before * gain),
                offset: before.offset.map(|before| before * gain + offset),
                read_noise: before.read_noise.map(|before| before * gain),
                ..before
            },
            // The gain is not known before the image is.
            (Rule::Fit { .. }, before) => Stated { correlation: before.correlation, ..Stated::NOTHING },
        };
        let extra = match Rule::new(&self.settings)? {
            // Variances in other units would have to be another map.
            Rule::Stated(Scaling { gain: 1.0, .. }) => input.extra.clone(),
            _ => None,
        };
        Ok(Grid { camera, extra, ..input })
    }

    fn reads_series(&self) -> Option<&'static str> {
        matches!(Rule::new(&self.settings), Ok(Rule::Fit { .. })).then_some("output.mode is fit")
    }

    fn bytes(&self, _: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(0)
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let rule = Rule::new(&self.settings)?;
        Ok(Box::new(OutputStage { rule, highest: None, last: None, outcomes: outcomes(place.images)? }))
    }
}

/// How gain and offset are found.
#[derive(Clone, Copy)]
enum Rule {
    Stated(Scaling),
    /// The gain, or as much of it as keeps the highest sample at `highest`.
    Fit {
        scaling: Scaling,
        highest: f64,
    },
}

/// What is done to each sample: times `gain`, plus `offset`.
#[derive(Clone, Copy, Serialize)]
struct Scaling {
    gain: f64,
    offset: f64,
}

impl Rule {
    fn new(settings: &Settings) -> Result<Self> {
        let [gain, offset, highest] = [OUTPUT_GAIN, OUTPUT_OFFSET, OUTPUT_HIGHEST].map(|id| settings.required(id));
        let (scaling, highest) = (Scaling { gain: gain?, offset: offset? }, highest?);
        let mode = settings.choice(OUTPUT_MODE);
        if mode != OutputMode::Stated && scaling.offset >= highest {
            return Err(Error::Argument(format!(
                "output.offset is {}; it must be below output.highest, {highest}",
                scaling.offset
            )));
        }
        Ok(match mode {
            OutputMode::Fit => Self::Fit { scaling, highest },
            OutputMode::Stated => Self::Stated(scaling),
            OutputMode::Range => {
                let (low, high) = (settings.required(OUTPUT_LOW)?, settings.required(OUTPUT_HIGH)?);
                if low >= high {
                    return Err(Error::Argument(format!("output.low is {low}; it must be below output.high, {high}")));
                }
                let gain = (highest - scaling.offset) / (high - low);
                Self::Stated(Scaling { gain, offset: scaling.offset - low * gain })
            }
        })
    }

    /// For images whose highest sample is known where it matters.
    fn scaling(self, brightest: f32) -> Scaling {
        match self {
            Self::Stated(scaling) => scaling,
            Self::Fit { scaling: Scaling { gain, offset }, highest } => {
                let fits = (highest - offset) / f64::from(brightest);
                Scaling { gain: if fits > 0.0 { gain.min(fits) } else { gain }, offset }
            }
        }
    }
}

struct OutputStage {
    rule: Rule,
    /// The highest sample of all images of the execute, where they were seen before.
    highest: Option<f32>,
    last: Option<Scaling>,
    outcomes: Vec<Scaling>,
}

impl Stage for OutputStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.rule = Rule::new(settings)?;
        Ok(())
    }

    fn knows_gaps(&self) -> bool {
        true
    }

    fn execute(&mut self, group: &mut Group<'_>, _: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let highest =
            self.highest.unwrap_or_else(|| group.channels().fold(0.0, |most, channel| brightest(most, channel)));
        let scaling = self.rule.scaling(highest);
        for channel in group.channels() {
            for sample in channel {
                *sample = (f64::from(*sample) * scaling.gain + scaling.offset) as f32;
            }
            self.outcomes.push(scaling);
        }
        self.last = Some(scaling);
        watch.advance(1.0)
    }

    fn scaling(&self) -> Option<[f64; 2]> {
        self.last.map(|Scaling { gain, offset }| [gain, offset])
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn series(&mut self) -> Option<&mut dyn Series> {
        Some(self)
    }
}

impl Series for OutputStage {
    fn begin(&mut self) {
        self.highest = None;
    }

    fn passes(&self) -> usize {
        match self.rule {
            Rule::Fit { .. } => 1,
            Rule::Stated(_) => 0,
        }
    }

    fn observe(&mut self, _: usize, group: &[f32], _: &Workers) {
        self.highest = Some(brightest(self.highest.unwrap_or(0.0), group));
    }

    fn end_pass(&mut self, _: usize) {}
}

/// The highest of the samples and of `most`; NaN, where nothing was measured, is none.
fn brightest(most: f32, samples: &[f32]) -> f32 {
    samples.iter().copied().fold(most, f32::max)
}
