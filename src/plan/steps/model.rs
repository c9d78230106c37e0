//! The step that runs a network.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::image::{Clipped, Layout, reflected};
use crate::network::{Border, InputRange, Model, Network, Outcome};
use crate::noise::Stated;
use crate::params::{
    MODEL_GAIN, MODEL_NORMALISATION, MODEL_OFFSET, MODEL_STATISTICS, Normalisation, Settings, Statistics,
};
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Channels, Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, Window, outcomes};
use crate::plan::warnings::Tell;
use crate::runtime::{Limits, Watch, Workers};

pub const KIND: Kind = Kind { takes: &[Role::Model], make: |arguments| Box::new(ModelStep { arguments }) };

struct ModelStep {
    arguments: Arguments,
}

impl ModelStep {
    /// What is asked of the network for images like those of a grid.
    fn asked(&self, grid: &Grid, limits: Limits<'_>) -> Result<Asked<'_>> {
        let model = self.arguments.model()?;
        let mut settings = self.arguments.settings.clone();
        let by_type = model.description().input_range == InputRange::SampleType;
        if by_type && settings.choice::<Normalisation>(MODEL_NORMALISATION) == Normalisation::Package {
            settings.set_choice(MODEL_NORMALISATION, Normalisation::Fixed)?;
            settings.set_f64(MODEL_OFFSET, 0.0)?;
            settings.set_f64(MODEL_GAIN, grid.largest)?;
        }
        let border = Border::new(model, grid.shape, &settings, limits)?;
        let frames = Network::time_points(model, &settings)?;
        Ok(Asked { model, settings, border, frames })
    }
}

/// A network, the settings that it runs with, and what is done to images before it reads them.
struct Asked<'a> {
    model: &'a Arc<Model>,
    settings: Settings,
    border: Option<Border>,
    /// Time points that it reads together.
    frames: usize,
}

impl Asked<'_> {
    /// Whether the network must know where in a series it is.
    fn is_series(&self) -> bool {
        self.frames > 1 || Network::remembers(&self.settings)
    }

    /// Extents (c, z, y, x) of what the network reads of an image.
    fn shape(&self, grid: &Grid) -> [usize; 4] {
        self.border.as_ref().map_or(grid.shape, Border::padded)
    }

    /// Samples of an image and of its result with the border, and of the images that are kept for later.
    fn samples(&self, grid: &Grid, limits: Limits<'_>) -> Result<[usize; 3]> {
        let read: usize = self.shape(grid).iter().product();
        let kept = if self.is_series() { read * (self.frames / 2 * 2 + 1) } else { 0 };
        if self.border.is_none() {
            return Ok([0, 0, kept]);
        }
        let made = Network::output_shape(self.model, self.shape(grid), &self.settings, limits)?;
        Ok([read, made.iter().product(), kept])
    }

    /// The bytes of those.
    fn bytes(&self, grid: &Grid, limits: Limits<'_>) -> Result<u64> {
        let samples =
            self.samples(grid, limits)?.iter().fold(0_u64, |all, &samples| all.saturating_add(samples as u64));
        Ok(samples.saturating_mul(size_of::<f32>() as u64))
    }
}

impl Step for ModelStep {
    fn output(&self, input: Grid, limits: Limits<'_>) -> Result<Grid> {
        let asked = self.asked(&input, limits)?;
        let shape = Network::output_shape(asked.model, input.shape, &asked.settings, limits)?;
        let scale = Network::scale(asked.model, &asked.settings, limits)?;
        let scale = std::array::from_fn(|axis| input.scale[axis] * scale[axis]);
        Ok(Grid { shape, scale, camera: Stated::NOTHING, extra: None, ..input })
    }

    fn channels(&self) -> Channels {
        Channels::Together
    }

    fn in_place(&self) -> bool {
        false
    }

    fn check(&self, source: &Layout) -> Result<()> {
        let frames = Network::time_points(self.arguments.model()?, &self.arguments.settings)?;
        let points = source.volumes() / source.channels();
        if frames > points {
            return Err(Error::Argument(format!(
                "the network reads {frames} time points together; images with axes {} and shape {:?} have {points}; give \
                 at least {frames} along an axis t",
                source.axes(),
                source.shape()
            )));
        }
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

    fn remembers(&self) -> Option<&'static str> {
        Network::remembers(&self.arguments.settings).then_some("model.states is set")
    }

    fn reads_series(&self) -> Option<&'static str> {
        let series = self.arguments.settings.choice::<Statistics>(MODEL_STATISTICS) == Statistics::Series;
        series.then_some("model.statistics is 2 (series)")
    }

    fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let asked = self.asked(&place.grid, place.limits)?;
        let own = asked.bytes(&place.grid, place.limits)?;
        let budget = budget.map(|budget| budget.saturating_sub(own));
        let shape = asked.shape(&place.grid);
        Ok(own + Network::workspace_bytes(asked.model, shape, &asked.settings, place.limits, budget)?)
    }

    fn build(self: Box<Self>, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let asked = self.asked(&place.grid, place.limits)?;
        let own = asked.bytes(&place.grid, place.limits)?;
        let budget = budget.map(|budget| budget.saturating_sub(own));
        let [read, made, kept] = asked.samples(&place.grid, place.limits)?;
        let shape = asked.shape(&place.grid);
        let model = Arc::clone(asked.model);
        let mut network = Network::new(model, shape, &asked.settings, place.limits.context, budget, watch)?;
        let inner = network.output();
        let outer = Network::output_shape(asked.model, place.grid.shape, &asked.settings, place.limits)?;
        if let Some(border) = &asked.border {
            network.tell_border(border);
        }
        let buffer = |samples| crate::error::zeroed("images that a network reads", samples);
        let (frames, asked_series) = (asked.frames, asked.is_series());
        let border = match asked.border {
            Some(border) => Some(Bordered { border, padded: buffer(read)?, made: buffer(made)?, inner, outer }),
            None => None,
        };
        let held = asked_series.then(|| Ok(Held { frames, samples: buffer(kept)? })).transpose()?;
        Ok(Box::new(ModelStage { network, border, held, outcomes: outcomes(place.images)? }))
    }
}

