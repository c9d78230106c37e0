//! The step that deblurs by pixel reassignment.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::filter::{Outcome, Reassign};
use crate::params::Settings;
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(ReassignStep { settings: arguments.settings }) };

struct ReassignStep {
    settings: Settings,
}

impl Step for ReassignStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let ([z, y, x], factor) = (input.volume(), Reassign::magnification(&self.settings));
        Ok(input.resampled([z, y * factor, x * factor], [1.0, factor as f64, factor as f64]))
    }

    fn in_place(&self) -> bool {
        false
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Reassign::bytes(place.grid.volume(), &self.settings, place.workers.threads())
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        Ok(Map::from_iter([
            ("magnification".into(), Reassign::magnification(&self.settings).into()),
            ("quantitative".into(), true.into()),
        ]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let reassign = Reassign::new(place.grid.volume(), &self.settings, place.workers.threads())?;
        Ok(Box::new(ReassignStage { reassign, outcomes: outcomes(place.images)? }))
    }
}

struct ReassignStage {
    reassign: Reassign,
    outcomes: Vec<Outcome>,
}

impl Stage for ReassignStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { reassign, outcomes } = self;
        group.replace_each(|image, target| {
            reassign.execute(image, target, workers, watch)?;
            outcomes.push(Outcome::of(image, target));
            Ok(())
        })
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
