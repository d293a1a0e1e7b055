"""Any two numbers of a row as its position: a scatter plot of images, with axes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..values import to_numbers
from .arrangements import Option, numeric
from .cells import ASPECT, Frame, as_series, set_apart
from .kinds import FILL, LayoutData, LayoutKind, first, register
from .layout import Layout
from .spread import spread_points

__all__ = ["custom_layout", "ticks"]


def custom_layout(
    x: Any,
    y: Any = None,
    *,
    names: tuple[str, str] | None = None,
    equal: bool | None = None,
    aspect: float = ASPECT,
    fill: float | None = None,
) -> Layout:
    """Place rows by two numeric columns, or by an array of positions.

    Parameters
    ----------
    x : array-like
        (n,) numbers; or, without `y`, (n, 2) positions.
    y : array-like, optional
        (n,) numbers, growing upwards.
    names : tuple of str, optional
        What the axes are called; by default the names of the two Series, or "x" and "y".
    equal : bool, optional
        Whether a unit is as long on both axes. By default it is for an array, whose axes are of one kind, and not for
        two columns, which fill `aspect`.
    aspect : float
        Width over height where the axes are not equal.
    fill : float, optional
        Move images that lie on one another to free cells nearby, as `spread_layout` does; the axes stay as they are.

    Returns
    -------
    Layout
        `extra["axes"]`: for x and y a dict of `name`, `ticks` as [position in data units, text], `start` and `end` in
        data units, and the values there, `low` and `high`; `extra["frame"]` as [x0, y0, x1, y1]. 0 is a value like any
        other. Rows that lack a number stand in a block below, captioned "no value"; values that are no finite number
        are in `problems`.

    Raises
    ------
    ValueError
        If the shape is neither (n, 2) nor two columns of one length, or `aspect` or `fill` is out of range.
    TypeError
        If a column holds dates, which are no numbers.

    Examples
    --------
    >>> layout = custom_layout([0, 10, None], [5, 0, 3], names=("age", "size"))
    >>> [axis["name"] for axis in layout.extra["axes"]], layout.captions[0].count
    (['age', 'size'], 1)
    >>> [text for _, text in layout.extra["axes"][0]["ticks"]]
    ['0', '2', '4', '6', '8', '10']
    """
    first, second = _two_columns(x, y)
    names = names or tuple(
        str(column.name) if column.name is not None else default for column, default in ((first, "x"), (second, "y"))
    )
    equal = y is None if equal is None else equal
    values, problems = _numbers((first, second), names)
    low, high = _range(values)
    spans = high - low
    if equal:
        width, height = spans / (spans.max() or 1)
        # A line of images is still a picture: some room across it.
        width, height = max(width, 0.02), max(height, 0.02)
    else:
        if not aspect > 0:
            raise ValueError(f"aspect must be above 0, not {aspect}")
        width, height = aspect, 1.0
    size = np.array([width, height])
    share = np.full(values.shape, 0.5)
    np.divide(values - low, spans, out=share, where=(spans > 0) & np.ones(values.shape, dtype=bool))
    share[np.isnan(values).any(axis=1)] = np.nan
    points = np.column_stack([share[:, 0], 1 - share[:, 1]]) * size
    corner, end, cell = np.zeros(2), size, None
    if fill is not None:
        corner, end, cell = _spread(points, size, fill)
    frame, captions = set_apart(points, *(end - corner), "no value", cell)
    extra = {
        "axes": _axes(frame, names, low, high, size, corner),
        "frame": frame.rectangles(-corner[:1], -corner[1:], [width], [height])[0],
    }
    return Layout(frame.xy(points), captions, cell and cell * frame.cell, extra, problems)


def _spread(points: np.ndarray, size: np.ndarray, fill: float) -> tuple[np.ndarray, np.ndarray, float]:
    """De-overlap the placed points, in place, and shift all so that the top left corner is 0 again.

    Return where that corner and the one opposite were, and the side of a cell.
    """
    placed = ~np.isnan(points[:, 0])
    moved, cell = spread_points(points[placed], fill)
    corner = np.minimum(0, moved.min(axis=0, initial=np.inf) - cell / 2)
    end = np.maximum(size, moved.max(axis=0, initial=-np.inf) + cell / 2)
    points[placed] = moved - corner
    return corner, end, cell


def ticks(low: float, high: float, most: int = 7) -> list[tuple[float, str]]:
    """Return round numbers (steps of 1, 2 or 5 times a power of ten) from `low` to `high`, with their texts.

    Examples
    --------
    >>> ticks(0.03, 0.26, most=4)
    [(0.1, '0.1'), (0.2, '0.2')]
    >>> ticks(1850, 1999, most=4)
    [(1850.0, '1850'), (1900.0, '1900'), (1950.0, '1950')]
    >>> ticks(10501850, 10501990, most=3)
    [(10501850.0, '10501850'), (10501900.0, '10501900'), (10501950.0, '10501950')]
    >>> ticks(0, 3e7, most=3)
    [(0.0, '0'), (10000000.0, '1e+07'), (20000000.0, '2e+07'), (30000000.0, '3e+07')]
    """
    span = high - low
    if not span > 0 or not math.isfinite(span) or span / most < 1e-300 or span < 1e-12 * max(abs(low), abs(high)):
        return [(low, f"{low:g}")]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    counts = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    largest, last_digit = max(abs(low), abs(high)), math.floor(math.log10(step) + 1e-9)
    decimals = max(0, -last_digit)
    # as many digits as tell neighbors apart: 10501850 and 10501900 are both 1.0502e+07 in six
    digits = max(6, math.floor(math.log10(largest)) - last_digit + 1)
    plain = decimals <= 6 and (largest < 1e7 or (digits > 6 and largest < 1e15))
    form = f".{decimals}f" if plain else f".{digits}g"
    values = [round(count * step, decimals) if plain else count * step for count in counts]
    return [(value, format(value, form)) for value in (v + 0.0 for v in values)]


def _two_columns(x: Any, y: Any) -> tuple[pd.Series, pd.Series]:
    if y is not None:
        first, second = as_series(x, "x"), as_series(y, "y")
        if len(first) != len(second):
            raise ValueError(f"x and y must be of one length, not {len(first)} and {len(second)}")
        return first, second
    frame = x if isinstance(x, pd.DataFrame) else np.asarray(x)
    if frame.ndim != 2 or frame.shape[1] != 2:
        raise ValueError(f"positions must have shape (n, 2), not {frame.shape}")
    frame = pd.DataFrame(frame) if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame, columns=["x", "y"])
    return as_series(frame.iloc[:, 0]), as_series(frame.iloc[:, 1])


def _numbers(columns: tuple[pd.Series, ...], names: tuple[str, ...]) -> tuple[np.ndarray, tuple[tuple[int, str], ...]]:
    """Return float64 (n, 2), NaN where there is no finite number, and the rows where there is something else."""
    found, problems = [], {}
    for name, column in zip(names, columns, strict=True):
        if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
            raise TypeError(f"column {name!r} holds {column.dtype} and not numbers; the date layout shows dates")
        numbers = to_numbers(column)
        bad = ~np.isfinite(numbers) & ~column.isna().to_numpy()
        values = column.tolist()
        for row in np.flatnonzero(bad).tolist():
            what = "is not a number" if np.isnan(numbers[row]) else "is not finite"
            problems.setdefault(row, f"{name} {values[row]!r} {what}")
        found.append(np.where(bad, np.nan, numbers))
    return np.column_stack(found), tuple(sorted(problems.items()))


def _range(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = values[~np.isnan(values).any(axis=1)]
    if not len(known):
        return np.zeros(2), np.zeros(2)
    low, high = known.min(axis=0), known.max(axis=0)
    with np.errstate(over="ignore"):
        span = high - low
    if not np.isfinite(span).all():
        raise ValueError(f"values from {low.min():g} to {high.max():g} are too far apart to be drawn")
    return low, high


def _axes(
    frame: Frame, names: tuple[str, ...], low: np.ndarray, high: np.ndarray, size: np.ndarray, corner: np.ndarray
) -> list[dict]:
    axes = []
    for i, name in enumerate(names):
        marks = ticks(float(low[i]), float(high[i]))
        span = high[i] - low[i]
        share = np.array([(value - low[i]) / span if span > 0 else 0.5 for value, _ in marks])
        ends = np.concatenate([[0, 1], np.clip(share, 0, 1)])
        along = np.zeros((len(ends), 2))
        along[:, i] = (1 - ends if i else ends) * size[i]
        start, end, *at = np.round(frame.xy(along - corner)[:, i].astype(float), 6).tolist()
        labeled = [[place, text] for place, (_, text) in zip(at, marks, strict=True)]
        ends_of = {"low": float(low[i]), "high": float(high[i])}
        axes.append({"name": name, "start": start, "end": end, "ticks": labeled} | ends_of)
    return axes


def _options(data: LayoutData) -> tuple[Option, ...] | None:
    columns = data.columns(numeric)
    if {"x", "y"} <= data.roles.keys():
        columns = first(data.roles["x"], first(data.roles["y"], columns))
    if len(columns) < 2:
        return None
    horizontal, vertical, *_ = columns
    return (
        Option("x", "Horizontal", "column", horizontal, tuple(columns)),
        Option("y", "Vertical", "column", vertical, tuple(columns)),
        FILL,
    )


def _make(data: LayoutData, chosen: Mapping[str, str]) -> Layout:
    fill = float(chosen["fill"]) if chosen["fill"] else None
    return custom_layout(data.column(chosen["x"]), data.column(chosen["y"]), fill=fill)


register(LayoutKind("custom", "By two columns", _make, _options, wants="two columns of numbers", rank=60))
