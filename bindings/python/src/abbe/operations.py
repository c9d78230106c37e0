"""The one-line operations."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any, Sequence

import numpy

from ._arrays import dtype_name
from ._images import has_dims, taken
from ._running import Progress, Run
from .context import Context
from .errors import AbbeWarning, ArgumentError, DeviceError
from .model import Model
from .plan import Plan
from .psf import Psf


def deconvolve(
    image: Any,
    psf: Psf | Sequence[Psf],
    *,
    background: float | str | None = None,
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    **settings: Any,
) -> Any:
    """Takes the blur of a microscope out of an image.

    Args:
        image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
            Channels and time points are independent images.
        psf: Its point spread function, with the image's ``pixel_nm`` and, for stacks, ``step_nm``; or one for each channel.
        background: The parameter ``deconvolve.background``: the level of the image without light, in its units, which
            stays in the model and which the result leaves out. ``None``: the automatic algorithm finds the camera's
            offset, others take 0. ``"estimated"``: a background step estimates it and subtracts it first.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the dims of a DataArray, else
            the last letters of ``"tczyx"``.
        out: Where to put the result: an array of the image's extents, or the image itself. ``None``: a new one.
        dtype: Sample type of a new result; ``None``: float32. Integers are rounded and held to their range.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads and devices; ``None`` takes the common context.
        **settings: The parameters ``deconvolve.*`` of :func:`abbe.parameters`, e.g. ``iterations=30``.

    Returns:
        The result in the image's extents and units, which is ``out`` where that was given; of a DataArray another
        one with its dims and coords.

    Example:
        >>> psf = abbe.psf.widefield(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65, step_nm=200)
        >>> restored = abbe.deconvolve(stack, psf, iterations=30)
    """
    steps: list[tuple[str, dict[str, Any]]] = []
    if background == "estimated":
        steps.append(("background", {"mode": "estimated"}))
    elif background is not None:
        settings["background"] = background
    if isinstance(psf, (list, tuple)):
        return _by_channel(image, psf, axes, out, dtype, progress, context, [*steps, ("deconvolve", settings)])
    with Plan(context) as plan:
        for step, told in [*steps, ("deconvolve", {"psf": psf, **settings})]:
            plan.add(step, **told)
        return plan(image, axes=axes, out=out, dtype=dtype, progress=progress)


def _by_channel(
    image: Any,
    psfs: Sequence[Psf],
    axes: str | None,
    out: numpy.ndarray | None,
    dtype: Any,
    progress: Progress | None,
    context: Context | None,
    steps: list[tuple[str, dict[str, Any]]],
) -> Any:
    """Deconvolves each channel with a point spread function of its own."""
    seen = taken(image, axes)
    channels = dict(zip(seen.axes, seen.samples.shape)).get("c", 1)
    if channels != len(psfs):
        raise ArgumentError(
            f'image has {channels} channels (axes "{seen.axes}") and psf has {len(psfs)}; give one for each, or one for all'
        )
    source = image if isinstance(image, numpy.ma.MaskedArray) else seen.samples
    kind = "float32" if dtype is None else dtype_name("dtype", dtype)
    target: numpy.ndarray = numpy.empty(seen.samples.shape, kind) if out is None else out
    run = Run(progress)
    with contextlib.ExitStack() as open_plans:
        for channel, psf in enumerate(psfs):
            at = (slice(None),) * seen.axes.index("c") + (channel,) if "c" in seen.axes else ()
            plan = open_plans.enter_context(Plan(context))
            for step, told in steps:
                plan.add(step, **({"psf": psf, **told} if step == "deconvolve" else told))

            def tell(fraction: float, channel: int = channel) -> Any:
                return run.hear((channel + fraction) / channels)

            plan(
                source[at],
                axes=seen.axes.replace("c", ""),
                out=target[at],
                dtype=None if out is None else dtype,
                progress=None if progress is None else tell,
            )
    return target if out is not None else seen.like_given(target)


def denoise(
    image: Any,
    *,
    method: str = "total_variation",
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    **settings: Any,
) -> Any:
    """Takes the noise out of an image, without a network or with the one that comes with abbe.

    Args:
        image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
            Channels and time points are independent images.
        method: ``"total_variation"``, without a network; ``"network"``: :meth:`abbe.Model.builtin`, which needs ONNX Runtime
            (``pip install abbe[models]``) and treats each plane on its own; ``"automatic"``: the network where ONNX Runtime
            can be loaded, else without, with a warning.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the dims of a DataArray, else
            the last letters of ``"tczyx"``.
        out: Where to put the result: an array of the image's extents, or the image itself. ``None``: a new one.
        dtype: Sample type of a new result; ``None``: float32. Integers are rounded and held to their range.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads and devices; ``None`` takes the common context.
        **settings: The parameters ``denoise.*`` of :func:`abbe.parameters`, or ``model.*`` with the network.

    Returns:
        The result in the image's extents and units, which is ``out`` where that was given; of a DataArray another
        one with its dims and coords.
    """
    if method not in _METHODS:
        raise ArgumentError(f"method is {method!r}; it must be one of {', '.join(map(repr, _METHODS))}")
    if method == "automatic" and settings:
        raise ArgumentError(f"method is 'automatic' and {', '.join(settings)} is given; name a method to set its parameters")
    arguments: dict[str, Any] = {"axes": axes, "out": out, "dtype": dtype, "progress": progress}
    if method != "total_variation":
        try:
            with Model.builtin(context=context) as model:
                return model(image, **arguments, **settings)
        except DeviceError as failure:
            if method == "network":
                raise
            warnings.warn(f"no network was used: {failure}", AbbeWarning, stacklevel=2)
    if axes is None and getattr(image, "ndim", 0) == 3 and not has_dims(image):
        message = 'image is taken as planes of one stack; give axes="zyx" to say so, or axes="tyx" for a series'
        warnings.warn(message, AbbeWarning, stacklevel=2)
    with Plan(context) as plan:
        plan.add("denoise", **settings)
        return plan(image, **arguments)


_METHODS = ("total_variation", "network", "automatic")
