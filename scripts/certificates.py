"""How good seam certificates are where they are estimates: networks whose tiles cannot be exact, on images of all sorts.

    ABBE_ONNXRUNTIME=FOLDER python scripts/certificates.py [SHARE [PART_OF_A_NAME...]]

Runs each inexact family of `bindings/python/tests/networks.py` under a memory cap of a share (0.34 where none is given) of
what the image as a whole takes, compares the result with ONNX Runtime's of the whole image, and prints a line for each image: the true difference and
the certificate, as shares of the range, and the certificate over the truth. Needs numpy, onnx, onnxruntime and abbe.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bindings" / "python" / "tests"))

import abbe  # noqa: E402
from networks import FAMILIES, Array, Network, family  # noqa: E402
from test_battery import Truth  # noqa: E402


def images(shape: tuple[int, ...]) -> dict[str, Array]:
    """Images of values around 0 to 1 whose parts differ from each other in many ways."""
    random = numpy.random.default_rng(5)
    noise = random.random(shape)
    places = numpy.indices(shape) / numpy.array(shape).reshape((-1,) + (1,) * len(shape))
    x, y = places[-1], places[-2]

    def spots(count: int, width: float) -> Array:
        light = numpy.zeros(shape)
        for centre in random.random((count, len(shape))):
            away = sum(((p - c) / width) ** 2 for p, c in zip(places, centre))
            light += random.uniform(0.3, 1) * numpy.exp(-away / 2)
        return light

    points = 0.1 * noise
    points[tuple(random.integers(0, n, 12) for n in shape)] = 3.0
    return {
        "noise": noise,
        "cells": spots(8, 0.04) + 0.05 * noise,
        "shaded": 0.2 + 0.6 * x * y + 0.1 * noise,
        "points": points,
        "edge": numpy.where(x + 0.3 * y < 0.6, 0.7 * noise + 0.3, 0.05 * noise),
    }


def joined(net: Network, x: str) -> str:
    """Channels weighted by their brightest sample."""
    return net.op("Mul", x, net.op("Sigmoid", net.conv(net.op("GlobalMaxPool", x), 4, 4, size=1)))


MORE = {
    "max_pooled": family(joined, exact=False),
    "softmax_of_image": family(lambda net, x: net.op("Softmax", x), 11, exact=False),
    "normalised_by_largest": family(lambda net, x: net.op("Div", x, net.op("Add", net.op("ReduceMax", x, net.ints(2, 3)), net.real(0.1))), exact=False),
}


def run(name: str, share: float) -> list[tuple[str, str, float, float]]:
    """Name, image, true difference and certificate, for each image."""
    found = []
    kind = (FAMILIES | MORE)[name]
    file = kind.build()
    truth = Truth(name, kind, file)
    shape = (48, 112, 120) if truth.spatial == 3 else (448, 480)
    for title, image in images(shape).items():
        image = image.astype(numpy.float32)
        expected = truth.of_any_size(image)
        with abbe.Plan() as plan:
            plan.add("model", model=abbe.Model(file), **kind.settings)
            plan.set_input(image).commit()
            whole = plan.workspace_bytes
        with abbe.Plan(memory_cap_bytes=int(whole * share)) as plan:
            plan.add("model", model=abbe.Model(file), **kind.settings)
            result = plan(image)
            report = plan.report()["steps"][0]["images"][0]
        assert report["tiles"] > 1, report
        difference = float(abs(result - expected).max() / numpy.ptp(expected))
        found.append((name, title, difference, report["seam"]["relative"]))
    return found


def main(share: float, wanted: list[str]) -> None:
    names = [name for name, kind in (FAMILIES | MORE).items() if not kind.exact and not name.startswith("one_size")]
    print("| network | image | true difference | certificate | of it |\n|---|---|---|---|---|")
    shares = []
    for name in names:
        if wanted and not any(part in name for part in wanted):
            continue
        for _, title, difference, told in run(name, share):
            # Rounding is no difference.
            part = told / difference if difference > 1e-6 else float("inf")
            shares.append(part)
            mark = "" if part >= 1 else " low" if part >= 0.5 else " LOW"
            print(f"| {name} | {title} | {difference:.2e} | {told:.2e} | {part:.2f}{mark} |", flush=True)
    shares = numpy.array(shares)
    print(f"{len(shares)} in all, {(shares < 1).sum()} below the truth, {(shares < 0.5).sum()} below half of it, middle {numpy.median(shares[numpy.isfinite(shares)]):.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.34, sys.argv[2:])
