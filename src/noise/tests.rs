use super::*;
use crate::image::{Piece, Pieces};
use crate::runtime::Workers;

/// Random numbers that are the same everywhere.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
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

/// What a specimen looks like before the microscope blurs it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Texture,
    Filaments,
    Blobs,
    Points,
    Flat,
    Ramp,
}

const KINDS: [Kind; 6] = [Kind::Texture, Kind::Filaments, Kind::Blobs, Kind::Points, Kind::Flat, Kind::Ramp];

/// Every row and column, then every line along z, filtered by a symmetric kernel that is given from its middle outwards.
fn filtered(image: &[f64], [nz, ny, nx]: [usize; 3], kernel: &[f64], axes: [bool; 3]) -> Vec<f64> {
    let mut image = image.to_vec();
    for (axis, (extent, pitch)) in [(nz, ny * nx), (ny, nx), (nx, 1)].into_iter().enumerate() {
        if !axes[axis] {
            continue;
        }
        let source = image.clone();
        for (at, value) in image.iter_mut().enumerate() {
            let place = (at / pitch % extent) as i64;
            let sample = |offset: i64| {
                let mirrored = (place + offset).rem_euclid(2 * extent as i64);
                let mirrored = mirrored.min(2 * extent as i64 - 1 - mirrored);
                source[(at as i64 + (mirrored - place) * pitch as i64) as usize]
            };
            *value = kernel[0] * source[at];
            for (offset, weight) in kernel.iter().enumerate().skip(1) {
                *value += weight * (sample(offset as i64) + sample(-(offset as i64)));
            }
        }
    }
    image
}

fn gaussian(sigma: f64) -> Vec<f64> {
    let weights: Vec<f64> =
        (0..=(4.0 * sigma) as i32).map(|at| (-0.5 * (f64::from(at) / sigma).powi(2)).exp()).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter().map(|weight| weight / sum).collect()
}

/// A blurred specimen whose brightest hundredth begins at 1.
fn specimen(random: &mut Random, kind: Kind, shape: [usize; 3], sigma: f64) -> Vec<f64> {
    let [nz, ny, nx] = shape;
    let samples = nz * ny * nx;
    let lateral = [false, true, true];
    let mut scene = vec![0.0; samples];
    match kind {
        Kind::Texture => {
            for width in [1.0, 3.0, 8.0] {
                let white: Vec<f64> = (0..samples).map(|_| random.normal()).collect();
                let grain = filtered(&white, shape, &gaussian(width), lateral);
                let spread = (grain.iter().map(|value| value * value).sum::<f64>() / samples as f64).sqrt();
                scene.iter_mut().zip(&grain).for_each(|(value, grain)| *value += 0.6 * grain / spread);
            }
            scene.iter_mut().for_each(|value| *value = value.exp());
        }
        Kind::Filaments => {
            for _ in 0..samples / 1500 {
                let (mut y, mut x) = (random.between(0.0, ny as f64), random.between(0.0, nx as f64));
                let (mut angle, light) = (random.between(0.0, 7.0), random.between(0.3, 1.5));
                let plane = (random.uniform() * nz as f64) as usize * ny * nx;
                for _ in 0..200 {
                    angle += 0.06 * random.normal();
                    (y, x) = (y + 0.5 * angle.sin(), x + 0.5 * angle.cos());
                    // Light is shared among four samples, so that lines are smooth.
                    for (cy, cx) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] {
                        let (py, px) = (y.floor() + cy, x.floor() + cx);
                        let share = (1.0 - (y - py).abs()) * (1.0 - (x - px).abs());
                        if (0.0..ny as f64).contains(&py) && (0.0..nx as f64).contains(&px) {
                            scene[plane + py as usize * nx + px as usize] += light * share;
                        }
                    }
                }
            }
        }
        Kind::Blobs => {
            for _ in 0..samples / 1200 + 3 {
                let [z, y, x] = [nz, ny, nx].map(|extent| random.between(0.0, extent as f64));
                let (radius, light) = (random.between(3.0, 12.0), random.between(0.2, 1.0));
                for (at, value) in scene.iter_mut().enumerate() {
                    let place = [at / (ny * nx), at / nx % ny, at % nx].map(|at| at as f64);
                    let distance = (place[0] - z).powi(2) + (place[1] - y).powi(2) + (place[2] - x).powi(2);
                    *value += if distance < radius * radius { light } else { 0.0 };
                }
            }
        }
        Kind::Points => {
            for _ in 0..samples / 600 + 3 {
                scene[(random.uniform() * samples as f64) as usize] += 10_f64.powf(random.between(-0.7, 0.7));
            }
        }
        Kind::Flat => scene.fill(1.0),
        Kind::Ramp => scene.iter_mut().enumerate().for_each(|(at, value)| *value = 0.1 + (at % nx) as f64 / nx as f64),
    }
    let blurred = filtered(&scene, shape, &gaussian(sigma), lateral);
    let mut sorted = blurred.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let unit = sorted[samples - 1 - samples / 1000].max(1e-9);
    blurred.iter().map(|value| value / unit).collect()
}

