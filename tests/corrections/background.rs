//! Backgrounds that are found from all samples, or vary from place to place.

use abbe::codes::StepKind;
use abbe::image::Dtype;
use abbe::params::{
    BACKGROUND_MODE, BACKGROUND_PERCENT, BACKGROUND_RADIUS_PX, BackgroundMode, Id, PLAN_BLOCKS, PLAN_NOT_A_NUMBER,
};

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};
use crate::slow::{Volume, ellipsoid};

fn background(mode: BackgroundMode, numbers: &[(Id, f64)]) -> Step {
    Step::new(StepKind::Background, (BACKGROUND_MODE, mode), numbers)
}

/// What was taken from the samples, and the largest difference of that from `expected`.
fn taken(samples: &[f32], found: &[f32], expected: &[f64]) -> f64 {
    let pairs = samples.iter().zip(found).zip(expected);
    pairs
        .map(|((sample, found), expected)| (f64::from(*sample) - f64::from(*found) - expected).abs())
        .fold(0.0, f64::max)
}

#[test]
fn balls_and_discs_pass_under_each_plane() {
    for (shape, radius) in [
        ([1, 30, 41], 4.0),
        ([1, 30, 41], 12.5),
        ([2, 17, 23], 40.0),
        ([3, 1, 70], 9.0),
        ([1, 25, 3], 7.0),
        ([2, 9, 9], 1.0),
    ] {
        let samples = scene(&shape, 11);
        // 16 bits, where a ball is nearly flat, and a hundredth, where it is nearly a point.
        for factor in [1.0, 250.0, 0.01] {
            let samples: Vec<f32> = samples.iter().map(|sample| sample * factor).collect();
            let (images, volume) = (Images::of("zyx", &shape, &samples), Volume { samples: &samples, shape });
            let of = |mode| run(&background(mode, &[(BACKGROUND_RADIUS_PX, radius)]), &images).unwrap();
            let (found, report) = of(BackgroundMode::RollingBall);
            let expected = volume.rolling_ball(radius);
            assert!(taken(&samples, &found, &expected) < 1e-6 * f64::from(255.0 * factor) + 1e-5, "{shape:?} {radius}");
            assert!(found.iter().all(|sample| *sample >= 0.0));
            let image = &report["steps"][0]["images"][0];
            let mean = expected.iter().sum::<f64>() / expected.len() as f64;
            assert!(image["mode"] == "rolling_ball" && image["negative"] == 0, "{image}");
            assert!(
                (image["value"].as_f64().unwrap() - mean).abs() < 1e-5 * f64::from(255.0 * factor),
                "{image} {mean}"
            );

            let (found, report) = of(BackgroundMode::TopHat);
            let expected = volume.opening(&ellipsoid(0.0, radius));
            assert!(taken(&samples, &found, &expected) < 1e-7 * f64::from(255.0 * factor), "{shape:?} {radius}");
            assert_eq!(report["steps"][0]["images"][0]["mode"], "top_hat");
        }
    }
}

/// A slope under spots that are narrower than the ball is found again, up to the border, and the spots keep their heights but for
/// what the ball rises into them.
#[test]
fn spots_keep_their_heights_above_a_slope() {
    let (shape, radius, height) = ([64, 80], 25.0_f32, 80.0_f32);
    let skirt = |square: f32| height * (-square / 8.0).exp();
    let spot = |at: usize, (y, x): (f32, f32)| skirt(((at / 80) as f32 - y).powi(2) + ((at % 80) as f32 - x).powi(2));
    let spots = |at: usize| [(20.0, 25.0), (40.0, 60.0)].iter().map(|place| spot(at, *place)).sum::<f32>();
    let samples: Vec<f32> = (0..64 * 80).map(|at| 100.0 + 0.1 * (at % 80) as f32 + spots(at)).collect();
    let step = background(BackgroundMode::RollingBall, &[(BACKGROUND_RADIUS_PX, radius.into())]);
    let found = run(&step, &Images::of("yx", &shape, &samples)).unwrap().0;
    // The top of a ball in the middle of a spot is below its skirt at any distance by the ball's drop until there at least; on
    // a slope of a tenth a ball is 1.5 % more curved than on the level.
    let drop = |square: f32| radius - (radius * radius - square).sqrt();
    let most = (0..400).map(|at| (at as f32 / 20.0).powi(2)).map(|square| skirt(square) + drop(square));
    let most = 1.03 * most.fold(f32::INFINITY, f32::min);
    let lost: Vec<f32> = found.iter().enumerate().map(|(at, found)| spots(at) - found).collect();
    let [least, worst] = [f32::min, f32::max].map(|of| lost.iter().copied().fold(lost[0], of));
    assert!(least > -0.01 && worst < most && most < 1.3, "{least} {worst} {most}");
}

