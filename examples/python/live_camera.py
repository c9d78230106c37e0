"""A camera of Micro-Manager before a stream: `python examples/python/live_camera.py [FRAMES]`.

The camera is the demo camera of PyPI's mm-test-adapters, driven by pymmcore-plus: `pip install pymmcore-plus mm-test-adapters`.
Another camera needs other lines in `camera()` only. Frames that abbe is not done with in time are dropped, and the account of all
is printed at the end.
"""

from __future__ import annotations

import sys
import time

import abbe
from mm_test_adapters import device_adapter_path
from pymmcore_plus import CMMCorePlus


def camera(exposure_ms: float) -> CMMCorePlus:
    core = CMMCorePlus(adapter_paths=[device_adapter_path()])
    core.loadDevice("Camera", "DemoCamera", "DCam")
    core.initializeDevice("Camera")
    core.setCameraDevice("Camera")
    core.setProperty("Camera", "PixelType", "16bit")
    core.setExposure(exposure_ms)
    return core


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    core = camera(exposure_ms=20)
    core.snapImage()
    first = core.getImage()
    filtered, denoised = abbe.Plan(), abbe.Plan()
    filtered.add("filter", kind="median", radius_px=1).set_input(first).commit()
    denoised.add("denoise", method="network").set_input(first).commit()
    shown = late = levels = 0
    # Results are float32; a display takes the newest only, so two may wait.
    with abbe.Stream(
        filtered, denoised, shape=first.shape, dtype=first.dtype, out_dtype="float32", deadline_ms=200.0
    ) as stream:
        core.startContinuousSequenceAcquisition(0)
        submitted = 0
        while submitted < frames or not stream.wait(0):
            if submitted < frames and core.getRemainingImageCount():
                image, facts = core.popNextImageAndMD()
                stream.submit(image, int(facts["ImageNumber"]))
                submitted += 1
            elif (result := stream.take()) is not None:
                shown += 1  # A display would show result.image here.
                late += "late" in result.flags
                levels += result.level
            else:
                time.sleep(0.001)
        core.stopSequenceAcquisition()
        while stream.take() is not None:
            shown += 1
        counts = stream.counts()
    print(f"{shown} results, {levels} of them denoised and {late} late")
    print(", ".join(f"{name} {count}" for name, count in counts.items() if count))


if __name__ == "__main__":
    main()
