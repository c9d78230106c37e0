#!/usr/bin/env python3
"""Makes the NuGet package: compiles Abbe.cs with Mono's mcs, and packs it with the native libraries that it is given.

    bindings/dotnet/pack.py OUT_FOLDER build/dist/abbe-0.1.0-x86_64-linux.tar.gz build/dist/abbe-0.1.0-x86_64-windows.zip ...
    bindings/dotnet/pack.py OUT_FOLDER linux-x64=build/prefix/lib/libabbe.so win-x64=abbe.dll ...

It takes them out of the archives of a release, or as they are, named by .NET's runtime identifier. NuGet lays that of the host's system beside programs for .NET Core and
.NET; for .NET Framework, build/net47/Abbe.targets does.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIBRARIES = {
    "linux-x64": "libabbe.so",
    "linux-arm64": "libabbe.so",
    "win-x64": "abbe.dll",
    "win-arm64": "abbe.dll",
    "osx-x64": "libabbe.dylib",
    "osx-arm64": "libabbe.dylib",
}
# Names of archives: their runtime identifiers, and where the library is in them.
ARCHIVES = {
    "x86_64-linux.tar.gz": ("linux-x64", r"lib/libabbe\.so\.[\d.]+"),
    "aarch64-linux.tar.gz": ("linux-arm64", r"lib/libabbe\.so\.[\d.]+"),
    "x86_64-windows.zip": ("win-x64", r"bin/abbe\.dll"),
    "aarch64-windows.zip": ("win-arm64", r"bin/abbe\.dll"),
    "x86_64-macos.tar.gz": ("osx-x64", r"lib/libabbe\.[\d.]+\.dylib"),
    "aarch64-macos.tar.gz": ("osx-arm64", r"lib/libabbe\.[\d.]+\.dylib"),
}
# UTF-8 text crosses from .NET Framework 4.7 and .NET Core 3.1 on.
FRAMEWORKS = {"net47": ".NETFramework4.7", "netcoreapp3.1": ".NETCoreApp3.1"}
NUSPEC = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>Abbe</id>
    <version>{version}</version>
    <authors>abbe contributors</authors>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <license type="expression">MIT OR Apache-2.0</license>
    <readme>README.md</readme>
    <description>{description}</description>
    <tags>microscopy deconvolution denoising super-resolution image native</tags>
    <dependencies>
{groups}
    </dependencies>
  </metadata>
</package>
"""
TARGETS = """<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
  <ItemGroup Condition="'$(OS)' == 'Windows_NT' And '$(PlatformTarget)' != 'x86'">
    <Content Include="$(MSBuildThisFileDirectory)..\\..\\runtimes\\win-x64\\native\\abbe.dll" Link="abbe.dll"
             Condition="Exists('$(MSBuildThisFileDirectory)..\\..\\runtimes\\win-x64\\native\\abbe.dll')">
      <CopyToOutputDirectory>PreserveNewest</CopyToOutputDirectory>
      <Visible>false</Visible>
    </Content>
  </ItemGroup>
</Project>
"""
TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
{types}
</Types>
"""
RELATIONS = """<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/Abbe.nuspec" Id="manifest" />
</Relationships>
"""


def compiled() -> dict[str, bytes]:
    """The assembly and what editors show of it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        subprocess.run(
            ["mcs", "-warnaserror+", "-nowarn:1591", "-langversion:7", "-optimize+", "-target:library"]
            + [f"-doc:{out / 'Abbe.xml'}", f"-out:{out / 'Abbe.dll'}", str(HERE / "Abbe.cs")],
            check=True,
        )
        return {name: (out / name).read_bytes() for name in ("Abbe.dll", "Abbe.xml")}


def native(told: str) -> tuple[str, bytes] | None:
    """The runtime identifier and the library that an argument means; None where it means none."""
    runtime, _, path = told.rpartition("=")
    if runtime:
        return (runtime, Path(path).read_bytes()) if runtime in LIBRARIES and Path(path).is_file() else None
    known = re.fullmatch(r"abbe-\d+\.\d+\.\d+-([\w.-]+)", Path(path).name)
    if known is None or known[1] not in ARCHIVES or not Path(path).is_file():
        return None
    runtime, place = ARCHIVES[known[1]]
    # One file has the bytes; the others of its name are links.
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if re.fullmatch(rf"[^/]+/{place}", name)]
            return runtime, archive.read(name)
    with tarfile.open(path) as archive:
        (member,) = [one for one in archive if one.isfile() and re.fullmatch(rf"[^/]+/{place}", one.name)]
        file = archive.extractfile(member)
        assert file is not None
        return runtime, file.read()


def pack(folder: Path, natives: dict[str, bytes]) -> Path:
    """Writes the package; returns its path."""
    manifest = (ROOT / "Cargo.toml").read_text()
    told = {key: re.search(rf'^{key} = "(.*)"', manifest, re.M) for key in ("version", "description")}
    version, description = (found[1] for found in told.values() if found)
    groups = "\n".join(f'      <group targetFramework="{name}" />' for name in FRAMEWORKS.values())
    files: dict[str, bytes] = {
        "_rels/.rels": RELATIONS.encode(),
        "Abbe.nuspec": NUSPEC.format(version=version, description=escape(description), groups=groups).encode(),
        "README.md": (HERE / "README.md").read_bytes(),
        "build/net47/Abbe.targets": TARGETS.encode(),
    }
    for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
        files[f"{licence}.txt"] = (ROOT / licence).read_bytes()
    for framework in FRAMEWORKS:
        files |= {f"lib/{framework}/{name}": content for name, content in compiled().items()}
    for runtime, library in sorted(natives.items()):
        files[f"runtimes/{runtime}/native/{LIBRARIES[runtime]}"] = library
    # Office's rules for packages want a type for each kind of file.
    kinds = sorted({name.rpartition(".")[2] for name in files})
    types = [f'  <Default Extension="{kind}" ContentType="application/octet" />' for kind in kinds if kind != "rels"]
    types.append(
        '  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />'
    )
    files["[Content_Types].xml"] = TYPES.format(types="\n".join(types)).encode()
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / f"Abbe.{version}.nupkg"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return package


def main(arguments: list[str]) -> int:
    found = {told: native(told) for told in arguments[1:]}
    wrong = [told for told, one in found.items() if one is None]
    if not found or wrong:
        print(
            f"usage: pack.py OUT_FOLDER ARCHIVE_OR_RUNTIME=LIBRARY...; archives are abbe-VERSION-X, with X one of "
            f"{', '.join(ARCHIVES)}; runtimes are {', '.join(LIBRARIES)}; wrong: {', '.join(wrong)}",
            file=sys.stderr,
        )
        return 2
    print(pack(Path(arguments[0]), dict(one for one in found.values() if one is not None)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
