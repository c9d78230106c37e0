"""Takes the version from the crate, and puts libabbe into the wheel."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

NAMES = {"win32": "abbe.dll", "darwin": "libabbe.dylib"}


class Version(MetadataHookInterface):
    """The version that the header of libabbe states: the package and the library it carries are one."""

    def update(self, metadata: dict[str, Any]) -> None:
        functions: dict[str, Any] = {}
        source = Path(self.root, "src", "abbe", "_abi.py").read_text()
        line = next(line for line in source.splitlines() if line.startswith("VERSION = "))
        exec(line, functions)
        metadata["version"] = ".".join(map(str, functions["VERSION"]))


class Library(BuildHookInterface):
    """libabbe of this platform, built before with ``cargo build --release``, or the one in ``ABBE_LIBRARY``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        name = NAMES.get(sys.platform, "libabbe.so")
        built = Path(self.root, "..", "..", os.environ.get("CARGO_TARGET_DIR", "target"), "release", name)
        library = Path(os.environ.get("ABBE_LIBRARY", built))
        if not library.is_file():
            raise FileNotFoundError(f"{library} is missing; build it with `cargo build --release`, or set ABBE_LIBRARY")
        build_data["force_include"][str(library)] = f"abbe/{name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"


def _platform() -> str:
    import sysconfig

    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def get_metadata_hook() -> type[MetadataHookInterface]:
    return Version


def get_build_hook() -> type[BuildHookInterface]:
    return Library
