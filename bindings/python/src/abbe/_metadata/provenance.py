"""What abbe did to an image, as its file tells."""

from __future__ import annotations

import json
import xml.etree.ElementTree as tree
from typing import Any


def of_metadata(metadata: Any) -> dict[str, Any]:
    """What :func:`abbe.tiff.write` was given as ``provenance``, of the metadata of :func:`abbe.tiff.read`; empty where nothing."""
    text: str | None = _of_ome(metadata) if isinstance(metadata, str) else metadata.get("Info")
    try:
        found = json.loads(text or "")
    except (TypeError, ValueError):  # nothing, or words of another program
        return {}
    return found if isinstance(found, dict) else {}


def _of_ome(text: str) -> str | None:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        document = tree.fromstring(text.encode())
    except tree.ParseError:
        return None
    return next((one.text for one in document.iter() if one.tag.rpartition("}")[2] == "M" and one.get("K") == "abbe"), None)
