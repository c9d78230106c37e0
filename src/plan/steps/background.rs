//! The step that takes a background away.

use crate::deconvolve::{Background, Piece, Subtracted};
use crate::error::Result;
use crate::params::Settings;
use crate::plan::step::{Group, Kind, OnRead, Outcomes, Place, Stage, Step, Streaming, outcomes};
use crate::runtime::{Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(BackgroundStep { settings: arguments.settings }) };

struct BackgroundStep {
    settings: Settings,
}

impl Step for BackgroundStep {
    fn streaming(&self) -> Streaming {
        Streaming::OnRead
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(Background::workspace_bytes(place.grid.volume()))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let background = Background::new(place.grid.volume(), &self.settings)?;
        Ok(Box::new(BackgroundStage { background, found: None, outcomes: outcomes(place.images)? }))
    }
}

struct BackgroundStage {
    background: Background,
    /// What is taken from the image that is being read.
    found: Option<Subtracted>,
    outcomes: Vec<Subtracted>,
}

impl Stage for BackgroundStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            self.outcomes.push(self.background.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn on_read(&mut self) -> Option<&mut dyn OnRead> {
        Some(self)
    }
}

impl OnRead for BackgroundStage {
    fn looks(&self) -> bool {
        self.background.is_estimated()
    }

    fn look(&mut self, piece: &Piece<'_>, workers: &Workers) {
        self.background.visit(piece, workers);
    }

    fn level(&mut self) -> f64 {
        self.found.insert(self.background.subtracted()).value
    }

    fn done(&mut self, negative: u64) {
        self.outcomes.extend(self.found.take().map(|found| Subtracted { negative, ..found }));
    }
}
