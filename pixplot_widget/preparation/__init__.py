"""The work behind a widget: thumbnails and positions, in threads of their own, so that nobody waits for them.

Two jobs run side by side. One makes thumbnails; the other places the images: by PCA as soon as there are vectors,
by UMAP when that is done. New vectors cancel and replace only the second.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..cache import Cache
from ..layouts import Layout
from ..layouts.arrangements import join_name
from ..layouts.loosen import joined, loosened
from ..layouts.scatter import inserted, scatter
from ..thumbnails import ThumbnailStore
from ..thumbnails.features import thumbnail_vectors
from .jobs import Job

if TYPE_CHECKING:
    from ..layouts.projection import Projection

__all__ = ["Listener", "Placing", "Preparation", "Progress"]

ANNOUNCE_SECONDS = 0.25
"""How often new thumbnails and progress are told."""

HEAD_START_SECONDS = 2.0
"""How long UMAP, which would take a core from them, leaves the first thumbnails alone."""


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes
    ----------
    stage : str
        What is being done; "" when all is ready.
    done, total : int
        Of how many; `total` is 0 where that is not known.
    seconds_left : float
        An estimate from the rate so far; -1 while there is none.
    error : str
        What went wrong, in words; "" if nothing.
    rate : float
        Images a second so far; 0 where `done` does not count images.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float = -1.0
    error: str = ""
    rate: float = 0.0


class Listener(Protocol):
    """What a preparation tells, from its own threads."""

    def looked(self, rows: np.ndarray) -> None:
        """Thumbnails of these rows are ready."""

    def placed(self, name: str, layout: Layout) -> None:
        """A layout is ready, or better than before."""

    def projected(self, xy: np.ndarray, cancel: threading.Event) -> None:
        """All has its place by similarity, float32 (n, 2), NaN without one: here is time for what follows from that."""

    def progressed(self, progress: Progress) -> None:
        """The work went on."""


FAILED = {
    "thumbnails": "Not all images could be read",
    "layout": "Images could not be arranged by similarity and stay as they are",
    "hotspots": "No hotspots could be found",
}
"""What a job that ended early leaves undone, as a page says it."""


@dataclass(frozen=True)
class Placing:
    """How vectors become positions.

    Attributes
    ----------
    n_neighbors, min_dist : list
        Of UMAP; every combination becomes a variant.
    seed : int or None
        For positions that come out the same every time, on one thread.
    supervise : numpy.ndarray or None
        int (n,) codes of a column for supervised UMAP, -1 = unknown.
    cache : bool
        Whether finished layouts are kept on disk.
    """

    n_neighbors: list[int]
    min_dist: list[float]
    seed: int | None = None
    supervise: np.ndarray | None = None
    cache: bool = True

    def name(self, n_neighbors: int, min_dist: float) -> str:
        """Name the layout of one combination; the first is the main one."""
        chosen = {}
        if n_neighbors != self.n_neighbors[0]:
            chosen["n_neighbors"] = str(n_neighbors)
        if min_dist != self.min_dist[0]:
            chosen["min_dist"] = f"{min_dist:g}"
        return join_name("umap", chosen)


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
        self._jobs: dict[str, Job] = {}
        self._progress: dict[str, Progress] = {}
        self._thumbnails_ready = threading.Event()
        self._projected: np.ndarray | None = None
        self._closed = False
        self._announcing = threading.Lock()
        self._announced = np.zeros(0, dtype=bool)
        self._projection: Projection | None = None  # once its layouts are there
        self._shown: dict[str, Layout] = {}  # the layouts of the projection, with the rows placed into them since
        self.vectors: np.ndarray | None = None
        """What images are compared by: those given, or those of the thumbnails once they are made."""

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
            self._jobs["thumbnails"].cancel.set()
            self._begin_look()
            if self._projection is None:  # nothing stands yet
                self.place(vectors, first="umap" not in self._shown)
            else:
                projection, ready = self._projection, self._thumbnails_ready
                for job in (self._jobs["layout"], self._jobs.get("hotspots")):
                    if job is not None:
                        job.cancel.set()
                self._begin("layout", lambda cancel: self._insert(projection, vectors, ready, cancel))

    def place(self, vectors: np.ndarray | None, first: bool = False, start_from: np.ndarray | None = None) -> None:
        """Make positions from `vectors`, from the thumbnails if None, in place of what is being made now."""
        with self._lock:
            running = self._jobs.get("layout")
            if running is not None:
                running.cancel.set()
            self._projection = None
            ready = self._thumbnails_ready
            self._begin("layout", lambda cancel: self._place(vectors, first, start_from, ready, cancel))

    @property
    def progress(self) -> Progress:
        """How far the first unfinished job is; the error of one that failed."""
        with self._lock:
            reports = list(self._progress.values())
            error = next((report.error for report in reports if report.error), "")
            busy = next((report for report in reports if report.stage), Progress())
            return replace(busy, error=error)

    @contextlib.contextmanager
    def telling(self, stage: str) -> Iterator[None]:
        """Show on the pages that something else is being done, by whoever does it, while it is done."""
        self._report(stage, Progress(stage))
        try:
            yield
        finally:
            self._report(stage, Progress())

    def wait(self, timeout: float | None = None) -> None:
        """Block until both jobs have ended.

        Raises
        ------
        TimeoutError
            If that took longer than `timeout` seconds.
        Exception
            Whatever ended a job early.
        """
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
            self._progress[name] = Progress(stage=name)
            self._jobs[name] = Job(name, run, lambda job: self._ended(name, job))

    def _ended(self, name: str, job: Job) -> None:
        with self._lock:
            if self._jobs.get(name) is not job and name in self._jobs and job.cancel.is_set():
                return  # its successor reports now
        error = job.error
        words = "" if error is None else f"{FAILED[name]}: {error or 'no reason given'} ({type(error).__name__})"
        self._report(name, Progress(error=words))

    def _report(self, name: str, progress: Progress) -> None:
        with self._lock:
            self._progress[name] = progress
            combined = self.progress
        self._listener.progressed(combined)

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
        last = time.monotonic()
        start: tuple[float, int] | None = None

        def progressed(done: int, total: int) -> None:
            nonlocal last, start
            now = time.monotonic()
            if start is None:
                start = (now, done)  # what was there before was not read at this rate
            if now - last < ANNOUNCE_SECONDS:
                return
            last = now
            self._announce()
            began, first = start
            rate = (done - first) / (now - began) if now > began else 0.0
            left = (total - done) / rate if rate > 0 else -1.0
            self._report("thumbnails", Progress("Reading images", done, total, left, rate=rate))

        try:
            self._store.prepare(cancel=cancel, progress=progressed)
            if not cancel.is_set():
                self._announce()
        finally:
            ready.set()

    def _place(
        self,
        vectors: np.ndarray | None,
        first: bool,
        start_from: np.ndarray | None,
        ready: threading.Event,
        cancel: threading.Event,
    ) -> None:
        from ..layouts.projection import Projection

        if vectors is None:
            ready.wait()
            if cancel.is_set():
                return
            self._report("layout", Progress("Comparing images"))
            vectors = thumbnail_vectors(self._store)
        with self._lock:
            if cancel.is_set():
                return
            self.vectors = vectors
        self._report("layout", Progress("Comparing images"))
        projection = Projection(vectors, seed=self._placing.seed, cache=Cache() if self._placing.cache else None)
        pca = loosened(scatter(projection.pca()))
        if cancel.is_set():
            return
        shown = {"pca": pca}
        self._listener.placed("pca", pca)
        if first:
            self._listener.placed("umap", pca)
        ready.wait(HEAD_START_SECONDS)
        self._umap(projection, start_from, cancel, shown)
        with self._lock:
            if cancel.is_set():
                return
            self._projection, self._shown = projection, shown
        self._group(cancel)

    def _insert(
        self, projection: Projection, vectors: np.ndarray | None, ready: threading.Event, cancel: threading.Event
    ) -> None:
        """Place rows that were added among those that stand; what an earlier call was stopped at is done too."""
        if vectors is None:
            ready.wait()
            if cancel.is_set():
                return
        self._report("layout", Progress("Placing new images"))
        if vectors is None:
            known = self.vectors
            new = thumbnail_vectors(self._store, np.arange(len(known), len(self._store)))
            vectors = np.concatenate([known, new])
        with self._lock:
            if cancel.is_set():
                return
            self.vectors = vectors
        names = {self._placing.name(*variant): variant for variant in projection.placed}
        for name, before in list(self._shown.items()):
            new = vectors[len(before) :]
            if name == "pca":
                at, old = projection.transform_pca(new), projection.pca()
            else:
                at, old = projection.transform(new, *names[name]), projection.positions(*names[name])
            with self._lock:
                if cancel.is_set():
                    return
                self._shown[name] = joined(before, inserted(before.as_projected, old, at))
                if name == "umap":
                    self._projected = np.concatenate([self._projected, at])
            self._listener.placed(name, self._shown[name])
        self._group(cancel)

    def _umap(
        self, projection: Projection, start_from: np.ndarray | None, cancel: threading.Event, shown: dict[str, Layout]
    ) -> None:
        placing = self._placing
        began = time.monotonic()

        def progressed(stage: str, share: float) -> None:
            left = (time.monotonic() - began) * (1 - share) / share if share > 0 else -1.0
            self._report("layout", Progress(stage or "Arranging by similarity", round(100 * share), 100, left))

        def found(variant: tuple[int, float], xy: np.ndarray) -> None:
            if cancel.is_set():
                return
            name = placing.name(*variant)
            shown[name] = loosened(scatter(xy))
            if name == "umap":
                self._projected = xy
            self._listener.placed(name, shown[name])

        projection.variants(
            placing.n_neighbors,
            placing.min_dist,
            supervise=placing.supervise,
            init=start_from,
            cancel=cancel,
            progress=progressed,
            found=found,
        )

    def group(self) -> None:
        """Look again for what follows from the places by similarity, if there are any yet."""
        with self._lock:
            if self._projected is not None:
                self._begin("hotspots", self._group)

    def _group(self, cancel: threading.Event) -> None:
        if self._projected is not None and not cancel.is_set():
            with self.telling("Finding hotspots"):
                self._listener.projected(self._projected, cancel)
