#!/usr/bin/env bash
# trackpy 0.7 (PyPI), locate() of spots, with one image in two units.
#
# Guessed: which spots are found does not depend on the unit of the samples, since minmass is left at its default.
# Seen (2026-11-30): counts of a camera as uint16 or float64 give the three spots; the same counts over 65535, as skimage.img_as_float makes
# them, give none, without a warning: the band-pass takes what is below 1/255 away from every image of floating point.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 trackpy==0.7
cd "$folder" && venv/bin/python - <<'PY'
from importlib.metadata import version
import warnings
import numpy as np
import trackpy

warnings.simplefilter("ignore")
trackpy.quiet()
print("trackpy", version("trackpy"))
y, x = np.mgrid[:128, :128]
spots = sum(height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 12.5) for row, column, height in ((30, 40, 300), (80, 90, 300), (100, 30, 200)))
counts = (np.random.default_rng(0).poisson(spots + 20) + 100).astype(np.uint16)
found = {name: len(trackpy.locate(image, 11, topn=3)) for name, image in (("uint16", counts), ("float64", counts.astype(float)), ("over 65535", counts / 65535))}
print(found)
assert found == {"uint16": 3, "float64": 3, "over 65535": 0}
print("as found")
PY
