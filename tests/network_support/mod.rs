//! ONNX Runtime, fixtures and plain reading of `.npy` files for the tests of networks.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::Arc;

use abbe::error::Result;
use abbe::network::{Model, Network, Outcome};
use abbe::params::{self, Device, Settings};
use abbe::runtime::{Answer, Control, Limits, Watch, Workers};

/// The folder of ONNX Runtime: `ABBE_ONNXRUNTIME`, else that of a `.venv` in the checkout; `None` with a loud line.
pub fn onnxruntime() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ABBE_ONNXRUNTIME").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let library = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/lib")).ok().and_then(|entries| {
        let capi = |entry: std::fs::DirEntry| entry.path().join("site-packages/onnxruntime/capi");
        entries.filter_map(|entry| entry.ok().map(capi)).find(|path| path.is_dir())
    });
    if library.is_none() {
        eprintln!(
            "SKIPPED: ONNX Runtime is not there; set ABBE_ONNXRUNTIME, or pip install onnxruntime==1.28.0 in .venv"
        );
    }
    library
}

/// A context that runs on the CPU with that ONNX Runtime.
pub fn context(runtime: &std::path::Path) -> Settings {
    let mut context = Settings::new("context");
    context.set_text(params::CONTEXT_ONNXRUNTIME, runtime.to_str().unwrap()).unwrap();
    context.set_choice(params::CONTEXT_DEVICE, Device::Cpu).unwrap();
    context.set_i64(params::CONTEXT_THREADS, 2).unwrap();
    context
}

/// The settings of a step, changed by `change`.
pub fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::new("model");
    change(&mut settings);
    settings
}

/// The path of a fixture.
pub fn fixture(name: &str) -> String {
    format!("{}/tests/data/network/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Shape and samples of an f32 `.npy` file in C order.
pub fn npy(path: &str) -> (Vec<usize>, Vec<f32>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(bytes.starts_with(b"\x93NUMPY"));
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).unwrap();
    assert!(header.contains("'<f4'") && header.contains("'fortran_order': False"), "{header}");
    let shape = header.split('(').nth(1).unwrap().split(')').next().unwrap();
    let shape = shape.split(',').filter_map(|extent| extent.trim().parse().ok()).collect();
    (shape, bytes[start..].as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Commits and executes once.
pub fn run(
    model: &Arc<Model>,
    shape: [usize; 4],
    image: &[f32],
    settings: &Settings,
    context: &Settings,
    budget: Option<u64>,
) -> Result<(Vec<f32>, [usize; 4], Outcome)> {
    let (workers, control) = (Workers::new(2).unwrap(), Control::new());
    let mut listener = |_: f64| Answer::Continue;
    let mut watch = Watch::new(&control, &mut listener);
    let mut network = Network::new(Arc::clone(model), shape, settings, context, budget, &mut watch)?;
    assert_eq!(network.output(), Network::output_shape(model, shape, settings, Limits::of(context))?);
    let mut output = vec![0.0; network.output().iter().product()];
    control.begin();
    let outcome = network.execute(image, &mut output, &workers, &mut watch)?;
    Ok((output, network.output(), outcome))
}

/// The largest difference.
pub fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |worst, (a, b)| if (a - b).abs() <= worst { worst } else { (a - b).abs() })
}

/// Greatest minus least.
pub fn range(samples: &[f32]) -> f32 {
    let (low, high) =
        samples.iter().fold((f32::MAX, f32::MIN), |(low, high), &sample| (low.min(sample), high.max(sample)));
    high - low
}
