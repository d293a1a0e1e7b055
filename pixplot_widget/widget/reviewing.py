"""The review queue in the kernel: which rows, in which order, and where it was left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from ..packing import pack, unpack
from ..protocol import ReviewSent
from .arguments import queue

__all__ = ["ReviewQueue"]

MOST_KEPT = 100_000
"""A longer queue is not kept for the next time: 0.4 MB are written at each decision, and it would take a week."""


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
        self.place = 0
        self._by: str | None = None  # None: rows that were given
        self._ascending: bool | None = None

    def fill(
        self,
        df: pd.DataFrame,
        by: Any,
        ascending: bool | None,
        among: np.ndarray | None = None,
        edited: Collection[str] = (),
    ) -> int:
        """Take in an order, as for `PixPlot.review`; returns where to begin: where the same order was left.

        `among`, bool (n,), leaves out rows that are not to be seen now. By a column that is `edited` the order is
        another one after each decision: it stays as it was until all are seen.
        """
        rows = queue(df, by, ascending).astype(np.int32)
        if among is not None:
            rows = rows[among[rows]]
            if rows.size == 0:
                raise ValueError(f"no image that is shown has a value of {by!r} to be reviewed by")
        name = by if isinstance(by, str) else getattr(by, "name", None)
        how = (None if name is None else str(name), ascending)
        going_on = how == (self._by, self._ascending) and how[0] in edited and self.place > 0
        if going_on and np.array_equal(np.sort(rows), np.sort(self.rows)):
            rows = self.rows
        self._by, self._ascending = how
        if not np.array_equal(rows, self.rows) or self.place >= len(rows):
            self.place = 0
        self.rows = rows
        return self.place

    def message(self) -> ReviewSent:
        """Say it to the pages."""
        title = "chosen images" if self._by is None else f"by {self._by}"
        return ReviewSent(rows=self.rows, title=title, place=self.place)

    def to_json(self) -> dict[str, Any] | None:
        """Write it down for the next time; None if there is nothing to go on with."""
        if not self.place < len(self.rows) <= MOST_KEPT:
            return None
        return {"by": self._by, "ascending": self._ascending, "place": self.place, "rows": pack(self.rows)}

    @classmethod
    def from_json(cls, kept: Any, n: int) -> ReviewQueue:
        """Read what `to_json` wrote, for a frame of `n` rows.

        Raises
        ------
        ValueError
            It is none, or of other rows.

        Examples
        --------
        >>> review = ReviewQueue()
        >>> review.fill(pd.DataFrame({"doubt": [0.1, 0.9, 0.5]}), "doubt", None)
        0
        >>> review.place = 1
        >>> again = ReviewQueue.from_json(review.to_json(), 3)
        >>> again.rows.tolist(), again.place, again.message().title
        ([1, 2, 0], 1, 'by doubt')
        """
        queue = cls()
        try:
            rows, queue.place = unpack(kept["rows"]), int(kept["place"])
            queue._by, queue._ascending = kept["by"], kept["ascending"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"a review is by, ascending, place and rows, not {kept!r}") from error
        if not 0 <= queue.place < len(rows) or rows.min() < 0 or rows.max() >= n:
            raise ValueError(f"this review, of {len(rows)} images, is not of these {n} rows")
        queue.rows = rows.astype(np.int32)
        return queue
