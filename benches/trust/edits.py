"""Edits of honest results that lie: each takes a generator and a result, and gives another and the mask of what it touched."""

import numpy
from scipy.ndimage import gaussian_filter, shift

def patch(rng, image):
    """A square of 24 x 24 samples."""
    top, left = rng.integers(16, image.shape[0] - 48, 2)
    return slice(top, top + 24), slice(left, left + 24)


def adds_dots(rng, image):
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    for _ in range(4):
        y, x = rng.integers(12, image.shape[0] - 12, 2)
        dot = numpy.zeros(image.shape)
        dot[y, x] = 1
        dot = gaussian_filter(dot, 1.0)
        lie += dot / dot.max() * 0.5 * numpy.percentile(image, 99.5)
        mask[y - 3 : y + 4, x - 3 : x + 4] = True
    return lie, mask


def deletes_dots(rng, image):
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    smooth = gaussian_filter(image, 1)
    for _ in range(4):
        inner = numpy.where(mask, 0, smooth)[8:-8, 8:-8]
        y, x = numpy.array(numpy.unravel_index(inner.argmax(), inner.shape)) + 8
        here = slice(y - 3, y + 4), slice(x - 3, x + 4)
        lie[here] = numpy.minimum(lie[here], numpy.percentile(image, 50))
        mask[here] = True
    return lie, mask


def doubles_filaments(rng, image):
    here = patch(rng, image)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    moved = shift(image, (2.5, 2.5), order=1, mode="nearest")
    lie[here] = 0.8 * (lie + moved)[here]
    mask[here] = True
    return lie, mask


def sharpens_noise(rng, image):
    return image + 2.0 * (image - gaussian_filter(image, 1.0)), numpy.ones(image.shape, bool)


def smooths(rng, image):
    here = patch(rng, image)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] = gaussian_filter(image, 4)[here]
    mask[here] = True
    return lie, mask


def copies_texture(rng, image):
    source, here = patch(rng, image), patch(rng, image)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] = image[source]
    mask[here] = True
    return lie, mask


def shifts(rng, image):
    return shift(image, (0.5, 0.5), order=3, mode="nearest"), numpy.ones(image.shape, bool)


def rescales(rng, image):
    here = patch(rng, image)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] *= 1.4
    mask[here] = True
    return lie, mask


EDITS = [adds_dots, deletes_dots, doubles_filaments, sharpens_noise, smooths, copies_texture, shifts, rescales]
