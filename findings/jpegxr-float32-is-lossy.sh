#!/usr/bin/env bash
# tifffile 2026.3.3 with imagecodecs 2026.3.6 (jxrlib 1.1): compression="jpegxr", the codec of CZI files, for float32 images.
#
# Guessed: since uint16 images come back exactly at the default level, float32 images that hold the same counts do too, or are refused.
# Seen (2026-11-29): uint16 comes back exactly; float32 loses bits without a word, 2 counts at 60000, and level 100 changes nothing.
# jxrlib codes floating point with fewer mantissa bits than float32 has. A result of a deconvolution must not be stored so.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6
"$folder/venv/bin/python" - <<'PY'
import io
import imagecodecs, numpy as np, tifffile

print("tifffile", tifffile.__version__, "imagecodecs", imagecodecs.__version__)
counts = np.random.default_rng(0).integers(59000, 61000, (64, 64)).astype(np.uint16)

def change(image, **arguments):
    file = io.BytesIO()
    tifffile.imwrite(file, image, compression="jpegxr", compressionargs=arguments)
    file.seek(0)
    largest = float(np.abs(tifffile.imread(file).astype(np.float64) - image).max())
    print(f"{image.dtype}, {arguments or 'default level'}: largest change {largest:g} counts")
    return largest

assert change(counts) == 0
assert change(counts.astype(np.float32)) >= 1
assert change(counts.astype(np.float32), level=100) >= 1
print("as found")
PY
