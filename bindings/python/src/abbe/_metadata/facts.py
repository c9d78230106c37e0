"""What metadata say of the optics, in one form whatever they came from, and their units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Dict

from ..errors import ArgumentError


@dataclass(frozen=True)
class Fact:
    """A value in the unit of the parameter that it is for, and where it was found."""

    value: Any
    source: str


Facts = Dict[str, Fact]
"""By names of parameters ``psf.*``, and ``immersion`` (a medium) and ``modality``."""


@dataclass
class Metadata:
    """What is said of an image: of all of it, and of each of its channels."""

    common: Facts
    channels: list[Facts]
    names: list[str] = field(default_factory=list)
    """Of the channels."""
    planes: int = 1
    counted: bool = True
    """Whether it says how many channels there are."""
    terms: dict[str, str] = field(default_factory=dict)
    """What a missing parameter is called in metadata of this kind."""


_NANOMETRES = {
    "pm": 1e-3, "å": 0.1, "angstrom": 0.1, "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0, "µm": 1e3, "um": 1e3,
    "micron": 1e3, "microns": 1e3, "micrometer": 1e3, "micrometre": 1e3, "mm": 1e6, "millimeter": 1e6, "cm": 1e7,
    "m": 1e9, "meter": 1e9, "metre": 1e9, "in": 25.4e6, "inch": 25.4e6,
}  # fmt: skip


def nanometres(value: Any, unit: str | None, source: str) -> Fact:
    """A length in nm. A text may bring its unit, like "0.065 µm".

    Raises:
        ArgumentError: The unit is none of length, or the value is not above 0.
    """
    if isinstance(value, str):
        parts = re.fullmatch(r"\s*([-+0-9.eE]+)\s*(\S*)\s*", value)
        if parts is None:
            raise ArgumentError(f"{source} is {value!r}; it must be a number, with a unit where it is a text")
        value, unit = parts[1], parts[2] or unit
    if not unit:
        raise ArgumentError(f"{source} is {value} without a unit; give one, e.g. {value} um")
    plain = unit.strip().replace("\\u00B5", "µ").replace("\u03bc", "µ").lower()
    if plain not in _NANOMETRES:
        raise ArgumentError(f"{source} has the unit {unit!r}; it must be one of length, e.g. nm or um; give the parameter itself")
    return Fact(positive(value, source) * _NANOMETRES[plain], source)


def shortened(value: Any) -> str:
    """A value for a message, which may be of thousands of digits, more than Python writes."""
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"a whole number of {value.bit_length()} bits"
    told = repr(value)
    return told if len(told) <= 80 else f"{told[:77]}..."


def positive(value: Any, source: str) -> float:
    """A number above 0."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentError(f"{source} is {shortened(value)}; it must be a number above 0")
    return number


def wavelength(value: Any, unit: str | None, source: str) -> Fact:
    """A wavelength in nm; without a unit the one that makes it light."""
    if isinstance(value, str) and re.search("[a-zµμÅ]", value.strip().lower().lstrip("0123456789.e+-")):
        return nanometres(value, unit, source)
    if not unit:
        number = positive(value, source)
        unit = "nm" if number >= 100 else "um" if number >= 0.1 else "m"
    found = nanometres(value, unit, source)
    if not 200 <= found.value <= 2000:
        raise ArgumentError(f"{source} is {found.value:g} nm; it must be from 200 to 2000 nm")
    return found


MEDIA = {
    "air": 1.0, "dry": 1.0, "water": 1.333, "waterdipping": 1.333, "dipping": 1.333, "silicone": 1.405, "siliconeoil": 1.405,
    "glycerol": 1.47, "glycerin": 1.47, "oil": 1.515,
}  # fmt: skip
"""Refractive indices of immersion media, for green light and 23 degrees."""

MODALITIES = {
    "widefield": "widefield", "epifluorescence": "widefield",
    "laserscanningconfocalmicroscopy": "confocal", "confocal": "confocal", "pointscanningconfocal": "confocal",
    "laserscanconfocal": "confocal", "laserscanningconfocal": "confocal", "lsm": "confocal",
    "spinningdiskconfocal": "spinning_disk", "spinningdisk": "spinning_disk", "sweptfieldconfocal": "spinning_disk",
    "multiphotonmicroscopy": "two_photon", "multiphoton": "two_photon", "twophoton": "two_photon",
    "spim": "light_sheet", "lightsheet": "light_sheet",
}  # fmt: skip
"""Kinds of point spread functions by what metadata call them, in small letters and nothing else."""


def letters_of(text: Any) -> str:
    """The small letters and digits of a text, by which names are compared."""
    return re.sub(r"[^a-z0-9µ]", "", str(text).replace("\u03bc", "µ").lower())
