"""What a layer says of the optics: OME-XML and dictionaries in its metadata, and its scale, which counts more."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping

from napari.layers import Image

import abbe
from abbe._metadata import optics
from abbe._metadata.facts import Fact, Metadata
from abbe._metadata.plain import concerns_optics

from ._layers import distances, shape_of


def facts_of(layer: Image, axes: str) -> tuple[Metadata, str]:
    """The facts for each channel that the metadata have, and why some were not taken, or "".

    Raises:
        abbe.ArgumentError: Pixels of the layer are not square.
    """
    found, problem = Metadata({}, [{}], [""]), ""
    try:
        found = optics.read(_described(layer.metadata), 0)
    except Exception as failure:  # noqa: BLE001: foreign readers' objects are in there
        problem = f"metadata not taken: {failure}"
    extents = dict(zip(axes, shape_of(layer)))
    if "c" in axes and len(found.channels) != extents["c"]:
        if len(found.channels) > 1:
            problem = f"channels of the metadata not taken: it has {len(found.channels)}, the layer {extents['c']}"
        one = found.channels[0] if len(found.channels) == 1 else {}
        found = dataclasses.replace(found, channels=[one] * extents["c"], names=[""] * extents["c"])
    scale = {name: Fact(value, "scale of the layer") for name, value in distances(layer, axes).items()}
    common = {**found.common, **scale}
    return dataclasses.replace(found, common=common, planes=extents.get("z", 1), counted=True), problem


def channel_names(found: Metadata) -> list[str]:
    """A name for each channel, never the same twice."""
    return [f"{at}" + (f": {name}" if name else "") for at, name in enumerate(found.names)]


def channel_of(layer: Image, found: Metadata) -> int | None:
    """Which channel of the metadata a layer of one channel is, by its name; ``None`` where that does not tell."""
    named = [at for at, name in enumerate(found.names) if name and name.lower() in str(layer.name).lower()]
    if not named:
        return None
    longest = max(named, key=lambda at: len(found.names[at]))
    return longest if all(found.names[at].lower() in found.names[longest].lower() for at in named) else None


def one_channel(found: Metadata, at: int) -> Metadata:
    """The metadata of one channel alone."""
    return dataclasses.replace(found, channels=[found.channels[at]], names=[found.names[at]])


def texts_of(found: Metadata) -> dict[str, tuple[str, str]]:
    """Values and sources as texts, by names of parameters; those that differ between channels are parted by commas."""
    texts = {}
    for name in {name: None for channel in found.channels for name in {**found.common, **channel}}:
        facts = [{**found.common, **channel}.get(name) for channel in found.channels]
        values = ["" if fact is None else text(fact.value) for fact in facts]
        sources = dict.fromkeys(fact.source for fact in facts if fact is not None)
        texts[name] = (values[0] if len(set(values)) == 1 else ", ".join(values), ", ".join(sources))
    return texts


def text(value: Any) -> str:
    """A value as fields show it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _described(metadata: Mapping[str, Any]) -> Any:
    """The OME-XML in a layer's metadata or an object that has it, as readers leave it under names of their own; else all of it."""
    for value in metadata.values():
        is_xml = isinstance(value, str) and "<OME" in value[:4096]
        if is_xml or hasattr(value, "to_xml") or hasattr(value, "ome_metadata"):
            return value
    plain = {name: value for name, value in metadata.items() if name != "abbe"}
    if "ImageJ" in plain:
        return plain
    # Readers leave much else there.
    return {name: value for name, value in plain.items() if isinstance(name, str) and concerns_optics(name)}


def psfs(found: Metadata, kind: str | None, settings: Mapping[str, Any]) -> list[abbe.Psf]:
    """Point spread functions of what was found and set; see :func:`abbe.psf.from_metadata`."""
    return abbe.psf.from_metadata(found, kind=kind, **settings)
