"""What the weight of total variation is worth: the default, which follows the noise, against weights that are the same everywhere.

    python benches/total_variation.py [2 | 3]

Simulated scenes of planes or stacks, from 5 to 1000 photons at the brightest, confocal and widefield; a line each with the peak
signal to noise ratio in dB and the highest sample. Needs SciPy, and abbe to be found.
"""

from __future__ import annotations

import sys
import warnings

import numpy
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

import abbe

OPTICS = dict(numerical_aperture=1.2, immersion_index=1.33, wavelength_nm=520, pixel_nm=70, step_nm=250)


def scenes(dimensions: int) -> dict[str, numpy.ndarray]:
    """Grids, textures, points and cells; the highest sample is 1."""
    random = numpy.random.default_rng(7)
    shape = (1, 192, 192) if dimensions == 2 else (16, 80, 80)
    z, y, x = numpy.indices(shape)
    middle = abs(z - shape[0] // 2) < 2
    texture = gaussian_filter(random.standard_normal(shape), (1.0 if dimensions == 3 else 0.0, 1.5, 1.5))
    points, cells = numpy.zeros(shape), numpy.full(shape, 0.1)
    for _ in range(70):
        points[tuple(random.integers(0, extent) for extent in shape)] = random.uniform(0.3, 1)
    for _ in range(20):
        centre, radius = [random.uniform(0, extent) for extent in shape], random.uniform(5, 16)
        square = (2 * (z - centre[0])) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2
        cells[square < radius**2] = random.uniform(0.3, 1)
    made = {
        "grid": ((x % 24 < 2) | (y % 24 < 2)) & middle,
        "texture": ((texture - texture.min()) / numpy.ptp(texture)) ** 2,
        "points": gaussian_filter(points, (0.7 if dimensions == 3 else 0.0, 0.7, 0.7)),
        "cells": cells,
    }
    return {name: numpy.squeeze(scene / scene.max()) for name, scene in made.items()}


def main() -> None:
    warnings.simplefilter("ignore")
    dimensions = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    kernels = {"confocal": abbe.psf.confocal(**OPTICS, excitation_nm=488), "widefield": abbe.psf.widefield(**OPTICS)}
    runs = {"default": {}, **{f"{weight}": {"total_variation": weight} for weight in (0.002, 0.01, 0.03, 0.1)}}
    for name, truth in scenes(dimensions).items():
        for optics, psf in kernels.items():
            kernel = psf.sample((41, 41) if dimensions == 2 else (31, 41, 41))
            blurred = fftconvolve(truth, numpy.squeeze(kernel) / kernel.sum(), mode="same").clip(0)
            for photons in (5, 20, 100, 1000):
                scale = photons / blurred.max()
                image = numpy.random.default_rng(photons).poisson(blurred * scale + 0.1).astype(numpy.uint16)
                cells = []
                for label, settings in [*runs.items(), ("RL 20", {"algorithm": "richardson_lucy", "iterations": 20})]:
                    result = abbe.deconvolve(image, psf, **{"algorithm": "total_variation", **settings}).astype(float)
                    error = numpy.mean((result - truth * scale) ** 2)
                    cells.append(f"{label} {10 * numpy.log10((truth.max() * scale) ** 2 / error):.2f} dB {result.max():.0f}")
                print(f"{name} {optics} {photons} photons, raw {image.max()}:", "; ".join(cells), flush=True)


if __name__ == "__main__":
    main()