#[test]
fn a_percentile_is_that_of_all_samples_that_were_measured() {
    let shape = [3, 20, 31];
    let samples = scene(&shape, 2);
    for percent in [0.0, 5.0, 37.3, 100.0] {
        let mut sorted: Vec<_> = samples.iter().map(|sample| f64::from(*sample)).collect();
        let of = |sorted: &mut Vec<f64>| {
            sorted.sort_by(f64::total_cmp);
            let place = (sorted.len() - 1) as f64 * percent / 100.0;
            let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            low + place.fract() * (high - low)
        };
        let step = background(BackgroundMode::Percentile, &[(BACKGROUND_PERCENT, percent)]);
        let (found, report) = run(&step, &Images::of("zyx", &shape, &samples)).unwrap();
        let level = of(&mut sorted);
        assert!(taken(&samples, &found, &vec![level; samples.len()]) < 1e-5, "{percent}");
        let image = &report["steps"][0]["images"][0];
        assert!((image["value"].as_f64().unwrap() - level).abs() < 1e-9 && image["mode"] == "percentile", "{image}");
        let negative = found.iter().filter(|sample| **sample < 0.0).count();
        assert_eq!(image["negative"].as_u64(), Some(negative as u64));

        let gaps: Vec<f32> =
            samples.iter().enumerate().map(|(at, sample)| if at % 7 == 2 { f32::NAN } else { *sample }).collect();
        let images = Images::of("zyx", &shape, &gaps);
        let report = execute(&plan(&[step], &images, 2, &[(PLAN_NOT_A_NUMBER, 1)], None).unwrap(), &images).unwrap().1;
        let mut measured = gaps.iter().filter(|sample| !sample.is_nan()).map(|sample| f64::from(*sample)).collect();
        let value = report["steps"][0]["images"][0]["value"].as_f64().unwrap();
        assert!((value - of(&mut measured)).abs() < 1e-9, "{percent}");
    }
}

#[test]
fn backgrounds_take_every_type_and_each_image_of_a_series() {
    let shape = [2, 2, 3, 14, 19];
    let samples = scene(&shape, 5);
    for mode in [BackgroundMode::Percentile, BackgroundMode::RollingBall, BackgroundMode::TopHat] {
        let step = background(mode, &[]);
        let of = |dtype| run(&step, &Images { axes: "tczyx", shape: &shape, dtype, samples: &samples }).unwrap();
        let (expected, report) = of(Dtype::F32);
        assert_eq!(report["steps"][0]["images"].as_array().map(Vec::len), Some(4));
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F16] {
            assert!(of(dtype).0 == expected, "{mode:?} {dtype:?}");
        }
        for (at, (image, expected)) in samples.chunks(798).zip(expected.chunks(798)).enumerate() {
            assert!(run(&step, &Images::of("zyx", &shape[2..], image)).unwrap().0 == expected, "{mode:?}, image {at}");
        }
        let step = background(mode, &[(BACKGROUND_RADIUS_PX, 6.0)]);
        same_bits_and_cancelled(&step, &Images::of("zyx", &[4, 60, 13], &scene(&[4, 60, 13], 6)), &[0, 1]);
    }
}

#[test]
fn what_needs_whole_images_is_not_streamed() {
    let samples = scene(&[30, 30], 1);
    let images = Images::of("yx", &[30, 30], &samples);
    let step = background(BackgroundMode::RollingBall, &[]);
    let told = execute(&plan(&[step], &images, 1, &[(PLAN_BLOCKS, 1)], None).unwrap(), &images);
    assert!(told.is_err_and(|error| error.to_string().contains("plan.blocks is 1")));
    let told = refused(&background(BackgroundMode::TopHat, &[(BACKGROUND_RADIUS_PX, 0.5)]), &images);
    assert!(told.starts_with("background.radius_px is 0.5; it must be"), "{told}");
}
