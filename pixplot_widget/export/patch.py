"""Changes that were made elsewhere (another kernel, a reviewer's page) applied to a copy of the frame, through its log.

A patch is a table with one row a value: which image, which column, what it was, what it is to be. What does not fit is
reported, row by row, and not applied.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..edits import EditLog
from ..errors import EditError
from ..tables import read_table

__all__ = ["apply_patch", "read_patch"]


def read_patch(path: Any) -> pd.DataFrame:
    """Read a patch that `changes_to_csv` wrote, all as text; an empty field is a missing value.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no table of changes.
    KeyError
        It has no column of new values.
    """
    return read_table(Path(path).expanduser(), ["new"])


def apply_patch(
    log: EditLog,
    patch: pd.DataFrame | str | os.PathLike[str],
    *,
    on: Any = "file",
    force: bool = False,
) -> pd.DataFrame:
    """Apply changes from elsewhere, as one step that undo takes back.

    Parameters
    ----------
    log : EditLog
        Of the frame to change; ``EditLog(df)`` for a frame without a widget.
    patch : pandas.DataFrame or path-like
        As `changes_to_csv` writes it: columns file, column, new, and old where the values before are known. Without
        `column` every row is of the label column. Labels may be text whatever the dtype of the column.
    on : "file", column name or list of column names
        How images are found: by file name, or by columns that stand in both the frame and the patch.
    force : bool
        Also change what is not `old` any more in this frame.

    Returns
    -------
    pandas.DataFrame
        The patch with three columns more: position (Int64), outcome and reason. The outcome is "applied",
        "the same already", "not found", "found twice", "changed since", or "refused"; the reason is in words.

    Raises
    ------
    KeyError
        The patch or the frame lacks a column that is needed.
    ValueError
        The file is no table, or two columns have one name.
    RowsChangedError, JournalError
        Nothing can be applied.

    Examples
    --------
    >>> import pandas as pd
    >>> log = EditLog(pd.DataFrame({"category": ["cat", "dog"]}), names=["a.jpg", "b.jpg"])
    >>> patch = pd.DataFrame({"file": ["b.jpg", "c.jpg"], "column": "category", "old": "dog", "new": "cat"})
    >>> apply_patch(log, patch)[["position", "outcome"]].values.tolist()
    [[1, 'applied'], [<NA>, 'not found']]
    >>> log.df["category"].tolist()
    ['cat', 'cat']
    """
    table = patch if isinstance(patch, pd.DataFrame) else read_patch(patch)
    keys = [on] if isinstance(on, str) or not isinstance(on, Sequence) else list(on)
    known = [column for column in ("old", "column") if column in table.columns]
    _need(table, [*keys, "new", *known], "the patch")
    with log.lock:
        log.refresh()
        work = _Work(log, table, keys)
        edits = {kind: work.values_of(kind, force) for kind in log.fields}
        edits = {kind: found for kind, found in edits.items() if len(found[0])}
        log.apply_each(edits if work.truths is None else work.truths.spread(edits), how="merge")
    return table.assign(
        position=pd.array([pd.NA if row < 0 else row for row in work.rows], dtype="Int64"),
        outcome=work.outcome,
        reason=work.reason,
    )


def _need(table: pd.DataFrame, columns: list[Any], what: str) -> None:
    for column in columns:
        count = table.columns.tolist().count(column)
        if not count:
            raise KeyError(f"{what} has no column {column!r}; it has {', '.join(map(repr, table.columns))}")
        if count > 1:
            raise ValueError(f"{what} has {count} columns {column!r}; rename all but one")


class _Work:
    """One patch on its way into one log: where each row goes and what became of it."""

    def __init__(self, log: EditLog, table: pd.DataFrame, keys: list[Any]) -> None:
        self.log = log
        self.truths = log.truths
        self.outcome = np.full(len(table), "", dtype=object)
        self.reason = np.full(len(table), "", dtype=object)
        self.new = table["new"].tolist()
        self.old = table["old"].tolist() if "old" in table.columns else None
        self.rows = self._rows(table, keys)
        columns = table["column"].tolist() if "column" in table.columns else [log.label_column] * len(table)
        kinds = {str(field.column): kind for kind, field in log.fields.items()}
        self.kinds = [kinds.get(str(column)) for column in columns]
        for i, (column, kind) in enumerate(zip(columns, self.kinds, strict=True)):
            if kind is None and not self.outcome[i]:
                known = ", ".join(kinds)
                self._settle(i, "refused", f"column {column!r} is none of those that edits write: {known}")

    def _settle(self, i: int, outcome: str, reason: str) -> None:
        self.outcome[i], self.reason[i] = outcome, reason

    def _rows(self, table: pd.DataFrame, keys: list[Any]) -> np.ndarray:
        """Position of each row of the patch, -1 where there is none or more than one."""
        if keys == ["file"]:
            ours = [self.log.names]
        else:
            _need(self.log.df, keys, "the frame")
            ours = [self.log.df[key].tolist() for key in keys]
        where: dict[tuple[str, ...], list[int]] = {}
        # text, for a patch that was a CSV file knows nothing else
        for row, key in enumerate(zip(*ours, strict=True)):
            where.setdefault(tuple(map(str, key)), []).append(row)
        rows = np.full(len(table), -1, dtype=np.int64)
        for i, key in enumerate(zip(*(table[key].tolist() for key in keys), strict=True)):
            found = where.get(tuple(map(str, key)), [])
            named = ", ".join(map(str, key))
            if len(found) == 1:
                rows[i] = found[0]
            elif found:
                self._settle(
                    i, "found twice", f"{len(found)} images are {named}; give on= columns that tell them apart"
                )
            else:
                self._settle(i, "not found", f"no image here is {named}")
        return rows

    def values_of(self, kind: str, force: bool) -> tuple[np.ndarray, list[Any]]:
        """Rows and values to write into one column; the last row of the patch wins where an image is named twice."""
        edits: dict[int, Any] = {}
        for i in range(len(self.outcome)):
            if self.outcome[i] or self.kinds[i] != kind:
                continue
            row = int(self.rows[i])
            try:
                new = self.log.fields[kind].parse_text(self.new[i])
            except EditError as error:
                self._settle(i, "refused", error.reason)
                continue
            if self.truths is not None and (reason := self.truths.refusal(kind, row, new)):
                self._settle(i, "refused", reason)
                continue
            present = edits.get(row, self.log.fields[kind].value(row))
            if present == new or (present is None and new is None):
                self._settle(i, "the same already", "")
            elif not force and self.old is not None and not self._is(kind, self.old[i], present):
                self._settle(i, "changed since", f"it was {self.old[i]!r} there and is {present!r} here")
            else:
                edits[row] = new
                self._settle(i, "applied", "")
        return np.array(list(edits), dtype=np.int64), list(edits.values())

    def _is(self, kind: str, old: Any, present: Any) -> bool:
        """Whether the value before, as the patch has it, is the present one."""
        try:
            was = self.log.fields[kind].parse_text(old, shown=True)
            return was == present or (was is None and present == "")  # of the two a file cannot tell which it was
        except EditError:
            return False
