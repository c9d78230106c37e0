//! Samples that were not measured: by a mask, by NaN, or since they stand out alone.

use std::sync::Arc;

use abbe::codes::StepKind::{self, Background, Deconvolve, Denoise};
use abbe::error::{Error, Result};
use abbe::image::Dtype;
use abbe::params::{self, Algorithm, Id};
use abbe::plan::{Buffers, Object, Plan, PsfObject};
use abbe::runtime::Context;
use half::f16;

/// A step and whole numbers to set.
type Given<'a> = (StepKind, &'a [(Id, i64)]);

/// Images of one plan.
struct Images<'a> {
    dtype: Dtype,
    axes: &'a str,
    shape: &'a [i64],
    source: &'a [u8],
    mask: Option<&'a [u8]>,
}

fn bytes(image: &[f32]) -> Vec<u8> {
    image.iter().flat_map(|sample| sample.to_ne_bytes()).collect()
}

fn plan(context: &Arc<Context>, images: &Images, steps: &[Given], of_plan: &[(Id, i64)]) -> Result<Plan> {
    let psf = PsfObject::new(Arc::clone(context), 1)?;
    for (id, value) in
        [(params::PSF_SIGMA_NM, 150.0), (params::PSF_SIGMA_AXIAL_NM, 250.0), (params::PSF_PIXEL_NM, 100.0)]
    {
        psf.change(|spec| spec.settings.set_f64(id, value))?;
    }
    psf.change(|spec| spec.settings.set_f64(params::PSF_STEP_NM, 200.0))?;
    let (psf, plan) = (Object::Psf(Arc::new(psf)), Plan::new(Arc::clone(context)));
    plan.change(|draft| {
        for (kind, numbers) in steps {
            draft.add_step(*kind);
            if *kind == Deconvolve {
                draft.give(psf.clone())?;
            }
            numbers.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_i64(*id, *value))?;
        }
        of_plan.iter().try_for_each(|(id, value)| draft.settings_mut(*id)?.set_i64(*id, *value))?;
        draft.set_input(images.dtype, images.axes, images.shape, None, 0)?;
        draft.set_output(Dtype::F32, None, 0)?;
        draft.set_mask(images.mask)
    })?;
    Ok(plan)
}

fn run(context: &Arc<Context>, images: &Images, steps: &[Given], of_plan: &[(Id, i64)]) -> Result<Vec<f32>> {
    let plan = plan(context, images, steps, of_plan)?;
    let promised = plan.i64(params::PLAN_WORKSPACE_BYTES)?;
    plan.commit()?;
    assert_eq!(plan.i64(params::PLAN_WORKSPACE_BYTES)?, promised);
    let mut target = vec![0; 4 * images.shape.iter().product::<i64>() as usize];
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: images.source, target: &mut target }))?;
    let report = plan.report()?;
    assert!(report["flux_in"].as_f64().unwrap().is_finite(), "{report}");
    Ok(target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect())
}

fn iterations(algorithm: Algorithm, count: i64) -> [(Id, i64); 3] {
    let stop = params::Stop::Iterations as i64;
    [
        (params::DECONVOLVE_ALGORITHM, algorithm as i64),
        (params::DECONVOLVE_ITERATIONS, count),
        (params::DECONVOLVE_STOP, stop),
    ]
}

/// Smooth spots on an even ground, whole numbers.
fn scene([ny, nx]: [usize; 2]) -> Vec<f32> {
    (0..ny * nx)
        .map(|at| {
            let (y, x) = ((at / nx) as f32, (at % nx) as f32);
            let spots = (0..40).map(|spot: u32| {
                let (a, b) = ((spot * 37 % 101) as f32 / 101.0, (spot * 53 % 97) as f32 / 97.0);
                let square = (y - a * ny as f32).powi(2) + (x - b * nx as f32).powi(2);
                (200.0 + 20.0 * spot as f32) * (-square / 9.0).exp()
            });
            (20.0 + spots.sum::<f32>()).round()
        })
        .collect()
}

/// A mask that leaves out a block, a border and one sample in 29.
fn mask([ny, nx]: [usize; 2]) -> Vec<u8> {
    let out =
        |y: usize, x: usize| (y * nx + x) % 29 == 3 || (12..17).contains(&y) && (20..24).contains(&x) || x < y / 4;
    (0..ny * nx).map(|at| u8::from(!out(at / nx, at % nx))).collect()
}

/// The largest difference as a share of the peak.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    let peak = expected.iter().copied().fold(0.0, f32::max);
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / peak
}

