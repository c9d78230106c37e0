"""Networks that cannot be run as they are, or lie about themselves: each is refused with what is wrong, or runs and says so."""

from __future__ import annotations

import re
from typing import Any, Callable

import numpy
import onnxruntime
import pytest
from networks import Array, Network
from onnx import TensorProto, helper, numpy_helper

import abbe

IMAGE = numpy.random.default_rng(1).random((70, 90), numpy.float32)


def build(middle: Callable[[Network, str], str], made: Any = ("n", 1, "hh", "ww"), read: Any = ("n", 1, "h", "w"), kind: int = 1) -> bytes:
    net = Network(18)
    net.output(middle(net, net.input("x", list(read))), made, kind)
    return net.model()


def run(file: bytes, image: Array = IMAGE, cap: int = 0, **settings: Any) -> tuple[Array, dict[str, Any]]:
    axes = {2: "yx", 3: "tyx" if "states" in settings else "cyx"}[image.ndim]
    with abbe.Plan(memory_cap_bytes=cap) as plan:
        plan.add("model", model=abbe.Model(file), **settings)
        return plan(image, axes=axes), plan.report()


def truth(file: bytes, image: Array) -> Array:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": image[None, None]})[0][0, 0]


def relu(net: Network, x: str) -> str:
    return net.op("Relu", x)


def rows_by_value(net: Network, x: str) -> str:
    rows = net.op("ReduceMax", x, net.ints(0, 1, 3), keepdims=0)
    return net.op("Compress", x, net.op("Greater", rows, net.real(0.9)), axis=2)


def blocks(size: int) -> Callable[[Network, str], str]:
    """Cuts the image into blocks, whose number is found from the samples that there are."""
    return lambda net, x: net.op("Reshape", net.op("Relu", net.op("Reshape", x, net.ints(-1, 1, size, size))), net.op("Shape", x))


