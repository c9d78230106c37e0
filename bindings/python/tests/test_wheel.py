"""What the wheel is made of, and what its metadata promise; a file of a few bytes stands in for libabbe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("hatchling", reason="SKIPPED: hatchling is not there; pip install hatchling==1.33.0")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Of a library as it lies in an archive of a release."""
    folder = tmp_path_factory.mktemp("archive")
    for name, content in (("lib/libabbe.so", "library"), ("share/doc/abbe/THIRD_PARTY.txt", "licences of crates")):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content)
    made = build(folder / "made", ABBE_LIBRARY=str(folder / "lib/libabbe.so"), ABBE_PLATFORM="manylinux_2_28_x86_64")
    assert made.returncode == 0, made.stderr
    return zipfile.ZipFile(next((folder / "made").glob("abbe-*-py3-none-manylinux_2_28_x86_64.whl")))


def build(folder: Path, project: Path = ROOT / "bindings/python", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("ABBE_LIBRARY", "CARGO_TARGET_DIR")}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    return subprocess.run(command, cwd=project, env={**environment, **variables}, capture_output=True, text=True, timeout=120)


def test_library_network_and_licences_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("abbe/libabbe.so") == b"library"
    assert wheel.read("abbe/abbe-denoise.zip") == (ROOT / "models/abbe-denoise.zip").read_bytes()
    assert wheel.read("abbe/THIRD_PARTY.txt") == b"licences of crates"
    for name in ("LICENSE-MIT", "LICENSE-APACHE"):
        assert wheel.read(f"abbe/{name}") == (ROOT / name).read_bytes()


def test_the_extra_for_networks_asks_for_a_runtime_that_is_taken(wheel: zipfile.ZipFile) -> None:
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    asked = [line for line in wheel.read(metadata).decode().splitlines() if line.startswith("Requires-Dist: onnxruntime")]
    assert asked == ["Requires-Dist: onnxruntime<1.29,>=1.24; extra == 'onnx'"]


@pytest.mark.parametrize("place", ["target/release", "build/prefix/lib", "build/cargo/release"])
def test_the_library_is_found_where_builds_put_it(place: str, tmp_path: Path) -> None:
    """By cargo, by CMake and by ./demo; a package that is used from its source finds it there, too."""
    for name in ("bindings/python", "models/abbe-denoise.zip", "LICENSE-MIT", "LICENSE-APACHE", "include/abbe/abbe.h"):
        there = tmp_path / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there, ignore=shutil.ignore_patterns(".*", "tests", "__pycache__"))
        else:
            shutil.copy(ROOT / name, there)
    missing = build(tmp_path / "made", tmp_path / "bindings/python", ABBE_PLATFORM="linux_x86_64")
    assert missing.returncode != 0 and str(Path(place, "libabbe.so")) in missing.stderr
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "libabbe.so").write_text("library")
    assert build(tmp_path / "made", tmp_path / "bindings/python", ABBE_PLATFORM="linux_x86_64").returncode == 0
    source = {"PYTHONPATH": str(tmp_path / "bindings/python/src"), "PATH": os.environ["PATH"]}
    program = [sys.executable, "-c", "import abbe"]
    found = subprocess.run(program, env=source, capture_output=True, text=True, timeout=60)
    assert f"{tmp_path / place / 'libabbe.so'} (" in found.stderr and "no such file" in found.stderr  # it is no library
