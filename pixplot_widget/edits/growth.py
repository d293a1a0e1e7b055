"""More rows at the end of a frame: which columns and index labels they get, and how the frame stays the same object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from ..rows import some

__all__ = ["become", "grown"]


def grown(df: pd.DataFrame, more: pd.DataFrame, columns: Mapping[Any, pd.Series] | None = None) -> pd.DataFrame:
    """Put the rows of one frame behind those of another.

    Columns that only one of them has are missing in the rows of the other. Index labels are kept, but where both
    frames just count their rows, counting goes on.

    Parameters
    ----------
    df, more : pandas.DataFrame
        The rows there are, and those to follow.
    columns : mapping, optional
        Columns that were joined already, by name.

    Returns
    -------
    pandas.DataFrame
        A new one.

    Raises
    ------
    ValueError
        A column name stands twice, or the indexes have different levels.

    Examples
    --------
    >>> whole = grown(pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3], "b": ["x"]}))
    >>> whole.index.tolist(), whole.a.tolist(), whole.b.isna().tolist()
    ([0, 1, 2], [1, 2, 3], [True, True, False])
    """
    for frame in (df, more):
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            raise ValueError(f"rows can only be added where each column has a name of its own, not {some(twice)}")
    if df.index.nlevels != more.index.nlevels:
        raise ValueError(f"the frame's index has {df.index.nlevels} levels, that of the new rows {more.index.nlevels}")
    index = _joined_index(df.index, more.index)
    done = dict(columns or {})
    order = [*df.columns, *(column for column in [*more.columns, *done] if column not in df.columns)]
    whole = {
        column: done[column] if column in done else _joined(_column(df, column), _column(more, column))
        for column in dict.fromkeys(order)
    }
    return pd.DataFrame({column: series.set_axis(index) for column, series in whole.items()}, index=index, copy=False)


def become(df: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Give a frame other content in its place: whoever holds it sees that.

    Examples
    --------
    >>> df = pd.DataFrame({"a": [1]})
    >>> same = df
    >>> become(df, pd.DataFrame({"a": [1, 2]}))
    >>> same.a.tolist()
    [1, 2]
    """
    attributes = dict(df.attrs)
    # what a constructor does to a new object it does to one that is there: pandas has no other public way to add
    # several rows in place, and one that keeps dtypes
    pd.DataFrame.__init__(df, whole)
    df.attrs = attributes


def _joined_index(old: pd.Index, new: pd.Index) -> pd.Index:
    if _counts(old) and isinstance(new, pd.RangeIndex) and new.step == 1 and new.start in (0, len(old)):
        return pd.RangeIndex(len(old) + len(new), name=old.name)
    return old.append(new).set_names(old.names)


def _counts(index: pd.Index) -> bool:
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def _column(frame: pd.DataFrame, column: Any) -> pd.Series | int:
    """Give a column, or how many rows lack it."""
    return frame[column] if column in frame.columns else len(frame)


def _joined(old: pd.Series | int, new: pd.Series | int) -> pd.Series:
    if isinstance(old, int):
        return pd.concat([_missing(new, old), new])
    if isinstance(new, int) or (new.isna().all() and new.dtype != old.dtype):
        return pd.concat([old, _missing(old, new if isinstance(new, int) else len(new))])
    if isinstance(old.dtype, pd.CategoricalDtype) and isinstance(new.dtype, pd.CategoricalDtype):
        both = union_categoricals([old, new]) if old.dtype.categories.dtype == new.dtype.categories.dtype else None
        if both is not None:
            return pd.Series(both, name=old.name)
    return pd.concat([old, new])


def _missing(like: pd.Series, count: int) -> pd.Series:
    """Give missing values, in the dtype of another column where that has any."""
    return like.iloc[:0].reset_index(drop=True).reindex(range(count))
