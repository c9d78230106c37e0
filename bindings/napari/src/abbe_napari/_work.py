"""One piece of work at a time, on a thread of napari's, which tells how far it is and can be stopped."""

from __future__ import annotations

import contextlib
from typing import Any, Callable

from napari.qt.threading import create_worker
from napari.utils.notifications import notification_manager, show_error, show_info, show_warning
from superqt.utils import FunctionWorker

import abbe


class Work:
    """A call on a thread of its own.

    abbe takes all threads and most of the memory, so that one work runs at a time.

    Args:
        title: What it does, for napari's list of tasks.
        call: Is called with the work itself, whose :meth:`hear` is abbe's listener, and whose :meth:`watch` takes what can be cancelled.
    """

    running: Work | None = None

    def __init__(self, title: str, call: Callable[[Work], Any]) -> None:
        self.title, self.share = title, 0.0
        self._call, self._stop, self._shown = call, None, set()
        # napari's own class shows a warning once in a session, and errors with a traceback; superqt's leaves that to us.
        self._worker = create_worker(self, _start_thread=False, _worker_class=FunctionWorker, _ignore_errors=True)

    def __call__(self) -> Any:
        return self._call(self)

    def __repr__(self) -> str:  # napari shows it
        return self.title

    def start(self, done: Callable[[Any], Any], ended: Callable[[], Any]) -> None:
        """Begins. ``done`` hears of the result on the main thread, then ``ended``, which is called in any case."""
        Work.running = self

        def finished() -> None:
            Work.running = None
            ended()

        self._worker.returned.connect(done)
        self._worker.warned.connect(self._warn)
        self._worker.errored.connect(self._fail)
        self._worker.finished.connect(finished)
        self._worker.start()

    def hear(self, share: float) -> abbe.Answer:
        """abbe's listener."""
        self.share = share
        return abbe.CANCEL if self._worker.abort_requested else abbe.CONTINUE

    def watch(self, stoppable: abbe.Plan | abbe.Psf) -> None:
        """Takes what is to be cancelled with the work even before the listener is called, and leaves what it took before."""
        self._stop = stoppable.cancel
        if self._worker.abort_requested:
            raise abbe.CancelledError(f"{self.title} was cancelled")

    def cancel(self) -> None:
        """Asks it to stop; returns at once."""
        self._worker.quit()
        if self._stop is not None:
            with contextlib.suppress(abbe.Error):  # it may be closed by now
                self._stop()

    def _warn(self, said: tuple[Any, ...]) -> None:
        message, category = said[:2]
        if not issubclass(category, abbe.AbbeWarning):
            notification_manager.receive_warning(*said)
        elif str(message) not in self._shown:
            self._shown.add(str(message))
            show_warning(f"{self.title}: {message}")

    def _fail(self, failure: Exception) -> None:
        if isinstance(failure, abbe.CancelledError):
            show_info(f"{self.title}: cancelled")
        elif isinstance(failure, (abbe.Error, ImportError, MemoryError, OSError)):
            show_error(f"{self.title}: {failure}")
        else:
            notification_manager.receive_error(type(failure), failure, failure.__traceback__)
