"""Takes the version from the crate, and asks for abbe of that version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Version(MetadataHookInterface):
    """abbe and its plugin for napari are released together: the plugin reads abbe's form of metadata, which is no public interface."""

    def update(self, metadata: dict[str, Any]) -> None:
        source = Path(self.root, "..", "python", "src", "abbe", "_abi.py").read_text()
        line = next(line for line in source.splitlines() if line.startswith("VERSION = "))
        metadata["version"] = ".".join(re.findall(r"\d+", line))
        # napari without a Qt binding: which one is the user's choice.
        metadata["dependencies"] = [f"abbe=={metadata['version']}", "magicgui>=0.10", "napari>=0.9", "numpy>=1.22", "qtpy>=2"]


def get_metadata_hook() -> type[MetadataHookInterface]:
    return Version
