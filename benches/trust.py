"""Liars' test: edits that lie about a specimen, and honest results, told apart by what `abbe.assess` says of them.

Scenes of dots, filaments and blobs are blurred and photographed; honest methods restore them, liars edit what these made. The
table has, per lie, the area under the ROC curve of the image's suspicion against honest results, and of the patches that the lie
touched against all patches of honest results. A second table has the false alarms of honest results.

    python benches/trust.py [SCENES | FOLDER]

SCENES is how many scenes are simulated, FOLDER one of pairs of real images, NAME_raw.tif and NAME_gt.tif. Needs numpy and scipy,
for pairs tifffile, and libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
from pathlib import Path

import numpy
from scipy.ndimage import gaussian_filter, shift
from scipy.signal import fftconvolve

import abbe

SIDE, PATCH = 128, 16
OPTICS = dict(numerical_aperture=1.2, wavelength_nm=525, pixel_nm=80, immersion_index=1.33)


def scene(rng):
    """Photons per pixel of an unblurred specimen with dots, filaments and blobs, about 1 at its brightest."""
    fine = numpy.zeros((SIDE, SIDE))
    for _ in range(rng.integers(15, 40)):
        fine[tuple(rng.integers(6, SIDE - 6, 2))] += rng.uniform(2, 8)
    for _ in range(rng.integers(4, 9)):
        place, angle = rng.uniform(10, SIDE - 10, 2), rng.uniform(0, 6.3)
        for _ in range(rng.integers(60, 200)):
            angle += rng.normal(0, 0.08)
            place += 0.7 * numpy.array([numpy.sin(angle), numpy.cos(angle)])
            if not (3 <= place.min() and place.max() < SIDE - 3):
                break
            fine[tuple(place.astype(int))] += 0.7
    blobs = numpy.zeros((SIDE, SIDE))
    for _ in range(3):
        blobs[tuple(rng.integers(20, SIDE - 20, 2))] += 60
    return fine + gaussian_filter(blobs, rng.uniform(3, 7))


def photograph(rng, clean, peak):
    """A camera's image of gain 2, offset 100, read noise 1.5 electrons, `peak` photons at the brightest."""
    photons = clean / clean.max() * peak + 0.02 * peak + 2
    return 100 + 2 * (rng.poisson(photons) + rng.normal(0, 1.5, clean.shape))


def patch(rng):
    top, left = rng.integers(16, SIDE - 48, 2)
    return slice(top, top + 24), slice(left, left + 24)


# Each lie takes a result and gives another, and the mask of what it touched.
def adds_dots(rng, image):
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    for _ in range(4):
        y, x = rng.integers(12, SIDE - 12, 2)
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
    here = patch(rng)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    moved = shift(image, (2.5, 2.5), order=1, mode="nearest")
    lie[here] = 0.8 * (lie + moved)[here]
    mask[here] = True
    return lie, mask


def sharpens_noise(rng, image):
    return image + 2.0 * (image - gaussian_filter(image, 1.0)), numpy.ones(image.shape, bool)


def smooths(rng, image):
    here = patch(rng)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] = gaussian_filter(image, 4)[here]
    mask[here] = True
    return lie, mask


def copies_texture(rng, image):
    source, here = patch(rng), patch(rng)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] = image[source]
    mask[here] = True
    return lie, mask


def shifts(rng, image):
    return shift(image, (0.5, 0.5), order=3, mode="nearest"), numpy.ones(image.shape, bool)


def rescales(rng, image):
    here = patch(rng)
    lie, mask = image.copy(), numpy.zeros(image.shape, bool)
    lie[here] *= 1.4
    mask[here] = True
    return lie, mask


LIES = [adds_dots, deletes_dots, doubles_filaments, sharpens_noise, smooths, copies_texture, shifts, rescales]


def image_score(report):
    """What of the report is most unlike an honest result: contradictions in places, and a shift as a whole."""
    moved = [abs(axis["value"]) / (0.05 + 4 * axis["error"]) for axis in report["shift_px"] if axis]
    return max([report["suspicion"]["greatest"], *moved])


