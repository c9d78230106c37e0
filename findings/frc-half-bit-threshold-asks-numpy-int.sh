#!/usr/bin/env bash
# frc 0.1.1 (PyPI, of TU Delft), frc_res(..., threshold="half_bit") with a numpy that its own requirements take.
#
# Guessed: with numpy 1.26, which "numpy<2.0,>=1.18" allows and pip chooses, both of the thresholds that the documentation names work.
# Seen (2026-11-30): "1/7" works; "half_bit" raises AttributeError, since it asks for numpy.int, which numpy removed in 1.24.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check frc==0.1.1 diplib==3.6.1 rustfrc==1.1.5
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np, frc

print("frc", version("frc"), "numpy", version("numpy"))
x = np.arange(128) / 256
curve = np.exp(-((x / 0.15) ** 2))
print("1/7: resolution", round(frc.frc_res(x, curve, 256, "1/7")[0], 3))
try:
    frc.frc_res(x, curve, 256, "half_bit")
except AttributeError as failure:
    print("half_bit:", str(failure).splitlines()[0])
    assert "numpy" in str(failure) and "int" in str(failure)
else:
    raise SystemExit("half_bit works")
print("as found")
PY
