"""A guard that rows stay where they are, for a position means the same image only while they do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from ..errors import RowsChangedError
from ..labels.scalars import plain
from ..rows import counted

__all__ = ["RowGuard"]


class RowGuard:
    """Notices when the rows of a frame are no longer the rows they were.

    A position means the same image only while nobody adds, removes or reorders rows. The index tells most of it;
    the identity columns tell the rest (a frame sorted in place and given a fresh RangeIndex looks the same by index).

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame to watch.
    identity : sequence of column names, optional
        Columns that tell rows apart and that nobody edits: the file name, and the box where rows are crops. Without
        any, the first column in which each row has a text of its own bears witness: it may get others, but not the
        same ones in another order. (Of numbers that happens: ranks are computed anew.)
    edited : collection of column names, optional
        Columns that edits write: those are no witness.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"filename": ["a.jpg", "b.jpg"]})
    >>> guard = RowGuard(df, ["filename"])
    >>> guard.check()
    >>> df.loc[2] = ["c.jpg"]
    >>> guard.check()
    Traceback (most recent call last):
        ...
    pixplot_widget.errors.RowsChangedError: the frame has 3 rows, not 2 as when it was shown: rows were added ...
    """

    def __init__(self, frame: pd.DataFrame, identity: Sequence[Any] = (), edited: Collection[Any] = ()) -> None:
        self._frame = frame
        self._index = frame.index
        self._columns = list(identity)
        self._known = [self._values(column) for column in self._columns]
        candidates = [] if self._columns else [column for column in frame.columns if column not in edited]
        self._witness = next((column for column in candidates if self._is_distinct(column)), None)
        self._witnessed = np.empty(0) if self._witness is None else self._values(self._witness)

    def check(self, positions: np.ndarray | None = None) -> None:
        """Raise if rows have moved.

        Parameters
        ----------
        positions : numpy.ndarray, optional
            int64 (k,): rows whose identity is looked at; None: all of them.

        Raises
        ------
        RowsChangedError
            With what happened and what to do about it.
        """
        frame, index = self._frame, self._index
        if len(frame) != len(index):
            verb = "removed" if len(frame) < len(index) else "added"
            self._refuse(
                f"the frame has {counted(len(frame))}, not {len(index)} as when it was shown: rows were {verb}"
            )
        if frame.index is not index:
            if not frame.index.equals(index):
                self._refuse("the frame's index has changed since it was shown: rows were reordered or renamed")
            positions = None
        for column, known in zip(self._columns, self._known, strict=True):
            self._check_column(column, known, positions)
        if self._witness is not None:
            self._hear_witness(positions)
        self._index = frame.index

    def extend(self) -> None:
        """Take in the rows that were added at the end of the frame."""
        first, self._index = len(self._index), self._frame.index
        new = np.arange(first, len(self._index))
        self._known = [
            np.concatenate([known, self._values(column, new)])
            for column, known in zip(self._columns, self._known, strict=True)
        ]
        if self._witness is not None:
            self._swear_in()

    def _is_distinct(self, column: Any) -> bool:
        """Whether each row has a text of its own in a column."""
        values = self._frame.get(column)
        return isinstance(values, pd.Series) and infer_dtype(values, skipna=False) == "string" and values.is_unique

    def _swear_in(self) -> None:
        """Take the witness as it is now; one that was dropped, or tells rows apart no more, is none."""
        if self._is_distinct(self._witness):
            self._witnessed = self._values(self._witness)
        else:
            self._witness = None

    def _hear_witness(self, positions: np.ndarray | None) -> None:
        """Raise if the witness has the same texts in another order; if it has others, go by those from now on."""
        column, known = self._witness, self._witnessed
        if isinstance(self._frame.get(column), pd.Series):  # else it was dropped, or there are two of that name
            present = self._values(column, positions)
            expected = known if positions is None else known[positions]
            if present.dtype == expected.dtype:
                if not _differ(present, expected).any():
                    return
                if self._is_distinct(column) and set(self._frame[column].tolist()) == set(known.tolist()):
                    self._check_column(column, known, positions)
        self._swear_in()

    def _check_column(self, column: Any, known: np.ndarray, positions: np.ndarray | None) -> None:
        if column not in self._frame.columns:
            self._refuse(f"column {column!r}, which tells the images apart, was removed")
        present = self._values(column, positions)
        expected = known if positions is None else known[positions]
        different = np.flatnonzero(_differ(present, expected))
        if len(different):
            first = int(different[0])
            row = first if positions is None else int(positions[first])
            self._refuse(
                f"row {row} was {_short(expected[first])} when it was shown and is {_short(present[first])} now: "
                "rows were reordered or replaced"
            )

    def _values(self, column: Any, positions: np.ndarray | None = None) -> np.ndarray:
        series = self._frame[column]
        if positions is not None:
            series = series.iloc[positions]
        # a copy: what a user writes into the column later must not reach what is remembered
        return series.to_numpy(dtype=object if series.dtype == object else None, copy=True)

    def _refuse(self, what: str) -> None:
        raise RowsChangedError(
            f"{what} outside the widget. Nothing was edited. "
            "Make a new PixPlot of the frame as it is now, or put the rows back"
        )


def _differ(present: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where two columns differ: pictures and arrays by identity, text and numbers by value."""
    if present.dtype != object:
        return ~((present == expected) | (pd.isna(present) & pd.isna(expected)))
    if infer_dtype(present, skipna=False) == infer_dtype(expected, skipna=False) == "string":
        return present != expected
    same = np.fromiter((a is b for a, b in zip(present, expected, strict=True)), dtype=bool, count=len(present))
    for i in np.flatnonzero(~same):
        a, b = present[i], expected[i]
        if isinstance(a, (str, bytes, int, float)) or hasattr(a, "__fspath__"):
            same[i] = type(a) is type(b) and (a == b or (a != a and b != b))
    return ~same


def _short(value: Any) -> str:
    text = repr(plain(value))
    return text if len(text) <= 80 else f"{text[:77]}..."
