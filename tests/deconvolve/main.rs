//! Deconvolution against slow direct sums, and what holds for every image.

mod blind;
mod harness;
mod hybrid;
#[path = "../support/lanes.rs"]
mod lanes;
mod levels;
mod linear;
#[path = "../support/memory.rs"]
mod memory;
mod motion;
mod read_noise;
mod series;
mod slow;
mod stops;
#[path = "../support/mod.rs"]
mod support;
mod variation;

use abbe::deconvolve::{Background, Deconvolution};
use abbe::error::Error;
use abbe::params::{self, Algorithm, BackgroundMode, Padding, Settings, Stop};
use abbe::runtime::{Answer, Control, Job, Watch, Workers};
use harness::{largest, restore, scene, settings, sum};
use slow::{Direct, Random, Rule, gaussian, lopsided};

#[test]
fn richardson_lucy_agrees_with_direct_sums() {
    for (shape, kernel) in [
        ([1, 1, 9], gaussian([1, 1, 5], 1.0)),
        ([1, 12, 11], gaussian([1, 7, 7], 1.3)),
        ([1, 12, 11], lopsided([1, 4, 6])),
        ([6, 9, 8], gaussian([5, 5, 5], 1.0)),
        ([5, 7, 6], lopsided([3, 4, 5])),
    ] {
        for padding in [Padding::Full, Padding::Half, Padding::None] {
            let image = scene(shape, &kernel, 7);
            let mut settings = settings(Algorithm::RichardsonLucy, 12);
            settings.set_choice(params::DECONVOLVE_PADDING, padding).unwrap();
            let (got, outcome) = restore(&image, shape, &kernel, &settings, 2);
            let direct = Direct::new(shape, outcome.padded_shape, &kernel);
            let expected = direct.crop(&direct.richardson_lucy(&image, 12));
            let peak = largest(expected.iter().copied());
            let error = largest(got.iter().zip(&expected).map(|(got, expected)| (f64::from(*got) - expected).abs()));
            assert!(error < 2e-4 * peak, "{shape:?}, padding {padding:?}: {error} of {peak}");
        }
    }
}

#[test]
fn every_iteration_agrees_with_direct_sums() {
    for (shape, kernel) in
        [([1, 9, 8], gaussian([1, 5, 5], 1.1)), ([1, 9, 8], lopsided([1, 4, 3])), ([4, 6, 5], gaussian([3, 5, 5], 1.0))]
    {
        let image = scene(shape, &kernel, 17);
        for (algorithm, rule) in [
            (Algorithm::HeavyBall, Rule::HeavyBall),
            (Algorithm::BiggsAndrews, Rule::BiggsAndrews),
            (Algorithm::Tempered, Rule::Tempered(1.0)),
            (Algorithm::WienerButterworth, Rule::WienerButterworth(harness::resolution(&kernel))),
            (Algorithm::TotalVariation, Rule::TotalVariation(0.01)),
            (Algorithm::Landweber, Rule::Landweber),
            (Algorithm::Isra, Rule::Isra),
            (Algorithm::GoldMeinel, Rule::GoldMeinel),
        ] {
            // The guard would end the unmatched steps of the latter in the fourth iteration.
            let iterations = if algorithm == Algorithm::WienerButterworth { 3 } else { 7 };
            let mut settings = settings(algorithm, iterations as i64);
            settings.set_f64(params::DECONVOLVE_BACKGROUND, 2.0).unwrap();
            if let Rule::Tempered(tempering) = rule {
                settings.set_f64(params::DECONVOLVE_TEMPERING, tempering).unwrap();
            }
            if let Rule::TotalVariation(weight) = rule {
                settings.set_f64(params::DECONVOLVE_TOTAL_VARIATION, weight).unwrap();
            }
            if [Algorithm::Tempered, Algorithm::WienerButterworth].contains(&algorithm) {
                // Slow transforms of all that lies around an image there would take minutes.
                settings
                    .set_choice(params::DECONVOLVE_PADDING, if shape[0] > 1 { Padding::None } else { Padding::Half })
                    .unwrap();
            }
            let (got, outcome) = restore(&image, shape, &kernel, &settings, 2);
            assert_eq!(outcome.matched_from, 0, "{shape:?}, {rule:?}");
            let direct = Direct::new(shape, outcome.padded_shape, &kernel);
            // How much of the background is an offset the noise tells.
            let shift = outcome.photon_shift.unwrap();
            let expected = direct.crop(&direct.iterate(&image, 2.0, shift, rule, iterations));
            let peak = largest(expected.iter().copied());
            let error = largest(got.iter().zip(&expected).map(|(got, expected)| (f64::from(*got) - expected).abs()));
            assert!(error < 1e-3 * peak, "{shape:?}, {rule:?}: {error} of {peak}");
        }
    }
}