/// A camera, and what else becomes of its images.
#[derive(Clone, Copy, Debug)]
struct Setup {
    kind: Kind,
    shape: [usize; 3],
    sigma: f64,
    photons: f64,
    background: f64,
    camera: Camera,
    rounded: bool,
}

impl Setup {
    const USUAL: Self = Self {
        kind: Kind::Texture,
        shape: [1, 256, 256],
        sigma: 1.3,
        photons: 300.0,
        background: 0.02,
        camera: Camera { gain: 2.0, offset: 100.0, read_noise: 3.0, correlation: [0.0; 3] },
        rounded: true,
    };

    fn image(&self, seed: u64) -> Vec<f32> {
        let mut random = Random(seed);
        let Self { camera, shape, .. } = *self;
        let scene = specimen(&mut random, self.kind, shape, self.sigma);
        let light: Vec<f64> = scene.iter().map(|value| (value + self.background) * self.photons).collect();
        let mut noise: Vec<f64> = light
            .iter()
            .map(|&light| camera.gain * (random.poisson(light) - light) + camera.read_noise * random.normal())
            .collect();
        for (axis, &correlation) in camera.correlation.iter().enumerate().filter(|(_, correlation)| **correlation > 0.0)
        {
            // (a, 1, a) with squares that sum to 1.
            let a = (1.0 - (1.0 - 2.0 * correlation * correlation).max(0.0).sqrt()) / (2.0 * correlation);
            let unit = (1.0 + 2.0 * a * a).sqrt();
            noise = filtered(&noise, shape, &[1.0 / unit, a / unit], std::array::from_fn(|at| at == axis));
        }
        let values = light.iter().zip(&noise).map(|(light, noise)| camera.offset + camera.gain * light + noise);
        if self.rounded {
            values.map(|value| value.round().clamp(0.0, 65535.0) as f32).collect()
        } else {
            values.map(|value| value as f32).collect()
        }
    }

    fn found(&self, seed: u64) -> Noise {
        noise_of(&self.image(seed), self.shape)
    }

    /// The gain found over the true one.
    fn ratio(&self, noise: &Noise) -> f64 {
        noise.camera.gain / self.camera.gain
    }
}

fn noise_of(image: &[f32], shape: [usize; 3]) -> Noise {
    stated_noise_of(image, shape, &Stated::default())
}

fn stated_noise_of(image: &[f32], shape: [usize; 3], stated: &Stated) -> Noise {
    Estimator::new(shape).unwrap().of(image, shape, stated, &Workers::new(2).unwrap())
}

/// Twenty cameras and scenes that nothing was tuned on.
#[test]
fn gains_are_right_or_marked() {
    let mut random = Random(20_261_129);
    let (mut sure, mut close) = (0, 0);
    for seed in 0..20 {
        let correlation = if seed % 4 == 3 { random.between(0.1, 0.6) } else { 0.0 };
        let side = [160, 256, 320][seed as usize % 3];
        let setup = Setup {
            kind: KINDS[seed as usize % 6],
            shape: [1, side, side],
            sigma: random.between(0.9, 2.0),
            photons: 10_f64.powf(random.between(-1.0, 3.7)),
            background: [0.0, 0.02, 0.2][seed as usize % 3],
            camera: Camera {
                gain: 10_f64.powf(random.between(-1.0, 1.48)),
                offset: random.between(0.0, 500.0),
                read_noise: random.between(-5.0, 10.0).max(0.0),
                correlation: [0.0, correlation, correlation],
            },
            rounded: seed % 2 == 0,
        };
        let noise = setup.found(seed);
        let ratio = setup.ratio(&noise);
        assert!(!noise.sure || (ratio - 1.0).abs() < 0.1, "{ratio:.3} of {setup:?}: {noise:?}");
        assert!(!noise.sure || noise.doubts.is_empty() && noise.gain_error <= 0.05, "{noise:?}");
        sure += u32::from(noise.sure);
        close += u32::from((0.5..2.0).contains(&ratio));
    }
    // A rule that doubts everything would be right too. Half of these gains no image can show.
    assert!(sure >= 3 && close >= 12, "{sure} sure, {close} within a factor of 2");
}

