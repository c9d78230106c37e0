"""What lies under the microscope: sixteen kinds of specimens, each drawn anew for every seed.

A scene is light per voxel in any unit, float32 with axes (z, y, x), on a field that is larger than the image, so that light
comes in from outside. Its marks are dim things whose light has to be kept: centre in voxels of the field, radius along z and
along y and x.
"""

from __future__ import annotations

import dataclasses
from typing import Callable

import numpy
from scipy import ndimage

MARGIN = (20, 32, 32)
"""Voxels along z, y and x by which a stack's field exceeds the image on each side; planes have no z."""

Mark = tuple[tuple[float, float, float], tuple[float, float]]
Drawn = tuple[numpy.ndarray, list[Mark]]


@dataclasses.dataclass(frozen=True)
class Scene:
    """A kind of specimen and how it is imaged."""

    name: str
    draw: Callable[[numpy.random.Generator, tuple[int, int, int]], Drawn]
    told: dict[str, float] = dataclasses.field(default_factory=dict)
    """What of the optics is told wrongly: factors."""
    true: dict[str, float] = dataclasses.field(default_factory=dict)
    """Optics that differ from the microscope's."""
    camera: dict[str, float] = dataclasses.field(default_factory=dict)
    """What differs from the usual camera."""
    haze: float = 0.0
    """Even light that is no specimen's, over the mean of the blurred specimen."""
    transmitted: bool = False
    """The image is bright where the scene is empty."""
    haze_of: float = 0.02


def squeeze(shape: tuple[int, int, int]) -> float:
    """Planes lie farther apart than pixels: what is round is so many voxels high per voxel of width."""
    return 0.4 if shape[0] > 1 else 0.0


def splat(volume: numpy.ndarray, points: numpy.ndarray, weights: numpy.ndarray) -> None:
    """Adds points, shared among the voxels around them."""
    first = numpy.floor(points).astype(int)
    rest = points - first
    for corner in numpy.ndindex(*([2] * volume.ndim)):
        share, inside, index = weights.copy(), numpy.ones(len(points), bool), []
        for axis, up in enumerate(corner):
            at = first[:, axis] + up
            share = share * (rest[:, axis] if up else 1 - rest[:, axis])
            inside &= (at >= 0) & (at < volume.shape[axis])
            index.append(at)
        numpy.add.at(volume, tuple(at[inside] for at in index), share[inside].astype(volume.dtype))


def blob(volume: numpy.ndarray, centre, radius: tuple[float, float], value: float) -> None:
    """Adds a solid ellipsoid with a soft rim."""
    radii = (radius[0], radius[1], radius[1])
    low = [max(0, int(c - r - 2)) for c, r in zip(centre, radii)]
    high = [min(n, int(c + r + 3)) for n, c, r in zip(volume.shape, centre, radii)]
    if any(b <= a for a, b in zip(low, high)):
        return
    axes = numpy.ogrid[tuple(slice(a, b) for a, b in zip(low, high))]
    distance = numpy.sqrt(sum(((at - c) / max(r, 0.5)) ** 2 for at, c, r in zip(axes, centre, radii)))
    volume[tuple(slice(a, b) for a, b in zip(low, high))] += value * numpy.clip((1 - distance) * radius[1] + 0.5, 0, 1)


def lines(rng: numpy.random.Generator, shape, count: int, length: float) -> numpy.ndarray:
    """Filaments that bend at random, a voxel or two wide, of brightness about 1."""
    volume = numpy.zeros(shape, numpy.float32)
    flat = numpy.array([squeeze(shape), 1.0, 1.0])
    for _ in range(count):
        turns = rng.normal(size=(int(length * rng.uniform(0.5, 1.5)), 3)) * 0.03
        turns[0] = rng.normal(size=3)
        ways = numpy.cumsum(turns, axis=0) * flat
        ways /= numpy.linalg.norm(ways, axis=1, keepdims=True)
        path = rng.uniform(0, 1, 3) * (numpy.array(shape) - 1) + numpy.cumsum(0.5 * ways, axis=0)
        splat(volume, path, numpy.full(len(path), rng.uniform(0.5, 1.5)))
    volume = ndimage.gaussian_filter(volume, (0.8 * squeeze(shape), 1.0, 1.0))
    bright = volume[volume > 0.02 * volume.max()]
    return volume / numpy.percentile(bright, 90) if bright.size else volume


def area(shape) -> float:
    """The field in units of 256 x 256 pixels."""
    return shape[1] * shape[2] / 65536 * max(1.0, shape[0] / 40)


def places(rng, shape, count: int) -> numpy.ndarray:
    return rng.uniform(0, 1, (count, 3)) * (numpy.array(shape) - 1)


def filaments(rng, shape) -> Drawn:
    volume = lines(rng, shape, int(40 * area(shape)), 500)
    for centre in places(rng, shape, int(40 * area(shape))):
        radius = rng.uniform(1.5, 5)
        blob(volume, centre, (radius * squeeze(shape), radius), rng.uniform(0.5, 2))
    return volume, []


def dim(rng, shape) -> Drawn:
    """Dim balls and filaments beside large bright ones."""
    volume, marks = 0.08 * lines(rng, shape, int(25 * area(shape)), 400), []
    for centre in places(rng, shape, int(4 * area(shape)) + 2):
        radius = rng.uniform(8, 16)
        blob(volume, centre, (radius * squeeze(shape), radius), 1.0)
    for centre in places(rng, shape, int(40 * area(shape))):
        radii = (3 * squeeze(shape), 3.0)
        blob(volume, centre, radii, 0.1)
        marks.append((tuple(centre), radii))
    return volume, marks


