"""Optics in Zeiss's CZI and Leica's LIF, as their readers on PyPI give them; Nikon's ND2 has OME-XML from its own reader."""

from __future__ import annotations

import xml.etree.ElementTree as tree
from typing import Any

from ..errors import ArgumentError
from . import plain
from .facts import Fact, Facts, Metadata, positive, wavelength

CZI_TERMS = {
    "numerical_aperture": "Objective LensNA",
    "wavelength_nm": "Channel EmissionWavelength",
    "excitation_nm": "Channel ExcitationWavelength",
    "pixel_nm": "Scaling Distance X",
    "step_nm": "Scaling Distance Z",
}


def czi_text(metadata: Any) -> str | None:
    """The XML of a CZI of ``pylibCZIrw`` (``raw_metadata``) or ``czifile`` (``metadata()``); ``None`` of other objects."""
    text = getattr(metadata, "raw_metadata", None)
    if text is None and callable(getattr(metadata, "metadata", None)):
        text = metadata.metadata()
    return text if isinstance(text, str) and "<ImageDocument" in text else None


def czi(text: str) -> Metadata:
    """The facts of a document ``ImageDocument``."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ArgumentError("metadata has a document type of its own; that of a CZI has none")
    try:
        document = tree.fromstring(text.encode())
    except tree.ParseError as failure:
        raise ArgumentError(f"metadata is not the XML of a CZI: {failure}; give the text itself") from None
    information = document.find(".//Information")
    if information is None:
        raise ArgumentError("metadata has no Information; it must be the whole XML of a CZI")
    common = {**_objective(information), **_scaling(document)}
    listed = information.findall("./Image/Dimensions/Channels/Channel")
    channels = [_channel(channel, at) for at, channel in enumerate(listed)]
    names = [channel.get("Name") or "" for channel in listed]
    planes = int(information.findtext("./Image/SizeZ") or 1)
    return Metadata(common, channels or [{}], names or [""], planes, terms=dict(CZI_TERMS))


def _objective(information: tree.Element) -> Facts:
    found: Facts = {}
    settings = information.find("./Image/ObjectiveSettings")
    objectives = information.findall("./Instrument/Objectives/Objective")
    used = None if settings is None else settings.find("./ObjectiveRef")
    chosen = [one for one in objectives if used is not None and one.get("Id") == used.get("Id")] or objectives
    if len(chosen) == 1:
        if chosen[0].findtext("LensNA"):
            found["numerical_aperture"] = Fact(positive(chosen[0].findtext("LensNA"), "Objective LensNA"), "Objective LensNA")
        if chosen[0].findtext("Immersion"):
            found["immersion"] = Fact(chosen[0].findtext("Immersion"), "Objective Immersion")
    for name, term in (("immersion", "Medium"), ("immersion_index", "RefractiveIndex")):
        value = None if settings is None else settings.findtext(term)
        if value:
            source = f"ObjectiveSettings {term}"
            found[name] = Fact(value if name == "immersion" else positive(value, source), source)
    return found


def _scaling(document: tree.Element) -> Facts:
    found: Facts = {}
    lengths = {}
    for distance in document.findall(".//Scaling/Items/Distance"):
        value = distance.findtext("Value")
        if value:
            letter = distance.get("Id") or ""
            lengths[letter] = positive(value, f"Scaling Distance {letter}") * 1e9  # metres
    if "X" in lengths:
        if abs(lengths["X"] - lengths.get("Y", lengths["X"])) > 0.01 * lengths["X"]:
            raise ArgumentError(f"pixels of the CZI are {lengths['X']:g} by {lengths['Y']:g} nm; they must be square; resample the image")
        found["pixel_nm"] = Fact(lengths["X"], "Scaling Distance X")
    if "Z" in lengths:
        found["step_nm"] = Fact(lengths["Z"], "Scaling Distance Z")
    return found


def _channel(channel: tree.Element, at: int) -> Facts:
    found: Facts = {}
    for name, term in (("wavelength_nm", "EmissionWavelength"), ("excitation_nm", "ExcitationWavelength")):
        value = channel.findtext(term)
        if value:
            found[name] = wavelength(value, "nm", f"Channel {at} {term}")
    if "wavelength_nm" not in found:
        ends = (channel.findtext("./DetectionWavelength/Ranges") or "").split("-")
        if len(ends) == 2:
            source = f"the middle of the detection of Channel {at}"
            first, last = (wavelength(end, "nm", source).value for end in ends)
            found["wavelength_nm"] = Fact((first + last) / 2, source)
    if channel.findtext("AcquisitionMode"):
        found["modality"] = Fact(channel.findtext("AcquisitionMode"), f"Channel {at} AcquisitionMode")
    if channel.findtext("PinholeSizeAiry"):
        source = f"Channel {at} PinholeSizeAiry"
        found["pinhole_airy"] = Fact(positive(channel.findtext("PinholeSizeAiry"), source), source)
    return found


def lif(image: Any) -> Metadata:
    """The facts of an image of ``readlif``: its ``settings``, which have no wavelengths, and its ``scale`` in samples per um."""
    told = {name: image.settings.get(name) for name in ("NumericalAperture", "RefractionIndex", "Immersion", "PinholeAiry")}
    common = dict(plain.read({name: value for name, value in told.items() if value}).common)
    if image.settings:
        common["modality"] = Fact("confocal", "ATLConfocalSettingDefinition")
    across, down, planes = image.scale[:3]
    if across and down and abs(across - down) > 0.01 * across:
        raise ArgumentError(f"the LIF has {across:g} and {down:g} samples per um along x and y; pixels must be square; resample the image")
    for name, per_um in (("pixel_nm", across), ("step_nm", planes)):
        if per_um:  # negative where the stack was taken downwards
            common[name] = Fact(positive(abs(1e3 / per_um), "scale"), "scale")
    terms = {"wavelength_nm": "which readlif does not give", "excitation_nm": "which readlif does not give"}
    count = max(int(image.channels), 1)
    return Metadata(common, [{} for _ in range(count)], [""] * count, int(image.dims.z), terms=terms)