#[test]
fn usual_images_leave_no_doubt() {
    for kind in [Kind::Texture, Kind::Filaments, Kind::Blobs, Kind::Ramp] {
        for (seed, photons) in [(1, 200.0), (2, 2000.0)] {
            let setup = Setup { kind, photons, shape: [1, 512, 512], ..Setup::USUAL };
            let noise = setup.found(seed);
            assert!((setup.ratio(&noise) - 1.0).abs() < 0.1, "{kind:?} {photons}: {noise:?}");
            // Many bright lines leave no place without structure, and that is said.
            assert!(noise.sure || (kind, photons) == (Kind::Filaments, 2000.0), "{kind:?} {photons}: {noise:?}");
            let mut sorted = setup.image(seed);
            sorted.sort_unstable_by(f32::total_cmp);
            for mean in [0.1, 0.5, 0.95].map(|part| f64::from(sorted[(sorted.len() as f64 * part) as usize])) {
                let ratio = noise.camera.variance(mean) / setup.camera.variance(mean);
                assert!((0.8..1.25).contains(&ratio), "{kind:?} {photons}: {ratio} at {mean}, {noise:?}");
            }
        }
    }
}

#[test]
fn correlation_along_each_axis_is_found() {
    for correlation in [[0.0, 0.0, 0.0], [0.0, 0.3, 0.0], [0.0, 0.0, 0.5], [0.4, 0.2, 0.6]] {
        let camera = Camera { correlation, ..Setup::USUAL.camera };
        let setup = Setup { camera, shape: [6, 128, 160], kind: Kind::Blobs, rounded: false, ..Setup::USUAL };
        let noise = setup.found(5);
        for (axis, wanted) in correlation.into_iter().enumerate() {
            let found = noise.camera.correlation[axis];
            assert!((found - wanted).abs() < 0.06, "{axis} of {correlation:?}: {found}");
        }
        assert_eq!(noise.doubts.has(Doubt::Correlated), correlation != [0.0; 3], "{noise:?}");
        assert!((0.75..1.33).contains(&setup.ratio(&noise)), "{correlation:?}: {noise:?}");
    }
}

#[test]
fn a_scale_and_an_offset_change_nothing_else() {
    let setup = Setup { kind: Kind::Blobs, rounded: false, ..Setup::USUAL };
    let (image, found) = (setup.image(3), setup.found(3));
    for scale in [1e-30_f32, 1.0 / 65536.0, 4096.0, 1e20] {
        let scaled: Vec<f32> = image.iter().map(|sample| sample * scale).collect();
        let noise = noise_of(&scaled, setup.shape);
        let ratio = noise.camera.gain / found.camera.gain / f64::from(scale);
        assert!((ratio - 1.0).abs() < 1e-3, "{scale}: {ratio}");
        assert_eq!(noise.doubts, found.doubts, "{scale}");
    }
}

#[test]
fn black_ground_does_not_hide_the_gain() {
    for (seed, kind) in [(1, Kind::Blobs), (2, Kind::Filaments), (3, Kind::Blobs)] {
        let camera = Camera::COUNTS;
        let setup = Setup { kind, camera, background: 0.0, photons: 300.0, ..Setup::USUAL };
        let mut image = setup.image(seed);
        // Nothing at all outside a field, as after deskewing.
        image.chunks_exact_mut(256).for_each(|row| row[..90].fill(0.0));
        let noise = noise_of(&image, setup.shape);
        assert!((0.8..1.25).contains(&noise.camera.gain), "{kind:?}: {noise:?}");
    }
}

#[test]
fn photons_of_one_spot_tell_the_gain() {
    let mut random = Random(3);
    let spot: Vec<f32> = (0..192 * 192)
        .map(|at| {
            let square = (f64::from(at / 192) - 90.0).powi(2) + (f64::from(at % 192) - 100.0).powi(2);
            random.poisson(30.0 * (-square / 800.0).exp()) as f32
        })
        .collect();
    let noise = noise_of(&spot, [1, 192, 192]);
    assert!((0.8..1.25).contains(&noise.camera.gain) && noise.camera.shift().abs() < 0.5, "{noise:?}");
}

