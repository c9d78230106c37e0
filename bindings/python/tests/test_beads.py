"""Real beads: found, averaged, and told to be no kernel of the optics that they were said to be of."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy
import pytest

import abbe
from conftest import shared


def pages(path: Path) -> numpy.ndarray:
    """The pages of a little-endian TIFF of bytes with one deflated strip each."""
    file = path.read_bytes()
    assert file[:4] == b"II*\0"
    (offset,) = struct.unpack_from("<I", file, 4)
    found = []
    while offset:
        (count,) = struct.unpack_from("<H", file, offset)
        entries = (struct.unpack_from("<HHII", file, offset + 2 + 12 * at) for at in range(count))
        tags = {tag: value for tag, _, _, value in entries}
        assert tags[258] == 8 and tags[259] == 8 and tags[278] == tags[257]
        strip = zlib.decompress(file[tags[273] : tags[273] + tags[279]])
        found.append(numpy.frombuffer(strip, numpy.uint8).reshape(tags[257], tags[256]))
        (offset,) = struct.unpack_from("<I", file, offset + 2 + 12 * count)
    return numpy.stack(found)


def test_confocal_beads() -> None:
    stack = pages(shared("data/deconvolution/confocal_beads.tif")).astype(numpy.float32)
    assert stack.shape == (41, 150, 150)
    optics = dict(numerical_aperture=1.2, immersion_index=1.333, wavelength_nm=520, pixel_nm=100, step_nm=200)
    beads = abbe.psf.measured(stack, samples_hold="beads", **optics)
    kernel = beads.sample((21, 25, 25))
    assert kernel.min() >= 0 and kernel.sum() == pytest.approx(1, abs=1e-5)
    report = beads.report()
    assert report["diagnosis"]["beads"][1] == 4
    found = {finding["code"] for finding in report["findings"]}
    assert {"negative", "tilted", "width_xy", "elliptical", "too_small"} <= found
    with pytest.raises(abbe.ArgumentError, match="refused"):
        beads.set(policy="refuse").sample((21, 25, 25))
    # A model that may be as wide as it likes fits them, and says that the optics are others.
    model = abbe.psf.gaussian(sigma_nm=300, sigma_axial_nm=800, pixel_nm=100, step_nm=200)
    fit = model.fit(beads.set(policy="repair"))
    assert fit["beads"][1] >= 1 and fit["parameters"]["sigma_nm"]["value"] > 150
    # A Born-Wolf model ends with an aperture just below the least index, and says so.
    optics["immersion_index"] = 1.33
    fit = abbe.psf.born_wolf(energy=0.95, **optics).fit(abbe.psf.measured(stack, samples_hold="beads", policy="repair", **optics))
    assert 1.3299 < fit["parameters"]["numerical_aperture"]["value"] < 1.33
    assert "fit_at_limit" in {finding["code"] for finding in fit["findings"]}
