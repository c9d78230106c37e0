"""What is assessed: results of honest methods, edits of them that lie, and networks that do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy

import abbe
from edits import EDITS
from liars import LIARS
from scenes import SHARP, Case, denoiser, methods, richardson_lucy


@cache
def network(liar, side):
    """The network of a liar."""
    return abbe.Model(liar(side))


@dataclass
class Trial:
    """A result and what was found of it."""

    group: str
    """``"honest"``, ``"edit"`` or ``"network"``."""
    name: str
    """The method or the lie."""
    of: str
    """What was edited, or what the network was fed with."""
    result: numpy.ndarray
    trust: abbe.Trust
    touched: numpy.ndarray
    """Where the result differs from the honest one by more than a tenth of that one's range."""


def trials(rng, case: Case, edits=EDITS) -> list[Trial]:
    """All results for a case: honest ones and networks with their plan, which runs again on halves of the light, edits
    without one."""
    found, honest = [], {}
    for method in methods(case):
        with abbe.Plan() as plan:
            method(plan, case.psf)
            result = honest[method] = plan(case.raw)
            told = assessed(case, result, method, plan)
            found.append(Trial("honest", method.__name__, "", result, told, nowhere(result)))
        for edit in edits:
            lied, touched = edit(rng, result.astype(float))
            told = assessed(case, lied, method, None)
            found.append(Trial("edit", edit.__name__, method.__name__, lied, told, touched))
    if case.psf is None:
        found.append(Trial("honest", "mean of many", "", case.clean, assessed(case, case.clean, None, None), nowhere(case.clean)))
    for liar in LIARS:
        for method in (denoiser,) if case.psf is None else (denoiser, richardson_lucy):
            with abbe.Plan() as plan:
                method(plan, case.psf)
                plan.add("model", model=network(liar, len(case.raw)))
                lied = plan(case.raw)
                told = assessed(case, lied, method, plan)
            span = numpy.subtract(*numpy.percentile(honest[method], (99.5, 0.5)))
            touched = abs(lied - honest[method]) > 0.1 * span
            found.append(Trial("network", liar.__name__, method.__name__, lied, told, touched))
    return found


def assessed(case, result, method, plan):
    """An assessment; only results of methods that take the blur away are given the point spread function."""
    psf = case.psf if method in SHARP else None
    return abbe.assess(case.raw, result, psf=psf, plan=plan, draws=1)


def nowhere(image):
    return numpy.zeros(image.shape, bool)
