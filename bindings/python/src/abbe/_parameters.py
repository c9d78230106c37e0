"""Parameters by name, as libabbe's own table describes them."""

from __future__ import annotations

import difflib
import functools
import html
import json
import os
from ctypes import byref, c_double, c_int32, c_int64
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from . import _abi, _library
from .errors import ArgumentError


class Parameters(List[Dict[str, Any]]):
    """Rows of the table of parameters; a table in notebooks and when printed."""

    def _repr_html_(self) -> str:
        cells = [[html.escape(text) for text in row] for row in self._cells()]
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in cells)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __str__(self) -> str:
        cells = [list(_COLUMNS), *self._cells()]
        widths = [max(len(row[at]) for row in cells) for at in range(len(_COLUMNS) - 1)]
        return "\n".join("  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[-1]]) for row in cells)

    def _cells(self) -> list[list[str]]:
        return [[row["name"], _allowed(row), _default(row), row.get("unit") or "", row["summary"]] for row in self]


_COLUMNS = ("name", "allowed", "default", "unit", "meaning")


def _allowed(row: Mapping[str, Any]) -> str:
    if row.get("values"):
        return ", ".join(row["values"])
    if row.get("minimum") is None or row.get("maximum") is None:
        return ""
    return f"{row['minimum']:.12g} to {row['maximum']:.12g}"


def _default(row: Mapping[str, Any]) -> str:
    value = row.get("default")
    names = {number: name for name, number in row.get("values", {}).items()} if row.get("values") else {}
    return "" if value is None else str(names.get(value, value))


def parameters(object: str | None = None) -> Parameters:
    """Describes the parameters and facts that libabbe knows, in the order of its table.

    Args:
        object: Only those of one object: ``"context"``, ``"psf"``, ``"plan"``, ``"background"``, ``"deconvolve"``,
            ``"denoise"`` or ``"model"``. ``None``: all.

    Returns:
        One dictionary each, with name, kind, minimum, maximum, default, unit, values (of a choice) and summary; the list
        is a table in notebooks and when printed.

    Example:
        >>> print(abbe.parameters("deconvolve"))
    """
    known = sorted({row["object"] for row in _table().values()})
    if object is not None and object not in known:
        raise ArgumentError(f"object is {object!r}; it must be one of {', '.join(known)}")
    return Parameters(dict(row) for row in _table().values() if object is None or row["object"] == object)


Calls = List[Tuple[str, int, Any]]


def prepared(object: str, settings: Mapping[str, Any]) -> Calls:
    """Type, number and value of what :func:`set_prepared` is to set; names and types are checked, ranges not yet."""
    return [_prepared(_row(object, name), value) for name, value in settings.items()]


def set_prepared(target: str, handle: int, calls: Calls) -> None:
    """Sets parameters through ``abbe_<target>_set_*``."""
    for kind, number, value in calls:
        _library.call(f"abbe_{target}_set_{kind}", handle, number, value)


def apply(target: str, handle: int, object: str, settings: Mapping[str, Any]) -> None:
    """Sets the parameters ``<object>.<name>``; names of choices become numbers."""
    set_prepared(target, handle, prepared(object, settings))


def unset(target: str, handle: int, object: str, names: Sequence[str]) -> None:
    """Forgets values through ``abbe_<target>_unset``; unknown names are errors before any is forgotten."""
    for number in [_row(object, name)["id"] for name in names]:
        _library.call(f"abbe_{target}_unset", handle, number)


def value(target: str, handle: int, row: Mapping[str, Any]) -> Any:
    """A setting or fact of an object; the name of a choice."""
    if row["kind"] == "text":
        raise ArgumentError(f"{row['name']} is a text; texts cannot be read back")
    whole = row["kind"] in ("integer", "choice", "integer fact")
    found = c_int64() if whole else c_double()
    _library.call(f"abbe_{target}_get_{'i64' if whole else 'f64'}", handle, row["id"], byref(found))
    names = {number: name for name, number in row.get("values", {}).items()}
    if _is_switch(row):
        return found.value == 1
    return names.get(found.value, found.value) if names else found.value


def _prepared(row: Mapping[str, Any], value: Any) -> tuple[str, int, Any]:
    kind = row["kind"]
    if kind in ("integer", "choice"):
        return "i64", row["id"], _choice(row, value) if kind == "choice" else _whole(row, value)
    if kind == "number":
        return "f64", row["id"], _real(row, value)
    if kind == "text":
        return "text", row["id"], encoded(row["name"], str(value))
    raise ArgumentError(f"{row['name']} is a fact; it can be read, not set")


def encoded(name: str, value: str) -> bytes:
    """A text as C takes it, which would end at a NUL unheard."""
    if "\0" in value:
        raise ArgumentError(f"{name} is {value!r}; it must be text without NUL characters")
    return os.fsencode(value)


def number_of(name: str) -> int:
    """The number of a parameter in the C ABI."""
    number = c_int32()
    _library.call("abbe_param_find", name.encode(), byref(number))
    return number.value


def row_of(object: str, name: str, *, with_facts: bool = True) -> dict[str, Any]:
    """What libabbe's table says of ``<object>.<name>``."""
    return _row(object, name, with_facts)


@functools.lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    table = {}
    for index in range(_library.plain("abbe_param_count")):
        number = c_int32()
        _library.call("abbe_param_at", index, byref(number))
        row = json.loads(_library.text("abbe_param_describe", number.value))
        table[row["name"]] = row
    return table


def _row(object: str, name: str, with_facts: bool = False) -> dict[str, Any]:
    row = _table().get(f"{object}.{name}")
    if row is None:
        known = [row["name"].partition(".")[2] for row in parameters(object) if with_facts or not _is_fact(row)]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        if name == "mask" and object in ("assess", "plan", *_STEPS):
            hint = f"; {_MASKS['assess' if object == 'assess' else 'plan']}"
        elif object == "psf" and not near:
            from ._metadata import plain

            meant = plain.near(name)
            hint = f"; did you mean {meant}?" if meant in known else ""
        elif not near and object in _STEPS and not _is_fact(_table().get(f"plan.{name}", {"kind": "fact"})):
            hint = f"; it is a parameter of plans: abbe.Plan({name}=...)"
        raise ArgumentError(f"{object}.{name} is not a parameter; {object} has {', '.join(known) or 'none'}{hint}")
    return row


_STEPS = tuple(name[len("ABBE_STEP_") :].lower() for name in _abi.abbe_step_code)
_MASKS = {
    "assess": "give the mask as measured= to abbe.assess(), or call Assess.set_mask()",
    "plan": "give a masked array, or call Plan.set_mask()",
}


def _is_fact(row: Mapping[str, Any]) -> bool:
    return str(row["kind"]).endswith("fact")


def _choice(row: Mapping[str, Any], value: Any) -> int:
    if isinstance(value, str):
        if value not in row["values"]:
            names = ", ".join(map(repr, row["values"]))
            raise ArgumentError(f"{row['name']} is {value!r}; it must be one of {names}")
        return int(row["values"][value])
    return _whole(row, value)


def _is_switch(row: Mapping[str, Any]) -> bool:
    return row["kind"] == "integer" and (row["minimum"], row["maximum"]) == (0, 1)


def _whole(row: Mapping[str, Any], value: Any) -> int:
    try:
        number = int(value)
        exact = number == value and (not isinstance(value, bool) or _is_switch(row))
    except (TypeError, ValueError, OverflowError):
        exact = False
    if exact and not -(2**63) <= number < 2**63:
        told = number if abs(number) < 10**60 else f"a whole number of {number.bit_length()} bits"
        raise ArgumentError(f"{row['name']} is {told}; it must be {_allowed(row) or 'from -2^63 to 2^63 - 1'}")
    if not exact:
        raise ArgumentError(f"{row['name']} is {value!r}; it must be a whole number")
    return number


def _real(row: Mapping[str, Any], value: Any) -> float:
    try:
        if isinstance(value, (str, bytes, bool)):
            raise TypeError
        return float(value)
    except OverflowError:
        raise ArgumentError(f"{row['name']} is a whole number of {int(value).bit_length()} bits; it must be {_allowed(row) or 'a real number'}") from None
    except (TypeError, ValueError):
        raise ArgumentError(f"{row['name']} is {value!r}; it must be a real number") from None
