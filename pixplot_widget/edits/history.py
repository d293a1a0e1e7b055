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

from ..rows import NO_ROWS
from ..values import text_column
from .fields import Field

__all__ = ["COLUMNS", "HOW", "Aside", "History", "Part", "Step", "Turned", "net_changes", "table"]

HOW = ("manual", "suggestion", "propagated", "code", "merge")
"""How an edit came about: by hand, from a suggestion, with its neighbors, from Python, from a reviewer's patch."""

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
    added : numpy.ndarray
        int32 (j,): codes of the new labels that were none of the column's categories before.
    """

    kind: str
    rows: np.ndarray
    old: np.ndarray
    new: np.ndarray
    undone: np.ndarray
    added: np.ndarray

    @classmethod
    def of(cls, field: Field, rows: np.ndarray, codes: np.ndarray) -> Part | None:
        """Give what writing `codes` to `rows` would change; None if nothing."""
        old = field.labels.codes[rows]
        # a flag that is missing is not set
        changed = (old == 1) != (codes == 1) if field.kind == "flag" else old != codes
        if not changed.any():
            return None
        rows, old, codes = rows[changed], old[changed], codes[changed]
        return cls(field.kind, rows, old, codes, np.zeros(len(rows), dtype=bool), field.lacking(codes, field.dtype))

    def turned(self, kind: str, codes: np.ndarray) -> np.ndarray:
        """Where "undo" or "redo" can turn it, bool (k,): rows of `codes` that still hold what it left there."""
        due = self.undone == (kind == "redo")
        return due & (codes[self.rows] == (self.new if kind == "undo" else self.old))


@dataclass(frozen=True)
class Aside:
    """What a step did to something that is no column: `before` and `after`, as the journal keeps `what`."""

    what: str
    before: dict[str, Any]
    after: dict[str, Any]

    def turned(self, kind: str) -> dict[str, Any]:
        """Give what "undo" or "redo" makes of it."""
        return self.before if kind == "undo" else self.after


@dataclass
class Step:
    """One gesture: `number` counts from 1, `time` is in seconds since 1970 UTC, `text` says in words what it did."""

    number: int
    time: float
    how: str
    text: str
    parts: list[Part] = field(default_factory=list)
    aside: Aside | None = None

    @property
    def changes(self) -> int:
        """How many values it changed that are still changed."""
        return int(sum((~part.undone).sum() for part in self.parts))

    @property
    def rows(self) -> np.ndarray:
        """The rows it changed something in, int64 (k,), ascending."""
        return np.unique(np.concatenate([NO_ROWS, *(part.rows for part in self.parts)]))


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
            rows = step.rows
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
    times = _times([step for step, _ in blocks])
    names = _objects([fields[part.kind].column for _, part in blocks])
    values = {kind: _values_by_code(column) for kind, column in fields.items()}
    return pd.DataFrame(
        {
            "time": pd.Series(np.repeat(times, sizes)).dt.tz_localize("UTC"),
            "position": rows,
            "index": _objects(index.take(rows).tolist()),
            "file": text_column(_objects(files)[rows]),
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
    blocks = []
    for each in sorted(fields.values(), key=lambda each: str(each.column)):
        rows = np.flatnonzero(each.labels.codes != each.base)
        last = _last_standing(steps, each.kind, rows, len(each.base))
        blocks.append((each, rows[last >= 0], last[last >= 0]))
    every = _joined([rows for _, rows, _ in blocks], np.int64)
    order = np.argsort(every, kind="stable")
    kinds = np.repeat(np.arange(len(blocks)), [len(rows) for _, rows, _ in blocks])
    last = _joined([last for _, _, last in blocks], np.int64)[order]
    names = _objects([each.column for each, _, _ in blocks])
    values = [(_values_by_code(each), each, rows) for each, rows, _ in blocks]
    old = _joined([known[each.base[rows]] for known, each, rows in values], object)[order]
    new = _joined([known[each.labels.codes[rows]] for known, each, rows in values], object)[order]
    every = every[order]
    return pd.DataFrame(
        {
            "time": pd.Series(_times(steps)[last]).dt.tz_localize("UTC"),
            "position": every,
            "index": _objects(index.take(every).tolist()),
            "file": text_column(_objects([files[row] for row in every.tolist()])),
            "column": names[kinds[order]],
            "old": text_column(old),
            "new": text_column(new),
            "how": _objects([step.how for step in steps])[last],
        },
        columns=[name for name in COLUMNS if name != "undone"],
    )


def _last_standing(steps: Sequence[Step], kind: str, rows: np.ndarray, n: int) -> np.ndarray:
    """Give the place of the last step that stands in each of these rows of a column, int64 (k,); -1 where none does.

    Steps are looked at from the newest back, until all rows are found.
    """
    last = np.full(n, -1, dtype=np.int64)
    wanted = np.zeros(n, dtype=bool)
    wanted[rows] = True
    left = len(rows)
    for place in range(len(steps) - 1, -1, -1):
        if not left:
            break
        for part in steps[place].parts:
            if part.kind == kind:
                found = part.rows[wanted[part.rows] & ~part.undone]
                last[found], wanted[found] = place, False
                left -= len(found)
    return last[rows]


def _values_by_code(column: Field) -> np.ndarray:
    """Values of the codes; the last entry, which -1 finds, is the missing one."""
    values = np.empty(len(column.labels.values) + 1, dtype=object)
    values[:-1] = column.labels.values
    return values


def _joined(arrays: list[np.ndarray], dtype: Any) -> np.ndarray:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(0, dtype=dtype)


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Give values as an array of objects; of tuples numpy would make a second dimension."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _times(steps: Sequence[Step]) -> np.ndarray:
    return np.array([round(step.time * 1e6) for step in steps], dtype="datetime64[us]")
