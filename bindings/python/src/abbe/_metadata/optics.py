"""What optics follow from metadata, and what is missing or contradictory."""

from __future__ import annotations

import difflib
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Mapping

from .. import _parameters
from ..errors import AbbeWarning, ArgumentError
from . import ome, plain, vendors
from .facts import MEDIA, MODALITIES, Fact, Facts, Metadata, letters_of, nanometres, positive

if TYPE_CHECKING:
    from ..psf import Psf

_NEEDED = {
    "confocal": ("numerical_aperture", "wavelength_nm", "excitation_nm", "pixel_nm"),
    "spinning_disk": ("numerical_aperture", "wavelength_nm", "excitation_nm", "pixel_nm"),
    "two_photon": ("numerical_aperture", "excitation_nm", "pixel_nm"),
    "light_sheet": ("numerical_aperture", "wavelength_nm", "sheet_thickness_nm", "pixel_nm"),
}
_SAME_INDEX = 0.06
"""Indices of one medium differ by less, from one make to another."""
_WIDEFIELD = ("numerical_aperture", "wavelength_nm", "pixel_nm")


def read(metadata: Any, image: int) -> Metadata:
    """The facts in metadata of any kind that is known."""
    if isinstance(metadata, Metadata):
        return metadata
    if hasattr(metadata, "imagej_metadata") and hasattr(metadata, "ome_metadata"):  # tifffile.TiffFile
        return _tiff(metadata, image)
    if hasattr(metadata, "to_xml"):  # ome_types.OME
        return ome.read(str(metadata.to_xml()), image)
    if hasattr(metadata, "ome_metadata"):  # bioio.BioImage, nd2.ND2File
        inner = metadata.ome_metadata
        return read(inner() if callable(inner) else inner, image)
    zeiss = vendors.czi_text(metadata)
    if zeiss is not None:
        return vendors.czi(zeiss)
    if isinstance(getattr(metadata, "settings", None), Mapping) and hasattr(metadata, "scale"):  # readlif.LifImage
        return vendors.lif(metadata)
    if isinstance(metadata, bytes):
        metadata = metadata.decode(errors="replace")
    if isinstance(metadata, str):
        if not metadata.lstrip("\ufeff \t\r\n").startswith("<"):
            raise ArgumentError(f"metadata is the text {metadata[:60]!r}; it must be OME-XML; of a file give tifffile.TiffFile(path)")
        text = metadata.lstrip("\ufeff \t\r\n")
        return vendors.czi(text) if "<ImageDocument" in text[:1000] else ome.read(text, image)
    if isinstance(metadata, Mapping):
        return plain.read(metadata)
    raise ArgumentError(
        f"metadata is of type {type(metadata).__name__}; it must be OME-XML, a tifffile.TiffFile, an object with ome_metadata, "
        "or a dictionary"
    )


