"""When two values are the same one, and which numbers and moments lie within bounds: exactly, as the column holds them.

What a value looks like says nothing of that: 1 and 1.0 are one number, 1 and "1" are not, and True is no number.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..labels.scalars import plain
from ..layouts.instants import instants
from ..packing import sendable
from ..values import composed

__all__ = ["Moment", "at_least", "at_most", "bearing", "is_missing", "moment_of", "names_of", "value_key", "zone_of"]

DATED = ("date", "instant")


def is_missing(value: Any) -> bool:
    """Whether a value is none: None, NaN, NaT or pandas' NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def value_key(value: Any) -> Hashable:
    """Give what two values have in common if, and only if, they are the same value; None for a missing one.

    Numbers are the same whatever their types, exactly: the float 2**53 is not the integer 2**53 + 1. Truth values are
    no numbers. Moments are the same in any unit and type; those without a time zone are not those with one.

    Raises
    ------
    TypeError
        The value has no hash, as a list.

    Examples
    --------
    >>> value_key(1) == value_key(np.float32(1.0)), value_key(1) == value_key(True), value_key(1) == value_key("1")
    (True, False, False)
    >>> value_key(pd.Timestamp("2020-01-01")) == value_key(np.datetime64("2020-01-01"))
    True
    """
    value = plain(value)
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, str):
        return "text", value
    if isinstance(value, numbers.Number):
        return "number", value
    if isinstance(value, (dt.date, np.datetime64)):
        moment = moment_of(value)
        return ("instant" if moment.aware else "date"), moment.microseconds
    hash(value)
    return type(value).__name__, value


def names_of(members: Iterable[Any]) -> list[str]:
    """Give each of several values a text of its own, all different: 1 and "1" look alike.

    Examples
    --------
    >>> names_of([1, "1", 2.5])
    ['1', '1 (str)', '2.5']
    """
    taken: dict[str, None] = {}
    for member in members:
        name = sendable(str(member))
        if name in taken:
            name = f"{name} ({type(member).__name__})"
        while name in taken:
            name += "'"
        taken[name] = None
    return list(taken)


def bearing(members: Sequence[Any], wanted: Sequence[Any], dtype: Any = None) -> list[list[int]]:
    """Find values among those of a column.

    Parameters
    ----------
    members : sequence
        The values there are, each once.
    wanted : sequence
        Those that are looked for. Text is also a date, or what else is not text, where there are such values.
    dtype : dtype, optional
        Of the column: a number that is looked for in one of few bits is rounded as those in it were.

    Returns
    -------
    list of list of int
        Places in `members` of each that is looked for; none of one that is missing. Of text that is not there, those
        of text that looks the same: its accents may be encoded in another way.

    Examples
    --------
    >>> bearing([1, 2.5, "1"], [1.0, "2.5"])
    [[0], []]
    """
    places: dict[Hashable, list[int]] = {}
    for place, member in enumerate(members):
        places.setdefault(value_key(member), []).append(place)
    kinds = {key[0] for key in places if key is not None}
    looks: dict[str, list[int]] = {}
    found: list[list[int]] = []
    for value in wanted:
        keys = [] if is_missing(value) else [*_keys(value, dtype, kinds), *_keys_by_text(value, places, kinds)]
        found.append(sorted({place for key in keys for place in places.get(key, ())}))
        if not found[-1] and isinstance(value, str) and not value.isascii():
            looks = looks or _looks(members)
            found[-1] = looks.get(composed(value), [])
    return found


def _looks(members: Sequence[Any]) -> dict[str, list[int]]:
    """Give the places of texts that look the same, by their composed form."""
    looks: dict[str, list[int]] = {}
    for place, member in enumerate(members):
        if isinstance(member, str) and not member.isascii():
            looks.setdefault(composed(member), []).append(place)
    return looks


def _keys(value: Any, dtype: Any, kinds: set[str]) -> list[Hashable]:
    """Under which keys a value may be found."""
    keys = [value_key(value)]
    narrow = _narrow(dtype)
    if keys[0][0] == "number" and narrow is not None and not isinstance(plain(value), complex):
        with np.errstate(over="ignore"):
            keys.append(("number", float(narrow.type(value))))
    is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if kinds & set(DATED) and (isinstance(value, str) or is_day):
        moment = moment_of(value.isoformat() if is_day else value, zone_of(dtype))
        if moment is not None:
            keys.append(("instant" if moment.aware else "date", moment.microseconds))
    return keys


def _keys_by_text(value: Any, places: Iterable[Hashable], kinds: set[str]) -> list[Hashable]:
    """Find what is no text, number, truth value or date by its text: a duration."""
    others = kinds - {"text", "number", "bool", *DATED}
    if not isinstance(value, str) or not others:
        return []
    return [key for key in places if key is not None and key[0] in others and str(key[1]) == value]


def _narrow(dtype: Any) -> np.dtype | None:
    """Give the numpy dtype of floats of fewer than 64 bits; None for any other."""
    inner = getattr(dtype, "numpy_dtype", dtype)
    return inner if isinstance(inner, np.dtype) and inner.kind == "f" and inner.itemsize < 8 else None


# --- moments ---


