"""Vectors → positions: PCA at once, UMAP after it, its variants, and room for rows that come later.

`Projection` keeps what the steps share: the neighbors serve every variant, and the positions serve new rows.
Positions are kept on disk by the content of the vectors and the parameters, so the same data opens in place.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..cache import Cache
from ..neighbors import METRICS, Cancelled, Space, check_vectors
from .frame import aligned, framed, into_frame, robust_frame
from .kept import KeptPositions
from .running import Steps, alone, check_seed, importable, on_gpu

__all__ = ["Cancelled", "Projection", "pca_layout", "project"]

_TRANSFORM_EPOCHS = 100
# A variant that starts from the main layout at a full pace ends elsewhere: rows of the digits stand 0.13 to 0.31 of
# [-1, 1] away from where they stood. At a fifth of it, and in 200 epochs, 0.04 to 0.09, and no less trustworthy.
_VARIANT = {"pace": 0.2, "epochs": 200}
_PACE_FROM_PRESENT = 0.5


def project(
    vectors: Any,
    n_neighbors: int = 15,
    min_dist: float = 0.01,
    metric: str = "correlation",
    seed: int | None = None,
    *,
    reducer: Any = None,
    supervise: Sequence[int] | np.ndarray | None = None,
    init: np.ndarray | None = None,
    cancel: threading.Event | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> np.ndarray:
    """Place vectors on a plane so that those alike stand together (UMAP).

    Parameters
    ----------
    vectors : array-like
        (n, d). Rows of NaN stay unplaced.
    n_neighbors : int
        How many of the nearest each row is placed by, itself included: small shows detail, large the whole. From 2.
    min_dist : float
        How closely rows may stand, in [0, 1).
    metric : str
        What alike means: "correlation", "cosine" or "euclidean", which a GPU computes where `cuml` is installed; or
        any other that umap-learn knows, which then projects, several times slower, and cannot be cancelled midway.
    seed : int, optional
        The same seed gives the same positions. That takes one thread: at 10,000 rows, 1.3 s instead of 0.8 s for
        the descent on two processors.
    reducer : object, optional
        Projects in place of our own UMAP, with its own parameters: anything with ``fit_transform(X)`` that returns
        (m, 2), such as ``umap.UMAP()``, ``cuml.UMAP()``, openTSNE, PaCMAP, or scikit-learn's ``PCA(2)``. It is fitted
        in place, and gets the rows that have a vector as float32. All parameters but `supervise` and `progress` are
        then its own business.
    supervise : array-like of int, optional
        (n,) label codes that pull rows of one label together; negative = unknown. It hides label errors.
    init : numpy.ndarray, optional
        float (n, 2): positions to start from and to stay near to, such as those on screen. Not used with a seed.
    cancel : threading.Event, optional
        Stops it soon after it is set.
    progress : callable, optional
        Told what is being done, and the share of all that is done, in [0, 1].

    Returns
    -------
    numpy.ndarray
        float32 (n, 2), in [-1, 1]; NaN where a row has no vector.

    Raises
    ------
    TypeError, ValueError
        If the vectors or a parameter make no sense.
    Cancelled
        If `cancel` was set.

    Notes
    -----
    The time grows a little faster than the number of rows: a million of 64 columns take 5 minutes on two processors,
    and 2 GB of memory besides the vectors'. Beyond that, project a sample.

    Examples
    --------
    >>> xy = project(np.random.default_rng(0).normal(size=(40, 8)), seed=1)
    >>> xy.shape, bool(np.abs(xy).max() <= 1)
    ((40, 2), True)
    """
    from .reduced import Reduced, umap_learn

    if reducer is None and metric not in METRICS:
        array = check_vectors(vectors)
        rows = int(np.isfinite(array).all(axis=1).sum())
        learned = umap_learn(metric, rows, _whole(n_neighbors), _distance(min_dist), check_seed(seed))
        # of so few rows there is nothing to learn, and umap-learn raises
        reducer, metric = (learned if rows > 3 else None), "correlation"
    projection = Projection(vectors, metric, seed) if reducer is None else Reduced(vectors, reducer)
    return projection.layout(n_neighbors, min_dist, supervise=supervise, init=init, cancel=cancel, progress=progress)


def pca_layout(vectors: Any, metric: str = "correlation") -> np.ndarray:
    """Place vectors by their first two principal components: at once, and roughly right.

    Parameters
    ----------
    vectors : array-like
        (n, d). Rows of NaN stay unplaced.
    metric : str
        As in `project`.

    Returns
    -------
    numpy.ndarray
        float32 (n, 2), in [-1, 1].

    Examples
    --------
    >>> pca_layout([[0.0, 1.0, 5.0], [4.0, 2.0, 1.0]]).shape
    (2, 2)
    """
    return Projection(vectors, metric, cache=None).pca()


class Projection:
    """Vectors on their way to positions.

    Parameters
    ----------
    vectors : array-like
        (n, d). Rows of NaN stay unplaced.
    metric : str
        As in `project`.
    seed : int, optional
        As in `project`.
    cache : Cache, optional
        Where positions are kept; None keeps none.

    Raises
    ------
    TypeError, ValueError
        If the vectors, the metric or the seed make no sense.

    Examples
    --------
    >>> projection = Projection(np.random.default_rng(0).normal(size=(30, 5)), seed=0, cache=None)
    >>> sorted(projection.variants([5, 15], [0.01, 0.5]))
    [(5, 0.01), (5, 0.5), (15, 0.01), (15, 0.5)]
    """

    def __init__(self, vectors: Any, metric: str = "correlation", seed: int | None = None, cache: Cache | None = None):
        self.vectors = check_vectors(vectors)
        self.metric = metric
        self.seed = check_seed(seed)
        self._kept = KeptPositions(self.vectors, metric, cache)
        self._lock = threading.Lock()
        self._space = Space(self.vectors, metric)
        self._neighbors: tuple[np.ndarray, np.ndarray] | None = None
        self._raw: dict[tuple[int, float], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.vectors)

    def pca(self) -> np.ndarray:
        """Return the positions by the first two principal components, float32 (n, 2) in [-1, 1]."""
        with self._lock:
            flat = self._kept.find((len(self._space), 2), "pca")
            if flat is None:
                flat = _two_columns(self._space.scores)
                self._kept.keep(flat, "pca")
            return self._placed(framed(flat))

    def layout(
        self,
        n_neighbors: int = 15,
        min_dist: float = 0.01,
        *,
        supervise: Sequence[int] | np.ndarray | None = None,
        init: np.ndarray | None = None,
        cancel: threading.Event | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> np.ndarray:
        """Return positions by UMAP, as `project` does."""
        variants = self.variants(
            [n_neighbors], [min_dist], supervise=supervise, init=init, cancel=cancel, progress=progress
        )
        return next(iter(variants.values()))

    def variants(
        self,
        n_neighbors: Iterable[int],
        min_dist: Iterable[float],
        *,
        supervise: Sequence[int] | np.ndarray | None = None,
        init: np.ndarray | None = None,
        cancel: threading.Event | None = None,
        progress: Callable[[str, float], None] | None = None,
        found: Callable[[tuple[int, float], np.ndarray], None] | None = None,
    ) -> dict[tuple[int, float], np.ndarray]:
        """Return positions for every combination of parameters, turned so that rows stand in about the same place.

        Each starts from the one before and is then rotated onto the first. umap-learn's own `AlignedUMAP` searches
        the neighbors anew for each, and its positions do not depend on `min_dist` at all (version 0.5.12 hands its
        optimizer no other curve than the default).

        Parameters
        ----------
        n_neighbors, min_dist : iterable
            The values to combine, as in `project`; the first of each makes the main layout.
        supervise, init, cancel, progress
            As in `project`.
        found : callable, optional
            Told each combination and its positions as soon as they are there.

        Returns
        -------
        dict
            (n_neighbors, min_dist) → float32 (n, 2).
        """
        chosen = [(_whole(k), _distance(m)) for k in n_neighbors for m in min_dist]
        if not chosen:
            raise ValueError("n_neighbors and min_dist need at least one value each")
        codes = self._codes(supervise)
        start = self._start(init)
        steps = Steps(progress, len(chosen))
        result: dict[tuple[int, float], np.ndarray] = {}
        with self._lock:
            base: np.ndarray | None = None
            for number, (k, distance) in enumerate(chosen):
                if cancel is not None and cancel.is_set():
                    raise Cancelled
                steps.variant = number
                raw = self._one(chosen, number, codes, base, start, cancel, steps)
                base = raw if base is None else base
                self._raw[k, distance] = raw
                result[k, distance] = self._placed(framed(raw))
                if found is not None:
                    found((k, distance), result[k, distance])
            self._space.release()
        steps.report("", 1.0)
        return result

    @property
    def placed(self) -> list[tuple[int, float]]:
        """The combinations of parameters that there are positions for."""
        return list(self._raw)

    def positions(self, n_neighbors: int, min_dist: float) -> np.ndarray:
        """Return positions that are there, float32 (n, 2), as `variants` gave them."""
        return self._placed(framed(self._raw[n_neighbors, min_dist]))

    def transform_pca(self, vectors: Any) -> np.ndarray:
        """Place new rows by the same principal components as `pca`: float32 (k, 2), NaN where there is no vector."""
        new = self._more(vectors)
        xy = np.full((len(new), 2), np.nan, dtype=np.float32)
        rows = np.flatnonzero(np.isfinite(new).all(axis=1))
        with self._lock:
            if len(rows) and len(self._space):
                frame = robust_frame(_two_columns(self._space.scores))
                xy[rows] = into_frame(_two_columns(self._space.project(new[rows])), frame)
            self._space.release()
        return xy

    def _more(self, vectors: Any) -> np.ndarray:
        new = check_vectors(vectors)
        if new.shape[1] != self.vectors.shape[1]:
            raise ValueError(f"new vectors have {new.shape[1]} columns; those placed have {self.vectors.shape[1]}")
        return new

    def transform(self, vectors: Any, n_neighbors: int = 15, min_dist: float = 0.01) -> np.ndarray:
        """Place new rows among those placed already, which stay where they are.

        Parameters
        ----------
        vectors : array-like
            (k, d) of the same kind. Rows of NaN stay unplaced.
        n_neighbors, min_dist
            Of the layout they are placed in; it is made if it is not there yet.

        Returns
        -------
        numpy.ndarray
            float32 (k, 2), in [-1, 1].

        Raises
        ------
        ValueError
            If the vectors have another number of columns.
        """
        from .graph import embed, memberships

        new = self._more(vectors)
        key = (_whole(n_neighbors), _distance(min_dist))
        if key not in self._raw:
            self.layout(*key)
        xy = np.full((len(new), 2), np.nan, dtype=np.float32)
        rows = np.flatnonzero(np.isfinite(new).all(axis=1))
        with self._lock:
            raw, space = self._raw[key], self._space
            if not len(space) or not len(rows):
                xy[rows] = 0.0
                return xy
            found, distances = space.nearest(new[rows], key[0])
            strength = memberships(distances) if found.shape[1] > 1 else np.ones(found.shape, np.float32)
            share = strength / np.maximum(strength.sum(axis=1, keepdims=True), 1e-12)
            start = np.einsum("rk,rkc->rc", share, raw[found])
            if len(space) > 3:
                from scipy.sparse import csr_matrix

                ends = np.arange(0, found.size + 1, found.shape[1])
                edges = csr_matrix((strength.reshape(-1), found.reshape(-1), ends), shape=(len(rows), len(space)))
                start = embed(edges, start, key[1], fixed=raw, epochs=_TRANSFORM_EPOCHS, seed=self.seed)
            xy[rows] = into_frame(start, robust_frame(raw))
            space.release()
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
        """Return one layout in the graph's own units, float32 (m, 2), from the cache or made now."""
        k, min_dist = chosen[number]
        how = (chosen[number], chosen[0], self.seed)
        raw = self._kept.find((len(self._space), 2), *how, codes=codes)
        if raw is None:
            with alone(cancel):
                largest = max(k for k, _ in chosen)
                raw = self._computed(k, min_dist, codes, base, start, largest, cancel, steps)
            if base is None and (start is None or self.seed is not None):
                raw = aligned(raw, _two_columns(self._space.scores))
            self._kept.keep(raw, *how, codes=codes)
        if base is not None:
            return aligned(raw, base)
        return aligned(raw, start) if start is not None and self.seed is None else raw

    def _computed(
        self,
        k: int,
        min_dist: float,
        codes: np.ndarray | None,
        base: np.ndarray | None,
        start: np.ndarray | None,
        largest: int,
        cancel: threading.Event | None,
        steps: Steps,
    ) -> np.ndarray:
        from .graph import EXTENT, embed, fuzzy_graph, supervised

        m = len(self._space)
        steps.report("Comparing vectors", 0.0)
        flat = _two_columns(self._space.scores)
        if m <= 3:
            return framed(flat + np.linspace(-1e-3, 1e-3, m, dtype=np.float32)[:, None] * [1, 0])
        how: dict[str, Any] = _VARIANT if base is not None else {}
        if base is None:
            usable = start is not None and self.seed is None
            how = {"pace": _PACE_FROM_PRESENT} if usable else {}
            base = framed(start if usable else flat).astype(np.float64) * (EXTENT / 2)
            # points that start on one another would never part
            base = base + np.random.default_rng(self.seed or 0).normal(scale=1e-3, size=base.shape)
        if importable("cuml"):
            try:
                return on_gpu(self._space, k, min_dist, codes, base, self.seed)
            except (ImportError, RuntimeError, MemoryError) as error:
                warnings.warn(
                    f"cuml is installed but cannot be used ({error}): the processors do it",
                    RuntimeWarning,
                    stacklevel=2,
                )
        if self._neighbors is None or self._neighbors[0].shape[1] < min(largest - 1, m - 1):
            self._neighbors = self._space.knn(largest - 1, cancel)
        steps.report("Joining neighbors", 0.4)
        graph = fuzzy_graph(*(part[:, : k - 1] for part in self._neighbors))
        if codes is not None:
            graph = supervised(graph, codes[self._space.rows])
        return embed(
            graph,
            base,
            min_dist,
            seed=self.seed,
            **how,
            cancel=cancel,
            progress=lambda share: steps.report("Arranging by similarity", 0.45 + 0.55 * share),
        )

    def _placed(self, xy: np.ndarray) -> np.ndarray:
        whole = np.full((len(self), 2), np.nan, dtype=np.float32)
        whole[self._space.rows] = xy
        return whole

    def _codes(self, supervise: Sequence[int] | np.ndarray | None) -> np.ndarray | None:
        if supervise is None:
            return None
        codes = np.asarray(supervise)
        if codes.dtype.kind not in "iu" or codes.shape != (len(self),):
            raise ValueError(
                f"supervise must be {len(self)} label codes (whole numbers), not {codes.dtype} of shape {codes.shape}"
            )
        return codes.astype(np.int64)

    def _start(self, init: np.ndarray | None) -> np.ndarray | None:
        """Return where rows with a vector start, (m, 2); those without a position, beside rows like them."""
        if init is None:
            return None
        init = np.asarray(init, dtype=np.float64)
        if init.shape != (len(self), 2):
            raise ValueError(f"init must have shape ({len(self)}, 2), not {init.shape}")
        start = init[self._space.rows]
        there = np.isfinite(start).all(axis=1)
        if there.sum() < max(3, len(start) // 10):
            return None
        if not there.all():
            scores = self._space.scores.astype(np.float64)
            fit = np.linalg.lstsq(scores[there], start[there] - start[there].mean(axis=0), rcond=None)[0]
            start[~there] = scores[~there] @ fit + start[there].mean(axis=0)
        return start


def _two_columns(scores: np.ndarray) -> np.ndarray:
    flat = np.zeros((len(scores), 2), dtype=np.float32)
    flat[:, : min(2, scores.shape[1])] = scores[:, :2]
    return flat


def _whole(n_neighbors: Any) -> int:
    if isinstance(n_neighbors, bool) or not isinstance(n_neighbors, (int, np.integer)) or n_neighbors < 2:
        raise ValueError(f"n_neighbors must be a whole number from 2, not {n_neighbors!r}")
    return int(n_neighbors)


def _distance(min_dist: Any) -> float:
    if isinstance(min_dist, bool) or not isinstance(min_dist, (int, float, np.number)) or not 0 <= min_dist < 1:
        raise ValueError(f"min_dist must be a number in [0, 1), not {min_dist!r}")
    return float(min_dist)
