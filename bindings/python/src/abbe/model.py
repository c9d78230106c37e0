"""Trained networks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy

from . import _library, _parameters, context as contexts
from ._handles import Handle
from ._running import Progress
from .errors import FileError
from .plan import Plan


class Model(Handle):
    """A trained network, loaded from a file.

    Calling it runs it on an image. It keeps the plan of the last call, so that images of one layout after another
    cost no further preparation. Where it was loaded from a path it can be pickled, and works in forks.

    Args:
        source: Path of a model package or an ONNX file, or the bytes of one.
        context: ``None`` takes the common context; its ``context.*`` parameters say where ONNX Runtime is.

    Example:
        >>> restored = abbe.Model("package.zip")(image)
    """

    _kind = "model"
    # The step that runs it, and that step's own parameters.
    _step: tuple[str, dict[str, Any]] = ("model", {})

    def __init__(self, source: str | os.PathLike[str] | bytes, *, context: contexts.Context | None = None) -> None:
        owner = context or contexts.common()
        if isinstance(source, (bytes, bytearray, memoryview)):
            content = bytes(source)
            self._path: str | None = None
            self._create = "model_load_memory"
            super().__init__(owner.key, content, len(content))
        else:
            self._path = os.fspath(source)
            self._create = "model_load"
            super().__init__(owner.key, _parameters.encoded("path", os.fsdecode(self._path)))
        self._context = owner
        self._plan: Plan | None = None
        self._plan_settings: dict[str, Any] = {}

    def _creator(self) -> str:
        return self._create

    @classmethod
    def builtin(cls, *, context: contexts.Context | None = None) -> Model:
        """The denoiser of raw fluorescence images that is built in, as a package that ONNX Runtime runs (``pip install abbe[onnx]``).

        Raises:
            FileError: It is missing where abbe was installed.
        """
        # Beside the package in a wheel, in the repository where the package is used from its source.
        beside = Path(__file__).resolve().parent / _BUILTIN
        places = [beside, *(folder / "models" / _BUILTIN for folder in list(Path(__file__).resolve().parents)[4:5])]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise FileError(f"{beside} is missing; abbe's wheel has it; install abbe again, or load a model of your own")
        return cls(path, context=context)

    def describe(self) -> dict[str, Any]:
        """What the network takes and gives, and what is known of it: name, authors, licence, axes, scale."""
        found: dict[str, Any] = json.loads(_library.text("abbe_model_describe", self.key))
        return found

    def selftest(self) -> dict[str, Any]:
        """Runs the test that the package brings: whether it ``passed``, and how far each of its ``outputs`` is off.

        Raises:
            StateError: The package brings no test.
        """
        found: dict[str, Any] = json.loads(_library.text("abbe_model_selftest", self.key))
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a network that :func:`abbe.learn` made to a file, as a BioImage.IO package with ONNX weights; whole or not at all.

        Raises:
            StateError: The network was loaded from a file: copy that.
            FileError: The file cannot be written.
        """
        _library.call("abbe_model_save", self.key, _parameters.encoded("path", os.fsdecode(os.fspath(path))))

    def __call__(
        self,
        image: Any,
        *,
        axes: str | None = None,
        out: numpy.ndarray | None = None,
        dtype: Any = None,
        progress: Progress | None = None,
        **settings: Any,
    ) -> Any:
        """Runs the network on an image.

        Args:
            image: uint8, uint16, float16 or float32, in any strides.
            axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the last letters of "tczyx".
            out: Where to put the result; ``None``: a new array.
            dtype: Sample type of a new result; ``None``: float32.
            progress: Who hears of it, see :class:`abbe.Plan`.
            **settings: The parameters ``model.*`` of :func:`abbe.parameters`.

        Returns:
            The result, of the extents that the network makes.
        """
        plan = self._plan
        if plan is None or plan.closed or settings != self._plan_settings:
            step, fixed = self._step
            plan = Plan(self._context).add(step, model=self, **fixed, **settings)
            self._plan, self._plan_settings = plan, settings
        return plan(image, axes=axes, out=out, dtype=dtype, progress=progress)

    def close(self) -> None:
        """Destroys the model and the plan it keeps."""
        if self._plan is not None:
            self._plan.close()
        super().close()

    def _revive(self) -> None:
        if self._path is None:
            super()._revive()
            return
        self._plan = None
        self._adopt(Model(self._path, context=self._context))

    def __reduce__(self) -> Any:
        if self._path is None:
            raise TypeError("a model loaded from bytes cannot be pickled; load it from a path")
        return Model, (self._path,)


_BUILTIN = "abbe-denoise.zip"
