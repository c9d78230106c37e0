"""Deconvolves an OME-Zarr chunk by chunk: `python examples/python/larger_than_memory.py IN.ome.zarr OUT.ome.zarr`.

It runs on this machine's processors; hand `Client` the address of a Dask scheduler to run it on a cluster.
"""

import sys

from dask.distributed import Client

import abbe
import abbe.dask

if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        image, axes, spacing = abbe.dask.open_ome_zarr(sys.argv[1])
        psf = abbe.psf.widefield(
            numerical_aperture=1.2,
            wavelength_nm=525,
            immersion_index=1.33,
            pixel_nm=spacing["x"],
            step_nm=spacing["z"],
        )
        restored = abbe.dask.deconvolve(image, psf, axes=axes, iterations=20)
        abbe.dask.save_ome_zarr(sys.argv[2], restored, axes, spacing)
