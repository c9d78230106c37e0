"""What Python adds to one 2048 x 2048 u16 frame: a Plan's execute against the bare C function, called in turn.

    ABBE_LIBRARY=target/release/libabbe.so PYTHONPATH=bindings/python/src python bindings/python/bench/frame.py

The bare function is called with addresses prepared beforehand and without a listener, which is what a C program does.
Times are processor time of the process with one thread, the least of each kind. Since frames take far longer than what
is asked for, the cost of a call is also measured alone, on a frame of 8 x 8, and put against the large frame's time.
"""

from __future__ import annotations

import time

import numpy

import abbe
from abbe import _abi, _arrays, _library


def least_ms(extent: int, rounds: int) -> dict[str, float]:
    """The least processor time of each way to run a constant background's subtraction, the fastest step there is."""
    image = numpy.random.default_rng(1).poisson(200, (extent, extent)).astype(numpy.uint16)
    target = numpy.empty_like(image)
    with abbe.Context(threads=1) as context, abbe.Plan(context) as plan:
        plan.add("background", mode="constant", value=100.0).set_input(image).set_output(target).commit()
        bare = (plan.key, _arrays.lowest_byte(image), image.nbytes, _arrays.lowest_byte(target), target.nbytes)
        ways = {
            "bare C function": lambda: _library.call("abbe_plan_execute", *bare),
            "plan.execute": lambda: plan.execute(image, target),
            "plan(image, out=)": lambda: plan(image, out=target),
        }
        least = dict.fromkeys(ways, float("inf"))
        for _ in range(rounds):
            for name, work in ways.items():
                if name == "bare C function":
                    _library.call("abbe_plan_set_progress", plan.key, _abi.abbe_progress_fn(), None)
                    plan._listening = False
                begun = time.process_time_ns()
                work()
                least[name] = min(least[name], (time.process_time_ns() - begun) / 1e6)
    return least


frame, call = least_ms(2048, 40), least_ms(8, 3000)
for name in frame:
    added = call[name] - call["bare C function"]
    print(
        f"{name}: {frame[name]:.2f} ms a frame; {added * 1e3:.0f} us more a call than the bare function, "
        f"{added / frame['bare C function']:.2%} of the frame"
    )
