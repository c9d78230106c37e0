"""Learning from one image, and what it gives to others."""

import io
import json
import zipfile

import numpy
import pytest

import abbe


@pytest.fixture(scope="module")
def noisy():
    y, x = numpy.mgrid[:96, :112]
    truth = numpy.where((x + y) % 8 == 0, 60.0, 10.0)
    return numpy.random.default_rng(4).poisson(truth).astype(numpy.float32), truth


@pytest.fixture(scope="module")
def learnt(noisy):
    heard = []
    with abbe.learn(noisy[0], steps=64, gain=1.0, progress=heard.append) as network:
        assert heard == sorted(heard) and heard[-1] == 1.0
        yield network


def error(image, truth):
    return float(numpy.mean((image - truth) ** 2))


def test_what_is_learnt_is_nearer_to_the_truth(noisy, learnt):
    image, truth = noisy
    before = abbe.learn(image, steps=0)(image)
    assert error(learnt(image), truth) < 0.95 * error(before, truth)
    learning = learnt.describe()["learning"]
    assert learning["outcome"]["method"] == "photon_splitting" and learning["settings"]["learn.gain"] == 1.0
    assert learning["outcome"]["held_out"]["after"] < learning["outcome"]["held_out"]["before"]


def test_onnx_runtime_makes_the_same_of_the_saved_package(noisy, learnt, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "learnt.zip"
    learnt.save(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        description = json.loads(archive.read("bioimageio.yaml"))
        network = archive.read("weights.onnx")
        tests = [numpy.load(io.BytesIO(archive.read(f"test_{name}.npy"))) for name in ("input", "output")]
    assert description["format_version"] == "0.5.4"
    assert description["config"]["abbe"]["learning"]["outcome"]["steps"] == 64
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    made = session.run(None, {"image": tests[0]})[0]
    assert numpy.abs(made - tests[1]).max() < 1e-5 * tests[1].max()
    # The denoise step takes images as they are, but for samples that stand out alone, and continues them by reflection.
    image = noisy[0]
    padded = numpy.pad(image, ((0, 128 - 96), (0, 128 - 112)), mode="reflect")
    made = session.run(None, {"image": padded[None, None]})[0][0, 0, :96, :112]
    assert numpy.abs(made - learnt(image)).max() < 1e-4 * made.max()
    with abbe.Model(path) as loaded:
        assert loaded.describe()["built_in_layers"]
        again = abbe.learn(image, model=loaded, steps=0)
        numpy.testing.assert_array_equal(again(image), learnt(image))
        with pytest.raises(abbe.StateError, match="was loaded"):
            loaded.save(path)


def test_the_specification_accepts_the_package(learnt, tmp_path):
    spec = pytest.importorskip("bioimageio.spec")
    learnt.save(tmp_path / "learnt.zip")
    description = spec.load_description(tmp_path / "learnt.zip", perform_io_checks=False)
    assert description.validation_summary.status in ("passed", "valid-format"), description.validation_summary.format()


def test_mistakes_are_told_and_leave_nothing(noisy, learnt, tmp_path):
    image = noisy[0].copy()
    with pytest.raises(abbe.FileError, match="cannot be written"):
        learnt.save(tmp_path / "missing" / "learnt.zip")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(abbe.ArgumentError, match="learn.step is not a parameter"):
        abbe.learn(image, step=3)
    image[4, 5] = numpy.nan
    with pytest.raises(abbe.ArgumentError, match="NaN at z 0, y 4, x 5"):
        abbe.learn(image)


def test_a_listener_that_raises_ends_it(noisy):
    def listen(fraction):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        abbe.learn(noisy[0], progress=listen)


def test_a_cancel_keeps_the_best(noisy):
    network = abbe.learn(noisy[0], steps=64, progress=lambda done: abbe.CANCEL if done > 0.05 else abbe.CONTINUE)
    assert network.describe()["learning"]["outcome"]["ended"] == "cancelled"
