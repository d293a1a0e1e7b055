"""What columns are called: pages, settings and files say it in text, whatever the names in a frame are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from .errors import instead

__all__ = ["beside", "column_of", "headings", "in_full", "place_of"]


def headings(columns: pd.Index) -> dict[str, int]:
    """Give the text that names each column, and its place.

    A name that is text comes before one that only reads so, as 1 does beside "1". Columns that share a name have none,
    since neither could be asked for.

    Examples
    --------
    >>> headings(pd.Index([1, "1", 2.5, "twice", "twice"], dtype=object))
    {'1': 1, '2.5': 2}
    """
    names = columns.tolist()
    found: dict[str, int] = {}
    for exact in (True, False):
        chosen = {k: str(name) for k, name in enumerate(names) if isinstance(name, str) == exact}
        count = Counter(chosen.values())
        taken = {str(name) for name in names if isinstance(name, str)} if not exact else set()
        found |= {text: k for k, text in chosen.items() if count[text] == 1 and text not in taken}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def in_full(columns: pd.Index, name: Any) -> Any:
    """Give the name under which a column is made: in a frame whose columns have several levels, one for each.

    Examples
    --------
    >>> in_full(pd.Index(["a"]), "remove"), in_full(pd.MultiIndex.from_tuples([("a", "b")]), "remove")
    ('remove', ('remove', ''))
    """
    if columns.nlevels == 1:
        return name
    given = name if isinstance(name, tuple) else (name,)
    return (*given, *[""] * (columns.nlevels - len(given)))


def beside(columns: pd.Index, name: Any, ending: str) -> Any:
    """Name a column after another one, of which `in_full` gave the name.

    Examples
    --------
    >>> beside(pd.MultiIndex.from_tuples([("a", "b")]), ("remove", ""), "_reason")
    ('remove_reason', '')
    """
    return f"{name}{ending}" if columns.nlevels == 1 else (f"{name[0]}{ending}", *name[1:])


def place_of(columns: pd.Index, name: Any) -> int:
    """Find a column by its name, or by the text of it.

    Raises
    ------
    KeyError
        There is no such column.
    ValueError
        There are several.

    Examples
    --------
    >>> columns = pd.Index([1, "1", ("a", "b")], tupleize_cols=False)
    >>> place_of(columns, 1), place_of(columns, "1"), place_of(columns, ("a", "b")), place_of(columns, "('a', 'b')")
    (0, 1, 2, 2)
    """
    names = columns.tolist()
    if isinstance(name, str):
        place = headings(columns).get(name)
        alike = [k for k, each in enumerate(names) if str(each) == name]
    else:
        alike = [k for k, each in enumerate(names) if _same(each, name)]
        place = alike[0] if len(alike) == 1 else None
    if place is not None:
        return place
    if alike:
        raise ValueError(f"df has {len(alike)} columns {name!r}; rename all but one to go by it")
    raise KeyError(f"there is no column {name!r}; {instead(name, names)}")


def column_of(df: pd.DataFrame, name: Any) -> pd.Series:
    """Give a column by its name, or by the text of it.

    Raises
    ------
    KeyError
        There is no such column.
    ValueError
        There are several.

    Examples
    --------
    >>> column_of(pd.DataFrame({2020: [1, 2]}), "2020").tolist()
    [1, 2]
    """
    return df.iloc[:, place_of(df.columns, name)]


def _same(one: Any, other: Any) -> bool:
    """Whether two names are one: True is not 1, and NaN is NaN."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return one is other or bool(one == other) or bool(one != one and other != other)
