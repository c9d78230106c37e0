"""A battery of scenes for deconvolution: ``python benches/battery [options]``, with ABBE_LIBRARY naming the library.

Sixteen scenes at three levels of light, as planes, thin and thick stacks, under three microscopes, each with its truth. Every
candidate restores three frames of a case in one plan: two of the same light and one of a fifth of it, as channels. Tune on half
a (the default), report half b. Needs numpy and scipy.

    python benches/battery                                   the automatic mode on half a
    python benches/battery automatic "algorithm=richardson_lucy stop=iterations iterations=50" --half b
    python benches/battery --small --scenes points dim       one level of light, planes and thin stacks
"""

from __future__ import annotations

import argparse
import json
import pathlib
import time

import abbe
import numpy

import microscope
import oracle
import score
from scenes import SCENES

MEASURES = ("psnr", "loss", *score.LESS_IS_BETTER, "kept", "iterations", "seconds")


def settings_of(text: str) -> dict[str, object]:
    """Settings of a candidate: words ``name=value``; ``automatic`` has none."""
    found: dict[str, object] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        if value:
            try:
                found[name] = int(value)
            except ValueError:
                try:
                    found[name] = float(value)
                except ValueError:
                    found[name] = value
    return found


def restored(taken: microscope.Taken, candidate: str, context: abbe.Context) -> dict[str, float]:
    """All measures of what a candidate makes of a case. ``background=true`` states the true one."""
    settings = settings_of(candidate)
    if settings.get("background") == "true":
        settings["background"] = taken.background
    axes = "cyx" if taken.truth.ndim == 2 else "czyx"
    with abbe.Plan(context) as plan:
        plan.add("deconvolve", psf=taken.psf, **settings)
        plan.set_input(taken.frames, axes)
        plan.set_output("float32")
        plan.commit()
        started = time.process_time()
        results = plan(taken.frames, axes=axes)
        seconds = (time.process_time() - started) / len(results)
        image = plan.report()["steps"][0]["images"][0]
    found = score.scores(results, taken)
    return {**found, "iterations": image["iterations"], "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candidates", nargs="*", default=["automatic"])
    parser.add_argument("--half", choices=("a", "b"), default="a")
    parser.add_argument("--scenes", nargs="*", choices=[scene.name for scene in SCENES])
    parser.add_argument("--shapes", nargs="*", choices=list(microscope.SHAPES))
    parser.add_argument("--lights", nargs="*", type=int, choices=microscope.LIGHTS)
    parser.add_argument("--small", action="store_true", help="100 photons, planes and thin stacks")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-oracle", action="store_true", help="leave out what takes longest")
    parser.add_argument("--cache", default="build/battery/oracle.json", help="where oracles are kept")
    parser.add_argument("--json", help="where to write all numbers")
    options = parser.parse_args()
    if options.small:
        options.shapes, options.lights = options.shapes or ["2d", "thin"], options.lights or [100]
    cache = pathlib.Path(options.cache)
    known = json.loads(cache.read_text()) if cache.exists() else {}
    context = abbe.Context(threads=options.threads)
    rows: dict[str, dict[str, dict[str, float]]] = {candidate: {} for candidate in options.candidates}
    print(f"{'case':44} " + " ".join(f"{name:>8}" for name in MEASURES))
    for case in microscope.cases(options.half, options.scenes, options.shapes, options.lights, options.seeds):
        taken = microscope.take(case)
        if case.name not in known and not options.no_oracle:
            known[case.name] = {**oracle.oracle(taken, context), "raw": score.psnr(taken.frames[0], taken)}
            known[case.name]["redlionfish"] = oracle.redlionfish(taken)
            cache.parent.mkdir(parents=True, exist_ok=True)
            cache.write_text(json.dumps(known, indent=0))
        best = known.get(case.name)
        told = f" raw {best['raw']:.2f}, oracle {best['psnr']:.2f} ({best['algorithm']}, {best['iterations']})" if best else ""
        print(f"{case.name}{told}", flush=True)
        for candidate in options.candidates:
            row = restored(taken, candidate, context)
            row["loss"] = best["psnr"] - row["psnr"] if best else float("nan")
            rows[candidate][case.name] = row
            print(f"  {candidate[-42:]:42} " + " ".join(f"{row[name]:8.3g}" for name in MEASURES), flush=True)
    for title, pick in (("median", middle), ("90th percentile from the best", worst)):
        print(f"\n{title}")
        for candidate, found in rows.items():
            values = {name: numpy.array([row[name] for row in found.values()], float) for name in MEASURES}
            told = [pick(value, name) for name, value in values.items()]
            print(f"  {candidate[-42:]:42} " + " ".join(f"{value:8.3g}" for value in told))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"cases": rows, "oracle": known}, indent=1))


def middle(values: numpy.ndarray, _: str) -> float:
    return float(numpy.nanmedian(values)) if numpy.isfinite(values).any() else float("nan")


def worst(values: numpy.ndarray, name: str) -> float:
    better_high = name in ("psnr", "kept")
    return float(numpy.nanpercentile(values, 10 if better_high else 90)) if numpy.isfinite(values).any() else float("nan")


if __name__ == "__main__":
    main()
