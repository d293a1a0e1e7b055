"""Vectors from the thumbnails themselves, so that a plot without a model is already worth looking at.

Two views of each picture, stretched to a square: its colors, as 8 × 8 pixels in Lab, and its shapes, as histograms
of the direction of gradients (Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

import numpy as np

from .rendering import extent
from .store import READY, ThumbnailStore

__all__ = ["thumbnail_vectors"]

VERSION = 1  # to be raised whenever the same pictures come to have other vectors
SIDE = 32  # px: the level of the store that is looked at
COLORS = 8  # Lab pixels a side
CELLS = 4  # gradient histograms a side
DIRECTIONS = 8
# Of the five nearest neighbors' votes, shapes at 0 / 1 / 2 / 3 / alone got 36 / 40 / 46 / 48 / 47 % of 341 photos of
# clothes and 40 / 46 / 50 / 51 / 44 % of CIFAR-10 right; 2 keeps pictures of one color visibly together
SHAPE_WEIGHT = 2.0
_BLOCK = 512  # pictures at once: 6 MB
MANY = 200_000  # of more pictures, vectors of half the precision: 0.6 GB of a million, and 99.95 % of neighbors stay


def thumbnail_vectors(
    store: ThumbnailStore,
    rows: Sequence[int] | np.ndarray | None = None,
    *,
    cancel: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Describe pictures by their colors and shapes.

    Parameters
    ----------
    store : ThumbnailStore
        Prepared.
    rows : sequence of int, optional
        Positions. Default: all.
    cancel : threading.Event, optional
        Ends it soon after it is set; what comes back then is of no use.
    progress : callable, optional
        Called with the number of rows done and of all.

    Returns
    -------
    numpy.ndarray
        float32 (n, 320), float16 of very many. Rows whose picture is pending or unreadable are NaN.

    Examples
    --------
    >>> import pandas as pd
    >>> from pixplot_widget.images import Images
    >>> store = ThumbnailStore(Images(pd.DataFrame(index=[0]), [np.zeros((9, 9, 3), np.uint8)]), cache=False)
    >>> store.prepare()
    >>> thumbnail_vectors(store).shape
    (1, 320)
    """
    if rows is None:
        return _of_all(store, cancel, progress)
    rows = np.asarray(rows, dtype=np.int64).reshape(-1)
    precision = np.float16 if len(rows) > MANY else np.float32
    vectors = np.full((len(rows), 3 * COLORS**2 + CELLS**2 * DIRECTIONS), np.nan, dtype=precision)
    ready = np.flatnonzero(store.state[rows] == READY)
    for start in range(0, len(ready), _BLOCK):
        if cancel is not None and cancel.is_set():
            break
        if progress is not None:
            progress(start, len(ready))
        at = ready[start : start + _BLOCK]
        pictures = _stretched(store.coarse[rows[at]], extent(store.shapes[rows[at]], SIDE))
        vectors[at] = np.concatenate([_colors(pictures), _shapes(pictures)], axis=1)
    return vectors


def _of_all(
    store: ThumbnailStore, cancel: threading.Event | None, progress: Callable[[int, int], None] | None
) -> np.ndarray:
    """Describe all pictures, from the cache where the same ones were described before."""
    name = f"features{VERSION}-{store.identity}" if store.identity else ""
    vectors = store.cache.load_array("layouts", name) if name else None
    if vectors is None:
        vectors = thumbnail_vectors(store, np.arange(len(store)), cancel=cancel, progress=progress)
        if name and not (cancel is not None and cancel.is_set()):
            with contextlib.suppress(OSError):  # a full disk is told of where thumbnails and layouts are kept
                store.cache.save_array("layouts", name, vectors)
    return vectors


def _stretched(cells: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Cut each picture, of `size` (k, 2) px, out of its cell and stretch it to the whole: uint8 (k, 32, 32, 3)."""
    steps = (np.arange(SIDE) + 0.5) / SIDE
    across = (steps * size[:, :1]).astype(np.int64)
    down = (steps * size[:, 1:]).astype(np.int64)
    return cells[np.arange(len(cells))[:, None, None], down[:, :, None], across[:, None, :]]


def _colors(pictures: np.ndarray) -> np.ndarray:
    """Return 8 × 8 mean colors in Lab, of length 1: float32 (k, 192)."""
    k, step = len(pictures), SIDE // COLORS
    small = pictures.reshape(k, COLORS, step, COLORS, step, 3).mean(axis=(2, 4), dtype=np.float32) / 255.0
    lab = _lab(small)
    lab[..., 0] -= 50.0
    return _unit(lab.reshape(k, -1), floor=100.0)


def _lab(rgb: np.ndarray) -> np.ndarray:
    """Turn sRGB in [0, 1] into CIE L*a*b* under D65, where distances are those the eye sees."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.089], np.float32)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * (841 / 108) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def _shapes(pictures: np.ndarray) -> np.ndarray:
    """Return 4 × 4 histograms of 8 gradient directions, of length `SHAPE_WEIGHT`: float32 (k, 128)."""
    k, step = len(pictures), SIDE // CELLS
    gray = pictures @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    dx, dy = np.zeros_like(gray), np.zeros_like(gray)
    dx[:, :, 1:-1] = gray[:, :, 2:] - gray[:, :, :-2]
    dy[:, 1:-1] = gray[:, 2:] - gray[:, :-2]
    strength = np.hypot(dx, dy)
    turn = np.arctan2(dy, dx) * (DIRECTIONS / np.pi)  # a line has no front and back: half a turn is all
    direction = np.floor(turn).astype(np.int64)
    beyond = (turn - direction).astype(np.float32)
    cell = np.arange(SIDE) // step
    place = (np.arange(k)[:, None, None] * CELLS + cell[:, None]) * CELLS + cell
    histograms = np.zeros(k * CELLS**2 * DIRECTIONS)
    for way, share in ((direction, 1 - beyond), (direction + 1, beyond)):
        at = place * DIRECTIONS + way % DIRECTIONS
        histograms += np.bincount(at.reshape(-1), (strength * share).reshape(-1), len(histograms))
    return _unit(np.sqrt(histograms.reshape(k, -1)), floor=20.0) * np.float32(SHAPE_WEIGHT)


def _unit(vectors: np.ndarray, floor: float) -> np.ndarray:
    """Scale rows to length 1, but leave short ones short: noise in an even picture is no direction."""
    length = np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    return (vectors / np.maximum(length, floor)).astype(np.float32)
