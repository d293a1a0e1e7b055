"""Reading order: rows sorted by a column, left to right and top to bottom, in cells that touch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .arrangements import Option, sortable
from .cells import ASPECT, as_series, columns_for, in_boxes, set_apart
from .kinds import LayoutData, LayoutKind, register
from .layout import Layout

__all__ = ["sort_order", "sorted_layout"]


def sorted_layout(values: Any, ascending: bool = True, aspect: float = ASPECT) -> Layout:
    """Place rows in reading order of a column.

    Parameters
    ----------
    values : array-like
        (n,): text (sorted without regard to case), numbers, dates, categories (in their own order), or a mixture of
        those (sorted as text). Rows that are alike keep their order.
    ascending : bool
        Smallest first.
    aspect : float
        Width over height of the whole.

    Returns
    -------
    Layout
        Rows with a missing value stand in a block of their own below, captioned "no value".

    Examples
    --------
    >>> layout = sorted_layout(["b", "a", None])
    >>> bool(layout.xy[1, 0] < layout.xy[0, 0]), layout.captions[0].text
    (True, 'no value')
    """
    series = as_series(values)
    known = series.notna().to_numpy()
    columns = columns_for(int(known.sum()), aspect)
    lines = -(-int(known.sum()) // columns)
    points = in_boxes(np.zeros(len(series), dtype=np.int64), [columns], [0], [0], sort_order(series, ascending))
    points[~known] = np.nan
    frame, captions = set_apart(points, columns, lines, "no value", side=1.0)
    return Layout(frame.xy(points), captions, frame.cell)


def sort_order(values: pd.Series, ascending: bool = True) -> np.ndarray:
    """Return the positions of a column's rows in sorted order, int64 (n,): stable, missing values last.

    Examples
    --------
    >>> sort_order(pd.Series([3, 1, 2]), ascending=False).tolist()
    [0, 2, 1]
    """
    series = values.reset_index(drop=True)
    if isinstance(series.dtype, pd.ArrowDtype) and series.dtype.kind == "O":  # dictionaries, lists: Arrow sorts none
        series = series.astype(object)
    if pd.api.types.is_string_dtype(series.dtype) and pd.api.types.infer_dtype(series, skipna=True) == "string":
        series = series.str.casefold()
    try:
        ordered = series.sort_values(ascending=ascending, kind="stable", na_position="last")
    except (
        TypeError,
        ValueError,
        NotImplementedError,
    ):  # values of kinds that do not compare: 3 and "three", lists, arrays
        text = series.astype(object).where(series.isna(), series.map(str))
        ordered = text.sort_values(ascending=ascending, kind="stable", na_position="last")
    return ordered.index.to_numpy(dtype=np.int64)


def _options(data: LayoutData) -> tuple[Option, ...]:
    return (
        Option("by", "Sort by", "column", "", ("", *data.columns(sortable)), words={"": "file name"}),
        Option("descending", "Descending", "switch"),
    )


def _make(data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    values = data.column(chosen["by"]) if chosen["by"] else data.names
    return sorted_layout(values, ascending=not chosen["descending"])


register(LayoutKind("sorted", "Sorted", _make, _options, rank=70))
