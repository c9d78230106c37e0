"""Draws docs/figures/napari.png: a simulated stack of filaments before and after, in napari with the plugin.

    xvfb-run -a -s "-screen 0 1600x1200x24" python bindings/napari/screenshot.py docs/figures/napari.png
"""

from __future__ import annotations

import sys

import napari
import numpy
from PIL import Image
from qtpy.QtWidgets import QApplication

import abbe
from abbe_napari._work import Work

OPTICS = {"numerical_aperture": 1.2, "immersion_index": 1.333, "wavelength_nm": 525.0, "pixel_nm": 90.0, "step_nm": 250.0}
SHAPE = (20, 160, 160)


def filaments() -> numpy.ndarray:
    """Curves in space, as a widefield microscope of 1.2 in water would see them, with the noise of few photons."""
    generator = numpy.random.default_rng(4)
    scene = numpy.zeros(SHAPE, numpy.float32)
    for _ in range(16):
        place, way = generator.uniform((4, 0, 0), SHAPE), generator.normal(0, (0.05, 1, 1))
        for _ in range(600):
            way += generator.normal(0, (0.01, 0.06, 0.06))
            way[1:] /= numpy.hypot(*way[1:])
            place = place + 0.5 * way
            if all(0 <= at < extent for at, extent in zip(place, SHAPE)):
                scene[tuple(place.astype(int))] += 400
    kernel = abbe.psf.widefield(**OPTICS).sample(SHAPE)
    blurred = numpy.fft.irfftn(numpy.fft.rfftn(scene) * numpy.fft.rfftn(numpy.fft.ifftshift(kernel)), SHAPE)
    return generator.poisson(numpy.maximum(blurred, 0) + 5).astype(numpy.uint16)


def main(path: str) -> None:
    viewer = napari.Viewer(title="napari", show=True)
    viewer.window.resize(1280, 800)
    metadata = {"NA": 1.2, "immersion": "water", "emission_nm": 525, "modality": "widefield"}
    viewer.add_image(
        filaments(), name="filaments", colormap="green", axis_labels=("z", "y", "x"), scale=(0.25, 0.09, 0.09), units=("um",) * 3, metadata=metadata
    )
    widget = viewer.window.add_plugin_dock_widget("abbe-napari", "Deconvolve")[1]
    widget._run.native.click()
    while Work.running is not None:
        QApplication.processEvents()
    viewer.grid.enabled = True
    viewer.grid.stride = 1
    viewer.scale_bar.visible = True
    viewer.dims.current_step = (10, 0, 0)
    for layer in viewer.layers:
        layer.contrast_limits = (0, float(numpy.percentile(layer.data, 99.8)))
    viewer.reset_view()
    for _ in range(50):
        QApplication.processEvents()
    shot = Image.fromarray(viewer.screenshot(canvas_only=False, flash=False)).convert("RGB")
    shot.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    viewer.close()


if __name__ == "__main__":
    main(sys.argv[1])
