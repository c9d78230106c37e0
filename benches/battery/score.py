"""How good a result is: measures of one case.

``psnr``  dB against the truth's peak, after the best gain and offset, where the camera measured.
``dark``  root mean square of the result where the truth is below a hundredth of its peak, in percent of the peak.
``sqrt``  error on square roots over the spread of the truth's: dim structure weighs more.
``ratio``  how far the ratio of a channel and one of a fifth of its light is from 5, as a factor, at the brightest places.
``flicker``  spread of bright places between two frames of the same light, over that of the raw frames.
``grain``  what is left of noise in flat places: root mean square of pixel-to-pixel differences there, in percent of the level.
``zeros``  share of empty voxels within 8 pixels of the border where the truth is above its mean, in percent.
``bands``  largest relative jump of a plane's mean against its neighbours, beyond the truth's, in percent.
``kept``  light of the faintest marked object over the true one, of the worst tenth.
"""

from __future__ import annotations

import numpy
from scipy import ndimage

from microscope import DIMMER, Taken

LESS_IS_BETTER = ("dark", "sqrt", "ratio", "flicker", "grain", "zeros", "bands")


def fitted(result: numpy.ndarray, truth: numpy.ndarray, valid: numpy.ndarray) -> numpy.ndarray:
    """The result with the gain and offset that bring it closest to the truth."""
    got, wanted = result[valid].astype(float), truth[valid].astype(float)
    spread = got.var()
    gain = ((got - got.mean()) * (wanted - wanted.mean())).mean() / spread if spread > 0 else 0.0
    return wanted.mean() + gain * (result - got.mean())


def psnr(result: numpy.ndarray, taken: Taken) -> float:
    error = (fitted(result, taken.truth, taken.valid) - taken.truth)[taken.valid]
    return float(20 * numpy.log10(taken.truth.max() / max(numpy.sqrt((error.astype(float) ** 2).mean()), 1e-9)))


def scores(results: numpy.ndarray, taken: Taken) -> dict[str, float]:
    """All measures of the results (c, [z,] y, x) of the three frames."""
    first, second, dim = numpy.nan_to_num(results.astype(numpy.float64))
    truth, valid = taken.truth.astype(numpy.float64), taken.valid
    fit = fitted(first, truth, valid)
    peak = truth.max()
    found = {"psnr": psnr(first, taken)}
    dark = valid & (ndimage.maximum_filter(truth, 3) < 0.01 * peak)
    found["dark"] = 100 * float(numpy.sqrt((fit[dark] ** 2).mean()) / peak) if dark.sum() > 50 else float("nan")
    roots, wanted = numpy.sqrt(numpy.maximum(fit, 0))[valid], numpy.sqrt(truth)[valid]
    found["sqrt"] = float(numpy.sqrt(((roots - wanted) ** 2).mean()) / max(wanted.std(), 1e-9))
    smooth = [ndimage.gaussian_filter(image, 1.0) for image in (truth, first, second, dim)]
    bright = valid & (smooth[0] >= numpy.percentile(smooth[0][valid], 99))
    ratio = numpy.maximum(smooth[1][bright], 1e-9) / numpy.maximum(smooth[3][bright], 1e-9) / DIMMER
    found["ratio"] = float(numpy.exp(abs(numpy.log(numpy.clip(numpy.median(ratio), 1e-3, 1e3)))))
    raw = [ndimage.gaussian_filter(frame.astype(float) - taken.background, 1.0) for frame in taken.frames[:2]]
    found["flicker"] = spread(smooth[1], smooth[2], bright) / max(spread(*raw, bright), 1e-9)
    around = (1,) * (truth.ndim - 2) + (5, 5)
    level = ndimage.uniform_filter(truth, around)
    even = ndimage.maximum_filter(truth, around) - ndimage.minimum_filter(truth, around) < 0.1 * level
    even &= valid & (level > 0.05 * peak)
    step = numpy.diff(first, axis=-1)
    even = even[..., 1:] & even[..., :-1]
    found["grain"] = 100 * float(numpy.sqrt((step[even] ** 2).mean() / 2) / first[..., 1:][even].mean()) if even.sum() > 200 else float("nan")
    rim = numpy.ones(truth.shape, bool)
    rim[(slice(None),) * (truth.ndim - 2) + (slice(8, -8),) * 2] = False
    rim &= truth > truth.mean()
    found["zeros"] = 100 * float((first[rim] <= 1e-4 * peak).mean()) if rim.sum() > 50 else float("nan")
    found["bands"] = 100 * bands(first, truth) if truth.ndim == 3 and truth.shape[0] > 5 else float("nan")
    found["kept"] = kept(fit, truth, taken)
    return found


def spread(one: numpy.ndarray, other: numpy.ndarray, where: numpy.ndarray) -> float:
    """Root mean square difference over the mean."""
    level = max(numpy.abs((one + other)[where]).mean(), 1e-9)
    return float(numpy.sqrt(((one - other)[where] ** 2).mean()) / level)


def bands(result: numpy.ndarray, truth: numpy.ndarray) -> float:
    def jumps(volume):
        means = volume.mean(axis=(1, 2))
        return (means[2:] - 2 * means[1:-1] + means[:-2]) / max(means.mean(), 1e-9)

    inner = slice(2, -2)
    return float(numpy.abs(jumps(result) - jumps(truth))[inner].max())


def kept(fit: numpy.ndarray, truth: numpy.ndarray, taken: Taken) -> float:
    shares = []
    axes = numpy.ogrid[tuple(slice(0, extent) for extent in truth.shape)]
    for centre, radii in taken.marks:
        centre, radii = (centre, (radii[0], radii[1], radii[1])) if truth.ndim == 3 else (centre[1:], (radii[1],) * 2)
        if any(c < 0 or c >= extent for c, extent in zip(centre, truth.shape)):
            continue
        inside = sum(((at - c) / (r + 1)) ** 2 for at, c, r in zip(axes, centre, radii)) <= 1
        light = truth[inside].sum()
        # Beside something bright nobody can tell whose light it is.
        if light > 0 and truth[ndimage.binary_dilation(inside, iterations=6)].max() < 0.3 * truth.max():
            shares.append(fit[inside].sum() / light)
    return float(numpy.percentile(shares, 10)) if len(shares) > 2 else float("nan")
