#!/usr/bin/env python3
"""Makes the NuGet package: compiles Abbe.cs with Mono's mcs, and packs it with the native libraries that it is given.

    bindings/dotnet/pack.py OUT_FOLDER linux-x64=build/prefix/lib/libabbe.so win-x64=abbe.dll ...

A library is named by .NET's runtime identifier. NuGet lays that of the host's system beside programs for .NET Core and
.NET; for .NET Framework, build/net47/Abbe.targets does.
"""

from __future__ import annotations

import re
import subprocess
import sys
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


def pack(folder: Path, natives: dict[str, Path]) -> Path:
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
        files[f"runtimes/{runtime}/native/{LIBRARIES[runtime]}"] = library.read_bytes()
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
    natives = dict(one.partition("=")[::2] for one in arguments[1:])
    wrong = [one for one in natives if one not in LIBRARIES or not Path(natives[one]).is_file()]
    if not natives or wrong:
        known = ", ".join(LIBRARIES)
        print(f"usage: pack.py OUT_FOLDER RUNTIME=LIBRARY...; the runtimes are {known}; wrong: {wrong}", file=sys.stderr)
        return 2
    print(pack(Path(arguments[0]), {one: Path(path) for one, path in natives.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
