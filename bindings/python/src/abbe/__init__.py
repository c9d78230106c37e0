"""abbe makes microscope images better: deconvolution, denoising and super-resolution by libabbe.

In one line each::

    psf = abbe.psf.widefield(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65, step_nm=200)
    restored = abbe.deconvolve(stack, psf, iterations=30)
    sharper = abbe.Model("package.zip")(image)

and with what is below them: :class:`Context`, :class:`Psf`, :class:`Model` and :class:`Plan`, context managers
around the handles of libabbe. :mod:`abbe.dask` does the same on images larger than memory.

Images are NumPy arrays of uint8, uint16, float16 or float32 with axes in the order t, c, z, y, x; any strides are
taken as they are, without a copy. Python's other threads go on while libabbe works.
"""

from . import psf, tiff
from ._blocks import Block
from ._library import plain as _plain
from ._parameters import parameters
from ._running import Answer
from ._show import show
from .context import Context
from .errors import (
    AbbeWarning,
    ArgumentError,
    ArrayError,
    CancelledError,
    DeviceError,
    Error,
    FileError,
    HandleError,
    InternalError,
    LibraryError,
    ModelError,
    OutOfMemoryError,
    StateError,
    UnsupportedError,
)
from .learning import learn
from .metrics import measure
from .model import Model
from .operations import deconvolve, denoise
from .plan import Plan
from .psf import Psf
from .sensor import SensorMaps, measure_sensor
from .stream import Stream
from .trust import Assess, Trust, assess

__version__ = _plain("abbe_version_text").decode()
CONTINUE = Answer.CONTINUE
CANCEL = Answer.CANCEL

__all__ = [
    "AbbeWarning",
    "CANCEL",
    "CONTINUE",
    "Answer",
    "Assess",
    "Block",
    "ArgumentError",
    "ArrayError",
    "CancelledError",
    "Context",
    "DeviceError",
    "Error",
    "FileError",
    "HandleError",
    "InternalError",
    "LibraryError",
    "Model",
    "ModelError",
    "OutOfMemoryError",
    "Plan",
    "Psf",
    "SensorMaps",
    "StateError",
    "Stream",
    "Trust",
    "UnsupportedError",
    "assess",
    "deconvolve",
    "denoise",
    "learn",
    "measure",
    "measure_sensor",
    "parameters",
    "psf",
    "show",
    "tiff",
]
