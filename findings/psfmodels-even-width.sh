#!/usr/bin/env bash
# psfmodels 0.3.3, make_psf(): where the spot of an even number of pixels lies.
#
# Guessed: all models of one function share one centre, either pixel n / 2 or the middle (n - 1) / 2.
# Seen (2026-11-29), nx = 32: "gaussian" is centred on 15.5; "vectorial" and "scalar" have their peak on pixel 15 and their centroid on 15.333
# (the middle pixel of a grid that is three times finer). Odd widths agree: 15.0 of 31. A deconvolution with such a kernel moves the image
# by a third or two thirds of a pixel, by what its own convention for even kernels is.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 psfmodels==0.3.3
"$folder/venv/bin/python" - <<'PY'
import numpy as np, psfmodels
from importlib.metadata import version

print("psfmodels", version("psfmodels"))
centres = {}
for width in (31, 32):
    for model in ("vectorial", "scalar", "gaussian"):
        psf = psfmodels.make_psf(11, nx=width, dxy=0.1, dz=0.2, pz=0, NA=1.3, model=model)
        profile = psf.sum((0, 1))
        centres[model, width] = float((profile * np.arange(width)).sum() / profile.sum())
        print(f"{model:10} nx = {width}: centroid along x {centres[model, width]:.4f}, peak on pixel {profile.argmax()}")
for model in ("vectorial", "scalar", "gaussian"):
    assert abs(centres[model, 31] - 15) < 1e-6
assert abs(centres["gaussian", 32] - 15.5) < 1e-6
assert abs(centres["vectorial", 32] - 15.3333) < 1e-3
assert abs(centres["scalar", 32] - 15.3333) < 1e-3
print("as found")
PY
