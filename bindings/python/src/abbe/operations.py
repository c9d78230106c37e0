"""The one-line operations."""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from ._images import has_dims
from ._running import Progress
from .context import Context
from .errors import AbbeWarning
from .plan import Plan
from .psf import Psf


def deconvolve(
    image: Any,
    psf: Psf,
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
        psf: Its point spread function, with the image's ``pixel_nm`` and, for stacks, ``step_nm``.
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
    with Plan(context) as plan:
        if background == "estimated":
            plan.add("background", mode="estimated")
        elif background is not None:
            settings["background"] = background
        plan.add("deconvolve", psf=psf, **settings)
        return plan(image, axes=axes, out=out, dtype=dtype, progress=progress)


def denoise(
    image: Any,
    *,
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    **settings: Any,
) -> Any:
    """Takes the noise out of an image without a network.

    Args:
        image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
            Channels and time points are independent images.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the dims of a DataArray, else
            the last letters of ``"tczyx"``.
        out: Where to put the result: an array of the image's extents, or the image itself. ``None``: a new one.
        dtype: Sample type of a new result; ``None``: float32. Integers are rounded and held to their range.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads and devices; ``None`` takes the common context.
        **settings: The parameters ``denoise.*`` of :func:`abbe.parameters`.

    Returns:
        The result in the image's extents and units, which is ``out`` where that was given; of a DataArray another
        one with its dims and coords.
    """
    if axes is None and getattr(image, "ndim", 0) == 3 and not has_dims(image):
        message = 'image is taken as planes of one stack; give axes="zyx" to say so, or axes="tyx" for a series'
        warnings.warn(message, AbbeWarning, stacklevel=2)
    with Plan(context) as plan:
        plan.add("denoise", **settings)
        return plan(image, axes=axes, out=out, dtype=dtype, progress=progress)
