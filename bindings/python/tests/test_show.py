"""Pictures of an image before and after."""

from __future__ import annotations

import numpy
import pytest

import abbe

pytest.importorskip("matplotlib", reason="SKIPPED: matplotlib is not there; pip install abbe[figures]")


def test_image_result_and_difference_of_the_middle_plane(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    result = abbe.deconvolve(stack, psf, iterations=2)
    figure = abbe.show(stack, result)
    before, after, difference = (axis for axis in figure.axes if axis.images)
    assert [axis.get_title() for axis in (before, after, difference)] == ["image", "result", "result - image"]
    for axis, expected in ((before, stack[6]), (after, result[6]), (difference, result[6] - stack[6])):
        numpy.testing.assert_array_equal(axis.images[0].get_array(), expected)
    least, most = difference.images[0].get_clim()
    assert least == -most < 0
    assert figure._repr_png_().startswith(b"\x89PNG")
    first = abbe.show(stack, result, plane=0)
    numpy.testing.assert_array_equal(first.axes[0].images[0].get_array(), stack[0])
    with pytest.raises(abbe.ArgumentError, match="plane is 12; before has 12"):
        abbe.show(stack, result, plane=12)


def test_channels_are_rows_and_other_extents_have_no_difference(stack: numpy.ndarray) -> None:
    figure = abbe.show(stack[:2], stack[:2] + 1, axes="cyx")
    assert len([axis for axis in figure.axes if axis.images]) == 6
    larger = numpy.repeat(numpy.repeat(stack, 2, 1), 2, 2)
    assert len([axis for axis in abbe.show(stack, larger).axes if axis.images]) == 2
    with abbe.Plan() as plan:
        binned = plan.add("bin", px=3, planes=5)(stack)
    assert binned.shape == (2, 13, 14)
    assert len([axis for axis in abbe.show(stack, binned).axes if axis.images]) == 2


def test_images_that_do_not_belong_together_are_refused(stack: numpy.ndarray) -> None:
    for before, after, axes, shapes in (
        (stack, stack[:, :20], None, r'before has the shape \(12, .*\) \("zyx"\) and after \(12, 20, '),
        (stack[:3], stack[:2], "cyx", r'\("cyx"\) and after \(2, '),
        (stack[:2], stack[:4], "tyx", r'\("tyx"\) and after \(4, '),
        (stack, stack[0], None, r'\("zyx"\) and after .* \("yx"\)'),
    ):
        with pytest.raises(abbe.ArgumentError, match=shapes):
            abbe.show(before, after, axes=axes)


def test_masked_samples_are_left_out(plane: numpy.ndarray) -> None:
    masked = numpy.ma.masked_array(plane, plane > 500)
    shown = abbe.show(masked, plane).axes[0].images[0].get_array()
    assert numpy.array_equal(numpy.isnan(shown.filled(numpy.nan)), plane > 500)
