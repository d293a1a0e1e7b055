"""The work that gives images their places: by PCA as soon as there are vectors, by UMAP when that is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cache import Cache
from ..layouts import Layout
from ..layouts.arrangements import join_name
from ..layouts.loosen import joined, loosened
from ..layouts.scatter import inserted, scatter
from ..thumbnails import ThumbnailStore
from ..thumbnails.features import thumbnail_vectors
from .progress import Listener, Pace, Progress

if TYPE_CHECKING:
    from ..layouts.projection import Projection

__all__ = ["Placing", "Positions"]

HEAD_START_SECONDS = 2.0
"""How long UMAP, which would take a core from them, leaves the first thumbnails alone ..."""

HEAD_START_ROWS = 100_000
"""... of up to so many images; of more, longer in proportion: of a million, the first tenth comes at full speed."""

GLANCE_SECONDS = 0.2
"""How long components, too, leave the first pictures of so many images and the page alone: of a million they take both
processors for 5 s, just when the page is busy with its first frame."""


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
    reducer : object or None
        Projects in place of our own UMAP: see `projection.project`.
    """

    n_neighbors: list[int]
    min_dist: list[float]
    seed: int | None = None
    supervise: np.ndarray | None = None
    cache: bool = True
    reducer: Any = None

    def name(self, n_neighbors: int, min_dist: float) -> str:
        """Name the layout of one combination; the first is the main one."""
        chosen = {}
        if n_neighbors != self.n_neighbors[0]:
            chosen["n_neighbors"] = str(n_neighbors)
        if min_dist != self.min_dist[0]:
            chosen["min_dist"] = f"{min_dist:g}"
        return join_name("umap", chosen)


class Positions:
    """Places by similarity of one widget's images, and what is needed to place more among them.

    Parameters
    ----------
    store : ThumbnailStore
        Its pictures are compared where there are no vectors.
    listener : Listener
        Is told of layouts.
    report : callable
        Is told how far it is.
    lock : threading.RLock
        Is held by whoever cancels: what was cancelled then writes nothing any more.
    """

    def __init__(
        self, store: ThumbnailStore, listener: Listener, report: Callable[[Progress], None], lock: threading.RLock
    ) -> None:
        self._store = store
        self._listener = listener
        self._report = report
        self._lock = lock
        self._projected: np.ndarray | None = None
        self._projection: Projection | None = None  # once its layouts are there
        self._shown: dict[str, Layout] = {}  # the layouts of the projection, with the rows placed into them since
        self.vectors: np.ndarray | None = None

    @property
    def begun(self) -> bool:
        """Whether images have places to start from."""
        return "umap" in self._shown

    @property
    def standing(self) -> bool:
        """Whether there are layouts that more rows can be placed in."""
        return self._projection is not None

    @property
    def complete(self) -> bool:
        """Whether every image of the store has its place."""
        return self.standing and all(len(layout) == len(self._store) for layout in self._shown.values())

    @property
    def found(self) -> bool:
        """Whether there are places by similarity, though perhaps of vectors that were replaced since."""
        return self._projected is not None

    def forget(self) -> None:
        """Place nothing more among those that stand: others are to come."""
        self._projection = None

    def place(
        self,
        placing: Placing,
        vectors: np.ndarray | None,
        first: bool,
        start_from: np.ndarray | None,
        ready: threading.Event,
        cancel: threading.Event,
    ) -> None:
        """Make positions of `vectors`, of the thumbnails where they are None, once these are `ready`."""
        from ..layouts.reduced import projection_of

        if vectors is None:
            ready.wait()
            if cancel.is_set():
                return
            self._report(Progress("Comparing images"))
            vectors = thumbnail_vectors(self._store, cancel=cancel, progress=Pace("Comparing images", self._report))
        with self._lock:
            if cancel.is_set():
                return
            self.vectors = vectors
        self._report(Progress("Comparing images"))
        if first and len(vectors) >= HEAD_START_ROWS:
            _wait(ready, cancel, GLANCE_SECONDS * len(vectors) / HEAD_START_ROWS)
        projection = projection_of(vectors, placing.seed, Cache() if placing.cache else None, placing.reducer)
        pca = loosened(scatter(projection.pca()))
        if cancel.is_set():
            return
        shown = {"pca": pca}
        self._listener.placed("pca", pca)
        if first:
            self._listener.placed("umap", pca)
        _wait(ready, cancel, HEAD_START_SECONDS * max(1.0, len(vectors) / HEAD_START_ROWS))
        self._umap(placing, projection, start_from, cancel, shown)
        with self._lock:
            if cancel.is_set():
                return
            self._projection, self._shown = projection, shown

    def insert(
        self, placing: Placing, vectors: np.ndarray | None, ready: threading.Event, cancel: threading.Event
    ) -> None:
        """Place rows that were added among those that stand; what an earlier call was stopped at is done too."""
        with self._lock:
            projection = self._projection
            if cancel.is_set():
                return
        if vectors is None:
            ready.wait()
            if cancel.is_set():
                return
        self._report(Progress("Placing new images"))
        if vectors is None:
            known = self.vectors
            new = thumbnail_vectors(self._store, np.arange(len(known), len(self._store)))
            vectors = np.concatenate([known, new])
        with self._lock:
            if cancel.is_set():
                return
            self.vectors = vectors
        names = {placing.name(*variant): variant for variant in projection.placed}
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

    def _umap(
        self,
        placing: Placing,
        projection: Projection,
        start_from: np.ndarray | None,
        cancel: threading.Event,
        shown: dict[str, Layout],
    ) -> None:
        began = time.monotonic()

        def progressed(stage: str, share: float) -> None:
            left = (time.monotonic() - began) * (1 - share) / share if share > 0 else -1.0
            self._report(Progress(stage or "Arranging by similarity", round(100 * share), 100, left))

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

    def tell(self, cancel: threading.Event) -> None:
        """Say that all images have their places."""
        if self._projected is not None and not cancel.is_set():
            self._listener.projected(self._projected, cancel)


def _wait(ready: threading.Event, cancel: threading.Event, seconds: float) -> None:
    """Wait until something is ready, for some seconds at most, or until cancelled."""
    until = time.monotonic() + seconds
    while not cancel.is_set() and (left := until - time.monotonic()) > 0 and not ready.wait(min(left, 0.1)):
        pass
