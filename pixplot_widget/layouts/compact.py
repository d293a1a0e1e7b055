"""Islands moved closer: UMAP puts clusters that have nothing in common far apart, and the distance says nothing."""

from __future__ import annotations

import numpy as np

__all__ = ["close_gaps"]


def close_gaps(xy: np.ndarray, widest: float = 0.06) -> np.ndarray:
    """Narrow the empty strips of a scatter, across and along.

    What is left of what stays left of it, and inside a cluster nothing changes but the scale.

    Parameters
    ----------
    xy : numpy.ndarray
        float (n, 2); NaN rows stay so.
    widest : float
        Share of the extent that an empty strip may keep.

    Returns
    -------
    numpy.ndarray
        float32 (n, 2), in [-1, 1], the longer side filling it.

    Examples
    --------
    >>> (100 * close_gaps(np.array([[-1, 0], [-0.9, 0], [0.9, 0], [1, 0]]))[:, 0]).round().tolist()
    [-100.0, -38.0, 38.0, 100.0]
    """
    closed = np.asarray(xy, dtype=np.float64).copy()
    placed = np.isfinite(closed).all(axis=1)
    if not placed.any():
        return closed.astype(np.float32)
    for axis in (0, 1):
        values = closed[placed, axis]
        order = np.argsort(values, kind="stable")
        steps = np.diff(values[order])
        surplus = np.maximum(steps - widest * (values.max() - values.min()), 0)
        moved = np.empty_like(values)
        moved[order] = values[order] - np.r_[0, np.cumsum(surplus)]
        closed[placed, axis] = moved
    low, high = closed[placed].min(axis=0), closed[placed].max(axis=0)
    extent = (high - low).max()
    closed[placed] = (closed[placed] - (low + high) / 2) * (2 / extent if extent > 0 else 0)
    return np.clip(closed, -1, 1).astype(np.float32)
