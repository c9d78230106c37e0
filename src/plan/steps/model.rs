//! The step that runs a network.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::image::{Clipped, Layout};
use crate::network::{Network, Outcome};
use crate::noise::Stated;
use crate::params::{MODEL_STATISTICS, Settings, Statistics};
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Channels, Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, outcomes};
use crate::plan::warnings::Tell;
use crate::runtime::{Watch, Workers};

pub const KIND: Kind = Kind { takes: &[Role::Model], make: |arguments| Box::new(ModelStep { arguments }) };

struct ModelStep {
    arguments: Arguments,
}

impl Step for ModelStep {
    fn output(&self, input: Grid, context: &Settings) -> Result<Grid> {
        let (model, settings) = (self.arguments.model()?, &self.arguments.settings);
        let shape = Network::output_shape(model, input.shape, settings, context)?;
        let scale = Network::scale(model, settings, context)?;
        let scale = std::array::from_fn(|axis| input.scale[axis] * scale[axis]);
        Ok(Grid { shape, scale, camera: Stated::NOTHING })
    }

    fn channels(&self) -> Channels {
        Channels::Together
    }

    fn in_place(&self) -> bool {
        false
    }

    fn check(&self, source: &Layout) -> Result<()> {
        if self.reads_series().is_none() || source.axes().contains('t') {
            return Ok(());
        }
        Err(Error::Argument(format!(
            "model.statistics is 2 (series) for images with axes {}; it needs an axis t, since only what one execute \
             reads is known; give all time points at once, or set it to 1 (first), or set model.normalisation to 4 \
             (fixed)",
            source.axes()
        )))
    }

    fn reads_series(&self) -> Option<&'static str> {
        let series = self.arguments.settings.choice::<Statistics>(MODEL_STATISTICS) == Statistics::Series;
        series.then_some("model.statistics is 2 (series)")
    }

    fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let (model, settings) = (self.arguments.model()?, &self.arguments.settings);
        Network::workspace_bytes(model, place.grid.shape, settings, place.context, budget)
    }

    fn build(self: Box<Self>, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let (model, settings) = (Arc::clone(self.arguments.model()?), &self.arguments.settings);
        let network = Network::new(model, place.grid.shape, settings, place.context, budget, watch)?;
        Ok(Box::new(ModelStage { network, outcomes: outcomes(place.images)? }))
    }
}

struct ModelStage {
    network: Network,
    outcomes: Vec<Outcome>,
}

impl Stage for ModelStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let outcome = group.replace(|source, target| self.network.execute(source, target, workers, watch))?;
        self.outcomes.push(outcome);
        Ok(())
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        for warning in self.network.warnings() {
            tell(warning.name, format_args!("{}", warning.text));
        }
        if let Some(outcome) = self.outcomes.iter().find(|outcome| outcome.cut_share > MAX_CUT) {
            let text = format_args!(
                "the clip at the end of the network's package cut {:.0} % of the samples; the network seems to expect other \
                 intensities than the image has: set model.normalisation to 4 (fixed) and model.gain to the intensity that \
                 is 1 to it, 255 for images of 8 bits",
                100.0 * outcome.cut_share
            );
            tell("cut", text);
        }
        let samples = self.network.input().iter().product::<usize>();
        if let Some([low, high]) =
            self.outcomes.iter().map(|outcome| outcome.saturated).find(|counts| *counts != [0; 2])
        {
            let text = format_args!(
                "{:.1} % of the image's samples do not fit the network's input, of type {}: {low} are below what it holds, \
                 {high} above; set model.normalisation to 4 (fixed), and model.offset and model.gain to what is 0 and 1 to \
                 it",
                100.0 * (low + high) as f64 / samples as f64,
                self.network.input_type()
            );
            tell("saturated", text);
        }
        let drowned = |[mean, deviation]: &[f64; 2]| mean.abs() > MAX_OFFSET * deviation;
        let fed = self.outcomes.iter().find_map(|outcome| outcome.fed.filter(drowned));
        if let (Some([mean, deviation]), Some(operator)) = (fed, self.network.normalises()) {
            let text = format_args!(
                "the network is fed a mean of {mean:.3e} with a deviation of {deviation:.3e}, and its {operator} takes both \
                 with single precision: the result may be wrong; take the offset out before, by a background step or by \
                 model.normalisation"
            );
            tell("offset", text);
        }
    }

    fn clipped(&self) -> Clipped {
        let counts = self.outcomes.iter().map(|outcome| outcome.saturated);
        counts.fold(Clipped::default(), |all, [low, high]| Clipped { low: all.low + low, high: all.high + high, ..all })
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn series(&mut self) -> Option<&mut dyn Series> {
        Some(self)
    }
}

impl Series for ModelStage {
    fn begin(&mut self) {
        self.network.begin_series();
    }

    fn passes(&self) -> usize {
        self.network.series_passes()
    }

    fn observe(&mut self, pass: usize, group: &[f32], workers: &Workers) {
        self.network.observe(pass, group, workers);
    }

    fn end_pass(&mut self, pass: usize) {
        self.network.end_pass(pass);
    }
}

/// Share of a result that a package's clip cuts only where the network was fed what it does not know.
const MAX_CUT: f64 = 0.5;
/// Deviations that an image may lie beside 0 before single precision is too little for sums of its squares.
const MAX_OFFSET: f64 = 32.0;
