"""OME-Zarr as Dask arrays: reading 0.4, 0.5 and 0.6, writing 0.5 with a pyramid and what was done."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any, Iterator, Mapping, Sequence

import dask.array
import numpy

from ._arrays import lettered
from .errors import AbbeWarning, ArgumentError, ArrayError


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


def open_ome_zarr(path: str | os.PathLike[str], level: int = 0) -> tuple[dask.array.Array, str, dict[str, float]]:
    """Opens an image of an OME-Zarr (0.4, 0.5 or 0.6). Nothing is read yet.

    Args:
        path: The group that holds the multiscales.
        level: 0 for full resolution.

    Returns:
        The image, its axes as letters, and the distance of neighbouring samples by letter, in nm where the file
        states a unit of length and in the file's own unit elsewhere.
    """
    import zarr

    group = zarr.open_group(os.fspath(path), mode="r")
    attributes: dict[str, Any] = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    multiscales = ome.get("multiscales")
    if not multiscales:
        inner = " or ".join(name for name, _ in sorted(group.groups()) if name.isdigit())
        hint = f"; its images are the groups {inner} in it" if inner else ""
        raise ArgumentError(f"{os.fspath(path)} has no multiscales; it must be an OME-Zarr image{hint}")
    described = multiscales[0]
    version = str(ome.get("version") or described.get("version") or "0.4")
    known = re.fullmatch(r"0\.[45]|0\.6([.\-]?(dev|rc)\d+)?", version)
    if not known or any(not isinstance(axis, dict) for axis in described.get("axes", [] if "coordinateSystems" in described else [""])):
        raise ArgumentError(f"{os.fspath(path)} is OME-Zarr {version}; versions 0.4, 0.5 and 0.6 are read; convert it")
    datasets = described["datasets"]
    if not 0 <= level < len(datasets):
        raise ArgumentError(f"level is {level}; this image has {len(datasets)}")
    told, spacing = _space(os.fspath(path), described, datasets[level])
    axes = "".join(axis["name"] for axis in told)
    unsaid = [axis["name"] for axis in told if axis.get("type") == "space" and axis.get("unit") not in _NANOMETRES]
    if unsaid:
        message = f"{os.fspath(path)} has no unit of length along {', '.join(unsaid)}; its numbers are taken as they are, not in nm"
        warnings.warn(message, AbbeWarning, stacklevel=2)
    units = [_NANOMETRES.get(axis.get("unit", ""), 1.0) for axis in told]
    image = dask.array.from_zarr(group[datasets[level]["path"]])
    return image, axes, {axis: one * unit for axis, one, unit in zip(axes, spacing, units)}


def _space(path: str, described: Mapping[str, Any], dataset: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[float]]:
    """Axes of an image and the distance of its samples along them, in their units."""
    own = dataset["coordinateTransformations"]
    if "coordinateSystems" not in described:  # up to 0.5
        axes, transforms = described["axes"], described.get("coordinateTransformations", []) + own
    else:
        # Since 0.6 an image has several spaces. The one that its samples are in is where the transformation of each
        # level leads to; transformations of the whole image lead from there to others, e.g. that of an atlas.
        output = own[0].get("output")
        name = output.get("name") if isinstance(output, dict) else output
        axes = next((system["axes"] for system in described["coordinateSystems"] if system["name"] == name), None)
        if axes is None:
            raise ArgumentError(f"{path} has its samples in the coordinate system {name!r}, which it does not describe; mend the file")
        transforms = own
    spacing = [1.0] * len(axes)
    for transform in _single(transforms):
        kind = transform["type"]
        if kind == "scale" and len(transform.get("scale", [])) == len(axes):
            spacing = [one * factor for one, factor in zip(spacing, transform["scale"])]
        elif kind not in ("translation", "identity"):
            raise ArgumentError(
                f"{path} has samples placed by {kind!r}; a scale with {len(axes)} numbers, a translation, an identity and "
                "sequences of these are read; resample it, or open its array with dask.array.from_zarr"
            )
    return axes, spacing


def _single(transforms: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for transform in transforms:
        if transform["type"] == "sequence":
            yield from _single(transform["transformations"])
        else:
            yield transform


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
        described = self._group.attrs["ome"]
        described["multiscales"][0]["datasets"] = datasets
        self._group.attrs["ome"] = described
        if provenance is not None:
            self._group.attrs["abbe"] = dict(provenance)

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
    kinds = {"t": {"type": "time"}, "c": {"type": "channel"}}
    space = {"type": "space", "unit": "nanometer"}
    made = OmeZarr(
        zarr.open_group(os.fspath(path), mode="w-", zarr_format=3),
        letters,
        [float((spacing or {}).get(letter, 1.0)) for letter in letters],
    )
    made._array(0, tuple(shape), chunks or [{"z": 32, "y": 256, "x": 256}.get(letter, 1) for letter in letters], dtype)
    axes_told = [{"name": letter, **kinds.get(letter, space)} for letter in letters]
    made._group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes_told, "datasets": [made._dataset([1] * len(letters))]}]}
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
        path: A folder that is not there yet.
        image: The image.
        axes: Its axes as letters.
        spacing: Distance of neighbouring samples along z, y, x in nm.
        provenance: What was done, fit for JSON: the attribute ``abbe`` of the group.
    """
    letters = letters_of(image, axes)
    chunks = [sizes[0] for sizes in image.chunks]
    made = create_ome_zarr(path, image.shape, letters, spacing, dtype=image.dtype, chunks=chunks)
    _store(image, made.image)
    made.finish(provenance)


def _store(image: dask.array.Array, target: Any) -> None:
    # Chunks of the file are those of the first ones of the image; others would be written by two tasks at once.
    dask.array.store(image.rechunk(target.chunks), target, lock=False)


def _mean(block: numpy.ndarray, axis: tuple[int, ...] = ()) -> numpy.ndarray:
    mean = block.mean(axis=axis, dtype=numpy.float64)
    result: numpy.ndarray = numpy.rint(mean) if block.dtype.kind in "ui" else mean
    return result


_NANOMETRES = {"angstrom": 0.1, "nanometer": 1.0, "micrometer": 1e3, "millimeter": 1e6, "centimeter": 1e7, "meter": 1e9}
_SMALLEST = 256
"""Extent of y and x at which a pyramid ends."""
