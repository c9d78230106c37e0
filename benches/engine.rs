//! The engine by itself, measured by criterion: transforms, iterations, filters, threads, sizes.
//!
//! `cargo bench --bench engine` for all, `-- transform` (or `iteration`, `filter`, `threads`, `size`) for a group. The
//! largest sizes take some GiB.

#[path = "support/kernel.rs"]
mod kernel;

use std::hint::black_box;

use abbe::deconvolve::Deconvolution;
use abbe::fft::{Buffer, Transform, good_size};
use abbe::params::{self, Settings, Stop};
use abbe::runtime::{Answer, Control, Watch, Workers};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::gaussian;

/// Transforms there and back.
fn transform(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transform");
    for shape in [[64, 512, 512], [1, 2048, 2048], [1, 2304, 2304], [160, 300, 300], [96, 640, 640]] {
        there_and_back(&mut group, &format!("{shape:?}"), shape, 2);
    }
}

/// Ten iterations of Richardson-Lucy and its kin, planned before.
fn iteration(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("iteration");
    for (name, algorithm) in [("richardson_lucy", 1), ("heavy_ball", 2), ("biggs_andrews", 3), ("tempered", 4)] {
        deconvolve(&mut group, name, [32, 256, 256], [65, 129, 129], algorithm, 2);
    }
}

/// Filters of a plane.
fn filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    for (name, algorithm) in [("wiener", 10), ("tikhonov", 11), ("regularised_inverse", 12)] {
        deconvolve(&mut group, name, [1, 2048, 2048], [1, 129, 129], algorithm, 2);
    }
}

/// From one thread to as many as the machine has.
fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("threads");
    let most = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in (0..).map(|power| 1 << power).take_while(|&threads| threads < most).chain([most]) {
        deconvolve(&mut group, &threads.to_string(), [32, 256, 256], [65, 129, 129], 1, threads);
    }
}

/// From 1 to 200 million voxels.
fn size(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("size");
    for millions in [1, 4, 16, 64, 200_usize] {
        // Stacks four times as wide as deep.
        let depth = (millions as f64 * 1e6 / 16.0).cbrt();
        let shape = [depth, 4.0 * depth, 4.0 * depth].map(|extent| good_size(extent as usize));
        there_and_back(&mut group, &format!("{shape:?}"), shape, 2);
    }
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn there_and_back(group: &mut Group, name: &str, shape: [usize; 3], threads: usize) {
    let workers = Workers::new(threads).expect("threads");
    let transform = Transform::new(shape).expect("a plan");
    let mut volume = Buffer::new("volume", transform.len()).expect("memory");
    let mut scratch = Buffer::new("scratch", transform.scratch_len(threads)).expect("memory");
    group.sample_size(10).throughput(Throughput::Elements(shape.iter().product::<usize>() as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter(|| {
            volume.fill(1.0);
            transform.forward(&mut volume, &mut scratch, &workers);
            transform.inverse(&mut volume, &mut scratch, &workers);
            black_box(&volume);
        });
    });
}

fn deconvolve(group: &mut Group, name: &str, shape: [usize; 3], kernel: [usize; 3], algorithm: i64, threads: usize) {
    let workers = Workers::new(threads).expect("threads");
    let mut settings = Settings::new("deconvolve");
    settings.set_i64(params::DECONVOLVE_ALGORITHM, algorithm).expect("a setting");
    settings.set_i64(params::DECONVOLVE_ITERATIONS, 10).expect("a setting");
    settings.set_choice(params::DECONVOLVE_STOP, Stop::Iterations).expect("a setting");
    let mut plan = Deconvolution::new(shape, &settings, &gaussian(kernel), &workers).expect("a plan");
    let image: Vec<f32> = (0..shape.iter().product()).map(|at: usize| (at % 97) as f32).collect();
    group.sample_size(10).throughput(Throughput::Elements(image.len() as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter_batched_ref(
            || image.clone(),
            |result| {
                let (control, mut listener) = (Control::new(), |_| Answer::Continue);
                plan.execute(result, &workers, &mut Watch::new(&control, &mut listener)).expect("a result")
            },
            criterion::BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, transform, iteration, filter, threads, size);
criterion_main!(benches);