/// What lies beyond an image was not measured either: an image with a frame that was not is the image without it.
#[test]
fn a_frame_that_was_not_measured_is_no_frame() {
    let context = Arc::new(Context::default());
    let (small, frame) = ([44_usize, 50_usize], 24);
    let large = small.map(|extent| extent + 2 * frame);
    let image = scene(small);
    let within = |at: usize| {
        let (y, x) = ((at / large[1]).checked_sub(frame), (at % large[1]).checked_sub(frame));
        y.zip(x).filter(|&(y, x)| y < small[0] && x < small[1]).map(|(y, x)| y * small[1] + x)
    };
    let framed: Vec<f32> = (0..large[0] * large[1]).map(|at| within(at).map_or(5e4, |at| image[at])).collect();
    let mask: Vec<u8> = (0..large[0] * large[1]).map(|at| u8::from(within(at).is_some())).collect();
    for (algorithm, count) in [
        (Algorithm::RichardsonLucy, 20),
        (Algorithm::HeavyBall, 15),
        (Algorithm::BiggsAndrews, 8),
        (Algorithm::TotalVariation, 10),
        (Algorithm::Landweber, 12),
        (Algorithm::Isra, 12),
    ] {
        let numbers = iterations(algorithm, count);
        let of = |shape: [usize; 2], image: &[f32], mask: Option<&[u8]>| {
            let (shape, source) = (shape.map(|extent| extent as i64), bytes(image));
            let images = Images { dtype: Dtype::F32, axes: "yx", shape: &shape, source: &source, mask };
            run(&context, &images, &[(Deconvolve, &numbers)], &[]).unwrap()
        };
        let (expected, found) = (of(small, &image, None), of(large, &framed, Some(&mask)));
        let inner: Vec<f32> = (0..found.len()).filter(|&at| within(at).is_some()).map(|at| found[at]).collect();
        let error = difference(&inner, &expected);
        assert!(error < 1e-3, "{algorithm:?}: {error}");
    }
}

#[test]
fn nothing_follows_from_what_was_not_measured() {
    let context = Arc::new(Context::default());
    let shape = [60_usize, 64];
    let (image, mask) = (scene(shape), mask(shape));
    let extents = shape.map(|extent| extent as i64);
    let with = |value: f32| -> Vec<f32> {
        image.iter().zip(&mask).map(|(&sample, &measured)| if measured == 0 { value } else { sample }).collect()
    };
    let iterative = [
        Algorithm::RichardsonLucy,
        Algorithm::HeavyBall,
        Algorithm::BiggsAndrews,
        Algorithm::Tempered,
        Algorithm::WienerButterworth,
        Algorithm::TotalVariation,
        Algorithm::Landweber,
        Algorithm::Isra,
        Algorithm::GoldMeinel,
    ]
    .map(|algorithm| iterations(algorithm, 6).to_vec());
    let others = [Algorithm::Wiener, Algorithm::Tikhonov, Algorithm::RegularisedInverse, Algorithm::Automatic]
        .map(|algorithm| vec![(params::DECONVOLVE_ALGORITHM, algorithm as i64)]);
    let held_out = vec![
        (params::DECONVOLVE_ALGORITHM, Algorithm::RichardsonLucy as i64),
        (params::DECONVOLVE_STOP, params::Stop::HeldOut as i64),
    ];
    let mut chains: Vec<Vec<Given>> = Vec::new();
    for numbers in iterative.iter().chain(&others).chain([&held_out]) {
        chains.push(vec![(Deconvolve, numbers)]);
    }
    chains.push(vec![(Denoise, &[])]);
    chains.push(vec![(Background, &[]), (Deconvolve, &others[3])]);
    chains.push(vec![(Denoise, &[]), (Deconvolve, &others[3])]);
    for chain in &chains {
        let of = |dtype, source: &[u8]| {
            let images = Images { dtype, axes: "yx", shape: &extents, source, mask: Some(&mask) };
            let result = run(&context, &images, chain, &[]).unwrap();
            assert!(result.iter().all(|sample| sample.is_finite()), "{chain:?}");
            result
        };
        let expected = of(Dtype::F32, &bytes(&with(0.0)));
        for value in [6e4, f32::NAN, f32::INFINITY] {
            assert!(of(Dtype::F32, &bytes(&with(value))) == expected, "{chain:?}: {value}");
        }
        let whole: Vec<u8> = with(6e4).iter().flat_map(|sample| (*sample as u16).to_ne_bytes()).collect();
        assert!(of(Dtype::U16, &whole) == expected, "{chain:?}: u16");
        let half: Vec<u8> = with(f32::NAN).iter().flat_map(|sample| f16::from_f32(*sample).to_ne_bytes()).collect();
        assert!(of(Dtype::F16, &half) == expected, "{chain:?}: f16");
        // NaN says the same without a mask, where it may.
        let (source, allowed) = (bytes(&with(f32::NAN)), [(params::PLAN_NOT_A_NUMBER, 1)]);
        let images = Images { dtype: Dtype::F32, axes: "yx", shape: &extents, source: &source, mask: None };
        assert!(run(&context, &images, chain, &allowed).unwrap() == expected, "{chain:?}: NaN");
        let refused = run(&context, &images, chain, &[]).unwrap_err();
        assert!(matches!(&refused, Error::Argument(text) if text.contains("NaN or infinite")), "{refused:?}");
    }
}

