"""What was found of one image, stated for others: parts of it, and frames like it."""

from __future__ import annotations

import json

import numpy
import pytest

import abbe


def calibrations_of(image: numpy.ndarray, psf: abbe.Psf, axes: str, **settings: object) -> list[dict[str, object]]:
    """As a plan finds them that only looks."""
    sizes = dict(zip(axes, image.shape))

    def read(block: abbe.Block, samples: numpy.ndarray) -> None:
        at = divmod(block.image, sizes.get("c", 1)) if "c" in axes else (block.image,) if "t" in axes else ()
        samples[...] = image[tuple(at) + block.slices[-(len(axes) - len(at)) :]].reshape(samples.shape)

    def write(block: abbe.Block, samples: numpy.ndarray) -> None:
        raise AssertionError("nothing is to be written")

    with abbe.Plan(blocks=2, **settings) as plan:
        plan.add("deconvolve", psf=psf)
        plan.execute_blocks(read, write, shape=image.shape, dtype=image.dtype, axes=axes)
        return [found["calibration"] for found in plan.report()["steps"][0]["images"]]


def test_looking_finds_what_restoring_finds(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf)
        whole = plan(plane)
        report = plan.report()["steps"][0]["images"][0]
    found = calibrations_of(plane, psf, "yx")
    assert found == [report["calibration"]]
    assert found[0]["iterations"] == report["iterations"] and found[0]["background"] == report["background"]
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf).set_calibrations(found)
        assert numpy.array_equal(plan(plane), whole)
        # Another image is restored in the same way, as a part of the first or a frame after it is.
        plan(plane // 2)
        again = plan.report()["steps"][0]["images"][0]
        assert again["calibration"] == found[0] and again["photon_gain"] == found[0]["gain"]
        with abbe.Plan.load_json(plan.save_json()) as other:
            assert numpy.array_equal(other(plane), whole)
        plan.set_calibrations(None)
        plan(plane // 2)
        assert plan.report()["steps"][0]["images"][0]["calibration"] != found[0]


def test_each_image_has_its_own(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    images = numpy.stack([plane, plane * 3])[:, None].repeat(2, 1)
    wider = abbe.psf.gaussian(sigma_nm=180.0, pixel_nm=65.0)
    found = calibrations_of(images, psf, "tcyx")
    assert len(found) == 4 and found[0]["gain"] != found[2]["gain"]
    for one in (psf, [psf, wider]):
        with abbe.Plan() as plan:
            plan.add("deconvolve", psf=one)
            whole = plan(images, axes="tcyx")
            told = [image["calibration"] for image in plan.report()["steps"][0]["images"]]
            plan.set_calibrations(told)
            assert numpy.array_equal(plan(images, axes="tcyx"), whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gain": 0.0}, "calibrations has the gain 0; it must be above 0"),
        ({"gain": 1e-300}, "calibrations has the gain 1e-300; it must be above 0, and what single precision holds over"),
        ({"mean": -1.0}, "calibrations has the mean -1; it must be above 0"),
        ({"mean": 1e300}, "calibrations has the mean 1e300; it must be above 0, and what single precision holds"),
        ({"background": -1e200}, "calibrations has the background -1e200; it must be what single precision holds over the mean"),
        ({"noise_to_signal": -1.0}, "calibrations has the noise_to_signal -1; it must be 0 or more"),
        ({"contrast": "loud"}, 'contrast is "loud"; it must be emission, absorption or signed'),
        ({"iterations": 1 << 30}, "calibrations has the iterations"),
        ({"denoised": 3.0}, "calibrations has the denoised 3; it must be 0.5 to 2, or null"),
        ({"mood": 1}, "unknown field"),
    ],
)
def test_what_no_image_is_is_refused(change: dict[str, object], message: str, plane: numpy.ndarray, psf: abbe.Psf) -> None:
    found = calibrations_of(plane, psf, "yx")[0]
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf)
        with pytest.raises(abbe.ArgumentError, match=message):
            plan.set_calibrations([{**found, **change}])
        with pytest.raises(abbe.ArgumentError, match="calibrations is an empty list"):
            plan.set_calibrations([])
        plan.set_calibrations([found] * 2)
        with pytest.raises(abbe.ArgumentError, match="calibrations has 2; it must have one for each of the 1 images"):
            plan(plane)
        for settings in ({"algorithm": "blind_richardson_lucy"}, {"warm_start": 1}):
            with abbe.Plan() as other, pytest.raises(abbe.ArgumentError, match="calibrations are given"):
                other.add("deconvolve", psf=psf, **settings).set_calibrations([found])
                other(plane)
        saved = json.loads(plan.save_json())
        saved["steps"][0]["calibrations"][0].update(change)
        with pytest.raises(abbe.ArgumentError, match=message):
            abbe.Plan.load_json(saved)
    with abbe.Plan() as plan, pytest.raises(abbe.StateError, match="only deconvolve takes a point spread function"):
        plan.add("denoise").set_calibrations([found])
