"""Whether an archive's shared library is what its platform loads: what cannot be run here is held to this.

    structure.py PREFIX PLATFORM NATIVES      the unpacked archive, its platform as in its name, the folder of Java's libraries
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import lief

HERE = Path(__file__).parent
SYMBOLS = (HERE / "../abi/symbols.txt").read_text().split()
VERSION = next(
    line.split('"')[1] for line in (HERE / "../../Cargo.toml").read_text().splitlines() if line.startswith("version")
)
INTERFACE = VERSION.rsplit(".", 1)[0]


def same(what: str, got: Any, wanted: Any) -> None:
    if got != wanted:
        sys.exit(f"{what} is {got}; it must be {wanted}")


def macos(binary: lief.MachO.Binary, processor: str, name: str, exports: list[str]) -> None:
    cpu = {"x86_64": lief.MachO.Header.CPU_TYPE.X86_64, "aarch64": lief.MachO.Header.CPU_TYPE.ARM64}[processor]
    same("the processor", binary.header.cpu_type, cpu)
    same("the kind of file", binary.header.file_type, lief.MachO.Header.FILE_TYPE.DYLIB)
    same("the oldest macOS", list(binary.build_version.minos), [13, 0, 0])
    needed = [library.name for library in binary.libraries]
    same("its name and what is needed", needed, [f"@rpath/{name}", "/usr/lib/libSystem.B.dylib"])
    # Apple's processors run nothing that is not signed, if only with its own hash.
    same("a signature", binary.has_code_signature or processor == "x86_64", True)
    same("the exports", sorted(symbol.name for symbol in binary.exported_symbols), sorted("_" + one for one in exports))


def windows(binary: lief.PE.Binary, processor: str, exports: list[str]) -> None:
    machines = lief.PE.Header.MACHINE_TYPES
    same("the processor", binary.header.machine, {"x86_64": machines.AMD64, "aarch64": machines.ARM64}[processor])
    wanted = (HERE / "needed_windows.txt").read_text().split()
    same("what is needed and not of Windows", sorted({one.name.lower() for one in binary.imports} - set(wanted)), [])
    optional = binary.optional_header
    same("a system later than 10", (optional.major_subsystem_version, optional.minor_subsystem_version) > (10, 0), False)
    kinds = lief.PE.OptionalHeader.DLL_CHARACTERISTICS
    same("addresses of its own", kinds.DYNAMIC_BASE in optional.dll_characteristics_lists, True)
    same("the exports", sorted(entry.name for entry in binary.get_export().entries), sorted(exports))


def check(path: Path, system: str, processor: str, name: str, exports: list[str]) -> None:
    binary = lief.parse(str(path))
    if system == "macos":
        macos(binary, processor, name, exports)
    else:
        windows(binary, processor, exports)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(exports)} functions")


def main(prefix: Path, platform: str, natives: Path) -> None:
    processor, system = platform.split("-")
    file = {"macos": f"lib/libabbe.{VERSION}.dylib", "windows": "bin/abbe.dll"}[system]
    check(prefix / file, system, processor, f"libabbe.{INTERFACE}.dylib", SYMBOLS)
    java = natives / ("libabbe_jni.dylib" if system == "macos" else "abbe_jni.dll")
    source = (HERE / "../../bindings/java/src/main/java/abbe/Native.java").read_text()
    methods = [line.split("(")[0].split()[-1] for line in source.splitlines() if " native " in line]
    check(java, system, processor, java.name, [f"Java_abbe_Native_{method}" for method in methods])


main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
