"""What can go wrong, one class a status of libabbe.

Each class also derives from the built-in exception that a Python program would expect, so that ``except ValueError``
catches an argument out of range.
"""

from __future__ import annotations

import re


class AbbeWarning(UserWarning):
    """What libabbe doubts about a result or an argument: a point spread function that can hardly be meant, noise that
    does not fit. Each is given once for a plan; ``warnings.simplefilter("ignore", abbe.AbbeWarning)`` silences them."""


class Error(Exception):
    """Base of everything that abbe raises.

    ``str(error)`` is libabbe's text: ``<thing> is <got>; <what is allowed>[; <what to do>]``.
    """

    status: int = 0
    """The status of the C ABI, a negative number; 0 for failures found before libabbe was called."""


class ArgumentError(Error, ValueError):
    """An argument is outside its documented range."""

    status = -1


class HandleError(Error, ValueError):
    """The object is closed, or was made in another process."""

    status = -2


class StateError(Error, RuntimeError):
    """The call does not fit the object's state, e.g. a plan executed before it was committed."""

    status = -3


class UnsupportedError(Error, NotImplementedError):
    """This build or version cannot do that."""

    status = -4


class OutOfMemoryError(Error, MemoryError):
    """Not enough memory, or the plan's memory cap is too low."""

    status = -5


class FileError(Error, OSError):
    """A file could not be read."""

    status = -6


class ModelError(Error, ValueError):
    """The model is malformed, or does not fit the image or task."""

    status = -7


class DeviceError(Error, RuntimeError):
    """The device asked for is missing or failed."""

    status = -8


class CancelledError(Error, RuntimeError):
    """Stopped by :meth:`abbe.Plan.cancel` or the progress listener."""

    status = -9


class InternalError(Error, RuntimeError):
    """A bug in libabbe; please report the text."""

    status = -10


class LibraryError(Error, ImportError):
    """libabbe was not found, or is of another version."""


class ArrayError(ArgumentError, TypeError):
    """An array whose type or memory libabbe cannot take; the text says how to convert it."""


def error_of(status: int, text: str) -> Error:
    """The exception for a status of libabbe, with its text."""
    known = {kind.status: kind for kind in Error.__subclasses__() if kind.status}
    error = known.get(status, Error)(in_python(text))
    error.status = status
    return error


def in_python(text: str) -> str:
    """A text of libabbe with this package's own calls and values for those of C."""
    text = re.sub(r"\babbe_(context|psf|model|plan|assess)_([a-z_]+)\(\)", _call, text)
    # The one-liners take masked arrays, and parameters of their step alone.
    text = re.sub(r"\bset plan\.(not_a_number) to 1 \((not_measured)\)", r'give a masked array, or use abbe.Plan(\1="\2"),', text)
    return re.sub(r"\bABBE_(CONTINUE|CANCEL)\b", r"abbe.\1", text).replace("ABBE_PSF_MEASURED", "abbe.psf.measured").replace("ABBE_STEP_MODEL", '"model"')


def _call(found: re.Match[str]) -> str:
    name = f"{found[1]}.{found[2]}"
    return _CALLS.get(name, f"{found[1].capitalize()}.{found[2]}()")


_CALLS = {
    "plan.set_psf": "Plan.add(..., psf=...)",
    "plan.set_channel_psf": "Plan.add(..., psf=[...])",
    "plan.set_model": "Plan.add(..., model=...)",
    "plan.add_step": "Plan.add()",
    "plan.load_json": "Plan.load_json()",
    "psf.set_samples": "abbe.psf.measured()",
    "assess.set_image": "Assess.set_image()",
}
"""Where the names are others; functions of C are mostly methods of the same name."""
