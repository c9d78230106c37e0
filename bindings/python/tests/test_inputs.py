"""Networks that read something of extents of its own beside the image: a point spread function, a table, a time step."""

from __future__ import annotations

import json
from typing import Any, Callable

import numpy
import onnx
import onnxruntime
import pytest
from networks import Array, Network
from onnx import TensorProto

import abbe

PSF = numpy.exp(-((numpy.indices((32, 32)) - 16) ** 2).sum(0) / 18).astype(numpy.float32)[None, None]
PSF /= PSF.sum()


def build(middle: Callable[[Network, str, str], str], extents: Any = (1, 1, 32, 32), first: str = "image") -> bytes:
    """A network of an image and a point spread function, of which the image is the first input or the second."""
    net = Network(18)
    both = {"image": ["n", 1, "h", "w"], "psf": list(extents)}
    for name in sorted(both, key=lambda name: name != first):
        net.input(name, both[name])
    net.output(net.conv(middle(net, "image", "psf"), 4, 1), ["n", 1, "h", "w"])
    return net.model()


def blurring(net: Network, image: str, psf: str) -> str:
    """The image and the image blurred by the point spread function, which is a convolution's weight."""
    blurred = net.op("Conv", image, psf, pads=[15, 15, 16, 16])
    return net.conv(net.op("Concat", image, blurred, axis=1), 2, 4, act="Relu")


def described(net: Network, image: str, psf: str) -> str:
    """Features of the image, weighted by what a small network makes of the point spread function."""
    down = net.conv(psf, 1, 4, act="Relu", strides=[4, 4])
    weights = net.op("Sigmoid", net.op("ReduceMean", down, net.ints(2, 3)))
    return net.op("Mul", net.conv(image, 1, 4, act="Relu"), weights)


def flattened(net: Network, image: str, psf: str) -> str:
    """The samples of the point spread function, as channels of every pixel."""
    flat = net.op("Reshape", psf, net.ints(1, -1, 1, 1))
    features = net.conv(flat, 1024, 4, size=1)
    return net.op("Add", net.conv(image, 1, 4, act="Relu"), features)


def truth(file: bytes, **feeds: Array) -> Array:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)[0]


@pytest.mark.parametrize("first", ["image", "psf"])
@pytest.mark.parametrize("extents", [(1, 1, 32, 32), ("n", 1, "k", "l")], ids=["fixed", "free"])
@pytest.mark.parametrize("middle", [blurring, described, flattened], ids=lambda middle: middle.__name__)
def test_a_point_spread_function_goes_to_the_input_of_its_name(middle: Any, extents: Any, first: str) -> None:
    file = build(middle, extents, first)
    image = numpy.random.default_rng(3).random((150, 170), numpy.float32)
    expected = truth(file, image=image[None, None], psf=PSF)[0, 0]
    for tile in (0, 96):
        with abbe.Plan() as plan:
            plan.add("model", model=abbe.Model(file), tile_px=tile).set_model_input("psf", PSF)
            result = plan(image)
            told = plan.report()
        step = told["steps"][0]["images"][0]
        assert abs(result - expected).max() <= 1e-6 * numpy.ptp(expected)
        assert step["exact_tiles"] and (step["tiles"] > 1) == (tile > 0) and step["given_inputs"] == ["psf"]
        assert not told["warnings"]


def test_another_one_takes_its_place_and_a_model_forgets_it() -> None:
    file = build(blurring)
    image = numpy.random.default_rng(4).random((3, 40, 44), numpy.float32)
    model, wide = abbe.Model(file), numpy.full_like(PSF, 1 / PSF.size)
    with abbe.Plan() as plan:
        plan.add("model", model=model).set_model_input("psf", PSF)
        assert len(json.loads(plan.save_json())["steps"][0]["model"]["inputs"]["psf"]["sha256"]) == 64
        for psf in (PSF, wide):
            result = plan.set_model_input("psf", psf)(image, axes="zyx")
            for plane, own in zip(image, result):
                expected = truth(file, image=plane[None, None], psf=psf)[0, 0]
                assert abs(own - expected).max() <= 1e-6 * numpy.ptp(expected)
    with abbe.Plan() as plan:
        plan.add("model", model=model, value=0.25)
        plan(image[0])
        assert any("set_model_input" in warning for warning in plan.report()["warnings"])


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    image = numpy.random.default_rng(5).random((40, 44), numpy.float32)
    with abbe.Plan() as plan:
        with pytest.raises(abbe.ArgumentError, match="0 steps"):
            plan.set_model_input("psf", PSF)
        plan.add("model")
        with pytest.raises(abbe.StateError, match="no network"):
            plan.set_model_input("psf", PSF)
        plan.add("model", model=abbe.Model(build(blurring))).set_model_input("psf", PSF)
        for name, samples, text in (
            ("kernel", PSF, r"inputs: image, psf"),
            ("image", PSF, r"reads no other image"),
            ("psf", PSF[0], r"shape is \[1, 32, 32\]; .* psf has \[1, 1, 32, 32\]"),
            ("psf", PSF[..., 1:], r"shape is \[1, 1, 32, 31\]"),
            ("psf", PSF * numpy.nan, r"1024 that are NaN"),
            ("psf", PSF[..., :0], r"shape is \[1, 1, 32, 0\]"),
            ("psf", numpy.float32(1), r"shape is \[\]; .* psf has \[1, 1, 32, 32\]"),
        ):
            with pytest.raises(abbe.ArgumentError, match=text):
                plan.set_model_input(name, samples)
    with abbe.Plan() as plan:
        plan.add("background")
        with pytest.raises(abbe.StateError, match="background"):
            plan.set_model_input("psf", PSF)
        plan.add("model", model=abbe.Model(build(blurring))).set_model_input("psf", PSF)
        plan(image)


