"""What packages ask for besides steps: files, borders, kinds of outputs, tolerances, and several inputs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy
import onnx
import pytest
from onnx import TensorProto, helper
from packages import apart, axes_of, bioimage, blur, by_onnxruntime, network, npy, pack, scaling

import abbe

onnxruntime = pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")
RANDOM = numpy.random.default_rng(3)


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
