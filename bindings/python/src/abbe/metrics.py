"""Numbers that compare an image with a reference."""

from __future__ import annotations

from ctypes import POINTER, byref, c_double, c_float, c_int64
from typing import Any

import numpy

from . import _abi, _library
from .context import Context, common
from .errors import ArgumentError, ArrayError

METRICS = {name[len("ABBE_METRIC_") :].lower(): number for name, number in _abi.abbe_metric_code.items()}
"""Names of the metrics, and their numbers in the C ABI."""


def measure(
    metric: str, image: Any, reference: Any, *, range: float | None = None, context: Context | None = None
) -> float:
    """Compares an image with a reference that is true, or taken for true.

    Args:
        metric: ``"psnr"``, ``"scale_invariant_psnr"``, ``"ssim"`` (Gaussian window, 11 x 11), ``"ssim_uniform"`` (7 x 7, as
            scikit-image by default), ``"micro_ssim"``, ``"nrmse"``, ``"rsp"`` (Pearson's correlation) or ``"frc_resolution"``
            (pixels at which the Fourier ring correlation falls below 1/7). docs/trust.md has the formulas.
        image: Numbers with axes (y, x) or (z, y, x); taken as float32.
        reference: Numbers of the same extents.
        range: Range of intensities that PSNR and SSIM are relative to; ``None`` takes the reference's greatest less its least.
        context: Threads; ``None`` takes the common context.

    Returns:
        The number; infinity for the PSNR of equal images.

    Example:
        >>> abbe.measure("psnr", restored, truth, range=255)
    """
    number = METRICS.get(metric)
    if number is None:
        raise ArgumentError(f"metric is {metric!r}; it must be one of {', '.join(METRICS)}")
    if range is not None and not range > 0:
        raise ArgumentError(f"range is {range!r}; it must be above 0; leave it out for the reference's own")
    arrays = [samples_of(name, given) for name, given in (("image", image), ("reference", reference))]
    if arrays[0].shape != arrays[1].shape:
        raise ArgumentError(f"image has the extents {arrays[0].shape}; it must have the reference's, {arrays[1].shape}")
    pointers = [array.ctypes.data_as(POINTER(c_float)) for array in arrays]
    shape = (c_int64 * arrays[0].ndim)(*arrays[0].shape)
    value = c_double()
    key = (context or common()).key
    _library.call("abbe_metric_measure", key, number, *pointers, arrays[0].ndim, shape, range or 0.0, byref(value))
    return value.value


def samples_of(name: str, given: Any) -> numpy.ndarray:
    """An array as libabbe takes samples of images that it only looks at: packed float32."""
    if isinstance(given, numpy.ma.MaskedArray):
        raise ArrayError(f"{name} is a masked array; masks are not supported here; fill it with {name}.filled(...)")
    array = numpy.asarray(given)
    if array.dtype.kind not in "fuib" or array.ndim not in (2, 3):
        raise ArrayError(
            f"{name} is {array.dtype.name} with {array.ndim} axes; it must be numbers with axes (z, y, x) or (y, x)"
        )
    return numpy.ascontiguousarray(array, numpy.float32)
