"""How NumPy arrays lie in memory, as libabbe wants it told: any strides, nothing copied."""

from __future__ import annotations

from ctypes import c_int64
from dataclasses import dataclass
from typing import Any, Sequence

import numpy

from .errors import ArgumentError, ArrayError

DTYPES = {"uint8": 1, "uint16": 2, "float16": 3, "float32": 4}
"""Sample types that libabbe takes, and their numbers in the C ABI."""

# NumPy works its names out anew each time, which takes longer than all else of a call.
_NATIVE: dict[numpy.dtype, str] = {numpy.dtype(name): name for name in DTYPES}


@dataclass(frozen=True)
class Layout:
    """Sample type, axes, extents and byte strides of an image, without its memory.

    Two arrays of equal layout can go through the same committed plan.
    """

    dtype: str
    axes: str
    shape: tuple[int, ...]
    byte_strides: tuple[int, ...]

    @property
    def byte_offset(self) -> int:
        """Bytes from the lowest byte of the memory to the sample at index 0 of every axis."""
        return -sum(stride * (extent - 1) for extent, stride in zip(self.shape, self.byte_strides) if stride < 0)

    @property
    def span(self) -> int:
        """Bytes from the lowest to the highest."""
        steps = (abs(stride) * (extent - 1) for extent, stride in zip(self.shape, self.byte_strides))
        return sum(steps) + numpy.dtype(self.dtype).itemsize


def as_array(name: str, image: Any, *, swap: bool = False) -> numpy.ndarray:
    """The array itself, or a view of an object that offers its memory; a copy only to ``swap`` bytes of the other order."""
    if isinstance(image, numpy.ma.MaskedArray):
        raise ArrayError(
            f"{name} is a masked array; only images that a plan is called with may be; fill it with {name}.filled(...)"
        )
    array = image if isinstance(image, numpy.ndarray) else numpy.asarray(image)
    if swap and not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    dtype_name(name, array.dtype)
    return array


def dtype_name(name: str, dtype: Any) -> str:
    """The name of a sample type that libabbe takes."""
    if isinstance(dtype, numpy.dtype) and dtype in _NATIVE:
        return _NATIVE[dtype]
    try:
        dtype = numpy.dtype(dtype)
    except TypeError:
        raise ArrayError(f"{name} is {dtype!r}; libabbe takes {', '.join(DTYPES)}") from None
    if dtype.name not in DTYPES:
        if name == "dtype":
            raise ArrayError(f"dtype is {dtype.name}; it must be one of {', '.join(DTYPES)}")
        raise ArrayError(
            f"{name} has samples of type {dtype.name}; libabbe takes {', '.join(DTYPES)}; "
            f"convert it, e.g. with {name}.astype(numpy.float32)"
        )
    if not dtype.isnative:
        raise ArrayError(
            f"{name} is of the other byte order ({dtype.str}); libabbe takes this machine's; "
            f"convert it with {name}.astype({name}.dtype.newbyteorder('='))"
        )
    name_of_type: str = dtype.name
    return name_of_type


def layout_of(name: str, array: numpy.ndarray, axes: str | None = None) -> Layout:
    """The layout of an array.

    ``axes`` has one letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the last letters of "tczyx", unless
    the array looks like an image in colours.
    """
    if axes is None:
        axes = "tczyx"[5 - array.ndim :] if 2 <= array.ndim <= 5 else ""
        if array.ndim > 2 and array.shape[-1] in (3, 4):
            colours = "tzyxc"[5 - array.ndim :]
            raise ArgumentError(
                f"{name} has the shape {array.shape}, whose last axis looks like colours, and axes is not given; "
                f'give it, e.g. axes="{colours}" for colours or axes="{axes}" for {array.shape[-1]} samples along x'
            )
    else:
        axes = lettered(axes, array.shape)
    if not isinstance(axes, str) or len(axes) != array.ndim or "\0" in axes or not axes:
        raise ArgumentError(
            f"{name} has {array.ndim} axes and axes is {axes!r}; there must be one letter of t, c, z, y, x for each, "
            'y and x always, e.g. "zyx"'
        )
    return Layout(dtype_name(name, array.dtype), axes, tuple(array.shape), tuple(array.strides))


def lettered(axes: Any, shape: Sequence[int] | None = None) -> Any:
    """Axes in small letters; the S (samples, colours) of ``tifffile`` are channels where there are no others.

    Colours that do not come last lie plane by plane, and are few: ``shape`` tells whether that can be.
    """
    if not isinstance(axes, str):
        return axes
    axes = axes.lower()
    at = axes.find("s")
    if shape is not None and 0 <= at < len(axes) - 1 and len(axes) == len(shape) and shape[at] > 4:
        raise ArgumentError(
            f"axes is {axes!r}, whose s are the samples of a pixel, its colours, and there are {shape[at]} of them before the last axis; "
            "there can be 4; put s where the colours are, or write c for channels"
        )
    return axes if "c" in axes else axes.replace("s", "c")


def span_of(array: numpy.ndarray) -> int:
    """Bytes from the lowest to the highest that belong to the array."""
    steps = (abs(stride) * (extent - 1) for extent, stride in zip(array.shape, array.strides))
    return int(sum(steps)) + array.itemsize


def int64s(numbers: Sequence[int]) -> Any:
    """Extents or strides as an array of the C ABI."""
    return (c_int64 * len(numbers))(*numbers)
