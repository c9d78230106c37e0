"""Finds the threshold of suspicion, THRESHOLD in src/assess/suspicion.rs: 1 % false alarms on clean simulations.

Scenes of dots, filaments and blobs, photographed with 50, 200 and 1000 photons at the brightest, are restored by the honest
methods of benches/trust/scenes.py, and assessed with the known point spread function and a camera that is found in the image. Of
the greatest matched residual in each cell of the map (16 x 16 samples, the map's grain), in standard deviations, or of what residuals
share there, where that is more beside its own threshold, the 99th percentile is told for each method and for the scene itself. The
threshold is the greatest of the methods', rounded up to a quarter.
A second table has the 99th percentiles of the numbers that benches/trust/score.py goes by.

    python scripts/calibrate_suspicion.py [SCENES [SEED]]      60 scenes and seed 1000, if none are given

Needs numpy, scipy, onnx==1.23.2, and libabbe by ABBE_LIBRARY with bindings/python/src on the path; ABBE_ONNXRUNTIME.
"""

import math
import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benches/trust"))
import abbe  # noqa: E402
from score import LIMITS, cells, signs  # noqa: E402
from scenes import SHARP, methods, simulated  # noqa: E402

COUNT, SEED = (int(given) for given in [*sys.argv[1:], *["60", "1000"][len(sys.argv) - 1 :]])


def deviations(trust):
    """Suspicion of each cell that the map tells of, in deviations of matched residuals."""
    found = cells(trust.suspicion, numpy.max)
    return trust.report["suspicion"]["threshold_deviations"] * found[found > 0]


found, numbers = {}, {}
for case in simulated(SEED, COUNT):
    for method in methods(case):
        psf = case.psf if method in SHARP else None
        with abbe.Plan() as plan:
            method(plan, case.psf)
            trust = abbe.assess(case.raw, plan(case.raw), psf=psf, plan=plan, draws=1)
        found.setdefault(method.__name__, {}).setdefault(case.name, []).append(deviations(trust))
        numbers.setdefault(method.__name__, []).append(signs(trust.report))
    trust = abbe.assess(case.raw, case.scene, psf=case.psf, draws=1)
    found.setdefault("the scene itself", {}).setdefault(case.name, []).append(deviations(trust))

photons = list(next(iter(found.values())))
print(f"{COUNT} scenes, seed {SEED}; 99th percentiles of matched residuals in deviations\n\n| result | {' | '.join(photons)} | all |")
print("|---" * (len(photons) + 2) + "|")
tops = []
for name, parts in found.items():
    parts = {light: numpy.concatenate(values) for light, values in parts.items()}
    tops.append(numpy.quantile(numpy.concatenate(list(parts.values())), 0.99))
    print(f"| {name} | {' | '.join(f'{numpy.quantile(parts[light], 0.99):.2f}' for light in photons)} | {tops[-1]:.2f} |")
print(f"\nthreshold: {math.ceil(4 * max(tops)) / 4}\n\n| 99th percentile | {' | '.join(LIMITS)} |\n{'|---' * (len(LIMITS) + 1)}|")
for name, each in numbers.items():
    print(f"| {name} | {' | '.join(f'{numpy.quantile([one[sign] for one in each], 0.99):.3f}' for sign in LIMITS)} |")
