"""Files of records one after another: the images that were there first, and those that were appended.

Each file is whole in itself and named by its own images, so appending copies nothing. Opening the longer table the
next time makes one file of them (`RecordFile` takes over what others hold).
"""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np

from .records import RecordFile

__all__ = ["JoinedArray", "Segments"]


class Segments:
    """Record files, and which of them holds a row."""

    def __init__(self) -> None:
        self._files: list[RecordFile] = []
        self._starts: list[int] = []
        self.count = 0
        """Rows that have a file."""

    def add(self, file: RecordFile) -> None:
        """Let a file hold the rows that follow."""
        self._starts.append(self.count)
        self._files.append(file)
        self.count += len(file.rows)

    def put(self, row: int, record: np.ndarray, shape: np.ndarray, color: np.ndarray, final: bool) -> None:
        """Write one image's record, as `RecordFile.put`."""
        at = bisect.bisect_right(self._starts, row) - 1
        self._files[at].put(row - self._starts[at], record, shape, color, final)

    def level(self, name: str) -> np.ndarray | JoinedArray:
        """Give one level of all records: (count, side, side, 3)."""
        arrays = [file.records[name] for file in self._files]
        return arrays[0] if len(arrays) == 1 else JoinedArray(arrays)

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
    """Arrays one after another, read as one by position.

    Parameters
    ----------
    arrays : list of numpy.ndarray
        (n_i, ...), of one dtype.

    Examples
    --------
    >>> joined = JoinedArray([np.array([[1], [2]]), np.array([[3]])])
    >>> joined.shape, joined[[2, 0]].tolist(), joined[1].tolist()
    ((3, 1), [[3], [1]], [2])
    """

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self._arrays = arrays
        self._ends = np.cumsum([len(array) for array in arrays])
        self.dtype = arrays[0].dtype
        self.shape = (int(self._ends[-1]), *arrays[0].shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        asked = rows
        if not (isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" and (not rows.size or self._there(rows))):
            asked = np.arange(len(self))[rows]  # whatever else numpy takes for rows, and its errors
        flat = np.atleast_1d(asked)
        which = np.searchsorted(self._ends, flat, side="right")
        found = np.empty((len(flat), *self.shape[1:]), dtype=self.dtype)
        for at in np.unique(which):
            mine = which == at
            found[mine] = self._arrays[at][flat[mine] - (self._ends[at] - len(self._arrays[at]))]
        return found if asked.ndim else found[0]

    def _there(self, rows: np.ndarray) -> bool:
        return int(rows.min()) >= 0 and int(rows.max()) < len(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Copy everything into one array."""
        return np.concatenate(self._arrays).astype(dtype or self.dtype, copy=False)
