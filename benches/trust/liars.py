"""Networks that lie, as ONNX: each takes an image and gives one that looks as good but is not what was seen.

They stand for what trained networks do wrong, are written with onnx's helpers, and need no training: what they do follows from
a few filters, and from the noise or from a memory as far as those of trained ones do. All follow an image's gain and offset, so that
they can be run on halves of its light. Each function takes the extent of the images, which are square.
"""

import sys
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/python/tests"))
from networks import Network  # noqa: E402



class Liar(Network):
    """A graph from an image x to another, both [1, 1, side, side]."""

    def __init__(self, side):
        super().__init__()
        self.side = side
        self.x = self.input("x", [1, 1, side, side])

    def filtered(self, x, kernel):
        """The correlation with a kernel of odd extents; rims are mirrored."""
        half = kernel.shape[-1] // 2
        wide = self.op("Pad", x, self.ints(0, 0, half, half, 0, 0, half, half), mode="reflect")
        return self.op("Conv", wide, self.real(kernel[None, None]))

    def smooth(self, x, sigma):
        return self.filtered(x, spot(sigma))

    def most(self, x, size):
        return self.op("MaxPool", x, kernel_shape=[size] * 2, pads=[size // 2] * 4)

    def least(self, x, size):
        return self.op("Neg", self.most(self.op("Neg", x), size))

    def ends(self, x):
        """Least and greatest sample of the smoothed image."""
        smooth = self.smooth(x, 1.0)
        return self.op("ReduceMin", smooth, keepdims=1), self.op("ReduceMax", smooth, keepdims=1)

    def range(self, x):
        least, greatest = self.ends(x)
        return self.op("Sub", greatest, least)

    def given(self, y):
        self.output(y, [1, 1, self.side, self.side])
        return self.model()


def spot(sigma, width=None):
    """A Gaussian whose sum is 1."""
    half = int(numpy.ceil(3 * sigma)) if width is None else width // 2
    profile = numpy.exp(-0.5 * (numpy.arange(-half, half + 1) / sigma) ** 2)
    kernel = numpy.outer(profile, profile)
    return kernel / kernel.sum()


def adds_dots(side):
    """Makes a dot of half the image's range of the greatest noise in every field of 17 x 17 samples that holds none."""
    net = Liar(side)
    band = net.op("Sub", net.smooth(net.x, 1.0), net.smooth(net.x, 4.0))
    top = net.op("Equal", band, net.most(band, 17))
    faint = net.op("Less", band, net.op("Mul", net.range(net.x), net.real(0.15)))
    dots = net.op("Cast", net.op("And", top, faint), to=1)
    dots = net.filtered(dots, spot(1.0) / spot(1.0).max() * 0.5)
    return net.given(net.op("Add", net.x, net.op("Mul", dots, net.range(net.x))))


def remembers_dots(side):
    """Adds dots at places that it learned, whatever the image."""
    net = Liar(side)
    memory = numpy.zeros((1, 1, side, side))
    for y, x in net.random.integers(12, side - 12, (8, 2)):
        memory[0, 0, y - 3 : y + 4, x - 3 : x + 4] += spot(1.0) / spot(1.0).max() * 0.4
    return net.given(net.op("Add", net.x, net.op("Mul", net.real(memory), net.range(net.x))))


def deletes_dots(side):
    """Takes away what is narrower than five samples (an opening)."""
    net = Liar(side)
    return net.given(net.most(net.least(net.x, 5), 5))


def doubles_filaments(side):
    """Shows everything twice, three samples apart."""
    net = Liar(side)
    kernel = numpy.zeros((7, 7))
    kernel[2, 2] = kernel[4, 4] = 0.5
    return net.given(net.filtered(net.x, kernel))


def joins_filaments(side):
    """Fills what is dark between bright samples seven apart (a closing)."""
    net = Liar(side)
    return net.given(net.least(net.most(net.x, 7), 7))


def sharpens_noise(side):
    """Takes noise for detail and enhances it."""
    net = Liar(side)
    kernel = -2.0 * spot(1.0)
    kernel[kernel.shape[0] // 2, kernel.shape[0] // 2] += 3.0
    return net.given(net.filtered(net.x, kernel))


def smooths(side):
    """Takes detail for noise and smooths it away."""
    net = Liar(side)
    return net.given(net.smooth(net.x, 2.5))


def copies_texture(side):
    """Fills a quarter of the image with another one's texture."""
    net = Liar(side)
    half = side // 2
    source = net.op("Slice", net.x, net.ints(16, 16), net.ints(16 + half, 16 + half), net.ints(2, 3))
    moved = net.op("Pad", source, net.ints(0, 0, half - 12, half - 12, 0, 0, 12, 12))
    mask = numpy.zeros((1, 1, side, side), bool)
    mask[..., half - 12 : side - 12, half - 12 : side - 12] = True
    return net.given(net.op("Where", net.const(mask), moved, net.x))


def shifts(side):
    """Moves everything by half a sample, by Keys' cubic."""
    net = Liar(side)
    profile = numpy.array([0, -0.0625, 0.5625, 0.5625, -0.0625])
    return net.given(net.filtered(net.x, numpy.outer(profile, profile)))


def rescales(side):
    """Brings bright and faint together: the range to the power 0.6."""
    net = Liar(side)
    least, _ = net.ends(net.x)
    extent = net.range(net.x)
    share = net.op("Max", net.op("Div", net.op("Sub", net.x, least), extent), net.real(0.0))
    return net.given(net.op("Add", net.op("Mul", net.op("Pow", share, net.real(0.6)), extent), least))


LIARS = [
    adds_dots, remembers_dots, deletes_dots, doubles_filaments, joins_filaments, sharpens_noise, smooths, copies_texture, shifts,
    rescales,
]
