"""The review queue in the kernel: which rows, in which order, and where each of several was left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..facets.conditions import brief
from ..packing import pack
from .kept import kept_rows
from .validation import queue

__all__ = ["ReviewQueue"]

MOST_KEPT = 100_000
"""A longer queue is not kept for the next time: 0.4 MB are written at each decision, and it would take a week."""

MOST_LEFT = 8
"""So many queues that were left half way are known, the last ones: 4 bytes a row each."""

NONE = np.zeros(0, dtype=np.int32)


@dataclass
class _Queue:
    """One order and the place in it. `by` None: rows that were given; `among`: of the filter it was made under."""

    by: str | None = None
    ascending: bool | None = None
    among: str = ""
    rows: np.ndarray = field(default_factory=lambda: NONE)
    place: int = 0

    @property
    def key(self) -> tuple[str | None, bool | None, str]:
        return self.by, self.ascending, self.among

    @property
    def half_way(self) -> bool:
        return 0 < self.place < len(self.rows)

    def to_json(self) -> dict[str, Any]:
        how = {"by": self.by, "ascending": self.ascending, "place": self.place, "rows": pack(self.rows)}
        return how | ({"among": self.among} if self.among else {})


class ReviewQueue:
    """Rows to be looked through one by one; another order that was left half way goes on where it was left.

    Examples
    --------
    >>> review = ReviewQueue()
    >>> df = pd.DataFrame({"doubt": [0.1, 0.9, 0.5]})
    >>> review.fill(df, "doubt", None), review.rows.tolist()
    (0, [1, 2, 0])
    >>> review.place = 2
    >>> review.fill(df, [0, 1], None), review.fill(df, "doubt", None)
    (0, 2)
    """

    def __init__(self) -> None:
        self._now = _Queue()
        self._left: list[_Queue] = []  # the last one left is last

    @property
    def rows(self) -> np.ndarray:
        """The rows in order, int32 (k,)."""
        return self._now.rows

    @property
    def place(self) -> int:
        """Where one is in them; their number: all are seen."""
        return self._now.place

    @place.setter
    def place(self, place: int) -> None:
        self._now.place = place

    def fill(
        self,
        df: pd.DataFrame,
        by: Any,
        ascending: bool | None,
        shown: np.ndarray | None = None,
        edited: Collection[str] = (),
        among: str = "",
    ) -> int:
        """Take in an order, as for `PixPlot.review`; returns where to begin: where the same order was left.

        `shown`, bool (n,), leaves out rows that are not to be seen now, and `among` says shortly why: each filter has
        queues of its own. By a column that is `edited` the order is another one after each decision: it stays as it
        was until all are seen.
        """
        rows = queue(df, by, ascending).astype(np.int32)
        if shown is not None:
            rows = rows[shown[rows]]
            if rows.size == 0:
                raise ValueError(f"no image that is shown has a value of {by!r} to be reviewed by")
        named = isinstance(by, str) or (pd.api.types.is_hashable(by) and by in df.columns)
        name = by if named else getattr(by, "name", None)
        new = _Queue(None if name is None else str(name), ascending, among, rows)
        before = next((each for each in [self._now, *self._left] if each.key == new.key), _Queue())
        if before.half_way and before.by in edited and np.array_equal(np.sort(rows), np.sort(before.rows)):
            new.rows = before.rows
        if np.array_equal(new.rows, before.rows) and before.place < len(before.rows):
            new.place = before.place
        self._left = [each for each in [*self._left, self._now] if each.half_way and each.key != new.key][-MOST_LEFT:]
        self._now = new
        return new.place

    @property
    def title(self) -> str:
        """What is reviewed, in words."""
        return "chosen images" if self._now.by is None else f"by {self._now.by}"

    def to_json(self) -> dict[str, Any] | None:
        """Write it down for the next time, with those that were left; None if there is nothing to go on with.

        Earlier versions read the one to go on with first, and pass over the others.
        """
        now = [self._now] if self.place < len(self.rows) else []
        rest, kept = 2 * MOST_KEPT, []
        for each in [*now, *reversed(self._left)]:
            if len(each.rows) <= min(MOST_KEPT, rest):
                rest -= len(each.rows)
                kept.append(each.to_json())
        return {**kept[0], **({"left": kept[1:]} if kept[1:] else {})} if kept else None

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
        >>> again.rows.tolist(), again.place, again.title
        ([1, 2, 0], 1, 'by doubt')
        """
        found = cls()
        found._now = _read(kept, n)
        left = kept.get("left", [])
        if not isinstance(left, list) or len(left) > MOST_LEFT:
            raise ValueError(f"the reviews that were left are a list of at most {MOST_LEFT}, not {brief(left)}")
        found._left = [_read(each, n) for each in reversed(left)]
        return found


def _read(kept: Any, n: int) -> _Queue:
    if not isinstance(kept, dict) or not {"by", "ascending", "place", "rows"} <= kept.keys():
        raise ValueError(f"a review is by, ascending, place and rows, not {brief(kept)}")
    by, ascending, place, among = kept["by"], kept["ascending"], kept["place"], kept.get("among", "")
    if not isinstance(by, (str, type(None))) or not isinstance(among, str) or ascending not in (None, True, False):
        raise ValueError(f"a review goes by a column, ascending or not; this one by {brief(by)}, {brief(ascending)}")
    try:
        rows = kept_rows(kept["rows"], n)
    except ValueError as error:
        raise ValueError(f"this review is not of these {n} rows: {error}") from error
    if type(place) is not int or not 0 <= place < len(rows):
        raise ValueError(f"a review of {len(rows)} images has no place {brief(place)}")
    return _Queue(by, ascending, among, rows.astype(np.int32), place)
