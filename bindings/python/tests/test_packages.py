"""Packages through the Python package, against what the text of their specification says, computed with NumPy."""

from __future__ import annotations

import numpy
import pytest
from packages import Case, cases

import abbe


@pytest.fixture(autouse=True)
def runtime() -> None:
    pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")


def through(case: Case) -> numpy.ndarray:
    with abbe.Model(case.package()) as model:
        result: numpy.ndarray = model(case.image, axes=case.letters[1:], intensities="network")
        return result


@pytest.mark.parametrize("version", ["0.5.12", "0.4.10"])
@pytest.mark.parametrize("letters", ["bcyx", "bczyx"])
def test_every_step_with_every_option_is_that_of_the_text(version: str, letters: str) -> None:
    chosen = [case for case in cases() if case.version == version and case.letters == letters]
    assert len(chosen) > 40
    for case in chosen:
        expected, result = case.expected(), through(case)
        assert result.shape == expected.shape, case
        difference = abs(result - expected).max() / max(numpy.ptp(expected), 1e-30)
        assert difference <= 1e-6, f"{difference:.1e} of the range: {case}"
