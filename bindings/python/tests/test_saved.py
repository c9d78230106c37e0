"""Plans saved as JSON do the same when they are loaded."""

from __future__ import annotations

import json
import warnings

import numpy
import pytest

import abbe


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
    with pytest.warns(abbe.AbbeWarning, match="measured"):
        lacking = abbe.Plan.load_json(text)
    with lacking, pytest.raises(abbe.StateError, match="set_psf"):
        lacking(stack[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = abbe.Plan.load_json(text, psf=measured)
    with given:
        numpy.testing.assert_array_equal(given(stack[0]), wanted)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1, "steps": [{"step": "blur"}]}'])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(abbe.ArgumentError):
        abbe.Plan.load_json(text)
