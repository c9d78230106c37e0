#!/usr/bin/env bash
# ome-zarr 0.18.0 (PyPI), write_image(scale_factors=[...]) with whole numbers that are not 2, 4, 8 ...
#
# Guessed: scale_factors=[4, 16] makes levels of a quarter and a sixteenth, since "the downsampling factors for each pyramid level" are given.
# Seen (2026-11-30): only the length of the list is read: [4, 16] and (3, 9) both make a half and a quarter, and [8] a half, without a warning. The
# metadata state what was made. Given as dictionaries, [{"y": 4, "x": 4}, ...], the factors are those.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ome-zarr==0.18.0 dask==2026.8.0 zarr==3.1.6 scikit-image==0.26.0 scipy==1.17.1
cd "$folder"; "$folder/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version
import numpy as np, zarr
from ome_zarr.writer import write_image

print("ome-zarr", version("ome-zarr"))
warnings.simplefilter("error")


def factors(number, wanted):
    write_image(np.zeros((288, 288), np.uint16), f"{number}.zarr", axes="yx", scale_factors=wanted)
    group = zarr.open_group(f"{number}.zarr", mode="r")
    levels = group.attrs["ome"]["multiscales"][0]["datasets"][1:]
    made = [288 / group[level["path"]].shape[1] for level in levels]
    assert made == [level["coordinateTransformations"][0]["scale"][1] for level in levels]
    return made


for number, wanted in enumerate(([4, 16], (3, 9), [8])):
    made = factors(number, wanted)
    print(f"{wanted}: levels are reduced by {made}")
    assert made == [2.0, 4.0][: len(wanted)]
made = factors(9, [{"y": 3, "x": 3}, {"y": 9, "x": 9}])
print(f"3 and 9 as dictionaries: levels are reduced by {made}")
assert made == [3.0, 9.0]
print("as found")
PY
