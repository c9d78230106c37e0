"""What networks are fed and give: sample types, what does not fit them, and networks that cannot be trusted."""

from __future__ import annotations

import threading

import ml_dtypes
import numpy
import onnx
import onnxruntime
import pytest
from families import family
from networks import Array, Network, planar
from onnx import TensorProto, helper

import abbe

LEVELS = {
    "int8": (TensorProto.INT8, numpy.int8, -128, 127),
    "uint8": (TensorProto.UINT8, numpy.uint8, 0, 255),
    "int16": (TensorProto.INT16, numpy.int16, -32768, 32767),
    "uint16": (TensorProto.UINT16, numpy.uint16, 0, 65535),
    "int32": (TensorProto.INT32, numpy.int32, -(2**31), 2**31 - 1),
    "uint32": (TensorProto.UINT32, numpy.uint32, 0, 2**32 - 1),
    "int64": (TensorProto.INT64, numpy.int64, -(2**63), 2**63 - 1),
    "uint64": (TensorProto.UINT64, numpy.uint64, 0, 2**64 - 1),
}


def copied(read: int, made: int) -> bytes:
    """A network that gives its image back, read as one sample type and given as another."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"], read)
    net.output(net.op("Cast", x, to=made), ["n", 1, "h", "w"], made)
    return net.model()


def run(file: bytes, image: Array, **settings: object) -> tuple[Array, dict]:
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(file), **settings)
        return plan(image), plan.report()


@pytest.mark.parametrize("name", LEVELS)
def test_whole_numbers_of_every_type_go_in_and_come_out(name: str) -> None:
    kind, _, low, high = LEVELS[name]
    image = numpy.float32([[0, 1, 2.4, 2.5, 3.5, 100, 127, 12]] * 8)
    for file in (copied(kind, TensorProto.FLOAT), copied(TensorProto.FLOAT, kind), copied(kind, kind)):
        result, report = run(file, image)
        # Where ONNX Runtime casts, it cuts off; what abbe feeds is rounded to even.
        wanted = numpy.trunc(image) if file == copied(TensorProto.FLOAT, kind) else numpy.rint(image)
        assert (result == wanted).all() and report["clipped_high"] == report["clipped_low"] == 0
        assert not report["warnings"]


@pytest.mark.parametrize("name", ["int8", "uint8", "int16", "uint16"])
def test_what_does_not_fit_the_input_is_cut_and_counted(name: str) -> None:
    kind, _, low, high = LEVELS[name]
    image = numpy.float32([[0, 1, high, high + 0.4, high + 1, 1e6, low - 1, low]] * 8)
    result, report = run(copied(kind, TensorProto.FLOAT), image)
    assert (result == numpy.clip(numpy.rint(image), low, high)).all()
    assert report["clipped_high"] == 16 and report["clipped_low"] == 8
    assert report["steps"][0]["images"][0]["saturated"] == [8, 16]
    (warning,) = report["warnings"]
    assert "37.5 %" in warning and name in warning and "model.gain" in warning


def test_16_bit_images_in_an_8_bit_network_are_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    image = numpy.uint16([[0, 100, 255, 256, 1000, 4000, 65535, 7]] * 8)
    _, report = run(copied(TensorProto.UINT8, TensorProto.FLOAT), image)
    assert report["clipped_high"] == 32 and "50.0 %" in report["warnings"][0]
    # By the way that the warning names nothing is lost but precision.
    result, report = run(copied(TensorProto.UINT8, TensorProto.FLOAT), image, normalisation=4, gain=65535 / 255)
    assert not report["warnings"] and abs(result - image).max() <= 65535 / 255 / 2


def test_truth_values_and_short_floats_go_in_and_come_out() -> None:
    image = numpy.float32([[0, 1, 0.5, -2, 1000.3, 65504, 3.14159, 1e-3]] * 8)
    boolean, _ = run(copied(TensorProto.BOOL, TensorProto.FLOAT), image)
    assert (boolean == (image != 0)).all()
    given, _ = run(copied(TensorProto.FLOAT, TensorProto.BOOL), image)
    assert (given == (image != 0)).all()
    for kind, dtype in ((TensorProto.BFLOAT16, ml_dtypes.bfloat16), (TensorProto.FLOAT16, numpy.float16)):
        for file in (copied(kind, TensorProto.FLOAT), copied(TensorProto.FLOAT, kind)):
            result, _ = run(file, image)
            assert (result == image.astype(dtype).astype(numpy.float32)).all()


def test_types_that_no_image_has_are_named() -> None:
    with pytest.raises(abbe.ModelError, match="complex64"):
        run(copied(TensorProto.COMPLEX64, TensorProto.COMPLEX64), numpy.zeros((8, 8), numpy.float32))


def test_a_network_that_draws_random_numbers_says_so() -> None:
    noisy = planar(lambda net, x: net.op("Add", x, net.op("RandomNormalLike", x, scale=0.1)))()
    _, report = run(noisy, numpy.ones((32, 32), numpy.float32))
    assert any("RandomNormalLike" in warning for warning in report["warnings"])
    # In tiles it is not called exact, since runs differ.
    _, report = run(noisy, numpy.ones((150, 170), numpy.float32), tile_px=80)
    assert not report["steps"][0]["images"][0]["exact_tiles"]
    assert any("differ" in warning for warning in report["warnings"])
    dropped = planar(lambda net, x: net.op("Dropout", x, net.real(0.5), net.const(True)))()
    _, report = run(dropped, numpy.ones((32, 32), numpy.float32))
    assert any("Dropout" in warning for warning in report["warnings"])
    _, report = run(planar(lambda net, x: net.op("Dropout", x))(), numpy.ones((32, 32), numpy.float32))
    assert not report["warnings"]


def test_normalising_layers_are_doubted_where_the_image_lies_on_a_large_offset() -> None:
    normed = family(lambda net, x: net.op("InstanceNormalization", x, net.real([1] * 4), net.real([0] * 4))).build()
    image = numpy.random.default_rng(3).random((64, 64)).astype(numpy.float32)
    _, report = run(normed, image)
    assert not report["warnings"]
    _, report = run(normed, image + 100)
    assert any("InstanceNormalization" in warning and "offset" in warning for warning in report["warnings"])
    mean, deviation = report["steps"][0]["images"][0]["fed"]
    assert abs(mean - (image + 100).mean()) < 1e-3 and abs(deviation - image.std()) < 1e-3
    # Taken out before, there is nothing to doubt.
    _, report = run(normed, image + 100, normalisation=3)
    assert not report["warnings"]
    _, report = run(planar(lambda net, x: x)(), image + 100)
    assert not report["warnings"] and report["steps"][0]["images"][0]["fed"] is None


def counted(net: Network, x: str) -> str:
    """A list of the places of what is not 0: how long it is depends on values."""
    return net.op("Cast", net.op("NonZero", net.op("Relu", x)), to=TensorProto.FLOAT)


def test_results_whose_size_depends_on_values_are_refused() -> None:
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    net.output(counted(net, x), [4, "k"])
    with pytest.raises(abbe.ModelError):
        run(net.model(), numpy.ones((16, 16), numpy.float32))
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    places = net.op("Unsqueeze", net.op("Unsqueeze", counted(net, x), net.ints(0)), net.ints(0))
    net.output(places, [1, 1, 4, "k"])
    with pytest.raises(abbe.ModelError) as refused:
        run(net.model(), numpy.ones((16, 16), numpy.float32))
    assert "reshape_helper" not in str(refused.value)


def test_empty_results_are_refused_and_shapes_that_lie_are_not_believed() -> None:
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    net.output(net.op("Slice", x, net.ints(0), net.ints(0), net.ints(2)), ["n", 1, 0, "w"])
    with pytest.raises(abbe.ModelError, match="extent of 0 for y0"):
        run(net.model(), numpy.ones((16, 16), numpy.float32))
    # Stated as large as the image, and half of it in truth: the nodes are right.
    net = Network(18)
    x = net.input("x", [1, 1, 64, 64])
    net.output(net.pool(x), [1, 1, 64, 64])
    image = numpy.random.default_rng(6).random((64, 64)).astype(numpy.float32)
    result, _ = run(net.model(), image)
    assert (result == image.reshape(32, 2, 32, 2).max((1, 3))).all()


@pytest.mark.parametrize("tile", [0, 40])
def test_a_certificate_is_the_difference_itself_where_the_image_fits(tile: int) -> None:
    """And where a cap leaves no room for the image as a whole, it is an estimate that is not below it."""
    normed = family(lambda net, x: net.op("InstanceNormalization", net.conv(x, 4, 4, act="Relu"), net.real([1] * 4), net.real([0] * 4))).build()
    y, x = numpy.mgrid[:150, :170]
    cell = numpy.exp(-((y - 40.0) ** 2 + (x - 110.0) ** 2) / 400)
    image = (cell + 0.1 * numpy.random.default_rng(4).random(cell.shape)).astype(numpy.float32)
    session = onnxruntime.InferenceSession(normed, providers=["CPUExecutionProvider"])
    whole = session.run(None, {"x": image[None, None]})[0][0, 0]
    with abbe.Plan(memory_cap_bytes=0 if tile else 1_000_000) as plan:
        plan.add("model", model=abbe.Model(normed), tile_px=tile)
        result = plan(image)
        report = plan.report()["steps"][0]["images"][0]
    truth = abs(result - whole).max() / numpy.ptp(whole)
    assert report["tiles"] > 1 and not report["exact_tiles"] and truth > 0.01
    seam = report["seam"]["relative"]
    assert seam == pytest.approx(truth, rel=1e-3) if tile else seam >= truth


@pytest.mark.parametrize("axes", ["", "bcyx", "yxcb"])
def test_tensors_of_no_stated_rank_are_images(axes: str) -> None:
    net, shape = Network(18), ["h", "w", 1, "n"] if axes == "yxcb" else ["n", 1, "h", "w"]
    x = net.input("x", shape)
    y = net.conv(net.op("Transpose", x, perm=[3, 2, 0, 1]) if axes == "yxcb" else x, 1, 1)
    net.output(net.op("Transpose", y, perm=[2, 3, 1, 0]) if axes == "yxcb" else y, shape)
    image = numpy.random.default_rng(6).random((64, 70)).astype(numpy.float32)
    model = onnx.load_from_string(net.model())
    session = onnxruntime.InferenceSession(net.model(), providers=["CPUExecutionProvider"])
    given = image[..., None, None] if axes == "yxcb" else image[None, None]
    expected = numpy.squeeze(session.run(None, {"x": given})[0])
    for port in (*model.graph.output, *model.graph.input):
        port.type.tensor_type.ClearField("shape")
        result, report = run(model.SerializeToString(), image, axes=axes, tile_px=40)
        assert abs(result - expected).max() <= 1e-6 and report["steps"][0]["images"][0]["exact_tiles"]


def test_results_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(abbe.ModelError, match="must be a tensor of numbers"):
        run(copied(TensorProto.FLOAT, TensorProto.STRING), numpy.zeros((8, 8), numpy.float32))


def test_series_that_a_network_reads_together_are_counted_frame_by_frame() -> None:
    net = Network(18)
    x = net.input("x", ["n", 3, 1, "h", "w"], TensorProto.UINT8)
    net.output(net.op("ReduceMean", net.op("Cast", x, to=TensorProto.FLOAT), net.ints(1)), ["n", 1, 1, "h", "w"])
    series = numpy.random.default_rng(9).integers(0, 300, (6, 24, 20)).astype(numpy.uint16)
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()), axes="btcyx")
        plan(series, axes="tyx")
        report = plan.report()
    over = (series > 255).sum()
    assert report["clipped_high"] == over > 0 and "uint8" in report["warnings"][0]


def turning(turns: int, channels: int = 4) -> bytes:
    """A loop whose number of turns, and whose result, no graph tells; each turn is a convolution."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    weights = net.real(net.random.normal(0, 0.1, (channels, channels, 3, 3)))
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Conv", ["carried", weights], ["made"], pads=[1] * 4), helper.make_node("Identity", ["go"], ["going"])],
        "body",
        [info("turn", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("carried", TensorProto.FLOAT, None)],
        [info("going", TensorProto.BOOL, []), info("made", TensorProto.FLOAT, None)],
    )
    y = net.op("Loop", net.const(turns, numpy.int64), net.const(True, numpy.bool_), net.conv(x, 1, channels), body=body)
    net.output(net.op("DepthToSpace", y, blocksize=2), ["n", 1, "hh", "ww"])
    return net.model()


