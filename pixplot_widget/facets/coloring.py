"""Colors by any column: categories get a palette, numbers and dates a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..colors import palette
from ..values import in_precision, number_text
from .column import categories, facet, kind_of

__all__ = ["Colors", "colorable", "colors_of"]

SCALE_STEPS = 256


@dataclass(frozen=True)
class Colors:
    """A color a row.

    Attributes
    ----------
    kind : str
        ``"categories"`` or ``"scale"``.
    codes : numpy.ndarray
        int32 (n,), rows of `palette`; -1 where there is no value.
    palette : numpy.ndarray
        uint8 (k, 3).
    names : list of str
        Of the categories; of a scale its lowest and highest value.
    """

    kind: str
    codes: np.ndarray
    palette: np.ndarray
    names: list[str]


def colorable(series: pd.Series) -> bool:
    """Whether colors by this column would say something.

    Examples
    --------
    >>> colorable(pd.Series(["a", "b", "a"])), colorable(pd.Series([[1], [2]]))
    (True, False)
    """
    return kind_of(series) in ("categories", "numbers", "dates")


def colors_of(series: pd.Series, safe: bool = False) -> Colors:
    """Give every row of a column its color.

    Parameters
    ----------
    series : pandas.Series
        Numbers and dates become a scale of `SCALE_STEPS` even steps from the lowest to the highest value; anything
        else becomes categories.
    safe : bool
        Colors for color-blind eyes.

    Returns
    -------
    Colors
        Missing and infinite values have code -1.

    Examples
    --------
    >>> colors_of(pd.Series([1.0, None, 3.0])).codes.tolist()
    [0, -1, 255]
    >>> colors_of(pd.Series(["b", "a"])).names
    ['a', 'b']
    """
    kind = kind_of(series)
    if kind not in ("numbers", "dates"):
        codes, names = categories(series)
        return Colors("categories", codes, palette(len(names), safe=safe), names)
    numbers = facet(series, kind).values
    known = ~np.isnan(numbers)
    codes = np.full(len(numbers), -1, dtype=np.int32)
    names = ["", ""]
    if known.any():
        low, high = numbers[known].min(), numbers[known].max()
        share = (numbers[known] - low) / (high - low) if high > low else np.zeros(known.sum())
        codes[known] = np.rint(share * (SCALE_STEPS - 1)).astype(np.int32)
        names = [_text(bound, kind, series.dtype) for bound in (low, high)]
    return Colors("scale", codes, palette(SCALE_STEPS, kind="numbers"), names)


def _text(value: float, kind: str, dtype: Any) -> str:
    if kind == "numbers":
        return number_text(in_precision(float(value), dtype))
    text = str(np.datetime64(round(value), "s"))
    return text.removesuffix("T00:00:00").replace("T", " ")[:16]
