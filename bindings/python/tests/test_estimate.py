"""Very large jobs say beforehand what they will take."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from pathlib import Path

import numpy
import pytest

import abbe
from abbe import _estimate
from abbe._cli import main
from abbe.operations import run

SAID = r"takes about \d+ s, as a piece of 12 x 32 x 32 samples does, and \d+ MB of memory beside the image"


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_estimate, "LARGE", 12 * 40 * 44)
    monkeypatch.setattr(_estimate, "_PIECE", {"t": 1, "z": 32, "y": 32, "x": 32})


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged beside warnings."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]


def test_who_logs_hears_time_and_memory(stack: numpy.ndarray, psf: abbe.Psf, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "abbe"):
        expected = abbe.deconvolve(stack, psf, iterations=2)
    assert not told(caplog)
    with caplog.at_level(logging.INFO, "abbe"):
        assert numpy.array_equal(abbe.deconvolve(stack, psf, iterations=2), expected)
        for other in (stack.astype(">f4"), numpy.ma.masked_array(stack)):
            assert numpy.array_equal(abbe.deconvolve(other, psf, iterations=2), expected)
        abbe.deconvolve(stack[:11], psf, iterations=2)
    assert len(told(caplog)) == 3
    assert all(re.fullmatch(SAID, text) for text in told(caplog))


def test_memory_that_is_not_there_is_warned_of(stack: numpy.ndarray, psf: abbe.Psf, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", abbe.AbbeWarning)
        abbe.denoise(stack, axes="zyx", memory_cap_bytes=0)
    monkeypatch.setattr(_estimate, "free_memory", lambda: 1000)
    with pytest.warns(abbe.AbbeWarning, match=r"the work takes \d+ MB beside the image, .*, and 0 MB are free; give a lower") as heard:
        abbe.denoise(stack, axes="zyx", memory_cap_bytes=0)
    assert [Path(one.filename).name for one in heard] == ["test_estimate.py"]


def test_the_piece_can_be_cancelled(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    plans: list[abbe.Plan] = []
    chain = [("deconvolve", {"psf": psf, "iterations": 2})]
    run(stack, chain, watch=plans.append, tell=lambda text: None)
    assert len(plans) == 2

    plans.clear()

    def cancel_soon(plan: abbe.Plan) -> None:
        plans.append(plan)
        threading.Timer(0.1, plan.cancel).start()

    chain = [("deconvolve", {"psf": psf, "algorithm": "richardson_lucy", "stop": "iterations", "iterations": 10_000})]
    with pytest.raises(abbe.CancelledError):
        run(stack, chain, watch=cancel_soon, tell=lambda text: None)
    assert len(plans) == 1


def test_the_command_line_says_it(stack: numpy.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    abbe.tiff.write(tmp_path / "a.tif", stack, "zyx")
    assert main(["denoise", str(tmp_path / "a.tif"), str(tmp_path / "b.tif")]) == 0
    assert f"abbe: {tmp_path / 'a.tif'}: takes about" in capsys.readouterr().err
