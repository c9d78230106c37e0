"""BioImage.IO packages of small networks, for every step of the specification with every option, and what its text says
comes out of them.

Source of the formulas: spec-bioimage-io, model descriptions 0.5.12 and 0.4.10. Statistics are those of the tensor as it
arrives, before any step, as `bioimageio.core` takes them; the text leaves that open.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
from onnx import TensorProto, helper, numpy_helper

Array = numpy.ndarray
Steps = list[tuple[str, dict[str, Any]]]
NAMES = {"b": "batch", "t": "time", "i": "index", "c": "channel", "z": "z", "y": "y", "x": "x"}


def scaling(letters: str, channels: int, gain: float = 1.0) -> bytes:
    """A network that multiplies its image, of axes as in `bcyx`, by `gain`."""
    extents = [channels if letter == "c" else letter for letter in letters]
    image, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, extents) for name in ("x", "y"))
    factor = numpy_helper.from_array(numpy.float32(gain), "gain")
    graph = helper.make_graph([helper.make_node("Mul", ["x", "gain"], ["y"])], "scaling", [image], [made], [factor])
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())


def npy(array: Array) -> bytes:
    stream = io.BytesIO()
    numpy.save(stream, array)
    return stream.getvalue()


def pack(files: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def axes_of(letters: str, channels: int, reference: str | None = None, least: int = 4, **more: dict[str, Any]) -> list[dict[str, Any]]:
    """Axes as 0.5 writes them, as large as those of the tensor `reference` where one is named; `more` has further fields
    of axes by their names."""
    axes: list[dict[str, Any]] = []
    for letter in letters:
        name = NAMES[letter]
        if letter == "b":
            axis: dict[str, Any] = {"type": "batch"}
        elif letter == "c":
            axis = {"type": "channel", "channel_names": [f"c{at}" for at in range(channels)]}
        else:
            size = {"tensor_id": reference, "axis_id": name} if reference else {"min": least, "step": 1}
            axis = {"type": "space" if letter in "zyx" else name, "id": name, "size": size}
        axes.append(axis | more.get(name, {}))
    return axes


COMMON = {
    "type": "model",
    "name": "made for a test",
    "description": "a network that multiplies",
    "authors": [{"name": "Nobody", "github_user": "nobody"}],
    "cite": [{"text": "none", "doi": "10.1234/none"}],
    "license": "MIT",
}


@dataclass
class Case:
    """One package and the image that goes through it."""

    version: str
    letters: str
    before: Steps = field(default_factory=list)
    after: Steps = field(default_factory=list)
    channels: int = 2
    gain: float = 1.0

    def __str__(self) -> str:
        return f"{self.version} {self.letters} {json.dumps(self.before)} -> {json.dumps(self.after)}"

    @property
    def image(self) -> Array:
        """Counts with noise of fixed seed, packed as `letters` without b; channels, planes, rows and columns differ."""
        shape = tuple({"c": self.channels, "z": 6, "y": 22, "x": 26}[letter] for letter in self.letters[1:])
        generator = numpy.random.default_rng(5)
        ramp = sum(numpy.arange(extent).reshape([-1 if at == axis else 1 for at in range(len(shape))]) * (axis + 1) for axis, extent in enumerate(shape))
        return (generator.gamma(2.0, 300.0, shape) + 20.0 * ramp + 100.0).astype(numpy.float32)

    def package(self) -> bytes:
        network = scaling(self.letters, self.channels, self.gain)
        zeros = npy(numpy.zeros([1, *self.image.shape], numpy.float32))
        weights = {"onnx": {"source": "network.onnx", "sha256": hashlib.sha256(network).hexdigest(), "opset_version": 17}}
        old = self.version.startswith("0.4")
        key = "name" if old else "id"

        def port(name: str, steps: Steps, which: str) -> dict[str, Any]:
            listed = {which: [{key: step} | ({"kwargs": options} if options else {}) for step, options in steps]}
            if not old:
                axes = axes_of(self.letters, self.channels, "raw" if name == "made" else None)
                return {"id": name, "axes": axes, "data": {"type": "float32"}, "test_tensor": {"source": "test.npy", "sha256": hashlib.sha256(zeros).hexdigest()}, **listed}
            least = [1 if letter == "b" else self.channels if letter == "c" else 4 for letter in self.letters]
            step = [0 if letter in "bc" else 1 for letter in self.letters]
            shape: Any = {"min": least, "step": step}
            if name == "made":
                ones = [1.0] * len(least)
                shape = {"reference_tensor": "raw", "scale": ones, "offset": [0.0] * len(least)}
            return {"name": name, "axes": self.letters, "data_type": "float32", "data_range": ["-inf", "inf"], "shape": shape, **listed}

        text = COMMON | {"format_version": self.version, "weights": weights}
        text |= {"inputs": [port("raw", self.before, "preprocessing")], "outputs": [port("made", self.after, "postprocessing")]}
        if old:
            text |= {"timestamp": "2022-01-01T00:00:00", "tags": [], "documentation": "README.md", "test_inputs": ["test.npy"], "test_outputs": ["test.npy"]}
        return pack({"rdf.yaml": json.dumps(text), "network.onnx": network, "test.npy": zeros, "README.md": "# none"})

    def expected(self) -> Array:
        """What the text says, in f64 but for what the network reads and gives."""
        names = [letter if self.version.startswith("0.4") else NAMES[letter] for letter in self.letters[1:]]
        image = self.image.astype(numpy.float64)
        fed = done(self.before, image, names, image, self.version).astype(numpy.float32)
        made = (fed * numpy.float32(self.gain)).astype(numpy.float64)
        return done(self.after, made, names, image, self.version)


def done(steps: Steps, tensor: Array, names: list[str], reference: Array, version: str) -> Array:
    """All steps after each other."""
    arrived, fixed = tensor, version.startswith("0.4")
    for step, options in steps:
        jointly = options.get("axes")
        axes = None if jointly is None else tuple(at for at, name in enumerate(names) if name in jointly)

        def along(values: Any) -> Array:
            """Numbers of a list, laid along the axis that the step names."""
            where = names.index(options.get("axis", "c" if fixed else "channel")) if numpy.size(values) > 1 else 0
            return numpy.asarray(values, float).reshape([-1 if at == where else 1 for at in range(tensor.ndim)] if numpy.size(values) > 1 else [])

        def moments(of: Array) -> tuple[Array, Array]:
            return of.mean(axis=axes, keepdims=True), of.std(axis=axes, keepdims=True)

        eps = options.get("eps", 1e-6)
        if step == "binarize":
            tensor = (tensor.astype(numpy.float32) > along(options["threshold"]).astype(numpy.float32)).astype(float)
        elif step == "clip":
            # Percentiles of axes without the batch are samples, as core takes them; the text leaves it open.
            method = "linear" if jointly is None or "batch" in jointly else "inverted_cdf"
            low, high = (
                options.get(end) if f"{end}_percentile" not in options
                else numpy.percentile(arrived, options[f"{end}_percentile"], axis=axes, method=method, keepdims=True)
                for end in ("min", "max")
            )
            tensor = numpy.clip(tensor, low, high)
        elif step == "ensure_dtype":
            kind = numpy.dtype(options["dtype"])
            bounds = (numpy.iinfo(kind).min, numpy.iinfo(kind).max) if kind.kind in "iu" else (-numpy.inf, numpy.inf)
            tensor = tensor.clip(*bounds).astype(kind).astype(float)
        elif step == "fixed_zero_mean_unit_variance":
            tensor = (tensor - along(options["mean"])) / along(options["std"])
        elif step == "scale_linear":
            tensor = tensor * along(options.get("gain", 1.0)) + along(options.get("offset", 0.0))
        elif step == "scale_mean_variance":
            (mean, deviation), (to_mean, to_deviation) = moments(arrived), moments(reference)
            tensor = (tensor - mean) / (deviation + eps) * (to_deviation + eps) + to_mean
        elif step == "scale_range":
            of = reference if "reference_tensor" in options else arrived
            ends = options.get("min_percentile", 0.0), options.get("max_percentile", 100.0)
            low, high = (numpy.percentile(of, end, axis=axes, keepdims=True) for end in ends)
            tensor = (tensor - low) / (high - low + eps)
        elif step == "sigmoid":
            tensor = 1 / (1 + numpy.exp(-tensor))
        elif step == "softmax":
            axis = names.index(options.get("axis", "channel"))
            powers = numpy.exp(tensor - tensor.max(axis=axis, keepdims=True))
            tensor = powers / powers.sum(axis=axis, keepdims=True)
        elif step == "zero_mean_unit_variance" and options.get("mode", "fixed" if fixed else "") == "fixed":
            tensor = (tensor - along(options["mean"])) / (along(options["std"]) + eps)
        elif step == "zero_mean_unit_variance":
            mean, deviation = moments(arrived)
            tensor = (tensor - mean) / (deviation + eps)
        else:
            raise ValueError(step)
    return tensor


def cases() -> Iterator[Case]:
    """Every step and option of 0.5 and 0.4."""
    regularisers: list[dict[str, Any]] = [{}, {"eps": 1e-6}, {"eps": 1e-3}, {"eps": 0.1}]
    types = ["float32", "float64", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "bool"]
    for letters in ("bcyx", "bczyx"):
        names = [NAMES[letter] for letter in letters]
        spatial = [name for name in names if len(name) == 1]
        extents = {"channel": 2, "z": 6, "y": 22, "x": 26}
        groups: list[dict[str, Any]] = [{}]
        chosen = [names, names[1:], spatial, ["batch", *spatial], spatial[-2:], spatial[:-1], spatial[-1:], ["channel"], ["batch", "channel", "x"]]
        groups += [{"axes": group} for group in chosen]

        steps: list[tuple[str, dict[str, Any]]] = [("sigmoid", {}), ("softmax", {}), ("softmax", {"axis": "channel"})]
        steps += [("binarize", {"threshold": 0.7}), ("scale_linear", {"gain": 2.5, "offset": -3.0}), ("scale_linear", {"offset": 7.5})]
        steps += [("fixed_zero_mean_unit_variance", {"mean": 1.5, "std": 0.02}), ("ensure_dtype", {"dtype": "uint8"})]
        for axis in names[1:]:
            ramp = [0.2 + 2.0 * at / extents[axis] for at in range(extents[axis])]
            steps += [("binarize", {"axis": axis, "threshold": ramp}), ("scale_linear", {"axis": axis, "gain": ramp, "offset": 2.0})]
            steps += [("scale_linear", {"axis": axis, "gain": ramp, "offset": ramp[::-1]})]
            steps += [("fixed_zero_mean_unit_variance", {"axis": axis, "mean": ramp, "std": ramp[::-1]})]
        steps += [("ensure_dtype", {"dtype": kind}) for kind in types]
        steps += [("clip", bounds) for bounds in ({"min": 0.5}, {"max": 1.25}, {"min": 0.5, "max": 1.25})]
        for group in groups:
            ends = ({"min_percentile": 5.0}, {"max_percentile": 99.8}, {"min_percentile": 1.0, "max_percentile": 90.0}, {"min": 0.5, "max_percentile": 60.0})
            steps += [("clip", end | group) for end in ends]
            for eps in regularisers if group in groups[:3] else regularisers[:1] + regularisers[-1:]:
                steps += [("zero_mean_unit_variance", group | eps)]
                ends = ({}, {"min_percentile": 5.0, "max_percentile": 99.8}, {"max_percentile": 90.5})
                steps += [("scale_range", end | group | eps) for end in ends]
        for step in steps:
            yield Case("0.5.12", letters, before=[("scale_linear", {"gain": 1 / 1024}), step] if needs_small(step) else [step])
            yield Case("0.5.12", letters, after=[step], gain=1 / 1024)
        for axis in spatial:
            yield Case("0.5.12", letters, after=[("softmax", {"axis": axis})], gain=1 / 1024)
        for group in groups:
            for eps in regularisers[:1] + regularisers[-1:]:
                yield Case("0.5.12", letters, after=[("scale_mean_variance", {"reference_tensor": "raw"} | group | eps)], gain=1 / 1024)
                yield Case("0.5.12", letters, after=[("scale_range", {"reference_tensor": "raw", "min_percentile": 5.0} | group | eps)])
                yield Case("0.5.12", letters, before=[("scale_range", {"reference_tensor": "raw"} | group | eps)])
        chain: Steps = [("scale_range", {"min_percentile": 5.0, "max_percentile": 99.8}), ("clip", {"min": 0.0, "max": 1.0}), ("scale_linear", {"gain": 255.0}), ("ensure_dtype", {"dtype": "uint8"})]
        yield Case("0.5.12", letters, before=chain)
        yield Case("0.5.12", letters, before=[("clip", {"min_percentile": 10.0}), ("zero_mean_unit_variance", {})])
        yield Case("0.5.12", letters, before=[("zero_mean_unit_variance", {}), ("softmax", {}), ("scale_linear", {"gain": 3.0})])

        old_spatial = "".join(spatial)
        for mode in ("per_sample", "per_dataset"):
            for group in (old_spatial, "c" + old_spatial):
                for eps in regularisers:
                    options = {"mode": mode, "axes": group, **eps}
                    yield Case("0.4.10", letters, before=[("zero_mean_unit_variance", options)])
                    yield Case("0.4.10", letters, before=[("scale_range", options | {"min_percentile": 3.0, "max_percentile": 97.0})])
                    yield Case("0.4.10", letters, after=[("scale_mean_variance", options | {"reference_tensor": "raw"})], gain=1 / 1024)
            yield Case("0.4.10", letters, after=[("scale_mean_variance", {"mode": mode, "reference_tensor": "raw"})], gain=1 / 1024)
        for mode in ({}, {"mode": "fixed"}):
            for eps in regularisers:
                yield Case("0.4.10", letters, before=[("zero_mean_unit_variance", {"axes": old_spatial, "mean": 500.0, "std": 0.5} | mode | eps)])
                yield Case("0.4.10", letters, before=[("zero_mean_unit_variance", {"axes": old_spatial, "mean": [500.0, 900.0], "std": [30.0, 0.25]} | mode | eps)])
        yield Case("0.4.10", letters, before=[("binarize", {"threshold": 700.0})])
        yield Case("0.4.10", letters, before=[("clip", {"min": 300.0, "max": 900.0})])
        yield Case("0.4.10", letters, before=[("scale_linear", {"gain": 0.5, "offset": 3.0})])
        yield Case("0.4.10", letters, before=[("scale_linear", {"axes": old_spatial, "gain": [0.5, 2.0], "offset": [3.0, -1.0]})])
        yield Case("0.4.10", letters, after=[("sigmoid", {})], gain=1 / 1024)
        yield Case("0.4.10", letters, after=[("binarize", {"threshold": 0.5})], gain=1 / 1024)


def needs_small(step: tuple[str, dict[str, Any]]) -> bool:
    """Whether the step tells values of about 1 apart and not those of a camera."""
    name, options = step
    return name in ("sigmoid", "softmax", "binarize", "fixed_zero_mean_unit_variance") or (name == "clip" and not any("percentile" in key for key in options))


def network(nodes: list[Any], inputs: dict[str, list[Any]], outputs: dict[str, list[Any]], weights: dict[str, numpy.ndarray], kinds: dict[str, int] | None = None) -> bytes:
    info = lambda name, shape: helper.make_tensor_value_info(name, (kinds or {}).get(name, TensorProto.FLOAT), shape)
    graph = helper.make_graph(
        nodes,
        "made for a test",
        [info(*one) for one in inputs.items()],
        [info(*one) for one in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString())


def by_onnxruntime(model: bytes | str, image: numpy.ndarray) -> list[numpy.ndarray]:
    import onnxruntime  # who calls it has asked whether it is there

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return list(session.run(None, {session.get_inputs()[0].name: image.astype(numpy.float32)}))


def apart(result: numpy.ndarray, expected: numpy.ndarray) -> float:
    assert result.shape == expected.shape
    return float(abs(result - expected).max() / max(numpy.ptp(expected), 1e-30))


def blur(channels: int = 1) -> bytes:
    """A convolution that pads with zeros."""
    weights = numpy.random.default_rng(3).random((channels, channels, 5, 5)).astype(numpy.float32) / 25
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4)]
    return network(nodes, {"x": ["n", channels, "h", "w"]}, {"y": ["n", channels, "h", "w"]}, {"w": weights})


def bioimage(model: bytes, axes: list[dict[str, Any]], made: list[dict[str, Any]] | None = None, more: dict[str, Any] | None = None, **files: bytes | str) -> dict[str, bytes | str]:
    """Files of a package of one input `raw` and one output `made`."""
    made = made or axes_of("bcyx", 1, "raw")
    text = COMMON | {"format_version": "0.5.12", "weights": {"onnx": {"source": "network.onnx", "opset_version": 17}}}
    text |= {"inputs": [{"id": "raw", "axes": axes, "data": {"type": "float32"}}], "outputs": [{"id": "made", "axes": made, "data": {"type": "float32"}}]}
    text |= more or {}
    return {"rdf.yaml": json.dumps(text), "network.onnx": model, **files}
