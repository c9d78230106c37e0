"""Compares abbe's metrics and assessments with the published packages that define them, and prints a table for docs/trust.md.

Each package is installed, pinned, into a virtual environment of its own under build/compare-trust, and run there by this file; what
it gives is held against what abbe gives of the same images. Not part of ./test: it needs the network and 2 GB of disk.

    python scripts/compare_trust.py

Needs numpy, scipy, tifffile and libabbe by ABBE_LIBRARY with bindings/python/src on the path.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

BUILD = Path(__file__).resolve().parents[1] / "build/compare-trust"
TAPER = 1 / 8


def taper(extent: int) -> np.ndarray:
    """The window of docs/trust.md: a cosine over the outer eighth on each side."""
    edge = TAPER * extent
    inside = np.minimum(np.arange(extent) + 0.5, extent - 0.5 - np.arange(extent))
    return np.where(inside >= edge, 1, 0.5 - 0.5 * np.cos(np.pi * inside / edge))


def windowed(image: np.ndarray) -> np.ndarray:
    rows, columns = image.shape
    return ((image - image.mean()) * taper(rows)[:, None] * taper(columns)).astype(np.float64)


def rings(one: np.ndarray, other: np.ndarray, nearest: bool) -> np.ndarray:
    """The Fourier ring correlation in ten lines; rings by the nearest whole radius, or by the whole part of the radius."""
    a, b = np.fft.fft2(windowed(one)), np.fft.fft2(windowed(other))
    extent = one.shape[0]
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(extent) * extent, np.fft.fftfreq(extent) * extent))
    ring = (radius + (0.5 if nearest else 0)).astype(int).ravel()
    both, first, second = (np.bincount(ring, part.ravel()) for part in ((a * b.conj()).real, np.abs(a) ** 2, np.abs(b) ** 2))
    return (both / np.sqrt(first * second))[: extent // 2]


class Decorrelation:
    """The authors' program, which no registry has: ImDecorr (MATLAB), after what it does, every radius by its own sum."""

    def __init__(self, image: np.ndarray) -> None:
        extent = image.shape[0]
        place = np.minimum(np.arange(extent), extent - 1 - np.arange(extent))
        edge = np.where(place < 20, 0.5 - 0.5 * np.cos(np.pi * place / 19), 1)
        odd = slice(0, extent - 1 + extent % 2)
        tapered = ((image - image.mean(dtype=np.float64)) * edge[:, None] * edge)[odd, odd]
        axis = np.linspace(-1, 1, tapered.shape[0])
        radius = np.hypot(axis[:, None], axis).ravel()
        order = np.argsort(radius)[: np.count_nonzero(radius < 1)]
        self.radii, self.moduli = radius[order], np.abs(np.fft.fftshift(np.fft.fft2(tapered))).ravel()[order]
        self.extent = tapered.shape[0]

    def peak(self, width: float | None, at: np.ndarray) -> tuple[float, float]:
        """Place and height of the last maximum after a high-pass filter."""
        moduli = self.moduli if width is None else self.moduli * (1 - np.exp(-2 * (width * self.radii) ** 2))
        inside = np.searchsorted(self.radii, at)
        sums = np.array([moduli[:count].sum() for count in inside])
        curve = list(np.floor(1000 * sums / np.sqrt((moduli**2).sum() * np.maximum(inside, 1))) / 1000)
        top = int(np.argmax(curve))
        while top and (top == len(curve) - 1 or curve[top] - min(curve[top:]) < 5e-4):
            curve.pop()
            top = int(np.argmax(curve))
        return at[top], curve[top]

    def resolution(self) -> float:
        """In pixels."""
        at = np.linspace(0, 1, 50)
        peaks = [self.peak(None, at)]
        widths = [self.extent / 4, *np.geomspace(2 / peaks[0][0], 0.15, 10)]
        peaks += [self.peak(width, at) for width in widths]
        places = np.array([place for place, _ in peaks])
        best = int(np.flatnonzero(places == places.max())[-1])
        first = min(best - 1, 9 if best < 10 else best - 2)
        ends = (self.extent, widths[0]) if best == 0 else (widths[first], widths[first + 1])
        fine = np.linspace(max(places.max() - at[1], 0), min(places.max() + 0.4, 1), 50)
        peaks = peaks[:11] + [self.peak(width, fine) for width in np.geomspace(*ends, 10)]
        return 2 / max(place for place, height in peaks if height >= 0.05)


# What each package gives of the images: run in its own environment.
def scikit_image(images):
    from skimage import metrics

    truth, image = (images[name].astype(np.float64) for name in ("sharp", "noisy"))
    span = float(truth.max() - truth.min())
    gaussian = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    return {
        "psnr": metrics.peak_signal_noise_ratio(truth, image, data_range=span),
        "nrmse": metrics.normalized_root_mse(truth, image),
        "ssim": metrics.structural_similarity(truth, image, data_range=span, **gaussian),
        "ssim_uniform": metrics.structural_similarity(truth, image, data_range=span),
    }


def microssim(images):
    from microssim import micro_structural_similarity

    return {"micro_ssim": micro_structural_similarity(*(images[name].astype(np.float64) for name in ("sharp", "noisy")))}


def frc(images):
    import frc as package

    curve = package.two_frc(windowed(images["raw"]), windowed(images["again"]))
    single = [package.one_frc(images["raw"], 1) for _ in range(20)]
    return {"two_images": list(map(float, curve)), "one_image": list(map(float, np.mean(single, axis=0)))}


