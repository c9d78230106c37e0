"""The command that adapts the denoiser that is built in to an image."""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any, Iterator

import numpy

from . import __version__, _parameters, tiff
from ._cli_bar import bar
from ._cli_files import opened, single
from ._cli_optics import doubts, settings
from ._metadata import optics
from ._targets import check_place
from .context import Context
from .errors import AbbeWarning, ArgumentError, FileError
from .learning import learn
from .model import Model


def command(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """``abbe learn``: from one channel and time point of a TIFF, a package that ``abbe denoise --model`` and others run."""
    _check_target(given.output, given.overwrite)
    if given.denoised is not None:
        tiff.check_target(given.denoised, given.overwrite)
    stated = settings(given.set)
    _parameters.prepared("learn", stated)  # Names are checked before files are read.
    begun = time.monotonic()
    context = None if given.threads is None else Context(threads=given.threads)
    start = None if given.start is None else Model(given.start, context=context)
    image, axes, metadata = opened(given.image, given.axes)
    part = single(given.image, numpy.asarray(_part(given, image, axes)))
    with doubts(given.image) as said:
        with bar(given.image.name, given.quiet) as progress:
            learnt = learn(part, model=start, progress=progress, context=context, **stated)
        learning = learnt.describe()["learning"]
        kept = learning["outcome"]["kept"]
        if kept is not None:
            warnings.warn(f"nothing was learnt ({kept}); the network is the one that it began with", AbbeWarning, stacklevel=1)
        given.output.parent.mkdir(parents=True, exist_ok=True)
        learnt.save(given.output)
        record = {
            "input": str(given.image), "output": str(given.output), "abbe": __version__, "axes": axes, "shape": list(image.shape),
            "channel": given.channel, "time": given.time, "from": given.start and str(given.start), "learning": learning,
        }  # fmt: skip
        if given.denoised is not None:
            record["denoised"] = str(given.denoised)
            letters = "zyx"[-part.ndim :]
            result = learnt(part, axes=letters)
            tiff.write(given.denoised, result, letters, _spacing(metadata), provenance=record, overwrite=given.overwrite)
    yield {**record, "warnings": said, "seconds": round(time.monotonic() - begun, 3)}


def _check_target(path: Path, overwrite: bool) -> None:
    if path.suffix.lower() != ".zip":
        raise ArgumentError(f"{path} is no name of a package; let it end with .zip")
    if path.exists() and not overwrite:
        raise FileError(f"{path} is there already; give another name, or --overwrite")
    check_place(path)


def _part(given: argparse.Namespace, image: Any, axes: str) -> Any:
    """The channel and time point that are learnt from, (z, y, x) or (y, x)."""
    sizes = dict(zip(axes, image.shape))
    chosen = {"c": given.channel, "t": given.time}
    for letter, option in (("c", "channel"), ("t", "time")):
        if not 0 <= chosen[letter] < sizes.get(letter, 1):
            raise ArgumentError(f"--{option} is {chosen[letter]}; {given.image} has {sizes.get(letter, 1)}, counted from 0")
    order = [letter for letter in axes if letter in "zyx"]
    part = image[tuple(chosen.get(letter, slice(None)) for letter in axes)]
    return part.transpose([order.index(letter) for letter in "zyx" if letter in order])


def _spacing(metadata: Any) -> dict[str, float]:
    """Distances of pixels and planes; the rest of the metadata is of all channels."""
    try:
        common = optics.read(metadata, 0).common
    except ArgumentError:  # Metadata that contradict themselves say nothing.
        return {}
    return {name: float(common[name].value) for name in ("pixel_nm", "step_nm") if name in common}
