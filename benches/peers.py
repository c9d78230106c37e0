"""Compares abbe with peers from PyPI, one whole process after another in one run: peers.py FOLDER [PEER ...].

FOLDER holds a scene: raw_u16.npy (the image), psf.npy (an odd kernel, its centre in the middle) and gt.npy (the truth).
Peers: abbe, abbe-fast, abbe-balanced and abbe-quality (presets, which stop by themselves), skimage (scikit-image),
redlionfish (RedLionfish), sdeconv, cideconv (ci-deconvolve); those that are not installed are named and left out. Each
runs twice, with few and with many iterations of Richardson-Lucy; the difference of their CPU times (user and system, of
the whole process) is what an iteration costs, whatever starts up.
CPU time is told, since wall time on a machine that does other work says little. Needs numpy; abbe is the Python package
with ABBE_LIBRARY naming the library. Peers do not pad alike: a peer that does not pad is fast, and wrong at the border.
"""

import os
import subprocess
import sys
import tempfile

FEW, MANY = 5, 30
OFFSET = 100.0
THREADS = "2"
PEERS = ("abbe", "abbe-fast", "abbe-balanced", "abbe-quality", "skimage", "redlionfish", "sdeconv", "cideconv")


def padded(image, psf, numpy):
    """The image continued by reflection for half the kernel, and how to get it back."""
    half = [extent // 2 for extent in psf.shape]
    wide = numpy.pad(image, [(at, at) for at in half], mode="symmetric")
    return wide, tuple(slice(at, at + extent) for at, extent in zip(half, image.shape))


def abbe(raw, psf, iterations, preset):
    import abbe as library

    kernel = library.psf.measured(psf)
    with library.Plan(library.Context(threads=int(THREADS))) as plan:
        if preset:
            plan.add("deconvolve", psf=kernel, preset=preset)
        else:
            plan.add("background", mode="constant", value=OFFSET)
            plan.add("deconvolve", psf=kernel, algorithm="richardson_lucy", iterations=iterations, stop="iterations")
        return plan(raw, dtype="float32")


def restore(peer, raw, psf, iterations):
    import numpy

    image = numpy.maximum(raw.astype(numpy.float32) - OFFSET, 0)
    if peer.startswith("abbe"):
        return abbe(raw, psf, iterations, peer.removeprefix("abbe").lstrip("-"))
    if peer == "skimage":
        import scipy.fft
        from skimage.restoration import richardson_lucy

        wide, inside = padded(image, psf, numpy)
        with scipy.fft.set_workers(int(THREADS)):
            return richardson_lucy(wide, psf, num_iter=iterations, clip=False, filter_epsilon=1e-6)[inside]
    if peer == "redlionfish":
        from RedLionfishDeconv.RLDeconv3DScipy import doRLDeconvolution12

        return doRLDeconvolution12(image, psf, niter=iterations)
    import torch

    torch.set_num_threads(int(THREADS))
    if peer == "sdeconv":
        from sdeconv.deconv import SRichardsonLucy

        wide, inside = padded(image, psf, numpy)
        kernel = numpy.zeros(wide.shape, numpy.float32)
        first = [(full - extent) // 2 for full, extent in zip(wide.shape, psf.shape)]
        kernel[tuple(slice(at, at + extent) for at, extent in zip(first, psf.shape))] = psf
        return SRichardsonLucy(torch.from_numpy(kernel), iterations, 0)(torch.from_numpy(wide)).numpy()[inside]
    from core.deconvolve_ci import ci_rl_deconvolve

    return ci_rl_deconvolve(
        image, psf, niter=iterations, tv_lambda=0.0, convergence="fixed", device="cpu", tiling="none"
    )["result"]


def psnr(result, truth, numpy):
    """In dB within the border, after the best gain and offset."""
    inside = tuple(slice(min(16, extent // 8), extent - min(16, extent // 8)) for extent in truth.shape)
    got, wanted = result[inside].astype(float).ravel(), truth[inside].astype(float).ravel()
    gain = numpy.cov(got, wanted)[0, 1] / got.var()
    error = wanted - wanted.mean() - gain * (got - got.mean())
    return 20 * numpy.log10(numpy.percentile(truth, 99.99) / numpy.sqrt((error**2).mean()))


def child(peer, folder, iterations, target):
    import numpy

    raw, psf = (numpy.load(os.path.join(folder, name)) for name in ("raw_u16.npy", "psf.npy"))
    numpy.save(target, restore(peer, raw, psf.astype(numpy.float32), iterations))


def measured(peer, folder, iterations, target):
    """CPU seconds and peak MiB of one process; None where the peer is missing or fails."""
    environment = dict(os.environ, OMP_NUM_THREADS=THREADS, MKL_NUM_THREADS=THREADS)
    command = [sys.executable, os.path.abspath(__file__), "--child", peer, folder, str(iterations), target]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return None if process.returncode else (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main(folder, peers):
    import numpy

    truth = numpy.load(os.path.join(folder, "gt.npy"))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for peer in peers:
            target = os.path.join(scratch, peer + ".npy")
            few = measured(peer, folder, FEW, target)
            many = few and measured(peer, folder, MANY, target)
            if many is None:
                print(f"{peer}: not installed, or it fails here", file=sys.stderr)
                continue
            quality = psnr(numpy.load(target), truth, numpy)
            rows.append((peer, (many[0] - few[0]) / (MANY - FEW), *many, quality))
    if not rows:
        sys.exit("no peer ran")
    first = rows[0]
    print("| peer | CPU ms per iteration | ratio | CPU s, process | ratio | peak MiB | ratio | PSNR, dB |")
    print("|---|---|---|---|---|---|---|---|")
    for peer, step, whole, peak, quality in rows:
        each = "" if peer.startswith("abbe-") else f"{1000 * step:.0f} | {step / first[1]:.1f}"
        each = each or "its own number | "
        print(f"| {peer} | {each} | {whole:.1f} | {whole / first[2]:.1f} | {peak:.0f} | {peak / first[3]:.1f} | {quality:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    elif len(sys.argv) < 2:
        sys.exit(__doc__)
    else:
        main(sys.argv[1], sys.argv[2:] or PEERS)
