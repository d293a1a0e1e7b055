"""Cells: the arithmetic that the grid-like layouts share.

They are drawn up in cells, x to the right and y *down* as one reads, and put into data units at the end by one `Frame`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .layout import Caption

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Frame", "apart_columns", "as_series", "caption_room", "columns_for", "in_boxes", "ranks", "set_apart"]

ASPECT = 1.5
"""Width over height of a layout when nothing else is asked for: about that of a notebook's cell."""


def as_series(values: Any, name: str = "values") -> pd.Series:
    """Return a column as a Series over the positions 0..n-1, whatever its own index is.

    Raises
    ------
    ValueError
        If `values` is not one-dimensional.
    """
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    if getattr(values, "ndim", 1) != 1:
        raise ValueError(f"{name} must be one column, not an array of shape {values.shape}")
    return pd.Series(values, dtype=None if len(values) else object)


def columns_for(count: int, aspect: float = ASPECT) -> int:
    """Return the number of columns of a block of `count` cells that is about `aspect` times as wide as it is high.

    Examples
    --------
    >>> columns_for(24)
    6
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be above 0, not {aspect}")
    return max(1, min(count, round(math.sqrt(count * aspect))))


def caption_room(box: Any, total: float) -> Any:
    """Return the height, in cells, kept free for the caption of boxes `box` cells high in a picture of `total` cells.

    A caption is written in pixels, so what it needs is a share of the picture; but many small boxes together must not
    spend more on captions than on images, and one cell is always enough once one has come near.
    """
    return np.maximum(1.0, np.minimum(0.45 * np.asarray(box), 0.035 * total))


def apart_columns(count: int, width: float, height: float) -> int:
    """Return the number of columns of a box of rows set apart, below a picture of `width` x `height` cells.

    As wide as the picture, unless that would leave a few images in a row that nobody sees the end of.
    """
    return max(1, min(count, math.ceil(max(width, math.sqrt(count * max(width, 1) / max(height, 1))))))


def ranks(codes: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """Return each row's number within its group: 0 for the first row of every code.

    Parameters
    ----------
    codes : numpy.ndarray
        int (n,), not negative.
    order : numpy.ndarray, optional
        int (n,): the rows in the order in which they are counted; by position if not given.

    Examples
    --------
    >>> ranks(np.array([1, 0, 1, 1, 0])).tolist()
    [0, 0, 1, 2, 1]
    """
    by_group = np.argsort(codes, kind="stable") if order is None else order[np.argsort(codes[order], kind="stable")]
    counts = np.bincount(codes)
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(codes), dtype=np.int64)
    rank[by_group] = np.arange(len(codes)) - starts[codes[by_group]]
    return rank


def in_boxes(
    codes: np.ndarray, columns: Any, left: Any, top: Any, order: np.ndarray | None = None, upwards: bool = False
) -> np.ndarray:
    """Fill boxes in reading order: row i goes into box `codes[i]`.

    Parameters
    ----------
    codes : numpy.ndarray
        int (n,), the box of each row.
    columns, left, top : array-like
        (boxes,): how many cells wide each box is, and its top left corner, in cells. With `upwards` boxes are filled
        from their bottom line, which `top` then is.
    order : numpy.ndarray, optional
        int (n,), the order in which rows are taken.

    Returns
    -------
    numpy.ndarray
        float64 (n, 2): the middle of each row's cell, in cells, y down.
    """
    rank = ranks(codes, order)
    across = np.asarray(columns)[codes]
    line = rank // across + 0.5
    y = np.asarray(top)[codes] + (-line if upwards else line)
    return np.column_stack([np.asarray(left)[codes] + rank % across + 0.5, y])


@dataclass(frozen=True)
class Frame:
    """A picture `width` x `height` cells large, and the way from there into data units.

    Examples
    --------
    >>> frame = Frame(4, 2)
    >>> frame.cell
    0.5
    >>> frame.xy(np.array([[0.5, 0.5], [3.5, 1.5]])).tolist()
    [[-0.75, 0.25], [0.75, -0.25]]
    """

    width: float
    height: float

    @property
    def cell(self) -> float:
        """Side of a cell in data units: the longer side of the picture is 2."""
        return float(2 / (max(self.width, self.height) or 1))

    def xy(self, points: np.ndarray) -> np.ndarray:
        """Return points in cells (y down) as float32 (n, 2) data units (y up)."""
        middle = np.array([self.width / 2, self.height / 2])
        return ((points - middle) * np.array([self.cell, -self.cell])).astype(np.float32)

    def captions(self, texts: Sequence[str], x: Any, y: Any, width: Any, counts: Any) -> tuple[Caption, ...]:
        """Return captions whose middles are at (x, y) cells, of a width in cells; each may be one number for all."""
        size = len(texts)
        columns = (
            np.broadcast_to((np.asarray(x) - self.width / 2) * self.cell, size).tolist(),
            np.broadcast_to((self.height / 2 - np.asarray(y)) * self.cell, size).tolist(),
            np.broadcast_to(np.asarray(width) * self.cell, size).tolist(),
            np.broadcast_to(counts, size).tolist(),
        )
        return tuple(map(Caption, texts, *columns))

    def rectangles(self, left: Any, top: Any, width: Any, height: Any) -> list[list[float]]:
        """Return boxes as [x0, y0, x1, y1] in data units, x0 < x1 and y0 < y1, rounded to what JSON needs."""
        left, top = np.asarray(left, dtype=float), np.asarray(top, dtype=float)
        x0, y1 = (left - self.width / 2) * self.cell, (self.height / 2 - top) * self.cell
        box = np.column_stack([x0, y1 - np.asarray(height) * self.cell, x0 + np.asarray(width) * self.cell, y1])
        return np.round(box, 6).tolist()


def set_apart(
    points: np.ndarray, width: float, height: float, text: str, side: float | None = None
) -> tuple[Frame, tuple[Caption, ...]]:
    """Place the rows that have no point in a block of their own below the others.

    Parameters
    ----------
    points : numpy.ndarray
        float64 (n, 2), within `width` x `height` and y down; NaN rows are filled in, in place. If there are no others,
        the height is 0.
    text : str
        The block's caption.
    side : float, optional
        Side of a sprite where all are on a grid.

    Returns
    -------
    Frame, tuple of Caption
        The frame that holds both, in the units of `points`, and the block's caption if there is one.
    """
    missing = np.flatnonzero(np.isnan(points).any(axis=1))
    if not len(missing):
        return Frame(width, height), ()
    if side is None:  # as small as the scatter's own sprites may become, and at most a fifth of the picture
        side = min(0.04 * width, width / math.sqrt(len(points)), math.sqrt(0.2 * width * height / len(missing)))
    columns = apart_columns(len(missing), int(width / side + 1e-6), height / side)
    lines = -(-len(missing) // columns)
    room = float(caption_room(lines, height / side)) * side
    top = room + (height + side if height else 0)
    points[missing] = in_boxes(np.zeros(len(missing), dtype=np.int64), [columns], [0], [0]) * side + [0, top]
    frame = Frame(max(width, columns * side), top + lines * side)
    # A few images must not leave so little room that their caption cannot be read.
    span = min(frame.width, max(columns * side, 0.3 * frame.width))
    return frame, frame.captions([text], span / 2, top - room / 2, span, len(missing))
