"""A column of tags: text with "|" between them, or lists, several to a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["Tags", "read_tags"]


class Tags(NamedTuple):
    """The tags of a column's rows, as pairs.

    Attributes
    ----------
    names : list of str
        Each tag once, in the order of first appearance.
    rows, codes : numpy.ndarray
        int64 (k,): row `rows[i]` bears tag `names[codes[i]]`; no pair twice.
    """

    names: list[str]
    rows: np.ndarray
    codes: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """int64 (len(names),): how many rows bear each tag."""
        return np.bincount(self.codes, minlength=len(self.names))


def read_tags(values: Any) -> Tags:
    """Read a column of tags.

    Parameters
    ----------
    values : array-like
        (n,): text with "|" between the tags, lists, tuples, sets or arrays of tags, or anything else, which is one tag.
        Missing and empty values are no tag.

    Returns
    -------
    Tags

    Examples
    --------
    >>> tags = read_tags(["cat|black", ["cat"], None])
    >>> tags.names, tags.counts.tolist()
    (['cat', 'black'], [2, 1])
    """
    series = values.reset_index(drop=True) if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    # A value that occurs often, as text does, is taken apart once.
    parts = series.astype(object).map(_split)
    rows = np.repeat(np.arange(len(parts)), parts.map(len).to_numpy(dtype=np.int64))
    codes, names = pd.factorize(np.array([tag for tags in parts for tag in tags], dtype=object))
    pairs = np.unique(rows * max(len(names), 1) + codes)
    rows, codes = np.divmod(pairs, max(len(names), 1))
    return Tags([str(name) for name in names], rows, codes)


def _split(value: Any) -> list[str]:
    if isinstance(value, str):
        parts: Iterable[Any] = value.split("|")
    elif isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        parts = value
    else:
        parts = [] if pd.isna(value) else [value]
    texts = (str(part).strip() for part in parts if part is not None)
    return [text for text in texts if text]
