"""TIFF files of ImageJ and OME, BigTIFF too, by ``tifffile`` (``pip install abbe[cli]``).

Example:
    >>> image, axes, metadata = abbe.tiff.read("cells.ome.tif")
    >>> abbe.tiff.write("restored.ome.tif", abbe.deconvolve(image, abbe.psf.from_metadata(metadata), axes=axes), axes, metadata)
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence

import numpy

from ._arrays import lettered
from ._metadata import optics
from ._metadata.facts import Metadata
from ._metadata.ome_writing import with_optics
from ._targets import check_place
from .errors import ArgumentError, FileError

if TYPE_CHECKING:
    from .psf import Psf


def read(path: str | os.PathLike[str], *, axes: str | None = None, series: int = 0) -> tuple[numpy.ndarray, str, Any]:
    """Reads an image into memory.

    Args:
        path: A TIFF.
        axes: One letter per axis, of t, c, z, y, x; ``None``: as the file says.
        series: Which image of a file with several.

    Returns:
        The image; its axes; and what the file says of it, OME-XML or a dictionary, for :func:`abbe.psf.from_metadata`.

    Raises:
        FileError: There is no such file, or it is no TIFF, or ends early.
        ArgumentError: The file does not say what its axes are.
    """
    tifffile = _tifffile()
    if os.path.isdir(path):
        raise FileError(f"{os.fspath(path)} is a folder; a TIFF is read here; of an OME-Zarr write the image as a TIFF first")
    try:
        with _damage() as damage, tifffile.TiffFile(path) as file:
            if not len(file.series):
                raise ValueError("there is no image in it")
            if not 0 <= series < len(file.series):
                raise ArgumentError(f"series is {series}; {os.fspath(path)} has {len(file.series)}")
            found = file.series[series]
            image = numpy.asarray(found.asarray())
            letters = lettered(found.axes if axes is None else axes)
            metadata = _metadata(file)
    except ArgumentError:
        raise
    except Exception as failure:  # noqa: BLE001: damaged files make tifffile raise nearly everything
        told = getattr(failure, "strerror", None) or failure  # without the name of the file, once more
        raise FileError(f"{os.fspath(path)} cannot be read: {told or type(failure).__name__}") from None
    if damage:
        raise FileError(f"{os.fspath(path)} is damaged or ends early: {damage[0]}")
    if len(letters) != image.ndim or set(letters) - set("tczyx"):
        raise ArgumentError(
            f"{os.fspath(path)} has the shape {image.shape} and the axes {letters.upper()}; "
            'say which they are, e.g. axes="zyx" or "tyx"'
        )
    return image, letters, metadata


def check_target(path: Path, overwrite: bool) -> None:
    """Refuses a name by which other programs would take a TIFF for something else, or that cannot be written."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        raise ArgumentError(f"{path} is no name of a TIFF; let it end with .tif or .tiff, or with .ome.tif for OME-TIFF")
    if path.exists() and not overwrite:
        raise FileError(f"{path} is there already; give another name, or overwrite it")
    check_place(path)


