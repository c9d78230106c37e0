"""Makes the reference values beside it, with NumPy and scikit-image 0.26: python make_references.py"""

from pathlib import Path

import numpy as np
from skimage.exposure import equalize_adapthist

here = Path(__file__).parent
y, x = np.mgrid[:160, :192]
random = np.random.default_rng(1)
light = 20 + 0.3 * x + sum(120 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 60) for cy, cx in random.uniform(0, 160, (25, 2)))
image = np.clip(random.poisson(light), 0, 255).astype(np.uint8)
image.tofile(here / "clahe.image.u8")
(equalize_adapthist(image) * 65535).round().astype("<u2").tofile(here / "clahe.result.u16")
