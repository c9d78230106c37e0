"""The widgets that denoise, make point spread functions, and assess; and the manifest."""

from __future__ import annotations

import json

import numpy
import pytest
from npe2 import PluginManifest

import abbe
from conftest import gaussian, psf, start


def test_the_manifest_names_what_there_is():
    manifest = PluginManifest.from_distribution("abbe-napari")
    manifest.validate_imports()
    assert [widget.display_name for widget in manifest.contributions.widgets] == [
        "Deconvolve", "Denoise", "Learn", "Point spread function", "Assess a result",
    ]  # fmt: skip
    assert manifest.package_version == abbe.__version__


def test_denoise_with_settings(viewer, small, open_widget, idle, stack):
    widget = open_widget("Denoise")
    widget._method.value = "total_variation"
    widget._fields["strength"].value = "0.5"
    start(widget)
    idle()
    numpy.testing.assert_array_equal(viewer.layers[-1].data, abbe.denoise(stack, axes="zyx", method="total_variation", strength=0.5))
    assert viewer.layers[-1].name == "cells denoised"
    assert viewer.layers[-1].metadata["abbe"]["plan"]["plan"]["steps"][0]["settings"] == {"denoise.method": "total_variation", "denoise.strength": 0.5}


def test_denoise_by_the_network(viewer, small, open_widget, idle, stack):
    expected = abbe.denoise(stack, axes="zyx", method="network")
    widget = open_widget("Denoise")
    widget._method.value = "network"
    start(widget)
    idle()
    numpy.testing.assert_array_equal(viewer.layers[-1].data, expected)


@pytest.mark.parametrize("ndim", [2, 3])
def test_a_point_spread_function_is_a_layer_of_its_size(viewer, open_widget, idle, stack, ndim):
    image = stack if ndim == 3 else stack[4]
    viewer.add_image(image, scale=(0.2, 0.065, 0.065)[-ndim:], units=("um",) * ndim)
    widget = open_widget("Point spread function")
    widget._optics._kind.value = "widefield"
    for name, value in {"numerical_aperture": "0.8", "immersion_index": "1", "wavelength_nm": "525", "energy": "0.8"}.items():
        widget._optics.fields[name].value = value
    start(widget)
    idle()
    made = viewer.layers[-1]
    told = abbe.psf.widefield(numerical_aperture=0.8, immersion_index=1.0, wavelength_nm=525, energy=0.8, pixel_nm=65, step_nm=200)
    numpy.testing.assert_allclose(made.data, told.sample(ndim=ndim), rtol=1e-5, atol=1e-9)
    numpy.testing.assert_allclose(made.scale, (0.2, 0.065, 0.065)[-ndim:])
    assert str(made.units[0]) == "micrometer" and made.name == "PSF widefield 525"
    assert json.loads(json.dumps(made.metadata["abbe"]))["optics"][0]["settings"]["numerical_aperture"] == 0.8


def assessing(open_widget, viewer, raw, result):
    widget = open_widget("Assess a result")
    widget._image.value, widget._result.value = raw, result
    return widget


def test_assess_is_that_of_the_call(viewer, open_widget, idle, stack):
    restored = abbe.deconvolve(stack, psf(), iterations=5)
    place = {"scale": (0.2, 0.065, 0.065), "units": ("um",) * 3, "translate": (1, 2, 3)}
    raw = viewer.add_image(stack[:, :, ::-1][:, :, ::-1], name="raw", **place)
    widget = assessing(open_widget, viewer, raw, viewer.add_image(restored, name="restored", **place))
    widget._deblurred.value = True
    gaussian(widget)
    start(widget)
    idle()
    expected = abbe.assess(stack, restored, psf=psf())
    for name in ("error", "residual", "suspicion"):
        numpy.testing.assert_allclose(viewer.layers[f"raw {name}"].data, getattr(expected, name), rtol=1e-4, atol=1e-4)
        numpy.testing.assert_allclose(viewer.layers[f"raw {name}"].extent.world, raw.extent.world)
    told = json.loads(widget._numbers.value)
    assert told["squirrel"]["rsp"] == pytest.approx(expected.report["squirrel"]["rsp"])


def test_assess_takes_the_time_point_and_channel_that_are_shown(viewer, open_widget, idle, stack):
    image = numpy.random.default_rng(5).poisson(100, (3, 2, 40, 44)).astype(numpy.uint16)
    result = abbe.denoise(image, axes="tcyx")
    labels = {"axis_labels": ("t", "c", "y", "x")}
    raw, made = viewer.add_image(image, name="raw", **labels), viewer.add_image(result, name="made", **labels)
    viewer.dims.current_step = (2, 1, 0, 0)
    widget = assessing(open_widget, viewer, raw, made)
    start(widget)
    idle()
    expected = abbe.assess(image[2, 1], result[2, 1])
    found = viewer.layers["raw error"]
    assert found.data.shape == (1, 1, 40, 44)
    numpy.testing.assert_allclose(found.data[0, 0], expected.error, rtol=1e-4)
    assert tuple(found.translate) == (2, 1, 0, 0)
    assert found.metadata["abbe"]["layer"]["region"] == [[2, 3], [1, 2], [0, 40], [0, 44]]


def test_layers_of_two_shapes_are_refused(viewer, small, open_widget, notified, stack):
    other = viewer.add_image(stack[:, :-1], name="cut")
    widget = assessing(open_widget, viewer, small, other)
    start(widget)
    assert notified[-1] == (
        "error", "Assess cells: layer 'cut' has the shape (8, 39, 44) and layer 'cells' has (8, 40, 44); both must have the same",
    )  # fmt: skip
    widget._result.value = small
    start(widget)
    assert notified[-1] == ("error", "Assess cells: result is the image itself; choose the layer that was made of it")
    assert len(viewer.layers) == 2
