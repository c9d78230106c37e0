"""The command line: TIFF in, TIFF out, OME-Zarr in, OME-Zarr out, JSON of what was done, one exit status for scripts."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Sequence

import numpy

from . import __version__, _cli_files, _cli_learn, _parameters, psf as psfs, tiff
from ._cli_bar import bar
from ._cli_files import is_taken, is_zarr, named, opened, pairs, single
from ._cli_optics import doubts, in_options, measured, of_result, settings, value
from ._cli_psf import beads, psf
from ._memory import free_memory
from ._metadata import provenance
from ._running import Progress, terminated_as_interrupted
from ._targets import check_place
from .context import Context
from .errors import AbbeWarning, ArgumentError, Error
from .model import Model
from .operations import Chain, deconvolution, denoising, run
from .psf import Psf
from .trust import assess

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: all files done; some failed; the command is not understood; Ctrl-C or SIGTERM."""

Record = Dict[str, Any]
"""What was done with one file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; answers the exit status."""
    try:
        try:
            given = _parser().parse_args(arguments)
            with terminated_as_interrupted():
                return _run(given)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Who read it has gone, e.g. head. Python flushes once more at its end, as its documentation of SIGPIPE says.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return FAILED


def _run(given: argparse.Namespace) -> int:
    records: list[Record] = []
    try:
        _cli_files.check(given)
        command: Callable[[argparse.Namespace], Iterator[Record]] = given.command
        for record in command(given):
            records.append(record)
            if "error" in record:
                print(f"abbe: {named(record['input'], record['error'])}", file=sys.stderr)
        if given.json:
            text = json.dumps(records, indent=2, default=_plain)
            if given.json == "-":
                print(text)
            else:
                Path(given.json).parent.mkdir(parents=True, exist_ok=True)
                Path(given.json).write_text(text + "\n")
    except KeyboardInterrupt:
        print("abbe: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except (Error, ImportError, OSError) as failure:
        print(f"abbe: {in_options(failure)}", file=sys.stderr)
        return FAILED
    return FAILED if any("error" in record for record in records) else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="abbe", description="Makes microscope images better.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"abbe {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], Iterator[Record]], summary: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        made.set_defaults(command=command)
        made.add_argument("--json", metavar="FILE", help="write what was done as JSON; - for standard output")
        made.add_argument("--overwrite", action="store_true", help="replace files that are there")
        return made

    def add_settings(made: argparse.ArgumentParser, of: str, example: str) -> None:
        made.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help=f"parameters {of}, e.g. {example}")

    def add_files(made: argparse.ArgumentParser) -> None:
        made.add_argument("input", type=Path, help="a TIFF (ImageJ, OME, BigTIFF), an OME-Zarr (.zarr), or a folder of them")
        made.add_argument("output", type=Path, help="the TIFF to write (.tif, .tiff; .ome.tif for OME); the OME-Zarr; or the folder for results")
        made.add_argument("--axes", help="one letter per axis of the files, slowest first, of t, c, z, y, x")
        made.add_argument("--dtype", default="float32", choices=["uint8", "uint16", "float32"], help="sample type of results")
        made.add_argument("--quiet", action="store_true", help="no progress bar")
        made.add_argument("--threads", type=int, help="number of CPU threads")
        made.add_argument("--memory", type=_bytes, metavar="SIZE", help="most memory to hold, e.g. 4GB; 3/4 of what is free")

    def add_optics(made: argparse.ArgumentParser) -> None:
        kinds = ["widefield", "confocal", "spinning_disk", "two_photon", "light_sheet", "vectorial", "born_wolf", "gaussian"]
        made.add_argument("--kind", choices=kinds, help="kind of microscope; as the file says")
        made.add_argument(
            "--optics", nargs="+", default=[], metavar="NAME=VALUE",
            help="parameters of the point spread function, which count more than the file's, e.g. numerical_aperture=1.4 "
            "wavelength_nm=461,525; commas part channels",
        )  # fmt: skip

    def add_psf(made: argparse.ArgumentParser) -> None:
        made.add_argument("--psf", type=Path, help="a TIFF with a measured point spread function, instead of optics")

    made = add("deconvolve", _deconvolve, "Take the blur out of images; the optics come from their metadata and --optics.")
    add_files(made)
    add_optics(made)
    add_psf(made)
    add_settings(made, "of the deconvolution", "iterations=30")
    made.add_argument("--background", help="level of the image without light, or 'estimated'")
    made = add("denoise", _denoise, "Take the noise out of images.")
    add_files(made)
    add_settings(made, "of the method", "strength=0.5")
    made.add_argument(
        "--method", choices=["patches", "wavelets", "total_variation", "network"],
        help="from similar patches of each plane (patches, unless said), by its wavelets, planes of a stack together (total_variation), or "
        "by the network that is built in (network)",
    )  # fmt: skip
    made.add_argument("--model", type=Path, metavar="MODEL.zip", help="the network that abbe learn made, instead of the one that is built in")
    made = add("learn", _cli_learn.command, "Adapt the denoiser that is built in to an image, by the noisy image alone.")
    made.add_argument("image", type=Path, help="a TIFF as the camera gave it (ImageJ, OME, BigTIFF), or an OME-Zarr (.zarr)")
    made.add_argument("output", type=Path, metavar="MODEL.zip", help="the package to write, for abbe denoise --model")
    made.add_argument("--axes", help="one letter per axis of the image, slowest first, of t, c, z, y, x")
    made.add_argument("--channel", type=int, default=0, help="which channel to learn from, from 0")
    made.add_argument("--time", type=int, default=0, help="which time point to learn from, from 0")
    made.add_argument("--from", dest="start", type=Path, metavar="MODEL", help="a package that was learnt before, to begin with")
    made.add_argument("--denoised", type=Path, metavar="FILE", help="the TIFF to write that channel and time point to, denoised")
    made.add_argument("--quiet", action="store_true", help="no progress bar")
    made.add_argument("--threads", type=int, help="number of CPU threads")
    add_settings(made, "of learning", "steps=64 seed=3")
    made = add("psf", psf, "Write a point spread function as a TIFF.")
    made.add_argument("output", type=Path, help="the TIFF to write")
    made.add_argument("--like", type=Path, help="a TIFF whose metadata have the optics")
    made.add_argument("--channel", type=int, default=0, help="which channel of it, from 0")
    add_optics(made)
    made = add("beads", beads, "Make a point spread function from an image of beads, and write it as a TIFF.")
    made.add_argument("input", type=Path, help="a TIFF with beads; what its metadata and --optics say of the optics is compared with them")
    made.add_argument("output", type=Path, help="the TIFF to write")
    made.add_argument("--axes", help="one letter per axis of the input, slowest first, of t, c, z, y, x")
    made.add_argument("--channel", type=int, default=0, help="which channel of it, from 0")
    made.add_argument("--shape", type=_extents, metavar="Z,Y,X", help="odd extents of the result; what holds the light of the beads")
    made.add_argument("--optics", nargs="+", default=[], metavar="NAME=VALUE", help="parameters of the point spread function, e.g. pixel_nm=65 bead_nm=100")
    made = add("assess", _assess, "Say how far a result can be believed, as JSON, for each channel and time point.")
    made.add_argument("raw", type=Path, help="the TIFF as the camera gave it")
    made.add_argument("result", type=Path, help="the TIFF of the result, of the same axes")
    made.add_argument("--axes", help="one letter per axis of both files, slowest first, of t, c, z, y, x")
    made.add_argument("--mask", type=Path, help="a TIFF, 0 where a sample of the raw image was not measured")
    add_settings(made, "of the assessment", "gain=2.1 offset=100 read_noise=1.6")
    made.set_defaults(json="-")
    add_optics(made)
    add_psf(made)
    made = add("info", _info, "Say what an image holds and which optics its metadata tell, as JSON.")
    made.add_argument("input", type=Path, help="a TIFF, or an OME-Zarr (.zarr)")
    made.set_defaults(json="-")
    add_optics(made)
    return parser


