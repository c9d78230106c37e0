"""What is not seen within one healthy process: missing libraries, forks, interpreters that end under a plan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import abbe
from abbe import _library

PRELUDE = """
import numpy, abbe
psf = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
image = numpy.ones((64, 64), numpy.float32)
large = numpy.random.default_rng(1).random((512, 512), numpy.float32)
"""


def python(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_a_missing_library_says_where_it_was_looked_for(tmp_path: Path) -> None:
    wanted = tmp_path / "nowhere" / "libabbe.so"
    done = python("import abbe", ABBE_LIBRARY=str(wanted))
    assert done.returncode == 1
    assert f"LibraryError: libabbe is not found; looked at {wanted} (no such file)" in done.stderr
    assert "set ABBE_LIBRARY" in done.stderr


def test_what_is_no_library_says_so(tmp_path: Path) -> None:
    text = tmp_path / "libabbe.so"
    text.write_text("not a library")
    done = python("import abbe", ABBE_LIBRARY=str(text))
    assert f"looked at {text} (" in done.stderr and "LibraryError" in done.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("int nothing(void) { return 0; }", "is not libabbe; it must export abbe_version()"),
        ("unsigned abbe_version(void) { return 7000000; }", "is libabbe 7.0; this package works with"),
        ("unsigned abbe_version(void) { return NUMBER; }", "lacks abbe_"),
    ],
)
def test_decoy_libraries_are_refused(source: str, message: str, tmp_path: Path) -> None:
    program, library = tmp_path / "decoy.c", tmp_path / "libabbe.so"
    program.write_text(source.replace("NUMBER", str(_library.plain("abbe_version"))))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, program], check=True)
    done = python("import abbe", ABBE_LIBRARY=str(library))
    assert message in done.stderr and "LibraryError" in done.stderr and done.returncode == 1


def test_nothing_is_printed() -> None:
    done = python(PRELUDE + "abbe.deconvolve(image, psf, iterations=2)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_two_interpreters_at_once_give_the_same(tmp_path: Path) -> None:
    program = PRELUDE + "import sys; numpy.save(sys.argv[1], abbe.deconvolve(image, psf, iterations=5))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    files = [tmp_path / f"{number}.npy" for number in range(2)]
    running = [subprocess.Popen([sys.executable, "-c", program, str(file)], env=environment) for file in files]
    assert [process.wait(60) for process in running] == [0, 0]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_interpreter_that_ends_under_a_plan_ends_cleanly() -> None:
    program = """
import threading, time
plan = abbe.Plan().add("deconvolve", psf=psf, iterations=10_000, stop="iterations")
heard = threading.Event()
def work():
    try:
        plan(large, progress=lambda fraction: heard.set())
    except abbe.CancelledError:
        pass
threading.Thread(target=work, daemon=True).start()
assert heard.wait(60)
"""
    begun = time.monotonic()
    done = python(PRELUDE + program)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - begun < 60


def test_control_c_stops_a_plan() -> None:
    # A shell that started the tests in the background had them ignore the interrupt, which children inherit.
    listen = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program = PRELUDE + listen + "print('ready', flush=True)\nabbe.deconvolve(large, psf, iterations=10_000, stop='iterations')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(1.0)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == -signal.SIGINT
        assert "KeyboardInterrupt" in running.stderr.read()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SKIPPED: this platform cannot fork")
def test_after_a_fork_old_objects_are_refused_and_new_ones_work() -> None:
    program = PRELUDE + """
import os, sys
plan = abbe.Plan().add("deconvolve", psf=psf, iterations=2)
before = plan(image)
child = os.fork()
if child == 0:
    try:
        plan(image)
    except abbe.HandleError as failure:
        assert "after a fork" in str(failure)
        fresh = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
        os._exit(0 if (abbe.deconvolve(image, fresh, iterations=2) == before).all() else 3)
    os._exit(4)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = python(program)
    assert done.returncode == 0, done.stderr


def test_the_version_is_the_library_s() -> None:
    assert abbe.__version__.split(".")[:2] == [str(part) for part in abbe._abi.VERSION[:2]]
