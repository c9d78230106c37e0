#!/usr/bin/env bash
# scikit-image 0.26.0, skimage.restoration.rolling_ball, on a straight ramp without noise.
#
# Guessed: a ball that rolls under a surface (Sternberg 1983, as in ImageJ, which the documentation names) reaches every point of a straight
# ramp, so that the ramp is its own background, as the grey opening with the same ball says.
# Seen (2026-11-30): the result is the height of the ball's highest point, which is not where it touches: below a ramp of slope 1 and a ball of
# radius 50 it lies 50 (sqrt(2) - 1) = 20.7 lower, everywhere, and what is called background leaves a fifth of the slope's light in the image. It
# is the grey erosion plus the radius; the dilation that would give the surface the ball touches is not made.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np
from scipy import ndimage
from skimage.restoration import rolling_ball

print(", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-image")))
radius = 50
y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
ball = np.sqrt(np.maximum(radius**2 - y**2 - x**2, 0.0))
inside = y**2 + x**2 <= radius**2
ramp = np.tile(1000.0 + np.arange(320.0), (320, 1))
middle = (slice(120, 200),) * 2
eroded = ndimage.grey_erosion(ramp, footprint=inside, structure=ball)
opened = ndimage.grey_dilation(eroded, footprint=inside, structure=ball)
found = rolling_ball(ramp, radius=radius)
far = {"opening with the ball": ramp - opened, "rolling_ball": ramp - found, "rolling_ball from erosion + radius": eroded + radius - found}
for name, difference in far.items():
    print(f"{name}: {difference[middle].min():.3f} to {difference[middle].max():.3f}")
assert abs(far["opening with the ball"][middle]).max() < 0.1
assert abs(far["rolling_ball"][middle] - radius * (2**0.5 - 1)).max() < 0.2
assert abs(far["rolling_ball from erosion + radius"]).max() < 0.1
print("as found")
PY
