"""Simulated and real images, and the honest methods."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

import abbe

ROOT = Path(__file__).resolve().parents[2]
SIDE = 128
OPTICS = dict(numerical_aperture=1.2, wavelength_nm=525, pixel_nm=80, immersion_index=1.33)


def scene(rng):
    """Photons per pixel of an unblurred specimen with dots, filaments and blobs, about 1 at its brightest."""
    fine = numpy.zeros((SIDE, SIDE))
    for _ in range(rng.integers(15, 40)):
        fine[tuple(rng.integers(6, SIDE - 6, 2))] += rng.uniform(2, 8)
    for _ in range(rng.integers(4, 9)):
        place, angle = rng.uniform(10, SIDE - 10, 2), rng.uniform(0, 6.3)
        for _ in range(rng.integers(60, 200)):
            angle += rng.normal(0, 0.08)
            place += 0.7 * numpy.array([numpy.sin(angle), numpy.cos(angle)])
            if not (3 <= place.min() and place.max() < SIDE - 3):
                break
            fine[tuple(place.astype(int))] += 0.7
    blobs = numpy.zeros((SIDE, SIDE))
    for _ in range(3):
        blobs[tuple(rng.integers(20, SIDE - 20, 2))] += 60
    return fine + gaussian_filter(blobs, rng.uniform(3, 7))


def photograph(rng, clean, peak):
    """A camera's image of gain 2, offset 100, read noise 1.5 electrons, `peak` photons at the brightest."""
    photons = clean / clean.max() * peak + 0.02 * peak + 2
    return 100 + 2 * (rng.poisson(photons) + rng.normal(0, 1.5, clean.shape))


@dataclass
class Case:
    """A raw image and what is known of it."""

    name: str
    raw: numpy.ndarray
    psf: abbe.Psf | None
    clean: numpy.ndarray
    """As the microscope shows it without noise, or the mean of many images."""
    scene: numpy.ndarray | None = None
    """Without blur, where that is known."""


# Honest methods: each adds its steps to a plan.
def richardson_lucy(plan, psf):
    plan.add("deconvolve", psf=psf, algorithm="richardson_lucy", background=100, iterations=30)


def automatic(plan, psf):
    plan.add("deconvolve", psf=psf)


def hybrid(plan, psf):
    plan.add("deconvolve", psf=psf, algorithm="hybrid")


def denoiser(plan, psf):
    plan.add("denoise")


def network(plan, psf):
    plan.add("model", model=abbe.Model(ROOT / "models/abbe-denoise.zip"))


SHARP = [richardson_lucy, automatic, hybrid]
BLURRED = [denoiser, network]


def methods(case):
    """Honest methods for a case."""
    return BLURRED if case.psf is None else SHARP + BLURRED


def simulated(seed, count):
    """`count` photographs of 50, 200 and 1000 photons at the brightest, in turn."""
    rng = numpy.random.default_rng(seed)
    psf = abbe.psf.widefield(**OPTICS)
    kernel = psf.sample((33, 33))
    for number in range(count):
        sharp = scene(rng)
        clean = numpy.maximum(fftconvolve(sharp, kernel, mode="same"), 0)
        peak = [50, 200, 1000][number % 3]
        yield Case(f"{peak} photons", photograph(rng, clean, peak).astype(numpy.float32), psf, clean, sharp)


def real(folder):
    """The quarters of each pair NAME_raw.tif and NAME_gt.tif, whose second is the mean of many images like the first."""
    import tifffile

    for path in sorted(Path(folder).glob("*_raw.tif")):
        raw, mean = (tifffile.imread(one).astype(numpy.float32) for one in (path, str(path).replace("_raw", "_gt")))
        height, width = (extent // 2 for extent in raw.shape)
        for top, left in ((0, 0), (0, width), (height, 0), (height, width)):
            here = slice(top, top + height), slice(left, left + width)
            yield Case(path.name[: -len("_raw.tif")], raw[here], None, mean[here])
