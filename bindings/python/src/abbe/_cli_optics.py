"""What a command is told of the optics, by its options or by files, and what it doubts."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import warnings
from pathlib import Path
from typing import Any, Iterator, Sequence

from . import psf as psfs, tiff
from ._metadata import provenance
from .errors import AbbeWarning, ArgumentError
from .psf import Psf


def settings(texts: Sequence[str]) -> dict[str, Any]:
    """``NAME=VALUE``; commas part the values of channels."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not name or name in found:
            raise ArgumentError(f"{text!r} is not a parameter; it must be NAME=VALUE, each name once")
        parts = [value(part) for part in values.split(",")]
        found[name] = parts[0] if len(parts) == 1 else parts
    return found


@contextlib.contextmanager
def doubts(source: Path) -> Iterator[list[str]]:
    """Has warnings printed as lines that name the file, each once."""
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", AbbeWarning)

        def show(message: Any, category: Any, *_rest: Any, **_more: Any) -> None:
            text = in_options(message)
            if text not in found:
                found.append(text)
                print("abbe: " + (f"warning: {text}" if text.startswith(str(source)) else f"{source}: warning: {text}"), file=sys.stderr)

        warnings.showwarning = show
        yield found


def in_options(text: object) -> str:
    """What the package says, with the options of the command line for Python's calls and arguments."""
    told = str(text)
    for call, option in _OPTIONS:
        told = re.sub(call, option, told)
    return told


_OPTIONS = [
    (r"\bor overwrite it$", "or --overwrite"),
    (r"\bkind=", "--kind"),
    (r"channel is (\d+) in Plan\.add\(\.\.\., psf=\[\.\.\.\]\); it must be 0 to \d+, since", r"--optics has values for channel \1, counted from 0, and"),
    (r"call Plan\.add\(\.\.\., psf=\[\.\.\.\]\) for it, or Plan\.add\(\.\.\., psf=\.\.\.\) for all", "give values for each channel with --optics"),
    (r"take 32-bit floating point for the target \(Plan\.set_output\(\)\), or have a step output leave room.*", "use --dtype float32"),
    (r"give a lower memory_cap_bytes, a smaller dtype,", "give a lower --memory, a smaller --dtype,"),
    (r"\bplan\.memory_cap_bytes\b", "--memory"),
    (r"^src holds", "the image holds"),
    (r", or give a masked array, or use abbe\.Plan\(not_a_number=\"not_measured\"\), for NaN", ""),
    (r"\bgive it beside the metadata, e\.g\.", "give it with --optics, e.g."),
    (r"\be\.g\. axes=\"(\w+)\" or \"(\w+)\"", r"e.g. --axes \1 or --axes \2"),
    (r"\bgive axes=\"(\w+)\" to say so, or axes=\"(\w+)\"", r"give --axes \1 to say so, or --axes \2"),
    (r"\bgive axes= if it is not\b", "give --axes if it is not"),
]


def value(text: str) -> Any:
    """The number that a text is, else the text."""
    with contextlib.suppress(ValueError):
        return int(text)
    with contextlib.suppress(ValueError):
        return float(text)
    return text


def measured(given: argparse.Namespace) -> Psf | None:
    """What ``--psf`` names."""
    if given.psf is None:
        return None
    if given.kind or any(not text.startswith("samples_") for text in given.optics):
        raise ArgumentError("--psf is given with --kind or --optics; give one of them")
    samples, axes, _ = tiff.read(given.psf)
    if set(axes) - set("zyx"):
        raise ArgumentError(f"{given.psf} has the axes {axes!r}; a point spread function has z, y and x")
    return psfs.measured(samples, **settings(given.optics))


def of_result(given: argparse.Namespace, raw: Any, result: Any) -> tuple[list[Psf] | list[None], str | None]:
    """Whose blur a result is without, for all channels or one for each, and the file that says so.

    The options count most, with the metadata of the raw image, or of the result where those lack something. Without
    options it is what the result was deconvolved with, if abbe did that. An image that was denoised is as blurred as it was.
    """
    found = measured(given)
    if found is not None:
        return [found], str(given.psf)
    if given.optics or given.kind:
        return _of_files(given, raw, result)
    done = provenance.of_metadata(result)
    try:
        of_steps = [step["psf"] for step in done["steps"] if step["step"] == "deconvolve"]
        told = [one for of_step in of_steps for one in (of_step if isinstance(of_step, list) else [of_step])]
        if not told and Path(done["input"]).name == given.raw.name:
            return [None], None
        if told and all(one["kind"] != "measured" for one in told):
            return [_remade(one) for one in told], str(given.result)
    except (AttributeError, KeyError, TypeError, ArgumentError):  # of another program or version
        pass
    warnings.warn(
        f"neither --optics, --kind nor --psf is given, and {given.result} does not hold the point spread function that it was "
        "deconvolved with; the Gaussian that fits best is taken for the blur; give --optics or --kind, or --psf for a measured one",
        AbbeWarning,
        stacklevel=2,
    )
    return [None], None


def _of_files(given: argparse.Namespace, raw: Any, result: Any) -> tuple[list[Psf], str]:
    lacks: ArgumentError | None = None
    for path, metadata in ((given.raw, raw), (given.result, result)):
        # What is doubted of a file that is not taken concerns nobody.
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            try:
                found = psfs.from_metadata(metadata, kind=given.kind, **settings(given.optics))
            except ArgumentError as failure:
                lacks = lacks or failure
                continue
        for doubt in doubts:
            warnings.warn(doubt.message, stacklevel=2)
        return found, str(path)
    assert lacks is not None
    raise lacks


def _remade(told: dict[str, Any]) -> Psf:
    found = Psf(told["kind"], **told["settings"])
    found.origin = told["origin"]
    return found
