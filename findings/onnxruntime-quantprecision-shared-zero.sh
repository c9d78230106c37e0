#!/usr/bin/env bash
# onnxruntime 1.28.0, session.x64quantprecision=1: two convolutions whose 8-bit weights (beyond 64) share one zero point.
#
# Guessed: an option that only changes how 8-bit numbers are multiplied refuses no network.
# Seen (2026-11-30): the session is not made ("Attempt to replace the existing tensor"), since each convolution gets another zero point of the
# same name. Without the option it is made, and on processors without VNNI sums of products overflow.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.28.0
"$folder/venv/bin/python" - <<'PY'
import numpy as np, onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

print("onnxruntime", ort.__version__)


def network(shared):
    nodes, weights, y = [], [], "x"

    def add(operator, *inputs, **attributes):
        name = f"v{len(nodes)}"
        nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(values, kind):
        name = f"w{len(weights)}"
        weights.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    zero = constant(0, np.int8)
    for shape in ((4, 1, 3, 3), (1, 4, 3, 3)):
        step, half = constant(0.01, np.float32), constant(128, np.uint8)
        y = add("DequantizeLinear", add("QuantizeLinear", y, step, half), step, half)
        w = add("DequantizeLinear", constant(np.full(shape, 100), np.int8), constant(0.01, np.float32), zero if shared else constant(0, np.int8))
        y = add("Conv", y, w, pads=[1] * 4)
    step, half = constant(0.01, np.float32), constant(128, np.uint8)
    y = add("DequantizeLinear", add("QuantizeLinear", y, step, half), step, half)
    info = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", 1, "h", "w"])
    graph = helper.make_graph(nodes, "g", [info("x")], [info(y)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


made = {}
for shared in (False, True):
    for option in ("0", "1"):
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.x64quantprecision", option)
        try:
            ort.InferenceSession(network(shared), options, providers=["CPUExecutionProvider"])
            made[shared, option] = True
        except Exception as error:
            made[shared, option] = False
            print(str(error)[-80:].strip())
        print(f"x64quantprecision={option}, zero point {'shared' if shared else 'of its own'}: {'made' if made[shared, option] else 'refused'}")
assert made == {(False, "0"): True, (False, "1"): True, (True, "0"): True, (True, "1"): False}
PY