@pytest.mark.parametrize("asked", ["commit", "output_shape"])
def test_trial_runs_end_when_they_are_cancelled(asked: str) -> None:
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(turning(1 << 40))).set_input(numpy.ones((64, 64), numpy.float32))
        stopper = threading.Timer(1.0, plan.cancel)
        stopper.start()
        with pytest.raises(abbe.CancelledError):
            plan.commit() if asked == "commit" else plan.output_shape
        stopper.join()


def test_trial_runs_that_would_not_fit_the_cap_are_not_made() -> None:
    file = turning(2, channels=512)
    with abbe.Plan(memory_cap_bytes=4_000_000) as plan:
        plan.add("model", model=abbe.Model(file)).set_input(numpy.ones((64, 64), numpy.float32))
        with pytest.raises(abbe.OutOfMemoryError, match="trial run"):
            plan.commit()


def test_time_points_that_are_taken_for_channels_are_spoken_of() -> None:
    net = Network(18)
    net.output(net.conv(net.input("x", ["n", 5, "h", "w"]), 5, 1), ["n", 1, "h", "w"])
    series = numpy.random.default_rng(9).random((7, 24, 20)).astype(numpy.float32)
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()))
        with pytest.raises(abbe.ModelError, match="set model.frames to 5"):
            plan(series, axes="tyx")
        plan.set_step(0, frames=5)
        assert plan(series, axes="tyx").shape == series.shape


