//! A network committed for one image shape: session, tiles and buffers are made once, executes only run.

mod drawn;
mod execute;
mod extremes;
mod fed;
mod mosaic;
mod run;
mod seam;
mod states;
mod whole;

use std::sync::Arc;

use self::drawn::Drawn;
use self::states::States;
use self::whole::Whole;
use super::border::Border;
use super::choice::Choice;
use super::description::AxisKind;
use super::feed;
use super::fit::{self, Fit, geometry};
use super::geometry::Geometry;
use super::intensities::in_input_units;
use super::kind;
use super::model::Model;
use super::onnx;
use super::outcome::{About, Told, Warning};
use super::place::place;
use super::ports;
use super::ready::Ready;
use super::runtime::{Runtime, Search};
use super::session::{Device, Session};
use super::treatment::Treatment;
use crate::error::{Error, Result};
use crate::params::{self, Settings};
use crate::runtime::{Limits, Watch};

/// A network made ready for images of one shape.
pub struct Network {
    geometry: Geometry,
    choice: Choice,
    settings: Settings,
    fit: Fit,
    session: Session,
    ready: Ready,
    /// Smaller tiles, to see how far tiles are from the image as a whole: about half as wide, then a quarter.
    smaller: Vec<Ready>,
    /// The image as a whole, where it fits beside the tiles: what they are compared with instead.
    whole: Option<Whole>,
    places: [Vec<usize>; 3],
    states: States,
    /// Which image of what is executed stands at each of the time points that the network reads together.
    frames: Vec<usize>,
    /// For which of them the result is.
    shown: usize,
    /// What is done before the network to each group of channels.
    before: Vec<Treatment>,
    /// What is done to each of the outputs that are given.
    after: Vec<Treatment>,
    /// Whether `before` has its numbers already: of the first image, or of the whole series.
    known: bool,
    /// Whether it has them since [`Network::settle`] was last called.
    learned: bool,
    /// A layer that takes means and deviations of what it reads, if there is one.
    normalises: Option<&'static str>,
    runs_on: Device,
    about: Arc<About>,
    warnings: Vec<Warning>,
}

impl Network {
    /// Extents (c, z, y, x) of the result for an image of `shape` (c, z, y, x).
    ///
    /// Needs no ONNX Runtime, but for networks whose graph and package do not tell; `limits` hold for the runs that do.
    ///
    /// # Errors
    /// [`Error::Model`] when image and network do not fit, and what [`Runtime::load`] gives where a trial run is needed.
    pub fn output_shape(
        model: &Model,
        shape: [usize; 4],
        settings: &Settings,
        limits: Limits<'_>,
    ) -> Result<[usize; 4]> {
        Ok(Fit::new(&geometry(model, shape, settings, limits)?, shape, settings)?.output)
    }

    /// Samples of the result per sample of the image along (z, y, x).
    ///
    /// # Errors
    /// As [`Network::output_shape`], short of whether they fit.
    pub fn scale(model: &Model, settings: &Settings, limits: Limits<'_>) -> Result<[f64; 3]> {
        Ok(fit::any(model, settings, limits)?.rules.map(|rule| rule.scale))
    }

    /// Memory that a commit will hold, estimated from the graph: activations of a tile, its tensors, the weights, and
    /// what percentiles are counted in. More than `budget` bytes where the smallest tile needs it.
    ///
    /// # Errors
    /// As [`Network::output_shape`], and what the runs of a probe give.
    pub fn workspace_bytes(
        model: &Model,
        shape: [usize; 4],
        settings: &Settings,
        limits: Limits<'_>,
        budget: Option<u64>,
    ) -> Result<u64> {
        Ok(Drawn::new(model, shape, settings, limits, budget)?.bytes())
    }

