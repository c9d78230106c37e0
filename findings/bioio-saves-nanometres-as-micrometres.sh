#!/usr/bin/env bash
# bioio 3.6.0 with bioio-ome-tiff 1.4.0 and bioio-tifffile 1.3.1 (PyPI): pixel sizes in nanometres.
#
# Guessed: an OME-TIFF with PhysicalSizeX="65" PhysicalSizeXUnit="nm", read and saved again, still has pixels of 65 nm.
# Seen (2026-11-30): the number is taken without its unit, and written without one, which means micrometres: pixels of 65 um. Depth in micrometres
# beside it stays, so that the shape of the voxels changes as well. The unit is None in dimension_properties, while ome_metadata of the same object
# has it; the documentation says that units are not handled. An ImageJ TIFF with the unit nm, read by the sister package, is converted to 0.065.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 bioio==3.6.0 bioio-base==3.5.0 bioio-ome-tiff==1.4.0 \
    bioio-tifffile==1.3.1 tifffile==2026.3.3 ome-types==0.7.0 dask==2026.8.0 zarr==3.1.6 xarray==2026.9.0
cd "$folder"; "$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
import bioio_ome_tiff, bioio_tifffile
import numpy as np, ome_types, tifffile
from bioio import BioImage

print("bioio", version("bioio"), "bioio-ome-tiff", version("bioio-ome-tiff"), "bioio-tifffile", version("bioio-tifffile"))
stack = np.zeros((5, 32, 32), np.uint16)
units = {"PhysicalSizeXUnit": "nm", "PhysicalSizeYUnit": "nm", "PhysicalSizeZUnit": "µm"}
tifffile.imwrite("a.ome.tif", stack, metadata={"axes": "ZYX", "PhysicalSizeX": 65, "PhysicalSizeY": 65, "PhysicalSizeZ": 0.2, **units})
tifffile.imwrite("a.tif", stack, imagej=True, resolution=(1 / 65, 1 / 65), metadata={"axes": "ZYX", "spacing": 200, "unit": "nm"})


def stated(path):
    """Width and depth of a voxel in micrometres, as the file states them."""
    pixels = ome_types.from_tiff(path).images[0].pixels
    return tuple(round(one.to("micrometer").magnitude, 6) for one in (pixels.physical_size_x_quantity, pixels.physical_size_z_quantity))


image = BioImage("a.ome.tif", reader=bioio_ome_tiff.Reader)
image.save("b.ome.tif")
size = image.physical_pixel_sizes
print(f"OME-TIFF: {stated('a.ome.tif')} um are read as {size.X}, {size.Z}, unit {image.dimension_properties.X.unit}; saved, they are {stated('b.ome.tif')} um")
assert stated("a.ome.tif") == (0.065, 0.2) and stated("b.ome.tif") == (65.0, 0.2)
assert (size.X, size.Z) == (65.0, 0.2) and image.dimension_properties.X.unit is None
size = BioImage("a.tif", reader=bioio_tifffile.Reader).physical_pixel_sizes
print(f"ImageJ TIFF: 65 and 200 nm are read as {size.X:.3f}, {size.Z:.3f}")
assert abs(size.X - 0.065) < 1e-6 and abs(size.Z - 0.2) < 1e-6
print("as found")
PY
