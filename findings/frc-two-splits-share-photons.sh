#!/usr/bin/env bash
# frc 0.1.1 (PyPI, of TU Delft, over diplib and rustfrc), one_frc(image, method=2), "performs two independent splits".
#
# Guessed: independent halves of an image of photons have independent noise, so that without any structure (a flat image of 20 photons a
# sample) the ring correlation is 0 but for chance, as it is for method 1 and for two images.
# Seen (2026-11-29): 0.50 at every frequency. Both halves are drawn from the same photons, each photon with probability 1/2, so that they share a
# quarter of them: the curve of any image stays above the thresholds (1/7, half-bit), and no resolution is found or one that says nothing.
# Photon splitting needs the second half to be what the first left, which is method 1.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "numpy<2.0,>=1.18" frc==0.1.1 diplib==3.6.1 rustfrc==1.1.5
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np, frc

draw = np.random.default_rng(0)
image, other = (draw.poisson(20, (256, 256)).astype(np.float32) for _ in range(2))
print("frc", version("frc"), "rustfrc", version("rustfrc"), "diplib", version("diplib"))
curves = {"two images": frc.two_frc(image, other), "one image, method 1": frc.one_frc(image, 1), "one image, method 2": frc.one_frc(image, 2)}
means = {}
for name, curve in curves.items():
    means[name] = curve[10:].mean()
    print(f"{name:20} mean of rings 10 to {len(curve) - 1}: {means[name]:+.3f}, least {curve[10:].min():+.3f}")
assert abs(means["two images"]) < 0.02 and abs(means["one image, method 1"]) < 0.02
assert abs(means["one image, method 2"] - 0.5) < 0.02 and curves["one image, method 2"][30:].min() > 1 / 7
print("as found")
PY
