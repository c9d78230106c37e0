"""What scientists hand over as images: named axes, colours, series, paths; and that doubts are seen."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

import abbe

SETTINGS: dict[str, Any] = {"iterations": 3, "algorithm": "richardson_lucy"}


def restored(image: Any, psf: abbe.Psf, **arguments: Any) -> Any:
    return abbe.deconvolve(image, psf, **SETTINGS, **arguments)


def test_dims_are_axes(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    xarray = pytest.importorskip("xarray", reason="SKIPPED: xarray is not there; pip install xarray")
    coords = {"z": numpy.arange(12) * 0.2, "name": ("y", list("ab" * 20))}
    image = xarray.DataArray(stack, dims=("z", "y", "x"), coords=coords, name="cells", attrs={"stain": "DAPI"})
    turned = image.transpose("y", "x", "z")
    expected = restored(stack, psf)
    found = restored(turned, psf)
    assert found.dims == ("y", "x", "z") and found.name == "cells" and found.attrs == {"stain": "DAPI"}
    assert set(found.coords) == set(coords) and found.coords.equals(turned.coords)
    assert numpy.array_equal(found.transpose("z", "y", "x").values, expected)
    assert numpy.array_equal(restored(image.rename(z="Z", y="Y", x="X"), psf).values, expected)
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf, **SETTINGS).set_input(image).set_output("float32")
        with pytest.raises(abbe.ArgumentError, match="has the dims"):
            plan.execute(turned, numpy.empty_like(stack))
    with pytest.raises(abbe.ArgumentError, match=r"dims \('depth', 'y', 'x'\); they must be letters of t, c, z, y, x"):
        restored(image.rename(z="depth"), psf)
    assert numpy.array_equal(restored(image.rename(z="depth"), psf, axes="zyx").values, expected)
    with pytest.raises(abbe.ArgumentError, match="leave axes out"):
        restored(turned, psf, axes="zyx")


@pytest.mark.parametrize(("shape", "axes"), [((40, 44, 3), "yxc"), ((5, 40, 44, 4), "zyxc"), ((2, 5, 40, 44, 3), "tzyxc")])
def test_colours_are_asked_about(shape: tuple[int, ...], axes: str, psf: abbe.Psf) -> None:
    image = numpy.ones(shape, numpy.uint8)
    with pytest.raises(abbe.ArgumentError, match=f'looks like colours.*axes="{axes}" for colours'):
        restored(image, psf)
    with pytest.raises(abbe.ArgumentError, match="looks like colours"):
        abbe.denoise(image)
    assert restored(image, psf, axes=axes).shape == shape


def test_axes_of_tifffile_are_taken(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    assert numpy.array_equal(restored(stack, psf, axes="ZYX"), restored(stack, psf))
    colours = numpy.moveaxis(stack[:3], 0, -1)
    assert numpy.array_equal(restored(colours, psf, axes="YXS"), restored(colours, psf, axes="yxc"))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("stack.tif", r"image is a path, 'stack.tif'; give its samples, e.g. tifffile.imread\(path\)"),
        (Path("stack.tif"), "image is a path"),
        (None, "image is None; give one numpy array"),
        ([numpy.ones((8, 8), numpy.uint8)] * 2, r"image is a list; give one numpy array, e.g. with numpy.stack"),
    ],
)
def test_what_is_no_image_is_told(image: Any, message: str, psf: abbe.Psf) -> None:
    for call in (lambda: restored(image, psf), lambda: abbe.denoise(image), lambda: abbe.Plan().set_input(image)):
        with pytest.raises(abbe.ArrayError, match=message):
            call()


def test_mistaken_arguments_name_the_cure(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with pytest.raises(abbe.ArgumentError, match=r"psf is of type ndarray.*abbe.psf.measured\(array\)"):
        abbe.deconvolve(plane, psf.sample((5, 5)))  # type: ignore[arg-type]
    with pytest.raises(abbe.ArrayError, match="^dtype is float64; it must be one of uint8"):
        restored(plane, psf, dtype=float)
    flat = abbe.psf.widefield(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65, immersion_index=1.515)
    with pytest.raises(abbe.StateError, match='step_nm is not set.*taken as "zyx"; give axes='):
        restored(numpy.stack([plane] * 2), flat)
    with pytest.raises(abbe.ArgumentError, match="object is 'nope'; it must be one of"):
        abbe.parameters("nope")
    assert flat.report()["shape"]


def test_a_series_is_not_taken_for_a_stack_in_silence(stack: numpy.ndarray) -> None:
    with pytest.warns(abbe.AbbeWarning, match='axes="tyx" for a series'):
        abbe.denoise(stack)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        abbe.denoise(stack, axes="zyx")
        abbe.denoise(stack, axes="tyx")


def test_doubts_are_warnings_once_a_plan(plane: numpy.ndarray) -> None:
    coarse = abbe.psf.widefield(numerical_aperture=0.8, wavelength_nm=525, pixel_nm=400)
    with pytest.warns(abbe.AbbeWarning) as caught:
        abbe.deconvolve(plane, coarse, **SETTINGS)
    told = [str(one.message) for one in caught]
    assert sum("immersion_index is not set, so that 1.515 (oil) is taken" in text for text in told) == 1
    assert sum("Nyquist" in text for text in told) == 1
    assert {one.filename for one in caught} == {__file__}
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=coarse, **SETTINGS)
        with pytest.warns(abbe.AbbeWarning):
            plan(plane)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plan(plane)


def test_a_doubt_may_be_an_error(plane: numpy.ndarray) -> None:
    coarse = abbe.psf.widefield(numerical_aperture=0.8, wavelength_nm=525, pixel_nm=65)
    with warnings.catch_warnings():
        warnings.simplefilter("error", abbe.AbbeWarning)
        with pytest.raises(abbe.AbbeWarning, match="oil"):
            abbe.deconvolve(plane, coarse, **SETTINGS)


def test_each_channel_has_its_point_spread_function(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    wide = abbe.psf.gaussian(sigma_nm=200.0, pixel_nm=65.0, sigma_axial_nm=400.0, step_nm=200.0)
    image = numpy.stack([stack, stack[:, ::-1] * 2], 1)
    heard: list[float] = []
    found = restored(image, [psf, wide], axes="zcyx", progress=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 4
    for channel, one in enumerate((psf, wide)):
        assert numpy.array_equal(found[:, channel], restored(image[:, channel], one))
    target = numpy.empty(image.shape, numpy.uint16)
    assert restored(image, (psf, wide), axes="zcyx", out=target) is target
    assert numpy.array_equal(target, restored(image, [psf, wide], axes="zcyx", dtype="uint16"))
    with pytest.raises(abbe.ArgumentError, match=r"channel is 2 in Plan.add\(..., psf=\[...\]\); it must be 0 to 1, since the images"):
        restored(image, [psf] * 3, axes="zcyx")
    with pytest.raises(abbe.ArgumentError, match="must be 0 to 0, since the images have 1 channel"):
        restored(stack, [psf, wide])
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=[psf], **SETTINGS)
        with pytest.raises(abbe.StateError, match=r"no point spread function for channel 1; call Plan.add\(..., psf=\[...\]\)"):
            plan(image, axes="zcyx")
        for wrong in ([], [psf, 3], [None]):
            with pytest.raises(abbe.ArgumentError):
                plan.add("deconvolve", psf=wrong)
    masked = numpy.ma.masked_array(image, numpy.zeros(image.shape, bool))
    masked[3, :, 4, 5] = numpy.ma.masked
    assert numpy.array_equal(restored(masked, [psf, psf], axes="zcyx"), restored(masked, psf, axes="zcyx"))


def test_a_list_of_one_is_of_one_channel(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    assert numpy.array_equal(restored(stack, [psf]), restored(stack, psf))
    with pytest.raises(abbe.StateError, match="no point spread function for channel 1; call .* for all"):
        restored(numpy.stack([stack, stack], 1), [psf], axes="zcyx")


def test_colours_that_are_not_last_are_few(plane: numpy.ndarray) -> None:
    colours = numpy.stack([plane, plane * 2, plane + 3])
    expected = abbe.denoise(colours, axes="cyx")
    assert numpy.array_equal(abbe.denoise(colours, axes="SYX"), expected)
    assert numpy.array_equal(abbe.denoise(numpy.moveaxis(colours, 0, -1), axes="yxs"), numpy.moveaxis(expected, 0, -1))
    with pytest.raises(abbe.ArgumentError, match="axes is 'syx', whose s are the samples of a pixel.*put s where the colours are"):
        abbe.denoise(numpy.moveaxis(colours, 0, -1), axes="syx")


def test_denoisers_by_name(plane: numpy.ndarray) -> None:
    assert numpy.array_equal(abbe.denoise(plane, method="patches"), abbe.denoise(plane))
    assert not numpy.array_equal(abbe.denoise(plane, method="total_variation"), abbe.denoise(plane))
    with pytest.raises(abbe.ArgumentError, match="method is 'nlm'; it must be one of 'patches', 'wavelets', 'total_variation', 'network'"):
        abbe.denoise(plane, method="nlm")
    with abbe.Model.builtin() as model:
        assert model.describe()["name"] == "abbe denoise"
    with abbe.Context(onnxruntime="/nowhere") as without:
        found = abbe.denoise(plane, method="network", context=without)
    assert not numpy.array_equal(found, abbe.denoise(plane))


def test_the_network_that_comes_along(plane: numpy.ndarray) -> None:
    pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install abbe[onnx]")
    found = abbe.denoise(plane, method="network")
    with abbe.Model.builtin() as model:
        expected = model(plane)
    # They differ by far less than by what is taken away.
    assert (found - expected).std() < 0.05 * (plane - expected).std()
