//! Plans of one step, and images.

use std::sync::Arc;

use abbe::codes::{Code, StepKind};
use abbe::error::Result;
use abbe::image::Dtype;
use abbe::params::{self, Id};
use abbe::plan::{Buffers, Plan};
use abbe::runtime::{Answer, Context};
use half::f16;
use serde_json::Value;

/// Choices and numbers of a step.
#[derive(Clone)]
pub struct Step {
    pub kind: StepKind,
    pub choices: Vec<(Id, i64)>,
    pub numbers: Vec<(Id, f64)>,
}

impl Step {
    pub fn of_numbers(kind: StepKind, numbers: &[(Id, f64)]) -> Self {
        Self { kind, choices: Vec::new(), numbers: numbers.to_vec() }
    }

    pub fn new(kind: StepKind, choice: (Id, impl Code), numbers: &[(Id, f64)]) -> Self {
        Self { kind, choices: vec![(choice.0, choice.1.number().into())], numbers: numbers.to_vec() }
    }
}

/// Images of a layout.
pub struct Images<'a> {
    pub axes: &'a str,
    pub shape: &'a [usize],
    pub dtype: Dtype,
    pub samples: &'a [f32],
}

impl Images<'_> {
    /// Those of f32.
    pub fn of<'a>(axes: &'a str, shape: &'a [usize], samples: &'a [f32]) -> Images<'a> {
        Images { axes, shape, dtype: Dtype::F32, samples }
    }

    fn bytes(&self) -> Vec<u8> {
        let samples = self.samples.iter();
        match self.dtype {
            Dtype::U8 => samples.map(|sample| *sample as u8).collect(),
            Dtype::U16 => samples.flat_map(|sample| (*sample as u16).to_ne_bytes()).collect(),
            Dtype::F16 => samples.flat_map(|sample| f16::from_f32(*sample).to_ne_bytes()).collect(),
            Dtype::F32 => samples.flat_map(|sample| sample.to_ne_bytes()).collect(),
        }
    }
}

/// A plan of steps for images, with f32 for the target.
pub fn plan(steps: &[Step], images: &Images, threads: i64, of_plan: &[(Id, i64)], mask: Option<&[u8]>) -> Result<Plan> {
    let context = Arc::new(Context::default());
    context.set_i64(params::CONTEXT_THREADS, threads)?;
    let plan = Plan::new(context);
    let shape: Vec<_> = images.shape.iter().map(|extent| *extent as i64).collect();
    plan.change(|draft| {
        for Step { kind, choices, numbers } in steps {
            draft.add_step(*kind);
            choices.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_i64(*id, *value))?;
            numbers.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_f64(*id, *value))?;
        }
        of_plan.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_i64(*id, *value))?;
        draft.set_input(images.dtype, images.axes, &shape, None, 0)?;
        draft.set_output(Dtype::F32, None, 0)?;
        draft.set_mask(mask)
    })?;
    Ok(plan)
}

/// What a plan makes of the images, and its report; the bytes it promised are those it holds.
pub fn execute(plan: &Plan, images: &Images) -> Result<(Vec<f32>, Value)> {
    let promised = plan.i64(params::PLAN_WORKSPACE_BYTES)?;
    plan.commit()?;
    assert_eq!(plan.i64(params::PLAN_WORKSPACE_BYTES)?, promised);
    let (source, mut target) = (images.bytes(), vec![0; 4 * plan.output_shape()?.iter().product::<i64>() as usize]);
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target }))?;
    let samples = target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
    Ok((samples, plan.report()?))
}

/// The result of one step.
pub fn run(step: &Step, images: &Images) -> Result<(Vec<f32>, Value)> {
    execute(&plan(std::slice::from_ref(step), images, 2, &[], None)?, images)
}

/// The error text of one step.
pub fn refused(step: &Step, images: &Images) -> String {
    run(step, images).err().map_or_else(String::new, |error| error.to_string())
}

/// That results have the same bits for any number of threads, and that whoever cancels is heard after so many calls.
pub fn same_bits_and_cancelled(step: &Step, images: &Images, lasts: &[u32]) {
    let of = |threads| plan(std::slice::from_ref(step), images, threads, &[], None).unwrap();
    let expected = execute(&of(1), images).unwrap().0;
    let several = of(5);
    assert!(execute(&several, images).unwrap().0 == expected);
    for &last in lasts {
        let mut heard = 0;
        several
            .set_listener(Some(Box::new(move |_| {
                heard += 1;
                if heard > last { Answer::Cancel } else { Answer::Continue }
            })))
            .unwrap();
        let untouched = -7.0_f32;
        let source = images.bytes();
        let mut target: Vec<u8> = images.samples.iter().flat_map(|_| untouched.to_ne_bytes()).collect();
        let done = several.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target }));
        assert!(done.is_err(), "call {last}");
        assert!(target.chunks(4).all(|bytes| *bytes == untouched.to_ne_bytes()), "call {last}");
    }
    several.set_listener(None).unwrap();
    assert!(execute(&several, images).unwrap().0 == expected);
}

/// Spots on a slope with noise: whole numbers up to 255.
pub fn scene(shape: &[usize], seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let [ny, nx] = [shape[shape.len() - 2], shape[shape.len() - 1]];
    (0..shape.iter().product::<usize>())
        .map(|at| {
            let (plane, y, x) = (at / (ny * nx), (at / nx % ny) as f32, (at % nx) as f32);
            let spot = |seed: usize| {
                let (cy, cx) = ((seed * 37 % 101) as f32 / 101.0, (seed * 53 % 97) as f32 / 97.0);
                100.0 * (-((y - cy * ny as f32).powi(2) + (x - cx * nx as f32).powi(2)) / 8.0).exp()
            };
            let light = 30.0 + 0.5 * x + (0..6).map(|number| spot(number + 7 * plane)).sum::<f32>();
            (light + 25.0 * random()).round().min(255.0)
        })
        .collect()
}
