//! What the tests of deconvolution share.

use abbe::deconvolve::{Deconvolution, Outcome};
use abbe::params::{self, Algorithm, Settings, Stop};
use abbe::psf::Kernel;
use abbe::runtime::{Answer, Control, Watch, Workers};

use super::slow::{Direct, Random, gaussian};

/// An algorithm with so many iterations and no other stop.
pub fn settings(algorithm: Algorithm, iterations: i64) -> Settings {
    let mut settings = Settings::new("deconvolve");
    settings.set_choice(params::DECONVOLVE_ALGORITHM, algorithm).unwrap();
    settings.set_i64(params::DECONVOLVE_ITERATIONS, iterations).unwrap();
    // How far a denoised image bears going, photons held out must tell.
    let stop = if algorithm == Algorithm::Hybrid { Stop::HeldOut } else { Stop::Iterations };
    settings.set_choice(params::DECONVOLVE_STOP, stop).unwrap();
    settings
}

/// Plans and restores.
pub fn restore(
    image: &[f32],
    shape: [usize; 3],
    kernel: &Kernel,
    settings: &Settings,
    threads: usize,
) -> (Vec<f32>, Outcome) {
    let workers = Workers::new(threads).unwrap();
    let mut plan = Deconvolution::new(shape, settings, kernel, &workers).unwrap();
    let (control, mut result) = (Control::new(), image.to_vec());
    let mut listener = |_| Answer::Continue;
    let outcome = plan.execute(&mut result, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
    assert!(control.progress() <= 1.0);
    (result, outcome)
}

/// A few points on a level ground, blurred on a field larger than the image, with photon noise.
pub fn scene(shape: [usize; 3], kernel: &Kernel, seed: u64) -> Vec<f32> {
    let mut random = Random(seed);
    let direct = Direct::new(shape, shape, kernel);
    let truth: Vec<f64> = (0..shape.iter().product())
        .map(|_| if random.uniform() < 0.1 { 400.0 * random.uniform() } else { 5.0 })
        .collect();
    direct
        .blur(&truth)
        .iter()
        .map(|&mean| (mean + mean.sqrt() * (random.uniform() - 0.5) * 3.0).max(0.0) as f32)
        .collect()
}

/// The sum of samples.
pub fn sum(samples: &[f32]) -> f64 {
    samples.iter().map(|&sample| f64::from(sample)).sum()
}

/// The largest value, at least 0.
pub fn largest(samples: impl Iterator<Item = f64>) -> f64 {
    samples.fold(0.0, f64::max)
}

/// One cycle over the full width at half maximum of a Gaussian-like kernel, along (z, y, x); by its definition on the
/// line through the brightest sample.
pub fn resolution(kernel: &Kernel) -> [f64; 3] {
    let shape = kernel.shape();
    let value = |place: [usize; 3]| f64::from(kernel.samples()[(place[0] * shape[1] + place[1]) * shape[2] + place[2]]);
    let places = (0..shape[0]).flat_map(|z| (0..shape[1]).flat_map(move |y| (0..shape[2]).map(move |x| [z, y, x])));
    let peak = places.fold([0; 3], |best, place| if value(place) >= value(best) { place } else { best });
    std::array::from_fn(|axis| {
        if shape[axis] == 1 {
            return f64::INFINITY;
        }
        let half = value(peak) / 2.0;
        let side = |step: isize| {
            let mut last = peak;
            loop {
                let next = last[axis] as isize + step;
                if next < 0 || next >= shape[axis] as isize {
                    return last[axis].abs_diff(peak[axis]) as f64 + 0.5;
                }
                let mut place = last;
                place[axis] = next as usize;
                if value(place) < half {
                    let part = (value(last) - half) / (value(last) - value(place));
                    return last[axis].abs_diff(peak[axis]) as f64 + part;
                }
                last = place;
            }
        };
        (1.0 / (side(1) + side(-1))).min(0.5)
    })
}

/// Peak signal-to-noise ratio of a result after the best gain and offset, in dB.
pub fn psnr(result: &[f32], truth: &[f64]) -> f64 {
    let n = truth.len() as f64;
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / n;
    let (x, g) = (mean(&mut result.iter().map(|&v| f64::from(v))), mean(&mut truth.iter().copied()));
    let pairs = || result.iter().zip(truth).map(|(&a, &b)| (f64::from(a) - x, b - g));
    let (xx, xg, gg) = (
        mean(&mut pairs().map(|p| p.0 * p.0)),
        mean(&mut pairs().map(|p| p.0 * p.1)),
        mean(&mut pairs().map(|p| p.1 * p.1)),
    );
    let peak = largest(truth.iter().copied());
    20.0 * (peak / (gg - xg * xg / xx.max(1e-30)).max(1e-30).sqrt()).log10()
}

impl Random {
    /// A count of photons with that mean: exact below 30, normal above.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 30.0 {
            let normal = (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos();
            return (mean + mean.sqrt() * normal).round().max(0.0);
        }
        let (mut count, mut product) = (0.0, self.uniform());
        while product > (-mean).exp() {
            (count, product) = (count + 1.0, product * self.uniform());
        }
        count
    }
}

/// Filaments of some pixels' width on a dim ground, of about so many photons at their brightest, on a plane of `n` by `n`.
pub fn filaments(n: usize, peak: f64, seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    let mut truth = vec![0.02 * peak; n * n];
    for _ in 0..n / 4 {
        let (mut y, mut x) = (random.uniform() * n as f64, random.uniform() * n as f64);
        let angle = random.uniform() * std::f64::consts::TAU;
        let bright = peak * (0.3 + 0.7 * random.uniform());
        for _ in 0..n {
            let place = (y as usize % n) * n + x as usize % n;
            truth[place] = f64::max(truth[place], bright);
            (y, x) = (y + angle.sin() + n as f64, x + angle.cos() + n as f64);
            (y, x) = (y % n as f64, x % n as f64);
        }
    }
    Direct::new([1, n, n], [1, n, n], &gaussian([1, 7, 7], 1.2)).blur(&truth)
}
