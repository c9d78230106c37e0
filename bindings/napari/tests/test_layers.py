"""Every kind of layer is taken right, or refused in words that say what to do; nothing is lost."""

from __future__ import annotations

import dask.array
import numpy
import pytest

import abbe
from conftest import gaussian, psf, start


def denoised(viewer, widget, idle):
    """The layer that a denoiser without a network makes."""
    widget._method.value = "total_variation"
    start(widget)
    idle()
    return viewer.layers[-1]


def test_colours_are_refused(viewer, open_widget, notified):
    viewer.add_image(numpy.zeros((20, 22, 3), numpy.uint8), rgb=True, name="photo")
    widget = open_widget("Denoise")
    start(widget)
    assert len(viewer.layers) == 1
    assert notified[-1][0] == "error"
    assert "'photo' is in colours (RGB); its channels must be layers; split it" in notified[-1][1]


def test_labels_are_not_offered(viewer, small, open_widget):
    viewer.add_labels(numpy.ones((8, 40, 44), int))
    viewer.add_points(numpy.zeros((2, 3)))
    assert list(open_widget("Deconvolve")._image.choices) == [small]


def test_without_a_layer(viewer, open_widget, notified):
    start(open_widget("Deconvolve"))
    assert notified[-1] == ("error", "there is no image layer; open an image first")


@pytest.mark.parametrize("kind", ["numpy", "dask", "multiscale"])
def test_arrays_that_are_lazy_and_pyramids_are_worked_on_in_full(viewer, open_widget, idle, stack, kind):
    lazy = dask.array.from_array(stack, chunks=(4, 20, 22))
    data = {"numpy": stack, "dask": lazy, "multiscale": [lazy, lazy[:, ::2, ::2]]}[kind]
    layer = viewer.add_image(data, multiscale=kind == "multiscale", scale=(2, 1, 1), translate=(1, 2, 3))
    made = denoised(viewer, open_widget("Denoise"), idle)
    numpy.testing.assert_array_equal(made.data, abbe.denoise(stack, axes="zyx", method="total_variation"))
    numpy.testing.assert_allclose(made.extent.world, layer.extent.world)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "uint64", "float16", "float64", ">u2"])
def test_sample_types_become_what_abbe_takes(viewer, open_widget, idle, stack, dtype):
    image = (stack[4] // 4).astype(dtype)
    viewer.add_image(image)
    made = denoised(viewer, open_widget("Denoise"), idle)
    numpy.testing.assert_allclose(made.data, abbe.denoise(image.astype(numpy.float32), method="total_variation"), rtol=1e-5)
    assert made.metadata["abbe"]["layer"]["dtype"] == str(numpy.dtype(dtype))


@pytest.mark.parametrize(
    ("sample", "dtype", "said"),
    [
        (numpy.nan, "float32", "NaN or infinite"),
        (1e300, "float64", "NaN or infinite"),
        (2**24 + 1, "int32", "beyond 2^24, which float32 cannot hold"),
        (True, "bool", "samples of type bool"),
    ],
)
def test_samples_that_cannot_be_taken_are_refused(viewer, open_widget, idle, notified, sample, dtype, said):
    image = numpy.zeros((30, 32), dtype)
    image[3, 4] = sample
    viewer.add_image(image, contrast_limits=(0, 1))
    widget = open_widget("Denoise")
    assert denoised(viewer, widget, idle) is viewer.layers[0]
    assert [one for one in notified if one[0] == "error" and said in one[1]]
    assert widget._run.enabled


@pytest.mark.parametrize("axes", ["", "yx", "zzx", "xyq", "tcx", "zyxc"])
def test_axes_that_do_not_fit_are_refused(viewer, small, open_widget, notified, axes):
    widget = open_widget("Denoise")
    widget._axes.value = axes
    start(widget)
    assert notified[-1][0] == "error" and "there must be one letter of t, c, z, y, x for each" in notified[-1][1]


@pytest.mark.parametrize(
    ("labels", "axes"),
    [(None, "zyx"), (("Time", "Y", "X"), "tyx"), (("x", "y", "z"), "xyz"), (("a", "b", "c"), ""), (("z", "z", "x"), "")],
)
def test_axes_are_those_of_the_labels(viewer, open_widget, stack, labels, axes):
    viewer.add_image(stack, axis_labels=labels)
    assert open_widget("Denoise").axes == axes


def test_axes_in_any_order(viewer, open_widget, idle, stack):
    image = stack.T
    viewer.add_image(image, axis_labels=("x", "y", "z"), scale=(0.065, 0.065, 0.2), units=("um",) * 3)
    widget = open_widget("Deconvolve")
    gaussian(widget)
    widget._fields["iterations"].value = "2"
    start(widget)
    idle()
    numpy.testing.assert_allclose(viewer.layers[-1].data, abbe.deconvolve(stack, psf(), iterations=2).T, rtol=1e-5)


def test_more_than_memory_is_refused_before_it_is_read(viewer, open_widget, idle, notified):
    def never(*_block, **_more):
        raise AssertionError("read")

    image = dask.array.zeros((10**6, 10**4, 10**3), chunks=(10**6, 10**4, 10**3), dtype=numpy.uint8).map_blocks(never, dtype=numpy.uint8)
    viewer.add_image(image, name="huge", contrast_limits=(0, 1), visible=False)
    widget = open_widget("Denoise")
    denoised(viewer, widget, idle)
    assert [text for severity, text in notified if severity == "error" and "'huge' and its result need 50000.0 GB" in text]


def test_pixels_that_are_not_square_are_refused(viewer, open_widget, notified, stack):
    viewer.add_image(stack, name="cells", scale=(0.2, 0.1, 0.065), units=("um",) * 3)
    widget = open_widget("Deconvolve")
    gaussian(widget)
    assert "pixels of 100 by 65 nm (y, x); they must be square" in widget._optics.told
    start(widget)
    assert notified[-1][0] == "error" and "they must be square" in notified[-1][1]
