"""A guard that rows stay where they are, for a position means the same image only while they do."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

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
        self._known = [_snapshot(frame[column]) for column in self._columns]
        candidates = [] if self._columns else [column for column in frame.columns if column not in edited]
        self._witness = next((column for column in candidates if self._is_distinct(column)), None)
        self._witnessed = np.empty(0) if self._witness is None else _values(frame[self._witness])

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
        for i, column in enumerate(self._columns):
            self._check_column(column, self._known[i], positions)
            if isinstance(self._known[i], _ArrowValues) and not isinstance(frame[column].dtype, pd.ArrowDtype):
                self._known[i] = _snapshot(frame[column])  # somebody converted it
        if self._witness is not None:
            self._hear_witness(positions)
        self._index = frame.index

    def extend(self) -> None:
        """Take in the rows that were added at the end of the frame."""
        self._index = self._frame.index
        self._known = [_snapshot(self._frame[column]) for column in self._columns]
        if self._witness is not None:
            self._swear_in()

    def grown(self, whole: pd.DataFrame) -> RowGuard:
        """Give the guard of the same frame as it will be, once it has become `whole`: see `watch`."""
        guard = copy.copy(self)
        guard._frame = whole
        guard.extend()
        return guard

    def watch(self, frame: pd.DataFrame) -> None:
        """Watch this frame, which holds what the one before held."""
        self._frame, self._index = frame, frame.index

    def _is_distinct(self, column: Any) -> bool:
        """Whether each row has a text of its own in a column."""
        values = self._frame.get(column)
        return isinstance(values, pd.Series) and infer_dtype(values, skipna=False) == "string" and values.is_unique

    def _swear_in(self) -> None:
        """Take the witness as it is now; one that was dropped, or tells rows apart no more, is none."""
        if self._is_distinct(self._witness):
            self._witnessed = _values(self._frame[self._witness])
        else:
            self._witness = None

    def _hear_witness(self, positions: np.ndarray | None) -> None:
        """Raise if the witness has the same texts in another order; if it has others, go by those from now on."""
        column, known = self._witness, self._witnessed
        if isinstance(self._frame.get(column), pd.Series):  # else it was dropped, or there are two of that name
            present = _values(self._frame[column], positions)
            expected = known if positions is None else known[positions]
            if present.dtype == expected.dtype:
                if not _differ(present, expected).any():
                    return
                if self._is_distinct(column) and set(self._frame[column].tolist()) == set(known.tolist()):
                    self._check_column(column, _Values(known), positions)
        self._swear_in()

    def _check_column(self, column: Any, known: _Values | _ArrowValues, positions: np.ndarray | None) -> None:
        if column not in self._frame.columns:
            self._refuse(f"column {column!r}, which tells the images apart, was removed")
        odd = known.first_other(self._frame[column], positions)
        if odd is not None:
            self._refuse(
                f"row {odd.row} was {_short(odd.was)} when it was shown and is {_short(odd.now)} now: "
                "rows were reordered or replaced"
            )

    def _refuse(self, what: str) -> None:
        raise RowsChangedError(
            f"{what} outside the widget. Nothing was edited. "
            "Make a new PixPlot of the frame as it is now, or put the rows back"
        )


_ATOMS = (str, bytes, int, float, type(None))
"""What Python may keep once for several rows."""


class _Other(NamedTuple):
    """A row that holds something else than it did."""

    row: int
    was: Any
    now: Any


class _Values:
    """What a column held, as numpy's array: of pictures and records the very objects, not copies of them."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def first_other(self, series: pd.Series, rows: np.ndarray | None) -> _Other | None:
        """Give the first of these rows (None: all) that holds something else now; None if none does."""
        present = _values(series, rows)
        where = slice(None) if rows is None else rows
        expected = self._values[where]
        different = np.flatnonzero(_differ(present, expected) | self._swapped(present, expected))
        if len(different):
            first = int(different[0])
            return _Other(first if rows is None else int(rows[first]), expected[first], present[first])
        if self._values.dtype == present.dtype == object:
            self._values[where] = present  # equal ones in other objects: those before need not be kept any longer
        return None

    def _swapped(self, present: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Where there is an object that stood in another row, bool (k,): of equal pictures each is still that row's."""
        swapped = np.zeros(len(present), dtype=bool)
        if present.dtype == expected.dtype == object:
            others = [i for i, now in enumerate(present) if now is not expected[i] and not isinstance(now, _ATOMS)]
            known = {id(value) for value in self._values} if others else set()
            swapped[others] = [id(present[i]) in known for i in others]
        return swapped


class _ArrowValues:
    """What an Arrow column held, as the array it stood in: it cannot change, and no copy of it is made.

    Each look at such a column makes new bytes and dicts of all its values, so it is looked at only where it is another.
    """

    _BLOCK = 256  # rows that are made Python values at a time

    def __init__(self, array: Any) -> None:
        self._array = array

    def first_other(self, series: pd.Series, _rows: np.ndarray | None) -> _Other | None:
        """Give the first row that holds something else now; None if none does. All are looked at, or none need be."""
        there = isinstance(series.dtype, pd.ArrowDtype)  # else somebody converted the column
        present = series.array.__arrow_array__() if there else None
        if present is self._array:
            return None
        for start in range(0, len(series), self._BLOCK):
            was = self._array.slice(start, self._BLOCK)
            now = None if present is None else present.slice(start, self._BLOCK)
            if now is None or not now.equals(was):
                values = series.iloc[start : start + self._BLOCK].tolist() if now is None else now.to_pylist()
                for row, (a, b) in enumerate(zip(was.to_pylist(), values, strict=True), start):
                    if not _alike(a, b):
                        return _Other(row, a, b)
        if present is not None:
            self._array = present
        return None


def _snapshot(series: pd.Series) -> _Values | _ArrowValues:
    if isinstance(series.dtype, pd.ArrowDtype):
        return _ArrowValues(series.array.__arrow_array__())
    return _Values(_values(series))


def _values(series: pd.Series, rows: np.ndarray | None = None) -> np.ndarray:
    if rows is not None:
        series = series.iloc[rows]
    # a copy: what a user writes into the column later must not reach what is remembered
    return series.to_numpy(dtype=object if series.dtype == object else None, copy=True)


def _differ(present: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where two columns differ in what they hold, bool (k,)."""
    if present.dtype != object and expected.dtype != object:
        return ~((present == expected) | (pd.isna(present) & pd.isna(expected)))
    if infer_dtype(present, skipna=False) == infer_dtype(expected, skipna=False) == "string":
        return present != expected
    same = (_alike(a, b) for a, b in zip(present, expected, strict=True))
    return ~np.fromiter(same, dtype=bool, count=len(present))


def _alike(a: Any, b: Any) -> bool:
    """Whether two values are the same object, or of one type and equal content: records, arrays and lists too."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype == object:
            return all(map(_alike, a.flat, b.flat))
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fcmM")
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    try:
        return bool(a == b) or bool(a != a and b != b)
    except (TypeError, ValueError, OSError):  # what cannot be compared, or a picture that cannot be loaded
        return False


def _short(value: Any) -> str:
    text = repr(plain(value))
    return text if len(text) <= 80 else f"{text[:77]}..."
