"""Execution providers of ONNX Runtime that are libraries of their own, through the Python package."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import abbe

PLAIN = ROOT / "tests" / "data" / "network" / "plain.onnx"
# A provider whose factory gives nothing; OrtStatus is NULL where it succeeds.
EMPTY = """
#include <stddef.h>
void *CreateEpFactories(const char *name, const void *base, const void *logger, void **made, size_t most, size_t *count) {
    *count = 0;
    return NULL;
}
void *ReleaseEpFactory(void *factory) { return NULL; }
"""


@pytest.fixture(autouse=True)
def runtime() -> None:
    pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")


def webgpu() -> Path:
    found = importlib.util.find_spec("onnxruntime_ep_webgpu")
    if found is None or found.origin is None:
        pytest.skip("SKIPPED: no execution provider of its own here; pip install onnxruntime-ep-webgpu==0.4.0")
    return Path(found.origin).parent / "libonnxruntime_providers_webgpu.so"


def test_the_processor_is_always_listed() -> None:
    with abbe.Context() as context:
        found = context.devices()
    assert "CPUExecutionProvider" in found["built_in"]
    (device,) = [one for one in found["devices"] if one["provider"] == "CPUExecutionProvider"]
    assert (device["index"], device["kind"]) == (0, "cpu")


def test_a_provider_without_devices_is_refused(tmp_path: Path) -> None:
    if not shutil.which("cc"):
        pytest.skip("SKIPPED: no C compiler here")
    source, library = tmp_path / "empty.c", tmp_path / "empty provider \u00e4\u6c34.so"
    source.write_text(EMPTY)
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    with abbe.Context() as context:
        with pytest.raises(abbe.DeviceError, match="empty provider \u00e4\u6c34.so") as raised:
            context.register_provider("empty", library)
        assert "finds no device on this machine" in str(raised.value) or "refuses the execution provider" in str(raised.value)
        # Another file, since that one may still be loaded.
        part = tmp_path / "part.so"
        part.write_bytes(library.read_bytes()[:5000])
        with pytest.raises(abbe.DeviceError, match="is damaged or cut off"):
            context.register_provider("empty", part)


def test_devices_of_a_registered_provider_are_listed_and_named_in_what_fails() -> None:
    """In a process of its own, since a provider stays registered. A virtual device is there on every machine, and runs nothing."""
    program = f"""
import abbe, numpy, pytest
context = abbe.Context(fallback=0, provider="WebGpuExecutionProvider")
with pytest.raises(abbe.DeviceError, match="has devices of CPUExecutionProvider; give its library"):
    abbe.Model({str(PLAIN)!r}, context=context)(numpy.zeros((32, 32), numpy.float32))
for _ in range(2):
    context.register_provider("webgpu.virtual", {str(webgpu())!r})
with pytest.raises(abbe.StateError, match="choose another"):
    context.register_provider("webgpu.virtual", {str(webgpu().parent / "__init__.py")!r})
virtual = [one for one in context.devices()["devices"] if one["provider"] == "WebGpuExecutionProvider"][-1]
assert virtual["kind"] == "gpu" and virtual["hardware"] == {{"is_virtual": "1"}} and virtual["metadata"]["version"]
strict = abbe.Context(fallback=0, provider="WebGpuExecutionProvider", device_index=virtual["index"])
with pytest.raises(abbe.DeviceError, match="set context.fallback to 1"):
    abbe.Model({str(PLAIN)!r}, context=strict)(numpy.zeros((32, 32), numpy.float32))
with pytest.raises(abbe.DeviceError, match="context.device_index is 9; WebGpuExecutionProvider has"):
    context = abbe.Context(fallback=0, provider="WebGpuExecutionProvider", device_index=9)
    abbe.Model({str(PLAIN)!r}, context=context)(numpy.zeros((32, 32), numpy.float32))
# Nobody runs there who did not ask for it, and who asked mildly is told.
for settings in ({{}}, {{"device": "cpu"}}, {{"provider": "WebGpuExecutionProvider", "device_index": virtual["index"]}}):
    context = abbe.Context(**settings)
    plan = abbe.Plan(context).add("model", model=abbe.Model({str(PLAIN)!r}, context=context))
    plan(numpy.ones((32, 32), numpy.float32), axes="yx")
    told = plan.report()["steps"][0]["images"][0]
    assert told["device"] == "cpu" and {{one["provider"] for one in told["nodes"]}} == {{"CPUExecutionProvider"}}
    assert ("virtual GPU" in (told["fallback"] or "")) == ("provider" in settings), told["fallback"]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
