"""What was done, as results keep it in their metadata."""

from __future__ import annotations

from typing import Any, Sequence

import abbe

from ._layers import Region, Source


def report(source: Source, region: Region, *, psfs: Sequence[abbe.Psf] = (), **more: Any) -> dict[str, Any]:
    """The report of a result: numbers and texts only, fit for JSON.

    ``plan`` among ``more`` is the report of the plan that ran, which :meth:`abbe.Plan.load_json` takes.
    """
    optics = [{"kind": psf.kind, "settings": psf.settings, "from": psf.origin} for psf in psfs]
    return {"abbe": abbe.__version__, "layer": source.told(region), **({"optics": optics} if optics else {}), **more}
