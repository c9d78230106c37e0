#!/usr/bin/env bash
# onnxruntime-ggml 0.2.0 (PyPI), a plug-in of ONNX Runtime 1.30.0, with a network of one convolution.
#
# Guessed: ggml first, what it has not goes to the CPU, as its page says ("CPU provider as fallback"); option partial=1 asks for just that.
# Seen (2026-11-30): it claims every two-dimensional convolution, so the session is made without a word, and each run ends in an error that only
# one-dimensional ones are supported, with partial=1 too; ONNX Runtime does not turn to the CPU then. The same convolution over one dimension
# works.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 onnxruntime-ggml==0.2.0
ORT_GGML_LOG=off "$folder/venv/bin/python" - <<'PY'
import numpy as np, onnx, onnxruntime, onnxruntime_ggml
from onnx import TensorProto, helper, numpy_helper

print("onnxruntime", onnxruntime.__version__, "onnxruntime-ggml", onnxruntime_ggml.version())
onnxruntime.set_default_logger_severity(4)


def convolution(dimensions):
    of = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4] + [16] * dimensions)
    weights = np.random.default_rng(1).standard_normal([4, 4] + [3] * dimensions).astype(np.float32)
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3] * dimensions, pads=[1] * (2 * dimensions))
    graph = helper.make_graph([node], "g", [of("x")], [of("y")], [numpy_helper.from_array(weights, "w")])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    return network.SerializeToString(), np.ones([1, 4] + [16] * dimensions, np.float32)


for dimensions, options in ((1, {}), (2, {}), (2, {"partial": 1})):
    network, image = convolution(dimensions)
    wanted = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"]).run(None, {"x": image})[0]
    session = onnxruntime_ggml.InferenceSession(network, {"device": "cpu", "threads": 1, **options})
    assert session.get_providers() == ["ggml", "CPUExecutionProvider"]
    try:
        found = session.run(None, {"x": image})[0]
        said = f"{abs(found - wanted).max():.1g} from the CPU's"
        assert abs(found - wanted).max() < 0.1
    except Exception as failure:
        said = str(failure).split("Status Message: ")[-1]
        assert "only 1-D convolutions" in said
    print(f"{dimensions} dimension(s), {options}: {said}")
    assert ("only 1-D" in said) == (dimensions == 2)
print("as found")
PY
