"""Which rows are trained on, and which are held out: stratified and seeded, and no class is lost for being rare."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["assign_folds", "even_batches", "hold_out"]


def hold_out(codes: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose rows to hold out, so that each class has its share of them.

    A class of one image is trained on. Of other classes at most half is held out, and the fractions of images that
    are left over go to the classes with the largest ones.

    Parameters
    ----------
    codes : numpy.ndarray
        int (n,), the class of each row.
    share : float
        In [0, 1).
    seed : int
        The same rows every time.

    Returns
    -------
    numpy.ndarray
        bool (n,), at least one of them True where any class has two images and `share` is not 0.

    Examples
    --------
    >>> held = hold_out(np.array([0] * 10 + [1] * 5 + [2]), 0.2, seed=0)
    >>> held[:10].sum().item(), held[10:15].sum().item(), held[15].item()
    (2, 1, False)
    """
    rng = np.random.default_rng(seed)
    counts = np.bincount(codes)
    most = counts // 2
    wanted = min(max(1, round(len(codes) * share)), int(most.sum())) if share else 0
    exact = counts * share
    given = np.minimum(np.floor(exact).astype(np.int64), most)
    # ties between classes are broken by the seed, not by their order
    order = np.lexsort([rng.permutation(len(counts)), -(exact - given)])
    while given.sum() < wanted:
        for code in order:
            if given.sum() < wanted and given[code] < most[code]:
                given[code] += 1
    held = np.zeros(len(codes), dtype=bool)
    for code, count in enumerate(given):
        held[rng.permutation(np.flatnonzero(codes == code))[:count]] = True
    return held


def assign_folds(codes: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Deal rows into folds, class by class, so that each has about its share of each.

    Parameters
    ----------
    codes : numpy.ndarray
        int (n,), the class of each row.
    folds : int
        How many.
    seed : int
        The same folds every time.

    Returns
    -------
    numpy.ndarray
        int64 (n,), in [0, folds). Sizes differ by one at most.

    Examples
    --------
    >>> np.bincount(assign_folds(np.array([0] * 10 + [1] * 3 + [2]), 5, seed=0)).tolist()
    [3, 3, 3, 3, 2]
    """
    rng = np.random.default_rng(seed)
    fold = np.empty(len(codes), dtype=np.int64)
    dealt = 0
    for code in range(int(codes.max(initial=-1)) + 1):
        rows = rng.permutation(np.flatnonzero(codes == code))
        fold[rows] = (dealt + np.arange(len(rows))) % folds
        dealt += len(rows)
    return fold


def even_batches(count: int, most: int) -> int:
    """Return the batch size of at most `most` that leaves no small last batch: batch norms need two images at least.

    Examples
    --------
    >>> even_batches(65, 64), even_batches(10, 64), even_batches(7, 3)
    (33, 10, 4)
    """
    size = math.ceil(count / math.ceil(count / most))
    while count % size == 1:
        size += 1
    return size
