"""The commands that write point spread functions: of a model, and of beads."""

from __future__ import annotations

import argparse
from typing import Any, Iterator

import numpy

from . import __version__, psf as psfs, tiff
from ._cli_optics import doubts, settings
from ._metadata import optics
from .errors import ArgumentError


def psf(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """``abbe psf``."""
    tiff.check_target(given.output, given.overwrite)
    metadata = {} if given.like is None else tiff.read(given.like)[2]
    kind = given.kind or (None if given.like else "widefield")
    with doubts(given.output) as said:
        found = psfs.from_metadata(metadata, kind=kind, **settings(given.optics))
        if not 0 <= given.channel < len(found):
            raise ArgumentError(f"--channel is {given.channel}; the metadata has {len(found)}")
        made = found[given.channel]
        samples = made.sample()
    done = {"abbe": __version__, "psf": {"kind": made.kind, "optics": made.origin}}
    tiff.write(given.output, samples, "zyx"[-samples.ndim :], psf=made, provenance=done, overwrite=given.overwrite)
    yield {"output": str(given.output), "kind": made.kind, "optics": made.origin, "report": made.report(), "warnings": said}


def beads(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """``abbe beads``: beads that stand alone are found, centred, judged and averaged."""
    tiff.check_target(given.output, given.overwrite)
    image, axes, metadata = tiff.read(given.input, axes=given.axes)
    sizes = dict(zip(axes, image.shape))
    if sizes.get("t", 1) > 1:
        raise ArgumentError(f"{given.input} has {sizes['t']} time points; a point spread function is made of one; write it to a file of its own")
    if not 0 <= given.channel < sizes.get("c", 1):
        raise ArgumentError(f"--channel is {given.channel}; {given.input} has {sizes.get('c', 1)}")
    at = tuple({"t": 0, "c": given.channel}.get(letter, slice(None)) for letter in axes)
    order = [letter for letter in axes if letter in "zyx"]
    stack = image[at].transpose([order.index(letter) for letter in "zyx" if letter in order])
    with doubts(given.input) as said:
        stated = _stated(given, metadata)
        made = psfs.measured(stack.astype(numpy.float32), samples_hold="beads", **stated)
        samples = made.sample(given.shape)
        report = made.report()
    done = {"abbe": __version__, "psf": {"kind": "measured", "from": str(given.input), "settings": stated, "report": report}}
    tiff.write(given.output, samples, "zyx"[-samples.ndim :], _spacing(stated), provenance=done, overwrite=given.overwrite)
    yield {"input": str(given.input), "output": str(given.output), "settings": stated, "report": report, "warnings": said}


def _stated(given: argparse.Namespace, metadata: Any) -> dict[str, Any]:
    """What options and metadata say of the optics; nothing is needed but the pixel size, which may be unknown too."""
    told = settings(given.optics)
    try:
        # A Gaussian of a stated width needs no optics, so that nothing is missed in the metadata.
        channels = optics.channels(metadata, 0, "gaussian", {"sigma_nm": 1.0, **told})
    except ArgumentError:
        return told
    facts = channels[min(given.channel, len(channels) - 1)][1]
    names = ("numerical_aperture", "immersion_index", "wavelength_nm", "pixel_nm", "step_nm")
    return {**{name: fact.value for name, fact in facts.items() if name in names}, **told}


def _spacing(stated: dict[str, Any]) -> dict[str, float]:
    return {name: stated[name] for name in ("pixel_nm", "step_nm") if name in stated}
