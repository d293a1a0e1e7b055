"""A column of suggested labels, as `find_suspects` makes one, in the names of the label column."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import LabelError
from .label_column import MISSING, LabelColumn

__all__ = ["suggested_labels"]


def suggested_labels(series: pd.Series, labels: LabelColumn) -> tuple[list[str], np.ndarray]:
    """Read what a column suggests; what is no label there is, or may not be given, is no suggestion.

    Parameters
    ----------
    series : pandas.Series
        n values, missing where nothing is suggested.
    labels : LabelColumn
        What can be suggested.

    Returns
    -------
    names : list of str
        Labels that are suggested, as `labels` names them.
    codes : numpy.ndarray
        int32 (n,), places in `names`; -1 where nothing is suggested.

    Raises
    ------
    TypeError
        The column holds lists, or other things that are not single values.

    Examples
    --------
    >>> animals = LabelColumn(pd.Series(["cat", "dog", "cat"]))
    >>> names, codes = suggested_labels(pd.Series([None, "cat", "unicorn"]), animals)
    >>> names, codes.tolist()
    (['cat'], [-1, 0, -1])

    Whole numbers beside missing ones are no longer ints in pandas:

    >>> names, codes = suggested_labels(pd.Series([3, None, 7]), LabelColumn(pd.Series([7, 3, 7])))
    >>> names, codes.tolist()
    (['3', '7'], [0, -1, 1])
    """
    found = LabelColumn(series)
    known = labels.names
    names: list[str] = []
    to_code = np.full(len(found) + 1, MISSING, dtype=np.int32)  # the last stands for missing
    for k, value in enumerate(found.values):
        code = _label(value, labels)
        if code is not None:
            to_code[k] = len(names)
            names.append(known[code])
    return names, to_code[found.codes]


def _label(value: object, labels: LabelColumn) -> int | None:
    """Give the code of the label that is meant, None where there is none, or it may not be given."""
    try:
        return labels.find(labels.parse(value))
    except LabelError:  # it is text in a column of numbers, or none of the labels that are allowed
        return None
