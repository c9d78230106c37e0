#!/usr/bin/env bash
# psf 2026.1.18 (PyPI), PSF(ISOTROPIC | WIDEFIELD, ...): excitation 488 nm, emission 520 to 700 nm, NA 0.3 in water.
#
# Guessed: a widefield fluorescence microscope images the emitted light, so that the width in focus follows the emission wavelength (0.5145
# times it over the NA: 892 nm at 520, 1201 nm at 700), as GAUSSIAN | WIDEFIELD of the same package does, which it says is GAUSSIAN | EMISSION.
# Seen (2026-11-29): the width is 922 nm at both, that of ISOTROPIC | EXCITATION, and 756 nm with excitation at 400 nm: it is the spot of
# a scanning microscope with an open pinhole. The emission wavelength changes nothing, and the default `underfilling` of 1 (a laser that fills
# the aperture up to its exp(-2) radius) widens it by 10 %. For a camera take ISOTROPIC | EMISSION: 893 and 1203 nm.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 psf==2026.1.18
"$folder/venv/bin/python" - <<'PY'
import numpy as np, psf

def width(kind, excitation, emission, **more):
    """Full width at half maximum in focus, in nm."""
    optics = dict(num_aperture=0.3, refr_index=1.333, magnification=1.0)
    made = psf.PSF(kind, shape=(256, 256), dims=(4.0, 4.0), ex_wavelen=excitation, em_wavelen=emission, **optics, **more)
    row = np.asarray(made.data[0]) if made.sigma is None else np.asarray(made.data)[0]
    below = int(np.argmax(row < row[0] / 2))
    return 2 * (below - 1 + (row[below - 1] - row[0] / 2) / (row[below - 1] - row[below])) * 4000 / 256

print("psf", psf.__version__)
seen = {}
for excitation, emission in ((488.0, 520.0), (488.0, 700.0), (400.0, 520.0)):
    for name in ("WIDEFIELD", "EMISSION", "EXCITATION"):
        seen[name, excitation, emission] = width(psf.ISOTROPIC | getattr(psf, name), excitation, emission)
    gauss = seen["GAUSSIAN", excitation, emission] = width(psf.GAUSSIAN | psf.WIDEFIELD, excitation, emission)
    print(f"excitation {excitation:.0f}, emission {emission:.0f}: " + ", ".join(
        f"{name} {seen[name, excitation, emission]:.0f} nm" for name in ("WIDEFIELD", "EMISSION", "EXCITATION", "GAUSSIAN"))
        + f"; 0.5145 wavelength / NA {0.5145 * emission / 0.3:.0f} nm")
flat = width(psf.ISOTROPIC | psf.WIDEFIELD, 488.0, 520.0, underfilling=0.01)
print(f"WIDEFIELD with underfilling 0.01: {flat:.0f} nm; 0.5145 excitation / NA {0.5145 * 488 / 0.3:.0f} nm")
assert seen["WIDEFIELD", 488, 520] == seen["WIDEFIELD", 488, 700] == seen["EXCITATION", 488, 520]
assert seen["WIDEFIELD", 400, 520] < 0.85 * seen["WIDEFIELD", 488, 520]
assert abs(seen["EMISSION", 488, 700] / seen["EMISSION", 488, 520] - 700 / 520) < 0.01
assert abs(seen["GAUSSIAN", 488, 700] / seen["GAUSSIAN", 488, 520] - 700 / 520) < 0.01
assert abs(flat / (0.5145 * 488 / 0.3) - 1) < 0.01 and seen["WIDEFIELD", 488, 520] / flat > 1.08
print("as found")
PY
