"""Detectors: from a noise-free scene to what is recorded, and the truth in the same units.

counts = offset + gain * (photoelectrons + read noise), photoelectrons Poisson; a part of the detectors multiplies each photoelectron by a random
factor of mean 1 (photomultipliers: excess noise), smooths along the fast axis and a little along the slow one (point scanning: correlated
noise), or rounds to integers. The smoothing acts on the truth too: undoing it would be deconvolution.
"""

import torch
import torch.nn.functional as F

from scenes import Draw


def record(scenes, generator):
    """(noisy, truth), both [batch, 1, y, x] in detector counts. Photons at the scenes' level 1: 0.6 to 600, log-uniform."""
    draw = Draw(scenes.shape[0], generator)
    photons = draw.log_uniform(0.6, 600)
    background = photons * draw.log_uniform(0.001, 0.3) * draw.chance(0.7)
    expected = photons * scenes + background
    electrons = torch.poisson(expected, generator=generator)
    electrons = torch.where(draw.chance(0.35) > 0, multiply(electrons, draw.log_uniform(0.8, 20), generator), electrons)
    electrons = electrons + draw.log_uniform(0.02, 3) * draw.chance(0.7) * draw.normal(1, *scenes.shape[-2:])

    scanning = draw.chance(0.5)
    fast = scanning * draw.uniform(0, 0.17)
    slow = scanning * draw.chance(0.5) * draw.uniform(0, 0.12)
    noisy, truth = smooth(electrons, slow, fast), smooth(expected, slow, fast)

    gain = draw.log_uniform(1, 40)
    noisy, truth = gain * noisy, gain * truth
    return torch.where(draw.chance(0.5) > 0, noisy.round(), noisy), truth


def multiply(electrons, shape, generator):
    """The sum of `electrons` gamma-distributed factors of mean 1 and variance 1 / shape."""
    total = torch._standard_gamma((electrons * shape).clamp_min(1e-3), generator=generator) / shape
    return torch.where(electrons > 0, total, torch.zeros_like(total))


def smooth(image, slow, fast):
    """The kernel (a, 1 - 2a, a) along y with a = slow and along x with a = fast; reflected at the border."""
    padded = F.pad(image, (0, 0, 1, 1), mode="reflect")
    image = (1 - 2 * slow) * image + slow * (padded[:, :, 2:] + padded[:, :, :-2])
    padded = F.pad(image, (1, 1, 0, 0), mode="reflect")
    return (1 - 2 * fast) * image + fast * (padded[..., 2:] + padded[..., :-2])
