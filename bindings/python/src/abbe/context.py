"""Contexts: threads, devices and the log that the objects made from one share."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any, Iterator

from . import _abi, _library, _parameters
from ._handles import Handle
from .errors import ArgumentError, in_python

THREADS = "ABBE_THREADS"
"""Environment variable with the number of threads of contexts that are made without."""
LOGGER = logging.getLogger("abbe")
"""Where warnings and, if asked for, details of libabbe go. Failures are exceptions and not logged."""
# Nothing is printed unless the host sets logging up.
LOGGER.addHandler(logging.NullHandler())


class Context(Handle):
    """Threads, devices and the log shared by the objects made from it.

    Most programs need none: whatever is made without a context uses a common one, with as many threads as the
    variable ``ABBE_THREADS`` says, else as the machine has processors. In a forked process it is made anew.

    Args:
        log_level: Level of the logger ``"abbe"`` from which on libabbe's lines are handed to it:
            ``logging.WARNING``, ``INFO`` or ``DEBUG``.
        **settings: The parameters ``context.*`` of :func:`abbe.parameters`, e.g. ``threads=4``. Networks run in the
            ONNX Runtime that ``onnxruntime`` or the variable ``ABBE_ONNXRUNTIME`` names, else in that of the
            installed Python package ``onnxruntime``, which is not imported.

    Example:
        >>> with abbe.Context(threads=2) as context:
        ...     restored = abbe.deconvolve(image, psf, context=context)
    """

    _kind = "context"

    def __init__(self, *, log_level: int = logging.WARNING, **settings: Any) -> None:
        super().__init__()
        self._made_with = {**settings, "log_level": log_level}
        if "threads" not in settings and os.environ.get(THREADS):
            _set_threads(self.key, os.environ[THREADS])
        if "onnxruntime" not in settings and not os.environ.get("ABBE_ONNXRUNTIME"):
            _parameters.apply("context", self.key, "context", _onnxruntime())
        _parameters.apply("context", self.key, "context", settings)
        level = 1 if log_level >= logging.WARNING else 2 if log_level >= logging.INFO else 3
        _library.call("abbe_context_set_log", self.key, _LOG, None, level)

    def unset(self, *names: str) -> Context:
        """Forgets parameters ``context.*``: each has its default again."""
        _parameters.unset("context", self.key, "context", names)
        for name in names:
            self._made_with.pop(name, None)
        return self

    def register_provider(self, name: str, path: str | os.PathLike[str]) -> Context:
        """Loads an execution provider of ONNX Runtime that is a library of its own, for all contexts of the process.

        Args:
            name: A name of your own for the library; one that ends in ``.virtual`` asks it for devices that are not on
                this machine too.
            path: The library, e.g. what ``onnxruntime_ep_openvino.get_library_path()`` gives.

        Example:
            >>> context = abbe.Context(provider="OpenVINOExecutionProvider", provider_options="device_type=CPU")
            >>> context.register_provider("openvino", onnxruntime_ep_openvino.get_library_path())
        """
        _library.call("abbe_context_register_provider", self.key, name.encode(), os.fsencode(path))
        return self

    def devices(self) -> dict[str, Any]:
        """ONNX Runtime's version, and the ``devices`` that networks can run on: ``provider``, ``index``, ``kind``."""
        found: dict[str, Any] = json.loads(_library.text("abbe_context_devices", self.key))
        return found

    def _revive(self) -> None:
        self._adopt(Context(**self._made_with))


def common() -> Context:
    """The context of objects that are made without one."""
    global _common
    with _lock:
        if _common is None or _common.closed:
            _common = Context()
        return _common


def _set_threads(key: int, text: str) -> None:
    try:
        _parameters.apply("context", key, "context", {"threads": int(text)})
    except ValueError:  # ArgumentError is one, too
        allowed = _parameters.row_of("context", "threads")
        raise ArgumentError(
            f"{THREADS} is {text!r}; it must be a whole number from {allowed['minimum']:g} to {allowed['maximum']:g}, "
            "0 for as many as the machine has"
        ) from None


def _onnxruntime() -> dict[str, str]:
    """The folder of the library in the Python package, as a setting; none where that is not installed."""
    package = importlib.util.find_spec("onnxruntime")
    if package is None or not package.submodule_search_locations:
        return {}
    folder = Path(package.submodule_search_locations[0], "capi")
    return {"onnxruntime": str(folder)} if folder.is_dir() else {}


def doubt(text: str) -> None:
    """Warns of something as if libabbe had logged it."""
    _log(None, 1, text.encode())
    _library.warn()


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Keeps what libabbe logs on this thread from everybody."""
    _here.unheard = True
    try:
        yield
    finally:
        _here.unheard = False


def _log(_user: int | None, level: int, message: bytes) -> None:
    if getattr(_here, "unheard", False):
        return
    text = in_python(message.decode(errors="replace"))
    if level == 1:
        _library.doubts.append(text)
    if level > 0:
        LOGGER.log(_LEVELS.get(level, logging.DEBUG), "%s", text)


def _after_fork() -> None:
    # The threads of the parent's context do not live in the child.
    global _common, _lock
    _common, _lock = None, threading.Lock()


_LEVELS = {1: logging.WARNING, 2: logging.INFO, 3: logging.DEBUG}
# Kept for the life of the process: objects that outlive their context go on logging.
_LOG = _abi.abbe_log_fn(_log)
_common: Context | None = None
_lock = threading.Lock()
_here = threading.local()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
