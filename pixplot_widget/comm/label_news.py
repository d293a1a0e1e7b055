"""Which labels are new, or called otherwise, since pages were told: with 50,000 of them not all go out at each edit."""

from __future__ import annotations

import numpy as np

from ..labels import LabelColumn

__all__ = ["LabelNews"]


class LabelNews:
    """What pages know of the labels of a column.

    Parameters
    ----------
    labels : LabelColumn
        As it is now, pages know it.

    Examples
    --------
    >>> import pandas as pd
    >>> column = LabelColumn(pd.Series(["cat", "dog"]))
    >>> news = LabelNews(column)
    >>> _ = column.add("owl")
    >>> places, names = news.take()
    >>> places.tolist(), names
    ([2], ['owl'])
    >>> len(news.take()[0])
    0
    """

    def __init__(self, labels: LabelColumn) -> None:
        self._labels = labels
        self._told = labels.places, labels.names

    def take(self) -> tuple[np.ndarray, list[str]]:
        """Give the places, int32 (k,), at which another label is shown than was told last, and the labels' names."""
        (places, names), (old_places, old_names) = (self._labels.places, self._labels.names), self._told
        self._told = places, names
        there = min(len(names), len(old_names))
        other = places[:there] != old_places[:there]
        if names[:there] != old_names[:there]:  # quick where they are: they are the same objects
            other |= np.array([now != before for now, before in zip(names, old_names, strict=False)], dtype=bool)
        codes = np.concatenate([np.flatnonzero(other), np.arange(there, len(names))])
        return places[codes], [names[code] for code in codes.tolist()]
