use super::*;
use crate::noise::Camera;
use crate::runtime::{Answer, Control};

/// Uniform numbers in 0..1 that are the same everywhere.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// By Knuth's product below 30, by the normal approximation above.
    fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0.0);
        while product > limit {
            product *= self.uniform();
            count += 1.0;
        }
        count
    }
}

const CAMERA: Camera = Camera { gain: 2.0, offset: 100.0, read_noise: 3.0, correlation: [0.0; 3] };

/// A scene of steps and slopes of 5 to 105 photons, and the image a camera takes of it.
fn scene(ny: usize, nx: usize) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random(7);
    let mut truth = Vec::new();
    let mut image = Vec::new();
    for y in 0..ny {
        for x in 0..nx {
            let bar = if (x / 24) % 2 == 0 { 60.0 } else { 0.0 };
            let photons = 5.0 + bar + 40.0 * y as f64 / ny as f64;
            truth.push((CAMERA.offset + CAMERA.gain * photons) as f32);
            let seen = CAMERA.offset + CAMERA.gain * random.poisson(photons) + CAMERA.read_noise * random.normal();
            image.push(seen as f32);
        }
    }
    (truth, image)
}

fn error(left: &[f32], right: &[f32]) -> f64 {
    let squares: f64 = left.iter().zip(right).map(|(left, right)| f64::from(left - right).powi(2)).sum();
    (squares / left.len() as f64).sqrt()
}

fn run(shape: [usize; 3], settings: &Settings, image: &mut [f32], threads: usize) -> Outcome {
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let workers = Workers::new(threads).unwrap();
    Denoise::new(shape, settings, &Stated::NOTHING, None, threads)
        .unwrap()
        .execute(image, &workers, &mut Watch::new(&control, &mut listener))
        .unwrap()
}

const METHODS: [Denoising; 4] =
    [Denoising::Patches, Denoising::Wavelets, Denoising::TotalVariation, Denoising::Network];
/// Those that go by the noise that is stated or found; the network goes by what it was trained with.
const STATISTICAL: [Denoising; 3] = [Denoising::Patches, Denoising::Wavelets, Denoising::TotalVariation];

fn by(method: Denoising, camera: Option<Camera>) -> Settings {
    let mut settings = settings(camera);
    settings.set_i64(DENOISE_METHOD, method as i64).unwrap();
    settings
}

fn settings(camera: Option<Camera>) -> Settings {
    let mut settings = Settings::new("denoise");
    if let Some(camera) = camera {
        settings.set_f64(DENOISE_GAIN, camera.gain).unwrap();
        settings.set_f64(DENOISE_OFFSET, camera.offset).unwrap();
        settings.set_f64(DENOISE_READ_NOISE, camera.read_noise).unwrap();
    }
    settings
}

#[test]
fn noise_is_less_than_half_and_the_mean_is_kept() {
    let (truth, image) = scene(160, 192);
    let mut denoised = image.clone();
    let outcome = run([1, 160, 192], &settings(Some(CAMERA)), &mut denoised, 2);
    let (before, after) = (error(&image, &truth), error(&denoised, &truth));
    assert!(after < 0.5 * before, "{before} -> {after}");
    let mean = |samples: &[f32]| samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / samples.len() as f64;
    // f32 rounds each sample by at most 1e-7 of itself.
    assert!((mean(&denoised) / mean(&image) - 1.0).abs() < 1e-6, "{} of {}", mean(&denoised), mean(&image));
    assert!((outcome.correction - 1.0).abs() < 0.02, "{}", outcome.correction);
    assert!((0.5..1.1).contains(&outcome.removed), "{}", outcome.removed);
}

#[test]
fn the_noise_is_found_from_the_image() {
    let (_, image) = scene(320, 384);
    let mut denoised = image;
    let found = run([1, 320, 384], &settings(None), &mut denoised, 2).noise.camera;
    assert!((found.gain / CAMERA.gain - 1.0).abs() < 0.1, "{found:?}");
    for photons in [10.0, 50.0, 100.0] {
        let mean = CAMERA.offset + CAMERA.gain * photons;
        let (expected, variance) = (CAMERA.variance(mean), found.variance(mean));
        assert!((variance / expected - 1.0).abs() < 0.15, "at {photons} photons {variance}, not {expected}");
    }
}

