//! Images on finer pixels: pixel reassignment, and super-resolution by radial gradient convergence.

use abbe::codes::{Code, StepKind};
use abbe::image::Dtype;
use abbe::params::{
    ESRRF_FRAMES, ESRRF_FWHM_PX, ESRRF_MAGNIFICATION, ESRRF_OVER, ESRRF_SENSITIVITY, EsrrfOver, Id, REASSIGN_FWHM_PX,
    REASSIGN_GAIN, REASSIGN_MAGNIFICATION, REASSIGN_RADIUS_PX,
};

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};
use crate::slow::{Plane, Volume, ellipsoid};

fn step(kind: StepKind, choices: &[(Id, i64)], numbers: &[(Id, f64)]) -> Step {
    Step { kind, choices: choices.to_vec(), numbers: numbers.to_vec() }
}

fn reassign(magnification: i64, numbers: &[(Id, f64)]) -> Step {
    step(StepKind::Reassign, &[(REASSIGN_MAGNIFICATION, magnification)], numbers)
}

fn esrrf(magnification: i64, choices: &[(Id, i64)], numbers: &[(Id, f64)]) -> Step {
    let mut choices = choices.to_vec();
    choices.push((ESRRF_MAGNIFICATION, magnification));
    step(StepKind::Esrrf, &choices, numbers)
}

/// Gaussian spots of 1000 with that deviation at places (y, x).
fn spots(shape: [usize; 2], sigma: f64, places: &[[f64; 2]]) -> Vec<f32> {
    let spot = |y: f64, x: f64, [cy, cx]: [f64; 2]| {
        1000.0 * (-((y - cy).powi(2) + (x - cx).powi(2)) / (2.0 * sigma * sigma)).exp()
    };
    let pixel = |at: usize| ((at / shape[1]) as f64, (at % shape[1]) as f64);
    (0..shape[0] * shape[1])
        .map(pixel)
        .map(|(y, x)| places.iter().map(|place| spot(y, x, *place)).sum::<f64>() as f32)
        .collect()
}

/// Sum, middle (y, x) and deviation of what is on pixels of 1 / m, in pixels of the image, whose pixel i has its middle at i.
fn moments(samples: &[f32], width: usize, m: usize) -> (f64, [f64; 2], f64) {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample)).sum();
    let place = |at: usize| [at / width, at % width].map(|at| (at as f64 + 0.5) / m as f64 - 0.5);
    let mean = |of: &dyn Fn([f64; 2]) -> f64| {
        samples.iter().enumerate().map(|(at, sample)| f64::from(*sample) * of(place(at))).sum::<f64>() / sum
    };
    let middle = [mean(&|place| place[0]), mean(&|place| place[1])];
    let square = mean(&|place| (place[0] - middle[0]).powi(2) + (place[1] - middle[1]).powi(2));
    (sum, middle, (square / 2.0).sqrt())
}

/// Spots stay where they are, to a hundredth of a pixel, at every magnification; light stays; widths are as promised.
#[test]
fn spots_stay_in_their_places() {
    let shape = [31, 34];
    for place in [[15.0, 16.0], [15.5, 16.5], [14.8, 17.3], [15.25, 16.6]] {
        let samples = spots(shape, 1.4, &[place]);
        let images = Images::of("yx", &shape, &samples);
        let light: f64 = samples.iter().map(|sample| f64::from(*sample)).sum();
        for m in 1..=5 {
            let found = run(&reassign(m as i64, &[(REASSIGN_FWHM_PX, 1.4 * 2.3548)]), &images).unwrap().0;
            let (sum, middle, width) = moments(&found, shape[1] * m, m);
            assert!((sum / light / (m * m) as f64 - 1.0).abs() < 1e-5, "{m} {sum}");
            let off = [middle[0] - place[0], middle[1] - place[1]];
            assert!(off.iter().all(|off| off.abs() < 0.01), "reassign x {m}: {off:?}");
            assert!((0.5..0.95).contains(&width), "{m} {width}");

            let found = run(&esrrf(m as i64, &[], &[]), &images).unwrap().0;
            let (_, middle, width) = moments(&found, shape[1] * m, m);
            let off = [middle[0] - place[0], middle[1] - place[1]];
            assert!(off.iter().all(|off| off.abs() < 0.02), "esrrf x {m}: {off:?}");
            assert!(width < 1.2, "{m} {width}");
        }
    }
}

/// Two points that one cannot see as two in the image are two in the result.
#[test]
fn points_come_apart() {
    let samples = spots([21, 31], 2.0, &[[10.0, 13.1], [10.0, 16.9]]);
    let images = Images::of("yx", &[21, 31], &samples);
    let valley = |row: &[f32]| {
        let middle = row[row.len() / 2];
        row.iter().copied().fold(0.0, f32::max) / middle
    };
    assert!(valley(&samples[10 * 31..][..31]) < 1.01);
    let found = run(&reassign(2, &[(REASSIGN_FWHM_PX, 4.7)]), &images).unwrap().0;
    assert!(valley(&found[20 * 62..][..62]) > 1.1, "{}", valley(&found[20 * 62..][..62]));
    let found = run(&esrrf(4, &[], &[(ESRRF_FWHM_PX, 2.0), (ESRRF_SENSITIVITY, 4.0)]), &images).unwrap().0;
    assert!(valley(&found[41 * 124..][..124]) > 1.2, "{}", valley(&found[41 * 124..][..124]));
}

