//! Time series: warm starts, flicker, and where the light goes.

use abbe::deconvolve::{Deconvolution, Outcome};
use abbe::params::{self, Algorithm, Course, Settings};
use abbe::psf::Kernel;
use abbe::runtime::{Answer, Control, Watch, Workers};

use super::harness::{filaments, psnr, settings, sum};
use super::slow::{Direct, Random, gaussian};

const N: usize = 128;

#[test]
fn constant_scenes_do_not_flicker_and_warm_starts_get_farther() {
    let (shape, kernel) = ([1, N, N], gaussian([1, 13, 13], 1.8));
    let truth = filaments(N, 150.0, 12);
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut random = Random(77);
    let frames: Vec<Vec<f32>> =
        (0..12).map(|_| blurred.iter().map(|&mean| random.poisson(mean) as f32).collect()).collect();
    let variation = |frames: &[Vec<f32>]| {
        let means: Vec<f64> = frames.iter().map(|frame| sum(frame) / frame.len() as f64).collect();
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        (means.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / means.len() as f64).sqrt() / mean
    };
    let workers = Workers::new(2).unwrap();
    let run = |algorithm: Algorithm, iterations: i64, warm: i64| -> Vec<Vec<f32>> {
        let mut settings = settings(algorithm, iterations);
        settings.set_i64(params::DECONVOLVE_WARM_START, warm).unwrap();
        let mut plan = Deconvolution::new(shape, &settings, &kernel, &workers).unwrap();
        let restored = frames.iter().map(|frame| {
            let mut result = frame.clone();
            let (control, mut listener) = (Control::new(), |_| Answer::Continue);
            plan.execute(&mut result, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
            result
        });
        restored.collect()
    };
    let input = variation(&frames);
    for algorithm in [Algorithm::Automatic, Algorithm::RichardsonLucy, Algorithm::HeavyBall, Algorithm::Tempered] {
        for warm in [0, 1] {
            let output = variation(&run(algorithm, 10, warm));
            // Of a field as small as this a sixth lies within reach of the border, across which noise moves light.
            assert!(output < 1.15 * input, "{algorithm:?}, warm {warm}: {output} after {input}");
        }
    }
    let (cold, warm) = (run(Algorithm::RichardsonLucy, 5, 0), run(Algorithm::RichardsonLucy, 5, 1));
    assert_eq!(cold[0], warm[0]);
    let (cold, warm) = (psnr(&cold[11], &truth), psnr(&warm[11], &truth));
    assert!(warm > cold + 0.3, "{warm} dB warm, {cold} dB cold");
}

/// Frames of a steady scene go as far as the first, and so do channels where their ratios are asked for.
#[test]
fn a_series_takes_one_course() {
    let (shape, kernel) = ([1, N, N], gaussian([1, 13, 13], 1.8));
    let truth = filaments(N, 150.0, 12);
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut random = Random(78);
    // Two channels of the same things, one of a fifth of the light, and three time points; the first image has no light.
    let images: Vec<Vec<f32>> = (0..6)
        .map(|at| {
            let light = [1.0, 0.2][at % 2] * if at == 0 { 0.0 } else { 1.0 };
            blurred.iter().map(|&mean| random.poisson(light * mean) as f32).collect()
        })
        .collect();
    let workers = Workers::new(2).unwrap();
    let run = |course: Course| {
        let mut settings = Settings::new("deconvolve");
        settings.set_choice(params::DECONVOLVE_COURSE, course).unwrap();
        let mut plan = Deconvolution::new(shape, &settings, &kernel, &workers).unwrap();
        plan.set_channels(2).unwrap();
        plan.begin_images();
        let outcomes = images.iter().map(|image| {
            let (control, mut listener) = (Control::new(), |_| Answer::Continue);
            plan.execute(&mut image.clone(), &workers, &mut Watch::new(&control, &mut listener)).unwrap()
        });
        outcomes.map(|outcome| (outcome.iterations, outcome.stopped)).collect::<Vec<_>>()
    };
    let (series, first, apart) = (run(Course::Series), run(Course::First), run(Course::Image));
    println!("{series:?} {first:?} {apart:?}");
    assert_eq!(series[0].1, "empty");
    assert_eq!(series[..3], apart[..3]);
    assert_eq!(series[3..], [(series[1].0, "course"), (series[2].0, "course"), (series[1].0, "course")]);
    assert_eq!(first[2..], [(apart[1].0, "course"); 4]);
    assert!(apart[1].0 != apart[2].0 && apart.iter().all(|image| image.1 != "course"), "{apart:?}");
}

/// Frames of a dim scene over a camera's offset, of which no frame by itself tells for sure whether there is one.
fn dim_frames(lights: &[f64]) -> (Kernel, Vec<Vec<f32>>) {
    let (shape, kernel) = ([6, 48, 48], gaussian([5, 9, 9], 1.5));
    let mut random = Random(80);
    let mut truth = vec![10.0; 6 * 48 * 48];
    for _ in 0..200 {
        truth[(random.uniform() * (6.0 * 48.0 * 48.0)) as usize] += 300.0 * random.uniform();
    }
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut frame = |light: f64| {
        blurred.iter().map(|&mean| (random.poisson(light * mean) + random.poisson(2.0) + 98.0) as f32).collect()
    };
    let images = lights.iter().map(|&light| frame(light)).collect();
    (kernel, images)
}

/// What the automatic mode makes of a series.
fn series(kernel: &Kernel, images: &[Vec<f32>]) -> Vec<Outcome> {
    let workers = Workers::new(2).unwrap();
    let mut plan = Deconvolution::new([6, 48, 48], &Settings::new("deconvolve"), kernel, &workers).unwrap();
    plan.set_channels(1).unwrap();
    plan.begin_images();
    let mut run = |image: &Vec<f32>| {
        let (control, mut listener) = (Control::new(), |_| Answer::Continue);
        plan.execute(&mut image.clone(), &workers, &mut Watch::new(&control, &mut listener)).unwrap()
    };
    images.iter().map(&mut run).collect()
}

/// Frames of a steady scene have the same light, also after a frame that was not lit.
#[test]
fn a_series_takes_one_background() {
    let (kernel, images) = dim_frames(&[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    let outcomes = series(&kernel, &images);
    let found = |at: usize| (outcomes[at].course_of, outcomes[at].background, outcomes[at].flux_out / sum(&images[at]));
    println!("{:?}", (0..8).map(found).collect::<Vec<_>>());
    assert_eq!((outcomes[0].course_of, outcomes[1].course_of), (None, None));
    for outcome in &outcomes[2..] {
        follows(outcome, &outcomes[1], 1);
    }
}

/// The same background, noise and light, but for photons and what they move across the border.
fn follows(outcome: &Outcome, first: &Outcome, number: usize) {
    assert_eq!((outcome.course_of, outcome.background), (Some(number), first.background));
    assert_eq!((outcome.photon_gain, outcome.iterations), (first.photon_gain, first.iterations));
    let light = |outcome: &Outcome| outcome.flux_in - outcome.background * 6.0 * 48.0 * 48.0;
    let noise = (outcome.flux_in - 98.0 * 6.0 * 48.0 * 48.0).sqrt();
    let change = outcome.flux_out / light(outcome) - first.flux_out / light(first);
    assert!((change * light(outcome)).abs() < 4.0 * noise, "{change} of {}, {noise}", light(outcome));
}

/// A frame that flashes, is dark, or has other light from then on changes nothing for frames like those before.
#[test]
fn frames_out_of_line_are_by_themselves() {
    for (lights, course_of) in [
        ([1.0, 1.0, 8.0, 1.0, 1.0], [None, Some(0), None, Some(0), Some(0)]),
        ([8.0, 1.0, 1.0, 1.0, 1.0], [None, None, Some(1), Some(1), Some(1)]),
        ([1.0, 8.0, 8.0, 8.0, 1.0], [None, None, Some(1), Some(1), Some(0)]),
        ([8.0, 8.0, 0.0, 8.0, 8.0], [None, Some(0), None, Some(0), Some(0)]),
    ] {
        let (kernel, images) = dim_frames(&lights);
        let outcomes = series(&kernel, &images);
        println!("{:?}", outcomes.iter().map(|outcome| (outcome.course_of, outcome.background)).collect::<Vec<_>>());
        assert_eq!(outcomes.iter().map(|outcome| outcome.course_of).collect::<Vec<_>>(), course_of, "{lights:?}");
        for outcome in &outcomes {
            if let Some(number) = outcome.course_of {
                follows(outcome, &outcomes[number], number);
            }
        }
    }
}

#[test]
fn the_report_says_what_light_crossed_the_border() {
    // One bright point outside the field of view shines into it: its light is not the image's.
    let (large, kernel) = ([1, 96, 96], gaussian([1, 25, 25], 4.0));
    let mut truth = vec![10.0; 96 * 96];
    truth[48 * 96 + 20] = 1e5; // four columns left of the image
    let whole = Direct::new(large, large, &kernel).blur(&truth);
    let mut image: Vec<f32> =
        (24..72).flat_map(|y| whole[y * 96 + 24..y * 96 + 72].iter().map(|&v| v as f32)).collect();
    let workers = Workers::new(2).unwrap();
    let mut plan = Deconvolution::new([1, 48, 48], &settings(Algorithm::HeavyBall, 60), &kernel, &workers).unwrap();
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let outcome = plan.execute(&mut image, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
    let ground = 10.0 * 48.0 * 48.0;
    assert!(outcome.flux_in > 1.4 * ground, "{outcome:?}");
    assert!((outcome.flux_out / ground - 1.0).abs() < 0.1, "{outcome:?}");
    assert!(outcome.flux_outside.unwrap() > 0.5e5, "{outcome:?}");
    assert!((outcome.flux_out / sum(&image) - 1.0).abs() < 1e-4);
}
