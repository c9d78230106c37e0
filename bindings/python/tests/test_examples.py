"""The examples run as they are, and the wheel is what it says it is."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import numpy
import pytest
from conftest import ROOT

import abbe
from abbe import _library

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done


def test_the_shortest_program() -> None:
    done = run("shortest.py")
    assert done.stdout.startswith("128 x 128 pixels, brightest ") and done.stderr == ""


def test_the_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    figure = tmp_path / "beads.png"
    run("beads.py", str(figure))
    assert figure.read_bytes().startswith(b"\x89PNG") and figure.stat().st_size > 20_000


def test_a_zarr_larger_than_memory_in_principle(tmp_path: Path) -> None:
    dask_array = pytest.importorskip("dask.array")
    pytest.importorskip("distributed")
    import abbe.dask

    source, target = tmp_path / "in.ome.zarr", tmp_path / "out.ome.zarr"
    image = dask_array.full((8, 64, 96), 100, chunks=(8, 64, 48), dtype="uint16")
    abbe.dask.save_ome_zarr(source, image, "zyx", {"z": 250.0, "y": 80.0, "x": 80.0})
    run("larger_than_memory.py", str(source), str(target))
    restored, axes, spacing = abbe.dask.open_ome_zarr(target)
    assert (restored.shape, axes, spacing["z"]) == ((8, 64, 96), "zyx", 250.0)
    assert numpy.isfinite(restored.compute()).all()


def test_the_package_needs_numpy_alone_and_carries_the_library() -> None:
    needed = [line for line in requires("abbe") or [] if "extra ==" not in line]
    assert [line.split(">")[0] for line in needed] == ["numpy"]
    package = Path(abbe.__file__).parent
    carried = [_library.candidates()[0].name, "py.typed", "abbe-denoise.zip", "LICENSE-MIT", "LICENSE-APACHE"]
    assert [name for name in carried if not (package / name).is_file()] == []
