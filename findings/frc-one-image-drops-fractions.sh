#!/usr/bin/env bash
# frc 0.1.1 (PyPI, of TU Delft, over rustfrc 1.1.5), one_frc(image) of photons that are no whole numbers.
#
# Guessed: an image in photons, (counts - offset) / gain, as the method asks for, is hardly ever whole; its halves have the same mean.
# Seen (2026-11-30): the first half is drawn from the whole part only, and the second is the rest, so that all fractions are in the second: of
# 1.9 photons everywhere 0.5 and 1.4. Below one photon the first half is empty, and the curve of a structured image is NaN at every frequency.
# One sample below 0, which read noise gives, is refused by rustfrc.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "numpy<2.0,>=1.18" frc==0.1.1 diplib==3.6.1 rustfrc==1.1.5
"$folder/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version
import numpy as np, frc, rustfrc

print("frc", version("frc"), "rustfrc", version("rustfrc"))
image = np.full((256, 256), 1.9, np.float32)
half = rustfrc.binom_split(image)
print(f"1.9 photons: halves of {half.mean():.3f} and {(image - half).mean():.3f}")
assert abs(half.mean() - 0.5) < 0.01 and abs((image - half).mean() - 1.4) < 0.01
y, x = np.mgrid[:256, :256]
faint = (0.5 + 0.4 * np.sin(x / 5) * np.sin(y / 7)).astype(np.float32)
curve = frc.one_frc(faint)
print(f"0.1 to 0.9 photons: {np.isnan(curve).sum()} of {len(curve)} values of the curve are NaN")
assert np.isnan(curve).all()
try:
    image[3, 4] = -0.1 - 1
    frc.one_frc(image)
except ValueError as failure:
    print("a sample of -1.1:", failure)
else:
    raise SystemExit("negative samples are taken")
print("as found")
PY