#[test]
fn the_offset_is_not_above_what_is_dark() {
    // Less than one step of the samples per photon, so that the dark has no noise: all of it is the offset.
    let mut random = Random(4);
    for seed in 0..6 {
        let spots: Vec<[f64; 4]> = (0..10)
            .map(|_| {
                [random.between(10.0, 182.0), random.between(10.0, 182.0), random.between(3.0, 9.0), random.uniform()]
            })
            .collect();
        let image: Vec<f32> = (0..192 * 192)
            .map(|at| {
                let light = |[y, x, width, light]: &[f64; 4]| {
                    let square = (f64::from(at / 192) - y).powi(2) + (f64::from(at % 192) - x).powi(2);
                    300.0 * light * (-square / (2.0 * width * width)).exp()
                };
                (0.5 * random.poisson(spots.iter().map(light).sum()) + 100.0).round_ties_even() as f32
            })
            .collect();
        let noise = noise_of(&image, [1, 192, 192]);
        assert!((99.0..100.3).contains(&noise.camera.offset), "{seed}: {noise:?}");
    }
}

/// The verdict on every sample.
fn outliers(image: &[f32], [_, ny, nx]: [usize; 3], verdict: Outliers) -> Vec<usize> {
    let row = |y: usize| &image[y * nx..][..nx];
    let mut found = Vec::new();
    for y in 0..ny {
        let above = if y > 0 { row(y - 1) } else { &[] };
        let below = if y + 1 < ny { row(y + 1) } else { &[] };
        let mut start = 0;
        while let Some((x, _)) = verdict.next(above, row(y), below, start) {
            found.push(y * nx + x);
            start = x + 1;
        }
    }
    found
}

#[test]
fn what_stands_out_alone_is_found_and_no_light_is() {
    for (at, kind) in KINDS.into_iter().enumerate() {
        for (photons, sigma) in [(2.0, 0.8), (60.0, 1.3), (3000.0, 0.7)] {
            let setup = Setup { kind, photons, sigma, ..Setup::USUAL };
            let mut image = setup.image(at as u64);
            let (noise, nx) = (noise_of(&image, setup.shape), setup.shape[2]);
            let verdict = Outliers::new(&noise, Outliers::SHARPEST).unwrap();
            assert_eq!(outliers(&image, setup.shape, verdict), Vec::<usize>::new(), "{setup:?}: {noise:?}");
            let brightest = image.iter().copied().fold(0.0, f32::max);
            // Alone, in a pair, and at the border.
            let hot = [100 * nx + 40, 140 * nx + 70, 140 * nx + 71, 200 * nx + 200, 7];
            hot.iter().for_each(|&at| image[at] = 40.0 * brightest);
            let mut expected = hot;
            expected.sort_unstable();
            assert_eq!(outliers(&image, setup.shape, verdict), expected, "{setup:?}");
        }
    }
}

#[test]
fn hot_and_saturated_pixels_are_left_out_and_counted() {
    let setup = Setup { kind: Kind::Blobs, shape: [1, 384, 384], ..Setup::USUAL };
    let plain = setup.found(7);
    let mut hot = setup.image(7);
    let mut random = Random(5);
    for _ in 0..100 {
        hot[(random.uniform() * 147_456.0) as usize] = if random.uniform() < 0.5 { 65535.0 } else { 4095.0 };
    }
    let noise = noise_of(&hot, setup.shape);
    assert!((noise.camera.gain / plain.camera.gain - 1.0).abs() < 0.1, "{noise:?}, {plain:?}");
    assert!(
        (0.7..1.3).contains(&(noise.outliers * 147_456.0 / 100.0)) && plain.outliers == 0.0,
        "{noise:?}, {plain:?}"
    );
    let clipped: Vec<f32> = setup.image(7).iter().map(|sample| sample.min(400.0)).collect();
    let noise = noise_of(&clipped, setup.shape);
    let share = clipped.iter().filter(|sample| **sample == 400.0).count() as f64 / 147_456.0;
    assert!((noise.saturated / share - 1.0).abs() < 0.2 && share > 0.01, "{noise:?}: {share}");
    assert!((noise.camera.gain / setup.camera.gain - 1.0).abs() < 0.2, "{noise:?}");
}

