#!/usr/bin/env bash
# bioimageio.core 0.11.0: options of processing steps that the specification (bioimageio.spec 0.5.12.0) has and describes.
#
# Guessed: out = (tensor - v_lower) / (v_upper - v_lower + eps) with the eps that a package states; a list of thresholds runs along `axis`.
# Seen (2026-11-29): eps of scale_range and zero_mean_unit_variance is always 1e-6; fixed_zero_mean_unit_variance, which "divides by the
# standard deviation", adds 1e-6 to it; binarize lays a list of thresholds along the last axis, or raises where it does not fit there.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 bioimageio.core==0.11.0 bioimageio.spec==0.5.12.0 pydantic==2.11.10
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from bioimageio.core import Tensor
from bioimageio.core.proc_ops import Binarize, FixedZeroMeanUnitVariance, ScaleRange, ZeroMeanUnitVariance
from bioimageio.spec.model import v0_5
from importlib.metadata import version

print("bioimageio.core", version("bioimageio.core"), "bioimageio.spec", version("bioimageio.spec"))
steps = {"scale_range": (ScaleRange, v0_5.ScaleRangeDescr(kwargs=v0_5.ScaleRangeKwargs(eps=0.1))),
         "zero_mean_unit_variance": (ZeroMeanUnitVariance, v0_5.ZeroMeanUnitVarianceDescr(kwargs=v0_5.ZeroMeanUnitVarianceKwargs(eps=0.1)))}
for name, (kind, described) in steps.items():
    made = kind.from_proc_descr(described, "raw")
    print(f"{name}: eps {described.kwargs.eps} is stated, {made.eps} is taken")
    assert made.eps == 1e-6
fixed = FixedZeroMeanUnitVariance.from_proc_descr(v0_5.FixedZeroMeanUnitVarianceDescr(kwargs=v0_5.FixedZeroMeanUnitVarianceKwargs(mean=0.0, std=1e-6)), "raw")
value = float(fixed._apply(Tensor(np.ones((1, 1)), dims=["y", "x"]), {}).data.item())
print(f"fixed_zero_mean_unit_variance: 1 divided by a deviation of 1e-6 is {value:.0f}")
assert abs(value - 5e5) < 1
image = Tensor(np.full((2, 2), 0.5), dims=["channel", "x"])
cut = Binarize.from_proc_descr(v0_5.BinarizeDescr(kwargs=v0_5.BinarizeAlongAxisKwargs(axis="channel", threshold=[0.0, 1.0])), "raw")
got = np.asarray(cut._apply(image, {}).data).astype(int).tolist()
print(f"binarize: channels of 0.5 above thresholds 0 and 1 are {got}; by channel they are [[1, 1], [0, 0]]")
assert got == [[1, 0], [1, 0]]
print("as found")
PY