#[test]
fn what_was_not_measured_is_restored_or_left_as_it_was() {
    let context = Arc::new(Context::default());
    let shape = [60_usize, 64];
    let image = scene(shape);
    let mask: Vec<u8> = (0..image.len()).map(|at| u8::from(at % 29 != 3)).collect();
    let spoilt: Vec<f32> =
        image.iter().zip(&mask).map(|(&sample, &measured)| if measured == 0 { 4000.0 } else { sample }).collect();
    let extents = shape.map(|extent| extent as i64);
    let numbers = iterations(Algorithm::RichardsonLucy, 20);
    let of = |image: &[f32], mask: Option<&[u8]>, untouched: i64| {
        let source = bytes(image);
        let images = Images { dtype: Dtype::F32, axes: "yx", shape: &extents, source: &source, mask };
        run(&context, &images, &[(Deconvolve, &numbers)], &[(params::PLAN_NOT_MEASURED, untouched)]).unwrap()
    };
    let (expected, restored, untouched) =
        (of(&image, None, 0), of(&spoilt, Some(&mask), 0), of(&spoilt, Some(&mask), 1));
    assert!(difference(&restored, &expected) < 0.05, "{}", difference(&restored, &expected));
    assert!(difference(&of(&spoilt, None, 0), &expected) > 1.0);
    for (at, &measured) in mask.iter().enumerate() {
        assert_eq!(untouched[at], if measured == 0 { 4000.0 } else { restored[at] });
    }
}

#[test]
fn tiles_series_and_channels_have_the_mask() {
    let context = Arc::new(Context::default());
    let shape = [230_usize, 240];
    let (image, mask) = (scene(shape), mask(shape));
    let extents = shape.map(|extent| extent as i64);
    let numbers = iterations(Algorithm::RichardsonLucy, 10);
    let steps = [(Deconvolve, &numbers[..])];
    let source = bytes(&image);
    let images = Images { dtype: Dtype::F32, axes: "yx", shape: &extents, source: &source, mask: Some(&mask) };
    let whole = run(&context, &images, &steps, &[]).unwrap();
    let needed = plan(&context, &images, &steps, &[]).unwrap().i64(params::PLAN_WORKSPACE_BYTES).unwrap();
    let tiles = run(&context, &images, &steps, &[(params::PLAN_MEMORY_CAP_BYTES, needed * 4 / 5)]).unwrap();
    assert!(difference(&tiles, &whole) < 1e-3, "{}", difference(&tiles, &whole));

    let twice: Vec<f32> = image.iter().map(|sample| 2.0 * sample).collect();
    let series = [bytes(&image), bytes(&twice), bytes(&twice), bytes(&image)].concat();
    let extents = [2, 2, extents[0], extents[1]];
    let images = Images { dtype: Dtype::F32, axes: "tcyx", shape: &extents, source: &series, mask: Some(&mask) };
    let found = run(&context, &images, &steps, &[]).unwrap();
    let frames: Vec<&[f32]> = found.chunks_exact(image.len()).collect();
    assert!(frames[0] == whole && frames[3] == whole && frames[1] == frames[2]);
}

