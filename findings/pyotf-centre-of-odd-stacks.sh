#!/usr/bin/env bash
# pyotf 0.0.3, HanserPSF and SheppardPSF: which sample holds the focus.
#
# Guessed: sample n // 2 along every axis, for odd and even extents, in both models (that is numpy's fftshift convention).
# Seen (2026-11-29): along z the focus of 11 planes lies on plane 6 in both models (n // 2 is 5; of 10 planes it is 5, as guessed). Along
# y and x of 65 pixels HanserPSF has it on 32, SheppardPSF on 33. So a kernel with an odd extent along z, which most deconvolution
# programs take for centred, moves the result by one plane, and exchanging one model for the other moves it by one pixel.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 pyotf==0.0.3
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from importlib.metadata import version
from pyotf.otf import HanserPSF, SheppardPSF

print("pyotf", version("pyotf"))
peaks = {}
for planes in (10, 11):
    for width in (64, 65):
        for model in (HanserPSF, SheppardPSF):
            psf = model(wl=525, na=1.2, ni=1.33, res=100, size=width, zres=190, zsize=planes).PSFi
            peak = tuple(int(i) for i in np.unravel_index(psf.argmax(), psf.shape))
            peaks[model.__name__, planes, width] = peak
            print(f"{model.__name__:12} extents {psf.shape}: peak on {peak}, n // 2 is {tuple(n // 2 for n in psf.shape)}")
for model in ("HanserPSF", "SheppardPSF"):
    assert peaks[model, 10, 64] == (5, 32, 32)
    assert peaks[model, 11, 64] == (6, 32, 32)
assert peaks["HanserPSF", 10, 65] == (5, 32, 32)
assert peaks["SheppardPSF", 10, 65] == (5, 33, 33)
print("as found")
PY
