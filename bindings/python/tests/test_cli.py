"""The command line and the TIFF files behind it, as scripts see them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

import abbe
from abbe._cli import main

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")

OPTICS = ["numerical_aperture=1.2", "immersion_index=1.33"]


@pytest.fixture()
def cells(tmp_path: Path) -> Path:
    """An OME-TIFF of two channels, five planes, 24 x 28 pixels of 100 nm."""
    path = tmp_path / "cells.ome.tif"
    generator = numpy.random.default_rng(3)
    image = generator.poisson(100, (2, 5, 24, 28)).astype(numpy.uint16)
    image[:, 2, 10, 12] += 3000
    metadata = {
        "axes": "CZYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.3,
        "Channel": {"Name": ["DAPI", "GFP"], "EmissionWavelength": [461, 525], "AcquisitionMode": ["WideField"] * 2},
    }  # fmt: skip
    tifffile.imwrite(path, image, metadata=metadata)
    return path


def test_a_real_file_takes_two_lines(cells: Path, tmp_path: Path) -> None:
    image, axes, metadata = abbe.tiff.read(cells)
    psfs = abbe.psf.from_metadata(metadata, numerical_aperture=1.2, immersion_index=1.33)
    result = abbe.deconvolve(image, psfs, axes=axes, iterations=3)
    abbe.tiff.write(tmp_path / "restored.ome.tif", result, axes, metadata, provenance={"iterations": 3})
    back, letters, told = abbe.tiff.read(tmp_path / "restored.ome.tif")
    assert letters == "czyx" and numpy.array_equal(back, result)
    assert 'PhysicalSizeX="0.1"' in told and 'Name="GFP"' in told and "iterations" in told
    again = abbe.psf.from_metadata(told, numerical_aperture=1.2, immersion_index=1.33, kind="widefield")
    assert [psf.get("wavelength_nm") for psf in again] == [461, 525]


def test_deconvolve(cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "restored.tif"
    command = ["deconvolve", str(cells), str(target), "--optics", *OPTICS, "--set", "iterations=3", "--json", "-"]
    assert main(command) == 0
    told = capsys.readouterr()
    (record,) = json.loads(told.out)
    assert record["axes"] == "czyx" and record["shape"] == [2, 5, 24, 28]
    settings = record["steps"][0]["psf"][1]["settings"]
    assert record["steps"][0]["iterations"] == 3
    assert (settings["wavelength_nm"], settings["numerical_aperture"], settings["step_nm"]) == (525, 1.2, pytest.approx(300))
    assert any("Nyquist" in line for line in record["warnings"])
    assert "cells.ome.tif: warning: " in told.err
    image, axes, metadata = abbe.tiff.read(cells)
    psfs = abbe.psf.from_metadata(metadata, numerical_aperture=1.2, immersion_index=1.33)
    expected = abbe.deconvolve(image, psfs, axes=axes, iterations=3)
    with tifffile.TiffFile(target) as file:
        assert file.is_imagej and file.series[0].axes == "ZCYX"
        assert numpy.array_equal(file.asarray(), expected.transpose(1, 0, 2, 3))
        assert json.loads(file.imagej_metadata["Info"])["steps"] == record["steps"]
        assert file.imagej_metadata["spacing"] == pytest.approx(0.3)
    # Nothing but the files themselves is left.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.ome.tif", "restored.tif"]


def test_mistakes_have_statuses_and_lose_nothing(
    cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "restored.tif"
    before = cells.read_bytes()
    target.write_bytes(b"precious")
    short = tmp_path / "short.tif"
    short.write_bytes(before[:200])
    # Directories without an entry, and none at all.
    hollow, bare = tmp_path / "hollow.tif", tmp_path / "bare.tif"
    hollow.write_bytes(b"II*\0\x08\0\0\0" + bytes(6))
    bare.write_bytes(b"II*\0" + bytes(4))
    cases: list[tuple[list[str], str]] = [
        (["denoise", str(hollow), str(tmp_path / "x.tif")], "hollow.tif is damaged or ends early"),
        (["denoise", str(bare), str(tmp_path / "x.tif")], "bare.tif cannot be read"),
        (["deconvolve", str(cells), str(target), "--optics", *OPTICS], "restored.tif is there already"),
        (["deconvolve", str(cells), str(cells), "--optics", *OPTICS], "is the input; give another name"),
        (["deconvolve", str(cells), str(tmp_path / "x.tif")], "the metadata lacks numerical_aperture (Objective LensNA"),
        (["deconvolve", str(cells), str(tmp_path / "x.tif"), "--optics", *OPTICS, "--set", "iteration=3"], "did you mean iterations"),
        (["deconvolve", str(cells), str(tmp_path / "x.tif"), "--optics", "na"], "'na' is not a parameter; it must be NAME=VALUE"),
        (["denoise", str(tmp_path / "none.tif"), str(tmp_path / "x.tif")], "none.tif cannot be read"),
        (["denoise", str(short), str(tmp_path / "x.tif")], "short.tif cannot be read"),
        (["denoise", str(cells), str(tmp_path / "x.tif"), "--axes", "yx"], "say which they are"),
        (["denoise", str(cells), str(tmp_path / "x.tif"), "--json", str(target)], "restored.tif is there already; give another name, or --overw"),
        (["assess", str(cells), str(cells), "--json", str(target)], "restored.tif is there already"),
        (["assess", str(cells), str(cells), "--json", str(cells), "--overwrite"], "another file of the command"),
        (["denoise", str(cells), str(tmp_path / "x.png")], "x.png is no name of a TIFF; let it end with .tif or .tiff"),
        (["denoise", str(cells), str(tmp_path / "x")], "is no name of a TIFF"),
        (["denoise", str(cells), str(tmp_path / "x.zarr")], "is no name of a TIFF"),
        (["psf", str(tmp_path / "x.png"), "--optics", *OPTICS, "wavelength_nm=525", "pixel_nm=100"], "is no name of a TIFF"),
        (["assess", str(cells), str(cells), "--set", "gein=2"], "did you mean gain"),
        (["assess", str(cells), str(cells), "--set", "psf=2"], "assess.psf is not a parameter"),
        (["assess", str(cells), str(cells), "--psf", str(cells), "--kind", "widefield"], "--psf is given with --kind"),
    ]
    for command, message in cases:
        assert main(command) == 1, command
        told = capsys.readouterr()
        assert told.out == "" and message in told.err and told.err.startswith("abbe: "), (command, told.err)
    assert not list(tmp_path.glob("x*"))
    assert cells.read_bytes() == before and target.read_bytes() == b"precious"
    with pytest.raises(SystemExit) as caught:
        main(["deconvolve", str(cells)])
    assert caught.value.code == 2


def test_what_was_written_needs_no_options_again(cells: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.ome.tif", tmp_path / "twice.ome.tif"
    command = ["deconvolve", str(cells), str(once), "--optics", *OPTICS, "excitation_nm=405,488", "--kind", "confocal"]
    assert main([*command, "--set", "iterations=2"]) == 0
    told = abbe.tiff.read(once)[2]
    ome = pytest.importorskip("ome_types").from_xml(told)  # which checks the schema
    assert ome.instruments[0].objectives[0].lens_na == 1.2
    assert ome.images[0].objective_settings.refractive_index == 1.33
    assert [channel.acquisition_mode.value for channel in ome.images[0].pixels.channels] == ["LaserScanningConfocalMicroscopy"] * 2
    assert [channel.name for channel in ome.images[0].pixels.channels] == ["DAPI", "GFP"]
    wanted = {"numerical_aperture": 1.2, "immersion_index": 1.33, "pixel_nm": pytest.approx(100), "step_nm": pytest.approx(300)}
    for psf, emission, excitation in zip(abbe.psf.from_metadata(told), (461, 525), (405, 488)):
        assert psf.kind == "confocal"
        assert psf.settings == {**wanted, "wavelength_nm": emission, "excitation_nm": excitation}
    assert main(["deconvolve", str(once), str(twice), "--set", "iterations=2"]) == 0
    assert abbe.psf.from_metadata(abbe.tiff.read(twice)[2])[1].settings == psf.settings


def test_optics_that_are_given_count_more_than_the_medium_of_the_file(cells: Path, tmp_path: Path) -> None:
    image, axes, _ = abbe.tiff.read(cells)
    psf = abbe.psf.widefield(numerical_aperture=1.2, immersion_index=1.33, wavelength_nm=500, pixel_nm=100, step_nm=300)
    for medium, kept in (("Oil", False), ("water", True), ("honey", False)):
        abbe.tiff.write(tmp_path / "a.ome.tif", image, axes, {"immersion": medium}, psf=psf, overwrite=True)
        told = abbe.tiff.read(tmp_path / "a.ome.tif")[2]
        assert ("Immersion=" in told) == kept
        assert [one.settings for one in abbe.psf.from_metadata(told)] == [psf.settings] * 2


def test_wavelengths_say_the_channels_of_a_plain_file(cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = abbe.tiff.read(cells)[0]
    plain, target = tmp_path / "plain.tif", tmp_path / "restored.tif"
    tifffile.imwrite(plain, image)
    optics = [*OPTICS, "pixel_nm=100", "step_nm=300"]
    command = ["deconvolve", str(plain), str(target), "--axes", "czyx", "--kind", "widefield", "--set", "iterations=2"]
    assert main([*command, "--optics", *optics, "wavelength_nm=461,525"]) == 0
    result = tifffile.imread(target).transpose(1, 0, 2, 3)
    for channel, emission in enumerate((461, 525)):
        settings = {"numerical_aperture": 1.2, "immersion_index": 1.33, "pixel_nm": 100, "step_nm": 300}
        psf = abbe.psf.widefield(wavelength_nm=emission, **settings)
        assert numpy.array_equal(result[channel], abbe.deconvolve(image[channel], psf, iterations=2))
    capsys.readouterr()
    assert main([*command, "--overwrite", "--optics", *optics, "wavelength_nm=461,525,600"]) == 1
    assert "wavelength_nm has 3 values; the metadata has 2 channels" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--optics", *optics, "wavelength_nm=461,525", "sample_index=1.3,1.4,1.5"]) == 1
    assert "sample_index has 3 values; the metadata has 2 channels" in capsys.readouterr().err


def test_ome_zarr(
    cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lazy = pytest.importorskip("abbe.dask")
    dask = pytest.importorskip("dask.array")
    zarr = pytest.importorskip("zarr")
    image = abbe.tiff.read(cells)[0]
    source, target = tmp_path / "cells.ome.zarr", tmp_path / "restored.ome.zarr"
    lazy.save_ome_zarr(source, dask.from_array(image, chunks=(1, 5, 16, 16)), "czyx", {"z": 300.0, "y": 100.0, "x": 100.0})
    command = ["deconvolve", str(source), str(target), "--kind", "widefield", "--set", "iterations=2", "--dtype", "uint16"]
    assert main([*command, "--optics", *OPTICS, "wavelength_nm=461,525"]) == 0
    found, axes, spacing = lazy.open_ome_zarr(target)
    assert (axes, spacing["z"], spacing["x"], found.dtype) == ("czyx", 300.0, 100.0, numpy.uint16)
    optics = {"numerical_aperture": 1.2, "immersion_index": 1.33, "pixel_nm": 100, "step_nm": 300}
    psfs = [abbe.psf.widefield(wavelength_nm=emission, **optics) for emission in (461, 525)]
    expected = abbe.deconvolve(image, psfs, axes="czyx", iterations=2, dtype="uint16")
    assert numpy.abs(found.compute().astype(int) - expected.astype(int)).max() <= 1
    told = zarr.open_group(target, mode="r").attrs["abbe"]
    assert [psf["settings"]["wavelength_nm"] for psf in told["steps"][0]["psf"]] == [461, 525]
    assert len(told["report"]["steps"][0]["psf"]["channels"]) == 2 and told["input"] == str(source)
    capsys.readouterr()
    quiet = tmp_path / "quiet.zarr"
    assert main(["denoise", str(source), str(quiet)]) == 0
    assert numpy.array_equal(lazy.open_ome_zarr(quiet)[0].compute(), abbe.denoise(image, axes="czyx"))
    assert zarr.open_group(quiet, mode="r").attrs["abbe"]["report"]["finished"]
    monkeypatch.setattr("abbe._cli.free_memory", lambda: 1000)
    assert main(["denoise", str(source), str(tmp_path / "more.zarr")]) == 1
    assert "use abbe.dask.denoise" in capsys.readouterr().err and not (tmp_path / "more.zarr").exists()
    for wrong, message in ((str(target), "is there already"), (str(tmp_path / "a.tif"), "let it end with .zarr")):
        assert main([*command[:2], wrong, *command[3:], "--overwrite", "--optics", *OPTICS, "wavelength_nm=461,525"]) == 1
        assert message in capsys.readouterr().err


def test_channels_are_assessed_one_by_one(cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = numpy.random.default_rng(3)
    image = generator.poisson(100, (2, 3, 48, 50)).astype(numpy.uint16)
    raw, result = tmp_path / "raw.ome.tif", tmp_path / "result.tif"
    abbe.tiff.write(raw, image, "czyx")
    quiet = abbe.denoise(image, axes="czyx")
    abbe.tiff.write(result, quiet, "czyx")  # as zcyx, ImageJ's order
    assert main(["assess", str(raw), str(result)]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["channel"] for record in records] == [0, 1]
    for channel, record in enumerate(records):
        expected = abbe.assess(image[channel], quiet[channel]).report
        assert record["report"]["squirrel"] == expected["squirrel"]
    abbe.tiff.write(result, quiet[0], "zyx", overwrite=True)
    assert main(["assess", str(raw), str(result)]) == 1
    assert "the images have the axes" in capsys.readouterr().err


def test_the_optics_of_an_assessment_are_those_of_the_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = numpy.random.default_rng(3)
    image = generator.poisson(30 + 400 * abbe.psf.gaussian(sigma_nm=400, pixel_nm=100).sample((48, 50)) * 900).astype(numpy.uint16)
    raw, mask = tmp_path / "raw.tif", tmp_path / "mask.tif"
    tifffile.imwrite(raw, image)
    optics = [*OPTICS, "wavelength_nm=525", "pixel_nm=100"]
    psf = abbe.psf.widefield(numerical_aperture=1.2, immersion_index=1.33, wavelength_nm=525, pixel_nm=100)

    def assessed(result: Path, *options: str) -> tuple[Any, str]:
        capsys.readouterr()
        assert main(["assess", str(raw), str(result), *options]) == 0
        told = capsys.readouterr()
        (record,) = json.loads(told.out)
        return record, told.err

    for name in ("restored.ome.tif", "restored.tif"):
        result = tmp_path / name
        assert main(["deconvolve", str(raw), str(result), "--kind", "widefield", "--optics", *optics, "--set", "iterations=3"]) == 0
        restored = tifffile.imread(result)
        expected = abbe.assess(image, restored, psf=psf).report
        record, heard = assessed(result)
        assert record["report"]["squirrel"] == expected["squirrel"] and "Gaussian" not in heard
        assert record["optics"]["from"] == str(result)
        assert (record["optics"]["kind"], record["optics"]["settings"]) == ("widefield", psf.settings)
    # Options count more, with what the result's metadata say where the raw image's lack something.
    record, heard = assessed(tmp_path / "restored.ome.tif", "--optics", "numerical_aperture=1.1")
    assert record["optics"]["from"].endswith("restored.ome.tif") and "assumed" not in heard
    assert record["optics"]["settings"] == {**psf.settings, "numerical_aperture": 1.1}
    record, _ = assessed(tmp_path / "restored.tif", "--kind", "widefield", "--optics", *optics)
    assert record["optics"]["from"] == str(raw)
    # A denoised result is as blurred as the raw image; of others nobody knows.
    assert main(["denoise", str(raw), str(tmp_path / "quiet.tif")]) == 0
    record, heard = assessed(tmp_path / "quiet.tif")
    assert record["optics"] is None and heard == ""
    abbe.tiff.write(tmp_path / "foreign.tif", restored, "yx")
    record, heard = assessed(tmp_path / "foreign.tif")
    assert record["optics"] is None and heard.count("the Gaussian that fits best is taken for the blur; give --optics or --kind") == 1
    assert main(["denoise", str(tmp_path / "restored.tif"), str(tmp_path / "both.tif")]) == 0
    assert "the Gaussian that fits best" in assessed(tmp_path / "both.tif")[1]
    # What the one-liner takes.
    abbe.tiff.write(tmp_path / "psf.tif", psf.sample((9, 9)), "yx")
    inside = numpy.ones(image.shape, numpy.uint8)
    inside[10:20, 12:22] = 0
    tifffile.imwrite(mask, inside)
    more = ["--psf", str(tmp_path / "psf.tif"), "--mask", str(mask), "--set", "gain=1", "offset=0", "read_noise=0"]
    record, heard = assessed(tmp_path / "foreign.tif", *more)
    kernel = abbe.psf.measured(psf.sample((9, 9)))
    expected = abbe.assess(image, restored, psf=kernel, measured=inside, gain=1, offset=0, read_noise=0).report
    assert record["report"]["squirrel"] == expected["squirrel"] and record["report"]["forward"] == expected["forward"]
    assert record["optics"]["from"].endswith("psf.tif") and "Gaussian" not in heard
    tifffile.imwrite(mask, inside.T)
    assert main(["assess", str(raw), str(raw), "--mask", str(mask)]) == 1
    assert "has the shape (50, 48); the images have (48, 50)" in capsys.readouterr().err


def test_help_says_what_each_command_takes(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("deconvolve", "denoise", "assess"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        told = " ".join(capsys.readouterr().out.split())
        examples = told.split("--set NAME=VALUE")[-1].split("e.g. ")[1].split(" --")[0].split()
        known = {row["name"] for row in abbe.parameters(command)}
        assert examples and all(f"{command}.{one.partition('=')[0]}" in known for one in examples if "=" in one), examples
    with pytest.raises(SystemExit):
        main(["denoise", "--help"])
    assert "similar patches" in capsys.readouterr().out


def test_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "raw", tmp_path / "quiet"
    source.mkdir()
    image = numpy.random.default_rng(3).poisson(100, (24, 28)).astype(numpy.uint16)
    for name in ("a.tif", "b.TIFF"):
        tifffile.imwrite(source / name, image)
    (source / "c.tif").write_bytes(b"no TIFF")
    (source / "notes.txt").write_text("")
    log = tmp_path / "log.json"
    assert main(["denoise", str(source), str(target), "--dtype", "uint16", "--json", str(log), "--memory", "1GB"]) == 1
    assert "c.tif cannot be read" in capsys.readouterr().err
    expected = abbe.denoise(image, dtype="uint16")
    assert sorted(path.name for path in target.iterdir()) == ["a.tif", "b.TIFF"]
    for name in ("a.tif", "b.TIFF"):
        assert numpy.array_equal(tifffile.imread(target / name), expected)
    records = json.loads(log.read_text())
    assert ["error" in record for record in records] == [False, False, True]


def test_psf_assess_and_info(cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "psf.tif"
    optics = [*OPTICS, "wavelength_nm=525", "pixel_nm=100", "step_nm=300"]
    assert main(["psf", str(target), "--optics", *optics]) == 0
    kernel, axes, metadata = abbe.tiff.read(target)
    expected = abbe.psf.widefield(
        numerical_aperture=1.2, wavelength_nm=525, pixel_nm=100, step_nm=300, immersion_index=1.33
    ).sample()
    assert axes == "zyx" and numpy.array_equal(kernel, expected) and metadata["pixel_nm"] == pytest.approx(100)
    assert main(["info", str(cells), "--optics", *OPTICS]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["shape"] == [2, 5, 24, 28] and told["channels"][0]["optics"]["wavelength_nm"]["value"] == 461
    assert main(["info", str(cells)]) == 0
    assert "lacks numerical_aperture" in json.loads(capsys.readouterr().out)[0]["optics"]
    raw = tmp_path / "raw.tif"
    tifffile.imwrite(raw, numpy.random.default_rng(3).poisson(100, (64, 64)).astype(numpy.uint16))
    assert main(["denoise", str(raw), str(tmp_path / "quiet.tif")]) == 0
    capsys.readouterr()
    assert main(["assess", str(raw), str(tmp_path / "quiet.tif")]) == 0
    assert json.loads(capsys.readouterr().out)[0]["report"]


def test_a_measured_point_spread_function(tmp_path: Path) -> None:
    samples = abbe.psf.gaussian(sigma_nm=130, pixel_nm=65).sample()
    abbe.tiff.write(tmp_path / "psf.tif", samples, "yx")
    image = numpy.random.default_rng(3).poisson(100, (24, 28)).astype(numpy.uint16)
    tifffile.imwrite(tmp_path / "raw.tif", image)
    files = [str(tmp_path / name) for name in ("raw.tif", "restored.tif")]
    assert main(["deconvolve", *files, "--psf", str(tmp_path / "psf.tif"), "--set", "iterations=3", "--background", "20"]) == 0
    expected = abbe.deconvolve(image, abbe.psf.measured(samples), iterations=3, background=20)
    assert numpy.array_equal(tifffile.imread(files[1]), expected)


@pytest.mark.parametrize(("axes", "shape"), [("tczyx", (2, 2, 3, 8, 9)), ("yx", (8, 9)), ("cyx", (2, 8, 9)), ("yxz", (8, 9, 3))])
@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif"])
def test_tiffs_come_back_as_they_were(axes: str, shape: tuple[int, ...], name: str, tmp_path: Path) -> None:
    image = numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape)
    abbe.tiff.write(tmp_path / name, image, axes, {"pixel_um": 0.1, "step_um": 0.5})
    back, letters, metadata = abbe.tiff.read(tmp_path / name)
    assert set(letters) == set(axes)
    assert letters == axes or "ome" not in name or not axes.endswith("yx")
    assert numpy.array_equal(back.transpose([letters.index(letter) for letter in axes]), image)
    with pytest.raises(abbe.FileError, match="is there already"):
        abbe.tiff.write(tmp_path / name, image, axes)


def test_unknown_axes_are_asked_about(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", numpy.zeros((5, 16, 16), numpy.uint16), metadata=None)
    with pytest.raises(abbe.ArgumentError, match='has the shape .* and the axes IYX; say which they are, e.g. axes="zyx"'):
        abbe.tiff.read(tmp_path / "a.tif")
    assert abbe.tiff.read(tmp_path / "a.tif", axes="tyx")[1] == "tyx"


def test_as_a_program(tmp_path: Path) -> None:
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "abbe", "denoise", "none.tif", "out.tif"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("abbe: none.tif cannot be read: No such file") and len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: pipes of Windows tell in another way that nobody reads")
def test_it_ends_quietly_when_nobody_reads(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "raw.tif", numpy.random.default_rng(3).poisson(100, (48, 50)).astype(numpy.uint16))
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for arguments in (["assess", "raw.tif", "raw.tif", "--kind", "gaussian", "--optics", "sigma_nm=1", "pixel_nm=1"], ["--help"]):
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "abbe", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=write, stderr=subprocess.PIPE, text=True, timeout=120)
        os.close(write)
        # What argparse itself prints it does not miss.
        assert done.stderr == "" and done.returncode in ((0, 1) if arguments == ["--help"] else (1,)), arguments


def test_errors_and_warnings_name_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = numpy.random.default_rng(3).poisson(100, (2, 5, 32, 36)).astype(numpy.uint16)
    plain, cells, holes, bright = (tmp_path / name for name in ("plain.tif", "cells.tif", "holes.tif", "bright.tif"))
    tifffile.imwrite(plain, image[0])
    abbe.tiff.write(cells, image, "czyx")
    gap, light = image[0].astype(numpy.float32), (image[0] // 2).astype(numpy.uint8)
    gap[2, 3, 4], light[2, 10, 10] = numpy.nan, 255
    abbe.tiff.write(holes, gap, "zyx")
    abbe.tiff.write(bright, light, "zyx")
    optics = ["--kind", "widefield", "--set", "algorithm=richardson_lucy", "iterations=20", "--optics", *OPTICS, "wavelength_nm=461", "pixel_nm=90"]
    for number, (source, more, status, said) in enumerate(
        [
            (plain, ["step_nm=280"], 1, "say which they are, e.g. --axes zyx or --axes tyx"),
            (cells, ["step_nm=280", "--memory", "100kB"], 1, "--memory is 102400; this plan holds at least"),
            (cells, [], 1, "lacks step_nm"),
            (holes, ["step_nm=280"], 1, "the image holds 1 samples that are NaN or infinite"),
            (bright, ["step_nm=280", "--dtype", "uint8"], 0, "1 above, 0 NaN or infinite; use --dtype float32"),
        ]
    ):
        assert main(["deconvolve", str(source), str(tmp_path / f"{number}.tif"), *optics, *more]) == status
        heard = capsys.readouterr().err
        assert said in heard and not re.search(r"Plan|axes=|memory_cap_bytes|masked|abbe_", heard), heard
