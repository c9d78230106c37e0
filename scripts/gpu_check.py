"""Compares CUDA with the CPU for networks, through the C library, and prints speeds.

    python gpu_check.py LIBABBE ONNXRUNTIME_FOLDER MODEL...

The folder holds libonnxruntime and its CUDA provider (as in the wheel onnxruntime-gpu==1.28.0), with CUDA 13 and
cuDNN 9 where the loader finds them. Needs nothing but Python and NumPy. Ends with status 1 when a network differs by
more than 1e-3 of its range, or runs no node on the GPU.
"""

import ctypes
import json
import sys
import time

import numpy as np

CPU, CUDA = 1, 2
F32 = 4
STEP_MODEL = 4


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.abbe_error_text.restype = ctypes.c_size_t

    def call(self, name, *arguments):
        status = getattr(self.c, name)(*arguments)
        if status != 0:
            text = ctypes.create_string_buffer(2000)
            self.c.abbe_error_text(None, text, ctypes.c_size_t(2000))
            raise RuntimeError(f"{name}: {status}: {text.value.decode()}")

    def parameter(self, name):
        found = ctypes.c_int32()
        self.call("abbe_param_find", name.encode(), ctypes.byref(found))
        return found

    def text(self, name, handle):
        needed = ctypes.c_size_t()
        self.call(name, handle, None, ctypes.c_size_t(0), ctypes.byref(needed))
        text = ctypes.create_string_buffer(needed.value)
        self.call(name, handle, text, needed, ctypes.byref(needed))
        return json.loads(text.value)


def context(library, runtime, device):
    handle = ctypes.c_void_p()
    library.call("abbe_context_create", ctypes.byref(handle))
    library.call("abbe_context_set_text", handle, library.parameter("context.onnxruntime"), runtime.encode())
    for name, value in [("context.device", device), ("context.fallback", 0), ("context.deterministic", 1)]:
        library.call("abbe_context_set_i64", handle, library.parameter(name), ctypes.c_int64(value))
    return handle


def run(library, owner, path, extent, repeats):
    """Result, report and seconds of the best execute."""
    model, plan = ctypes.c_void_p(), ctypes.c_void_p()
    library.call("abbe_model_load", owner, path.encode(), ctypes.byref(model))
    about = library.text("abbe_model_describe", model)
    channels = about["geometry"]["channels"] or 1
    y, x = np.mgrid[:extent, :extent].astype(np.float32)
    image = np.stack([0.5 + 0.3 * np.sin(x / (7 + c)) * np.cos(y / 11) for c in range(channels)])
    image += np.random.default_rng(1).normal(0, 0.05, image.shape)
    image = np.ascontiguousarray(image, np.float32)
    library.call("abbe_plan_create", owner, ctypes.byref(plan))
    library.call("abbe_plan_add_step", plan, STEP_MODEL)
    library.call("abbe_plan_set_model", plan, model)
    shape = (ctypes.c_int64 * 3)(*image.shape)
    library.call("abbe_plan_set_input", plan, F32, b"cyx", shape, None, ctypes.c_int64(0))
    made, rank = (ctypes.c_int64 * 8)(), ctypes.c_int32()
    library.call("abbe_plan_output_shape", plan, made, 8, ctypes.byref(rank))
    output = np.zeros(list(made)[: rank.value], np.float32)
    library.call("abbe_plan_commit", plan)
    best = float("inf")
    for _ in range(repeats):
        begun = time.perf_counter()
        library.call("abbe_plan_execute", plan, image.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(image.nbytes),
                     output.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(output.nbytes))
        best = min(best, time.perf_counter() - begun)
    report = library.text("abbe_plan_report", plan)
    library.c.abbe_plan_destroy(plan)
    library.c.abbe_model_destroy(model)
    return output, report, best


def nodes(report):
    """Nodes by execution provider, wherever the report has them."""
    if isinstance(report, dict):
        if report.get("provider"):
            return {report["provider"]: report["nodes"]}
        report = list(report.values())
    found = {}
    for part in report if isinstance(report, list) else []:
        found.update(nodes(part))
    return found


def main(library, runtime, models):
    library = Library(library)
    owners = {device: context(library, runtime, device) for device in (CPU, CUDA)}
    failed = False
    for path in models:
        try:
            cpu, _, slow = run(library, owners[CPU], path, 1024, 1)
            gpu, report, fast = run(library, owners[CUDA], path, 1024, 5)
        except RuntimeError as error:
            print(f"FAILED {path}: {error}")
            failed = True
            continue
        placed = nodes(report)
        difference = float(np.abs(cpu - gpu).max() / max(float(np.ptp(cpu)), 1e-9))
        good = difference <= 1e-3 and placed.get("CUDAExecutionProvider", 0) > 0
        failed |= not good
        print(f"{'ok' if good else 'FAILED'} {path}: difference {difference:.1e} of the range, CPU {slow:.3f} s, "
              f"CUDA {fast:.4f} s, {slow / fast:.0f} times, nodes {placed}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
