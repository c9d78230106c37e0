"""Writes src/abbe/_settings.py, the types of parameters for type checkers, from the table of the libabbe that is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import abbe

HEAD = '''"""Types of parameters, for type checkers alone: written by generate_settings.py from libabbe's table; do not edit."""

from __future__ import annotations

from typing import Literal, TypedDict
'''


def type_of(row: dict[str, Any]) -> str | None:
    """The Python type that a parameter takes; None for facts."""
    names = ", ".join(f'"{name}"' for name in row.get("values") or {})
    kinds = {"integer": "int", "number": "float", "text": "str", "choice": f"Literal[{names}] | int"}
    return kinds.get(row["kind"])


def written() -> str:
    """The text of the module."""
    text = HEAD
    for object in ("deconvolve",):
        text += f"\n\nclass {object.capitalize()}(TypedDict, total=False):\n"
        text += f'    """Parameters ``{object}.*``; :func:`abbe.parameters` says what they mean."""\n\n'
        for row in abbe.parameters(object):
            kind = type_of(row)
            # Named arguments of the one-line functions themselves are no settings.
            if kind is not None and row["name"] != "deconvolve.background":
                text += f"    {row['name'].partition('.')[2]}: {kind}\n"
    return text


if __name__ == "__main__":
    Path(__file__).with_name("src").joinpath("abbe", "_settings.py").write_text(written())
