"""Dask arrays of images, and OME-Zarr 0.5 written from them, with a pyramid and what was done."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
from typing import Any, Iterator, Mapping, Sequence

import dask.array
import numpy

from ._arrays import lettered
from .errors import ArgumentError, ArrayError


def lazy(image: Any) -> dask.array.Array:
    """A Dask array of one, or of a NumPy or Zarr array; of a DataArray with its data."""
    inner = image if isinstance(image, dask.array.Array) else getattr(image, "data", None)
    if not isinstance(inner, dask.array.Array):
        if not hasattr(image, "shape") or not hasattr(image, "dtype"):
            raise ArrayError(f"image is of type {type(image).__name__}; it must be a Dask, NumPy or Zarr array")
        inner = dask.array.from_array(image)
    found: dask.array.Array = inner
    return found


def letters_of(image: dask.array.Array, axes: str | None) -> str:
    """The axes as told, or the last letters of "tczyx"."""
    letters = "tczyx"[5 - image.ndim :] if axes is None and 2 <= image.ndim <= 5 else lettered(axes)
    if axes is None and image.ndim > 2 and image.shape[-1] in (3, 4):
        raise ArgumentError(f'image has the shape {image.shape}, whose last axis looks like colours; give axes=, e.g. "yxc"')
    if letters is None or len(letters) != image.ndim or set(letters) - set("tczyx"):
        raise ArgumentError(
            f"image has {image.ndim} axes and axes is {axes!r}; there must be one letter of t, c, z, y, x for each"
        )
    return letters


class OmeZarr:
    """An OME-Zarr 0.5 to be written; see :func:`create_ome_zarr`."""

    def __init__(self, group: Any, axes: str, scale: list[float]) -> None:
        self._group, self._axes, self._scale = group, axes, scale

    @property
    def image(self) -> Any:
        """The Zarr array of full resolution."""
        return self._group["0"]

    def finish(self, provenance: Mapping[str, Any] | None = None) -> None:
        """Computes the pyramid from the image, and keeps what was done.

        Args:
            provenance: What was done, fit for JSON: the attribute ``abbe`` of the group.
        """
        factors = [1] * len(self._axes)
        datasets = [self._dataset(factors)]
        across = [at for at, letter in enumerate(self._axes) if letter in "yx"]
        finer = dask.array.from_zarr(self.image)
        while max(finer.shape[at] for at in across) > _SMALLEST:
            halves = {at: 2 for at in across if finer.shape[at] > 1}
            factors = [factor * halves.get(at, 1) for at, factor in enumerate(factors)]
            # Chunks of an even extent, which each make one of the coarser image.
            even = finer.rechunk({at: 2 * self.image.chunks[at] for at in halves})
            halved = dask.array.coarsen(_mean, even, halves, trim_excess=True).astype(finer.dtype)
            coarser = self._array(len(datasets), halved.shape, self.image.chunks, finer.dtype)
            _store(halved, coarser)
            datasets.append(self._dataset(factors))
            finer = dask.array.from_zarr(coarser)
        # Last, so that what was never finished is no OME-Zarr for anybody.
        kinds = {"t": {"type": "time"}, "c": {"type": "channel"}}
        axes = [{"name": letter, **kinds.get(letter, {"type": "space", "unit": "nanometer"})} for letter in self._axes]
        told = {} if provenance is None else {"abbe": dict(provenance)}
        self._group.attrs.update({**told, "ome": {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}})

    def _array(self, level: int, shape: Sequence[int], chunks: Sequence[int], dtype: Any) -> Any:
        size = tuple(min(chunk, extent) for chunk, extent in zip(chunks, shape))
        return self._group.create_array(str(level), shape=shape, chunks=size, dtype=dtype, dimension_names=list(self._axes))

    def _dataset(self, factors: Sequence[int]) -> dict[str, Any]:
        """What the multiscales say of the image that is so many times smaller."""
        scale = [factor * one for factor, one in zip(factors, self._scale)]
        transforms: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
        # Samples are averages: the middle of the first lies between those that it is of.
        moved = [(factor - 1) / 2 * one for factor, one in zip(factors, self._scale)]
        if any(moved):
            transforms.append({"type": "translation", "translation": moved})
        level = max(factors).bit_length() - 1
        return {"path": str(level), "coordinateTransformations": transforms}


def create_ome_zarr(
    path: str | os.PathLike[str],
    shape: Sequence[int],
    axes: str,
    spacing: Mapping[str, float] | None = None,
    *,
    dtype: Any = numpy.float32,
    chunks: Sequence[int] | None = None,
) -> OmeZarr:
    """Makes an OME-Zarr 0.5 whose ``image`` is then written by slices, as :func:`abbe.dask.deconvolve_to` does; then ``finish`` it.

    Before that no program takes it for an image.

    Args:
        path: A folder that is not there yet.
        shape: Extents of the image.
        axes: Its axes as letters.
        spacing: Distance of neighbouring samples along z, y, x in nm.
        dtype: Sample type.
        chunks: Extents of chunks; ``None``: 32 x 256 x 256 along z, y and x, 1 along others.
    """
    import zarr

    letters = lettered(axes)
    if len(letters) != len(shape) or set(letters) - set("tczyx"):
        raise ArgumentError(f"shape is {tuple(shape)} and axes is {axes!r}; there must be one letter of t, c, z, y, x for each")
    if any(not isinstance(extent, (int, numpy.integer)) or extent < 1 for extent in shape):
        raise ArgumentError(f"shape is {tuple(shape)}; it must be whole numbers, each 1 or more")
    told = spacing or {}
    if set(told) - set("tczyx"):
        raise ArgumentError(f"spacing is of {', '.join(map(repr, told))}; it must be of letters of t, c, z, y, x")
    for letter, one in told.items():
        if not isinstance(one, (int, float, numpy.number)) or not 0 < float(one) < math.inf:
            raise ArgumentError(f"spacing along {letter} is {one!r}; it must be a number above 0, in nm")
    group = zarr.open_group(os.fspath(path), mode="w-", zarr_format=3)
    made = OmeZarr(group, letters, [float(told.get(letter, 1.0)) for letter in letters])
    with _whole_or_not_at_all(path):
        made._array(0, tuple(shape), chunks or [{"z": 32, "y": 256, "x": 256}.get(letter, 1) for letter in letters], dtype)
    return made


def save_ome_zarr(
    path: str | os.PathLike[str],
    image: dask.array.Array,
    axes: str,
    spacing: Mapping[str, float] | None = None,
    *,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Computes an image and writes it as an OME-Zarr 0.5 with a pyramid that halves y and x, chunk by chunk.

    Args:
        path: A folder that is not there yet, and is not there afterwards where anything fails.
        image: The image.
        axes: Its axes as letters.
        spacing: Distance of neighbouring samples along z, y, x in nm.
        provenance: What was done, fit for JSON: the attribute ``abbe`` of the group.
    """
    letters = letters_of(image, axes)
    chunks = [sizes[0] for sizes in image.chunks]
    made = create_ome_zarr(path, image.shape, letters, spacing, dtype=image.dtype, chunks=chunks)
    with _whole_or_not_at_all(path):
        _store(image, made.image)
        made.finish(provenance)


@contextlib.contextmanager
def _whole_or_not_at_all(path: str | os.PathLike[str]) -> Iterator[None]:
    """Removes what was just made where anything fails, Ctrl-C too."""
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _store(image: dask.array.Array, target: Any) -> None:
    # Chunks of the file are those of the first ones of the image; others would be written by two tasks at once.
    dask.array.store(image.rechunk(target.chunks), target, lock=False)


def _mean(block: numpy.ndarray, axis: tuple[int, ...] = ()) -> numpy.ndarray:
    mean = block.mean(axis=axis, dtype=numpy.float64)
    result: numpy.ndarray = numpy.rint(mean) if block.dtype.kind in "ui" else mean
    return result


_SMALLEST = 256
"""Extent of y and x at which a pyramid ends."""
