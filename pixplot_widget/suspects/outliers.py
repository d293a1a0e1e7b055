"""Which rows stand alone: scikit-learn's local outlier factor, on neighbors that are known already."""

from __future__ import annotations

import numpy as np

__all__ = ["outlier_scores"]


def outlier_scores(near: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Score how much sparser it is around each row than around its neighbors.

    Parameters
    ----------
    near, distances : numpy.ndarray
        int (n, k) and float (n, k), nearest first; -1 and inf where there are fewer.

    Returns
    -------
    numpy.ndarray
        float64 (n,) in [0, 1): 1 - 1 / f of the local outlier factor f; 0 for f below 1. NaN for rows without
        neighbors.

    Examples
    --------
    >>> from pixplot_widget.neighbors import knn
    >>> points = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [9, 9]])
    >>> outlier_scores(*knn(points, 3, "euclidean")).round(1).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.9]
    """
    from scipy.sparse import csr_matrix
    from sklearn.neighbors import LocalOutlierFactor

    scores = np.full(len(near), np.nan)
    rows = np.flatnonzero((near >= 0).all(axis=1) & (near.shape[1] > 0))
    k = near.shape[1]
    if len(rows) <= k or k == 0:  # all have the same neighbors: nobody stands apart
        scores[rows] = 0.0
        return scores
    place = np.full(len(near), -1)
    place[rows] = np.arange(len(rows))
    # The graph that scikit-learn expects names each row as its own nearest, at distance 0.
    indices = np.column_stack([np.arange(len(rows)), place[near[rows]]])
    values = np.column_stack([np.zeros(len(rows)), distances[rows].astype(np.float64)])
    starts = np.arange(len(rows) + 1) * (k + 1)
    graph = csr_matrix((values.ravel(), indices.ravel(), starts), shape=(len(rows), len(rows)))
    model = LocalOutlierFactor(n_neighbors=k, metric="precomputed").fit(graph)
    scores[rows] = 1.0 - 1.0 / np.maximum(1.0, -model.negative_outlier_factor_)
    return scores
