"""What the handles share: one owner, closed once, never used in another process."""

from __future__ import annotations

import os
import weakref
from ctypes import byref, c_void_p
from typing import Any, TypeVar

from . import _library
from .errors import ArgumentError, HandleError


Own = TypeVar("Own", bound="Handle")


class Handle:
    """A context manager around one handle of libabbe; closed at the end of ``with``, or when collected."""

    _kind = ""

    def __init__(self, *arguments: Any) -> None:
        handle = c_void_p()
        _library.call(f"abbe_{self._creator()}", *arguments, byref(handle))
        self._own(handle.value or 0, os.getpid())

    @property
    def closed(self) -> bool:
        """Whether the object was closed."""
        return not self._finalizer.alive

    def close(self) -> None:
        """Destroys the object; any other use of it is a :class:`abbe.HandleError` from then on.

        A call that runs on it in another thread finishes first, as if nothing had been; ``cancel()`` before stops it.
        """
        self._finalizer()

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(self, *failure: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<abbe.{type(self).__name__}{' (closed)' if self.closed else ''}>"

    @property
    def key(self) -> int:
        """The key in the C ABI, for programs that call other functions of libabbe themselves."""
        if self.closed:
            raise HandleError(f"the {self._kind} is closed; it must be open; make another one")
        if self._process != os.getpid():
            self._revive()
        return self._handle

    def __setattr__(self, name: str, value: Any) -> None:
        # A parameter set like this would have no effect, unheard.
        if not name.startswith("_") and not hasattr(type(self), name) and name not in _annotated(type(self)):
            hint = f"; a parameter is set by set({name}=...)" if hasattr(self, "set") else ""
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}")
        super().__setattr__(name, value)

    def _revive(self) -> None:
        """Makes the object anew in a forked process, where it can be."""
        raise HandleError(
            f"the {self._kind} is of process {self._process}, this is {os.getpid()}; "
            "it works in the process that made it; make it anew after a fork"
        )

    def _adopt(self, other: Handle) -> None:
        """Takes the handle of another object of the same class, which nobody uses any more."""
        other._finalizer.detach()
        self._finalizer.detach()
        self._own(other._handle, other._process)

    def _own(self, handle: int, process: int) -> None:
        self._handle, self._process = handle, process
        self._finalizer = weakref.finalize(self, _destroy, self._kind, self._handle, self._process)
        # At the end of the process memory goes anyway, and a plan may be at work on another thread.
        self._finalizer.atexit = False

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a {type(self).__name__} cannot be pickled or copied: it belongs to this process; make another one where it is needed"
        )

    def _creator(self) -> str:
        return f"{self._kind}_create"


def key_of(kind: str, given: Any) -> int:
    """The key of an argument that must be a handle of a kind."""
    if not isinstance(given, Handle) or given._kind != kind:
        hint = "; for samples use abbe.psf.measured(array)" if kind == "psf" and hasattr(given, "shape") else ""
        hint = "; for a file use abbe.Model(path)" if kind == "model" and isinstance(given, (str, os.PathLike)) else hint
        raise ArgumentError(f"{kind} is of type {type(given).__name__}; it must be an abbe.{kind.capitalize()}{hint}")
    return given.key


def _destroy(kind: str, handle: int, process: int) -> None:
    if process == os.getpid():
        _library.plain(f"abbe_{kind}_destroy", handle)


def _annotated(kind: type) -> frozenset[str]:
    """The public attributes that a class and those above it declare."""
    return frozenset(name for one in kind.__mro__ for name in getattr(one, "__annotations__", {}))
