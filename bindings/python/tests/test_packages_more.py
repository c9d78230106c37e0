"""What packages ask for besides steps: ranges, borders, files, kinds of outputs, tolerances, and time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from packages import COMMON, axes_of, npy, pack, scaling

import abbe

onnxruntime = pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")
RANDOM = numpy.random.default_rng(3)


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
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return list(session.run(None, {session.get_inputs()[0].name: image.astype(numpy.float32)}))


def apart(result: numpy.ndarray, expected: numpy.ndarray) -> float:
    assert result.shape == expected.shape
    return float(abs(result - expected).max() / max(numpy.ptp(expected), 1e-30))


def blur(channels: int = 1) -> bytes:
    """A convolution that pads with zeros."""
    weights = RANDOM.random((channels, channels, 5, 5)).astype(numpy.float32) / 25
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4)]
    return network(nodes, {"x": ["n", channels, "h", "w"]}, {"y": ["n", channels, "h", "w"]}, {"w": weights})


def bioimage(model: bytes, axes: list[dict[str, Any]], made: list[dict[str, Any]] | None = None, more: dict[str, Any] | None = None, **files: bytes | str) -> dict[str, bytes | str]:
    """Files of a package of one input `raw` and one output `made`."""
    made = made or axes_of("bcyx", 1, "raw")
    text = COMMON | {"format_version": "0.5.12", "weights": {"onnx": {"source": "network.onnx", "opset_version": 17}}}
    text |= {"inputs": [{"id": "raw", "axes": axes, "data": {"type": "float32"}}], "outputs": [{"id": "made", "axes": made, "data": {"type": "float32"}}]}
    text |= more or {}
    return {"rdf.yaml": json.dumps(text), "network.onnx": model, **files}


# ---- CZANN


def czann(model: bytes, **more: Any) -> bytes:
    manifest = {"FormatVersion": "2.1.0", "Id": "2b3a4a6e-5f0a-4a0b-9d7e-0f6d1b1b7a11", "Type": "Regression", "InputShape": [64, 64, 1], "OutputShape": [64, 64, 1], "ModelName": "made for a test"}
    return pack({"model.json": json.dumps(manifest | more), "model.model": model, "license.txt": "MIT"})


def channels_last(operator: str = "Tanh", classes: int = 1, channels: int = 1) -> bytes:
    weights = {"w": RANDOM.normal(0, 4, (4, channels, 3, 3)), "u": RANDOM.normal(0, 0.5, (classes, 4, 1, 1))}
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["a", "w"], ["b"], pads=[1] * 4),
        helper.make_node("Tanh", ["b"], ["c"]),
        helper.make_node("Conv", ["c", "u"], ["d"]),
        helper.make_node("Transpose", ["d"], ["e"], perm=[0, 2, 3, 1]),
        helper.make_node(operator, ["e"], ["y"]),
    ]
    return network(nodes, {"x": ["n", "h", "w", channels]}, {"y": ["n", "h", "w", classes]}, {name: value.astype(numpy.float32) for name, value in weights.items()})


@pytest.mark.parametrize(("kind", "largest"), [("uint8", 255), ("uint16", 65535), ("float32", 1), ("float16", 1)])
def test_czann_networks_read_values_from_0_to_1(kind: str, largest: int) -> None:
    model = channels_last()
    image = (RANDOM.random((40, 50)) * largest).astype(kind)
    expected = by_onnxruntime(model, image[None, ..., None].astype(numpy.float32) / largest)[0][0, ..., 0]
    # Scaling is the extent of a pixel in metres and no factor.
    with abbe.Model(czann(model, Scaling=[6.5e-8, 6.5e-8], MinOverlap=[8, 8])) as package:
        assert package.describe()["pixel_nm_xyz"] == pytest.approx([65.0, 65.0])
        assert package.describe()["geometry"]["scale_zyx"] == [1.0, 1.0, 1.0]
        assert apart(package(image, intensities="network"), expected) < 1e-5
        # A regression comes back in the image's units.
        assert apart(package(image), expected * largest) < 1e-5
        # What the host says of the range goes before.
        own = by_onnxruntime(model, (image[None, ..., None].astype(numpy.float32) - 3) / 7)[0][0, ..., 0]
        assert apart(package(image, normalisation="fixed", offset=3.0, gain=7.0, intensities="network"), own) < 1e-5


def test_czann_and_czmodel_classes_are_no_intensities() -> None:
    model = channels_last("Sigmoid", classes=3)
    image = (RANDOM.random((40, 50)) * 255).astype(numpy.uint8)
    expected = by_onnxruntime(model, image[None, ..., None] / 255)[0][0].transpose(2, 0, 1)
    shapes = {"InputShape": [64, 64, 1], "OutputShape": [64, 64, 3], "Classes": ["a", "b", "c"]}
    xml = """<?xml version='1.0' encoding='utf-8'?>