/// The largest difference as a share of the highest sample.
fn difference(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let highest = expected.iter().copied().fold(0.0, f64::max);
    found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max) / highest
}

#[test]
fn light_moves_as_its_definition_says() {
    let shape = [17, 22];
    let samples = scene(&shape, 31);
    let volume = Volume { samples: &samples, shape: [1, 17, 22] };
    for (m, gain) in [(1, 0.7), (2, 0.4), (3, 1.0)] {
        let numbers = [(REASSIGN_FWHM_PX, 2.5), (REASSIGN_GAIN, gain), (REASSIGN_RADIUS_PX, 4.0)];
        let sigma = 2.5 / 2.354_820_045 * m as f64;
        let [tall, wide] = shape.map(|extent| extent * m);
        let level = volume.opening(&ellipsoid(0.0, 4.0));
        let above: Vec<f64> = samples.iter().zip(&level).map(|(sample, level)| f64::from(*sample) - level).collect();
        let [level, above] = [&level, &above].map(|samples| Plane { samples, shape }.magnified(m));
        let single: Vec<f32> = above.iter().map(|sample| *sample as f32).collect();
        let blur = Volume { samples: &single, shape: [1, tall, wide] }.gaussian([0.0, 4.0 * sigma, 4.0 * sigma]);
        let least = 1e-4 * above.iter().copied().fold(0.0, f64::max);
        let even: Vec<f64> =
            above.iter().zip(&blur).map(|(above, blur)| (above.max(0.0) + least) / (blur.max(0.0) + least)).collect();
        let even = Plane { samples: &even, shape: [tall, wide] };
        let mut expected = level;
        for (at, light) in above.iter().enumerate() {
            let (y, x) = ((at / wide) as i64, (at % wide) as i64);
            let slope = [even.at(y + 1, x) - even.at(y - 1, x), even.at(y, x + 1) - even.at(y, x - 1)];
            let way = slope.map(|by| by / 2.0 / even.at(y, x) * gain * sigma * sigma);
            let length = way[0].hypot(way[1]);
            let way = way.map(|way| if length > 2.0 * sigma { way / length * 2.0 * sigma } else { way });
            let to =
                [(y as f64 + way[0]).clamp(0.0, (tall - 1) as f64), (x as f64 + way[1]).clamp(0.0, (wide - 1) as f64)];
            for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let place = [to[0].floor() as usize + dy, to[1].floor() as usize + dx];
                let share = (1.0 - (to[0] - place[0] as f64).abs()) * (1.0 - (to[1] - place[1] as f64).abs());
                if share > 0.0 {
                    expected[place[0] * wide + place[1]] += light * share;
                }
            }
        }
        let found = run(&reassign(m as i64, &numbers), &Images::of("yx", &shape, &samples)).unwrap().0;
        assert!(difference(&found, &expected) < 2e-4, "{m} {gain}: {}", difference(&found, &expected));
    }
}

#[test]
fn convergence_is_what_its_definition_says() {
    let shape = [9, 12];
    let samples = scene(&shape, 41);
    let exact: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
    let plane = Plane { samples: &exact, shape };
    let halves = plane.magnified(2);
    let halves = Plane { samples: &halves, shape: [18, 24] };
    for (m, fwhm, sensitivity) in [(1, 1.5, 1.0), (2, 2.0, 2.0), (3, 1.2, 0.5)] {
        let sigma: f64 = fwhm / 2.354_820_045;
        let mut expected = plane.magnified(m);
        for (at, sample) in expected.iter_mut().enumerate() {
            let place = |at: usize, m: usize| (at as f64 + 0.5) / m as f64 - 0.5;
            let here = [place(at / (12 * m), m), place(at % (12 * m), m)];
            let (mut sum, mut all) = (0.0, 0.0);
            for (y, x) in (0..18).flat_map(|y| (0..24).map(move |x| (y, x))) {
                let way = [here[0] - place(y, 2), here[1] - place(x, 2)];
                let r = way[0].hypot(way[1]);
                if r == 0.0 || r > 2.0 * sigma + 1.0 {
                    continue;
                }
                let (y, x) = (y as i64, x as i64);
                let slope = [halves.at(y + 1, x) - halves.at(y - 1, x), halves.at(y, x + 1) - halves.at(y, x - 1)];
                let weight = (r * (-r * r / (2.0 * sigma * sigma)).exp()).powi(4);
                let (dot, cross) = (slope[0] * way[0] + slope[1] * way[1], slope[0] * way[1] - slope[1] * way[0]);
                all += weight;
                if dot > 0.0 {
                    sum += weight * (1.0 - cross.abs() / (r * slope[0].hypot(slope[1])));
                }
            }
            *sample *= (sum / all).powf(sensitivity);
        }
        let numbers = [(ESRRF_FWHM_PX, fwhm), (ESRRF_SENSITIVITY, sensitivity)];
        let found = run(&esrrf(m as i64, &[], &numbers), &Images::of("yx", &shape, &samples)).unwrap().0;
        assert!(difference(&found, &expected) < 1e-5, "{m}: {}", difference(&found, &expected));
    }
}

