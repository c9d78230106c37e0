"""Simulated scenes: what an ideal microscope, without noise, would record.

A scene is a mixture of filaments, blobs, rings, membranes and texture inside cells of random outline, on up to two planes. The plane in
focus and the plane out of focus are each blurred by a kernel computed here from a circular pupil (scalar, paraxial; Goodman, Introduction
to Fourier Optics, chapter 6): widefield, confocal (the widefield kernel squared) or Gaussian. Scenes are periodic, so no border is special.
Result: [batch, 1, size, size], non-negative, with the 99.5th percentile at 1.
"""

import math

import torch


def make_scenes(batch, size, generator):
    """`batch` scenes of `size` x `size` pixels, drawn from `generator` on the generator's device."""
    draw = Draw(batch, generator)
    near = content(draw, size)
    far = near.roll(1, 0).flip(-1)
    haze = draw.uniform(0, 1) * draw.chance(0.5)
    image = blur(near, focus_transfer(draw, size)) + haze * blur(far, defocus_transfer(draw, size))
    image = image.clamp_min(0)
    peak = image.flatten(1).quantile(0.995, dim=1).clamp_min(1e-6)
    return image / peak.view(-1, 1, 1, 1)


class Draw:
    """Random numbers, one per scene, shaped [batch, 1, 1, 1] (or [batch, count] for many)."""

    def __init__(self, batch, generator):
        self.batch, self.generator, self.device = batch, generator, generator.device

    def uniform(self, low, high, *shape):
        shape = shape or (1, 1, 1)
        return low + (high - low) * torch.rand(self.batch, *shape, generator=self.generator, device=self.device)

    def log_uniform(self, low, high, *shape):
        return self.uniform(math.log(low), math.log(high), *shape).exp()

    def chance(self, probability, *shape):
        return (self.uniform(0, 1, *shape) < probability).float()

    def normal(self, *shape):
        return torch.randn(self.batch, *shape, generator=self.generator, device=self.device)


def content(draw, size):
    """Fluorophore density before any blur."""
    cells = torch.sigmoid(draw.log_uniform(3, 30) * (smooth_field(draw, size, 2.5, 5) + draw.uniform(-0.5, 1)))
    cells = torch.where(draw.chance(0.6) > 0, cells, torch.ones_like(cells))
    layers = [
        filaments(draw, size),
        shapes(draw, size, hollow=False),
        shapes(draw, size, hollow=True),
        membranes(draw, size),
        texture(draw, size),
        torch.ones_like(cells),
    ]
    weights = (draw.log_uniform(0.05, 1) * draw.chance(p) for p in (0.7, 0.5, 0.35, 0.4, 0.6, 0.5))
    inside = sum(weight * layer for weight, layer in zip(weights, layers))
    outside = draw.log_uniform(0.005, 0.2)
    return inside * (outside + (1 - outside) * cells) + 1e-3


def filaments(draw, size, count=40, steps=320):
    """Curves of slowly turning direction, in bundles or in all directions, evenly stained or beaded."""
    bundle = draw.uniform(0, 2 * math.pi, 1, 1)
    spread = draw.log_uniform(0.05, 3, 1, 1)
    turning = draw.log_uniform(0.003, 0.08, 1, 1)
    angle = bundle + spread * draw.normal(count, 1) + (turning * draw.normal(count, steps)).cumsum(-1)
    y = draw.uniform(0, size, count, 1) + 0.7 * angle.sin().cumsum(-1)
    x = draw.uniform(0, size, count, 1) + 0.7 * angle.cos().cumsum(-1)
    length = draw.uniform(0.1, 1, count, 1)
    along = torch.linspace(0, 1, steps, device=draw.device)
    brightness = draw.log_uniform(0.2, 1, count, 1) * draw.chance(0.9, 1, 1) * (draw.uniform(0, 1, count, 1) < draw.uniform(0, 1, 1, 1))
    beads = 1 + draw.chance(0.4, 1, 1) * (draw.chance(0.15, count, steps) * 6 - 0.9)
    weight = brightness * beads * (along < length)
    image = splat(y.flatten(1), x.flatten(1), weight.flatten(1), size)
    width = draw.log_uniform(0.4, 2)
    return blur(image, gaussian_transfer(width, size)) * width * 3