<Model Version="3.1.0"><Id>id</Id><ModelName>named</ModelName><Status>Trained</Status>
<FeatureExtractor>DeepNeuralNetwork</FeatureExtractor><Postprocessing /><ColorHandling>ConvertToMonochrome</ColorHandling>
<Channels><Item PixelType="Gray8" /></Channels><TrainingClasses>
<Item colB="1" colG="2" colR="3" LabelValue="1" Name="a" /><Item colB="1" colG="2" colR="3" LabelValue="2" Name="b" />
<Item colB="1" colG="2" colR="3" LabelValue="3" Name="c" /></TrainingClasses><BorderSize>4</BorderSize></Model>"""
    old = pack({"id.xml": xml, "id.model": model, "modelid=id": ""})
    for package, name in ((czann(model, Type="SingleClassSemanticSegmentation", **shapes), "made for a test"), (old, "named")):
        with abbe.Model(package) as loaded, abbe.Plan() as plan:
            assert loaded.describe()["name"] == name
            assert loaded.describe()["outputs"][0]["kinds"] == ["probability"]
            plan.add("model", model=loaded)
            assert apart(plan(image[None], axes="cyx"), expected) < 1e-5
            told = plan.report()["steps"][0]["images"][0]["outputs"][0]
            assert told["kinds"] == ["probability"] and told["intensities"] == ["network"]
    for text, reason in (("<Model><BorderSize>wide</BorderSize></Model>", "whole number"), ("<Other/>", "must describe a Model"), ("<Model", "not XML"), ("<!DOCTYPE a [<!ENTITY b 'c'>]><Model/>", "not XML")):
        with pytest.raises(abbe.Error, match=reason):
            abbe.Model(pack({"id.xml": text, "id.model": model}))


# ---- Files


def test_weights_beside_a_network_by_any_way_to_write_their_place(tmp_path: Path) -> None:
    image = RANDOM.random((40, 44)).astype(numpy.float32)
    model = onnx.load_from_string(blur())
    onnx.save(model, str(tmp_path / "a.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0)
    expected = by_onnxruntime(str(tmp_path / "a.onnx"), image[None, None])[0][0, 0]
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "weights.bin").write_bytes((tmp_path / "weights.bin").read_bytes())

    def placed(place: str) -> bytes:
        moved = onnx.load(str(tmp_path / "a.onnx"), load_external_data=False)
        for tensor in moved.graph.initializer:
            for entry in tensor.external_data:
                entry.value = place if entry.key == "location" else entry.value
        return bytes(moved.SerializeToString())

    for place in ("weights.bin", "./weights.bin", "././weights.bin", "sub/weights.bin", "./sub/weights.bin", "sub/./weights.bin", "sub//weights.bin"):
        (tmp_path / "b.onnx").write_bytes(placed(place))
        assert apart(abbe.Model(tmp_path / "b.onnx")(image), expected) < 1e-6, place
        weights = {place.replace("./", "").replace("//", "/"): (tmp_path / "weights.bin").read_bytes()}
        zipped = pack(bioimage(placed(place), axes_of("bcyx", 1)) | weights)
        assert apart(abbe.Model(zipped)(image), expected) < 1e-6, place
    outside = tmp_path.parent / "outside.bin"
    outside.write_bytes((tmp_path / "weights.bin").read_bytes())
    (tmp_path / "link.bin").symlink_to(outside)
    for place in ("../outside.bin", "sub/../../outside.bin", str(outside), "link.bin", "https://example.com/weights.bin", "C:/weights.bin", "sub\\weights.bin"):
        (tmp_path / "b.onnx").write_bytes(placed(place))
        with pytest.raises(abbe.Error, match="inside|link out|downloads nothing"):
            abbe.Model(tmp_path / "b.onnx")


def test_side_files_never_refuse_a_package() -> None:
    image = RANDOM.random((30, 34)).astype(numpy.float32)
    model = blur()
    expected = by_onnxruntime(model, image[None, None])[0][0, 0]
    axes = axes_of("bcyx", 1)

    def tested(source: str) -> dict[str, Any]:
        port = {"data": {"type": "float32"}, "test_tensor": {"source": source}}
        return {"inputs": [{"id": "raw", "axes": axes, **port}], "outputs": [{"id": "made", "axes": axes_of("bcyx", 1, "raw"), **port}]}

    whole = bioimage(model, axes)
    text = whole["rdf.yaml"]
    for files in (
        bioimage(model, axes, more=tested("https://example.com/test.npy")),
        bioimage(model, axes, more=tested("missing.npy")),
        bioimage(model, axes, more={"documentation": "missing.md", "covers": ["https://example.com/cover.png"]}),
        {"named.model.yaml": text, "network.onnx": model},
        {"named.bioimageio.yaml": text, "network.onnx": model},
        {f"folder/{name}": content for name, content in whole.items()} | {"__MACOSX/folder/._rdf.yaml": b"\0"},
        {f"./{name}": content for name, content in whole.items()},
        {"rdf.yaml": str(text).replace('"network.onnx"', '"https://zenodo.org/api/records/1/files/network.onnx/content"'), "network.onnx": model},
    ):
        with abbe.Model(pack(files)) as package:
            assert apart(package(image), expected) < 1e-6, list(files)
            with pytest.raises(abbe.Error, match="test"):
                package.selftest()
    digest = hashlib.sha256(b"something else").hexdigest()
    for files, reason in (
        ({"rdf.yaml": str(text).replace('"opset_version"', f'"sha256": "{digest}", "opset_version"'), "network.onnx": model}, "sha256"),
        ({"rdf.yaml": text}, "not in the package"),
        ({"rdf.yaml": str(text).replace('"network.onnx"', '"https://example.com/other.onnx"'), "network.onnx": model}, "downloads nothing"),
        ({"rdf.yaml": str(text).replace('{"onnx"', '{"pytorch_state_dict"'), "network.onnx": model}, "bioimageio add-weights"),
    ):
        with pytest.raises(abbe.Error, match=reason):
            abbe.Model(pack(files))


@pytest.mark.parametrize(
    ("port", "change", "reason"),
    [
        ("outputs", {"axes": axes_of("bcyx", 1, "nothing")}, "there is none"),
        ("outputs", {"postprocessing": [{"id": "scale_mean_variance", "kwargs": {"reference_tensor": "nothing"}}]}, "there is none"),
        ("inputs", {"axes": axes_of("bcyyx", 1)}, "there twice"),
        ("inputs", {"axes": axes_of("bcx", 1)}, "axis y of made"),
        ("inputs", {"pad": {"mode": "mirror"}}, "constant, edge, reflect or symmetric"),
    ],
)
def test_contradictions_are_named(port: str, change: dict[str, Any], reason: str) -> None:
    files = bioimage(blur(), axes_of("bcyx", 1))
    text = json.loads(files["rdf.yaml"])
    text[port][0] |= change
    with pytest.raises(abbe.Error, match=reason):
        abbe.Model(pack(files | {"rdf.yaml": json.dumps(text)}))


def test_a_package_is_tested_by_its_own_tolerances() -> None:
    model = scaling("bcyx", 1, 1.0)
    image = RANDOM.random((1, 1, 20, 22)).astype(numpy.float32)
    axes, made = axes_of("bcyx", 1), axes_of("bcyx", 1, "raw")
    tests: dict[str, bytes | str] = {"in.npy": npy(image), "out.npy": npy(image + numpy.float32(0.01))}
    port = lambda source: {"data": {"type": "float32"}, "test_tensor": {"source": source}}
    ports = {"inputs": [{"id": "raw", "axes": axes, **port("in.npy")}], "outputs": [{"id": "made", "axes": made, **port("out.npy")}]}
    stated = lambda **more: {"config": {"bioimageio": {"reproducibility_tolerance": [{"absolute_tolerance": 0.02, **more}]}}}
    older = {"config": {"bioimageio": {"test_kwargs": {"onnx": {"absolute_tolerance": 0.02}}}}}
    for config, passes in (
        ({}, False),
        (stated(), True),
        (stated(output_ids=["made"], weights_formats=["onnx", "torchscript"]), True),
        (stated(output_ids=["other"]), False),
        (stated(weights_formats=["torchscript"]), False),
        (older, True),
    ):
        with abbe.Model(pack(bioimage(model, axes, more=ports | config) | tests)) as package:
            result = package.selftest()
            assert result["passed"] is passes, (config, result)


# ---- Borders


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "edge", "constant", None])
def test_a_halo_at_the_border_is_filled_as_the_package_asks(mode: str | None) -> None:
    model = blur()
    image = (RANDOM.random((33, 41)) * 500 + 200).astype(numpy.float32)
    made = axes_of("bcyx", 1, "raw", y={"halo": 4}, x={"halo": 3})
    files = bioimage(model, axes_of("bcyx", 1), made)
    text = json.loads(files["rdf.yaml"])
    if mode:
        text["inputs"][0]["pad"] = {"mode": mode, "value": 50} if mode == "constant" else {"mode": mode}
    more = {"constant_values": 50} if mode == "constant" else {}
    padded = numpy.pad(image, ((4, 4), (3, 3)), mode or "symmetric", **more)
    expected = by_onnxruntime(model, padded[None, None])[0][0, 0][4:-4, 3:-3]
    with abbe.Model(pack(files | {"rdf.yaml": json.dumps(text)})) as package, abbe.Plan() as plan:
        plan.add("model", model=package)
        assert apart(plan(image), expected) < 1e-6
        told = plan.report()["steps"][0]["images"][0]["border"]
        assert told[0] == [0, 4, 3]
        # What the network gives for the image as it is.
        plain = by_onnxruntime(model, image[None, None])[0][0, 0]
        assert apart(package(image, extent="network"), plain) < 1e-6


# ---- Kinds of outputs


def test_only_intensities_get_the_offset_of_the_camera() -> None:
    """Four outputs: an image, a width, a probability and numbers of classes."""
    weights = {"w": RANDOM.normal(0, 0.3, (3, 1, 3, 3)).astype(numpy.float32), "two": numpy.float32(2.0)}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Mul", ["x", "two"], ["mean"]),
        helper.make_node("Abs", ["x"], ["sigma"]),
        helper.make_node("Softmax", ["a"], ["p"], axis=1),
        helper.make_node("ArgMax", ["a"], ["n"], axis=1, keepdims=1),
    ]
    outputs = {"mean": ["n", 1, "h", "w"], "sigma": ["n", 1, "h", "w"], "p": ["n", 3, "h", "w"], "n": ["n", 1, "h", "w"]}
    model = network(nodes, {"x": ["n", 1, "h", "w"]}, outputs, weights, {"n": TensorProto.INT64})
    image = (RANDOM.random((30, 34)) * 900 + 100).astype(numpy.float32)
    mean, sigma, p, n = (array[0] for array in by_onnxruntime(model, (image[None, None] - 100) / 50))
    expected = numpy.concatenate([mean * 50 + 100, sigma * 50, p, n])
    with abbe.Model(model) as loaded, abbe.Plan() as plan:
        plan.add("model", model=loaded, normalisation="fixed", offset=100.0, gain=50.0, output=-1)
        result = plan(image[None], axes="cyx")
        assert abs(result - expected).max() < 1e-3
        assert numpy.array_equal(result[5], n[0])
        told = plan.report()["steps"][0]["images"][0]["outputs"]
        assert [output["kinds"] for output in told] == [["image"], ["uncertainty"], ["probability"], ["labels"]]
        assert [output["intensities"] for output in told] == [["input"], ["input"], ["network"], ["network"]]
        # What the host says goes before; labels are never changed.
        options: dict[str, Any] = {"normalisation": "fixed", "offset": 100.0, "gain": 50.0}
        assert abs(loaded(image, output=1, output_kind="image", **options) - (sigma[0] * 50 + 100)).max() < 1e-3
        assert abs(loaded(image, output=1, output_kind="other", **options) - sigma[0]).max() < 1e-5
        assert numpy.array_equal(loaded(image, output=3, intensities="input", **options), n[0])


def test_channels_have_kinds_by_their_names_and_stated_values() -> None:
    weights = {"w": numpy.array([1.0, 0.5, 0.25], numpy.float32).reshape(3, 1, 1, 1)}
    model = network([helper.make_node("Conv", ["x", "w"], ["y"])], {"x": ["n", 1, "h", "w"]}, {"y": ["n", 3, "h", "w"]}, weights)
    image = (RANDOM.random((20, 22)) * 900 + 100).astype(numpy.float32)
    value = (image - 100) / 50
    made = axes_of("bcyx", 3, "raw")
    made[1]["channel_names"] = ["mean", "sigma", "class"]
    with abbe.Model(pack(bioimage(model, axes_of("bcyx", 1), made))) as package:
        result = package(image[None], axes="cyx", normalisation="fixed", offset=100.0, gain=50.0)
        assert abs(result - numpy.stack([value * 50 + 100, value * 25, value / 4])).max() < 1e-3
    files = bioimage(model, axes_of("bcyx", 1), axes_of("bcyx", 3, "raw"))
    text = json.loads(files["rdf.yaml"])
    text["outputs"][0]["data"] = {"type": "uint8", "values": [0, 1, 2]}
    with abbe.Model(pack(files | {"rdf.yaml": json.dumps(text)})) as package:
        assert package.describe()["outputs"][0]["kinds"] == ["labels"]
        result = package(image[None], axes="cyx", normalisation="fixed", offset=100.0, gain=50.0)
        assert abs(result - value * weights["w"][:, 0]).max() < 1e-4


# ---- Time


def over_time(frames: int | str, letters: str, made: int | str) -> bytes:
    """Convolves planes and sums time points with weights that differ; `made` is as many as are read, or 1."""
    at = letters.index("t")
    shape = [{"b": 1, "c": 1, "t": frames, "y": "h", "x": "w"}[letter] for letter in letters]
    result = [made if letter == "t" else extent for letter, extent in zip(letters, shape)]
    ramp = numpy.linspace(0.2, 1.5, int(frames)).astype(numpy.float32).reshape([-1 if axis == at else 1 for axis in range(len(letters))])
    axes = numpy.array([at], numpy.int64)
    nodes = [helper.make_node("Mul", ["x", "ramp"], ["a"]), helper.make_node("ReduceSum", ["a", "axes"], ["s"], keepdims=1)]
    nodes.append(helper.make_node("Identity", ["s"], ["y"]) if made == 1 else helper.make_node("Add", ["s", "x"], ["y"]))
    return network(nodes, {"x": shape}, {"y": result}, {"ramp": ramp, "axes": axes})


def series(points: int) -> numpy.ndarray:
    return (RANDOM.random((points, 20, 24)) * 100 + numpy.arange(points)[:, None, None] * 50).astype(numpy.float32)


def reflected(at: int, points: int) -> int:
    return abs(at) if at < points else 2 * (points - 1) - at


@pytest.mark.parametrize("frames", [2, 3, 4, 5])
@pytest.mark.parametrize("letters", ["btcyx", "btyx", "tyx", "bcyxt"])
def test_one_time_point_comes_of_those_around_it(frames: int, letters: str) -> None:
    model, image = over_time(frames, letters, 1), series(7)
    order = [0, 1, 2] if letters != "bcyxt" else [1, 2, 0]
    expected = []
    for at in range(7):
        window = image[[reflected(at - frames // 2 + step, 7) for step in range(frames)]].transpose(order)
        shape = [1 if letter in "bc" else {"t": frames, "y": 20, "x": 24}[letter] for letter in letters]
        expected.append(by_onnxruntime(model, window.reshape(shape))[0].reshape(20, 24))
    with abbe.Model(model) as loaded, abbe.Plan() as plan:
        plan.add("model", model=loaded, axes=letters)
        assert apart(plan(image, axes="tyx"), numpy.stack(expected)) < 1e-6
        assert plan.report()["steps"][0]["images"][0]["time_points"] == frames
        with pytest.raises(abbe.ArgumentError, match=f"reads {frames} time points"):
            _run(loaded, image[: frames - 1], letters)
        with pytest.raises(abbe.ArgumentError, match=f"reads {frames} time points"):
            _run(loaded, image[0], letters, "yx")


def _run(model: abbe.Model, image: numpy.ndarray, letters: str, axes: str = "tyx", **more: Any) -> numpy.ndarray:
    with abbe.Plan() as plan:
        plan.add("model", model=model, axes=letters, **more)
        result: numpy.ndarray = plan(image, axes=axes)
        return result


@pytest.mark.parametrize("points", [5, 6, 9])
def test_as_many_time_points_come_of_the_nearest_inside_the_series(points: int) -> None:
    model, image = over_time(5, "btcyx", 5), series(points)
    expected = []
    for at in range(points):
        first = min(max(at - 2, 0), points - 5)
        made = by_onnxruntime(model, image[None, first : first + 5, None])[0]
        expected.append(made[0, at - first, 0])
    with abbe.Model(model) as loaded:
        assert apart(_run(loaded, image, "btcyx"), numpy.stack(expected)) < 1e-6
        # In place: the series is read before it is written over.
        with abbe.Plan() as plan:
            plan.add("model", model=loaded, axes="btcyx")
            held = image.copy()
            plan(held, axes="tyx", out=held)
            assert apart(held, numpy.stack(expected)) < 1e-6


def test_time_in_packages_in_channels_and_in_open_axes() -> None:
    image = series(6)
    window = lambda at: image[[reflected(at - 1 + step, 6) for step in range(3)]]
    # A package with a time axis of three places, normalised by all that it reads.
    model = over_time(3, "btcyx", 1)
    axes = axes_of("btcyx", 1)
    axes[1]["size"] = 3
    made = axes_of("btcyx", 1, "raw")
    made[1]["size"] = 1
    files = bioimage(model, axes, made)
    text = json.loads(files["rdf.yaml"])
    text["inputs"][0]["preprocessing"] = [{"id": "zero_mean_unit_variance"}]
    normalised = lambda frames: (frames - frames.mean()) / (frames.std() + 1e-6)
    expected = numpy.stack([by_onnxruntime(model, normalised(window(at))[None, :, None])[0][0, 0, 0] for at in range(6)])
    with abbe.Model(pack(files | {"rdf.yaml": json.dumps(text)})) as package:
        assert apart(package(image, axes="tyx", intensities="network"), expected) < 1e-5
    text["inputs"][0]["preprocessing"] = [{"id": "zero_mean_unit_variance", "kwargs": {"axes": ["y", "x"]}}]
    with pytest.raises(abbe.Error, match="leaves out axis time"):
        abbe.Model(pack(files | {"rdf.yaml": json.dumps(text)}))
    # Time points as channels.
    weights = {"w": RANDOM.random((1, 3, 3, 3)).astype(numpy.float32)}
    model = network([helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4)], {"x": ["n", 3, "h", "w"]}, {"y": ["n", 1, "h", "w"]}, weights)
    expected = numpy.stack([by_onnxruntime(model, window(at)[None])[0][0, 0] for at in range(6)])
    with abbe.Model(model) as loaded:
        assert apart(loaded(image, axes="tyx", frames=3), expected) < 1e-6
        with pytest.raises(abbe.ArgumentError, match="reads 3 channels"):
            loaded(image, axes="tyx", frames=5)
    with abbe.Model(pack(bioimage(model, axes_of("bcyx", 3), axes_of("bcyx", 1, "raw")))) as package:
        assert apart(package(image, axes="tyx", frames=3), expected) < 1e-6
    # A time axis of any extent.
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=1)]
    model = network(nodes, {"x": [1, "t", 1, "h", "w"]}, {"y": [1, 1, 1, "h", "w"]}, {})
    expected = numpy.stack([window(at).mean(axis=0) for at in range(6)])
    with abbe.Model(model) as loaded:
        assert apart(_run(loaded, image, "btcyx", frames=3), expected) < 1e-6


def test_time_in_tiles_and_behind_other_steps(psf: abbe.Psf) -> None:
    weights = {"w": RANDOM.random((1, 3, 5, 5)).astype(numpy.float32)}
    model = network([helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4)], {"x": ["n", 3, "h", "w"]}, {"y": ["n", 1, "h", "w"]}, weights)
    image = (RANDOM.random((4, 90, 100)) * 500 + 20).astype(numpy.float32)
    with abbe.Model(model) as loaded, abbe.Plan() as plan:
        whole = loaded(image, axes="tyx", frames=3)
        assert apart(loaded(image, axes="tyx", frames=3, tile_px=40), whole) < 1e-6
        plan.add("deconvolve", psf=psf, iterations=3).add("model", model=loaded, frames=3)
        sharp = abbe.deconvolve(image, psf, iterations=3, axes="tyx")
        assert apart(plan(image, axes="tyx"), loaded(sharp, axes="tyx", frames=3)) < 1e-5
        with abbe.Plan() as two, pytest.raises(abbe.Error, match="plan of its own"):
            two.add("model", model=loaded, frames=3).add("model", model=loaded, frames=3)
            two(image, axes="tyx")


# ---- Several inputs


def two_inputs() -> bytes:
    """A convolution of one input, and of another one of two channels, summed; a third input is a number."""
    weights = {"w": RANDOM.random((1, 1, 3, 3)).astype(numpy.float32), "u": RANDOM.random((1, 2, 5, 5)).astype(numpy.float32)}
    nodes = [
        helper.make_node("Conv", ["donor", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["acceptor", "u"], ["b"], pads=[2] * 4),
        helper.make_node("Sub", ["a", "b"], ["c"]),
        helper.make_node("Add", ["c", "level"], ["y"]),
    ]
    inputs = {"acceptor": ["n", 2, "h", "w"], "level": [1, 1, 1, 1], "donor": ["n", 1, "h", "w"]}
    return network(nodes, inputs, {"y": ["n", 1, "h", "w"]}, weights)


def test_channels_go_to_inputs_by_name() -> None:
    model = two_inputs()
    image = (RANDOM.random((3, 70, 80)) * 100).astype(numpy.float32)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def truth(donor: numpy.ndarray, acceptor: numpy.ndarray) -> numpy.ndarray:
        fed = {"donor": donor[None], "acceptor": acceptor[None], "level": numpy.full((1, 1, 1, 1), 5, numpy.float32)}
        result: numpy.ndarray = session.run(None, fed)[0][0]
        return result

    with abbe.Model(model) as loaded:
        for names, expected in (("donor, acceptor", truth(image[:1], image[1:])), ("acceptor,donor", truth(image[2:], image[:2]))):
            assert apart(loaded(image, axes="cyx", inputs=names, value=5.0), expected) < 1e-6
            # In tiles, which are exact in both inputs.
            assert apart(loaded(image, axes="cyx", inputs=names, value=5.0, tile_px=32), expected) < 1e-6
        for names, reason in (("donor,nobody", "names out of acceptor, level, donor"), ("donor,donor", "twice"), ("donor,level", "images of the same spatial axes")):
            with pytest.raises(abbe.ArgumentError, match=reason):
                loaded(image, axes="cyx", inputs=names)
        with pytest.raises(abbe.Error, match="the inputs donor, acceptor, .* read 3 together"):
            loaded(image[:2], axes="cyx", inputs="donor,acceptor")
    # Each input has the steps that the package states for it.
    axes = lambda channels: axes_of("bcyx", channels)
    port = lambda name, channels, steps: {"id": name, "axes": axes(channels), "data": {"type": "float32"}, "preprocessing": steps}
    weights = {"w": RANDOM.random((1, 1, 3, 3)).astype(numpy.float32)}
    nodes = [helper.make_node("Conv", ["b", "w"], ["c"], pads=[1] * 4), helper.make_node("Add", ["a", "c"], ["y"])]
    model = network(nodes, {"a": ["n", 1, "h", "w"], "b": ["n", 1, "h", "w"]}, {"y": ["n", 1, "h", "w"]}, weights)
    steps = [{"id": "zero_mean_unit_variance"}], [{"id": "scale_linear", "kwargs": {"gain": 0.5}}]
    more = {"inputs": [port("first", 1, steps[0]), port("second", 1, steps[1])]}
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    first = (image[0] - image[0].mean()) / (image[0].std() + 1e-6)
    expected = session.run(None, {"a": first[None, None].astype(numpy.float32), "b": image[None, 1:2] * numpy.float32(0.5)})[0][0]
    with abbe.Model(pack(bioimage(model, axes(1), axes_of("bcyx", 1, "first"), more))) as package:
        assert apart(package(image[:2], axes="cyx", inputs="first,second", intensities="network"), expected) < 1e-5
        # Without names, one of them is fed, and the other said to be filled with a number.
        with abbe.Plan() as plan:
            plan.add("model", model=package)
            plan(image[:1], axes="cyx")
            assert "second is an image too" in json.dumps(plan.report())


# ---- Against ZEISS's own library, where it is there: pip install czmodel==6.2.0


def test_packages_of_czmodel_are_read(tmp_path: Path) -> None:
    pytest.importorskip("czmodel", reason="SKIPPED: czmodel is not there; pip install czmodel==6.2.0")
    from czmodel.core.legacy_model_metadata import ModelMetadata as LegacyModelMetadata
    from czmodel.core.model_metadata import ModelMetadata, ModelType
    from czmodel.core.util.model_packing import create_legacy_model_zip, create_model_zip

    model = channels_last("Sigmoid", classes=2)
    image = (RANDOM.random((40, 50)) * 65535).astype(numpy.uint16)
    expected = by_onnxruntime(model, image[None, ..., None] / numpy.float32(65535))[0][0].transpose(2, 0, 1)
    for kind in (ModelType.REGRESSION, ModelType.SINGLE_CLASS_SEMANTIC_SEGMENTATION):
        about = ModelMetadata(model_type=kind, input_shape=[64, 64, 1], output_shape=[64, 64, 2], min_overlap=[8, 8], classes=["a", "b"], model_name="named", scaling=(6.5e-8, 6.5e-8))
        create_model_zip(model, about, str(tmp_path / "made.czann"))
        with abbe.Model(tmp_path / "made.czann") as package:
            assert apart(package(image[None], axes="cyx", intensities="network"), expected) < 1e-5
            assert package.describe()["pixel_nm_xyz"] == pytest.approx([65.0, 65.0])
    older = LegacyModelMetadata(name="named", classes=["a", "b"], pixel_types="Gray16", color_handling="ConvertToMonochrome", border_size=8)
    create_legacy_model_zip(model, older, str(tmp_path / "made.czmodel"))
    with abbe.Model(tmp_path / "made.czmodel") as package:
        assert apart(package(image[None], axes="cyx"), expected) < 1e-5


@pytest.mark.parametrize("made", [1, 3])
def test_packages_over_time_are_tested(made: int) -> None:
    model = over_time(3, "btcyx", made)
    image = series(3)[None, :, None]
    axes, result = axes_of("btcyx", 1), axes_of("btcyx", 1, "raw")
    axes[1]["size"], result[1]["size"] = 3, made
    port = lambda name, source, axes: {"id": name, "axes": axes, "data": {"type": "float32"}, "test_tensor": {"source": source}}
    ports = {"inputs": [port("raw", "in.npy", axes)], "outputs": [port("made", "out.npy", result)]}
    tensors: dict[str, bytes | str] = {"in.npy": npy(image), "out.npy": npy(by_onnxruntime(model, image)[0])}
    with abbe.Model(pack(bioimage(model, axes, more=ports) | tensors)) as package:
        told = package.selftest()
        assert told["passed"] and told["outputs"][0]["largest_difference"] < 1e-3, told
