"""The one-line operations."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy

from ._arrays import dtype_name
from ._estimate import foretell, is_large
from ._images import Array, has_dims
from ._memory import free_memory
from ._running import Progress
from .context import LOGGER, Context
from .errors import AbbeWarning, ArgumentError
from .plan import Plan
from .psf import Psf

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import Deconvolve


def deconvolve(
    image: Array,
    psf: Psf | Sequence[Psf],
    *,
    background: float | str | None = None,
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    memory_cap_bytes: int | None = None,
    **settings: Unpack[Deconvolve],
) -> Any:
    """Takes the blur of a microscope out of an image.

    Args:
        image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
            Channels and time points are independent images.
        psf: Its point spread function, with the image's ``pixel_nm`` and, for stacks, ``step_nm``; or a list with one for each channel.
        background: The parameter ``deconvolve.background``: the level of the image without light, in its units, which
            stays in the model and which the result leaves out. ``None``: the automatic algorithm finds the camera's
            offset, others take 0. ``"estimated"``: a background step estimates it and subtracts it first.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the dims of a DataArray, else
            the last letters of ``"tczyx"``.
        out: Where to put the result: an array of the image's extents, or the image itself. ``None``: a new one.
        dtype: Sample type of a new result; ``None``: float32. Integers are rounded and held to their range.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads and devices; ``None`` takes the common context.
        memory_cap_bytes: Most memory that the work may hold beside image and result, 0 for any; the image is worked on in
            tiles to fit. ``None``: three quarters of what is free now.
        **settings: The parameters ``deconvolve.*`` of :func:`abbe.parameters`, e.g. ``iterations=30``.

    Returns:
        The result in the image's extents and units, which is ``out`` where that was given; of a DataArray another
        one with its dims and coords.

    Example:
        >>> psf = abbe.psf.widefield(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65, step_nm=200)
        >>> restored = abbe.deconvolve(stack, psf, iterations=30)
    """
    chain = deconvolution(psf, background, dict(settings))
    return run(image, chain, axes, out, dtype, progress, context, memory_cap_bytes)[0]


def denoise(
    image: Array,
    *,
    method: str = "patches",
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    memory_cap_bytes: int | None = None,
    **settings: Any,
) -> Any:
    """Takes the noise out of an image, by similar patches, wavelets, total variation or the network that is built in.

    Args:
        image: uint8, uint16, float16 or float32, in any strides, or an ``xarray.DataArray``, whose dims are its axes.
            Channels and time points are independent images.
        method: ``"patches"``, from similar patches of each plane, also for noise that neighbours share;
            ``"wavelets"``, the fastest, for such noise, too; ``"total_variation"``, planes of a stack together; or ``"network"``, which is built in and treats each plane on
            its own. None needs ONNX Runtime; :func:`abbe.learn` adapts the network to an image.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the dims of a DataArray, else
            the last letters of ``"tczyx"``.
        out: Where to put the result: an array of the image's extents, or the image itself. ``None``: a new one.
        dtype: Sample type of a new result; ``None``: float32. Integers are rounded and held to their range.
        progress: A function of the share done (0 to 1) that may answer ``abbe.CANCEL``, or a bar such as ``tqdm``.
        context: Threads and devices; ``None`` takes the common context.
        memory_cap_bytes: Most memory that the work may hold beside image and result, 0 for any; the image is worked on in
            tiles to fit. ``None``: three quarters of what is free now.
        **settings: The parameters ``denoise.*`` of :func:`abbe.parameters`.

    Returns:
        The result in the image's extents and units, which is ``out`` where that was given; of a DataArray another
        one with its dims and coords.
    """
    chain = denoising(method, settings)
    if axes is None and getattr(image, "ndim", 0) == 3 and not has_dims(image):
        message = 'image is taken as planes of one stack; give axes="zyx" to say so, or axes="tyx" for a series'
        warnings.warn(message, AbbeWarning, stacklevel=2)
    return run(image, chain, axes, out, dtype, progress, context, memory_cap_bytes)[0]


Chain = List[Tuple[str, Dict[str, Any]]]
"""Names of steps and what :meth:`abbe.Plan.add` is to be told of them."""


def denoising(method: str, settings: dict[str, Any]) -> Chain:
    """The steps of a denoiser of that name."""
    methods = ("patches", "wavelets", "total_variation", "network")
    if method not in methods:
        raise ArgumentError(f"method is {method!r}; it must be one of {', '.join(map(repr, methods))}")
    return [("denoise", {"method": method, **settings})]


def deconvolution(psf: Psf | Sequence[Psf], background: float | str | None, settings: Mapping[str, Any]) -> Chain:
    """The steps of a deconvolution, with one point spread function for all channels or one for each."""
    before: Chain = []
    if background == "estimated":
        before = [("background", {"mode": "estimated"})]
    elif background is not None:
        settings = {**settings, "background": background}
    return [*before, ("deconvolve", {"psf": psf, **settings})]


def run(
    image: Any,
    chain: Chain,
    axes: str | None = None,
    out: numpy.ndarray | None = None,
    dtype: Any = None,
    progress: Progress | None = None,
    context: Context | None = None,
    memory_cap_bytes: int | None = None,
    watch: Callable[[Plan], Any] | None = None,
    tell: Callable[[str], Any] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Runs a chain of steps on an image; the result, and the plan's report.

    ``watch`` is told of each plan before it works, so that other threads can cancel that from the start; ``tell`` what
    a very large job will take, before it begins: ``None`` logs it.
    """
    cap = free_memory() * 3 // 4 if memory_cap_bytes is None else memory_cap_bytes
    with Plan(context, memory_cap_bytes=cap) as plan:
        for step, told in chain:
            plan.add(step, **told)
        if is_large(image):
            if tell is None and LOGGER.isEnabledFor(logging.INFO):
                tell = LOGGER.info
            kind = dtype_name("dtype", numpy.float32 if dtype is None else dtype)
            new = 0 if out is not None else image.size * numpy.dtype(kind).itemsize
            foretell(plan, chain, image, axes, new, tell, context, watch)
        if watch is not None:
            watch(plan)
        return plan(image, axes=axes, out=out, dtype=dtype, progress=progress), plan.report()
