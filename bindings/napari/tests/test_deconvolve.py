"""Results are those of abbe's own calls, in layers that lie where their images do."""

from __future__ import annotations

import json

import numpy

import abbe
from conftest import gaussian, psf, start


def test_the_result_is_that_of_the_call_and_lies_where_the_image_does(viewer, small, open_widget, idle, stack):
    widget = open_widget("Deconvolve")
    gaussian(widget)
    widget._fields["iterations"].value = "4"
    widget._fields["algorithm"].value = "richardson_lucy"
    start(widget)
    idle()
    made = viewer.layers[-1]
    expected = abbe.deconvolve(stack, psf(), iterations=4, algorithm="richardson_lucy")
    numpy.testing.assert_array_equal(made.data, expected)
    assert made.name == "cells deconvolved"
    assert made.colormap.name == "green"
    assert made.axis_labels == ("z", "y", "x") and made.units == small.units
    numpy.testing.assert_allclose(made.scale, small.scale)
    numpy.testing.assert_allclose(made.translate, small.translate)
    report = made.metadata["abbe"]
    assert json.loads(json.dumps(report)) == report
    assert report["optics"][0]["from"]["pixel_nm"]["from"] == "scale of the layer"
    again = abbe.Plan.load_json(report["plan"])
    numpy.testing.assert_array_equal(again(stack, axes="zyx"), expected)


def test_channels_have_point_spread_functions_of_their_own(viewer, open_widget, idle, stack):
    image = numpy.stack([stack, stack[::-1]])
    viewer.add_image(image, scale=(1, 0.2, 0.065, 0.065), units=("pixel", "um", "um", "um"), axis_labels=("c", "z", "y", "x"))
    widget = open_widget("Deconvolve")
    widget._optics._kind.value = "widefield"
    for name, value in {"numerical_aperture": "0.8", "immersion_index": "1", "wavelength_nm": "461, 600", "energy": "0.8"}.items():
        widget._optics.fields[name].value = value
    widget._fields["iterations"].value = "2"
    start(widget)
    idle()
    optics = {"numerical_aperture": 0.8, "immersion_index": 1.0, "energy": 0.8, "pixel_nm": 65.0, "step_nm": 200.0}
    psfs = [abbe.psf.widefield(wavelength_nm=one, **optics) for one in (461, 600)]
    made = viewer.layers[-1]
    numpy.testing.assert_allclose(made.data, abbe.deconvolve(image, psfs, axes="czyx", iterations=2), rtol=1e-5)
    assert [one["settings"]["wavelength_nm"] for one in made.metadata["abbe"]["optics"]] == [461, 600]
    assert len(made.metadata["abbe"]["plan"]["plan"]["steps"][0]["channel_psfs"]) == 2
    widget._preview.native.click()
    idle()
    preview = viewer.layers[-1]
    assert preview.data.shape == (1, *stack.shape)
    numpy.testing.assert_allclose(preview.data[0], made.data[0], rtol=1e-5)


def test_an_image_of_time_channels_and_stacks(viewer, open_widget, idle, stack):
    image = numpy.stack([stack] * 4).reshape(2, 2, *stack.shape)
    viewer.add_image(image, scale=(1, 1, 0.2, 0.065, 0.065), units=("s", "pixel", "um", "um", "um"))
    widget = open_widget("Deconvolve")
    assert widget.axes == "tczyx"
    gaussian(widget)
    widget._fields["iterations"].value = "2"
    start(widget)
    idle()
    numpy.testing.assert_allclose(viewer.layers[-1].data, abbe.deconvolve(image, [psf()] * 2, iterations=2), rtol=1e-5)


def test_a_measured_one_is_brought_to_the_size_of_the_image(viewer, small, open_widget, idle, stack):
    kernel = psf().sample()
    viewer.add_image(kernel, name="kernel", scale=(0.2, 0.065, 0.065), units=("um",) * 3)
    widget = open_widget("Deconvolve")
    widget._image.value = small
    widget._optics._kind.value = "measured"
    widget._optics._samples.value = viewer.layers["kernel"]
    widget._fields["iterations"].value = "2"
    start(widget)
    idle()
    sizes = {"pixel_nm": 65.0, "step_nm": 200.0, "samples_pixel_nm": 65.0, "samples_step_nm": 200.0}
    expected = abbe.deconvolve(stack, abbe.psf.measured(kernel, **sizes), iterations=2)
    numpy.testing.assert_allclose(viewer.layers[-1].data, expected, rtol=1e-5)


def test_the_background_is_given_or_estimated(viewer, small, open_widget, idle, notified, stack):
    widget = open_widget("Deconvolve")
    gaussian(widget)
    widget._fields["iterations"].value = "2"
    widget._estimated.value = True
    start(widget)
    idle()
    expected = abbe.deconvolve(stack, psf(), iterations=2, background="estimated")
    numpy.testing.assert_allclose(viewer.layers[-1].data, expected, rtol=1e-5)
    widget._fields["background"].value = "20"
    start(widget)
    assert notified[-1] == ("error", "Deconvolve cells: background is given and is to be estimated; do one of them")
    widget._estimated.value = False
    start(widget)
    idle()
    expected = abbe.deconvolve(stack, psf(), iterations=2, background=20)
    numpy.testing.assert_allclose(viewer.layers[-1].data, expected, rtol=1e-5)


def test_a_preview_is_a_part_that_lies_in_its_place(viewer, open_widget, idle):
    image = numpy.random.default_rng(3).poisson(50, (40, 300, 310)).astype(numpy.uint16)
    place = {"scale": (0.2, 0.065, 0.065), "rotate": (20, 0, 0), "translate": (5, 6, 7), "units": ("um",) * 3}
    layer = viewer.add_image(image, name="cells", **place)
    widget = open_widget("Deconvolve")
    gaussian(widget)
    widget._fields["iterations"].value = "1"
    viewer.dims.set_point(0, layer.data_to_world((39, 0, 0))[0])
    viewer.camera.center = layer.data_to_world((39, 60, 200))
    widget._preview.native.click()
    idle()
    preview = viewer.layers[-1]
    report = preview.metadata["abbe"]
    assert report["layer"]["region"][0] == [7, 40]
    part = tuple(slice(*ends) for ends in report["layer"]["region"])
    assert preview.data.shape == (33, 256, 256) == image[part].shape
    numpy.testing.assert_allclose(preview.data, abbe.deconvolve(image[part], psf(), iterations=1), rtol=1e-4)
    corner = [one.start for one in part]
    numpy.testing.assert_allclose(preview.data_to_world((0, 0, 0)), layer.data_to_world(corner))
    numpy.testing.assert_allclose(preview.data_to_world((3, 4, 5)), layer.data_to_world(numpy.add(corner, (3, 4, 5))))
    count = len(viewer.layers)
    widget._preview.native.click()
    idle()
    assert len(viewer.layers) == count, "a preview replaces the one before"
    assert preview not in viewer.layers