#[test]
fn what_cannot_be_seen_is_marked() {
    let setup = Setup { kind: Kind::Blobs, photons: 1000.0, ..Setup::USUAL };
    let image = setup.image(9);
    let gamma: Vec<f32> = image.iter().map(|sample| (255.0 * (sample / 4000.0).powf(0.45)).round()).collect();
    let smoothed: Vec<f64> = image.iter().map(|sample| f64::from(*sample)).collect();
    let smoothed = filtered(&smoothed, setup.shape, &gaussian(1.0), [false, true, true]);
    let smoothed: Vec<f32> = smoothed.iter().map(|sample| *sample as f32).collect();
    let coarse: Vec<f32> = image.iter().map(|sample| (sample / 300.0).round() * 300.0).collect();
    let flat = Setup { kind: Kind::Flat, ..setup }.image(9);
    let cases =
        [("gamma", gamma), ("smoothed", smoothed), ("coarse", coarse), ("flat", flat), ("constant", vec![7.0; 65536])];
    for (name, image) in cases {
        let noise = noise_of(&image, setup.shape);
        assert!(!noise.sure && !noise.doubts.is_empty(), "{name}: {noise:?}");
        assert!(
            noise.camera.gain > 0.0 && noise.camera.gain.is_finite() && noise.camera.shift().is_finite(),
            "{name}: {noise:?}"
        );
    }
    for shape in [[1, 1, 1], [1, 7, 9], [3, 5, 7], [1, 1, 100], [40, 8, 8]] {
        let noise = noise_of(&vec![3.0; shape.iter().product()], shape);
        assert!(!noise.sure && noise.camera.gain > 0.0, "{shape:?}: {noise:?}");
    }
}

#[test]
fn what_is_stated_is_taken() {
    let flat = Setup { kind: Kind::Flat, ..Setup::USUAL };
    let image = flat.image(4);
    let camera = flat.camera;
    let stated = Stated { offset: Some(camera.offset), read_noise: Some(camera.read_noise), ..Stated::default() };
    let noise = stated_noise_of(&image, flat.shape, &stated);
    assert!(noise.sure && (flat.ratio(&noise) - 1.0).abs() < 0.05, "{noise:?}");
    assert_eq!((noise.camera.offset, noise.camera.read_noise), (camera.offset, camera.read_noise));
    let noise = stated_noise_of(&image, flat.shape, &Stated { gain: Some(camera.gain), ..Stated::default() });
    assert!(noise.sure && noise.camera.gain == camera.gain, "{noise:?}");
    assert!((noise.camera.shift() - camera.shift()).abs() < 20.0, "{noise:?}");
    let textured = Setup { shape: [1, 512, 512], ..Setup::USUAL };
    let wrong = Stated { gain: Some(4.0 * textured.camera.gain), ..Stated::default() };
    let noise = stated_noise_of(&textured.image(4), textured.shape, &wrong);
    assert!(noise.doubts.has(Doubt::Contradicted) && noise.camera.gain == 8.0, "{noise:?}");
}

#[test]
fn pieces_and_threads_give_the_same_bits() {
    let setup = Setup { shape: [3, 120, 203], kind: Kind::Blobs, ..Setup::USUAL };
    let (image, shape) = (setup.image(2), setup.shape);
    let whole = noise_of(&image, shape);
    for (samples, rows, threads) in [(4000, 40, 1), (1000, 16, 3), (100_000, 300, 5)] {
        let workers = Workers::new(threads).unwrap();
        let mut estimator = Estimator::new(shape).unwrap();
        // What was seen of another image leaves no trace.
        estimator.of(&vec![5.0; image.len()], shape, &Stated::default(), &workers);
        estimator.begin();
        let pieces = Pieces::new(shape, samples, rows);
        for at in 0..pieces.count() {
            let (region, own) = pieces.piece(at);
            let [z, y, x] = region.start;
            let part: Vec<f32> = (0..region.samples())
                .map(|at| {
                    let [_, ny, nx] = region.shape;
                    image[((z + at / (ny * nx)) * shape[1] + y + at / nx % ny) * shape[2] + x + at % nx]
                })
                .collect();
            estimator.visit(&Piece { samples: &part, region, own }, &workers);
        }
        assert_eq!(estimator.noise(&Stated::default()), whole, "{samples} samples, {threads} threads");
    }
}
