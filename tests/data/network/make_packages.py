"""Makes BioImage.IO packages that use every processing step, with what bioimageio.core gives as their test outputs.

bioimageio.core 0.11.0 has no statistics of outputs (it looks for them before the network has run), so steps after the
network that need them are written out here in NumPy.

    pip install bioimageio.core "pydantic==2.11.7" onnx==1.23.2 onnxruntime==1.28.0
    python make_packages.py
"""

import pathlib
import zipfile

import numpy as np
import onnx
from bioimageio.core import create_prediction_pipeline
from bioimageio.core.digest_spec import create_sample_for_model
from bioimageio.spec import load_model_description
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent / "packages"
RANDOM = np.random.default_rng(5)

COMMON = """\
format_version: {version}
type: model
name: steps {name}
description: processing steps
authors:
- name: abbe contributors
license: CC0-1.0
documentation: README.md
covers: []
cite:
- text: none
  doi: 10.1000/1
tags: []
timestamp: '2026-01-01T00:00:00+00:00'
"""

NEW = """\
inputs:
- id: raw
  axes:
  - type: batch
  - type: channel
    channel_names: [a, b]
  - {type: space, id: y, size: {min: 8, step: 1}}
  - {type: space, id: x, size: {min: 8, step: 1}}
  test_tensor: {source: test_input.npy}
  preprocessing: %s
outputs:
- id: made
  axes:
  - type: batch
  - type: channel
    channel_names: [a, b]
  - {type: space, id: y, size: {tensor_id: raw, axis_id: y}}
  - {type: space, id: x, size: {tensor_id: raw, axis_id: x}}
  test_tensor: {source: test_output.npy}
  postprocessing: %s
weights:
  onnx: {source: weights.onnx, opset_version: 17}
"""

OLD = """\
inputs:
- name: raw
  axes: bcyx
  data_type: float32
  shape: {min: [1, 2, 8, 8], step: [0, 0, 1, 1]}
  preprocessing: %s
outputs:
- name: made
  axes: bcyx
  data_type: float32
  shape: {reference_tensor: raw, scale: [1, 1, 1, 1], offset: [0, 0, 0, 0]}
  postprocessing: %s
test_inputs: [test_input.npy]
test_outputs: [test_output.npy]
weights:
  onnx: {source: weights.onnx, opset_version: 17}
"""

PACKAGES = {
    "range": (
        "0.5.4",
        "[{id: ensure_dtype, kwargs: {dtype: float32}},"
        " {id: scale_range, kwargs: {axes: [x, y], min_percentile: 1, max_percentile: 99.8}}]",
        "[{id: scale_mean_variance, kwargs: {reference_tensor: raw, axes: [channel, y, x]}}]",
    ),
    "unit": (
        "0.5.4",
        "[{id: zero_mean_unit_variance, kwargs: {axes: [channel, y, x]}}]",
        "[{id: sigmoid}, {id: binarize, kwargs: {threshold: 0.6}}]",
    ),
    "fixed": (
        "0.5.4",
        "[{id: fixed_zero_mean_unit_variance, kwargs: {axis: channel, mean: [100, 120], std: [11.5, 30]}},"
        " {id: clip, kwargs: {min: -2, max: 3}}]",
        "[{id: softmax, kwargs: {axis: channel}}]",
    ),
    "linear": (
        "0.5.4",
        "[{id: clip, kwargs: {min_percentile: 5, max_percentile: 95}},"
        " {id: scale_linear, kwargs: {axis: channel, gain: [0.01, 0.02], offset: [0.5, -1]}}]",
        "[{id: scale_linear, kwargs: {gain: 50, offset: 100}}, {id: clip, kwargs: {min: 10, max: 140}}]",
    ),
    "threshold": (
        "0.5.4",
        "[{id: binarize, kwargs: {threshold: 120}}, {id: ensure_dtype, kwargs: {dtype: float32}}]",
        "[{id: zero_mean_unit_variance, kwargs: {axes: [y, x]}}]",
    ),
    "old": (
        "0.4.10",
        "[{name: scale_range, kwargs: {mode: per_sample, axes: xy, min_percentile: 2, max_percentile: 98}}]",
        "[{name: scale_mean_variance, kwargs: {mode: per_sample, reference_tensor: raw}}]",
    ),
    "old_unit": (
        "0.4.10",
        "[{name: zero_mean_unit_variance, kwargs: {mode: per_sample, axes: yx}}, {name: clip, kwargs: {min: -1, max: 2}}]",
        "[{name: sigmoid}]",
    ),
}

AFTER = {
    "range": lambda raw, made: matched(raw, made, (1, 2, 3)),
    "threshold": lambda raw, made: (made - made.mean((2, 3), keepdims=True))
    / (made.std((2, 3), keepdims=True) + 1e-6),
    "old": lambda raw, made: matched(raw, made, (1, 2, 3)),
}


def matched(raw, made, axes):
    moments = [(v.mean(axes, keepdims=True), v.std(axes, keepdims=True) + 1e-6) for v in (raw, made)]
    return (made - moments[1][0]) / moments[1][1] * moments[0][1] + moments[0][0]


