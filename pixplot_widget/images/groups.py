"""Rows that show the same picture, for which it is decoded once, however many they are.

Crops of one picture are done some hundred at a time, which bounds what a job holds in memory and lets several threads
cut them. What they are cut from is decoded by the first job, kept for the others, and let go with the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from .decoding import Decoded, ImageError

__all__ = ["MOST_CROPS_AT_ONCE", "Group", "sliced"]

MOST_CROPS_AT_ONCE = 256


class Group(list[int]):
    """Some of the rows that show one picture.

    Parameters
    ----------
    rows : sequence of int
        These.
    shared : SharedPicture, optional
        The picture, where other groups show it too.
    """

    def __init__(self, rows: Sequence[int], shared: SharedPicture | None = None) -> None:
        super().__init__(rows)
        self.shared = shared


class SharedPicture:
    """A picture that several groups are cut from.

    Parameters
    ----------
    rows : sequence of int
        All rows that show it: the picture must be fine enough for the smallest of them.
    groups : int
        How many groups will ask for it, once each.
    """

    def __init__(self, rows: Sequence[int], groups: int) -> None:
        self.rows = rows
        self._left = groups
        self._lock = threading.Lock()
        self._found: Decoded | ImageError | None = None

    def get(self, decode: Callable[[], Decoded]) -> Decoded:
        """Return the picture, decoded by whoever asks first.

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        with self._lock:
            if self._found is None:
                try:
                    self._found = decode()
                except ImageError as error:
                    self._found = error
            if isinstance(self._found, ImageError):
                raise self._found
            return self._found

    def done(self) -> None:
        """Note that a group needs it no longer."""
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._found = None


def sliced(rows: Sequence[int], most: int) -> Iterator[Group]:
    """Split the rows of one picture into groups of at most so many.

    Examples
    --------
    >>> [list(group) for group in sliced([4, 5, 7], 2)]
    [[4, 5], [7]]
    """
    starts = range(0, len(rows), most)
    shared = SharedPicture(rows, len(starts)) if len(starts) > 1 else None
    for start in starts:
        yield Group(rows[start : start + most], shared)
