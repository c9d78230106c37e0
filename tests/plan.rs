//! Plans of several steps against their steps one after another.

mod network_support;

use std::sync::Arc;

use abbe::codes::StepKind::{
    self, Background, Bin, Deconvolve, Denoise, Esrrf, Filter, HotPixels, Model, Output, Reassign, Resample,
};
use abbe::image::Dtype;
use abbe::params::{self, Id};
use abbe::plan::{Buffers, ModelObject, Object, Plan, PsfObject};
use abbe::runtime::Context;

/// A step: its kind, whole numbers to set, and the objects that it takes.
#[derive(Clone)]
struct Given {
    kind: StepKind,
    numbers: Vec<(Id, i64)>,
    object: Option<Object>,
}

fn step(kind: StepKind, numbers: &[(Id, i64)], object: Option<Object>) -> Given {
    Given { kind, numbers: numbers.to_vec(), object }
}

fn gaussian(context: &Arc<Context>, pixel_nm: f64) -> Option<Object> {
    let psf = PsfObject::new(Arc::clone(context), 1).unwrap();
    for (id, value) in [
        (params::PSF_SIGMA_NM, 150.0),
        (params::PSF_SIGMA_AXIAL_NM, 300.0),
        (params::PSF_PIXEL_NM, pixel_nm),
        (params::PSF_STEP_NM, 200.0),
    ] {
        psf.change(|source| source.settings.set_f64(id, value)).unwrap();
    }
    Some(Object::Psf(Arc::new(psf)))
}

/// Extents, samples and report of a plan from f32 to f32.
fn run(context: &Arc<Context>, axes: &str, shape: &[i64], image: &[f32], steps: &[Given]) -> (Vec<i64>, Vec<f32>) {
    let plan = Plan::new(Arc::clone(context));
    plan.change(|draft| {
        for Given { kind, numbers, object } in steps {
            draft.add_step(*kind);
            object.iter().try_for_each(|object| draft.give(object.clone()))?;
            numbers.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_i64(*id, *value))?;
        }
        draft.set_input(Dtype::F32, axes, shape, None, 0)
    })
    .unwrap();
    let promised = plan.i64(params::PLAN_WORKSPACE_BYTES).unwrap();
    plan.commit().unwrap();
    assert_eq!(plan.i64(params::PLAN_WORKSPACE_BYTES).unwrap(), promised);
    let shape = plan.output_shape().unwrap();
    let source: Vec<u8> = image.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let mut target = vec![0; 4 * shape.iter().product::<i64>() as usize];
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).unwrap();
    (shape, target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect())
}

/// Points on a slope, smooth, with some noise.
fn image(shape: &[i64]) -> Vec<f32> {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let len = shape.iter().product::<i64>() as usize;
    let mut samples: Vec<f32> =
        (0..len).map(|at| if at % 97 == 13 { 900.0 } else { 40.0 + at as f32 * 1e-3 }).collect();
    for at in 1..len - 1 {
        samples[at] = 0.25 * (samples[at - 1] + 2.0 * samples[at] + samples[at + 1]) + 4.0 * random();
    }
    samples
}

#[test]
fn a_chain_is_its_steps_one_after_another() {
    let context = Arc::new(Context::default());
    context.set_i64(params::CONTEXT_THREADS, 2).unwrap();
    let background = || step(Background, &[], None);
    let denoise = || step(Denoise, &[], None);
    let deconvolve = |algorithm| {
        let numbers = [(params::DECONVOLVE_ALGORITHM, algorithm), (params::DECONVOLVE_ITERATIONS, 4)];
        step(Deconvolve, &numbers, gaussian(&context, 100.0))
    };
    for (axes, shape) in [("zyx", vec![6, 30, 28]), ("tcyx", vec![2, 2, 40, 36])] {
        let image = image(&shape);
        for steps in [
            vec![background(), deconvolve(1)],
            vec![background(), deconvolve(10)],
            vec![background(), deconvolve(0), denoise()],
            vec![denoise(), background()],
            vec![deconvolve(2), deconvolve(1)],
            vec![step(HotPixels, &[], None), deconvolve(1)],
            vec![deconvolve(1), step(Bin, &[], None)],
            vec![deconvolve(1), step(Reassign, &[], None)],
            vec![step(Bin, &[], None), step(Esrrf, &[], None)],
            vec![step(Background, &[(params::BACKGROUND_MODE, 4)], None), deconvolve(1)],
            vec![step(Filter, &[(params::FILTER_KIND, 1)], None), deconvolve(1)],
            vec![deconvolve(1), step(Filter, &[(params::FILTER_KIND, 2)], None)],
            vec![deconvolve(1), step(Output, &[(params::OUTPUT_HIGHEST, 200)], None)],
            vec![step(Output, &[(params::OUTPUT_HIGHEST, 200)], None), deconvolve(1)],
        ] {
            let names: Vec<_> = steps.iter().map(|step| step.kind.name()).collect();
            let whole = run(&context, axes, &shape, &image, &steps);
            let mut parts = (shape.clone(), image.clone());
            for step in steps {
                parts = run(&context, axes, &parts.0, &parts.1, &[step]);
            }
            assert_eq!(whole.0, parts.0);
            assert!(whole.1 == parts.1, "{names:?} {shape:?}");
            assert!(whole.1 != image, "{names:?} {shape:?} do nothing");
        }
    }
}

