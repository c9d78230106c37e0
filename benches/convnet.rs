//! The built-in denoiser on abbe's own engine against ONNX Runtime, which `ABBE_ONNXRUNTIME` names, on the same images.
//!
//! `cargo bench --bench convnet -- THREADS [EXTENT]...` runs both in turn in one process, ONNX Runtime from a plan's network
//! whose threads do not spin, and prints medians, the median of the rounds' ratios, and the largest difference.

use std::sync::Arc;
use std::time::Instant;

use abbe::convnet::{self, denoiser};
use abbe::network::{Model, Network};
use abbe::params::{self, Settings};
use abbe::runtime::{Answer, Control, Watch, Workers};

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let threads = numbers.next().unwrap_or(1);
    let extents: Vec<usize> = numbers.collect();
    for &extent in if extents.is_empty() { &[512, 2048] } else { extents.as_slice() } {
        compare(extent, threads);
    }
}

fn compare(extent: usize, threads: usize) {
    let workers = Workers::new(threads).expect("threads");
    let image: Vec<f32> = (0..extent * extent).map(|at| 100.0 + (at * 7919 % 997) as f32).collect();
    let weights = denoiser::weights().expect("memory");
    let mut own = convnet::Network::new(&denoiser::graph(), [extent; 2], threads).expect("memory");
    own.load(&weights);
    let mut foreign = foreign(extent, threads);
    let (mut ours, mut theirs) = (vec![0.0; image.len()], vec![0.0; image.len()]);
    let (control, mut listener) = (Control::new(), |_: f64| Answer::Continue);
    let mut seconds: [Vec<[f64; 2]>; 2] = Default::default();
    for round in 0..=(if extent > 1000 { 5 } else { 15 }) {
        let of_own = time(|| {
            own.begin();
            let feed = |y: usize, row: &mut [f32]| row.copy_from_slice(&image[y * extent..][..extent]);
            while let Some(rows) = own.advance(feed, &workers) {
                rows.for_each(|y| ours[y * extent..][..extent].copy_from_slice(own.result(y)));
            }
        });
        let of_foreign = time(|| {
            let mut watch = Watch::new(&control, &mut listener);
            foreign.execute(&image, &mut theirs, &workers, &mut watch).expect("a run");
        });
        // The first round makes both warm.
        if round > 0 {
            seconds[0].push(of_own);
            seconds[1].push(of_foreign);
        }
    }
    let most = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
    for (at, what) in ["wall", "CPU"].into_iter().enumerate() {
        let [own, foreign] = seconds.each_ref().map(|all| median(all.iter().map(|both| both[at])));
        let ratio = median(seconds[0].iter().zip(&seconds[1]).map(|(own, foreign)| own[at] / foreign[at]));
        println!("{extent} px, {threads} threads, {what}: {own:.4} s of {foreign:.4} s, ratio {ratio:.2}");
    }
    println!("largest difference {:.1e} of the range", most / 997.0);
}

/// The package's network in ONNX Runtime.
fn foreign(extent: usize, threads: usize) -> Network {
    let mut context = Settings::new("context");
    context.set_i64(params::CONTEXT_THREADS, threads as i64).expect("a number of threads");
    let model = Arc::new(Model::load("models/abbe-denoise.zip").expect("the package"));
    let (control, mut listener) = (Control::new(), |_: f64| Answer::Continue);
    let mut watch = Watch::new(&control, &mut listener);
    let shape = [1, 1, extent, extent];
    Network::new(model, shape, &Settings::new("model"), &context, None, &mut watch).expect("ABBE_ONNXRUNTIME")
}

/// Seconds of wall time and of CPU time of all threads.
fn time(run: impl FnOnce()) -> [f64; 2] {
    let (start, before) = (Instant::now(), cpu_seconds());
    run();
    [start.elapsed().as_secs_f64(), cpu_seconds() - before]
}

/// As Linux counts it for each thread.
fn cpu_seconds() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
