//! A network committed for one image shape: session, tiles and buffers are made once, executes only run.

use std::sync::Arc;
use std::time::Instant;

use super::choice::{BATCH, Choice, choose};
use super::description::AxisKind;
use super::feed::{self, Item, Source, Strides, Target};
use super::fit::{check, geometry, given, groups, scratch_len};
use super::geometry::Geometry;
use super::intensities::{self, Scale};
use super::model::Model;
use super::operations::Step;
use super::outcome::{Outcome, Seam, Seconds};
use super::place::place;
use super::runtime::{Runtime, Search};
use super::session::{Device, Placed, Session};
use super::tensor::Tensor;
use super::tiles::Span;
use crate::error::{Error, Result, zeroed};
use crate::params::{self, Settings};
use crate::runtime::{Watch, Workers};

/// A network made ready for images of one shape.
pub struct Network {
    model: Arc<Model>,
    geometry: Geometry,
    choice: Choice,
    settings: Settings,
    shape: [usize; 4],
    output: [usize; 4],
    session: Session,
    feeds: Strides,
    results: Vec<Strides>,
    places: [Vec<usize>; 3],
    scratch: Vec<f32>,
    /// What is done to each group of channels before the network, as the last image needed it.
    before: Vec<Vec<Step>>,
    runs_on: Device,
    fallback: Option<String>,
    placed: Vec<Placed>,
    version: String,
}

impl Network {
    /// Extents (c, z, y, x) of the result for an image of `shape` (c, z, y, x).
    ///
    /// Needs no ONNX Runtime, but for networks whose graph and package do not tell; `context` then says where it is.
    ///
    /// # Errors
    /// [`Error::Model`] when image and network do not fit, and what [`Runtime::load`] gives where a trial run is needed.
    pub fn output_shape(
        model: &Model,
        shape: [usize; 4],
        settings: &Settings,
        context: &Settings,
    ) -> Result<[usize; 4]> {
        let geometry = geometry(model, settings, context)?;
        given(&geometry, shape, settings)
    }

    /// Memory that a commit will hold, estimated from the graph: activations of a tile, its tensors and the weights.
    /// More than `budget` bytes where the smallest tile needs it.
    ///
    /// # Errors
    /// As [`Network::output_shape`].
    pub fn workspace_bytes(
        model: &Model,
        shape: [usize; 4],
        settings: &Settings,
        context: &Settings,
        budget: Option<u64>,
    ) -> Result<u64> {
        let geometry = geometry(model, settings, context)?;
        let output = given(&geometry, shape, settings)?;
        let own = scratch_len(&geometry, shape, output, settings) as u64 * 4;
        let budget = budget.map(|budget| budget.saturating_sub(own));
        Ok(choose(model, &geometry, shape, settings, budget)?.bytes + own)
    }

