"""Colours by any column: categories get a palette, numbers and dates a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .colors import palette

__all__ = ["Colors", "colorable", "colors_of"]

SCALE_STEPS = 256
MOST_CATEGORIES = 500
"""With more values than this a column of text tells images apart rather than groups them."""


@dataclass(frozen=True)
class Colors:
    """A colour a row.

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


def _is_scale(series: pd.Series) -> bool:
    types = pd.api.types
    if types.is_bool_dtype(series):
        return False
    return types.is_numeric_dtype(series) or types.is_datetime64_any_dtype(series)


def colorable(series: pd.Series) -> bool:
    """Whether colours by this column would say something.

    Examples
    --------
    >>> colorable(pd.Series(["a", "b", "a"])), colorable(pd.Series([[1], [2]]))
    (True, False)
    """
    if _is_scale(series):
        return True
    sample = series.dropna().head(100)
    if not all(isinstance(value, (str, bool, int, np.bool_, np.integer)) for value in sample):
        return False
    return 0 < series.nunique() <= min(MOST_CATEGORIES, max(2, len(series) // 2))


def colors_of(series: pd.Series) -> Colors:
    """Give every row of a column its colour.

    Parameters
    ----------
    series : pandas.Series
        Numbers and dates become a scale of `SCALE_STEPS` even steps from the lowest to the highest value; anything
        else becomes categories.

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
    if not _is_scale(series):
        codes, values = pd.factorize(series, sort=True)
        names = [str(value) for value in values]
        return Colors("categories", codes.astype(np.int32), palette(len(names)), names)
    if pd.api.types.is_datetime64_any_dtype(series):
        numbers = np.array([np.nan if pd.isna(v) else v.timestamp() for v in series], dtype=np.float64)
    else:
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(numbers)
    codes = np.full(len(numbers), -1, dtype=np.int32)
    names = ["", ""]
    if known.any():
        low, high = numbers[known].min(), numbers[known].max()
        share = (numbers[known] - low) / (high - low) if high > low else np.zeros(known.sum())
        codes[known] = np.rint(share * (SCALE_STEPS - 1)).astype(np.int32)
        ends = series[known]
        names = [_text(ends.min()), _text(ends.max())]
    return Colors("scale", codes, palette(SCALE_STEPS, kind="numbers"), names)


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M") if value.normalize() != value else value.strftime("%Y-%m-%d")
    return f"{value:g}" if isinstance(value, float) else str(value)