#[test]
fn forward_and_exact_inverse_agree_in_the_mean() {
    // The inverse of the mean transform is the mean: checked by summing the Poisson distribution, without read noise.
    let transform = Anscombe::new(&Noise::stated(Camera::COUNTS)).unwrap();
    for mean in [1.0_f64, 3.0, 10.0, 40.0] {
        let (mut probability, mut sum) = ((-mean).exp(), 0.0);
        for count in 0..400 {
            sum += probability * f64::from(transform.forward(count as f32));
            probability *= mean / f64::from(count + 1);
        }
        let back = f64::from(transform.inverse(sum as f32));
        assert!((back - mean).abs() < 0.03, "{mean} -> {back}");
    }
}

#[test]
fn a_constant_image_and_tiny_ones_come_back_as_they_are() {
    for shape in [[1, 1, 1], [1, 1, 9], [1, 9, 1], [1, 4, 4], [1, 40, 40], [3, 5, 7]] {
        for (method, camera) in METHODS.into_iter().flat_map(|method| [(method, None), (method, Some(CAMERA))]) {
            let mut image = vec![137.5; shape.iter().product()];
            run(shape, &by(method, camera), &mut image, 2);
            assert!(image.iter().all(|sample| (sample - 137.5).abs() < 1e-3), "{method:?} {shape:?}: {}", image[0]);
        }
    }
}

#[test]
fn strength_0_gives_the_image_back() {
    let (_, image) = scene(40, 48);
    for method in METHODS {
        let mut settings = by(method, Some(CAMERA));
        settings.set_f64(DENOISE_STRENGTH, 0.0).unwrap();
        let mut denoised = image.clone();
        run([1, 40, 48], &settings, &mut denoised, 2);
        assert!(denoised == image, "{method:?}");
    }
}

/// Noise that a filter made alike in neighbours, as resampling and detectors do, is taken away as well as other noise.
#[test]
fn correlated_noise_goes_too() {
    let [ny, nx] = [160, 192];
    let (truth, _) = scene(ny, nx);
    let mut random = Random(11);
    let white: Vec<f64> =
        truth.iter().map(|truth| CAMERA.variance(f64::from(*truth)).sqrt() * random.normal()).collect();
    // Neighbours along y and x are alike by 0.6.
    let kernel = [0.1, 0.45, 1.0, 0.45, 0.1];
    let norm: f64 = kernel.iter().map(|weight| weight * weight).sum();
    let at = |y: usize, x: usize| {
        (0..25)
            .map(|k| {
                let (j, i) = ((y + k / 5 + ny - 2) % ny, (x + k % 5 + nx - 2) % nx);
                white[j * nx + i] * kernel[k / 5] * kernel[k % 5] / norm
            })
            .sum::<f64>()
    };
    let noisy: Vec<f32> = truth.iter().enumerate().map(|(k, truth)| truth + at(k / nx, k % nx) as f32).collect();
    let left = STATISTICAL.map(|method| {
        let mut denoised = noisy.clone();
        run([1, ny, nx], &by(method, None), &mut denoised, 2);
        error(&denoised, &truth) / error(&noisy, &truth)
    });
    let [patches, wavelets, variation] = left;
    assert!(patches < 0.5 && patches < 0.7 * variation, "{left:?}");
    assert!(wavelets < 0.55 && wavelets < 0.8 * variation, "{left:?}");
}

#[test]
fn the_same_bits_come_out_for_any_number_of_threads() {
    let (_, image) = scene(64, 96);
    for (method, shape) in METHODS.into_iter().flat_map(|method| [(method, [2, 32, 96]), (method, [1, 192, 32])]) {
        let results = [1, 2, 5].map(|threads| {
            let mut denoised = image.clone();
            run(shape, &by(method, None), &mut denoised, threads);
            denoised
        });
        assert!(results[0] == results[1] && results[0] == results[2], "{method:?}");
    }
}

/// Without light noise does not grow with it, and its gain comes out about 0, above or below it: background-subtracted images.
#[test]
fn read_noise_alone_is_no_reason_to_make_light() {
    let side = 64;
    for seed in 0..8 {
        let mut random = Random(seed);
        let spot = |at: usize| {
            let square = |at: usize| (at as f64 - 30.0).powi(2);
            100.0 * (-(square(at / side) + square(at % side)) / 20.0).exp()
        };
        let truth: Vec<f32> = (0..side * side).map(|at| spot(at) as f32).collect();
        let noisy: Vec<f32> = truth.iter().map(|truth| truth + (3.0 * random.normal()) as f32).collect();
        for method in METHODS {
            let mut denoised = noisy.clone();
            let outcome = run([1, side, side], &by(method, None), &mut denoised, 2);
            let left = error(&denoised, &truth);
            assert!(left < 3.1, "{method:?}, seed {seed}: {left} of 3; {outcome:?}");
        }
    }
}

