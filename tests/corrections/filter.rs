//! Everyday filters.

use abbe::codes::{Code, StepKind};
use abbe::image::Dtype;
use abbe::params::{
    FILTER_AMOUNT, FILTER_KIND, FILTER_RADIUS_PLANES, FILTER_RADIUS_PX, FILTER_RATIO, FILTER_SIGMA_PLANES,
    FILTER_SIGMA_PX, FilterKind, Id, PLAN_NOT_A_NUMBER, PLAN_NOT_MEASURED,
};

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};
use crate::slow::{Volume, ellipsoid};

fn filter(kind: FilterKind, numbers: &[(Id, f64)]) -> Step {
    Step::new(StepKind::Filter, (FILTER_KIND, kind), numbers)
}

fn sigma(planes: f64, px: f64) -> [(Id, f64); 2] {
    [(FILTER_SIGMA_PLANES, planes), (FILTER_SIGMA_PX, px)]
}

fn radius(planes: f64, px: f64) -> [(Id, f64); 2] {
    [(FILTER_RADIUS_PLANES, planes), (FILTER_RADIUS_PX, px)]
}

/// The largest difference, as a share of the range of the image.
fn difference(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max) / 255.0
}

/// Each filter as it stands in the plan and as its definition says, of one volume.
#[test]
fn filters_are_what_their_definitions_say() {
    // Reaches beyond small extents, mirrored more than once, and rows longer than one part of 64 sums.
    for (shape, planes, px) in [
        ([1, 23, 150], 0.0, 1.7),
        ([7, 12, 19], 1.3, 0.8),
        ([3, 5, 4], 2.0, 3.0),
        ([6, 9, 11], 1.5, 0.0),
        ([1, 1, 40], 0.0, 2.5),
    ] {
        let samples = scene(&shape, 3);
        let (images, volume) = (Images::of("zyx", &shape, &samples), Volume { samples: &samples, shape });
        let of = |kind, numbers: &[(Id, f64)]| run(&filter(kind, numbers), &images).unwrap();
        let narrow = volume.gaussian([planes, px, px]);
        let (found, report) = of(FilterKind::Gaussian, &sigma(planes, px));
        assert!(difference(&found, &narrow) < 2e-7, "{shape:?}");
        let step = &report["steps"][0];
        assert!(step["quantitative"] == true && step["kind"] == "gaussian", "{step}");
        let [before, after] = ["flux_in", "flux_out"].map(|key| step["images"][0][key].as_f64().unwrap());
        assert!(before == samples.iter().map(|sample| f64::from(*sample)).sum::<f64>());
        assert!((after / before - 1.0).abs() < 1e-7, "{before} {after}");

        let wide = volume.gaussian([1.6 * planes, 1.6 * px, 1.6 * px]);
        let expected: Vec<_> = narrow.iter().zip(&wide).map(|(narrow, wide)| narrow - wide).collect();
        let (found, report) = of(FilterKind::DifferenceOfGaussians, &sigma(planes, px));
        assert!(difference(&found, &expected) < 3e-7, "{shape:?}");
        assert_eq!(report["steps"][0]["quantitative"], false);

        let sharp =
            samples.iter().zip(&narrow).map(|(sample, blur)| f64::from(*sample) + 2.5 * (f64::from(*sample) - blur));
        let mut numbers = sigma(planes, px).to_vec();
        numbers.push((FILTER_AMOUNT, 2.5));
        assert!(difference(&of(FilterKind::Unsharp, &numbers).0, &sharp.collect::<Vec<_>>()) < 1e-6, "{shape:?}");

        for (planes, px) in [(planes, px.max(1.0)), (2.0, 3.6), (0.0, 9.0), (1.0, 0.0)] {
            if shape[0] == 1 && px < 1.0 {
                continue;
            }
            let footprint = ellipsoid(planes, px);
            let (found, report) = of(FilterKind::Median, &radius(planes, px));
            assert_eq!(difference(&found, &volume.median(&footprint)), 0.0, "{shape:?} {planes} {px}");
            assert_eq!(report["steps"][0]["quantitative"], false);
            let opened = volume.opening(&footprint);
            let expected: Vec<_> = samples.iter().zip(opened).map(|(sample, open)| f64::from(*sample) - open).collect();
            let found = of(FilterKind::TopHat, &radius(planes, px)).0;
            assert_eq!(difference(&found, &expected), 0.0, "{shape:?} {planes} {px}");
        }
    }
}

