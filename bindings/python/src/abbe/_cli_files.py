"""The files of a command: what it reads, what it writes, and that neither destroys the other."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Hashable

import numpy

from . import tiff
from ._arrays import DTYPES
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


def opened(path: Path, axes: str | None = None) -> tuple[Any, str, Any]:
    """An image, its axes, and metadata that count its channels: a TIFF in memory, an OME-Zarr as a Dask array."""
    image, letters, metadata = _opened_zarr(path) if is_zarr(path) else tiff.read(path, axes=axes)
    letters = axes or letters
    count = dict(zip(letters, image.shape)).get("c", 1)
    if isinstance(metadata, dict) and "channels" not in metadata:
        metadata = {**metadata, "channels": count if "ImageJ" in metadata else [{}] * count}
    return image, letters, metadata


def _opened_zarr(path: Path) -> tuple[Any, str, Any]:
    try:
        from . import dask
    except ImportError:
        raise ArgumentError(f"{path} is an OME-Zarr; dask and zarr are not installed; pip install abbe[dask]") from None
    image, letters, spacing = dask.open_ome_zarr(path)
    return image, letters, {name: spacing[letter] for name, letter in (("pixel_nm", "x"), ("step_nm", "z")) if letter in spacing}


def single(path: Path, samples: numpy.ndarray) -> numpy.ndarray:
    """Samples of a type that libabbe takes as they are; others as float32, where that holds them.

    Real numbers are rounded to 24 binary digits, whole numbers must be exact.
    """
    if is_taken(samples.dtype):
        return samples
    if samples.dtype.kind not in "biuf":
        raise ArgumentError(f"{path} has samples of type {samples.dtype}; real numbers are taken")
    if samples.dtype.kind == "f":
        size = numpy.abs(samples[numpy.isfinite(samples) & (samples != 0)])
        limits = numpy.finfo(numpy.float32)
        lost, allowed = size[(size > limits.max) | (size < limits.tiny)], f"0 and from {limits.tiny:.3g} to {limits.max:.3g}"
    else:
        lost, allowed = samples[(samples > _EXACT) | (samples < -_EXACT)] if samples.dtype.itemsize > 2 else samples[:0], f"whole numbers to {_EXACT}"
    if lost.size:
        raise ArgumentError(
            f"{path} has samples of type {samples.dtype}, one of which is {lost.flat[0]}; 32-bit floating point, in which they are worked on, "
            f"holds {allowed}; scale them"
        )
    converted: numpy.ndarray = samples.astype(numpy.float32)
    return converted


def is_taken(kind: Any) -> bool:
    """Whether libabbe takes samples of that type as they are, of either byte order."""
    return numpy.dtype(kind).name in DTYPES


_EXACT = 2**24
"""To here 32-bit floating-point numbers hold every whole number."""


def named(path: object, text: str) -> str:
    """A message with the file that it is about, once."""
    return text if text.startswith(str(path)) else f"{path}: {text}"


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
