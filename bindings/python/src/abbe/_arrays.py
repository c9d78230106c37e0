"""How NumPy arrays lie in memory, as libabbe wants it told: any strides, nothing copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def as_array(name: str, image: Any) -> numpy.ndarray:
    """The array itself, or a view of an object that offers its memory; never a conversion of samples."""
    if isinstance(image, numpy.ma.MaskedArray):
        raise ArrayError(
            f"{name} is a masked array; only images that a plan is called with may be; fill it with {name}.filled(...)"
        )
    array = image if isinstance(image, numpy.ndarray) else numpy.asarray(image)
    dtype_name(name, array.dtype)
    return array


def parted(image: Any, axes: str | None) -> tuple[Any, numpy.ndarray | None]:
    """An image and which of its samples (z, y, x) were measured, where it is a masked array."""
    if not isinstance(image, numpy.ma.MaskedArray):
        return image, None
    samples = numpy.asarray(image.data)
    letters = layout_of("image", samples, axes).axes
    masked = numpy.ma.getmaskarray(image)
    apart = tuple(at for at, letter in enumerate(letters) if letter in "tc")
    masked_somewhere: numpy.ndarray = numpy.asarray(masked.any(axis=apart, keepdims=True))
    if (masked != masked_somewhere).any():
        raise ArrayError(
            "image has a mask that differs from one channel or time point to another; it must be the same for all; "
            "or set such samples of a float image to NaN, and the plan's not_a_number to 'not_measured'"
        )
    left = [letter for letter in letters if letter in "zyx"]
    measured: numpy.ndarray = numpy.logical_not(masked_somewhere.squeeze(apart))
    return samples, measured.transpose([left.index(letter) for letter in "zyx" if letter in left])


def dtype_name(name: str, dtype: Any) -> str:
    """The name of a sample type that libabbe takes."""
    if isinstance(dtype, numpy.dtype) and dtype in _NATIVE:
        return _NATIVE[dtype]
    try:
        dtype = numpy.dtype(dtype)
    except TypeError:
        raise ArrayError(f"{name} is {dtype!r}; libabbe takes {', '.join(DTYPES)}") from None
    if dtype.name not in DTYPES:
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

    ``axes`` has one letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the last letters of "tczyx".
    """
    if axes is None:
        axes = "tczyx"[5 - array.ndim :] if 2 <= array.ndim <= 5 else ""
    if not isinstance(axes, str) or len(axes) != array.ndim or "\0" in axes or not axes:
        raise ArgumentError(
            f"{name} has {array.ndim} axes and axes is {axes!r}; there must be one letter of t, c, z, y, x for each, "
            'y and x always, e.g. "zyx"'
        )
    return Layout(dtype_name(name, array.dtype), axes, tuple(array.shape), tuple(array.strides))


def lowest_byte(array: numpy.ndarray) -> int:
    """The address of the first byte that belongs to the array."""
    address: int = array.__array_interface__["data"][0]
    back = (stride * (extent - 1) for extent, stride in zip(array.shape, array.strides) if stride < 0)
    return address + int(sum(back))