/// Neither a dark frame below the stated offset, nor hardly any light beside the read noise, nor a read noise far above the
/// image's own makes or loses light, and all are smoothed.
#[test]
fn cameras_that_the_image_contradicts_keep_the_light() {
    let camera = |gain: f64, read_noise: f64| Camera { gain, offset: 100.0, read_noise, correlation: [0.0; 3] };
    for (camera, mean, sigma, is_contradicted) in [
        (camera(1.0, 5.0), 99.7, 5.0, false),
        (camera(1.0, 5.0), 100.1, 5.0, false),
        (camera(1.0, 40.0), 105.0, 4.0, true),
    ] {
        let mut random = Random(6);
        let noisy: Vec<f32> = (0..96 * 96).map(|_| (mean + sigma * random.normal()) as f32).collect();
        let level = |samples: &[f32]| samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / 9216.0;
        for method in METHODS {
            let mut denoised = noisy.clone();
            let outcome = run([1, 96, 96], &by(method, Some(camera)), &mut denoised, 2);
            assert!(
                (level(&denoised) - level(&noisy)).abs() < 0.02 * sigma,
                "{method:?}, {camera:?}: {}",
                level(&denoised)
            );
            let left = error(&denoised, &vec![mean as f32; 96 * 96]);
            assert!(left < 0.5 * sigma, "{method:?}, {camera:?}: {left}");
            assert_eq!(outcome.noise.doubts.has(Doubt::Contradicted), is_contradicted, "{:?}", outcome.noise);
        }
    }
}

#[test]
fn a_stated_gain_of_0_needs_no_offset() {
    let (_, image) = scene(64, 64);
    for method in STATISTICAL {
        let mut settings = by(method, None);
        settings.set_f64(DENOISE_GAIN, 0.0).unwrap();
        settings.set_f64(DENOISE_READ_NOISE, 0.5).unwrap();
        let mut denoised = image.clone();
        run([1, 64, 64], &settings, &mut denoised, 2);
        assert!(error(&denoised, &image) < 10.0, "{method:?}: {}", error(&denoised, &image));
    }
}

/// Lines of one sample's width are what the image is made of.
#[test]
fn what_stands_out_everywhere_is_kept() {
    let mut random = Random(4);
    let image: Vec<f32> =
        (0..64 * 64).map(|at| random.poisson(if at % 8 == 3 { 1000.0 } else { 10.0 }) as f32).collect();
    for method in STATISTICAL {
        let mut denoised = image.clone();
        let outcome = run([1, 64, 64], &by(method, None), &mut denoised, 2);
        assert_eq!(outcome.outliers, 0, "{method:?}");
        let line =
            |image: &[f32]| image.iter().skip(3).step_by(8).map(|sample| f64::from(*sample)).sum::<f64>() / 512.0;
        assert!((line(&denoised) / line(&image) - 1.0).abs() < 0.1, "{method:?}: {}", line(&denoised));
    }
}

#[test]
fn the_network_denoises() {
    let (truth, image) = scene(130, 150);
    let mut denoised = image.clone();
    run([1, 130, 150], &by(Denoising::Network, None), &mut denoised, 2);
    assert!(error(&denoised, &truth) < 0.6 * error(&image, &truth), "{}", error(&denoised, &truth));
}

#[test]
fn the_network_gives_the_same_in_any_unit() {
    let (_, image) = scene(130, 150);
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let workers = Workers::new(2).unwrap();
    let mut network = BuiltIn::new([1, 130, 150], None, 2).unwrap();
    let mut denoised = |gain: f32, offset: f32| {
        let mut samples: Vec<f32> = image.iter().map(|sample| gain * sample + offset).collect();
        let mut watch = Watch::new(&control, &mut listener);
        network.smooth(&mut samples, Region::whole([1, 130, 150]), 1.0, |sample| sample, &workers, &mut watch).unwrap();
        samples.iter().map(|sample| (sample - offset) / gain).collect::<Vec<_>>()
    };
    let plain = denoised(1.0, 0.0);
    assert!(error(&plain, &image) > 5.0);
    // Powers of two change no digits, others round.
    for gain in [2.0_f32.powi(-80), 2.0_f32.powi(90)] {
        assert!(denoised(gain, 0.0) == plain, "{gain:e}");
    }
    for (gain, offset) in [(0.003, 0.0), (1.0, 1000.0), (7.0, -500.0)] {
        let denoised = denoised(gain, offset);
        assert!(error(&denoised, &plain) < 1e-3, "{gain} {offset}: {}", error(&denoised, &plain));
    }
}

