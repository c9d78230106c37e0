//! Hot pixels: planted ones are found and replaced, and no light is taken for one.

use abbe::codes::StepKind;
use abbe::image::Dtype;
use abbe::noise::Random;
use abbe::params::{HOT_PIXELS_FWHM_PX, HOT_PIXELS_LISTED, Id};
use serde_json::Value;

use crate::harness::{Images, Step, execute, plan, run, same_bits_and_cancelled};

const SIDE: usize = 192;

fn step(numbers: &[(Id, f64)]) -> Step {
    Step::of_numbers(StepKind::HotPixels, numbers)
}

/// A frame of a camera: photons, read noise, offset.
struct Frame {
    random: Random,
    gain: f64,
    offset: f64,
    read_noise: f64,
}

impl Frame {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), gain: 2.0, offset: 100.0, read_noise: 3.0 }
    }

    /// By D. E. Knuth 1969; of many photons a normal number.
    fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.random.normal()).round();
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.random.uniform(), 0.0);
        while product > limit {
            product *= self.random.uniform();
            count += 1.0;
        }
        count
    }

    /// Whole numbers, from photons.
    fn of(&mut self, photons: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        (0..SIDE * SIDE)
            .map(|at| {
                let counted = self.poisson(photons((at / SIDE) as f64, (at % SIDE) as f64));
                let read = self.read_noise * self.random.normal();
                (self.offset + self.gain * counted + read).round() as f32
            })
            .collect()
    }
}

/// Points of that full width at half maximum, on a grid, their middles anywhere within a pixel.
fn points(fwhm: f64, peak: f64) -> impl Fn(f64, f64) -> f64 {
    let sigma = fwhm / (8.0 * 2.0_f64.ln()).sqrt();
    move |y, x| {
        let cell = |at: f64| (at / 16.0).floor();
        let shift = |a: f64, b: f64| (a * 0.37 + b * 0.61).fract() - 0.5;
        let middle = [16.0 * cell(y) + 8.0 + shift(cell(y), cell(x)), 16.0 * cell(x) + 8.0 + shift(cell(x), cell(y))];
        peak * (-((y - middle[0]).powi(2) + (x - middle[1]).powi(2)) / (2.0 * sigma * sigma)).exp()
    }
}

fn images(report: &Value) -> &Vec<Value> {
    report["steps"][0]["images"].as_array().unwrap()
}

/// Points whose peaks are 20 standard deviations of the noise, and much brighter ones, at two pixels of width and more.
#[test]
fn no_point_is_taken_for_a_hot_pixel() {
    for (seed, (fwhm, ground)) in [(2.0, 1.0), (2.0, 30.0), (2.5, 30.0), (4.0, 200.0)].into_iter().enumerate() {
        let mut frame = Frame::new(seed as u64);
        // The peak whose signal is so many deviations: peak = snr * sqrt(peak + ground + read noise in photons, squared).
        let dark = ground + (frame.read_noise / frame.gain).powi(2);
        for snr in [20.0_f64, 100.0] {
            let peak = 0.5 * (snr * snr + (snr.powi(4) + 4.0 * snr * snr * dark).sqrt());
            let light = points(fwhm, peak);
            let samples = frame.of(|y, x| ground + light(y, x));
            let (found, report) = run(&step(&[]), &Images::of("yx", &[SIDE, SIDE], &samples)).unwrap();
            let image = &images(&report)[0];
            assert!(
                image["judged"] == true && image["hot_pixels"] == 0 && image["places"] == Value::Array(vec![]),
                "{image}"
            );
            assert!(found == samples, "{fwhm} {ground} {snr}");
        }
    }
}

