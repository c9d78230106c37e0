//! Plans over views of `ndarray`, against the plan beneath on packed buffers and against sums by hand.

use std::sync::Arc;

use abbe::arrays::{Plan, Psf, Sample};
use abbe::codes::{Code, PsfKind, StepKind};
use abbe::error::Error;
use abbe::image::Dtype;
use abbe::params::{
    CONTEXT_THREADS, DECONVOLVE_ITERATIONS, PSF_PIXEL_NM, PSF_SIGMA_AXIAL_NM, PSF_SIGMA_NM, PSF_STEP_NM,
};
use abbe::plan::{self, Buffers, Object, PsfObject};
use abbe::runtime::{Answer, Context};
use half::f16;
use ndarray::{Array, Array2, Array3, ArrayView3, Axis, ShapeBuilder, s};

#[path = "../examples/rust/shortest.rs"]
mod shortest;

const SHAPE: (usize, usize, usize) = (5, 18, 23);
/// Of the Gaussian, voxels and widths.
const PSF: [(&str, i32, f64); 4] = [
    ("psf.pixel_nm", PSF_PIXEL_NM, 100.0),
    ("psf.step_nm", PSF_STEP_NM, 250.0),
    ("psf.sigma_nm", PSF_SIGMA_NM, 110.0),
    ("psf.sigma_axial_nm", PSF_SIGMA_AXIAL_NM, 260.0),
];

#[test]
fn the_shortest_program_runs_and_is_the_one_of_the_page() {
    shortest::main().unwrap();
    let program = include_str!("../examples/rust/shortest.rs").split_once("\n\n").unwrap().1;
    assert!(include_str!("../docs/rust.md").contains(program));
}

#[test]
fn views_of_every_kind_give_what_the_plan_beneath_gives() {
    let image = image();
    let expected = directly(&image);
    let mut plan = deconvolution(&context());
    let mut same = |axes: &str, view: ArrayView3<f32>, back: &dyn Fn(Array3<f32>) -> Array3<f32>| {
        assert_eq!(back(plan.run(axes, view).unwrap()), expected, "{axes}");
    };
    same("zyx", image.view(), &|result| result);
    same("zyx", image.view(), &|result| result);
    // Other axes, where they lie.
    same("xzy", image.view().permuted_axes([2, 0, 1]), &|result| result.permuted_axes([1, 2, 0]));
    let mut fortran = Array3::zeros(SHAPE.f());
    fortran.assign(&image);
    same("zyx", fortran.view(), &|result| result);
    // Backwards in memory, forwards in the view: one axis, two, all.
    for axes in [&[0][..], &[1], &[2], &[0, 2], &[0, 1, 2]] {
        let mut view = image.view();
        axes.iter().for_each(|axis| view.invert_axis(Axis(*axis)));
        let stored = view.as_standard_layout().into_owned();
        let mut view = stored.view();
        axes.iter().for_each(|axis| view.invert_axis(Axis(*axis)));
        assert!(view.as_slice_memory_order().is_some());
        same("zyx", view, &|result| result);
    }
    // With gaps: a window, every second sample backwards, one axis of length 1.
    let mut wide = Array3::from_elem((9, 40, 50), f32::NAN);
    wide.slice_mut(s![2..7, 3..39;2, 1..47;-2]).assign(&image);
    same("zyx", wide.slice(s![2..7, 3..39;2, 1..47;-2]), &|result| result);
}

#[test]
fn results_go_into_views_of_every_kind() {
    let image = image();
    let expected = directly(&image);
    let mut plan = deconvolution(&context());
    let mut plain = Array3::<f32>::zeros(SHAPE);
    plan.run_into("zyx", image.view(), plain.view_mut()).unwrap();
    assert_eq!(plain, expected);

    let mut turned = Array3::<f32>::zeros((SHAPE.2, SHAPE.0, SHAPE.1));
    let mut target = turned.view_mut().permuted_axes([1, 2, 0]);
    target.invert_axis(Axis(1));
    plan.run_into("zyx", image.view(), target).unwrap();
    let mut found = turned.view().permuted_axes([1, 2, 0]);
    found.invert_axis(Axis(1));
    assert_eq!(found, expected);

    let mut wide = Array3::from_elem((5, 36, 30), -1.0_f32);
    plan.run_into("zyx", image.view(), wide.slice_mut(s![.., ..;-2, 4..27])).unwrap();
    assert_eq!(wide.slice(s![.., ..;-2, 4..27]), expected);
    let outside = wide.len() - expected.len();
    assert_eq!(wide.iter().filter(|sample| **sample == -1.0).count(), outside);
}

