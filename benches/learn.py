"""Adaptation of the built-in denoiser to single images: PSNR before and after, and time.

    python benches/learn.py FOLDER [NAME...]
    python benches/learn.py simulated

FOLDER has pairs NAME_raw.tif and NAME_gt.tif of 8 bit, as of the FMD data set (Zhang et al. 2019); PSNR is of a range of 255 as in benches/denoise.py. `simulated`
takes scenes of filaments, spots and steps, seen by a camera of known gain, with noise that is independent or that neighbours share; PSNR is of their highest
sample. Needs numpy, scipy, tifffile; libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

import sys
import time
from pathlib import Path

import numpy
from scipy.ndimage import correlate1d, gaussian_filter

import abbe

SIZE = 384


def psnr(image, truth, most):
    return 10 * numpy.log10(most**2 / numpy.mean((numpy.clip(image, 0, most) - truth) ** 2))


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


def recorded(folder, wanted):
    import tifffile

    for path in sorted(folder.glob("*_raw.tif")):
        name = path.name.removesuffix("_raw.tif")
        if not wanted or name in wanted:
            yield name, tifffile.imread(path), tifffile.imread(folder / f"{name}_gt.tif").astype(numpy.float64), 255


pairs = simulated() if sys.argv[1] == "simulated" else recorded(Path(sys.argv[1]), sys.argv[2:])
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
