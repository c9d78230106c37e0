"""OME-Zarr 0.4, 0.5 and 0.6 as Dask arrays, whatever their metadata lack."""

from __future__ import annotations

import math
import os
import re
import warnings
from typing import Any, Iterator, List, Sequence

import dask.array
from dask.base import tokenize

from ._arrays import lettered
from .errors import AbbeWarning, ArgumentError, FileError


def open_ome_zarr(path: str | os.PathLike[str], level: int = 0) -> tuple[dask.array.Array, str, dict[str, float]]:
    """Opens an image of an OME-Zarr (0.4, 0.5 or 0.6). Nothing is read yet.

    Zarr leaves out chunks that hold nothing but the array's fill value, mostly 0: a chunk whose file is missing is read as that.

    Args:
        path: The group that holds the multiscales.
        level: 0 for full resolution.

    Returns:
        The image, its axes as small letters, and the distance of neighbouring samples by letter, in nm where the file
        states a unit of length and in the file's own unit elsewhere.

    Raises:
        FileError: It is no Zarr group, or its metadata are broken; also when the image is computed, where a chunk is damaged.
        ArgumentError: It is no image, of a version that is not read, or has samples placed in another way than by a scale.
    """
    name = os.fspath(path)
    group, ome = _group(name)
    multiscales = ome.get("multiscales")
    if not multiscales:
        inner = " or ".join(name for name, _ in sorted(group.groups()) if name.isdigit())
        hint = f"; its images are the groups {inner} in it" if inner else ""
        raise ArgumentError(f"{name} has no multiscales; it must be an OME-Zarr image{hint}")
    described = _Part(name, "", multiscales).entries(0)[0].object()
    version = str(ome.get("version") or described.value.get("version") or "0.4")
    known = re.fullmatch(r"0\.[45]|0\.6([.\-]?(dev|rc)\d+)?", version)
    plain = described.value.get("axes", [] if "coordinateSystems" in described.value else None)
    if not known or not isinstance(plain, list) or any(isinstance(axis, str) for axis in plain):
        raise ArgumentError(f"{name} is OME-Zarr {version}; versions 0.4, 0.5 and 0.6 are read; convert it")
    datasets = described["datasets"].entries(1)
    if not 0 <= level < len(datasets):
        raise ArgumentError(f"level is {level}; this image has {len(datasets)}")
    told, spacing = _space(name, described, datasets[level])
    axes = [lettered(axis["name"].of(str, "a text")) for axis in told]
    if any(len(axis) != 1 for axis in axes) or len(set(axes)) < len(axes):
        raise ArgumentError(f"{name} has the axes {', '.join(axes)}; they must be letters, each once; open its array with dask.array.from_zarr")
    is_space = [axis.value.get("type") == "space" for axis in told]
    units = [_NANOMETRES.get(str(axis.value.get("unit"))) for axis in told]
    unsaid = [axis for axis, spatial, unit in zip(axes, is_space, units) if spatial and unit is None]
    if unsaid:
        message = f"{name} has no unit of length along {', '.join(unsaid)}; its numbers are taken as they are, not in nm"
        warnings.warn(message, AbbeWarning, stacklevel=2)
    image = _array(name, group, datasets[level]["path"].of(str, "a text"))
    if image.ndim != len(axes):
        raise FileError(f"{name} has {len(axes)} axes in its metadata and {image.ndim} in its array; mend the file")
    return image, "".join(axes), {axis: one * (unit or 1.0) for axis, one, unit in zip(axes, spacing, units)}


class _Part:
    """A value of the metadata that knows where it stands, so that what is wrong with it can be said."""

    def __init__(self, path: str, name: str, value: Any) -> None:
        self.path, self.name, self.value = path, name or "multiscales", value

    def of(self, kind: Any, what: str) -> Any:
        if not isinstance(self.value, kind) or isinstance(self.value, bool):
            raise FileError(f"{self.path} is damaged: {self.name} is {str(self.value)[:60]!r}; it must be {what}; mend its metadata")
        return self.value

    def object(self) -> _Part:
        self.of(dict, "an object")
        return self

    def entries(self, least: int) -> List[_Part]:
        found = self.of(list, "a list")
        if len(found) < least:
            raise FileError(f"{self.path} is damaged: {self.name} is empty; mend its metadata")
        return [_Part(self.path, f"{self.name}[{at}]", one) for at, one in enumerate(found)]

    def __getitem__(self, name: str) -> _Part:
        if name not in self.object().value:
            raise FileError(f"{self.path} is damaged: {self.name} has no {name}; mend its metadata")
        return _Part(self.path, f"{self.name}.{name}", self.value[name])

    def get(self, name: str) -> List[_Part]:
        """A list that may be left out."""
        return self[name].entries(0) if self.object().value.get(name) is not None else []