/// Less a background of 10, each sample type into each.
#[test]
fn samples_of_every_type_come_in_and_go_out() {
    fn through<T: Sample, U: Sample + PartialEq + std::fmt::Debug>(value: fn(f32) -> T, result: fn(f32) -> U) {
        let mut plan = Plan::new(&context());
        plan.add_step(StepKind::Background).unwrap();
        plan.set("background.mode", "constant").unwrap();
        plan.set("background.value", 10).unwrap();
        let numbers = Array2::from_shape_fn((7, 6), |(y, x)| (20 + 6 * y + x) as f32);
        let mut target = Array2::from_elem((6, 7), U::default());
        let image = numbers.mapv(value);
        plan.run_into("yx", image.view(), target.view_mut().reversed_axes()).unwrap();
        assert_eq!(target.reversed_axes(), numbers.mapv(|number| number - 10.0).mapv(result));
        assert_eq!(plan.run("yx", image.view()).unwrap(), numbers - 10.0);
    }
    through(|value| value as u8, |value| value as u8);
    through(|value| value as u16, |value| value);
    through(f16::from_f32, |value| value as u16);
    through(|value| value, f16::from_f32);
}

#[test]
fn a_plan_follows_changes_and_other_images() {
    let mut plan = Plan::new(&context());
    plan.add_step(StepKind::Background).unwrap();
    plan.set("background.mode", "constant").unwrap();
    plan.set("background.value", 1.5).unwrap();
    assert!(matches!(plan.report(), Err(Error::State(_))));
    let small = Array2::from_elem((4, 6), 5_u16);
    assert_eq!(plan.run("yx", small.view()).unwrap(), Array2::from_elem((4, 6), 3.5));
    plan.set("background.value", 2).unwrap();
    assert_eq!(plan.run("yx", small.view()).unwrap(), Array2::from_elem((4, 6), 3.0));
    let more = Array::from_elem((3, 4, 6, 2), 5_u8).into_dyn();
    assert_eq!(plan.run("tyxc", more.view()).unwrap(), Array::from_elem((3, 4, 6, 2), 3.0).into_dyn());
    assert_eq!(plan.report().unwrap()["images"], 6);
}

#[test]
fn kernels_and_measured_samples() {
    let context = context();
    let kernel = gaussian(&context).sample([7, 9, 11]).unwrap();
    assert!((kernel.iter().map(|sample| f64::from(*sample)).sum::<f64>() - 1.0).abs() < 1e-6);
    assert!(kernel.iter().all(|sample| *sample <= kernel[[3, 4, 5]]));

    let turned = kernel.view().permuted_axes([2, 1, 0]).as_standard_layout().into_owned();
    let mut measured = Psf::measured(&context, turned.view().permuted_axes([2, 1, 0])).unwrap();
    measured.set("psf.centre", "none").unwrap();
    measured.set("psf.background", 0).unwrap();
    let again = measured.sample([7, 9, 11]).unwrap();
    assert!((&again - &kernel).iter().all(|apart| apart.abs() < 1e-7));
    assert!(matches!(Psf::measured(&context, kernel.into_dyn().insert_axis(Axis(0)).view()), Err(Error::Argument(_))));
}

