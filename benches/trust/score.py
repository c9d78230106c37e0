"""What an assessment comes to: one number of an image, numbers of its cells, and how well they tell lies from honest results."""

from __future__ import annotations

import numpy

CELL = 16


LIMITS = {"suspicion": 1.0, "shift": 0.3, "structure": 0.2, "blur": 0.3, "halves": 0.3}
"""What honest results stay below, on clean simulations (scripts/calibrate_suspicion.py tells their 99th percentiles) and on real
pairs that are not among those of benches/README.md."""


def signs(report):
    """Numbers of a report that lies make great."""
    forward = report["forward"]
    # A chi-square above 1 says that the noise is greater than the camera's, or that there is more than noise.
    doubt = max(1.0, forward["chi_square"]) ** 0.5
    shifts = [abs(axis["value"]) / (0.05 + 4 * doubt * axis["error"]) for axis in report["shift_px"] if axis]
    found = {"suspicion": report["suspicion"]["greatest"], "shift": max(shifts, default=0.0)}
    if "correlated" not in report["noise"]["doubts"]:
        # Noise that neighbours do not share has none at two and three samples.
        found["structure"] = max(forward["autocorrelation_x"][1:3] + forward["autocorrelation_y"][1:3])
    # Of results that are taken for as blurred as the raw image: what more blur they need to explain it.
    found["blur"] = report["squirrel"]["sigma_px"] or 0.0
    if report.get("halves", {}).get("valid"):
        found["halves"] = 1 - report["halves"]["true"] / max(report["halves"]["repeats"], 0.01)
    return found


def image_score(report):
    """The greatest sign over its limit: above 1 the result is taken for a lie."""
    return max(value / LIMITS[name] for name, value in signs(report).items())


def cells(values, how):
    """One number of each cell of 16 x 16 samples."""
    height, width = (extent // CELL for extent in values.shape)
    return how(numpy.nan_to_num(values)[: height * CELL, : width * CELL].reshape(height, CELL, width, CELL), axis=(1, 3))


def cell_scores(trust):
    """The suspicion of each cell: above 1 the cell is taken for a lie."""
    return cells(trust.suspicion, numpy.max)


def auc(lies, honest):
    """Area under the ROC curve."""
    lies, honest = numpy.asarray(lies), numpy.sort(honest)
    below, same = (numpy.searchsorted(honest, lies, side) for side in ("left", "right"))
    return float((below + same).mean() / 2 / len(honest)) if len(lies) else numpy.nan


def roc(lies, honest):
    """False alarms and found lies for every threshold, from strict to lenient."""
    limits = numpy.sort(numpy.concatenate([lies, honest, [numpy.inf]]))[::-1]
    share = lambda values: 1 - numpy.searchsorted(numpy.sort(values), limits, "left") / len(values)  # noqa: E731
    return share(honest), share(lies)
