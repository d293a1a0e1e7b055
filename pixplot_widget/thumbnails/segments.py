"""Files of records one after another: blocks of a long table, the images that were there first, those appended.

Each file is whole in itself and named by its own images, so appending copies nothing, and the first of a million
images are there before anybody has looked at the last.
"""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np

from .records import RecordFile

__all__ = ["BLOCK", "JoinedArray", "Segments", "in_blocks"]

FIRST_BLOCK, BLOCK = 4_096, 65_536
"""So many images have a file of their own: finding out what each of them is takes 0.02 and 0.3 s ..."""

REMOTE_BLOCK = 2_048
"""... and so many behind URLs: asking for each over a network takes some seconds."""


def in_blocks(first: int, n: int, pictures: np.ndarray | None, size: int) -> list[np.ndarray]:
    """Split rows into blocks, each of them a fair sample where there are several.

    Parameters
    ----------
    first, n : int
        The rows from `first` to n - 1.
    pictures : numpy.ndarray or None
        int (n,), a number for each row's picture. Rows of one stay together: it is decoded once for all of them.
    size : int
        Of a block; a picture with more rows makes it larger. The first of several has `FIRST_BLOCK` rows at most: of
        it something is seen at once.

    Returns
    -------
    list of numpy.ndarray
        int64, every row once; the same for the same arguments.

    Examples
    --------
    >>> [rows.tolist() for rows in in_blocks(2, 5, None, 4)]
    [[2, 3, 4]]
    >>> [len(rows) for rows in in_blocks(0, 10, None, 4)]
    [4, 4, 2]
    """
    rows = np.arange(first, n)
    if len(rows) <= size:
        return [rows] if len(rows) else []
    chance = np.random.default_rng(0)
    cuts = np.arange(min(size, FIRST_BLOCK), len(rows), size)
    if pictures is None:
        return np.split(chance.permutation(rows), cuts)
    turns = chance.permutation(int(pictures.max()) + 1)[pictures[rows]]
    order = np.argsort(turns, kind="stable")
    begins = np.flatnonzero(np.diff(turns[order], prepend=-1))
    at = np.searchsorted(begins, cuts)
    return [part for part in np.split(rows[order], np.unique(begins[at[at < len(begins)]])) if len(part)]


class Segments:
    """Record files, and where in which of them a row is."""

    def __init__(self) -> None:
        self._files: list[RecordFile] = []
        self._starts: list[int] = []
        self._count = 0
        self._places = np.zeros(0, dtype=np.int64)  # of each row among all records, -1 where it has none
        self._straight = True  # whether rows lie in their order

    def add(self, file: RecordFile, rows: np.ndarray) -> None:
        """Let a file hold these rows, int64 (k,), in this order."""
        end = max(len(self._places), int(rows.max()) + 1)
        places = np.full(end, -1, dtype=np.int64)
        places[: len(self._places)] = self._places
        places[rows] = np.arange(self._count, self._count + len(rows))
        self._straight = self._straight and bool((places[rows] == rows).all())
        self._starts.append(self._count)
        self._files.append(file)
        self._count += len(rows)
        self._places = places

    def holds(self, row: int) -> bool:
        """Whether a row has a file."""
        return row < len(self._places) and bool(self._places[row] >= 0)

    def put(self, row: int, record: np.ndarray, shape: np.ndarray, color: np.ndarray, final: bool) -> None:
        """Write one image's record, as `RecordFile.put`."""
        place = int(self._places[row])
        at = bisect.bisect_right(self._starts, place) - 1
        self._files[at].put(place - self._starts[at], record, shape, color, final)

    def level(self, name: str) -> np.ndarray | JoinedArray | None:
        """Give one level of all records by row: (n, side, side, 3); None while there is none."""
        arrays = [file.records[name] for file in self._files]
        if len(arrays) == 1 and self._straight:
            return arrays[0]
        return JoinedArray(arrays, self._places) if arrays else None

    def checkpoint(self) -> None:
        """Mark what was put as done, in all files."""
        for file in list(self._files):
            file.checkpoint()

    @property
    def notice(self) -> str:
        """What is amiss with the newest file that has something to say."""
        return next((file.notice for file in reversed(self._files) if file.notice), "")

    def close(self) -> None:
        """Stop writing."""
        for file in self._files:
            file.close()


class JoinedArray:
    """Arrays one after another, read as one by row.

    Parameters
    ----------
    arrays : list of numpy.ndarray
        (n_i, ...), of one dtype.
    places : numpy.ndarray
        int64 (n,), where each row is among all of them; -1: nowhere, it reads as zeros.

    Examples
    --------
    >>> joined = JoinedArray([np.array([[1], [2]]), np.array([[3]])], np.array([2, 0, -1]))
    >>> joined.shape, joined[[1, 2]].tolist(), joined[0].tolist()
    ((3, 1), [[1], [0]], [3])
    """

    def __init__(self, arrays: list[np.ndarray], places: np.ndarray) -> None:
        self._arrays = arrays
        self._places = places
        self._ends = np.cumsum([len(array) for array in arrays])
        self.dtype = arrays[0].dtype
        self.shape = (len(places), *arrays[0].shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        asked = self._places[rows]  # whatever numpy takes for rows, and its errors
        flat = np.atleast_1d(asked)
        which = np.searchsorted(self._ends, flat, side="right")
        found = np.zeros((len(flat), *self.shape[1:]), dtype=self.dtype)
        for at in np.unique(which[flat >= 0]):
            mine = (which == at) & (flat >= 0)
            found[mine] = self._arrays[at][flat[mine] - (self._ends[at] - len(self._arrays[at]))]
        return found if asked.ndim else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Copy everything into one array."""
        return self[:].astype(dtype or self.dtype, copy=False)