    /// Makes a network ready: chooses tiles within `budget` bytes, makes the session and runs it once.
    ///
    /// # Errors
    /// [`Error::Device`] when ONNX Runtime or a device that must be used is missing, [`Error::Model`] when the network
    /// cannot run or does not give what it states, [`Error::Memory`].
    pub fn new(
        model: Arc<Model>,
        shape: [usize; 4],
        settings: &Settings,
        context: &Settings,
        budget: Option<u64>,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let geometry = geometry(&model, settings, context)?;
        let output = given(&geometry, shape, settings)?;
        let own = scratch_len(&geometry, shape, output, settings) as u64 * 4;
        let budget = budget.map(|budget| budget.saturating_sub(own));
        let choice = choose(&model, &geometry, shape, settings, budget)?;
        let runtime = Runtime::load(&Search::from_context(context))?;
        watch.advance(0.1)?;
        let (mut session, runs_on, fallback) = place(runtime, &model, context)?;
        let placed = session.placed();
        watch.advance(0.5)?;
        let extents = choice.lines.each_ref().map(|line| line.tile);
        let channels = geometry.channels.unwrap_or(shape[0]);
        let shapes = geometry.shapes(choice.batch, channels, extents);
        let feeds = Strides::new(&geometry.inputs[geometry.image], &shapes[geometry.image]);
        let mut inputs = Vec::new();
        for (at, (shape, port)) in shapes.iter().zip(&geometry.inputs).enumerate() {
            let mut tensor = Tensor::new(port.sample_type, shape)?;
            if at != geometry.image {
                tensor.values().fill(settings.f64(params::MODEL_VALUE).unwrap_or(0.0) as f32);
            }
            inputs.push(tensor);
        }
        session.take_inputs(inputs);
        // The first run warms the device up and shows what the network really gives.
        let made = session.shapes()?;
        let tensors = made.iter().map(|(kind, shape)| Tensor::new(*kind, shape)).collect::<Result<Vec<_>>>()?;
        let results: Vec<Strides> = geometry
            .given
            .iter()
            .map(|&at| {
                let (port, shape) = (&geometry.outputs[at], &made[at].1);
                if port.axes.len() != shape.len() {
                    return Err(Error::Model(format!("output {} is of shape {shape:?}; it has other axes", port.name)));
                }
                Ok(Strides::new(port, shape))
            })
            .collect::<Result<_>>()?;
        check(&geometry, &choice, &results, channels)?;
        session.take_outputs(tensors);
        let image = [if geometry.planar { 1 } else { shape[1] }, shape[2], shape[3]];
        let places = [0, 1, 2].map(|at| feed::places(&choice.lines[at], image[at]));
        let scratch = zeroed("percentiles of the image", scratch_len(&geometry, shape, output, settings))?;
        watch.advance(1.0)?;
        Ok(Self {
            geometry,
            choice,
            settings: settings.clone(),
            shape,
            output,
            session,
            feeds,
            results,
            places,
            scratch,
            before: Vec::new(),
            runs_on,
            fallback,
            placed,
            version: runtime.version().to_owned(),
            model,
        })
    }

    /// Extents (c, z, y, x) of the result.
    pub fn output(&self) -> [usize; 4] {
        self.output
    }

