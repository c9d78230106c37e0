"""Cameras that are stated: taken as stated, and doubted where the image contradicts them."""

import warnings

import numpy as np
import pytest

import abbe


def scene(gain: float, offset: float, read_noise: float) -> np.ndarray:
    draw = np.random.default_rng(3)
    light = np.full((64, 72), 2.0)
    light[20:24, 30:34] = 60.0
    noisy = draw.poisson(light) * gain + offset + draw.normal(0.0, read_noise, light.shape)
    return np.clip(np.round(noisy), 0, 65535).astype(np.uint16)


@pytest.mark.parametrize(("gain", "offset", "read_noise"), [(1.0, 100.0, 0.5), (0.5, 100.0, 6.0), (2.0, 500.0, 30.0)])
def test_a_stated_offset_is_the_background(gain: float, offset: float, read_noise: float) -> None:
    with abbe.Plan(camera_gain=gain, camera_offset=offset, camera_read_noise=read_noise) as plan:
        plan.add("deconvolve", psf=abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=100.0))
        plan(scene(gain, offset, read_noise))
        assert plan.report()["steps"][0]["images"][0]["background"] == offset


@pytest.mark.parametrize("stated", [{"camera_read_noise": 30.0}, {"camera_read_noise": 1e6}, {"camera_offset": 1000.0}])
def test_no_stated_camera_invents_light(stated: dict[str, float]) -> None:
    image = scene(2.0, 100.0, 3.0)
    with warnings.catch_warnings(), abbe.Plan(**stated) as plan:
        warnings.simplefilter("ignore")
        plan.add("denoise")
        result = plan(image.astype(np.float32))
    assert image.min() <= result.min() and result.max() <= image.max()
    assert abs(result.mean() - image.mean()) < 0.02 * image.mean()


def test_structure_taken_for_noise_is_warned_of_and_a_flat_image_is_not() -> None:
    draw = np.random.default_rng(5)
    y, x = np.mgrid[-15:16, -15:16]
    spot = np.exp(-(x**2 + y**2) / (2 * 1.5**2))
    grains = draw.normal(size=(96, 96)) * (draw.random((96, 96)) < 0.02) * 500
    waves = np.fft.irfft2(np.fft.rfft2(grains) * np.fft.rfft2(spot, (96, 96)), (96, 96)) + draw.normal(0, 2, (96, 96))
    waves = waves.astype(np.float32)
    # Read noise that is said to be as large as the structure; what goes below 0 by itself is restored as it is.
    flat = []
    for image, contrast in [(waves, "signed"), (waves, "automatic"), (np.full((48, 52), 9, np.uint16), "automatic")]:
        stated = {"camera_read_noise": 1000.0} if contrast == "signed" else {}
        with warnings.catch_warnings(), abbe.Plan(**stated) as plan:
            warnings.simplefilter("ignore")
            plan.add("deconvolve", psf=abbe.psf.gaussian(sigma_nm=150.0, pixel_nm=100.0), contrast=contrast)
            result = plan(image)
            flat.append(np.ptp(result) < 0.01 * np.ptp(waves))
            warned = any("a flat image explains" in text for text in plan.report()["warnings"])
        assert warned == (contrast == "signed")
    assert flat == [True, False, True]
