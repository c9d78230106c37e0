"""How far the default deconvolution of chunks, each told what was found of the whole, and of tiles under a memory cap is from that of
the whole image: root mean square over that of the whole, and most, over its peak.

    python benches/chunks.py

Scenes: points and smooth structure, brighter to one side, under a Gaussian point spread function; Poisson noise of gain 2, read noise of
3, offset 100. Planes of 512 x 512 and 700 x 700, a stack of 24 x 300 x 300.
"""

from __future__ import annotations

import warnings

import abbe
import abbe.dask
import dask.array
import numpy
from scipy import ndimage


def scene(shape: tuple[int, ...], seed: int) -> numpy.ndarray:
    generator = numpy.random.default_rng(seed)
    truth = numpy.zeros(shape)
    truth[tuple(generator.integers(0, extent, truth.size // 300) for extent in shape)] = generator.uniform(300, 3000)
    truth += 8 * ndimage.gaussian_filter(truth, 4.0)
    light = ndimage.gaussian_filter(truth, [2.0] * len(shape)) * numpy.linspace(0.5, 1.5, shape[-1]) + 20
    return (2.0 * generator.poisson(light) + generator.normal(100, 3, shape)).clip(0).astype(numpy.uint16)


def apart(result: numpy.ndarray, whole: numpy.ndarray) -> str:
    rms = numpy.sqrt(((result - whole) ** 2).mean() / (whole.astype(float) ** 2).mean())
    return f"{rms:.1e} rms, {numpy.abs(result - whole).max() / whole.max():.1e} most"


def main() -> None:
    warnings.simplefilter("ignore", abbe.AbbeWarning)
    planes = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
    stacks = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0, sigma_axial_nm=260.0, step_nm=130.0)
    for shape, psf in (((512, 512), planes), ((700, 700), planes), ((24, 300, 300), stacks)):
        image = scene(shape, 3)
        with abbe.Plan() as plan:
            plan.add("deconvolve", psf=psf)
            whole = plan(image)
            report = plan.report()
        told = report["steps"][0]["images"][0]
        hybrid = told.get("hybrid", {})
        print(f"{shape}: denoised {hybrid.get('denoised')}, {told['iterations']} iterations")
        abbe.dask.free_memory = lambda: image.nbytes
        for chunk in (128, 256):
            result = abbe.dask.deconvolve(dask.array.from_array(image, chunks=chunk), psf).compute(scheduler="threads")
            print(f"  chunks of {chunk}: {apart(result, whole)}")
        for share in (0.75, 0.5):
            with abbe.Plan(memory_cap_bytes=int(share * report["workspace_bytes"])) as plan:
                plan.add("deconvolve", psf=psf)
                result = plan(image)
                told = plan.report()["steps"][0]["images"][0]
            print(f"  {numpy.prod(told['tiles'])} tiles: {apart(result, whole)}, {told['iterations']} iterations")


if __name__ == "__main__":
    main()
