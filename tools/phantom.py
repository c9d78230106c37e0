"""Makes a small blurred and noisy stack, its truth and its kernel: phantom.py FOLDER.

The truth holds beads and a helix. The kernel is a Gaussian, wider along z as in a microscope; the data are the blurred
truth with a background and Poisson noise.
"""

import math
import pathlib
import random
import struct
import sys

SHAPE = (24, 64, 64)
SIGMA = (2.5, 1.5, 1.5)
PHOTONS = 120.0


def taps(sigma, radius):
    weights = [math.exp(-0.5 * (at / sigma) ** 2) for at in range(-radius, radius + 1)]
    return [weight / sum(weights) for weight in weights]


def blur(volume, sigma, shape, strides):
    for axis in range(3):
        weights = taps(sigma[axis], 7)
        blurred = [0.0] * len(volume)
        for at in range(len(volume)):
            place = at // strides[axis] % shape[axis]
            for offset, weight in enumerate(weights, -7):
                if 0 <= place + offset < shape[axis]:
                    blurred[at] += weight * volume[at + offset * strides[axis]]
        volume = blurred
    return volume


def write_tiff(path, shape, samples):
    """Uncompressed 32 bit floating-point pages, little endian."""
    planes, rows, columns = shape
    size = rows * columns * 4
    with open(path, "wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8))
        place = 8
        for plane in range(planes):
            tags = [(256, 4, columns), (257, 4, rows), (258, 3, 32), (259, 3, 1), (262, 3, 1), (277, 3, 1), (278, 4, rows)]
            entries = 2 + 12 * (len(tags) + 3) + 4
            tags = sorted(tags + [(273, 4, place + entries), (279, 4, size), (339, 3, 3)])
            following = place + entries + size if plane + 1 < planes else 0
            file.write(struct.pack("<H", len(tags)))
            for tag, kind, value in tags:
                file.write(struct.pack("<HHII", tag, kind, 1, value))
            file.write(struct.pack("<I", following))
            file.write(struct.pack(f"<{rows * columns}f", *samples[plane * rows * columns : (plane + 1) * rows * columns]))
            place += entries + size


def poisson(mean):
    if mean > 50:
        return max(0.0, round(random.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return float(count)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random.seed(1)
    planes, rows, columns = SHAPE
    strides = (rows * columns, columns, 1)
    truth = [0.0] * (planes * rows * columns)
    for turn in range(900):
        angle = turn / 900 * 6 * math.pi
        place = (4 + turn / 900 * (planes - 8), rows / 2 + 18 * math.sin(angle), columns / 2 + 18 * math.cos(angle))
        truth[sum(round(at) * stride for at, stride in zip(place, strides))] += PHOTONS
    for _ in range(25):
        place = [random.randrange(3, extent - 3) for extent in SHAPE]
        truth[sum(at * stride for at, stride in zip(place, strides))] += PHOTONS * 40
    truth = blur(truth, (0.9, 0.9, 0.9), SHAPE, strides)
    data = [poisson(value + 2.0) for value in blur(truth, SIGMA, SHAPE, strides)]
    kernel_shape = (15, 15, 15)
    kernel = [z * y * x for z in taps(SIGMA[0], 7) for y in taps(SIGMA[1], 7) for x in taps(SIGMA[2], 7)]
    write_tiff(folder / "actual.tif", SHAPE, truth)
    write_tiff(folder / "data.tif", SHAPE, data)
    write_tiff(folder / "kernel.tif", kernel_shape, kernel)


main()
