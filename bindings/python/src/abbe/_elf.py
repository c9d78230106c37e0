"""What is wrong with the file of a library, before the system's loader is given it.

Linux's loader ends the process at a library that is cut off, and says of one for another processor that there is no such file.
"""

from __future__ import annotations

import platform
import struct
import sys
from pathlib import Path

PROCESSORS = {62: "x86_64", 183: "aarch64"}
"""Numbers of processors in ELF's header."""
OTHERS = {b"MZ": "Windows", b"\xcf\xfa\xed\xfe": "macOS", b"\xca\xfe\xba\xbe": "macOS"}
"""How files of other systems begin."""


def fault(path: Path) -> str | None:
    """Why the file cannot be loaded here; None where nothing speaks against it, or another system's loader says it well."""
    if not sys.platform.startswith("linux"):
        return None
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(64)
        for begin, system in OTHERS.items():
            if head.startswith(begin):
                return f"a library of {system}; this process needs one of Linux"
        if len(head) < 64 or not head.startswith(b"\x7fELF\x02\x01"):
            return "no library of 64 bits"
        (machine,) = struct.unpack_from("<H", head, 18)
        found, wanted = PROCESSORS.get(machine, f"processor {machine}"), platform.machine()
        if found != wanted:
            return f"a library for {found}; this process needs one for {wanted}"
        segments, sections = struct.unpack_from("<QQ", head, 32)
        segment, count, section, named = struct.unpack_from("<HHHH", head, 54)
        file.seek(segments)
        table = file.read(segment * count)
    ends = [sections + section * named, segments + segment * count]
    for at in range(0, len(table) - 55, max(segment, 56)):
        offset, length = struct.unpack_from("<Q", table, at + 8)[0], struct.unpack_from("<Q", table, at + 32)[0]
        ends.append(offset + length)
    return f"cut off: it has {size} of {max(ends)} bytes; install it again" if size < max(ends) else None
