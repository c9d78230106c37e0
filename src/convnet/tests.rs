//! Layers against slow, obvious code in f64, for all lanes, in images of more rows than are held.

use super::*;
use crate::runtime::Workers;
use crate::simd::Lanes;

/// Planes of one image: channels, then y, then x.
#[derive(Clone)]
struct Planes {
    channels: usize,
    extents: [usize; 2],
    samples: Vec<f64>,
}

impl Planes {
    fn random(channels: usize, extents: [usize; 2], seed: u64) -> Self {
        let samples = numbers(channels * extents[0] * extents[1], seed);
        Self { channels, extents, samples: samples.into_iter().map(f64::from).collect() }
    }

    fn of(channels: usize, extents: [usize; 2], sample: impl Fn(usize, usize, usize) -> f64) -> Self {
        let [ny, nx] = extents;
        let all = (0..channels * ny * nx).map(|at| sample(at / (ny * nx), at / nx % ny, at % nx));
        Self { channels, extents, samples: all.collect() }
    }

    /// Zero outside.
    fn at(&self, channel: usize, y: i64, x: i64) -> f64 {
        let [ny, nx] = self.extents;
        let inside = (0..ny as i64).contains(&y) && (0..nx as i64).contains(&x);
        if inside { self.samples[(channel * ny + y as usize) * nx + x as usize] } else { 0.0 }
    }
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

/// What the engine makes of an image.
fn run(graph: &Graph, weights: &[f32], image: &Planes, threads: usize, lanes: Lanes) -> Planes {
    let workers = Workers::new(threads).unwrap();
    let mut network = Network::with_lanes(graph, image.extents, threads, lanes).unwrap();
    network.load(weights);
    let channels = *graph.channels.last().unwrap();
    let mut rows = Vec::new();
    // The second time nothing may be left of the first.
    for _ in 0..2 {
        rows.clear();
        network.begin();
        let feed = |y: usize, row: &mut [f32]| {
            for (at, sample) in row.iter_mut().enumerate() {
                let (x, channel) = (at / image.channels, at % image.channels);
                *sample = image.at(channel, y as i64, x as i64) as f32;
            }
        };
        while let Some(made) = network.advance(feed, &workers) {
            made.for_each(|y| rows.push(network.result(y).to_vec()));
        }
    }
    assert_eq!(rows.len(), network.extents()[0]);
    Planes::of(channels, network.extents(), |channel, y, x| f64::from(rows[y][x * channels + channel]))
}

/// Holds the engine to the truth for all lanes, and to the same bits for any number of threads.
fn hold(graph: &Graph, weights: &[f32], image: &Planes, truth: &Planes, what: &str) {
    for lanes in Lanes::available() {
        let found = run(graph, weights, image, 1, lanes);
        assert_eq!((found.channels, found.extents), (truth.channels, truth.extents), "{what}");
        let largest = truth.samples.iter().fold(0.0_f64, |largest, sample| largest.max(sample.abs()));
        let error = found.samples.iter().zip(&truth.samples).map(|(found, truth)| (found - truth).abs());
        let error = error.fold(0.0, f64::max) / largest;
        assert!(error < 3e-6, "{what}, {lanes:?}: {error:.1e} of the largest");
        assert!(run(graph, weights, image, 3, lanes).samples == found.samples, "{what}, {lanes:?}: threads change it");
    }
}

fn convolved(image: &Planes, layer: &Convolution, weights: &[f64], plus: Option<&Planes>) -> Planes {
    let Convolution { outputs, kernel, stride, dilation, padding, rectified } = *layer;
    let extents = image.extents.map(|extent| (extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1);
    Planes::of(outputs, extents, |output, y, x| {
        let mut sum = plus.map_or(0.0, |plus| plus.at(output, y as i64, x as i64));
        for (at, weight) in weights[output * image.channels * kernel * kernel..].iter().enumerate() {
            let (channel, v, u) = (at / (kernel * kernel), at / kernel % kernel, at % kernel);
            if channel == image.channels {
                break;
            }
            let place = |y: usize, v: usize| (y * stride + v * dilation) as i64 - padding as i64;
            sum += weight * image.at(channel, place(y, v), place(x, u));
        }
        if rectified { sum.max(0.0) } else { sum }
    })
}

fn upsampled(image: &Planes, layer: &Upsampling, weights: &[f64], plus: Option<&Planes>) -> Planes {
    let Upsampling { outputs, factor } = *layer;
    Planes::of(outputs, image.extents.map(|extent| extent * factor), |output, y, x| {
        let weight = |input: usize| weights[((input * outputs + output) * factor + y % factor) * factor + x % factor];
        let term = |input: usize| weight(input) * image.at(input, (y / factor) as i64, (x / factor) as i64);
        plus.map_or(0.0, |plus| plus.at(output, y as i64, x as i64)) + (0..image.channels).map(term).sum::<f64>()
    })
}

fn doubles(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&number| f64::from(number)).collect()
}

#[test]
fn convolutions_are_those_of_slow_code() {
    for (inputs, outputs, kernel, stride, dilation, extents) in [
        (1, 16, 3, 1, 1, [45, 19]),
        (3, 32, 5, 1, 1, [9, 12]),
        (16, 16, 1, 1, 1, [70, 7]),
        (16, 48, 2, 2, 1, [38, 22]),
        (16, 16, 4, 2, 1, [36, 21]),
        (32, 16, 5, 1, 2, [40, 13]),
        (16, 1, 3, 1, 1, [41, 35]),
        (32, 3, 3, 2, 1, [21, 18]),
        // By way of six points: whole tiles, parts of tiles, narrower than a tile, several stretches of tiles.
        (16, 16, 3, 1, 1, [70, 16]),
        (32, 16, 3, 1, 1, [35, 109]),
        (16, 64, 3, 1, 1, [5, 3]),
        (16, 32, 3, 1, 2, [43, 25]),
        (16, 16, 3, 1, 2, [9, 240]),
        (16, 16, 3, 1, 3, [37, 31]),
    ] {
        let weights = numbers(inputs * outputs * kernel * kernel, 5);
        let padding = if kernel % 2 == 1 { dilation * (kernel / 2) } else { 0 };
        let image = Planes::random(inputs, extents, 7);
        for rectified in [false, true] {
            let layer = Convolution { outputs, kernel, stride, dilation, padding, rectified };
            let mut graph = Graph::new(inputs);
            graph.convolution(graph.input(), None, layer);
            let truth = convolved(&image, &layer, &doubles(&weights), None);
            hold(&graph, &weights, &image, &truth, &format!("{layer:?} {extents:?}"));
        }
    }
}

#[test]
fn what_is_added_is_added_before_it_is_rectified() {
    for outputs in [16, 1] {
        let image = Planes::random(16, [50, 21], 9);
        let layer =
            |kernel, rectified| Convolution { outputs, kernel, stride: 1, dilation: 1, padding: kernel / 2, rectified };
        let mut graph = Graph::new(16);
        let plus = graph.convolution(graph.input(), None, layer(1, false));
        graph.convolution(graph.input(), Some(plus), layer(3, true));
        let weights = numbers(graph.parameters(), 3);
        let (one, three) = (doubles(&weights[..16 * outputs]), doubles(&weights[16 * outputs..]));
        let plus = convolved(&image, &layer(1, false), &one, None);
        let truth = convolved(&image, &layer(3, true), &three, Some(&plus));
        hold(&graph, &weights, &image, &truth, "3 x 3 taps and an addend");
    }
}

#[test]
fn upsampling_is_that_of_slow_code() {
    for (inputs, outputs, factor) in [(16, 16, 2), (32, 16, 3), (1, 32, 2)] {
        let image = Planes::random(inputs, [37, 14], 2);
        let mut graph = Graph::new(inputs);
        let layer = Upsampling { outputs, factor };
        graph.upsampling(graph.input(), None, layer);
        let weights = numbers(graph.parameters(), 11);
        let truth = upsampled(&image, &layer, &doubles(&weights), None);
        hold(&graph, &weights, &image, &truth, &format!("{inputs} to {outputs}, {factor} times"));
    }
}

#[test]
fn means_are_over_what_there_is() {
    for (channels, extents) in [(1, [60, 40]), (1, [5, 3]), (2, [20, 11]), (16, [33, 18])] {
        let image = Planes::random(channels, extents, 21);
        for along in [Along::Y, Along::X] {
            let mut graph = Graph::new(channels);
            let mean = graph.mean(graph.input(), 17, along);
            graph.difference(graph.input(), mean);
            let truth = Planes::of(channels, extents, |channel, y, x| {
                let (place, extent) = if along == Along::Y { (y, extents[0]) } else { (x, extents[1]) };
                let window = place.saturating_sub(8)..extent.min(place + 9);
                let sample = |at: usize| {
                    let (y, x) = if along == Along::Y { (at, x) } else { (y, at) };
                    image.at(channel, y as i64, x as i64)
                };
                sample(place) - window.clone().map(sample).sum::<f64>() / window.len() as f64
            });
            hold(&graph, &[], &image, &truth, &format!("{along:?} {channels} {extents:?}"));
        }
    }
}

#[test]
fn sizes_that_do_not_meet_are_an_error() {
    let mut graph = Graph::new(16);
    let layer = Convolution { outputs: 16, kernel: 2, stride: 2, dilation: 1, padding: 0, rectified: false };
    let half = graph.convolution(graph.input(), None, layer);
    graph.upsampling(half, Some(graph.input()), Upsampling { outputs: 16, factor: 2 });
    assert!(Network::new(&graph, [8, 10], 1).is_ok());
    let error = Network::new(&graph, [9, 10], 1).err().unwrap();
    assert!(error.text().contains("[8, 10] px (y, x), and adds [9, 10] px"), "{}", error.text());
}

/// A network of all kinds of layers, and its derivatives by differences of slow code.
#[test]
fn derivatives_are_those_of_slow_code() {
    let taps = |outputs, kernel, dilation, rectified| Convolution {
        outputs,
        kernel,
        stride: 1,
        dilation,
        padding: dilation * (kernel / 2),
        rectified,
    };
    let enter = taps(16, 3, 1, true);
    let halved = Convolution { outputs: 32, kernel: 2, stride: 2, dilation: 1, padding: 0, rectified: false };
    let (far, near) = (taps(32, 3, 2, true), taps(32, 3, 1, false));
    let doubled = Upsampling { outputs: 16, factor: 2 };
    let (wide, point, leave) = (taps(16, 5, 1, false), taps(16, 1, 1, true), taps(1, 3, 1, false));

    let mut graph = Graph::new(1);
    let image = graph.input();
    let mean = graph.mean(image, 5, Along::X);
    let difference = graph.difference(image, mean);
    let entered = graph.convolution(difference, None, enter);
    let half = graph.convolution(entered, None, halved);
    let x = graph.convolution(half, None, far);
    let x = graph.convolution(x, Some(half), near);
    let x = graph.upsampling(x, Some(entered), doubled);
    let x = graph.convolution(x, None, wide);
    let x = graph.convolution(x, None, point);
    graph.convolution(x, Some(mean), leave);
    let lens = [144, 16 * 32 * 4, 32 * 32 * 9, 32 * 32 * 9, 32 * 16 * 4, 16 * 16 * 25, 16 * 16, 144];
    assert_eq!(graph.parameters(), lens.iter().sum::<usize>());

    let extents = [74, 12];
    let source = Planes::random(1, extents, 17);
    let weights: Vec<f32> = numbers(graph.parameters(), 23).iter().map(|weight| 0.2 * weight).collect();
    let pull = Planes::random(1, extents, 29);
    // Sums over the result, each sample by a factor.
    let loss = |weights: &[f64]| {
        let mut left = weights;
        let mut take = |at: usize| {
            let (taken, rest) = left.split_at(lens[at]);
            left = rest;
            taken
        };
        let mean = Planes::of(1, extents, |_, y, x| {
            let window = x.saturating_sub(2)..extents[1].min(x + 3);
            window.clone().map(|x| source.at(0, y as i64, x as i64)).sum::<f64>() / window.len() as f64
        });
        let difference =
            Planes::of(1, extents, |_, y, x| source.at(0, y as i64, x as i64) - mean.at(0, y as i64, x as i64));
        let entered = convolved(&difference, &enter, take(0), None);
        let half = convolved(&entered, &halved, take(1), None);
        let x = convolved(&half, &far, take(2), None);
        let x = convolved(&x, &near, take(3), Some(&half));
        let x = upsampled(&x, &doubled, take(4), Some(&entered));
        let x = convolved(&x, &wide, take(5), None);
        let x = convolved(&x, &point, take(6), None);
        let x = convolved(&x, &leave, take(7), Some(&mean));
        x.samples.iter().zip(&pull.samples).map(|(sample, pull)| sample * pull).sum::<f64>()
    };
    let weights_f64 = doubles(&weights);
    let mut first = 0;
    let directions = lens.map(|len| {
        let direction = doubles(&numbers(len, len as u64));
        let moved = |by: f64| {
            let mut moved = weights_f64.clone();
            moved[first..first + len].iter_mut().zip(&direction).for_each(|(weight, step)| *weight += by * step);
            loss(&moved)
        };
        let slope = (moved(1e-7) - moved(-1e-7)) / 2e-7;
        first += len;
        (first - len, direction, slope)
    });

    graph.differentiate();
    for lanes in Lanes::available() {
        let gradients = [1, 3].map(|threads| {
            let workers = Workers::new(threads).unwrap();
            let mut network = Network::with_lanes(&graph, extents, threads, lanes).unwrap();
            network.load(&weights);
            let mut gradient = vec![0.0; weights.len()];
            for _ in 0..2 {
                network.begin();
                let row = |planes: &Planes, y: usize, target: &mut [f32]| {
                    let place = |x: usize| planes.at(0, y as i64, x as i64) as f32;
                    target.iter_mut().enumerate().for_each(|(x, sample)| *sample = place(x));
                };
                let feed = |y: usize, target: &mut [f32]| row(&source, y, target);
                while network.advance_with(feed, |y, _, target| row(&pull, y, target), &workers).is_some() {}
                network.gradient(&mut gradient);
            }
            gradient
        });
        assert!(gradients[0] == gradients[1], "{lanes:?}: threads change it");
        for (at, direction, slope) in &directions {
            let found: f64 =
                direction.iter().zip(&gradients[0][*at..]).map(|(step, slope)| step * f64::from(*slope)).sum();
            let size: f64 = direction
                .iter()
                .zip(&gradients[0][*at..])
                .map(|(step, slope)| (step * f64::from(*slope)).powi(2))
                .sum();
            assert!(
                (found - slope).abs() < 1e-4 * size.sqrt(),
                "{lanes:?}, weights from {at} on: {found}, not {slope}"
            );
        }
    }
}

/// Against the formulas of the paper in f64.
#[test]
fn adam_takes_the_steps_of_its_paper() {
    let (mut found, mut adam) = (vec![1.0_f32, -2.0, 0.5], Adam::new(3).unwrap());
    let mut expected = [1.0_f64, -2.0, 0.5];
    let (mut means, mut squares) = ([0.0_f64; 3], [0.0_f64; 3]);
    for step in 1..50 {
        let gradient: [f64; 3] = std::array::from_fn(|at| (at as f64 + 1.0) * expected[at] + 0.1 * step as f64);
        adam.step(&mut found, &gradient.map(|slope| slope as f32), 0.01);
        for at in 0..3 {
            means[at] = 0.9 * means[at] + 0.1 * gradient[at];
            squares[at] = 0.999 * squares[at] + 0.001 * gradient[at] * gradient[at];
            let (mean, square) = (means[at] / (1.0 - 0.9_f64.powi(step)), squares[at] / (1.0 - 0.999_f64.powi(step)));
            expected[at] -= 0.01 * mean / (square.sqrt() + 1e-8);
        }
    }
    assert!(
        found.iter().zip(expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-4),
        "{found:?}"
    );
}

#[test]
fn tall_images_take_no_more_memory() {
    let graph = denoiser::graph();
    let bytes = |height| Network::bytes(&graph, [height, 256], 2);
    assert!(bytes(1 << 14) < bytes(512) * 101 / 100 + 500_000, "{} {}", bytes(1 << 14), bytes(512));
}
