"""What happens while a plan executes or an estimate runs: its listener, Ctrl-C, and the end of the interpreter."""

from __future__ import annotations

import atexit
import contextlib
import enum
import os
import signal
import socket
import threading
from typing import Any, Callable, Iterator, Protocol, Union

from . import _abi, _library
from .errors import ArgumentError, StateError

try:
    # The functions of the module signal without its enumerations, which take as long as all else of a call.
    import _signal as _signals  # type: ignore[import-not-found]
except ImportError:
    _signals = signal
_SIGINT = int(signal.SIGINT)


class Answer(enum.IntEnum):
    """Answer of a progress listener."""

    CONTINUE = _abi.abbe_answer_code["ABBE_CONTINUE"]
    """Go on; so does any answer but ``CANCEL``."""
    CANCEL = _abi.abbe_answer_code["ABBE_CANCEL"]
    """Stop; the call then raises :class:`abbe.CancelledError`."""



class Updatable(Protocol):
    """A progress bar such as ``tqdm``: ``update`` is told what was done since, in parts of ``total`` (1 if none)."""

    def update(self, n: float, /) -> Any: ...


Progress = Union[Callable[[float], Any], Updatable]
"""Who hears of progress: a function of the share that is done (0 to 1), which may answer ``abbe.CANCEL``; or a bar."""


def execute(
    key: int,
    function: str,
    arguments: tuple[Any, ...],
    progress: Progress | None,
    cancel: str = "abbe_plan_cancel",
    listen: Callable[[bool], None] | None = None,
) -> None:
    """Calls a long function of the object ``key``, which ``cancel`` stops; what anybody raises meanwhile is raised here.

    ``listen`` is told first whether the function must call the listener.
    """
    run = Run(progress)
    before, _here.run = getattr(_here, "run", None), run

    def stop() -> None:
        _library.plain(cancel, key)

    try:
        with _Working(stop), _Interruptible(stop, run) as must_be_asked:
            if listen is not None:
                listen(progress is not None or must_be_asked)
            _library.call(function, *arguments)
            if run.failure is None:
                run.finish()
    except Exception:
        if run.failure is None:
            raise
    finally:
        _here.run = before
    if run.failure is not None:
        raise run.failure


def guarded(call: Callable[[], Any]) -> int:
    """Makes a call for the execute that runs on this thread, and answers whether it may go on: not where the call says
    ``abbe.CANCEL``."""
    run: Run = _here.run
    try:
        answer = call()
        return Answer.CANCEL if answer is Answer.CANCEL or run.failure is not None else Answer.CONTINUE
    except BaseException as failure:  # noqa: BLE001: raised again by the execute, Ctrl-C too
        run.failure = failure
        return Answer.CANCEL


class Run:
    """One execute as its listener sees it."""

    def __init__(self, progress: Progress | None) -> None:
        self.failure: BaseException | None = None
        self._done = 0.0
        self._told = 0.0
        self._tell: Callable[[float], Any] | None = None
        if progress is None:
            return
        update = getattr(progress, "update", None)
        if callable(update):
            total = float(getattr(progress, "total", None) or 1.0)

            def tell(fraction: float) -> None:
                # Whole numbers where the total has them: bars print what they are told.
                done = int(fraction * total) if total >= 10 else fraction * total
                update(done - self._told)
                self._told = done

            self._tell = tell
        elif callable(progress):
            self._tell = progress
        else:
            raise ArgumentError(f"progress is {progress!r}; it must be a function of a number, or have update()")

    def hear(self, fraction: float) -> int:
        answer = None
        if self._tell is not None and fraction > self._done:
            answer = self._tell(fraction)
            self._done = fraction
        # Functions such as update() of many bars answer what is of no concern here.
        return Answer.CANCEL if answer is Answer.CANCEL else Answer.CONTINUE

    def finish(self) -> None:
        self.hear(1.0)


