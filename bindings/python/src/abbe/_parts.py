"""Where the blocks of a plan lie in a Dask array, and what is found of one that is larger than memory, once for all of its chunks."""

from __future__ import annotations

import contextlib
import pickle
from typing import Any, Dict, Iterator, List, Sequence

import dask.array
import numpy

from ._blocks import Block
from ._memory import free_memory
from .errors import ArrayError
from .plan import Plan


class Parts:
    """A Dask array that is read block by block. As an argument of a task it is not computed before."""

    def __init__(self, image: dask.array.Array, letters: str) -> None:
        if isinstance(image._meta, numpy.ma.MaskedArray):
            raise ArrayError(
                "image is a masked array, and is worked on part by part, where masks are not taken; use abbe.deconvolve(), which takes "
                "them, or fill it, e.g. with dask.array.ma.filled(image, 0)"
            )
        self.image, self.letters = image, letters
        self.sizes = dict(zip(letters, image.shape))
        self._scheduler: Any = "threads"

    def place(self, block: Block) -> tuple[slice | int, ...]:
        """The block in an array of the image's axes."""
        time, channel = divmod(block.image, self.sizes.get("c", 1))
        at: dict[str, slice | int] = {"t": time, "c": channel, **dict(zip("zyx", block.slices))}
        return tuple(at[letter] for letter in self.letters)

    def read(self, block: Block, samples: numpy.ndarray) -> None:
        """Fills the array (z, y, x) of a block."""
        part = self.image[self.place(block)].compute(scheduler=self._scheduler)
        samples[...] = numpy.asarray(part).reshape(samples.shape)

    @contextlib.contextmanager
    def on_a_worker(self) -> Iterator[int]:
        """Has blocks read by the cluster, where this is a task of one; what memory there is to work with."""
        try:
            from distributed import get_worker, worker_client

            limit = get_worker().memory_manager.memory_limit
        except (ImportError, ValueError, AttributeError):
            yield free_memory() // 2
            return
        with worker_client() as client:
            self._scheduler = client
            yield min(free_memory(), limit or free_memory()) // 2


Found = List[Dict[str, Any]]
"""Of each image, channel by channel of a time point: its ``calibration``, and the ``level`` that a background step found."""


def calibrated(parts: Parts, steps: bytes) -> Found:
    """What a deconvolution, or a background step and one, find out of an image; nothing of it is restored."""
    with parts.on_a_worker() as memory, Plan(memory_cap_bytes=memory, blocks=2) as plan:
        for step, told in pickle.loads(steps):
            plan.add(step, **told)
        kind = parts.image.dtype.newbyteorder("=")
        plan.execute_blocks(parts.read, _written, shape=parts.image.shape, dtype=kind, axes=parts.letters)
        images = [step["images"] for step in plan.report()["steps"]]
    return [
        {"calibration": of_one[-1].get("calibration"), "level": of_one[0]["value"] if len(of_one) > 1 else None}
        for of_one in zip(*images)
    ]


def images_of(block: Sequence[int], chunks: Sequence[Sequence[int]], letters: str, channels: int, first: int) -> list[int]:
    """The numbers of the images in a chunk of an array that has some channels of an image, from ``first`` on."""
    ranges = {"t": range(1), "c": range(1)}
    for letter, number, sizes in zip(letters, block, chunks):
        if letter in ranges:
            begin = sum(sizes[:number])
            ranges[letter] = range(begin, begin + sizes[number])
    return [time * channels + first + channel for time in ranges["t"] for channel in ranges["c"]]


def _written(_block: Block, _samples: numpy.ndarray) -> None:
    """Nothing is written of images that are only looked at."""
