"""Layers as images with axes, sizes and samples, and results as layers in the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy
from napari.layers import Image
from napari.utils.transforms import Affine

import abbe
from abbe._memory import free_memory

if TYPE_CHECKING:
    from napari.viewer import Viewer

_LETTERS = {"time": "t", "channel": "c", "channels": "c", **{letter: letter for letter in "tczyx"}}
# What most files hold: napari's readers make a layer of each channel.
_USUAL = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}

Region = tuple[slice, ...]
"""A part of an image, one slice for each axis."""


def images_of(viewer: Viewer) -> Callable[..., list[Image]]:
    """Choices of a widget: the layers that can be worked on, images, not labels, shapes or points."""
    return lambda _widget=None: [layer for layer in viewer.layers if isinstance(layer, Image)]


def axes_of(layer: Image) -> str:
    """One letter for each axis, by the layer's axis labels, or as usual where it has none; "" where labels are others."""
    labels = [str(label).lower() for label in layer.axis_labels]
    if labels == [str(at) for at in range(-layer.ndim, 0)]:
        return _USUAL.get(layer.ndim, "")
    letters = "".join(_LETTERS.get(label, "?") for label in labels)
    return "" if "?" in letters or len(set(letters)) != len(letters) or not {"y", "x"} <= set(letters) else letters


def check_axes(layer: Image, axes: str) -> str:
    """The axes, if they can be those of the layer.

    Raises:
        abbe.ArgumentError: It is in colours, or the axes do not fit it.
    """
    if layer.rgb:
        raise abbe.ArgumentError(
            f"layer {layer.name!r} is in colours (RGB); its channels must be layers; split it, with Split RGB of its context menu"
        )
    letters = axes.strip().lower()
    fits = len(letters) == layer.ndim == len(set(letters)) and set(letters) <= set("tczyx") and {"y", "x"} <= set(letters)
    if not fits:
        raise abbe.ArgumentError(
            f"axes is {axes!r} and layer {layer.name!r} has {layer.ndim} axes; there must be one letter of t, c, z, y, x for each, "
            'y and x always, e.g. "zyx"'
        )
    return letters


def shape_of(layer: Image) -> tuple[int, ...]:
    """Extents at full resolution."""
    return tuple(int(extent) for extent in _array(layer).shape)


def distances(layer: Image, axes: str) -> dict[str, float]:
    """``pixel_nm`` and ``step_nm`` by the layer's scale, as far as that has units of length.

    Raises:
        abbe.ArgumentError: Pixels are not square.
    """
    found = {}
    for letter, scale, unit in zip(axes, layer.scale, layer.units):
        length = abs(float(scale)) * unit
        if length.is_compatible_with("nm"):
            found[letter] = float(length.to("nm").magnitude)
    if "x" not in found or "y" not in found:
        return {}
    if abs(found["x"] - found["y"]) > 0.01 * found["x"]:
        raise abbe.ArgumentError(
            f"layer {layer.name!r} has pixels of {found['y']:g} by {found['x']:g} nm (y, x); they must be square; "
            "mend its scale, or resample it"
        )
    return {"pixel_nm": found["x"], **({"step_nm": found["z"]} if "z" in found else {})}


def read(array: Any, region: Region, name: str) -> numpy.ndarray:
    """The samples of a region in memory, as a type that abbe takes; whole numbers and doubles become float32 where they fit it.

    For the thread of the work: lazy arrays are computed here.

    Raises:
        abbe.OutOfMemoryError: They and a result do not fit in what is free.
        abbe.ArgumentError: They are whole numbers too large for float32.
    """
    part = array[region]
    there = isinstance(part, numpy.ndarray)
    needed = part.size * (4 + (0 if there else part.dtype.itemsize))
    if needed > free_memory():
        raise abbe.OutOfMemoryError(
            f"layer {name!r} and its result need {needed / 1e9:.1f} GB, and {free_memory() / 1e9:.1f} GB are free; "
            "use abbe.dask.deconvolve_to or abbe.Plan.execute_blocks for images larger than memory"
        )
    samples = numpy.asarray(part)
    if samples.dtype.kind == "f" and samples.dtype.itemsize > 4:
        with numpy.errstate(over="ignore"):  # what becomes infinite is refused
            return samples.astype(numpy.float32)
    if samples.dtype.kind in "iu" and samples.dtype.newbyteorder("=") not in (numpy.uint8, numpy.uint16):
        if samples.size and max(int(samples.max()), -int(samples.min())) > 2**24:
            raise abbe.ArgumentError(
                f"layer {name!r} has samples of type {samples.dtype.name} beyond 2^24, which float32 cannot hold; rescale it first"
            )
        return samples.astype(numpy.float32)
    return samples


