"""The honest table: the shipped network against raw, the best Gaussian and GAT + TV on real pairs that it was never trained on.

    python evaluate.py ../models/abbe-denoise.zip ../../shared/data/denoise

PSNR (dB), SSIM and Fourier ring correlation (FRC) against the mean of many captures, values 0 to 255. FRC is averaged over the rings up to half
the Nyquist frequency, and up to the Nyquist frequency; in the latter raw and whatever is linear gain 1/sqrt(captures) in every ring, since
the mean contains the capture itself. The comparisons are given the truth: the Gaussian takes the sigma, GAT + TV the weight, the gain, the offset and the read noise that fit
it best. The network is given nothing but the image. Where the target's contrast was rescaled (W2S), every result is fitted to it by the best gain and offset
first, raw included.
"""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import tifffile
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize_scalar
from skimage.metrics import structural_similarity
from skimage.restoration import denoise_tv_chambolle

PAIRS = [
    ("fish_gausspoisson", "fish_clean", False),
    ("BPAE_G_gausspoisson", "BPAE_G_clean", False),
    ("input_avg1_020_1", "target_avg400_020_1", True),
    ("input_avg1_031_2", "target_avg400_031_2", True),
    ("input_avg1_035_1", "target_avg400_035_1", True),
    ("input_avg1_044_0", "target_avg400_044_0", True),
]


def main(model, folder):
    session = load(model)
    print("| pair | method | PSNR | SSIM | FRC to Nyquist/2 | FRC to Nyquist |\n|---|---|---|---|---|---|")
    for noisy_name, truth_name, rescaled in PAIRS:
        noisy, truth = (tifffile.imread(Path(folder) / f"{name}.tif").astype(np.float64) for name in (noisy_name, truth_name))

        def comparable(image):
            return fit(image, truth) if rescaled else image

        def score(image):
            image = comparable(image)
            rings = ring_correlation(image, truth)
            return psnr(image, truth), structural_similarity(image, truth, data_range=PEAK), rings[: len(rings) // 2].mean(), rings.mean()

        sigma, gaussian = best_gaussian(noisy, lambda image: psnr(comparable(image), truth))
        weight, variation = best_total_variation(noisy, truth, lambda image: psnr(comparable(image), truth))
        results = {
            "raw": noisy,
            f"best Gaussian, sigma {sigma:.2f} px": gaussian,
            f"GAT + TV, weight {weight:.2f}": variation,
            "abbe-denoise": denoise(session, noisy),
        }
        for method, image in results.items():
            print("| {} | {} | {:.2f} | {:.3f} | {:.3f} | {:.3f} |".format(noisy_name, method, *score(image)))


def load(model):
    """A session from a package (.zip) or a plain .onnx file."""
    data = Path(model).read_bytes()
    if model.endswith(".zip"):
        data = zipfile.ZipFile(io.BytesIO(data)).read("weights.onnx")
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


def denoise(session, image):
    return session.run(None, {session.get_inputs()[0].name: image[None, None].astype(np.float32)})[0][0, 0].astype(np.float64)


def best_gaussian(noisy, psnr_of):
    found = minimize_scalar(lambda sigma: -psnr_of(gaussian_filter(noisy, sigma)), bounds=(0.3, 8), method="bounded")
    return found.x, gaussian_filter(noisy, found.x)


def best_total_variation(noisy, truth, psnr_of):
    """Generalised Anscombe transform (Makitalo and Foi, IEEE TIP 22, 2013, doi 10.1109/TIP.2012.2202675), Chambolle's TV, the closed-form unbiased inverse."""
    gain, offset, read_variance = noise_model(noisy, truth)
    electrons = (noisy - offset) / gain
    stabilised = 2 * np.sqrt(np.maximum(electrons + 3 / 8 + read_variance, 0))

    def restore(weight):
        d = np.maximum(denoise_tv_chambolle(stabilised, weight=weight, max_num_iter=300, eps=1e-5), 2 * np.sqrt(3 / 8))
        inverse = d**2 / 4 + np.sqrt(1.5) / (4 * d) - 11 / (8 * d**2) + 5 * np.sqrt(1.5) / (8 * d**3) - 1 / 8 - read_variance
        return gain * np.maximum(inverse, 0) + offset

    found = minimize_scalar(lambda weight: -psnr_of(restore(weight)), bounds=(0.2, 8), method="bounded", options={"maxiter": 14})
    return found.x, restore(found.x)


def noise_model(noisy, truth):
    """Gain, offset and read variance (electrons) from the variance of the noise against the true level, in 40 equally filled bins."""
    level = fit(truth, noisy)
    order = np.argsort(level, axis=None)
    bins = np.array_split(order, 40)
    means = np.array([level.flat[b].mean() for b in bins])
    variances = np.array([(noisy - level).flat[b].var() for b in bins])
    gain, intercept = np.polyfit(means, variances, 1, w=1 / np.maximum(variances, 1e-3))
    offset = max(-intercept / gain, noisy.min())
    return gain, offset, max(0.0, (intercept + gain * offset) / gain**2)


def fit(image, truth):
    gain, offset = np.polyfit(image.ravel(), truth.ravel(), 1)
    return gain * image + offset


def psnr(image, truth):
    return 10 * np.log10(PEAK**2 / np.mean((image - truth) ** 2))


def ring_correlation(a, b):
    """Correlation in rings one frequency step wide up to Nyquist, Hann window (van Heel and Schatz, J. Struct. Biol. 151, 2005, doi 10.1016/j.jsb.2005.05.009)."""
    n = a.shape[0]
    window = np.outer(np.hanning(n), np.hanning(n))
    fa, fb = (np.fft.fft2((image - image.mean()) * window) for image in (a, b))
    k = np.fft.fftfreq(n, 1 / n)
    ring = np.hypot(k[:, None], k[None, :]).round().astype(int).ravel()
    cross, power_a, power_b = (
        np.bincount(ring, values.ravel())[1 : n // 2] for values in ((fa * fb.conj()).real, np.abs(fa) ** 2, np.abs(fb) ** 2)
    )
    return cross / np.sqrt(power_a * power_b)


PEAK = 255.0

if __name__ == "__main__":
    main(*sys.argv[1:])
