"""How far a result can be believed: numbers and maps beside it."""

from __future__ import annotations

import json
from ctypes import POINTER, c_float, c_int64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from . import _abi, _library, _parameters, context as contexts
from ._figure import draw
from ._handles import Handle, key_of
from ._running import LISTENER, Progress, execute
from .errors import ArgumentError, StateError
from .metrics import samples_of
from .plan import Plan
from .psf import Psf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = {name[len("ABBE_IMAGE_") :].lower(): number for name, number in _abi.abbe_image_code.items()}
MAPS = {name[len("ABBE_MAP_") :].lower(): number for name, number in _abi.abbe_map_code.items()}


class Assess(Handle):
    """An assessment: a raw image, what was made of it, and what is known of both. :func:`abbe.assess` is one call for it all.

    Args:
        context: ``None`` takes the common context.
        **settings: The parameters ``assess.*`` of :func:`abbe.parameters`.
    """

    _kind = "assess"

    def __init__(self, *, context: contexts.Context | None = None, **settings: Any) -> None:
        super().__init__((context or contexts.common()).key)
        self._shape: tuple[int, ...] | None = None
        self.set(**settings)

    def set(self, **settings: Any) -> Assess:
        """Sets parameters ``assess.*``. ``None`` leaves one as it is."""
        given = {name: value for name, value in settings.items() if value is not None}
        _parameters.apply("assess", self.key, "assess", given)
        return self

    def unset(self, *names: str) -> Assess:
        """Forgets parameters ``assess.*``: each has its default again, or is worked out where it has none."""
        _parameters.unset("assess", self.key, "assess", names)
        return self

    def get(self, name: str) -> Any:
        """A parameter ``assess.*`` as set or by default, or a fact of the last run, e.g. ``workspace_bytes``."""
        return _parameters.value("assess", self.key, _parameters.row_of("assess", name))

    def set_image(self, image: str, samples: Any) -> Assess:
        """Gives an image: ``"raw"``, ``"result"`` or ``"reference"``; numbers with axes (y, x) or (z, y, x). Copied."""
        if image not in IMAGES:
            raise ArgumentError(f"image is {image!r}; it must be one of {', '.join(IMAGES)}")
        array = samples_of(image, samples)
        shape = (c_int64 * array.ndim)(*array.shape)
        pointer = array.ctypes.data_as(POINTER(c_float))
        _library.call("abbe_assess_set_image", self.key, IMAGES[image], pointer, array.ndim, shape)
        if image == "result":
            self._shape = array.shape
        return self

    def set_mask(self, measured: Any) -> Assess:
        """States which samples of the raw image were measured; the others count in no number, and maps are NaN there.

        Args:
            measured: An array of the raw image's extents, false or 0 where a sample was not measured, which may be NaN in images
                given afterwards. What the result has there still gives light to what is around, unless it is NaN or the raw
                image's own sample. ``None``: all were.
        """
        if measured is None:
            _library.call("abbe_assess_set_mask", self.key, None, 0)
            return self
        mask = numpy.ascontiguousarray(numpy.asarray(measured) != 0).view(numpy.uint8)
        _library.call("abbe_assess_set_mask", self.key, mask.ctypes.data, mask.size)
        return self

    def set_psf(self, psf: Psf | None) -> Assess:
        """Gives the point spread function whose blur the result is without; ``None`` takes it away."""
        _library.call("abbe_assess_set_psf", self.key, None if psf is None else key_of("psf", psf))
        return self

    def set_plan(self, plan: Plan | None) -> Assess:
        """Gives the committed plan that made the result; ``None`` takes it away."""
        _library.call("abbe_assess_set_plan", self.key, None if plan is None else key_of("plan", plan))
        return self

    def run(self, progress: Progress | None = None) -> dict[str, Any]:
        """Works out numbers and maps, and gives the numbers.

        Args:
            progress: As for :func:`abbe.deconvolve`: a function of the share that is done, or a bar like ``tqdm``.
        """
        execute(self.key, "abbe_assess_run", (self.key, LISTENER, None), progress, cancel="abbe_assess_cancel")
        return self.report()

    def cancel(self) -> None:
        """Asks :meth:`run`, on another thread, to stop; returns at once."""
        _library.plain("abbe_assess_cancel", self.key)

    def map(self, name: str) -> numpy.ndarray:
        """A map of the last run, of the result's extents: ``"error"``, ``"residual"``, ``"suspicion"`` or ``"spread"``.

        Raises:
            StateError: There was no run, or it made no such map; ``"spread"`` needs a plan.
        """
        if name not in MAPS:
            raise ArgumentError(f"map is {name!r}; it must be one of {', '.join(MAPS)}")
        if self._shape is None:
            raise StateError("assess has no result image; there is no map of it; call set_image() and run() first")
        array = numpy.empty(self._shape, numpy.float32)
        shape = (c_int64 * array.ndim)(*array.shape)
        pointer = array.ctypes.data_as(POINTER(c_float))
        _library.call("abbe_assess_map", self.key, MAPS[name], pointer, array.ndim, shape)
        return array

    def report(self) -> dict[str, Any]:
        """What the last run found; docs/trust.md explains every key."""
        found: dict[str, Any] = json.loads(_library.text("abbe_assess_report", self.key))
        return found