#[test]
fn masks_that_do_not_fit_are_refused() {
    let context = Arc::new(Context::default());
    let image = scene([20, 30]);
    let source = bytes(&image);
    let numbers = iterations(Algorithm::RichardsonLucy, 2);
    let steps = [(Deconvolve, &numbers[..])];
    let of = |mask: Option<&[u8]>, source: &[u8], of_plan: &[(Id, i64)]| {
        run(&context, &Images { dtype: Dtype::F32, axes: "yx", shape: &[20, 30], source, mask }, &steps, of_plan)
    };
    let refused = |result: Result<Vec<f32>>, text: &str| {
        let error = result.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    };
    refused(of(Some(&[1; 599]), &source, &[]), "mask has 599 bytes; it must have one for each of the 600 samples");
    refused(of(Some(&[0; 600]), &source, &[]), "mask is 0 everywhere");
    refused(of(Some(&[1; 600]), &source, &[(params::PLAN_BLOCKS, 1)]), "plan.blocks is 1");
    let nothing = bytes(&[f32::NAN; 600]);
    refused(of(None, &nothing, &[(params::PLAN_NOT_A_NUMBER, 1)]), "no sample that was measured");
    let infinite: Vec<f32> =
        image.iter().enumerate().map(|(at, &one)| if at == 7 { f32::INFINITY } else { one }).collect();
    refused(of(None, &bytes(&infinite), &[(params::PLAN_NOT_A_NUMBER, 1)]), "y 0, x 7");
    // All measured is as no mask, and another input forgets the mask.
    let expected = of(None, &source, &[]).unwrap();
    assert!(of(Some(&[1; 600]), &source, &[]).unwrap() == expected);
    let images = Images { dtype: Dtype::F32, axes: "yx", shape: &[10, 30], source: &source, mask: Some(&[7; 300]) };
    let plan = plan(&context, &images, &steps, &[]).unwrap();
    plan.change(|draft| draft.set_input(Dtype::F32, "yx", &[20, 30], None, 0)).unwrap();
    plan.commit().unwrap();
    let mut target = vec![0; 2400];
    plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).unwrap();
    assert!(target == bytes(&expected));
}

/// Whole numbers that are the same everywhere.
struct Random(u64);

impl Random {
    fn normal(&mut self) -> f32 {
        let uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 40) as f32 / (1_u64 << 24) as f32
        };
        std::iter::repeat_with(uniform).take(12).sum::<f32>() - 6.0
    }
}

/// The automatic mode and denoising leave hot pixels out, and nothing else changes.
#[test]
fn hot_pixels_do_not_matter() {
    let context = Arc::new(Context::default());
    let shape = [150_usize, 160];
    let mut random = Random(3);
    let image: Vec<f32> =
        scene(shape).iter().map(|&light| (100.0 + light + light.sqrt() * random.normal()).round().max(0.0)).collect();
    let mut spoilt = image.clone();
    let hot = [40 * 160 + 60, 75 * 160 + 100, 76 * 160 + 100, 120 * 160 + 20];
    hot.iter().for_each(|&at| spoilt[at] = 65535.0);
    let extents = shape.map(|extent| extent as i64);
    let plainly = [(params::DECONVOLVE_STOP, params::Stop::Discrepancy as i64)];
    for steps in [&[(Deconvolve, &[][..])][..], &[(Deconvolve, &plainly)], &[(Denoise, &[][..])]] {
        let of = |image: &[f32], cap: Option<i64>| {
            let source: Vec<u8> = image.iter().flat_map(|sample| (*sample as u16).to_ne_bytes()).collect();
            let images = Images { dtype: Dtype::U16, axes: "yx", shape: &extents, source: &source, mask: None };
            // The camera is known: that fewer blocks tell of its noise is not what is tested.
            let camera =
                [(params::PLAN_CAMERA_GAIN, 1), (params::PLAN_CAMERA_OFFSET, 100), (params::PLAN_CAMERA_READ_NOISE, 0)];
            let plan = plan(&context, &images, steps, &camera).unwrap();
            if let Some(cap) = cap {
                plan.change(|draft| {
                    draft.settings_mut(params::PLAN_MEMORY_CAP_BYTES)?.set_i64(params::PLAN_MEMORY_CAP_BYTES, cap)
                })
                .unwrap();
            }
            plan.commit().unwrap();
            let mut target = vec![0; 4 * image.len()];
            plan.execute(|_, _, _| Ok(Buffers::Apart { source: &source, target: &mut target })).unwrap();
            let report = plan.report().unwrap();
            let samples: Vec<f32> = target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
            (samples, report["steps"][0]["images"][0].clone(), plan.i64(params::PLAN_WORKSPACE_BYTES).unwrap())
        };
        let ((clean, none, needed), (found, some, _)) = (of(&image, None), of(&spoilt, None));
        assert_eq!((none["outliers"].as_u64(), some["outliers"].as_u64()), (Some(0), Some(4)), "{some}");
        assert_eq!(none["iterations"], some["iterations"]);
        let error = difference(&found, &clean);
        assert!(error < 0.06, "{error}");
        if !steps[0].1.is_empty() {
            let (tiles, report, _) = of(&spoilt, Some(needed * 17 / 20));
            assert!(report["tiles"].as_array().unwrap().iter().any(|count| *count != 1), "{report}");
            assert_eq!(report["outliers"].as_u64(), Some(4));
            assert!(difference(&tiles, &found) < 2e-3, "{}", difference(&tiles, &found));
        }
    }
}