def _deconvolve(given: argparse.Namespace) -> Iterator[Record]:
    of_file = measured(given)
    background = given.background if given.background in (None, "estimated") else value(given.background)

    def chain(metadata: Any) -> Chain:
        found = of_file or psfs.from_metadata(metadata, kind=given.kind, **settings(given.optics))
        return deconvolution(found, background, settings(given.set))

    return _files(given, chain)


def _denoise(given: argparse.Namespace) -> Iterator[Record]:
    method, stated = given.method, settings(given.set)
    if given.model is not None:
        if method not in (None, "network"):
            raise ArgumentError(f"--model is given with --method {method}; give one of them")
        method, stated = "network", {"model": Model(given.model), **stated}
    chain = denoising(method or "patches", stated)
    return _files(given, lambda _metadata: chain)


def _files(given: argparse.Namespace, chain_of: Callable[[Any], Chain]) -> Iterator[Record]:
    """Works on file after file; one that fails does not keep others from being done."""
    context = None if given.threads is None else Context(threads=given.threads)
    for source, target in pairs(given.input, given.output):
        record: Record = {"input": str(source), "output": str(target), "abbe": __version__}
        begun = time.monotonic()
        with doubts(source) as found:
            try:
                with bar(source.name, given.quiet) as shown:
                    (_ome_zarr if is_zarr(source) else _tiff)(given, source, target, chain_of, record, shown, context)
            except (Error, OSError) as failure:
                record["error"] = in_options(failure)
            except Exception as failure:  # noqa: BLE001: what one file brings about keeps no other from being done
                record["error"] = f"{type(failure).__name__}: {failure}"
        record.update(warnings=found, seconds=round(time.monotonic() - begun, 3))
        yield record


