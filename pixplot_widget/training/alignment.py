"""Vectors of several networks in one space, so that rows judged by different networks can be looked at together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import orthogonal_procrustes

__all__ = ["pooled"]

DIRECTIONS = 64
"""Directions that are compared at most: with fewer anchors than directions a rotation is anything."""


def pooled(spaces: Sequence[np.ndarray], fold: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Bring out-of-fold vectors into one space.

    Each network's vectors are reduced to their principal directions, then turned and scaled onto those of the first
    network by an orthogonal Procrustes fit (Schönemann, 1966). Directions and fit are made of anchors only, rows that
    the network was trained on: no row has a say in where it comes to lie itself.

    Parameters
    ----------
    spaces : sequence of numpy.ndarray
        float (n, d), the vectors of all rows by each of the networks.
    fold : numpy.ndarray
        int (n,), which network has not seen a row; -1: any, and the mean of all is taken.
    anchors : numpy.ndarray
        bool (n,), rows that networks were trained on, but for their own fold.

    Returns
    -------
    numpy.ndarray
        float32 (n, r), r at most 64. Rows with NaN stay NaN.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> space = rng.normal(size=(100, 3))
    >>> turned = space @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 5
    >>> fold = np.arange(100) % 2
    >>> found = pooled([space, turned], fold, np.ones(100, bool))
    >>> alone = pooled([space, space], fold, np.ones(100, bool))
    >>> bool(np.abs(found - alone).max() < 1e-4)
    True
    """
    width = min(DIRECTIONS, spaces[0].shape[1], max(1, int(anchors.sum()) // 4))
    target = _principal(spaces[0], anchors & (fold != 0), width)
    moved = []
    for number, space in enumerate(spaces):
        seen = anchors & (fold != number)
        shared = seen & (fold != 0)
        if shared.sum() < 2 * width:  # of two networks neither has seen what the other has
            shared = seen
        source = _principal(space, shared, width)
        middle, wanted = source[shared].mean(axis=0), target[shared].mean(axis=0)
        turn, strength = orthogonal_procrustes(source[shared] - middle, target[shared] - wanted)
        size = strength / max(1e-12, float(((source[shared] - middle) ** 2).sum()))
        moved.append((source - middle) @ turn * size + wanted)
    stack = np.stack(moved)
    found = stack.mean(axis=0)
    own = fold >= 0
    found[own] = stack[fold[own], np.flatnonzero(own)]
    return found.astype(np.float32)


def _principal(space: np.ndarray, rows: np.ndarray, width: int) -> np.ndarray:
    """Return coordinates along the principal directions of some rows, float64 (n, width)."""
    space = space.astype(np.float64)
    middle = space[rows].mean(axis=0)
    _, _, directions = np.linalg.svd(space[rows] - middle, full_matrices=False)
    return (space - middle) @ directions[:width].T