def _group(path: str) -> tuple[Any, dict[str, Any]]:
    """The group and what OME says of it."""
    import zarr

    try:
        group = zarr.open_group(path, mode="r")
        attributes = dict(group.attrs)
    except FileNotFoundError:
        there = "holds no Zarr group" if os.path.exists(path) else "is not there"
        raise FileError(f"{path} {there}; it must be the folder of an OME-Zarr image") from None
    except Exception as failure:  # noqa: BLE001: damaged metadata make zarr raise nearly everything
        raise FileError(f"{path} cannot be read, its metadata are damaged: {failure or type(failure).__name__}") from None
    ome = attributes.get("ome", attributes)
    return group, _Part(path, "the attribute ome", ome).of(dict, "an object")


def _array(path: str, group: Any, inner: str) -> dask.array.Array:
    try:
        found = group[inner]
    except KeyError:
        raise FileError(f"{path} has no array {inner!r}, of which its metadata tell; mend the file") from None
    except Exception as failure:  # noqa: BLE001: as above
        raise FileError(f"{path} cannot be read, the metadata of {inner} are damaged: {failure or type(failure).__name__}") from None
    if not hasattr(found, "chunks"):
        raise FileError(f"{path} has a group and no array {inner!r}; mend the file")
    made: dask.array.Array = dask.array.from_array(_Samples(path, found), chunks=found.chunks, name=f"ome-zarr-{tokenize(found)}")
    return made


class _Samples:
    """A Zarr array whose damaged chunks, and extents that are not what they were, are failures of its file."""

    def __init__(self, path: str, array: Any) -> None:
        self._path, self._array = path, array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __getitem__(self, place: Any) -> Any:
        self._check_unchanged()
        try:
            return self._array[place]
        except MemoryError:
            raise
        except Exception as failure:  # noqa: BLE001: each codec has its own
            told = str(failure) or type(failure).__name__
            raise FileError(f"{self._path} cannot be read, a chunk of {self._array.path} is damaged: {told}") from None


    def _check_unchanged(self) -> None:
        """Zarr gives the fill value for what a smaller array lacks, or one that was removed."""
        import zarr

        try:
            now = zarr.open_array(self._array.store, path=self._array.path, mode="r")
        except Exception as failure:  # noqa: BLE001: as above
            told = str(failure) or type(failure).__name__
            raise FileError(f"{self._path} changed while it was read: its array {self._array.path} cannot be opened any more: {told}") from None
        if (now.shape, now.chunks, now.dtype) != (self._array.shape, self._array.chunks, self._array.dtype):
            raise FileError(
                f"{self._path} changed while it was read: its array {self._array.path} was {self.dtype} {self.shape} and is "
                f"{now.dtype} {now.shape}; open it again when it is complete"
            )


def _space(path: str, described: _Part, dataset: _Part) -> tuple[list[_Part], list[float]]:
    """Axes of an image and the distance of its samples along them, in their units."""
    own = dataset["coordinateTransformations"].entries(1)
    if "coordinateSystems" not in described.value:  # up to 0.5
        axes, transforms = described["axes"].entries(1), described.get("coordinateTransformations") + own
    else:
        # Since 0.6 an image has several spaces. The one that its samples are in is where the transformation of each
        # level leads to; transformations of the whole image lead from there to others, e.g. that of an atlas.
        output = own[0].object().value.get("output")
        name = output.get("name") if isinstance(output, dict) else output
        systems = [system for system in described["coordinateSystems"].entries(1) if system["name"].value == name]
        if not systems:
            raise ArgumentError(f"{path} has its samples in the coordinate system {name!r}, which it does not describe; mend the file")
        axes, transforms = systems[0]["axes"].entries(1), own
    spacing = [1.0] * len(axes)
    for transform in _single(transforms):
        kind = transform["type"].value
        factors = transform.get("scale") if kind == "scale" else []
        if kind == "scale" and len(factors) == len(axes):
            spacing = [one * _number(factor) for one, factor in zip(spacing, factors)]
        elif kind not in ("translation", "identity"):
            raise ArgumentError(
                f"{path} has samples placed by {kind!r}; a scale with {len(axes)} numbers, a translation, an identity and "
                "sequences of these are read; resample it, or open its array with dask.array.from_zarr"
            )
    return axes, spacing


def _number(factor: _Part) -> float:
    number = float(factor.of((int, float), "a number"))
    if not math.isfinite(number):
        raise FileError(f"{factor.path} is damaged: {factor.name} is {number}; it must be a number; mend its metadata")
    return number


def _single(transforms: Sequence[_Part]) -> Iterator[_Part]:
    for transform in transforms:
        if transform["type"].value == "sequence":
            yield from _single(transform["transformations"].entries(0))
        else:
            yield transform


_NANOMETRES = {"angstrom": 0.1, "nanometer": 1.0, "micrometer": 1e3, "millimeter": 1e6, "centimeter": 1e7, "meter": 1e9}
