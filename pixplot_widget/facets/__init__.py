"""Columns as what one can filter and colour by: categories, tags, numbers, dates, or text to look in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..layouts.instants import instants
from ..tags import read_tags
from ..values import blank, folded, is_binary, parts_of, several

__all__ = ["Facet", "categories", "facet", "kind_of", "seconds"]

MOST_CATEGORIES = 500
"""With more values than this a column of text tells images apart rather than groups them."""

SAMPLE = 200
TAGGED = 0.1
"""Share of a column's texts that must hold a "|" for it to be one of tags: a single one may be an accident."""

_NONE = np.zeros(0)


@dataclass(frozen=True)
class Facet:
    """A column as one can filter by it.

    Attributes
    ----------
    kind : {"categories", "tags", "numbers", "dates", "text"}
        What the column holds.
    names : list of str
        Of categories or tags.
    rows, codes : numpy.ndarray
        Of tags, int64 (k,) and int32 (k,): row ``rows[i]`` bears ``names[codes[i]]``. Of categories `codes` is
        int32 (n,), -1 where there is none.
    values : numpy.ndarray
        Of numbers, float64 (n,); of dates seconds since 1970; NaN where there is none.
    texts : numpy.ndarray
        Of text, object (n,): as `folded` gives it, "" where there is none.
    """

    kind: str
    names: list[str] = field(default_factory=list)
    rows: np.ndarray = field(default_factory=lambda: _NONE.astype(np.int64))
    codes: np.ndarray = field(default_factory=lambda: _NONE.astype(np.int32))
    values: np.ndarray = field(default_factory=lambda: _NONE)
    texts: np.ndarray = field(default_factory=lambda: _NONE.astype(object))


def kind_of(series: pd.Series, tags: bool = False) -> str | None:
    """Say how one would filter by a column; None where one could not.

    Parameters
    ----------
    series : pandas.Series
        The column.
    tags : bool
        That it is known to hold tags.

    Examples
    --------
    >>> kind_of(pd.Series([1.5, None])), kind_of(pd.Series(["a|b", "c"])), kind_of(pd.Series(["x", "y", "x", "y"]))
    ('numbers', 'tags', 'categories')
    >>> kind_of(pd.Series(pd.to_datetime(["2020-01-01"]))), kind_of(pd.Series(["one", "two", "three"]))
    ('dates', 'text')
    >>> kind_of(pd.Series([np.array(["a", "b"]), None])), kind_of(pd.Series([{"a": 1}])), kind_of(pd.Series([[0.5]]))
    ('tags', None, None)
    """
    types = pd.api.types
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype) or types.is_bool_dtype(dtype):
        return "categories"
    if types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "dates"
    if types.is_numeric_dtype(dtype):
        return None if types.is_complex_dtype(dtype) else "numbers"
    sample = series.dropna().head(SAMPLE)
    if sample.empty:
        return None
    if all(map(several, sample)):
        return "tags" if tags or not any(map(_is_vector, sample)) else None
    if all(isinstance(value, (dt.date, np.datetime64)) for value in sample):
        return "dates"
    if all(isinstance(value, str) for value in sample):
        piped = sum("|" in value for value in sample)
        if tags or piped >= TAGGED * len(sample):
            return "tags"
        return "categories" if _groups(series) else "text"
    single = (str, bool, int, float, np.generic)
    return "categories" if all(isinstance(value, single) for value in sample) and _groups(series) else None


def _is_vector(value: Any) -> bool:
    """Whether several values are numbers with fractions, or a picture's: what no two rows have in common."""
    parts = [part for part in parts_of(value)[:SAMPLE] if not blank(part)]
    return is_binary(value) or any(isinstance(part, (float, np.floating)) for part in parts)


def _groups(series: pd.Series) -> bool:
    return series.nunique() <= min(MOST_CATEGORIES, max(2, len(series) // 2))


def facet(series: pd.Series, kind: str) -> Facet:
    """Read a column as one of a kind.

    Examples
    --------
    >>> facet(pd.Series(["a|b", "b"]), "tags").codes.tolist()
    [0, 1, 1]
    """
    if kind == "categories":
        codes, names = categories(series)
        return Facet(kind, names, codes=codes)
    if kind == "tags":
        found = read_tags(series)
        return Facet(kind, found.names, found.rows, found.codes.astype(np.int32))
    if kind == "numbers":
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return Facet(kind, values=np.where(np.isfinite(numbers), numbers, np.nan))
    if kind == "dates":
        return Facet(kind, values=seconds(series))
    texts = np.empty(len(series), dtype=object)
    texts[:] = ["" if blank(value) else folded(str(value)) for value in series]
    return Facet(kind, texts=texts)


def categories(series: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Number a column's values: codes int32 (n,), -1 where there is none, and the text of each.

    Examples
    --------
    >>> categories(pd.Series(["b", None, "a"]))[0].tolist()
    [1, -1, 0]
    """
    codes, values = pd.factorize(series, sort=True)
    return codes.astype(np.int32), [str(value) for value in values]


def seconds(values: Any) -> np.ndarray:
    """Seconds since 1970, float64 (n,), of whatever `instants` reads; NaN where there is no date.

    Examples
    --------
    >>> seconds(["1970-01-02", None]).tolist()
    [86400.0, nan]
    """
    moments = instants(values).moment
    numbers = moments.astype("datetime64[us]").astype(np.int64) / 1e6
    return np.where(np.isnat(moments), np.nan, numbers)
