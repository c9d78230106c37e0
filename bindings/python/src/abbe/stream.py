"""Frames of a camera on their way through plans, on a thread of libabbe's. Experimental."""

from __future__ import annotations

from ctypes import byref, c_int32, c_int64, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy

from . import _abi, _library, _parameters
from ._handles import Handle, key_of
from .errors import ArgumentError
from .plan import Plan

COUNTS = [name[len("ABBE_COUNT_") :].lower() for name in _abi.abbe_count_code]
FACTS = [name[len("ABBE_RESULT_") :].lower() for name in _abi.abbe_result_code]
ANSWERS = {number: name[len("ABBE_SUBMITTED_") :].lower() for name, number in _abi.abbe_submitted_code.items()}
FLAGS = {name[len("ABBE_RESULT_FLAG_") :].lower(): number for name, number in _abi.abbe_result_flag_code.items()}
BUSY = _abi.abbe_status_code["ABBE_ERROR_BUSY"]


@dataclass(frozen=True)
class Result:
    """A result: the image, and what is known of it.

    Attributes:
        image: In the layout of the plan's output, packed.
        sequence: Number of its frame among those that were taken, from 0.
        number: The number that was given to :meth:`Stream.submit`.
        submitted_ns: When its frame was submitted, in ns since the start.
        started_ns: When its turn came.
        done_ns: When it was ready.
        level: The plan that made it, from 0.
        flags: Names among ``late``, ``clipped``, ``gap``, ``other_level``.
    """

    image: numpy.ndarray
    sequence: int
    number: int
    submitted_ns: int
    started_ns: int
    done_ns: int
    level: int
    flags: frozenset[str]


class Stream(Handle):
    """Takes frames, drops what cannot be done in time, and counts all of them.

    Args:
        plans: Committed plans of the same layouts, the fastest first; they are to stay as they are meanwhile, but for
            parameters that are live.
        shape: Extents of a frame, those of the plan's input.
        dtype: Its sample type, and of results.
        out_shape: Extents of a result; ``None``: those of a frame.
        out_dtype: Its sample type; ``None``: that of a frame.
        **settings: The parameters ``stream.*`` of :func:`abbe.parameters`, e.g. ``mode="lossless"``.

    Used as a context manager it ends its thread at the end.
    """

    _kind = "stream"

    def __init__(
        self,
        *plans: Plan,
        shape: tuple[int, ...],
        dtype: Any,
        out_shape: tuple[int, ...] | None = None,
        out_dtype: Any = None,
        **settings: Any,
    ) -> None:
        if not plans:
            raise ArgumentError("plans are none; a stream must have one or more")
        self._plans = plans
        super().__init__(key_of("plan", plans[0]))
        self._frame = (tuple(shape), numpy.dtype(dtype))
        self._target = (tuple(out_shape or shape), numpy.dtype(out_dtype or dtype))
        for plan in plans[1:]:
            _library.call("abbe_stream_add_plan", self.key, key_of("plan", plan))
        _parameters.apply("stream", self.key, "stream", settings)
        _library.call("abbe_stream_start", self.key)
        kept: dict[int, numpy.ndarray] = {}
        self._kept, self._next = kept, 1

        def release(ticket: int, _frame: Any) -> None:
            kept.pop(ticket, None)

        self._release = _abi.abbe_release_fn(release)

    def get(self, name: str) -> Any:
        """A parameter ``stream.*`` as set or by default."""
        return _parameters.value("stream", self.key, _parameters.row_of("stream", name))

    def submit(self, frame: numpy.ndarray, number: int) -> str:
        """Offers a frame, which is copied; waits for nothing.

        Returns:
            ``"accepted"``, ``"replaced"`` where the oldest that waited was dropped for it, or ``"full"`` where it was not taken.
        """
        shape, dtype = self._frame
        if frame.shape != shape or frame.dtype != dtype:
            raise ArgumentError(f"frame is {frame.dtype} {frame.shape}; frames of this stream are {dtype} {shape}")
        kept = numpy.ascontiguousarray(frame) if not frame.flags.c_contiguous else frame.copy()
        ticket, answer = self._next, c_int32()
        self._next += 1
        self._kept[ticket] = kept
        try:
            _library.call(
                "abbe_stream_submit",
                self.key,
                kept.ctypes.data,
                kept.nbytes,
                number,
                self._release,
                c_void_p(ticket),
                byref(answer),
            )
        except Exception:
            self._kept.pop(ticket, None)
            raise
        if ANSWERS[answer.value] == "full":
            self._kept.pop(ticket, None)
        return ANSWERS[answer.value]

    def take(self) -> Result | None:
        """The oldest result that was not taken; ``None`` where none waits."""
        image = numpy.empty(*self._target)
        facts, taken = (c_int64 * len(FACTS))(), c_int32()
        _library.call("abbe_stream_take", self.key, image.ctypes.data, image.nbytes, facts, len(FACTS), byref(taken))
        if not taken.value:
            return None
        known = dict(zip(FACTS, facts, strict=True))
        flags = frozenset(name for name, bit in FLAGS.items() if known["flags"] & bit)
        return Result(image=image, **{**known, "flags": flags})

    def counts(self) -> dict[str, int]:
        """What has become of all frames, as of one instant: ``submitted`` is the sum of those from ``delivered`` to ``pending``."""
        counts = (c_int64 * len(COUNTS))()
        _library.call("abbe_stream_counts", self.key, counts, len(COUNTS))
        return dict(zip(COUNTS, counts, strict=True))

    def wait(self, timeout_ms: int) -> bool:
        """Waits until no frame waits for its turn or is in work; whether that came to be in time."""
        status = _library.plain("abbe_stream_wait", self.key, timeout_ms)
        if status not in (0, BUSY):
            _library.call("abbe_stream_wait", self.key, timeout_ms)
        return bool(status == 0)

    def cancel(self) -> None:
        """Drops the frames that wait, and gives up the one in work."""
        _library.call("abbe_stream_cancel", self.key)
