#!/usr/bin/env bash
# pylibCZIrw 6.1.0 (PyPI, of ZEISS), CziReader.read(zoom=0.5).
#
# Guessed: a reduced image shows means of what it leaves out, or at least a smoothed image: noise of half the deviation.
# Seen (2026-11-30): of a file without a pyramid it is every second sample of every second row, exactly: noise stays as it was, and what is finer
# than two pixels turns into false coarse structure.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 pylibCZIrw==6.1.0
cd "$folder" && venv/bin/python - <<'PY'
from importlib.metadata import version
import numpy as np
from pylibCZIrw import czi

print("pylibCZIrw", version("pylibCZIrw"))
noise = np.random.default_rng(0).poisson(20, (128, 160)).astype(np.uint16)
stripes = np.where(np.arange(160) % 2, 1000, 0)[None].repeat(128, 0).astype(np.uint16)
with czi.create_czi("image.czi") as file:
    for plane, image in enumerate((noise, stripes)):
        file.write(data=image[..., None], plane={"C": 0, "Z": plane, "T": 0})
with czi.open_czi("image.czi") as file:
    half = file.read(plane={"Z": 0}, zoom=0.5)[..., 0]
    fine = file.read(plane={"Z": 1}, zoom=0.5)[..., 0]
print("deviation of noise:", noise.std().round(2), "reduced:", half.std().round(2))
print("mean of stripes one pixel wide:", stripes.mean(), "reduced:", fine.mean())
assert np.array_equal(half, noise[::2, ::2]) and fine.mean() == 0
print("as found")
PY
