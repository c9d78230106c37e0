//! A package's own test: its test inputs through the network must give its test outputs.

use std::sync::Arc;

use serde_json::{Value, json};

use super::committed::Network;
use super::description::{AxisKind, Port};
use super::intensities;
use super::model::Model;
use super::npy;
use super::package::Tolerance;
use super::statistics::Whole;
use super::treatment::Treatment;
use crate::error::{Error, Result};
use crate::params::{self, Extent, Intensities, Settings};
use crate::runtime::{Answer, Control, Watch, Workers};

/// Runs the test of a package and compares every output by the rule of its specification: a sample agrees when it
/// differs by at most `1e-3 + 1e-3 |expected|`, and at most 100 in a million may not, unless the package states
/// tolerances of its own.
///
/// Outputs that are images come through a plan's own path, the others as the network gives them.
///
/// # Errors
/// [`Error::State`] when the package has no test, [`Error::Unsupported`] when a further input is of a shape that abbe
/// does not feed, and what a commit and an execute give.
pub fn run(model: &Arc<Model>, context: &Settings, workers: &Workers) -> Result<Value> {
    let (inputs, outputs) = model.package().tests.as_ref().map_err(Clone::clone)?;
    let about = model.description();
    let image = about.inputs.iter().position(Port::is_image).unwrap_or(0);
    let mut test = Test { model, context, workers, image, inputs: Vec::new() };
    for (port, bytes) in about.inputs.iter().zip(inputs) {
        test.inputs.push(Packed::read(port, bytes)?);
    }
    let shown = about.outputs.iter().position(Port::is_image).unwrap_or(0);
    let mut results = Vec::new();
    for (at, bytes) in outputs.iter().enumerate() {
        let (port, expected) = (&about.outputs[at], Packed::read(&about.outputs[at], bytes)?);
        let (found, device) = if port.is_image() { test.image(at)? } else { test.other(at, shown)? };
        let tolerance = model.package().tolerances.get(at).copied().unwrap_or_default();
        let mut result = compare(&found.samples, &expected.samples, tolerance);
        if found.extents != expected.extents {
            result["passed"] = false.into();
        }
        result["output"] = port.name.clone().into();
        result["shape_czyx"] = json!(found.extents);
        result["expected_czyx"] = json!(expected.extents);
        result["device"] = device;
        results.push(result);
    }
    let passed = !results.is_empty() && results.iter().all(|result| result["passed"] == true);
    Ok(json!({ "passed": passed, "outputs": results }))
}

struct Test<'a> {
    model: &'a Arc<Model>,
    context: &'a Settings,
    workers: &'a Workers,
    /// Which input is the image.
    image: usize,
    inputs: Vec<Packed>,
}

impl Test<'_> {
    /// An output that is an image, and the device.
    fn image(&self, at: usize) -> Result<(Packed, Value)> {
        let (network, samples, device) = self.executed(at)?;
        let mut extents = network.output();
        // Time points stand for planes: see `arranged`.
        extents[1] *= samples.len() / extents.iter().product::<usize>().max(1);
        Ok((Packed { extents, samples }, device))
    }

    /// Another output: as the network gives it in a run for the image output `shown`, with the package's last steps.
    fn other(&self, at: usize, shown: usize) -> Result<(Packed, Value)> {
        let (mut network, _, device) = self.executed(shown)?;
        let port = &self.model.description().outputs[at];
        let (shape, samples) = network.result(at);
        let mut found = Packed::of(port, &shape, samples)?;
        let reference = &self.inputs[self.image];
        found.treat(port, reference, self.workers)?;
        Ok((found, device))
    }

    /// The network committed for the test and executed for the output `at`.
    fn executed(&self, at: usize) -> Result<(Network, Vec<f32>, Value)> {
        let mut settings = Settings::new("model");
        settings.set_choice(params::MODEL_EXTENT, Extent::Network)?;
        settings.set_choice(params::MODEL_INTENSITIES, Intensities::Network)?;
        settings.set_i64(params::MODEL_OUTPUT, i64::try_from(at).unwrap_or(i64::MAX))?;
        let control = Control::new();
        let mut listener = |_: f64| Answer::Continue;
        let mut watch = Watch::new(&control, &mut listener);
        let image = self.inputs[self.image].clone().in_time(Network::time_points(self.model, &settings)?)?;
        let frames = image.frames;
        let mut network =
            Network::new(Arc::clone(self.model), image.extents, &settings, self.context, None, &mut watch)?;
        for (at, (port, input)) in self.model.description().inputs.iter().zip(&self.inputs).enumerate() {
            if at != self.image {
                let mut input = input.clone();
                let own = input.clone();
                input.treat(port, &own, self.workers)?;
                network.feed(at, |shape| input.unpacked(port, shape))?;
            }
        }
        let shown = if network.gives_all_time_points() { 0..frames } else { frames / 2..frames / 2 + 1 };
        let (all, len) = (shown.len(), network.output().iter().product::<usize>());
        let mut output = crate::error::zeroed("the test's result", all * len)?;
        let mut one = crate::error::zeroed("the test's result", len)?;
        let mut device = Value::Null;
        for (order, at) in shown.enumerate() {
            control.begin();
            network.show(0..frames, at);
            device = json!(network.execute(&image.samples, &mut one, self.workers, &mut watch)?.device);
            // Packed channels, time points in the place of planes, rows, columns.
            let channels = network.output()[0];
            let plane = len / channels;
            for (channel, samples) in one.chunks_exact(plane).enumerate() {
                output[(channel * all + order) * plane..][..plane].copy_from_slice(samples);
            }
        }
        Ok((network, output, device))
    }
}

