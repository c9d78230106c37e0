"""Learning from one noisy image, without a clean one."""

from __future__ import annotations

import os
from ctypes import POINTER, byref, c_float, c_int64, c_void_p
from typing import Any

from . import _library, _parameters, context as contexts
from ._handles import Handle, key_of
from ._running import LISTENER, Progress, execute
from .metrics import samples_of
from .model import Model


def learn(
    image: Any,
    *,
    model: Model | None = None,
    progress: Progress | None = None,
    context: contexts.Context | None = None,
    **settings: Any,
) -> Model:
    """Adapts the denoiser that is built in to an image, by the image alone; docs/learning.md says when that is worth it.

    The result denoises this image and others like it, needs no ONNX Runtime, and is never worse than the network that it was learnt
    from by samples that were held out: ``describe()["learning"]`` says how much better, or why it stayed as it was.

    Args:
        image: Numbers with axes (y, x) or (z, y, x), in any unit; taken as float32. Planes of a stack are learnt from together.
        model: The network to begin with: one that was learnt before, or saved and loaded. ``None``: the built-in denoiser.
        progress: A function of the share done (0 to 1), or a bar such as ``tqdm``. Where it answers ``abbe.CANCEL``, learning ends
            with the best network until then.
        context: Threads; ``None`` takes the common context.
        **settings: The parameters ``learn.*`` of :func:`abbe.parameters`, e.g. ``steps``, ``deadline_s``, ``seed``.

    Returns:
        A network to be called on images, with the parameters ``denoise.*``, or to be saved.

    Raises:
        ArgumentError: NaN or infinity among the samples.
        UnsupportedError: ``model`` has other layers than the built-in denoiser.

    Example:
        >>> learnt = abbe.learn(image)
        >>> restored = learnt(image)
        >>> learnt.save("learnt.zip")
    """
    owner = context or contexts.common()
    if model is not None:
        return _learnt(model, owner, image, progress, settings)
    with _BuiltIn(owner) as start:
        return _learnt(start, owner, image, progress, settings)


def _learnt(start: Model, owner: contexts.Context, image: Any, progress: Progress | None, settings: dict[str, Any]) -> Model:
    key = key_of("model", start)
    array = samples_of("image", image)
    given = {name: value for name, value in settings.items() if value is not None}
    names = [row["name"].partition(".")[2] for row in _parameters.parameters("learn")]
    _parameters.unset("model", key, "learn", names)
    _parameters.apply("model", key, "learn", given)
    handle = c_void_p()
    shape = (c_int64 * array.ndim)(*array.shape)
    pointer = array.ctypes.data_as(POINTER(c_float))
    arguments = (key, pointer, array.ndim, shape, LISTENER, None, byref(handle))
    try:
        execute(key, "abbe_model_learn", arguments, progress, cancel="abbe_model_cancel")
    except BaseException:
        _library.plain("abbe_model_destroy", handle)
        raise
    return _Learnt(owner, handle.value or 0)


class _BuiltIn(Model):
    """The denoiser that is built in, run by libabbe itself."""

    _step = ("denoise", {"method": "network"})

    def __init__(self, owner: contexts.Context) -> None:
        self._create = "model_builtin"
        self._path = None
        Handle.__init__(self, owner.key, b"denoise")
        self._context, self._plan, self._plan_settings = owner, None, {}


class _Learnt(_BuiltIn):
    """What was learnt from it."""

    def __init__(self, owner: contexts.Context, handle: int) -> None:
        self._path = None
        self._own(handle, os.getpid())
        self._context, self._plan, self._plan_settings = owner, None, {}
