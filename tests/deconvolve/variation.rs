//! The weight of total variation: what is set, and what the noise asks for.

use abbe::deconvolve::Outcome;
use abbe::params::{self, Algorithm, Padding, Settings};

use super::harness::{largest, restore};
use super::slow::{Direct, Random, gaussian};

const SHAPE: [usize; 3] = [1, 96, 96];

/// A grid of lines two pixels wide, blurred, with so many photons at the brightest, and the truth in photons.
fn grid(photons: f64) -> (Vec<f32>, Vec<f64>) {
    let [_, ny, nx] = SHAPE;
    let lines = |at: usize| at % 24 < 2;
    let truth: Vec<f64> = (0..ny * nx).map(|at| if lines(at / nx) || lines(at % nx) { 1.0 } else { 0.02 }).collect();
    let blurred = Direct::new(SHAPE, SHAPE, &gaussian([1, 13, 13], 1.8)).blur(&truth);
    let scale = photons / largest(blurred.iter().copied());
    let mut random = Random(11);
    let image = blurred.iter().map(|mean| poisson(&mut random, mean * scale) as f32).collect();
    (image, truth.iter().map(|value| value * scale).collect())
}

/// By Knuth's product, in parts whose exponentials are no zeros.
fn poisson(random: &mut Random, mean: f64) -> f64 {
    let parts = (mean / 50.0).ceil().max(1.0);
    let mut count = 0.0;
    for _ in 0..parts as usize {
        let (limit, mut product) = ((-mean / parts).exp(), random.uniform());
        while product > limit {
            product *= random.uniform();
            count += 1.0;
        }
    }
    count
}

fn settings(algorithm: Algorithm, weight: Option<f64>) -> Settings {
    let mut settings = Settings::new("deconvolve");
    settings.set_choice(params::DECONVOLVE_ALGORITHM, algorithm).unwrap();
    // The scene wraps around.
    settings.set_choice(params::DECONVOLVE_PADDING, Padding::None).unwrap();
    if let Some(weight) = weight {
        settings.set_f64(params::DECONVOLVE_TOTAL_VARIATION, weight).unwrap();
    }
    settings
}

fn run(image: &[f32], settings: &Settings) -> (Vec<f32>, Outcome) {
    restore(image, SHAPE, &gaussian([1, 13, 13], 1.8), settings, 2)
}

fn error(result: &[f32], truth: &[f64]) -> f64 {
    result.iter().zip(truth).map(|(value, truth)| (f64::from(*value) - truth).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn what_is_set_is_taken_and_what_the_noise_asks_for_is_said() {
    let (image, _) = grid(30.0);
    let mean = image.iter().map(|sample| f64::from(*sample)).sum::<f64>() / image.len() as f64;
    for weight in [0.0, 0.002, 0.1] {
        let (_, outcome) = run(&image, &settings(Algorithm::TotalVariation, Some(weight)));
        assert_eq!(outcome.total_variation, Some(weight as f32));
        assert!(outcome.noise.is_none(), "nothing needs the noise");
    }
    let (_, outcome) = run(&image, &settings(Algorithm::TotalVariation, None));
    // Deviation of the noise at the mean over the light there, and its square.
    let (gain, shift) = (outcome.photon_gain.unwrap(), outcome.photon_shift.unwrap().max(0.0));
    let deviation = (gain * (mean + shift)).sqrt() / (mean + shift);
    let expected = 0.05 * deviation + 0.3 * deviation.powi(2);
    let taken = f64::from(outcome.total_variation.unwrap());
    assert!((0.002..0.15).contains(&expected), "{expected} is at a limit");
    assert!((taken / expected - 1.0).abs() < 1e-4, "{taken}, not {expected}");
    let (_, outcome) = run(&image, &settings(Algorithm::RichardsonLucy, Some(0.05)));
    assert_eq!(outcome.total_variation, None);
}

#[test]
fn few_photons_are_smoothed_and_many_are_not() {
    for (photons, most) in [(5.0, 0.8), (1000.0, 1.03)] {
        let (image, truth) = grid(photons);
        let (result, _) = run(&image, &settings(Algorithm::TotalVariation, None));
        let (little, _) = run(&image, &settings(Algorithm::TotalVariation, Some(0.002)));
        let ratio = error(&result, &truth) / error(&little, &truth);
        assert!(ratio < most, "{photons} photons: {ratio} of the error with 0.002");
    }
    let mut plain = settings(Algorithm::RichardsonLucy, None);
    plain.set_i64(params::DECONVOLVE_ITERATIONS, 20).unwrap();
    let (image, _) = grid(5.0);
    let highest = |settings: &Settings| largest(run(&image, settings).0.iter().map(|sample| f64::from(*sample)));
    let (result, plain) = (highest(&settings(Algorithm::TotalVariation, None)), highest(&plain));
    assert!(result < plain, "{result} {plain}");
}
