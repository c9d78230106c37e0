//! Images on other grids of samples.

use abbe::codes::{Code, StepKind};
use abbe::image::Dtype;
use abbe::params::{
    BIN_PX, Id, RESAMPLE_BETWEEN, RESAMPLE_FACTOR_PLANES, RESAMPLE_FACTOR_PX, RESAMPLE_PIXEL_NM, RESAMPLE_STEP_NM,
    ResampleBetween,
};

use crate::harness::{Images, Step, plan, refused, run, same_bits_and_cancelled, scene};
use crate::slow::Volume;

fn resample(between: ResampleBetween, numbers: &[(Id, f64)]) -> Step {
    Step {
        kind: StepKind::Resample,
        choices: vec![(RESAMPLE_BETWEEN, between.number().into())],
        numbers: numbers.to_vec(),
    }
}

fn factors(planes: f64, px: f64) -> [(Id, f64); 2] {
    [(RESAMPLE_FACTOR_PLANES, planes), (RESAMPLE_FACTOR_PX, px)]
}

/// Every sample as a sum over all samples that its kernel reaches, without passing along one axis after the other.
#[test]
fn samples_are_what_their_definition_says() {
    for (shape, planes, px) in
        [([5, 9, 11], 2.0, 1.5), ([7, 12, 10], 0.4, 0.7), ([1, 13, 16], 3.0, 2.25), ([6, 8, 8], 3.3, 1.0)]
    {
        let samples = scene(&shape, 81);
        let (images, volume) = (Images::of("zyx", &shape, &samples), Volume { samples: &samples, shape });
        let along = [if shape[0] == 1 { 1.0 } else { planes }, px, px];
        let found_shape: [usize; 3] = std::array::from_fn(|axis| (shape[axis] as f64 * along[axis]).floor() as usize);
        for between in ResampleBetween::ALL {
            let (reach, kernel): (f64, fn(f64) -> f64) = match between {
                ResampleBetween::Linear => (1.0, |by| 1.0 - by),
                ResampleBetween::Cubic => (2.0, |by| {
                    if by < 1.0 { (1.5 * by - 2.5) * by * by + 1.0 } else { ((-0.5 * by + 2.5) * by - 4.0) * by + 2.0 }
                }),
            };
            let weights = |axis: usize, at: usize| -> Vec<(i64, f64)> {
                let (place, wide) = ((at as f64 + 0.5) / along[axis] - 0.5, (1.0 / along[axis]).max(1.0));
                let inside = (-40..80).filter(|at| (f64::from(*at) - place).abs() < reach * wide);
                let weights = inside.map(|at| (i64::from(at), kernel((f64::from(at) - place).abs() / wide)));
                let weights: Vec<_> = weights.collect();
                let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
                weights.into_iter().map(|(at, weight)| (at, weight / sum)).collect()
            };
            let [nz, ny, nx] = found_shape;
            let mut expected = Vec::new();
            for at in 0..nz * ny * nx {
                let [z, y, x] = [weights(0, at / (ny * nx)), weights(1, at / nx % ny), weights(2, at % nx)];
                let mut sum = 0.0;
                for (z, by_z) in &z {
                    for (y, by_y) in &y {
                        sum += by_z * by_y * x.iter().map(|(x, weight)| weight * volume.at([*z, *y, *x])).sum::<f64>();
                    }
                }
                expected.push(sum);
            }
            let (found, report) = run(&resample(*between, &factors(planes, px)), &images).unwrap();
            assert_eq!(found.len(), expected.len());
            assert!(
                found.iter().zip(&expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4),
                "{between:?} {shape:?}"
            );
            assert_eq!(report["steps"][0]["images"][0]["factors"][1], px);
        }
    }
}