def test_an_open_time_axis_reads_one_point_and_says_so() -> None:
    net = Network(18)
    x = net.input("x", ["n", "t", 1, "h", "w"])
    net.output(net.op("ReduceMean", x, net.ints(1)), ["n", 1, 1, "h", "w"])
    series = numpy.random.default_rng(9).random((4, 24, 20)).astype(numpy.float32)
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()), axes="btcyx")
        assert (plan(series, axes="tyx") == series).all()
        assert any("model.frames" in warning for warning in plan.report()["warnings"])
        plan.set_step(0, frames=3)
        plan(series, axes="tyx")
        assert not plan.report()["warnings"]


def test_what_is_no_truth_value_is_counted() -> None:
    image = numpy.float32([[0, 1, 0.4, 1.4, 2, 65535, -1, -0.4]] * 8)
    result, report = run(copied(TensorProto.BOOL, TensorProto.FLOAT), image)
    assert (result == (image != 0)).all() and report["clipped_high"] == 16 and report["clipped_low"] == 8
    assert "bool" in report["warnings"][0]


def test_every_output_is_certified() -> None:
    """The second one is normalised over the image, and tiles of it differ; those of the first do not."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    a = net.conv(x, 1, 4, act="Relu")
    net.output(net.conv(a, 4, 1), ["n", 1, "h", "w"])
    normed = net.op("InstanceNormalization", a, net.real([1] * 4), net.real([0] * 4))
    net.output(net.conv(normed, 4, 1), ["n", 1, "h", "w"])
    image = (numpy.indices((150, 170)).sum(0) / 320 + 0.1 * numpy.random.default_rng(4).random((150, 170))).astype(numpy.float32)
    expected = onnxruntime.InferenceSession(net.model(), providers=["CPUExecutionProvider"]).run(None, {"x": image[None, None]})
    for cap, tile in ((0, 64), (1_000_000, 0)):
        with abbe.Plan(memory_cap_bytes=cap) as plan:
            plan.add("model", model=abbe.Model(net.model()), output=-1, tile_px=tile, intensities=2)
            result = plan(image[None], axes="cyx")
            seam = plan.report()["steps"][0]["images"][0]["seam"]
        apart = [abs(result[at] - expected[at][0, 0]).max() / numpy.ptp(expected[at]) for at in (0, 1)]
        assert seam["output"] == 1 and apart[0] < 1e-5 < 1e-2 < apart[1] <= seam["relative"] * (1 + 1e-3)


def remembering() -> bytes:
    """The result and the next state are made of the image and the state, as in recurrent denoisers of video."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    state = net.input("state", ["n", 4, "h", "w"])
    joined = net.op("Tanh", net.conv(net.op("Concat", x, state, axis=1), 5, 4))
    net.output(net.conv(joined, 4, 1), ["n", 1, "h", "w"])
    net.output(joined, ["n", 4, "h", "w"])
    return net.model()


