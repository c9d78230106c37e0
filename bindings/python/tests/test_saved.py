"""Plans saved as JSON do the same when they are loaded."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy
import pytest

import abbe
from conftest import ROOT

BUILTIN = ROOT / "models" / "abbe-denoise.zip"


@pytest.fixture
def stack() -> numpy.ndarray:
    return numpy.random.default_rng(5).poisson(40, (6, 20, 22)).astype(numpy.float32)


def described(psf: abbe.Psf) -> abbe.Plan:
    plan = abbe.Plan(not_a_number="refuse")
    plan.add("background", mode="constant", value=0.1 + 0.2)
    plan.add("deconvolve", psf=psf, algorithm="heavy_ball", stop="iterations", iterations=5)
    return plan


def optics() -> abbe.Psf:
    return abbe.psf.widefield(numerical_aperture=0.5 + 1 / 3, wavelength_nm=500.1, pixel_nm=400 / 3, step_nm=300)


def test_text_and_report_make_the_same_plan(stack: numpy.ndarray) -> None:
    with described(optics()) as plan:
        wanted = plan(stack)
        report = plan.report()
        assert report["plan"] == json.loads(plan.save_json())
        assert report["plan"]["steps"][1]["psf"]["settings"]["psf.numerical_aperture"] == 0.5 + 1 / 3
        for source in (plan.save_json(), report, json.dumps(report)):
            with abbe.Plan.load_json(source) as other:
                numpy.testing.assert_array_equal(other(stack), wanted)
                other.set_step(1, iterations=6)
                assert other.get_step(-1, "iterations") == 6
                assert not numpy.array_equal(other(stack), wanted)


def test_measured_point_spread_functions_are_given_again(stack: numpy.ndarray) -> None:
    measured = abbe.psf.measured(numpy.outer([1.0, 2, 1], [1, 3, 1]).astype(numpy.float32), centre="none")
    with described(measured) as plan:
        wanted, text = plan(stack[0]), plan.save_json()
    with pytest.warns(abbe.AbbeWarning, match=r"'psf.centre': 'none'.*give it as psf="):
        lacking = abbe.Plan.load_json(text)
    with lacking, pytest.raises(abbe.StateError, match=r"call Plan\.add\(\.\.\., psf="):
        lacking(stack[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = abbe.Plan.load_json(text, psf=measured)
    with given, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        numpy.testing.assert_array_equal(given(stack[0]), wanted)
    assert not any("saved with" in str(one.message) for one in said)


def test_point_spread_functions_of_channels_are_kept(stack: numpy.ndarray) -> None:
    measured = abbe.psf.measured(numpy.outer([1.0, 2, 1], [1, 3, 1]).astype(numpy.float32), centre="none")
    gaussian = abbe.psf.gaussian(sigma_nm=150, pixel_nm=100)
    image = stack[:2]
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=[gaussian, measured], algorithm="heavy_ball", stop="iterations", iterations=5)
        wanted, text = plan(image, axes="cyx"), plan.save_json()
    with pytest.warns(abbe.AbbeWarning, match=r"for channel 1, with the settings .*; give one for each channel as psf="):
        lacking = abbe.Plan.load_json(text)
    with lacking, pytest.raises(abbe.StateError, match="for channel 1"):
        lacking(image, axes="cyx")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = abbe.Plan.load_json(text, psf=[gaussian, measured])
    with given:
        numpy.testing.assert_array_equal(given(image, axes="cyx"), wanted)
        assert given.save_json() == text


def test_other_objects_than_a_plan_was_saved_with_are_warned_of(stack: numpy.ndarray) -> None:
    samples = numpy.outer([1.0, 2, 1], [1, 3, 1]).astype(numpy.float32)
    with described(abbe.psf.measured(samples, centre="none")) as plan:
        plan.set_input(stack[0])
        plan.set_mask(stack[0] < 50)
        text = plan.save_json()
    other = abbe.psf.measured(samples + 1, centre="none")
    with pytest.warns(abbe.AbbeWarning, match="there was a mask; give it by set_mask"):
        loaded = abbe.Plan.load_json(text, psf=other)
    with loaded, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        loaded(stack[0])
        told = [str(one.message) for one in said]
        assert sum("step 1 is not the one that the plan was saved with: sha256 is" in one for one in told) == 1
        assert sum("the mask is not the one that the plan was saved with: it is null" in one for one in told) == 1
        assert set(told) <= set(loaded.report()["warnings"])


def test_networks_are_found_again_or_asked_for(tmp_path: Path) -> None:
    package = tmp_path / "denoise.zip"
    with abbe.Model.builtin() as model:
        sha256 = model.describe()["sha256"]
    shutil.copy(BUILTIN, package)
    with abbe.Model(package) as model, abbe.Plan() as plan:
        plan.add("model", model=model)
        text = plan.save_json()
        assert json.loads(text)["steps"][0]["model"]["sha256"] == sha256
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            abbe.Plan.load_json(text).close()
        package.write_bytes(b"another")
        for _ in ("another", "none"):
            with pytest.warns(abbe.AbbeWarning, match=f"sha256 {sha256}.*give it as model="):
                abbe.Plan.load_json(text).close()
            package.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            abbe.Plan.load_json(text, model=model).close()


def test_objects_that_no_step_wants_are_refused() -> None:
    with described(optics()) as plan, pytest.raises(abbe.ArgumentError, match="psf is given and no step"):
        abbe.Plan.load_json(plan.save_json(), psf=optics())


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 1, "steps": [{"step": "blur"}]}', '{"format": 1, "steps": [], "steps": []}']
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(abbe.ArgumentError):
        abbe.Plan.load_json(text)
