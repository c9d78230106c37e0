//! Uneven light taken out.

use std::sync::Arc;

use abbe::codes::{SensorMap, StepKind};
use abbe::image::Dtype;
use abbe::params::{FLAT_FIELD_DEGREE, FLAT_FIELD_MODE, FlatField, PLAN_CAMERA_OFFSET};
use abbe::plan::Object;
use abbe::sensor::PixelMap;

use crate::harness::{Images, Step, execute, plan, refused, run, same_bits_and_cancelled, scene};

fn step(mode: FlatField) -> Step {
    Step::new(StepKind::FlatField, (FLAT_FIELD_MODE, mode), &[])
}

/// A vignette whose middle is beside the image's, of mean 1.
fn field([ny, nx]: [usize; 2], strength: f64) -> Vec<f64> {
    let at = |at: usize| {
        let (y, x) = ((at / nx) as f64 / ny as f64 - 0.6, (at % nx) as f64 / nx as f64 - 0.4);
        (-strength * (y * y + 1.3 * x * x + 0.3 * x * y)).exp()
    };
    let field: Vec<f64> = (0..ny * nx).map(at).collect();
    let mean = field.iter().sum::<f64>() / field.len() as f64;
    field.iter().map(|value| value / mean).collect()
}

/// Even random numbers from 0 to 1.
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 + 0.5) / (1_u64 << 31) as f64
    }
}

/// Frames of cells on a background that bleaches, through a field, with noise as of photons, above a dark level.
fn series([ny, nx]: [usize; 2], frames: usize, field: &[f64], dark: f64, cells: u64) -> Vec<f32> {
    let mut random = random(7 + frames as u64 + cells);
    let mut samples = Vec::new();
    for frame in 0..frames {
        let background = 200.0 * (0.7 + 0.6 * random()) * (-(frame as f64) / 60.0).exp();
        let cells: Vec<[f64; 4]> = (0..cells)
            .map(|_| [random() * ny as f64, random() * nx as f64, 100.0 + 900.0 * random(), 3.0 + 5.0 * random()])
            .collect();
        for (at, field) in field.iter().enumerate() {
            let (y, x) = ((at / nx) as f64, (at % nx) as f64);
            let cell = |[cy, cx, light, size]: &[f64; 4]| {
                light * (-((y - cy).powi(2) + (x - cx).powi(2)) / (2.0 * size * size)).exp()
            };
            let light = field * (background + cells.iter().map(cell).sum::<f64>());
            let normal = (-2.0 * random().ln()).sqrt() * (std::f64::consts::TAU * random()).cos();
            samples.push((dark + light + light.sqrt() * normal).round().max(0.0) as f32);
        }
    }
    samples
}

/// What the step divided each sample by, from what it made of the series.
fn found_field(samples: &[f32], found: &[f32], pixels: usize, dark: f64) -> Vec<f64> {
    let mut sums = vec![[0.0; 2]; pixels];
    for (at, (sample, found)) in samples.iter().zip(found).enumerate() {
        sums[at % pixels][0] += f64::from(*sample) - dark;
        sums[at % pixels][1] += f64::from(*found);
    }
    sums.iter().map(|[before, after]| before / after).collect()
}

/// Root mean square and largest difference of two fields of mean 1.
fn error(found: &[f64], expected: &[f64]) -> (f64, f64) {
    let rests: Vec<f64> = found.iter().zip(expected).map(|(found, expected)| (found / expected - 1.0).abs()).collect();
    let square = rests.iter().map(|rest| rest * rest).sum::<f64>() / rests.len() as f64;
    (square.sqrt(), rests.iter().copied().fold(0.0, f64::max))
}

#[test]
fn the_field_of_a_series_is_found_to_one_per_cent() {
    for (shape, frames, strength, dark, cells) in
        [([120, 160], 40, 1.2, 0.0, 8), ([100, 90], 80, 2.0, 100.0, 3), ([64, 64], 40, 0.6, 0.0, 2)]
    {
        let truth = field(shape, strength);
        let samples = series(shape, frames, &truth, dark, cells);
        let layout = [frames, shape[0], shape[1]];
        let images = Images { axes: "tyx", shape: &layout, dtype: Dtype::U16, samples: &samples };
        let plan = plan(&[step(FlatField::Series)], &images, 2, &[], None).unwrap();
        if dark > 0.0 {
            plan.change(|draft| draft.settings_mut(PLAN_CAMERA_OFFSET)?.set_f64(PLAN_CAMERA_OFFSET, dark)).unwrap();
        }
        let (found, report) = execute(&plan, &images).unwrap();
        let (square, most) = error(&found_field(&samples, &found, truth.len(), dark), &truth);
        println!("{shape:?}, {frames} frames: {:.3} % root mean square, {:.3} % at most", 100.0 * square, 100.0 * most);
        assert!(square < 0.01, "{square}");
        assert!(most < 0.05, "{most}");
        let told = report["steps"][0]["images"][0]["field"].as_array().unwrap();
        let lowest = truth.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((told[0].as_f64().unwrap() / lowest - 1.0).abs() < 0.05, "{told:?} {lowest}");
        // Again, since nothing is left of the execute before.
        assert!(execute(&plan, &images).unwrap().0 == found);
    }
}

