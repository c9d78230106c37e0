#!/usr/bin/env bash
# onnxruntime 1.28.0, AddExternalInitializersFromFilesInMemory: weights whose location in the graph begins with "./".
#
# Guessed: a file in memory is found by the location that the graph states, as a file beside the network is.
# Seen (2026-11-29): one "./" is taken off the name that is added, and none off that in the graph, so that "./weights.bin" is found under
# the name "././weights.bin" only.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.28.0
"$folder/venv/bin/python" - <<'PY'
import tempfile
import numpy as np, onnx, onnxruntime as ort
from onnx import helper, numpy_helper, TensorProto

print("onnxruntime", ort.__version__)
folder = tempfile.mkdtemp()
weights = numpy_helper.from_array(np.ones((1, 1, 9, 9), np.float32), "w")
info = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", 1, "h", "w"])
graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["y"], pads=[4] * 4)], "g", [info("x")], [info("y")], [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.save(model, folder + "/a.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
data = open(folder + "/weights.bin", "rb").read()
model = onnx.load(folder + "/a.onnx", load_external_data=False)
for entry in model.graph.initializer[0].external_data:
    entry.value = "./weights.bin" if entry.key == "location" else entry.value
onnx.save(model, folder + "/b.onnx")
ort.InferenceSession(folder + "/b.onnx", providers=["CPUExecutionProvider"])
print("./weights.bin beside the file: found")
found = {}
for name in ("./weights.bin", "weights.bin", "././weights.bin"):
    options = ort.SessionOptions()
    options.add_external_initializers_from_files_in_memory([name], [data], [len(data)])
    try:
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        found[name] = True
    except Exception as error:
        found[name] = False
    print(f"the same in memory under the name {name}: {'found' if found[name] else 'not found'}")
assert found == {"./weights.bin": False, "weights.bin": False, "././weights.bin": True}
print("as found")
PY
