"""Files that are cut off or broken: each is refused by name, and keeps no other from being done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

import abbe
from abbe._cli import main

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")

STACK = numpy.arange(3 * 24 * 28, dtype=numpy.uint16).reshape(3, 24, 28)


@pytest.mark.parametrize("name, options", [
    ("a.tif", {"imagej": True}), ("a.ome.tif", {}), ("b.ome.tif", {"rowsperstrip": 8}), ("c.tif", {"imagej": False, "compression": "zlib"}),
])  # fmt: skip
def test_a_file_that_ends_early_is_never_read_in_part(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    whole, cut = tmp_path / name, tmp_path / f"cut-{name}"
    tifffile.imwrite(whole, STACK, photometric="minisblack", metadata={"axes": "ZYX"}, **options)
    content = whole.read_bytes()
    read = 0
    for length in range(0, len(content), 61):
        cut.write_bytes(content[:length])
        try:
            image, _, _ = abbe.tiff.read(cut)
        except abbe.FileError as failure:
            assert cut.name in str(failure)
        else:
            assert numpy.array_equal(image, STACK), length
            read += 1
    assert read < 10
    assert numpy.array_equal(abbe.tiff.read(whole)[0], STACK)


def test_whatever_bytes_a_file_holds_its_failure_is_one_of_files(tmp_path: Path) -> None:
    path = tmp_path / "noise.tif"
    tifffile.imwrite(path, STACK, imagej=True, metadata={"axes": "ZYX"})
    content = numpy.frombuffer(path.read_bytes(), numpy.uint8)
    generator = numpy.random.default_rng(5)
    for _ in range(150):
        broken = content.copy()
        broken[generator.integers(4, 360, 6)] = generator.integers(0, 256, 6)
        path.write_bytes(broken.tobytes())
        try:
            abbe.tiff.read(path)
        except (abbe.FileError, abbe.ArgumentError):
            pass


def test_a_file_of_a_folder_that_fails_in_any_way_keeps_no_other_from_being_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, out, told = tmp_path / "raw", tmp_path / "out", tmp_path / "told.json"
    raw.mkdir()
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(raw / name, STACK, imagej=True, metadata={"axes": "ZYX"})
    read = abbe.tiff.read

    def failing(path: Path, **options: Any) -> Any:
        if path.name == "a.tif":
            raise ZeroDivisionError("division by zero")
        return read(path, **options)

    monkeypatch.setattr(abbe.tiff, "read", failing)
    assert main(["denoise", str(raw), str(out), "--json", str(told), "--quiet"]) == 1
    first, second = json.loads(told.read_text())
    assert first["error"] == "ZeroDivisionError: division by zero" and "error" not in second
    assert [path.name for path in out.iterdir()] == ["b.tif"]
