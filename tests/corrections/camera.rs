//! The camera's offset and gain, per pixel.

use std::sync::Arc;

use abbe::codes::{SensorMap, StepKind};
use abbe::error::Result;
use abbe::image::Dtype;
use abbe::params::{
    self, Algorithm, BIN_KIND, BIN_PX, BinKind, CAMERA_RESULT, CameraResult, DENOISE_METHOD, DENOISE_STRENGTH,
    Denoising, FILTER_KIND, FILTER_RADIUS_PX, FilterKind, Id, PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET,
    PLAN_CAMERA_READ_NOISE, Stop,
};
use abbe::plan::{Object, Plan, PsfObject};
use abbe::runtime::{Context, Job, Workers};
use abbe::sensor::{Frames, PixelMap, measure};
use serde_json::Value;

use crate::harness::{Images, Step, execute, plan, scene};

fn step(result: CameraResult) -> Step {
    Step::new(StepKind::Camera, (CAMERA_RESULT, result), &[])
}

type Given<'a> = &'a [(SensorMap, &'a [f32])];

/// A plan whose first step is a camera with maps, and with numbers where they are stated.
fn with_camera(steps: &[Step], images: &Images, threads: i64, maps: Given, numbers: &[(Id, f64)]) -> Result<Plan> {
    let [.., ny, nx] = *images.shape else { panic!() };
    let plan = plan(steps, images, threads, &[], None)?;
    plan.change(|draft| {
        draft.select_step(0)?;
        for (what, samples) in maps {
            draft.give(Object::Map(Arc::new(PixelMap::new(*what, [ny, nx], samples)?)))?;
        }
        numbers.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_f64(*id, *value))
    })?;
    Ok(plan)
}

/// Even random numbers from 0 to 1.
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 + 0.5) / (1_u64 << 31) as f64
    }
}

fn normal(random: &mut impl FnMut() -> f64) -> f64 {
    (-2.0 * random().ln()).sqrt() * (std::f64::consts::TAU * random()).cos()
}

/// Photons by the definition: as many as fit between even times that sum up to the mean.
fn poisson(mean: f64, random: &mut impl FnMut() -> f64) -> f64 {
    let (mut count, mut time) = (0.0, -random().ln());
    while time < mean {
        count += 1.0;
        time -= random().ln();
    }
    count
}

#[test]
fn each_pixel_gets_its_own_offset_and_gain_taken_out() {
    let shape = [2, 2, 3, 20, 31];
    let (samples, pixels) = (scene(&shape, 3), 20 * 31);
    let offsets: Vec<f32> = (0..pixels).map(|at| 10.0 + (at % 7) as f32).collect();
    let gains: Vec<f32> = (0..pixels).map(|at| 0.5 + (at % 5) as f32 / 8.0).collect();
    let mean = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    let (gain, offset) = (mean(&gains), mean(&offsets));
    for (result, unit, pedestal) in [(CameraResult::Photons, 1.0, 0.0), (CameraResult::Intensity, gain, offset)] {
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F16, Dtype::F32] {
            let images = Images { axes: "tczyx", shape: &shape, dtype, samples: &samples };
            let maps: Given = &[(SensorMap::Offset, &offsets), (SensorMap::Gain, &gains)];
            let of = |threads| {
                execute(&with_camera(&[step(result)], &images, threads, maps, &[]).unwrap(), &images).unwrap()
            };
            let (found, report) = of(2);
            for (at, (found, sample)) in found.iter().zip(&samples).enumerate() {
                let pixel = at % pixels;
                let photons = (f64::from(*sample) - f64::from(offsets[pixel])) / f64::from(gains[pixel]);
                let expected = photons * unit + pedestal;
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{dtype:?} {at}: {found} {expected}");
            }
            assert!(of(5).0 == found);
            let step = &report["steps"][0];
            assert_eq!(step["maps"], serde_json::json!(["offset", "gain"]));
            assert_eq!(step["images"].as_array().map(Vec::len), Some(4));
            let negative = found[..3 * pixels].iter().filter(|sample| **sample < 0.0).count();
            assert_eq!(step["images"][0]["negative"], negative);
        }
    }
}

