#!/usr/bin/env python3
"""Fills the recipes in for the archives of a release: recipes.py OUT_FOLDER URL ARCHIVE...

URL is the address of the folder that serves them.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "tests" / "platforms" / "golden" / "golden.c"
# Names of systems and processors: (archive) -> Conan, vcpkg, conda.
OF_ARCHIVE = {
    "x86_64-linux": ("Linux-x86_64", "linux & x64", "linux-64"),
    "aarch64-linux": ("Linux-armv8", "linux & arm64", "linux-aarch64"),
    "x86_64-windows": ("Windows-x86_64", "windows & x64", "win-64"),
    "aarch64-windows": ("Windows-armv8", "windows & arm64", "win-arm64"),
    "x86_64-macos": ("Macos-x86_64", "osx & x64", "osx-64"),
    "aarch64-macos": ("Macos-armv8", "osx & arm64", "osx-arm64"),
}
VCPKG = {"linux": "LINUX", "windows": "WINDOWS", "macos": "OSX"}
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


def main(arguments: list[str]) -> int:
    out, url, archives = Path(arguments[0]), arguments[1].rstrip("/"), [Path(one) for one in arguments[2:]]
    named = [re.fullmatch(r"abbe-(\d+\.\d+\.\d+)-(\w+-\w+)\.(?:tar\.gz|zip)", one.name) for one in archives]
    found = [match for match in named if match and match[2] in OF_ARCHIVE]
    if not archives or len(found) != len(archives) or len({match[1] for match in found}) != 1:
        known = ", ".join(OF_ARCHIVE)
        print(f"archives are {arguments[2:]}; each must be abbe-VERSION-PLATFORM.tar.gz or .zip, of {known}", file=sys.stderr)
        return 2
    version = found[0][1]
    entries, sources, choices = {}, [], []
    for archive, match in zip(archives, found):
        system, _, platform = OF_ARCHIVE[match[2]]
        content = archive.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        entries[system] = {"url": f"{url}/{archive.name}", "sha256": digest}
        sources += [f"  - if: target_platform == '{platform}'", "    then:"]
        sources += [f"      url: {url}/{archive.name}", f"      sha256: {digest}"]
        processor, system = match[2].split("-")
        choices += [f'if(VCPKG_TARGET_IS_{VCPKG[system]} AND VCPKG_TARGET_ARCHITECTURE STREQUAL "{ARCHITECTURES[processor]}")']
        choices += [f'    set(abbe_file "{archive.name}")', f'    set(abbe_hash "{hashlib.sha512(content).hexdigest()}")', "endif()"]
    values = {
        "VERSION": version,
        "URL": url,
        "CHOICE": "\n".join(choices),
        "SOURCES": "\n".join(sources) + "\n",
        "SUPPORTS": " | ".join(f"({OF_ARCHIVE[match[2]][1]})" for match in found),
    }
    for folder in ("conan", "vcpkg", "conda"):
        shutil.copytree(HERE / folder, out / folder, dirs_exist_ok=True)
    for file in (HERE / "consumer" / "CMakeLists.txt", HERE / "consumer" / "main.c", GOLDEN):
        shutil.copy(file, out / "conan" / "test_package")
    # JSON is YAML.
    (out / "conan" / "conandata.yml").write_text(json.dumps({"archives": {version: entries}}, indent=2) + "\n")
    for file in (*(out / "vcpkg").rglob("*"), out / "conda" / "recipe.yaml"):
        if file.is_file():
            file.write_text(re.sub(r"@([A-Z]+)@", lambda name: values[name[1]], file.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 2 else "usage: recipes.py OUT_FOLDER URL ARCHIVE...")
