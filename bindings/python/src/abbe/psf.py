"""Point spread functions: optical models, Gaussians, motion, and measured ones.

Each function makes one kind in one line; what it does not name are the parameters ``psf.*`` of
:func:`abbe.parameters`. Lengths are in nm in the sample, axes are z, y, x.
"""

from __future__ import annotations

import json
from ctypes import POINTER, c_float, c_int64
from typing import Any, Sequence

import numpy

from . import _abi, _library, _parameters, context as contexts
from ._handles import Handle
from ._running import LISTENER, Progress, execute
from .errors import ArgumentError, ArrayError, StateError, error_of


class Psf(Handle):
    """A point spread function; a recipe until something asks for its samples.

    It can be pickled, and works in other processes, forks too, where it belongs to their common context.

    Args:
        kind: ``"gaussian"``, ``"widefield"``, ... as the functions of :mod:`abbe.psf`.
        samples: Samples of a measured one or a motion kernel, in any unit, axes (z, y, x) or (y, x).
        context: ``None`` takes the common context.
        **settings: The parameters ``psf.*`` of :func:`abbe.parameters`.
    """

    _kind = "psf"

    kind: str
    """The kind of point spread function."""
    origin: dict[str, dict[str, Any]]
    """What :func:`abbe.psf.from_metadata` took, and ``"from"`` where."""

    def __init__(
        self, kind: str, *, samples: Any = None, context: contexts.Context | None = None, **settings: Any
    ) -> None:
        number = _abi.abbe_psf_code.get(f"ABBE_PSF_{kind.upper()}")
        if number is None:
            known = ", ".join(name[len("ABBE_PSF_") :].lower() for name in _abi.abbe_psf_code)
            raise ArgumentError(f"kind is {kind!r}; it must be one of {known}")
        super().__init__((context or contexts.common()).key, number)
        self.kind = kind
        self.origin = {}
        self._settings: dict[str, Any] = {}
        self._samples: numpy.ndarray | None = None
        if samples is not None:
            self._set_samples(samples)
        self.set(**settings)

    def set(self, **settings: Any) -> Psf:
        """Sets parameters ``psf.*``; plans take them up when they are committed next. ``None`` leaves one as it is."""
        given = {name: value for name, value in settings.items() if value is not None}
        _parameters.apply("psf", self.key, "psf", given)
        self._settings.update(given)
        return self

    def unset(self, *names: str) -> Psf:
        """Forgets parameters ``psf.*``: each has its default again, or is worked out where it has none."""
        _parameters.unset("psf", self.key, "psf", names)
        for name in names:
            self._settings.pop(name, None)
        return self

    def get(self, name: str) -> Any:
        """A parameter ``psf.*`` as set, found by a fit, or by default, or a fact of the last fit, e.g. ``fit_defocus_nm``.

        Choices are their names; texts cannot be read back.

        Raises:
            StateError: It is not set and has no default, or nothing was fitted.
        """
        return _parameters.value("psf", self.key, _parameters.row_of("psf", name))

    @property
    def settings(self) -> dict[str, Any]:
        """The parameters ``psf.*`` that were set or found, by name."""
        return dict(self._settings)

    def extent(self, ndim: int | None = None) -> tuple[int, ...]:
        """The odd extents, in samples, that hold ``psf.energy`` of the light: (z, y, x), or (y, x) in focus.

        Args:
            ndim: 2 or 3. ``None``: 2 for samples of one plane, and for models whose ``step_nm`` was not given.
        """
        ndim = self._ndim if ndim is None else ndim
        extents = (c_int64 * 3)()
        self._call("abbe_psf_extent", ndim, extents)
        return tuple(extents[:ndim])

    def sample(self, shape: Sequence[int] | None = None, *, ndim: int | None = None) -> numpy.ndarray:
        """Computes the kernel.

        Args:
            shape: Extents (z, y, x), or (y, x) for the plane in focus. ``None``: :meth:`extent` of ``ndim``.
            ndim: As for :meth:`extent`; used where ``shape`` is not given.

        Returns:
            float32, sum 1, centre at index ``extent // 2`` of every axis.
        """
        shape = self.extent(ndim) if shape is None else tuple(int(extent) for extent in shape)
        if len(shape) not in (2, 3) or min(shape) < 1:
            raise ArgumentError(f"shape is {shape}; it must be (z, y, x) or (y, x), each 1 or more")
        try:
            samples = numpy.empty(shape, numpy.float32)
        except (MemoryError, ValueError):
            raise error_of(-5, f"shape is {shape}; that is more than memory can hold") from None
        pointer = samples.ctypes.data_as(POINTER(c_float))
        self._call("abbe_psf_sample", pointer, len(shape), (c_int64 * len(shape))(*shape))
        return samples

    def report(self) -> dict[str, Any]:
        """What :meth:`sample`, made now if it was not yet, found: light outside the extent, sampling against Nyquist, faults of a measured one."""
        try:
            text = _library.text("abbe_psf_report", self.key)
        except StateError:
            self.sample()
            text = _library.text("abbe_psf_report", self.key)
        found: dict[str, Any] = json.loads(text)
        return found

    def fit(self, measured: Psf) -> dict[str, Any]:
        """Fits this model to the samples of ``measured``; its parameters become what was found.

        ``psf.fit`` names the parameters to be found, e.g. ``"numerical_aperture spherical_nm"``.

        Returns:
            ``parameters``, ``defocus_nm`` and ``shift_px`` (y, x) as ``{"value": ..., "error": ...}``, ``chi_square``,
            ``counts``, ``background``, ``residual`` over the peak, and ``findings``.
        """
        self._call("abbe_psf_fit", measured.key)
        found: dict[str, Any] = self.report()["fit"]
        self._settings.update({name: estimate["value"] for name, estimate in found["parameters"].items()})
        return found

    def estimate(self, image: Any, *, progress: Progress | None = None) -> dict[str, Any]:
        """Finds parameters of this model from an image of an unknown specimen; they become what was found.

        ``psf.fit`` names them: of a stack (z, y, x) ``numerical_aperture``, ``spherical_nm``, ``sample_index``,
        ``depth_nm``; of a plane (y, x) ``defocus_nm``. Takes up to a minute.

        Args:
            image: Raw counts: linear, not denoised, not filtered.
            progress: As for :func:`abbe.deconvolve`: a function of the share that is done, or a bar like ``tqdm``.

        Returns:
            ``parameters`` as ``{"value": ..., "error": ...}``, the part of the image used, and ``findings``.
        """
        array = numpy.ascontiguousarray(image, numpy.float32)
        pointer = array.ctypes.data_as(POINTER(c_float))
        shape = (c_int64 * array.ndim)(*array.shape)
        arguments = (self.key, pointer, array.ndim, shape, LISTENER, None)
        execute(self.key, "abbe_psf_estimate", arguments, progress, cancel="abbe_psf_cancel")
        found: dict[str, Any] = self.report()["estimate"]
        told = {name: estimate["value"] for name, estimate in found["parameters"].items() if estimate["error"] is not None}
        self._settings.update(told)
        return found

    def cancel(self) -> None:
        """Asks :meth:`estimate`, :meth:`fit`, :meth:`sample` or :meth:`extent`, on another thread, to stop; returns at once."""
        _library.plain("abbe_psf_cancel", self.key)

    def _call(self, function: str, *arguments: Any) -> None:
        """A call that may take long, which Ctrl-C and :meth:`cancel` stop."""
        execute(self.key, function, (self.key, *arguments), None, cancel="abbe_psf_cancel")

    def _revive(self) -> None:
        self._adopt(Psf(self.kind, samples=self._samples, **self._settings))

    @property
    def _ndim(self) -> int:
        if self._samples is not None:
            return self._samples.ndim
        return 3 if "step_nm" in self._settings else 2

    def __reduce__(self) -> Any:
        return _remake, (self.kind, self._samples, self._settings, self.origin)

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._settings.items())
        return f"abbe.Psf({self.kind!r}{settings})" + (" (closed)" if self.closed else "")

    def _keep_samples(self, **settings: Any) -> Psf:
        """Keeps the samples that libabbe holds, with what it set beside them, for pickles and copies."""
        self._samples = self.sample()
        self._settings.update(settings)
        return self

    def _set_samples(self, samples: Any) -> None:
        array = numpy.asarray(samples)
        if array.dtype.kind not in "fui" or array.ndim not in (2, 3):
            raise ArrayError(
                f"samples are {array.dtype.name} with {array.ndim} axes; they must be numbers with axes (z, y, x) or (y, x)"
            )
        array = numpy.array(array, numpy.float32, order="C")
        pointer = array.ctypes.data_as(POINTER(c_float))
        _library.call("abbe_psf_set_samples", self.key, pointer, array.ndim, (c_int64 * array.ndim)(*array.shape))
        self._samples = array


