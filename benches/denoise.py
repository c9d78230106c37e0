"""Denoising without a network on real pairs of noisy and clean images, beside the best Gaussian filter and scikit-image.

    python benches/denoise.py FOLDER [NAME...]

FOLDER has pairs NAME_raw.tif and NAME_gt.tif of 8 bit, as of the FMD data set (Zhang et al. 2019). Prints PSNR in dB, of a range of 255, and CPU time
per image. `gaussian` has its width chosen with the truth. Needs numpy, scipy, tifffile and, for the last three columns, scikit-image and PyWavelets; libabbe
by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
import time
from pathlib import Path

import numpy
import tifffile
from scipy.ndimage import gaussian_filter

import abbe


def psnr(image, truth):
    return 10 * numpy.log10(255**2 / numpy.mean((numpy.clip(image, 0, 255) - truth) ** 2))


def best_gaussian(raw, truth):
    return max((gaussian_filter(raw.astype(numpy.float64), width) for width in numpy.arange(0.5, 5, 0.25)), key=lambda image: psnr(image, truth))


def non_local_means(raw):
    from skimage.restoration import denoise_nl_means, estimate_sigma

    image = raw.astype(numpy.float32)
    sigma = estimate_sigma(image)
    return denoise_nl_means(image, patch_size=7, patch_distance=11, h=0.8 * sigma, sigma=sigma, fast_mode=True, preserve_range=True)


def wavelets(raw):
    from skimage.restoration import denoise_wavelet

    return denoise_wavelet(raw.astype(numpy.float32), rescale_sigma=True)


def shifted_wavelets(raw):
    """The mean over shifts of the image by 0 to 3 samples along each axis, as its page on cycle spinning has it."""
    from skimage.restoration import cycle_spin, denoise_wavelet

    return cycle_spin(raw.astype(numpy.float32), max_shifts=3, func=denoise_wavelet, func_kw={"rescale_sigma": True}, workers=1)


methods = {
    "raw": lambda raw, truth: raw,
    "gaussian": best_gaussian,
    "total variation": lambda raw, truth: abbe.denoise(raw, method="total_variation"),
    "own wavelets": lambda raw, truth: abbe.denoise(raw, method="wavelets"),
    "patches": lambda raw, truth: abbe.denoise(raw, method="patches"),
    "non-local means": lambda raw, truth: non_local_means(raw),
    "wavelets": lambda raw, truth: wavelets(raw),
    "wavelets, shifted": lambda raw, truth: shifted_wavelets(raw),
}
folder, wanted = Path(sys.argv[1]), sys.argv[2:]
try:
    import pywt  # noqa: F401
    import skimage  # noqa: F401
except ImportError as missing:
    print(f"SKIPPED: scikit-image: {missing}")
    methods = dict(list(methods.items())[:5])
rows = []
print("| image | " + " | ".join(methods) + " |")
for path in sorted(folder.glob("*_raw.tif")):
    name = path.name.removesuffix("_raw.tif")
    if wanted and name not in wanted:
        continue
    raw, truth = tifffile.imread(path), tifffile.imread(folder / f"{name}_gt.tif").astype(numpy.float64)
    row = []
    for method in methods.values():
        begun = time.process_time()
        image = method(raw, truth)
        row.append((psnr(image, truth), time.process_time() - begun))
    rows.append(row)
    print(f"| {name} | " + " | ".join(f"{value:.2f}" for value, _ in row) + " |", flush=True)
mean = numpy.mean(rows, axis=0)
print("| mean | " + " | ".join(f"{value:.2f}" for value, _ in mean) + " |")
print("| CPU s | " + " | ".join(f"{seconds:.2f}" for _, seconds in mean) + " |")
