"""Work runs beside the window: it tells how far it is, can be stopped, and outlives neither its window nor its layer's data."""

from __future__ import annotations

import numpy
import pytest

import abbe
from abbe_napari._work import Work
from conftest import gaussian, psf, slow, start


@pytest.fixture()
def at_work(small, open_widget, qtbot):
    """A widget with a work that has begun to tell of progress."""
    widget = open_widget("Deconvolve")
    slow(widget)
    start(widget)
    qtbot.waitUntil(lambda: Work.running is not None and Work.running.share > 0, timeout=60_000)
    yield widget
    if Work.running is not None:
        Work.running.cancel()
        qtbot.waitUntil(lambda: Work.running is None, timeout=60_000)


def test_progress_and_cancel(viewer, at_work, qtbot, idle, notified):
    assert not at_work._run.enabled and at_work._cancel.enabled
    qtbot.waitUntil(lambda: at_work._bar.value > 0, timeout=60_000)
    at_work._cancel.native.click()
    idle()
    assert notified == [("info", "Deconvolve cells: cancelled")]
    assert len(viewer.layers) == 1
    assert at_work._run.enabled and not at_work._cancel.enabled and at_work._bar.value == 0


def test_one_work_at_a_time(viewer, at_work, open_widget, notified):
    start(open_widget("Denoise"))
    assert notified[-1] == ("warning", "abbe is at work (Deconvolve cells); wait for it, or cancel it")
    assert Work.running.title == "Deconvolve cells"


def test_a_layer_that_is_removed_meanwhile(viewer, small, open_widget, idle, stack):
    widget = open_widget("Deconvolve")
    gaussian(widget)
    widget._fields["iterations"].value = "20"
    start(widget)
    viewer.layers.remove(small)
    assert Work.running is not None
    idle()
    assert [layer.name for layer in viewer.layers] == ["cells deconvolved"]
    numpy.testing.assert_allclose(viewer.layers[0].data, abbe.deconvolve(stack, psf(), iterations=20), rtol=1e-4)


def test_a_window_that_is_closed_meanwhile(viewer, at_work, idle, capsys):
    viewer.close()
    idle()
    assert "Traceback" not in capsys.readouterr().err


def test_a_widget_that_is_closed_meanwhile(viewer, at_work, idle, qtbot):
    dock = next(dock for name, dock in viewer.window._wrapped_dock_widgets.items() if name.startswith("Deconvolve"))
    viewer.window.remove_dock_widget(dock)
    at_work.native.deleteLater()
    idle()
    assert len(viewer.layers) == 1


def test_a_failure_of_a_reader_is_shown(viewer, open_widget, idle, notified):
    import dask.array

    def broken(block, block_info=None):
        if block_info and block_info[None]["chunk-location"] != (0, 0):
            raise OSError("the disk is gone")
        return block

    image = dask.array.zeros((64, 64), chunks=(32, 32), dtype=numpy.uint8).map_blocks(broken, dtype=numpy.uint8)
    viewer.add_image(image, name="cells", contrast_limits=(0, 1), visible=False, cache=False)
    widget = open_widget("Denoise")
    start(widget)
    idle()
    assert ("error", "Denoise cells: the disk is gone") in notified
    assert widget._run.enabled


def test_doubts_are_shown_each_time(viewer, small, open_widget, idle, notified):
    small.metadata = {}
    widget = open_widget("Deconvolve")
    for name, value in {"numerical_aperture": "0.5", "immersion_index": "1", "wavelength_nm": "525", "energy": "0.6"}.items():
        widget._optics.fields[name].value = value
    widget._fields["iterations"].value = "1"
    for _ in range(2):
        notified.clear()
        start(widget)
        idle()
        said = [text for severity, text in notified if severity == "warning"]
        assert sum("widefield is assumed" in text for text in said) == 1, said


def test_values_out_of_range_are_refused_in_abbes_words(viewer, small, open_widget, idle, notified):
    widget = open_widget("Deconvolve")
    gaussian(widget)
    refusals = {"0": "0; it must be 1 to 10000", "3.5": "3.5; it must be a whole number", "x": "'x'; it must be a whole number"}
    for text, said in refusals.items():
        widget._fields["iterations"].value = text
        start(widget)
        idle()
        assert notified[-1][0] == "error" and f"deconvolve.iterations is {said}" in notified[-1][1]
    assert len(viewer.layers) == 1
