"""One column and one condition: which rows it holds of, and how values and bounds are told to pages and files."""

from __future__ import annotations

import decimal
import numbers
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..labels.scalars import plain
from ..values import folded
from .column import Facet
from .conditions import Condition, brief
from .values import at_least, at_most, bearing, is_missing, moment_of, names_of, value_key, zone_of

__all__ = [
    "check_bound",
    "check_values",
    "date_text",
    "decimal_of",
    "holds",
    "kept_bound",
    "meant",
    "named",
    "same_values",
    "seconds_or_number",
]

MOST_DIGITS = 400
"""Of a number that was kept as text, before or behind its point."""


def holds(column: Facet, condition: Condition, n: int) -> np.ndarray:
    """Say of which rows of a column a condition holds: bool (n,)."""
    if "contains" in condition:
        needle = folded(condition["contains"])
        if column.kind == "categories":
            hits = np.array([needle in folded(name) for name in column.names] + [False])
            return hits[column.codes]
        return np.fromiter((needle in text for text in column.texts), bool, n)
    if column.kind in ("numbers", "dates"):
        known = ~np.isnan(column.values)
        exact = column.exact[known]
        inside = np.ones(len(exact), dtype=bool)
        if "min" in condition:
            inside &= _from(column, exact, condition["min"])
        if "max" in condition:
            inside &= _until(column, exact, condition["max"])
        known[known] = inside
        return known
    wanted = condition.get("any", condition.get("all"))
    found = _found(column, wanted)
    each = [_bearing(column, is_missing(value), codes, n) for value, codes in zip(wanted, found, strict=True)]
    if not each:
        return np.full(n, "all" in condition)
    return np.logical_or.reduce(each) if "any" in condition else np.logical_and.reduce(each)


def _bearing(column: Facet, missing: bool, codes: list[int], n: int) -> np.ndarray:
    """Say which rows bear one of the codes, or none at all."""
    wanted = np.zeros(len(column.names) + 1, dtype=bool)
    wanted[codes] = True
    if column.kind == "categories":
        return column.codes < 0 if missing else wanted[column.codes]
    mask = np.zeros(n, dtype=bool)
    mask[column.rows if missing else column.rows[wanted[column.codes]]] = True
    return ~mask if missing else mask


def _found(column: Facet, wanted: Sequence[Any]) -> list[list[int]]:
    """Find values among a column's: places of each."""
    found = bearing(column.members, wanted, column.dtype)
    if column.kind == "tags":  # which are texts; a number is looked for as what reads as that number
        for codes, value in zip(found, map(plain, wanted), strict=True):
            if isinstance(value, numbers.Number) and not is_missing(value):
                codes += [k for k, tag in enumerate(column.members) if _reads_as(tag, value)]
    return found


def _reads_as(tag: str, value: Any) -> bool:
    if tag == str(value) or isinstance(value, bool):
        return tag == str(value)
    try:
        return (int(tag) if tag.lstrip("+-").isdigit() else float(tag)) == value
    except ValueError:
        return False


def named(column: Facet, values: Sequence[Any]) -> list[str | None]:
    """Give the names by which pages and files call values; of one that no row has, a text that is no name."""
    names: list[str | None] = []
    for value, codes in zip(values, _found(column, values), strict=True):
        if is_missing(value):
            names.append(None)
        elif codes:
            names += [column.names[code] for code in codes]
        else:
            names.append(names_of([*column.names, value])[-1])
    return names


def meant(column: Facet, names: Sequence[Any]) -> list[Any]:
    """Give the values that names stand for; what is no name stands for itself."""
    known = dict(zip(column.names, column.members, strict=False))
    return [known.get(name, name) if isinstance(name, str) else name for name in names]


def same_values(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether values are the same, in the same order, and of the same types."""
    return [(value_key(each), type(each)) for each in one] == [(value_key(each), type(each)) for each in other]


def check_values(value: Any, key: str) -> list[Any]:
    """Give what "any" or "all" is to be as a list of single values, None for missing ones.

    Raises
    ------
    TypeError
        It is no list, or holds one.
    """
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset, np.ndarray, pd.Index, pd.Series)):
        raise TypeError(f"{key!r} takes a list of values, not {brief(value)}")
    found = []
    for each in value:
        try:
            found.append(None if value_key(each) is None else plain(each))
        except TypeError as error:
            raise TypeError(f"{key!r} takes single values, not {brief(each)}") from error
    return found


def check_bound(value: Any, column: Facet, name: str) -> Any:
    """Give a bound as a condition keeps it: a number, or a date as text.

    Raises
    ------
    TypeError, ValueError
        It is none of what the column holds.
    """
    if column.kind == "numbers":
        value = plain(value)
        real = isinstance(value, (numbers.Real, decimal.Decimal))
        if isinstance(value, bool) or not real or is_missing(value) or not abs(value) <= sys.float_info.max:
            raise TypeError(f"column {name!r} holds numbers; a bound is one too, not {brief(value)}")
        return value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    moment = None if is_missing(value) else moment_of(text, zone_of(column.dtype))
    if moment is None:
        raise ValueError(f"column {name!r} holds dates; a bound is one too, not {brief(value)}")
    if moment.aware and zone_of(column.dtype) is None:
        raise ValueError(
            f"column {name!r} holds dates without a time zone; give a bound without one, not {brief(value)}"
        )
    return text


def kept_bound(bound: Any) -> Any:
    """Write a bound for a file: a Decimal as text, since a float would be another number."""
    if isinstance(bound, decimal.Decimal):
        return str(bound)
    return bound if isinstance(bound, (str, int, float)) else float(bound)


def decimal_of(text: str) -> decimal.Decimal:
    """Read what `kept_bound` wrote of a Decimal.

    Raises
    ------
    ValueError
        It is no number, or one that no float comes near.
    """
    try:
        found = decimal.Decimal(text[:MOST_DIGITS])
    except decimal.InvalidOperation as error:
        raise ValueError(f"{brief(text)} is no number") from error
    if len(text) > MOST_DIGITS or not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{brief(text)} is no number that a column could hold")
    return found


def _from(column: Facet, exact: np.ndarray, bound: Any) -> np.ndarray:
    if column.kind == "numbers":
        return at_least(exact, bound)
    return at_least(exact, moment_of(bound, zone_of(column.dtype)).microseconds * column.ticks / 1_000_000)


def _until(column: Facet, exact: np.ndarray, bound: Any) -> np.ndarray:
    """As `_from`, from below; a day counts to its end."""
    if column.kind == "numbers":
        return at_most(exact, bound)
    moment = moment_of(bound, zone_of(column.dtype))
    if moment.day_end is not None:
        return ~at_least(exact, moment.day_end * column.ticks / 1_000_000)
    return at_most(exact, moment.microseconds * column.ticks / 1_000_000)


def seconds_or_number(bound: Any, column: Facet, last: bool = False) -> float:
    """Write a bound for a page: a number that it can hold, a date in seconds since 1970."""
    if column.kind == "numbers":
        return bound if isinstance(bound, int) and abs(bound) <= 2**53 else float(bound)
    moment = moment_of(bound, zone_of(column.dtype))
    return float(moment.day_end - 1 if last and moment.day_end is not None else moment.microseconds) / 1e6


def date_text(moment: float, column: Facet, last: bool) -> str:
    """Write seconds since 1970, as a page tells them, as a bound of dates."""
    text = str(np.datetime64(round(moment * 1e6), "us")).removesuffix(".000000")
    if zone_of(column.dtype) is not None:
        return f"{text}+00:00"
    return text if last else text.removesuffix("T00:00:00")