def test_a_recurrent_network_hands_its_state_on_through_a_series() -> None:
    series = numpy.random.default_rng(9).random((2, 5, 24, 20)).astype(numpy.float32)
    session = onnxruntime.InferenceSession(remembering(), providers=["CPUExecutionProvider"])
    expected = numpy.empty_like(series)
    for channel in range(2):
        state = numpy.zeros((1, 4, 24, 20), numpy.float32)
        for t in range(5):
            result, state = session.run(None, {"x": series[channel, t][None, None], "state": state})
            expected[channel, t] = result[0, 0]
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(remembering()), states="state=y1")
        # Each execute is a series of its own.
        for _ in range(2):
            assert abs(plan(series, axes="ctyx") - expected).max() < 1e-6
        assert not plan.report()["warnings"]
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(remembering()))
        plan(series, axes="ctyx")
        assert any("model.states to state=y1" in warning for warning in plan.report()["warnings"])
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(remembering()), states="state=y1", tile_px=16)
        with pytest.raises(abbe.UnsupportedError, match="tiles"):
            plan(series, axes="ctyx")
    for wrong, what in (("state", "input=output"), ("state=z", "outputs"), ("x=y0", "image goes to")):
        with abbe.Plan() as plan:
            plan.add("model", model=abbe.Model(remembering()), states=wrong)
            with pytest.raises(abbe.ArgumentError, match=what):
                plan(series, axes="ctyx")


