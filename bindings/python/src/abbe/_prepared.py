"""What a plan was prepared for, so that a call with the same layouts as the last needs no second look at them."""

from __future__ import annotations

from typing import Any

import numpy

from ._arrays import Layout, span_of


class Prepared:
    """Layouts of image and result of a call, and what the next call with such arrays hands to libabbe."""

    __slots__ = ("_image", "_axes", "_dtype", "_out", "_shape", "_kind", "_sizes")

    def __init__(
        self, image: numpy.ndarray, layout: Layout, axes: str | None, dtype: Any, out: numpy.ndarray | None, target: numpy.ndarray
    ) -> None:
        self._image = (image.dtype, image.shape, image.strides)
        self._axes, self._dtype = axes, dtype
        self._out = None if out is None else (out.dtype, out.shape, out.strides)
        self._shape, self._kind = target.shape, target.dtype
        back = -sum(stride * (extent - 1) for stride, extent in zip(target.strides, target.shape) if stride < 0)
        self._sizes = (layout.byte_offset, layout.span, back, span_of(target))

    def target_for(self, image: Any, axes: str | None, dtype: Any, out: Any) -> numpy.ndarray | None:
        """Where to put the result of a call: ``out`` or a new array; ``None`` where something is not as it was."""
        if (
            type(image) is not numpy.ndarray
            or (image.dtype, image.shape, image.strides) != self._image
            or axes != self._axes
            or dtype is not self._dtype
        ):
            return None
        if out is None:
            return None if self._out is not None else numpy.empty(self._shape, self._kind)
        if type(out) is not numpy.ndarray or (out.dtype, out.shape, out.strides) != self._out or not out.flags.writeable:
            return None
        return out

    def buffers(self, image: numpy.ndarray, target: numpy.ndarray) -> tuple[int, int, int, int]:
        """Lowest bytes and sizes of both, as ``abbe_plan_execute`` wants them."""
        offset, span, back, room = self._sizes
        source: int = image.__array_interface__["data"][0]
        goal: int = target.__array_interface__["data"][0]
        return source - offset, span, goal - back, room
