"""Positions by anybody's reducer: umap-learn, cuml, openTSNE, PaCMAP, scikit-learn, or one's own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..cache import Cache
from ..neighbors import METRICS, Cancelled
from .frame import into_frame, robust_frame
from .projection import Projection
from .running import Steps, alone

__all__ = ["Reduced", "check_reducer", "projection_of", "umap_learn"]

NEIGHBORS = 5
"""New rows stand among so many of the nearest, where a reducer cannot place them itself."""


def check_reducer(reducer: Any) -> Any:
    """Return a reducer, or say what is wrong with it.

    Raises
    ------
    TypeError
        If it is not an object with `fit_transform`.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> check_reducer(PCA(2))
    PCA(n_components=2)
    >>> check_reducer(PCA)
    Traceback (most recent call last):
        ...
    TypeError: reducer is the class PCA; give an object: reducer=PCA(...)
    """
    if isinstance(reducer, type):
        raise TypeError(f"reducer is the class {reducer.__name__}; give an object: reducer={reducer.__name__}(...)")
    if reducer is not None and not callable(getattr(reducer, "fit_transform", None)):
        raise TypeError(f"reducer must have fit_transform, as umap.UMAP() and sklearn's PCA(2) have, not {reducer!r}")
    return reducer


def umap_learn(metric: str, rows: int, n_neighbors: int = 15, min_dist: float = 0.01, seed: int | None = None) -> Any:
    """Return umap-learn's own UMAP, for metrics that are not written out here.

    Raises
    ------
    ValueError
        If it does not know the metric either.
    """
    from umap import UMAP
    from umap.distances import named_distances

    if metric not in named_distances:
        known = sorted({*METRICS, *(name for name in named_distances if isinstance(name, str))})
        raise ValueError(f"metric={metric!r} is unknown; there are {', '.join(known)}")
    return UMAP(
        n_neighbors=max(2, min(n_neighbors, rows - 1)),
        min_dist=min_dist,
        metric=metric,
        random_state=seed,
        n_jobs=1 if seed is not None else -1,
    )


def projection_of(vectors: Any, seed: int | None = None, cache: Cache | None = None, reducer: Any = None) -> Projection:
    """Return vectors on their way to positions: by a reducer if there is one, else by our own UMAP."""
    return Projection(vectors, seed=seed, cache=cache) if reducer is None else Reduced(vectors, reducer, cache=cache)


class Reduced(Projection):
    """Vectors on their way to positions through a reducer, which has parameters of its own.

    Its positions are not kept on disk, since nothing tells whether two reducers are alike, and they are not rotated:
    the axes of a PCA mean something.

    Parameters
    ----------
    vectors : array-like
        (n, d). Rows of NaN stay unplaced.
    reducer : object
        With ``fit_transform(X)``, or ``fit_transform(X, y)`` where it is supervised, which returns (m, 2). One that
        has ``transform(X)`` places new rows too; without it, they stand among the rows nearest to them.
    cache : Cache, optional
        Where principal components are kept.

    Raises
    ------
    TypeError, ValueError
        If the vectors make no sense, or there is no `fit_transform`.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> reduced = Reduced(np.random.default_rng(0).normal(size=(30, 5)), PCA(2))
    >>> reduced.layout().shape
    (30, 2)
    """

    def __init__(self, vectors: Any, reducer: Any, cache: Cache | None = None) -> None:
        super().__init__(vectors, cache=cache)
        self._reducer = check_reducer(reducer)

    def transform(self, vectors: Any, n_neighbors: int = 15, min_dist: float = 0.01) -> np.ndarray:
        """Place new rows among those placed already: float32 (k, 2) in [-1, 1], NaN where there is no vector."""
        new = self._more(vectors)
        if not self._raw:
            self.layout(n_neighbors, min_dist)
        raw = self._raw[n_neighbors, min_dist]
        xy = np.full((len(new), 2), np.nan, dtype=np.float32)
        rows = np.flatnonzero(np.isfinite(new).all(axis=1))
        with self._lock:
            if not len(rows):
                return xy
            if not len(raw):
                xy[rows] = 0.0
                return xy
            if callable(getattr(self._reducer, "transform", None)):
                at = self._checked(self._reducer.transform(_numbers(new[rows])), len(rows))
            else:
                found, distances = self._space.nearest(new[rows], NEIGHBORS)
                weights = 1.0 / np.maximum(distances, 1e-6)
                at = np.einsum("rk,rkc->rc", weights / weights.sum(axis=1, keepdims=True), raw[found])
            xy[rows] = into_frame(at, robust_frame(raw))
            self._space.release()
        return xy

    def _one(
        self,
        chosen: list[tuple[int, float]],
        number: int,
        codes: np.ndarray | None,
        base: np.ndarray | None,
        start: np.ndarray | None,
        cancel: threading.Event | None,
        steps: Steps,
    ) -> np.ndarray:
        steps.report("Arranging by similarity", 0.0)
        with alone(cancel):
            rows = self._space.rows
            supervised: Sequence[Any] = () if codes is None else (codes[rows],)
            made = self._reducer.fit_transform(_numbers(self.vectors[rows]), *supervised) if len(rows) else []
            raw = self._checked(made, len(rows))
        if cancel is not None and cancel.is_set():  # which a reducer does not look at
            raise Cancelled
        return raw

    def _checked(self, made: Any, count: int) -> np.ndarray:
        """Return what a reducer made as float32 (count, 2).

        Raises
        ------
        ValueError
            If it is anything else.
        """
        name = type(self._reducer).__name__
        made = made.get() if hasattr(made, "get") and not hasattr(made, "to_numpy") else made  # from a GPU
        raw = np.asarray(made, dtype=np.float32).reshape(0, 2) if count == 0 else np.asarray(made, dtype=np.float32)
        if raw.shape != (count, 2):
            raise ValueError(f"the reducer {name} must return two numbers a row, ({count}, 2), not {raw.shape}")
        if not np.isfinite(raw).all():
            raise ValueError(f"the reducer {name} returned NaN or infinite positions")
        return raw


def _numbers(vectors: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(vectors, dtype=np.float32)
