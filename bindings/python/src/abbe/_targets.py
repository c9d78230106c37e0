"""Whether a file can be written, asked before the work that it is to hold."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import FileError


def check_place(path: Path) -> None:
    """Refuses a name whose folder cannot be written or made, and that of a folder."""
    if path.is_dir():
        raise FileError(f"{path} is a folder; give the name of a file")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        raise FileError(f"{path} cannot be written; {above} is a file; give a name in a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise FileError(f"{path} cannot be written; {above} does not allow it; give a name in another folder")
