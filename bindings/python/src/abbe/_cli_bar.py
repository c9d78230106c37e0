"""The progress bar of a command."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from typing import Iterator

from ._running import Progress


@contextlib.contextmanager
def bar(name: str, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar where somebody looks on and ``tqdm`` is installed."""
    if quiet or not sys.stderr.isatty() or importlib.util.find_spec("tqdm") is None:
        yield None
        return
    tqdm = importlib.import_module("tqdm")
    with tqdm.tqdm(total=100, unit="%", desc=name, leave=False, file=sys.stderr) as shown:
        yield shown