/// Coordinates are resampled to coordinates: samples lie where they are said to lie.
#[test]
fn places_are_exact() {
    let shape = [20, 24, 30];
    let of = |axis: usize| -> Vec<f32> {
        (0..20 * 24 * 30).map(|at| [at / 720, at / 30 % 24, at % 30][axis] as f32).collect()
    };
    // Voxels of 300 x 100 x 100 nm, to 80 nm along each axis.
    let numbers = [(RESAMPLE_FACTOR_PX, 1.25), (RESAMPLE_PIXEL_NM, 100.0), (RESAMPLE_STEP_NM, 300.0)];
    for axis in 0..3 {
        let samples = of(axis);
        let images = Images::of("zyx", &shape, &samples);
        let step = resample(ResampleBetween::Cubic, &numbers);
        let made = plan(std::slice::from_ref(&step), &images, 1, &[], None).unwrap();
        assert_eq!(made.output_shape().unwrap(), [75, 30, 37]);
        let found = run(&step, &images).unwrap().0;
        let factor = [3.75, 1.25, 1.25][axis];
        for (at, sample) in found.iter().enumerate() {
            let index = [at / (30 * 37), at / 37 % 30, at % 37][axis];
            let place = (index as f64 + 0.5) / factor - 0.5;
            if (2.0..shape[axis] as f64 - 3.0).contains(&place) {
                assert!((f64::from(*sample) - place).abs() < 1e-4, "{axis} {index} {sample} {place}");
            }
        }
    }
    // A whole share of samples, linearly, is the mean of the boxes' neighbours; twice as many and binned, the image is back.
    let samples = scene(&[18, 22], 3);
    let images = Images::of("yx", &[18, 22], &samples);
    let finer = run(&resample(ResampleBetween::Linear, &factors(1.0, 1.0)), &images).unwrap().0;
    assert!(finer == samples);
    let (finer, _) = run(&resample(ResampleBetween::Cubic, &factors(1.0, 2.0)), &images).unwrap();
    let [before, after] =
        [&samples, &finer].map(|samples| samples.iter().map(|sample| f64::from(*sample)).sum::<f64>());
    assert!((after / before / 4.0 - 1.0).abs() < 1e-6);
    let bin = Step { kind: StepKind::Bin, choices: vec![(BIN_PX, 2)], numbers: Vec::new() };
    let coarser = run(&bin, &Images::of("yx", &[36, 44], &finer)).unwrap().0;
    let off = coarser.iter().zip(&samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 8.0, "{off}");
}

#[test]
fn resampling_takes_every_type_and_refuses_contradictions() {
    let shape = [2, 2, 4, 9, 11];
    let samples = scene(&shape, 5);
    let step = resample(ResampleBetween::Cubic, &factors(1.5, 0.5));
    let of = |dtype| run(&step, &Images { axes: "tczyx", shape: &shape, dtype, samples: &samples }).unwrap().0;
    let expected = of(Dtype::F32);
    assert_eq!(expected.len(), 4 * 6 * 4 * 5);
    for dtype in [Dtype::U8, Dtype::U16, Dtype::F16] {
        assert!(of(dtype) == expected, "{dtype:?}");
    }
    let shape = [5, 40, 13];
    let same = resample(ResampleBetween::Linear, &factors(1.0, 1.0));
    same_bits_and_cancelled(&same, &Images::of("zyx", &shape, &scene(&shape, 6)), &[0, 1, 2]);

    let samples = scene(&shape, 7);
    let images = Images::of("zyx", &shape, &samples);
    for (numbers, text) in [
        (vec![(RESAMPLE_PIXEL_NM, 100.0)], "one of resample.pixel_nm and resample.step_nm is set; it must be both"),
        (
            vec![(RESAMPLE_PIXEL_NM, 100.0), (RESAMPLE_STEP_NM, 200.0), (RESAMPLE_FACTOR_PLANES, 2.0)],
            "resample.factor_planes is set beside a resample.pixel_nm of 100",
        ),
        (
            vec![(RESAMPLE_PIXEL_NM, 1.0), (RESAMPLE_STEP_NM, 1e5)],
            "resample.step_nm is 100000 and resample.pixel_nm 1, which makes 100000 planes of one; it must be 0.01 to 64",
        ),
        (
            factors(0.1, 1.0).to_vec(),
            "the factors of the resampling are [0.1, 1.0, 1.0] along (z, y, x) for images of [5, 40, 13]",
        ),
        (factors(0.0, 1.0).to_vec(), "resample.factor_planes is 0; it must be"),
    ] {
        let told = refused(&resample(ResampleBetween::Cubic, &numbers), &images);
        assert!(told.contains(text), "{told}");
    }
}
