//! What a plan costs over ONNX Runtime alone, and tiles under a memory cap: time, peak memory, error.
//!
//! `ABBE_ONNXRUNTIME=... cargo bench --bench network -- MODEL [EXTENT]` (an `.onnx`, package or `.czann`; preset 2048).
//! Each line is a process of its own, so that its peak memory is its own.

use std::process::Command;
use std::sync::Arc;

use abbe::network::{Model, Network};
use abbe::params::Settings;
use abbe::runtime::{Answer, Control, Watch, Workers};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [path, rest @ ..] = &arguments[..] else {
        println!("usage: network MODEL [EXTENT]");
        return;
    };
    let extent: usize = rest.first().and_then(|extent| extent.parse().ok()).unwrap_or(2048);
    match rest.get(1).and_then(|cap| cap.parse().ok()) {
        Some(cap) => measure(path, extent, cap),
        None => {
            println!(
                "{:>9} {:>6} {:>14} {:>9} {:>9} {:>7} {:>9}",
                "cap MiB", "tiles", "tile", "run s", "abbe s", "ratio", "peak MiB"
            );
            for cap in [0, 1024, 512, 256] {
                let own = std::env::current_exe().expect("this program has a path");
                let status = Command::new(own).args([path, &extent.to_string(), &cap.to_string()]).status();
                assert!(status.is_ok_and(|status| status.success()));
            }
        }
    }
}

fn measure(path: &str, extent: usize, cap: u64) {
    let context = Settings::new("context");
    let settings = Settings::new("model");
    let model = Arc::new(Model::load(path).expect("the model loads"));
    let channels = model.describe()["geometry"]["channels"].as_u64().unwrap_or(1) as usize;
    let image: Vec<f32> = (0..channels * extent * extent).map(|at| ((at * 7919) % 1009) as f32 / 1009.0).collect();
    let (workers, control) = (Workers::new(2).expect("threads start"), Control::new());
    let mut listener = |_: f64| Answer::Continue;
    let mut watch = Watch::new(&control, &mut listener);
    let shape = [channels, 1, extent, extent];
    let result = Network::output_shape(&model, shape, &settings, &context).expect("the image fits");
    let mut output = vec![0.0_f32; result.iter().product()];
    let before = peak();
    let mut network = Network::new(model, shape, &settings, &context, (cap > 0).then_some(cap << 20), &mut watch)
        .expect("the network commits");
    let mut best = (f64::INFINITY, 0.0);
    let mut about = String::new();
    for _ in 0..3 {
        control.begin();
        let outcome = network.execute(&image, &mut output, &workers, &mut watch).expect("the network runs");
        if outcome.seconds.onnxruntime < best.0 {
            best = (outcome.seconds.onnxruntime, outcome.seconds.abbe);
        }
        about = format!("{:>6} {:>14}", outcome.tiles, format!("{:?}", outcome.tile_zyx));
    }
    let (run, own) = best;
    println!("{cap:>9} {about} {run:>9.3} {own:>9.4} {:>7.4} {:>9}", (run + own) / run, peak().saturating_sub(before));
}

/// The most memory that the process held, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}