def _of(kind: str, arguments: dict[str, Any]) -> Psf:
    """One of that kind with what a function of its name was given."""
    return Psf(kind, **arguments.pop("settings"), **arguments)


def widefield(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Widefield fluorescence, scalar, with the aberrations of a mismatched sample.

    Args:
        numerical_aperture: Of the objective, below the immersion index.
        wavelength_nm: Emission in vacuum.
        pixel_nm: Distance of neighbouring pixels in the sample.
        step_nm: Distance of neighbouring planes; needed for stacks.
        **settings: e.g. ``immersion_index=1.33``, ``sample_index=1.38``, ``depth_nm=5000``.
    """
    return _of("widefield", locals())


def confocal(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    excitation_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Laser scanning confocal: excitation times emission, the latter blurred by the pinhole.

    Args:
        numerical_aperture: Of the objective, below the immersion index.
        wavelength_nm: Emission in vacuum.
        excitation_nm: Excitation in vacuum.
        pixel_nm: Distance of neighbouring pixels in the sample.
        step_nm: Distance of neighbouring planes; needed for stacks.
        **settings: e.g. ``pinhole_airy=1.0``, ``immersion_index=1.33``.
    """
    return _of("confocal", locals())


def spinning_disk(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    excitation_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Confocal with an array of pinholes. Arguments as :func:`confocal`, and e.g. ``pinhole_spacing=5``."""
    return _of("spinning_disk", locals())


def two_photon(
    *,
    numerical_aperture: float,
    excitation_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Two-photon excitation.

    Args:
        numerical_aperture: Of the objective, below the immersion index.
        excitation_nm: Excitation in vacuum.
        pixel_nm: Distance of neighbouring pixels in the sample.
        step_nm: Distance of neighbouring planes; needed for stacks.
        **settings: e.g. ``immersion_index=1.33``.
    """
    return _of("two_photon", locals())


def light_sheet(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    sheet_thickness_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Widefield emission times a Gaussian sheet of light.

    Args:
        numerical_aperture: Of the detecting objective, below the immersion index.
        wavelength_nm: Emission in vacuum.
        sheet_thickness_nm: Full width at half maximum of the sheet.
        pixel_nm: Distance of neighbouring pixels in the sample.
        step_nm: Distance of neighbouring planes; needed for stacks.
        **settings: e.g. ``immersion_index=1.33``.
    """
    return _of("light_sheet", locals())


def vectorial(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Widefield, vectorial, for high apertures. Arguments as :func:`widefield`."""
    return _of("vectorial", locals())


def born_wolf(
    *,
    numerical_aperture: float,
    wavelength_nm: float,
    pixel_nm: float,
    step_nm: float | None = None,
    **settings: Any,
) -> Psf:
    """Widefield, scalar and paraxial, without aberrations. Arguments as :func:`widefield`."""
    return _of("born_wolf", locals())


def gaussian(
    *, pixel_nm: float, sigma_nm: float | None = None, step_nm: float | None = None, **settings: Any
) -> Psf:
    """A Gaussian.

    Args:
        pixel_nm: Distance of neighbouring pixels in the sample.
        sigma_nm: Lateral standard deviation; ``None`` takes it from the optics among the settings.
        step_nm: Distance of neighbouring planes; needed for stacks.
        **settings: e.g. ``sigma_axial_nm=300``.
    """
    return _of("gaussian", locals())


def measured(samples: Any, **settings: Any) -> Psf:
    """A measured one.

    Args:
        samples: Numbers in any unit with axes (z, y, x) or (y, x), sampled as the image is unless the settings say
            otherwise. Copied.
        **settings: e.g. ``background=100``.
    """
    return Psf("measured", samples=samples, **settings)


def motion(samples: Any = None, **settings: Any) -> Psf:
    """Motion in the plane: a measured path as ``samples`` (y, x), or a straight line as settings."""
    return Psf("motion", samples=samples, **settings)


def from_metadata(
    metadata: Any,
    *,
    kind: str | None = None,
    image: int = 0,
    context: contexts.Context | None = None,
    **settings: Any,
) -> list[Psf]:
    """Point spread functions of the channels of an image, from what its file says of the optics.

    Objective, immersion, wavelengths, pixel size and distance of planes are taken, in nm whatever their units were; a
    modality tells the kind. :attr:`Psf.origin` says what was taken from where.

    Args:
        metadata: OME-XML or the XML of a CZI as text; a file of ``pylibCZIrw`` or ``czifile``, an image of ``readlif``; a ``tifffile.TiffFile`` (OME or ImageJ); an object with ``ome_metadata`` (``bioio``,
            ``nd2``) or ``to_xml`` (``ome_types``); the dictionary ``imagej_metadata`` of ``tifffile``; or a plain one with
            names such as ``numerical_aperture``, ``immersion``, ``pixel_um``, ``step_um``, ``modality`` and ``channels``, a list
            of dictionaries with ``emission_nm`` and ``excitation_nm``; other names are refused.
        kind: ``"widefield"``, ``"confocal"``, ...; ``None``: as the metadata says.
        image: Which one of OME-XML with several.
        context: ``None`` takes the common context.
        **settings: The parameters ``psf.*``, which count more than the metadata; a list has one value for each channel.

    Returns:
        One for each channel, in their order; :func:`abbe.deconvolve` takes them as they are.

    Raises:
        ArgumentError: What is missing or contradictory is named.

    Example:
        >>> with tifffile.TiffFile("cells.ome.tif") as file:
        ...     restored = abbe.deconvolve(file.asarray(), abbe.psf.from_metadata(file), axes=file.series[0].axes)
    """
    from ._metadata import optics

    made = []
    for taken, facts in optics.channels(metadata, image, kind, settings):
        try:
            psf = Psf(taken, context=context, **{name: fact.value for name, fact in facts.items()})
        except ArgumentError as failure:
            raise optics.named(failure, facts) from None
        psf.origin = optics.origins(facts)
        made.append(psf)
    return made


def _remake(
    kind: str, samples: numpy.ndarray | None, settings: dict[str, Any], origin: dict[str, dict[str, Any]]
) -> Psf:
    psf = Psf(kind, samples=samples, **settings)
    psf.origin = origin
    return psf
