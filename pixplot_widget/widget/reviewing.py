"""The review queue in the kernel: which rows, in which order, and where it was left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..protocol import ReviewSent
from .arguments import queue

__all__ = ["ReviewQueue"]


class ReviewQueue:
    """Rows to be looked through one by one.

    Examples
    --------
    >>> review = ReviewQueue()
    >>> df = pd.DataFrame({"doubt": [0.1, 0.9, 0.5]})
    >>> review.fill(df, "doubt", None), review.rows.tolist()
    (0, [1, 2, 0])
    >>> review.place = 2
    >>> review.fill(df, "doubt", None), review.fill(df, [0, 1], None)
    (2, 0)
    """

    def __init__(self) -> None:
        self.rows = np.zeros(0, dtype=np.int32)
        self.title = ""
        self.place = 0

    def fill(self, df: pd.DataFrame, by: Any, ascending: bool | None, among: np.ndarray | None = None) -> int:
        """Take in an order, as for `PixPlot.review`; returns where to begin: where the same order was left.

        `among`, bool (n,), leaves out rows that are not to be seen now.
        """
        rows = queue(df, by, ascending).astype(np.int32)
        if among is not None:
            rows = rows[among[rows]]
            if rows.size == 0:
                raise ValueError(f"no image that is shown has a value of {by!r} to be reviewed by")
        if not np.array_equal(rows, self.rows) or self.place >= len(rows):
            self.place = 0
        name = by if isinstance(by, str) else getattr(by, "name", None)
        self.rows, self.title = rows, "chosen images" if name is None else f"by {name}"
        return self.place

    def message(self) -> ReviewSent:
        """Say it to the pages."""
        return ReviewSent(rows=self.rows, title=self.title, place=self.place)
