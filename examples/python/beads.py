"""From a noisy widefield stack of beads to a figure, cell by cell: `python examples/python/beads.py FIGURE.png`."""

# %% A stack that a microscope might give: beads in focus and out of it, blurred, with the noise of few photons.
import sys

import numpy

import abbe

optics = {"numerical_aperture": 1.2, "wavelength_nm": 525, "pixel_nm": 80, "step_nm": 250, "immersion_index": 1.33}
psf = abbe.psf.widefield(**optics)

generator = numpy.random.default_rng(1)
truth = numpy.zeros((17, 96, 96))
truth[generator.integers(4, 13, 40), generator.integers(0, 96, 40), generator.integers(0, 96, 40)] = 60_000
kernel = psf.sample((17, 95, 95))
wrapped = numpy.zeros(truth.shape)
wrapped[:, :95, :95] = kernel
wrapped = numpy.roll(wrapped, (-8, -47, -47), (0, 1, 2))
blurred = numpy.fft.ifftn(numpy.fft.fftn(truth) * numpy.fft.fftn(wrapped)).real
stack = generator.poisson(numpy.maximum(blurred, 0) + 10).astype(numpy.uint16)

# %% Richardson-Lucy, with a bar of its own; tqdm works as well.
restored = abbe.deconvolve(
    stack, psf, background=10.0, iterations=25, progress=lambda done: print(f"\r{done:4.0%}", end="", file=sys.stderr)
)
print(file=sys.stderr)

# %% The figure: the middle plane and a section along the optical axis, before and after.
import matplotlib  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

row = int(stack.max(axis=(0, 2)).argmax())
figure, panels = pyplot.subplots(2, 2, figsize=(8, 5), height_ratios=(96, 17 * 250 / 80), layout="constrained")
for column, (title, image) in enumerate((("widefield", stack), ("deconvolved", restored))):
    top = numpy.percentile(image.max(axis=0), 99.8)
    panels[0, column].imshow(image.max(axis=0), cmap="inferno", vmin=0, vmax=top)
    panels[0, column].set_title(f"{title}, brightest along z")
    panels[1, column].imshow(image[:, row], cmap="inferno", vmin=0, vmax=top, aspect=250 / 80)
    panels[1, column].set_title(f"{title}, z against x at row {row}")
for panel in panels.flat:
    panel.set_axis_off()
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "beads.png", dpi=110)
