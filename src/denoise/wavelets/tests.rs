use super::*;
use crate::noise::Random;
use crate::runtime::{Answer, Control};

/// Smooth light on ground, and the same with noise of variance 1, shared along x as a filter (a, 1, a) makes it.
fn scene([ny, nx]: [usize; 2], a: f64) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random::new(5);
    let white: Vec<f64> = (0..ny * nx).map(|_| random.normal()).collect();
    let light = |y: f64, x: f64| {
        let spot = |cy: f64, cx: f64, s: f64| (-((y - cy).powi(2) + (x - cx).powi(2)) / (2.0 * s * s)).exp();
        10.0 + 8.0 * spot(20.0, 30.0, 2.0)
            + 5.0 * spot(50.0, 90.0, 9.0)
            + if ((x / 17.0) as usize).is_multiple_of(3) { 4.0 } else { 0.0 }
    };
    let norm = (1.0 + 2.0 * a * a).sqrt();
    let (mut truth, mut image) = (Vec::new(), Vec::new());
    for at in 0..ny * nx {
        let (y, x) = (at / nx, at % nx);
        let near = |by: usize| white[y * nx + (x + nx + by - 1) % nx];
        truth.push(light(y as f64, x as f64) as f32);
        image.push((light(y as f64, x as f64) + (near(1) + a * (near(0) + near(2))) / norm) as f32);
    }
    (truth, image)
}

fn smooth(shape: [usize; 3], image: &mut [f32], noise: &Autocorrelation, threads: usize) -> f64 {
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let workers = Workers::new(threads).unwrap();
    Wavelets::new(shape).unwrap().smooth(image, 1.0, noise, &workers, &mut Watch::new(&control, &mut listener)).unwrap()
}

/// Both functions of a coefficient, each with what it has in common with the noise.
type Functions = [(f64, f64); 2];

/// The same by the definition, in double precision, with the variance of each band and the error's estimate worked out by sums over
/// all samples: the result, and the error of coefficients as it is estimated and as it is, over the variance of the noise in the finest bands.
fn slow(
    [ny, nx]: [usize; 2],
    (image, truth): (&[f32], &[f32]),
    covariance: &dyn Fn(i64, i64) -> f64,
) -> (Vec<f64>, [f64; 2]) {
    let place = |y: i64, x: i64| reflected(y, ny) * nx + reflected(x, nx);
    let split = |source: &[f64], step: i64, sign: f64, along_y: bool| -> Vec<f64> {
        let (dy, dx) = if along_y { (step, 0) } else { (0, step) };
        let of = |at: usize| 0.5 * (source[at] + sign * source[place((at / nx) as i64 + dy, (at % nx) as i64 + dx)]);
        (0..ny * nx).map(of).collect()
    };
    let join = |low: &[f64], high: &[f64], step: usize, along_y: bool| -> Vec<f64> {
        let of = |at: usize| {
            let before =
                if along_y { (at / nx >= step).then(|| at - step * nx) } else { (at % nx >= step).then(|| at - step) };
            let here = low[at] + high[at];
            before.map_or(here, |before| 0.5 * (here + low[before] - high[before]))
        };
        (0..ny * nx).map(of).collect()
    };
    let weights = [1.0, 4.0, 6.0, 4.0, 1.0].map(|weight| weight / 16.0);
    let (mut errors, mut kept) = ([0.0; 2], Vec::new());
    let [mut low, mut clean] =
        [image, truth].map(|image| image.iter().map(|sample| f64::from(*sample)).collect::<Vec<f64>>());
    for level in 0..levels([ny, nx]) {
        let step = 1_i64 << level;
        let all = |low: &[f64]| {
            let [means, halves] = [1.0, -1.0].map(|sign| split(low, step, sign, true));
            let bands =
                [(&means, -1.0), (&halves, 1.0), (&halves, -1.0)].map(|(of, sign)| split(of, step, sign, false));
            (split(&means, step, 1.0, false), bands)
        };
        let (bands, clean_bands);
        ((low, bands), (clean, clean_bands)) = (all(&low), all(&clean));
        let shrunk = bands
            .iter()
            .enumerate()
            .map(|(number, band)| {
                // The filter of the band, and what it makes of the covariance at a distance.
                let length = 2 * step;
                let sign = |at: i64, high: bool| if high && at >= step { -1.0 } else { 1.0 };
                let filter = |y: i64, x: i64| sign(y, number > 0) * sign(x, number != 1) / (length * length) as f64;
                let common = |dy: i64, dx: i64| {
                    let mut sum = 0.0;
                    for (y, x, v, u) in (0..length.pow(4))
                        .map(|at| (at % length, at / length % length, at / length.pow(2) % length, at / length.pow(3)))
                    {
                        sum += filter(y, x) * filter(v, u) * covariance(y + dy - v, x + dx - u);
                    }
                    sum
                };
                let table: Vec<f64> = (0..25).map(|at| common(at / 5 - 2, at % 5 - 2)).collect();
                let variance = table[12];
                let weight = 1.0 / (0.75 * (ny * nx) as f64);
                let look = |at: usize| {
                    let (mut energy, mut shared) = (0.0, 0.0);
                    for (dy, dx) in (0..25).map(|at| (at / 5 - 2, at % 5 - 2)) {
                        let value = band[place((at / nx) as i64 + dy, (at % nx) as i64 + dx)];
                        let weight = weights[(dy + 2) as usize] * weights[(dx + 2) as usize];
                        energy += weight * value * value;
                        shared += weight * value * table[((dy + 2) * 5 + dx + 2) as usize];
                    }
                    (energy / variance, shared)
                };
                let functions: Vec<Functions> = (0..ny * nx)
                    .map(|at| {
                        let (z, shared) = look(at);
                        [2.0_f64, 6.0].map(|level| {
                            let u = (z / level).powi(3);
                            let share = u / (1.0 + u);
                            let slope = 3.0 * z * z / level.powi(3) / (1.0 + u).powi(2);
                            (share * band[at], variance * share + band[at] * slope / variance * 2.0 * shared)
                        })
                    })
                    .collect();
                let sum = |of: &dyn Fn(&Functions, f64) -> f64| -> f64 {
                    functions.iter().zip(band).map(|(functions, value)| of(functions, *value)).sum()
                };
                let (aa, ab, bb) =
                    (sum(&|of, _| of[0].0 * of[0].0), sum(&|of, _| of[0].0 * of[1].0), sum(&|of, _| of[1].0 * of[1].0));
                // Stein: E (θ - w)² + 2 E n θ - σ², with n the noise of w.
                let (a, b) = (sum(&|of, value| of[0].0 * value - of[0].1), sum(&|of, value| of[1].0 * value - of[1].1));
                let constant = sum(&|_, value| value * value) - (ny * nx) as f64 * variance;
                let error =
                    |[p, q]: [f64; 2]| p * p * aa + 2.0 * p * q * ab + q * q * bb - 2.0 * (p * a + q * b) + constant;
                // Every share that is allowed, in steps of a thousandth.
                let mut best = [0.0; 2];
                for (p, q) in (0..=1000).flat_map(|p| (0..=1000 - p).map(move |q| (f64::from(p), f64::from(q)))) {
                    let shares = [p / 1000.0, q / 1000.0];
                    if error(shares) < error(best) {
                        best = shares;
                    }
                }
                let best = (best[0], best[1]);
                let clean: Vec<f64> = clean_bands[number].clone();
                let squares = functions
                    .iter()
                    .zip(clean)
                    .map(|(of, clean)| (best.0 * of[0].0 + best.1 * of[1].0 - clean).powi(2));
                errors[0] += error([best.0, best.1]) * weight;
                errors[1] += squares.sum::<f64>() * weight;
                functions.iter().map(|of| best.0 * of[0].0 + best.1 * of[1].0).collect::<Vec<f64>>()
            })
            .collect::<Vec<_>>();
        kept.push(shrunk);
    }
    for (level, bands) in kept.iter().enumerate().rev() {
        let step = 1_usize << level;
        low = join(&join(&low, &bands[0], step, false), &join(&bands[1], &bands[2], step, false), step, true);
    }
    (low, errors)
}

