"""How much memory this process has."""

from __future__ import annotations

import os
from pathlib import Path


def resident_bytes() -> int:
    """Bytes that are in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
