//! Parts against the statistics that they must have, and learning against the truth of scenes.

use super::*;
use crate::noise::{Camera, Random};
use crate::runtime::{Answer, Control};

/// One crop of even light with noise of that camera, correlated along x as a window (a, 1, a) does.
fn flat(photons: f64, camera: Camera, share: f64) -> Crops {
    let mut random = Random::new(3);
    let noise: Vec<f64> = (0..EXTENT * EXTENT).map(|_| random.normal()).collect();
    let deviation = (camera.gain * camera.gain * photons + camera.read_noise.powi(2)).sqrt();
    let image: Vec<f32> = (0..EXTENT * EXTENT)
        .map(|at| {
            let (row, x) = (&noise[at / EXTENT * EXTENT..][..EXTENT], at % EXTENT);
            let window = row[x] + share * (row[(x + EXTENT - 1) % EXTENT] + row[(x + 1) % EXTENT]);
            let shared = window / (1.0 + 2.0 * share * share).sqrt();
            let counted = if share == 0.0 && photons < 20.0 {
                camera.gain * (poisson(&mut random, photons) - photons) + camera.read_noise * shared
            } else {
                deviation * shared
            };
            (camera.offset + camera.gain * photons + counted) as f32
        })
        .collect();
    let [_, along_y, along_x] = camera.correlation;
    let shared = Shared::of_neighbours([along_y, along_x]);
    let mut crops = Crops::new(&image, [1, EXTENT, EXTENT], &Noise::stated(camera), shared, 1).unwrap();
    let variance = crops.camera.variance(crops.camera.offset + crops.camera.gain * photons);
    crops.all[0].variances.fill(variance as f32);
    crops
}

fn poisson(random: &mut Random, mean: f64) -> f64 {
    let (limit, mut product, mut count) = ((-mean).exp(), random.uniform(), 0.0);
    while product > limit {
        product *= random.uniform();
        count += 1.0;
    }
    count
}

/// The parts that are given and asked for have the light of the whole, 4/3 and 4 times its variance, and noise that the other does
/// not share: all within five standard errors.
#[test]
fn parts_of_photons_have_noise_of_their_own() {
    let correlation = |share: f64| 2.0 * share / (1.0 + 2.0 * share * share);
    for (photons, read_noise, share) in [(3.0, 0.0, 0.0), (8.0, 4.0, 0.0), (400.0, 10.0, 0.0), (400.0, 0.0, 0.4)] {
        let camera = Camera { gain: 2.0, offset: 100.0, read_noise, correlation: [0.0, 0.0, correlation(share)] };
        let crops = flat(photons, camera, share);
        let crop = &crops.all[0];
        let (mut pairs, mut pair) = (Pairs::new(Method::Splitting).unwrap(), Pair::new().unwrap());
        pairs.draw(&crops, crop, Use::Learnt, 77, &mut pair);
        let count = (EXTENT * EXTENT) as f64;
        let mean = |samples: &[f32]| samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
        let [given, asked] = [&pair.given, &pair.asked].map(|samples| mean(samples));
        let covariance = |left: &[f32], right: &[f32], shift: usize| {
            let (of_left, of_right) = (mean(left), mean(right));
            let products = left.iter().zip(right.iter().cycle().skip(shift));
            products.map(|(left, right)| (f64::from(*left) - of_left) * (f64::from(*right) - of_right)).sum::<f64>()
                / count
        };
        let variance = f64::from(crop.variances[0]);
        // What neighbours share makes sums of samples vary more.
        let doubt = 5.0 * (1.0 + 2.0 * correlation(share)) / count.sqrt();
        let what = format!("{photons} photons, read noise {read_noise}, share {share}");
        let truth = crops.camera.offset + crops.camera.gain * photons;
        assert!((given - truth).abs() < doubt * (variance * 4.0 / 3.0).sqrt(), "{what}: given {given}, not {truth}");
        assert!((asked - truth).abs() < doubt * (variance * 4.0).sqrt(), "{what}: asked for {asked}, not {truth}");
        // The variance of a variance of few photons is higher than a normal one's, by 1 / mean.
        let of_variance = doubt * (2.0 + 1.0 / photons).sqrt() * 2.0;
        let (own, other) = (covariance(&pair.given, &pair.given, 0), covariance(&pair.asked, &pair.asked, 0));
        assert!((own / variance - 4.0 / 3.0).abs() < 4.0 / 3.0 * of_variance, "{what}: variance {own} of {variance}");
        assert!((other / variance - 4.0).abs() < 4.0 * of_variance, "{what}: variance {other} of {variance}");
        for shift in [0, 1] {
            let shared = covariance(&pair.given, &pair.asked, shift) / (own * other).sqrt();
            assert!(shared.abs() < doubt, "{what}: parts {shift} samples apart share {shared} of their noise");
        }
    }
}

