"""Backgrounds against SciPy and scikit-image, and hot pixels."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import disk
from skimage.restoration import rolling_ball

import abbe

RADIUS = 12
Y, X = np.mgrid[:70, :90]
FIELD = 100 + 0.5 * X + 30 * np.sin(Y / 30)
SPOTS = sum(90 * np.exp(-((Y - y) ** 2 + (X - x) ** 2) / 8) for y, x in ((20, 25), (40, 66), (55, 30)))
IMAGE = np.random.default_rng(2).poisson(FIELD + SPOTS).astype(np.uint16)


def run(image: np.ndarray, step: str, **given: object) -> tuple[np.ndarray, dict]:
    with abbe.Plan() as plan:
        plan.add(step, **given)
        return plan(image, dtype=np.float32), plan.report()["steps"][0]["images"][0]


def test_a_ball_rolls_along_below() -> None:
    found, report = run(IMAGE, "background", mode="rolling_ball", radius_px=RADIUS)
    away = np.arange(-RADIUS, RADIUS + 1)
    square = RADIUS**2 - away[:, None] ** 2 - away**2
    ball = {"footprint": square >= 0, "structure": np.sqrt(np.maximum(square, 0.0))}
    # Beyond the border there is nothing, but the ball's middle may lie there.
    beyond = {"mode": "constant", "cval": np.inf}
    middles = ndimage.grey_erosion(np.pad(IMAGE.astype(np.float64), RADIUS, constant_values=np.inf), **ball, **beyond)
    middles[np.isinf(middles)] = -np.inf
    expected = ndimage.grey_dilation(middles, **ball, mode="constant", cval=-np.inf)
    inner = (slice(RADIUS, -RADIUS),) * 2
    middles, expected = middles[inner], expected[inner]
    taken = IMAGE - found.astype(np.float64)
    assert np.abs(taken - expected).max() < 1e-3
    assert report["value"] == pytest.approx(expected.mean(), abs=1e-3) and report["negative"] == 0
    # scikit-image's is the top of the ball, which touches nothing more than the ball does.
    tops = rolling_ball(IMAGE.astype(np.float64), radius=RADIUS)
    assert np.abs(tops - (middles + RADIUS)).max() < 1e-3 and (taken - tops).min() > -1e-3


def test_top_hats_and_percentiles() -> None:
    found, _ = run(IMAGE, "background", mode="top_hat", radius_px=RADIUS)
    assert np.array_equal(found, ndimage.white_tophat(IMAGE, footprint=disk(RADIUS)))
    found, report = run(IMAGE, "background", mode="percentile", percent=12.5)
    level = np.percentile(IMAGE, 12.5)
    assert report["value"] == pytest.approx(level) and report["negative"] == (found < 0).sum()
    assert np.abs(found - (IMAGE - level)).max() < 1e-3


def test_hot_pixels_are_replaced_and_listed() -> None:
    image = IMAGE.copy()
    hot = [(5, 70), (40, 66), (60, 10)]
    for place in hot:
        image[place] += 2000
    with abbe.Plan(camera_gain=1.0, camera_offset=0.0, camera_read_noise=0.0) as plan:
        plan.add("hot_pixels", fwhm_px=3.0)
        found = plan(image, dtype=np.float32)
        report = plan.report()["steps"][0]["images"][0]
    assert report["places"] == [[0, *place] for place in hot] and report["replaced"] == 3
    for y, x in hot:
        pairs = [(float(image[y, x - 1]) + image[y, x + 1]) / 2, (float(image[y - 1, x]) + image[y + 1, x]) / 2]
        assert found[y, x] == min(pairs)
        image[y, x] = IMAGE[y, x]
        found[y, x] = IMAGE[y, x]
    assert np.array_equal(found, image)
    # Without them nothing is touched.
    assert np.array_equal(run(IMAGE, "hot_pixels")[0], IMAGE)


def test_bins_and_projections() -> None:
    stack = np.stack([IMAGE, IMAGE + 7, IMAGE[::-1], IMAGE // 2])
    for kind in ("mean", "sum", "max"):
        with abbe.Plan() as plan:
            plan.add("bin", kind=kind, px=1, planes=0)
            projection = plan(stack, axes="zyx", dtype=np.float32)
        assert projection.shape == (1, *IMAGE.shape)
        np.testing.assert_allclose(projection[0], getattr(stack, kind)(axis=0), rtol=1e-6)
    with abbe.Plan() as plan:
        plan.add("bin", px=3, planes=2)
        binned = plan(stack, axes="zyx", dtype=np.float32)
    blocks = stack[:, :69].reshape(2, 2, 23, 3, 30, 3).mean(axis=(1, 3, 5))
    np.testing.assert_allclose(binned, blocks, rtol=1e-6)
