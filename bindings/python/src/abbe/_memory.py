"""How much memory this process may still take."""

from __future__ import annotations

import os
from pathlib import Path


def free_memory() -> int:
    """Bytes that are free now, within the limit of the control group where there is one; 0 where nobody says."""
    found = [free for free in (_of_the_machine(), _of_the_group()) if free is not None]
    return max(min(found), 1 << 28) if found else 0


def _of_the_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        pass
    try:  # macOS: what there is, since what is free is no one number there
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _of_the_group() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit, used = ((folder / name).read_text().strip() for name in ("memory.max", "memory.current"))
        lines = (folder / "memory.stat").read_text().splitlines()
        files = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
        return None if limit == "max" else int(limit) - int(used) + files
    except (OSError, ValueError, IndexError):
        return None
