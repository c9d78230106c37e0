"""The denoising network: a small U-Net that gives intensities back in the units it was given, whatever they are.

`f(a * image + b) = a * f(image) + b` holds for every gain a > 0 and offset b, by construction (the goal of Mohan et al., "Robust and
interpretable blind image denoising via bias-free convolutional neural networks", ICLR 2020, and Herbreteau et al., "Normalization-equivariant
neural networks", NeurIPS 2023): no layer has a bias, and the network sees the image minus its local mean, which is added again at the end. So there
is nothing to normalise, the noise level is read from the neighbourhood of each pixel, and no tile knows more than another.
"""

import torch
import torch.nn.functional as F
from torch import nn

STRIDE = 4
"""Tiles are exact when their origin is a multiple of this and so are their sizes."""

MEAN_WINDOW = 17
WIDTHS = (16, 32, 64)


class Denoiser(nn.Module):
    """[n, 1, y, x] -> the same shape; y and x are multiples of `STRIDE`."""

    def __init__(self):
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.enter = nn.Sequential(conv(1, fine), nn.ReLU(), conv(fine, fine), nn.ReLU())
        self.down1 = nn.Conv2d(fine, middle, 2, stride=2, bias=False)
        self.encode = Residual(middle)
        self.down2 = nn.Conv2d(middle, coarse, 2, stride=2, bias=False)
        self.bottom = nn.Sequential(Residual(coarse), Residual(coarse, dilation=2))
        self.up2 = nn.ConvTranspose2d(coarse, middle, 2, stride=2, bias=False)
        self.decode = Residual(middle)
        self.up1 = nn.ConvTranspose2d(middle, fine, 2, stride=2, bias=False)
        self.leave = nn.Sequential(conv(fine, fine), nn.ReLU(), conv(fine, 1))

    def forward(self, image):
        mean = local_mean(image)
        fine = self.enter(image - mean)
        middle = self.encode(self.down1(fine))
        coarse = self.bottom(self.down2(middle))
        middle = self.decode(middle + self.up2(coarse))
        return mean + self.leave(fine + self.up1(middle))


class Residual(nn.Module):
    def __init__(self, channels, dilation=1):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels, dilation), nn.ReLU(), conv(channels, channels, dilation))

    def forward(self, x):
        return x + self.body(x)


def conv(inputs, outputs, dilation=1):
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)


def local_mean(image):
    """A tent of 33 x 33 pixels as two box means, each over the pixels that exist: without the steps that a single box leaves around a bright spot."""
    half = MEAN_WINDOW // 2
    for _ in range(2):
        image = F.avg_pool2d(image, (MEAN_WINDOW, 1), 1, (half, 0), count_include_pad=False)
        image = F.avg_pool2d(image, (1, MEAN_WINDOW), 1, (0, half), count_include_pad=False)
    return image


def receptive_field_radius():
    """The farthest input pixel, in pixels, that can change an output pixel: the local mean, then the deepest path through the U-Net."""
    convolutions = 2 + 2 * 2 + (2 + 2 * 2) * 4 + 2 * 2 + 2
    sampling = (2 - 1) + 2 * (2 - 1)
    return 2 * (MEAN_WINDOW // 2) + convolutions + sampling


def parameter_count(network):
    return sum(p.numel() for p in network.parameters())
