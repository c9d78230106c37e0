"""What Python adds to one 2048 x 2048 u16 frame: a Plan's execute against the bare C function, called in turn.

    ABBE_LIBRARY=target/release/libabbe.so PYTHONPATH=bindings/python/src python bindings/python/bench/frame.py

The bare function is called with addresses prepared beforehand, which is what a C program does. Times are processor
time of the process, the least of each kind, with one thread.
"""

from __future__ import annotations

import time

import numpy

import abbe
from abbe import _arrays, _library

image = numpy.random.default_rng(1).poisson(200, (2048, 2048)).astype(numpy.uint16)
target = numpy.empty_like(image)
psf = abbe.psf.gaussian(sigma_nm=100, pixel_nm=65)

for step, settings in (("background", {"mode": "constant", "value": 100.0}), ("deconvolve", {"iterations": 5})):
    with abbe.Context(threads=1) as context, abbe.Plan(context) as plan:
        plan.add(step, **settings, **({"psf": psf} if step == "deconvolve" else {}))
        plan.set_input(image).set_output(target).commit()
        bare = (plan.key, _arrays.lowest_byte(image), image.nbytes, _arrays.lowest_byte(target), target.nbytes)
        kinds = {
            "bare C function": lambda: _library.call("abbe_plan_execute", *bare),
            "plan.execute": lambda: plan.execute(image, target),
            "plan(image, out=)": lambda: plan(image, out=target),
        }
        least = dict.fromkeys(kinds, float("inf"))
        for _ in range(30 if step == "background" else 7):
            for name, work in kinds.items():
                # The bare function without a listener, as a C program would have it.
                if name == "bare C function":
                    _library.call("abbe_plan_set_progress", plan.key, abbe._abi.abbe_progress_fn(), None)
                    plan._listening = False
                begun = time.process_time_ns()
                work()
                least[name] = min(least[name], (time.process_time_ns() - begun) / 1e6)
        print(f"{step}: " + ", ".join(f"{name} {took:.3f} ms" for name, took in least.items()))
        floor = least["bare C function"]
        print(f"{step}: plan.execute takes {least['plan.execute'] / floor - 1:+.2%} against the bare C function")