#[test]
fn numbers_do_where_there_are_no_maps() {
    let samples = scene(&[24, 30], 3);
    let images = Images::of("yx", &[24, 30], &samples);
    let numbers = [(PLAN_CAMERA_GAIN, 4.0), (PLAN_CAMERA_OFFSET, 10.0), (PLAN_CAMERA_READ_NOISE, 8.0)];
    let denoise = Step::of_numbers(StepKind::Denoise, &[(DENOISE_STRENGTH, 1.0)]);
    let plan = with_camera(&[step(CameraResult::Photons), denoise], &images, 1, &[], &numbers).unwrap();
    let report = execute(&plan, &images).unwrap().1;
    let camera = &report["steps"][1]["images"][0]["noise"];
    // A later step is told what noise photons have.
    for (key, expected) in [("gain", 1.0), ("offset", 0.0), ("read_noise", 2.0)] {
        assert_eq!(camera[key], expected, "{camera}");
    }
    let alone = with_camera(&[step(CameraResult::Photons)], &images, 1, &[], &numbers).unwrap();
    let found = execute(&alone, &images).unwrap().0;
    assert!(found.iter().zip(&samples).all(|(found, sample)| *found == (sample - 10.0) / 4.0));
}

#[test]
fn dead_pixels_get_values_between_their_neighbours() {
    let shape = [2, 9, 12];
    let samples: Vec<f32> = (0..216).map(|at| (at % 12 * 10) as f32).collect();
    let mut gains = vec![2.0; 108];
    let dead_row = 7 * 12..8 * 12;
    gains[3 * 12 + 5] = 0.0;
    gains[dead_row.clone()].fill(0.0);
    let images = Images::of("zyx", &shape, &samples);
    let maps: Given = &[(SensorMap::Gain, &gains)];
    let plan = with_camera(&[step(CameraResult::Photons)], &images, 2, maps, &[(PLAN_CAMERA_OFFSET, 0.0)]).unwrap();
    let (found, report) = execute(&plan, &images).unwrap();
    assert!(found.iter().zip(&samples).all(|(found, sample)| (found - sample / 2.0).abs() < 1e-5), "{found:?}");
    assert_eq!(report["steps"][0]["dead_pixels"], 13);
}

#[test]
fn maps_that_no_sensor_has_are_refused() {
    let map =
        |what, samples: &[f32]| PixelMap::new(what, [1, 3], samples).err().map_or(String::new(), |e| e.to_string());
    for (what, samples, expected) in [
        (SensorMap::Gain, &[1.0, -2.0, 1.0][..], "the map of the gain is -2 at pixel [0, 1] (y, x)"),
        (SensorMap::Gain, &[1.0, 1e-42, 1.0], "1e-9 to 1e9, or 0"),
        (SensorMap::Gain, &[1.0, 1.0, 3e38], "1e-9 to 1e9, or 0"),
        (SensorMap::Gain, &[0.0; 3], "0 everywhere"),
        (SensorMap::Variance, &[1.0, 1.0, -1.0], "0 to 1e18"),
        (SensorMap::Variance, &[1.0, 1.0, 3e38], "0 to 1e18"),
        (SensorMap::Offset, &[f32::NAN, 1.0, 1.0], "-1e9 to 1e9"),
        (SensorMap::Offset, &[1.0; 2], "has 2 samples"),
    ] {
        let text = map(what, samples);
        assert!(text.contains(expected), "{text}");
    }
    let samples = scene(&[8, 9], 1);
    let images = Images::of("yx", &[8, 9], &samples);
    let refused = |plan: Result<Plan>| plan.and_then(|plan| plan.commit()).unwrap_err().to_string();
    let text = refused(with_camera(&[step(CameraResult::Photons)], &images, 1, &[], &[]));
    assert!(text.contains("the camera step has no offset; set plan.camera_offset, or"), "{text}");
    let other = Images::of("yx", &[9, 8], &samples);
    let plan = with_camera(&[step(CameraResult::Photons)], &other, 1, &[(SensorMap::Offset, &[1.0; 72])], &[]).unwrap();
    plan.change(|draft| draft.set_input(Dtype::F32, "yx", &[8, 9], None, 0)).unwrap();
    let text = refused(Ok(plan));
    assert!(text.contains("has [9, 8] pixels (y, x); it must have those of the image, [8, 9]"), "{text}");
    let text = refused(with_camera(
        &[Step::of_numbers(StepKind::Denoise, &[])],
        &images,
        1,
        &[(SensorMap::Offset, &[1.0; 72])],
        &[],
    ));
    assert!(text.contains("the chosen step is denoise; only camera and flat_field take a map of offsets"), "{text}");
}