    /// Makes a network ready: chooses tiles within `budget` bytes, makes the session and runs it once; at the first
    /// commit of tiles that are called exact it also runs small ones, to see that they are.
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
        let limits = Limits { context, control: watch.control(), memory: budget };
        let drawn = Drawn::new(&model, shape, settings, limits, budget)?;
        let runtime = Runtime::load(&Search::from_context(context))?;
        watch.advance(0.1)?;
        let (mut session, runs_on, fallback) = place(runtime, &model, context)?;
        let nodes = session.placed();
        watch.advance(0.5)?;
        let mut warnings = Vec::new();
        if let Some(reason) = &fallback {
            let text = format!("the network runs on the CPU: {reason:.400}");
            warnings.push(Warning { name: "fallback", text });
        }
        if let Some(operator) = model.graph().draws_numbers() {
            let text = format!(
                "the network draws random numbers ({operator}): its result differs from run to run, and between tiles; \
                 export it for inference"
            );
            warnings.push(Warning { name: "random", text });
        }
        let drawn = drawn.confirmed(&mut session, runs_on, &mut warnings)?;
        let (drawn, ready) = drawn.ready(&mut session)?;
        let whole = drawn.whole(&mut session)?;
        let smaller = if whole.is_some() { Vec::new() } else { drawn.smaller(&mut session)? };
        let Drawn { geometry, choice, fit, halo_probe, .. } = drawn;
        let images = fit.groups * if geometry.planar { fit.shape[1] } else { 1 };
        let states = States::new(&geometry, &ready, images)?;
        let fed = |at: usize| {
            geometry.fed.iter().any(|&(fed, _)| fed == at) || geometry.states.iter().any(|&(state, _)| state == at)
        };
        let unfed = geometry.inputs.iter().enumerate().filter(|(at, port)| !fed(*at) && port.is_image());
        for (_, port) in unfed {
            // What it remembers is handed on by an output beside the result.
            let beside = |at: &usize| !geometry.given.contains(at) && geometry.outputs[*at].letters() == port.letters();
            let state = (0..geometry.outputs.len()).find(beside).map(|at| {
                let (input, output) = (&port.name, &geometry.outputs[at].name);
                format!("; if {output} is its content for the next time point, set model.states to {input}={output}")
            });
            let text = format!(
                "the network's input {} is an image too; it is filled with model.value, {}, since only {} is fed the image; \
                 name both in model.inputs to give each its channels, or give it samples by \
                 abbe_plan_set_model_input(){}",
                port.name,
                settings.f64(params::MODEL_VALUE).unwrap_or(0.0),
                geometry.inputs[geometry.image].name,
                state.unwrap_or_default()
            );
            warnings.push(Warning { name: "unfed", text });
        }
        let image = &geometry.inputs[geometry.image];
        if let Some(axis) = image.axes.iter().find(|axis| axis.kind == AxisKind::Time && axis.size.fixed().is_none()) {
            let text = format!(
                "the network's time axis, {}, is of any extent, and it reads one time point at a time; set model.frames to \
                 have it read several together",
                axis.name
            );
            warnings.push(Warning { name: "one_time_point", text });
        }
        let places = [0, 1, 2].map(|at| feed::places(&choice.lines[at], fit.image[at]));
        let before = fit.before(&geometry, settings)?;
        let after = fit.after(&geometry, settings)?;
        watch.advance(1.0)?;
        let about = Arc::new(About {
            name: model.description().name.clone(),
            fallback,
            onnxruntime: runtime.version().to_owned(),
            nodes,
            halo_probe,
            given_inputs: model.given_inputs(),
            outputs: outputs(&geometry, settings, &before),
            time_points: geometry.frames,
            border: None,
        });
        Ok(Self {
            frames: vec![0; geometry.frames],
            shown: geometry.frames / 2,
            geometry,
            choice,
            settings: settings.clone(),
            fit,
            session,
            ready,
            smaller,
            whole,
            places,
            states,
            before,
            after,
            known: false,
            learned: false,
            normalises: model.graph().normalises(),
            runs_on,
            about,
            warnings,
        })
    }

    /// Time points that the network reads together.
    ///
    /// # Errors
    /// [`Error::Argument`] and [`Error::Unsupported`] for settings that do not fit it.
    pub fn time_points(model: &Model, settings: &Settings) -> Result<usize> {
        ports::frames(model, settings)
    }

    /// Whether the network remembers one time point for the next.
    pub fn remembers(settings: &Settings) -> bool {
        !settings.text(params::MODEL_STATES).is_empty()
    }

    /// Notes for the report what is added to images before they come here.
    pub fn tell_border(&mut self, border: &Border) {
        if let Some(about) = Arc::get_mut(&mut self.about) {
            about.border = Some((border.width(), border.padding()));
        }
    }

    /// What a host should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Extents (c, z, y, x) of the image.
    pub fn input(&self) -> [usize; 4] {
        self.fit.shape
    }

    /// ONNX's name of the sample type that the network takes images of.
    pub fn input_type(&self) -> &'static str {
        onnx::type_name(self.geometry.inputs[self.geometry.image].sample_type)
    }

    /// A layer of the network that takes means and deviations of what it reads, if there is one.
    pub fn normalises(&self) -> Option<&'static str> {
        self.normalises
    }

    /// Extents (c, z, y, x) of the result.
    pub fn output(&self) -> [usize; 4] {
        self.fit.output
    }

    /// Fills another input than the image by a function of its shape, for executes from now on.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the image goes through in tiles; those of `samples`.
    pub(super) fn feed(&mut self, at: usize, samples: impl FnOnce(&[usize]) -> Result<Vec<f32>>) -> Result<()> {
        if self.choice.lines.iter().any(|line| line.spans.len() > 1) {
            return Err(Error::Unsupported(
                "the package's test has several inputs and an image that goes through in tiles; it must fit into one"
                    .to_owned(),
            ));
        }
        let tensor = &mut self.ready.tensors.inputs[at];
        let samples = samples(tensor.shape())?;
        tensor.values().copy_from_slice(&samples);
        Ok(())
    }

    /// Shape and samples of an output as the network gave them in its last run.
    pub(super) fn result(&mut self, at: usize) -> (Vec<usize>, &[f32]) {
        let tensor = &mut self.ready.tensors.outputs[at];
        (tensor.shape().to_vec(), tensor.values())
    }
}

/// What the outputs that are given hold, and in which units.
fn outputs(geometry: &Geometry, settings: &Settings, before: &[Treatment]) -> Vec<Told> {
    let back = before.iter().all(|before| before.linear().is_some());
    let told = |&at: &usize| {
        let port = &geometry.outputs[at];
        let unit = |kind| if back && in_input_units(kind, port, settings) { "input" } else { "network" };
        let units = (0..port.kinds.len().max(1)).map(|channel| unit(kind::of_channel(port, channel))).collect();
        Told { name: port.name.clone(), kinds: port.kinds.clone(), intensities: units }
    };
    geometry.given.iter().map(told).collect()
}
