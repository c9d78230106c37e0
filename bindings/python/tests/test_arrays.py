"""Any strided array is taken as it lies; what libabbe cannot take is refused with a text that says what to do."""

from __future__ import annotations

import resource
import tracemalloc

import numpy
import pytest

import abbe
from abbe import _library


def restored(image: numpy.ndarray, psf: abbe.Psf, **more: object) -> numpy.ndarray:
    return abbe.deconvolve(image, psf, iterations=3, **more)


VIEWS = {
    "fortran": lambda image: numpy.asfortranarray(image),
    "rows upwards": lambda image: image[::-1].copy()[::-1],
    "columns backwards": lambda image: image[:, ::-1].copy()[:, ::-1],
    "both backwards, fortran": lambda image: numpy.asfortranarray(image[::-1, ::-1])[::-1, ::-1],
    "every second sample": lambda image: numpy.repeat(numpy.repeat(image, 2, 0), 3, 1)[::2, ::3],
    "padded rows": lambda image: numpy.pad(image, ((0, 0), (0, 5)))[:, : image.shape[1]],
    "one of three interleaved": lambda image: numpy.stack([image, image * 0, image * 0], -1)[..., 0],
    "odd address": lambda image: odd_address(image),
}


def odd_address(image: numpy.ndarray) -> numpy.ndarray:
    memory = bytearray(image.nbytes + 1)
    view = numpy.frombuffer(memory, image.dtype, image.size, offset=1).reshape(image.shape)
    view[...] = image
    return view


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
def test_a_view_gives_the_same_bits_as_its_copy(
    name: str, dtype: str, plane: numpy.ndarray, psf: abbe.Psf
) -> None:
    image = numpy.minimum(plane, 255).astype(dtype)
    view = VIEWS[name](image)
    assert numpy.array_equal(view, image)
    assert numpy.array_equal(restored(view, psf), restored(image, psf))


@pytest.mark.parametrize("name", VIEWS)
def test_a_result_goes_into_any_view(name: str, plane: numpy.ndarray, psf: abbe.Psf) -> None:
    target = VIEWS[name](numpy.zeros(plane.shape, numpy.float32))
    assert restored(plane, psf, out=target) is target
    assert numpy.array_equal(target, restored(plane, psf))


