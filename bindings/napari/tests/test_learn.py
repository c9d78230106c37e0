"""The widget that learns from the layer itself."""

from __future__ import annotations

import json

import numpy
import pytest
from qtpy.QtWidgets import QFileDialog

import abbe
from abbe_napari._work import Work
from conftest import start


@pytest.fixture()
def series(viewer):
    """Two time points of 64 x 64 pixels, the second of which is shown."""
    truth = numpy.where(numpy.add.outer(numpy.arange(64), numpy.arange(64)) % 8 == 0, 60.0, 10.0)
    image = numpy.random.default_rng(4).poisson(truth, (2, 64, 64)).astype(numpy.uint16)
    layer = viewer.add_image(image, name="cells", axis_labels=("t", "y", "x"), scale=(1, 0.065, 0.065))
    viewer.dims.current_step = (1, 0, 0)
    return layer


def choose(monkeypatch, path):
    """Has the dialog for files answer a path."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_told: (str(path), ""))


def test_the_time_point_that_is_shown_is_learnt_from_and_the_network_saved(
    viewer, series, open_widget, idle, notified, monkeypatch, tmp_path
):
    widget = open_widget("Learn")
    assert not widget._save.enabled
    for name, value in {"method": "blind_spots", "steps": "1", "seed": "5"}.items():
        widget._fields[name].value = value
    start(widget)
    idle()
    with abbe.learn(series.data[1], method="blind_spots", steps=1, seed=5) as learnt:
        expected, learning = learnt(series.data[1]), learnt.describe()["learning"]
    made = viewer.layers[-1]
    assert made.name == "cells denoised" and tuple(made.translate) == (1, 0, 0)
    numpy.testing.assert_array_equal(made.data[0], expected)
    told = json.loads(json.dumps(made.metadata["abbe"]))
    assert told["learning"]["settings"] == learning["settings"] and told["layer"]["region"] == [[1, 2], [0, 64], [0, 64]]
    assert json.loads(widget._outcome.value)["held_out"] == learning["outcome"]["held_out"]
    choose(monkeypatch, "")
    widget._save.native.click()
    choose(monkeypatch, tmp_path / "missing" / "learnt.zip")
    widget._save.native.click()
    assert notified[-1][0] == "error" and "cannot be written" in notified[-1][1]
    assert list(tmp_path.iterdir()) == []
    choose(monkeypatch, tmp_path / "learnt.zip")
    widget._save.native.click()
    with abbe.Model(tmp_path / "learnt.zip") as saved, abbe.Plan() as plan:
        again = plan.add("denoise", method="network", model=saved)(series.data[1])
    numpy.testing.assert_array_equal(again, expected)


def test_cancelled_learning_makes_no_layer(viewer, series, open_widget, idle, qtbot, notified):
    widget = open_widget("Learn")
    widget._fields["steps"].value = "100000"
    start(widget)
    qtbot.waitUntil(lambda: Work.running is not None and Work.running.share > 0, timeout=60_000)
    widget._cancel.native.click()
    idle()
    assert notified == [("info", "Learn cells: cancelled")]
    assert len(viewer.layers) == 1 and not widget._save.enabled


def test_a_parameter_out_of_range_is_refused(viewer, series, open_widget, idle, notified):
    widget = open_widget("Learn")
    widget._fields["steps"].value = "-1"
    start(widget)
    idle()
    assert notified[-1][0] == "error" and "learn.steps is -1; it must be 0 to 100000" in notified[-1][1]