class _Interruptible:
    """Lets Ctrl-C stop a call on the main thread.

    Python's handler runs when the main thread is back in Python: when the listener is entered, before any line of it, where
    what it raises would be lost, or when the call is over. So that the call is over soon, a watcher cancels it meanwhile,
    where the handler is Python's own, which raises in any case.
    """

    def __init__(self, stop: Callable[[], None], run: Run) -> None:
        self._stop, self._run, self._before = stop, run, None
        self._watched = False

    def __enter__(self) -> bool:
        """Whether Python must be asked meanwhile, since nobody watches."""
        if threading.current_thread() is not threading.main_thread():
            return False
        before: Any = _signals.getsignal(_SIGINT)
        if not callable(before):
            return False
        self._before = before
        _signals.signal(_SIGINT, self._note)
        self._watched = before is signal.default_int_handler and _watcher.begin(self._stop)
        return not self._watched

    def __exit__(self, *failure: Any) -> None:
        if self._watched:
            _watcher.end()
        if self._before is not None:
            _signals.signal(_SIGINT, self._before)

    def _note(self, number: int, frame: Any) -> None:
        try:
            self._before(number, frame)  # type: ignore[misc]
        except BaseException as failure:  # noqa: BLE001: raised again by the execute
            self._run.failure = failure
            self._stop()
        _watcher.behind = True


class _Watcher:
    """A thread that hears of signals while the main thread is inside libabbe, through the file that Python writes them to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self._process: int | None = None
        self._before = -1
        self._caught_up = threading.Event()
        self.behind = False
        """Whether Python's handler ran, perhaps before the watcher heard of the signal: it must not cancel the next call."""

    def begin(self, stop: Callable[[], None]) -> bool:
        """Has Ctrl-C call ``stop`` from now on; whether that can be done."""
        try:
            if self._process != os.getpid():
                ear, self._mouth = socket.socketpair()
                self._mouth.setblocking(False)
                threading.Thread(target=self._hear, args=(ear,), name="abbe signals", daemon=True).start()
                self._lock, self._process = threading.Lock(), os.getpid()
            if self.behind:
                self._caught_up.clear()
                self._mouth.send(b"\0")  # no signal has that number
                self._caught_up.wait(1)
                self.behind = False
            self._before = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        except (OSError, RuntimeError, ValueError):
            return False
        with self._lock:
            self._stop = stop
        return True

    def end(self) -> None:
        with self._lock:
            self._stop = None
        try:
            signal.set_wakeup_fd(self._before)
        except (OSError, ValueError):
            pass

    def _hear(self, ear: socket.socket) -> None:
        while True:
            numbers = ear.recv(64)
            if not numbers:
                return
            with self._lock:
                if self._stop is not None and any(one in numbers for one in _interrupts):
                    self._stop()
            if 0 in numbers:
                self._caught_up.set()
                numbers = numbers.replace(b"\0", b"")
            # An event loop may be waiting for the same.
            if self._before != -1 and numbers:
                with contextlib.suppress(OSError):
                    os.write(self._before, numbers)


@contextlib.contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Has SIGTERM do what Ctrl-C does, in a program of which this is the main thread."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    _interrupts.add(signal.SIGTERM)
    try:
        yield
    finally:
        _interrupts.discard(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class _Working:
    """Keeps count of the executes that run, so that the interpreter does not end under them."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def __enter__(self) -> None:
        with _idle:
            if _ending:
                raise StateError("Python is ending; no plan can execute any more")
            _working.append(self._stop)

    def __exit__(self, *failure: Any) -> None:
        with _idle:
            _working.remove(self._stop)
            if _ending:
                _idle.notify_all()


def _listen(_user: int | None, fraction: float) -> int:
    run: Run | None = getattr(_here, "run", None)
    if run is None:  # a commit, which nobody here listens to
        return Answer.CONTINUE
    try:
        answer = run.hear(fraction)
        return answer if run.failure is None else Answer.CANCEL
    except BaseException as failure:  # noqa: BLE001: raised again by the execute, Ctrl-C too
        run.failure = failure
        return Answer.CANCEL


def _finish() -> None:
    """Stops what daemon threads still execute: a listener cannot enter an interpreter that is gone."""
    global _ending
    with _idle:
        _ending = True
        for stop in _working:
            stop()
        _idle.wait_for(lambda: not _working, timeout=60)


# Kept for the life of the process: a plan may outlive its Python object.
LISTENER = _abi.abbe_progress_fn(_listen)
_interrupts: set[int] = {signal.SIGINT}
_watcher = _Watcher()
_here = threading.local()
_idle = threading.Condition()
_working: list[Callable[[], None]] = []
_ending = False
atexit.register(_finish)
