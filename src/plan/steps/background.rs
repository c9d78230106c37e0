//! The step that takes a background away.

use crate::deconvolve::{Background, Subtracted};
use crate::error::Result;
use crate::image::Piece;
use crate::noise::Stated;
use crate::params::Settings;
use crate::plan::step::{Grid, Group, Kind, OnRead, Outcomes, Place, Stage, Step, Streaming, outcomes};
use crate::plan::warnings::Tell;
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(BackgroundStep { settings: arguments.settings }) };

struct BackgroundStep {
    settings: Settings,
}

impl Step for BackgroundStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let taken = Background::stated(&self.settings)?;
        let offset = input.camera.offset.zip(taken).map(|(offset, taken)| offset - taken);
        Ok(Grid { camera: Stated { offset, ..input.camera }, ..input })
    }

    fn streaming(&self) -> Streaming {
        Streaming::OnRead
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(Background::workspace_bytes(place.grid.volume()))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let shape = place.grid.volume();
        let samples = shape.iter().map(|&extent| extent as f64).product();
        let background = Background::new(shape, &self.settings)?;
        Ok(Box::new(BackgroundStage { background, found: None, outcomes: outcomes(place.images)?, samples }))
    }
}

struct BackgroundStage {
    background: Background,
    /// What is taken from the image that is being read.
    found: Option<Subtracted>,
    outcomes: Vec<Subtracted>,
    /// Of an image.
    samples: f64,
}

impl Stage for BackgroundStage {
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

impl OnRead for BackgroundStage {
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

/// Share of the samples that no background of an image with anything in it is above.
const MAX_BELOW: f64 = 0.9;