@pytest.mark.parametrize("operator", ["GRU", "LSTM"])
def test_networks_that_are_recurrent_inside_one_run_read_windows_of_a_series(operator: str) -> None:
    """Each pixel of five time points goes through the layer; its last state gives the result."""
    net, gates, width = Network(18), 3 if operator == "GRU" else 4, 4
    x = net.input("x", ["n", 5, 1, "h", "w"])
    features = net.conv(net.op("Reshape", x, net.ints(-1, 1, 24, 20)), 1, 2, act="Relu")
    steps = net.op("Reshape", net.op("Transpose", net.op("Reshape", features, net.ints(-1, 5, 2, 24, 20)), perm=[1, 0, 3, 4, 2]), net.ints(5, -1, 2))
    weights = [net.real(net.random.normal(0, 0.4, (1, gates * width, fed))) for fed in (2, width)]
    last = net.op(operator, steps, *weights, outputs=2, hidden_size=width)[1]
    last = net.op("Transpose", net.op("Reshape", last, net.ints(-1, 24, 20, width)), perm=[0, 3, 1, 2])
    net.output(net.op("Unsqueeze", net.conv(last, width, 1), net.ints(1)), ["n", 1, 1, 24, 20])
    net.inputs[0].type.tensor_type.shape.dim[3].dim_value, net.inputs[0].type.tensor_type.shape.dim[4].dim_value = 24, 20
    series = numpy.random.default_rng(9).random((8, 24, 20)).astype(numpy.float32)
    session = onnxruntime.InferenceSession(net.model(), providers=["CPUExecutionProvider"])
    padded = numpy.pad(series, ((2, 2), (0, 0), (0, 0)), mode="reflect")
    expected = numpy.stack([session.run(None, {"x": padded[None, t : t + 5, None]})[0][0, 0, 0] for t in range(8)])
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()), axes="btcyx")
        assert abs(plan(series, axes="tyx") - expected).max() < 1e-6


def test_a_result_whose_size_changes_with_samples_is_refused_in_words() -> None:
    """One more row for each bright sample: images of zeros, with which a commit tries it, get none."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    bright = net.op("ReduceSum", net.op("Cast", net.op("Greater", x, net.real(0.5)), to=1), keepdims=0)
    rows = net.op("Reshape", net.op("Cast", bright, to=TensorProto.INT64), net.ints(1))
    zeros = net.ints(0, 0, 0, 0, 0, 0)
    net.output(net.op("Pad", x, net.op("Concat", zeros, rows, net.ints(0), axis=0)), ["n", 1, "hh", "w"])
    image = numpy.zeros((32, 32), numpy.float32)
    image[0, :9] = 1
    with pytest.raises(abbe.ModelError, match="must not depend on samples"):
        run(net.model(), image)


def test_weights_of_8_bits_may_share_a_zero_point() -> None:
    """ONNX Runtime 1.28 refuses them under the option by which sums do not overflow."""
    net = Network(18)
    y = net.input("x", ["n", 1, "h", "w"])
    step, half, zero = net.real(0.01), net.const(128, numpy.uint8), net.const(0, numpy.int8)
    for shape in ((4, 1, 3, 3), (1, 4, 3, 3)):
        y = net.op("DequantizeLinear", net.op("QuantizeLinear", y, step, half), step, half)
        weights = net.const(net.random.integers(-90, 90, shape), numpy.int8)
        y = net.op("Conv", y, net.op("DequantizeLinear", weights, net.real(0.002), zero), pads=[1] * 4)
    net.output(net.op("DequantizeLinear", net.op("QuantizeLinear", y, step, half), step, half), ["n", 1, "h", "w"])
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(net.model(), options, providers=["CPUExecutionProvider"])
    image = numpy.random.default_rng(4).random((40, 44)).astype(numpy.float32)
    result, _ = run(net.model(), image)
    assert abs(result - session.run(None, {"x": image[None, None]})[0][0, 0]).max() <= 0.0101
