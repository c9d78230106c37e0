"""Optics in OME-XML (2016-06 and earlier), as files, ``tifffile``, ``ome_types`` and ``bioio`` have it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as tree
from typing import Iterator

from ..errors import ArgumentError
from .facts import Fact, Facts, Metadata, nanometres, positive, wavelength

TERMS = {
    "numerical_aperture": "Objective LensNA",
    "wavelength_nm": "Channel EmissionWavelength",
    "excitation_nm": "Channel ExcitationWavelength",
    "pixel_nm": "Pixels PhysicalSizeX",
    "step_nm": "Pixels PhysicalSizeZ",
}


def read(text: str, image: int) -> Metadata:
    """The facts of one image of a document."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ArgumentError("metadata has a document type of its own; OME-XML has none")
    try:
        document = tree.fromstring(text.encode())
    except tree.ParseError as failure:
        raise ArgumentError(f"metadata is not OME-XML: {failure}; give the text itself, e.g. TiffFile(path).ome_metadata") from None
    images = list(_all(document, "Image"))
    if _name(document) != "OME" or not images:
        raise ArgumentError(f"metadata is XML of <{_name(document)}> with {len(images)} images; it must be OME-XML with one")
    if not 0 <= image < len(images):
        raise ArgumentError(f"image is {image}; the metadata has {len(images)}")
    pixels = next(_all(images[image], "Pixels"), None)
    if pixels is None:
        raise ArgumentError(f"Image {image} of the metadata has no Pixels")
    # References and settings have the ID of what they belong to.
    owners = (one for one in document.iter() if one.get("ID") and not _name(one).endswith(("Ref", "Settings")))
    by_id = {element.get("ID"): element for element in owners}
    channels = list(_all(pixels, "Channel"))
    common = {**_pixels(pixels), **_objective(document, images[image], by_id)}
    terms = dict(TERMS)
    if "numerical_aperture" not in common:
        terms["numerical_aperture"] += f", of {len(list(_all(document, 'Objective')))} objectives none is named as used"
    found = Metadata(common, [], planes=_size(pixels, "SizeZ"), terms=terms)
    samples = _size(pixels, "SizeC")
    for at, channel in enumerate(channels):
        # Colours of one channel are channels of the array.
        colours = _size(channel, "SamplesPerPixel")
        found.channels += [_channel(channel, at, by_id)] * colours
        found.names += [channel.get("Name") or ""] * colours
    # Channels that are in the image and that nothing is said of have facts of their own, which are missing.
    unsaid = samples - len(found.channels)
    found.channels += [{} for _ in range(unsaid)]
    found.names += [""] * unsaid
    return found


def _size(element: tree.Element, attribute: str) -> int:
    """A count, which is 1 where it is not said."""
    text = element.get(attribute) or "1"
    if not re.fullmatch(r"\s*[0-9]{1,6}\s*", text) or int(text) < 1:
        raise ArgumentError(f"{_name(element)} {attribute} is {text!r}; it must be a whole number from 1 to 999999; mend the metadata")
    return int(text)


def _pixels(pixels: tree.Element) -> Facts:
    found: Facts = {}
    sizes = {letter: _length(pixels, f"PhysicalSize{letter}", "µm") for letter in "XYZ"}
    across = sizes["X"] or sizes["Y"]
    if across is not None:
        down = sizes["Y"] or across
        if abs(across.value - down.value) > 0.01 * across.value:
            raise ArgumentError(
                f"PhysicalSizeX is {across.value:g} nm and PhysicalSizeY {down.value:g} nm; pixels must be square; resample the image"
            )
        found["pixel_nm"] = across
    if sizes["Z"] is not None:
        found["step_nm"] = sizes["Z"]
    return found


def _objective(document: tree.Element, image: tree.Element, by_id: dict[str | None, tree.Element]) -> Facts:
    found: Facts = {}
    settings = next(_all(image, "ObjectiveSettings"), None)
    objective = None if settings is None else by_id.get(settings.get("ID"))
    objectives = list(_all(document, "Objective"))
    if objective is None and len(objectives) == 1:
        objective = objectives[0]
    if objective is not None:
        if objective.get("LensNA"):
            found["numerical_aperture"] = Fact(positive(objective.get("LensNA"), "Objective LensNA"), "Objective LensNA")
        if objective.get("Immersion"):
            found["immersion"] = Fact(objective.get("Immersion"), "Objective Immersion")
    if settings is not None:
        if settings.get("Medium"):
            found["immersion"] = Fact(settings.get("Medium"), "ObjectiveSettings Medium")
        if settings.get("RefractiveIndex"):
            source = "ObjectiveSettings RefractiveIndex"
            found["immersion_index"] = Fact(positive(settings.get("RefractiveIndex"), source), source)
    return found


def _channel(channel: tree.Element, at: int, by_id: dict[str | None, tree.Element]) -> Facts:
    found: Facts = {}
    for name, attribute in (("wavelength_nm", "EmissionWavelength"), ("excitation_nm", "ExcitationWavelength")):
        if channel.get(attribute):
            source = f"Channel {at} {attribute}"
            found[name] = wavelength(channel.get(attribute), channel.get(f"{attribute}Unit") or "nm", source)
    if "wavelength_nm" not in found:
        for reference in _all(channel, "EmissionFilterRef"):
            band = next(_all(by_id.get(reference.get("ID"), channel), "TransmittanceRange"), None)
            ends = [] if band is None else [_length(band, end, "nm") for end in ("CutIn", "CutOut")]
            if ends and all(ends):
                middle = sum(end.value for end in ends if end) / 2
                found["wavelength_nm"] = Fact(middle, f"the middle of the emission filter of Channel {at}")
    if "excitation_nm" not in found:
        for light in _all(channel, "LightSourceSettings"):
            laser = next(_all(by_id.get(light.get("ID"), light), "Laser"), by_id.get(light.get("ID"), light))
            for element in (light, laser):
                if element.get("Wavelength") and "excitation_nm" not in found:
                    unit = element.get("WavelengthUnit") or "nm"
                    found["excitation_nm"] = wavelength(element.get("Wavelength"), unit, f"light source of Channel {at}")
    if channel.get("AcquisitionMode"):
        found["modality"] = Fact(channel.get("AcquisitionMode"), f"Channel {at} AcquisitionMode")
    if channel.get("PinholeSize"):
        unit = channel.get("PinholeSizeUnit") or "µm"
        found["pinhole"] = Fact(f"{channel.get('PinholeSize')} {unit}", f"Channel {at} PinholeSize")
    return found


def _length(element: tree.Element, attribute: str, unit: str) -> Fact | None:
    value = element.get(attribute)
    return nanometres(value, element.get(f"{attribute}Unit") or unit, attribute) if value else None


def _all(element: tree.Element, name: str) -> Iterator[tree.Element]:
    return (one for one in element.iter() if _name(one) == name)


def _name(element: tree.Element) -> str:
    return element.tag.rpartition("}")[2]
