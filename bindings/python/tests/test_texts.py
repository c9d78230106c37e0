"""Texts of libabbe name this package's calls, not those of C."""

from __future__ import annotations

import re

import numpy
import pytest
from conftest import ROOT

import abbe
from abbe.errors import in_python


def test_every_call_that_texts_name_is_there() -> None:
    code = "\n".join(line.split("//")[0] for path in (ROOT / "src").rglob("*.rs") for line in path.read_text().splitlines())
    named = set(re.findall(r"abbe_(?:context|psf|model|plan|assess)_[a-z_]+\(\)", code))
    named |= set(re.findall(r"ABBE_(?:PSF|STEP)_[A-Z_]+|ABBE_CONTINUE|ABBE_CANCEL", code))
    assert len(named) > 10
    for text in map(in_python, named):
        assert "abbe_" not in text.lower()
        if not text.endswith("()") and not text.endswith("...)"):
            continue
        owner, name = re.fullmatch(r"(?:abbe\.)?(\w+)\.(\w+)\(.*\)", text).groups()
        assert hasattr(getattr(abbe, owner), name), text


def test_errors_and_warnings_name_them(plane: numpy.ndarray) -> None:
    with abbe.Plan() as plan, pytest.raises(abbe.StateError, match=r"call Plan\.add\(\) first"):
        plan(plane)
    with abbe.Plan() as plan:
        plan.add("deconvolve")
        with pytest.raises(abbe.StateError, match=r"call Plan\.add\(\.\.\., psf=\.\.\.\) first"):
            plan(plane)
    broken = plane.astype(numpy.float32)
    broken[3, 4] = numpy.nan
    said = r'give a masked array, or use abbe\.Plan\(not_a_number="not_measured"\)'
    with pytest.raises(abbe.ArgumentError, match=said):
        abbe.denoise(broken)
    # Both do what is said.
    assert numpy.isfinite(abbe.denoise(numpy.ma.masked_invalid(broken))).all()
    with abbe.Plan(not_a_number="not_measured") as plan:
        assert numpy.isfinite(plan.add("denoise")(broken)).all()
    with abbe.Plan() as plan:
        plan.add("background", mode="constant", value=-1000)
        with pytest.warns(abbe.AbbeWarning, match=r"\(Plan\.set_output\(\)\)"):
            plan(plane, dtype="uint8")
        assert "(Plan.set_output())" in plan.report()["warnings"][0]
