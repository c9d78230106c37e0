"""A viewer with the plugin's widgets, images with noise of fixed seed, and what napari notified of."""

from __future__ import annotations

from typing import Any, Callable

import numpy
import pytest
from napari.utils.notifications import Notification, notification_manager

import abbe
from abbe_napari._work import Work

WIDTH = {"sigma_nm": 130.0, "sigma_axial_nm": 300.0}


@pytest.fixture()
def stack() -> numpy.ndarray:
    """8 x 40 x 44 u16 (z, y, x): a blurred point on a background."""
    z, y, x = numpy.mgrid[:8, :40, :44]
    light = 800 * numpy.exp(-((z - 4) ** 2 / 4 + (y - 18) ** 2 / 8 + (x - 25) ** 2 / 8))
    return numpy.random.default_rng(8).poisson(light + 20).astype(numpy.uint16)


@pytest.fixture()
def viewer(make_napari_viewer: Callable[..., Any]) -> Any:
    return make_napari_viewer()


@pytest.fixture()
def open_widget(viewer: Any) -> Callable[[str], Any]:
    """Opens a widget by the name that napari's menu has."""
    return lambda name: viewer.window.add_plugin_dock_widget("abbe-napari", name)[1]


@pytest.fixture()
def notified() -> Any:
    """Severity and text of what napari notified of."""
    found: list[tuple[str, str]] = []

    def note(one: Notification) -> None:
        found.append((one.severity.value, one.message))

    notification_manager.notification_ready.connect(note)
    yield found
    notification_manager.notification_ready.disconnect(note)


@pytest.fixture()
def idle(qtbot: Any) -> Callable[[], None]:
    """Waits until no work runs."""
    return lambda: qtbot.waitUntil(lambda: Work.running is None, timeout=60_000)


@pytest.fixture()
def small(viewer: Any, stack: numpy.ndarray) -> Any:
    """A layer with sizes in micrometres, somewhere in the world."""
    return viewer.add_image(
        stack, name="cells", scale=(0.2, 0.065, 0.065), units=("um",) * 3, translate=(1, 2, 3), colormap="green", axis_labels=("z", "y", "x")
    )


def gaussian(widget: Any) -> None:
    """Has a widget take a Gaussian, of which small kernels are made."""
    widget._optics._kind.value = "gaussian"
    for name, value in WIDTH.items():
        widget._optics.fields[name].value = str(value)


def psf() -> abbe.Psf:
    """The same one."""
    return abbe.psf.gaussian(pixel_nm=65.0, step_nm=200.0, **WIDTH)


def start(widget: Any) -> None:
    """Clicks the button that begins."""
    widget._run.native.click()


def slow(widget: Any) -> None:
    """Has a deconvolution last until it is cancelled."""
    gaussian(widget)
    for name, value in {"algorithm": "richardson_lucy", "stop": "iterations", "iterations": "10000"}.items():
        widget._fields[name].value = value