#[test]
fn a_point_spread_function_after_a_resampling_is_on_its_pixels() {
    let context = Arc::new(Context::default());
    let deconvolve = |pixel_nm| {
        let numbers = [(params::DECONVOLVE_ALGORITHM, 1), (params::DECONVOLVE_ITERATIONS, 3)];
        step(Deconvolve, &numbers, gaussian(&context, pixel_nm))
    };
    let shape = [20, 22];
    let image = image(&shape);
    for (kind, id) in [
        (Reassign, params::REASSIGN_MAGNIFICATION),
        (Esrrf, params::ESRRF_MAGNIFICATION),
        (Resample, params::RESAMPLE_FACTOR_PX),
    ] {
        let finer = step(kind, &[(id, 2)], None);
        let (larger, samples) = run(&context, "yx", &shape, &image, std::slice::from_ref(&finer));
        assert_eq!(larger, [40, 44]);
        let whole = run(&context, "yx", &shape, &image, &[finer, deconvolve(150.0)]);
        assert!(whole.1 == run(&context, "yx", &larger, &samples, &[deconvolve(75.0)]).1);
    }
}

#[test]
fn a_point_spread_function_after_a_bin_is_on_larger_pixels() {
    let context = Arc::new(Context::default());
    let deconvolve = |pixel_nm| {
        let numbers = [(params::DECONVOLVE_ALGORITHM, 1), (params::DECONVOLVE_ITERATIONS, 3)];
        step(Deconvolve, &numbers, gaussian(&context, pixel_nm))
    };
    let (shape, bin) = ([41, 44], step(Bin, &[(params::BIN_PX, 2)], None));
    let image = image(&shape);
    let (smaller, samples) = run(&context, "yx", &shape, &image, std::slice::from_ref(&bin));
    assert_eq!(smaller, [20, 22]);
    let whole = run(&context, "yx", &shape, &image, &[bin, deconvolve(75.0)]);
    assert!(whole.1 == run(&context, "yx", &smaller, &samples, &[deconvolve(150.0)]).1);
}

#[test]
fn a_point_spread_function_after_a_network_is_on_its_pixels() {
    let Some(runtime) = network_support::onnxruntime() else { return };
    let context = Arc::new(Context::default());
    context.set_text(params::CONTEXT_ONNXRUNTIME, runtime.to_str().unwrap()).unwrap();
    let model = ModelObject::load(Arc::clone(&context), &network_support::fixture("shuffle_x3.onnx")).unwrap();
    let model = step(Model, &[], Some(Object::Model(Arc::new(model))));
    let deconvolve = |pixel_nm| {
        let numbers = [(params::DECONVOLVE_ALGORITHM, 1), (params::DECONVOLVE_ITERATIONS, 3)];
        step(Deconvolve, &numbers, gaussian(&context, pixel_nm))
    };
    let shape = [40, 44];
    let image = image(&shape);
    let (enlarged, samples) = run(&context, "yx", &shape, &image, std::slice::from_ref(&model));
    assert_eq!(enlarged, [120, 132]);
    let whole = run(&context, "yx", &shape, &image, &[model, deconvolve(100.0)]);
    let by_hand = run(&context, "yx", &enlarged, &samples, &[deconvolve(100.0 / 3.0)]);
    assert!(whole.1 == by_hand.1);
    assert!(whole.1 != run(&context, "yx", &enlarged, &samples, &[deconvolve(100.0)]).1);
}
