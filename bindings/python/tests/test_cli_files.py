"""No command writes over what it reads, over its own results, or works for a result that cannot be written."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

import abbe
from abbe._cli import main

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has raw/a.ome.tif and raw/b.tif, the results out/a.ome.tif and out/b.tif, psf.tif, and link.tif, another name of psf.tif."""
    for name in ("raw/a.ome.tif", "raw/b.tif", "out/a.ome.tif", "out/b.tif", "psf.tif"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, numpy.ones((3, 24, 28), numpy.float32), metadata={"axes": "ZYX"}, photometric="minisblack")
    (tmp_path / "link.tif").hardlink_to(tmp_path / "psf.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [
    "denoise raw out --json raw/a.ome.tif", "denoise raw out --json out/a.ome.tif", "denoise raw out --json out",
    "denoise raw/b.tif out --json out/b.tif", "denoise raw/b.tif out/x.zarr --json out/x.zarr/zarr.json",
    "deconvolve raw/b.tif psf.tif --psf psf.tif", "deconvolve raw/b.tif link.tif --psf psf.tif", "deconvolve raw/b.tif x.tif --psf psf.tif --json link.tif",
    "deconvolve raw out --psf out/b.tif", "psf raw/a.ome.tif --like raw/a.ome.tif", "beads psf.tif psf.tif", "beads psf.tif ./raw/../psf.tif",
    "assess raw/b.tif out/b.tif --mask psf.tif --json psf.tif",
])  # fmt: skip
def test_overwrite_replaces_nothing_that_the_command_reads_or_made(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main([*command.split(), "--overwrite"]) == 1
    assert "give another name" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [
    "denoise raw/b.tif psf.tif/x.tif", "denoise raw/b.tif x.tif --json psf.tif/below/x.json", "denoise raw/b.tif x.tif --json raw",
    "denoise raw/b.tif folder.tif/.", "denoise raw psf.tif/x",
    "psf psf.tif/x.tif --optics numerical_aperture=1.2 immersion_index=1.33 wavelength_nm=525 pixel_nm=100",
    "psf folder.tif --optics numerical_aperture=1.2 immersion_index=1.33 wavelength_nm=525 pixel_nm=100",
])  # fmt: skip
def test_what_cannot_be_written_is_found_before_the_work(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "folder.tif" / "b.tif").mkdir(parents=True)

    def work(*_given: object, **_options: object) -> None:
        raise AssertionError("worked for nothing")

    monkeypatch.setattr(abbe._cli, "run", work)
    monkeypatch.setattr(abbe.Psf, "sample", work)
    assert main([*command.split(), "--overwrite"]) == 1
    told = capsys.readouterr().err
    assert ("is a file; give a name in a folder" in told or "is a folder" in told) and "worked" not in told, told
