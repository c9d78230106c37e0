//! Filters in one step.

use std::f64::consts::TAU;

use abbe::params::{self, Algorithm, Padding};

use super::harness::{restore, scene, settings};
use super::slow::{Direct, gaussian, lopsided};

#[test]
fn filters_agree_with_slow_transforms() {
    for (shape, kernel) in
        [([1, 9, 8], gaussian([1, 5, 5], 1.1)), ([1, 9, 8], lopsided([1, 4, 3])), ([4, 5, 4], gaussian([3, 3, 3], 0.8))]
    {
        let image = scene(shape, &kernel, 5);
        let k = 0.02;
        for algorithm in [Algorithm::Wiener, Algorithm::Tikhonov, Algorithm::RegularisedInverse] {
            let mut settings = settings(algorithm, 1);
            settings.set_f64(params::DECONVOLVE_NOISE_TO_SIGNAL, k).unwrap();
            // Slow transforms of all that lies around an image would take minutes.
            settings
                .set_choice(params::DECONVOLVE_PADDING, if shape[0] > 1 { Padding::None } else { Padding::Half })
                .unwrap();
            let (got, outcome) = restore(&image, shape, &kernel, &settings, 2);
            assert_eq!((outcome.stopped, outcome.noise_to_signal), ("filter", Some(k)));
            let direct = Direct::new(shape, outcome.padded_shape, &kernel);
            let gain = |h_square: f64, frequency: [f64; 3]| {
                let omega_square: f64 = frequency.iter().map(|f| (TAU * f).powi(2)).sum();
                match algorithm {
                    Algorithm::Wiener => (1.0 + k) / (h_square + k),
                    Algorithm::Tikhonov => 1.0 / (h_square + k),
                    _ => 1.0 / (h_square + k * omega_square * omega_square),
                }
            };
            let expected = direct.crop(&direct.filtered(&direct.reflected(&image), gain));
            let peak = expected.iter().copied().fold(0.0, f64::max);
            for (got, expected) in got.iter().zip(&expected) {
                assert!((f64::from(*got) - expected).abs() < 1e-4 * peak, "{algorithm:?}: {got} instead of {expected}");
            }
        }
    }
}

#[test]
fn ramps_stay_ramps_up_to_the_border() {
    // What wraps around, stops or bends at the border would ring.
    let (shape, kernel) = ([1, 80, 100], gaussian([1, 41, 41], 1.8));
    let ramp: Vec<f32> = (0..8000).map(|at| 100.0 + (at % 100) as f32 * 2.0 + (at / 100) as f32).collect();
    for algorithm in [Algorithm::Wiener, Algorithm::RegularisedInverse] {
        let mut settings = settings(algorithm, 1);
        settings.set_f64(params::DECONVOLVE_NOISE_TO_SIGNAL, 1e-2).unwrap();
        let (result, _) = restore(&ramp, shape, &kernel, &settings, 2);
        for (at, (got, expected)) in result.iter().zip(&ramp).enumerate() {
            let (y, x) = (at / 100, at % 100);
            assert!((got - expected).abs() < 0.01 * expected, "{algorithm:?}: {got} for {expected} at y {y} x {x}");
        }
    }
}

#[test]
fn the_border_is_that_of_a_larger_scene() {
    // The same scene filtered whole, and its middle filtered alone.
    let (large, small, kernel) = ([1, 128, 128], [1, 64, 64], gaussian([1, 21, 21], 1.8));
    let whole = scene(large, &kernel, 21);
    let middle =
        |samples: &[f32]| -> Vec<f32> { (32..96).flat_map(|y| samples[y * 128 + 32..y * 128 + 96].to_vec()).collect() };
    let mut settings = settings(Algorithm::Wiener, 1);
    settings.set_f64(params::DECONVOLVE_NOISE_TO_SIGNAL, 0.05).unwrap();
    let (reference, _) = restore(&whole, large, &kernel, &settings, 2);
    let reference = middle(&reference);
    let (alone, _) = restore(&middle(&whole), small, &kernel, &settings, 2);
    settings.set_choice(params::DECONVOLVE_PADDING, Padding::None).unwrap();
    let (wrapped, _) = restore(&middle(&whole), small, &kernel, &settings, 2);
    let mean = reference.iter().sum::<f32>() / 4096.0;
    let power = |wanted: &dyn Fn(usize) -> bool, value: &dyn Fn(usize) -> f32| -> f32 {
        let (sum, n) =
            (0..4096).filter(|&at| wanted(at)).fold((0.0, 0.0), |(sum, n), at| (sum + value(at).powi(2), n + 1.0));
        (sum / n).sqrt()
    };
    let rim = |at: usize| (at / 64).min(63 - at / 64).min(at % 64).min(63 - at % 64) < 4;
    let spread = power(&|_| true, &|at| reference[at] - mean);
    let error =
        |result: &[f32], wanted: &dyn Fn(usize) -> bool| power(wanted, &|at| result[at] - reference[at]) / spread;
    let [at_rim, inside] = [error(&alone, &rim), error(&alone, &|at| !rim(at))];
    assert!(at_rim < 0.25 && inside < 0.05, "{at_rim} of the spread at the rim, {inside} inside");
    assert!(error(&wrapped, &rim) > 1.4 * at_rim, "{} wrapped around, {at_rim}", error(&wrapped, &rim));
}

#[test]
fn a_background_given_is_taken_away_first() {
    let (shape, kernel) = ([1, 30, 40], gaussian([1, 9, 9], 1.5));
    let image = scene(shape, &kernel, 4);
    let raised: Vec<f32> = image.iter().map(|sample| sample + 100.0).collect();
    for algorithm in [Algorithm::Wiener, Algorithm::Tikhonov, Algorithm::RegularisedInverse] {
        let mut settings = settings(algorithm, 1);
        settings.set_f64(params::DECONVOLVE_NOISE_TO_SIGNAL, 0.02).unwrap();
        let (expected, _) = restore(&image, shape, &kernel, &settings, 2);
        settings.set_f64(params::DECONVOLVE_BACKGROUND, 100.0).unwrap();
        let (got, outcome) = restore(&raised, shape, &kernel, &settings, 2);
        assert_eq!(outcome.background, 100.0);
        let peak = expected.iter().copied().fold(0.0, f32::max);
        assert!(got.iter().zip(&expected).all(|(got, expected)| (got - expected).abs() < 1e-4 * peak), "{algorithm:?}");
    }
}