@dataclass(frozen=True)
class Trust:
    """What :func:`assess` found."""

    report: dict[str, Any]
    """The numbers; docs/trust.md explains every key."""
    error: numpy.ndarray
    """Distance of the raw image from what the result, blurred, explains, in the raw image's units."""
    residual: numpy.ndarray
    """The same with its sign, in standard deviations of the noise."""
    suspicion: numpy.ndarray
    """How much the patches around a sample contradict the raw image; above 1 is suspicious."""
    spread: numpy.ndarray | None
    """Standard deviation of the result by the noise; ``None`` without a plan, and where its photons cannot be split."""

    def figure(self, raw: Any, result: Any) -> Figure:
        """Raw image, result, map of errors, map of suspicion and Fourier ring correlations, side by side.

        Needs matplotlib (``pip install matplotlib``) and no display.

        Args:
            raw: The image as it was assessed; of stacks the middle plane is shown.
            result: The result as it was assessed.

        Returns:
            A figure of five axes: both images and the errors from their 0.1 to their 99.9 percentile; suspicion from 0 to 2,
            with a line around what is above 1; over the frequency, in cycles per pixel or per µm where ``pixel_nm`` was given,
            the correlation of halves of the raw image with its thresholds, and where a plan was given those of the results of
            both halves with each other and with the other half.

        Raises:
            ImportError: There is no matplotlib.

        Example:
            >>> abbe.assess(raw, restored, psf=psf).figure(raw, restored).savefig("trust.png")
        """
        return draw(self, raw, result)


def assess(
    raw: Any,
    result: Any,
    *,
    psf: Psf | None = None,
    reference: Any = None,
    plan: Plan | None = None,
    measured: Any = None,
    progress: Progress | None = None,
    context: contexts.Context | None = None,
    **settings: Any,
) -> Trust:
    """Says how far a result can be believed.

    Args:
        raw: The image as the camera gave it, linear in the light; axes (y, x) or (z, y, x). What a masked array masks was not
            measured.
        result: What was made of it, of the same extents.
        psf: The point spread function whose blur the result is without; ``None`` where it is as blurred as the raw image, or
            where the function is not known.
        reference: The truth, or an image taken for it.
        plan: The committed plan that made the result, which is run again on halves of the light.
        measured: False or 0 where a sample of the raw image was not measured, as in :meth:`Assess.set_mask`; ``None``: all were,
            or the plan's mask holds.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads; ``None`` takes the common context.
        **settings: The parameters ``assess.*`` of :func:`abbe.parameters`, e.g. ``gain=2.1``, ``splits=8``.

    Returns:
        Numbers and maps.

    Example:
        >>> trust = abbe.assess(raw, restored, psf=psf)
        >>> trust.report["squirrel"]["rsp"], trust.report["suspicion"]["greatest"]
    """
    if isinstance(raw, numpy.ma.MaskedArray):
        inside = ~numpy.ma.getmaskarray(raw)
        measured = inside if measured is None else inside & (numpy.asarray(measured) != 0)
        raw = raw.data
    with Assess(context=context, **settings).set_mask(measured) as made:
        made.set_image("raw", raw).set_image("result", result)
        if reference is not None:
            made.set_image("reference", reference)
        made.set_psf(psf).set_plan(plan)
        report = made.run(progress)
        maps = {name: made.map(name) for name in ("error", "residual", "suspicion")}
        told = report.get("halves", {}).get("valid", False)
        return Trust(report=report, spread=made.map("spread") if told else None, **maps)
