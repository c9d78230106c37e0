"""Blocks of images larger than memory, and the functions that read and write them as libabbe calls them."""

from __future__ import annotations

import dataclasses
from ctypes import c_char
from typing import Any, Callable, Sequence

import numpy

from . import _abi
from ._running import guarded


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of the images that go through a plan."""

    image: int
    """Channel + channels * time point."""
    start: tuple[int, int, int]
    """Its first sample along z, y and x; 0 where the images lack the axis."""
    shape: tuple[int, int, int]
    """Its extents along z, y and x; 1 where the images lack the axis."""

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The block in an array (z, y, x): of an image without z, in ``image[None]``."""
        z, y, x = (slice(start, start + extent) for start, extent in zip(self.start, self.shape))
        return z, y, x


Transfer = Callable[[Block, numpy.ndarray], Any]
"""Reads a block into an array (z, y, x), or writes it from one, which is of use only during the call; it may answer ``abbe.CANCEL``."""


def passed_on(read: Transfer, write: Transfer, kinds: Sequence[numpy.dtype]) -> tuple[Any, Any]:
    """Both as functions of the C ABI, for samples of those two kinds; what they raise is kept for the execute that runs."""

    def pass_on(function: Transfer, kind: numpy.dtype, writeable: bool) -> Any:
        def hear(_user: Any, image: int, start: Any, extents: Any, samples: int, count: int) -> int:
            def call() -> Any:
                block = Block(image, tuple(start[:3]), tuple(extents[:3]))
                memory: Any = (c_char * count).from_address(samples)
                array = numpy.frombuffer(memory, kind).reshape(block.shape)
                array.flags.writeable = writeable
                return function(block, array)

            return guarded(call)

        return hear

    return _abi.abbe_read_fn(pass_on(read, kinds[0], True)), _abi.abbe_write_fn(pass_on(write, kinds[1], False))
