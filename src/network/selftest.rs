//! A package's own test: its test inputs through the network must give its test outputs.

use std::sync::Arc;

use serde_json::{Value, json};

use super::committed::Network;
use super::description::{AxisKind, Port};
use super::model::Model;
use super::npy;
use crate::error::{Error, Result};
use crate::params::{self, Settings};
use crate::runtime::{Answer, Control, Watch, Workers};

/// Runs the test of a package and compares by the rule of its specification: a sample agrees when it differs by at
/// most `1e-3 + 1e-3 |expected|`, and at most 100 in a million may not.
///
/// # Errors
/// [`Error::State`] when the package has no test, and what a commit and an execute give.
pub fn run(model: &Arc<Model>, context: &Settings, workers: &Workers) -> Result<Value> {
    let Some((inputs, outputs)) = &model.package().tests else {
        return Err(Error::State("the model has no test tensors; a package must bring them".to_owned()));
    };
    let about = model.description();
    let image = about.inputs.iter().position(Port::is_image).unwrap_or(0);
    if inputs.len() > 1 {
        return Err(Error::Unsupported(
            "the package's test has several inputs; only those of a single image can be run".to_owned(),
        ));
    }
    let (shape, samples) = npy::read(&inputs[image])?;
    let (extents, samples) = packed(&about.inputs[image], &shape, &samples)?;
    let mut results = Vec::new();
    for (at, expected) in outputs.iter().enumerate().filter(|(at, _)| about.outputs[*at].is_image()) {
        let mut settings = Settings::new("model");
        settings.set_i64(params::MODEL_EXTENT, 1)?;
        settings.set_i64(params::MODEL_INTENSITIES, 2)?;
        settings.set_i64(params::MODEL_OUTPUT, i64::try_from(at).unwrap_or(i64::MAX))?;
        let control = Control::new();
        let mut listener = |_: f64| Answer::Continue;
        let mut watch = Watch::new(&control, &mut listener);
        let mut network = Network::new(Arc::clone(model), extents, &settings, context, None, &mut watch)?;
        let mut output = crate::error::zeroed("the test's result", network.output().iter().product())?;
        control.begin();
        let outcome = network.execute(&samples, &mut output, workers, &mut watch)?;
        let (shape, expected) = npy::read(expected)?;
        let (shape, expected) = packed(&about.outputs[at], &shape, &expected)?;
        let mut result = compare(&output, &expected);
        if shape != network.output() {
            result["passed"] = false.into();
        }
        result["output"] = about.outputs[at].name.clone().into();
        result["shape_czyx"] = json!(network.output());
        result["expected_czyx"] = json!(shape);
        result["device"] = json!(outcome.device);
        results.push(result);
    }
    let passed = !results.is_empty() && results.iter().all(|result| result["passed"] == true);
    Ok(json!({ "passed": passed, "outputs": results }))
}

fn compare(output: &[f32], expected: &[f32]) -> Value {
    let (mut worst, mut differing) = (0.0_f64, 0_u64);
    for (&got, &wanted) in output.iter().zip(expected) {
        let difference = f64::from(got - wanted).abs();
        worst = worst.max(difference);
        differing += u64::from(difference.is_nan() || difference > 1e-3 + 1e-3 * f64::from(wanted).abs());
    }
    let allowed = expected.len() as u64 * 100 / 1_000_000;
    json!({
        "passed": output.len() == expected.len() && differing <= allowed,
        "largest_difference": worst,
        "differing_samples": differing,
        "samples": expected.len(),
    })
}

/// A tensor as packed channels, planes, rows, columns.
fn packed(port: &Port, shape: &[usize], samples: &[f32]) -> Result<([usize; 4], Vec<f32>)> {
    let wrong = || {
        Error::Model(format!("a test tensor of {} is of shape {shape:?}; its axes are {}", port.name, port.letters()))
    };
    if shape.len() != port.axes.len() {
        return Err(wrong());
    }
    let (mut extents, mut strides, mut stride) = ([1_usize; 4], [0_usize; 4], 1);
    for (axis, &extent) in port.axes.iter().zip(shape).rev() {
        match axis.kind {
            AxisKind::Channel => (extents[0], strides[0]) = (extent, stride),
            AxisKind::Z => (extents[1], strides[1]) = (extent, stride),
            AxisKind::Y => (extents[2], strides[2]) = (extent, stride),
            AxisKind::X => (extents[3], strides[3]) = (extent, stride),
            _ if extent != 1 => return Err(wrong()),
            _ => {}
        }
        stride *= extent;
    }
    let mut all = Vec::with_capacity(samples.len());
    for c in 0..extents[0] {
        for z in 0..extents[1] {
            for y in 0..extents[2] {
                let start = c * strides[0] + z * strides[1] + y * strides[2];
                all.extend((0..extents[3]).map(|x| samples[start + x * strides[3]]));
            }
        }
    }
    Ok((extents, all))
}
