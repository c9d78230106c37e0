"""The shortest complete program: deconvolve a widefield frame."""

import numpy

import abbe

frame = numpy.zeros((128, 128), numpy.uint16)
frame[64, 64] = 1000
psf = abbe.psf.widefield(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65)
restored = abbe.deconvolve(frame, psf, iterations=30)
print(f"{restored.shape[1]} x {restored.shape[0]} pixels, brightest {restored.max():.0f}")