#[test]
fn off_their_centre_kernels_make_no_number_that_is_none() {
    let shape = [1, 31, 24];
    let image = scene(shape, &gaussian([1, 5, 5], 1.0), 9);
    let mut samples = vec![0.0; 49];
    samples[0] = 1.0;
    samples[1] = 0.2;
    let kernel = abbe::psf::Kernel::new([1, 7, 7], samples).unwrap();
    for algorithm in Algorithm::ALL.iter().copied() {
        let (result, _) = restore(&image, shape, &kernel, &settings(algorithm, 100), 2);
        assert!(result.iter().all(|sample| sample.is_finite()), "{algorithm:?}");
    }
}

#[test]
fn light_is_kept_and_never_negative() {
    let (shape, kernel) = ([7, 20, 18], gaussian([5, 9, 9], 1.6));
    let image = scene(shape, &kernel, 3);
    for iterations in [1, 5, 40] {
        let (result, outcome) = restore(&image, shape, &kernel, &settings(Algorithm::RichardsonLucy, iterations), 2);
        assert!(result.iter().all(|&sample| sample >= 0.0 && sample.is_finite()));
        assert_eq!(outcome.iterations, iterations as usize);
        assert!((outcome.flux_in / sum(&image) - 1.0).abs() < 1e-6);
        assert!((outcome.flux_out / sum(&result) - 1.0).abs() < 1e-5);
        // What is in the image came from it or from outside, where only part of the light reaches the image.
        assert!(outcome.flux_out < outcome.flux_in * 1.02, "{outcome:?}");
        assert!(outcome.flux_out + outcome.flux_outside.unwrap() > outcome.flux_in * 0.999, "{outcome:?}");
    }
}

#[test]
fn light_is_kept_exactly_where_no_border_is() {
    let (shape, kernel) = ([8, 16, 16], gaussian([5, 9, 9], 1.6));
    let image = scene(shape, &kernel, 3);
    let mut settings = settings(Algorithm::RichardsonLucy, 10);
    settings.set_choice(params::DECONVOLVE_PADDING, Padding::None).unwrap();
    let (result, outcome) = restore(&image, shape, &kernel, &settings, 2);
    assert_eq!(outcome.padded_shape, shape);
    assert!((sum(&result) / sum(&image) - 1.0).abs() < 1e-4);
}

