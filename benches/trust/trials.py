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
    trust: abbe.Trust
    touched: numpy.ndarray
    """Where the result differs from the honest one by more than a tenth of that one's range; of honest results, nowhere."""
    changed: numpy.ndarray
    """Square of what the lie changes of the residuals: how much a microscope's image of it would differ, in units of the noise."""

    @property
    def judged(self):
        """Where something is said, and of lies, where there is one."""
        return numpy.isfinite(self.trust.suspicion) & (self.touched | (self.group == "honest"))


def trials(rng, case: Case, edits=EDITS) -> list[Trial]:
    """All results for a case: honest ones and networks with their plan, which runs again on halves of the light, edits
    without one."""
    found, honest = [], {}
    for method in methods(case):
        with abbe.Plan() as plan:
            method(plan, case.psf)
            result = plan(case.raw)
            told = assessed(case, result, method, plan)
            honest[method] = result, told
            found.append(Trial("honest", method.__name__, "", told, nowhere(result), nowhere(result)))
        for edit in edits:
            lied, touched = edit(rng, result.astype(float))
            lie = assessed(case, lied, method, None)
            found.append(Trial("edit", edit.__name__, method.__name__, lie, touched, change(lie, told)))
    if case.psf is None:
        found.append(Trial("honest", "mean of many", "", assessed(case, case.clean, None, None), *[nowhere(case.clean)] * 2))
    for liar in LIARS:
        for method in (denoiser,) if case.psf is None else (denoiser, richardson_lucy):
            with abbe.Plan() as plan:
                method(plan, case.psf)
                plan.add("model", model=network(liar, len(case.raw)))
                lied = plan(case.raw)
                lie = assessed(case, lied, method, plan)
            result, told = honest[method]
            touched = abs(lied - result) > 0.1 * numpy.subtract(*numpy.percentile(result, (99.5, 0.5)))
            found.append(Trial("network", liar.__name__, method.__name__, lie, touched, change(lie, told)))
    return found


def assessed(case, result, method, plan):
    """An assessment; only results of methods that take the blur away are given the point spread function."""
    psf = case.psf if method in SHARP else None
    return abbe.assess(case.raw, result, psf=psf, plan=plan, draws=1)


def change(lie, told):
    """What a lie changes, where anything is said."""
    return numpy.where(lie.suspicion > 0, numpy.nan_to_num(lie.residual - told.residual, nan=0.0) ** 2, 0.0)


def nowhere(image):
    return numpy.zeros(image.shape, bool)
