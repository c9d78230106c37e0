"""CPU time of an assessment of a plane: all numbers and maps, without runs of a plan.

    python benches/trust_time.py [SIDE]

Prints a line per kind of assessment. Needs numpy and scipy, and libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
import time

import numpy
from scipy.ndimage import gaussian_filter

import abbe

side = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
generator = numpy.random.default_rng(1)
sharp = numpy.zeros((side, side), numpy.float32)
sharp[tuple(generator.integers(8, side - 8, (2, side * 8)))] = 3000
sharp = gaussian_filter(sharp, 1) + 20
raw = generator.poisson(gaussian_filter(sharp, 2)).astype(numpy.float32)
psf = abbe.psf.widefield(numerical_aperture=1.2, wavelength_nm=525, pixel_nm=80, immersion_index=1.33)
psf.sample((33, 33))
for name, given in [
    ("point spread function", dict(psf=psf)),
    ("no point spread function", {}),
    ("point spread function and reference", dict(psf=psf, reference=sharp)),
]:
    begun, wall = time.process_time(), time.perf_counter()
    abbe.assess(raw, sharp, **given)
    print(f"{side} x {side}, {name}: {time.process_time() - begun:.2f} s of CPU time, {time.perf_counter() - wall:.2f} s")