#[test]
fn progress_is_heard_and_may_cancel() {
    let image = image();
    let mut plan = deconvolution(&context());
    let (send, heard) = std::sync::mpsc::channel();
    plan.on_progress(move |fraction| {
        send.send(fraction).unwrap();
        Answer::Continue
    })
    .unwrap();
    plan.run("zyx", image.view()).unwrap();
    let heard: Vec<f64> = heard.try_iter().collect();
    assert!(heard.len() > 1 && heard.is_sorted() && *heard.last().unwrap() == 1.0, "{heard:?}");

    plan.on_progress(|_| Answer::Cancel).unwrap();
    let mut target = Array3::from_elem(SHAPE, 7.0_f32);
    assert_eq!(plan.run_into("zyx", image.view(), target.view_mut()), Err(Error::Cancelled));
    assert_eq!(target, Array3::from_elem(SHAPE, 7.0));

    let cancel = plan.canceller();
    plan.on_progress(move |_| {
        cancel();
        Answer::Continue
    })
    .unwrap();
    assert_eq!(plan.run("zyx", image.view()), Err(Error::Cancelled));
}

#[test]
fn what_does_not_fit_is_said() {
    let mut plan = Plan::new(&context());
    let image = Array2::<u8>::zeros((4, 5));
    assert!(matches!(plan.run("yx", image.view()), Err(Error::State(_))));
    plan.add_step(StepKind::Background).unwrap();
    let says = |error: Result<(), Error>, text: &str| {
        let Err(Error::Argument(said)) = error else { panic!("{error:?}") };
        assert!(said.contains(text), "{said}");
    };
    says(plan.set("background.valve", 3), "background.value");
    says(plan.set("background.mode", "constnt"), "constant");
    says(plan.set("background.value", "much"), "background.value");
    says(plan.run("zyx", image.view()).map(drop), "shape");
    says(plan.run("yx", Array2::<u8>::zeros((4, 0)).view()).map(drop), "shape is 0 along x");
    let mut narrow = Array2::<u8>::zeros((4, 4));
    says(
        plan.run_into("yx", image.view(), narrow.view_mut()),
        "target is of extents [4, 4]; it must have the result's, [4, 5]",
    );
    says(plan.run("yx", Array2::from_elem((4, 5), f32::NAN).view()).map(drop), "finite");
    assert_eq!(plan.run("yx", image.view()).unwrap(), Array2::<f32>::zeros((4, 5)));
}

fn context() -> Arc<Context> {
    let context = Context::default();
    context.set_i64(CONTEXT_THREADS, 2).unwrap();
    Arc::new(context)
}

fn image() -> Array3<f32> {
    let mut state = 1_u32;
    Array3::from_shape_simple_fn(SHAPE, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        10.0 + (state >> 24) as f32
    })
}

fn gaussian(context: &Arc<Context>) -> Psf {
    let mut psf = Psf::new(context, PsfKind::Gaussian).unwrap();
    PSF.iter().for_each(|(name, _, value)| psf.set(name, *value).unwrap());
    psf
}

fn deconvolution(context: &Arc<Context>) -> Plan {
    let mut plan = Plan::new(context);
    plan.add_step(StepKind::Deconvolve).unwrap();
    plan.set("deconvolve.iterations", 6).unwrap();
    plan.set_psf(&gaussian(context)).unwrap();
    plan
}

/// The same by the plan beneath, on packed bytes.
fn directly(image: &Array3<f32>) -> Array3<f32> {
    let context = context();
    let psf = Arc::new(PsfObject::new(Arc::clone(&context), PsfKind::Gaussian.number()).unwrap());
    PSF.iter().for_each(|(_, id, value)| psf.change(|source| source.settings.set_f64(*id, *value)).unwrap());
    let shape = [SHAPE.0, SHAPE.1, SHAPE.2].map(|extent| extent as i64);
    let plan = plan::Plan::new(context);
    plan.change(|draft| {
        draft.add_step(StepKind::Deconvolve);
        draft.give(Object::Psf(psf))?;
        draft.settings_mut(DECONVOLVE_ITERATIONS)?.set_i64(DECONVOLVE_ITERATIONS, 6)?;
        draft.set_input(Dtype::F32, "zyx", &shape, None, 0)
    })
    .unwrap();
    plan.commit().unwrap();
    let source: Vec<u8> = image.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let mut target = vec![0; source.len()];
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).unwrap();
    let samples = target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
    Array::from_shape_vec(SHAPE, samples).unwrap()
}
