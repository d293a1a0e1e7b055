"""What of a frame people read in the inspector and find by search: every column as text, by its position.

Columns are taken by position since names may be there twice, and need not be text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ..values import LONGEST, as_text, blank, folded, in_precision, several

__all__ = ["inspected", "searchable"]

MOST_SHOWN = 200_000
"""Characters of all fields together: a message has at most 1 MB, and a frame may have thousands of columns."""

SAMPLE = 20


def inspected(df: pd.DataFrame, row: int, apart: Mapping[str, Any]) -> tuple[dict[str, str], list[list[str]]]:
    """Write one row for the inspector.

    Parameters
    ----------
    df : pandas.DataFrame
        The frame.
    row : int
        Position.
    apart : mapping
        Roles to the columns that are shown in places of their own; the first of that name is.

    Returns
    -------
    texts : dict
        Role to text, "" where there is no value or no such column.
    fields : list of [str, str]
        Name and text of all other columns that have a value, the position first.

    Examples
    --------
    >>> df = pd.DataFrame([["a", 1.0, "so"], ["b", 2.0, None]], columns=["category", "n", "n"])
    >>> inspected(df, 0, {"description": "text"})
    ({'description': ''}, [['position', '0'], ['category', 'a'], ['n', '1'], ['n', 'so']])
    """
    texts = dict.fromkeys(apart, "")
    names = df.columns.tolist()
    place = {names.index(column): role for role, column in apart.items() if column in names}
    fields = [["position", str(row)]]
    if not isinstance(df.index, pd.RangeIndex):
        fields.append([as_text(df.index.name or "index"), as_text(df.index[row])])
    room = MOST_SHOWN
    for k, name in enumerate(names):
        column = df.iloc[:, k]
        value = in_precision(column.iloc[row], column.dtype)
        if blank(value):
            continue
        text = as_text(value)
        if place.get(k) == "permalink" and len(text) > LONGEST:
            continue  # half an address leads nowhere
        if k in place:
            texts[place[k]] = text
            continue
        if room <= 0:
            fields.append(["…", f"{len(names):,} columns"])
            break
        fields.append([as_text(str(name)), text])
        room -= len(fields[-1][0]) + len(text)
    return texts, fields


def searchable(df: pd.DataFrame, names: Sequence[str]) -> Iterator[list[str]]:
    """Give what can be searched: file names, and columns of text or of tags, `folded`; "" where there is no text.

    Examples
    --------
    >>> list(searchable(pd.DataFrame({"tags": [["Fur", "paws"], None], "year": [1, 2]}), ["A.jpg", "b.jpg"]))
    [['a.jpg', 'b.jpg'], ['fur | paws', '']]
    """
    yield [folded(name) for name in names]
    for k in range(df.shape[1]):
        column = df.iloc[:, k]
        types = pd.api.types
        if types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column):
            continue
        values = column.astype(object)
        if all(_is_text(value) for value in values[column.notna()].head(SAMPLE)):
            yield [_found_by(value) for value in values]


def _found_by(value: Any) -> str:
    if isinstance(value, str):
        return folded(value)
    return folded(as_text(value)) if several(value) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or several(value)