def network(path):
    weight = numpy_helper.from_array(RANDOM.normal(0, 0.3, (2, 2, 3, 3)).astype(np.float32), "w")
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    shape = ["n", 2, "h", "w"]
    graph = helper.make_graph(
        [node],
        "conv",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [weight],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def make(name, version, before, after):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    network(folder / "weights.onnx")
    (folder / "README.md").write_text("# Test\n")
    image = RANDOM.gamma(4, 30, (1, 2, 23, 31)).astype(np.float32)
    np.save(folder / "test_input.npy", image)
    shape = NEW if version.startswith("0.5") else OLD
    common = COMMON.format(version=version, name=name)
    (folder / "rdf.yaml").write_text(common + shape % (before, "[]" if name in AFTER else after))
    np.save(folder / "test_output.npy", image)
    model = load_model_description(folder / "rdf.yaml", perform_io_checks=False, format_version="discover")
    sample = create_sample_for_model(model, inputs={"raw": folder / "test_input.npy"})
    with create_prediction_pipeline(model, weight_format="onnx") as pipeline:
        result = pipeline.predict_sample_without_blocking(sample)
    made = np.asarray(result.members["made"].data).astype(np.float32)
    made = made.reshape(image.shape)
    if name in AFTER:
        made = AFTER[name](image.astype(np.float64), made.astype(np.float64)).astype(np.float32)
    np.save(folder / "test_output.npy", made)
    (folder / "rdf.yaml").write_text(common + shape % (before, after))
    with zipfile.ZipFile(HERE / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for file in sorted(folder.iterdir()):
            package.write(file, file.name)
            file.unlink()
    folder.rmdir()


SEVERAL = """\
inputs:
- id: raw
  axes:
  - type: batch
  - type: channel
    channel_names: [a]
  - {type: space, id: y, size: {min: 8, step: 1}}
  - {type: space, id: x, size: {min: 8, step: 1}}
  test_tensor: {source: raw.npy}
  preprocessing: [{id: zero_mean_unit_variance, kwargs: {axes: [channel, y, x]}}]
- id: levels
  axes:
  - type: batch
  - type: channel
    channel_names: [gain, offset]
  test_tensor: {source: levels.npy}
  preprocessing: [{id: scale_linear, kwargs: {axis: channel, gain: [0.1, 0.01], offset: [0, 1]}}]
outputs:
- id: made
  axes: &image
  - type: batch
  - type: channel
    channel_names: [a]
  - {type: space, id: y, size: {tensor_id: raw, axis_id: y}}
  - {type: space, id: x, size: {tensor_id: raw, axis_id: x}}
  test_tensor: {source: made.npy}
- id: spread
  axes: *image
  test_tensor: {source: spread.npy}
- id: numbers
  axes:
  - type: batch
  - type: channel
    channel_names: [mean, largest]
  test_tensor: {source: numbers.npy}
  postprocessing: [{id: scale_linear, kwargs: {axis: channel, gain: [2, 3], offset: [1, 0]}}]
weights:
  onnx: {source: weights.onnx, opset_version: 17}
"""


def several():
    """Two inputs, of which one is no image, and three outputs, of which one is none; written out by ONNX Runtime."""
    import onnxruntime

    folder = HERE / "several"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text("# Test\n")
    weight = numpy_helper.from_array(RANDOM.normal(0, 0.3, (1, 1, 3, 3)).astype(np.float32), "w")
    ints = [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in (("sizes", [1, 1]), ("rest", [2, 3]))]
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        node("Split", ["l", "sizes"], ["g", "o"], axis=1),
        node("Unsqueeze", ["g", "rest"], ["g4"]),
        node("Unsqueeze", ["o", "rest"], ["o4"]),
        node("Mul", ["c", "g4"], ["m"]),
        node("Add", ["m", "o4"], ["made"]),
        node("Exp", ["made"], ["spread"]),
        node("ReduceMean", ["made"], ["mean"], axes=[2, 3], keepdims=0),
        node("ReduceMax", ["made"], ["largest"], axes=[2, 3], keepdims=0),
        node("Concat", ["mean", "largest"], ["numbers"], axis=1),
    ]
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    image = ["n", 1, "h", "w"]
    fed, made = [info("x", image), info("l", ["n", 2])], [info("made", image), info("spread", image)]
    graph = helper.make_graph(nodes, "several", fed, [*made, info("numbers", ["n", 2])], [weight, *ints])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "weights.onnx")
    raw, levels = RANDOM.gamma(4, 30, (1, 1, 23, 31)).astype(np.float32), np.array([[7.0, 30.0]], np.float32)
    session = onnxruntime.InferenceSession(folder / "weights.onnx", providers=["CPUExecutionProvider"])
    feeds = {"x": (raw - raw.mean()) / (raw.std() + 1e-6), "l": levels * np.float32([0.1, 0.01]) + np.float32([0, 1])}
    values = session.run(None, feeds)
    values[2] = values[2] * np.float32([2, 3]) + np.float32([1, 0])
    for name, value in zip(("raw", "levels", "made", "spread", "numbers"), (raw, levels, *values)):
        np.save(folder / f"{name}.npy", value.astype(np.float32))
    (folder / "rdf.yaml").write_text(COMMON.format(version="0.5.4", name="several") + SEVERAL)
    with zipfile.ZipFile(HERE / "several.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for file in sorted(folder.iterdir()):
            package.write(file, file.name)
            file.unlink()
    folder.rmdir()


if __name__ == "__main__":
    for name, (version, before, after) in PACKAGES.items():
        make(name, version, before, after)
        print(name)
    several()
