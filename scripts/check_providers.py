"""Runs networks on execution providers that are libraries of their own, and compares with the CPU, strictly.

    ABBE_LIBRARY=.../libabbe.so ABBE_ONNXRUNTIME=FOLDER PYTHONPATH=bindings/python/src \\
        scripts/check_providers.py NAME=LIBRARY[,PROVIDER[,OPTIONS]] [NETWORK...]

NAME is the name to register it under ("webgpu.virtual" asks for devices that are not there too), OPTIONS are
key=value;key=value. Without networks: some of tests/data/network, and the denoiser. Each library needs a process of its own.
Fails where a network does not run there, or differs by more than half precision does.
"""

import sys
import time
from pathlib import Path

import numpy

import abbe

ROOT = Path(__file__).resolve().parent.parent
NETWORKS = [ROOT / "tests/data/network" / name for name in ("plain.onnx", "u_net.onnx", "shuffle_x3.onnx", "half.onnx")]
NETWORKS.append(ROOT / "models/abbe-denoise.zip")
APART = 2.0**-10
"""Of the range: a rounding to half precision in each of two results."""


def timed(network: Path, context: abbe.Context, image: numpy.ndarray) -> tuple[numpy.ndarray, float, str]:
    """The result, the seconds of a second run, and how many nodes ran where."""
    plan = abbe.Plan(context).add("model", model=abbe.Model(network, context=context))
    result = plan(image, axes="yx")
    begun = time.perf_counter()
    plan(image, axes="yx")
    took = time.perf_counter() - begun
    nodes = plan.report()["steps"][0]["images"][0]["nodes"]
    return result, took, ", ".join(f"{one['provider']} {one['nodes']}" for one in nodes)


def main() -> int:
    name, _, rest = sys.argv[1].partition("=")
    library, provider, options = (rest.split(",", 2) + ["", ""])[:3]
    processor = abbe.Context(device="cpu", threads=2)
    context = abbe.Context(threads=2, fallback=0, provider_options=options)
    try:
        context.register_provider(name, library)
    except abbe.Error as error:
        print(f"refused: {error}")
        return 1
    listed = context.devices()
    new = [device for device in listed["devices"] if device["provider"] != "CPUExecutionProvider"]
    print(f"ONNX Runtime {listed['onnxruntime']}")
    for device in new:
        print(f"  {device['provider']} {device['index']}: {device['kind']} of {device['vendor']}, {device['metadata']}")
    context = abbe.Context(threads=2, fallback=0, provider=provider or new[0]["provider"], provider_options=options)
    image = numpy.random.default_rng(1).poisson(200, (256, 256)).astype(numpy.float32)
    failed = 0
    for network in [Path(path) for path in sys.argv[2:]] or NETWORKS:
        wanted, slow, _ = timed(network, processor, image)
        try:
            found, took, nodes = timed(network, context, image)
        except abbe.Error as error:
            print(f"{network.name}: {error}")
            failed += 1
            continue
        apart = float(abs(found - wanted).max() / (numpy.ptp(wanted) or 1.0))
        failed += not apart <= APART
        print(f"{network.name}: {apart:.2g} of the range; {nodes}; {slow:.3f} s -> {took:.3f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
