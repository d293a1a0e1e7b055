"""A column of tags: text with "|" between them, or lists, several to a row."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .values import as_text, blank, parts_of, several

__all__ = ["Tags", "read_tags", "tags_of"]


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
        (n,): cells as `tags_of` reads them: text with "|" between the tags, lists, tuples, sets or arrays of tags, or
        anything else, which is one tag. Missing and empty values are no tag.

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
    parts = series.astype(object).map(tags_of)
    rows = np.repeat(np.arange(len(parts)), parts.map(len).to_numpy(dtype=np.int64))
    codes, names = pd.factorize(np.array([tag for tags in parts for tag in tags], dtype=object))
    pairs = np.unique(rows * max(len(names), 1) + codes)
    rows, codes = np.divmod(pairs, max(len(names), 1))
    return Tags([str(name) for name in names], rows, codes)


def tags_of(value: Any) -> list[str]:
    """Give the tags in one cell, in their order.

    Parameters
    ----------
    value : object
        Text with "|" between the tags, several values of any kind, or anything else, which is one tag. Missing and
        empty values are no tag.

    Examples
    --------
    >>> tags_of("cat| black"), tags_of(np.array(["cat", None], dtype=object)), tags_of({"b", "a"}), tags_of(None)
    (['cat', 'black'], ['cat'], ['a', 'b'], [])
    """
    if isinstance(value, str):
        parts: list[Any] = value.split("|")
    else:
        parts = parts_of(value) if several(value) else [value]
    texts = (as_text(part).strip() for part in parts if not blank(part))
    return [text for text in texts if text]