def channels(metadata: Any, image: int, kind: str | None, given: Mapping[str, Any]) -> list[tuple[str, dict[str, Fact]]]:
    """Kind and settings of the point spread function of each channel.

    ``given`` overrides what is found; a list has a value for each channel.
    """
    for name in given:
        if name not in plain.NAMES:
            _parameters.row_of("psf", name, with_facts=False)  # or says which is meant, before anything is missed
    found = read(metadata, image)
    if not found.counted and len(found.channels) == 1:  # Nothing but the lists that are given says how many channels there are.
        listed = [len(value) for value in given.values() if isinstance(value, (list, tuple))]
        found = replace(found, channels=found.channels * max([*listed, 1]))
    count = len(found.channels)
    for name, value in given.items():
        if isinstance(value, (list, tuple)) and len(value) != count:
            others = "the metadata has" if found.counted else "another parameter has values for"
            raise ArgumentError(f"{name} has {len(value)} values; {others} {count} channels")
    _doubt_one_for_all(given, found, count)
    missing: list[str] = []
    results = []
    doubts: dict[str, list[str]] = {}
    for at, facts in enumerate(found.channels):
        of_channel = {name: value[at] if isinstance(value, (list, tuple)) else value for name, value in given.items()}
        told = {name: Fact(value, "given") for name, value in of_channel.items() if value is not None}
        one = {**found.common, **facts, **told}
        which = f"channel {at}" + (f" {found.names[at]!r}" if at < len(found.names) and found.names[at] else "")
        taken = kind or _kind(one, which, doubts)
        if "immersion_index" not in told:
            _immersion(one, doubts)
        _doubt_pinhole(one, taken, which, doubts)
        _check(one, taken, which)
        # A Gaussian of a stated width needs no optics.
        needed = ("pixel_nm",) if taken == "gaussian" and "sigma_nm" in one else _NEEDED.get(taken, _WIDEFIELD)
        needed += ("step_nm",) if found.planes > 1 else ()
        for name in needed:
            if name not in one:
                of = f" of {which}" if name in ("wavelength_nm", "excitation_nm") and count > 1 else ""
                term = f" ({found.terms[name]})" if name in found.terms else ""
                missing += [text for text in [f"{name}{of}{term}"] if text not in missing]
        settings = {name: fact for name, fact in one.items() if name not in ("immersion", "modality", "pinhole")}
        if taken not in ("confocal", "spinning_disk", "two_photon"):
            settings = {name: fact for name, fact in settings.items() if name not in ("excitation_nm", "pinhole_airy") or name in told}
        if taken in ("spinning_disk", "two_photon") and "pinhole_airy" not in told:
            settings.pop("pinhole_airy", None)
        if taken == "two_photon" and "wavelength_nm" not in told:
            settings.pop("wavelength_nm", None)
        results.append((taken, settings))
    for text, channels_of_it in doubts.items():
        were = "was" if len(channels_of_it) == 1 else "were"
        warnings.warn(text.format(_listed(channels_of_it), were=were), AbbeWarning, stacklevel=3)
    if missing:
        raise ArgumentError(f"the metadata lacks {', '.join(missing)}; give it beside the metadata, e.g. {missing[0].split()[0]}=...")
    return results


def of_psf(psf: Psf) -> Facts:
    """What a point spread function says of the optics, in the words of metadata; nothing of a measured one."""
    names = ("numerical_aperture", "immersion_index", "wavelength_nm", "excitation_nm", "pixel_nm", "step_nm")
    found = {name: Fact(value, "the point spread function") for name, value in psf.settings.items() if name in names}
    if psf.kind in MODALITIES.values():
        found["modality"] = Fact(psf.kind, "the point spread function")
    return found


def agreeing(facts: Facts) -> Facts:
    """Without the medium where it is not that of the immersion index."""
    medium, index = facts.get("immersion"), facts.get("immersion_index")
    if medium is None or index is None or abs(MEDIA.get(letters_of(medium.value), index.value) - index.value) <= _SAME_INDEX:
        return facts
    return {name: fact for name, fact in facts.items() if name != "immersion"}


def of_imagej(file: Any) -> dict[str, Any]:
    """ImageJ's metadata of a ``tifffile.TiffFile`` with the pixel size, which is in tags of their own."""
    described = dict(file.imagej_metadata)
    sizes = []
    for name in ("XResolution", "YResolution"):
        tag = file.pages[0].tags.get(name)
        over, under = tag.value if tag is not None else (0, 0)
        sizes.append(under / over if over and under else 0.0)
    unit = str(described.get("unit", ""))
    # ImageJ's own word for a calibration that is none.
    if unit and unit != "pixel" and all(sizes):
        if abs(sizes[0] - sizes[1]) > 0.01 * sizes[0]:
            raise ArgumentError(f"pixels of the TIFF are {sizes[0]:g} by {sizes[1]:g} {unit}; they must be square; resample the image")
        described["pixel_nm"] = nanometres(sizes[0], unit, "XResolution").value
    return described


def _tiff(file: Any, image: int) -> Metadata:
    if file.is_ome:
        return ome.read(str(file.ome_metadata), image)
    if file.is_imagej:
        return plain.read(of_imagej(file))
    raise ArgumentError("the TIFF has neither OME-XML nor ImageJ's metadata; give a dictionary")


