"""Compares libabbe with bioimageio.core on every package of bindings/python/tests/packages.py.

It needs `pip install bioimageio.core==0.11.0 onnxruntime==1.28.0 onnx==1.23.2`, the variables ABBE_LIBRARY and
ABBE_ONNXRUNTIME, and PYTHONPATH=bindings/python/src. Cases in which core is known not to follow the text of the
specification are listed with the reason, and counted apart. The last line says how many differ that should not.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
import warnings

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bindings/python/tests"))
warnings.simplefilter("ignore")

import abbe
from packages import NAMES, Case, cases

from bioimageio.core import Sample, Tensor, create_prediction_pipeline
from bioimageio.spec import load_model_description


def known(case: Case) -> str:
    """Why core is expected to differ; empty where it is not."""
    for step, options in case.before + case.after:
        if step in ("scale_range", "zero_mean_unit_variance") and options.get("eps", 1e-6) != 1e-6:
            return "core does not read eps of scale_range and zero_mean_unit_variance"
        if step == "fixed_zero_mean_unit_variance":
            return "core adds 1e-6 to the deviation of fixed_zero_mean_unit_variance"
        if step == "zero_mean_unit_variance" and options.get("axes") == ["channel"]:
            return "core takes the deviation of two samples in f32"
        if step == "binarize" and "axis" in options:
            return "core does not read the axis of binarize"
        if step == "ensure_dtype" and options["dtype"] in ("uint8", "int8", "int16", "uint16"):
            return "what does not fit into a type becomes something else on every machine"
    return ""


def by_core(case: Case, folder: pathlib.Path) -> numpy.ndarray:
    path = folder / "package.zip"
    path.write_bytes(case.package())
    description = load_model_description(path, perform_io_checks=False)
    names = [letter if case.version.startswith("0.4") else NAMES[letter] for letter in case.letters]
    image = Tensor(case.image[None], dims=names)
    pipeline = create_prediction_pipeline(description, weight_format="onnx")
    made = pipeline.predict_sample_without_blocking(Sample(members={"raw": image}, stat={}, id="image"))
    return numpy.asarray(made.members["made"].data)[0]


def main() -> int:
    wrong, excused = 0, dict[str, list[float]]()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            reason = known(case)
            try:
                theirs = by_core(case, pathlib.Path(folder)).astype(numpy.float64)
            except Exception as error:  # What core cannot do is told, whatever it raises.
                excused.setdefault(f"core raises {type(error).__name__}: {str(error)[:90]!r}", []).append(numpy.nan)
                continue
            with abbe.Model(case.package()) as model:
                ours = model(case.image, axes=case.letters[1:], intensities="network")
            difference = float(abs(ours - theirs).max() / max(numpy.ptp(theirs), 1e-30))
            if reason:
                excused.setdefault(reason, []).append(difference)
            elif not difference <= 1e-6:
                wrong += 1
                print(f"{difference:.1e} of the range: {case}")
            else:
                excused.setdefault("agree to 1e-6", []).append(difference)
    for reason, differences in sorted(excused.items()):
        print(f"{len(differences)} cases, up to {numpy.nanmax(differences) if numpy.isfinite(differences).any() else numpy.nan:.1e}: {reason}")
    print(f"{wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
