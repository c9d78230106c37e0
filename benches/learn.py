"""Adaptation of the built-in denoiser to single images: PSNR before and after, and time.

    python benches/learn.py FOLDER [NAME...]
    python benches/learn.py simulated
    python benches/learn.py shared FILE...

FOLDER has pairs NAME_raw.tif and NAME_gt.tif of 8 bit, as of the FMD data set (Zhang et al. 2019); PSNR is of a range of 255 as in benches/denoise.py. `simulated`
takes scenes of filaments, spots and steps, seen by a camera of known gain, with noise that is independent or that neighbours share; PSNR is of their highest
sample. `shared` takes files of images that have hardly any noise, adds that of 30 and 300 photons through windows that make neighbours share it, and has PSNR of
their range. Needs numpy, scipy, tifffile; libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
import time
from pathlib import Path

import numpy
from scipy.ndimage import convolve, correlate1d, gaussian_filter

import abbe

SIZE = 384


def psnr(image, truth, most):
    return 10 * numpy.log10(most**2 / numpy.mean((numpy.clip(image, 0, max(most, truth.max())) - truth) ** 2))


def filaments(generator):
    scene = numpy.zeros((SIZE, SIZE))
    for _ in range(60):
        place, angle = generator.uniform(0, SIZE, 2), generator.uniform(0, 2 * numpy.pi)
        for _ in range(600):
            angle += generator.normal(0, 0.03)
            place = (place + 0.7 * numpy.array([numpy.sin(angle), numpy.cos(angle)])) % SIZE
            scene[tuple(place.astype(int))] += 1
    return gaussian_filter(scene, 1.2, mode="wrap")


def spots(generator):
    scene = numpy.zeros((SIZE, SIZE))
    scene[tuple(generator.integers(0, SIZE, (2, 800)))] = generator.exponential(1, 800)
    return gaussian_filter(scene, 1.5, mode="wrap")


def steps(generator):
    scene = sum(gaussian_filter(generator.normal(size=(SIZE, SIZE)), 12, mode="wrap") > 0.01 * level for level in (-3, 0, 3))
    return gaussian_filter(scene.astype(float), 0.8, mode="wrap")


def simulated():
    for name, make in (("filaments", filaments), ("spots", spots), ("steps", steps)):
        for photons in (5, 50):
            for share in (0.0, 0.4):
                generator = numpy.random.default_rng(1)
                scene = make(generator)
                mean = 1 + photons * scene / numpy.percentile(scene, 99.5)
                if share:
                    noise = correlate1d(generator.normal(size=scene.shape), [share, 1, share], axis=1, mode="wrap")
                    counts = mean + numpy.sqrt(mean) * noise / numpy.sqrt(1 + 2 * share**2)
                else:
                    counts = generator.poisson(mean).astype(float)
                image = 100 + 4 * counts + generator.normal(0, 4, scene.shape)
                truth = 100 + 4 * mean
                yield f"{name} {photons} photons{', correlated' if share else ''}", image.astype(numpy.float32), truth, truth.max()


WINDOWS = {
    "none": numpy.ones((1, 1)),
    "3x3": numpy.ones((3, 3)),
    "5x5": numpy.ones((5, 5)),
    "2x4": numpy.ones((2, 4)),
    "1-2-1 along x": numpy.array([[1, 2, 1]]),
    "1-2-1 along both": numpy.outer([1, 2, 1], [1, 2, 1]),
    "Gaussian of 1.3": gaussian_filter(numpy.eye(1, 169, 84).reshape(13, 13), 1.3),
}


def shared(files):
    import tifffile

    for window, taps in WINDOWS.items():
        for file in files:
            scene = tifffile.imread(file).astype(numpy.float64)[100:356, 100:356]
            scene = (scene - scene.min()) / numpy.ptp(scene)
            for photons in (30, 300):
                mean = 2 + photons * scene
                noise = numpy.random.default_rng(7).poisson(mean) - mean
                image = mean + convolve(noise, taps / numpy.sqrt((taps**2).sum()), mode="wrap")
                yield f"{window}, {file.stem}, {photons} photons", (100 + 3 * image).astype(numpy.float32), 100 + 3 * mean, 3 * photons


def recorded(folder, wanted):
    import tifffile

    for path in sorted(folder.glob("*_raw.tif")):
        name = path.name.removesuffix("_raw.tif")
        if not wanted or name in wanted:
            yield name, tifffile.imread(path), tifffile.imread(folder / f"{name}_gt.tif").astype(numpy.float64), 255


if sys.argv[1] == "simulated":
    pairs = simulated()
elif sys.argv[1] == "shared":
    pairs = shared([Path(name) for name in sys.argv[2:]])
else:
    pairs = recorded(Path(sys.argv[1]), sys.argv[2:])
rows = []
print("| image | before | after | gain | step | s | CPU s | method |")
for name, raw, truth, most in pairs:
    with abbe.learn(raw, steps=0) as start:
        before = psnr(start(raw), truth, most)
    begun, used = time.perf_counter(), time.process_time()
    with abbe.learn(raw) as learnt:
        begun, used = time.perf_counter() - begun, time.process_time() - used
        after = psnr(learnt(raw), truth, most)
        outcome = learnt.describe()["learning"]["outcome"]
    rows.append((before, after, after - before, outcome["best_step"], begun, used))
    kept = f", kept: {outcome['kept']}" if outcome["kept"] else ""
    cells = [f"{value:.2f}" for value in rows[-1][:3]] + [str(outcome["best_step"])] + [f"{value:.1f}" for value in rows[-1][4:]]
    print(f"| {name} | " + " | ".join(cells) + f" | {outcome['method']}{kept} |", flush=True)
mean = numpy.mean(rows, axis=0)
print("| mean | " + " | ".join(f"{value:.2f}" for value in mean) + " | |")
print(f"least gain {min(row[2] for row in rows):.2f} dB")