/// Channels have fields of their own, and planes of a stack are frames as time points are.
#[test]
fn each_channel_has_its_own_field() {
    let shape = [48, 56];
    let fields = [field(shape, 1.5), field(shape, 0.3)];
    let series: Vec<_> = (0..2).map(|at| series(shape, 16, &fields[at], 0.0, 1 + at as u64)).collect();
    let pixels = 48 * 56;
    let plane = |channel: usize, frame: usize| &series[channel][frame * pixels..][..pixels];
    // Axes t, c, z: 2 x 2 x 8.
    let mixed: Vec<f32> = (0..2)
        .flat_map(|t| (0..2).flat_map(move |c| (0..8).map(move |z| (c, 8 * t + z))))
        .flat_map(|(c, frame)| plane(c, frame).to_vec())
        .collect();
    let layout = [2, 2, 8, 48, 56];
    let found = run(&step(FlatField::Series), &Images::of("tczyx", &layout, &mixed)).unwrap().0;
    for (channel, series) in series.iter().enumerate() {
        let alone = run(&step(FlatField::Series), &Images::of("zyx", &[16, 48, 56], series)).unwrap().0;
        let apart: Vec<f32> =
            (0..2).flat_map(|t| found[(2 * t + channel) * 8 * pixels..][..8 * pixels].to_vec()).collect();
        assert!(apart == alone, "{channel}");
        let square = error(&found_field(series, &alone, pixels, 0.0), &fields[channel]).0;
        assert!(square < 0.02, "{channel}: {square}");
    }
    same_bits_and_cancelled(&step(FlatField::Series), &Images::of("tyx", &[16, 48, 56], &series[0]), &[0, 4]);
}

#[test]
fn a_flat_frame_less_a_dark_one_divides() {
    let (shape, pixels) = ([2, 20, 31], 20 * 31);
    let samples = scene(&shape, 3);
    let dark: Vec<f32> = (0..pixels).map(|at| 5.0 + (at % 3) as f32).collect();
    let mut flat: Vec<f32> = (0..pixels).map(|at| 100.0 + (at % 31) as f32).collect();
    // Zeros and dust that no light passes.
    (flat[40], flat[77]) = (0.0, dark[77]);
    for dtype in [Dtype::U8, Dtype::U16, Dtype::F16, Dtype::F32] {
        let images = Images { axes: "zyx", shape: &shape, dtype, samples: &samples };
        let plan = plan(&[step(FlatField::Map)], &images, 2, &[], None).unwrap();
        plan.change(|draft| {
            for (what, map) in [(SensorMap::Offset, &dark), (SensorMap::Flat, &flat)] {
                draft.give(Object::Map(Arc::new(PixelMap::new(what, [20, 31], map)?)))?;
            }
            Ok(())
        })
        .unwrap();
        let found = execute(&plan, &images).unwrap().0;
        let lights: Vec<f64> = (0..pixels).map(|at| f64::from(flat[at]) - f64::from(dark[at])).collect();
        let lit = lights.iter().filter(|light| **light > 0.0);
        let mean = lit.clone().sum::<f64>() / lit.count() as f64;
        for (at, found) in found.iter().enumerate().filter(|(at, _)| ![40, 77].contains(&(at % pixels))) {
            let pixel = at % pixels;
            let expected = (f64::from(samples[at]) - f64::from(dark[pixel])) * mean / lights[pixel];
            assert!((f64::from(*found) - expected).abs() < 1e-3, "{at}: {found} {expected}");
        }
        for at in [40, 77, pixels + 40] {
            let between = (found[at - 1] + found[at + 1]) / 2.0;
            assert!((found[at] - between).abs() < 1e-3, "{at}");
        }
    }
}

#[test]
fn a_field_needs_a_map_or_a_series() {
    let samples = scene(&[7, 9, 10], 1);
    let of = |mode| refused(&step(mode), &Images::of("tyx", &[7, 9, 10], &samples));
    let text = of(FlatField::Map);
    assert!(text.contains("has no map of even light; call abbe_plan_set_sensor_map()"), "{text}");
    let text = of(FlatField::Series);
    assert!(text.contains("series for images of 7 frames") && text.contains("from 8 or more"), "{text}");
    // Dark frames and a polynomial of no degree change nothing.
    let mut even = step(FlatField::Series);
    even.choices.push((FLAT_FIELD_DEGREE, 0));
    for samples in [vec![0.0; 8 * 90], scene(&[8, 9, 10], 1)] {
        let (found, report) = run(&even, &Images::of("tyx", &[8, 9, 10], &samples)).unwrap();
        assert!(found == samples, "{report}");
    }
}
