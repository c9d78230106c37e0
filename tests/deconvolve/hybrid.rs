//! Denoising before deconvolving, and photons that judge it.

use abbe::deconvolve::{Budget, Deconvolution, Denoiser, Outcome, Volumes};
use abbe::error::{Error, Result};
use abbe::image::Region;
use abbe::params::{self, Algorithm, Settings, Stop};
use abbe::psf::Kernel;
use abbe::runtime::{Answer, Control, Job, Watch, Workers};

use super::harness::{filaments, largest, psnr, restore, settings, sum};
use super::memory;
use super::slow::{Direct, Random, gaussian};

const N: usize = 96;
const SHAPE: [usize; 3] = [1, N, N];

/// What a denoiser makes of samples at a place of the image.
type Function = fn(&[f32], Region) -> Result<Vec<f32>>;

/// Gives what a function of the samples gives.
struct By<F>(F);

impl<F: Fn(&[f32], Region) -> Result<Vec<f32>> + Send> Denoiser for By<F> {
    fn name(&self) -> &'static str {
        "function"
    }

    fn denoise(&mut self, samples: &mut [f32], place: Region, _: &Workers, _: &mut Watch<'_>) -> Result<()> {
        samples.copy_from_slice(&(self.0)(samples, place)?);
        Ok(())
    }
}

/// A plane of filaments on an offset of 100, its blurred mean, its truth.
fn scene() -> (Vec<f32>, Vec<f32>, Vec<f64>, Kernel) {
    let kernel = gaussian([1, 13, 13], 1.8);
    let truth = filaments(N, 60.0, 4);
    let mut random = Random(8);
    let blurred = Direct::new(SHAPE, SHAPE, &kernel).blur(&truth);
    let image = blurred.iter().map(|&mean| (100.0 + 2.0 * random.poisson(mean)) as f32).collect();
    (image, blurred.iter().map(|&mean| (100.0 + 2.0 * mean) as f32).collect(), truth, kernel)
}

fn hybrid_settings() -> Settings {
    let mut settings = Settings::new("deconvolve");
    settings.set_choice(params::DECONVOLVE_ALGORITHM, Algorithm::Hybrid).unwrap();
    settings.set_f64(params::DECONVOLVE_BACKGROUND, 100.0).unwrap();
    settings
}

fn run(
    image: &[f32],
    kernel: &Kernel,
    cap: Option<u64>,
    threads: usize,
    denoiser: impl Fn(&[f32], Region) -> Result<Vec<f32>> + Send + 'static,
) -> (Vec<f32>, Outcome) {
    run_with(&hybrid_settings(), image, kernel, cap, threads, denoiser)
}

fn run_with(
    settings: &Settings,
    image: &[f32],
    kernel: &Kernel,
    cap: Option<u64>,
    threads: usize,
    denoiser: impl Fn(&[f32], Region) -> Result<Vec<f32>> + Send + 'static,
) -> (Vec<f32>, Outcome) {
    let workers = Workers::new(threads).unwrap();
    let choice =
        Deconvolution::tiling(SHAPE, settings, kernel, threads, Budget { cap, around: [0; 3], beside: &|_| Ok(0) })
            .unwrap();
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let job = Job::new(&workers, &control);
    let deconvolution =
        memory::holds(choice.bytes, || Deconvolution::in_tiles(choice.tiling, settings, kernel, job).unwrap());
    let mut deconvolution = deconvolution.denoised_by(Box::new(By(denoiser)), settings, job).unwrap();
    let mut result = vec![0.0; image.len()];
    let mut volumes = Volumes { shape: SHAPE, source: image, target: &mut result };
    let watch = &mut Watch::new(&control, &mut listener);
    let outcome = deconvolution.execute_blocks(&mut volumes, &mut [], &workers, watch).unwrap();
    assert!(result.iter().all(|&sample| sample >= 0.0));
    assert!((outcome.flux_out / sum(&result) - 1.0).abs() < 1e-4);
    assert_eq!(control.progress(), 1.0);
    (result, outcome)
}

/// Without noise, but for a little that says which image it was.
fn knowing(clean: Vec<f32>) -> impl Fn(&[f32], Region) -> Result<Vec<f32>> + Send + 'static {
    move |source, place| {
        let [_, rows, columns] = place.ranges();
        let clean = rows.flat_map(|y| &clean[y * N..][columns.clone()]);
        Ok(clean.zip(source).map(|(clean, raw)| 0.95 * clean + 0.05 * raw).collect())
    }
}

#[test]
fn a_good_denoiser_is_used_and_keeps_the_light() {
    let (image, clean, truth, kernel) = scene();
    let (plain, _) = run(&image, &kernel, None, 2, |source, _| Ok(source.to_vec()));
    let (result, outcome) = run(&image, &kernel, None, 2, knowing(clean.clone()));
    assert_eq!((outcome.algorithm, outcome.stopped), ("hybrid", "held_out"), "{outcome:?}");
    assert!(outcome.hybrid.unwrap().likelihood_gain.unwrap() > 0.0, "{outcome:?}");
    let gained = psnr(&result, &truth) - psnr(&plain, &truth);
    assert!(gained > 1.0, "{gained} dB");
    // A denoiser that halves or doubles the light above the background changes nothing: the image's is kept.
    let darker = move |source: &[f32], place: Region| {
        Ok(knowing(clean.clone())(source, place)?.iter().map(|sample| 100.0 + 0.7 * (sample - 100.0)).collect())
    };
    let (again, _) = run(&image, &kernel, None, 2, darker);
    let (light, same) = (sum(&result), sum(&again));
    assert!((same / light - 1.0).abs() < 1e-4, "{same} and {light}");
    let (flux_in, flux_out) = (outcome.flux_in - 100.0 * (N * N) as f64, outcome.flux_out);
    assert!((flux_out / flux_in - 1.0).abs() < 0.05, "{outcome:?}");
}

