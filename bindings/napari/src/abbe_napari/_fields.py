"""Fields for parameters, with the ranges, defaults and help that libabbe's own table has."""

from __future__ import annotations

import contextlib
from typing import Any, Iterable, Mapping

from magicgui.widgets import CheckBox, ComboBox, Container, LineEdit
from magicgui.widgets.bases import ValueWidget

import abbe


class Fields(Container):
    """A field for each parameter of an object that can be set.

    An empty field is a parameter that is not set, which may be another thing than its default. Numbers are texts for that reason.

    Args:
        object: As :func:`abbe.parameters` has it.
        main: Names without the object that are always shown; the others are where "all parameters" is checked.
        hidden: Names without the object that have no field.
        many: Names whose field may hold a value for each channel, parted by commas.
    """

    def __init__(self, object: str, main: Iterable[str], hidden: Iterable[str] = (), many: Iterable[str] = ()) -> None:
        self._rows = {}
        self._main, self._many = tuple(main), frozenset(many)
        # What metadata filled in, which is not set by the user.
        self._filled: dict[str, str] = {}
        rows = {row["name"].partition(".")[2]: row for row in abbe.parameters(object) if not row["kind"].endswith("fact")}
        names = [*self._main, *(name for name in rows if name not in self._main and name not in set(hidden))]
        self._rows = {name: rows[name] for name in names}
        self._more = CheckBox(text="all parameters", label="", name="all_parameters", value=False)
        super().__init__(widgets=[*(_field(name, row) for name, row in self._rows.items()), self._more])
        self.hint({})
        self._more.changed.connect(self._show_more)
        self.margins = (0, 0, 0, 0)
        self._show_more(False)

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters that have a field."""
        return tuple(self._rows)

    def settings(self) -> dict[str, Any]:
        """The parameters that were set here: numbers, names of choices, switches; what is no number is left for abbe to refuse."""
        found = {}
        for name, row in self._rows.items():
            value = self[name].value
            if isinstance(self[name], LineEdit):
                text = value.strip()
                if text and text != self._filled.get(name):
                    found[name] = _numbers(text) if name in self._many else _number(text) if row["kind"] != "text" else text
            elif value != _default(row):
                found[name] = value
        return found

    def fill(self, values: Mapping[str, tuple[str, str]]) -> None:
        """Fills fields with what metadata say, text and source by name, and empties others that metadata filled before."""
        for name in dict.fromkeys([*self._filled, *values]):
            if name not in self._rows:  # a medium, a modality: no parameters, but others follow from them
                continue
            text, source = values.get(name, ("", ""))
            if self[name].value.strip() in ("", self._filled.get(name, "")):  # what the user set stays
                self[name].value = text
            self._filled[name] = text
            self[name].tooltip = _help(self._rows[name]) + (f"\nFrom: {source}" if source else "")

    def hint(self, values: Mapping[str, str]) -> None:
        """Shows in empty fields what holds while they are empty: of some parameters these values, else the defaults."""
        for name, row in self._rows.items():
            if isinstance(self[name], LineEdit):
                default = "" if row.get("default") is None else f"{row['default']:g}"
                self[name].native.setPlaceholderText(values.get(name, default))

    def show_only(self, without: Iterable[str]) -> None:
        """Shows the main fields but for some, and the others as checked."""
        self._without = frozenset(without)
        self._show_more(self._more.value)

    _without: frozenset[str] = frozenset()

    def _show_more(self, more: bool) -> None:
        for name in self._rows:
            self[name].visible = name not in self._without and (bool(more) or name in self._main)
        self._more.visible = len(self._rows) > len(self._main)


def _field(name: str, row: Mapping[str, Any]) -> ValueWidget:
    unit = f" ({row['unit']})" if row["unit"] else ""
    label = name.removesuffix(f"_{row['unit']}").replace("_", " ") + unit
    told = {"name": name, "label": label, "tooltip": _help(row)}
    if row.get("values"):
        names = sorted(row["values"], key=lambda one: (row["values"][one] != row["default"], one))
        return ComboBox(choices=names, value=_default(row), **told)
    if _is_switch(row):
        return CheckBox(value=_default(row), **told)
    return LineEdit(**told)


def _is_switch(row: Mapping[str, Any]) -> bool:
    return row["kind"] == "integer" and (row["minimum"], row["maximum"]) == (0, 1)


def _default(row: Mapping[str, Any]) -> Any:
    if row.get("values"):
        return next(name for name, number in row["values"].items() if number == row["default"])
    return bool(row["default"]) if _is_switch(row) else row.get("default")


def _help(row: Mapping[str, Any]) -> str:
    lines = [f"{row['name']}: {row['summary']}"]
    lines += [f"{name}: {meaning}" for name, meaning in row.get("value_summaries", {}).items()]
    if row.get("minimum") is not None and not _is_switch(row):
        default = "worked out when empty" if row.get("default") is None else f"default {row['default']:g}"
        lines.append(f"{row['minimum']:g} to {row['maximum']:g} {row['unit']}; {default}".replace(" ;", ";"))
    return "\n".join(lines)


def _number(text: str) -> Any:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _numbers(text: str) -> Any:
    parts = [_number(part.strip()) if part.strip() else None for part in text.split(",")]
    return parts[0] if len(parts) == 1 else parts
