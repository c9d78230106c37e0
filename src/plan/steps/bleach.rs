//! The step that takes bleaching out of a series.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result, zeroed};
use crate::image::Layout;
use crate::noise::Stated;
use crate::params::{BLEACH_BACKGROUND, BLEACH_MODE, Bleach, Settings};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, outcomes};
use crate::plan::warnings::Tell;
use crate::runtime::{Limits, Rows, Watch, Workers};
use crate::series::{Matching, brightness, exponential, ratios};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(BleachStep { settings: arguments.settings }) };

struct BleachStep {
    settings: Settings,
}

impl BleachStep {
    fn mode(&self) -> Bleach {
        self.settings.choice(BLEACH_MODE)
    }
}

impl Step for BleachStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        // Each time point has a gain of its own now.
        let offset = input.camera.offset.filter(|_| self.mode() != Bleach::Histogram);
        let camera = Stated { offset, correlation: input.camera.correlation, ..Stated::NOTHING };
        Ok(Grid { camera, extra: None, ..input })
    }

    fn check(&self, source: &Layout) -> Result<()> {
        if source.times() < 2 {
            return Err(Error::Argument(format!(
                "the bleach step gets images of {} time point; it needs 2 or more along an axis t, all in one execute",
                source.times()
            )));
        }
        let samples = source.volume_shape().iter().product::<usize>();
        if self.mode() == Bleach::Histogram && samples as u64 > 1 << 32 {
            return Err(Error::Unsupported(format!(
                "bleach.mode is histogram for images of {samples} samples; it takes 2^32 at most; take ratio"
            )));
        }
        Ok(())
    }

    fn reads_series(&self) -> Option<&'static str> {
        Some("brightness is that of all time points (a step bleach)")
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let matching = match self.mode() {
            Bleach::Histogram => Matching::bytes(place.grid.volume().iter().product()) * place.channels as u64,
            Bleach::Ratio | Bleach::Exponential => 0,
        };
        Ok(matching + (size_of::<f64>() * place.images) as u64)
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let mode = self.mode();
        let quantitative = mode != Bleach::Histogram;
        Ok(Map::from_iter([("mode".into(), mode.name().into()), ("quantitative".into(), quantitative.into())]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let (mode, samples) = (self.mode(), place.grid.volume().iter().product());
        let matchings = if mode == Bleach::Histogram { place.channels } else { 0 };
        Ok(Box::new(BleachStage {
            mode,
            background: self.settings.f64(BLEACH_BACKGROUND).or(place.grid.camera.offset).unwrap_or(0.0),
            volume: samples,
            channels: place.channels,
            factors: zeroed("brightnesses of a series", place.images)?,
            matchings: (0..matchings).map(|_| Matching::new(samples)).collect::<Result<_>>()?,
            seen: 0,
            done: 0,
            outcomes: outcomes(place.images)?,
        }))
    }
}

/// What was done to an image.
#[derive(Clone, Copy, Serialize)]
struct Brightened {
    /// What its light was multiplied with; none with a histogram.
    factor: Option<f64>,
    flux_in: f64,
    flux_out: f64,
}

struct BleachStage {
    mode: Bleach,
    background: f64,
    /// Samples of an image.
    volume: usize,
    channels: usize,
    /// Brightnesses of images (channel, time point), and then what these are multiplied with.
    factors: Vec<f64>,
    /// One for each channel, where histograms are matched.
    matchings: Vec<Matching>,
    seen: usize,
    done: usize,
    outcomes: Vec<Brightened>,
}

impl BleachStage {
    /// Where the factor of an image is, counted with channels fastest, through a series as often as there are passes.
    fn place(&self, image: usize) -> usize {
        let times = self.factors.len() / self.channels;
        image % self.channels * times + image / self.channels % times
    }
}

impl Stage for BleachStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            let flux_in = sum(channel);
            let factor = self.factors[self.place(self.done)];
            watch.advance(0.0)?;
            if let Some(matching) = self.matchings.get_mut(self.done % self.channels) {
                matching.execute(channel);
            } else if factor != 1.0 {
                let background = self.background;
                workers.each(Rows::of_mut(channel, CHUNK), |_, _, samples| {
                    for sample in samples {
                        *sample = (background + (f64::from(*sample) - background) * factor) as f32;
                    }
                });
            }
            self.done += 1;
            let factor = self.matchings.is_empty().then_some(factor);
            self.outcomes.push(Brightened { factor, flux_in, flux_out: sum(channel) });
        }
        watch.advance(1.0)
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        if self.matchings.is_empty() && self.factors.iter().any(|factor| *factor > FAINT) {
            let text = format_args!(
                "a time point has less than 1 in {FAINT} of the first one's light above bleach.background, {}, and what its light was \
                 multiplied with is hardly known; look at that number",
                self.background
            );
            tell("bleach", text);
        }
    }

    fn series(&mut self) -> Option<&mut dyn Series> {
        Some(self)
    }
}

impl Series for BleachStage {
    fn begin(&mut self) {
        (self.seen, self.done) = (0, 0);
    }

    fn passes(&self) -> usize {
        1
    }

    fn observe(&mut self, _: usize, group: &[f32], _: &Workers) {
        for image in group.chunks_exact(self.volume) {
            let (channel, time) = (self.seen % self.channels, self.seen / self.channels);
            if let Some(matching) = self.matchings.get_mut(channel).filter(|_| time == 0) {
                matching.refer(image);
            }
            let place = self.place(self.seen);
            self.factors[place] = brightness(image, self.background);
            self.seen += 1;
        }
    }

    fn end_pass(&mut self, _: usize) {
        let times = self.factors.len() / self.channels;
        for brightness in self.factors.chunks_exact_mut(times) {
            match self.mode {
                Bleach::Exponential => drop(exponential(brightness)),
                Bleach::Ratio | Bleach::Histogram => ratios(brightness),
            }
        }
    }
}

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}

const CHUNK: usize = 1 << 14;
/// A factor above which what is left is mostly noise.
const FAINT: f64 = 20.0;
