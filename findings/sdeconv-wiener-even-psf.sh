#!/usr/bin/env bash
# sdeconv 1.0.4 (torch 2.15.0), SWiener and SRichardsonLucy: where a point lies after deconvolution with an even-sized PSF.
#
# Guessed: both algorithms of the package read the PSF in one way, so a point stays where it is, or both move it.
# Seen (2026-11-29): with the package's own Gaussian of 12x12 pixels (peak on pixel 6) a point on (32, 32) stays there under Richardson-Lucy and moves to
# (31, 31) under Wiener. With 13x13 pixels both keep it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 sdeconv==1.0.4
"$folder/venv/bin/python" - <<'PY'
import torch
from importlib.metadata import version
from sdeconv.deconv import SRichardsonLucy, SWiener
from sdeconv.psfs import SPSFGaussian

print("sdeconv", version("sdeconv"), "torch", version("torch"))
image = torch.full((64, 64), 10.0)
image[32, 32] = 1000.0
places = {}
for width in (12, 13):
    psf = SPSFGaussian((1.5, 1.5), (width, width))()
    for name, algorithm in (("SRichardsonLucy", SRichardsonLucy(psf, niter=5, pad=13)), ("SWiener", SWiener(psf, beta=1e-3, pad=13))):
        result = algorithm(image)
        places[name, width] = divmod(int(result.argmax()), result.shape[1])
        print(f"{name:16} PSF of {width} x {width}: brightest pixel {places[name, width]}, in the image (32, 32)")
assert places["SRichardsonLucy", 12] == places["SRichardsonLucy", 13] == places["SWiener", 13] == (32, 32)
assert places["SWiener", 12] == (31, 31)
print("as found")
PY