/// A sensor is simulated, and its maps are found.
#[test]
fn maps_are_measured_from_dark_and_flat_frames() {
    let (shape, frames) = ([6, 8], 1500);
    let pixels = 48;
    let mut random = random(5);
    let offsets: Vec<f64> = (0..pixels).map(|_| 100.0 + 5.0 * random()).collect();
    let gains: Vec<f64> = (0..pixels).map(|at| if at == 11 { 0.0 } else { 1.5 + random() }).collect();
    let noises: Vec<f64> = (0..pixels).map(|at| if at % 10 == 3 { 9.0 } else { 2.0 }).collect();
    let mut frame = |light: f64, stack: &mut Vec<u8>| {
        for pixel in 0..pixels {
            let value =
                offsets[pixel] + gains[pixel] * poisson(light, &mut random) + noises[pixel] * normal(&mut random);
            stack.extend((value.round() as u16).to_ne_bytes());
        }
    };
    let (mut dark, mut flat) = (Vec::new(), Vec::new());
    (0..frames).for_each(|_| frame(0.0, &mut dark));
    for light in [30.0, 100.0] {
        (0..frames).for_each(|_| frame(light, &mut flat));
    }
    let workers = Workers::new(3).unwrap();
    let stacks = Frames { dtype: Dtype::U16, shape, dark: (&dark, frames), flat: (&flat, [2, frames]) };
    let maps = measure(&stacks, Job::from(&workers)).unwrap();
    // Of the dark frames, by the definition.
    for pixel in 0..pixels {
        let values: Vec<f64> =
            (0..frames).map(|at| f64::from(u16::from_ne_bytes(dark.as_chunks().0[at * pixels + pixel]))).collect();
        let mean = values.iter().sum::<f64>() / frames as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (frames - 1) as f64;
        assert!((f64::from(maps.offset[pixel]) - mean).abs() < 1e-4);
        assert!((f64::from(maps.variance[pixel]) / variance - 1.0).abs() < 1e-5);
        assert!((mean - offsets[pixel]).abs() < 5.0 * noises[pixel] / (frames as f64).sqrt() + 0.01);
        // A variance is known to its square root of 2 / n.
        if pixel == 11 {
            continue;
        }
        let error = f64::from(maps.gain[pixel]) - gains[pixel];
        assert!(error.abs() < 5.0 * (2.0 / frames as f64).sqrt() * (gains[pixel] + 0.1), "{pixel}: {error}");
    }
    assert_eq!(maps.gain[11], 0.0);
    for (dark, flat, expected) in [(1, 2, "dark frames are 1"), (2, 1, "flat frames are 1")] {
        let stacks = Frames { dark: (stacks.dark.0, dark), flat: (stacks.flat.0, [1, flat]), ..stacks };
        let text = measure(&stacks, Job::from(&workers)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains(expected), "{text}");
    }
    let stacks = Frames { flat: (stacks.dark.0, [1, frames]), ..stacks };
    let text = measure(&stacks, Job::from(&workers)).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(text.contains("no brighter and no noisier"), "{text}");
}

/// A Gaussian blur by the definition, what lies outside reflected.
fn blurred(image: &[f64], [ny, nx]: [usize; 2], sigma: f64) -> Vec<f64> {
    let reach = (5.0 * sigma).ceil() as i64;
    let weights: Vec<f64> = (-reach..=reach).map(|at| (-(at * at) as f64 / (2.0 * sigma * sigma)).exp()).collect();
    let total: f64 = weights.iter().sum();
    let pass = |image: &[f64], step: usize, len: usize| -> Vec<f64> {
        (0..image.len())
            .map(|at| {
                let place = (at / step % len) as i64;
                let sum = weights.iter().zip(-reach..).map(|(weight, by)| {
                    let to = (place + by).clamp(0, len as i64 - 1);
                    weight * image[(at as i64 + (to - place) * step as i64) as usize]
                });
                sum.sum::<f64>() / total
            })
            .collect()
    };
    pass(&pass(image, 1, nx), nx, ny)
}

/// A simulated sensor: offsets and gains that differ from pixel to pixel, and one pixel in a hundred noisier than the others.
struct Simulation {
    truth: Vec<f64>,
    offsets: Vec<f32>,
    gains: Vec<f32>,
    variances: Vec<f32>,
    samples: Vec<f32>,
}