/// Time points one after the other, each packed channels, planes, rows, columns.
struct InTime {
    frames: usize,
    extents: [usize; 4],
    samples: Vec<f32>,
}

/// A tensor as packed channels, planes, rows, columns.
#[derive(Clone)]
struct Packed {
    extents: [usize; 4],
    samples: Vec<f32>,
}

impl Packed {
    /// Of the bytes of an `.npy` file.
    fn read(port: &Port, bytes: &[u8]) -> Result<Self> {
        let (shape, samples) = npy::read(bytes)?;
        Self::of(port, &shape, &samples)
    }

    fn of(port: &Port, shape: &[usize], samples: &[f32]) -> Result<Self> {
        let (extents, strides) = arranged(port, shape)?;
        let samples = places(extents, strides).map(|at| samples[at]).collect();
        Ok(Self { extents, samples })
    }

    /// The same with `frames` time points that stood for planes, or for channels.
    fn in_time(self, frames: usize) -> Result<InTime> {
        let [channels, planes, rows, columns] = self.extents;
        if frames == 1 {
            return Ok(InTime { frames, extents: self.extents, samples: self.samples });
        }
        if planes != frames {
            return Err(Error::Unsupported(format!(
                "the test's image has {planes} planes for {frames} time points; abbe tests networks of planes only over time"
            )));
        }
        let plane = rows * columns;
        let places = (0..frames * channels).map(|at| (at % channels * frames + at / channels) * plane);
        let samples = places.flat_map(|start| self.samples[start..start + plane].iter().copied()).collect();
        Ok(InTime { frames, extents: [channels, 1, rows, columns], samples })
    }

    /// The samples in the order of a tensor of that shape.
    fn unpacked(&self, port: &Port, shape: &[usize]) -> Result<Vec<f32>> {
        let (extents, strides) = arranged(port, shape)?;
        if extents != self.extents {
            return Err(Error::Unsupported(format!(
                "the test tensor of {} is of {:?} samples (c, z, y, x); with this image abbe feeds {extents:?}",
                port.name, self.extents
            )));
        }
        let mut samples = vec![0.0; self.samples.len()];
        places(extents, strides).zip(&self.samples).for_each(|(at, &sample)| samples[at] = sample);
        Ok(samples)
    }

    /// What the package does to this tensor.
    fn treat(&mut self, port: &Port, reference: &Self, workers: &Workers) -> Result<()> {
        let operations = intensities::of_package(port, &Settings::new("model"), false);
        let mut treatment = Treatment::new(operations, self.extents, reference.extents)?;
        treatment.measure(self.whole(), reference.whole(), workers);
        treatment.apply(&mut self.samples, self.extents, workers);
        Ok(())
    }

    fn whole(&self) -> Whole<'_> {
        Whole { samples: &self.samples, extents: self.extents }
    }
}

/// Extents (c, z, y, x) and strides of a tensor of that shape; an axis of another kind stands for a spatial one that the
/// tensor does not have.
fn arranged(port: &Port, shape: &[usize]) -> Result<([usize; 4], [usize; 4])> {
    let wrong = || {
        Error::Model(format!("a test tensor of {} is of shape {shape:?}; its axes are {}", port.name, port.letters()))
    };
    if shape.len() != port.axes.len() {
        return Err(wrong());
    }
    let slot = |kind: AxisKind| match kind {
        AxisKind::Channel => Some(0),
        kind => kind.spatial().map(|spatial| spatial + 1),
    };
    let mut free: Vec<usize> = (1..4).filter(|&at| port.axes.iter().all(|axis| slot(axis.kind) != Some(at))).collect();
    let (mut extents, mut strides, mut stride) = ([1_usize; 4], [0_usize; 4], 1);
    for (axis, &extent) in port.axes.iter().zip(shape).rev() {
        let at = match slot(axis.kind) {
            None if extent == 1 => None,
            None if axis.kind == AxisKind::Batch => return Err(wrong()),
            None => Some(free.pop().ok_or_else(wrong)?),
            at => at,
        };
        if let Some(at) = at {
            (extents[at], strides[at]) = (extent, stride);
        }
        stride *= extent;
    }
    Ok((extents, strides))
}

/// Where the samples of packed extents are in a tensor of these strides.
fn places([channels, planes, rows, columns]: [usize; 4], strides: [usize; 4]) -> impl Iterator<Item = usize> {
    (0..channels * planes * rows * columns).map(move |at| {
        let place = [at / (planes * rows * columns), at / (rows * columns) % planes, at / columns % rows, at % columns];
        place.iter().zip(strides).map(|(place, stride)| place * stride).sum()
    })
}

fn compare(output: &[f32], expected: &[f32], tolerance: Tolerance) -> Value {
    let (mut worst, mut differing) = (0.0_f64, 0_u64);
    for (&got, &wanted) in output.iter().zip(expected) {
        let difference = f64::from(got - wanted).abs();
        worst = worst.max(difference);
        differing += u64::from(
            difference.is_nan() || difference > tolerance.absolute + tolerance.relative * f64::from(wanted).abs(),
        );
    }
    let allowed = (expected.len() as f64 * tolerance.mismatched_per_million / 1e6) as u64;
    json!({
        "passed": output.len() == expected.len() && differing <= allowed,
        "largest_difference": worst,
        "differing_samples": differing,
        "samples": expected.len(),
        "absolute_tolerance": tolerance.absolute,
        "relative_tolerance": tolerance.relative,
    })
}
