"""A plan that is called again and again gives what a new plan gives, whatever changed since the last call."""

from __future__ import annotations

from typing import Any, Callable

import numpy
import pytest

import abbe

SETTINGS = {"algorithm": "richardson_lucy", "stop": "iterations", "iterations": 3}


def fresh(image: Any, psf: abbe.Psf, **more: Any) -> Any:
    with abbe.Plan() as plan:
        return plan.add("deconvolve", psf=psf, **{**SETTINGS, **more.pop("settings", {})})(image, **more)


def test_calls_of_all_sorts_one_after_another(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    other = plane[::-1].copy()
    masked = numpy.ma.masked_array(plane, plane > 600)
    calls: list[tuple[Any, dict[str, Any]]] = [
        (plane, {}), (other, {}), (plane[:, ::-1], {}), (plane, {}), (plane[::2], {}), (plane, {}), (plane, {"dtype": "uint16"}),
        (plane, {}), (masked, {}), (plane, {}), (plane.astype(">u2"), {}), (plane, {"axes": "xy"}), (plane, {}), (plane, {"axes": "yx"}),
    ]  # fmt: skip
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf, **SETTINGS)
        for image, more in [call for call in calls for _ in range(2)]:
            given = fresh(image, psf, **more)
            for target in (None, numpy.zeros_like(given), numpy.zeros_like(given)[:, ::-1]):
                found = plan(image, out=target, **(more if target is None else {k: v for k, v in more.items() if k != "dtype"}))
                assert numpy.array_equal(found, given) and found.dtype == given.dtype
                assert target is None or found is target


CHANGES: dict[str, Callable[[abbe.Plan, numpy.ndarray], Any]] = {
    "a parameter": lambda plan, image: plan.set_step(0, iterations=5),
    "a parameter, committed": lambda plan, image: plan.set_step(0, iterations=5).commit(),
    "another input": lambda plan, image: plan.set_input(image[:20]).commit(),
    "another output": lambda plan, image: plan.set_output("uint8").commit(),
    "a mask": lambda plan, image: plan.set_mask(image < 600).commit(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_between_calls_count(name: str, plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with abbe.Plan() as plan, abbe.Plan() as other:
        for one in (plan, other):
            one.add("deconvolve", psf=psf, **SETTINGS)
        for _ in range(3):
            plan(plane)
        # The other one was never called before the change.
        other.set_input(plane)
        for one in (plan, other):
            CHANGES[name](one, plane)
        assert numpy.array_equal(plan(plane), other(plane))


def test_refusals_stay(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    out = numpy.zeros(plane.shape, numpy.float32)
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf, **SETTINGS)
        for _ in range(2):
            plan(plane, out=out)
            plan.execute(plane, out)
        before = out.copy()
        out.flags.writeable = False
        for call in (lambda: plan(plane, out=out), lambda: plan.execute(plane, out)):
            with pytest.raises(abbe.ArrayError, match="read-only"):
                call()
        assert numpy.array_equal(out, before)
        with pytest.raises(abbe.ArgumentError, match="dtype is uint8 and out is of float32"):
            plan(plane, out=before, dtype="uint8")
        with pytest.raises(abbe.ArgumentError, match="this plan was set for"):
            plan.execute(plane[::-1], before)
        with pytest.raises(abbe.CancelledError):
            plan(plane, out=before, progress=lambda done: abbe.CANCEL)
        told: list[float] = []
        plan(plane, out=before, progress=told.append)
        assert told[-1] == 1.0
    with pytest.raises(abbe.HandleError):
        plan(plane, out=before)
