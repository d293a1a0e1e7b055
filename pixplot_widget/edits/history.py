"""What was edited: steps, their parts, and the table a user reads.

A step is one gesture, however many rows it touched, and the unit of undo and redo. Nothing is ever taken out: a step
that was undone stays as history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..values import text_column
from .fields import Field

__all__ = ["COLUMNS", "HOW", "History", "Part", "Step", "Turned", "net_changes", "table"]

HOW = ("manual", "suggestion", "propagated", "code", "merge")
"""How an edit came about: by hand, from a suggestion, with its neighbours, from Python, from a reviewer's patch."""

COLUMNS = ("time", "position", "index", "file", "column", "old", "new", "how", "undone")


@dataclass
class Part:
    """What a step did to one column.

    Attributes
    ----------
    kind : {"label", "flag", "reason", "class"}
        Which column.
    rows : numpy.ndarray
        int64 (k,), ascending.
    old, new : numpy.ndarray
        int32 (k,): codes before and after.
    undone : numpy.ndarray
        bool (k,): rows on which it does not stand any more.
    before : dtype or None
        The dtype of the column before; None if it is not known any more.
    """

    kind: str
    rows: np.ndarray
    old: np.ndarray
    new: np.ndarray
    undone: np.ndarray
    before: Any = None

    @classmethod
    def of(cls, field: Field, rows: np.ndarray, codes: np.ndarray) -> Part | None:
        """Give what writing `codes` to `rows` would change; None if nothing."""
        old = field.labels.codes[rows]
        # a flag that is missing is not set
        changed = (old == 1) != (codes == 1) if field.kind == "flag" else old != codes
        if not changed.any():
            return None
        rows, old, codes = rows[changed], old[changed], codes[changed]
        return cls(field.kind, rows, old, codes, np.zeros(len(rows), dtype=bool), field.dtype)

    def turned(self, kind: str, codes: np.ndarray) -> np.ndarray:
        """Where "undo" or "redo" can turn it, bool (k,): rows of `codes` that still hold what it left there."""
        due = self.undone == (kind == "redo")
        return due & (codes[self.rows] == (self.new if kind == "undo" else self.old))


