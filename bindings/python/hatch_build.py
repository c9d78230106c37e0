"""Takes the version from the crate, and puts libabbe, its denoiser and its licences into the wheel."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

NAMES = {"win": "abbe.dll", "macosx": "libabbe.dylib", "linux": "libabbe.so", "manylinux": "libabbe.so"}


class Version(MetadataHookInterface):
    """The version that the header of libabbe states: the package and the library it carries are one."""

    def update(self, metadata: dict[str, Any]) -> None:
        functions: dict[str, Any] = {}
        source = Path(self.root, "src", "abbe", "_abi.py").read_text()
        line = next(line for line in source.splitlines() if line.startswith("VERSION = "))
        exec(line, functions)
        metadata["version"] = ".".join(map(str, functions["VERSION"]))


class Library(BuildHookInterface):
    """libabbe of this platform, built before, or the one in ``ABBE_LIBRARY``, for the platform in ``ABBE_PLATFORM``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        platform = os.environ.get("ABBE_PLATFORM") or sysconfig.get_platform().replace("-", "_").replace(".", "_")
        name = NAMES[platform.split("_")[0]]
        # The tree, or an unpacked source distribution, which has no libabbe.
        tree = not Path(self.root, "PKG-INFO").is_file()
        root = Path(self.root, "..", "..") if tree else Path(self.root)
        # Where cargo, and CMake and ./demo, put it.
        folders = [os.environ.get("CARGO_TARGET_DIR", "target") + "/release", "build/prefix/lib", "build/cargo/release"]
        given = os.environ.get("ABBE_LIBRARY")
        places = [Path(given)] if given else [Path(root, folder, name) for folder in folders if tree]
        library = next((place for place in places if place.is_file()), None)
        if library is None:
            looked = ", ".join(map(str, places)) or name
            raise FileNotFoundError(
                f"{looked} is missing; build it in the tree with `cargo build --release`, or set ABBE_LIBRARY to its file"
            )
        build_data["force_include"][str(library)] = f"abbe/{name}"
        carried = ["models/abbe-denoise.zip", "LICENSE-MIT", "LICENSE-APACHE"]
        build_data["force_include"].update({str(root / file): f"abbe/{Path(file).name}" for file in carried})
        # Archives have the licences of all that is linked into their library.
        notices = library.resolve().parent.parent / "share" / "doc" / "abbe" / "THIRD_PARTY.txt"
        if notices.is_file():
            build_data["force_include"][str(notices)] = f"abbe/{notices.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"


def get_metadata_hook() -> type[MetadataHookInterface]:
    return Version


def get_build_hook() -> type[BuildHookInterface]:
    return Library
