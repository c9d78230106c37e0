#!/usr/bin/env bash
# ome-zarr 0.18.0 (PyPI), write_image() and write_labels() of one object, with the default downsampling of each.
#
# Guessed: the levels' scale and translation put an object at one place in every level, and its label onto it.
# Seen (2026-11-30): the image keeps its place; the label moves away from it by half a pixel of each level: 0.5, 1.5, 3.5 and about 7 pixels of
# the full image. Labels are reduced by taking single samples (Methods.NEAREST), but the translation is that of a mean over a block. Images that
# are written with that method move as well.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ome-zarr==0.18.0 dask==2026.8.0 zarr==3.1.6 scikit-image==0.26.0 scipy==1.17.1
cd "$folder"; "$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import numpy as np, zarr
from ome_zarr.scale import Methods
from ome_zarr.writer import write_image, write_labels
from scipy import ndimage

print("ome-zarr", version("ome-zarr"))
y, x = np.mgrid[:1024, :1024]
disc = ((y - 500) ** 2 + (x - 450) ** 2 < 320**2).astype(np.uint16)


def places(group):
    """For each level: its factor, and where the metadata put the centre of mass."""
    for level in group.attrs["ome"]["multiscales"][0]["datasets"]:
        stated = {one["type"]: np.array(one[one["type"]]) for one in level["coordinateTransformations"]}
        centre = np.array(ndimage.center_of_mass(group[level["path"]][:].astype(float)))
        yield stated["scale"][0], centre * stated["scale"] + stated["translation"]


write_image(disc * np.float32(1000), "a.zarr", axes="yx")
write_labels(disc, "a.zarr", name="cells", axes="yx")
write_image(disc * np.float32(1000), "b.zarr", axes="yx", method=Methods.NEAREST)
open_ = lambda path: zarr.open_group(path, mode="r")
for image, label, nearest in zip(places(open_("a.zarr")), places(open_("a.zarr/labels/cells")), places(open_("b.zarr"))):
    factor = image[0]
    assert label[0] == nearest[0] == factor
    print(f"reduced by {factor:2.0f}: image {image[1].round(2)}, label {label[1].round(2)}, image by NEAREST {nearest[1].round(2)}")
    assert abs(image[1] - (500, 450)).max() < 0.1
    if factor > 1:
        assert (abs(abs(label[1] - image[1]) - (factor - 1) / 2) < 0.1 * factor).all()
        assert (abs(nearest[1] - label[1]) < 0.1 * factor).all()
print("as found")
PY
