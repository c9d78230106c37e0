"""Streams and live plans: `python benches/stream.py [steady] [overload] [denoisers] [iterations] [frames=N]`.

- `steady`: N frames of 512 x 512 u16 at a fixed level, one after the other; the time in the library is that from a frame's turn to its result.
- `overload`: frames come in bursts faster than they can be done, and are cancelled now and then; the account must be right at every instant.
- `denoisers`: CPU time of a frame of 512 x 512 u16, by what a ladder of plans may hold.
- `iterations`: CPU time of two iterations of Richardson-Lucy on 2048 x 2048 u16.

Needs numpy; libabbe by ABBE_LIBRARY with bindings/python/src on the path. One thread works, so that other work of the machine tells in the tail only.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy

import abbe


def committed(step, image, **settings):
    plan = abbe.Plan(context=abbe.Context(threads=1))
    plan.add(step, **settings).set_input(image).commit()
    return plan


def noisy(side):
    random = numpy.random.default_rng(1)
    rows, columns = numpy.mgrid[:side, :side]
    light = 20 + 200 * numpy.exp(-((rows % 32 - 16) ** 2 + (columns % 32 - 16) ** 2) / 8)
    return (100 + random.poisson(light)).astype(numpy.uint16)


def exact(counts):
    dropped = sum(counts[name] for name in counts if name.startswith("dropped"))
    return counts["submitted"] == counts["delivered"] + dropped + counts["failed"] + counts["pending"]


def steady(frames):
    image = noisy(512)
    plan = committed("filter", image, kind="gaussian", sigma_px=1.0)
    took = numpy.empty(frames)
    with abbe.Stream(plan, shape=image.shape, dtype=image.dtype, level=0, mode="lossless") as stream:
        for number in range(frames):
            assert stream.submit(image, number) == "accepted"
            assert stream.wait(60_000)
            while (result := stream.take()) is None:
                pass
            assert result.number == number and not result.level
            took[number] = (result.done_ns - result.started_ns) / 1e6
            if number == min(1000, frames // 10):
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        counts = stream.counts()
    assert exact(counts) and counts["delivered"] == frames
    middle, tail, last = numpy.percentile(took, [50, 99.9, 100])
    print(f"{frames} frames: p50 {middle:.3f} ms, p99.9 {tail:.3f} ms ({tail / middle:.2f}), longest {last:.3f} ms; {grown} KiB more")


def overload(frames):
    image = noisy(512)
    plans = [committed("filter", image, kind="gaussian", sigma_px=1.0), committed("filter", image, kind="median", radius_px=2)]
    looks = 0
    with abbe.Stream(*plans, shape=image.shape, dtype=image.dtype, deadline_ms=8.0, frames=3) as stream:
        random = numpy.random.default_rng(2)
        number = 0
        while number < frames:
            for _ in range(random.integers(1, 12)):
                stream.submit(image, number)
                number += 1 + int(random.random() < 0.01)
                assert exact(stream.counts())
                looks += 1
            if random.random() < 0.02:
                stream.cancel()
            if random.random() < 0.5:
                stream.take()
            time.sleep(0.001 * random.integers(0, 4))
        stream.wait(60_000)
        while stream.take():
            pass
        counts = stream.counts()
    assert exact(counts) and not counts["pending"]
    print(f"{looks} looks at the account, all exact: " + ", ".join(f"{name} {count}" for name, count in counts.items() if count))


def cpu(plan, image, times):
    result = numpy.empty_like(image)
    plan.execute(image, result)
    best = []
    for _ in range(times):
        started = time.process_time()
        plan.execute(image, result)
        best.append(time.process_time() - started)
    return 1e3 * min(best)


def denoisers(_):
    image = noisy(512)
    kinds = {
        "gaussian": ("filter", {"kind": "gaussian", "sigma_px": 1.0}),
        "median of radius 1": ("filter", {"kind": "median", "radius_px": 1}),
        "wavelets": ("denoise", {"method": "wavelets"}),
        "total_variation": ("denoise", {"method": "total_variation"}),
        "patches": ("denoise", {"method": "patches"}),
        "network": ("denoise", {"method": "network"}),
    }
    for name, (step, settings) in kinds.items():
        print(f"| {name} | {cpu(committed(step, image, **settings), image, 3):.0f} ms |")


def iterations(_):
    image = noisy(2048)
    rows, columns = numpy.mgrid[-8:9, -8:9]
    psf = abbe.psf.measured(numpy.exp(-(rows**2 + columns**2) / 4.5).astype(numpy.float32))
    plan = committed("deconvolve", image, psf=psf, algorithm="richardson_lucy", iterations=2)
    print(f"two iterations: {cpu(plan, image, 5):.0f} ms")


arguments = dict(argument.split("=") for argument in sys.argv[1:] if "=" in argument)
wanted = [argument for argument in sys.argv[1:] if "=" not in argument] or ["steady", "overload", "denoisers", "iterations"]
for name in wanted:
    {"steady": steady, "overload": overload, "denoisers": denoisers, "iterations": iterations}[name](int(arguments.get("frames", 100_000)))