def _tiff(
    given: argparse.Namespace, source: Path, target: Path, chain_of: Callable[[Any], Chain], record: Record,
    bar: Progress | None, context: Context | None,
) -> None:  # fmt: skip
    tiff.check_target(target, given.overwrite)
    image, axes, metadata = opened(source, given.axes)
    chain = chain_of(metadata)
    result, report = run(
        single(source, image), chain, axes, dtype=given.dtype, progress=bar, context=context, memory_cap_bytes=given.memory,
        tell=_teller(source),
    )  # fmt: skip
    record.update(axes=axes, shape=list(image.shape), dtype=str(image.dtype), steps=_told(chain), report=report)
    psf = next((told["psf"] for _, told in chain if "psf" in told), None)
    tiff.write(target, result, axes, metadata, psf=psf, provenance=record, overwrite=given.overwrite)


def _ome_zarr(
    given: argparse.Namespace, source: Path, target: Path, chain_of: Callable[[Any], Chain], record: Record,
    bar: Progress | None, context: Context | None,
) -> None:  # fmt: skip
    """The result becomes a new OME-Zarr. A deconvolution goes in blocks, so that the image may be larger than memory."""
    if not is_zarr(target):
        raise ArgumentError(f"{target} is no name of an OME-Zarr; let it end with .zarr")
    if target.exists():
        raise ArgumentError(f"{target} is there already; an OME-Zarr is not replaced; give another name")
    check_place(target)
    image, axes, metadata = opened(source, given.axes)
    from . import dask  # which is there, by now

    spacing = dask.open_ome_zarr(source)[2]
    chain = chain_of(metadata)
    record.update(axes=axes, shape=list(image.shape), dtype=str(image.dtype), steps=_told(chain))
    if not is_taken(image.dtype):
        image = image.map_blocks(lambda block: single(source, block), dtype=numpy.float32, meta=numpy.empty((0,) * image.ndim, numpy.float32))
    try:
        made = dask.create_ome_zarr(target, image.shape, axes, spacing, dtype=given.dtype)
        if any(step == "deconvolve" for step, _ in chain):
            record["report"] = dask.run_to(
                made.image, image, chain, axes=axes, memory_cap_bytes=given.memory, progress=bar, context=context, tell=_teller(source)
            )
        else:
            _check_room(source, image)
            made.image[...], record["report"] = run(
                image.compute(scheduler="threads"), chain, axes, dtype=given.dtype, progress=bar, context=context,
                memory_cap_bytes=given.memory, tell=_teller(source),
            )  # fmt: skip
        made.finish(json.loads(json.dumps(record, default=_plain)))
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)  # whole or not at all
        raise


def _teller(source: Path) -> Callable[[str], None]:
    return lambda text: print(f"abbe: {source}: {text}", file=sys.stderr)


