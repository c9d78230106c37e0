"""The step flat_field beside BaSiCPy: `python benches/corrections.py`, in an environment of its own with `pip install basicpy`.

Prints what is found in one run, with CPU time of the process. Scenes are simulated, so that the truth is known. A peer that is not installed is left out
and said so. Needs numpy; libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

from __future__ import annotations

import contextlib
import io
import time

import numpy

import abbe


def timed(work):
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def cells(frames, side, seed):
    """Frames of cells on a background that bleaches under an uneven light, and that light: mean 1."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[:side, :side] / side - 0.5
    tilt = random.uniform(-0.2, 0.2, 2)
    light = numpy.exp(-((y - 0.1) ** 2 + (x + 0.05) ** 2) / random.uniform(0.5, 1.0)) + tilt[0] * y + tilt[1] * x
    light /= light.mean()
    rows, columns = numpy.mgrid[:side, :side]
    stack = []
    for at in range(frames):
        image = numpy.full((side, side), 200 * numpy.exp(-at / frames))
        for _ in range(12):
            middle, radius = random.uniform(0, side, 2), random.uniform(0.02, 0.06) * side
            far = ((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2) / radius**2
            image += random.uniform(100, 600) * (far < 1)
        stack.append(random.poisson(light * image))
    return numpy.array(stack, numpy.uint16), light


def error(found, light):
    return 100 * float(numpy.sqrt(numpy.mean((found / found.mean() / light - 1) ** 2)))


def field_of_abbe(stack):
    """What the samples were divided by."""
    with abbe.Plan() as plan:
        plan.add("flat_field", mode="series")
        corrected = plan(stack, axes="tyx")
    total = stack.sum(0, dtype=numpy.float64)
    return total / corrected.sum(0, dtype=numpy.float64)


def flat_field():
    methods = {"abbe": field_of_abbe}
    try:
        from basicpy import BaSiC

        def field_of_basic(stack):
            basic = BaSiC(get_darkfield=False)
            with contextlib.redirect_stdout(io.StringIO()):
                basic.fit(stack)
            return numpy.asarray(basic.flatfield, numpy.float64)

        methods["BaSiCPy"] = field_of_basic
        field_of_basic(cells(16, 128, 99)[0])  # compiles
    except ImportError as missing:
        print(f"SKIPPED: BaSiCPy: {missing}")
    print("| frames of 256 x 256 | " + " | ".join(f"{name}: error in %, CPU s" for name in methods) + " |")
    print("|---" * (len(methods) + 1) + "|")
    for seed, frames in enumerate([16, 32, 64, 100, 64, 64]):
        stack, light = cells(frames, 256, seed)
        row = []
        for work in methods.values():
            found, took = timed(lambda work=work: work(stack))
            row.append(f"{error(found, light):.2f}, {took:.2f}")
        print(f"| {frames} | " + " | ".join(row) + " |")


flat_field()
