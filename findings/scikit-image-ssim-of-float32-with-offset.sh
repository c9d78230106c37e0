#!/usr/bin/env bash
# scikit-image 0.26.0 (PyPI), skimage.metrics.structural_similarity of float32 images on a camera's offset.
#
# Guessed: the same samples give the same similarity as float32, as float64 and as uint16, which all hold them exactly.
# Seen (2026-11-30): float32 is filtered in float32, and variances are taken as the mean of squares less the square of the mean. With a
# contrast of some 50 counts on an offset of 60000 that leaves no digit: -0.47 in place of 0.52, without a warning; at 20000 it is 0.50. uint16
# and float64 agree. Means of frames, and what microscopy programs save as 32 bit, are of this kind.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-image==0.26.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

print("scikit-image", version("scikit-image"))
draw = np.random.default_rng(0)
truth = np.rint(gaussian_filter(draw.normal(0, 1, (256, 256)), 3) * 150) + 200
image = np.rint(truth + draw.normal(0, 10, truth.shape))
seen = {}
for offset in (0, 20000, 60000):
    for kind in (np.float64, np.uint16, np.float32):
        pair = [(one + offset).astype(kind) for one in (truth, image)]
        assert all(np.array_equal(one, other + offset) for one, other in zip(pair, (truth, image)))
        seen[offset, kind] = structural_similarity(*pair, data_range=np.ptp(truth))
    print(f"offset {offset:5}:", ", ".join(f"{kind.__name__} {seen[offset, kind]:.4f}" for kind in (np.float64, np.uint16, np.float32)))
    assert abs(seen[offset, np.float64] - seen[offset, np.uint16]) < 1e-6
assert abs(seen[0, np.float32] - seen[0, np.float64]) < 1e-5
assert abs(seen[20000, np.float32] - seen[20000, np.float64]) > 0.01
print("as found")
PY
