//! Binning and projections.

use abbe::codes::{Code, StepKind};
use abbe::image::Dtype;
use abbe::params::{
    BIN_KIND, BIN_PLANES, BIN_PX, BinKind, DENOISE_STRENGTH, Id, PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET,
    PLAN_CAMERA_READ_NOISE, PLAN_NOT_A_NUMBER, PLAN_NOT_MEASURED,
};

use crate::harness::{Images, Step, execute, plan, refused, run, scene};

fn bin(kind: BinKind, planes: i64, px: i64) -> Step {
    let mut step = Step::new(StepKind::Bin, (BIN_KIND, kind), &[]);
    step.choices.extend([(BIN_PLANES, planes), (BIN_PX, px)]);
    step
}

#[test]
fn samples_are_put_into_one_as_asked() {
    for (shape, planes, px) in
        [([5, 13, 150], 2, 2), ([5, 13, 150], 0, 1), ([4, 9, 11], 1, 3), ([1, 20, 20], 0, 20), ([3, 5, 4], 3, 1)]
    {
        let samples = scene(&shape, 3);
        let factors = [if planes == 0 { shape[0] } else { planes as usize }, px as usize, px as usize];
        let made: [usize; 3] = std::array::from_fn(|axis| shape[axis] / factors[axis]);
        for kind in BinKind::ALL {
            let (found, report) = run(&bin(*kind, planes, px), &Images::of("zyx", &shape, &samples)).unwrap();
            assert_eq!(found.len(), made.iter().product::<usize>());
            for (at, found) in found.iter().enumerate() {
                let [z, y, x] = [at / (made[1] * made[2]), at / made[2] % made[1], at % made[2]];
                let mut block = Vec::new();
                for z in z * factors[0]..(z + 1) * factors[0] {
                    for y in y * factors[1]..(y + 1) * factors[1] {
                        for x in x * factors[2]..(x + 1) * factors[2] {
                            block.push(f64::from(samples[(z * shape[1] + y) * shape[2] + x]));
                        }
                    }
                }
                let sum = block.iter().sum::<f64>();
                let expected = match kind {
                    BinKind::Mean => sum / block.len() as f64,
                    BinKind::Sum => sum,
                    BinKind::Max => block.iter().copied().fold(0.0, f64::max),
                };
                assert!(
                    (f64::from(*found) - expected).abs() <= 1e-7 * expected,
                    "{kind:?} {shape:?}: {found} {expected}"
                );
            }
            let step = &report["steps"][0];
            assert_eq!(step["quantitative"], *kind != BinKind::Max);
            assert_eq!(step["images"][0]["factors"], serde_json::json!(factors));
        }
    }
}

#[test]
fn bins_take_every_type_and_each_image_of_a_series() {
    let shape = [2, 3, 4, 10, 13];
    let samples = scene(&shape, 5);
    for kind in BinKind::ALL {
        let step = bin(*kind, 2, 2);
        let of = |dtype| run(&step, &Images { axes: "tczyx", shape: &shape, dtype, samples: &samples }).unwrap();
        let (expected, report) = of(Dtype::F32);
        assert_eq!(report["steps"][0]["images"].as_array().map(Vec::len), Some(6));
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F16] {
            assert!(of(dtype).0 == expected, "{kind:?} {dtype:?}");
        }
        for (image, expected) in samples.chunks(520).zip(expected.chunks(60)) {
            assert!(run(&step, &Images::of("zyx", &shape[2..], image)).unwrap().0 == expected, "{kind:?}");
        }
    }
}

/// What is stated of the camera goes along: a later step is told of the noise that binned samples have.
#[test]
fn later_steps_know_the_noise_of_what_was_binned() {
    let samples = scene(&[64, 64], 5);
    for (kind, expected) in [(BinKind::Mean, (0.5, 10.0, 2.0)), (BinKind::Sum, (2.0, 40.0, 8.0))] {
        let denoise = Step::of_numbers(StepKind::Denoise, &[(DENOISE_STRENGTH, 1.0)]);
        let images = Images::of("yx", &[64, 64], &samples);
        let plan = plan(&[bin(kind, 1, 2), denoise], &images, 1, &[], None).unwrap();
        plan.change(|draft| {
            let numbers = [(PLAN_CAMERA_GAIN, 2.0), (PLAN_CAMERA_OFFSET, 10.0), (PLAN_CAMERA_READ_NOISE, 4.0)];
            numbers.iter().try_for_each(|(id, value): &(Id, f64)| draft.settings_mut(*id)?.set_f64(*id, *value))
        })
        .unwrap();
        let report = execute(&plan, &images).unwrap().1;
        let noise = &report["steps"][1]["images"][0]["noise"];
        let found = ["gain", "offset", "read_noise"].map(|key| noise[key].as_f64().unwrap());
        assert_eq!((found[0], found[1], found[2]), expected, "{kind:?}");
    }
}

#[test]
fn what_does_not_go_is_refused_and_what_was_not_measured_is_filled_in() {
    let samples = scene(&[6, 7], 1);
    let images = Images::of("yx", &[6, 7], &samples);
    let told = refused(&bin(BinKind::Sum, 1, 7), &images);
    assert_eq!(told, "bin.px is 7; it must be 6 at most, the samples along y of the image");
    let told = refused(&bin(BinKind::Sum, 2, 1), &images);
    assert_eq!(told, "bin.planes is 2; it must be 1 at most, the samples along z of the image");
    assert!(BinKind::of(3).is_none());
    let mut gaps = samples.clone();
    (gaps[9], gaps[20]) = (f32::NAN, f32::NAN);
    let images = Images::of("yx", &[6, 7], &gaps);
    let of = |not_measured| {
        let of_plan = [(PLAN_NOT_A_NUMBER, 1), (PLAN_NOT_MEASURED, not_measured)];
        execute(&plan(&[bin(BinKind::Max, 1, 2)], &images, 1, &of_plan, None)?, &images)
    };
    assert!(of(0).unwrap().0.iter().all(|sample| sample.is_finite()));
    assert!(of(1).is_err_and(|error| error.to_string().contains("plan.not_measured is untouched")));
}