const SIDE: usize = 128;
const SIGMA: f64 = 1.5;
const READ_NOISE: f64 = 1.6;
/// Of most pixels.
const NUMBERS: [(Id, f64); 3] =
    [(PLAN_CAMERA_GAIN, 2.0), (PLAN_CAMERA_OFFSET, 100.0), (PLAN_CAMERA_READ_NOISE, 2.0 * READ_NOISE)];

impl Simulation {
    /// Up to 11 photons, with noisy pixels of `ratio` times the variance.
    fn new(ratio: f64) -> Self {
        let (pixels, mut random) = (SIDE * SIDE, random(11));
        let mut truth = vec![0.0; pixels];
        for _ in 0..25 {
            let [y, x] = [0; 2].map(|_: usize| 8 + (random() * (SIDE - 16) as f64) as usize);
            truth[y * SIDE + x] += 0.3 + 0.7 * random();
        }
        let truth = blurred(&truth, [SIDE; 2], 3.0);
        let highest = truth.iter().copied().fold(0.0, f64::max);
        let truth: Vec<f64> = truth.iter().map(|light| 1.0 + 10.0 * light / highest).collect();
        let offsets: Vec<f32> = (0..pixels).map(|_| (100.0 + 3.0 * normal(&mut random)) as f32).collect();
        let gains: Vec<f32> = (0..pixels).map(|_| (2.0 + 0.06 * normal(&mut random)) as f32).collect();
        // In intensities, of a gain of 2.
        let variance = |noisy: bool| (4.0 * READ_NOISE * READ_NOISE * if noisy { ratio } else { 1.0 }) as f32;
        let variances: Vec<f32> = (0..pixels).map(|_| variance(random() < 0.01)).collect();
        let light = blurred(&truth, [SIDE; 2], SIGMA);
        let sample = |at: usize| {
            let seen = f64::from(offsets[at]) + f64::from(gains[at]) * poisson(light[at], &mut random);
            (seen + f64::from(variances[at]).sqrt() * normal(&mut random)).max(0.0).round() as f32
        };
        let samples = (0..pixels).map(sample).collect();
        Self { truth, offsets, gains, variances, samples }
    }

    /// What a plan makes of the image with these maps, and numbers for what has none.
    fn denoised(&self, steps: &[Step], maps: Given) -> (Vec<f32>, Value) {
        let images = Images { axes: "yx", shape: &[SIDE; 2], dtype: Dtype::U16, samples: &self.samples };
        let plan = with_camera(steps, &images, 2, maps, &NUMBERS).unwrap();
        execute(&plan, &images).unwrap()
    }

    /// Of so many iterations of Richardson-Lucy with these maps, and the numbers of most pixels for what has none; dB of photons.
    fn psnr(&self, iterations: i64, maps: Given) -> f64 {
        let images = Images { axes: "yx", shape: &[SIDE; 2], dtype: Dtype::U16, samples: &self.samples };
        let psf = PsfObject::new(Arc::new(Context::default()), 1).unwrap();
        for (id, value) in [(params::PSF_SIGMA_NM, 100.0 * SIGMA), (params::PSF_PIXEL_NM, 100.0)] {
            psf.change(|spec| spec.settings.set_f64(id, value)).unwrap();
        }
        let algorithm = (params::DECONVOLVE_ALGORITHM, Algorithm::RichardsonLucy);
        let mut lucy = Step::new(StepKind::Deconvolve, algorithm, &[]);
        let stop = (params::DECONVOLVE_STOP, Stop::Iterations as i64);
        lucy.choices.extend([stop, (params::DECONVOLVE_ITERATIONS, iterations)]);
        let plan = with_camera(&[step(CameraResult::Photons), lucy], &images, 2, maps, &NUMBERS).unwrap();
        plan.change(|draft| {
            draft.select_step(1)?;
            draft.give(Object::Psf(Arc::new(psf)))
        })
        .unwrap();
        let found = execute(&plan, &images).unwrap().0;
        let squares = found.iter().zip(&self.truth).map(|(found, truth)| (f64::from(*found) - truth).powi(2));
        -10.0 * (squares.sum::<f64>() / (SIDE * SIDE) as f64).log10()
    }
}

fn denoise(method: Denoising) -> Step {
    Step::new(StepKind::Denoise, (DENOISE_METHOD, method), &[])
}

