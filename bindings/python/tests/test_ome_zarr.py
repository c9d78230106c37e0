"""OME-Zarrs that are damaged, half written or told nonsense: each is refused by name, and none is taken for whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy
import pytest

import abbe

dask = pytest.importorskip("dask.array", reason="SKIPPED: dask is not there; pip install abbe[dask]")
zarr = pytest.importorskip("zarr", reason="SKIPPED: zarr is not there; pip install abbe[dask]")
import abbe.dask

STACK = numpy.arange(4 * 20 * 24, dtype=numpy.uint16).reshape(4, 20, 24)
SPACING = {"z": 200.0, "y": 65.0, "x": 65.0}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.zarr"
    abbe.dask.save_ome_zarr(path, dask.from_array(STACK, chunks=(2, 20, 24)), "zyx", SPACING)
    return path


def changed(path: Path, change: Any) -> None:
    file = path / "zarr.json"
    told = json.loads(file.read_text())
    change(told["attributes"]["ome"]["multiscales"][0])
    file.write_text(json.dumps(told))


@pytest.mark.parametrize("change, message", [
    (lambda one: one["datasets"][0].pop("coordinateTransformations"), r"datasets\[0\] has no coordinateTransformations"),
    (lambda one: one.pop("datasets"), r"multiscales\[0\] has no datasets"),
    (lambda one: one.update(datasets=[]), "datasets is empty"),
    (lambda one: one.update(datasets={"path": "0"}), "datasets is .*; it must be a list"),
    (lambda one: one["axes"][0].pop("name"), r"axes\[0\] has no name"),
    (lambda one: one["axes"][0].update(name=3), r"axes\[0\].name is '3'; it must be a text"),
    (lambda one: one["axes"].pop(), "has 2 numbers|2 axes in its metadata|a scale with 2 numbers"),
    (lambda one: one["axes"][0].update(name="x"), "axes x, y, x; they must be letters, each once"),
    (lambda one: one["datasets"][0].update(path="7"), "has no array '7'"),
    (lambda one: one["datasets"][0].pop("path"), r"datasets\[0\] has no path"),
    (lambda one: one["datasets"][0]["coordinateTransformations"][0].update(scale=["a", "b", "c"]), r"scale\[0\] is 'a'; it must be a number"),
    (lambda one: one["datasets"][0]["coordinateTransformations"][0].pop("type"), "has no type"),
    (lambda one: one["datasets"][0].update(coordinateTransformations=["scale"]), "is 'scale'; it must be an object"),
])  # fmt: skip
def test_what_is_wrong_with_metadata_is_said(change: Any, message: str, image: Path) -> None:
    changed(image, change)
    with pytest.raises((abbe.FileError, abbe.ArgumentError), match=f"a.zarr .*({message})"):
        abbe.dask.open_ome_zarr(image)


def test_files_that_are_cut_off_are_refused_by_name(image: Path, tmp_path: Path) -> None:
    chunk = next(file for file in sorted((image / "0").rglob("*")) if file.is_file() and file.name != "zarr.json")
    for file in (image / "zarr.json", image / "0" / "zarr.json", chunk):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(abbe.FileError, match="a.zarr .*damaged"):
            abbe.dask.open_ome_zarr(image)[0].compute(scheduler="sync")
        file.write_bytes(whole)
    assert numpy.array_equal(abbe.dask.open_ome_zarr(image)[0].compute(scheduler="sync"), STACK)
    chunk.unlink()
    assert (abbe.dask.open_ome_zarr(image)[0].compute(scheduler="sync") == 0).sum() > 2 * 20 * 24 - 1
    with pytest.raises(abbe.FileError, match="b.zarr is not there"):
        abbe.dask.open_ome_zarr(tmp_path / "b.zarr")
    with pytest.raises(abbe.FileError, match="holds no Zarr group"):
        abbe.dask.open_ome_zarr(tmp_path)


def test_axes_in_capitals_keep_their_spacing(image: Path) -> None:
    changed(image, lambda one: [axis.update(name=axis["name"].upper()) for axis in one["axes"]])
    _, axes, spacing = abbe.dask.open_ome_zarr(image)
    assert axes == "zyx" and spacing == SPACING


def test_what_was_not_finished_is_no_ome_zarr(tmp_path: Path) -> None:
    made = abbe.dask.create_ome_zarr(tmp_path / "half.zarr", STACK.shape, "zyx", SPACING)
    made.image[:2] = STACK[:2]
    with pytest.raises(abbe.ArgumentError, match="no multiscales"):
        abbe.dask.open_ome_zarr(tmp_path / "half.zarr")
    made.finish({"of": "a test"})
    assert abbe.dask.open_ome_zarr(tmp_path / "half.zarr")[2] == SPACING

    def fails(block: numpy.ndarray) -> numpy.ndarray:
        raise ZeroDivisionError

    lazy = dask.from_array(STACK, chunks=(2, 20, 24)).map_blocks(fails, dtype=STACK.dtype, meta=STACK[:0])
    with pytest.raises(ZeroDivisionError):
        abbe.dask.save_ome_zarr(tmp_path / "failed.zarr", lazy, "zyx")
    assert not (tmp_path / "failed.zarr").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SKIPPED: Windows has no SIGTERM that a program hears of")
def test_a_command_that_is_terminated_leaves_nothing_behind(tmp_path: Path) -> None:
    source, target = tmp_path / "a.zarr", tmp_path / "b.zarr"
    raw = numpy.random.default_rng(1).poisson(50, (16, 256, 256)).astype(numpy.uint16)
    abbe.dask.save_ome_zarr(source, dask.from_array(raw), "zyx", SPACING)
    optics = ["numerical_aperture=1.2", "wavelength_nm=525", "immersion_index=1.33"]
    command = [sys.executable, "-m", "abbe", "deconvolve", str(source), str(target), "--kind", "widefield", "--optics", *optics]
    command += ["--set", "iterations=5000", "algorithm=richardson_lucy", "stop=iterations"]
    # A shell that started the tests in the background had them ignore the interrupt, which children inherit.
    listen = f"import signal, runpy, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv = {command[2:]!r}; "
    running = subprocess.Popen([sys.executable, "-c", listen + "runpy.run_module('abbe', run_name='__main__')"], stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if target.exists():
                break
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(running.pid, signal.SIGTERM)
        told = running.communicate(timeout=60)[1].decode()
    finally:
        running.kill()
    assert running.returncode == 130 and "interrupted" in told
    assert not target.exists()


@pytest.mark.parametrize("spacing", [-65.0, 0.0, float("nan"), float("inf"), "65"])
def test_spacing_and_extents_that_cannot_be_are_refused(spacing: Any, tmp_path: Path) -> None:
    lazy = dask.from_array(STACK)
    with pytest.raises(abbe.ArgumentError, match="spacing along x is .*; it must be a number above 0"):
        abbe.dask.save_ome_zarr(tmp_path / "a.zarr", lazy, "zyx", {**SPACING, "x": spacing})
    with pytest.raises(abbe.ArgumentError, match="shape is .*each 1 or more"):
        abbe.dask.save_ome_zarr(tmp_path / "a.zarr", lazy[:0], "zyx", SPACING)
    assert not (tmp_path / "a.zarr").exists()


def test_a_mask_is_never_dropped(tmp_path: Path) -> None:
    lazy = dask.ma.masked_array(dask.from_array(STACK), STACK > 1000)
    psf = abbe.psf.gaussian(sigma_nm=100.0, pixel_nm=65.0, sigma_axial_nm=250.0, step_nm=200.0)
    target = numpy.zeros(STACK.shape, numpy.float32)
    with pytest.raises(abbe.ArrayError, match="image is a masked array.*abbe.deconvolve"):
        abbe.dask.deconvolve_to(target, lazy, psf, iterations=2)


def test_an_array_that_is_made_smaller_or_removed_while_it_is_read(tmp_path: Path) -> None:
    """Zarr would give its fill value for what is not there any more, and dark planes would be the result."""
    image = numpy.random.default_rng(1).poisson(60, (6, 64, 64)).astype(numpy.uint16)
    psf = abbe.psf.gaussian(pixel_nm=100, sigma_nm=150, step_nm=300, sigma_axial_nm=400)
    for name, change, message in (
        ("a.zarr", lambda array: array.resize((6, 40, 64)), r"its array 0 was uint16 \(6, 64, 64\) and is uint16 \(6, 40, 64\); open it again"),
        ("b.zarr", lambda array: shutil.rmtree(tmp_path / "b.zarr" / "0"), "its array 0 cannot be opened any more"),
    ):
        lazy = dask.from_array(image, chunks=(3, 32, 32))
        abbe.dask.save_ome_zarr(tmp_path / name, lazy, "zyx", {"z": 300.0, "y": 100.0, "x": 100.0})
        opened, axes, _ = abbe.dask.open_ome_zarr(tmp_path / name)
        restored = abbe.dask.deconvolve(opened, psf, axes=axes, iterations=2, background=0.0)
        assert numpy.array_equal(opened.compute(), image)
        change(zarr.open_group(tmp_path / name, mode="r+")["0"])
        for work in (opened.compute, restored.compute):
            with pytest.raises(abbe.FileError, match=f"{name} changed while it was read: {message}"):
                work()
