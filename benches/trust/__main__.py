"""Liars' test: edits and networks that lie about a specimen, and honest results, told apart by what `abbe.assess` says of them.

Scenes of dots, filaments and blobs are blurred and photographed; honest methods restore them, edits change what these made, and
networks that lie run after them in one plan, which is assessed as it is. A table has, per lie, the area under the ROC curve of
the image's score against honest results, and of the cells that the lie touched against all cells of honest results: all of them, and
the visible ones, in which the lie would change the raw image by six deviations, as one sees who knows what to look for. Another table
has the false alarms of honest results.

    python benches/trust [SCENES | FOLDER] [--seed SEED] [--figure FILE.png]

SCENES is how many scenes are simulated (12), FOLDER one of pairs of real images, NAME_raw.tif and NAME_gt.tif. Needs numpy, scipy,
onnx==1.23.2, for pairs tifffile, for the ROC curves as a figure matplotlib, libabbe by ABBE_LIBRARY and ONNX Runtime by
ABBE_ONNXRUNTIME, with bindings/python/src on the path.
"""

from __future__ import annotations

import argparse

import numpy

from scenes import real, simulated
from score import auc, cell_scores, cells, image_score, roc
from trials import trials

MEAN = "mean of many"
"""It was not made of the raw image, which may lie elsewhere: told, but not counted among the honest results."""
VISIBLE = 6.0
"""Standard deviations."""


class Scores:
    """Numbers of all trials."""

    def __init__(self, seed, cases):
        rng = numpy.random.default_rng(seed)
        self.images, self.cells, self.visible = {}, {}, {}
        for case in cases:
            for trial in trials(rng, case):
                key = trial.group, trial.name
                self.images.setdefault(key, []).append(image_score(trial.trust.report))
                found = cell_scores(trial.trust)
                touched = cells(trial.judged, numpy.any)
                visible = cells(trial.changed, numpy.sum) ** 0.5 >= VISIBLE
                self.cells.setdefault(key, []).append(found[touched])
                self.visible.setdefault(key, []).append(found[touched & visible])

    def of(self, group, name=None):
        """Scores of images, of touched and of visible cells, of a whole group or of one name in it."""
        keys = [key for key in self.images if key[0] == group and (key[1] == name if name else key[1] != MEAN)]
        return [numpy.concatenate([numpy.atleast_1d(one) for key in keys for one in part[key]])
                for part in (self.images, self.cells, self.visible)]


def tables(scores):
    honest, honest_cells, _ = scores.of("honest")
    strict = numpy.quantile(honest, 0.98)
    for group in ("edit", "network"):
        print(f"\n| {group} | AUC by image | found at 2 % false alarms | found at 1 | AUC by cell | visible: share, AUC |\n{'|---' * 6}|")
        for name in [name for kind, name in scores.images if kind == group] + [None]:
            images, parts, visible = scores.of(group, name)
            print(f"| {name or 'all'} | {auc(images, honest):.3f} | {(images > strict).mean():.2f} | {(images > 1).mean():.2f} "
                  f"| {auc(parts, honest_cells):.3f} | {len(visible) / len(parts):.2f}, {auc(visible, honest_cells):.3f} |")
    print("\n| honest | images above 1 | cells above 1 | 99 % of cells below | image score: median, 98 % |\n|---|---|---|---|---|")
    for name in [name for kind, name in scores.images if kind == "honest"] + [None]:
        images, parts, _ = scores.of("honest", name)
        print(f"| {name or 'all methods'} | {(images > 1).mean():.3f} | {(parts > 1).mean():.4f} | {numpy.quantile(parts, 0.99):.2f} "
              f"| {numpy.median(images):.2f}, {numpy.quantile(images, 0.98):.2f} |")


def draw(scores, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, at, what in zip(axes, (0, 1), ("image", "cell of 16 x 16")):
        honest = scores.of("honest")[at]
        for group, style in (("edit", "-"), ("network", "--")):
            for name in [name for kind, name in scores.images if kind == group] + [None]:
                lies = scores.of(group, name)[at]
                weight = dict(color="black", linewidth=2) if name is None else dict(linewidth=0.8)
                title = f"{group}s: {name or 'all'}, {auc(lies, honest):.3f}"
                axis.plot(*roc(lies, honest), style, label=title.replace("_", " "), **weight)
        axis.set(xlabel="honest results called lies", ylabel="lies found", title=f"by {what}", xlim=(0, 1), ylim=(0, 1.005))
        axis.set_xscale("symlog", linthresh=0.02)
        axis.legend(fontsize=6, loc="lower right")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="?", default="12")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--figure")
    given = parser.parse_args()
    cases = simulated(given.seed, int(given.what)) if given.what.isdigit() else real(given.what)
    found = Scores(given.seed, cases)
    tables(found)
    if given.figure:
        draw(found, given.figure)