def shapes(draw, size, hollow, count=160):
    """Discs or rings of one radius per scene: vesicles, nuclei, beads."""
    y, x = draw.uniform(0, size, count), draw.uniform(0, size, count)
    kept = (draw.uniform(0, 1, count) < draw.log_uniform(0.02, 1, 1)).float()
    points = splat(y, x, kept * draw.log_uniform(0.2, 1, count), size)
    axis = torch.arange(size, device=draw.device, dtype=torch.float32)
    axis = torch.minimum(axis, size - axis)
    distance = (axis[:, None] ** 2 + axis[None, :] ** 2).sqrt()
    radius = draw.log_uniform(1.5, 14) if hollow else draw.log_uniform(0.6, 16)
    if hollow:
        kernel = (1.3 - (distance - radius).abs()).clamp(0, 1)
    else:
        kernel = (radius - distance + 0.5).clamp(0, 1)
    return blur(points, torch.fft.rfft2(kernel)).clamp_min(0)


def membranes(draw, size):
    """Level lines of a smooth field: closed outlines of even thickness."""
    field = smooth_field(draw, size, 2.5, 12) + draw.uniform(-0.5, 0.5)
    slope_y = field - field.roll(1, -2)
    slope_x = field - field.roll(1, -1)
    distance = field / (slope_y**2 + slope_x**2).sqrt().clamp_min(1e-3)
    return torch.exp(-0.5 * (distance / draw.uniform(0.7, 1.8)) ** 2)


def texture(draw, size):
    """A log-normal field of random roughness and contrast, stretched along a random axis."""
    field = smooth_field(draw, size, draw.uniform(0.8, 2.5), draw.log_uniform(2, 30), stretch=True)
    return 0.4 * torch.exp(draw.uniform(0.1, 1.2) * field)


def smooth_field(draw, size, power, corner, stretch=False):
    """Gaussian field of mean 0 and variance 1 with spectrum 1 / (corner^2 + k^2)^(power / 2), k in cycles per field."""
    ky, kx = frequencies(size, draw.device)
    if stretch:
        angle, factor = draw.uniform(0, math.pi), draw.log_uniform(1, 5)
        ky, kx = ky * angle.cos() - kx * angle.sin(), (ky * angle.sin() + kx * angle.cos()) * factor
    spectrum = (corner**2 + (size * ky) ** 2 + (size * kx) ** 2) ** (-power)
    field = blur(draw.normal(1, size, size), spectrum)
    field = field - field.mean((-2, -1), keepdim=True)
    return field / field.std((-2, -1), keepdim=True).clamp_min(1e-12)


def focus_transfer(draw, size):
    """Transfer function of the plane in focus: widefield, confocal or Gaussian."""
    cutoff = draw.log_uniform(0.05, 0.3)
    psf = pupil_psf(cutoff, draw.uniform(0, 2), size)
    confocal = draw.chance(0.35)
    psf = torch.where(confocal > 0, psf**2, psf)
    optical = transfer(psf)
    gaussian = gaussian_transfer(draw.log_uniform(0.5, 4), size)
    return torch.where(draw.chance(0.3) > 0, gaussian.to(optical.dtype), optical)


def defocus_transfer(draw, size):
    """Transfer function of a plane out of focus; the phase at the pupil's rim is 5 to 60 radians."""
    return transfer(pupil_psf(draw.log_uniform(0.06, 0.2), draw.log_uniform(5, 60), size))


def pupil_psf(cutoff, rim_phase, size):
    """Intensity kernel of a circular pupil of radius `cutoff` (cycles a pixel) with defocus phase `rim_phase` at its rim."""
    k = torch.fft.fftfreq(size, device=cutoff.device)
    rho = (k[:, None] ** 2 + k[None, :] ** 2).sqrt() / cutoff
    edge = ((1 - rho) * cutoff * size + 0.5).clamp(0, 1)
    field = torch.fft.ifft2(torch.polar(edge, rim_phase * rho.clamp_max(1) ** 2))
    return field.abs() ** 2


def transfer(psf):
    return torch.fft.rfft2(psf / psf.sum((-2, -1), keepdim=True))


def gaussian_transfer(sigma, size):
    ky, kx = frequencies(size, sigma.device)
    return torch.exp(-2 * math.pi**2 * sigma**2 * (ky**2 + kx**2))


def frequencies(size, device):
    return torch.fft.fftfreq(size, device=device)[:, None], torch.fft.rfftfreq(size, device=device)[None, :]


def blur(image, transfer_function):
    size = image.shape[-2:]
    return torch.fft.irfft2(torch.fft.rfft2(image) * transfer_function, s=size)


def splat(y, x, weight, size):
    """Points [batch, count] drawn with bilinear weights on a periodic grid."""
    image = torch.zeros(y.shape[0], size * size, device=y.device)
    row, column = y.floor(), x.floor()
    fy, fx = y - row, x - column
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dx, wx in ((0, 1 - fx), (1, fx)):
            index = (row.long() + dy) % size * size + (column.long() + dx) % size
            image.scatter_add_(1, index, weight * wy * wx)
    return image.view(-1, 1, size, size)
