"""Threads that do many small jobs, of which some may hang: a dead network share, a slow server.

`concurrent.futures` fits badly: its threads are joined when Python ends, so one hanging read keeps the kernel from
stopping, and as many hanging jobs as there are threads stop all the others.
"""

from __future__ import annotations

import collections
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from .threads import start

__all__ = ["TookTooLong", "cores", "run"]

Task = TypeVar("Task")
Result = TypeVar("Result")

PATIENCE = 2.0  # seconds after which a job counts as hanging and another thread takes its place
GIVE_UP = 60.0  # seconds after which a job's result is no longer waited for
MOST_THREADS = 32
GATHER = 0.004  # seconds in which results gather: taken one by one, threads only wake each other
BACKLOG = 256  # results that may wait to be taken, so that memory stays bounded when the disk is slower than the jobs


class TookTooLong(Exception):  # noqa: N818 - it is given as a result, and says so
    """Stands for the result of a job that was not waited for any longer."""


def cores() -> int:
    """Return how many processors this process may use.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    threads: int | None = None,
    cancel: threading.Event | None = None,
    patience: float = PATIENCE,
    give_up: float = GIVE_UP,
    backlog: int = BACKLOG,
) -> Iterator[tuple[Task, Result | TookTooLong]]:
    """Do jobs in threads and yield each with its result as it is done, in any order.

    Leaving the loop early stops the threads after the job each is at. What a job raises is raised here.

    Parameters
    ----------
    work : callable
        Does one task.
    tasks : iterable
        Taken one at a time, under a lock of its own: it may wait for tasks that are still to come. What it raises is
        raised here.
    threads : int, optional
        Default: the processors at hand, at least two, so that one file that is waited for leaves the other going.
    cancel : threading.Event, optional
        Ends the loop soon after it is set.
    patience, give_up : float
        Seconds after which a job gets a substitute thread, and after which it is given up.
    backlog : int
        Results that may wait to be taken; with as many, the threads wait.

    Yields
    ------
    tuple
        The task, and its result or `TookTooLong`.

    Examples
    --------
    >>> sorted(run(abs, [-3, 1, -2]))
    [(-3, 3), (-2, 2), (1, 1)]
    """
    crew: _Crew[Task, Result] = _Crew(work, iter(tasks), backlog)
    base = threads or max(2, cores())
    try:
        for _ in range(base):
            crew.hire()
        looked = time.monotonic()
        while not (cancel is not None and cancel.is_set()):
            item = crew.take(timeout=0.1)
            if item is not None:
                yield item
            if time.monotonic() - looked > min(0.1, patience):
                looked = time.monotonic()
                for task in crew.overdue(give_up):
                    yield task, TookTooLong(f"took longer than {give_up:.0f} s")
                if crew.hanging(patience) > crew.hired - base and crew.hired < MOST_THREADS:
                    crew.hire()
            if crew.finished:
                return
    finally:
        crew.stop()


class _Crew(Generic[Task, Result]):
    """The threads of one `run`, what they are at, and what they have brought back."""

    def __init__(self, work: Callable[[Task], Result], tasks: Iterator[Task], backlog: int):
        self.hired = 0
        self._work = work
        self._tasks = tasks
        self._drawing = threading.Lock()
        self._lock = threading.Lock()
        self._results: collections.deque[tuple] = collections.deque()
        self._backlog = backlog
        self._arrived = threading.Event()
        self._running: dict[int, tuple[Task, float]] = {}
        self._started = 0  # jobs taken by a thread
        self._ended = 0  # jobs a thread came back from
        self._settled = 0  # jobs whose result was taken, or that were given up
        self._exhausted = False
        self._failure: BaseException | None = None
        self._stopped = threading.Event()

    def hire(self) -> None:
        self.hired += 1
        start(self._labour, name=f"pixplot-pool-{self.hired}")

    def stop(self) -> None:
        self._stopped.set()

    @property
    def finished(self) -> bool:
        """Whether all is done; raises what drawing the tasks raised."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            return self._exhausted and self._settled == self._started

    def take(self, timeout: float) -> tuple[Task, Result] | None:
        """Return one finished job, or None if there was none for a while."""
        if not self._results:
            if self._arrived.wait(timeout):
                time.sleep(GATHER)
            self._arrived.clear()
        if not self._results:  # or a thread found nothing left to do: time to look whether all is finished
            return None
        task, result, error = self._results.popleft()
        if error is not None:
            raise error
        with self._lock:
            self._settled += 1
        return task, result

    def overdue(self, seconds: float) -> list[Task]:
        """Give up the jobs that have run longer than this."""
        limit = time.monotonic() - seconds
        with self._lock:
            late = [ticket for ticket, (_, since) in self._running.items() if since < limit]
            self._settled += len(late)
            return [self._running.pop(ticket)[0] for ticket in late]

    def hanging(self, seconds: float) -> int:
        """Count the threads that bring nothing: those at one job for this long, and those whose job was given up."""
        limit = time.monotonic() - seconds
        with self._lock:
            slow = sum(since < limit for _, since in self._running.values())
            given_up = self._started - self._ended - len(self._running)
            return slow + given_up

    def _labour(self) -> None:
        while (drawn := self._draw()) is not None:
            task, ticket = drawn
            result, error = None, None
            try:
                result = self._work(task)
            except BaseException as caught:  # noqa: BLE001 - raised again where the results are taken
                error = caught
            with self._lock:
                wanted = self._running.pop(ticket, None) is not None
                self._ended += 1
            if wanted:
                self._deliver((task, result, error))
        self._arrived.set()

    def _draw(self) -> tuple[Task, int] | None:
        """Take the next task, with its number; None if there is none left."""
        with self._drawing:
            if self._exhausted or self._stopped.is_set():
                return None
            try:
                task = next(self._tasks)
            except StopIteration:
                with self._lock:
                    self._exhausted = True
                return None
            except BaseException as error:  # noqa: BLE001 - as in _labour
                with self._lock:
                    self._failure, self._exhausted = error, True
                return None
            with self._lock:
                ticket = self._started
                self._started += 1
                self._running[ticket] = (task, time.monotonic())
            return task, ticket

    def _deliver(self, item: tuple) -> None:
        while len(self._results) >= self._backlog:
            if self._stopped.wait(GATHER):
                return
        self._results.append(item)
        if not self._arrived.is_set():
            self._arrived.set()
