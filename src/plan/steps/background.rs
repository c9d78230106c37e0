//! The step that takes a background away.

use crate::deconvolve::{Background, Subtracted};
use crate::error::Result;
use crate::filter::{Opening, Percentile, Under};
use crate::image::Piece;
use crate::noise::Stated;
use crate::params::{BACKGROUND_MODE, BACKGROUND_PERCENT, BACKGROUND_RADIUS_PX, BackgroundMode, Settings};
use crate::plan::step::{Grid, Group, Kind, OnRead, Outcomes, Place, Stage, Step, Streaming, outcomes};
use crate::plan::warnings::Tell;
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(BackgroundStep { settings: arguments.settings }) };

struct BackgroundStep {
    settings: Settings,
}

impl BackgroundStep {
    fn rule(&self) -> Result<Rule> {
        let radius = || self.settings.required(BACKGROUND_RADIUS_PX);
        Ok(match self.settings.choice(BACKGROUND_MODE) {
            BackgroundMode::Constant | BackgroundMode::Estimated | BackgroundMode::Automatic => Rule::Level,
            BackgroundMode::Percentile => Rule::Percentile(self.settings.required(BACKGROUND_PERCENT)?),
            BackgroundMode::RollingBall => Rule::Under(Under::Ball(radius()?)),
            BackgroundMode::TopHat => Rule::Under(Under::Flat([0.0, radius()?])),
        })
    }
}

/// How the background is found.
#[derive(Clone, Copy)]
enum Rule {
    /// One number, stated or found piece by piece.
    Level,
    Percentile(f64),
    Under(Under),
}

impl Step for BackgroundStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let taken = Background::stated(&self.settings)?;
        let offset = input.camera.offset.zip(taken).map(|(offset, taken)| offset - taken);
        Ok(Grid { camera: Stated { offset, ..input.camera }, ..input })
    }

    fn streaming(&self, _: Limits<'_>) -> Result<Streaming> {
        Ok(if matches!(self.rule(), Ok(Rule::Level)) { Streaming::OnRead } else { Streaming::Whole })
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let shape = place.grid.volume();
        Ok(match self.rule()? {
            Rule::Level => Background::workspace_bytes(shape),
            Rule::Percentile(_) => Percentile::bytes(shape),
            Rule::Under(under) => Opening::bytes(shape, under, place.workers.threads()),
        })
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let shape = place.grid.volume();
        let outcomes = outcomes(place.images)?;
        Ok(match self.rule()? {
            Rule::Level => {
                let samples = shape.iter().map(|&extent| extent as f64).product();
                let background = Background::new(shape, &self.settings)?;
                Box::new(LevelStage { background, found: None, outcomes, samples })
            }
            Rule::Percentile(percent) => {
                Box::new(PercentileStage { percentile: Percentile::new(shape)?, percent, outcomes })
            }
            Rule::Under(under) => {
                let mode = self.settings.choice::<BackgroundMode>(BACKGROUND_MODE).name();
                Box::new(OpeningStage { opening: Opening::new(shape, under, place.workers.threads())?, mode, outcomes })
            }
        })
    }
}

/// Takes one number, stated or found piece by piece.
struct LevelStage {
    background: Background,
    /// What is taken from the image that is being read.
    found: Option<Subtracted>,
    outcomes: Vec<Subtracted>,
    /// Of an image.
    samples: f64,
}

impl Stage for LevelStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.background.restate(settings)
    }

    fn knows_gaps(&self) -> bool {
        true
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            self.outcomes.push(self.background.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        let almost_all = MAX_BELOW * self.samples;
        if let Some(done) = self.outcomes.iter().find(|done| done.negative as f64 > almost_all) {
            let text = format_args!(
                "the background step took {} from every sample, and {} of {} are below 0 now; look at background.value",
                done.value, done.negative, self.samples
            );
            tell("background", text);
        }
    }

    fn on_read(&mut self) -> Option<&mut dyn OnRead> {
        Some(self)
    }
}

impl OnRead for LevelStage {
    fn needs_survey(&self) -> bool {
        self.background.is_estimated()
    }

    fn survey(&mut self, piece: &Piece<'_>, workers: &Workers) {
        self.background.visit(piece, workers);
    }

    fn level(&mut self) -> f64 {
        self.found.insert(self.background.subtracted()).value
    }

    fn done(&mut self, negative: u64) {
        self.outcomes.extend(self.found.take().map(|found| Subtracted { negative, ..found }));
    }
}

/// Takes a percentile of each image.
struct PercentileStage {
    percentile: Percentile,
    percent: f64,
    outcomes: Vec<Subtracted>,
}

impl Stage for PercentileStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.percent = settings.required(BACKGROUND_PERCENT)?;
        Ok(())
    }

    fn knows_gaps(&self) -> bool {
        true
    }

    fn execute(&mut self, group: &mut Group<'_>, _: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            let value = self.percentile.of(channel, self.percent);
            watch.advance(0.9)?;
            let mut negative = 0;
            for sample in channel {
                *sample = (f64::from(*sample) - value) as f32;
                negative += u64::from(*sample < 0.0);
            }
            self.outcomes.push(Subtracted { mode: BackgroundMode::Percentile.name(), value, negative });
        }
        watch.advance(1.0)
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}

/// Takes what passes under each image.
struct OpeningStage {
    opening: Opening,
    mode: &'static str,
    outcomes: Vec<Subtracted>,
}

impl Stage for OpeningStage {
    fn retune(&mut self, _: &Settings) -> Result<()> {
        Ok(())
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            let sum = |image: &[f32]| image.iter().map(|sample| f64::from(*sample)).sum::<f64>();
            let before = sum(channel);
            self.opening.execute(channel, workers, watch)?;
            let value = (before - sum(channel)) / channel.len() as f64;
            // Nothing that passes under an image is above it.
            self.outcomes.push(Subtracted { mode: self.mode, value, negative: 0 });
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}

/// Share of the samples that no background of an image with anything in it is above.
const MAX_BELOW: f64 = 0.9;
