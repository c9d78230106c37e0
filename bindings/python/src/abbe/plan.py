"""Plans: an ordered chain of steps, prepared once for one image layout, run on image after image."""

from __future__ import annotations

import json
from ctypes import byref, c_double, c_int32, c_int64
from typing import Any, Sequence

import numpy

from . import _abi, _library, _parameters, context as contexts
from ._arrays import DTYPES, Layout, as_array, dtype_name, int64s, layout_of
from ._blocks import Transfer, passed_on
from ._images import axes_of, taken
from ._prepared import Prepared
from ._running import LISTENER, Progress, execute
from ._steps import Steps
from .errors import ArgumentError, ArrayError, StateError, in_python


class Plan(Steps):
    """An ordered chain of steps, prepared once for one image layout.

    Calling the plan does everything: it states the layouts, commits when something changed, and executes. The single
    steps are there for programs that bring their own target memory.

    Axes are told as text, slowest first, of t, c, z, y, x; ``None`` takes the last letters of ``"tczyx"``. Channels
    and time points are independent images. Samples are uint8, uint16, float16 or float32 in any strides; nothing is
    copied, and nothing is rescaled.

    Args:
        context: Threads and devices; ``None`` takes the common context.
        **settings: The parameters ``plan.*`` of :func:`abbe.parameters`, e.g. ``memory_cap_bytes=2 << 30``.

    Example:
        >>> with abbe.Plan() as plan:
        ...     plan.add("background", mode="estimated")
        ...     plan.add("deconvolve", psf=psf, iterations=30)
        ...     for frame in frames:                      # committed once, at the first frame
        ...         results.append(plan(frame))
        ...     print(plan.report())
    """

    def __init__(self, context: contexts.Context | None = None, **settings: Any) -> None:
        super().__init__(context)
        self._input: Layout | None = None
        self._output: tuple[str, tuple[int, ...] | None, int] | None = None
        # The mask of the image that the plan was called with last.
        self._mask_of_image: numpy.ndarray | None = None
        self._blocks = False
        self._listening = False
        self.set(**settings)

    def set_input(self, image: Any, axes: str | None = None) -> Plan:
        """States the layout of the images to come, which is that of ``image``; its samples are not read."""
        axes = axes_of("image", image, axes)
        layout = layout_of("image", as_array("image", image), axes)
        with self._lock:
            self._changed()
            _library.call(
                "abbe_plan_set_input",
                self.key,
                DTYPES[layout.dtype],
                layout.axes.encode(errors="replace"),
                int64s(layout.shape),
                int64s(layout.byte_strides),
                layout.byte_offset,
            )
            self._input = layout
            # The sample type of results stays; strides were for the images before.
            self._output = (self._output[0], None, 0) if self._output and self._output[1] is None else None
        return self

    def set_mask(self, measured: Any) -> Plan:
        """States which samples of the images to come were measured: not saturated, dead, or outside a deskewed field.

        Deconvolutions need not explain the others, and nothing takes its background, statistics or noise from them. What
        they become is the plan's ``not_measured``. A plan that is called with a masked array takes its mask.

        Args:
            measured: An array of the input's extents along z, y and x, in that order, false or 0 where a sample was not
                measured; it holds for all channels and time points. ``None``: all were.

        Raises:
            StateError: There is no input yet, whose extents the mask must have; call :meth:`set_input` first.
        """
        with self._lock:
            given = self._need_input()
            self._changed()
            self._mask_of_image = None
            if measured is None:
                _library.call("abbe_plan_set_mask", self.key, None, 0)
                return self
            mask = numpy.ascontiguousarray(numpy.asarray(measured) != 0).view(numpy.uint8)
            extents = tuple(given.shape[given.axes.index(letter)] for letter in "zyx" if letter in given.axes)
            if mask.shape != extents:
                raise ArgumentError(f"measured has the shape {mask.shape}; the images of this plan have {extents}")
            _library.call("abbe_plan_set_mask", self.key, mask.ctypes.data, mask.size)
        return self

    def set_output(self, out: Any) -> Plan:
        """States the layout of the results to come.

        Args:
            out: An array whose layout they have, or a sample type (they are then tightly packed).
        """
        with self._lock:
            self._changed()
            if isinstance(out, numpy.ndarray):
                self._check_shape(out)
                layout = layout_of("out", out, self._need_input().axes)
                self._tell_output((layout.dtype, layout.byte_strides, layout.byte_offset))
            else:
                self._tell_output((dtype_name("out", out), None, 0))
        return self

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Extents of the result, in the order of the input's axes. Known before commit."""
        extents = (c_int64 * 5)()
        count = c_int32()
        _library.call("abbe_plan_output_shape", self.key, extents, len(extents), byref(count))
        return tuple(extents[: count.value])

    def commit(self) -> Plan:
        """Checks everything, computes point spread functions, builds transforms and sessions, allocates all memory.

        May take seconds.
        """
        with self._lock:
            execute(self.key, "abbe_plan_commit", (self.key,), None)
            self._committed = True
        return self

    def execute(self, image: Any, out: numpy.ndarray, *, progress: Progress | None = None) -> None:
        """Enhances one image; nothing is allocated or copied, and other Python threads go on meanwhile.

        Args:
            image: In the layout given to :meth:`set_input`. Not written, unless it is ``out``.
            out: In the layout given to :meth:`set_output`. Either ``image`` itself or disjoint from it.
            progress: Who hears of it, on this thread.

        Raises:
            abbe.CancelledError: by :meth:`cancel` or the listener. What the listener raises, Ctrl-C included, is
                raised here after the work has stopped.
        """
        given = self._need_input()
        with self._lock:
            if self._prepared is not None and self._prepared.target_for(image, given.axes, None, out) is not None:
                self._run("abbe_plan_execute", (self.key, *self._prepared.buffers(image, out)), progress)
                return
        axes_of("image", image, given.axes)
        source = as_array("image", image)
        layout = layout_of("image", source, given.axes if len(given.axes) == source.ndim else None)
        if layout != given:
            raise ArgumentError(f"image has the {_told(layout)}; this plan was set for the {_told(given)}")
        target = _target(out)
        self._check_shape(target)
        wanted = self._output or (given.dtype, None, 0)
        lies = layout_of("out", target, given.axes)
        packed = wanted[1] is None and target.flags.c_contiguous
        if lies.dtype != wanted[0] or not (packed or lies.byte_strides == wanted[1]):
            raise ArgumentError(
                f"out has the {_told(lies)}; this plan was set for {wanted[0]} "
                f"{'tightly packed' if wanted[1] is None else f'with byte strides {wanted[1]}'}; use set_output()"
            )
        with self._lock:
            prepared = Prepared(source, layout, given.axes, None, target, target)
            self._run("abbe_plan_execute", (self.key, *prepared.buffers(source, target)), progress)
            self._prepared = prepared

    def __call__(
        self,
        image: Any,
        *,
        axes: str | None = None,
        out: numpy.ndarray | None = None,
        dtype: Any = None,
        progress: Progress | None = None,
    ) -> Any:
        """Enhances one image, preparing the plan where it is not yet prepared for such an image.

        Args:
            image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
                What a masked array masks was not measured: see :meth:`set_mask`.
            axes: One letter per axis, large or small; ``None`` takes the dims of a DataArray, else the last letters of
                ``"tczyx"``.
            out: Where to put the result: an array of :attr:`output_shape`, or ``image`` itself. ``None``: a new one.
            dtype: Sample type of a new result; ``None``: float32. Integers are rounded to nearest even and held to
                their range; :meth:`report` counts what was clipped.
            progress: Who hears of it.

        Returns:
            The result, which is ``out`` where that was given; of a DataArray another one with its dims and coords.
        """
        with self._lock:
            if self._prepared is not None and self._mask_of_image is None:
                known = self._prepared.target_for(image, axes, dtype, out)
                if known is not None:
                    self._run("abbe_plan_execute", (self.key, *self._prepared.buffers(image, known)), progress)
                    return known
        seen = taken(image, axes)
        source, measured = seen.samples, seen.measured
        layout = layout_of("image", source, seen.axes)
        with self._lock:
            is_new = layout != self._input
            if is_new:
                self.set_input(source, layout.axes)
            if measured is not None:
                if is_new or self._mask_of_image is None or not numpy.array_equal(self._mask_of_image, measured):
                    self.set_mask(measured)
                    self._mask_of_image = measured
            elif self._mask_of_image is not None:
                self.set_mask(None)
            if out is None:
                kind = dtype_name("dtype", numpy.float32 if dtype is None else dtype)
                wanted: tuple[str, tuple[int, ...] | None, int] = (kind, None, 0)
            else:
                target = _target(out)
                self._check_shape(target)
                lies = layout_of("out", target, layout.axes)
                if dtype is not None and dtype_name("dtype", dtype) != lies.dtype:
                    raise ArgumentError(f"dtype is {numpy.dtype(dtype).name} and out is of {lies.dtype}; give only one")
                wanted = (lies.dtype, lies.byte_strides, lies.byte_offset)
            if wanted != self._output:
                self._tell_output(wanted)
            if not self._committed:
                try:
                    self.commit()
                except StateError as failure:
                    if axes is None and "psf.step_nm is not set" in str(failure) and "z" in layout.axes:
                        raise StateError(f'{failure}; the image was taken as "{layout.axes}"; give axes= if it is not') from None
                    raise
            if out is None:
                target = numpy.empty(self.output_shape, wanted[0])
            prepared = Prepared(source, layout, axes, dtype, out, target)
            self._run("abbe_plan_execute", (self.key, *prepared.buffers(source, target)), progress)
            self._prepared = prepared
        return target if out is not None else seen.like_given(target)

    def execute_blocks(
        self,
        read: Transfer,
        write: Transfer,
        *,
        shape: Sequence[int],
        dtype: Any,
        axes: str | None = None,
        out_dtype: Any = None,
        progress: Progress | None = None,
    ) -> None:
        """Enhances images larger than memory: blocks are read and written by functions.

        The plan is prepared for blocks; give it ``memory_cap_bytes`` to have images cut. Its steps are one
        deconvolve, with or without a background step before it. While it runs, every sample is read at least twice and
        every sample of the result is written once; of a plan with ``blocks=2`` nothing is written, and the report says what
        the images are, for :meth:`set_calibrations`.

        Args:
            read: Fills an array (z, y, x) with the samples of a block; what it answers does not matter, unless it is ``abbe.CANCEL``.
            write: Takes the result of a block, and answers alike. Both arrays are of use only during the call: their memory is
                libabbe's and is used again.
            shape: Extents of all images, in the order of ``axes``.
            dtype: Sample type of what is read: uint8, uint16, float16 or float32.
            axes: One letter per axis; ``None`` takes the last letters of ``"tczyx"``.
            out_dtype: Sample type of what is written; ``None``: float32.
            progress: Who hears of it.

        Raises:
            abbe.CancelledError: by :meth:`cancel`, the listener or a function. What a function raises is raised here.

        Example:
            >>> source, target = numpy.memmap(...), numpy.memmap(...)  # doctest: +SKIP
            >>> plan.execute_blocks(  # doctest: +SKIP
            ...     lambda block, samples: numpy.copyto(samples, source[block.slices]),
            ...     lambda block, samples: numpy.copyto(target[block.slices], samples),
            ...     shape=source.shape, dtype=source.dtype)
        """
        kinds = [numpy.dtype(dtype_name("dtype", numpy.float32 if kind is None else kind)) for kind in (dtype, out_dtype)]
        # An image of one sample repeated: only its type, axes and extents count.
        template = numpy.broadcast_to(numpy.zeros((), kinds[0]), tuple(shape))
        layout = layout_of("shape", template, axes)
        wanted: tuple[str, tuple[int, ...] | None, int] = (kinds[1].name, None, 0)
        with self._lock:
            if layout != self._input:
                self.set_input(template, layout.axes)
            if wanted != self._output:
                self._tell_output(wanted)
            if not self._committed or not self._blocks:
                if not _parameters.value("plan", self.key, _parameters.row_of("plan", "blocks")):
                    self.set(blocks=1)
                self.commit()
                self._blocks = True

            functions = passed_on(read, write, kinds)
            self._run("abbe_plan_execute_blocks", (self.key, *functions, None), progress)

    def cancel(self) -> None:
        """Asks the execute that runs on another thread to stop; returns at once."""
        _library.plain("abbe_plan_cancel", self.key)

    @property
    def progress(self) -> float:
        """How much of the execute now running is done, 0 to 1. May be asked from any thread, and never waits."""
        return self.fact("progress")

    @property
    def workspace_bytes(self) -> int:
        """Memory that the plan holds between executes, in bytes; known before commit."""
        return int(self.fact("workspace_bytes"))

    def fact(self, name: str) -> float:
        """A number of :func:`abbe.parameters` named ``plan.<name>``, e.g. ``"clipped"`` or ``"output_gain"``."""
        row = _parameters.row_of("plan", name)
        value: c_double | c_int64
        if row["kind"] == "number fact":
            value, read = c_double(), "abbe_plan_get_f64"
        else:
            value, read = c_int64(), "abbe_plan_get_i64"
        _library.call(read, self.key, row["id"], byref(value))
        return value.value

    def report(self) -> dict[str, Any]:
        """What the last execute really did: steps, what ran where, iterations, flux in and out, samples clipped."""
        found: dict[str, Any] = json.loads(_library.text("abbe_plan_report", self.key))
        found["warnings"] = [in_python(text) for text in found["warnings"]]
        return found

    def _need_input(self) -> Layout:
        if self._input is None:
            raise StateError("the plan has no input layout; call set_input() first")
        return self._input

    def _check_shape(self, out: numpy.ndarray) -> None:
        if tuple(out.shape) != self.output_shape:
            raise ArgumentError(f"out has the shape {tuple(out.shape)}; the result has {self.output_shape}")

    def _tell_output(self, wanted: tuple[str, tuple[int, ...] | None, int]) -> None:
        dtype, strides, offset = wanted
        self._changed()
        values = None if strides is None else int64s(strides)
        _library.call("abbe_plan_set_output", self.key, DTYPES[dtype], values, offset)
        self._output = wanted

    def _run(self, function: str, arguments: tuple[Any, ...], progress: Progress | None) -> None:
        execute(self.key, function, arguments, progress, listen=self._listen)

    def _listen(self, wanted: bool) -> None:
        """Sets the listener, or none, so that libabbe need not wait for Python."""
        if wanted != self._listening:
            _library.call("abbe_plan_set_progress", self.key, LISTENER if wanted else _abi.abbe_progress_fn(), None)
            self._listening = wanted


def _target(out: Any) -> numpy.ndarray:
    if not isinstance(out, numpy.ndarray):
        raise ArrayError(f"out is a {type(out).__name__}; it must be a numpy array")
    as_array("out", out)
    if not out.flags.writeable:
        raise ArrayError("out is read-only; it must be writeable; give another array")
    return out


def _told(layout: Layout) -> str:
    return f"layout {layout.dtype} {layout.axes} {layout.shape} with byte strides {layout.byte_strides}"
