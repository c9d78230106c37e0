#!/usr/bin/env bash
# nanopyx 2.1.5 (PyPI), calculate_error_map(reference, image): the resolution-scaled Pearson correlation (RSP) of SQUIRREL.
#
# Guessed: a correlation does not change when a camera's offset is added to the reference, and is that of numpy in 64 bits to five digits.
# Seen (2026-11-30): nanopyx.core.analysis.pearson_correlation sums millions of samples in 32 bits. For two images of 2048 x 2048 that
# correlate to 0.707, at an offset of 20000, it gives 0.996; the same images with an offset of 0 give 0.709. So the RSP of a bad result rises
# with the offset of the camera and the size of the image. RSE is not affected.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 "setuptools<81" nanopyx==2.1.5
"$folder/venv/bin/python" -W ignore - <<'PY' 2>/dev/null
from importlib.metadata import version
import numpy as np
from nanopyx.core.analysis.pearson_correlation import pearson_correlation
from nanopyx.methods.squirrel.error_map import calculate_error_map

print("nanopyx", version("nanopyx"))
draw = np.random.default_rng(0)
seen = {}
for offset in (0, 20000):
    one = (offset + draw.normal(0, 30, (2048, 2048))).astype(np.float32)
    other = (one + draw.normal(0, 30, one.shape)).astype(np.float32)
    exact = np.corrcoef(one.ravel().astype(np.float64), other.ravel().astype(np.float64))[0, 1]
    seen[offset] = pearson_correlation(one, other)
    print(f"offset {offset:5}: pearson_correlation {seen[offset]:.5f}, numpy in 64 bits {exact:.5f}")
    assert abs(exact - 0.707) < 0.002
assert abs(seen[0] - 0.707) < 0.01 and seen[20000] > 0.95
result = draw.normal(100, 30, (1024, 1024)).astype(np.float32)
reference = (result + draw.normal(0, 30, result.shape)).astype(np.float32)
rsp = [calculate_error_map(reference + np.float32(offset), result)[2] for offset in (0, 20000)]
print(f"RSP of one result: {rsp[0]:.4f}; with 20000 added to the reference: {rsp[1]:.4f}")
assert abs(rsp[1] - rsp[0]) > 0.01
print("as found")
PY
