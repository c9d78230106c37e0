"""The widget that makes a point spread function, of optics or of beads, as a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from napari.layers import Image

import abbe

from ._layers import Region, Source, images_of
from ._optics import Optics
from ._panel import Panel
from ._report import report
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer


class Psf(Panel):
    """Makes the point spread function of a layer's optics, or of the beads in one, a layer for each channel."""

    def __init__(self, napari_viewer: Viewer) -> None:
        self._optics = Optics(images_of(napari_viewer))
        super().__init__(napari_viewer, [self._optics], "Make", preview=False)

    def taken(self, *_value: Any) -> None:
        self._optics.take(self.layer, self.axes)

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        make = self._optics.maker()
        ndim = 3 if "z" in source.axes else 2

        def call(work: Work) -> list[tuple[Any, str, dict[str, Any]]]:
            found = []
            for psf in make():
                work.watch(psf)
                samples = psf.sample(ndim=ndim)
                name = f"PSF {psf.kind} {psf.settings.get('wavelength_nm', '')}".strip()
                found.append((samples, name, {**report(source, region, psfs=[psf]), "psf": psf.report()}))
            return found

        return call

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        return [self._layer(samples, title, found) for samples, title, found in result]

    def _layer(self, samples: Any, title: str, found: dict[str, Any]) -> Image:
        settings = found["optics"][0]["settings"]
        scale = [settings.get(name, 0) / 1000 for name in ("step_nm", "pixel_nm", "pixel_nm")][-samples.ndim :]
        # A measured one may have no size, if its layer had none.
        place = {"scale": scale, "units": ["um"] * samples.ndim} if all(scale) else {}
        return Image(samples, name=title, metadata={"abbe": found}, axis_labels=tuple("zyx"[-samples.ndim :]), **place)