def test_a_result_leaves_the_bytes_between_its_samples_alone(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    memory = numpy.full((plane.shape[0] * 2, plane.shape[1] * 3), -7.0, numpy.float32)
    restored(plane, psf, out=memory[::2, ::3])
    memory[::2, ::3] = -7.0
    assert (memory == -7.0).all()


def test_the_addresses_that_libabbe_gets_are_those_of_the_arrays(
    plane: numpy.ndarray, psf: abbe.Psf, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = []
    call = _library.call

    def noting(name: str, *arguments: object) -> None:
        if name == "abbe_plan_execute":
            passed.extend(arguments[1:])
        call(name, *arguments)

    monkeypatch.setattr(_library, "call", noting)
    memory = numpy.zeros((plane.shape[0], plane.shape[1] + 6), numpy.float32)
    target = memory[::-1, 3:-3]
    restored(plane, psf, out=target)
    last_row = memory[0, 3:].ctypes.data
    span = (plane.shape[0] - 1) * memory.strides[0] + plane.shape[1] * 4
    assert passed == [plane.ctypes.data, plane.nbytes, last_row, span]


def test_an_execute_takes_no_memory() -> None:
    image = numpy.random.default_rng(1).integers(0, 4000, (2048, 2048), numpy.uint16)[::-1]
    target = numpy.empty(image.shape, numpy.uint16)
    with abbe.Plan() as plan:
        plan.add("background", mode="constant", value=100.0).set_input(image).set_output(target).commit()
        plan.execute(image, target)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        tracemalloc.start()
        plan.execute(image, target)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024
    # One copy of the frame would be 8 MiB; tracemalloc sees NumPy's memory, the resident set all other.
    assert most < 64 * 1024
    assert grown < image.nbytes / 8


def test_in_place(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    wanted = restored(plane, psf, dtype=numpy.uint16)
    assert restored(plane, psf, out=plane) is plane
    assert numpy.array_equal(plane, wanted)


def test_channels_last_are_independent_images(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    colours = numpy.stack([plane, plane[::-1], plane[:, ::-1]], -1)
    together = restored(colours, psf, axes="yxc")
    for channel in range(3):
        assert numpy.array_equal(together[..., channel], restored(colours[..., channel], psf))


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint32", "float64", "complex64", "bool"])
def test_other_sample_types_are_refused(dtype: str, plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with pytest.raises(abbe.ArrayError, match=rf"type {dtype}; libabbe takes uint8.*astype") as caught:
        restored(plane.astype(dtype), psf)
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, abbe.Error)


@pytest.mark.parametrize("dtype", [">u2", ">f4", ">f2"])
def test_the_other_byte_order_is_swapped(dtype: str, plane: numpy.ndarray, psf: abbe.Psf) -> None:
    swapped = plane.astype(dtype)
    before = swapped.tobytes()
    native = swapped.astype(swapped.dtype.newbyteorder("="))
    assert numpy.array_equal(restored(swapped, psf), restored(native, psf))
    assert swapped.tobytes() == before
    with pytest.raises(abbe.ArrayError, match="other byte order .*newbyteorder"):
        restored(native, psf, out=swapped)


def test_what_is_masked_is_not_measured(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    rows, columns = numpy.indices(plane.shape)
    out = (rows * plane.shape[1] + columns) % 31 == 7
    spoilt = plane.copy()
    spoilt[out] = 60000
    image = numpy.ma.masked_array(plane, out)
    expected = restored(image, psf)
    assert isinstance(expected, numpy.ndarray) and numpy.isfinite(expected).all()
    assert numpy.array_equal(expected, restored(numpy.ma.masked_array(spoilt, out), psf))
    assert not numpy.array_equal(expected, restored(plane, psf))
    # Axes in any order, and the same for all channels.
    both = numpy.ma.stack([image, image], -1).transpose(1, 0, 2)
    found = restored(both, psf, axes="xyc")
    assert numpy.array_equal(found[..., 0].T, expected) and numpy.array_equal(found[..., 1].T, expected)
    with pytest.raises(abbe.ArrayError, match="from one channel or time point to another"):
        restored(numpy.ma.stack([image, numpy.ma.masked_array(plane, ~out)]), psf, axes="cyx")
    with pytest.raises(abbe.ArgumentError, match="mask is 0 everywhere"):
        restored(numpy.ma.masked_array(plane, True), psf)

    # A plan forgets a mask with the image that had it, and keeps one that was stated.
    with abbe.Plan().add("deconvolve", psf=psf, iterations=3, stop="iterations", algorithm="richardson_lucy") as plan:
        without = plan(plane)
        expected = plan(image)
        assert not numpy.array_equal(expected, without)
        assert numpy.array_equal(plan(plane), without)
        plan.set_mask(~out)
        assert numpy.array_equal(plan(spoilt), expected)
        with pytest.raises(abbe.ArgumentError, match="measured has the shape"):
            plan.set_mask(out[1:])
        with pytest.raises(abbe.ArrayError, match="only images that a plan is called with"):
            plan.set_input(image)
        plan.set_mask(None)
        assert numpy.array_equal(plan(plane), without)
        real = plane.astype(numpy.float32)
        real[out] = numpy.nan
        with pytest.raises(abbe.ArgumentError, match="NaN"):
            plan(real)
        plan.set(not_a_number="not_measured", not_measured="untouched")
        found = plan(real)
        assert numpy.isnan(found[out]).all() and numpy.array_equal(found[~out], expected[~out])


def test_wrong_targets_are_refused(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    frozen = numpy.zeros(plane.shape, numpy.float32)
    frozen.flags.writeable = False
    with pytest.raises(abbe.ArrayError, match="read-only"):
        restored(plane, psf, out=frozen)
    with pytest.raises(abbe.ArrayError, match="list"):
        restored(plane, psf, out=[0.0])  # type: ignore[arg-type]
    with pytest.raises(abbe.ArgumentError, match=r"out has the shape \(48, 63\)"):
        restored(plane, psf, out=numpy.zeros((48, 63), numpy.float32))
    with pytest.raises(abbe.ArrayError, match="float64"):
        restored(plane, psf, out=numpy.zeros(plane.shape))
    with pytest.raises(abbe.ArrayError, match="'samples'; libabbe takes"):
        restored(plane, psf, dtype="samples")
    with pytest.raises(abbe.ArgumentError):
        restored(plane, psf, out=numpy.broadcast_to(numpy.zeros(64, numpy.float32), plane.shape).view())


def test_a_target_that_overlaps_the_image_is_refused(psf: abbe.Psf) -> None:
    memory = numpy.zeros((49, 64), numpy.float32)
    with pytest.raises(abbe.ArgumentError, match="overlap"):
        restored(memory[1:], psf, out=memory[:-1])


def test_wrong_shapes_and_axes_are_refused(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    wrong = ((plane[0], None), (plane, "zyx"), (plane, "xx"), (plane, "yq"), (plane, "zy"), (plane, "y\0"), (plane, 2))
    for image, axes in wrong:
        with pytest.raises(abbe.ArgumentError):
            restored(image, psf, axes=axes)
    with pytest.raises(abbe.ArgumentError):
        restored(plane[:0], psf)
    with pytest.raises(abbe.ArgumentError):
        restored(numpy.empty((1,) * 6, numpy.float32), psf)


def test_samples_that_are_not_finite_are_refused(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    for value in (numpy.nan, numpy.inf):
        image = plane.astype(numpy.float32)
        image[3, 5] = value
        with pytest.raises(abbe.ArgumentError):
            restored(image, psf)


def test_objects_that_offer_their_memory_are_taken(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    assert numpy.array_equal(restored(memoryview(plane), psf), restored(plane, psf))
