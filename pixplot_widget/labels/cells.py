"""Values for some rows of a column, and the column with them in it: the other rows keep theirs, whatever the dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["array_of", "fitted", "pointed_at", "with_cells"]


def pointed_at(dtype: Any) -> Any:
    """Give the dtype of the values where a column only points to them, as in a category; None where it holds them.

    Examples
    --------
    >>> pointed_at(pd.CategoricalDtype([1, 2])), pointed_at(np.dtype("float32")) is None
    (dtype('int64'), True)
    """
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories.dtype
    if isinstance(dtype, pd.ArrowDtype):
        import pyarrow

        if pyarrow.types.is_dictionary(dtype.pyarrow_dtype):
            return pd.ArrowDtype(dtype.pyarrow_dtype.value_type)
    return None


def array_of(values: Sequence[Any], back: np.ndarray, dtype: Any, missing: Any) -> Any:
    """Give an array for cells of a column.

    Parameters
    ----------
    values : sequence
        Those that are used, each once; None is missing.
    back : numpy.ndarray
        int (k,): which of them each cell gets.
    dtype : dtype
        Of the column.
    missing : object
        What a missing value is written as.

    Returns
    -------
    pandas.api.extensions.ExtensionArray
        (k,), in that dtype; of a category, with just the categories that are used.
    """
    if isinstance(dtype, pd.CategoricalDtype):
        known = [value for value in values if value is not None]
        codes = np.array([-1 if value is None else known.index(value) for value in values], dtype=np.int64)
        own = pd.CategoricalDtype(pd.Index(known, dtype=dtype.categories.dtype), dtype.ordered)
        return pd.Categorical.from_codes(codes[back], dtype=own)
    table = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # one by one: of tuples numpy would make a second dimension
        table[i] = missing if value is None else value
    return pd.array(table, dtype=pointed_at(dtype) or dtype).take(back)


def fitted(values: pd.Categorical, dtype: pd.CategoricalDtype) -> pd.Categorical:
    """Give values with the categories of a column, which has theirs among its own."""
    places = np.append(dtype.categories.get_indexer(values.categories), -1)
    return pd.Categorical.from_codes(places[values.codes], dtype=dtype)


def with_cells(series: pd.Series, rows: np.ndarray, values: Any, dtype: Any) -> pd.Series:
    """Give a copy of a column with other values at some rows.

    Parameters
    ----------
    series : pandas.Series
        The column; of `dtype`, or one that can be converted to it.
    rows : numpy.ndarray
        int64 (k,).
    values : array
        (k,), as `array_of` makes it.
    dtype : dtype
        What the column is to be. A category gains the categories it lacks, at its end.

    Examples
    --------
    >>> series = pd.Series(pd.Categorical(["cat", None]))
    >>> new = with_cells(series, np.array([1]), array_of(["dog"], np.array([0]), series.dtype, None), series.dtype)
    >>> new.tolist(), new.cat.categories.tolist(), series.isna().tolist()
    (['cat', 'dog'], ['cat', 'dog'], [False, True])
    """
    if isinstance(values, pd.Categorical):
        lacking = values.categories[~values.categories.isin(series.cat.categories)]
        if len(lacking):
            series = series.cat.add_categories(lacking)
        dtype, values = series.dtype, fitted(values, series.dtype)
    # pandas fills the gaps of an Arrow dictionary when some of its cells are set: they are set in what it points to
    inner = pointed_at(dtype) if isinstance(dtype, pd.ArrowDtype) else None
    array = series.astype(inner or dtype).array.copy()
    array[rows] = values
    # the dtype is named, or pandas 3 would make str of an object column of text
    made = pd.Series(array, index=series.index, name=series.name, dtype=inner or dtype, copy=False)
    return made if inner is None else made.astype(dtype)
