"""Optics in dictionaries: ImageJ's, with the text that Bio-Formats leaves there, and plain ones."""

from __future__ import annotations

import difflib
import re
from typing import Any, Mapping

from ..errors import ArgumentError
from .facts import Fact, Facts, Metadata, letters_of, nanometres, positive, wavelength

NAMES = {
    "numerical_aperture": ("numericalaperture", "lensna", "objectivena", "dobjectivena", "na"),
    "immersion_index": ("immersionindex", "refractiveindex", "refractionindex", "immersionrefractiveindex"),
    "immersion": ("immersion", "immersionmedium", "medium"),
    "pixel_nm": ("pixel", "pixelsize", "physicalsizex", "pixelsizex", "xspacing"),
    "step_nm": ("step", "zstep", "physicalsizez", "zspacing", "slicespacing", "pixelsizez"),
    "wavelength_nm": ("wavelength", "emission", "emissionwavelength", "emwavelength"),
    "excitation_nm": ("excitation", "excitationwavelength", "exwavelength"),
    "pinhole_airy": ("pinholeairy", "pinholesizeairy"),
    "sheet_thickness_nm": ("sheetthickness",),
    "modality": ("modality", "kind", "acquisitionmode", "microscope"),
}
"""Names in metadata by parameters; those of lengths may end with a unit."""

_UNITS = ("nm", "um", "µm", "mm")
_OTHERS = ("channels", "name")
"""What dictionaries have besides."""


def read(given: Mapping[str, Any]) -> Metadata:
    """The facts of a dictionary: names as above, and ``channels``, a list of dictionaries or their number."""
    listed = given.get("channels")
    channels = [_facts(one) for one in listed] if isinstance(listed, (list, tuple)) else None
    names = [str(one.get("name", "")) for one in listed] if isinstance(listed, (list, tuple)) else []
    common: Facts = {}
    if "ImageJ" in given:
        info = _info(str(given.get("Info", "")))
        common, of_channels = info.common, info.channels
        if given.get("spacing") and int(given.get("slices", 1)) > 1:
            common["step_nm"] = nanometres(given["spacing"], str(given.get("unit", "")), "ImageJ's spacing")
        if "pixel_nm" in given:
            common["pixel_nm"] = nanometres(given["pixel_nm"], "nm", "the TIFF's resolution")
        count = max(int(given.get("channels", 1)), 1)
        channels = (of_channels + [{}] * count)[:count]
    else:
        common = _facts(given)
    planes = int(given.get("slices", 1)) if "ImageJ" in given else 1
    return Metadata(common, channels or [{}], names or [""] * len(channels or [{}]), planes, counted=channels is not None)


def _facts(given: Mapping[str, Any]) -> Facts:
    if not isinstance(given, Mapping):
        raise ArgumentError(f"a channel of the metadata is of type {type(given).__name__}; it must be a dictionary")
    found: Facts = {}
    for key, value in given.items():
        if value is None or key in _OTHERS:
            continue
        if isinstance(value, (list, tuple, set, Mapping)) and _named(str(key)):
            raise ArgumentError(
                f"the metadata has {key!r}, which is a {type(value).__name__}; it must be one value; what differs between channels "
                'goes into the dictionaries of "channels"'
            )
        fact = _fact(str(key), value)
        if fact is None:
            raise _unknown(str(key))
        name, one = fact
        if name in found and found[name].value != one.value:
            raise ArgumentError(f"the metadata has {found[name].source} {found[name].value} and {one.source} {one.value}; which is it?")
        found[name] = one
    return found


def concerns_optics(key: str) -> bool:
    """Whether an entry of a dictionary that holds much else is one of optics, or hardly anything else."""
    return key in _OTHERS or _named(key) is not None or near(key, 0.85) is not None


def near(key: str, cutoff: float = 0.6) -> str | None:
    """The parameter that a name may be meant for."""
    named = _named(key)
    if named is not None:
        return named[0]
    of_terms = {letters_of(name): name for name in NAMES}
    of_terms.update({term: name for name, terms in NAMES.items() for term in terms})
    meant = difflib.get_close_matches(letters_of(key), of_terms, 1, cutoff)
    return of_terms[meant[0]] if meant else None


def _unknown(key: str) -> ArgumentError:
    meant = near(key)
    hint = f"did you mean {meant!r}?" if meant else f"names are {', '.join(NAMES)}; leave others out"
    return ArgumentError(f"the metadata has {key!r}, which is no name of optics; {hint}")


def _named(key: str) -> tuple[str, str | None] | None:
    """The parameter that a name stands for, and its unit if it says one."""
    plain = letters_of(key)
    for name, terms in NAMES.items():
        unit = None
        if name.endswith("_nm"):
            unit = next((one for one in _UNITS if plain.endswith(one) and plain[: -len(one)] in terms), None)
        if (plain[: -len(unit)] if unit else plain) in terms:
            return name, unit
    return None


def _fact(key: str, value: Any) -> tuple[str, Fact] | None:
    named = _named(key)
    if named is None:
        return None
    name, unit = named
    if name in ("immersion", "modality"):
        return name, Fact(value, key)
    if name in ("wavelength_nm", "excitation_nm"):
        return name, wavelength(value, unit, key)
    return name, nanometres(value, unit, key) if name.endswith("_nm") else Fact(positive(value, key), key)


def _info(text: str) -> Metadata:
    """The lines ``Information|Image|Channel|EmissionWavelength #2 = 525`` that Bio-Formats leaves in ImageJ's Info."""
    common: Facts = {}
    channels: dict[int, Facts] = {}
    for line in text.splitlines():
        parts = re.fullmatch(r"\s*(.*?)(?:\s*#\s*(\d+))?\s*[=:]\s*(.*?)\s*", line)
        if parts is None or not parts[3]:
            continue
        key = re.split(r"[|\\/]", parts[1])[-1]
        try:
            fact = _fact(key, parts[3])
        except ArgumentError:
            continue  # a line of that name which is about something else
        if fact is None:
            continue
        name, one = fact
        if name in ("pixel_nm", "step_nm"):  # ImageJ's own calibration counts, which the user may have mended
            continue
        if name in ("wavelength_nm", "excitation_nm", "pinhole_airy", "modality"):
            channels.setdefault(int(parts[2] or 1) - 1, {}).setdefault(name, one)
        elif name in common and common[name].value != one.value:
            raise ArgumentError(f"ImageJ's Info has the values {common[name].value} and {one.value} of {name}; give it")
        else:
            common[name] = one
    return Metadata(common, [channels.get(at, {}) for at in range(max(channels, default=-1) + 1)])