struct ModelStage {
    network: Network,
    border: Option<Bordered>,
    /// Where the network reads several time points together.
    held: Option<Held>,
    outcomes: Vec<Outcome>,
}

/// A border and room for an image and its result with it.
struct Bordered {
    border: Border,
    padded: Vec<f32>,
    made: Vec<f32>,
    /// Extents (c, z, y, x) of the result with the border, and without.
    inner: [usize; 4],
    outer: [usize; 4],
}

/// Time points as the network reads them, each at its number's remainder.
struct Held {
    /// Those read together.
    frames: usize,
    samples: Vec<f32>,
}

impl Held {
    /// Time points that are held: as many as are read, and one more where the middle is not in the middle.
    fn room(&self) -> usize {
        self.frames / 2 * 2 + 1
    }

    /// The first of the time points that are nearest to `at` inside a series of `count`.
    fn inside(&self, at: usize, count: usize) -> usize {
        at.saturating_sub(self.frames / 2).min(count.saturating_sub(self.frames))
    }

    fn place(&mut self, at: usize) -> &mut [f32] {
        let (room, len) = (self.room(), self.samples.len() / self.room());
        &mut self.samples[at % room * len..][..len]
    }
}

impl Stage for ModelStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { network, border, held, .. } = self;
        let outcome = group.replace(|source, target| match (border, held) {
            (None, None) => network.execute(source, target, workers, watch),
            (None, Some(held)) => network.execute(&held.samples, target, workers, watch),
            (Some(Bordered { border, padded, made, inner, outer }), held) => {
                let outcome = match held {
                    Some(held) => network.execute(&held.samples, made, workers, watch)?,
                    None => {
                        border.pad(source, padded, workers);
                        network.execute(padded, made, workers, watch)?
                    }
                };
                border.crop(made, *inner, target, *outer, workers);
                Ok(outcome)
            }
        })?;
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
        let seam = self.outcomes.iter().filter_map(|outcome| outcome.seam).find(|seam| seam.relative > MAX_SEAM);
        if let Some(seam) = seam {
            let text = format_args!(
                "tiles may differ from the image as a whole by as much as {:.1e} of the result's range; the network needs more \
                 of the image at once: raise plan.memory_cap_bytes",
                seam.relative
            );
            tell("seam", text);
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

    fn settle(&mut self, done: bool) {
        self.network.settle(done);
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

    fn window(&mut self) -> Option<&mut dyn Window> {
        if self.held.is_some() { Some(self) } else { None }
    }
}

impl Window for ModelStage {
    fn last(&self, at: usize, count: usize) -> usize {
        let Some(held) = &self.held else { return at };
        if self.network.gives_all_time_points() {
            held.inside(at, count) + held.frames - 1
        } else {
            (at + held.frames / 2).min(count - 1)
        }
    }

    fn see(&mut self, at: usize, group: &[f32], workers: &Workers) {
        let Some(held) = &mut self.held else { return };
        match &self.border {
            Some(bordered) => bordered.border.pad(group, held.place(at), workers),
            None => held.place(at).copy_from_slice(group),
        }
    }

    fn turn_to(&mut self, at: usize, count: usize) {
        if at == 0 {
            self.network.forget();
        }
        let Some(held) = &self.held else { return };
        let (frames, room) = (held.frames, held.room());
        if self.network.gives_all_time_points() {
            let first = held.inside(at, count);
            self.network.show((first..first + frames).map(|frame| frame % room), at - first);
        } else {
            let first = at as i64 - (frames / 2) as i64;
            let shown = (0..frames as i64).map(|frame| reflected(first + frame, count) % room);
            self.network.show(shown, frames / 2);
        }
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
        match &mut self.border {
            Some(Bordered { border, padded, .. }) => {
                border.pad(group, padded, workers);
                self.network.observe(pass, padded, workers);
            }
            None => self.network.observe(pass, group, workers),
        }
    }

    fn end_pass(&mut self, pass: usize) {
        self.network.end_pass(pass);
    }
}

/// Difference of tiles, as share of the range, from which on a result in tiles is of no use.
const MAX_SEAM: f64 = 1.0;
/// Share of a result that a package's clip cuts only where the network was fed what it does not know.
const MAX_CUT: f64 = 0.5;
/// Deviations that an image may lie beside 0 before single precision is too little for sums of its squares.
const MAX_OFFSET: f64 = 32.0;
