"""What the images of scientists are before libabbe sees them: arrays with named axes, of either byte order, masked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy

from ._arrays import as_array, layout_of, lettered
from .errors import ArgumentError, ArrayError


class Array(Protocol):
    """What has samples: an array of NumPy, xarray, Zarr and others; not a path, nor a list."""

    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...


@dataclass(frozen=True)
class Image:
    """An image as its samples, its axes, and which of its samples were measured."""

    samples: numpy.ndarray
    axes: str
    measured: numpy.ndarray | None
    """False where a masked array masks, with axes (z, y, x); ``None``: all were."""
    given: Any
    """What the caller gave."""

    def like_given(self, result: numpy.ndarray) -> Any:
        """The result as an array of the kind that was given: with dims, coords, name and attributes."""
        if not has_dims(self.given):
            return result
        if result.shape == self.samples.shape:
            return self.given.copy(data=result)
        dims, shape = self.given.dims, self.samples.shape
        kept = [dim for dim, before, now in zip(dims, shape, result.shape) if before == now]
        coords = {name: one for name, one in self.given.coords.items() if set(one.dims) <= set(kept)}
        return type(self.given)(result, coords=coords, dims=dims, name=self.given.name, attrs=self.given.attrs)


def taken(image: Any, axes: str | None) -> Image:
    """Takes what a caller calls an image. Nothing is copied, unless it is of the other byte order."""
    letters = axes_of("image", image, axes)
    samples, masked = image, None
    if isinstance(image, numpy.ma.MaskedArray):
        samples, masked = numpy.asarray(image.data), numpy.ma.getmaskarray(image)
    samples = as_array("image", samples, swap=True)
    letters = layout_of("image", samples, letters).axes
    return Image(samples, letters, None if masked is None else _measured(masked, letters), image)


def has_dims(image: Any) -> bool:
    """Whether it is an ``xarray.DataArray`` or looks like one."""
    return all(hasattr(image, name) for name in ("dims", "coords", "values", "copy"))


def axes_of(name: str, image: Any, axes: str | None) -> str | None:
    """The axes as told, or those that the dims of a DataArray name; ``None`` where neither says."""
    if isinstance(image, (str, bytes, os.PathLike)):
        raise ArrayError(f"{name} is a path, {os.fsdecode(image)!r}; give its samples, e.g. tifffile.imread(path)")
    if image is None or isinstance(image, (list, tuple, dict, set)):
        what = "None" if image is None else f"a {type(image).__name__}"
        raise ArrayError(f"{name} is {what}; give one numpy array, e.g. with numpy.stack(images)")
    if axes is not None:
        axes = lettered(axes, getattr(image, "shape", None))
    if not has_dims(image):
        return axes
    dims = [str(dim).lower() for dim in image.dims]
    if all(dim in tuple("tczyx") for dim in dims):
        if axes is not None and axes != "".join(dims):
            raise ArgumentError(f"axes is {axes!r} and {name} has the dims {tuple(image.dims)}; leave axes out")
        return "".join(dims)
    if axes is None:
        raise ArgumentError(
            f"{name} has the dims {tuple(image.dims)}; they must be letters of t, c, z, y, x; "
            f"rename them, or give axes, one letter for each"
        )
    return axes


def _measured(masked: numpy.ndarray, letters: str) -> numpy.ndarray:
    apart = tuple(at for at, letter in enumerate(letters) if letter in "tc")
    somewhere: numpy.ndarray = numpy.asarray(masked.any(axis=apart, keepdims=True))
    if (masked != somewhere).any():
        raise ArrayError(
            "image has a mask that differs from one channel or time point to another; it must be the same for all; "
            "or set such samples of a float image to NaN, and the plan's not_a_number to 'not_measured'"
        )
    left = [letter for letter in letters if letter in "zyx"]
    measured: numpy.ndarray = numpy.logical_not(somewhere.squeeze(apart))
    return measured.transpose([left.index(letter) for letter in "zyx" if letter in left])
