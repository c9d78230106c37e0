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


def test_libraries_that_are_cut_off_or_for_others_are_not_loaded(tmp_path: Path) -> None:
    """The system's loader ends the process at the first, and of the second says that there is no such file."""
    whole = Path(_library._LIBRARY._name).read_bytes()
    other = bytearray(whole)
    other[18] = 183 if whole[18] == 62 else 62
    library = tmp_path / "libabbe.so"
    cut = [(whole[: len(whole) * share // 100], f"cut off: it has {len(whole) * share // 100} of ") for share in (1, 50, 99)]
    elsewhere = [(b"MZ" + whole[2:], "a library of Windows"), (b"\xcf\xfa\xed\xfe", "a library of macOS")]
    small = [(b"", "no library"), (whole[:4] + b"\x01" + whole[5:], "no library of 64 bits")]
    for content, message in [*cut, *elsewhere, *small, (bytes(other), "a library for ")]:
        library.write_bytes(content)
        done = python("import abbe", ABBE_LIBRARY=str(library))
        assert done.returncode == 1 and f"looked at {library} ({message}" in done.stderr, (done.returncode, done.stderr)


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


INTERRUPTED = """
import os, signal, threading
from abbe import _library
signal.signal(signal.SIGINT, signal.default_int_handler)
whole, cancelled = _library.call, []
def call(name, *arguments):
    if name == LONG:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        whole(name, *arguments)
    except abbe.CancelledError:
        cancelled.append(name)
        raise
_library.call = call
optics = dict(numerical_aperture=1.4, wavelength_nm=525, pixel_nm=65, step_nm=200, immersion_index=1.515, sample_index=1.38,
              depth_nm=20000)
model = abbe.psf.vectorial(**optics)
"""


@pytest.mark.parametrize(
    ("long", "line"),
    [
        ("abbe_psf_sample", "model.sample((301, 301, 301))"),
        ("abbe_plan_commit", "abbe.Plan().add('deconvolve', psf=model)(numpy.ones((301, 301, 301), 'uint8'))"),
        ("abbe_plan_execute", "abbe.Plan().add('deconvolve', psf=psf, iterations=10_000, stop='iterations')(large)"),
    ],
)
def test_control_c_is_heard_inside_long_calls(long: str, line: str) -> None:
    """The call itself is cancelled, and does not go on to its end before Python's handler runs."""
    program = PRELUDE + f"LONG = {long!r}\n" + INTERRUPTED + f"""
try:
    {line}
except KeyboardInterrupt:
    print(cancelled)
_library.call = whole
assert abbe.deconvolve(image, psf, iterations=1).shape == image.shape
"""
    done = python(program)
    assert (done.returncode, done.stdout) == (0, f"[{long!r}]\n"), done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SKIPPED: this platform cannot fork")
def test_what_can_be_made_anew_works_in_a_fork() -> None:
    program = PRELUDE + """
import os, sys
measured = abbe.psf.measured(psf.sample((9, 9)))
context = abbe.Context(threads=1)
network = abbe.Model.builtin(context=context)
before = [abbe.deconvolve(image, one, iterations=2) for one in (psf, measured)]
closed = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
closed.close()
child = os.fork()
if child == 0:
    after = [abbe.deconvolve(image, one, iterations=2, context=context) for one in (psf, measured)]
    same = all((one == other).all() for one, other in zip(before, after))
    try:
        closed.sample()
    except abbe.HandleError as failure:
        same = same and "is closed" in str(failure)
    os._exit(0 if same and network.describe()["name"] == "abbe denoise" else 3)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = python(program)
    assert done.returncode == 0, done.stderr


def test_threads_by_the_environment() -> None:
    program = "import abbe; plan = abbe.Plan().add('denoise'); plan(__import__('numpy').ones((64, 64), 'uint8'))\n"
    program += "print(plan.report()['threads'])"
    for threads in ("1", "3"):
        assert python(program, ABBE_THREADS=threads).stdout == f"{threads}\n"
    for wrong in ("many", "-1", "2000", "1.5"):
        assert f"ABBE_THREADS is '{wrong}'; it must be a whole number from 0 to 1024" in python(program, ABBE_THREADS=wrong).stderr
