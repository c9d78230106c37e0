"""Microscopes and their camera: from a specimen to the image that users have."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import abbe
import numpy
from scipy import fft

from scenes import MARGIN, SCENES, Mark, Scene

SHAPES = {"2d": (1, 160, 160), "thin": (4, 128, 128), "thick": (24, 80, 80)}
LIGHTS = (10, 100, 1000)
"""Photons at the 99.9th percentile of the blurred specimen."""
DIMMER = 5.0
"""How much brighter the first frames are than the last."""


@dataclasses.dataclass(frozen=True)
class Microscope:
    """A kind of point spread function with its optics, and the most depth mismatch that it can show."""

    kind: str
    optics: dict[str, float]

    def psf(self, changed: dict[str, float]) -> abbe.Psf:
        return abbe.Psf(self.kind, **{**self.optics, **changed})


MICROSCOPES = {
    "widefield": Microscope(
        "widefield", dict(numerical_aperture=1.4, wavelength_nm=525.0, pixel_nm=65.0, step_nm=160.0, immersion_index=1.515)
    ),
    "confocal": Microscope(
        "confocal",
        dict(numerical_aperture=1.2, wavelength_nm=525.0, excitation_nm=488.0, pixel_nm=70.0, step_nm=180.0, immersion_index=1.33),
    ),
    "light_sheet": Microscope(
        "light_sheet",
        dict(numerical_aperture=1.0, wavelength_nm=600.0, sheet_thickness_nm=1500.0, pixel_nm=110.0, step_nm=300.0, immersion_index=1.33),
    ),
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A scene under a microscope, at a level of light."""

    scene: Scene
    microscope: str
    shape: str
    photons: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.scene.name}-{self.microscope}-{self.shape}-{self.photons}-{self.seed}"


@dataclasses.dataclass
class Taken:
    """What the camera gave of a case, and the truth."""

    frames: numpy.ndarray
    """Three images (c, [z,] y, x): two of the same light, and one of a fifth of it."""
    truth: numpy.ndarray
    """([z,] y, x), in the image's units above the background."""
    background: float
    """Level of the image without specimen."""
    offset: float
    gain: float
    read_noise: float
    psf: abbe.Psf
    """As the user states it."""
    marks: list[Mark]
    """In voxels of the image."""
    valid: numpy.ndarray
    """Where the camera measured: not hot, not saturated."""


def cases(half: str, names=None, shapes=None, lights=None, seeds: int = 1) -> list[Case]:
    """The cases of a half, ``"a"`` or ``"b"``: other seeds, and another microscope for each scene."""
    found = []
    for at, scene in enumerate(SCENES):
        if names and scene.name not in names:
            continue
        for turn, shape in enumerate(SHAPES):
            if shapes and shape not in shapes:
                continue
            kinds = list(MICROSCOPES)
            kind = "widefield" if scene.true else kinds[(at + turn + (half == "b")) % len(kinds)]
            for photons in LIGHTS:
                if not lights or photons in lights:
                    found += [Case(scene, kind, shape, photons, 2 * seed + (half == "b")) for seed in range(seeds)]
    return found


def take(case: Case) -> Taken:
    """Images the case; the same case gives the same samples."""
    scene, microscope, shape = case.scene, MICROSCOPES[case.microscope], SHAPES[case.shape]
    key = zlib.crc32(f"{scene.name}-{case.microscope}-{case.shape}-{case.seed}".encode())
    rng = numpy.random.default_rng(key)
    plane = shape[0] == 1
    margin = (0, *MARGIN[1:]) if plane else MARGIN
    field = tuple(extent + 2 * at for extent, at in zip(shape, margin))
    specimen, marks = scene.draw(rng, field)
    width = 2 * MARGIN[1] + 1
    true = microscope.psf(scene.true)
    kernel = true.sample((width, width))[None] if plane else true.sample((2 * MARGIN[0] + 1, width, width))
    blurred = convolved(specimen, kernel, shape)
    specimen = specimen[tuple(slice(at, at + extent) for at, extent in zip(margin, shape))]
    unit = numpy.percentile(blurred, 99.9)
    haze = scene.haze * blurred.mean() / unit + scene.haze_of
    camera: dict[str, Any] = {"gain": 2.0, "offset": 100.0, "read_noise": 3.0, **scene.camera}
    frames, valid = [], numpy.ones(shape, bool)
    hot = rng.uniform(size=shape) < camera.get("hot", 0.0)
    brightest = min(65535.0, camera["offset"] + camera["gain"] * case.photons * camera.get("saturation", numpy.inf))
    for photons in (case.photons, case.photons, case.photons / DIMMER):
        expected = (blurred / unit + haze) * photons
        electrons = rng.poisson(expected) + rng.normal(0, camera["read_noise"] / camera["gain"], shape)
        values = numpy.rint(camera["offset"] + camera["gain"] * electrons)
        values[hot] = 60000
        frames.append(numpy.clip(values, 0, 65535 if hot.any() else brightest).astype(numpy.uint16))
        if numpy.isfinite(camera.get("saturation", numpy.inf)) and photons == case.photons:
            valid &= values < brightest
    valid &= ~hot
    told = {name: {**microscope.optics, **scene.true}[name] * factor for name, factor in scene.told.items()}
    drop = (lambda array: array[..., 0, :, :]) if plane else (lambda array: array)
    return Taken(
        frames=drop(numpy.stack(frames)),
        truth=drop((specimen / unit * case.photons * camera["gain"]).astype(numpy.float32)),
        background=camera["offset"] + camera["gain"] * haze * case.photons,
        offset=camera["offset"],
        gain=camera["gain"],
        read_noise=camera["read_noise"],
        psf=microscope.psf({**scene.true, **told}),
        marks=[(tuple(c - m for c, m in zip(centre, margin)), radii) for centre, radii in marks],
        valid=drop(valid),
    )


def convolved(specimen: numpy.ndarray, kernel: numpy.ndarray, shape) -> numpy.ndarray:
    """What of the blurred specimen the image shows; nothing wraps around."""
    sizes = [fft.next_fast_len(a + b - 1, True) for a, b in zip(specimen.shape, kernel.shape)]
    product = fft.rfftn(specimen.astype(numpy.float64), sizes) * fft.rfftn(kernel.astype(numpy.float64), sizes)
    full = fft.irfftn(product, sizes)
    first = [(a - n) // 2 + k // 2 for a, n, k in zip(specimen.shape, shape, kernel.shape)]
    return numpy.maximum(full[tuple(slice(at, at + n) for at, n in zip(first, shape))], 0)