#[test]
fn what_is_taken_out_does_not_reach_the_network() {
    for reach in [[0, 0], [0, 2], [2, 2]] {
        let mut crops = flat(400.0, Camera { gain: 2.0, ..Camera::COUNTS }, 0.0);
        let (mut pairs, mut pair) = (Pairs::new(Method::BlindSpots(reach)).unwrap(), Pair::new().unwrap());
        pairs.draw(&crops, &crops.all[0], Use::Learnt, 5, &mut pair);
        let asked: Vec<usize> = (0..EXTENT * EXTENT).filter(|at| pair.weights[*at] > 0.0).collect();
        // One in each cell, but for the quarter that is held out.
        assert!(asked.len() > EXTENT * EXTENT / 100, "{}", asked.len());
        let before = pair.given.clone();
        for &at in &asked {
            assert!(crops.all[0].uses[at] == Use::Learnt && pair.asked[at] == crops.all[0].samples[at]);
        }
        for &at in &asked {
            let (y, x) = (at / EXTENT, at % EXTENT);
            for v in y.saturating_sub(reach[0])..EXTENT.min(y + reach[0] + 1) {
                for u in x.saturating_sub(reach[1])..EXTENT.min(x + reach[1] + 1) {
                    crops.all[0].samples[v * EXTENT + u] += 100.0;
                }
            }
        }
        let changed: Vec<usize> =
            (0..EXTENT * EXTENT).filter(|at| crops.all[0].samples[*at] != pair.asked[*at]).collect();
        pairs.draw(&crops, &crops.all[0], Use::Learnt, 5, &mut pair);
        // Nothing of what was taken out is in what is given: where neighbours of one spot are the surroundings of another, that
        // one's median may move by them, but no sample of its own is seen.
        let seen = changed.iter().filter(|at| pair.given[**at] == crops.all[0].samples[**at]).count();
        assert_eq!(seen, 0, "{reach:?}");
        let moved = asked.iter().filter(|at| pair.given[**at] != before[**at]).count();
        assert!(reach != [0, 0] || moved < asked.len() / 4, "{reach:?}: {moved} of {}", asked.len());
    }
}

/// White noise round the borders of a plane, through a filter (y, x) of odd extents; of variance 1.
fn filtered(extent: usize, filter: &[&[f64]], seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let white: Vec<f64> = (0..extent * extent).map(|_| random.normal()).collect();
    let energy: f64 = filter.iter().flat_map(|row| row.iter()).map(|tap| tap * tap).sum();
    let [high, wide] = [filter.len() / 2, filter[0].len() / 2];
    let sample = |y: usize, x: usize| {
        let row = |v: usize| &white[(y + extent + v - high) % extent * extent..][..extent];
        let taps =
            filter.iter().enumerate().flat_map(|(v, taps)| taps.iter().enumerate().map(move |(u, tap)| (v, u, tap)));
        taps.map(|(v, u, tap)| tap * row(v)[(x + extent + u - wide) % extent]).sum::<f64>() / energy.sqrt()
    };
    (0..extent * extent).map(|at| sample(at / extent, at % extent)).collect()
}

/// The covariance of samples so far apart along y and x, round the borders.
fn covariance_at(samples: &[f64], extent: usize, [by_y, by_x]: [usize; 2]) -> f64 {
    let other = |at: usize| samples[(at / extent + by_y) % extent * extent + (at % extent + by_x) % extent];
    samples.iter().enumerate().map(|(at, sample)| sample * other(at)).sum::<f64>() / samples.len() as f64
}

