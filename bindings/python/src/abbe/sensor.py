"""Maps of a sensor's pixels."""

from __future__ import annotations

import dataclasses
from ctypes import POINTER, c_float, c_int64
from typing import Any

import numpy

from . import _abi, _library
from ._arrays import DTYPES
from .context import Context, common
from .errors import ArrayError

MAPS = {name[len("ABBE_SENSOR_MAP_") :].lower(): number for name, number in _abi.abbe_sensor_map_code.items()}
"""Names of the maps, and their numbers in the C ABI."""


@dataclasses.dataclass(frozen=True)
class SensorMaps:
    """What is known of each pixel, arrays with axes (y, x)."""

    offset: numpy.ndarray
    """Intensity without light."""
    variance: numpy.ndarray
    """Variance without light, in intensities squared."""
    gain: numpy.ndarray | None
    """Intensity per photon, 0 where a pixel is dead; ``None`` without frames in light."""


def measure_sensor(dark: Any, flat: Any = None, *, context: Context | None = None) -> SensorMaps:
    """Measures maps of a sensor's pixels, for ``Plan.set_sensor_map()``, from frames without light and in even light.

    Args:
        dark: Frames without light with axes (frame, y, x): 2 or more, hundreds for a useful variance.
        flat: Frames in even light with axes (frame, y, x), or (level, frame, y, x) at several levels of light.
        context: Threads; ``None`` takes the common context.

    Example:
        >>> maps = abbe.measure_sensor(dark, flat)
        >>> plan.add("camera").set_sensor_map("gain", maps.gain)
    """
    stack = _frames("dark", dark, (3,))
    light = None if flat is None else _frames("flat", flat, (3, 4))
    if light is not None:
        light = light if light.ndim == 4 else light[None]
        if light.dtype != stack.dtype or light.shape[2:] != stack.shape[1:]:
            raise ArrayError(
                f"flat is {light.dtype} with frames of {light.shape[2:]}; it must be as dark: {stack.dtype}, {stack.shape[1:]}"
            )
    frames = stack if light is None else numpy.concatenate([stack, light.reshape(-1, *stack.shape[1:])])
    levels, of_level = (0, 0) if light is None else light.shape[:2]
    maps = numpy.zeros((2 if light is None else 3, *stack.shape[1:]), numpy.float32)
    _library.call(
        "abbe_sensor_measure",
        (context or common()).key,
        DTYPES[stack.dtype.name],
        frames.ctypes.data,
        frames.nbytes,
        len(stack),
        levels,
        of_level,
        maps.ndim,
        (c_int64 * maps.ndim)(*maps.shape),
        maps.ctypes.data_as(POINTER(c_float)),
    )
    return SensorMaps(maps[0], maps[1], None if light is None else maps[2])


def _frames(name: str, given: Any, axes: tuple[int, ...]) -> numpy.ndarray:
    array = numpy.ascontiguousarray(given)
    if array.dtype.name not in DTYPES or array.ndim not in axes:
        raise ArrayError(
            f"{name} is {array.dtype.name} with {array.ndim} axes; it must be of {', '.join(DTYPES)} with "
            f"{' or '.join(map(str, axes))} axes, the last y and x"
        )
    return array
