#!/usr/bin/env bash
# xarray-multiscale 2.1.0 (PyPI), windowed_mean, the reduction of its own examples, on integer samples.
#
# Guessed: a level of means has the mean of the level below, but for rounding, which goes up as often as down.
# Seen (2026-11-30): means of integers are cut off, so each level loses 3/8 of a count: an image of 5 counts has 4.24 two levels up and 3.1 at
# the fifth. As float32 the mean stays.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 xarray==2026.9.0 xarray-multiscale==2.1.0
cd "$folder" && venv/bin/python - <<'PY'
from importlib.metadata import version
import numpy as np
from xarray_multiscale import multiscale, windowed_mean

print("xarray-multiscale", version("xarray-multiscale"))
counts = np.random.default_rng(0).poisson(5, (256, 256))
whole = [float(level.mean()) for level in multiscale(counts.astype(np.uint16), windowed_mean, 2)][:6]
real = [float(level.mean()) for level in multiscale(counts.astype(np.float32), windowed_mean, 2)][:6]
print("uint16 :", np.round(whole, 2))
print("float32:", np.round(real, 2))
assert max(abs(level - real[0]) for level in real) < 0.01
assert whole[0] - whole[1] > 0.3 and whole[0] - whole[5] > 1.5
print("as found")
PY