REFUSED = {
    "extents below 0": (build(relu, ["n", 1, "h", "w"], [1, 1, -5, -7]), "extent of -5 for x; extents must be 1 or more, or left open"),
    "extents of 0": (build(relu, ["n", 1, "h", "w"], [1, 1, 0, 0]), "extent of 0 for x"),
    "extents of the result below 0": (build(relu, ["n", 1, -5, -7]), "extent of -5 for y0"),
    "another number of axes": (build(relu, [1, "h", "w"]), "output y0 has axes cyx; what the network gives has 4"),
    "another number of channels": (build(relu, ["n", 7, "h", "w"]), "stated to have 7 channels; the network gives 1"),
    "another size": (build(relu, ["n", 1, 256, 256]), "Expected: 256"),
    "one size for all": (build(lambda net, x: net.op("ReduceMean", x, net.ints(3)), ["n", 1, "h", 1]), "1 samples along x whatever the image"),
    "nothing": (build(lambda net, x: net.op("Slice", x, net.ints(0), net.ints(0), net.ints(2))), "no sample along y for an image of 256"),
    "a border more": (
        build(lambda net, x: net.op("Pad", x, net.ints(0, 0, 5, 5, 0, 0, 5, 5))),
        "266 samples along y for an image of 256 and 1 for each that is added",
    ),
    "a size by values": (build(rows_by_value), "depends on the image's values (Compress)"),
    "places of values": (
        build(lambda net, x: net.op("NonZero", net.op("Greater", x, net.real(0.5))), ["r", "k"], kind=TensorProto.INT64),
        "depends on the image's values (NonZero)",
    ),
    "a multiple that was not tried": (build(blocks(999)), "state of what number they must be multiples as model.multiple_px"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_run_is_refused_with_the_reason(name: str) -> None:
    file, text = REFUSED[name]
    with pytest.raises(abbe.ModelError, match=re.escape(text)):
        run(file)


def test_an_extent_of_minus_one_is_an_open_one() -> None:
    result, report = run(build(relu, [-1, 1, -1, -1], [-1, 1, -1, -1]))
    assert (result == IMAGE).all() and not report["warnings"]


@pytest.mark.parametrize(("size", "stated"), [(7, 0), (9, 0), (999, 999), (1000, 1000)])
def test_multiples_are_looked_for_or_stated(size: int, stated: int) -> None:
    result, report = run(build(blocks(size)), multiple_px=stated)
    padded = report["steps"][0]["images"][0]["padded_zyx"]
    assert (result == IMAGE).all() and all((extent + more) % size == 0 for extent, more in zip(IMAGE.shape, padded[1:]))


def test_multiples_beyond_the_cap_say_what_the_least_image_takes() -> None:
    folded = build(lambda net, x: net.op("DepthToSpace", net.op("SpaceToDepth", x, blocksize=1024), blocksize=1024))
    with pytest.raises(abbe.OutOfMemoryError, match="holds at least") as raised:
        run(folded, cap=1_000_000)
    least = int(re.search(r"at least (\d+)", str(raised.value))[1])
    result, _ = run(folded, cap=least)
    assert (result == IMAGE).all()


def looped(by_mean: bool) -> bytes:
    """Adds 1 again and again: until the mean is 3.2, or as often as ten times the brightest sample says."""
    on = [helper.make_node("Identity", ["go"], ["on"])]
    if by_mean:
        on = [helper.make_node("ReduceMean", ["out"], ["mean"], keepdims=0), helper.make_node("Less", ["mean", "most"], ["on"])]
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Add", ["in", "one"], ["out"]), *on],
        "body",
        [value("at", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("in", TensorProto.FLOAT, None)],
        [value("on", TensorProto.BOOL, []), value("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(numpy.float32(number), name) for name, number in (("one", 1), ("most", 3.2))],
    )

    def middle(net: Network, x: str) -> str:
        count = ""
        if not by_mean:
            count = net.op("Cast", net.op("ReduceMax", net.op("Mul", x, net.real(10)), keepdims=0), to=TensorProto.INT64)
        return net.op("Loop", count, net.const(True), x, body=body)

    return build(middle, ["n", 1, "h", "w"])


@pytest.mark.parametrize("by_mean", [False, True])
def test_loops_whose_count_depends_on_the_image_are_right_as_a_whole_and_certified_in_tiles(by_mean: bool) -> None:
    file, image = looped(by_mean), numpy.random.default_rng(2).random((300, 280), numpy.float32)
    image[:150] *= 0.2
    expected = truth(file, image)
    result, report = run(file, image, intensities=2)
    assert abs(result - expected).max() < 1e-6 and not report["warnings"]
    result, report = run(file, image, intensities=2, tile_px=96)
    seam = report["steps"][0]["images"][0]["seam"]
    assert abs(result - expected).max() <= seam["difference"] * (1 + 1e-6) and any("tiles may differ" in text for text in report["warnings"])


def drawing() -> bytes:
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("RandomNormalLike", ["in"], ["out"])],
        "body",
        [value("at", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("in", TensorProto.FLOAT, None)],
        [value("on", TensorProto.BOOL, []), value("out", TensorProto.FLOAT, None)],
    )
    return build(lambda net, x: net.op("Loop", net.const(1, numpy.int64), net.const(True), x, body=body), ["n", 1, "h", "w"])


def test_random_numbers_are_spoken_of_in_loops_too() -> None:
    with pytest.warns(abbe.AbbeWarning, match="random numbers"):
        _, report = run(drawing())
    assert any("RandomNormalLike" in text for text in report["warnings"])


def two(first: int, second: int, extents: Any = ("h", "w")) -> bytes:
    net = Network(18)
    net.input("a", ["n", first, "h", "w"]), net.input("b", ["n", second, *extents])
    net.output(net.conv(net.op("Concat", "a", "b", axis=1), first + second, 1), ["n", 1, "h", "w"])
    return net.model()


def test_texts_of_several_inputs_name_the_setting() -> None:
    colours = numpy.ones((3, 40, 44), numpy.float32)
    with pytest.raises(abbe.ModelError, match="where its inputs a, b share the image's channels, name them in model.inputs"):
        run(two(2, 1), colours)
    with pytest.raises(abbe.ModelError, match="3 channels; the inputs a, b, which model.inputs names, read 4 together"):
        run(two(2, 2), colours, inputs="a,b")
    with pytest.raises(abbe.ArgumentError, match="b has its own; leave it out and give it samples by Plan.set_model_input"):
        run(two(1, 1, (32, 32)), colours[:2], inputs="a,b")


def test_a_cap_that_is_too_low_for_a_network_that_remembers_says_the_least() -> None:
    net = Network(18)
    both = net.op("Concat", net.input("x", ["n", 1, "h", "w"]), net.input("s", ["n", 4, "h", "w"]), axis=1)
    state = net.conv(both, 5, 4, act="Tanh")
    net.output(net.conv(state, 4, 1), ["n", 1, "h", "w"]), net.output(state, ["n", 4, "h", "w"])
    series = numpy.random.default_rng(3).random((4, 300, 300), numpy.float32)
    with pytest.raises(abbe.OutOfMemoryError, match="holds at least") as raised:
        run(net.model(), series, cap=2_000_000, states="s=y1")
    least = int(re.search(r"at least (\d+)", str(raised.value))[1])
    result, _ = run(net.model(), series, cap=least, states="s=y1")
    assert result.shape == series.shape
    with pytest.raises(abbe.OutOfMemoryError, match="holds at least"):
        run(net.model(), series, cap=least - 1, states="s=y1")
    with pytest.raises(abbe.UnsupportedError, match="raise model.tile_px"):
        run(net.model(), series, states="s=y1", tile_px=64)


def test_a_series_shorter_than_what_is_read_is_refused() -> None:
    net = Network(18)
    net.output(net.op("ReduceMean", net.input("x", ["n", 5, 1, "h", "w"]), net.ints(1)), ["n", 1, 1, "h", "w"])
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()), axes="btcyx")
        with pytest.raises(abbe.ArgumentError, match=r"reads 5 time points together; .* have 3"):
            plan(numpy.ones((3, 40, 44), numpy.float32), axes="tyx")


def test_a_denoiser_that_is_missing_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abbe.model._BUILTIN", "no-such.zip")
    with pytest.raises(abbe.FileError, match="no-such.zip is missing; abbe's wheel has it"):
        abbe.Model.builtin()


@pytest.mark.parametrize("letters", ["éyx", "yéx", "\U0001f600yx", "yy", "q"])
def test_axes_that_are_no_letters_of_axes(letters: str) -> None:
    net = Network(18)
    net.input("x", ["n", 1, "h", "w"])
    net.output(net.op("Relu", "x"), ["n", 1, "h", "w"])
    with abbe.Plan() as plan, abbe.Model(net.model()) as model, pytest.raises(abbe.ArgumentError, match="model.axes is"):
        plan.add("model", model=model, axes=letters)(numpy.ones((16, 16), numpy.float32), axes="yx")
