#!/usr/bin/env bash
# ort 2.0.0-rc.15 (Rust crate), a session for which nobody names an execution provider, once a plug-in provider is registered in the process.
# The plug-in is onnxruntime-ggml 0.2.0 in ONNX Runtime 1.30.0.
#
# Guessed: without providers a session runs on the CPU, as in Python; one with AutoDevicePolicy::PreferCPU does in any case, since by the crate's
# documentation it "will never automatically register any EPs".
# Seen (2026-11-30): every new SessionBuilder has a device policy (from the feature api-22 on), so what another part of the process registered
# for itself runs this session too, with other values (its weights have 16 bits). PreferCPU does not keep it away: the plug-in's device is the
# processor. In Python the same session stays on the CPU, and moves to the plug-in with any of the policies. It takes cargo.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 onnxruntime-ggml==0.2.0
mkdir -p "$folder/shown/src"; cd "$folder/shown"
cat >Cargo.toml <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2024"
[dependencies]
ort = { version = "=2.0.0-rc.15", default-features = false, features = ["std", "load-dynamic", "api-24"] }
TOML
cat >src/main.rs <<'RUST'
use std::error::Error;

use ort::environment::Environment;
use ort::session::{Session, builder::AutoDevicePolicy};
use ort::value::Tensor;

/// Prints the first value, and the provider that ran the node.
fn run(what: &str, environment: &Environment, policy: Option<AutoDevicePolicy>) -> Result<String, Box<dyn Error>> {
    let mut builder = Session::builder(environment)?.with_profiling("profile")?;
    if let Some(policy) = policy {
        builder = builder.with_auto_device(policy)?;
    }
    let mut session = builder.commit_from_file("network.onnx")?;
    let image = Tensor::from_array(([4_usize, 32], vec![0.1_f32; 128]))?;
    let value = session.run(ort::inputs!["x" => image])?["y"].try_extract_tensor::<f32>()?.1[0];
    let profile = std::fs::read_to_string(session.end_profiling()?)?;
    let provider = profile.split("\"provider\" : \"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("no node")?.to_owned();
    println!("Rust, {what}: {provider}, {value:.5}");
    Ok(provider)
}

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().collect();
    let environment = ort::init_from(&paths[1])?.build()?;
    assert_eq!(run("nothing registered", &environment, None)?, "CPUExecutionProvider");
    environment.register_ep_library("ggml", &paths[2])?;
    assert_eq!(run("plug-in registered", &environment, None)?, "ggml");
    assert_eq!(run("plug-in registered, PreferCPU", &environment, Some(AutoDevicePolicy::PreferCPU))?, "ggml");
    Ok(())
}
RUST
export ORT_GGML_LOG=error
"$folder/venv/bin/python" - <<'PY'
import numpy as np, onnx, onnxruntime, onnxruntime_ggml
from onnx import TensorProto, helper, numpy_helper

print("onnxruntime", onnxruntime.__version__, "onnxruntime-ggml", onnxruntime_ggml.version())
of = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
weights = numpy_helper.from_array(np.full((32, 32), 1 / 3, np.float32), "w")
graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [of("x", [4, 32])], [of("y", [4, 32])], [weights])
network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(network)
onnx.save(network, "network.onnx")
onnxruntime_ggml.register()
session = onnxruntime.InferenceSession("network.onnx")
print(f"Python, plug-in registered: {session.get_providers()}, {session.run(None, {'x': np.full((4, 32), 0.1, np.float32)})[0][0, 0]:.5f}")
assert session.get_providers() == ["CPUExecutionProvider"]
options = onnxruntime.SessionOptions()
options.set_provider_selection_policy(onnxruntime.OrtExecutionProviderDevicePolicy.PREFER_CPU)
session = onnxruntime.InferenceSession("network.onnx", options)
print(f"Python, plug-in registered, PREFER_CPU: {session.get_providers()}")
assert session.get_providers()[0] == "ggml"
PY
cargo build --quiet
site=$(echo "$folder"/venv/lib/python3*/site-packages)
target/debug/shown "$site"/onnxruntime/capi/libonnxruntime.so.1.30.0 "$site"/onnxruntime_ggml/lib/libonnxruntime_ggml.so
echo "as found"
