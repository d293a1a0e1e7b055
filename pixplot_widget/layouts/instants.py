"""When: dates, datetimes, periods, years and text, in one column or mixed, as points in time.

Points in time are datetime64[us], which reaches 290,000 years either way; nanoseconds, which pandas 2 reads text into,
begin in 1677.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .cells import as_series

__all__ = ["Instants", "instants"]

_NAT = np.datetime64("NaT", "us")
_MONTHS = dict(jan=1, feb=2, mar=3, apr=4, may=5, jun=6, jul=7, aug=8, sep=9, oct=10, nov=11, dec=12)

_MONTH = r"(?P<month>0?[1-9]|1[0-2])"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_NAMED = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_TH = r"(?:st|nd|rd|th)?"
_ZONE = r"(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2}(?::\d{2})?)"
_SECOND = r"(?::(?P<second>\d{2}(?:[.,]\d+)?))?"
_CLOCK = rf"(?:[t ,_]\s*(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}){_SECOND}\s*(?P<half>[ap]m)?\s*{_ZONE}?)?"

_ABOUT = r"(?:(?:c\.?|ca\.?|circa|about|approx\.?|approximately|~)\s*)?"
_OUR_ERA = r"a\.?\s?d\.?|c\.?\s?e\.?"
_BEFORE = r"(?P<before>b\.?\s?c\.?(?:\s?e\.?)?)"
_WHOLE = r"(?:\.0*)?"  # what is left of a number that was a float
_NO_TIME = r"(?:[t ]\s*00:00(?::00(?:\.0+)?)?)?"

# Tried in this order on what those before did not read; all on lower-case text.
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 1850 · -500 · 1850.0
        rf"(?P<year>[+-]?\d{{1,5}}){_WHOLE}",
        # 1850-00-00 · 1850-05-00, as databases write what is not known; 0000-00-00 is no date
        rf"(?!0+[-/:.])(?P<year>[+-]?\d{{3,5}})(?P<mark>[-/:.])(?:00(?:(?P=mark)00)?|{_MONTH}(?P=mark)00){_NO_TIME}",
        # 1850-05 · 2019-05-06 · 2019-05-06T12:30:00.5+02:00 · 2019:05:06 12:30:00, as cameras write it
        rf"(?P<year>[+-]?\d{{3,5}})(?P<mark>[-/:.]){_MONTH}(?:(?P=mark){_DAY}{_CLOCK})?",
        # 20190506 · 20190506.0 · 20190506_123000
        rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}}){_WHOLE}",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:[t_ -]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}))?",
        # 6.5.2019 · 05/06/2019 12:30
        rf"(?P<first>\d{{1,2}})(?P<mark>[-/. ])(?P<last>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_CLOCK}",
        # May 2019 · 6 May 2019 · 6-may-2019 · Mon, 6th May 2019 12:30
        rf"(?:[a-z]{{3,9}},\s*)?(?:{_DAY}{_TH}[\s.-]+)?{_NAMED},?[\s-]+(?P<year>\d{{4}}){_CLOCK}",
        # May 6, 2019
        rf"(?:[a-z]{{3,9}},\s*)?{_NAMED}\s+{_DAY}{_TH},?\s+(?P<year>\d{{4}}){_CLOCK}",
        # c. 1850 · [1850?] · 1850s · 1850-1855 · 500 BC · 1850 CE · AD 100
        rf"[\[(]?{_ABOUT}(?:(?:{_OUR_ERA})\s*)?(?P<year>\d{{1,5}}){_WHOLE}(?:'?s|\s*(?:[-–—/]|to)\s*\d{{2,5}})?\s*"
        rf"(?:{_BEFORE}|{_OUR_ERA})?\s*(?:\?|\(\?\))?[\])]?",
    )
)
# What numpy itself reads as we do.
_PLAIN = re.compile(r"\d{4}([-/:.])\d{2}\1\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?")
_FIELDS = {"year": np.nan, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}


class Instants(NamedTuple):
    """Points in time of a column's rows; NaT where there is none.

    `wall`, datetime64[us] (n,), is what a clock on the spot showed, and says which day or hour an image belongs to;
    `moment` orders rows, also where clocks were put back. They differ only in a column with a time zone.
    `problems` are the rows with something that is no date, with the reason.
    """

    wall: np.ndarray
    moment: np.ndarray
    problems: tuple[tuple[int, str], ...] = ()


def instants(values: Any) -> Instants:
    """Read a column of times.

    Parameters
    ----------
    values : array-like
        (n,): datetimes of any resolution and time zone, dates, periods (their start), years as numbers, numbers such
        as 20190506, or text: dates, with a time or without, in figures or with the English name of a month, and years
        as catalogs have them, alone ("1850", "1850.0"), with an era before or after it ("500 BCE", "AD 100", "1850
        C.E."), about ("c. 1850", "ca.", "circa", "about", "~", "1850?", "[1850]"), as a decade ("1850s") or from one to
        another ("1850-55"): a decade and a span are at their first year. A month or day of 00 is not known, and stands
        at the first ("1850-00-00"). A column with a time zone, and text or objects of one offset from UTC, keep their
        own clock; those of several are brought to UTC. Of 05/06/2019 the first number is the month, as in pandas,
        unless the column shows by a number above 12 that it is the day.

    Returns
    -------
    Instants

    Examples
    --------
    >>> instants(["1066-10-14", "May 1850", 1999, None]).wall.astype("datetime64[D]").tolist()
    [datetime.date(1066, 10, 14), datetime.date(1850, 5, 1), datetime.date(1999, 1, 1), None]
    >>> instants(["soon", "0000-00-00"]).problems
    ((0, "'soon' is no date"), (1, "'0000-00-00' is no date"))
    """
    series = as_series(values)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        wall, moment = series.dt.tz_localize(None), series.dt.tz_convert("UTC").dt.tz_localize(None)
        return Instants(_microseconds(wall), _microseconds(moment))
    if isinstance(series.dtype, np.dtype) and series.dtype.kind == "M":
        wall = _microseconds(series)
    elif isinstance(series.dtype, pd.PeriodDtype):
        minutes = pd.PeriodIndex(series).asfreq("min", how="start").asi8
        wall = minutes.view("datetime64[m]").astype("datetime64[us]")
    else:
        texts = np.empty(len(series), dtype=object)  # no Series, which Arrow would not let hold half a character
        texts[:] = [None if gap else _text(value) for value, gap in zip(series, series.isna(), strict=True)]
        codes, uniques = pd.factorize(texts)
        wall = np.append(_parse(list(uniques)), _NAT)[codes]
        wrong = np.flatnonzero(np.isnat(wall) & ~series.isna().to_numpy())
        values = series.tolist()
        return Instants(wall, wall, tuple((row, f"{values[row]!r} is no date") for row in wrong.tolist()))
    return Instants(wall, wall)


def _microseconds(series: pd.Series) -> np.ndarray:
    return series.to_numpy().astype("datetime64[us]")


def _text(value: Any) -> str:
    """Write anything that stands for a time in a form that `_parse` reads."""
    if isinstance(value, pd.Period):
        start = value.asfreq("min", how="start")
        return f"{start.year:04}-{start.month}-{start.day}t{start.hour}:{start.minute:02}"
    if isinstance(value, dt.date):
        return value.isoformat().lower()
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        year, share = divmod(float(value), 1)
        return f"{int(year):04}-{int(share * 12) + 1}" if share else str(int(year))
    return str(value).strip().lower()


def _parse(texts: list[str]) -> np.ndarray:
    """Return datetime64[us] (k,) of lower-case texts, NaT where one is no date."""
    fields = {name: np.full(len(texts), default, dtype=float) for name, default in _FIELDS.items()}
    zones = np.full(len(texts), None, dtype=object)
    plain, left = _split(texts)
    for pattern in _PATTERNS:
        matches = [(row, pattern.fullmatch(texts[row])) for row in left]
        left = [row for row, match in matches if match is None]
        rows = [row for row, match in matches if match is not None]
        found = list(zip(*(match.groups() for _, match in matches if match is not None), strict=True))
        if not rows:
            continue
        parts = {name: np.array(found[group - 1], dtype=object) for name, group in pattern.groupindex.items()}
        for name, numbers in _numbers(parts).items():
            known = ~np.isnan(numbers)
            fields[name][np.array(rows)[known]] = numbers[known]
        if "zone" in parts:
            zones[rows] = parts["zone"]
    wall = _assemble(fields)
    wall[list(plain)] = np.array(list(plain.values()), dtype="datetime64[us]")
    return wall - _offsets(zones)


def _split(texts: list[str]) -> tuple[dict[int, str], list[int]]:
    """Return the texts that numpy reads itself, several times as fast as patterns do, by row; and the other rows."""
    marked = [text[:4] + "-" + text[5:7] + "-" + text[8:10] + " " + text[11:] for text in texts]
    plain = {row: marked[row].rstrip() for row, text in enumerate(texts) if _PLAIN.fullmatch(text)}
    try:
        np.array(list(plain.values()), dtype="datetime64[us]")
    except ValueError:  # one of them is a day that does not exist, such as 2023-02-30
        plain = {}
    return plain, [row for row in range(len(texts)) if row not in plain]


def _numbers(parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the fields as float64, NaN where the text has none."""
    if "second" in parts:
        parts["second"] = np.array([text and text.replace(",", ".") for text in parts["second"]], dtype=object)
    numbers = {name: parts[name].astype(float) for name in parts if name in _FIELDS}
    if "first" in parts:
        first, last = parts["first"].astype(float), parts["last"].astype(float)
        day_first = (parts["mark"] == ".") | (first > 12) | ((first > 12).any() & (last <= 12))
        numbers["day"], numbers["month"] = np.where(day_first, first, last), np.where(day_first, last, first)
    if "name" in parts:
        numbers["month"] = np.array([_MONTHS[name] for name in parts["name"]], dtype=float)
    if "before" in parts:
        numbers["year"] *= np.where(pd.isna(parts["before"]), 1, -1)
    if "half" in parts:
        hour = numbers["hour"]
        numbers["hour"] = np.where(pd.isna(parts["half"]), hour, hour % 12 + 12 * (parts["half"] == "pm"))
    return numbers


def _assemble(fields: dict[str, np.ndarray]) -> np.ndarray:
    """Put years, months, ... together; NaT where there is no such day or hour."""
    year, month, day, hour, minute, second = (fields[name] for name in _FIELDS)
    good = ~np.isnan(year) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("int64")
    months = months.view("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(good, day, 1) - 1).astype("int64").view("timedelta64[D]")
    good &= days.astype("datetime64[M]") == months
    clock = np.rint((hour * 3600 + minute * 60 + second) * 1e6)
    wall = days.astype("datetime64[us]") + np.where(good, clock, 0).astype("int64").view("timedelta64[us]")
    return np.where(good, wall, _NAT)


def _offsets(zones: np.ndarray) -> np.ndarray:
    """Return what to take from each clock: nothing if all of them show the same time, else what is ahead of UTC."""
    seconds = np.zeros(len(zones), dtype="int64")
    codes, names = pd.factorize(zones)
    for i, name in enumerate(names):
        digits = re.sub(r"\D", "", str(name)).ljust(6, "0")
        ahead = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:])
        seconds[codes == i] = -ahead if str(name).startswith("-") else ahead
    same = len(np.unique(seconds)) <= 1
    return (seconds * (0 if same else 1_000_000)).view("timedelta64[us]")
