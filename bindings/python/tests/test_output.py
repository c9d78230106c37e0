"""The step that fits intensities to a target of whole numbers, against NumPy."""

import numpy as np
import pytest

import abbe

FRAMES = np.random.default_rng(8).uniform(-50.0, 9000.0, (3, 2, 24, 31)).astype(np.float32)


def run(image: np.ndarray, axes: str, dtype: type = np.uint16, **output: object) -> tuple[np.ndarray, float, float, dict]:
    with abbe.Plan() as plan:
        plan.add("output", **output)
        result = plan(image, axes=axes, dtype=dtype)
        return result, plan.fact("output_gain"), plan.fact("output_offset"), plan.report()


def whole(values: np.ndarray, largest: int) -> np.ndarray:
    return np.clip(np.rint(values), 0, largest)


def test_the_highest_sample_fits() -> None:
    image = FRAMES * np.float32(40.0)
    gain = (65535.0 - 100.0) / float(image.max())
    result, found, offset, report = run(image, "tcyx", offset=100.0)
    assert found == pytest.approx(gain, rel=1e-12) and offset == 100.0
    assert result.max() == 65535 and report["clipped_high"] == 0
    # One gain for all, so that channels and time points stay comparable.
    assert np.array_equal(result, whole((image.astype(np.float64) * gain + 100.0).astype(np.float32), 65535))
    assert [entry["gain"] for entry in report["steps"][0]["images"]] == [found] * 6
    back = (result - offset) / found
    # Half a step of the target, and half one of f32 at its highest.
    assert np.abs(back - image)[image > -100.0 / gain].max() <= (0.5 + 2.0**-9) / gain


def test_what_fits_is_left_as_it_is() -> None:
    result, gain, offset, _ = run(FRAMES[0, 0], "yx")
    assert (gain, offset) == (1.0, 0.0)
    assert np.array_equal(result, whole(FRAMES[0, 0], 65535))
    dark = np.full((9, 8), -3.0, np.float32)
    assert run(dark, "yx", offset=10.0)[0].max() == 7


def test_stated_numbers_are_taken() -> None:
    result, gain, offset, report = run(FRAMES, "tcyx", np.float32, mode="stated", gain=0.25, offset=-7.5)
    assert (gain, offset) == (0.25, -7.5)
    assert np.array_equal(result, (FRAMES.astype(np.float64) * 0.25 - 7.5).astype(np.float32))
    assert len(report["steps"][0]["images"]) == 6


def test_a_range_is_spread_over_the_target() -> None:
    result, gain, offset, report = run(FRAMES, "tcyx", np.uint8, mode="range", low=1000.0, high=5000.0, highest=255.0)
    expected = (FRAMES.astype(np.float64) - 1000.0) * 255.0 / 4000.0
    assert gain == pytest.approx(255.0 / 4000.0, rel=1e-12) and offset == pytest.approx(-1000.0 * gain, rel=1e-12)
    assert np.abs(result - whole(expected, 255)).max() <= 1 and (result == whole(expected, 255)).mean() > 0.999
    assert report["clipped_low"] == (np.rint(expected) < 0).sum()
    assert report["clipped_high"] == (np.rint(expected) > 255).sum()


def test_it_leaves_room_after_a_deconvolution() -> None:
    y, x = np.mgrid[:64, :64]
    point = 40000.0 * np.exp(-((y - 30) ** 2 + (x - 33) ** 2) / (2 * 1.5**2)) + 20.0
    image = np.random.default_rng(1).poisson(point).astype(np.uint16)
    psf = abbe.psf.gaussian(sigma_nm=150.0, pixel_nm=100.0)
    results = {}
    for fits in [False, True]:
        with abbe.Plan() as plan:
            plan.add("deconvolve", psf=psf, algorithm="richardson_lucy", iterations=30, stop="iterations")
            if fits:
                plan.add("output")
            results[fits] = (plan(image, dtype=np.uint16), plan.fact("output_gain"))
            assert (plan.fact("clipped") == 0) == fits
            assert any("a step output" in text for text in plan.report()["warnings"]) != fits
    result, gain = results[True]
    assert result.dtype == np.uint16 and result.max() == 65535 and gain < 0.9
    assert result.sum() / gain == pytest.approx(float(image.sum()), rel=0.02)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"offset": 300.0, "highest": 255.0}, "output.offset is 300; it must be below output.highest, 255"),
        ({"mode": "range", "low": 5.0, "high": 5.0}, "output.low is 5; it must be below output.high, 5"),
        ({"mode": "range", "low": 5.0}, "output.high"),
        ({"gain": 0.0}, "output.gain"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], text: str) -> None:
    with pytest.raises(abbe.Error, match=text.replace(".", r"\.")):
        run(FRAMES[0, 0], "yx", **given)


def test_no_series_goes_twice_through_a_step_that_remembers() -> None:
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=abbe.psf.gaussian(sigma_nm=150.0, pixel_nm=100.0), warm_start=1)
        plan.add("output")
        with pytest.raises(abbe.Error, match=r"output\.mode is fit"):
            plan(FRAMES[:, 0], axes="tyx")


def test_what_was_not_measured_stays_so() -> None:
    image = FRAMES[0, 0].copy()
    image[3, 4] = np.nan
    with abbe.Plan(not_a_number="not_measured", not_measured="untouched") as plan:
        plan.add("output", highest=255.0)
        result = plan(image)
    assert np.isnan(result[3, 4]) and np.nanmax(result) == np.float32(255.0)
