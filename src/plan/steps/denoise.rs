//! The step that denoises by what is built in.

use std::sync::Arc;

use crate::denoise::{Denoise, Outcome};
use crate::error::{Error, Result};
use crate::noise::Stated;
use crate::params::{DENOISE_METHOD, Denoising, Settings};
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[Role::Model], make: |arguments| Box::new(DenoiseStep { arguments }) };

struct DenoiseStep {
    arguments: Arguments,
}

impl DenoiseStep {
    /// The weights of the network that was given, where one was.
    fn weights(&self) -> Result<Option<&Arc<[f32]>>> {
        if !self.arguments.has_model() {
            return Ok(None);
        }
        let method = self.arguments.settings.choice::<Denoising>(DENOISE_METHOD);
        if method != Denoising::Network {
            return Err(Error::Argument(format!(
                "denoise.method is {} ({}) for a step that was given a network; set it to {} (network)",
                method as i32,
                method.name(),
                Denoising::Network as i32
            )));
        }
        self.arguments.model_object()?.weights().map(Some)
    }
}

impl Step for DenoiseStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        self.weights()?;
        Ok(Grid { camera: Stated::NOTHING, extra: None, ..input })
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let (volume, threads) = (place.grid.volume(), place.workers.threads());
        Ok(Denoise::workspace_bytes(volume, &self.arguments.settings, threads, place.grid.extra.is_some()))
    }

    fn weighs_pixels(&self) -> bool {
        true
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let (volume, camera) = (place.grid.volume(), place.grid.camera);
        let weights = self.weights()?.map(AsRef::as_ref);
        let denoise = Denoise::new(volume, &self.arguments.settings, &camera, weights, place.workers.threads())?;
        let denoise = denoise.with_extra(place.grid.extra.clone())?;
        Ok(Box::new(DenoiseStage { denoise, camera, outcomes: outcomes(place.images)? }))
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
