"""Everyday filters, against SciPy."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import ball, disk

import abbe

IMAGE = np.random.default_rng(4).gamma(3.0, 900.0, (3, 45, 70)).clip(0, 65535).astype(np.uint16)


def run(image: np.ndarray, axes: str, **given: object) -> tuple[np.ndarray, dict]:
    with abbe.Plan() as plan:
        plan.add("filter", **given)
        return plan(image, axes=axes, dtype=np.float32), plan.report()["steps"][0]


def of_range(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max() / np.ptp(IMAGE))


@pytest.mark.parametrize("sigma", [(0.0, 0.7), (1.3, 2.0), (0.0, 40.0)])
def test_gaussians(sigma: tuple[float, float]) -> None:
    planes, px = sigma
    blurred = ndimage.gaussian_filter(IMAGE.astype(np.float64), (planes, px, px))
    found, report = run(IMAGE, "zyx", sigma_px=px, sigma_planes=planes)
    assert of_range(found, blurred) < 1e-6
    assert report["quantitative"] and report["images"][0]["flux_out"] == pytest.approx(IMAGE.sum(), rel=1e-6)
    wide = ndimage.gaussian_filter(IMAGE.astype(np.float64), (3 * planes, 3 * px, 3 * px))
    found, report = run(IMAGE, "zyx", kind="difference_of_gaussians", sigma_px=px, sigma_planes=planes, ratio=3.0)
    assert of_range(found, blurred - wide) < 1e-6 and not report["quantitative"]
    found, report = run(IMAGE, "zyx", kind="unsharp", sigma_px=px, sigma_planes=planes, amount=1.5)
    assert of_range(found, IMAGE + 1.5 * (IMAGE - blurred)) < 1e-6 and not report["quantitative"]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("radius", [1, 2, 7])
def test_medians_and_top_hats(radius: int, dtype: type) -> None:
    image = (IMAGE >> 8).astype(dtype) if dtype is np.uint8 else IMAGE
    found, report = run(image, "cyx", kind="median", radius_px=radius)
    assert np.array_equal(found, ndimage.median_filter(image, footprint=disk(radius)[None]))
    assert report["kind"] == "median" and not report["quantitative"] and len(report["images"]) == 3
    found, _ = run(image, "tyx", kind="top_hat", radius_px=radius)
    opened = ndimage.grey_opening(image, footprint=disk(radius)[None])
    assert np.array_equal(found, image.astype(np.float32) - opened)


def test_medians_and_top_hats_through_planes() -> None:
    found, _ = run(IMAGE, "zyx", kind="median", radius_px=2, radius_planes=2)
    assert np.array_equal(found, ndimage.median_filter(IMAGE, footprint=ball(2)))
    found, _ = run(IMAGE, "zyx", kind="top_hat", radius_px=3, radius_planes=3)
    assert np.array_equal(found, IMAGE.astype(np.float32) - ndimage.grey_opening(IMAGE, footprint=ball(3)))


def test_what_has_no_effect_is_said() -> None:
    with abbe.Plan() as plan:
        plan.add("filter", kind="median", sigma_px=2.0)
        plan(IMAGE, axes="zyx")
        assert any("filter.sigma_px is set and has no effect" in text for text in plan.report()["warnings"])


def test_a_filter_of_nobody_is_refused() -> None:
    with pytest.raises(abbe.Error, match=r"filter\.radius_px is 0 and filter\.radius_planes 0"):
        run(IMAGE, "zyx", kind="median", radius_px=0)
