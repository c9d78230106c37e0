//! Blind deconvolution: a point spread function that is wider than the one given.

use abbe::deconvolve::Deconvolution;
use abbe::error::Error;
use abbe::params::{self, Algorithm, Settings};
use abbe::psf::Kernel;
use abbe::runtime::{Answer, Control, Watch, Workers};

use super::harness::{filaments, largest, psnr, resolution, restore, settings, sum};
use super::memory;
use super::slow::{Direct, Random, Rule, gaussian};

const N: usize = 160;

/// Filaments blurred by a Gaussian of that width, with photon noise, and their truth.
fn plane(sigma: f64, seed: u64) -> (Vec<f32>, Vec<f64>) {
    let truth = filaments(N, 5000.0, 5);
    let mut random = Random(seed);
    let blurred = Direct::new([1, N, N], [1, N, N], &gaussian([1, 25, 25], sigma)).blur(&truth);
    (blurred.iter().map(|&mean| random.poisson(mean) as f32).collect(), truth)
}

fn blind() -> Settings {
    let mut settings = Settings::new("deconvolve");
    settings.set_choice(params::DECONVOLVE_ALGORITHM, Algorithm::BlindRichardsonLucy).unwrap();
    settings
}

/// Restores blindly; the result, its report, and the kernel found.
fn restore_blindly(
    image: &[f32],
    shape: [usize; 3],
    kernel: &Kernel,
    threads: usize,
) -> (Vec<f32>, abbe::deconvolve::Outcome, Kernel) {
    let workers = Workers::new(threads).unwrap();
    let mut plan = Deconvolution::new(shape, &blind(), kernel, &workers).unwrap();
    let (control, mut result, mut last) = (Control::new(), image.to_vec(), 0.0);
    let mut listener = |done| {
        assert!(done >= last && done <= 1.0, "{done} after {last}");
        last = done;
        Answer::Continue
    };
    let outcome = plan.execute(&mut result, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
    let (samples, extents) = plan.estimated_psf().unwrap();
    (result, outcome, Kernel::new(extents, samples.to_vec()).unwrap())
}

#[test]
fn the_width_is_found_and_the_image_better_than_with_the_width_given() {
    let shape = [1, N, N];
    let mut lost = [0.0, 0.0];
    for (given, real, seed) in [(1.6, 2.0, 11), (1.6, 2.0, 12), (1.6, 2.0, 13), (1.6, 1.6, 11)] {
        let (image, truth) = plane(real, seed);
        let kernel = gaussian([1, 25, 25], given);
        let (result, outcome, found) = restore_blindly(&image, shape, &kernel, 2);
        let widened = outcome.estimated_psf.unwrap();
        let factor = widened.factors[2];
        assert_eq!((widened.factors[0], widened.factors[1]), (1.0, factor));
        assert_eq!(outcome.stopped, "held_out");
        // The report's widths are those of the kernels.
        for (width, kernel) in [(widened.width_given_px, &kernel), (widened.width_px, &found)] {
            assert!((1.0 / width[2].unwrap() - resolution(kernel)[2]).abs() < 1e-6 && width[0].is_none());
        }
        // The kernel is a Gaussian of the width found.
        let expected = gaussian([1, 25, 25], given * factor);
        let peak = largest(expected.samples().iter().map(|&sample| f64::from(sample)));
        for (got, expected) in found.samples().iter().zip(expected.samples()) {
            assert!(f64::from((got - expected).abs()) < 0.01 * peak && *got >= 0.0, "{got} instead of {expected}");
        }
        assert!((sum(found.samples()) - 1.0).abs() < 1e-5);
        let got = psnr(&result, &truth);
        let with = |algorithm: Algorithm, kernel: &Kernel| {
            let best = |k| psnr(&restore(&image, shape, kernel, &settings(algorithm, k), 2).0, &truth);
            [2, 4, 6, 9, 13, 19, 28, 40, 60, 90, 130].map(best).into_iter().fold(0.0, f64::max)
        };
        let wrong = f64::max(with(Algorithm::RichardsonLucy, &kernel), with(Algorithm::HeavyBall, &kernel));
        let right = with(Algorithm::HeavyBall, &gaussian([1, 25, 25], real));
        println!(
            "given {given}, real {real}: found {:.3} in {} trials, {got:.2} dB; at best {wrong:.2} dB with the one \
             given, {right:.2} with the real one",
            given * factor,
            widened.trials
        );
        assert!((given * factor / real - 1.0).abs() < 0.12, "{given} for {real}: {widened:?}");
        assert!(given == real || got > wrong + 2.0, "{got} dB, {wrong} at best with the kernel given");
        lost[usize::from(given == real)] += right - got;
    }
    // The width's error is that of the photons held out: it differs from image to image.
    assert!(lost[0] / 3.0 < 0.5 && lost[1] < 0.5, "{lost:?} dB less than with the real kernel");
}

#[test]
fn the_object_is_that_of_direct_sums_with_the_kernel_found() {
    let (shape, kernel) = ([4, 12, 11], gaussian([3, 7, 7], 1.0));
    let image = super::harness::scene(shape, &gaussian([3, 7, 7], 1.25), 23);
    let (got, outcome, found) = restore_blindly(&image, shape, &kernel, 2);
    let direct = Direct::new(shape, outcome.padded_shape, &found);
    let expected =
        direct.iterate(&image, 0.0, outcome.photon_shift.unwrap().max(0.0), Rule::HeavyBall, outcome.iterations);
    let expected = direct.crop(&expected);
    let peak = largest(expected.iter().copied());
    let error = largest(got.iter().zip(&expected).map(|(got, expected)| (f64::from(*got) - expected).abs()));
    assert!(error < 1e-3 * peak, "{error} of {peak}, {outcome:?}");
    let (again, second, _) = restore_blindly(&image, shape, &kernel, 3);
    assert!(got.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()) && outcome == second);
}

