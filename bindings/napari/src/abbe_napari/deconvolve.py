"""The widget that takes the blur of a microscope out of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from magicgui.widgets import CheckBox
from napari.layers import Image

import abbe
from abbe.operations import deconvolution, run

from ._fields import Fields
from ._layers import Region, Source, images_of
from ._optics import Optics
from ._panel import Panel
from ._report import report
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer


class Deconvolve(Panel):
    """Takes the blur of a microscope out of a layer; see :func:`abbe.deconvolve`."""

    def __init__(self, napari_viewer: Viewer) -> None:
        self._optics = Optics(images_of(napari_viewer))
        self._estimated = CheckBox(
            text="estimate the background", label="", tooltip="A background step estimates it and subtracts it before the deconvolution"
        )
        # There is no result before the first, from which to go on.
        self._fields = Fields("deconvolve", ("algorithm", "iterations", "background"), hidden=("warm_start",))
        super().__init__(napari_viewer, [self._optics, self._fields, self._estimated], "Deconvolve")

    def taken(self, *_value: Any) -> None:
        self._optics.take(self.layer, self.axes)

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        make, settings = self._optics.maker(), self._fields.settings()
        background = "estimated" if self._estimated.value else None
        if background and "background" in settings:
            raise abbe.ArgumentError("background is given and is to be estimated; do one of them")

        def call(work: Work) -> tuple[Any, dict[str, Any]]:
            psfs, image = make(), source.read(region)
            if len(psfs) > 1:  # of channels, of which the region may have one
                psfs = psfs[region[source.axes.index("c")]]
            chain = deconvolution(psfs, background, settings)
            result, plan = run(image, chain, source.axes, progress=work.hear, watch=work.watch)
            return result, report(source, region, plan=plan, psfs=psfs)

        return call

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        samples, found = result
        return [source.like(samples, region, f"{name} deconvolved", found)]
