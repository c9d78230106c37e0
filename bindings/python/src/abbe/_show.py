"""An image before and after, side by side, drawn by matplotlib."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy

from ._images import Array, taken
from .errors import ArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def show(before: Array, after: Array, *, axes: str | None = None, plane: int | None = None, time: int = 0) -> Figure:
    """Draws an image, its result and their difference: one row for each channel (``pip install abbe[figures]``).

    Images have a grey scale each, from their 0.1th to their 99.9th percentile. The difference, result minus image in the
    image's units, is blue where light was taken away and red where it was added; it is left out where a network or a
    binning changed the extents.

    Args:
        before: The image.
        after: The result, with the same axes: of the image's extents, or a whole number of times as many or as few samples
            along z, and along y and x alike, as super-resolution and binning give.
        axes: One letter per axis, as for :func:`abbe.deconvolve`.
        plane: Which plane of a stack; ``None``: the middle one.
        time: Which time point of a series.

    Returns:
        The figure, which notebooks show and ``figure.savefig("cells.png")`` writes. It belongs to no window.

    Raises:
        ArgumentError: The extents of the images do not belong together.

    Example:
        >>> abbe.show(stack, abbe.deconvolve(stack, psf))
    """
    from matplotlib.figure import Figure

    class Picture(Figure):
        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png")
            return file.getvalue()

    _check_extents(before, after, axes)
    pairs = list(zip(_planes("before", before, axes, plane, time), _planes("after", after, axes, plane, time)))
    compared = all(one.shape == other.shape for one, other in pairs)
    count = 3 if compared else 2
    # Without pyplot: no window, no display and no figure that stays in memory.
    figure = Picture(figsize=(5 * count, 4.2 * len(pairs)), layout="constrained")
    for row, (one, other) in zip(figure.subplots(len(pairs), count, squeeze=False), pairs):
        panels: list[tuple[str, Any, str, Any]] = [("image", one, "gray", _range(one)), ("result", other, "gray", _range(other))]
        if compared:
            difference = other - one
            most = float(numpy.nanpercentile(numpy.abs(difference), 99.9)) or 1.0
            panels.append(("result - image", difference, "RdBu_r", (-most, most)))
        for axis, (title, image, colours, (least, most)) in zip(row, panels):
            shown = axis.imshow(image, cmap=colours, vmin=least, vmax=most, interpolation="nearest")
            figure.colorbar(shown, ax=axis, shrink=0.8)
            axis.set_title(title)
            axis.set_axis_off()
    return figure


def _check_extents(before: Any, after: Any, axes: str | None) -> None:
    one, other = (taken(image, axes) for image in (before, after))
    extents, others = (dict(zip(image.axes, image.samples.shape)) for image in (one, other))
    scales = {letter: _scale(extent, others.get(letter, 0)) for letter, extent in extents.items()}
    apart = [scale for letter, scale in scales.items() if letter in "tc"]
    if extents.keys() != others.keys() or 0 in scales.values() or any(scale != 1 for scale in apart) or scales["y"] != scales["x"]:
        raise ArgumentError(
            f'before has the shape {one.samples.shape} ("{one.axes}") and after {other.samples.shape} ("{other.axes}"); '
            "they must be the same, or whole multiples along z, and along y and x alike"
        )


def _scale(before: int, after: int) -> int:
    """How many times as many samples there are after, or negative as few, a remainder being left out; 0 where neither."""
    few, many = sorted((before, after))
    scale = many // few if few else 0
    return 0 if scale == 0 or many // scale != few else scale if after >= before else -scale


def _planes(name: str, image: Any, axes: str | None, plane: int | None, time: int) -> list[numpy.ndarray]:
    """A plane (y, x) of each channel."""
    seen = taken(image, axes)
    samples = seen.samples.astype(numpy.float32)
    if seen.measured is not None:
        samples = numpy.ma.filled(numpy.ma.masked_array(samples, numpy.ma.getmaskarray(seen.given)), numpy.nan)
    order = [seen.axes.find(letter) for letter in "tzcyx"]
    whole = samples.transpose([at for at in order if at >= 0]).reshape([1 if at < 0 else samples.shape[at] for at in order])
    picked = []
    for what, given, extent in (("time", time, whole.shape[0]), ("plane", whole.shape[1] // 2 if plane is None else plane, whole.shape[1])):
        if not -extent <= given < extent:
            raise ArgumentError(f"{what} is {given}; {name} has {extent}")
        picked.append(given)
    return list(whole[picked[0], picked[1]])


def _range(image: numpy.ndarray) -> tuple[float, float]:
    least, most = map(float, numpy.nanpercentile(image, (0.1, 99.9)))
    return least, most if most > least else least + 1
