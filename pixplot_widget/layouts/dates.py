"""Time: images heaped up in columns, one an hour, a day, ... or a century."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .arrangements import Option, dates
from .cells import ASPECT, Frame, caption_room, in_boxes
from .instants import instants
from .kinds import LayoutData, LayoutKind, first, register
from .layout import Caption, Layout

__all__ = ["UNITS", "date_layout"]

MOST_COLUMNS = 60
"""The unit is the finest of which the span has no more than this: so many captions and columns can be told apart."""

GAP = 2
"""An empty stretch of time is drawn as wide as this many columns at most: it is seen, and does not drown the rest."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _date(day: np.ndarray, with_day: bool = True) -> str:
    year, month = divmod(int(day.astype("datetime64[M]").astype(int)), 12)
    number = f"{int((day - day.astype('datetime64[M]')).astype(int)) + 1} " if with_day else ""
    return f"{number}{_MONTHS[month]} {year + 1970}"


def _years(length: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda time: (time.astype("datetime64[Y]").astype("int64") + 1970) // length


def _decade(number: int) -> str:
    return f"{number * 10}s" if number >= 0 else f"{number * 10} to {number * 10 + 9}"


class _Unit(NamedTuple):
    """Steps of time: `number` counts them, `text` names one, and some of them make one of `context`."""

    number: Callable[[np.ndarray], np.ndarray]
    text: Callable[[int], str]
    context: str | None


def _of(code: str) -> Callable[[np.ndarray], np.ndarray]:
    return lambda time: time.astype(f"datetime64[{code}]").astype("int64")


def _at(number: int, code: str) -> np.ndarray:
    return np.array(number).astype(f"datetime64[{code}]").astype("datetime64[D]")


UNITS: dict[str, _Unit] = {
    "hour": _Unit(_of("h"), lambda k: f"{_date(_at(k, 'h'))}, {k % 24}:00", "day"),
    "day": _Unit(_of("D"), lambda k: _date(_at(k, "D")), "month"),
    # Monday to Sunday; day 0 was a Thursday
    "week": _Unit(lambda time: (_of("D")(time) + 3) // 7, lambda k: f"week of {_date(_at(k * 7 - 3, 'D'))}", "month"),
    "month": _Unit(_of("M"), lambda k: _date(_at(k, "M"), with_day=False), "year"),
    "year": _Unit(_years(1), str, "decade"),
    "decade": _Unit(_years(10), _decade, "century"),
    "century": _Unit(_years(100), lambda k: f"{k * 100} to {k * 100 + 99}", None),
}
"""Finest first."""


def date_layout(values: Any, unit: str | None = None, aspect: float = ASPECT) -> Layout:
    """Place rows in columns of time.

    Parameters
    ----------
    values : array-like
        (n,): dates, datetimes, periods, years or text, as `instants` reads them.
    unit : str, optional
        One of "hour", "day", "week", "month", "year", "decade", "century"; by default the finest of which there are
        not too many, and none finer than the dates themselves: years make no months.
    aspect : float
        Width over height that the whole is brought near to.

    Returns
    -------
    Layout
        Every column is filled from the bottom in order of time. Captions below name the columns that hold images, then
        a second line of them what several columns belong to (the month of days, the decade of years). Rows without a
        date stand apart on the right, captioned "unknown date"; text that is no date is in `problems`.
        `extra["unit"]` is the unit, `extra["columns"]` the number of columns.

    Raises
    ------
    ValueError
        If the unit is none of these.

    Examples
    --------
    >>> layout = date_layout([1853, 1859, 1901, None])
    >>> layout.extra["unit"], [caption.text for caption in layout.captions]
    ('year', ['1853', '1859', '1901', '1850s', '1900s', 'unknown date'])
    """
    if unit is not None and unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")
    time = instants(values)
    known = np.flatnonzero(~np.isnat(time.wall))
    unknown = len(time.wall) - len(known)
    if not len(time.wall):
        return Layout(np.zeros((0, 2), dtype=np.float32))
    unit = unit or _choose(time.wall[known])
    known = known[np.argsort(time.wall[known], kind="stable")]
    steps = UNITS[unit].number(time.wall[known])
    numbers, first, codes, counts = np.unique(steps, return_index=True, return_inverse=True, return_counts=True)
    slots = np.concatenate([[0], np.cumsum(np.minimum(np.diff(numbers), GAP + 1))]).astype(int)[: len(numbers)]

    plan = _plan(slots, counts, unknown, aspect)
    all_codes = np.full(len(time.wall), len(numbers))
    all_codes[known] = codes.reshape(-1)
    order = np.argsort(time.moment, kind="stable")  # NaT last
    left = np.append(slots * plan.slot, plan.apart)
    columns = np.append(np.full(len(numbers), plan.width), max(plan.apart_width, 1))
    frame = Frame(plan.total_width, plan.lines + 2 * plan.room)
    xy = frame.xy(in_boxes(all_codes, columns, left, np.full(len(left), plan.lines), order, upwards=True))
    captions = _captions(frame, plan, unit, time.wall[known[first]], left[:-1], counts)
    if unknown:
        middle, width = plan.apart + plan.apart_width / 2, max(plan.apart_width, plan.slot)
        captions += frame.captions(["unknown date"], middle, plan.lines + plan.room / 2, width, unknown)
    return Layout(xy, captions, frame.cell, {"unit": unit, "columns": len(numbers)}, time.problems)


def _choose(times: np.ndarray) -> str:
    """Return the finest unit that is no finer than the times and has few enough steps over most of their span."""
    if not len(times):
        return "year"
    units = list(UNITS)
    # Dates without hours, or years read as the first of January, say nothing of anything finer.
    while units[0] in ("hour", "day", "week", "month") and len(units) > 1:
        coarser = {"hour": "D", "day": "M", "week": "M", "month": "Y"}[units[0]]
        if (times != times.astype(f"datetime64[{coarser}]")).any():
            break
        units.pop(0)
    # A wrong date or two far away do not decide how the others are shown.
    low, high = np.quantile(times.astype("int64"), [0.01, 0.99], method="nearest").astype("datetime64[us]")
    for unit in units:
        steps = UNITS[unit].number(np.array([low, high]))
        if steps[1] - steps[0] < MOST_COLUMNS:
            return unit
    return units[-1]


class _Plan(NamedTuple):
    """Sizes in cells: columns `width` wide every `slot`, `lines` high, with two lines of captions `room` high below.

    Rows apart begin at `apart` and are `apart_width` wide.
    """

    width: int
    slot: float
    lines: int
    room: float
    apart: float
    apart_width: int
    total_width: float


def _plan(slots: np.ndarray, counts: np.ndarray, unknown: int, aspect: float) -> _Plan:
    """Return the plan that leaves the largest cells."""
    if not aspect > 0:
        raise ValueError(f"aspect must be above 0, not {aspect}")
    most = int(counts.max(initial=0))
    last = int(slots[-1]) if len(slots) else -1
    widths = np.unique(np.geomspace(1, max(most, 1), 60).astype(int))
    best: tuple[float, _Plan] | None = None
    for width in widths.tolist():
        slot = width + max(0.5, 0.1 * width)
        end = last * slot + width if last >= 0 else 0.0
        lines = max(-(-most // width), math.ceil(math.sqrt(unknown / aspect)), 1)
        apart_width = -(-unknown // lines)
        apart = end + (2 * slot - width if unknown and end else 0)
        total = max(apart + apart_width, 1.0)
        room = float(caption_room(lines, max(total / aspect, lines)))
        size = max(total / aspect, lines + 2 * room)
        if best is None or size < best[0]:
            best = (size, _Plan(width, slot, lines, room, apart, apart_width, total))
    assert best is not None
    return best[1]


def _captions(
    frame: Frame, plan: _Plan, unit: str, times: np.ndarray, left: np.ndarray, counts: np.ndarray
) -> tuple[Caption, ...]:
    """Name the columns, whose earliest times these are, and below them what several of them belong to."""
    numbers, texts = UNITS[unit].number(times), UNITS[unit].text
    names = [texts(number) for number in numbers.tolist()]
    captions = frame.captions(names, left + plan.width / 2, plan.lines + plan.room / 2, plan.slot, counts)
    context = UNITS[unit].context
    if context is None or not names:
        return captions
    groups, first = np.unique(UNITS[context].number(times), return_index=True)
    if len(groups) == len(names) > 1:
        return captions
    start, end = left[first], left[np.append(first[1:], len(names)) - 1] + plan.width
    names = [UNITS[context].text(group) for group in groups.tolist()]
    if context == "month":  # a month is narrow: its year is said where it begins
        begins = np.diff(groups // 12, prepend=groups[0] // 12 - 1) > 0
        names = [name if new else name.split()[0] for name, new in zip(names, begins.tolist(), strict=True)]
    sums = np.add.reduceat(counts, first)
    return captions + frame.captions(names, (start + end) / 2, plan.lines + 1.5 * plan.room, end - start, sums)


def _options(data: LayoutData) -> tuple[Option, ...] | None:
    columns = tuple(first(data.roles.get("year"), data.columns(dates)))
    if not columns:
        return None
    return (
        Option("by", "Date", "column", columns[0], columns),
        Option("unit", "Unit", "choice", "", ("", *UNITS), words={"": "automatic"}),
    )


register(
    LayoutKind(
        "date",
        "By date",
        make=lambda data, chosen: date_layout(data.column(chosen["by"]), chosen["unit"] or None),
        options=_options,
        wants="a column of dates, or of numbers that is called year or date",
        rank=40,
    )
)
