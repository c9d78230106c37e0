//! An image through a committed network: statistics, tiles, and the way back to the image's units.

use std::time::Instant;

use super::Network;
use super::run::Which;
use crate::error::{Error, Result};
use crate::network::choice::BATCH;
use crate::network::description::{AxisKind, OutputKind};
use crate::network::feed::{self, Item, Target};
use crate::network::fit::Fit;
use crate::network::geometry::Geometry;
use crate::network::intensities::{self, Scale};
use crate::network::outcome::{Outcome, Seconds};
use crate::network::statistics::Whole;
use crate::params::{self, Statistics};
use crate::runtime::{Watch, Workers};

impl Network {
    /// How often all images of a series must be observed before the first of them is executed; 0 where each image has
    /// its own statistics, those of the first are kept, or none are needed.
    pub fn series_passes(&self) -> usize {
        let asked = self.settings.choice::<Statistics>(params::MODEL_STATISTICS) == Statistics::Series;
        if asked { self.before.iter().map(|before| before.passes()).max().unwrap_or(0) } else { 0 }
    }

    /// Forgets the series before.
    pub fn begin_series(&mut self) {
        self.known &= self.settings.choice::<Statistics>(params::MODEL_STATISTICS) == Statistics::First;
        if !self.known {
            self.before.iter_mut().for_each(|before| before.begin());
        }
    }

    /// Observes an image (packed c, z, y, x) of a series in a pass.
    pub fn observe(&mut self, pass: usize, input: &[f32], workers: &Workers) {
        for (at, before) in self.before.iter_mut().enumerate() {
            let own = part(&self.fit, &self.geometry, input, at);
            before.observe(pass, own, own, workers);
        }
    }

    /// Ends a pass over a series; after the last one its statistics hold until [`Network::begin_series`].
    pub fn end_pass(&mut self, pass: usize) {
        self.before.iter_mut().for_each(|before| before.turn(pass));
        self.known = pass + 1 >= self.series_passes();
    }

    /// What was executed since the last call has reached the host, or has not: statistics of the first image are then
    /// those of the next.
    pub fn settle(&mut self, done: bool) {
        if std::mem::take(&mut self.learned) && !done {
            self.known = false;
        }
    }

    /// Whether the network gives as many time points as it reads.
    pub fn gives_all_time_points(&self) -> bool {
        self.ready.results.iter().all(|result| result.time_points() == self.frames.len())
    }

    /// Says which image of `input` stands at each of the time points that the network reads together, and for which of
    /// them the result is, for executes from now on.
    pub fn show(&mut self, frames: impl Iterator<Item = usize>, at: usize) {
        self.frames.iter_mut().zip(frames).for_each(|(frame, shown)| *frame = shown);
        self.shown = at;
        let others = self.smaller.iter_mut().chain(self.whole.iter_mut().map(|whole| &mut whole.ready));
        let results = others.chain([&mut self.ready]).flat_map(|ready| &mut ready.results);
        results.for_each(|result| result.turn_to(at));
    }