def points(rng, shape) -> Drawn:
    """Sparse beads smaller than the blur, brightnesses apart by a factor of 25."""
    volume = numpy.zeros(shape, numpy.float32)
    at = places(rng, shape, int(60 * area(shape)))
    splat(volume, at, 10 ** rng.uniform(-0.7, 0.7, len(at)))
    return ndimage.gaussian_filter(volume, (squeeze(shape), 1.0, 1.0)), []


def texture(rng, shape) -> Drawn:
    """Grains of all sizes everywhere."""
    volume = numpy.zeros(shape, numpy.float32)
    for size in (1.0, 2.0, 4.0, 8.0):
        grain = ndimage.gaussian_filter(rng.normal(size=shape), (size * squeeze(shape), size, size))
        volume += (grain / grain.std()).astype(numpy.float32)
    return numpy.exp(0.5 * volume), []


def dark(rng, shape) -> Drawn:
    """Solid and hollow balls on ground without any light."""
    volume = numpy.zeros(shape, numpy.float32)
    for centre in places(rng, shape, int(25 * area(shape)) + 1):
        radius, value = rng.uniform(4, 10), rng.uniform(0.3, 1)
        blob(volume, centre, (radius * squeeze(shape), radius), value)
        if rng.uniform() < 0.5:
            blob(volume, centre, (0.6 * radius * squeeze(shape), 0.6 * radius), -value)
    return numpy.maximum(volume, 0), []


def nuclei(rng, shape) -> Drawn:
    """Large nuclei with grains inside, and filaments between them."""
    volume = numpy.zeros(shape, numpy.float32)
    for centre in places(rng, shape, int(14 * area(shape)) + 2):
        radius = rng.uniform(12, 22)
        blob(volume, centre, (radius * squeeze(shape), radius), rng.uniform(0.4, 1))
    return volume * (0.6 + 0.4 * texture(rng, shape)[0]) + 0.6 * lines(rng, shape, int(20 * area(shape)), 300), []


def border(rng, shape) -> Drawn:
    """Bright things at and beyond the border, dim balls inside it."""
    volume, marks = numpy.zeros(shape, numpy.float32), []
    margin = MARGIN if shape[0] > 1 else (0, *MARGIN[1:])
    for side in range(4):
        across = rng.uniform(0.3, 0.7) * shape[1 + side % 2]
        edge = (margin[2 - side % 2] + rng.uniform(-4, 4)) if side < 2 else shape[2 - side % 2] - 1 - margin[2 - side % 2]
        centre = (shape[0] / 2, across, edge) if side % 2 == 0 else (shape[0] / 2, edge, across)
        blob(volume, centre, (10 * squeeze(shape), 10.0), 1.0)
    inner = [full - 2 * at for full, at in zip(shape, margin)]
    for centre in rng.uniform(0, 1, (14, 3)):
        at = [m + c * n for m, c, n in zip(margin, centre, inner)]
        axis = 1 + int(rng.integers(2))
        at[axis] = margin[axis] + rng.uniform(4, 10) if rng.uniform() < 0.5 else shape[axis] - margin[axis] - rng.uniform(5, 11)
        radii = (3 * squeeze(shape), 3.0)
        blob(volume, at, radii, 0.15)
        marks.append((tuple(at), radii))
    return volume, marks


def flat(rng, shape) -> Drawn:
    """Hardly anything but an even level."""
    volume = numpy.ones(shape, numpy.float32)
    ramp = numpy.linspace(0.8, 1.2, shape[2], dtype=numpy.float32)
    return volume * ramp, []


def absorbers(rng, shape) -> Drawn:
    """Dark bars and discs; 1 where nothing is in the way."""
    volume = numpy.zeros(shape, numpy.float32)
    for centre in places(rng, shape, int(25 * area(shape)) + 2):
        radius = rng.uniform(4, 10)
        blob(volume, centre, (radius * squeeze(shape), radius), rng.uniform(0.3, 0.7))
    volume += 0.5 * numpy.minimum(lines(rng, shape, int(20 * area(shape)), 300), 1)
    return 1 - numpy.minimum(volume, 0.8), []


SCENES = (
    Scene("filaments", filaments),
    Scene("dim", dim),
    Scene("points", points),
    Scene("texture", texture),
    Scene("dark_ground", dark, camera={"gain": 1.0, "offset": 0.0, "read_noise": 0.0}, haze_of=0.0),
    Scene("haze", filaments, haze=3.0),
    Scene("nuclei", nuclei),
    Scene("border", border),
    Scene("flat", flat),
    Scene("transmitted", absorbers, transmitted=True, haze_of=0.0),
    Scene("hot_pixels", filaments, camera={"hot": 3e-4}),
    Scene("saturated", nuclei, camera={"saturation": 0.5}),
    Scene("wrong_na", filaments, told={"numerical_aperture": 0.9}),
    Scene("wrong_index", filaments, told={"sample_index": 1.1}, true={"sample_index": 1.38, "depth_nm": 5000.0}),
    Scene("wrong_depth", filaments, told={"depth_nm": 0.9}, true={"sample_index": 1.38, "depth_nm": 8000.0}),
    Scene("low_light_points", points, haze_of=0.2),
)
