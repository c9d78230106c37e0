"""Networks that read several time points: windows in a series, at its ends, in packages and in tiles."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest
from onnx import helper
from packages import apart, axes_of, bioimage, by_onnxruntime, network, npy, pack

import abbe

pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")
RANDOM = numpy.random.default_rng(3)


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
