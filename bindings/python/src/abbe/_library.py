"""Finds libabbe, loads it, and turns its answers into values and exceptions."""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from collections import deque
from ctypes import byref, c_char_p, c_int32, c_size_t
from pathlib import Path
from typing import Any, Callable

from . import _abi
from ._elf import fault
from .errors import AbbeWarning, Error, LibraryError, error_of

VARIABLE = "ABBE_LIBRARY"
"""Environment variable with the path of the library to load instead of the one beside the package."""

doubts: deque[str] = deque()
"""Warnings that libabbe logged during a call, which become Python's when it returns: a log function must not raise."""


def candidates() -> list[Path]:
    """Where the library is looked for: the path in ``ABBE_LIBRARY`` alone if set, else beside the package.

    Of a package that is used from its source, as an editable install is, also where cargo and CMake put the library.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return [Path(given)]
    name = {"win32": "abbe.dll", "darwin": "libabbe.dylib"}.get(sys.platform, "libabbe.so")
    beside = Path(__file__).resolve().parent
    trees = [tree for tree in list(beside.parents)[3:4] if (tree / "include/abbe/abbe.h").is_file()]
    built = [os.environ.get("CARGO_TARGET_DIR", "target") + "/release", "build/prefix/lib", "build/cargo/release"]
    return [beside / name, *(tree / folder / name for tree in trees for folder in built)]


def load() -> ctypes.CDLL:
    """Loads the library and declares its functions."""
    tried = []
    for path in candidates():
        if not path.is_file():
            tried.append(f"{path} (no such file)")
            continue
        try:
            wrong = fault(path)
            if wrong is None:
                return _declared(ctypes.CDLL(str(path)), path)
        except OSError as cause:
            wrong = str(cause)
        tried.append(f"{path} ({wrong})")
    raise LibraryError(
        "libabbe is not found; looked at "
        + ", ".join(tried)
        + f"; install the wheel for this platform, or set {VARIABLE} to the path of the library"
    )


def call(name: str, *arguments: Any) -> None:
    """Calls a function that answers a status; raises the :class:`abbe.Error` of a failure."""
    status = getattr(_LIBRARY, name)(*arguments)
    error = error_of(status, _last_error(status)) if status != 0 else None
    try:
        if doubts:
            warn()
    finally:
        if error is not None:
            raise error


def warn() -> None:
    """Gives what was doubted as Python's warnings, at the line that called this package."""
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "abbe":
        frame, depth = frame.f_back, depth + 1
    while doubts:
        warnings.warn(doubts.popleft(), AbbeWarning, stacklevel=depth)


def plain(name: str, *arguments: Any) -> Any:
    """Calls a function that cannot fail."""
    return getattr(_LIBRARY, name)(*arguments)


def text(name: str, *arguments: Any) -> str:
    """Calls a function whose last parameters are a text buffer, its capacity, and where to put the size needed."""
    needed = c_size_t()
    call(name, *arguments, None, 0, byref(needed))
    while True:
        buffer = ctypes.create_string_buffer(needed.value)
        # Another thread may have made the text longer in between.
        status = getattr(_LIBRARY, name)(*arguments, buffer, len(buffer), byref(needed))
        if status == 0:
            return buffer.value.decode()
        error = error_of(status, _last_error(status))
        size = len(buffer)
        call(name, *arguments, None, 0, byref(needed))
        if needed.value <= size:
            raise error


def _last_error(status: int) -> str:
    # The text is kept per thread, so no other thread's failure can take its place.
    size = _LIBRARY.abbe_error_text(None, None, 0)
    buffer = ctypes.create_string_buffer(size)
    _LIBRARY.abbe_error_text(None, buffer, size)
    return buffer.value.decode() or _LIBRARY.abbe_status_text(status).decode()


def _declared(library: ctypes.CDLL, path: Path) -> ctypes.CDLL:
    try:
        library.abbe_version.restype = ctypes.c_uint32
        version = library.abbe_version()
    except AttributeError:
        raise LibraryError(f"{path} is not libabbe; it must export abbe_version()") from None
    major, minor = version // 1_000_000, version // 1_000 % 1_000
    if major != _abi.VERSION[0] or (major == 0 and minor != _abi.VERSION[1]) or minor < _abi.VERSION[1]:
        wanted = f"{_abi.VERSION[0]}.{_abi.VERSION[1]}"
        raise LibraryError(f"{path} is libabbe {major}.{minor}; this package works with {wanted}; install that version")
    for name, (result, parameters) in _abi.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise LibraryError(f"{path} lacks {name}(); this package needs it; install a newer libabbe") from None
        function.restype = result
        function.argtypes = parameters
    return library


_LIBRARY = load()