/// The variance of pixels goes along to a denoising step, which smooths noisy pixels more.
#[test]
fn denoising_goes_by_the_variance_of_pixels() {
    for (ratio, least) in [(10.0, 0.0), (100.0, 0.5)] {
        let simulation = Simulation::new(ratio);
        let Simulation { truth, offsets, gains, variances, .. } = &simulation;
        let light = blurred(truth, [SIDE; 2], SIGMA);
        let calibrated = [(SensorMap::Offset, &offsets[..]), (SensorMap::Gain, gains)];
        let all = [calibrated[0], calibrated[1], (SensorMap::Variance, variances)];
        for method in Denoising::ALL {
            let steps = [step(CameraResult::Photons), denoise(*method)];
            let psnr = |maps: Given| {
                let (found, report) = simulation.denoised(&steps, maps);
                // Gains that differ are enough: read noise is the same before them.
                assert_eq!(report["steps"][1]["pixel_variances"].as_bool(), (!maps.is_empty()).then_some(true));
                let squares = found.iter().zip(&light).map(|(found, light)| (f64::from(*found) - light).powi(2));
                -10.0 * (squares.sum::<f64>() / (SIDE * SIDE) as f64).log10()
            };
            let [with, without, plain] = [psnr(&all), psnr(&calibrated), psnr(&[])];
            println!("{}, {ratio} x: {with:.2}, {without:.2}, {plain:.2} dB", method.name());
            assert!(with >= without.max(plain) + least, "{method:?}, {ratio}: {with} {without} {plain}");
        }
    }
}

/// Bins have the mean, or the sum, of the variances of their pixels; what changes the noise from place to place has none, and the
/// plan says so.
#[test]
fn variances_go_along_through_bins_and_their_loss_is_said() {
    let simulation = Simulation::new(100.0);
    let Simulation { offsets, gains, variances, .. } = &simulation;
    let all: [(SensorMap, &[f32]); 3] =
        [(SensorMap::Offset, offsets), (SensorMap::Gain, gains), (SensorMap::Variance, variances)];
    let bins = |kind| {
        let mut bins = Step::new(StepKind::Bin, (BIN_KIND, kind), &[]);
        bins.choices.push((BIN_PX, 2));
        bins
    };
    let between = |between: Step| {
        let steps = [step(CameraResult::Photons), between, denoise(Denoising::Patches)];
        let (found, report) = simulation.denoised(&steps, &all);
        (found, report["steps"][2]["pixel_variances"].clone(), report["warnings"].to_string())
    };
    let said = "changes the noise from pixel to pixel";
    let ([mean, sum], used) = ([between(bins(BinKind::Mean)), between(bins(BinKind::Sum))], serde_json::json!(true));
    for (_, uses, warnings) in [&mean, &sum] {
        assert_eq!((uses, warnings.contains(said)), (&used, false));
    }
    // A sum is four times the mean, with all of its noise: what is made of it is, too.
    let apart = mean.0.iter().zip(&sum.0).map(|(mean, sum)| (4.0 * mean - sum).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-2, "{apart}");
    let median = Step::new(StepKind::Filter, (FILTER_KIND, FilterKind::Median), &[(FILTER_RADIUS_PX, 1.0)]);
    for lossy in [bins(BinKind::Max), median] {
        let (_, uses, warnings) = between(lossy);
        assert!(uses.is_null());
        assert!(warnings.contains(said), "{warnings}");
    }
}

/// One pixel in a hundred has ten times the variance of the others, as of a real sensor, or a hundred times.
#[test]
fn richardson_lucy_weighs_pixels_by_their_variance() {
    for (ratio, least) in [(10.0, 0.1), (100.0, 0.5)] {
        let simulation = Simulation::new(ratio);
        let Simulation { offsets, gains, variances, .. } = &simulation;
        let calibrated = [(SensorMap::Offset, &offsets[..]), (SensorMap::Gain, gains)];
        let all = [calibrated[0], calibrated[1], (SensorMap::Variance, variances)];
        for iterations in [10, 40] {
            let [with, calibrated, without] =
                [&all[..], &calibrated, &[]].map(|maps| simulation.psnr(iterations, maps));
            println!("{ratio} x, {iterations} iterations: {with:.2}, {calibrated:.2}, {without:.2} dB");
            assert!(with >= calibrated + least, "{ratio}, {iterations}: {with} {calibrated}");
            assert!(with >= without + 0.5, "{ratio}, {iterations}: {with} {without}");
        }
    }
}
