"""What a plan does: its steps in their order, and what is set of them."""

from __future__ import annotations

import io
import json
import os
import threading
from ctypes import POINTER, c_float
from typing import TYPE_CHECKING, Any, Sequence, TypeVar

import numpy

from . import _abi, _library, _parameters, context as contexts
from ._arrays import int64s
from ._handles import Handle, key_of
from ._prepared import Prepared
from ._saved import objects_for
from .errors import ArgumentError, ArrayError
from .sensor import MAPS

if TYPE_CHECKING:
    from .model import Model
    from .psf import Psf

Own = TypeVar("Own", bound="Steps")


def _saved_text(given: Any) -> str:
    """The text of a saved plan, where it can be one."""
    if isinstance(given, (os.PathLike, io.IOBase)) or (isinstance(given, str) and given.strip().lower().endswith(".json")):
        what = "a file" if isinstance(given, io.IOBase) else f"{os.fspath(given)!r}, the name of a file"
        raise ArgumentError(f"json_text is {what}; give the text of the file, e.g. pathlib.Path(name).read_text()")
    if isinstance(given, dict):
        try:
            return json.dumps(given)
        except (TypeError, ValueError, RecursionError) as failure:
            raise ArgumentError(f"json_text is no JSON: {failure}; give what Plan.save_json() gave") from None
    try:
        text = given.decode() if isinstance(given, (bytes, bytearray)) else given
        if isinstance(text, str):
            text.encode()
            return text
    except UnicodeError:
        raise ArgumentError("json_text is not UTF-8; give what Plan.save_json() gave, e.g. pathlib.Path(name).read_text()") from None
    raise ArgumentError(f"json_text is of type {type(given).__name__}; it must be the text that Plan.save_json() gave, or a dictionary")