#[test]
fn the_network_goes_as_far_as_its_strength() {
    let (_, image) = scene(64, 140);
    let denoised = |strength: f64| {
        let (mut settings, mut samples) = (by(Denoising::Network, Some(CAMERA)), image.clone());
        settings.set_f64(DENOISE_STRENGTH, strength).unwrap();
        let outcome = run([1, 64, 140], &settings, &mut samples, 1);
        (samples, outcome.removed)
    };
    let ((half, less), (whole, all), (twice, _)) = (denoised(0.5), denoised(1.0), denoised(2.0));
    assert!(whole == twice);
    let middle = image.iter().zip(&whole).zip(&half).map(|((image, whole), half)| (0.5 * (image + whole) - half).abs());
    assert!(middle.fold(0.0, f32::max) < 1e-4);
    assert!((0.7..1.2).contains(&all) && (less / all - 0.5).abs() < 0.02, "{less} of {all}");
}

#[test]
fn the_network_sees_no_hot_pixels() {
    let (_, image) = scene(128, 128);
    let mut hot = image.clone();
    let places = [(20, 30), (64, 64), (100, 9)].map(|(y, x)| y * 128 + x);
    places.iter().for_each(|&at| hot[at] = 20_000.0);
    let (mut plain, settings) = (image, by(Denoising::Network, Some(CAMERA)));
    run([1, 128, 128], &settings, &mut plain, 2);
    let outcome = run([1, 128, 128], &settings, &mut hot, 2);
    assert!(outcome.outliers >= 3, "{}", outcome.outliers);
    let most = plain.iter().zip(&hot).map(|(plain, hot)| (plain - hot).abs()).fold(0.0, f32::max);
    assert!(most < 60.0, "{most}");
}

/// A listener hears of every half of a batch of tasks, in both passes, so that nobody waits long before being asked.
#[test]
fn patches_ask_after_each_half_of_their_tasks() {
    let (_, mut image) = scene(700, 48);
    let (control, mut heard) = (Control::new(), Vec::new());
    let workers = Workers::new(2).unwrap();
    let mut listener = |done| {
        heard.push(done);
        Answer::Continue
    };
    let mut denoise = Denoise::new([1, 700, 48], &settings(Some(CAMERA)), &Stated::NOTHING, None, 2).unwrap();
    denoise.execute(&mut image, &workers, &mut Watch::new(&control, &mut listener)).unwrap();
    // 18 tasks in two batches of each pass, and the end.
    assert_eq!(heard.len(), 2 * 2 * 2 + 1, "{heard:?}");
    assert!(heard.is_sorted() && heard.last() == Some(&1.0), "{heard:?}");
}

/// Wherever a part begins, between strides or at the image's ends.
#[test]
fn the_network_makes_of_parts_what_it_makes_of_the_whole() {
    let (ny, nx) = (330, 290);
    let (_, image) = scene(ny, nx);
    let (control, mut listener, workers) = (Control::new(), |_| Answer::Continue, Workers::new(2).unwrap());
    let mut watch = Watch::new(&control, &mut listener);
    let mut whole = image.clone();
    let mut network = BuiltIn::new([1, ny, nx], None, 2).unwrap();
    network.smooth(&mut whole, Region::whole([1, ny, nx]), 1.0, |sample| sample, &workers, &mut watch).unwrap();
    let changed = error(&whole, &image);
    let mut parts = BuiltIn::of_parts([1, 180, 190], [1, ny, nx], None, 2).unwrap();
    for (y0, x0, rows, columns) in [(0, 0, 180, 190), (37, 50, 180, 181), (150, 100, 180, 190), (201, 101, 129, 189)] {
        let mut part: Vec<f32> = (y0..y0 + rows).flat_map(|y| image[y * nx + x0..][..columns].to_vec()).collect();
        let place = Region { start: [0, y0, x0], shape: [1, rows, columns] };
        parts.smooth(&mut part, place, 1.0, |sample| sample, &workers, &mut watch).unwrap();
        // As far as nothing is seen of where the part was cut off.
        let kept = |at: usize, start: usize, length: usize, whole: usize| {
            (start == 0 || at >= SEEN) && (start + length == whole || at + SEEN < length)
        };
        let mut compared = 0;
        for y in (0..rows).filter(|&y| kept(y, y0, rows, ny)) {
            for x in (0..columns).filter(|&x| kept(x, x0, columns, nx)) {
                let (got, expected) = (part[y * columns + x], whole[(y0 + y) * nx + x0 + x]);
                assert!(
                    f64::from((got - expected).abs()) < 1e-3 * changed,
                    "{y0} {x0}: {got} and {expected} at {y} {x}"
                );
                compared += 1;
            }
        }
        assert!(compared > 50 * 50, "{compared}");
    }
}

/// Nothing farther away matters to the network.
const SEEN: usize = 60;