#[test]
fn results_and_errors_are_those_of_the_definition() {
    let plane = [64, 112];
    for a in [0.0, 0.5] {
        let (truth, image) = scene(plane, a);
        let norm = 1.0 + 2.0 * a * a;
        let along_x = |d: usize| [1.0, 2.0 * a / norm, a * a / norm].get(d).copied().unwrap_or(0.0);
        let covariance = |dy: i64, dx: i64| if dy == 0 { along_x(dx.unsigned_abs() as usize) } else { 0.0 };
        let (expected, [estimated, error]) = slow(plane, (&image, &truth), &covariance);
        // Three standard deviations of sums of squares of as many normal numbers as the finest bands have.
        assert!((estimated - error).abs() < 0.06, "{a}: {estimated} {error}");
        let noise = Autocorrelation::of(
            1.0,
            [std::array::from_fn(|d| if d == 0 { 1.0 } else { 0.0 }), std::array::from_fn(along_x)],
        );
        let mut found = image.clone();
        let removed = smooth([1, plane[0], plane[1]], &mut found, &noise, 2);
        // The slow code has shares to a thousandth.
        let apart = found.iter().zip(&expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
        assert!(apart.fold(0.0, f64::max) < 0.02);
        let squares = image.iter().zip(&found).map(|(before, after)| f64::from(before - after).powi(2)).sum::<f64>();
        assert!((removed / squares.sqrt() - 1.0).abs() < 1e-6);
        let square =
            |image: &[f32]| image.iter().zip(&truth).map(|(one, other)| f64::from(one - other).powi(2)).sum::<f64>();
        assert!(
            square(&found) < [0.3, 0.5][usize::from(a > 0.0)] * square(&image),
            "{a}: {} {}",
            square(&found),
            square(&image)
        );
    }
}

#[test]
fn planes_are_independent_and_threads_change_nothing() {
    let plane = [45, 70];
    let (truth, image) = scene(plane, 0.0);
    let both: Vec<f32> = image.iter().chain(&truth).copied().collect();
    let noise = Autocorrelation::of_neighbours([0.0; 3]);
    let of = |threads| {
        let mut found = both.clone();
        smooth([2, 45, 70], &mut found, &noise, threads);
        found
    };
    let found = of(1);
    assert!(of(3) == found);
    let mut alone = image.clone();
    smooth([1, 45, 70], &mut alone, &noise, 2);
    assert!(found[..alone.len()] == alone);
}

#[test]
fn whoever_cancels_is_heard() {
    let (_, mut image) = scene([64, 64], 0.0);
    let mut calls = 0;
    let (control, workers) = (Control::new(), Workers::new(2).unwrap());
    let mut listener = |_| {
        calls += 1;
        if calls > 2 { Answer::Cancel } else { Answer::Continue }
    };
    let noise = Autocorrelation::of_neighbours([0.0; 3]);
    let mut watch = Watch::new(&control, &mut listener);
    assert!(Wavelets::new([1, 64, 64]).unwrap().smooth(&mut image, 1.0, &noise, &workers, &mut watch).is_err());
}