class Steps(Handle):
    """An ordered chain of steps; :class:`abbe.Plan` runs it."""

    _kind = "plan"

    # What load_json() makes a plan from.
    _json: bytes | None = None

    def __init__(self, context: contexts.Context | None = None) -> None:
        self._context = context or contexts.common()
        super().__init__(self._context.key, *(() if self._json is None else (self._json,)))
        self._lock = threading.RLock()
        self._steps: list[str] = []
        self._committed = False
        # Of the last call, until something changes.
        self._prepared: Prepared | None = None

    def _creator(self) -> str:
        return "plan_create" if self._json is None else "plan_load_json"

    @classmethod
    def load_json(
        cls: type[Own],
        json_text: str | dict[str, Any],
        *,
        psf: Psf | Sequence[Psf] | None = None,
        model: Model | None = None,
        context: contexts.Context | None = None,
    ) -> Own:
        """A plan that does what another one did.

        Args:
            json_text: What :meth:`save_json` gave, or a whole :meth:`report`, as text or as a dictionary.
            psf: For the steps whose point spread function was measured: neither its samples nor its settings are taken from
                the text. A list of one for each channel for steps where channels had their own.
            model: For the steps that ran a network. ``None``: the file that it was loaded from, where that is still the
                same.
            context: Threads and devices; ``None`` takes the common context.

        Raises:
            ArgumentError: It is neither, or has a name or a value that this version does not know; or ``psf`` or ``model`` is
                given and no step wants it.
            UnsupportedError: A later version wrote it, in a format that this one does not know.

        What must still be given is warned of: a measured point spread function, a network, samples for its inputs, a mask.
        A commit warns where what was given is not what the plan was saved with.
        """
        text = _saved_text(json_text)
        plan = cls.__new__(cls)
        plan._json = _parameters.encoded("json_text", text)
        # libabbe's own warnings are of all that the text cannot hold, also where it is given here.
        with contexts.unheard():
            plan.__init__(context)  # type: ignore[misc]
        whole = json.loads(text)
        recipe = whole.get("plan", whole)
        plan._steps = [step["step"] for step in recipe["steps"]]
        given = objects_for(recipe, psf, model, plan._context)
        for index, kind, one in given.found:
            plan._select(index)
            _library.call(f"abbe_plan_set_{kind}", plan.key, key_of(kind, one))
        for index, channel, one in given.of_channels:
            plan._select(index)
            _library.call("abbe_plan_set_channel_psf", plan.key, channel, key_of("psf", one))
        for lack in given.lacking:
            contexts.doubt(f"plan from JSON: {lack}")
        return plan

    def save_json(self) -> str:
        """What the plan does, for :meth:`load_json`: its steps and point spread functions with what was set of them.

        Samples of measured point spread functions, networks and masks have files of their own; their sha256 is in it.
        :meth:`report` has the same as ``"plan"``.
        """
        return _library.text("abbe_plan_save_json", self.key)

    def add(
        self: Own, step: str, *, psf: Psf | Sequence[Psf] | None = None, model: Model | None = None, **settings: Any
    ) -> Own:
        """Appends a step.

        Args:
            step: ``"background"``, ``"bin"``, ``"bleach"``, ``"camera"``, ``"deconvolve"``, ``"denoise"``, ``"esrrf"``,
                ``"filter"``, ``"flat_field"``, ``"hot_pixels"``, ``"model"``, ``"output"``, ``"reassign"`` or ``"resample"``.
            psf: Point spread function of a deconvolution, or a list of one for each channel of the images, in their order.
            model: Network of a model step.
            **settings: The parameters ``<step>.*`` of :func:`abbe.parameters`.

        Returns:
            The plan itself.
        """
        number = _abi.abbe_step_code.get(f"ABBE_STEP_{str(step).upper()}")
        if number is None:
            known = ", ".join(name[len("ABBE_STEP_") :].lower() for name in _abi.abbe_step_code)
            raise ArgumentError(f"step is {step!r}; it must be one of {known}")
        # Mistakes of the caller are found before there is a step.
        calls = _parameters.prepared(step, settings)
        of_channels = [key_of("psf", one) for one in psf] if isinstance(psf, (list, tuple)) else None
        if of_channels == []:
            raise ArgumentError("psf is an empty list; it must have one for each channel")
        psf_key = None if psf is None or of_channels else key_of("psf", psf)
        model_key = None if model is None else key_of("model", model)
        with self._lock:
            self._changed()
            _library.call("abbe_plan_add_step", self.key, number)
            self._steps.append(step)
            if psf_key is not None:
                _library.call("abbe_plan_set_psf", self.key, psf_key)
            for channel, own in enumerate(of_channels or []):
                _library.call("abbe_plan_set_channel_psf", self.key, channel, own)
            if model_key is not None:
                _library.call("abbe_plan_set_model", self.key, model_key)
            _parameters.set_prepared("plan", self.key, calls)
        return self

    def set(self: Own, **settings: Any) -> Own:
        """Sets parameters ``plan.*``; the plan is committed anew before it executes again."""
        with self._lock:
            if settings:
                self._changed()
            _parameters.apply("plan", self.key, "plan", settings)
        return self

    def set_step(self: Own, index: int, **settings: Any) -> Own:
        """Sets parameters of the step at ``index`` (0 for the one added first, -1 for the last)."""
        with self._lock:
            self._select(index)
            self._changed()
            _parameters.apply("plan", self.key, self._steps[index], settings)
        return self

    def set_sensor_map(self: Own, sensor_map: str, samples: Any, index: int = -1) -> Own:
        """Gives a camera step a map of the sensor's pixels.

        Args:
            sensor_map: ``"offset"``, ``"gain"`` or ``"variance"``.
            samples: Numbers with axes (y, x), those of the images; ``None`` takes the map back. Copied.
            index: The step: 0 for the one added first, -1 for the last.
        """
        number = MAPS.get(sensor_map)
        if number is None:
            raise ArgumentError(f"sensor_map is {sensor_map!r}; it must be one of {', '.join(MAPS)}")
        given = None if samples is None else numpy.asarray(samples)
        if given is not None and (given.dtype.kind not in "fuib" or given.ndim != 2):
            raise ArrayError(f"samples are {given.dtype.name} with {given.ndim} axes; they must be numbers with axes (y, x)")
        values = None if given is None else numpy.ascontiguousarray(given, numpy.float32)
        pointer, shape = (None, None) if values is None else (values.ctypes.data_as(POINTER(c_float)), int64s(values.shape))
        with self._lock:
            self._select(index)
            self._changed()
            _library.call("abbe_plan_set_sensor_map", self.key, number, pointer, 2, shape)
        return self

    def set_model_input(self: Own, name: str, samples: Any, index: int = -1) -> Own:
        """Gives an input of a step's network the samples that it reads in every run, a point spread function for example.

        They are what the network reads: nothing of a package, and no normalisation, is done to them.

        Args:
            name: Name of the input.
            samples: An array of the input's shape, whose extents are its own.
            index: The step: 0 for the one added first, -1 for the last.
        """
        given = numpy.asarray(samples)
        if given.dtype.kind not in "fuib":
            raise ArrayError(f"samples are {given.dtype.name}; they must be numbers")
        values = numpy.array(given, numpy.float32, order="C")
        with self._lock:
            self._select(index)
            self._changed()
            _library.call(
                "abbe_plan_set_model_input",
                self.key,
                str(name).encode(errors="replace"),
                values.ctypes.data_as(POINTER(c_float)),
                values.ndim,
                int64s(values.shape),
            )
        return self

    def set_calibrations(self: Own, calibrations: Sequence[dict[str, Any]] | None, index: int = -1) -> Own:
        """States what the images of a deconvolution are: noise, background and iterations are not looked for then.

        Parts of an image are so restored like the whole.

        Args:
            calibrations: What reports have as ``"calibration"`` of images, one for each image of a call: channel by channel of a
                time point, time point by time point. ``None`` takes it back. Of a plan with ``blocks=2``
                :meth:`execute_blocks` finds them without restoring anything.
            index: The step: 0 for the one added first, -1 for the last.
        """
        text = None if calibrations is None else json.dumps(list(calibrations)).encode()
        with self._lock:
            self._select(index)
            self._changed()
            _library.call("abbe_plan_set_calibrations", self.key, text)
        return self

    def unset(self: Own, *names: str) -> Own:
        """Forgets parameters ``plan.*``: each has its default again."""
        with self._lock:
            self._changed()
            _parameters.unset("plan", self.key, "plan", names)
        return self

    def unset_step(self: Own, index: int, *names: str) -> Own:
        """Forgets parameters of the step at ``index`` (0 for the one added first, -1 for the last)."""
        with self._lock:
            self._select(index)
            self._changed()
            _parameters.unset("plan", self.key, self._steps[index], names)
        return self

    def get_step(self, index: int, name: str) -> Any:
        """A parameter of the step at ``index``, as set or by default; choices are their names, switches booleans."""
        with self._lock:
            self._select(index)
            return _parameters.value("plan", self.key, _parameters.row_of(self._steps[index], name))

    def estimated_psf(self, index: int = -1) -> Psf:
        """The point spread function that a blind deconvolution found in the last image, as a measured one.

        Args:
            index: The step: 0 for the one added first, -1 for the last.

        Raises:
            StateError: That step found none.
        """
        from .psf import Psf

        found = Psf("measured", context=self._context)
        with self._lock:
            self._select(index)
            _library.call("abbe_plan_estimated_psf", self.key, found.key)
        return found._keep_samples(background=0.0, centre="none")

    def _select(self, index: int) -> None:
        if not -len(self._steps) <= index < len(self._steps):
            raise ArgumentError(f"index is {index}; this plan has {len(self._steps)} steps")
        _library.call("abbe_plan_select_step", self.key, index % len(self._steps))

    def _changed(self) -> None:
        self._committed, self._prepared = False, None