    /// The image of the time point that the result is for.
    pub(super) fn shown<'a>(&self, input: &'a [f32]) -> &'a [f32] {
        self.frame(input, self.frames[self.shown])
    }

    fn frame<'a>(&self, input: &'a [f32], at: usize) -> &'a [f32] {
        let samples = self.fit.shape.iter().product::<usize>();
        &input[at * samples..(at + 1) * samples]
    }

    /// Runs the network over an image (packed c, z, y, x), or several one after the other of which [`Network::show`]
    /// has chosen, into `output` (packed, of [`Network::output`]).
    ///
    /// # Errors
    /// [`Error::Cancelled`]; [`Error::Model`] when the network fails or gives samples that are not numbers;
    /// [`Error::Device`] when its device fails. `output` is not to be used then.
    pub fn execute(
        &mut self,
        input: &[f32],
        output: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<Outcome> {
        let (expected, room) = (self.fit.shape.iter().product::<usize>(), self.fit.output.iter().product::<usize>());
        let shown = self.frames.iter().max().map_or(0, |&last| last + 1) * expected;
        if input.len() < shown || output.len() != room {
            let (got, to) = (input.len(), output.len());
            return Err(Error::Internal(format!("a network of {expected} to {room} samples is given {got} and {to}")));
        }
        let (begun, mut running) = (Instant::now(), 0.0);
        if !self.known {
            let samples = self.fit.shape.iter().product::<usize>();
            for (at, before) in self.before.iter_mut().enumerate() {
                before.begin();
                for pass in 0..before.passes() {
                    for &frame in &self.frames {
                        let own = part(&self.fit, &self.geometry, &input[frame * samples..][..samples], at);
                        before.observe(pass, own, own, workers);
                    }
                    before.turn(pass);
                }
            }
            self.known = self.settings.choice::<Statistics>(params::MODEL_STATISTICS) == Statistics::First;
            self.learned = self.known;
        }
        output.fill(0.0);
        let fed = self.fed(self.shown(input));
        let planes = if self.geometry.planar { self.fit.shape[1] } else { 1 };
        let tiles: usize = self.choice.lines.iter().map(|line| line.spans.len()).product();
        let total = self.fit.groups * planes * tiles;
        let mut done = 0;
        while done < total {
            let count = self.choice.batch.min(total - done);
            let mut items = [self.item(done, tiles, planes); BATCH];
            for (at, item) in items.iter_mut().enumerate().take(count) {
                *item = self.item(done + at, tiles, planes);
            }
            self.recall(done);
            running += self.run(Which::Tiles, input, &items[..count], workers, watch)?;
            self.remember(done);
            self.gather(&items[..count], output, workers)?;
            done += count;
            watch.advance(done as f64 / (total + 1) as f64)?;
        }
        let seam = self.seam(input, output, workers, watch, &mut running)?;
        let (scale, cut) = self.finish(self.shown(input), output, workers);
        watch.advance(1.0)?;
        let (lines, rules) = (self.choice.lines.each_ref(), self.geometry.rules.each_ref());
        Ok(Outcome {
            about: self.about.clone(),
            device: self.runs_on,
            tiles: total,
            batch: self.choice.batch,
            tile_zyx: lines.map(|line| line.tile),
            halo_zyx: rules.map(|rule| rule.halo().into()),
            stride_zyx: rules.map(|rule| rule.stride),
            padded_zyx: [0, 1, 2].map(|at| lines[at].extent.saturating_sub(self.fit.image[at])),
            exact_tiles: self.geometry.exact() || tiles == 1,
            seam,
            intensities: scale.units,
            offset: scale.offset,
            gain: scale.gain,
            cut_share: cut as f64 / output.len().max(1) as f64,
            saturated: fed.map_or([0; 2], |fed| fed.saturated),
            fed: fed.map(|fed| fed.moments),
            seconds: Seconds { abbe: begun.elapsed().as_secs_f64() - running, onnxruntime: running },
        })
    }

    fn item(&self, number: usize, tiles: usize, planes: usize) -> Item {
        let (tile, rest) = (number % tiles, number / tiles);
        let (plane, group) = (rest % planes, rest / planes);
        let [deep, line, across] = self.choice.lines.each_ref().map(|line| line.spans.len());
        let places = [tile / (line * across) % deep, tile / across % line, tile % across];
        let spans = [0, 1, 2].map(|at| self.choice.lines[at].spans[places[at]]);
        Item { channel: group * self.fit.width, group, plane, spans }
    }

    fn gather(&mut self, items: &[Item], output: &mut [f32], workers: &Workers) -> Result<()> {
        let mut broken = 0;
        let mut first = 0;
        for (order, strides) in self.ready.results.iter().enumerate() {
            let channels = if self.fit.averages { 1 } else { strides.extent(AxisKind::Channel) };
            let port = &self.geometry.outputs[self.geometry.given[order]];
            let tensor = self.ready.tensors.outputs[self.geometry.given[order]].values();
            for (entry, item) in items.iter().enumerate() {
                let mut target = Target {
                    samples: &mut *output,
                    shape: self.fit.output,
                    average: self.fit.averages,
                    planar: self.geometry.planar,
                    sharp: port.kinds.iter().all(|&kind| kind == OutputKind::Labels) && !port.kinds.is_empty(),
                };
                let to = first + item.group * channels;
                broken += feed::collect(tensor, strides, entry, item, to, &mut target, workers);
            }
            first += channels * self.fit.groups;
        }
        if broken > 0 {
            return Err(Error::Model(format!(
                "the network gave {broken} samples that are not finite; its input may be far outside what it was \
                 trained for (see model.normalisation)"
            )));
        }
        Ok(())
    }

    /// The package's last steps on the whole result, and the way back to the image's units; with the number of samples
    /// that clips among the steps have cut.
    fn finish(&mut self, input: &[f32], output: &mut [f32], workers: &Workers) -> (Scale, u64) {
        let [_, planes, rows, columns] = self.fit.output;
        let volume = planes * rows * columns;
        let (mut scale, mut cut) = (None, 0);
        let mut first = 0;
        for (order, &at) in self.geometry.given.iter().enumerate() {
            let channels = if self.fit.averages { 1 } else { self.ready.results[order].extent(AxisKind::Channel) };
            for (group, before) in self.before.iter().step_by(self.geometry.fed.len()).enumerate() {
                let own = &mut output[first * volume..(first + channels) * volume];
                let (port, reference) = (&self.geometry.outputs[at], self.fit.fed(input, group));
                let own = (own, [channels, planes, rows, columns]);
                let after = &mut self.after[order];
                let found = intensities::finish(port, &self.settings, before, after, reference, own, workers);
                scale.get_or_insert(found);
                cut += after.samples_cut();
                first += channels;
            }
        }
        (scale.unwrap_or_default(), cut)
    }
}

/// The channels that go through treatment `at`: one for each input that the image goes to, of each group of channels.
pub(super) fn part<'a>(fit: &Fit, geometry: &Geometry, image: &'a [f32], at: usize) -> Whole<'a> {
    let lanes = geometry.fed.len();
    let group = fit.fed(image, at / lanes);
    let (lane, [width, planes, rows, columns]) = (at % lanes, group.extents);
    let first = geometry.fed[lane].1;
    let end = geometry.fed.get(lane + 1).map_or(width, |next| next.1);
    let volume = planes * rows * columns;
    Whole { samples: &group.samples[first * volume..end * volume], extents: [end - first, planes, rows, columns] }
}
