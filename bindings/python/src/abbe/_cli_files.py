"""The files of a command: what it reads, what it writes, and that neither destroys the other."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Hashable

from ._targets import check_place
from .errors import ArgumentError


def check(given: argparse.Namespace) -> None:
    """Refuses, before any work is done, to write where something is read, twice to one place, or where nothing can be written."""
    output = getattr(given, "output", None)
    denoised = getattr(given, "denoised", None)
    reads = [path for name, told in vars(given).items() if name not in ("output", "denoised", "json") for path in _paths(told)]
    writes = [path for path in (output, denoised) if path is not None]
    if output is not None and isinstance(getattr(given, "input", None), Path):
        made = pairs(given.input, output)
        reads += [source for source, _ in made]
        writes = [target for _, target in made]
    taken = {_identity(path) for path in reads}
    for target in writes:
        if _identity(target) in taken:
            raise ArgumentError(f"{target} is the input, or another file of the command; give another name for the result")
        taken.add(_identity(target))
    if given.json in (None, "-"):
        return
    path = Path(given.json)
    taken |= {_identity(output)} if output is not None else set()
    if any(_identity(place) in taken for place in (path, *(folder for folder in path.absolute().parents if is_zarr(folder)))):
        raise ArgumentError(f"--json is {path}, which is another file of the command; give another name")
    if path.exists() and not given.overwrite:
        raise ArgumentError(f"{path} is there already; give another name, or --overwrite")
    check_place(path)


def pairs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Files and where their results go."""
    if not source.is_dir() or is_zarr(source):
        if target.is_dir() and not is_zarr(target):
            target = target / source.name
        if source.resolve() == target.resolve():
            raise ArgumentError(f"{target} is the input; give another name for the result")
        return [(source, target)]
    if source.resolve() == target.resolve():
        raise ArgumentError(f"{target} is the folder of the input; give another one for results")
    if target.is_file():
        raise ArgumentError(f"{target} is a file; for a folder of images give a folder for results")
    files = sorted(file for file in source.iterdir() if file.suffix.lower() in (".tif", ".tiff") and file.is_file() or is_zarr(file))
    if not files:
        raise ArgumentError(f"{source} has no files .tif, .tiff or .zarr")
    return [(file, target / file.name) for file in files]


def is_zarr(path: Path) -> bool:
    return path.suffix.lower() == ".zarr"


def _paths(told: Any) -> list[Path]:
    return [one for one in (told if isinstance(told, (list, tuple)) else [told]) if isinstance(one, Path)]


def _identity(path: Path) -> Hashable:
    """Equal for two names of one file, links and names of other case included."""
    try:
        found = path.stat()
    except OSError:
        return str(path.resolve())
    # Without inodes, names are all there is.
    return (found.st_dev, found.st_ino) if found.st_ino else str(path.resolve())
