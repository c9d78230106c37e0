//! The step that denoises by what is built in.

use crate::denoise::{Denoise, Outcome};
use crate::error::Result;
use crate::noise::Stated;
use crate::params::Settings;
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(DenoiseStep { settings: arguments.settings }) };

struct DenoiseStep {
    settings: Settings,
}

impl Step for DenoiseStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        Ok(Grid { camera: Stated::NOTHING, extra: None, ..input })
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(Denoise::workspace_bytes(place.grid.volume(), &self.settings, place.workers.threads()))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let denoise = Denoise::new(place.grid.volume(), &self.settings, &place.grid.camera, place.workers.threads())?;
        Ok(Box::new(DenoiseStage { denoise, camera: place.grid.camera, outcomes: outcomes(place.images)? }))
    }
}

struct DenoiseStage {
    denoise: Denoise,
    /// What is stated of it beside the step's own settings.
    camera: Stated,
    outcomes: Vec<Outcome>,
}

impl Stage for DenoiseStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.denoise.restate(settings, &self.camera)
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            self.outcomes.push(self.denoise.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
