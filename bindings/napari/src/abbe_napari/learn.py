"""The widget that adapts the denoiser that is built in to an image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

from magicgui.widgets import PushButton, TextEdit
from napari.layers import Image
from napari.utils.notifications import show_error
from qtpy.QtWidgets import QFileDialog

import abbe
from abbe.operations import run

from ._fields import Fields
from ._layers import Region, Source, shown
from ._panel import Panel
from ._report import report
from ._work import Work

if TYPE_CHECKING:
    from napari.viewer import Viewer


class Learn(Panel):
    """Learns from a layer at the time point and in the channel that are shown, and takes the noise out of that; see :func:`abbe.learn`."""

    def __init__(self, napari_viewer: Viewer) -> None:
        self._learnt: abbe.Model | None = None
        self._fields = Fields("learn", ("method", "steps", "seed"))
        self._save = PushButton(
            text="Save network", enabled=False, tooltip="Writes what was learnt last to a package, for abbe.Model, abbe denoise --model and others"
        )
        self._outcome = TextEdit(value="", label="")
        self._outcome.read_only = True
        super().__init__(napari_viewer, [self._fields, self._save, self._outcome], "Learn", preview=False)
        self._save.changed.connect(lambda: self.save(self._ask()))

    def region(self, source: Source) -> Region:
        return shown(self.layer, source.axes, self.point)

    def prepare(self, source: Source, region: Region) -> Callable[[Work], Any]:
        settings = self._fields.settings()
        inner = tuple(0 if letter in "tc" else slice(None) for letter in source.axes)
        spatial = [letter for letter in source.axes if letter in "zyx"]
        order = [spatial.index(letter) for letter in "zyx" if letter in spatial]

        def call(work: Work) -> tuple[Any, dict[str, Any], abbe.Model]:
            image = source.read(region)
            learnt = abbe.learn(image[inner].transpose(order), progress=lambda share: work.hear(0.9 * share), **settings)
            chain = [("denoise", {"method": "network", "model": learnt})]
            # Where learning was cancelled, this is cancelled at once.
            result, plan = run(image, chain, source.axes, progress=lambda share: work.hear(0.9 + 0.1 * share), watch=work.watch)
            return result, report(source, region, learning=learnt.describe()["learning"], plan=plan), learnt

        return call

    def finish(self, source: Source, region: Region, result: Any, name: str) -> list[Image]:
        samples, found, self._learnt = result
        self._outcome.value = json.dumps(found["learning"]["outcome"], indent=2)
        self._save.enabled = True
        return [source.like(samples, region, f"{name} denoised", found)]

    def save(self, path: str) -> None:
        """Writes what was learnt last to a file; "" writes nothing."""
        if not path or self._learnt is None:
            return
        try:
            self._learnt.save(path)
        except abbe.Error as failure:
            show_error(f"Save network: {failure}")

    def _ask(self) -> str:
        return QFileDialog.getSaveFileName(self.native, "Save network", "learnt.zip", "Packages (*.zip)")[0]