def nanopyx(images):
    from nanopyx.core.analysis.decorr import DecorrAnalysis
    from nanopyx.core.transform.error_map import ErrorMap

    found = ErrorMap()
    found.optimise(images["raw"], images["sharp"])
    model = np.asarray(found.im_sr_intensity_scaled_blurred, np.float64)
    decorrelation = DecorrAnalysis()
    decorrelation.run_analysis(images["raw"])
    np.save("model.npy", model)
    return {"sigma": found._sigma, "alpha": found._alpha, "beta": found._beta, "rse": found.getRSE(),
            "decorrelation": decorrelation.resolution}


PEERS = {
    scikit_image: ["numpy==2.4.6", "scikit-image==0.26.0"],
    microssim: ["numpy==2.4.6", "microssim==0.0.5"],
    frc: ["numpy==1.26.4", "frc==0.1.1", "diplib==3.6.1", "rustfrc==1.1.5"],
    nanopyx: ["numpy==2.4.6", "nanopyx==2.1.5", "setuptools<81"],
}


def peer(function, images: Path) -> dict:
    """What a package gives, in its environment."""
    name = function.__name__
    folder = BUILD / name
    if not (folder / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *PEERS[function]], check=True)
    told = folder / "told.json"
    subprocess.run([folder / "bin/python", __file__, "--peer", name, images, told], check=True, cwd=folder, capture_output=True)
    return json.loads(told.read_text())


def run_peer(name: str, images: str, told: str) -> None:
    warnings.simplefilter("ignore")
    function = next(one for one in PEERS if one.__name__ == name)
    Path(told).write_text(json.dumps(function(dict(np.load(images))), default=float))


def make_images() -> dict[str, np.ndarray]:
    """A scene of dots and rods of 256 x 256, blurred by a Gaussian of 2 samples, twice with noise of its own."""
    from scipy.ndimage import gaussian_filter

    draw = np.random.default_rng(3)
    scene = np.zeros((256, 256))
    scene[tuple(draw.integers(10, 246, (2, 300)))] = draw.uniform(500, 4000, 300)
    for _ in range(12):
        y, x, angle = *draw.uniform(60, 196, 2), draw.uniform(0, 3.2)
        for at in np.arange(-40, 40, 0.5):
            scene[int(y + at * np.sin(angle)), int(x + at * np.cos(angle))] += 60
    sharp = gaussian_filter(scene, 1.0) + 10
    clean = gaussian_filter(sharp, 2.0)
    made = dict(sharp=sharp, noisy=draw.poisson(sharp), raw=draw.poisson(clean), again=draw.poisson(clean))
    return {name: image.astype(np.float32) for name, image in made.items()}


def main() -> None:
    import abbe

    BUILD.mkdir(parents=True, exist_ok=True)
    images = make_images()
    np.savez(BUILD / "images.npz", **images)
    rows: list[tuple[str, str, float, float]] = []  # what is compared, the package's value, abbe's
    for function in (scikit_image, microssim):
        for metric, value in peer(function, BUILD / "images.npz").items():
            own = abbe.measure(metric, images["noisy"], images["sharp"])
            rows.append((" ".join(PEERS[function][1:]), f"`{metric}`", value, own))

    found = peer(frc, BUILD / "images.npz")
    package = "frc==0.1.1"
    report = abbe.assess(images["raw"], images["raw"], reference=images["again"], gain=1, offset=0, read_noise=0, draws=20).report
    whole, nearest = (rings(images["raw"], images["again"], how)[1:] for how in (False, True))
    own = np.array(report["reference"]["frc"]["curve"]["correlations"])[1 : len(whole) + 1]
    differences = np.abs(whole - found["two_images"][1:]).max(), np.abs(nearest - own).max()
    rows.append((package, "curve of two images less ten lines of numpy with the same rings, greatest", *differences))
    single = np.array(report["frc_raw"]["curve"]["correlations"])[: len(own) + 1]
    rows.append((package, "one image, mean of 20 splits and of all rings", np.mean(found["one_image"]), np.mean(single)))

    found = peer(nanopyx, BUILD / "images.npz")
    package = "nanopyx==2.1.5"
    model = np.load(BUILD / "nanopyx/model.npy")
    report = abbe.assess(images["raw"], images["sharp"], draws=1).report
    squirrel = report["squirrel"]
    margin = squirrel["margin_px"][1]
    inner = slice(margin, -margin or None), slice(margin, -margin or None)
    raw = images["raw"].astype(np.float64)
    rows.append((package, "width of the Gaussian", found["sigma"], squirrel["sigma_px"]))
    rows.append((package, "RSE, without the rims", float(np.sqrt(np.mean((model - raw)[inner] ** 2))), squirrel["rse"]))
    rows.append((package, "RSP, without the rims", float(np.corrcoef(model[inner].ravel(), raw[inner].ravel())[0, 1]), squirrel["rsp"]))
    rows.append((package, "decorrelation, resolution in pixels", found["decorrelation"], report["decorrelation_raw"]["resolution_px"]))
    for name in ("sharp", "noisy", "raw", "again"):
        own = abbe.assess(images[name], images[name], draws=1).report["decorrelation_raw"]["resolution_px"]
        rows.append(("ImDecorr, written again", f"resolution of `{name}` in pixels", Decorrelation(images[name]).resolution(), own))
    print("| package | number | package | abbe | difference |\n|---|---|---|---|---|")
    for package, name, value, own in rows:
        print(f"| {package} | {name} | {value:.7g} | {own:.7g} | {abs(own - value):.2g} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        run_peer(*sys.argv[2:])
    else:
        main()