def _check_room(source: Path, image: Any) -> None:
    needed, free = image.nbytes + 8 * image.size, free_memory()
    if needed > free > 0:
        raise ArgumentError(
            f"{source} holds {image.nbytes >> 20} MB; denoising takes it as a whole, about {needed >> 20} MB, and {free >> 20} MB are "
            "free; denoise a part of it, or use abbe.dask.denoise, which works chunk by chunk"
        )


def _assess(given: argparse.Namespace) -> Iterator[Record]:
    stated = settings(given.set)
    _parameters.prepared("assess", stated)  # Names are checked before files are read.
    raw, axes, metadata = opened(given.raw, given.axes)
    result, others, metadata_of_result = opened(given.result, given.axes)
    if sorted(axes) != sorted(others):
        raise ArgumentError(f"the images have the axes {axes!r} and {others!r}; they must be the same; say which with --axes")
    # The results of channels and time points are judged one by one, whatever their order in the files.
    order = "".join(letter for letter in "tczyx" if letter in axes)
    raw, result = (image.transpose([own.index(letter) for letter in order]) for image, own in ((raw, axes), (result, others)))
    apart = order[: len(order) - len(order.lstrip("tc"))]
    if raw.shape[: len(apart)] != result.shape[: len(apart)]:
        raise ArgumentError(f"the images have the shapes {raw.shape} and {result.shape} ({order}); channels and times must be the same")
    inside = None
    if given.mask is not None:
        inside, _, _ = tiff.read(given.mask, axes=order[len(apart) :])
        if inside.shape != raw.shape[len(apart) :]:
            raise ArgumentError(f"{given.mask} has the shape {inside.shape}; the images have {raw.shape[len(apart) :]}")
    with doubts(given.raw) as said:
        psfs_given, source = of_result(given, metadata, metadata_of_result)
        channels = dict(zip(order, raw.shape)).get("c", 1)
        if len(psfs_given) not in (1, channels):
            raise ArgumentError(f"the image has {channels} channels and the optics are of {len(psfs_given)}; give one for each, or one for all")
        for at in numpy.ndindex(raw.shape[: len(apart)]):
            which = dict(zip(apart, at))
            psf = psfs_given[which.get("c", 0) % len(psfs_given)]
            found = assess(single(given.raw, raw[at]), single(given.result, result[at]), psf=psf, measured=inside, **stated)
            optics = None if psf is None else {"from": source, **_plain(psf)}
            names = {"channel" if letter == "c" else "time": number for letter, number in which.items()}
            of = {"raw": str(given.raw), "result": str(given.result), **names, "optics": optics}
            yield {**of, "report": found.report, "warnings": said}


def _info(given: argparse.Namespace) -> Iterator[Record]:
    image, axes, metadata = opened(given.input)
    record: Record = {"input": str(given.input), "axes": axes, "shape": list(image.shape), "dtype": str(image.dtype)}
    made = provenance.of_metadata(metadata)
    if "psf" in made:
        yield {**record, "holds": "point spread function", **made, "warnings": []}
        return
    with doubts(given.input) as said:
        try:
            found = psfs.from_metadata(metadata, kind=given.kind, **settings(given.optics))
            record["channels"] = [{"kind": psf.kind, "optics": psf.origin} for psf in found]
        except ArgumentError as failure:
            record["optics"] = str(failure)
    yield {**record, "warnings": said}


def _bytes(text: str) -> int:
    parts = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]*)?(?:[eE]\+?[0-9]{1,2})?)\s*([kKMGT]?)i?B?\s*", text)
    if parts is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; it must be a number, of bytes or with kB, MB, GB or TB, e.g. 4GB")
    return int(float(parts[1]) * 1024 ** ("kMGT".find(parts[2].replace("K", "k")) + 1 if parts[2] else 0))


def _extents(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) not in (2, 3) or any(not part.strip().isdigit() or int(part) % 2 == 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape; it must be two or three odd numbers, e.g. 21,41,41")
    return tuple(map(int, parts))


def _told(chain: Chain) -> list[dict[str, Any]]:
    """The steps as JSON has them."""
    return [{"step": step, **{name: _plain(value) for name, value in told.items()}} for step, told in chain]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Psf):
        return {"kind": value.kind, "settings": value.settings, "origin": value.origin}
    if isinstance(value, Model):
        told = value.describe()
        return {name: told[name] for name in ("name", "sha256")}
    if isinstance(value, numpy.generic):
        return value.item()
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)
