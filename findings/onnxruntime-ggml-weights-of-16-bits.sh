#!/usr/bin/env bash
# onnxruntime-ggml 0.2.0 (PyPI), a plug-in of ONNX Runtime 1.30.0, with a matrix product of float32.
#
# Guessed: a network of float32 is computed with its float32 weights; at most, sums have fewer digits.
# Seen (2026-11-30): matrices are kept with 16 bits, without a scale: weights of 1e5 give inf, weights of 1e-8 give 0, and 1/3 is wrong in the
# fourth digit; the log counts the matrices ("f16=1"), and does not warn. With the option weights=f32 all three are right; f16 is the default.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 onnxruntime-ggml==0.2.0
ORT_GGML_LOG=error "$folder/venv/bin/python" - <<'PY'
import numpy as np, onnx, onnxruntime, onnxruntime_ggml
from onnx import TensorProto, helper, numpy_helper

print("onnxruntime", onnxruntime.__version__, "onnxruntime-ggml", onnxruntime_ggml.version())
image = np.ones((4, 32), np.float32)
for weight, seen in ((1 / 3, 1e-5), (1e5, np.inf), (1e-8, 1.0)):
    of = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 32])
    weights = numpy_helper.from_array(np.full((32, 32), weight, np.float32), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [of("x")], [of("y")], [weights])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    network = network.SerializeToString()
    for options in ({"weights": "f32"}, {}):
        value = float(onnxruntime_ggml.InferenceSession(network, {"device": "cpu", "threads": 1, **options}).run(None, {"x": image})[0][0, 0])
        error = abs(value / (32 * weight) - 1)
        print(f"32 products of 1 and {weight:.3g}, {options}: {value:.6g}, wrong by {error:.2g} of it")
        assert error < 1e-6 if options else error >= seen
print("as found")
PY
