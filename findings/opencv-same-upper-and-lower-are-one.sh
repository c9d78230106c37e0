#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93 (cv2.dnn), a 3x3 convolution with strides 2 and auto_pad="SAME_UPPER", as networks from TensorFlow have it.
#
# Guessed: of one row of padding, SAME_UPPER puts it at the end and SAME_LOWER at the start, or the network is refused.
# Seen (2026-11-30): both give one result, without a word: with strides 2 that of SAME_LOWER, so that SAME_UPPER is of an image shifted by a pixel;
# with an even kernel and strides 1 that of SAME_UPPER. Pooling with SAME_UPPER and strides 2 is wrong as well. With the same padding as numbers
# (pads) it is right. ONNX Runtime 1.30.0 and ONNX's reference agree with each other.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import cv2, numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

print(", ".join(f"{name} {version(name)}" for name in ("onnx", "onnxruntime", "opencv-python-headless")))
image = np.random.default_rng(1).random((1, 1, 16, 16), dtype=np.float32)


def opencv(kind, size, **how):
    """OpenCV's result, and its largest difference from ONNX's reference."""
    weights = numpy_helper.from_array(np.random.default_rng(2).random((1, 1, size, size), dtype=np.float32), "w")
    node = helper.make_node(kind, ["x", "w"] if kind == "Conv" else ["x"], ["y"], kernel_shape=[size] * 2, **how)
    result = 16 // how.get("strides", [1])[0]
    of = lambda name, side: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, side, side])
    graph = helper.make_graph([node], "g", [of("x", 16)], [of("y", result)], [weights] if kind == "Conv" else [])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    wanted = ReferenceEvaluator(network).run(None, {"x": image})[0]
    network = network.SerializeToString()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8))
    net.setInput(image, "x")
    found = [net.forward(), onnxruntime.InferenceSession(network).run(None, {"x": image})[0]]
    assert wanted.shape == found[0].shape == found[1].shape
    far = [float(abs(one - wanted).max()) for one in found]
    print(f"{kind} {size}x{size}, {how}: largest difference {far[0]:.2g} by OpenCV, {far[1]:.2g} by ONNX Runtime")
    assert far[1] < 1e-5
    return found[0], far[0]


assert opencv("Conv", 3, strides=[2, 2], pads=[0, 0, 1, 1])[1] < 1e-5
for kind, size, strides, right, wrong in (("Conv", 3, [2, 2], "SAME_LOWER", "SAME_UPPER"), ("Conv", 2, [1, 1], "SAME_UPPER", "SAME_LOWER"),
                                          ("AveragePool", 3, [2, 2], "SAME_LOWER", "SAME_UPPER")):
    good, none = opencv(kind, size, strides=strides, auto_pad=right)
    bad, far = opencv(kind, size, strides=strides, auto_pad=wrong)
    assert none < 1e-5 and far > 0.1 and (good == bad).all()
assert opencv("MaxPool", 3, strides=[2, 2], auto_pad="SAME_UPPER")[1] > 0.1
print("as found")
PY
