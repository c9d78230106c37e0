//! Everyday filters.

use abbe::codes::{Code, StepKind};
use abbe::image::Dtype;
use abbe::params::{
    FILTER_ALONG, FILTER_AMOUNT, FILTER_CLIP_LIMIT, FILTER_KIND, FILTER_LENGTH_PX, FILTER_LONGEST_PX,
    FILTER_RADIUS_PLANES, FILTER_RADIUS_PX, FILTER_RATIO, FILTER_SHORTEST_PX, FILTER_SIGMA_PLANES, FILTER_SIGMA_PX,
    FILTER_TILE_PLANES, FILTER_TILE_PX, FILTER_WIDTH_PX, FilterAlong, FilterKind, Id, PLAN_NOT_A_NUMBER,
    PLAN_NOT_MEASURED,
};

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};
use crate::slow::{Volume, ellipsoid, low_pass};

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
    for (kind, numbers, text) in [
        (FilterKind::Clahe, vec![(FILTER_CLIP_LIMIT, 1.5)], "filter.clip_limit is 1.5; it must be"),
        (
            FilterKind::BandPass,
            vec![(FILTER_SHORTEST_PX, 5.0), (FILTER_LONGEST_PX, 5.0)],
            "filter.longest_px is 5 with a filter.shortest_px of 5; it must be larger",
        ),
        (
            FilterKind::BandPass,
            vec![(FILTER_SHORTEST_PX, 0.0), (FILTER_LONGEST_PX, 0.0)],
            "filter.longest_px is 0 with a filter.shortest_px of 0; it must be larger, or one of them 0",
        ),
        (FilterKind::Stripes, vec![(FILTER_LENGTH_PX, 1.0)], "filter.length_px is 1; it must be"),
    ] {
        let told = refused(&filter(kind, &numbers), &images);
        assert!(told.starts_with(text), "{told}");
    }
    let mut small = filter(FilterKind::Clahe, &[]);
    small.choices.push((FILTER_TILE_PX, 7));
    let told = refused(&small, &images);
    assert!(told.starts_with("filter.tile_px is 7; it must be 8 at least, or 0 for an eighth of the image"), "{told}");
    let unknown = plan(&[], &images, 1, &[], None).unwrap().change(|draft| {
        draft.add_step(StepKind::Filter);
        draft.settings_mut(FILTER_KIND)?.set_i64(FILTER_KIND, i64::from(FilterKind::Stripes.number()) + 1)
    });
    assert!(unknown.is_err_and(|error| error.to_string().contains("filter.kind is 8; it must be one of 0 (gaussian)")));
}

/// As scikit-image equalises (`tests/data/corrections/make_references.py`), within 1 % of the range.
#[test]
fn equalisation_is_that_of_scikit_image() {
    let (image, expected) =
        (include_bytes!("../data/corrections/clahe.image.u8"), include_bytes!("../data/corrections/clahe.result.u16"));
    let samples: Vec<f32> = image.iter().map(|sample| f32::from(*sample)).collect();
    let [low, high] = [f32::min, f32::max].map(|of| samples.iter().copied().reduce(of).unwrap());
    let images = Images { axes: "yx", shape: &[160, 192], dtype: Dtype::U8, samples: &samples };
    let (found, report) = run(&filter(FilterKind::Clahe, &[]), &images).unwrap();
    assert_eq!(report["steps"][0]["quantitative"], false);
    for (found, expected) in found.iter().zip(expected.as_chunks::<2>().0) {
        let expected = f32::from(u16::from_le_bytes(*expected)) / 65_535.0;
        assert!(((found - low) / (high - low) - expected).abs() < 0.01, "{found} {expected}");
    }
    // Nothing is beyond the range, and the range is used.
    let [lowest, highest] = [f32::min, f32::max].map(|of| found.iter().copied().reduce(of).unwrap());
    assert!(lowest == low && (high - highest).abs() < 1e-3, "{lowest} {highest}");
}

#[test]
fn equalisation_has_no_direction_and_knows_planes_that_repeat() {
    let shape = [48, 64];
    let samples = scene(&shape, 21);
    let mut step = filter(FilterKind::Clahe, &[(FILTER_CLIP_LIMIT, 0.03)]);
    step.choices.push((FILTER_TILE_PX, 16));
    let of = |step: &Step, samples: &[f32], shape: &[usize]| {
        let axes = if shape.len() == 2 { "yx" } else { "zyx" };
        run(step, &Images::of(axes, shape, samples)).unwrap().0
    };
    let expected = of(&step, &samples, &shape);
    let mirrored =
        |samples: &[f32]| samples.chunks(64).rev().flat_map(|row| row.iter().rev().copied()).collect::<Vec<_>>();
    let found = mirrored(&of(&step, &mirrored(&samples), &shape));
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3));
    // A stack of the same plane: each by itself, and in tiles of four planes, without a limit, which is a whole number of samples.
    step.numbers = vec![(FILTER_CLIP_LIMIT, 0.0)];
    let expected = of(&step, &samples, &shape);
    let stack: Vec<f32> = (0..8).flat_map(|_| samples.clone()).collect();
    for planes in [1, 4] {
        let mut step = step.clone();
        step.choices.push((FILTER_TILE_PLANES, planes));
        for plane in of(&step, &stack, &[8, 48, 64]).chunks(48 * 64) {
            assert!(plane.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3), "{planes}");
        }
    }
    let even = vec![7.5; 48 * 64];
    assert!(of(&step, &even, &shape) == even);
}

