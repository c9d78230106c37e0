"""The widget that takes the noise out of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from magicgui.widgets import ComboBox, Container
from napari.layers import Image

from abbe.operations import denoising, run

from ._fields import Fields
from ._layers import Region, Source
from ._panel import Panel
from ._report import report
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer

METHODS = ("patches", "wavelets", "total_variation", "network")


class Denoise(Panel):
    """Takes the noise out of a layer; see :func:`abbe.denoise`."""

    def __init__(self, napari_viewer: Viewer) -> None:
        self._method = ComboBox(
            choices=METHODS,
            label="method",
            tooltip="patches: from similar patches, plane by plane; for noise that neighbours share, too\n"
            "total_variation: planes of a stack together\n"
            "network: the one that is built in, plane by plane",
        )
        self._fields = Fields("denoise", ("strength", "gain", "offset", "read_noise"))
        super().__init__(napari_viewer, [Container(widgets=[self._method]), self._fields], "Denoise")

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        method = self._method.value
        settings = self._fields.settings()

        def call(work: Work) -> tuple[Any, dict[str, Any]]:
            image = source.read(region)
            chain = denoising(method, settings)
            result, plan = run(image, chain, source.axes, progress=work.hear, watch=work.watch)
            return result, report(source, region, plan=plan)

        return call

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        samples, found = result
        return [source.like(samples, region, f"{name} denoised", found)]
