"""Networks through the Python package, against what Python's own ONNX Runtime gave for them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from conftest import ROOT

import abbe

NETWORKS = ROOT / "tests" / "data" / "network"
PACKAGE = ROOT / "models" / "abbe-denoise.zip"


@pytest.fixture(autouse=True)
def runtime() -> None:
    pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")


@pytest.mark.parametrize("name", ["plain", "u_net", "half"])
def test_a_network_gives_what_onnxruntime_gives(name: str) -> None:
    image = numpy.load(NETWORKS / f"{name}.input.npy")[0, 0]
    wanted = numpy.load(NETWORKS / f"{name}.output0.npy")[0, 0]
    with abbe.Model(NETWORKS / f"{name}.onnx") as model:
        result = model(image, axes="yx", normalisation="none")
        assert result.dtype == numpy.float32 and result.shape == wanted.shape
        # Half precision has 11 bits; the others are summed in another order at most.
        assert abs(result - wanted).max() < (2e-3 if name == "half" else 1e-5)
        # Rows upwards, as they lie, through a plan that is prepared for them.
        flipped = model(image[::-1].copy()[::-1], axes="yx", normalisation="none")
        assert numpy.array_equal(flipped, result)


def test_a_network_may_enlarge_the_image() -> None:
    image = numpy.load(NETWORKS / "shuffle_x3.input.npy")[0, 0]
    wanted = numpy.load(NETWORKS / "shuffle_x3.output0.npy")[0, 0]
    with abbe.Model(NETWORKS / "shuffle_x3.onnx") as model:
        result = model(image, normalisation="none")
        target = numpy.zeros((wanted.shape[0] + 2, wanted.shape[1] + 4), numpy.float32)[1:-1, 2:-2]
        assert model(image, normalisation="none", out=target) is target
    assert result.shape == wanted.shape == (3 * image.shape[0], 3 * image.shape[1])
    assert abs(result - wanted).max() < 1e-5
    assert numpy.array_equal(target, result)


def test_a_package_denoises(plane: numpy.ndarray) -> None:
    model = abbe.Model(PACKAGE)
    assert model.describe()
    smooth = model(plane)
    generator = numpy.random.default_rng(3)
    other = model(generator.poisson(smooth.clip(0)).astype(numpy.uint16))
    noise = generator.poisson(smooth.clip(0)) - smooth
    assert smooth.shape == plane.shape
    # Two noisy images of one scene agree better after the network than before.
    assert (other - smooth).std() < 0.6 * noise.std()
    again = pickle.loads(pickle.dumps(model))
    assert numpy.array_equal(again(plane), smooth)


def test_a_model_from_bytes(plane: numpy.ndarray) -> None:
    model = abbe.Model(PACKAGE.read_bytes())
    assert numpy.array_equal(model(plane), abbe.Model(str(PACKAGE))(plane))
    with pytest.raises(TypeError, match="load it from a path"):
        pickle.dumps(model)


def test_a_model_after_deconvolution_in_one_plan(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with abbe.Plan() as plan, abbe.Model(PACKAGE) as model:
        plan.add("deconvolve", psf=psf, iterations=5).add("model", model=model)
        result = plan(plane)
        assert [step["step"] for step in plan.report()["steps"]] == ["deconvolve", "model"]
    assert numpy.array_equal(result, abbe.Model(PACKAGE)(abbe.deconvolve(plane, psf, iterations=5)))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(abbe.Error, match="nowhere"):
        abbe.Model(tmp_path / "nowhere.zip")
    with pytest.raises(abbe.ArgumentError, match="NUL"):
        abbe.Model("network\0.zip")
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"not an archive")
    with pytest.raises(abbe.Error):
        abbe.Model(wrong)
    with pytest.raises(abbe.Error):
        abbe.Model(b"neither")


def test_a_closed_model_is_refused(plane: numpy.ndarray) -> None:
    model = abbe.Model(PACKAGE)
    model(plane)
    model.close()
    assert model.closed
    with pytest.raises(abbe.HandleError, match="is closed"):
        model(plane)
    with pytest.raises(abbe.HandleError, match="is closed"):
        model.describe()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="SKIPPED: this system does not tell of memory as Linux does")
def test_memory_of_networks_is_given_back_with_the_last_of_them() -> None:
    program = f"""
import gc, sys, numpy, abbe
sys.path.insert(0, {str(Path(__file__).parent)!r})
from memory import resident_bytes
def held():
    gc.collect()
    return resident_bytes() / 2**20
image = numpy.random.default_rng(1).poisson(200, (1024, 1024)).astype(numpy.float32)
context, target = abbe.Context(device="cpu", threads=2), numpy.empty_like(image)
before = held()
with abbe.Model({str(PACKAGE)!r}, context=context) as model:
    plan = abbe.Plan(context).add("model", model=model)
    plan(image, axes="yx", out=target)
    during = held()
    plan.close()
after = held()
assert during - before > 200, (before, during)
# What stays is ONNX Runtime itself, 17 MB, and what C's allocator keeps of small pieces.
assert after - before < 100, (before, during, after)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
