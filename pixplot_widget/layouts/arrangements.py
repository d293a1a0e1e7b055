"""Options of layouts, and the one way to write a choice down: `category?by=year&across=predicted`.

The `layout` trait holds such a name, pages ask for it, a saved state remembers it: it is all there is to a choice.
Values that are the default are left out, so that one choice has one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from ..errors import instead
from .instants import instants

__all__ = ["FILL", "LEAST_FILL", "Option", "dates", "groupable", "join_name", "numeric", "sortable", "split_name"]

FILL, LEAST_FILL = 0.3, 0.05
"""Share of the cells of a grid that is taken by de-overlapped images, unless another is asked for; and the least."""

SAMPLE = 50
"""So many values of a column say what kind of column it is: reading all of 100,000 texts as dates takes a second."""

MOST_BOXES = 5_000
"""A column of more values than this tells images apart and does not group them: it is not offered, but may be asked."""


@dataclass(frozen=True)
class Option:
    """Something that can be chosen of a layout.

    Attributes
    ----------
    name : str
        As it is written in a layout's name.
    title : str
        As a page shows it.
    kind : {"column", "choice", "steps", "switch", "share"}
        A column of the frame, one of a few words, one of a few numbers, on or off, or a share up to 1.
    default : str
        What holds where nothing is said.
    values : tuple of str
        What is offered; "" stands for none.
    words : mapping
        Of values to what a page calls them, where that is something else.
    lowest, usual : float
        Of a share: the least it may be, and what it is where it is only switched on.
    """

    name: str
    title: str
    kind: str
    default: str = ""
    values: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    lowest: float = LEAST_FILL
    usual: float = FILL

    def as_dict(self) -> dict[str, Any]:
        """Return what a page needs to offer it."""
        return asdict(self) | {"values": list(self.values), "words": dict(self.words)}

    def text(self, value: Any, columns: Any) -> str:
        """Write a value as a layout's name holds it.

        Raises
        ------
        ValueError, KeyError
            If there is no such value or no such column.
        """
        if self.kind == "switch":
            return "1" if value not in (False, None, "", "0", "False") else ""
        if self.kind == "share":
            return self._share(value)
        if self.kind == "steps":
            return self._step(value)
        text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        if self.kind == "column":
            if text not in columns and not (text == "" and "" in self.values):
                raise KeyError(f"there is no column {text!r}; {instead(text, columns)}")
        elif text not in self.values:
            raise ValueError(f"{self.name} must be one of {', '.join(map(repr, self.values))}, not {text!r}")
        return text

    def _step(self, value: Any) -> str:
        try:
            return next(text for text in self.values if float(text) == float(value))
        except (TypeError, ValueError, StopIteration):
            there = ", ".join(self.values)
            raise ValueError(
                f"{self.name} must be one of {there}, not {value!r}: each is a projection of its own, made at the "
                f"start; give PixPlot all that you want to compare, {self.name}=[{there}, ...]"
            ) from None

    def _share(self, value: Any) -> str:
        if value in (False, None, "", "0", 0):
            return ""
        try:
            share = self.usual if value is True else float(value)
        except (TypeError, ValueError):
            share = float("nan")
        if not self.lowest <= share <= 1:
            raise ValueError(f"{self.name} must be from {self.lowest:g} to 1, or False, not {value!r}")
        return f"{share:g}"


def split_name(name: str) -> tuple[str, dict[str, str]]:
    """Take a layout's name apart.

    Raises
    ------
    ValueError
        If what stands behind the question mark is not "option=value", with "&" between several.

    Examples
    --------
    >>> split_name("category?by=made%20in")
    ('category', {'by': 'made in'})
    """
    kind, mark, rest = name.partition("?")
    chosen: dict[str, str] = {}
    for part in rest.split("&") if mark else ():
        option, equals, value = part.partition("=")
        if not option or not equals:
            raise ValueError(f"{name!r} is no layout: write it as in 'category?by=year&across=label'")
        chosen[unquote(option)] = unquote(value)
    return kind, chosen


def join_name(kind: str, chosen: Mapping[str, str]) -> str:
    """Write a layout's name.

    Examples
    --------
    >>> join_name("category", {"by": "made in"}), join_name("grid", {})
    ('category?by=made%20in', 'grid')
    """
    rest = "&".join(f"{option}={quote(value, safe='')}" for option, value in chosen.items())
    return f"{kind}?{rest}" if rest else kind


# --- which columns are for what ---


def _sample(series: pd.Series) -> pd.Series:
    return series.dropna().head(SAMPLE)


def sortable(series: pd.Series) -> bool:
    """Tell whether a column holds values that have an order, and not pictures or arrays."""
    plain = (str, bool, int, float, np.generic, pd.Timestamp, pd.Timedelta, pd.Period)
    return all(isinstance(value, plain) or hasattr(value, "isoformat") for value in _sample(series))


def numeric(series: pd.Series) -> bool:
    """Tell whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)


def groupable(series: pd.Series) -> bool:
    """Tell whether a column's values have images in common.

    Examples
    --------
    >>> groupable(pd.Series(["a", "b", "a"])), groupable(pd.Series(["1.jpg", "2.jpg", "3.jpg"]))
    (True, False)
    """
    if not sortable(series) or pd.api.types.is_float_dtype(series):
        return False
    return 0 < series.nunique() <= min(MOST_BOXES, max(2, len(series) // 2))


def dates(series: pd.Series) -> bool:
    """Tell whether a column holds times; plain numbers count as years only where the column's name says so.

    Examples
    --------
    >>> dates(pd.Series(["2019-05-06", None])), dates(pd.Series([640, 480], name="width"))
    (True, False)
    """
    if pd.api.types.is_datetime64_any_dtype(series) or isinstance(series.dtype, pd.PeriodDtype):
        return True
    if pd.api.types.is_bool_dtype(series) or isinstance(series.dtype, pd.CategoricalDtype):
        return False
    if numeric(series) and not any(word in str(series.name).casefold() for word in ("year", "date")):
        return False
    sample = _sample(series)
    if not len(sample) or not all(
        isinstance(value, (str, int, float, np.number)) or hasattr(value, "isoformat") for value in sample
    ):
        return False
    # A number alone, "12", is text before it is the year 12.
    if any(isinstance(value, str) and len(value.strip()) < 4 for value in sample):
        return False
    return bool((~np.isnat(instants(sample).wall)).mean() >= 0.8)