/// A sample is what it is in whichever type, and each channel and time point is an image of its own.
#[test]
fn filters_take_every_type_and_each_image_of_a_series() {
    let shape = [2, 3, 4, 10, 13];
    let samples = scene(&shape, 5);
    for kind in FilterKind::ALL {
        let step = filter(*kind, &[]);
        let of = |dtype| run(&step, &Images { axes: "tczyx", shape: &shape, dtype, samples: &samples }).unwrap();
        let (expected, report) = of(Dtype::F32);
        assert_eq!(report["steps"][0]["images"].as_array().map(Vec::len), Some(6));
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F16] {
            assert!(of(dtype).0 == expected, "{kind:?} {dtype:?}");
        }
        for (at, (image, expected)) in samples.chunks(520).zip(expected.chunks(520)).enumerate() {
            let found = run(&step, &Images::of("zyx", &shape[2..], image)).unwrap().0;
            assert!(found == expected, "{kind:?}, image {at}");
        }
        same_bits_and_cancelled(&step, &Images::of("zyx", &[4, 60, 13], &scene(&[4, 60, 13], 6)), &[0, 1, 3]);
    }
}

/// What was not measured is filled in from its neighbours first, and what a filter makes of an image follows from nothing else.
#[test]
fn what_was_not_measured_has_no_say() {
    let shape = [20, 30];
    let samples = scene(&shape, 8);
    let mask: Vec<u8> = (0..600).map(|at| u8::from(at % 31 != 4)).collect();
    let poisoned = |value: f32| -> Vec<f32> {
        samples.iter().zip(&mask).map(|(sample, kept)| if *kept == 0 { value } else { *sample }).collect()
    };
    for kind in FilterKind::ALL {
        let of = |samples: &[f32], of_plan: &[(Id, i64)], mask: Option<&[u8]>| {
            let images = Images::of("yx", &shape, samples);
            execute(&plan(&[filter(*kind, &[])], &images, 2, of_plan, mask).unwrap(), &images).unwrap().0
        };
        let expected = of(&poisoned(5e4), &[], Some(&mask));
        assert!(expected.iter().all(|sample| sample.is_finite()));
        assert!(of(&poisoned(-3.0), &[], Some(&mask)) == expected, "{kind:?}");
        assert!(of(&poisoned(f32::NAN), &[(PLAN_NOT_A_NUMBER, 1)], None) == expected, "{kind:?}");
        let untouched = of(&poisoned(5e4), &[(PLAN_NOT_MEASURED, 1)], Some(&mask));
        for ((found, expected), kept) in untouched.iter().zip(&expected).zip(&mask) {
            assert_eq!(*found, if *kept == 0 { 5e4 } else { *expected }, "{kind:?}");
        }
    }
}

#[test]
fn filters_that_reach_nobody_are_refused() {
    let samples = scene(&[6, 7], 1);
    let images = Images::of("yx", &[6, 7], &samples);
    for (kind, numbers, text) in [
        (FilterKind::Gaussian, sigma(0.0, 0.0), "filter.sigma_px is 0 and filter.sigma_planes 0"),
        (FilterKind::Unsharp, sigma(2.0, 0.0), "filter.sigma_px is 0 and filter.sigma_planes 2"),
        (FilterKind::Median, radius(0.9, 0.5), "filter.radius_px is 0.5 and filter.radius_planes 0.9"),
        (FilterKind::TopHat, radius(3.0, 0.0), "filter.radius_px is 0 and filter.radius_planes 3"),
    ] {
        let told = refused(&filter(kind, &numbers), &images);
        assert!(told.contains(text) && told.contains("; the filter must reach a neighbour"), "{told}");
    }
    let told = refused(&filter(FilterKind::DifferenceOfGaussians, &[(FILTER_RATIO, 1.0)]), &images);
    assert!(told.starts_with("filter.ratio is 1; it must be"), "{told}");
    let unknown = plan(&[], &images, 1, &[], None).unwrap().change(|draft| {
        draft.add_step(StepKind::Filter);
        draft.settings_mut(FILTER_KIND)?.set_i64(FILTER_KIND, i64::from(FilterKind::TopHat.number()) + 1)
    });
    assert!(unknown.is_err_and(|error| error.to_string().contains("filter.kind is 5; it must be one of 0 (gaussian)")));
}