/// Filters whose noise next neighbours do not describe: what is drawn shares noise as the image does, to a tenth, at all distances. What the
/// image itself shows is uncertain by less than 0.03.
#[test]
fn what_is_drawn_shares_noise_as_the_image_does() {
    let long: &[&[f64]] = &[&[0.5, 1.0, 1.0, 1.0, 0.5]];
    let round: &[&[f64]] = &[
        &[0.1, 0.2, 0.3, 0.2, 0.1],
        &[0.2, 0.6, 0.8, 0.6, 0.2],
        &[0.3, 0.8, 1.0, 0.8, 0.3],
        &[0.2, 0.6, 0.8, 0.6, 0.2],
        &[0.1, 0.2, 0.3, 0.2, 0.1],
    ];
    // High frequencies, by which cameras are found, have less of such noise.
    for (filter, missed) in [(&[&[1.0][..]][..], 1.0), (long, 5.0), (round, 5.0)] {
        let noise = filtered(256, filter, 8);
        let image: Vec<f32> = noise.iter().map(|noise| (1000.0 + 20.0 * noise) as f32).collect();
        let camera = Camera { gain: 0.0, offset: 1000.0, read_noise: 20.0 / missed, correlation: [0.0; 3] };
        let found = Noise { signal_independent: true, ..Noise::stated(camera) };
        let shared = Shared::of(&image, [1, 256, 256], &found).unwrap().unwrap();
        assert_eq!(shared.is_nothing(), filter.len() * filter[0].len() == 1);
        assert!((shared.variance / (missed * missed) - 1.0).abs() < 0.1, "{}", shared.variance);
        let (mut white, mut drawn) = (vec![0.0; EXTENT * EXTENT], vec![0.0; EXTENT * EXTENT]);
        let mut sums = [[0.0; 5]; 5];
        let places = || (0..5).flat_map(|y| (0..5).map(move |x| [y, x]));
        for number in 0..16 {
            shared.draw(number, &mut white, &mut drawn);
            let drawn: Vec<f64> = drawn.iter().map(|sample| f64::from(*sample)).collect();
            places().for_each(|[y, x]| sums[y][x] += covariance_at(&drawn, EXTENT, [y, x]) / 16.0);
        }
        for [y, x] in places() {
            let truth = covariance_at(&noise, 256, [y, x]);
            assert!((sums[y][x] - truth).abs() < 0.1, "{} of {truth} at {y}, {x}", sums[y][x]);
        }
    }
}

/// A scene of fine lines, and the image that photons make of it.
fn scene(ny: usize, nx: usize) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random::new(9);
    let truth: Vec<f32> =
        (0..ny * nx).map(|at| if (at % nx + at / nx).is_multiple_of(8) { 60.0 } else { 10.0 }).collect();
    let image = truth.iter().map(|&mean| poisson(&mut random, f64::from(mean)) as f32).collect();
    (truth, image)
}

fn learnt(image: &[f32], shape: [usize; 3], settings: &Settings, threads: usize) -> Learnt {
    let (control, mut listener) = (Control::new(), |_| Answer::Continue);
    let mut watch = Watch::new(&control, &mut listener);
    let workers = Workers::new(threads).unwrap();
    learn(&Source { image, shape }, &denoiser::weights().unwrap(), settings, &workers, &mut watch).unwrap()
}

fn settings(steps: i64) -> Settings {
    let mut settings = Settings::new("learn");
    settings.set_i64(LEARN_STEPS, steps).unwrap();
    settings
}

/// Mean square distance from the truth of what weights make of an image.
fn error(weights: &[f32], image: &[f32], truth: &[f32], [ny, nx]: [usize; 2]) -> f64 {
    let workers = Workers::new(2).unwrap();
    let mut network = Network::new(&denoiser::graph(), [ny, nx], 2).unwrap();
    network.load(weights);
    let mut sum = 0.0;
    while let Some(rows) = network.advance(|y, row| row.copy_from_slice(&image[y * nx..][..nx]), &workers) {
        for y in rows {
            let differences = network.result(y).iter().zip(&truth[y * nx..]);
            sum += differences.map(|(result, truth)| f64::from(result - truth).powi(2)).sum::<f64>();
        }
    }
    sum / (ny * nx) as f64
}

