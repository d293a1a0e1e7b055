"""Vectors without a model: what a thumbnail's colours and edges say, enough to put like beside like at first sight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .colors import oklab
from .thumbnails import ThumbnailStore

__all__ = ["thumbnail_vectors"]

_SIDE = 8  # of the small picture, in OKLab
_CELLS = 4  # gradients are counted in 4 x 4 cells ...
_BINS = 8  # ... by direction, without regard to sign
_SIDE_PX = 32
_ROWS = 2048  # done at once


def thumbnail_vectors(store: ThumbnailStore, rows: Sequence[int] | None = None) -> np.ndarray:
    """Make vectors of thumbnails: small OKLab pixels and histograms of oriented gradients.

    Parameters
    ----------
    store : ThumbnailStore
        Its thumbnails must be ready.
    rows : sequence of int, optional
        Which; None: all.

    Returns
    -------
    numpy.ndarray
        float32 (n, 320): 192 colours and 128 gradients, of about equal weight.

    Notes
    -----
    Gradient histograms follow Dalal and Triggs (2005), with one block a picture.

    Examples
    --------
    >>> import pandas as pd
    >>> from pixplot_widget.images import Images
    >>> store = ThumbnailStore(Images(pd.DataFrame(index=[0]), [np.zeros((8, 8), np.uint8)]), cache=False)
    >>> store.prepare()
    >>> thumbnail_vectors(store).shape
    (1, 320)
    """
    chosen = np.arange(len(store)) if rows is None else np.asarray(rows, dtype=np.int64)
    vectors = np.zeros((len(chosen), _SIDE * _SIDE * 3 + _CELLS * _CELLS * _BINS), dtype=np.float32)
    for start in range(0, len(chosen), _ROWS):
        part = chosen[start : start + _ROWS]
        pixels = np.asarray(store.coarse[part], dtype=np.float32)
        vectors[start : start + len(part)] = np.hstack([_colors(pixels), _gradients(pixels)])
    return vectors


def _colors(pixels: np.ndarray) -> np.ndarray:
    n, step = len(pixels), _SIDE_PX // _SIDE
    small = pixels.reshape(n, _SIDE, step, _SIDE, step, 3).mean(axis=(2, 4))
    return _scaled(oklab(small).reshape(n, -1).astype(np.float32))


def _gradients(pixels: np.ndarray) -> np.ndarray:
    n, cell = len(pixels), _SIDE_PX // _CELLS
    grey = pixels.mean(axis=3) / 255
    down, right = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, right)
    bins = (np.arctan2(down, right) % np.pi / np.pi * _BINS).astype(np.int64) % _BINS
    rows, columns = np.indices((_SIDE_PX, _SIDE_PX)) // cell
    place = (rows * _CELLS + columns) * _BINS
    slots = np.arange(n)[:, None, None] * (_CELLS * _CELLS * _BINS) + place + bins
    counts = np.bincount(slots.ravel(), strength.ravel(), minlength=n * _CELLS * _CELLS * _BINS)
    return _scaled(np.sqrt(counts.reshape(n, -1)).astype(np.float32))


def _scaled(block: np.ndarray) -> np.ndarray:
    """Give rows mean 0, and length 1 on average: so that neither half outweighs the other."""
    centred = block - block.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1).mean())
    return centred / length if length > 0 else centred
