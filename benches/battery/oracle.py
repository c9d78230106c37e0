"""What to compare with: the best that a fixed setting reaches when the truth is known, and other libraries.

The oracle tries algorithms with the true background and stops each at the number of iterations with the highest PSNR: as good
as any stop rule could be. RedLionfish is asked by its defaults, where it is installed.
"""

from __future__ import annotations

import abbe
import numpy

import score
from microscope import Taken

FIXED = {
    "richardson_lucy": {},
    "heavy_ball": {},
    "total_variation 0.002": {"total_variation": 0.002},
    "total_variation 0.01": {"total_variation": 0.01},
    "total_variation 0.03": {"total_variation": 0.03},
    "tempered 0.3": {"tempering": 0.3},
    "tempered 3": {"tempering": 3.0},
}
ITERATIONS = (1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 57, 80, 113, 160, 200)


def oracle(taken: Taken, context: abbe.Context) -> dict[str, object]:
    """The setting of the highest PSNR for the first frame: ``psnr``, ``algorithm``, ``iterations``."""
    best: dict[str, object] = {"psnr": -numpy.inf}
    for name, settings in FIXED.items():
        top, worse = -numpy.inf, 0
        for iterations in ITERATIONS:
            with abbe.Plan(context) as plan:
                fixed = dict(algorithm=name.split()[0], stop="iterations", iterations=iterations, background=taken.background)
                plan.add("deconvolve", psf=taken.psf, **fixed, **settings)
                value = score.psnr(plan(taken.frames[0]), taken)
            worse = 0 if value > top else worse + 1
            top = max(top, value)
            if value > best["psnr"]:
                best = {"psnr": value, "algorithm": name, "iterations": iterations}
            if worse == 2:
                break
    return best


def redlionfish(taken: Taken) -> float | None:
    """PSNR of RedLionfish by its defaults (10 iterations); None where it is missing or takes no planes."""
    try:
        from RedLionfishDeconv import doRLDeconvolutionFromNpArrays
    except ImportError:
        return None
    if taken.truth.ndim == 2:
        return None
    image = numpy.maximum(taken.frames[0].astype(numpy.float32) - taken.offset, 0)
    return score.psnr(doRLDeconvolutionFromNpArrays(image, taken.psf.sample(), method="cpu"), taken)
