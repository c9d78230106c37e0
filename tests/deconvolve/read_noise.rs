//! Images around 0, or on an even ground, whose noise is that of reading alone.

use abbe::params::{self, Algorithm, Settings, Stop};

use super::harness::restore;
use super::slow::{Random, gaussian};

/// Of the spot: twice its variance in square samples, before it is blurred, and as it is seen.
const TRUE_WIDTH: f64 = 12.0;
const SEEN_WIDTH: f64 = 20.0;

fn spot(n: usize, width: f64, peak: f64) -> Vec<f64> {
    let place = |at: usize| at as f64 - n as f64 / 2.0;
    let light = |at: usize| peak * (-(place(at / n).powi(2) + place(at % n).powi(2)) / width).exp();
    (0..n * n).map(light).collect()
}

/// A blurred spot of 100 with noise of that deviation on a level, times a scale, and the error of the restored one beside that
/// of an image without it.
fn error(n: usize, seed: u64, [sigma, level, scale]: [f64; 3], settings: &Settings) -> f64 {
    let mut random = Random(seed);
    let mut normal =
        || (-2.0 * (1.0 - random.uniform()).ln()).sqrt() * (std::f64::consts::TAU * random.uniform()).cos();
    let seen = spot(n, SEEN_WIDTH, 100.0);
    let image: Vec<f32> = seen.iter().map(|light| (scale * (level + light + sigma * normal())) as f32).collect();
    let truth = spot(n, TRUE_WIDTH, 100.0 * SEEN_WIDTH / TRUE_WIDTH);
    let (result, _) = restore(&image, [1, n, n], &gaussian([1, 21, 21], 2.0), settings, 2);
    let squares = |value: &dyn Fn(usize) -> f64| (0..n * n).map(|at| (value(at) - truth[at]).powi(2)).sum::<f64>();
    (squares(&|at| f64::from(result[at]) / scale - level) / squares(&|_| 0.0)).sqrt()
}

/// Of some of them the variance grows with brightness by chance, of others it falls.
const SEEDS: std::ops::Range<u64> = 1..7;

fn by(algorithm: Algorithm, stop: Stop) -> Settings {
    let mut settings = Settings::new("deconvolve");
    settings.set_choice(params::DECONVOLVE_ALGORITHM, algorithm).unwrap();
    settings.set_choice(params::DECONVOLVE_STOP, stop).unwrap();
    if algorithm != Algorithm::Automatic {
        settings.set_i64(params::DECONVOLVE_ITERATIONS, 100).unwrap();
    }
    settings
}

#[test]
fn things_on_read_noise_around_0_are_kept() {
    let choices = [
        (Algorithm::Automatic, Stop::Automatic),
        (Algorithm::Automatic, Stop::Discrepancy),
        (Algorithm::RichardsonLucy, Stop::Discrepancy),
        (Algorithm::RichardsonLucy, Stop::HeldOut),
    ];
    for (sigma, most) in [(1.0, 0.12), (3.0, 0.2), (10.0, 0.4), (30.0, 0.8)] {
        for (seed, (algorithm, stop)) in SEEDS.flat_map(|seed| choices.map(|choice| (seed, choice))) {
            let error = error(64, seed, [sigma, 0.0, 1.0], &by(algorithm, stop));
            assert!(error < most, "{algorithm:?} {stop:?}, noise {sigma}, seed {seed}: {error}");
        }
    }
}

#[test]
fn neither_units_nor_levels_nor_the_size_matter() {
    let automatic = Settings::new("deconvolve");
    for seed in SEEDS {
        for (n, numbers) in [
            (64, [3.0, 0.0, 1e-3]),
            (64, [3.0, 0.0, 1e3]),
            (64, [3.0, 100.0, 1.0]),
            (150, [3.0, 0.0, 1.0]),
            (256, [3.0, 0.0, 1.0]),
        ] {
            let error = error(n, seed, numbers, &automatic);
            assert!(error < 0.25, "{n} {numbers:?}, seed {seed}: {error}");
        }
    }
}
