"""Images and point spread functions that the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy
import pytest

import abbe

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def psf() -> abbe.Psf:
    return abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0, sigma_axial_nm=300.0, step_nm=200.0)


@pytest.fixture()
def plane() -> numpy.ndarray:
    """48 x 64 u16 (y, x): two blurred points on a background, with noise of fixed seed."""
    y, x = numpy.mgrid[:48, :64]
    light = sum(600 * numpy.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * 2.0**2)) for cy, cx in ((20, 24), (27, 40)))
    noisy = numpy.random.default_rng(7).poisson(light + 50)
    return noisy.astype(numpy.uint16)


@pytest.fixture()
def stack() -> numpy.ndarray:
    """12 x 40 x 44 f32 (z, y, x)."""
    generator = numpy.random.default_rng(8)
    z, y, x = numpy.mgrid[:12, :40, :44]
    light = 800 * numpy.exp(-((z - 6) ** 2 / 4 + (y - 18) ** 2 / 8 + (x - 25) ** 2 / 8))
    return generator.poisson(light + 20).astype(numpy.float32)


def shared(name: str) -> Path:
    """A file of the shared test data, which is not part of the project; without it the test is skipped."""
    path = Path(os.environ.get("ABBE_SHARED", ROOT.parent / "shared")) / name
    if not path.exists():
        pytest.skip(f"SKIPPED: {path} is not there; set ABBE_SHARED to the folder of shared test data")
    return path
