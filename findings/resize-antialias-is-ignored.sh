#!/usr/bin/env bash
# OpenVINO 2026.4.1 and opencv-python-headless 5.0.0.93 (cv2.dnn), a network of one Resize with antialias=1 (ONNX, opset 18), which halves an image.
#
# Guessed: what does not know the attribute refuses the network.
# Seen (2026-11-30): both take it and give what antialias=0 gives, without a word: noise of deviation 1 keeps 0.50 instead of 0.32. ONNX Runtime
# 1.30.0 and ONNX's reference do as the standard says.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 openvino==2026.4.1 \
    opencv-python-headless==5.0.0.93
cd "$folder"; "$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import cv2, numpy as np, onnx, onnxruntime, openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

print(", ".join(f"{name} {version(name)}" for name in ("onnx", "onnxruntime", "openvino", "opencv-python-headless")))
image = np.random.default_rng(1).standard_normal((1, 1, 64, 64)).astype(np.float32)


def network(antialias):
    of = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, size, size])
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], mode="linear", antialias=antialias)
    scales = numpy_helper.from_array(np.array([1, 1, 0.5, 0.5], np.float32), "s")
    made = helper.make_model(helper.make_graph([node], "g", [of("x", 64)], [of("y", 32)], [scales]), opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def by_opencv(made):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(made.SerializeToString(), np.uint8))
    net.setInput(image, "x")
    return net.forward()


def by_openvino(made):
    onnx.save(made, "network.onnx")
    compiled = openvino.Core().compile_model("network.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled([image])[0])


ways = {"ONNX's reference": lambda made: ReferenceEvaluator(made).run(None, {"x": image})[0],
        "ONNX Runtime": lambda made: onnxruntime.InferenceSession(made.SerializeToString()).run(None, {"x": image})[0],
        "OpenVINO": by_openvino, "OpenCV": by_opencv}
plain, smooth = (ways["ONNX's reference"](network(one)) for one in (0, 1))
for name, run in ways.items():
    off, on = run(network(0)), run(network(1))
    print(f"{name}: of noise of deviation 1, antialias=0 leaves {off.std():.3f}, antialias=1 leaves {on.std():.3f}")
    assert abs(off - plain).max() < 1e-4
    assert abs(on - (plain if name.startswith("Open") else smooth)).max() < 1e-4
assert plain.std() > 1.3 * smooth.std()
print("as found")
PY
