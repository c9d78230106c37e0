"""A chain of steps on a Dask array, chunk by chunk, each with a margin of its neighbours."""

from __future__ import annotations

import dataclasses
import pickle
import threading
from typing import Any, Mapping, Sequence

import dask.array
import numpy
from dask.array.overlap import overlap, trim_internal

from ._arrays import dtype_name
from ._parts import Found, images_of
from .context import Context, common
from .errors import ArgumentError
from .plan import Plan

Steps = Sequence["tuple[str, Mapping[str, Any]]"]
"""Names of steps and what :meth:`abbe.Plan.add` is to be told of them."""


def checked(steps: Steps) -> Steps:
    """Mistakes are found here and not in a worker, hours later."""
    with Plan() as plan:
        for step, told in steps:
            plan.add(step, **told)
    return steps


@dataclasses.dataclass(frozen=True)
class Told:
    """What chunks are told of their images."""

    found: Any
    """A delayed :data:`Found`."""
    channels: int
    """Of the image that it is of."""
    first: int
    """The first of them in the array that is cut."""


def cut(
    image: dask.array.Array, steps: Steps, letters: str, depth: Mapping[str, int] | int, scale: int, dtype: Any, threads: int,
    told: Told | None,
) -> dask.array.Array:  # fmt: skip
    kind = dtype_name("dtype", dtype)
    dtype_name("image", image.dtype.newbyteorder("="))
    # An axis of one chunk has no neighbours to read from, and a margin as wide as the image makes one chunk of it.
    wanted = [_margin(depth, letter) for letter in letters]
    margins = {
        at: min(margin, extent) if chunks > 1 else 0
        for at, (margin, extent, chunks) in enumerate(zip(wanted, image.shape, image.numblocks))
    }
    factors = [scale if letter in "yx" else 1 for letter in letters]
    wide = overlap(image, depth=margins, boundary="none")
    chunks = tuple(tuple(size * factor for size in sizes) for sizes, factor in zip(wide.chunks, factors))
    more = {} if told is None else {"found": told.found, "place": (wide.chunks, told.channels, told.first)}
    worked = wide.map_blocks(
        _run_block,
        steps=pickle.dumps(list(checked(steps))),
        axes=letters,
        kind=kind,
        threads=threads,
        **more,
        dtype=kind,
        chunks=chunks,
        meta=numpy.empty((0,) * image.ndim, kind),
    )
    trimmed: dask.array.Array = trim_internal(
        worked, {at: margin * factors[at] for at, margin in margins.items()}, boundary="none"
    )
    return trimmed


def _run_block(
    block: numpy.ndarray, *, steps: bytes, axes: str, kind: str, threads: int, found: Found | None = None, place: Any = None,
    block_id: Any = None,
) -> numpy.ndarray:  # fmt: skip
    own = [] if found is None else [found[image] for image in images_of(block_id, place[0], axes, *place[1:])]
    lit = [one["calibration"] for one in own if one["calibration"] is not None]
    if own and not lit:
        return numpy.zeros(block.shape, kind)
    key = (steps, threads, repr(own))
    if getattr(_here, "key", None) != key:
        plan = Plan(_context(threads))
        for step, settings in pickle.loads(steps):
            if own and step == "background":
                settings = {"mode": "constant", "value": own[0]["level"]}
            plan.add(step, **settings)
        if own:
            # What an image without light is taken for does not matter.
            plan.set_calibrations([one["calibration"] or lit[0] for one in own])
        # Chunks of one shape after another use the plan as it is; each of Dask's threads has its own.
        _here.key, _here.plan = key, plan
    result: numpy.ndarray = _here.plan(block, axes=axes, dtype=kind)
    for number, one in enumerate(own):
        if one["calibration"] is None:
            time, channel = divmod(number, dict(zip(axes, block.shape)).get("c", 1))
            result[tuple({"t": time, "c": channel}.get(letter, slice(None)) for letter in axes)] = 0
    return result


def _context(threads: int) -> Context:
    with _lock:
        if threads not in _contexts:
            _contexts[threads] = Context(threads=threads) if threads else common()
        return _contexts[threads]


def _margin(depth: Mapping[str, int] | int, letter: str) -> int:
    if letter not in "zyx":
        return 0
    margin = int(depth if isinstance(depth, int) else depth.get(letter, 0))
    if margin < 0:
        raise ArgumentError(f"depth is {margin} along {letter}; it must be 0 or more")
    return margin


_here = threading.local()
_contexts: dict[int, Context] = {}
_lock = threading.Lock()
