"""The picture of docs/stream.md: what becomes of the frames of a camera before a stream of two plans.

    python scripts/stream_timeline.py FIGURE.png

A simulated camera gives 90 frames of 128 x 128 samples. At first it is as slow as the better plan can bear, then
four times as fast, then slow again. Needs numpy and matplotlib; libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy

import abbe

SIDE, FRAMES = 128, 90
COLOURS = ["#4878a8", "#d08030"]
NAMES = ["filter: median", "denoise: network"]


def main() -> None:
    random = numpy.random.default_rng(3)
    frame = random.poisson(200, (SIDE, SIDE)).astype(numpy.uint16)
    context = abbe.Context(threads=1)
    plans = []
    for step, settings in [("filter", {"kind": "median", "radius_px": 1}), ("denoise", {"method": "network"})]:
        plan = abbe.Plan(context)
        plan.add(step, **settings).set_input(frame)
        plan.commit()
        plan(frame)
        plans.append(plan)
    took = []
    for plan in plans:
        times = []
        for _ in range(15):
            started = time.perf_counter()
            plan(frame)
            times.append(time.perf_counter() - started)
        took.append(float(numpy.median(times)))
    better = 1.6 * took[1]
    pauses = [better if at < FRAMES // 3 or at >= FRAMES * 2 // 3 else better / 4 for at in range(FRAMES)]
    deadline_ms = 2e3 * took[1]
    results, answers = [], {}
    with abbe.Stream(*plans, shape=frame.shape, dtype=frame.dtype, out_dtype=numpy.float32, deadline_ms=deadline_ms, frames=2, results=FRAMES) as stream:
        begun = time.perf_counter_ns()
        for number, pause in enumerate(pauses):
            answers[number] = ((time.perf_counter_ns() - begun) / 1e6, stream.submit(frame, number))
            time.sleep(pause)
        stream.wait(600_000)
        while (result := stream.take()) is not None:
            results.append(result)
        counts = stream.counts()
    draw(sys.argv[1], results, answers, deadline_ms, counts)
    print(counts)


def draw(path: str, results: list, answers: dict, deadline_ms: float, counts: dict) -> None:
    figure, axes = plt.subplots(figsize=(9, 4.2), dpi=110)
    done = {result.number for result in results}
    for result in results:
        submitted, started, ended = (ns / 1e6 for ns in (result.submitted_ns, result.started_ns, result.done_ns))
        axes.plot([submitted, started], [result.number] * 2, color="#b0b0b0", linewidth=1)
        axes.plot([started, ended], [result.number] * 2, color=COLOURS[result.level], linewidth=3, solid_capstyle="butt")
        axes.plot(ended, result.number, marker="o", color=COLOURS[result.level], markersize=3)
        if "late" in result.flags:
            axes.plot(ended, result.number, marker="|", color="black", markersize=7)
    dropped = [(at, number) for number, (at, _) in answers.items() if number not in done]
    if dropped:
        axes.plot(*zip(*dropped, strict=True), linestyle="none", marker="x", color="#c03030", markersize=5)
    handles = [plt.Line2D([], [], color=colour, linewidth=3, marker="o", markersize=3, label=name) for colour, name in zip(COLOURS, NAMES, strict=True)]
    handles += [
        plt.Line2D([], [], color="#b0b0b0", label="waits for its turn"),
        plt.Line2D([], [], color="#c03030", linestyle="none", marker="x", label="dropped"),
        plt.Line2D([], [], color="black", linestyle="none", marker="|", label="late"),
    ]
    axes.legend(handles=handles, loc="lower right", frameon=False, fontsize=8)
    axes.set(xlabel="ms since the start", ylabel="number of the frame")
    axes.set_title(
        f"{counts['submitted']} frames, {counts['delivered']} delivered; deadline {deadline_ms:.0f} ms from submitting", fontsize=9
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    main()