/// Waves in Fourier space, against sums of cosines: an image and its mirror images.
#[test]
fn band_passes_and_stripes_are_what_their_definitions_say() {
    let shape = [2, 20, 24];
    let samples = scene(&shape, 17);
    let images = Images::of("zyx", &shape, &samples);
    let by_plane = |work: &dyn Fn(&[f64]) -> Vec<f64>| -> Vec<f64> {
        let samples: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        samples.chunks(480).flat_map(work).collect()
    };
    let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
    for (shortest, longest) in [(3.0, 9.0), (0.0, 12.0), (4.0, 0.0)] {
        let step = filter(FilterKind::BandPass, &[(FILTER_SHORTEST_PX, shortest), (FILTER_LONGEST_PX, longest)]);
        let expected = by_plane(&|plane| {
            let fine = if shortest > 0.0 { low_pass(plane, [20, 24], [1.0 / shortest; 2]) } else { plane.to_vec() };
            if longest > 0.0 { less(&fine, &low_pass(&fine, [20, 24], [1.0 / longest; 2])) } else { fine }
        });
        assert!(difference(&run(&step, &images).unwrap().0, &expected) < 1e-6, "{shortest} {longest}");
    }
    for (along, wide, long) in [
        (FilterAlong::X, [1.0 / 6.0, f64::INFINITY], [f64::INFINITY, 1.0 / 15.0]),
        (FilterAlong::Y, [f64::INFINITY, 1.0 / 6.0], [1.0 / 15.0, f64::INFINITY]),
    ] {
        let mut step = filter(FilterKind::Stripes, &[(FILTER_WIDTH_PX, 6.0), (FILTER_LENGTH_PX, 15.0)]);
        step.choices.push((FILTER_ALONG, along.number().into()));
        let expected = by_plane(&|plane| {
            let narrow = |plane: &[f64]| less(plane, &low_pass(plane, [20, 24], wide));
            let rest = narrow(plane);
            let mut sorted: Vec<f64> = rest.iter().map(|sample| sample.abs()).collect();
            sorted.sort_by(f64::total_cmp);
            let bound = 3.0 * 1.4826 * sorted[240];
            let cut: Vec<f64> = rest.iter().map(|sample| sample.clamp(-bound, bound)).collect();
            less(plane, &narrow(&low_pass(&cut, [20, 24], long)))
        });
        let (found, report) = run(&step, &images).unwrap();
        assert!(difference(&found, &expected) < 2e-6, "{along:?}");
        let [before, after] = ["flux_in", "flux_out"].map(|key| report["steps"][0]["images"][0][key].as_f64().unwrap());
        assert!((after / before - 1.0).abs() < 1e-6, "{before} {after}");
    }
}

/// Samples at both ends of what f32 holds, in tiles far larger than the image.
#[test]
fn equalisation_and_stripes_take_samples_as_small_and_as_large_as_there_are() {
    for samples in [[0.0, 1e-42, 3e-42, 2e-42], [f32::MIN, 0.0, f32::MAX, 1.0], [0.0, 0.0, f32::MAX, 0.0]] {
        let images = Images::of("zyx", &[1, 1, 4], &samples);
        let mut step = filter(FilterKind::Clahe, &[]);
        step.choices.extend([(FILTER_TILE_PX, 65_535), (FILTER_TILE_PLANES, 65_535)]);
        let (found, _) = run(&step, &images).unwrap();
        let [low, high] = [f32::min, f32::max].map(|of| samples.iter().copied().fold(0.0, of));
        assert!(found.iter().all(|sample| (low..=high).contains(sample)), "{found:?}");
        assert!(found[0] == low && found[2] == high, "{found:?}");
        // What lies beyond f32 is refused: see `large`.
        let text = refused(&filter(FilterKind::Stripes, &[]), &images);
        assert!(text.is_empty() || text.contains("infinite"), "{text}");
    }
}

/// Stripes along rows go, what was there before stays, and a bright spot leaves no shadow.
#[test]
fn stripes_go_and_spots_stay() {
    let shape = [120, 150];
    let clean = scene(&shape, 9);
    let stripe = |y: usize| 2.0 * (y * y * 3 % 7) as f32 - 6.0;
    let mut samples: Vec<f32> = clean.iter().enumerate().map(|(at, sample)| sample + stripe(at / 150)).collect();
    samples[60 * 150 + 75] += 5000.0;
    let found = run(&filter(FilterKind::Stripes, &[]), &Images::of("yx", &shape, &samples)).unwrap().0;
    // What is left of the stripes and of the shadow: the mean of a row's differences, leaving the spot out. The means of the noise in
    // rows, a deviation of 0.6, are as long and as narrow as stripes.
    let left = |samples: &[f32]| -> Vec<f64> {
        let rows = samples.chunks(150).zip(clean.chunks(150));
        let mean = |(row, clean): (&[f32], &[f32])| {
            (0..150_usize).filter(|x| x.abs_diff(75) > 2).map(|x| f64::from(row[x] - clean[x])).sum::<f64>() / 145.0
        };
        rows.map(mean).collect()
    };
    let deviation = |rows: &[f64]| {
        let mean = rows.iter().sum::<f64>() / rows.len() as f64;
        (rows.iter().map(|row| (row - mean).powi(2)).sum::<f64>() / rows.len() as f64).sqrt()
    };
    let (before, after) = (left(&samples), left(&found));
    assert!(deviation(&before) > 3.0 && deviation(&after) < 0.25 * deviation(&before), "{}", deviation(&after));
    assert!((after[60] - after[58]).abs() < 2.0, "{} {}", after[60], after[58]);
    assert!((found[60 * 150 + 75] - clean[60 * 150 + 75] - 5000.0).abs() < 30.0);
}
