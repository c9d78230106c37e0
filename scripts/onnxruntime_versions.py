"""Runs networks in ONNX Runtime of every minor release: each loads and gives the CPU's values, or is refused by name.

    ABBE_LIBRARY=.../libabbe.so PYTHONPATH=bindings/python/src scripts/onnxruntime_versions.py FOLDER [1.24 1.25 ...]

Downloads wheels from PyPI to FOLDER; every version runs in a process of its own, without and with its telemetry switched off. Fails where
one is taken that must not be, or the other way round.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ["1.20", "1.23", *(f"1.{minor}" for minor in range(24, 33))]
PROGRAM = f"""
import sys, numpy, abbe
worst = 0.0
for name in ("plain", "u_net", "volume"):
    image = numpy.load({str(ROOT / "tests/data/network")!r} + f"/{{name}}.input.npy")
    wanted = numpy.load({str(ROOT / "tests/data/network")!r} + f"/{{name}}.output0.npy")
    with abbe.Model({str(ROOT / "tests/data/network")!r} + f"/{{name}}.onnx", context=abbe.Context(device="cpu", threads=2)) as model:
        result = model(image[0, 0], axes="zyx"[-(image.ndim - 2):], normalisation="none")
    worst = max(worst, float(abs(result - wanted[0, 0]).max()))
assert worst < 1e-5, worst
print(f"runs, at most {{worst:.1e}} from the recorded values")
"""


def library(folder: Path, version: str) -> Path:
    place = folder / version
    if not list(place.glob("libonnxruntime.so*")):
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_27_x86_64", "--python-version", "3.12"]
        subprocess.run([*command, "--dest", str(place), f"onnxruntime=={version}.*"], check=True)
        (wheel,) = place.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith("onnxruntime/capi/libonnxruntime"):
                    (place / Path(name).name).write_bytes(archive.read(name))
        wheel.unlink()
    return place


def wanted(version: str, switch: str) -> str:
    """What must be said of a version: 1.24 is the oldest, and from 1.29 on they have telemetry."""
    minor = int(version.split(".")[1])
    if minor < 24:
        return "must be 1.24 or newer"
    return "carries telemetry" if minor > 28 and switch == "0" else "runs, at most"


def main() -> None:
    failed = []
    for version in sys.argv[2:] or VERSIONS:
        place = library(Path(sys.argv[1]), version)
        for switch in ("0", "1"):
            environment = {**os.environ, "ABBE_ONNXRUNTIME": str(place), "ORT_DISABLE_TELEMETRY": switch}
            done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment)
            said = done.stdout.strip() or done.stderr.strip().splitlines()[-1]
            print(f"{version} telemetry {'off' if switch == '1' else 'as it is'}: {said}", flush=True)
            if wanted(version, switch) not in said:
                failed.append(version)
    if failed:
        sys.exit(f"not as it must be: {', '.join(failed)}")


if __name__ == "__main__":
    main()
