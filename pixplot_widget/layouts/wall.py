"""The wall: a box for every pair of values of two columns, given by predicted: a confusion matrix made of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrangements import Option, groupable
from .categories import Groups, category_layout, group
from .cells import ASPECT, Frame, as_series, in_boxes
from .kinds import LayoutData, LayoutKind, register
from .layout import Layout

__all__ = ["wall_layout"]


def wall_layout(rows: Any, columns: Any, aspect: float = ASPECT) -> Layout:
    """Place rows in a box for each pair of values of two columns.

    Parameters
    ----------
    rows, columns : array-like
        (n,) each: the values down the side and along the top. Where both know the same values, as given and predicted
        labels do, these come in the same order, so that agreement is the diagonal.
    aspect : float
        Width over height that the whole is brought near to, as far as its boxes allow.

    Returns
    -------
    Layout
        Captions with counts, first those of the rows and then those of the columns, and `extra["wall"]`: the `titles`
        of both, their `rows` and `columns` (names), and `x` and `y`, the [start, end] of each column and of each row in
        data units.
        Missing values are the last row and the last column.

    Raises
    ------
    ValueError
        If the columns differ in length.

    Examples
    --------
    >>> wall = wall_layout(["cat", "dog", "cat"], ["cat", "cat", "dog"])
    >>> [caption.text for caption in wall.captions]
    ['cat', 'dog', 'cat', 'dog']
    """
    side, along = as_series(rows, "rows"), as_series(columns, "columns")
    if len(side) != len(along):
        raise ValueError(f"a wall needs two columns of one length, not {len(side)} and {len(along)} rows")
    if not len(side):
        return Layout(np.zeros((0, 2), dtype=np.float32))
    down = group(side).with_missing()
    across = _in_order_of(group(along), down.names).with_missing()

    pairs, box, counts = np.unique(
        down.codes * len(across.names) + across.codes, return_inverse=True, return_counts=True
    )
    row_of, column_of = np.divmod(pairs, len(across.names))
    widths, heights = _sizes(row_of, column_of, counts, len(down.names), len(across.names), aspect)
    gap = 0.5 + 0.1 * min(widths.mean(), heights.mean())
    # Room for the names of rows on the left and of columns on top: a share of the picture, as text is.
    inner_width, inner_height = (sizes.sum() + gap * len(sizes) for sizes in (widths, heights))
    margin_left = max(2.0, 0.12 * max(inner_width, inner_height))
    margin_top = max(1.0, 0.05 * max(inner_width, inner_height))
    left = margin_left + np.cumsum(widths + gap) - widths
    top = margin_top + np.cumsum(heights + gap) - heights

    frame = Frame(margin_left + inner_width, margin_top + inner_height)
    wide, high = widths[column_of], heights[row_of]
    # A box that does not fill its place is shaped like it, so that few images make a small box and not a thin line.
    lines = np.minimum(high, np.ceil(np.sqrt(counts * high / wide)))
    box_columns = np.minimum(wide, np.ceil(counts / lines)).astype(np.int64)
    xy = frame.xy(in_boxes(box.reshape(-1), box_columns, left[column_of], top[row_of]))
    row_captions = frame.captions(down.names, margin_left / 2, top + heights / 2, margin_left, down.counts)
    column_captions = frame.captions(across.names, left + widths / 2, margin_top / 2, widths + gap, across.counts)
    columns_at = frame.rectangles(left, 0 * left, widths, 0 * left)
    rows_at = frame.rectangles(0 * top, top, 0 * top, heights)
    wall = {
        "titles": [
            "rows" if side.name is None else str(side.name),
            "columns" if along.name is None else str(along.name),
        ],
        "rows": down.names,
        "columns": across.names,
        "x": [[x0, x1] for x0, _, x1, _ in columns_at],
        "y": [[y0, y1] for _, y0, _, y1 in rows_at],
    }
    return Layout(xy, row_captions + column_captions, frame.cell, {"wall": wall})


def _in_order_of(groups: Groups, names: list[str]) -> Groups:
    """Return groups with those called as in `names` first and in that order."""
    known = {name: i for i, name in enumerate(names)}
    order = sorted(range(len(groups.names)), key=lambda code: known.get(groups.names[code], len(names) + code))
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return Groups(place[groups.codes], [groups.names[code] for code in order], groups.counts[order])


def _sizes(
    row_of: np.ndarray, column_of: np.ndarray, counts: np.ndarray, rows: int, columns: int, aspect: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many cells wide each column and how many cells high each row must be for its fullest box.

    A column is as wide as a box of some shape that holds its largest count; the shape is the one of a few that brings
    the whole wall nearest to `aspect` at the largest cells.
    """
    fullest = np.zeros(columns, dtype=np.int64)
    np.maximum.at(fullest, column_of, counts)
    best: tuple[float, np.ndarray, np.ndarray] | None = None
    for shape in np.geomspace(0.25, 16, 13):
        widths = np.maximum(1, np.ceil(np.sqrt(fullest * shape))).astype(np.int64)
        heights = np.ones(rows, dtype=np.int64)
        np.maximum.at(heights, row_of, -(-counts // widths[column_of]))
        size = max(widths.sum() / aspect, heights.sum())
        if best is None or size < best[0]:
            best = (size, widths, heights)
    assert best is not None
    return best[1], best[2]


def _options(data: LayoutData) -> tuple[Option, ...]:
    columns = (data.label, *(name for name in data.columns(groupable) if name != data.label))
    return (
        Option("by", "Group by", "column", data.label, columns),
        Option("across", "and across", "column", "", ("", *columns)),
    )


def _make(data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    by = data.column(chosen["by"])
    return wall_layout(by, data.column(chosen["across"])) if chosen["across"] else category_layout(by)


register(LayoutKind("category", "By category", _make, _options, rank=30))