#[test]
fn what_a_denoiser_invents_is_not_used() {
    let (image, _, truth, kernel) = scene();
    let (plain, first) = run(&image, &kernel, None, 2, |source, _| Ok(source.to_vec()));
    assert!(first.hybrid.unwrap().finite);
    let broken: [Function; 4] = [
        // Another specimen: the image turned around.
        |source, _| Ok(source.iter().rev().copied().collect()),
        |source, _| Ok(vec![sum(source) as f32 / source.len() as f32; source.len()]),
        |source, _| Ok(vec![f32::NAN; source.len()]),
        |_, _| Err(Error::Model("the network gives samples that are not numbers".into())),
    ];
    for (at, denoiser) in broken.into_iter().enumerate() {
        let (result, outcome) = run(&image, &kernel, None, 2, denoiser);
        let found = outcome.hybrid.unwrap();
        assert_eq!((found.denoised, found.finite), (false, at < 2), "{at}: {outcome:?}");
        assert_eq!(found.likelihood_gain.is_some(), at < 2);
        assert_eq!(outcome.algorithm, "tempered");
        assert_eq!(result, plain, "{at}");
        assert!(psnr(&result, &truth) > psnr(&image, &truth));
    }
}

#[test]
fn the_automatic_mode_goes_its_own_way_unless_photons_speak_for_the_denoiser() {
    let (image, clean, truth, kernel) = scene();
    let mut automatic = Settings::new("deconvolve");
    automatic.set_f64(params::DECONVOLVE_BACKGROUND, 100.0).unwrap();
    let (plain, own) = restore(&image, SHAPE, &kernel, &automatic, 2);
    let (result, outcome) = run_with(&automatic, &image, &kernel, None, 2, knowing(clean.clone()));
    assert!(outcome.hybrid.unwrap().denoised, "{outcome:?}");
    let gained = psnr(&result, &truth) - psnr(&plain, &truth);
    assert!(gained > 0.5, "{gained} dB");
    let useless: [Function; 3] = [
        |source, _| Ok(vec![sum(source) as f32 / source.len() as f32; source.len()]),
        |source, _| Ok(vec![f32::NAN; source.len()]),
        |_, _| Err(Error::Model("the network gives samples that are not numbers".into())),
    ];
    for denoiser in useless {
        let (result, outcome) = run_with(&automatic, &image, &kernel, None, 2, denoiser);
        assert!(!outcome.hybrid.unwrap().denoised, "{outcome:?}");
        assert_eq!((outcome.stopped, outcome.iterations), (own.stopped, own.iterations));
        assert!(result.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
    // Without noise there are no photons to ask.
    let (plain, _) = restore(&clean, SHAPE, &kernel, &automatic, 2);
    let (result, outcome) = run_with(&automatic, &clean, &kernel, None, 2, |source, _| Ok(vec![0.0; source.len()]));
    assert!(outcome.hybrid.is_none(), "{outcome:?}");
    assert!(result.iter().zip(&plain).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn tiles_and_threads_do_not_show() {
    let (image, clean, _, kernel) = scene();
    let (one, outcome) = run(&image, &kernel, None, 1, knowing(clean.clone()));
    let (many, same) = run(&image, &kernel, None, 3, knowing(clean.clone()));
    assert!(one.iter().zip(&many).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(outcome, same);
    // Of as many iterations, fewer than any tile would best do: tiles ask photons of their own for their number.
    let mut settings = hybrid_settings();
    settings.set_i64(params::DECONVOLVE_ITERATIONS, 5).unwrap();
    let bytes = Deconvolution::workspace_bytes(SHAPE, &settings, &kernel, 2).unwrap();
    let (whole, outcome) = run_with(&settings, &image, &kernel, None, 2, knowing(clean.clone()));
    let (tiles, cut) = run_with(&settings, &image, &kernel, Some(bytes * 3 / 4), 2, knowing(clean));
    assert!(cut.tiles.iter().product::<usize>() > 1, "{cut:?}");
    assert_eq!(outcome.iterations, cut.iterations);
    let peak = largest(whole.iter().map(|&sample| f64::from(sample)));
    let apart = largest(whole.iter().zip(&tiles).map(|(a, b)| f64::from((a - b).abs())));
    assert!(apart < 0.02 * peak, "{apart} of {peak}");
}

#[test]
fn of_nothing_denoised_comes_richardson_lucy() {
    let (image, _, _, kernel) = scene();
    let base = settings(Algorithm::RichardsonLucy, 12);
    let mut none = settings(Algorithm::Hybrid, 12);
    none.set_f64(params::DECONVOLVE_DENOISING, 0.0).unwrap();
    none.set_choice(params::DECONVOLVE_STOP, Stop::Iterations).unwrap();
    let (expected, _) = restore(&image, SHAPE, &kernel, &base, 2);
    let (got, outcome) = restore(&image, SHAPE, &kernel, &none, 2);
    assert!(got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(outcome.algorithm, "richardson_lucy");
}
