"""The work behind a widget: thumbnails and positions, in threads of their own, so that nobody waits for them.

Two jobs run side by side. One makes thumbnails; the other places the images: by PCA as soon as there are vectors,
by UMAP when that is done. New vectors cancel and replace only the second.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import replace

import numpy as np

from ..thumbnails import ThumbnailStore
from .jobs import Job
from .positions import Placing, Positions
from .progress import Listener, Pace, Progress

__all__ = ["Listener", "Placing", "Preparation", "Progress"]

BEGUN = {"thumbnails": "Reading images", "layout": "Comparing images", "hotspots": "Finding hotspots"}
"""What a job that has only begun is at, as a page says it."""

FAILED = {
    "thumbnails": "Not all images could be read",
    "layout": "Images could not be arranged by similarity and stay as they are",
    "hotspots": "No hotspots could be found",
}
"""What a job that ended early leaves undone, as a page says it."""


class Preparation:
    """Thumbnails and positions of one widget.

    Parameters
    ----------
    store : ThumbnailStore
        Is filled.
    listener : Listener
        Is told.
    placing : Placing
        How positions are made.
    """

    def __init__(self, store: ThumbnailStore, listener: Listener, placing: Placing) -> None:
        self._store = store
        self._listener = listener
        self._placing = placing
        self._lock = threading.RLock()
        self._context = copy_context()
        self._jobs: dict[str, Job] = {}
        self._progress: dict[str, Progress] = {}
        # How to go on with jobs that were stopped, or failed: there may be room on the disk by then.
        self._stopped: dict[str, Callable[[threading.Event], None]] = {}
        self._thumbnails_ready = threading.Event()
        self._closed = False
        self._by_thumbnails = False  # whether images are compared by their thumbnails
        self._telling = threading.RLock()
        self._announcing = threading.Lock()
        self._announced = np.zeros(0, dtype=bool)
        store.made = self._announce
        self._positions = Positions(store, listener, lambda progress: self._report("layout", progress), self._lock)

    @property
    def vectors(self) -> np.ndarray | None:
        """What images are compared by: those given, or those of the thumbnails once they are made."""
        return self._positions.vectors

    def start(self, vectors: np.ndarray | None) -> None:
        """Begin both jobs."""
        self._begin_look()
        self.place(vectors, first=True)

    def append(self, vectors: np.ndarray | None, supervise: np.ndarray | None) -> None:
        """Go on with the rows that were added to the store: into the present layout, or into one being made.

        Parameters
        ----------
        vectors, supervise : numpy.ndarray or None
            As for `place` and `Placing`, of all rows.
        """
        with self._lock:
            self._placing = replace(self._placing, supervise=supervise)
            anew = not self._positions.standing or (self._is_unread and vectors is None)
            self._jobs["thumbnails"].cancel.set()
            self._begin_look()
            if anew:
                self.place(vectors, first=not self._positions.begun)
            else:
                for name in ("layout", "hotspots"):
                    if name in self._jobs:
                        self._jobs[name].cancel.set()
                self._begin("layout", lambda cancel: self._insert(vectors, cancel))

    def place(self, vectors: np.ndarray | None, first: bool = False, start_from: np.ndarray | None = None) -> None:
        """Make positions from `vectors`, from the thumbnails if None, in place of what is being made now."""
        with self._lock:
            running = self._jobs.get("layout")
            if running is not None:
                running.cancel.set()
            self._positions.forget()
            self._by_thumbnails = vectors is None
            if vectors is None and "thumbnails" in self._stopped:  # of which they are to be made
                self._begin_look()
            self._begin("layout", lambda cancel: self._place(vectors, first, start_from, cancel))

    def stop(self) -> None:
        """Stop all jobs, soon. What is done stays; `resume` goes on from there."""
        with self._lock:
            for name, job in self._jobs.items():
                if not (job.ended or job.cancel.is_set()):
                    job.cancel.set()
                    self._stopped[name] = job.run
            reports = {name: Progress(error=self._progress[name].error) for name in self._stopped}
        for name, report in reports.items():
            self._report(name, report)

    def resume(self) -> None:
        """Go on with what was stopped, and try again what failed."""
        with self._lock:
            stopped, self._stopped = self._stopped, {}
            unread = self._is_unread
            if "thumbnails" in stopped:
                self._begin_look()
            if unread and self._by_thumbnails:
                self.place(None)
            elif "layout" in stopped and not self._positions.complete:
                self._begin("layout", stopped["layout"])
            elif "layout" in stopped or "hotspots" in stopped:
                self._begin("hotspots", self._group)
        self._tell()

    @property
    def _is_unread(self) -> bool:
        """Whether an error ended the reading: what was compared by thumbnails lacks those that were not made."""
        return self._jobs["thumbnails"].error is not None

    @property
    def progress(self) -> Progress:
        """How far the first unfinished job is; the error of one that failed."""
        with self._lock:
            reports = list(self._progress.values())
            error = next((report.error for report in reports if report.error), "")
            busy = next((report for report in reports if report.stage), Progress())
            running = any(not (job.ended or job.cancel.is_set()) for job in self._jobs.values())
            return replace(busy, error=error, running=running, stopped=bool(self._stopped))

    @contextlib.contextmanager
    def telling(self, stage: str) -> Iterator[None]:
        """Show on the pages that something else is being done, by whoever does it, while it is done."""
        self._report(stage, Progress(stage))
        try:
            yield
        finally:
            self._report(stage, Progress())

    def wait(self, timeout: float | None = None) -> None:
        """Block until both jobs have ended, or were stopped.

        Raises
        ------
        TimeoutError
            If that took longer than `timeout` seconds.
        Exception
            Whatever ended a job early.
        """
        if timeout is not None and not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout is a number of seconds or None, not {timeout!r}")
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._lock:
                jobs = list(self._jobs.values())
            for job in jobs:
                left = None if until is None else max(0.0, until - time.monotonic())
                if not job.wait(left):
                    raise TimeoutError(f"not ready after {timeout} s: {self.progress.stage}")
            with self._lock:
                if jobs == list(self._jobs.values()):  # no new one was begun meanwhile
                    break
        for job in jobs:
            if job.error is not None:
                raise job.error

    def close(self) -> None:
        """Stop all jobs, soon, and begin no more."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                job.cancel.set()

    # --- jobs ---

    def _begin(self, name: str, run: Callable[[threading.Event], None]) -> None:
        with self._lock:
            if self._closed:
                return
            self._stopped.pop(name, None)
            self._progress[name] = Progress(BEGUN[name])
            self._jobs[name] = Job(name, run, lambda job: self._ended(name, job), self._context)

    def _ended(self, name: str, job: Job) -> None:
        with self._lock:
            if self._jobs.get(name) is not job and name in self._jobs and job.cancel.is_set():
                return  # its successor reports now
            error = job.error
            if error is not None and name != "hotspots":
                self._stopped[name] = job.run
        words = "" if error is None else f"{FAILED[name]}: {error or 'no reason given'} ({type(error).__name__})"
        self._report(name, Progress(error=words))

    def _report(self, name: str, progress: Progress) -> None:
        with self._lock:
            if name in self._stopped:  # and ends soon, whatever it is still at
                progress = Progress(error=progress.error)
            self._progress[name] = progress
        self._tell()

    def _tell(self) -> None:
        """Tell how far all is; in turn, so that the last that is told is how it is."""
        with self._telling:
            self._listener.progressed(self.progress)

    def _begin_look(self) -> None:
        ready = self._thumbnails_ready = threading.Event()
        self._begin("thumbnails", lambda cancel: self._look(cancel, ready))

    def _announce(self) -> None:
        with self._announcing:
            there = self._store.state != 0
            known = np.zeros(len(there), dtype=bool)
            known[: len(self._announced)] = self._announced[: len(there)]
            self._announced = there | known
            fresh = np.flatnonzero(there & ~known)
            if fresh.size:
                self._listener.looked(fresh.astype(np.int32))

    def _look(self, cancel: threading.Event, ready: threading.Event) -> None:
        def told(progress: Progress) -> None:
            self._announce()
            self._report("thumbnails", progress)

        try:
            self._store.prepare(cancel=cancel, progress=Pace("Reading images", told))
            if not self._closed:
                self._announce()
        finally:
            ready.set()

    def _place(
        self, vectors: np.ndarray | None, first: bool, start_from: np.ndarray | None, cancel: threading.Event
    ) -> None:
        self._positions.place(self._placing, vectors, first, start_from, self._thumbnails_ready, cancel)
        self._group(cancel)

    def _insert(self, vectors: np.ndarray | None, cancel: threading.Event) -> None:
        self._positions.insert(self._placing, vectors, self._thumbnails_ready, cancel)
        self._group(cancel)

    def group(self) -> None:
        """Look again for what follows from the places by similarity, if there are any yet."""
        with self._lock:
            if self._positions.found:
                self._begin("hotspots", self._group)

    def _group(self, cancel: threading.Event) -> None:
        if self._positions.found and not cancel.is_set():
            with self.telling("Finding hotspots"):
                self._positions.tell(cancel)
