#!/usr/bin/env bash
# scikit-image 0.26.0, skimage.exposure.equalize_adapthist (CLAHE), on a stack whose planes are each a block of their own.
#
# Guessed: kernel_size is "the shape of contextual regions", so that with kernel_size=(1, 64, 64) on a stack of planes of 64x64 each plane is equalised
# by its own histogram, and what another plane holds says nothing of it.
# Seen (2026-11-30): the histogram of a block is taken half a block before the place it is used at, in whole samples; for blocks of one plane that is a
# whole plane. A change of plane 0 alone changes plane 1, by up to 0.44 of the range. Within a plane the same shows with blocks of odd extents: an
# image that is mirrored, equalised and mirrored back differs by 0.078, with even ones by 0.007.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np
from skimage.exposure import equalize_adapthist

print(", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-image")))
random = np.random.default_rng(0)
stack = random.random((4, 64, 64))
stack[2:, 0, 0], stack[2:, 0, 1] = 0.0, 1.0  # The range stays the same.
other = stack.copy()
other[0] *= 0.3
kept = {"kernel_size": (1, 64, 64)}
changed = abs(equalize_adapthist(stack, **kept) - equalize_adapthist(other, **kept)).max((1, 2))
print("plane 0 is changed; the planes of the result change by", changed.round(3))
assert changed[0] > 0.2 and changed[1] > 0.4 and (changed[2:] == 0.0).all()
plane = stack[3]
far = {}
for side in (16, 17):
    there = equalize_adapthist(plane, kernel_size=side)
    mirrored = equalize_adapthist(plane[:, ::-1].copy(), kernel_size=side)[:, ::-1]
    far[side] = abs(there - mirrored).max()
    print(f"kernel_size {side}: mirrored first and mirrored back, it differs by {far[side]:.3f}")
assert far[16] < 0.01 and far[17] > 0.07
print("as found")
PY
