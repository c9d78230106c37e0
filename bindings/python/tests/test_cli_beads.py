"""``abbe beads``: a point spread function of a TIFF with beads, as scripts make it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

import abbe
from abbe._cli import main

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")

PLACES = [(8, 20, 20), (9, 20, 70), (7, 70, 24), (8, 72, 71)]


@pytest.fixture()
def beads(tmp_path: Path) -> tuple[Path, numpy.ndarray]:
    """An OME-TIFF of two channels: nothing, and four bright points on a ground of 100; and what blurs them."""
    kernel = abbe.psf.gaussian(sigma_nm=180, pixel_nm=100, sigma_axial_nm=450, step_nm=300).sample((13, 17, 17))
    stack = numpy.full((17, 96, 96), 100.0)
    for z, y, x in PLACES:
        stack[z - 6 : z + 7, y - 8 : y + 9, x - 8 : x + 9] += 400_000 * kernel
    stack = numpy.random.default_rng(1).poisson(stack)
    image = numpy.stack([numpy.full_like(stack, 100), stack]).astype(numpy.uint16)
    metadata = {"axes": "CZYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.3}
    tifffile.imwrite(tmp_path / "beads.ome.tif", image, metadata=metadata)
    return tmp_path / "beads.ome.tif", kernel


def test_beads_become_a_point_spread_function(beads: tuple[Path, numpy.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, kernel = beads
    target = tmp_path / "psf.tif"
    command = ["beads", str(source), str(target), "--channel", "1"]
    assert main([*command, "--shape", "13,17,17", "--json", "-"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record["report"]["diagnosis"]["beads"][1] == 4
    assert (record["settings"]["pixel_nm"], record["settings"]["step_nm"]) == (pytest.approx(100), pytest.approx(300))
    found, axes, metadata = abbe.tiff.read(target)
    assert axes == "zyx" and metadata["pixel_nm"] == pytest.approx(100)
    assert found.shape == kernel.shape and found.sum() == pytest.approx(1, abs=1e-4)
    assert numpy.abs(found - kernel).max() < 0.03 * kernel.max()
    # It serves a deconvolution as it is.
    image, letters, _ = abbe.tiff.read(source)
    assert main(["deconvolve", str(source), str(tmp_path / "restored.tif"), "--psf", str(target), "--set", "iterations=2"]) == 0
    # Without a shape it has what holds the light of the beads.
    assert main([*command, "--overwrite"]) == 0
    assert min(abbe.tiff.read(target)[0].shape) >= 5


def test_mistakes_lose_nothing(beads: tuple[Path, numpy.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = str(beads[0]), tmp_path / "psf.tif"
    for arguments, message in (
        (["--channel", "2"], "--channel is 2"),
        (["--channel", "0"], "hold 0 beads"),
        (["--channel", "1", "--optics", "pixl_nm=3"], "did you mean pixel_nm"),
    ):
        assert main(["beads", source, str(target), *arguments]) == 1
        assert message in capsys.readouterr().err and not target.exists()
    with pytest.raises(SystemExit):
        main(["beads", source, str(target), "--shape", "12,17,17"])
    assert "odd" in capsys.readouterr().err
    target.write_bytes(b"mine")
    assert main(["beads", source, str(target), "--channel", "1"]) == 1
    assert target.read_bytes() == b"mine"