/// Of a series, each result is made of the results of single frames around it.
#[test]
fn series_make_means_variances_and_covariances() {
    let shape = [7, 2, 8, 10];
    let samples = scene(&shape, 51);
    let images = Images::of("tcyx", &shape, &samples);
    let (single, report) = run(&esrrf(2, &[], &[]), &images).unwrap();
    let images_of = report["steps"][0]["images"].as_array().map(Vec::len);
    assert!(images_of == Some(14) && report["steps"][0]["quantitative"] == false);
    let frame = |time: usize, channel: usize| &single[(time * 2 + channel) * 320..][..320];
    for (over, frames) in [(EsrrfOver::Mean, 3), (EsrrfOver::Variance, 4), (EsrrfOver::Covariance, 7)] {
        let step = esrrf(2, &[(ESRRF_FRAMES, frames as i64), (ESRRF_OVER, over.number().into())], &[]);
        let (found, report) = run(&step, &images).unwrap();
        assert_eq!(report["steps"][0]["images"].as_array().map(Vec::len), Some(14));
        for (time, channel, at) in (0..7).flat_map(|time| (0..640).map(move |at| (time, at / 320, at % 320))) {
            let first = (time as i64 - frames as i64 / 2).clamp(0, 7 - frames as i64) as usize;
            let points: Vec<f64> = (first..first + frames).map(|time| f64::from(frame(time, channel)[at])).collect();
            let mean = points.iter().sum::<f64>() / frames as f64;
            let expected = match over {
                EsrrfOver::Mean => mean,
                EsrrfOver::Variance => points.iter().map(|point| (point - mean).powi(2)).sum::<f64>() / frames as f64,
                EsrrfOver::Covariance => {
                    points.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / (frames - 1) as f64
                }
            };
            let found = f64::from(found[(time * 2 + channel) * 320 + at]);
            assert!((found - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{over:?} {time} {found} {expected}");
        }
    }
    let told = refused(&esrrf(2, &[(ESRRF_FRAMES, 8)], &[]), &images);
    assert!(told.starts_with("esrrf.frames is 8 for images of 7 time points; it must be 7 at most"), "{told}");
    let told = refused(&esrrf(2, &[(ESRRF_OVER, 1)], &[]), &images);
    assert!(told.starts_with("esrrf.frames is 1 with an esrrf.over of 1; it must be 2 at least"), "{told}");
}

/// Every type, volumes and series, any number of threads, and whoever cancels.
#[test]
fn finer_images_come_of_every_type() {
    let shape = [2, 2, 3, 9, 11];
    let samples = scene(&shape, 61);
    let several = esrrf(2, &[(ESRRF_FRAMES, 2)], &[]);
    for (at, step) in [reassign(2, &[]), esrrf(3, &[], &[]), several].iter().enumerate() {
        let of = |dtype| run(step, &Images { axes: "tczyx", shape: &shape, dtype, samples: &samples }).unwrap().0;
        let expected = of(Dtype::F32);
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F16] {
            assert!(of(dtype) == expected, "{at} {dtype:?}");
        }
        if at < 2 {
            let fine = expected.len() / 12;
            for (plane, expected) in samples.chunks(99).zip(expected.chunks(fine)) {
                assert!(run(step, &Images::of("yx", &[9, 11], plane)).unwrap().0 == expected, "{at}");
            }
        }
    }
    let shape = [2, 2, 20, 31];
    for step in [reassign(1, &[]), esrrf(1, &[], &[]), esrrf(1, &[(ESRRF_FRAMES, 2)], &[])] {
        same_bits_and_cancelled(&step, &Images::of("tzyx", &shape, &scene(&shape, 62)), &[0, 1, 5]);
    }
}

/// What was not measured has no say, where single images are looked at.
#[test]
fn finer_images_are_filled_first() {
    let samples = scene(&[20, 30], 71);
    let mask: Vec<u8> = (0..600).map(|at| u8::from(at % 31 != 4)).collect();
    for step in [reassign(2, &[]), esrrf(2, &[], &[])] {
        let of = |value: f32| {
            let poisoned = samples.iter().zip(&mask).map(|(sample, kept)| if *kept == 0 { value } else { *sample });
            let poisoned: Vec<f32> = poisoned.collect();
            let images = Images::of("yx", &[20, 30], &poisoned);
            execute(&plan(std::slice::from_ref(&step), &images, 2, &[], Some(&mask)).unwrap(), &images).unwrap().0
        };
        assert!(of(5e4) == of(-3.0) && of(1.0).iter().all(|sample| sample.is_finite()));
    }
}
