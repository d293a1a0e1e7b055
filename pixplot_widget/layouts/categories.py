"""Categories: a packed box for every value of a column."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .cells import ASPECT, Frame, apart_columns, as_series, caption_room, in_boxes
from .layout import Layout

__all__ = ["Groups", "category_layout", "group"]

NO_VALUE = "no value"
BOX_ASPECT = 1.2


class Groups(NamedTuple):
    """A column's values as groups, biggest first: `codes` int64 (n,), -1 where missing, each code's name and count."""

    codes: np.ndarray
    names: list[str]
    counts: np.ndarray

    def with_missing(self) -> Groups:
        """Return the same with missing rows as one more, last group."""
        missing = self.codes < 0
        if not missing.any():
            return self
        codes = np.where(missing, len(self.names), self.codes)
        return Groups(codes, [*self.names, NO_VALUE], np.append(self.counts, missing.sum()))


def group(values: Any) -> Groups:
    """Group a column's rows by value, the most frequent first, equally frequent ones in the order of their values.

    Examples
    --------
    >>> codes, names, counts = group(["b", "a", None, "b"])
    >>> codes.tolist(), names, counts.tolist()
    ([0, 1, -1, 0], ['b', 'a'], [2, 1])
    """
    series = as_series(values)
    try:
        codes, uniques = pd.factorize(series, sort=True)
    except (TypeError, ValueError):  # lists cannot be told apart by hash, 3 and "three" cannot be sorted
        text = series.astype(object).where(series.isna(), series.map(str))
        codes, uniques = pd.factorize(text, sort=True)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    order = np.argsort(-counts, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return Groups(place[codes], _texts(uniques[order]), counts[order])


def _texts(values: Any) -> list[str]:
    # Whole numbers become floats in a column with gaps; they are still read as whole numbers.
    if pd.api.types.is_float_dtype(values) and all(float(value).is_integer() for value in values):
        return [str(int(value)) for value in values]
    return [str(value) for value in values]


def category_layout(values: Any, aspect: float = ASPECT, order: np.ndarray | None = None) -> Layout:
    """Place rows in one packed box per value, biggest first.

    Parameters
    ----------
    values : array-like
        (n,): any column; lists and mixtures are told apart by their text.
    aspect : float
        Width over height of the whole.
    order : numpy.ndarray, optional
        int (n,): the order in which the rows of a box are laid out; by position if not given.

    Returns
    -------
    Layout
        A caption with its count above every box, in the order of the boxes; `extra["boxes"]` holds them as
        [x0, y0, x1, y1]. Rows with a missing value are in a last box, apart, captioned "no value".

    Examples
    --------
    >>> layout = category_layout(["cat", "dog", "cat", None])
    >>> [(caption.text, caption.count) for caption in layout.captions]
    [('cat', 2), ('dog', 1), ('no value', 1)]
    """
    groups = group(values)
    known = len(groups.names)
    codes, names, counts = groups.with_missing()
    if not names:
        return Layout(np.zeros((0, 2), dtype=np.float32))
    boxes = _arrange(counts, known, aspect)
    frame = Frame(boxes.width, boxes.height)
    captions = frame.captions(names, boxes.left + boxes.spans / 2, boxes.top + boxes.strips / 2, boxes.spans, counts)
    top = boxes.top + boxes.strips
    return Layout(
        frame.xy(in_boxes(codes, boxes.columns, boxes.left, top, order)),
        captions,
        frame.cell,
        {"boxes": frame.rectangles(boxes.left, top, boxes.columns, boxes.lines)},
    )


class _Boxes(NamedTuple):
    """Boxes in cells: `columns` x `lines` images under a caption strip `spans` wide; its corner is at `left`, `top`."""

    columns: np.ndarray
    lines: np.ndarray
    strips: np.ndarray
    spans: np.ndarray
    left: np.ndarray
    top: np.ndarray
    width: float
    height: float


def _arrange(counts: np.ndarray, known: int, aspect: float) -> _Boxes:
    """Arrange a box for each of `counts`; those from `known` on stand apart, below the others."""
    columns = np.ceil(np.sqrt(counts * BOX_ASPECT)).astype(np.int64)
    lines = -(-counts // columns)
    total = math.sqrt(1.3 * counts.sum()) + 1
    strips = caption_room(lines, total)
    gaps = np.maximum(0.5, np.minimum(0.12 * columns, 0.015 * total))
    # A caption needs some width too, even over a single image.
    spans = np.maximum(columns, 1.5)
    left, top = np.zeros(len(counts)), np.zeros(len(counts))
    width = height = 0.0
    if known:
        left[:known], top[:known] = _pack(
            (spans + gaps)[:known], (strips + lines + gaps)[:known], aspect, max(2, min(16, 40_000 // known))
        )
        width = float((left + spans)[:known].max())
        height = float((top + strips + lines)[:known].max())
    for apart in range(known, len(counts)):
        if known:
            columns[apart] = apart_columns(int(counts[apart]), width, height)
            lines[apart] = -(-counts[apart] // columns[apart])
            spans[apart] = max(columns[apart], 1.5)
            top[apart] = height + 2 * gaps[apart]
        width = max(width, float(spans[apart]))
        height = float(top[apart] + strips[apart] + lines[apart])
    return _Boxes(columns, lines, strips, spans, left, top, width, height)


def _pack(widths: np.ndarray, heights: np.ndarray, aspect: float, tries: int) -> tuple[np.ndarray, np.ndarray]:
    """Pack boxes of falling height so that the whole is about `aspect` times as wide as high; return left, top.

    The shelves' length that leaves the largest cells is found by trying a few.
    """
    side = math.sqrt(float((widths * heights).sum()) * aspect)
    best: tuple[float, np.ndarray, np.ndarray] | None = None
    for length in np.geomspace(0.9, 1.8, tries) * side:
        left, top = _shelve(widths.tolist(), heights.tolist(), max(float(length), float(widths.max())))
        size = max(float((left + widths).max()) / aspect, float((top + heights).max()))
        if best is None or size < best[0]:
            best = (size, left, top)
    assert best is not None
    return best[1], best[2]


def _shelve(widths: list[float], heights: list[float], length: float) -> tuple[np.ndarray, np.ndarray]:
    """Put boxes on shelves of a length, from left to right and top to bottom.

    The first box of a shelf gives it its height; lower ones are stacked on one another as long as the height lasts, so
    that one very large category beside many small ones wastes no room.
    """
    left, top = np.zeros(len(widths)), np.zeros(len(widths))
    x = y = shelf = stack = filled = 0.0
    for i, (width, height) in enumerate(zip(widths, heights, strict=True)):
        if i and width <= stack and filled + height <= shelf:  # on the stack
            left[i], top[i] = x, y + filled
            filled += height
            continue
        if i and x + stack + width <= length:  # a new stack
            x += stack
        elif i:  # a new shelf
            x, y = 0.0, y + shelf
            shelf = 0.0
        stack, filled, shelf = width, height, max(shelf, height)
        left[i], top[i] = x, y
    return left, top
