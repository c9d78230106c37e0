"""The integers of golden.c by the Python package."""

import numpy

import abbe

z, y, x = numpy.indices((4, 40, 32)).astype(numpy.uint32)
at = (z * 40 + y) * 32 + x
bar, point = (x % 10 < 3) & (y > 10) & (y < 36), (z == 2) & (y % 16 == 5) & (x % 16 == 11)
noise = (at + numpy.uint32(6)) * numpy.uint32(2654435761) >> numpy.uint32(30)
image = (2 + 9 * bar * (z + 1) // 4 + 22 * point + noise).astype(numpy.uint8)

psf = abbe.psf.widefield(numerical_aperture=1.2, wavelength_nm=520, pixel_nm=100, step_nm=300, immersion_index=1.333)
plan = abbe.Plan().add("deconvolve", psf=psf, algorithm="richardson_lucy", iterations=10)
result = numpy.empty_like(image)
plan(image, out=result, axes="zyx")
checksum = 14695981039346656037
for sample in result.tobytes():
    checksum = (checksum ^ sample) * 1099511628211 % 2**64
print(f"checksum {checksum:016x}")
