"""The Python host of compare.py: executes once for each line on standard input and answers one line."""

import sys

import numpy

import abbe

kind, extent = sys.argv[1], int(sys.argv[2])
source = (200 + numpy.arange(extent * extent) * 7919 % 97).astype(numpy.uint16).reshape(extent, extent)
target = numpy.zeros_like(source)
with abbe.Context(threads=1) as context, abbe.Plan(context) as plan:
    if kind == "background":
        plan.add("background", mode="constant", value=100.0)
    else:
        psf = abbe.Psf("gaussian", context=context, pixel_nm=65.0, sigma_nm=130.0)
        plan.add("deconvolve", psf=psf, algorithm="richardson_lucy", stop="iterations", iterations=3)
    plan.set_input(source).set_output(target).commit()
    for _ in sys.stdin:
        plan.execute(source, target)
        print(target.flat[source.size // 2], flush=True)