class Moment(NamedTuple):
    """A point in time: microseconds since 1970, in UTC where a time zone is known, and whether it was a whole day."""

    microseconds: Fraction
    aware: bool = False
    day_end: Fraction | None = None


def zone_of(dtype: Any) -> Any:
    """Give the time zone of a column's dtype; None if it has none."""
    arrow = getattr(dtype, "pyarrow_dtype", None)
    return getattr(dtype, "tz", None) if arrow is None else getattr(arrow, "tz", None)


def moment_of(value: Any, zone: Any = None) -> Moment | None:
    """Read a date, a datetime or text as a point in time.

    Parameters
    ----------
    value : datetime.date, datetime.datetime, numpy.datetime64 or str
    zone : tzinfo or str, optional
        In which to read what says no time zone itself.

    Returns
    -------
    Moment or None
        None of text that is no date. Text that is only a day has the end of that day.

    Examples
    --------
    >>> moment_of("1970-01-02").microseconds, moment_of("soon")
    (Fraction(86400000000, 1), None)
    """
    if isinstance(value, str):
        return _read(value.strip(), zone)
    if isinstance(value, np.datetime64):
        return _placed(_exact(value), zone)
    if not isinstance(value, dt.datetime):
        return _placed(_exact(np.datetime64(value, "us")), zone)
    stamp = pd.Timestamp(value)
    if stamp.tzinfo is None:
        return _placed(_exact(stamp.to_datetime64()), zone)
    return Moment(_exact(stamp.tz_convert("UTC").tz_localize(None).to_datetime64()), aware=True)


def _read(text: str, zone: Any) -> Moment | None:
    if len(text) > len("2020-01-01T00:00") and text[:4].isdigit() and text[4] == "-":
        try:
            return moment_of(pd.Timestamp(text), zone)  # to the nanosecond, and with its offset
        except (ValueError, OverflowError):
            pass  # not of the form that pandas reads: perhaps of one of the others
    start = instants([text]).moment[0]
    if np.isnat(start):
        return None
    begin = _placed(_exact(start), zone)
    if len(text) > len("2000-01-01"):
        return begin
    return begin._replace(day_end=_placed(_exact(start + np.timedelta64(1, "D")), zone).microseconds)


def _exact(value: np.datetime64) -> Fraction:
    """Give microseconds since 1970 of a naive moment of any unit."""
    if np.datetime_data(value.dtype)[0] == "ns":
        return Fraction(int(value.astype(np.int64)), 1000)
    return Fraction(int(value.astype("datetime64[us]").astype(np.int64)))


def _placed(microseconds: Fraction, zone: Any) -> Moment:
    """Read what a clock in a zone showed."""
    if zone is None:
        return Moment(microseconds)
    whole, rest = divmod(microseconds, 1)
    stamp = pd.Timestamp(np.datetime64(int(whole), "us"))
    stamp = stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC").tz_localize(None)
    return Moment(_exact(stamp.to_datetime64()) + rest, aware=True)


# --- bounds ---


def at_least(values: np.ndarray, bound: Any) -> np.ndarray:
    """Say which numbers are not below a bound, bool (n,), as the numbers themselves compare.

    Parameters
    ----------
    values : numpy.ndarray
        (n,): integers, floats, or Python's numbers in an array of objects.
    bound : int, float, Decimal or Fraction
        Finite.

    Examples
    --------
    >>> at_least(np.array([2**53, 2**53 + 1]), 2**53 + 1).tolist()
    [False, True]
    """
    if values.dtype.kind in "iu":
        least, limits = math.ceil(bound), np.iinfo(values.dtype)
        if least > limits.max:
            return np.zeros(len(values), dtype=bool)
        return values >= values.dtype.type(max(least, int(limits.min)))
    if values.dtype.kind == "f":
        return values >= _rounded(bound, values.dtype, up=True)
    return np.fromiter((value >= bound for value in values), bool, len(values))


def at_most(values: np.ndarray, bound: Any) -> np.ndarray:
    """Say which numbers are not above a bound, bool (n,), as `at_least` does.

    Examples
    --------
    >>> at_most(np.array([2**53, 2**53 + 1]), float(2**53)).tolist()
    [True, False]
    """
    if values.dtype.kind in "iu":
        most, limits = math.floor(bound), np.iinfo(values.dtype)
        if most < limits.min:
            return np.zeros(len(values), dtype=bool)
        return values <= values.dtype.type(min(most, int(limits.max)))
    if values.dtype.kind == "f":
        return values <= _rounded(bound, values.dtype, up=False)
    return np.fromiter((value <= bound for value in values), bool, len(values))


def _rounded(bound: Any, dtype: np.dtype, up: bool) -> Any:
    """Give the float nearest to a bound; of 64 bits the next within it, since numbers of fewer were rounded so."""
    with np.errstate(over="ignore"):
        try:
            near = dtype.type(float(bound))
        except OverflowError:
            near = dtype.type(math.inf if bound > 0 else -math.inf)
    if dtype.itemsize < 8 or not np.isfinite(near):
        return near
    exact, given = Fraction(float(near)), Fraction(bound)
    if up and exact < given:
        return np.nextafter(near, dtype.type(math.inf))
    if not up and exact > given:
        return np.nextafter(near, dtype.type(-math.inf))
    return near
