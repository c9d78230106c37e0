"""Optics into OME-XML (2016-06), where :mod:`.ome` and other programs find them again."""

from __future__ import annotations

import xml.etree.ElementTree as tree
from typing import Mapping

from .facts import MEDIA, MODALITIES, Fact, Facts, Metadata, letters_of

_NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_IMMERSIONS = ("Air", "Glycerol", "Multi", "Oil", "Other", "Water", "WaterDipping")
_MODES = ("WideField", "LaserScanningConfocalMicroscopy", "SpinningDiskConfocal", "SweptFieldConfocal", "MultiPhotonMicroscopy", "SPIM")
"""What OME calls them; the first of a kind is that of a kind without more words."""


def with_optics(text: str, found: Metadata) -> str:
    """A document of one image, with its objective, and wavelengths, pinhole and mode of its channels, as far as known."""
    tree.register_namespace("", _NAMESPACE)
    document = tree.fromstring(text.encode())
    image = next(one for one in document if one.tag == _tag("Image"))
    _objective(document, image, found.common)
    channels = list(image.iter(_tag("Channel")))
    # Colours of one channel of the file are channels of the array, and each has the same facts.
    if len(channels) == len(found.channels):
        for channel, facts in zip(channels, found.channels):
            _channel(channel, {**found.common, **facts})
    return '<?xml version="1.0" encoding="UTF-8"?>' + tree.tostring(document, encoding="unicode")


def _objective(document: tree.Element, image: tree.Element, common: Mapping[str, Fact]) -> None:
    aperture, medium, index = (common.get(name) for name in ("numerical_aperture", "immersion", "immersion_index"))
    immersion = None if medium is None else _immersion(medium.value)
    if aperture is None and immersion is None and index is None:
        return
    instrument = tree.Element(_tag("Instrument"), ID="Instrument:0")
    objective = tree.SubElement(instrument, _tag("Objective"), ID="Objective:0")
    if aperture is not None:
        objective.set("LensNA", _number(aperture))
    if immersion is not None:
        objective.set("Immersion", immersion)
    settings = tree.Element(_tag("ObjectiveSettings"), ID="Objective:0")
    if index is not None:
        settings.set("RefractiveIndex", _number(index))
    # The schema has an order: instruments before images, and in an image these before its pixels.
    document.insert(list(document).index(image), instrument)
    pixels = next(one for one in image if one.tag == _tag("Pixels"))
    at = list(image).index(pixels)
    image.insert(at, tree.Element(_tag("InstrumentRef"), ID="Instrument:0"))
    image.insert(at + 1, settings)


def _channel(channel: tree.Element, facts: Facts) -> None:
    for name, attribute in (("wavelength_nm", "EmissionWavelength"), ("excitation_nm", "ExcitationWavelength")):
        if name in facts:
            channel.set(attribute, _number(facts[name]))
            channel.set(f"{attribute}Unit", "nm")
    mode = _mode(facts["modality"].value) if "modality" in facts else None
    if mode is not None:
        channel.set("AcquisitionMode", mode)
    if "pinhole" in facts:
        size, _, unit = str(facts["pinhole"].value).partition(" ")
        channel.set("PinholeSize", size)
        channel.set("PinholeSizeUnit", unit or "µm")


def _immersion(medium: str) -> str | None:
    same = [name for name in _IMMERSIONS if letters_of(name) == letters_of(medium)]
    index = MEDIA.get(letters_of(medium))
    near = [name for name in _IMMERSIONS if MEDIA.get(letters_of(name)) == index and index is not None]
    return (same or near or [None])[0]  # type: ignore[list-item]


def _mode(modality: str) -> str | None:
    same = [name for name in _MODES if letters_of(name) == letters_of(modality)]
    kind = MODALITIES.get(letters_of(modality), letters_of(modality))
    near = [name for name in _MODES if letters_of(MODALITIES[letters_of(name)]) == letters_of(kind)]
    return (same or near or [None])[0]  # type: ignore[list-item]


def _number(fact: Fact) -> str:
    return f"{float(fact.value):.12g}"


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