#[test]
fn the_border_is_as_good_as_a_larger_scene() {
    let (large, kernel) = ([1, 96, 96], gaussian([1, 15, 15], 2.0));
    let mut random = Random(5);
    let mut truth = vec![10.0; 96 * 96];
    for _ in 0..80 {
        truth[(random.uniform() * 96.0 * 96.0) as usize] += 3000.0;
    }
    // Bright things lie just outside and on the edge of the middle 48 x 48.
    for (y, x) in [(22, 40), (23, 60), (24, 50), (40, 72), (60, 71), (50, 22)] {
        truth[y * 96 + x] += 5000.0;
    }
    let whole = Direct::new(large, large, &kernel).blur(&truth);
    let middle =
        |samples: &[f64]| -> Vec<f64> { (24..72).flat_map(|y| samples[y * 96 + 24..y * 96 + 72].to_vec()).collect() };
    let image: Vec<f32> = middle(&whole).iter().map(|&sample| sample as f32).collect();
    let all: Vec<f32> = whole.iter().map(|&sample| sample as f32).collect();
    let (cut, outcome) = restore(&image, [1, 48, 48], &kernel, &settings(Algorithm::RichardsonLucy, 60), 2);
    let (reference, _) = restore(&all, large, &kernel, &settings(Algorithm::RichardsonLucy, 60), 2);
    let reference = middle(&reference.iter().map(|&sample| f64::from(sample)).collect::<Vec<_>>());
    let mut around = settings(Algorithm::RichardsonLucy, 60);
    around.set_choice(params::DECONVOLVE_PADDING, Padding::None).unwrap();
    let (wrapped, _) = restore(&image, [1, 48, 48], &kernel, &around, 2);
    let error = |result: &[f32]| {
        let squares = result.iter().zip(&reference).map(|(got, expected)| (f64::from(*got) - expected).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let power = error(&[0.0; 48 * 48]);
    assert!(error(&cut) < 0.2 * power, "{} of {power}", error(&cut));
    assert!(error(&wrapped) > 2.0 * error(&cut), "{} wrapped around, {}", error(&wrapped), error(&cut));
    let brightest = largest(reference.iter().copied());
    assert!(cut.iter().all(|&sample| f64::from(sample) < 1.5 * brightest));
    assert!(outcome.flux_outside.unwrap() > 0.0);
}

#[test]
fn points_stay_where_they_are() {
    for (shape, kernel) in [
        ([1, 33, 40], gaussian([1, 9, 9], 1.5)),
        ([1, 33, 40], gaussian([1, 8, 10], 1.5)),
        ([13, 22, 21], gaussian([7, 8, 9], 1.4)),
    ] {
        let place = [shape[0] / 2, 9, 14];
        let at = (place[0] * shape[1] + place[1]) * shape[2] + place[2];
        let mut truth = vec![1.0; shape.iter().product()];
        truth[at] = 5000.0;
        let image: Vec<f32> = Direct::new(shape, shape, &kernel).blur(&truth).iter().map(|&v| v as f32).collect();
        for algorithm in Algorithm::ALL.iter().copied() {
            let (result, _) = restore(&image, shape, &kernel, &settings(algorithm, 30), 2);
            let peak = (0..result.len()).max_by(|&a, &b| result[a].total_cmp(&result[b])).unwrap();
            assert_eq!(peak, at, "{shape:?} {:?} algorithm {algorithm:?}", kernel.shape());
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let (shape, kernel) = ([9, 21, 17], lopsided([3, 6, 5]));
    let image = scene(shape, &kernel, 11);
    for algorithm in Algorithm::ALL.iter().copied() {
        let (one, first) = restore(&image, shape, &kernel, &settings(algorithm, 8), 1);
        for threads in [2, 5] {
            let (many, outcome) = restore(&image, shape, &kernel, &settings(algorithm, 8), threads);
            assert!(one.iter().zip(&many).all(|(a, b)| a.to_bits() == b.to_bits()), "{threads} threads");
            assert_eq!(first, outcome);
        }
    }
}

#[test]
fn odd_shapes_and_wide_kernels_work() {
    for shape in [[1, 1, 1], [1, 1, 7], [1, 13, 1], [3, 1, 1], [2, 3, 5], [1, 31, 37], [11, 2, 2]] {
        for extents in [[1, 1, 1], [3, 3, 3], [1, 9, 9], [7, 40, 41]] {
            let kernel = gaussian(extents, 1.2);
            let image: Vec<f32> = (0..shape.iter().product()).map(|at| 1.0 + (at * 7 % 5) as f32).collect();
            for algorithm in Algorithm::ALL.iter().copied() {
                let (result, _) = restore(&image, shape, &kernel, &settings(algorithm, 5), 2);
                assert!(result.iter().all(|sample| sample.is_finite()), "{shape:?} {extents:?} {algorithm:?}");
                let ratio = sum(&result) / sum(&image);
                assert!(
                    algorithm != Algorithm::RichardsonLucy || (0.3..1.7).contains(&ratio),
                    "{shape:?} {extents:?} {algorithm:?}: {ratio}"
                );
            }
        }
    }
}

#[test]
fn constant_empty_and_negative_images_are_calm() {
    let (shape, kernel) = ([4, 9, 10], gaussian([3, 5, 5], 1.0));
    let constant = vec![12.5; 360];
    for algorithm in [Algorithm::RichardsonLucy, Algorithm::Wiener] {
        let (result, _) = restore(&constant, shape, &kernel, &settings(algorithm, 20), 2);
        let error = largest(result.iter().map(|&sample| f64::from((sample - 12.5).abs())));
        // What little light comes from voxels that are cut off shows at the border.
        assert!(error < 0.01 * 12.5, "{algorithm:?}: {error}");
        let (result, outcome) = restore(&vec![0.0; 360], shape, &kernel, &settings(algorithm, 20), 2);
        assert!(result.iter().all(|&sample| sample == 0.0));
        assert!(algorithm != Algorithm::RichardsonLucy || outcome.stopped == "empty");
    }
    let (result, outcome) = restore(&vec![-3.0; 360], shape, &kernel, &settings(Algorithm::RichardsonLucy, 20), 2);
    assert!(result.iter().all(|&sample| sample == 0.0));
    assert_eq!((outcome.stopped, outcome.negative), ("empty", 360));
}

/// A background above the mean, as a little too high a camera offset is for few points, or an image with zeros outside
/// the field: what stands out is light all the same.
#[test]
fn light_above_a_background_is_kept_whatever_the_mean() {
    let (shape, kernel) = ([1, 48, 48], gaussian([1, 7, 7], 1.2));
    let mut points = vec![0.0; 48 * 48];
    for [y, x] in [[12, 30], [25, 14], [36, 35]] {
        points[y * 48 + x] = 3000.0;
    }
    let blurred = Direct::new(shape, shape, &kernel).blur(&points);
    for outside in [0, 16] {
        let image: Vec<f32> = blurred
            .iter()
            .enumerate()
            .map(|(at, light)| if at % 48 < outside { 0.0 } else { 100.0 + *light as f32 })
            .collect();
        let mean = sum(&image) / image.len() as f64;
        let kept: f64 = points.iter().enumerate().map(|(at, light)| if at % 48 < outside { 0.0 } else { *light }).sum();
        for background in [mean - 1.0, mean, mean + 1.0, 100.0] {
            let mut settings = settings(Algorithm::RichardsonLucy, 400);
            settings.set_f64(params::DECONVOLVE_BACKGROUND, background).unwrap();
            let (result, outcome) = restore(&image, shape, &kernel, &settings, 2);
            // What the background leaves over is light; iterations have not come to their end.
            let most = 1.1 * kept + 48.0 * 48.0 * (100.0 - background).max(0.0);
            let expected = 0.9 * kept..most;
            assert!(
                expected.contains(&sum(&result)),
                "{outside} {background}: {} of {kept}, {}",
                sum(&result),
                outcome.stopped
            );
        }
    }
}

#[test]
fn a_small_change_ends_it() {
    let (shape, kernel) = ([1, 24, 24], gaussian([1, 7, 7], 1.2));
    let image = scene(shape, &kernel, 2);
    let mut settings = settings(Algorithm::RichardsonLucy, 500);
    settings.set_choice(params::DECONVOLVE_STOP, Stop::Change).unwrap();
    settings.set_f64(params::DECONVOLVE_STOP_CHANGE, 0.01).unwrap();
    let (_, outcome) = restore(&image, shape, &kernel, &settings, 2);
    assert_eq!(outcome.stopped, "change");
    assert!(outcome.iterations > 3 && outcome.iterations < 500 && outcome.change < 0.01, "{outcome:?}");
}

#[test]
fn bad_samples_are_named_and_the_image_is_as_before() {
    let (shape, kernel) = ([2, 5, 6], gaussian([3, 3, 3], 1.0));
    let workers = Workers::new(2).unwrap();
    let mut plan = Deconvolution::new(shape, &settings(Algorithm::RichardsonLucy, 5), &kernel, &workers).unwrap();
    let control = Control::new();
    let mut listener = |_| Answer::Continue;
    let mut watch = Watch::new(&control, &mut listener);
    let mut image = vec![1.0_f32; 60];
    (image[37], image[51]) = (f32::NAN, f32::INFINITY);
    let error = plan.execute(&mut image, &workers, &mut watch).unwrap_err();
    assert!(
        matches!(&error, Error::Argument(text) if text.contains("2 samples") && text.contains("z 1 y 1 x 1")),
        "{error}"
    );
    assert_eq!(image[0], 1.0);
    let error = plan.execute(&mut image[..59], &workers, &mut watch).unwrap_err();
    assert!(error.text().contains("59") && error.text().contains("60"), "{error}");
    assert!(matches!(
        Deconvolution::new([1, 0, 3], &settings(Algorithm::RichardsonLucy, 5), &kernel, &workers),
        Err(Error::Argument(_))
    ));
}

#[test]
fn cancelling_at_any_pass_leaves_the_image() {
    let (shape, kernel) = ([3, 8, 9], gaussian([3, 3, 3], 1.0));
    let image = scene(shape, &kernel, 4);
    let workers = Workers::new(2).unwrap();
    for algorithm in [Algorithm::RichardsonLucy, Algorithm::Wiener] {
        let mut plan = Deconvolution::new(shape, &settings(algorithm, 3), &kernel, &workers).unwrap();
        for stop_at in 0..2 {
            let mut calls = 0;
            let mut listener = |_| {
                calls += 1;
                if calls > stop_at { Answer::Cancel } else { Answer::Continue }
            };
            let (control, mut result) = (Control::new(), image.clone());
            let mut watch = Watch::new(&control, &mut listener);
            assert_eq!(plan.execute(&mut result, &workers, &mut watch), Err(Error::Cancelled));
            assert_eq!(result, image);
        }
    }
}

#[test]
fn what_is_allocated_can_be_cancelled() {
    let kernel = gaussian([3, 3, 3], 1.0);
    let (workers, control) = (Workers::new(2).unwrap(), Control::new());
    let job = Job::new(&workers, &control);
    for algorithm in Algorithm::ALL.iter().copied() {
        control.begin();
        assert!(Deconvolution::new([4, 8, 9], &settings(algorithm, 3), &kernel, job).is_ok());
        control.cancel();
        let planned = Deconvolution::new([4, 8, 9], &settings(algorithm, 3), &kernel, job);
        assert!(matches!(planned, Err(Error::Cancelled)), "{algorithm:?}");
    }
    control.begin();
    let zeros: Vec<f32> = job.zeroed("zeros", 9_000_001).unwrap();
    assert!(zeros.len() == 9_000_001 && zeros.iter().all(|&value| value == 0.0));
}

#[test]
fn workspace_is_known_before() {
    for (shape, kernel) in [([20, 90, 80], gaussian([9, 17, 17], 2.0)), ([1, 300, 200], lopsided([1, 21, 20]))] {
        for algorithm in Algorithm::ALL.iter().copied() {
            let bytes = Deconvolution::workspace_bytes(shape, &settings(algorithm, 5), &kernel, 1).unwrap();
            let workers = Workers::new(1).unwrap();
            memory::holds(bytes, || Deconvolution::new(shape, &settings(algorithm, 5), &kernel, &workers).unwrap());
        }
    }
    let huge = [1 << 20, 1 << 20, 1 << 20];
    let kernel = gaussian([3, 3, 3], 1.0);
    assert!(
        Deconvolution::workspace_bytes(
            [1 << 11, 1 << 11, 1 << 10],
            &settings(Algorithm::RichardsonLucy, 5),
            &kernel,
            2
        )
        .unwrap()
            > 1 << 34
    );
    assert!(matches!(
        Deconvolution::workspace_bytes(huge, &settings(Algorithm::RichardsonLucy, 5), &kernel, 2),
        Err(Error::Argument(_))
    ));
}

#[test]
fn backgrounds_are_found_and_taken_away() {
    let shape = [3, 64, 70];
    let mut random = Random(9);
    let mut image: Vec<f32> = (0..3 * 64 * 70)
        .map(|at| 100.0 + 10.0 * (random.uniform() - 0.5) as f32 + if at % 70 > 40 { 50.0 } else { 0.0 })
        .collect();
    let workers = Workers::new(2).unwrap();
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let mut watch = Watch::new(&control, &mut listener);
    let mut step = Background::new(shape, &Settings::new("background")).unwrap();
    let before = sum(&image);
    let done = step.execute(&mut image, &workers, &mut watch).unwrap();
    assert_eq!(done.mode, "estimated");
    assert!((done.value - 99.5).abs() < 1.0, "{done:?}");
    assert!((sum(&image) - before + done.value * image.len() as f64).abs() < 1e-3 * before);
    assert_eq!(done.negative, image.iter().filter(|&&sample| sample < 0.0).count() as u64);
    // A value that is stated is taken, but where the mode says to estimate.
    for (mode, expected) in [(None, 3.0), (Some(BackgroundMode::Constant), 3.0), (Some(BackgroundMode::Estimated), 5.5)]
    {
        let mut settings = Settings::new("background");
        if let Some(mode) = mode {
            settings.set_choice(params::BACKGROUND_MODE, mode).unwrap();
        }
        settings.set_f64(params::BACKGROUND_VALUE, 3.0).unwrap();
        let mut step = Background::new([1, 1, 2], &settings).unwrap();
        let mut two = [1.0, 10.0];
        let done = step.execute(&mut two, &workers, &mut watch).unwrap();
        assert_eq!((two, done.negative, done.value), ([1.0 - expected as f32, 10.0 - expected as f32], 1, expected));
    }
    let mut flat = Background::new([1, 1, 2], &Settings::new("background")).unwrap();
    let mut two = [4.0, 4.0];
    assert_eq!(flat.execute(&mut two, &workers, &mut watch).unwrap().value, 4.0);
}