def write(
    path: str | os.PathLike[str],
    image: Any,
    axes: str,
    metadata: Any = None,
    *,
    psf: Psf | Sequence[Psf] | None = None,
    provenance: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes an image: OME-TIFF where the name ends with .ome.tif, else a TIFF as ImageJ wants it: axes in its order.

    A file is there whole or not at all. OME-TIFF above 4 GB is BigTIFF.

    Args:
        path: Name of the file, which ends with .tif or .tiff.
        image: uint8, uint16 or float32.
        axes: One letter per axis.
        metadata: What :func:`read` gave: distances of pixels and planes and names of channels are kept; in OME-TIFF also
            objective, immersion, wavelengths, pinholes and modes.
        psf: The point spread functions of the channels, or that of all: their optics are kept too, and count more.
        provenance: What was done, kept as JSON: a map annotation ``abbe`` of OME-XML, or ImageJ's Info.
        overwrite: Whether a file of that name is replaced.
    """
    tifffile = _tifffile()
    target, samples, letters = Path(path), numpy.asarray(image), lettered(axes)
    check_target(target, overwrite)
    if len(letters) != samples.ndim or set(letters) - set("tczyx"):
        raise ArgumentError(f"image has {samples.ndim} axes and axes is {axes!r}; there must be one letter of t, c, z, y, x for each")
    if samples.dtype not in (numpy.uint8, numpy.uint16, numpy.float32):
        raise ArgumentError(f"image is of {samples.dtype}; a TIFF takes uint8, uint16 and float32")
    is_ome = target.name.lower().endswith((".ome.tif", ".ome.tiff"))
    # ImageJ reads one order only; OME says which it is, with y and x last.
    slow = letters if is_ome else "tzc"
    order = "".join(letter for letter in slow if letter in letters and letter not in "yx") + "yx"
    samples = samples.transpose([letters.index(letter) for letter in order])
    channels = samples.shape[order.index("c")] if "c" in letters else 1
    found = _described(metadata, psf, channels)
    distances = {name: float(fact.value) for name, fact in found.common.items() if name in ("pixel_nm", "step_nm")}
    done = None if provenance is None else json.dumps(provenance, default=str)
    options: dict[str, Any] = {"photometric": "minisblack", "metadata": {"axes": order.upper()}}
    described = options["metadata"]
    if is_ome:
        options.update(ome=True, bigtiff=samples.nbytes > 2**32 - 2**25)
        for letter, name in (("X", "pixel_nm"), ("Y", "pixel_nm"), ("Z", "step_nm")):
            if name in distances:
                described.update({f"PhysicalSize{letter}": distances[name] / 1000, f"PhysicalSize{letter}Unit": "µm"})
        if len(found.names) == channels and any(found.names):
            described["Channel"] = {"Name": found.names}
        if done is not None:
            described["MapAnnotation"] = {"abbe": done}
    else:
        if samples.nbytes > 2**32 - 2**25:
            raise ArgumentError(f"image has {samples.nbytes / 1e9:.1f} GB, more than ImageJ's TIFF holds; let the name end with .ome.tif")
        options["imagej"] = True
        if "pixel_nm" in distances:
            options["resolution"] = (1000 / distances["pixel_nm"],) * 2
            described["unit"] = "um"
        if "step_nm" in distances:
            described["spacing"] = distances["step_nm"] / 1000
        if done is not None:
            described["Info"] = done
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{uuid.uuid4().hex}{''.join(target.suffixes[-2:])}")
    try:
        tifffile.imwrite(part, numpy.ascontiguousarray(samples), **options)
        if is_ome:
            tifffile.tiffcomment(part, with_optics(tifffile.tiffcomment(part), found).encode())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _damage() -> Iterator[list[str]]:
    """Collects what tifffile only logs of a damaged file, of which it then reads less than the file should hold."""
    found: list[str] = []
    here = threading.get_ident()

    def hear(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        lost = record.levelno >= logging.ERROR and _DAMAGE.search(text) or "failed to reshape" in text
        if record.thread != here or not lost:
            return True
        found.append(text)
        return False

    logger = logging.getLogger("tifffile")
    logger.addFilter(hear)
    try:
        yield found
    finally:
        logger.removeFilter(hear)


_DAMAGE = re.compile(r"invalid (page|value) offset|series|\braised\b|corrupted file")


def _metadata(file: Any) -> Any:
    if file.is_ome:
        return file.ome_metadata
    if file.is_imagej:
        return optics.of_imagej(file)
    return {}


def _described(metadata: Any, psf: Psf | Sequence[Psf] | None, channels: int) -> Metadata:
    """What is to be kept; nothing of metadata that contradict themselves."""
    try:
        found: Metadata = optics.read({} if metadata is None else metadata, 0)
    except ArgumentError:
        found = Metadata({}, [])
    psfs: list[Any] = [] if psf is None else list(psf) if isinstance(psf, (list, tuple)) else [psf] * channels
    if len(psfs) != channels:
        return found
    before = found.channels if len(found.channels) == channels else [{}] * channels
    of_channels = [{**facts, **optics.of_psf(one)} for facts, one in zip(before, psfs)]
    # What all channels have in common is the image's.
    alike = [name for name, fact in of_channels[0].items() if all(name in one and one[name].value == fact.value for one in of_channels)]
    shared = {name: of_channels[0][name] for name in alike if name not in _OF_CHANNELS}
    return replace(found, common=optics.agreeing({**found.common, **shared}), channels=of_channels)


_OF_CHANNELS = ("wavelength_nm", "excitation_nm", "modality", "pinhole")


def _tifffile() -> Any:
    try:
        import tifffile
    except ImportError:
        raise ImportError("tifffile is not installed; pip install abbe[cli]") from None
    return tifffile
