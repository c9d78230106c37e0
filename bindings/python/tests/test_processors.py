"""Networks on processors that this machine is not: emulated by qemu-user, without the instructions that newer ones have.

Sums of products of 8-bit numbers overflow in ONNX Runtime where a processor has no instruction for them (VNNI), unless a
session asks otherwise; results must be the same on all.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import onnxruntime
import pytest
from networks import Array, Network

import abbe

EMULATOR = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
STEP = 8.0
"""Between two results of the quantised network."""
CHILD = """
import sys
import numpy
import abbe
folder = sys.argv[1] + "/"
image = numpy.load(folder + "image.npy")
context = abbe.Context(threads=2)
for name in sys.argv[2:]:
    with abbe.Plan(context) as plan:
        plan.add("model", model=abbe.Model(folder + name + ".onnx", context=context), tile_px=40)
        numpy.save(folder + name + ".npy", plan(image))
"""


def floating() -> bytes:
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    a = net.conv(x, 1, 8, act="Relu")
    b = net.resize(net.conv(net.pool(a), 8, 8, act="Relu"), 2, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    net.output(net.conv(net.op("Concat", a, b, axis=1), 16, 1), ["n", 1, "h", "w"])
    return net.model()


def quantised() -> bytes:
    """Products that two 16-bit numbers cannot hold: the largest weights on the largest samples."""
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])

    def eight_bits(value: str, scale: float) -> str:
        step, zero = net.real(scale), net.const(0, numpy.uint8)
        return net.op("DequantizeLinear", net.op("QuantizeLinear", value, step, zero), step, zero)

    first = net.const(net.random.integers(100, 128, (16, 1, 3, 3)), numpy.int8)
    second = net.const(net.random.integers(100, 128, (1, 16, 3, 3)), numpy.int8)
    scale, zero = net.real(0.01), net.const(0, numpy.int8)
    y = eight_bits(x, 1 / 255)
    for weights, step in ((first, 0.05), (second, STEP)):
        y = net.op("Conv", y, net.op("DequantizeLinear", weights, scale, zero), pads=[1] * 4)
        y = eight_bits(y, step)
    net.output(y, ["n", 1, "h", "w"])
    return net.model()


def truth(file: bytes, image: Array) -> Array:
    """Without ONNX Runtime's rewriting no 8-bit number is multiplied: all is in single precision."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": image[None, None]})[0][0, 0]


@pytest.mark.parametrize("processor", ["Haswell", "Nehalem"])
def test_networks_give_the_same_on_older_processors(processor: str, tmp_path: Path) -> None:
    if EMULATOR is None or platform.machine() != "x86_64":
        pytest.skip("SKIPPED: qemu-x86_64 is not there (Debian's qemu-user); networks are not tested on other processors")
    networks = {"floating": floating(), "quantised": quantised()}
    image = (numpy.indices((70, 62)).sum(0) / 200 + numpy.random.default_rng(2).uniform(0.0, 0.3, (70, 62))).astype(numpy.float32)
    numpy.save(tmp_path / "image.npy", image)
    for name, file in networks.items():
        (tmp_path / f"{name}.onnx").write_bytes(file)
    child = [EMULATOR, "-cpu", processor, sys.executable, "-c", CHILD, str(tmp_path), *networks]
    done = subprocess.run(child, capture_output=True, text=True, env=dict(os.environ, OPENBLAS_NUM_THREADS="1"), timeout=120)
    assert done.returncode == 0, done.stderr
    for name, file in networks.items():
        expected, result = truth(file, image), numpy.load(tmp_path / f"{name}.npy")
        with abbe.Plan() as plan:
            plan.add("model", model=abbe.Model(file), tile_px=40)
            here = plan(image)
        # One step of eight bits may fall the other way where a sum is rounded in another order.
        allowed = STEP if name == "quantised" else 1e-5 * numpy.ptp(expected)
        for found in (here, result):
            assert abs(found - expected).max() <= allowed, (name, abs(found - expected).max())
        assert numpy.ptp(expected) > (50 * STEP if name == "quantised" else 0.1)