def auc(lies, honest):
    """Area under the ROC curve."""
    lies, honest = numpy.asarray(lies), numpy.sort(honest)
    below, same = numpy.searchsorted(honest, lies, "left"), numpy.searchsorted(honest, lies, "right")
    return float((below + same).mean() / 2 / len(honest))


def cells(values, how):
    return how(values.reshape(SIDE // PATCH, PATCH, SIDE // PATCH, PATCH), axis=(1, 3))


def simulated(rng, count):
    """Raw images, and what honest methods make of them with the blur that they took away."""
    psf = abbe.psf.widefield(**OPTICS)
    kernel = psf.sample((33, 33))
    for number in range(count):
        clean = numpy.maximum(fftconvolve(scene(rng), kernel, mode="same"), 0)
        raw = photograph(rng, clean, [50, 200, 1000][number % 3]).astype(numpy.float32)
        plain = abbe.deconvolve(raw, psf, background=100, algorithm="richardson_lucy", iterations=30)
        yield raw, {
            "Richardson-Lucy": (plain, psf),
            "automatic": (abbe.deconvolve(raw, psf), psf),
            "denoised": (abbe.denoise(raw), None),
        }


def real(folder):
    """The same of pairs NAME_raw.tif and NAME_gt.tif: four parts of each, with the mean of many images as an honest result."""
    import tifffile

    for path in sorted(Path(folder).glob("*_raw.tif")):
        pair = [tifffile.imread(one).astype(numpy.float32) for one in (path, str(path).replace("_raw", "_gt"))]
        for top, left in ((64, 64), (64, 320), (320, 64), (320, 320)):
            raw, truth = (image[top : top + SIDE, left : left + SIDE] for image in pair)
            yield raw, {"denoised": (abbe.denoise(raw), None), "mean of many": (truth, None)}


def judge(rng, cases):
    """Prints the tables."""
    honest_images, honest_patches = {}, {}
    lies_images, lies_patches = {lie.__name__: [] for lie in LIES}, {lie.__name__: [] for lie in LIES}
    for raw, results in cases:
        for name, (result, psf) in results.items():
            trust = abbe.assess(raw, result, psf=psf, draws=1)
            honest_images.setdefault(name, []).append(image_score(trust.report))
            honest_patches.setdefault(name, []).extend(cells(trust.suspicion, numpy.max).ravel())
            for lie in LIES:
                lied, mask = lie(rng, numpy.asarray(result, float))
                told = abbe.assess(raw, lied, psf=psf, draws=1)
                lies_images[lie.__name__].append(image_score(told.report))
                touched = cells(mask, numpy.any)
                lies_patches[lie.__name__].extend(cells(told.suspicion, numpy.max)[touched])
    images = numpy.concatenate(list(honest_images.values()))
    patches = numpy.concatenate(list(honest_patches.values()))
    print("| lie | AUC by image | found at 2 % false alarms | AUC by patch |\n|---|---|---|---|")
    limit = numpy.quantile(images, 0.98)
    for name in lies_images:
        found = numpy.mean(numpy.array(lies_images[name]) > limit)
        print(f"| {name} | {auc(lies_images[name], images):.3f} | {found:.2f} | {auc(lies_patches[name], patches):.3f} |")
    everything = numpy.concatenate(list(lies_images.values()))
    every_patch = numpy.concatenate([numpy.array(one) for one in lies_patches.values()])
    print(f"| all | {auc(everything, images):.3f} | {numpy.mean(everything > limit):.2f} | {auc(every_patch, patches):.3f} |")
    print("\n| honest | images above 1 | patches above 1 | 99 % of patches below | image score: median, 98 % |\n|---|---|---|---|---|")
    for name, scores in honest_images.items():
        own = numpy.array(honest_patches[name])
        print(f"| {name} | {numpy.mean(numpy.array(scores) > 1):.3f} | {(own > 1).mean():.4f} | {numpy.quantile(own, 0.99):.2f} "
              f"| {numpy.median(scores):.2f}, {numpy.quantile(scores, 0.98):.2f} |")


if __name__ == "__main__":
    random = numpy.random.default_rng(1)
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        judge(random, real(sys.argv[1]))
    else:
        judge(random, simulated(random, int(sys.argv[1]) if len(sys.argv) > 1 else 15))