@pytest.mark.parametrize("kind", ["FLOAT16", "INT64", "UINT8", "BOOL", "DOUBLE", "BFLOAT16", "INT16"])
def test_inputs_of_other_types_get_samples_of_theirs(kind: str) -> None:
    net = Network(18)
    x, step = net.input("x", ["n", 1, "h", "w"]), net.input("step", ["n", 3], getattr(TensorProto, kind))
    weights = net.op("Reshape", net.op("Cast", step, to=TensorProto.FLOAT), net.ints(1, 3, 1, 1))
    net.output(net.op("Mul", x, weights), ["n", 3, "h", "w"])
    image = numpy.random.default_rng(6).random((20, 24), numpy.float32)
    given = numpy.float32([[2.5, 1, 0]])
    real = "FLOAT" in kind or kind == "DOUBLE"
    wanted = given if real else numpy.float32([[1, 1, 0]]) if kind == "BOOL" else numpy.rint(given)
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model()))
        if not real:
            with pytest.raises(abbe.ArgumentError, match="which holds"):
                plan.set_model_input("step", numpy.float32([[1e30, 0, 0]]))
        if kind in ("FLOAT16", "BFLOAT16"):
            most = {"FLOAT16": 65519.0, "BFLOAT16": 3.38e38}[kind]
            plan.set_model_input("step", numpy.float32([[most, 0, 0]]))
            with pytest.raises(abbe.ArgumentError, match="to which that is infinite"):
                plan.set_model_input("step", numpy.float32([[{"FLOAT16": 65520.0, "BFLOAT16": 3.4e38}[kind], 0, 0]]))
        if kind == "BOOL":
            given = numpy.minimum(given, 1)
        plan.set_model_input("step", given)
        assert (plan(image[None], axes="cyx") == image * wanted[0][:, None, None]).all()


@pytest.mark.parametrize("version", [3, 8], ids=lambda version: f"ir {version}")
def test_weights_of_16_bits_among_the_inputs_do_not_end_the_process(version: int) -> None:
    """As old exporters write them. ONNX Runtime 1.28.0 ends the process at them from version 4 of the format on."""
    net = Network(17)
    x = net.input("x", ["n", 1, "h", "w"], TensorProto.FLOAT16)
    weight = net.const([[[[0.5, 1, 0.25]]]], numpy.float16)
    net.output(net.op("Conv", x, weight, pads=[0, 1, 0, 1]), ["n", 1, "h", "w"], TensorProto.FLOAT16)
    net.input(weight, [1, 1, 1, 3], TensorProto.FLOAT16)
    model = onnx.load_from_string(net.model())
    model.ir_version = version
    image = numpy.random.default_rng(7).integers(0, 100, (20, 24)).astype(numpy.float32)
    padded = numpy.pad(image, ((0, 0), (1, 1)))
    expected = 0.5 * padded[:, :-2] + padded[:, 1:-1] + 0.25 * padded[:, 2:]
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(model.SerializeToString()))
        assert (plan(image) == expected).all()


def test_a_single_number() -> None:
    net = Network(18)
    x, step = net.input("x", ["n", 1, "h", "w"]), net.input("step", [])
    net.output(net.op("Mul", x, step), ["n", 1, "h", "w"])
    image = numpy.random.default_rng(8).random((20, 24), numpy.float32)
    with abbe.Plan() as plan:
        plan.add("model", model=abbe.Model(net.model())).set_model_input("step", numpy.float32(2.5))
        assert (plan(image) == image * numpy.float32(2.5)).all()
        with pytest.raises(abbe.ArgumentError, match=r"shape is \[1\]"):
            plan.set_model_input("step", [2.5])
