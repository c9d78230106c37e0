"""The fields of a point spread function: what the layer says is filled in, what is missing is named."""

from __future__ import annotations

import warnings
from typing import Any, Callable

from magicgui.widgets import ComboBox, Container, Label
from napari.layers import Image

import abbe
from abbe._metadata.facts import Metadata

from . import _metadata
from ._fields import Fields
from ._layers import Source, axes_of, distances
from ._work import Work

TOLD = "as the metadata says"
KINDS = (
    TOLD, "widefield", "confocal", "spinning_disk", "two_photon", "light_sheet", "vectorial", "born_wolf", "gaussian", "measured",
)  # fmt: skip

_MAIN = (
    "numerical_aperture", "immersion_index", "wavelength_nm", "excitation_nm", "pinhole_airy", "sheet_thickness_nm", "sigma_nm",
    "sigma_axial_nm", "samples_hold", "bead_nm", "samples_pixel_nm", "samples_step_nm", "pixel_nm", "step_nm",
)  # fmt: skip
_MEASURED = ("samples_hold", "bead_nm", "samples_pixel_nm", "samples_step_nm", "background")
_ONLY = {
    "excitation_nm": ("confocal", "spinning_disk", "two_photon"),
    "pinhole_airy": ("confocal", "spinning_disk"),
    "pinhole_spacing": ("spinning_disk",),
    "sheet_thickness_nm": ("light_sheet",),
    "sigma_nm": ("gaussian",),
    "sigma_axial_nm": ("gaussian",),
    **{name: ("measured",) for name in _MEASURED},
}
"""Parameters that only these kinds have."""
_TOLD_KINDS = {"widefield", "confocal", "spinning_disk", "two_photon", "light_sheet"}
_OF_MEASURED = (*_MEASURED, "pixel_nm", "step_nm", "energy", "centre", "policy")


class Optics(Container):
    """Kind, channel, samples and parameters of the point spread functions of a layer.

    Args:
        images: The layers that there are, for measured ones.
    """

    def __init__(self, images: Callable[..., list[Image]]) -> None:
        self._layer: Image | None = None
        self._axes, self._problem = "", ""
        self._found: Metadata | None = None
        self._kind = ComboBox(choices=KINDS, value=TOLD, label="microscope", tooltip="Kind of point spread function")
        self._channel = ComboBox(
            choices=self._channels, nullable=True, label="channel", tooltip="Which channel of the metadata this layer is"
        )
        self._samples = ComboBox(choices=images, label="measured", tooltip="A layer with a point spread function, or with beads")
        # Motion has a kind of its own, which is no microscope; fits are not made here.
        hidden = ("motion_length_px", "motion_angle_deg", "fit")
        self.fields = Fields("psf", _MAIN, hidden=hidden, many=("wavelength_nm", "excitation_nm"))
        self._told = Label(value="", label="")
        choices = Container(widgets=[self._kind, self._channel, self._samples])
        choices.margins = (0, 0, 0, 0)
        super().__init__(widgets=[choices, self.fields, self._told], labels=False)
        self._told.native.setWordWrap(True)
        self.margins = (0, 0, 0, 0)
        self._kind.changed.connect(self._check)
        self._samples.changed.connect(self._check)
        self._channel.changed.connect(self._choose)
        self.fields.changed.connect(self._check)
        self._check()

    def take(self, layer: Image | None, axes: str) -> None:
        """Fills in what a layer says."""
        self._layer, self._axes, self._found, self._problem = layer, axes, None, ""
        if layer is not None and len(axes) == layer.ndim and not layer.rgb:
            try:
                self._found, self._problem = _metadata.facts_of(layer, axes)
            except abbe.ArgumentError as failure:
                self._problem = str(failure)
        self._channel.reset_choices()
        names = self._channels()
        at = _metadata.channel_of(layer, self._found) if names else None
        self._channel.value = None if at is None else names[at]
        self._choose()

    @property
    def told(self) -> str:
        """What is shown of the optics: where they are from, or what is missing."""
        return str(self._told.value)

    def maker(self) -> Callable[[], list[abbe.Psf]]:
        """What makes the point spread functions, one or one for each channel, of the fields as they are now.

        Raises:
            abbe.ArgumentError: There is no layer of samples, or pixels of the layer are not square.
        """
        kind = self._kind.value
        settings = {name: value for name, value in self.fields.settings().items() if name not in self._without(kind)}
        sizes = distances(self._layer, self._axes) if self._layer is not None and not self._layer.rgb else {}
        if kind == "measured":
            return self._maker_of_measured({**sizes, **settings})
        found = self._of_channel() or Metadata({}, [{}], [""])
        return lambda: _metadata.psfs(found, None if kind == TOLD else kind, settings)

    def _maker_of_measured(self, settings: dict[str, Any]) -> Callable[[], list[abbe.Psf]]:
        layer = self._samples.value
        if layer is None:
            raise abbe.ArgumentError("measured is no layer; choose the one that has the point spread function or beads")
        axes = axes_of(layer)
        source = Source(layer, axes)
        if set(axes) - set("zyx"):
            raise abbe.ArgumentError(f"layer {source.name!r} has the axes {axes!r}; a point spread function has z, y and x")
        own = distances(layer, axes)
        # Where both sizes are known, samples are brought to the image's.
        of_samples = {f"samples_{name}": own[name] for name in own if name in settings}
        merged = {**of_samples, **settings}
        return lambda: [abbe.psf.measured(source.read(source.whole), **merged)]

    def _channels(self, _widget: Any = None) -> list[str]:
        found = getattr(self, "_found", None)
        return _metadata.channel_names(found) if found and len(found.channels) > 1 and "c" not in self._axes else []

    def _of_channel(self) -> Metadata | None:
        names = self._channels()
        if not names:
            return self._found
        if self._channel.value is None:
            return Metadata(self._found.common, [{}], [""], self._found.planes, self._found.terms)
        return _metadata.one_channel(self._found, names.index(self._channel.value))

    def _choose(self, *_value: Any) -> None:
        found = self._of_channel()
        self.fields.fill({} if found is None else _metadata.texts_of(found))
        self._check()

    def _without(self, kind: str) -> set[str]:
        """Parameters that a kind does not have; where metadata are to tell it, those that no kind has that they can tell."""
        kinds = {kind} if kind != TOLD else _TOLD_KINDS
        without = {name for name in self.fields.names if not kinds & set(_ONLY.get(name, kinds))}
        return without | (set(self.fields.names) - set(_OF_MEASURED) if kinds == {"measured"} else set())

    def _check(self, *_value: Any) -> None:
        """Says where the optics are from, or what is missing, as soon as that changes."""
        kind, hints = self._kind.value, {}
        lines = [self._problem] if self._problem else []
        if kind != "measured" and self._layer is not None and Work.running is None:
            try:
                with warnings.catch_warnings():  # they are for the work
                    warnings.simplefilter("ignore")
                    psf = self.maker()()[0]
                kind = psf.kind
                hints = {name: _metadata.text(one["value"]) for name, one in psf.origin.items()}
                lines += [kind, *(f"{name} {hints[name]}: {one['from']}" for name, one in psf.origin.items())]
                psf.close()
            except abbe.Error as failure:
                lines.append(str(failure))
        self._told.value = "\n".join(lines)
        self.fields.hint(hints)
        self.fields.show_only(self._without(kind))
        self._channel.visible = bool(self._channels())
        self._samples.visible = kind == "measured"
