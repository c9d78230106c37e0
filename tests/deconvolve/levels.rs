//! What the automatic mode makes of even light: nothing that is not there.

use abbe::params::Settings;

use super::harness::{restore, sum};
use super::slow::{Direct, Random, gaussian};

/// A kernel that is wide beside the stack, as those of widefield microscopes are: its corners see little of the field.
#[test]
fn a_flat_stack_comes_back_flat() {
    let (shape, kernel) = ([16, 24, 24], gaussian([15, 25, 25], 6.0));
    for level in [100.0, 7.0] {
        let image = vec![level; 16 * 24 * 24];
        let (result, outcome) = restore(&image, shape, &kernel, &Settings::new("deconvolve"), 2);
        let worst = result.iter().map(|sample| (sample / level - 1.0).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}, {outcome:?}");
        assert!(outcome.flux_outside.unwrap().abs() < 1e-3 * sum(&image), "{outcome:?}");
    }
}

/// Where haze covers all of the image, the little that its noise says of the camera's offset is not taken away.
#[test]
fn no_offset_is_taken_beneath_haze() {
    let (shape, kernel) = ([8, 64, 64], gaussian([7, 13, 13], 2.0));
    let mut random = Random(5);
    let mut truth = vec![0.0; 8 * 64 * 64];
    for _ in 0..300 {
        truth[(random.uniform() * (8.0 * 64.0 * 64.0)) as usize] += 20_000.0 * random.uniform();
    }
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    for (haze, is_taken) in [(5.0, true), (600.0, false)] {
        let image: Vec<f32> = blurred.iter().map(|&mean| (random.poisson(mean + haze) + 100.0) as f32).collect();
        let (_, outcome) = restore(&image, shape, &kernel, &Settings::new("deconvolve"), 2);
        println!("{haze}: {outcome:?}");
        assert_eq!(outcome.background > 0.0, is_taken, "{outcome:?}");
        assert!(is_taken || (outcome.flux_out / sum(&image) - 1.0).abs() < 0.02, "{outcome:?}");
    }
}

/// A subtracted image keeps its level, however far below 0.
#[test]
fn images_wholly_below_0_are_restored() {
    let (shape, kernel) = ([1, 96, 96], gaussian([1, 9, 9], 1.2));
    let mut random = Random(6);
    let inside = |at: usize| (30..50).contains(&(at / 96)) && (20..70).contains(&(at % 96));
    let truth: Vec<f64> = (0..96 * 96).map(|at| if inside(at) { 2100.0 } else { 1500.0 }).collect();
    // Blurred with zeros around it, the truth is right inside only.
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let image: Vec<f32> = blurred.iter().map(|&mean| (random.poisson(mean.max(1000.0)) - 2500.0) as f32).collect();
    let (result, outcome) = restore(&image, shape, &kernel, &Settings::new("deconvolve"), 2);
    assert_eq!((outcome.contrast, outcome.negative), ("signed", 96 * 96), "{outcome:?}");
    let mean = |ys: std::ops::Range<usize>| {
        let rows = ys.clone().map(|y| sum(&result[y * 96 + 30..y * 96 + 60]));
        rows.sum::<f64>() / (30 * ys.len()) as f64
    };
    let (bright, dark) = (mean(35..45), mean(60..80));
    assert!((bright + 400.0).abs() < 20.0 && (dark + 1000.0).abs() < 20.0, "{bright} {dark}, {outcome:?}");
}
