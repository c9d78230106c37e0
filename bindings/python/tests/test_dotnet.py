"""C# as its users have it: out of the NuGet package, on Mono and on .NET Core."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from abbe import _library

FOLDER = ROOT / "bindings" / "dotnet"
SPACE = "{http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd}"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("mcs") or not shutil.which("mono"):
        pytest.skip("SKIPPED: no C# compiler (mcs) and runtime (mono) here; bindings/dotnet is checked by the header alone")
    out = tmp_path_factory.mktemp("nuget")
    command = [sys.executable, str(FOLDER / "pack.py"), str(out), f"linux-x64={_library.candidates()[0]}"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


@pytest.fixture(scope="module")
def beside(package: Path) -> Path:
    """A folder with what NuGet lays beside a program for .NET Core: the assembly and the library of the system."""
    folder = package.parent / "program"
    folder.mkdir()
    with zipfile.ZipFile(package) as archive:
        for name in ("lib/netcoreapp3.1/Abbe.dll", "runtimes/linux-x64/native/libabbe.so"):
            (folder / Path(name).name).write_bytes(archive.read(name))
    for name in ("Example", "Tests"):
        command = ["mcs", "-warnaserror+", "-langversion:7", f"-r:{folder / 'Abbe.dll'}", f"-out:{folder / name}.exe"]
        subprocess.run([*command, str(FOLDER / f"{name}.cs")], check=True)
    return folder


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_is_what_nuget_reads(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        specification = ElementTree.fromstring(archive.read("Abbe.nuspec"))
        types = ElementTree.fromstring(archive.read("[Content_Types].xml"))
        relations = ElementTree.fromstring(archive.read("_rels/.rels"))
        targets = archive.read("build/net47/Abbe.targets").decode()
        assert "SetInput" in archive.read("lib/net47/Abbe.xml").decode()
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)
    assert version and package.name == f"Abbe.{version[1]}.nupkg"
    told = {field.tag.removeprefix(SPACE): field.text for field in specification[0]}
    assert (told["id"], told["version"], told["license"]) == ("Abbe", version[1], "MIT OR Apache-2.0")
    groups = {group.get("targetFramework") for group in specification.iter(f"{SPACE}group")}
    assert groups == {".NETFramework4.7", ".NETCoreApp3.1"}
    assert {name.split("/")[1] for name in names if name.startswith("lib/")} == {"net47", "netcoreapp3.1"}
    assert told["readme"] in names and relations[0].get("Target", "").lstrip("/") in names
    assert [name for name in names if name.startswith("runtimes/")] == ["runtimes/linux-x64/native/libabbe.so"]
    assert len(names) == len(set(names))
    known = {entry.get("Extension") for entry in types}
    assert all(name.rpartition(".")[2] in known for name in names if name != "[Content_Types].xml")
    # What .NET Framework's builds copy is where the package has libraries for Windows.
    sys.path.insert(0, str(FOLDER))
    try:
        import pack
    finally:
        sys.path.remove(str(FOLDER))
    assert f"runtimes\\win-x64\\native\\{pack.LIBRARIES['win-x64']}" in targets


def test_a_runtime_that_is_none_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "pack.py"), str(tmp_path), f"amiga-68k={__file__}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "amiga-68k" in done.stderr and "linux-x64" in done.stderr


def test_libraries_come_out_of_archives(tmp_path: Path, package: Path) -> None:
    folder = tmp_path / "abbe-0.1.0-aarch64-linux"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "libabbe.so.0.1.0").write_bytes(b"ARM")
    (folder / "lib" / "libabbe.so.0.1").symlink_to("libabbe.so.0.1.0")
    (folder / "lib" / "libabbe.so").symlink_to("libabbe.so.0.1")
    subprocess.run(["tar", "-czf", f"{folder}.tar.gz", "-C", str(tmp_path), folder.name], check=True)
    windows = tmp_path / "abbe-0.1.0-x86_64-windows.zip"
    with zipfile.ZipFile(windows, "w") as archive:
        archive.writestr("abbe-0.1.0-x86_64-windows/bin/abbe.dll", b"PE")
    command = [sys.executable, str(FOLDER / "pack.py"), str(tmp_path), f"{folder}.tar.gz", str(windows)]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with zipfile.ZipFile(made) as archive:
        natives = {name: archive.read(name) for name in archive.namelist() if name.startswith("runtimes/")}
    assert natives == {"runtimes/linux-arm64/native/libabbe.so": b"ARM", "runtimes/win-x64/native/abbe.dll": b"PE"}


def test_programs_run_on_mono(beside: Path) -> None:
    code = "\n".join(line.split("//")[0] for path in (ROOT / "src").rglob("*.rs") for line in path.read_text().splitlines())
    named = sorted(set(re.findall(r"abbe_(?:context|psf|model|plan|assess)_[a-z_]+\(\)", code)))
    assert "Mono" in run(["mono", "--debug", "Tests.exe", *named], beside)
    assert json.loads(run(["mono", "Example.exe"], beside))["steps"]


def test_libraries_that_are_missing_or_others_are_named(beside: Path, tmp_path: Path) -> None:
    for name in ("Abbe.dll", "Example.exe"):
        shutil.copy(beside / name, tmp_path)
    program = tmp_path / "decoy.c"
    for source, message in (
        (None, "is missing or does not load"),
        ("int nothing(void) { return 0; }", "what was found is another library"),
        ("unsigned abbe_version(void) { return 7008000; }", "libabbe is version 7.8; this assembly works with 0.1"),
    ):
        if source:
            program.write_text(source)
            subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "libabbe.so", program], check=True)
        done = subprocess.run(["mono", "Example.exe"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode and message in done.stderr and "beside the program" in done.stderr, done.stderr


def test_programs_run_on_dotnet_core(beside: Path) -> None:
    found = importlib.util.find_spec("dotnetcore2")
    if found is None or found.origin is None:
        pytest.skip("SKIPPED: no .NET Core here (PyPI's dotnetcore2); C# is run on Mono alone")
    host = Path(found.origin).parent / "bin" / "dotnet"
    host.chmod(0o755)
    # Without ICU, which .NET Core 3.1 knows in old versions only, it has no cultures.
    options = {
        "framework": {"name": "Microsoft.NETCore.App", "version": "3.1.23"},
        "configProperties": {"System.Globalization.Invariant": True},
    }
    for name in ("Tests", "Example"):
        (beside / f"{name}.runtimeconfig.json").write_text(json.dumps({"runtimeOptions": options}))
    assert "passed on .NET Core 3.1" in run([str(host), "Tests.exe"], beside)
    assert json.loads(run([str(host), "Example.exe"], beside))["steps"]
