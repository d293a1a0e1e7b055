"""The label column as codes and names, and back: any dtype goes in, and an edit keeps it.

A code is the place of a label in the list; -1 is missing. Codes never change meaning: new labels are appended. Where a
label is *shown*, with which key and color, is its place; a renamed label takes over the place of the old one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_object_dtype

from ..colors import palette
from ..errors import LabelError, instead
from ..rows import some
from ..values import composed
from .cells import array_of, with_cells
from .scalars import Scalar, plain, scalar_of

__all__ = ["MISSING", "LabelColumn", "check_values", "palette"]

MISSING = -1


class LabelColumn:
    """A column of labels: the list of labels, and one code a row.

    Parameters
    ----------
    series : pandas.Series
        The column: str, object, category, int, bool, their nullable forms, float, or anything with a sensible text.
    labels : sequence, optional
        Allowed labels in order. None: those found (in the order of a category dtype, else sorted), and new ones may be
        added. Labels found in the column but not allowed follow the allowed ones: they are shown, never assigned.

    Attributes
    ----------
    codes : numpy.ndarray
        int32 (n,), -1 = missing. Changed in place by `assign`.
    counts : numpy.ndarray
        int64 (k,), rows of each label.
    closed : bool
        True where only the given labels are allowed.
    allowed : int
        How many labels, from the first, may be assigned.

    Raises
    ------
    LabelError
        A given label does not fit the dtype, or is given twice.
    TypeError
        The column holds lists or other things that are not single values.

    Examples
    --------
    >>> import pandas as pd
    >>> column = LabelColumn(pd.Series([7, 3, 7]))
    >>> column.names, column.codes.tolist(), column.parse("3")
    (('3', '7'), [1, 0, 1], 3)
    """

    def __init__(self, series: pd.Series, labels: Sequence[Any] | None = None) -> None:
        self.name = series.name
        self.scalar: Scalar = scalar_of(series, labels)
        self.values: list[Any] = []
        self._names: list[str] = []
        self._code_of_key: dict[Any, int] = {}
        self._code_of_name: dict[str, int] = {}
        self._code_of_look: dict[str, int] = {}  # of text that is not ASCII, which may be encoded in two ways
        self.closed = labels is not None
        if isinstance(labels, str):
            raise TypeError(f"labels= is a list of all labels that may be given, not the text {labels!r}")
        for label in [] if labels is None else labels:
            self._append_allowed(label)
        found_codes, found = self._found(series)
        self.allowed = 0
        order = self._order(series, found)
        to_code = np.full(len(found) + 1, MISSING, dtype=np.int32)  # the last stands for missing
        for i in order:
            to_code[i] = self.add(found[i], found=True)
        self.allowed = len(labels) if labels is not None else len(self.values)
        self._places = np.arange(len(self.values), dtype=np.int32)
        self._first = len(self.values)
        self.codes: np.ndarray = to_code[found_codes]
        self.counts: np.ndarray = self._count()

    @property
    def names(self) -> tuple[str, ...]:
        """Text of each label, all different."""
        return tuple(self._names)

    def rows_of(self, label: Any) -> np.ndarray:
        """Positions of the rows that bear a label, int64 (k,).

        Raises
        ------
        KeyError
            There is no such label.
        """
        code = None if _is_missing(label) else self.meant(plain(label))
        if code is None:
            raise KeyError(f"there is no label {label!r}; {instead(label, self._names)}")
        return np.flatnonzero(self.codes == code)

    @property
    def places(self) -> np.ndarray:
        """Where each label is shown, int32 (k,): its own code, but for labels that were renamed."""
        places = np.arange(len(self.values), dtype=np.int32)
        places[: len(self._places)] = self._places
        return places

    @property
    def shown_names(self) -> tuple[str, ...]:
        """Text of the label at each place."""
        return tuple(self._names[code] for code in np.argsort(self.places))

    def shown(self, codes: np.ndarray) -> np.ndarray:
        """Give the places of codes, int32, -1 where a row has no label."""
        return np.append(self.places, MISSING)[codes].astype(np.int32)

    def palette(self, safe: bool = False) -> np.ndarray:
        """Give a color a place, uint8 (k, 3); `safe`: for color-blind eyes too."""
        return palette(len(self.values), safe=safe)

    def __len__(self) -> int:
        return len(self.values)

    # -- from what was typed or given to a code ----------------------------------------------------------------------

    def parse(self, value: Any) -> Any:
        """Turn what was typed on screen or given in code into a value of the column.

        Text that is the name of a label is that label, and so is text that looks the same and encodes its accents in
        the other way (`composed`), unless that is a label itself. Other text is read as the column's type (``"7"`` in
        a column of ints is 7). A value that is no label yet is returned too: `add` makes it one.

        Raises
        ------
        LabelError
            The value does not fit the column's type, is not allowed, is empty, or is missing where the dtype has no
            missing values. The message says what would fit.
        """
        if _is_missing(value):
            self.scalar.check_missing()
            return None
        value = plain(value)
        code = self.meant(value, given=True)
        if code is None:
            value = self.scalar.parse(value)
            code = self._lookup(value)
        if self.closed and (code is None or code >= self.allowed):
            raise LabelError(
                f"{value!r} is not one of the allowed labels; {instead(value, self._names[: self.allowed])}"
            )
        return value if code is None else self.values[code]

    def meant(self, value: Any, *, given: bool = False) -> int | None:
        """Give the code of the label that a value names or is, or else of one that looks so; None where there is none.

        `given`: that rows are to bear it, so that a label that is allowed comes before one that only looks so.
        """
        code = self.named(value)
        if code is None:
            code = self._lookup(value)
        useless = code is None or (given and self.closed and code >= self.allowed)
        if useless and isinstance(value, str) and not value.isascii():
            code = self._code_of_look.get(composed(value), code)
        return code

    def find(self, value: Any) -> int | None:
        """Give the code of a value, None where it is no label yet."""
        return self._lookup(plain(value))

    def named(self, name: Any) -> int | None:
        """Give the code of the label that is shown as `name`, None where there is none."""
        return self._code_of_name.get(name) if isinstance(name, str) else None

    def code(self, value: Any) -> int:
        """Give the code of a value that `parse` returned; -1 for missing.

        Raises
        ------
        KeyError
            The value is no label yet.
        """
        if _is_missing(value):
            return MISSING
        code = self._lookup(plain(value))
        if code is None:
            raise KeyError(f"{value!r} is no label of {self.name!r}; {instead(value, self._names)}")
        return code

    def decode(self, code: int) -> Any:
        """Give the value of a code; None for -1."""
        return None if code == MISSING else self.values[code]

    def add(self, value: Any, *, found: bool = False) -> int:
        """Give the code of a value, appending it to the labels if it is new.

        `found` is for values that stand in the column already: they are taken as they are. Others must come from
        `parse`.
        """
        code = self._lookup(value)
        if code is None:
            if not found:
                self.scalar = self.scalar.settled(value)
            code = self._append(value)
            if not self.closed:
                self.allowed = len(self.values)
        return code

    def mark(self) -> tuple[int, Scalar]:
        """Remember which labels there are, for `forget`."""
        return len(self.values), self.scalar

    def forget(self, mark: tuple[int, Scalar]) -> None:
        """Drop labels appended since `mark` that no row has: an edit that could not be made leaves no label behind."""
        length, scalar = mark
        if self.counts[length:].any():
            return
        self.scalar = scalar
        for value, name in zip(self.values[length:], self._names[length:], strict=True):
            del self._code_of_key[_key(value)], self._code_of_name[name]
            if isinstance(value, str) and self._code_of_look.get(composed(value), -1) >= length:
                del self._code_of_look[composed(value)]
        del self.values[length:], self._names[length:]
        self._places = self._places[:length]
        self.allowed = min(self.allowed, length)
        self.counts = self.counts[:length]

    # -- codes -------------------------------------------------------------------------------------------------------

    def encode(self, values: pd.Series) -> np.ndarray:
        """Codes of values as they stand in the frame, int32 (k,); values that are no label yet become labels."""
        found_codes, found = self._found(values)
        to_code = np.full(len(found) + 1, MISSING, dtype=np.int32)
        for i in self._order(values, found):
            to_code[i] = self.add(found[i], found=True)
        return to_code[found_codes]

    def copy(self) -> LabelColumn:
        """Give a column of the same labels and codes, which can be changed without changing this one."""
        made = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (list, dict, np.ndarray)):
                setattr(made, name, value.copy())
        return made

    def extend(self, values: pd.Series) -> None:
        """Take in the values of rows that follow; those that are no label yet become labels."""
        self.codes = np.concatenate([self.codes, self.encode(values)])
        self.counts = self._count()

    def assign(self, positions: np.ndarray, codes: np.ndarray | int) -> None:
        """Set codes of rows, and keep the counts and, of labels that are renamed by it, the places."""
        old = self.codes[positions]
        self.codes[positions] = codes
        new = self.codes[positions]
        size = len(self.values)
        before = np.zeros(size, dtype=np.int64)
        before[: len(self.counts)] = self.counts
        lost, gained = (np.bincount(each + 1, minlength=size + 1)[1:] for each in (old, new))
        self.counts = before + gained - lost
        self._places = self.places
        for code in np.flatnonzero((before > 0) & (self.counts == 0)).tolist():
            (to, *others) = np.unique(new[old == code]).tolist()
            if not others and to >= 0 and before[to] == 0 and gained[to] == before[code]:
                self._rename(code, to)

    def _rename(self, old: int, new: int) -> None:
        """All images of a label have got another that no other image has: it takes over the place, or gives it back.

        Not where both were there from the start: who gives all dogs the label "fox" expects its key to stay.
        """
        if max(old, new) >= self._first:
            self._places[[old, new]] = self._places[[new, old]]

    def cells(self, codes: np.ndarray, dtype: Any) -> Any:
        """Give the values of codes as an array that can be set into a column.

        Parameters
        ----------
        codes : numpy.ndarray
            int32 (k,).
        dtype : dtype
            What the column is to be: see `dtype_for`.

        Raises
        ------
        LabelError
            A value is missing, and the dtype has no missing values.
        """
        used, back = np.unique(codes, return_inverse=True)
        if MISSING in used:
            self.scalar.check_missing()
        return array_of([self.decode(code) for code in used], back, dtype, self.scalar.missing)

    def dtype_for(self, series: pd.Series) -> Any:
        """Give the dtype that a column of such labels is written as: its own, but where a first label decides."""
        return series.dtype if self.scalar.dtype is None else self.scalar.dtype

    def written(self, series: pd.Series, positions: np.ndarray, codes: np.ndarray) -> pd.Series:
        """Give a copy of the column with other labels at some rows, in the column's dtype.

        A category dtype gains the categories it lacks, at its end.

        Parameters
        ----------
        series : pandas.Series
            The column as it is now.
        positions : numpy.ndarray
            int64 (k,).
        codes : numpy.ndarray
            int32 (k,).
        """
        dtype = self.dtype_for(series)
        return with_cells(series, positions, self.cells(codes, dtype), dtype)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _found(self, series: pd.Series) -> tuple[np.ndarray, list[Any]]:
        """Code each row by the list of distinct values it comes with; -1 for missing."""
        if isinstance(series.dtype, pd.CategoricalDtype):
            return series.cat.codes.to_numpy(), [plain(value) for value in series.cat.categories]
        if is_object_dtype(series.dtype):
            kind = infer_dtype(series, skipna=True)
            if kind not in ("string", "empty", "integer", "boolean", "floating"):
                return _factor_mixed(series)
        codes, found = pd.factorize(series)
        return codes, [plain(value) for value in found]

    def _order(self, series: pd.Series, found: list[Any]) -> Iterable[int]:
        if isinstance(series.dtype, pd.CategoricalDtype):
            return range(len(found))
        try:
            return sorted(range(len(found)), key=lambda i: found[i])
        except TypeError:  # mixed types have no order of their own
            return sorted(range(len(found)), key=lambda i: (not isinstance(found[i], str), str(found[i])))

    def _append_allowed(self, label: Any) -> None:
        if _is_missing(label):
            raise LabelError("labels= holds a missing value; images without a label need no entry")
        value = self.scalar.parse(plain(label))
        if self._lookup(value) is not None:
            raise LabelError(f"labels= holds {value!r} twice")
        self.scalar = self.scalar.settled(value)
        self._append(value)

    def _append(self, value: Any) -> int:
        code = len(self.values)
        name = self.scalar.text(value)
        if name in self._code_of_name:  # 1 and "1" in one column
            name = f"{name} ({type(value).__name__})"
            while name in self._code_of_name:
                name += "'"
        self.values.append(value)
        self._names.append(name)
        self._code_of_key[_key(value)] = code
        self._code_of_name[name] = code
        if isinstance(value, str) and not value.isascii():
            self._code_of_look.setdefault(composed(value), code)
        return code

    def _lookup(self, value: Any) -> int | None:
        try:
            return self._code_of_key.get(_key(value))
        except TypeError as error:
            raise LabelError(f"a label is one value, not a {type(value).__name__}: {value!r}") from error

    def _count(self) -> np.ndarray:
        return np.bincount(self.codes + 1, minlength=len(self.values) + 1)[1:].astype(np.int64)


def check_values(series: pd.Series) -> None:
    """Raise TypeError, with what and where, if a column of labels holds a list or something else that has no hash."""
    if is_object_dtype(series.dtype) and infer_dtype(series, skipna=True) == "mixed":
        _factor_mixed(series)


def _key(value: Any) -> Any:
    # True == 1 == 1.0 in Python, and "1" next to 1 in an object column are two labels
    return (type(value), value)


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _factor_mixed(series: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Distinct values of an object column by type and value: pandas would take True for 1."""
    seen: dict[Any, int] = {}
    found: list[Any] = []
    codes = np.full(len(series), MISSING, dtype=np.int64)
    for row, value in enumerate(series.array):
        value = plain(value)
        if _is_missing(value):
            continue
        try:
            code = seen.get(_key(value))
        except TypeError as error:
            # the index tells where, also where only some rows are looked at
            raise TypeError(
                f"column {series.name!r} holds a {type(value).__name__} in row {some([series.index[row]])}; "
                "a label must be one value"
            ) from error
        if code is None:
            code = seen[_key(value)] = len(found)
            found.append(value)
        codes[row] = code
    return codes, found