#[test]
fn planted_ones_are_found_listed_and_replaced() {
    let mut frame = Frame::new(9);
    let light = points(2.5, 400.0);
    let clean: Vec<f32> = (0..2).flat_map(|_| frame.of(|y, x| 20.0 + light(y, x))).collect();
    let mut samples = clean.clone();
    // Weak and strong ones, a pair, at the border, and one on a slope of light; other ones in the second image.
    let hot = [
        vec![(3, 3, 900.0), (40, 33, 4000.0), (40, 34, 4000.0), (0, 77, 2000.0), (191, 100, 2500.0), (88, 86, 9000.0)],
        vec![(100, 101, 1500.0)],
    ];
    for (image, hot) in hot.iter().enumerate() {
        for (y, x, height) in hot {
            samples[(image * SIDE + y) * SIDE + x] += height;
        }
    }
    for dtype in [Dtype::U16, Dtype::F32] {
        let layout = Images { axes: "tyx", shape: &[2, SIDE, SIDE], dtype, samples: &samples };
        let (found, report) = run(&step(&[(HOT_PIXELS_FWHM_PX, 2.0)]), &layout).unwrap();
        for (number, (image, hot)) in images(&report).iter().zip(&hot).enumerate() {
            let mut places: Vec<_> = hot.iter().map(|(y, x, _)| serde_json::json!([0, y, x])).collect();
            places.sort_by_key(|place| (place[1].as_u64(), place[2].as_u64()));
            assert_eq!(image["places"], Value::Array(places));
            assert!(image["hot_pixels"] == hot.len() && image["replaced"] == hot.len(), "{image}");
            let at = |y: usize, x: usize| samples[(number * SIDE + y) * SIDE + x];
            let pair = |one: Option<f32>, other: Option<f32>| Some(0.5 * (one? + other?));
            for y in 0..SIDE {
                for x in 0..SIDE {
                    let along_x = pair(x.checked_sub(1).map(|x| at(y, x)), (x + 1 < SIDE).then(|| at(y, x + 1)));
                    let along_y = pair(y.checked_sub(1).map(|y| at(y, x)), (y + 1 < SIDE).then(|| at(y + 1, x)));
                    let around = [along_x, along_y].into_iter().flatten().fold(f32::INFINITY, f32::min);
                    let is_hot = hot.iter().any(|place| (place.0, place.1) == (y, x));
                    let expected = if is_hot { around } else { at(y, x) };
                    assert_eq!(found[(number * SIDE + y) * SIDE + x], expected, "{number} {y} {x}");
                }
            }
            let sums = ["flux_in", "flux_out"].map(|key| image[key].as_f64().unwrap());
            assert!(sums[0] > sums[1]);
        }
    }
}

#[test]
fn lists_are_as_long_as_asked_for() {
    let mut samples = Frame::new(4).of(|_, _| 50.0);
    (0..20).for_each(|at| samples[(8 * at + 5) * SIDE + 9 * at + 4] += 5000.0);
    for (listed, expected) in [(0, 0), (7, 7), (1000, 20)] {
        let mut step = step(&[]);
        step.choices.push((HOT_PIXELS_LISTED, listed));
        let report = run(&step, &Images::of("yx", &[SIDE, SIDE], &samples)).unwrap().1;
        let image = &images(&report)[0];
        assert!(image["hot_pixels"] == 20 && image["replaced"] == 20, "{image}");
        assert_eq!(image["places"].as_array().map(Vec::len), Some(expected));
    }
    same_bits_and_cancelled(&step(&[]), &Images::of("yx", &[SIDE, SIDE], &samples), &[0, 1]);
}

/// Without noise, with too many, with dead rows: images stay as they are, and what could not be done is said.
#[test]
fn what_cannot_be_judged_is_left_and_told() {
    let of = |samples: &[f32]| {
        let images = Images::of("yx", &[SIDE, SIDE], samples);
        execute(&plan(&[step(&[])], &images, 2, &[], None).unwrap(), &images).unwrap()
    };
    let warned = |report: &Value, text: &str| {
        report["warnings"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains(text))
    };
    let flat: Vec<f32> = (0..SIDE * SIDE).map(|at| if at == 5000 { 900.0 } else { 7.0 }).collect();
    let (found, report) = of(&flat);
    assert!(found == flat && warned(&report, "state plan.camera_gain"), "{report}");

    let mut frame = Frame::new(6);
    let mut many = frame.of(|_, _| 50.0);
    (0..SIDE * SIDE / 300).for_each(|at| many[300 * at + 7] += 9000.0);
    let (found, report) = of(&many);
    assert!(found == many && warned(&report, "more than one in 512"), "{}", report["warnings"]);
    assert_eq!(images(&report)[0]["replaced"], 0);

    let mut dead = frame.of(|_, x| 50.0 + x);
    for row in [0, 50, 51, 120] {
        dead[row * SIDE..(row + 1) * SIDE].fill(0.0);
    }
    let (found, report) = of(&dead);
    assert!(found == dead, "{}", images(&report)[0]["hot_pixels"]);
}
