#!/usr/bin/env bash
# useq-schema 0.9.2 (PyPI), the z plans of pymmcore-plus and napari-micromanager, with a step that does not divide the range.
#
# Guessed: ZRangeAround(range=4, step=1.5) stays within 2 um of the centre and lies evenly around it; ZTopBottom stops at its top.
# Seen (2026-11-30): the planes are at -2, -0.5, 1 and 2.5 um: one lies outside the range, and their middle is 0.25 um away from the centre.
# ZTopBottom(top=4, bottom=0, step=1.5) goes to 4.5 um, above the top.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check useq-schema==0.9.2
cd "$folder" && venv/bin/python - <<'PY'
from importlib.metadata import version
import useq

print("useq-schema", version("useq-schema"))
around = list(useq.ZRangeAround(range=4, step=1.5))
print("ZRangeAround(range=4, step=1.5):", around, "middle", (around[0] + around[-1]) / 2)
assert around == [-2.0, -0.5, 1.0, 2.5]
between = list(useq.ZTopBottom(top=4, bottom=0, step=1.5))
print("ZTopBottom(top=4, bottom=0, step=1.5):", between)
assert max(between) == 4.5
print("as found")
PY
