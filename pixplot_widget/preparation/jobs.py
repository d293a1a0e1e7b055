"""Work in a thread that can be asked to stop, and whose error is kept for whoever waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context

from ..threads import start

__all__ = ["Job"]


class Job:
    """A function running in a thread, which can be asked to stop and which keeps its error.

    Parameters
    ----------
    name : str
        Of the thread.
    run : callable
        ``run(cancel)``, which looks at the event every now and then.
    after : callable
        Called with the job in its thread when it has ended, however it ended.
    context : contextvars.Context
        In a copy of which the thread works.
    """

    def __init__(
        self, name: str, run: Callable[[threading.Event], None], after: Callable[[Job], None], context: Context
    ) -> None:
        self.error: BaseException | None = None
        self.cancel = threading.Event()
        self.ended = False
        self.run = run
        self._after = after
        self._done = threading.Event()
        start(self._work, name=f"pixplot-{name}", context=context)

    def _work(self) -> None:
        try:
            self.run(self.cancel)
        except Exception as error:  # noqa: BLE001 - shown in the widget, and raised by wait()
            if not self.cancel.is_set():  # of a job that was told to stop nobody wants to hear
                self.error = error
        finally:
            self.ended = True
            try:
                self._after(self)  # before those who wait go on: they look at what it told
            finally:
                self._done.set()

    @property
    def done(self) -> bool:
        """Whether it has ended, and all has been told that follows from that."""
        return self._done.is_set()

    def wait(self, timeout: float | None) -> bool:
        """Wait for its end; False if that did not come in time."""
        return self._done.wait(timeout)
