//! The step that brings images onto another grid of samples.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::filter::{Grids, Resample};
use crate::params::{RESAMPLE_BETWEEN, ResampleBetween, Settings};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(ResampleStep { settings: arguments.settings }) };

struct ResampleStep {
    settings: Settings,
}

impl Step for ResampleStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let grids = Grids::new(input.volume(), &self.settings)?;
        Ok(input.resampled(grids.shape(), grids.factors()))
    }

    fn in_place(&self) -> bool {
        false
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(Resample::bytes(Grids::new(place.grid.volume(), &self.settings)?, place.workers.threads()))
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let between = self.settings.choice::<ResampleBetween>(RESAMPLE_BETWEEN);
        Ok(Map::from_iter([("between".into(), between.name().into()), ("quantitative".into(), true.into())]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let grids = Grids::new(place.grid.volume(), &self.settings)?;
        let resample = Resample::new(grids, place.workers.threads())?;
        Ok(Box::new(ResampleStage { resample, factors: grids.factors(), outcomes: outcomes(place.images)? }))
    }
}

/// What was done to an image.
#[derive(Clone, Copy, Serialize)]
struct Resampled {
    /// Samples for one of the image along (z, y, x).
    factors: [f64; 3],
    /// Sum of the image.
    flux_in: f64,
    /// Sum of the result.
    flux_out: f64,
}

struct ResampleStage {
    resample: Resample,
    factors: [f64; 3],
    outcomes: Vec<Resampled>,
}

impl Stage for ResampleStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { resample, factors, outcomes } = self;
        group.replace_each(|image, target| {
            resample.execute(image, target, workers, watch)?;
            let sum = |image: &[f32]| image.iter().map(|sample| f64::from(*sample)).sum();
            outcomes.push(Resampled { factors: *factors, flux_in: sum(image), flux_out: sum(target) });
            Ok(())
        })
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
