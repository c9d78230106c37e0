//! What ends the iterations, and what keeps them from diverging.

use abbe::deconvolve::Deconvolution;
use abbe::noise::Stated;
use abbe::params::{self, Algorithm, Contrast, Padding, Settings, Stop};
use abbe::runtime::{Answer, Control, Watch, Workers};

use super::harness::{filaments, psnr, resolution, restore, settings, sum};
use super::memory;
use super::slow::{Direct, Random, Rule, gaussian};

/// A blurred plane with photon noise, and its truth.
fn noisy(n: usize, peak: f64, gain: f64, offset: f64) -> (Vec<f32>, Vec<f64>, abbe::psf::Kernel) {
    let kernel = gaussian([1, 13, 13], 1.8);
    let truth = filaments(n, peak, 4);
    let mut random = Random(8);
    let blurred = Direct::new([1, n, n], [1, n, n], &kernel).blur(&truth);
    let image = blurred.iter().map(|&mean| (offset + gain * random.poisson(mean)) as f32).collect();
    (image, truth, kernel)
}

#[test]
fn held_out_photons_end_it_near_the_best_iteration() {
    for (peak, gain, offset) in [(60.0, 1.0, 0.0), (300.0, 2.5, 100.0), (3000.0, 1.0, 0.0)] {
        let (image, truth, kernel) = noisy(96, peak, gain, offset);
        let shape = [1, 96, 96];
        for algorithm in [Algorithm::RichardsonLucy, Algorithm::HeavyBall] {
            let base = |iterations: i64| {
                let mut settings = settings(algorithm, iterations);
                settings.set_f64(params::DECONVOLVE_BACKGROUND, offset).unwrap();
                settings
            };
            let quality = |iterations: i64| psnr(&restore(&image, shape, &kernel, &base(iterations), 2).0, &truth);
            let best =
                [1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56, 80, 112, 160, 300].map(quality).into_iter().fold(0.0, f64::max);
            let mut held_out = base(1000);
            held_out.set_choice(params::DECONVOLVE_STOP, Stop::HeldOut).unwrap();
            let (result, outcome) = restore(&image, shape, &kernel, &held_out, 2);
            assert_eq!(outcome.stopped, "held_out");
            let got = psnr(&result, &truth);
            assert!(got > best - 0.5, "{algorithm:?}, {peak}: {got} at {} of {best}", outcome.iterations);
            // All photons are used in the end, by as many iterations; only the noise's shift is not in the others' model.
            let (all, _) = restore(&image, shape, &kernel, &base(outcome.iterations as i64), 2);
            assert!(psnr(&result, &truth) > psnr(&all, &truth) - 0.1, "{algorithm:?}, {peak}");
            assert!((outcome.flux_out / (outcome.flux_in - offset * 9216.0) - 1.0).abs() < 0.05, "{outcome:?}");
        }
    }
}

