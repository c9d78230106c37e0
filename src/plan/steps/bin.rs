//! The step that puts neighbouring samples, or all planes, into one.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::filter::Bin;
use crate::params::{BIN_KIND, BinKind, Settings};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(BinStep { settings: arguments.settings }) };

struct BinStep {
    settings: Settings,
}

impl Step for BinStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let bin = Bin::new(input.volume(), &self.settings)?;
        let ([z, y, x], factors) = (bin.shape(), bin.factors());
        let scale = std::array::from_fn(|axis| input.scale[axis] / factors[axis] as f64);
        let variances = input.extra.as_ref().map(|extra| bin.variances(&input.camera, extra)).transpose()?;
        let (camera, extra) = (bin.camera(input.camera), variances.flatten().map(Arc::new));
        Ok(Grid { shape: [input.shape[0], z, y, x], scale, camera, extra, ..input })
    }

    fn in_place(&self) -> bool {
        false
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let Grid { extra: Some(_), .. } = self.output(place.grid.clone(), place.limits)? else { return Ok(0) };
        let [_, ny, nx] = Bin::new(place.grid.volume(), &self.settings)?.shape();
        Ok((ny * nx * size_of::<f32>()) as u64)
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let kind = self.settings.choice::<BinKind>(BIN_KIND);
        Ok(Map::from_iter([
            ("kind".into(), kind.name().into()),
            ("quantitative".into(), (kind != BinKind::Max).into()),
        ]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let bin = Bin::new(place.grid.volume(), &self.settings)?;
        Ok(Box::new(BinStage { bin, outcomes: outcomes(place.images)? }))
    }
}

/// What was done to an image.
#[derive(Clone, Copy, Serialize)]
struct Binned {
    /// Samples along (z, y, x) that were put into one.
    factors: [usize; 3],
    /// Sum of the image.
    flux_in: f64,
    /// Sum of the result.
    flux_out: f64,
}

struct BinStage {
    bin: Bin,
    outcomes: Vec<Binned>,
}

impl Stage for BinStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { bin, outcomes } = self;
        let samples = bin.shape().iter().product();
        group.replace(|before, after| {
            let count = after.len() / samples;
            for (image, target) in before.chunks_exact(before.len() / count).zip(after.chunks_exact_mut(samples)) {
                bin.execute(image, target, workers, watch)?;
                let sum = |image: &[f32]| image.iter().map(|sample| f64::from(*sample)).sum();
                outcomes.push(Binned { factors: bin.factors(), flux_in: sum(image), flux_out: sum(target) });
            }
            Ok(())
        })
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