def _doubt_one_for_all(given: Mapping[str, Any], found: Metadata, count: int) -> None:
    for name in ("wavelength_nm", "excitation_nm"):
        value = given.get(name)
        if found.counted and count > 1 and value is not None and not isinstance(value, (list, tuple)):
            message = f"{name} is {value} for all {count} channels; give one for each where their light differs"
            warnings.warn(message, AbbeWarning, stacklevel=4)


def _listed(channels: list[str]) -> str:
    """Channels as one part of a sentence, which begins "channel"."""
    numbers = [one.partition(" ")[2] for one in channels]
    return channels[0] if len(channels) == 1 else f"channels {', '.join(numbers[:-1])} and {numbers[-1]}"


def _kind(one: Facts, which: str, doubts: dict[str, list[str]]) -> str:
    said = one.get("modality")
    if said is None:
        if "pinhole" in one or "pinhole_airy" in one:
            return "confocal"
        text = "the metadata does not say how {} {were} taken; widefield is assumed; say so, or else, with kind="
        doubts.setdefault(text, []).append(which)
        return "widefield"
    kind = MODALITIES.get(letters_of(said.value))
    if kind is None:
        raise ArgumentError(f"{said.source} is {said.value!r}, for which there is no optical model; give kind=, e.g. 'widefield'")
    return kind


def _immersion(one: Facts, doubts: dict[str, list[str]]) -> None:
    medium, index = one.get("immersion"), one.get("immersion_index")
    by_medium = None if medium is None else MEDIA.get(letters_of(medium.value))
    if medium is not None and by_medium is None and index is None:
        near = difflib.get_close_matches(letters_of(medium.value), MEDIA, 1, 0.65)
        hint = f"did you mean {near[0]!r}?" if near else "give immersion_index="
        text = f"{medium.source} is {medium.value!r}, whose refractive index is not known; {hint}"
        doubts.setdefault(text.replace("{", "{{").replace("}", "}}"), []).append("")
    if medium is not None and by_medium is not None:
        if index is None:
            one["immersion_index"] = Fact(by_medium, f"{medium.source} {medium.value}")
        elif abs(index.value - by_medium) > _SAME_INDEX:
            raise ArgumentError(
                f"{index.source} is {index.value:g} and {medium.source} is {medium.value}, which has {by_medium}; give immersion_index"
            )


def _doubt_pinhole(one: Facts, kind: str, which: str, doubts: dict[str, list[str]]) -> None:
    if kind == "confocal" and "pinhole" in one and "pinhole_airy" not in one:
        size = str(one["pinhole"].value).replace("{", "{{").replace("}", "}}")
        text = f"the pinhole of {{}} is {size}, at a magnification that the metadata does not say; 1 Airy unit is taken; give pinhole_airy="
        doubts.setdefault(text, []).append(which)


def _check(one: Facts, kind: str, which: str) -> None:
    aperture, index = one.get("numerical_aperture"), one.get("immersion_index")
    if aperture is not None and index is not None:
        if positive(aperture.value, "numerical_aperture") >= positive(index.value, "immersion_index"):
            raise ArgumentError(
                f"{aperture.source} is {aperture.value:g} and {index.source} makes the immersion index {index.value:g}, "
                "above which it must not be; give numerical_aperture and immersion_index"
            )
    emission, excitation = one.get("wavelength_nm"), one.get("excitation_nm")
    if emission is not None and excitation is not None:
        longer = emission.value > excitation.value
        if longer == (kind == "two_photon"):
            raise ArgumentError(
                f"{which} has the emission {emission.value:g} nm and the excitation {excitation.value:g} nm, which cannot be "
                f"{'two-photon' if kind == 'two_photon' else 'one-photon'} fluorescence; give wavelength_nm and excitation_nm"
            )


def named(failure: ArgumentError, settings: Mapping[str, Fact]) -> ArgumentError:
    """What libabbe says of a value, with the place that it comes from."""
    for name, fact in settings.items():
        if fact.source != "given" and str(failure).startswith(f"psf.{name} is "):
            return ArgumentError(str(failure).replace(f"psf.{name} is", f"{fact.source} makes psf.{name}", 1))
    return failure


def origins(settings: Mapping[str, Fact]) -> dict[str, dict[str, Any]]:
    """What was taken, for reports."""
    return {name: {"value": fact.value, "from": fact.source} for name, fact in settings.items()}
