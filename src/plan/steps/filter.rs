//! The step of everyday filters.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::filter::{Filter, Outcome, is_quantitative};
use crate::noise::Stated;
use crate::params::{FILTER_KIND, FilterKind, Settings};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(FilterStep { settings: arguments.settings }) };

struct FilterStep {
    settings: Settings,
}

impl Step for FilterStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        // Neighbours share what noise is left.
        Ok(Grid { camera: Stated::NOTHING, extra: None, ..input })
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Filter::bytes(place.grid.volume(), &self.settings, place.workers.threads())
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let kind = self.settings.choice::<FilterKind>(FILTER_KIND);
        Ok(Map::from_iter([
            ("kind".into(), kind.name().into()),
            ("quantitative".into(), is_quantitative(&self.settings).into()),
        ]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let filter = Filter::new(place.grid.volume(), &self.settings, place.workers)?;
        Ok(Box::new(FilterStage { filter, outcomes: outcomes(place.images)? }))
    }
}

struct FilterStage {
    filter: Filter,
    outcomes: Vec<Outcome>,
}

impl Stage for FilterStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            self.outcomes.push(self.filter.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