class Source:
    """What of a layer the work and its result need, taken when the work begins: the layer may be removed meanwhile."""

    def __init__(self, layer: Image, axes: str) -> None:
        self.name = str(layer.name)
        self.axes = check_axes(layer, axes)
        self.array = _array(layer)
        self.shape = shape_of(layer)
        self.whole: Region = tuple(slice(0, extent) for extent in self.shape)
        self._place = {
            name: getattr(layer, name) for name in ("scale", "rotate", "shear", "translate", "affine", "units", "axis_labels")
        }
        self._look = {"colormap": layer.colormap, "blending": layer.blending}
        self._metadata = dict(layer.metadata)

    def read(self, region: Region) -> numpy.ndarray:
        """The samples of a region; for the thread of the work."""
        return read(self.array, region, self.name)

    def told(self, region: Region) -> dict[str, Any]:
        """The layer, for reports."""
        part = None if region == self.whole else [[one.start, one.stop] for one in region]
        return {"name": self.name, "axes": self.axes, "shape": list(self.shape), "dtype": str(self.array.dtype), "region": part}

    def like(self, samples: numpy.ndarray, region: Region, name: str, report: dict[str, Any], **look: Any) -> Image:
        """A layer of samples that lie where the region does, and look alike.

        ``samples`` may lack axes of which the region has one sample.
        """
        shape = tuple(one.stop - one.start for one in region)
        place = dict(self._place)
        inner = Affine(**{key: place[key] for key in ("scale", "rotate", "shear", "translate")}, ndim=len(shape))
        place["translate"] = inner([one.start for one in region])
        metadata = {**self._metadata, "abbe": report}
        return Image(samples.reshape(shape), name=name, metadata=metadata, **place, **{**self._look, **look})


def same_shape(first: Image, second: Image) -> None:
    """Raises abbe.ArgumentError unless two layers have the same extents."""
    if shape_of(first) != shape_of(second):
        raise abbe.ArgumentError(
            f"layer {second.name!r} has the shape {shape_of(second)} and layer {first.name!r} has {shape_of(first)}; "
            "both must have the same"
        )


def _array(layer: Image) -> Any:
    return layer.data[0] if layer.multiscale else layer.data


def shown(layer: Image, axes: str, point: Sequence[float]) -> Region:
    """All of a layer at the time point and in the channel in which a point of the world, of as many axes as the layer, lies."""
    at = numpy.round(layer.world_to_data(point))
    return tuple(
        slice(here := int(numpy.clip(at[axis], 0, extent - 1)), here + 1) if axes[axis] in "tc" else slice(0, extent)
        for axis, extent in enumerate(shape_of(layer))
    )


def around(layer: Image, axes: str, point: Sequence[float], planes: int = 33, pixels: int = 256) -> Region:
    """As :func:`shown`, and of z, y and x only so many samples around the point."""
    at = numpy.round(layer.world_to_data(point))
    region = list(shown(layer, axes, point))
    for axis, extent in enumerate(shape_of(layer)):
        if axes[axis] in "zyx":
            most = min(planes if axes[axis] == "z" else pixels, extent)
            start = int(numpy.clip(at[axis] - most // 2, 0, extent - most))
            region[axis] = slice(start, start + most)
    return tuple(region)