#[test]
fn held_out_photons_are_the_same_for_any_number_of_threads_and_counted_before() {
    let (image, _, kernel) = noisy(64, 100.0, 1.0, 0.0);
    let mut settings = settings(Algorithm::HeavyBall, 100);
    settings.set_choice(params::DECONVOLVE_STOP, Stop::HeldOut).unwrap();
    let shape = [1, 64, 64];
    let (one, first) = restore(&image, shape, &kernel, &settings, 1);
    let (many, second) = restore(&image, shape, &kernel, &settings, 3);
    assert!(one.iter().zip(&many).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(first, second);
    let workers = Workers::new(1).unwrap();
    let bytes = Deconvolution::workspace_bytes(shape, &settings, &kernel, 1).unwrap();
    memory::holds(bytes, || Deconvolution::new(shape, &settings, &kernel, &workers).unwrap());
}

#[test]
fn empty_constant_and_saturated_images_end() {
    let (shape, kernel) = ([1, 40, 41], gaussian([1, 9, 9], 1.5));
    for image in [vec![0.0; 1640], vec![7.0; 1640], vec![65535.0; 1640]] {
        for algorithm in
            [Algorithm::Automatic, Algorithm::RichardsonLucy, Algorithm::HeavyBall, Algorithm::WienerButterworth]
        {
            let mut settings = settings(algorithm, 30);
            settings.set_choice(params::DECONVOLVE_STOP, Stop::HeldOut).unwrap();
            let (result, _) = restore(&image, shape, &kernel, &settings, 2);
            let off = result.iter().map(|sample| (sample - image[0]).abs()).fold(0.0, f32::max);
            assert!(off <= 0.03 * image[0], "{algorithm:?}: {off} off {}", image[0]);
        }
    }
}

#[test]
fn a_guard_keeps_unmatched_steps_from_diverging() {
    let (shape, kernel) = ([1, 16, 18], gaussian([1, 7, 7], 1.4));
    let truth: Vec<f64> = filaments(18, 90.0, 3)[..288].to_vec();
    let mut random = Random(6);
    let image: Vec<f32> =
        Direct::new(shape, shape, &kernel).blur(&truth).iter().map(|&mean| random.poisson(mean) as f32).collect();
    let mut guarded = settings(Algorithm::WienerButterworth, 16);
    guarded.set_f64(params::DECONVOLVE_PHOTON_GAIN, 1.0).unwrap();
    guarded.set_choice(params::DECONVOLVE_PADDING, Padding::Half).unwrap(); // slow transforms of more would take minutes
    let (result, outcome) = restore(&image, shape, &kernel, &guarded, 2);
    let direct = Direct::new(shape, outcome.padded_shape, &kernel);
    let misfit = |field: &[f64]| -> f64 {
        let blurred = direct.crop(&direct.blur(field));
        blurred.iter().zip(&image).map(|(y, d)| (f64::from(*d) - y).powi(2) / y.max(1.0)).sum::<f64>() / 288.0
    };
    let unguarded = direct.iterate(&image, 0.0, 0.0, Rule::WienerButterworth(resolution(&kernel)), 16);
    let early = direct.iterate(&image, 0.0, 0.0, Rule::WienerButterworth(resolution(&kernel)), 3);
    assert!(misfit(&unguarded) > 1.5 * misfit(&early), "{} after {}", misfit(&unguarded), misfit(&early));
    assert!(
        outcome.matched_from > 0 && outcome.misfit.unwrap() < misfit(&early),
        "{outcome:?}, unguarded {}",
        misfit(&unguarded)
    );
    assert!(
        psnr(&result, &truth) > psnr(&direct.crop(&unguarded).iter().map(|&v| v as f32).collect::<Vec<_>>(), &truth)
    );
}

/// A saturated sample says only that there was as much light at least: what surrounds it tells the rest.
#[test]
fn saturated_samples_are_limits() {
    let (shape, kernel) = ([1, 120, 120], gaussian([1, 13, 13], 1.8));
    let mut truth = vec![40.0; 120 * 120];
    for at in [30 * 120 + 40, 60 * 120 + 60, 61 * 120 + 90, 90 * 120 + 30] {
        truth[at] = 60_000.0;
    }
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut random = Random(5);
    let image: Vec<f32> = blurred.iter().map(|&mean| random.poisson(mean) as f32).collect();
    let clipped: Vec<f32> = image.iter().map(|sample| sample.min(750.0)).collect();
    assert!(clipped.iter().filter(|sample| **sample == 750.0).count() > 20);
    let mut of = settings(Algorithm::HeavyBall, 60);
    of.set_choice(params::DECONVOLVE_STOP, Stop::HeldOut).unwrap();
    let (found, report) = restore(&clipped, shape, &kernel, &of, 2);
    let (whole, _) = restore(&image, shape, &kernel, &of, 2);
    assert_eq!(report.noise.unwrap().limit, Some(750.0));
    let light = |image: &[f32]| {
        (25..35).flat_map(|y| (35..45).map(move |x| (y, x))).map(|(y, x)| f64::from(image[y * 120 + x])).sum::<f64>()
    };
    let lost = 1.0 - light(&clipped) / light(&image);
    let missing = 1.0 - light(&found) / light(&whole);
    println!("lost {lost}, still missing {missing}");
    assert!(lost > 0.3 && missing.abs() < 0.5 * lost, "{lost} {missing}");
}

/// Values around 0 keep their light, whether that is stated or seen; least squares keep all of it.
#[test]
fn noise_around_0_makes_no_light() {
    let (shape, kernel) = ([1, 128, 128], gaussian([1, 11, 11], 1.5));
    let mut random = Random(9);
    let mut truth = vec![0.0; 128 * 128];
    for _ in 0..25 {
        truth[(8 + (random.uniform() * 112.0) as usize) * 128 + 8 + (random.uniform() * 112.0) as usize] = 5000.0;
    }
    let mut normal = || (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0;
    let image: Vec<f32> =
        Direct::new(shape, shape, &kernel).blur(&truth).iter().map(|&mean| (mean + 20.0 * normal()) as f32).collect();
    for (algorithm, most) in
        [(Algorithm::RichardsonLucy, 1.15), (Algorithm::HeavyBall, 1.15), (Algorithm::Landweber, 1.02)]
    {
        let (found, report) = restore(&image, shape, &kernel, &settings(algorithm, 30), 2);
        assert_eq!(report.contrast, "signed");
        let ratio = sum(&found) / sum(&image);
        println!("{algorithm:?}: {ratio}");
        assert!(ratio > 0.85 && ratio < most, "{algorithm:?}: {ratio}");
    }
    let mut emission = settings(Algorithm::RichardsonLucy, 30);
    emission.set_choice(params::DECONVOLVE_CONTRAST, Contrast::Emission).unwrap();
    let (found, report) = restore(&image, shape, &kernel, &emission, 2);
    assert_eq!(report.contrast, "emission");
    assert!(sum(&found) > 1.5 * sum(&image));
}

/// What goes below 0 itself, by more than the noise, is restored by least squares in the automatic mode, and keeps its light.
#[test]
fn a_specimen_below_0_is_not_taken_for_noise() {
    let (shape, kernel) = ([1, 128, 128], gaussian([1, 13, 13], 1.8));
    let (above, below) = (filaments(128, 60.0, 14), filaments(128, 50.0, 15));
    let truth: Vec<f64> = above.iter().zip(&below).map(|(above, below)| above - below).collect();
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut random = Random(10);
    let mut normal = || (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0;
    let image: Vec<f32> = blurred.iter().map(|&mean| (mean + normal()) as f32).collect();
    let (found, report) = restore(&image, shape, &kernel, &Settings::new("deconvolve"), 2);
    let (raw, restored) = (psnr(&image, &truth), psnr(&found, &truth));
    println!("{raw} -> {restored} dB, {} iterations, {} of {}", report.iterations, sum(&found), sum(&image));
    assert_eq!((report.contrast, report.algorithm), ("signed", "landweber"));
    assert!(restored > raw + 1.0 && found.iter().any(|&sample| sample < -10.0));
    assert!((sum(&found) - sum(&image)).abs() < 0.02 * image.iter().map(|sample| f64::from(sample.abs())).sum::<f64>());
}

/// Signed images without anything in them keep their light: exactly even ones, and noise that a flat result explains.
#[test]
fn signed_images_without_a_specimen_keep_their_light() {
    let (shape, kernel) = ([1, 96, 96], gaussian([1, 13, 13], 1.8));
    let mut random = Random(11);
    let mut normal = || (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0;
    // Skew, so that a flat result explains it at once.
    let skew = |value: f64| if value < 0.0 { 1.6 * value } else { 0.6 * value };
    let noise: Vec<f32> = (0..96 * 96).map(|_| (0.7 + skew(normal())) as f32).collect();
    for (image, most) in [(vec![100.0; 96 * 96], 1.05), (noise, 1.4)] {
        let mut signed = Settings::new("deconvolve");
        signed.set_choice(params::DECONVOLVE_CONTRAST, Contrast::Signed).unwrap();
        let (found, report) = restore(&image, shape, &kernel, &signed, 2);
        assert_eq!(report.contrast, "signed");
        let mean = sum(&image) / sum(&vec![1.0; 96 * 96]);
        let range = found.iter().map(|&sample| f64::from(sample) / mean);
        let (low, high) = range.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        println!("{low} to {high}, {} iterations", report.iterations);
        assert!((sum(&found) / sum(&image) - 1.0).abs() < 0.05 && high < most, "{low} to {high}");
    }
}

/// In transmitted light the darkest places are the specimen, not a pedestal.
#[test]
fn dark_things_on_bright_ground_stay_dark() {
    let (shape, kernel) = ([1, 128, 128], gaussian([1, 13, 13], 1.8));
    let transmitted = |at: usize| {
        let (y, x) = (at / 128, at % 128);
        if (20..108).contains(&y) && (20..23).contains(&x) { 900.0 } else { 3000.0 }
    };
    let truth: Vec<f64> = (0..128 * 128).map(transmitted).collect();
    let blurred = Direct::new(shape, shape, &kernel).blur(&truth);
    let mut random = Random(5);
    let image: Vec<f32> = blurred.iter().map(|&mean| 100.0 + random.poisson(mean) as f32).collect();
    let (found, report) = restore(&image, shape, &kernel, &Settings::new("deconvolve"), 2);
    assert_eq!((report.contrast, report.pedestal), ("absorption", 0.0));
    let at = 64 * 128 + 21;
    let of = |image: &[f32], dark: f32| f64::from(image[at] - dark);
    let (raw, restored) = (of(&image, 100.0), of(&found, 100.0 - report.background as f32));
    assert!((restored - 900.0).abs() < 0.6 * (raw - 900.0), "{raw} {restored}");
}

/// What is stated of the camera is the background and the noise of plain algorithms too.
#[test]
fn a_stated_camera_counts_without_a_background() {
    let (image, _, kernel) = noisy(96, 300.0, 2.0, 100.0);
    let mut random = Random(3);
    let mut normal = || (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0;
    let image: Vec<f32> = image.iter().map(|sample| sample + 8.0 * normal() as f32).collect();
    let workers = Workers::new(2).unwrap();
    let camera = Stated { gain: Some(2.0), offset: Some(100.0), read_noise: Some(8.0), ..Stated::NOTHING };
    for algorithm in [Algorithm::RichardsonLucy, Algorithm::Wiener] {
        let plan = Deconvolution::new([1, 96, 96], &settings(algorithm, 30), &kernel, &workers).unwrap();
        let (control, mut listener) = (Control::new(), |_| Answer::Continue);
        let mut result = image.clone();
        let outcome =
            plan.with_camera(&camera).execute(&mut result, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
        assert_eq!(outcome.background, 100.0);
        let light = sum(&image) - 100.0 * image.len() as f64;
        assert!((sum(&result) / light - 1.0).abs() < 0.05, "{algorithm:?} {} {light}", sum(&result));
        assert!(outcome.misfit.is_none_or(|misfit| (misfit - 1.0).abs() < 0.15), "{outcome:?}");
    }
}
