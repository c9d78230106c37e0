"""What was set can be read and forgotten, and a blind deconvolution hands out what it found."""

from __future__ import annotations

import pickle
import re

import numpy
import pytest

import abbe


def test_psf_settings_are_read_and_forgotten() -> None:
    psf = abbe.psf.widefield(numerical_aperture=1.2, wavelength_nm=525, pixel_nm=65, immersion_index=1.33)
    assert psf.get("numerical_aperture") == 1.2 and psf.get("centre") == "best_focus"
    psf.set(centre="nominal", energy=0.9)
    assert psf.get("centre") == "nominal" and psf.get("energy") == 0.9
    psf.unset("centre", "energy", "immersion_index")
    assert psf.get("centre") == "best_focus" and psf.get("energy") == 0.99 and psf.get("immersion_index") == 1.515
    assert pickle.loads(pickle.dumps(psf)).get("immersion_index") == 1.515
    with pytest.raises(abbe.StateError, match="fit"):
        psf.get("fit_defocus_nm")
    with pytest.raises(abbe.ArgumentError, match="did you mean"):
        psf.unset("numerical_apertur")
    with pytest.raises(abbe.ArgumentError, match="cannot be read back"):
        psf.get("zernike")


def test_plan_and_context_settings_are_forgotten() -> None:
    with abbe.Plan(memory_cap_bytes=1 << 30) as plan:
        plan.add("background", value=5.0, mode="constant").add("deconvolve", iterations=7)
        assert plan.get_step(0, "mode") == "constant" and plan.get_step(-1, "iterations") == 7
        plan.unset_step(0, "mode", "value").unset_step(-1, "iterations").unset("memory_cap_bytes")
        assert plan.get_step(0, "mode") == "automatic" and plan.get_step(0, "value") == 0.0
        assert plan.get_step(-1, "iterations") == 30
        with pytest.raises(abbe.ArgumentError, match="2 steps"):
            plan.unset_step(2, "iterations")
    with abbe.Context(threads=2) as context:
        assert context.unset("threads") is context


def test_names_of_elsewhere_are_told_where_they_belong(plane: numpy.ndarray) -> None:
    with pytest.raises(abbe.ArgumentError, match=r"denoise\.not_a_number .*; it is a parameter of plans: abbe\.Plan\(not_a_number=\.\.\.\)"):
        abbe.denoise(plane, not_a_number="not_measured")
    with pytest.raises(abbe.ArgumentError, match=r"assess\.mask .* measured= to abbe\.assess\(\)"):
        abbe.assess(plane, plane, mask=plane)
    with pytest.raises(abbe.ArgumentError, match=r"denoise\.mask .* masked array, or call Plan\.set_mask\(\)"):
        abbe.denoise(plane, mask=plane)
    # Facts are named where they can be read, not where something is to be set.
    with abbe.Plan() as plan, abbe.Assess() as assess:
        for one in (plan, assess):
            with pytest.raises(abbe.ArgumentError, match="cap_bytes") as told:
                one.set(workspace_byte=1)
            assert "workspace_bytes" not in str(told.value) and "progress" not in str(told.value)
        with pytest.raises(abbe.ArgumentError, match="did you mean workspace_bytes"):
            plan.fact("workspace_byte")
        with pytest.raises(abbe.ArgumentError, match="is a fact; it can be read, not set"):
            plan.set(workspace_bytes=1)


def test_switches_are_booleans_and_numbers_are_numbers() -> None:
    with abbe.Plan() as plan:
        plan.add("deconvolve", warm_start=True)
        assert plan.get_step(0, "warm_start") is True
        plan.set_step(0, warm_start=0)
        assert plan.get_step(0, "warm_start") is False
        with pytest.raises(abbe.ArgumentError, match="deconvolve.iterations is True; it must be a whole number"):
            plan.set_step(0, iterations=True)
    with pytest.raises(abbe.ArgumentError, match="psf.pixel_nm is '65'; it must be a real number"):
        abbe.psf.gaussian(pixel_nm="65", sigma_nm=150)


def test_a_blind_deconvolution_hands_out_the_psf_that_it_found() -> None:
    random = numpy.random.default_rng(3)
    image = numpy.zeros((48, 48))
    image[random.integers(6, 42, 30), random.integers(6, 42, 30)] = 3000.0
    narrow = abbe.psf.gaussian(pixel_nm=100, sigma_nm=150)
    wide = abbe.psf.gaussian(pixel_nm=100, sigma_nm=190).sample((21, 21)).astype(float)
    spectrum = numpy.fft.rfft2(numpy.roll(numpy.pad(wide, ((0, 27), (0, 27))), (-10, -10), (0, 1)))
    blurred = numpy.fft.irfft2(numpy.fft.rfft2(image) * spectrum, s=image.shape)
    counts = random.poisson(blurred.clip(0) + 5).astype(numpy.float32)
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=narrow, algorithm="blind_richardson_lucy", iterations=20, background=5.0)
        with pytest.raises(abbe.StateError):
            plan.estimated_psf()
        plan(counts)
        found = plan.estimated_psf()
        factors = plan.report()["steps"][0]["images"][0]["estimated_psf"]["factors"]
    samples = found.sample()
    assert samples.sum() == pytest.approx(1, abs=1e-5)
    copy = pickle.loads(pickle.dumps(found)).sample(samples.shape)
    numpy.testing.assert_allclose(copy, samples, atol=1e-7)
    second = narrow.sample(samples.shape)
    y = numpy.arange(samples.shape[-2]) - samples.shape[-2] // 2
    widths = [numpy.sqrt((one.sum(-1) * y**2).sum() / one.sum()) for one in (samples, second)]
    assert widths[0] / widths[1] == pytest.approx(factors[1], rel=0.05)


def test_a_cap_that_is_too_low_says_what_takes_less() -> None:
    """As refused: the least cap works, and each setting takes as much less as the text says."""
    psf = abbe.psf.widefield(numerical_aperture=1.2, immersion_index=1.33, wavelength_nm=525, pixel_nm=100, step_nm=300)
    image = numpy.ones((12, 90, 90), numpy.uint16)

    def plan(cap: int, **settings: object) -> abbe.Plan:
        made = abbe.Plan(memory_cap_bytes=cap)
        return made.add("deconvolve", psf=psf, algorithm="richardson_lucy", **settings).set_input(image, "zyx")

    def refused(**settings: object) -> tuple[int, str]:
        with pytest.raises(abbe.Error, match="this plan holds at least") as caught:
            plan(1 << 16, **settings).commit()
        found = re.search(r"at least (\d+)", str(caught.value))
        assert found is not None
        return int(found[1]), str(caught.value)

    least, text = refused()
    plan(least).commit()
    with pytest.raises(abbe.Error):
        plan(least - 1).commit()
    assert "a psf.energy below 0.99 makes it smaller" in text
    for name, settings in {
        "deconvolve.padding half": {"padding": "half"},
        "deconvolve.storage half": {"storage": "half"},
        "both": {"padding": "half", "storage": "half"},
    }.items():
        found = re.search(name + r" takes (\d+) less", text)
        assert found is not None, text
        assert refused(**settings)[0] == least - int(found[1]), text
    psf.set(energy=0.9)
    assert refused()[0] < least / 2
