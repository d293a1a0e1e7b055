"""The columns that edits write (label, flag, reason, class): what is known of each, what the frame holds, the writing.

At the first edit a column is replaced by an edited copy, so that a frame that is a slice of another does not write
through to it, nor to an array it was made of, which may be read-only. From then on only the cells that are edited are
written; whatever else is in the column stays as it is at that moment, for others may write to it too. (pandas before 3
has no copy on write, and warns of cells that are set in a slice: there it is a fresh copy each time.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_object_dtype

from ..errors import EditError
from ..labels import MISSING, LabelColumn
from ..labels.cells import fitted, pointed_at, with_cells
from ..labels.scalars import plain
from ..rows import counted, some

__all__ = ["NO_CODES", "Cells", "Field", "flag_values"]

NO_CODES = np.empty(0, dtype=np.int32)

_IN_PLACE = int(pd.__version__.split(".")[0]) >= 3


@dataclass(frozen=True)
class Cells:
    """Values that are ready to be written: `codes`, int32 (k,), at `rows`, int64 (k,), as an array in `dtype`."""

    field: Field
    rows: np.ndarray
    codes: np.ndarray
    values: Any
    dtype: Any

    def commit(self) -> None:
        """Put them into the frame."""
        self.field.commit(self)


class Field:
    """One column of the frame that edits may write.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame; edited in place.
    kind : {"label", "flag", "reason", "class", "truth"}
        What the column is for.
    column : object
        Its name.
    blank : callable, optional
        Given an index, what the column is made as at the first edit, where the frame has none.
    labels : sequence, optional
        Allowed values in order.

    Attributes
    ----------
    labels : LabelColumn
        The column as it was last known.
    base : numpy.ndarray
        int32 (n,): codes before any edit of the log; where a value was changed outside since, that one.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        kind: str,
        column: Any,
        blank: Callable[[pd.Index], pd.Series] | None = None,
        labels: Sequence[Any] | None = None,
    ) -> None:
        self.frame = frame
        self.kind = kind
        self.column = column
        self._blank = blank
        self._own = False  # whether the column is a copy made here
        self.made = column in frame.columns
        series = self.present
        self._dtype = series.dtype
        self.labels = LabelColumn(series, labels)
        self.base = self.labels.codes.copy()

    def outside(self, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find rows whose value is not the last known one: somebody else wrote to the frame.

        Parameters
        ----------
        rows : numpy.ndarray, optional
            int64 (k,): rows to look at; None: all.

        Returns
        -------
        rows : numpy.ndarray
            int64 (j,).
        codes : numpy.ndarray
            int32 (j,): what stands there now.

        Raises
        ------
        EditError
            The column is gone, or there are two of that name now.
        """
        there = self.column in self.frame.columns
        if not there and self._blank is not None:
            if not self.made:
                return np.empty(0, dtype=np.int64), NO_CODES
            # somebody dropped the column of flags: nothing is flagged
            self.made = self._own = False
            series, rows = self._blank(self.frame.index), None
        else:
            series = self._series()
            if not self.made or series.dtype != self._dtype:
                self._adopt(series)
                rows = None
        if rows is None:
            rows = np.arange(len(self.frame), dtype=np.int64)
        else:
            series = series.iloc[rows]
        present = self.labels.encode(series)
        different = present != self.labels.codes[rows]
        return rows[different], present[different]

    def parse(self, value: Any, count: int) -> np.ndarray:
        """Turn what was asked for into codes; labels that are new are added.

        Parameters
        ----------
        value : object
            One value for all rows; or a list, array or Series with one value each.
        count : int
            How many rows.

        Returns
        -------
        numpy.ndarray
            int32 (count,).

        Raises
        ------
        EditError
            A value does not fit, or there are more or fewer values than rows.
        """
        if not isinstance(value, (list, tuple, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
            return np.full(count, self._code(value), dtype=np.int32)
        if len(value) != count:
            raise EditError(
                f"{len(value)} values were given for {counted(count)}, of which each counts once; "
                "give one, or one for each row"
            )
        known: dict[Any, int] = {}
        codes = np.empty(count, dtype=np.int32)
        for i, one in enumerate(value):
            key = (type(one), one)
            if key not in known:
                known[key] = self._code(one)
            codes[i] = known[key]
        return codes

    def value(self, row: int) -> Any:
        """Give what stands in a row as it was last known: None where missing, a bool where it is a flag."""
        code = int(self.labels.codes[row])
        return code == 1 if self.kind == "flag" else self.labels.decode(code)

    def parse_text(self, value: Any, *, shown: bool = False) -> Any:
        """Read a value that may have been through a text file, to compare with `value`.

        Parameters
        ----------
        value : object
            As it was in the column, or as text.
        shown : bool
            Whether it only stood there somewhere, so that it need not be one of the allowed labels.

        Raises
        ------
        EditError
            It does not fit the column.
        """
        if self.kind == "flag":
            text = "false" if pd.isna(value) else str(value).strip().lower()
            if text not in ("true", "false", "1", "0", "1.0", "0.0"):
                raise EditError(f"a flag is True or False, not {value!r}")
            return text in ("true", "1", "1.0")
        if shown and pd.isna(value):
            return None
        if shown and (code := self.labels.meant(value)) is not None:
            return self.labels.values[code]
        return self.labels.parse(value)

    def _code(self, value: Any) -> int:
        if self.kind == "flag":
            if not isinstance(value, (bool, np.bool_)):
                raise EditError(f"a flag is True or False, not {value!r}")
            return int(value)
        value = self.labels.parse(value)
        return MISSING if value is None else self.labels.add(value)

    def learn(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Take over values that were written outside."""
        self.labels.assign(rows, codes)
        self.base[rows] = codes

    def prepare(self, rows: np.ndarray, codes: np.ndarray) -> Cells:
        """Make values of `codes` (int32 (k,)) for `rows`, without touching the frame.

        Raises
        ------
        EditError
            The column is gone, or cannot hold them.
        """
        dtype = self.labels.dtype_for(self.present)
        return Cells(self, rows, codes, self.labels.cells(codes, dtype), dtype)

    def commit(self, cells: Cells) -> None:
        """Put prepared values into the frame, and leave all others as they are there now."""
        if not self._set(cells):
            self._put(with_cells(self.present, cells.rows, cells.values, cells.dtype))
        self.labels.assign(cells.rows, cells.codes)

    def withdraw(self, cells: Cells, dtype: Any, made: bool) -> None:
        """Take back what `commit` did, or began to do: `cells` are those before, of a column that was `made` or not."""
        if made:
            self.commit(cells)
            self.narrow(self.lacking(np.arange(len(self.labels)), dtype))
        else:
            if self.column in self.frame.columns:
                del self.frame[self.column]
            self.made, self._own, self._dtype = False, False, dtype
            self.labels.assign(cells.rows, cells.codes)

    def _set(self, cells: Cells) -> bool:
        """Set just these cells; False if the column must be replaced for it."""
        if not (_IN_PLACE and self.made and self._own):
            return False
        location = self._location()
        dtype = self._series().dtype
        values = cells.values
        if isinstance(values, pd.Categorical) and isinstance(dtype, pd.CategoricalDtype):
            if not values.categories.isin(dtype.categories).all():
                return False
            values = fitted(values, dtype)
        elif dtype != cells.dtype or pointed_at(dtype) is not None:
            return False
        self.frame.iloc[cells.rows, location] = values
        return True

    def joined(self, more: pd.DataFrame) -> pd.Series | None:
        """Give the whole column with the values of rows that are to follow, in its dtype; None if there is no column.

        Raises
        ------
        EditError
            The values do not fit the column.
        """
        if self.column not in more.columns:
            if not self.made:
                return None
            if self._blank is None:
                raise EditError(f"the new rows have no column {self.column!r}, and it is the one that is corrected")
            values = self._blank(more.index)
        else:
            values = more[self.column]
        present = self.present
        if isinstance(present.dtype, pd.CategoricalDtype):
            return _joined_categories(present, values)
        if present.notna().any() or self._blank is not None:
            values = _converted(values, present.dtype, self.column)
        return pd.concat([present, values])

    def grown(self, whole: pd.DataFrame) -> Field:
        """Give this column as it will be once the frame has become `whole`, which has more rows at its end."""
        new = copy.copy(self)
        new.frame, new.labels = whole, self.labels.copy()
        new.made = new.made or new.column in whole.columns
        series = new.present
        if series.dtype != new._dtype and new.kind == "label":
            new._adopt(series)
        first = len(new.labels.codes)
        new.labels.extend(series.iloc[first:])
        new.base = np.concatenate([new.base, new.labels.codes[first:]])
        new._dtype = series.dtype
        return new

    def become(self, new: Field) -> None:
        """Take over what `grown` gave, now that the frame is so; nothing changes if it is done twice."""
        vars(self.labels).update(vars(new.labels))
        vars(self).update(vars(new) | {"frame": self.frame, "labels": self.labels})

    def lacking(self, codes: np.ndarray, dtype: Any) -> np.ndarray:
        """Find which labels a dtype has no category for, so that an edit adds one: int32 (j,), ascending."""
        if not isinstance(dtype, pd.CategoricalDtype):
            return NO_CODES  # other dtypes are not changed by an edit
        used = np.unique(codes)
        new = [code != MISSING and self.labels.values[code] not in dtype.categories for code in used]
        return used[np.array(new, dtype=bool)].astype(np.int32)

    def narrow(self, added: np.ndarray) -> None:
        """Take categories out again that an edit added, of labels `added`, where no row has one now."""
        if not len(added):
            return
        series = self._series()
        if not isinstance(series.dtype, pd.CategoricalDtype):
            return  # somebody gave the column another dtype since
        values = [self.labels.values[code] for code in added]
        unused = [value for value in values if value in series.cat.categories and not (series == value).any()]
        if unused:
            self._put(series.cat.remove_categories(unused))

    @property
    def present(self) -> pd.Series:
        """The column as it stands in the frame, or as it would be made."""
        return self._series() if self.made or self._blank is None else self._blank(self.frame.index)

    @property
    def dtype(self) -> Any:
        """The dtype of the column as it was last seen."""
        return self._dtype

    def _put(self, series: pd.Series) -> None:
        if self.made:
            self.frame.isetitem(self._location(), series)
        else:
            # insert, not df[column] = ...: pandas 2 warns of that one on a frame that was a slice
            self.frame.insert(len(self.frame.columns), self.column, series)
            self.made = True
        self._own = True
        self._dtype = series.dtype

    def _adopt(self, series: pd.Series) -> None:
        """Somebody made the column, or gave it another dtype: keep the list of labels and its order."""
        labels = self.labels
        if self.kind == "flag":
            try:
                fresh = LabelColumn(series, flag_values(series))
            except TypeError as error:
                raise EditError(str(error)) from error
            fresh.assign(np.arange(len(series)), labels.codes)
            self.labels = fresh
        else:
            fresh = LabelColumn(series, labels.values[: labels.allowed] if labels.closed else None)
            for value in fresh.values:
                labels.add(value, found=True)
            labels.scalar = fresh.scalar
        self._dtype = series.dtype
        self.made, self._own = True, False

    def _series(self) -> pd.Series:
        return self.frame.iloc[:, self._location()]

    def _location(self) -> int:
        try:
            location = self.frame.columns.get_loc(self.column)
        except KeyError as error:
            raise EditError(
                f"column {self.column!r} is not in the frame any more; it has {some(self.frame.columns, 12)}"
            ) from error
        if not isinstance(location, int):
            raise EditError(f"the frame has more than one column {self.column!r}; rename all but one")
        return location


def flag_values(series: pd.Series) -> list[Any]:
    """What not flagged and flagged are in this column."""
    odd = series[series.notna() & ~series.isin([False, True])]
    if len(odd) or isinstance(series.dtype, pd.CategoricalDtype):
        raise TypeError(
            f"column {series.name!r} is to hold the flags, True or False, but it is {series.dtype} and holds "
            f"{some(odd.unique() if len(odd) else series.unique())}; name another column with flag="
        )
    kind = bool if is_bool_dtype(series.dtype) or is_object_dtype(series.dtype) else series.dtype.type
    return [plain(kind(0)), plain(kind(1))]


def _joined_categories(present: pd.Series, values: pd.Series) -> pd.Series:
    """Join labels of a category dtype, which gains the categories that it lacks, at its end."""
    found = pd.Index(values.dropna().unique())
    present = present.cat.add_categories(found[~found.isin(present.cat.categories)])
    return pd.concat([present, values.astype(present.dtype)])


def _converted(values: pd.Series, dtype: Any, column: Any) -> pd.Series:
    """Give values in a dtype, or say that they do not fit it."""
    if values.dtype == dtype:
        return values
    try:
        fitting = values.astype(dtype)
        same = (fitting.astype(object) == values.astype(object)) | (fitting.isna() & values.isna())
    except (TypeError, ValueError):
        same = pd.Series([False])
    if not same.all():
        raise EditError(f"column {column!r} is {dtype}; the new rows hold {some(values.unique())} ({values.dtype})")
    return fitting
