#!/usr/bin/env bash
# NanoPyx 2.1.5 (PyPI), eSRRF, of a round spot in the middle of a pixel.
#
# Guessed: the spot stays where it is, at every magnification, in one of the two usual conventions (samples at the middles or at the corners of pixels).
# Seen (2026-11-30): it moves down and to the right, in no convention: by 0.49 px at magnification 1 (its peak is in the next pixel), and with
# samples at the middles by 0.29 at 2, 0.17 at 5 and 0.12 at 10. Results of two magnifications do not lie on each other or on the raw image.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 "setuptools<81" nanopyx==2.1.5
cd "$folder" && venv/bin/python - <<'PY'
from importlib.metadata import version
import contextlib, io
import numpy as np

with contextlib.redirect_stdout(io.StringIO()):
    import nanopyx

print("nanopyx", version("nanopyx"))
y, x = np.mgrid[:64, :64]
frames = np.stack([1000 * np.exp(-((y - 32) ** 2 + (x - 24) ** 2) / 6.5)] * 3).astype(np.float32)
moved = {}
for magnification in (1, 2, 5, 10):
    with contextlib.redirect_stdout(io.StringIO()):
        result = nanopyx.eSRRF(frames, magnification=magnification, radius=1.5, sensitivity=1, _force_run_type="unthreaded")
    result = np.clip(np.asarray(result).reshape(64 * magnification, -1), 0, None)
    centres = (np.arange(64 * magnification) + 0.5) / magnification - 0.5
    moved[magnification] = [float(result.sum(1) @ centres / result.sum() - 32), float(result.sum(0) @ centres / result.sum() - 24)]
    print("magnification", magnification, "moved by", np.round(moved[magnification], 3), "px, corners instead of middles:",
          np.round(np.add(moved[magnification], 0.5 - 0.5 / magnification), 3))
assert all(shift > 0.45 for shift in moved[1])
assert all(0.1 < shift < 0.35 for m in (2, 5, 10) for shift in moved[m])
assert moved[2][0] - moved[10][0] > 0.08
print("as found")
PY