    /// Runs the network over an image (packed c, z, y, x) into `output` (packed, of [`Network::output`]).
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
        let (expected, room) = (self.shape.iter().product::<usize>(), self.output.iter().product::<usize>());
        if input.len() != expected || output.len() != room {
            let (got, to) = (input.len(), output.len());
            return Err(Error::Internal(format!("a network of {expected} to {room} samples is given {got} and {to}")));
        }
        let before = self.normalisation(input, workers);
        let outcome = self.through(input, output, &before, workers, watch);
        self.before = before;
        outcome
    }

    /// Every tile through the network, and what follows it.
    fn through(
        &mut self,
        input: &[f32],
        output: &mut [f32],
        before: &[Vec<Step>],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<Outcome> {
        let (begun, mut running) = (Instant::now(), 0.0);
        let (groups, width) = self.groups();
        output.fill(0.0);
        let planes = if self.geometry.planar { self.shape[1] } else { 1 };
        let tiles: usize = self.choice.lines.iter().map(|line| line.spans.len()).product();
        let total = groups * planes * tiles;
        let mut done = 0;
        while done < total {
            let count = self.choice.batch.min(total - done);
            let mut items = [self.item(done, tiles, planes, width); BATCH];
            for (at, item) in items.iter_mut().enumerate().take(count) {
                *item = self.item(done + at, tiles, planes, width);
            }
            running += self.run(input, &items[..count], before, workers, watch)?;
            self.gather(&items[..count], output, workers)?;
            done += count;
            watch.advance(done as f64 / (total + 1) as f64)?;
        }
        let seam = self.seam(input, output, before, workers, watch, &mut running)?;
        let scale = self.finish(input, output, before, workers)?;
        watch.advance(1.0)?;
        let lines = self.choice.lines.each_ref();
        Ok(Outcome {
            name: self.model.description().name.clone(),
            device: self.runs_on,
            fallback: self.fallback.clone(),
            onnxruntime: self.version.clone(),
            nodes: self.placed.clone(),
            tiles: total,
            batch: self.choice.batch,
            tile_zyx: lines.map(|line| line.tile),
            halo_zyx: self.geometry.rules.each_ref().map(|rule| rule.halo().into()),
            stride_zyx: self.geometry.rules.each_ref().map(|rule| rule.stride),
            padded_zyx: [0, 1, 2].map(|at| lines[at].extent.saturating_sub(self.image()[at])),
            exact_tiles: self.geometry.exact() || tiles == 1,
            seam,
            intensities: scale.units,
            offset: scale.offset,
            gain: scale.gain,
            seconds: Seconds { abbe: begun.elapsed().as_secs_f64() - running, onnxruntime: running },
        })
    }

    /// What is to be done to each group of channels before the network, with the numbers of this image or of the first.
    fn normalisation(&mut self, input: &[f32], workers: &Workers) -> Vec<Vec<Step>> {
        let first = self.settings.i64(params::MODEL_STATISTICS) == 1;
        if first && !self.before.is_empty() {
            return std::mem::take(&mut self.before);
        }
        let (groups, width) = self.groups();
        let port = &self.geometry.inputs[self.geometry.image];
        let own = input.chunks_exact(width * input.len() / self.shape[0]).take(groups);
        own.map(|own| {
            let (planes, planar) = (self.shape[1], self.geometry.planar);
            intensities::before(port, &self.settings, own, width, planes, planar, &mut self.scratch, workers)
        })
        .collect()
    }

    fn groups(&self) -> (usize, usize) {
        groups(&self.geometry, self.shape, &self.settings)
    }

    fn image(&self) -> [usize; 3] {
        [if self.geometry.planar { 1 } else { self.shape[1] }, self.shape[2], self.shape[3]]
    }

    fn item(&self, number: usize, tiles: usize, planes: usize, width: usize) -> Item {
        let (tile, rest) = (number % tiles, number / tiles);
        let (plane, group) = (rest % planes, rest / planes);
        let [deep, line, across] = self.choice.lines.each_ref().map(|line| line.spans.len());
        let places = [tile / (line * across) % deep, tile / across % line, tile % across];
        let spans = [0, 1, 2].map(|at| self.choice.lines[at].spans[places[at]]);
        Item { channel: group * width, group, plane, spans }
    }

    /// Feeds tiles and runs the network; gives the seconds it took.
    fn run(
        &mut self,
        input: &[f32],
        items: &[Item],
        before: &[Vec<Step>],
        workers: &Workers,
        watch: &Watch<'_>,
    ) -> Result<f64> {
        let repeat = self.settings.i64(params::MODEL_CHANNELS) == 1 && self.geometry.channels != Some(1);
        let source =
            Source { samples: input, shape: self.shape, places: &self.places, repeat, planar: self.geometry.planar };
        let tensor = &mut self.session.inputs()[self.geometry.image];
        feed::fill(tensor.values(), &self.feeds, &source, items, before, workers);
        let begun = Instant::now();
        self.session.run_watched(self.runs_on, watch.control())?;
        Ok(begun.elapsed().as_secs_f64())
    }

    fn gather(&mut self, items: &[Item], output: &mut [f32], workers: &Workers) -> Result<()> {
        let average = self.averages();
        let mut broken = 0;
        let mut first = 0;
        for (order, strides) in self.results.iter().enumerate() {
            let channels = if average { 1 } else { strides.extent(AxisKind::Channel) };
            let tensor = self.session.outputs()[self.geometry.given[order]].values();
            for (entry, item) in items.iter().enumerate() {
                let mut target =
                    Target { samples: &mut *output, shape: self.output, average, planar: self.geometry.planar };
                let to = first + item.group * channels;
                broken += feed::collect(tensor, strides, entry, item, to, &mut target, workers);
            }
            first += channels * groups(&self.geometry, self.shape, &self.settings).0;
        }
        if broken > 0 {
            return Err(Error::Model(format!(
                "the network gave {broken} samples that are not finite; its input may be far outside what it was \
                 trained for (see model.normalisation)"
            )));
        }
        Ok(())
    }

    fn averages(&self) -> bool {
        self.settings.i64(params::MODEL_CHANNELS) == 1 && self.geometry.channels != Some(1)
    }

    /// Computes a tile across the middle seams and compares it with what was stitched.
    fn seam(
        &mut self,
        input: &[f32],
        output: &[f32],
        before: &[Vec<Step>],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Option<Seam>> {
        let wanted = match self.settings.i64(params::MODEL_SEAM_CHECK) {
            0 => !self.geometry.exact(),
            1 => false,
            _ => true,
        };
        if !wanted || self.averages() || self.choice.lines.iter().all(|line| line.spans.len() == 1) {
            return Ok(None);
        }
        let shifted: [Span; 3] = [0, 1, 2].map(|at| self.geometry.rules[at].across(&self.choice.lines[at]));
        let item = Item { channel: 0, group: 0, plane: 0, spans: shifted };
        *running += self.run(input, &[item], before, workers, watch)?;
        let strides = &self.results[0];
        let tensor = self.session.outputs()[self.geometry.given[0]].values();
        let (mut worst, mut low, mut high, mut samples) = (0.0_f64, f64::INFINITY, f64::NEG_INFINITY, 0);
        let [_, planes, rows, columns] = self.output;
        let depth = if self.geometry.planar { 0..1 } else { shifted[0].from..shifted[0].to.min(planes) };
        for c in 0..strides.extent(AxisKind::Channel) {
            for z in depth.clone() {
                for y in shifted[1].from..shifted[1].to.min(rows) {
                    for x in shifted[2].from..shifted[2].to.min(columns) {
                        let own = [z, y - shifted[1].origin, x - shifted[2].origin];
                        let own = [if self.geometry.planar { 0 } else { own[0] - shifted[0].origin }, own[1], own[2]];
                        let there = f64::from(output[((c * planes + z) * rows + y) * columns + x]);
                        worst = worst.max((f64::from(tensor[strides.index(c, own)]) - there).abs());
                        (low, high) = (low.min(there), high.max(there));
                        samples += 1;
                    }
                }
            }
        }
        let relative = if high > low { worst / (high - low) } else { 0.0 };
        Ok((samples > 0).then_some(Seam { difference: worst, relative, samples }))
    }

    /// The package's last steps on the whole result, and the way back to the image's units.
    fn finish(&mut self, input: &[f32], output: &mut [f32], before: &[Vec<Step>], workers: &Workers) -> Result<Scale> {
        let (groups, width) = self.groups();
        let volume = output.len() / self.output[0];
        let source = input.len() / self.shape[0];
        let mut scale = Scale::default();
        let mut first = 0;
        for (order, &at) in self.geometry.given.iter().enumerate() {
            let channels = if self.averages() { 1 } else { self.results[order].extent(AxisKind::Channel) };
            for (group, before) in before.iter().enumerate().take(groups) {
                let own = &mut output[first * volume..(first + channels) * volume];
                let reference = &input[group * width * source..(group + 1) * width * source];
                let about = intensities::After {
                    port: &self.geometry.outputs[at],
                    settings: &self.settings,
                    before,
                    reference,
                    channels: (width, channels),
                    planes: (self.shape[1], self.output[1]),
                    planar: self.geometry.planar,
                };
                let found = intensities::after(&about, own, &mut self.scratch, workers);
                if first == 0 {
                    scale = found;
                }
                first += channels;
            }
        }
        Ok(scale)
    }
}