#[test]
fn every_image_starts_from_the_kernel_given_also_after_a_cancel() {
    let (shape, kernel) = ([1, N, N], gaussian([1, 25, 25], 1.6));
    let (image, _) = plane(2.0, 11);
    let workers = Workers::new(2).unwrap();
    let bytes = Deconvolution::workspace_bytes(shape, &blind(), &kernel, 2).unwrap();
    let mut plan = memory::holds(bytes, || Deconvolution::new(shape, &blind(), &kernel, &workers).unwrap());
    let mut run = |most: f64| {
        let (control, mut result) = (Control::new(), image.clone());
        let mut listener = |done| if done > most { Answer::Cancel } else { Answer::Continue };
        (plan.execute(&mut result, &workers, &mut Watch::new(&control, &mut listener)), result)
    };
    let first = run(2.0);
    for most in [0.0, 0.2, 0.9] {
        let (outcome, result) = run(most);
        assert_eq!((outcome, result == image), (Err(Error::Cancelled), true));
    }
    assert!(first.0.is_ok() && run(2.0) == first);
}

#[test]
fn what_cannot_be_shared_is_refused() {
    let (shape, kernel, workers) = ([1, N, N], gaussian([1, 9, 9], 1.6), Workers::new(1).unwrap());
    let mut warm = blind();
    warm.set_i64(params::DECONVOLVE_WARM_START, 1).unwrap();
    let error = Deconvolution::new(shape, &warm, &kernel, &workers).err().unwrap();
    assert!(matches!(&error, Error::Argument(text) if text.contains("warm_start")), "{error}");
    // Tiles would each find a kernel of their own.
    let budget = abbe::deconvolve::Budget { cap: Some(1000), around: [0; 3], beside: &|_| Ok(0) };
    let choice = Deconvolution::tiling(shape, &blind(), &kernel, 1, budget).unwrap();
    assert!(!choice.fits && choice.tiling.count() == 1);
}
