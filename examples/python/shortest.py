"""The shortest complete program: deconvolve a widefield frame."""

import numpy

import abbe

psf = abbe.psf.widefield(numerical_aperture=1.4, immersion_index=1.515, wavelength_nm=525, pixel_nm=65)
light = numpy.full((128, 128), 20.0)
light[44:85, 44:85] += 20_000 * psf.sample((41, 41))  # a bead, as this microscope sees it
frame = numpy.random.default_rng(1).poisson(light).astype(numpy.uint16)

restored = abbe.deconvolve(frame, psf, iterations=30)
print(f"{restored.shape[1]} x {restored.shape[0]} pixels, brightest {frame.max()} before, {restored.max():.0f} after")
