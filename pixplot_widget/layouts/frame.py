"""Bringing positions of any scale into [-1, 1], and one set of positions onto another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Frame", "aligned", "framed", "into_frame", "robust_frame"]

TRIM = 0.005  # share of the points on each side that do not decide the scale ...
FAR = 1.5  # ... where the whole is more than so many times as wide as the rest
INNER = 0.9  # then the rest takes this much of the frame, and what lies beyond is drawn in to its border


class Frame(NamedTuple):
    """How positions are brought into [-1, 1]: `(xy - center) / half`, drawn in where it lies beyond `inner`.

    Attributes
    ----------
    center : numpy.ndarray
        float64 (2,).
    half : float
        Half the wider side; both axes keep one scale.
    inner : float
        1 where everything fits, less where outliers are drawn in.
    """

    center: np.ndarray
    half: float
    inner: float


def robust_frame(xy: np.ndarray) -> Frame:
    """Find a frame that a few outliers do not squeeze the others in.

    Parameters
    ----------
    xy : numpy.ndarray
        float (n, 2), finite.

    Returns
    -------
    Frame

    Examples
    --------
    >>> spread = np.linspace(0, 1, 100)
    >>> frame = robust_frame(np.column_stack([np.append(spread, 1e6), np.append(spread, 0.5)]))
    >>> round(frame.half, 1), frame.inner
    (0.5, 0.9)
    """
    if not len(xy):
        return Frame(np.zeros(2), 1.0, 1.0)
    ordered = np.sort(xy.astype(np.float64), axis=0)
    trimmed = min(max(1, int(np.ceil(len(xy) * TRIM))), (len(xy) - 1) // 4)
    low, high = ordered[trimmed], ordered[len(ordered) - 1 - trimmed]
    whole = (ordered[-1] - ordered[0]).max() / 2
    half = (high - low).max() / 2
    if whole <= half * FAR or half <= 0:
        return Frame((ordered[0] + ordered[-1]) / 2, float(whole) or 1.0, 1.0)
    return Frame((low + high) / 2, float(half), INNER)


def into_frame(xy: np.ndarray, frame: Frame) -> np.ndarray:
    """Bring positions into a frame.

    Order is kept along both axes, also among outliers: beyond the inner part they approach the border.

    Returns
    -------
    numpy.ndarray
        float32 (n, 2), in [-1, 1].
    """
    with np.errstate(over="ignore"):  # infinitely far beyond is on the border
        scaled = (xy.astype(np.float64) - frame.center) / frame.half * frame.inner
    beyond = np.maximum(np.abs(scaled) - frame.inner, 0.0)
    drawn = frame.inner + (1.0 - frame.inner) * (1.0 - frame.inner / (beyond + frame.inner))
    return np.clip(np.where(beyond > 0, np.sign(scaled) * drawn, scaled), -1.0, 1.0).astype(np.float32)


def framed(xy: np.ndarray) -> np.ndarray:
    """Bring positions into [-1, 1]: float32 (n, 2).

    Examples
    --------
    >>> framed(np.array([[5.0, 5.0], [9.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    return into_frame(xy, robust_frame(xy))


def aligned(xy: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Turn, mirror and shift positions so that rows stand as near as can be to where they stand in others.

    Distances among them stay as they are (orthogonal Procrustes).

    Parameters
    ----------
    xy, onto : numpy.ndarray
        float (n, 2), row by row.

    Returns
    -------
    numpy.ndarray
        float32 (n, 2).

    Examples
    --------
    >>> corner = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> bool(np.allclose(aligned(corner[:, ::-1], corner), corner, atol=1e-6))
    True
    """
    if len(xy) < 2:
        return np.asarray(xy, dtype=np.float32)
    center, target = xy.mean(axis=0, dtype=np.float64), onto.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd((xy - center).T.astype(np.float64) @ (onto - target))
    return ((xy - center) @ (left @ right) + target).astype(np.float32)
