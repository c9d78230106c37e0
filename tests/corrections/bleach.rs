//! Bleaching taken out of series.

use abbe::codes::StepKind;
use abbe::image::Dtype;
use abbe::params::{BLEACH_BACKGROUND, BLEACH_MODE, Bleach, OUTPUT_HIGHEST, OUTPUT_MODE, OutputMode};

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};

fn step(mode: Bleach) -> Step {
    Step::new(StepKind::Bleach, (BLEACH_MODE, mode), &[])
}

fn mean(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / samples.len() as f64
}

/// Frames of one scene whose light above `dark` has these brightnesses.
fn series(shape: [usize; 2], dark: f32, light: &[f64]) -> Vec<f32> {
    let frame = scene(&shape, 3);
    light.iter().flat_map(|light| frame.iter().map(|sample| dark + *light as f32 * sample)).collect()
}

#[test]
fn every_time_point_gets_the_brightness_of_the_first() {
    let light = [1.0, 0.8, 0.65, 0.2, 0.5];
    let dark = 10.0;
    let samples = series([20, 30], dark, &light);
    let mut ratio = step(Bleach::Ratio);
    ratio.numbers.push((BLEACH_BACKGROUND, f64::from(dark)));
    let (found, report) = run(&ratio, &Images::of("tyx", &[5, 20, 30], &samples)).unwrap();
    for (at, light) in light.iter().enumerate() {
        let frame = &found[at * 600..][..600];
        for (found, first) in frame.iter().zip(&samples[..600]) {
            assert!((found - first).abs() < 1e-4 * first, "{at}: {found} {first}");
        }
        let factor = report["steps"][0]["images"][at]["factor"].as_f64().unwrap();
        assert!((factor * light - 1.0).abs() < 1e-5, "{factor}");
    }
    // Without a number 0 is dark, and means are made equal all the same.
    let found = run(&step(Bleach::Ratio), &Images::of("tyx", &[5, 20, 30], &samples)).unwrap().0;
    let means: Vec<f64> = found.chunks(600).map(mean).collect();
    assert!(means.iter().all(|value| (value / means[0] - 1.0).abs() < 1e-6), "{means:?}");
}

/// What the specimen does beside the bleaching stays.
#[test]
fn a_curve_through_all_time_points_leaves_what_the_specimen_does() {
    for (rate, level) in [(0.05, 0.0), (0.02, 0.0), (0.15, 0.4)] {
        let curve = |t: usize| (1.0 - level) * (-rate * t as f64).exp() + level;
        // As often above the curve as below.
        let doing = |t: usize| if t.is_multiple_of(2) { 1.05 } else { 0.95 };
        let light: Vec<f64> = (0..40).map(|t| curve(t) * doing(t)).collect();
        let samples = series([12, 16], 0.0, &light);
        let (found, report) = run(&step(Bleach::Exponential), &Images::of("tyx", &[40, 12, 16], &samples)).unwrap();
        for t in 0..40 {
            let factor = report["steps"][0]["images"][t]["factor"].as_f64().unwrap();
            assert!((factor * curve(t) - 1.0).abs() < 0.03, "{rate} {level}, {t}: {factor}");
            let brightness = mean(&found[t * 192..][..192]) / mean(&found[..192]);
            assert!((brightness * doing(0) / doing(t) - 1.0).abs() < 0.03, "{rate} {level}, {t}: {brightness}");
        }
    }
    // What gets brighter does not bleach.
    let samples = series([12, 16], 0.0, &[1.0, 1.1, 1.2, 1.3]);
    assert!(run(&step(Bleach::Exponential), &Images::of("tyx", &[4, 12, 16], &samples)).unwrap().0 == samples);
}

/// By the definition: all samples in order, each gets what stands at its place in the first image; equal ones the mean.
fn matched(first: &[f32], image: &[f32]) -> Vec<f32> {
    let mut reference = first.to_vec();
    reference.sort_by(f32::total_cmp);
    let below = |sample: f32| image.iter().filter(|other| **other < sample).count();
    let equal = |sample: f32| image.iter().filter(|other| **other == sample).count();
    image.iter().map(|sample| mean(&reference[below(*sample)..][..equal(*sample)]) as f32).collect()
}

#[test]
fn histograms_become_that_of_the_first_time_point() {
    let shape = [3, 2, 2, 11, 13];
    let samples: Vec<f32> = scene(&shape, 5);
    for dtype in [Dtype::U8, Dtype::U16, Dtype::F16, Dtype::F32] {
        let images = Images { axes: "tczyx", shape: &shape, dtype, samples: &samples };
        let (found, report) = run(&step(Bleach::Histogram), &images).unwrap();
        let volume = 2 * 11 * 13;
        for (at, (image, found)) in samples.chunks(volume).zip(found.chunks(volume)).enumerate() {
            let first = &samples[at % 2 * volume..][..volume];
            assert!(matched(first, image) == found, "{dtype:?} {at}");
        }
        assert_eq!(report["steps"][0]["quantitative"], false);
        assert_eq!(report["steps"][0]["images"].as_array().map(Vec::len), Some(6));
    }
    let signed: Vec<f32> = samples.iter().map(|sample| 100.0 - sample).collect();
    let found = run(&step(Bleach::Histogram), &Images::of("tyx", &[12, 11, 13], &signed)).unwrap().0;
    assert!(found[143..286] == matched(&signed[..143], &signed[143..286]));
}

#[test]
fn series_go_through_once_more_for_a_later_step() {
    let samples = series([20, 30], 0.0, &[1.0, 0.5, 0.25]);
    let images = Images::of("tyx", &[3, 20, 30], &samples);
    for mode in Bleach::ALL {
        let fit = Step::new(StepKind::Output, (OUTPUT_MODE, OutputMode::Fit), &[(OUTPUT_HIGHEST, 10.0)]);
        let plan = plan(&[step(*mode), fit], &images, 2, &[], None).unwrap();
        let found = execute(&plan, &images).unwrap().0;
        let alone = run(&step(*mode), &images).unwrap().0;
        let highest = alone.iter().copied().fold(0.0, f32::max);
        assert!(found.iter().zip(&alone).all(|(found, alone)| (found - alone * 10.0 / highest).abs() < 1e-5));
        same_bits_and_cancelled(&step(*mode), &images, &[0, 2]);
    }
}

#[test]
fn one_frame_is_no_series() {
    let samples = scene(&[8, 9], 1);
    let text = refused(&step(Bleach::Ratio), &Images::of("yx", &[8, 9], &samples));
    assert!(text.contains("gets images of 1 time point; it needs 2 or more along an axis t"), "{text}");
    // Without light there is no ratio.
    let dark = vec![0.0; 288];
    for mode in Bleach::ALL {
        assert!(run(&step(*mode), &Images::of("tyx", &[4, 8, 9], &dark)).unwrap().0 == dark, "{mode:?}");
    }
}