#[test]
fn a_network_learns_what_an_image_is_made_of() {
    let (truth, image) = scene(128, 128);
    let mut settings = settings(64);
    settings.set_f64(LEARN_GAIN, 1.0).unwrap();
    let all = learnt(&image, [1, 128, 128], &settings, 2);
    let before = error(&denoiser::weights().unwrap(), &image, &truth, [128, 128]);
    let after = error(&all.weights, &image, &truth, [128, 128]);
    assert!(all.outcome.best_step > 0 && after < 0.95 * before, "{after} of {before}: {:?}", all.outcome);
    let held_out = all.outcome.held_out.unwrap();
    assert!(held_out.after < held_out.before - held_out.error);
}

#[test]
fn threads_change_no_bit_and_seeds_do() {
    let (_, image) = scene(128, 128);
    let mut other = settings(32);
    other.set_i64(LEARN_SEED, 1).unwrap();
    let [one, three] = [1, 3].map(|threads| learnt(&image, [1, 128, 128], &settings(32), threads));
    assert!(one.outcome.best_step > 0 && one.weights == three.weights);
    assert!(one.weights != learnt(&image, [1, 128, 128], &other, 3).weights);
}

#[test]
fn where_there_is_nothing_to_learn_the_network_stays() {
    let start = denoiser::weights().unwrap();
    let slope: Vec<f32> = (0..128 * 128).map(|at| (at % 128 + at / 128) as f32).collect();
    let (_, image) = scene(63, 128);
    for (image, shape, why) in [
        (&slope, [1, 128, 128], "no_noise"),
        (&vec![7.0; 128 * 128], [1, 128, 128], "no_noise"),
        (&vec![0.0; 128 * 128], [1, 128, 128], "no_noise"),
        (&image, [1, 63, 128], "too_small"),
    ] {
        let found = learnt(image, shape, &settings(32), 2);
        assert_eq!((found.outcome.kept, found.outcome.steps), (Some(why), 0));
        assert!(found.weights == start);
    }
}

/// Noise that is shared farther than the next neighbour, as of averages over moving windows, is not what parts are made by.
#[test]
fn noise_that_is_not_as_it_was_found_teaches_nothing() {
    let mut random = Random::new(4);
    let white: Vec<f32> = (0..128 * 128).map(|_| random.normal() as f32).collect();
    let (truth, _) = scene(128, 128);
    let image: Vec<f32> = (0..128 * 128)
        .map(|at| {
            let (y, x) = (at / 128, at % 128);
            let window = (0..25).map(|by| white[(y + by / 5) % 128 * 128 + (x + by % 5) % 128]).sum::<f32>();
            100.0 + truth[at / 8 * 8] + 2.0 * window
        })
        .collect();
    let found = learnt(&image, [1, 128, 128], &settings(32), 2);
    assert_eq!((found.outcome.kept, found.outcome.steps), (Some("noise_differs"), 0), "{:?}", found.outcome);
    assert!(found.weights == denoiser::weights().unwrap());
}

#[test]
fn a_cancel_keeps_the_best_state() {
    let (_, image) = scene(128, 128);
    let start = denoiser::weights().unwrap();
    let workers = Workers::new(2).unwrap();
    let settings = settings(64);
    for stop in [0.55, -1.0] {
        let (control, mut listener) =
            (Control::new(), |done: f64| if done > stop { Answer::Cancel } else { Answer::Continue });
        let mut watch = Watch::new(&control, &mut listener);
        let source = Source { image: &image, shape: [1, 128, 128] };
        let found = learn(&source, &start, &settings, &workers, &mut watch);
        if stop < 0.0 {
            assert!(matches!(found, Err(crate::error::Error::Cancelled)));
            continue;
        }
        let found = found.unwrap();
        assert_eq!((found.outcome.ended, found.outcome.steps, found.outcome.best_step), (Ended::Cancelled, 36, 32));
        assert!(found.weights != start);
    }
}
