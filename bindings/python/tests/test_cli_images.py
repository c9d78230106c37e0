"""What commands take for images: sample types that libabbe does not, OME-Zarr, point spread functions; and how they name files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

import abbe
from abbe._cli import main
from abbe._cli_files import single

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")

OPTICS = ["numerical_aperture=1.2", "immersion_index=1.33", "wavelength_nm=525", "pixel_nm=100"]


def scene() -> numpy.ndarray:
    return numpy.random.default_rng(2).poisson(80, (24, 28)).astype(numpy.float64)


@pytest.mark.parametrize("kind", [numpy.float64, numpy.int16, numpy.int32, numpy.uint32, numpy.int64, numpy.int8])
def test_samples_of_other_types_are_worked_on_where_nothing_is_lost(kind: type, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = scene().astype(kind)
    tifffile.imwrite(tmp_path / "image.tif", image, metadata={"axes": "YX"})
    assert main(["denoise", str(tmp_path / "image.tif"), str(tmp_path / "quiet.tif"), "--json", "-"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record["dtype"] == numpy.dtype(kind).name
    numpy.testing.assert_array_equal(abbe.tiff.read(tmp_path / "quiet.tif")[0], abbe.denoise(scene().astype(numpy.float32)))


@pytest.mark.parametrize(("kind", "value", "told"), [
    (numpy.float64, 1e39, "1e+39"), (numpy.float64, -1e-40, "1e-40"), (numpy.uint32, 2**24 + 1, "16777217"), (numpy.int64, -(2**40), "-1099511627776"),
    (numpy.complex64, 1, "complex64"),
])  # fmt: skip
def test_what_32_bits_cannot_hold_is_refused(kind: type, value: float, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = scene().astype(kind)
    image[3, 4] = value
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, image, metadata={"axes": "YX"})
    assert main(["denoise", str(path), str(tmp_path / "quiet.tif")]) == 1
    said = capsys.readouterr().err
    assert told in said and said.count(str(path)) == 1 and said.startswith(f"abbe: {path} has samples of type"), said
    assert not (tmp_path / "quiet.tif").exists()


def test_rounding_is_that_of_32_bits() -> None:
    image = numpy.array([[0, numpy.nan, numpy.inf, -numpy.inf, 0.1, -3e38]])
    found = single(Path("x"), image)
    assert found.dtype == numpy.float32
    numpy.testing.assert_array_equal(found, image.astype(numpy.float32))
    assert single(Path("x"), numpy.array([[-(2**24), 2**24]]))[0, 1] == 2**24
    assert single(Path("x"), numpy.ones((2, 2), numpy.uint16)).dtype == numpy.uint16


def test_one_wavelength_of_several_channels_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "colours.tif"
    tifffile.imwrite(path, numpy.full((24, 28, 3), 7, numpy.uint8), photometric="rgb")
    command = ["deconvolve", str(path), str(tmp_path / "sharp.tif"), "--kind", "widefield", "--set", "iterations=1", "--overwrite", "--optics"]
    assert main([*command, *OPTICS]) == 0
    said = capsys.readouterr().err
    assert said.count("wavelength_nm is 525 for all 3 channels; give one for each where their light differs") == 1
    assert main([*command, *OPTICS[:2], "pixel_nm=100", "wavelength_nm=600,525,461"]) == 0
    assert "for all" not in capsys.readouterr().err


@pytest.mark.parametrize(("wrong", "meant"), [
    ("NA=1.4", "numerical_aperture"), ("na=1.4", "numerical_aperture"), ("pixel_um=0.1", "pixel_nm"), ("emission=525", "wavelength_nm"),
    ("wavelenght_nm=525", "wavelength_nm"),
])  # fmt: skip
def test_names_of_other_programs_are_known(wrong: str, meant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, scene().astype(numpy.float32), metadata={"axes": "YX"})
    assert main(["deconvolve", str(path), str(tmp_path / "sharp.tif"), "--optics", wrong]) == 1
    assert f"did you mean {meant}?" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["psf.tif", "psf.ome.tif"])
def test_info_knows_point_spread_functions(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / name
    assert main(["psf", str(path), "--optics", *OPTICS]) == 0
    capsys.readouterr()
    assert main(["info", str(path)]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["holds"] == "point spread function" and told["psf"]["kind"] == "widefield"
    assert told["psf"]["optics"]["wavelength_nm"]["value"] == 525 and "optics" not in told


def test_ome_zarr_is_learnt_from_and_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("zarr", reason="SKIPPED: zarr is not there; pip install zarr")
    dask = pytest.importorskip("dask.array", reason="SKIPPED: dask is not there; pip install dask")
    import abbe.dask

    image = numpy.random.default_rng(4).poisson(30, (2, 2, 64, 72)).astype(numpy.uint16)
    source = tmp_path / "cells.zarr"
    abbe.dask.save_ome_zarr(source, dask.from_array(image, chunks=(1, 1, 40, 40)), "tcyx", {"y": 65.0, "x": 65.0})
    assert main(["info", str(source)]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["axes"], told["shape"], told["dtype"]) == ("tcyx", [2, 2, 64, 72], "uint16")
    learnt, quiet = tmp_path / "learnt.zip", tmp_path / "quiet.tif"
    command = ["learn", str(source), str(learnt), "--channel", "1", "--time", "1", "--set", "steps=1", "gain=1", "--denoised", str(quiet), "--json", "-"]
    assert main(command) == 0
    (told,) = json.loads(capsys.readouterr().out)
    with abbe.learn(image[1, 1], steps=1, gain=1) as expected:
        assert told["learning"]["outcome"]["held_out"] == expected.describe()["learning"]["outcome"]["held_out"]
        numpy.testing.assert_array_equal(abbe.tiff.read(quiet)[0], expected(image[1, 1]))
    assert main(["learn", str(source), str(tmp_path / "x.zip"), "--channel", "2"]) == 1
    assert "--channel is 2; " in capsys.readouterr().err
    # The package goes back to where the image came from.
    assert main(["denoise", str(source), str(tmp_path / "quiet.zarr"), "--model", str(learnt)]) == 0


def test_zarr_of_64_bits_is_worked_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("zarr", reason="SKIPPED: zarr is not there; pip install zarr")
    dask = pytest.importorskip("dask.array", reason="SKIPPED: dask is not there; pip install dask")
    import abbe.dask

    for value in (80.0, 1e39):
        image = scene()
        image[2, 3] = value
        source, target = tmp_path / f"{value}.zarr", tmp_path / f"{value}-sharp.zarr"
        abbe.dask.save_ome_zarr(source, dask.from_array(image), "yx", {"y": 100.0, "x": 100.0})
        status = main(["deconvolve", str(source), str(target), "--optics", *OPTICS, "--set", "iterations=2"])
        assert status == (0 if value < 1e38 else 1) and target.exists() == (status == 0)
    assert "1e+39, of" not in (said := capsys.readouterr().err) and "one of which is 1e+39" in said and said.count(f"{source} has samples") == 1