@dataclass
class Step:
    """One gesture: `number` counts from 1, `time` is in seconds since 1970 UTC, `text` says in words what it did."""

    number: int
    time: float
    how: str
    text: str
    parts: list[Part] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many values it changed that are still changed."""
        return int(sum((~part.undone).sum() for part in self.parts))


class Turned(NamedTuple):
    """What a turn will give rows: the step in words, int64 (k,) rows, int32 (k,) codes, bool (k,) flags and edited."""

    text: str
    rows: np.ndarray
    codes: np.ndarray
    flags: np.ndarray
    edited: np.ndarray


class History:
    """All steps, and which of them stand: undo and redo go through them like a stack.

    Parameters
    ----------
    steps, done, undone : sequence of Step
        Every step in order of time; those that stand, and those that can be made again, newest last.
    """

    def __init__(self, steps: Sequence[Step] = (), done: Sequence[Step] = (), undone: Sequence[Step] = ()) -> None:
        self.steps, self._done, self._undone = list(steps), list(done), list(undone)
        self._standing = sum(step.changes for step in self.steps)

    def __len__(self) -> int:
        """Count the changed values that stand."""
        return self._standing

    def text(self, kind: str) -> str:
        """What "undo" or "redo" would do, in words; empty if nothing."""
        step = self.next(kind)
        return "" if step is None else step.text

    def next(self, kind: str) -> Step | None:
        """Give the step that "undo" or "redo" is due for."""
        stack = self._done if kind == "undo" else self._undone
        return stack[-1] if stack else None

    def ahead(self, kind: str, fields: dict[str, Field], most: int) -> tuple[list[Turned], bool]:
        """Say what "undo" or "redo" would give rows, time and again.

        Parameters
        ----------
        kind : {"undo", "redo"}
            Which.
        fields : dict
            Kind to field: what rows hold now, and held at first.
        most : int
            Of so many rows in all.

        Returns
        -------
        steps : list of Turned
            The one that is due first.
        more : bool
            Whether there are more steps than those.
        """
        due = self._done if kind == "undo" else self._undone
        codes = {each: field.labels.codes.copy() for each, field in fields.items()}
        ahead: list[Turned] = []
        for step in reversed(due):
            rows = np.unique(np.concatenate([part.rows for part in step.parts]))
            most -= len(rows)
            if most < 0:
                break
            for part in step.parts:
                turned = part.turned(kind, codes[part.kind])
                codes[part.kind][part.rows[turned]] = (part.old if kind == "undo" else part.new)[turned]
            edited = np.logical_or.reduce([codes[each][rows] != field.base[rows] for each, field in fields.items()])
            ahead.append(Turned(step.text, rows, codes["label"][rows], codes["flag"][rows] == 1, edited))
        return ahead, len(ahead) < len(due)

    def add(self, step: Step) -> None:
        """Put a new step on top: what was undone cannot be made again."""
        self.steps.append(step)
        self._done.append(step)
        self._undone.clear()
        self._standing += step.changes

    def turn(self, kind: str, turned: Sequence[np.ndarray]) -> None:
        """Undo or redo the step that is due, on those of its rows that were turned: bool (k,) for each part."""
        source, target = (self._done, self._undone) if kind == "undo" else (self._undone, self._done)
        step = source.pop()
        self._standing -= step.changes
        for part, rows in zip(step.parts, turned, strict=True):
            part.undone[rows] = kind == "undo"
        self._standing += step.changes
        target.append(step)


def table(steps: Sequence[Step], fields: dict[str, Field], index: pd.Index, files: Sequence[str]) -> pd.DataFrame:
    """Write steps as a table, one row a changed value, in order of time.

    Parameters
    ----------
    steps : sequence of Step
        What was done.
    fields : dict
        Kind to field: names of columns, and values of codes.
    index : pandas.Index
        Of the frame.
    files : sequence of str
        File name of each row.

    Returns
    -------
    pandas.DataFrame
        time (UTC), position, index, file, column, old, new, how, undone.
    """
    blocks = [(step, part) for step in steps for part in step.parts]
    sizes = [len(part.rows) for _, part in blocks]
    rows = _joined([part.rows for _, part in blocks], np.int64)
    times = np.array([round(step.time * 1e6) for step, _ in blocks], dtype="datetime64[us]")
    names = np.empty(len(blocks), dtype=object)
    names[:] = [fields[part.kind].column for _, part in blocks]
    every_file = np.empty(len(files), dtype=object)
    every_file[:] = files
    values = {kind: _values_by_code(column) for kind, column in fields.items()}
    return pd.DataFrame(
        {
            "time": pd.Series(np.repeat(times, sizes)).dt.tz_localize("UTC"),
            "position": rows,
            "index": _objects(index, rows),
            "file": text_column(every_file[rows]),
            "column": np.repeat(names, sizes),
            "old": text_column(_joined([values[part.kind][part.old] for _, part in blocks], object)),
            "new": text_column(_joined([values[part.kind][part.new] for _, part in blocks], object)),
            "how": np.repeat(np.array([step.how for step, _ in blocks], dtype=object), sizes),
            "undone": _joined([part.undone for _, part in blocks], bool),
        },
        columns=list(COLUMNS),
    )


def net_changes(steps: Sequence[Step], fields: dict[str, Field], index: pd.Index, files: Sequence[str]) -> pd.DataFrame:
    """Write what is different now from before the first edit, one row a value: history folded together.

    Returns
    -------
    pandas.DataFrame
        As `table`, without `undone`; `old` is the value before the first edit, `time` and `how` are of the last edit
        of that value that stands.
    """
    full = table(steps, fields, index, files)
    standing = full[~full["undone"]]
    last = standing.drop_duplicates(["position", "column"], keep="last").sort_values("position", kind="stable")
    keep = []
    parts = [last[last["column"] == column.column] for column in fields.values()]
    for column, block in zip(fields.values(), parts, strict=True):
        rows = block["position"].to_numpy()
        values = _values_by_code(column)
        old, new = text_column(values[column.base[rows]]), text_column(values[column.labels.codes[rows]])
        block = block.assign(old=old.set_axis(block.index), new=new.set_axis(block.index))
        keep.append(block[column.base[rows] != column.labels.codes[rows]])
    out = pd.concat(keep).sort_values(["position", "column"], kind="stable", ignore_index=True)
    return out.drop(columns="undone")


def _values_by_code(column: Field) -> np.ndarray:
    """Values of the codes; the last entry, which -1 finds, is the missing one."""
    values = np.empty(len(column.labels.values) + 1, dtype=object)
    values[:-1] = column.labels.values
    return values


def _joined(arrays: list[np.ndarray], dtype: Any) -> np.ndarray:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(0, dtype=dtype)


def _objects(index: pd.Index, rows: np.ndarray) -> np.ndarray:
    labels = np.empty(len(rows), dtype=object)
    labels[:] = index.take(rows).tolist()
    return labels
