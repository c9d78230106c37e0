"""What a plan from JSON needs besides the text: what is kept in files of its own."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from .context import Context
from .errors import ArgumentError, FileError, ModelError

if TYPE_CHECKING:
    from .model import Model
    from .psf import Psf


@dataclasses.dataclass
class Objects:
    """What there is for the steps of a plan, and what is still to be given."""

    found: list[tuple[int, str, Any]]
    """Number of the step, ``"psf"`` or ``"model"``, and the object."""
    of_channels: list[tuple[int, int, Psf]]
    """Number of the step, channel, and its point spread function."""
    lacking: list[str]
    """A sentence each."""


def objects_for(
    recipe: Mapping[str, Any], psf: Psf | Sequence[Psf] | None, model: Model | None, context: Context
) -> Objects:
    """The objects for the steps of a recipe, which libabbe has understood.

    Raises:
        ArgumentError: One is given, and no step wants it.
    """
    objects = Objects([], [], [])
    wanted = set()
    of_channels = list(psf) if isinstance(psf, (list, tuple)) else None
    for at, step in enumerate(recipe["steps"]):
        if step.get("psf", {}).get("kind") == "measured":
            wanted.add("psf")
            if psf is not None and of_channels is None:
                objects.found.append((at, "psf", psf))
            else:
                settings = step["psf"].get("settings", {})
                objects.lacking.append(
                    f"step {at} had a measured point spread function, with the settings {settings}; give it as psf="
                )
        for channel, one in step.get("channel_psfs", {}).items():
            if one["kind"] != "measured":
                continue
            wanted.add("psf")
            if of_channels is not None and int(channel) < len(of_channels):
                objects.of_channels.append((at, int(channel), of_channels[int(channel)]))
            else:
                objects.lacking.append(
                    f"step {at} had a measured point spread function for channel {channel}, with the settings "
                    f"{one.get('settings', {})}; give one for each channel as psf=[...]"
                )
        if "model" in step:
            wanted.add("model")
            told = step["model"]
            found = model or _network_of(told, context)
            if found is not None:
                objects.found.append((at, "model", found))
            else:
                objects.lacking.append(
                    f"step {at} had the network {told.get('path') or 'from memory'} of sha256 {told['sha256']}; "
                    "which is not there now; give it as model="
                )
            for name in told.get("inputs", {}):
                objects.lacking.append(f"step {at} gave samples to {name}; give them by set_model_input()")
        for name in step.get("maps", {}):
            objects.lacking.append(f"step {at} had a map of the sensor's {name}; give it by set_sensor_map()")
    if "mask" in recipe:
        objects.lacking.append("there was a mask; give it by set_mask()")
    for name, given, what in (("psf", psf, "a measured point spread function"), ("model", model, "a network")):
        if given is not None and name not in wanted:
            raise ArgumentError(f"{name} is given and no step of the plan had {what}; leave it out")
    return objects


def _network_of(told: Mapping[str, Any], context: Context) -> Model | None:
    """The network that a plan was saved with, where its file is still the same."""
    from .model import Model

    if not told.get("path") or not os.path.exists(told["path"]):
        return None
    try:
        found = Model(told["path"], context=context)
    except (FileError, ModelError):
        return None
    return found if found.describe()["sha256"] == told["sha256"] else None
