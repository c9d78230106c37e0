"""What a very large job will take, said before it begins."""

from __future__ import annotations

import time
import warnings
from typing import Any, Callable, Mapping, Sequence

import numpy

from ._arrays import layout_of
from ._images import axes_of
from ._memory import free_memory
from .context import Context, unheard
from .errors import AbbeWarning, CancelledError, Error
from .plan import Plan

LARGE = 1 << 27
"""Samples from which on a job is very large."""
_PIECE = {"t": 1, "z": 32, "y": 256, "x": 256}


def is_large(image: Any) -> bool:
    """Whether work on it is worth words beforehand."""
    size = getattr(image, "size", None)
    return isinstance(size, (int, numpy.integer)) and int(size) >= LARGE and hasattr(image, "dtype")


def foretell(
    plan: Plan,
    chain: Sequence[tuple[str, Mapping[str, Any]]],
    image: Any,
    axes: str | None,
    result_bytes: int,
    tell: Callable[[str], Any] | None,
    context: Context | None,
    watch: Callable[[Plan], Any] | None,
) -> None:
    """Says how much memory a plan will take and, to who wants to hear it, how long; warns where less memory is free.

    The time is that of a piece from the middle of the image, in proportion. ``watch`` is told of the plan for the piece.
    """
    # An image of one sample repeated: only its type, axes and extents count.
    native = image.dtype.newbyteorder("=")
    template = numpy.broadcast_to(numpy.zeros((), native), image.shape)
    letters = layout_of("image", template, axes_of("image", image, axes)).axes
    plan.set_input(template, letters)
    needed, free = plan.workspace_bytes + result_bytes, free_memory()
    if needed > free > 0:
        message = (
            f"the work takes {_size(needed)} beside the image, {_size(result_bytes)} of it for the result, and {_size(free)} are free; "
            "give a lower memory_cap_bytes, a smaller dtype, or a part of the image"
        )
        warnings.warn(message, AbbeWarning, stacklevel=4)
    if tell is None:
        return
    extents = [min(extent, _PIECE.get(letter, extent)) for letter, extent in zip(letters, image.shape)]
    starts = [(extent - part) // 2 for part, extent in zip(extents, image.shape)]
    piece = numpy.asarray(image[tuple(slice(start, start + part) for start, part in zip(starts, extents))], native)
    try:
        seconds = _seconds(chain, piece, letters, context, watch) * image.size / piece.size
    except CancelledError:
        raise
    except Error:  # the image's own, if it is one, comes with the image
        tell(f"takes {_size(needed)} of memory beside the image")
        return
    told = " x ".join(map(str, extents))
    tell(f"takes about {_duration(seconds)}, as a piece of {told} samples does, and {_size(needed)} of memory beside the image")


def _seconds(
    chain: Sequence[tuple[str, Mapping[str, Any]]], piece: numpy.ndarray, letters: str, context: Context | None,
    watch: Callable[[Plan], Any] | None,
) -> float:  # fmt: skip
    """How long a piece takes, without what is prepared once."""
    with unheard(), Plan(context) as plan:
        for step, told in chain:
            plan.add(step, **told)
        if watch is not None:
            watch(plan)
        plan.set_input(piece, letters).commit()
        begun = time.monotonic()
        plan(piece, axes=letters)
        return time.monotonic() - begun


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GB" if count >= 1 << 30 else f"{count >> 20} MB"


def _duration(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
