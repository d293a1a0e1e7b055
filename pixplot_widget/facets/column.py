"""Columns as what one can filter and color by: categories, tags, numbers, dates, or text to look in."""

from __future__ import annotations

import datetime as dt
import decimal
import numbers
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..labels.scalars import plain
from ..layouts.instants import instants
from ..tags import read_tags
from ..values import blank, folded, is_binary, parts_of, several
from .values import names_of, value_key

__all__ = ["Facet", "categories", "facet", "kind_of"]

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
        Of categories or tags, all different.
    members : list
        Of categories or tags: the values that go by those names.
    dtype : dtype
        Of the column, or of its categories.
    rows, codes : numpy.ndarray
        Of tags, int64 (k,) and int32 (k,): row ``rows[i]`` bears ``names[codes[i]]``. Of categories `codes` is
        int32 (n,), -1 where there is none.
    values : numpy.ndarray
        Of numbers, float64 (n,); of dates seconds since 1970; NaN where there is none.
    exact : numpy.ndarray
        Of numbers and dates, (n,): the numbers as the column holds them; of dates int64, `ticks` a second.
    ticks : int
        Of dates.
    texts : numpy.ndarray
        Of text, object (n,): as `folded` gives it, "" where there is none.
    """

    kind: str
    names: list[str] = field(default_factory=list)
    members: list[Any] = field(default_factory=list)
    dtype: Any = None
    rows: np.ndarray = field(default_factory=lambda: _NONE.astype(np.int64))
    codes: np.ndarray = field(default_factory=lambda: _NONE.astype(np.int32))
    values: np.ndarray = field(default_factory=lambda: _NONE)
    exact: np.ndarray = field(default_factory=lambda: _NONE)
    ticks: int = 1
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
    if all(isinstance(value, (str, bool, int, float, decimal.Decimal, np.generic)) for value in sample):
        return "categories" if _groups(series) else "numbers" if _all_numbers(series) else None
    return None


def _is_vector(value: Any) -> bool:
    """Whether several values are numbers with fractions, or a picture's: what no two rows have in common."""
    parts = [part for part in parts_of(value)[:SAMPLE] if not blank(part)]
    return is_binary(value) or any(isinstance(part, (float, np.floating)) for part in parts)


def _groups(series: pd.Series) -> bool:
    try:
        return series.nunique() <= min(MOST_CATEGORIES, max(2, len(series) // 2))
    except TypeError:  # a list among other values
        return False


def _all_numbers(series: pd.Series) -> bool:
    real = (numbers.Real, decimal.Decimal)
    return all(isinstance(value, real) and not isinstance(value, (bool, np.bool_)) for value in _known(series))


def _known(series: pd.Series) -> pd.Series:
    return series[series.notna()]


def facet(series: pd.Series, kind: str) -> Facet:
    """Read a column as one of a kind.

    Examples
    --------
    >>> facet(pd.Series(["a|b", "b"]), "tags").codes.tolist()
    [0, 1, 1]
    """
    dtype = _inner(series.dtype)
    if kind == "categories":
        codes, members = numbered(series)
        return Facet(kind, names_of(members), members, dtype, codes=codes)
    if kind == "tags":
        found = read_tags(series)
        return Facet(kind, names_of(found.names), found.names, dtype, found.rows, found.codes.astype(np.int32))
    if kind == "numbers":
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return Facet(kind, dtype=dtype, values=np.where(np.isfinite(values), values, np.nan), exact=_exact(series))
    if kind == "dates":
        return _dates(series)
    texts = np.empty(len(series), dtype=object)
    texts[:] = ["" if blank(value) else folded(str(value)) for value in series]
    return Facet("text", dtype=dtype, texts=texts)


def _inner(dtype: Any) -> Any:
    return dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype


def _exact(series: pd.Series) -> np.ndarray:
    """Give numbers as the column holds them, whatever stands where there is none."""
    dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
    if isinstance(dtype, pd.SparseDtype):
        dtype = dtype.subtype
    if dtype.kind in "iu":
        return series.to_numpy(dtype=dtype, na_value=0) if series.hasnans else series.to_numpy(dtype=dtype)
    if dtype.kind == "f":
        return series.to_numpy(dtype=dtype, na_value=np.nan)
    return series.astype(object).where(series.notna(), np.nan).to_numpy(dtype=object)


def _dates(series: pd.Series) -> Facet:
    """Read dates: to the nanosecond where a column has them, else to the microsecond."""
    arrow = getattr(series.dtype, "pyarrow_dtype", None)
    if arrow is not None and series.dtype.kind == "M" and hasattr(arrow, "unit"):
        zone = "" if arrow.tz is None else f", {arrow.tz}"
        series = series.astype(f"datetime64[{arrow.unit}{zone}]")
    dtype = series.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        moments = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    elif isinstance(dtype, np.dtype) and dtype.kind == "M":
        moments = series.to_numpy()
    else:
        moments = instants(series).moment
    if np.datetime_data(moments.dtype)[0] != "ns":
        moments = moments.astype("datetime64[us]")
    ticks = 1_000_000_000 if np.datetime_data(moments.dtype)[0] == "ns" else 1_000_000
    exact = moments.astype(np.int64)
    values = np.where(np.isnat(moments), np.nan, exact / ticks)
    return Facet("dates", dtype=dtype, values=values, exact=exact, ticks=ticks)


def categories(series: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Number a column's values: codes int32 (n,), -1 where there is none, and the text of each, all different.

    Examples
    --------
    >>> categories(pd.Series(["b", None, "a"]))[0].tolist()
    [1, -1, 0]
    >>> categories(pd.Series([1, "1"], dtype=object))[1]
    ['1', '1 (str)']
    """
    codes, members = numbered(series)
    return codes, names_of(members)


def numbered(series: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Number a column's values: codes int32 (n,), -1 where there is none, and the values in order.

    Values that are the same (`value_key`) have one code, so that an object column may hold both 1 and "1", or True.
    """
    mixed = pd.api.types.is_object_dtype(series.dtype) and pd.api.types.infer_dtype(series, skipna=True) != "string"
    if not mixed:
        codes, found = pd.factorize(series, sort=True)
        return codes.astype(np.int32), [plain(value) for value in found]
    first: dict[Any, int] = {}
    members: list[Any] = []
    codes = np.full(len(series), -1, dtype=np.int32)
    for row, value in enumerate(series):
        try:
            key = value_key(value)
        except TypeError:  # no hash: by its text
            value = str(value)
            key = value_key(value)
        if key is None:
            continue
        if key not in first:
            first[key] = len(members)
            members.append(plain(value))
        codes[row] = first[key]
    order = _sorted(members)
    place = np.append(np.argsort(order), -1).astype(np.int32)
    return place[codes], [members[k] for k in order]


def _sorted(members: list[Any]) -> list[int]:
    try:
        return sorted(range(len(members)), key=lambda k: members[k])
    except TypeError:  # kinds that do not compare have an order each
        return sorted(range(len(members)), key=lambda k: (isinstance(members[k], str), str(members[k])))
