"""The widget that says how far a result can be believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

import numpy
from magicgui.widgets import CheckBox, ComboBox, Container, TextEdit
from napari.layers import Image

import abbe

from ._fields import Fields
from ._layers import Region, Source, images_of, same_shape, shown
from ._optics import Optics
from ._panel import Panel
from ._report import report
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer

_LOOKS = {
    "error": {"colormap": "inferno"},
    "residual": {"colormap": "twilight_shifted", "contrast_limits": (-5, 5)},
    "suspicion": {"colormap": "turbo", "contrast_limits": (0, 2)},
}


class Assess(Panel):
    """Holds a result against the image that it was made of, at the time point and in the channel that are shown; see :func:`abbe.assess`."""

    def __init__(self, napari_viewer: Viewer) -> None:
        self._result = ComboBox(choices=images_of(napari_viewer), label="result", tooltip="What was made of the image")
        self._deblurred = CheckBox(
            text="the result is without the blur of", label="", tooltip="Not checked: it is as blurred as the image, as after denoising"
        )
        self._optics = Optics(images_of(napari_viewer))
        # Layers of one size lie on one grid, whose sizes the optics have; memory is what is free.
        self._fields = Fields("assess", ("gain", "offset", "read_noise"), hidden=("pixel_nm", "step_nm", "memory_cap_bytes"))
        self._numbers = TextEdit(value="", label="")
        self._numbers.read_only = True
        super().__init__(
            napari_viewer, [Container(widgets=[self._result]), self._deblurred, self._optics, self._fields, self._numbers], "Assess", preview=False
        )
        self._deblurred.changed.connect(self._choose)
        self._choose()

    def taken(self, *_value: Any) -> None:
        self._optics.take(self.layer, self.axes)

    def region(self, source: Source) -> Region:
        return shown(self.layer, source.axes, self.point)

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        if self._result.value is None or self._result.value is self.layer:
            raise abbe.ArgumentError("result is the image itself; choose the layer that was made of it")
        same_shape(self.layer, self._result.value)
        other = Source(self._result.value, source.axes)
        make = self._optics.maker() if self._deblurred.value else None
        settings = self._fields.settings()
        inner = tuple(0 if letter in "tc" else slice(None) for letter in source.axes)
        spatial = [letter for letter in source.axes if letter in "zyx"]
        order = [spatial.index(letter) for letter in "zyx" if letter in spatial]

        def call(work: Work) -> tuple[Any, dict[str, Any]]:
            images = [one.read(region)[inner].transpose(order) for one in (source, other)]
            psfs = [] if make is None else make()
            if len(psfs) > 1:
                psfs = psfs[region[source.axes.index("c")]]
            trust = abbe.assess(*images, psf=psfs[0] if psfs else None, progress=work.hear, **settings)
            found = report(source, region, psfs=psfs, result=other.told(region), settings=settings, assess=trust.report)
            return {name: getattr(trust, name).transpose(numpy.argsort(order)) for name in _LOOKS}, found

        return call

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        maps, found = result
        self._numbers.value = json.dumps(found["assess"], indent=2)
        return [source.like(samples, region, f"{name} {one}", found, **_LOOKS[one]) for one, samples in maps.items()]

    def _choose(self, *_value: Any) -> None:
        self._optics.visible = bool(self._deblurred.value)
