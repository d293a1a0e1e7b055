"""Steps as journal records, and records as steps again.

A record names labels by value and files by name, not by code: codes depend on what else stands in the column. A
replayed edit reaches its row only if the row still has the file name it had, and still holds one of the values that the
journal has seen there; anything else was changed by somebody who did not write to this journal, and is reported, not
touched.

A journal may be damaged, or be written by somebody who means harm: each value of a record is looked at before it is
used, nothing larger is made than the frame has use for, and what is read can be undone, listed and written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import JournalError, LabelError
from ..labels import MISSING, LabelColumn
from ..packing import pack, sendable, unpack
from ..rows import RowKeys, some
from .fields import Field
from .history import HOW, Aside, Part, Step
from .journal import MOST_ROWS, damaged

__all__ = ["Replay", "Story", "record_of", "replay", "turn_record"]

_MOST_TIMES, _MOST_MORE = 16, 100_000
"""A step may have so many times the rows of the frame, and so many more: some may have been removed since."""

_END_OF_TIME = 9e9
"""In seconds since 1970: the year 2255, near which pandas' times end."""

_NAMED = 32  # of so many rows the file names are written out; of more, their checksums


@dataclass
class Replay:
    """What a journal brought back.

    Attributes
    ----------
    steps : int
        Steps found.
    applied : int
        Values that were written into the frame.
    moved : list of str
        Files of edits whose row now holds another file: not applied.
    kept : list of str
        Files whose value is none that the journal knows: left as they are.
    notes : list of str
        All of it in words, for the user.
    """

    steps: int = 0
    applied: int = 0
    moved: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def record_of(step: Step, fields: dict[str, Field], keys: RowKeys, client: Any, seq: Any) -> dict[str, Any]:
    """Write a step as a journal record."""
    parts = []
    for part in step.parts:
        labels = fields[part.kind].labels
        used, back = np.unique(np.concatenate([part.old, part.new]), return_inverse=True)
        old, new = np.split(back, 2)
        files = [keys[row] for row in part.rows] if len(part.rows) <= _NAMED else None
        parts.append(
            {
                "kind": part.kind,
                "rows": pack(part.rows),
                "files": files if files is not None else pack(keys.checksums(part.rows)),
                "values": [_stored(labels, int(code)) for code in used],
                "old": pack(old),
                "new": pack(new),
            }
        )
        if len(part.added):
            parts[-1]["added"] = np.searchsorted(used, part.added).tolist()
    record: dict[str, Any] = {
        "type": "edit",
        "step": step.number,
        "time": step.time,
        "how": step.how,
        "text": step.text,
    }
    if client is not None:
        record |= {"client": client, "seq": seq}
    record |= {"parts": parts}
    if step.aside is not None:
        record["aside"] = {"what": step.aside.what, "before": step.aside.before, "after": step.aside.after}
    return record


def turn_record(kind: str, step: Step, left: dict[str, np.ndarray], client: Any, seq: Any) -> dict[str, Any]:
    """Write an undo or redo as a journal record; `left` are the rows it could not reach, by kind."""
    record: dict[str, Any] = {"type": kind, "step": step.number}
    if client is not None:
        record |= {"client": client, "seq": seq}
    left = {kind: pack(rows) for kind, rows in left.items() if len(rows)}
    return record | ({"left": left} if left else {})


def _stored(labels: LabelColumn, code: int) -> Any:
    value = labels.decode(code)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return value if isinstance(value, float) and np.isfinite(value) else {"text": labels.names[code]}


class Story:
    """The journal read from front to back, with no frame touched.

    Parameters
    ----------
    fields, keys, report
        As for `replay`.
    n : int
        Rows there were when the journal was begun, as it says.
    """

    def __init__(self, fields: dict[str, Field], keys: RowKeys, report: Replay, n: int) -> None:
        self.fields = fields
        self.keys = keys
        self.report = report
        self.steps: dict[int, Step] = {}
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.answers: list[tuple[str, int, str]] = []
        self.kept: dict[str, list[Any]] = {}
        self.rows_seen = self.rows_moved = 0
        self.n = 0  # rows there were after the last were added; 0: none ever were
        self.now = {kind: column.labels.codes.copy() for kind, column in fields.items()}
        self._begun = n

    @property
    def most(self) -> int:
        """How many rows a step may have: as many as there were, if that is near what there is."""
        return min(max(len(self.keys), self._begun, self.n), _MOST_TIMES * len(self.keys) + _MOST_MORE)

    def tell(self, record: dict[str, Any]) -> None:
        """Take in one record."""
        kind = record["type"]
        if kind == "edit":
            step = self._step(record)
            self.steps[step.number] = step
            self.done.append(step)
            self.undone.clear()
            for part in step.parts:
                self.now[part.kind][part.rows] = part.new
            self._keep_aside(step, "redo")
        elif kind in ("undo", "redo"):
            self._turn(kind, record)
        elif kind == "kept":
            self.kept.setdefault(_text(record["what"]), []).append(record["value"])
        elif kind == "append":
            self.n = _whole(record["n"], max(self.n, 1), MOST_ROWS)
        elif kind != "answer":
            raise ValueError(f"a record of unknown type {kind!r}")
        if "client" in record:
            seq, reason = _whole(record["seq"], 1, MOST_ROWS), sendable(_text(record.get("reason", "")))
            self.answers.append((_text(record["client"]), seq, reason))

    def _turn(self, kind: str, record: dict[str, Any]) -> None:
        source, target = (self.done, self.undone) if kind == "undo" else (self.undone, self.done)
        number = _whole(record["step"], 1, MOST_ROWS)
        if not source or source[-1].number != number:
            raise ValueError(f"an {kind} of step {number}, which was not due")
        step, all_left = source[-1], record.get("left", {})
        if not isinstance(all_left, dict):
            raise ValueError("rows that were left are named by column")
        left = {part.kind: unpack(all_left.get(part.kind, []), self.most) for part in step.parts}
        target.append(source.pop())
        for part in step.parts:
            turned = ~np.isin(part.rows, left[part.kind])
            part.undone[turned] = kind == "undo"
            self.now[part.kind][part.rows[turned]] = (part.old if kind == "undo" else part.new)[turned]
        self._keep_aside(step, kind)

    def _keep_aside(self, step: Step, kind: str) -> None:
        if step.aside is not None:
            self.kept.setdefault(step.aside.what, []).append(step.aside.turned(kind))

    def _step(self, record: dict[str, Any]) -> Step:
        number = _whole(record["step"], 1, MOST_ROWS)
        if number != len(self.steps) + 1:
            raise ValueError(f"step {number} after step {len(self.steps)}")
        seconds, how = record["time"], record["how"]
        if type(seconds) not in (int, float) or not 0 <= seconds < _END_OF_TIME:
            raise ValueError("a time is in seconds since 1970")
        if how not in HOW:
            raise ValueError(f"an edit that came about in an unknown way, {how!r}")
        step = Step(number, float(seconds), how, sendable(_text(record["text"])))
        parts = _list(record["parts"])
        if "aside" in record:
            aside = record["aside"]
            before, after = aside["before"], aside["after"]
            if not isinstance(before, dict) or not isinstance(after, dict):
                raise ValueError("a step aside has something before and after")
            step.aside = Aside(_text(aside["what"]), before, after)
            if not parts:
                return step
        kinds = [part["kind"] for part in parts]
        if not parts or any(kind not in self.fields for kind in kinds) or len(set(kinds)) != len(kinds):
            raise ValueError(f"a step writes to each of its columns once, which are {', '.join(self.fields)}")
        step.parts += [self._part(part) for part in parts]
        return step

    def _part(self, stored: dict[str, Any]) -> Part:
        rows = unpack(stored["rows"], self.most)
        old, new = (unpack(stored[name], len(rows)) for name in ("old", "new"))
        values = _list(stored["values"])
        if (rows < 0).any() or (np.diff(rows) <= 0).any() or not len(rows) == len(old) == len(new):
            raise ValueError("rows that are not rows")
        if not all((indices >= 0).all() and (indices < len(values)).all() for indices in (old, new)):
            raise ValueError("values that are not there")
        there = self._there(rows, stored["files"])
        column = self.fields[stored["kind"]]
        codes = np.array([_recalled(column, value) for value in values], dtype=np.int32)
        added = _list(stored.get("added", []))
        if not all(type(index) is int and 0 <= index < len(values) for index in added):
            raise ValueError("categories that are not there")
        fresh = np.union1d(codes[added], column.lacking(codes[new][there], column.dtype))
        return Part(
            stored["kind"],
            rows[there],
            codes[old][there],
            codes[new][there],
            np.zeros(int(there.sum()), dtype=bool),
            fresh[fresh != MISSING].astype(np.int32),
        )

    def _there(self, rows: np.ndarray, files: Any) -> np.ndarray:
        """Which rows still hold the file they had, bool (k,); the others are reported."""
        there = rows < len(self.keys)
        if isinstance(files, list) and all(isinstance(name, str) for name in files):
            if len(files) != len(rows):
                raise ValueError("as many files as rows were expected")
            there[there] = [
                self.keys[row] == files[i] for row, i in zip(rows[there], np.flatnonzero(there), strict=True)
            ]
            lost = [name for name, ok in zip(files, there, strict=True) if not ok]
        else:
            sums = unpack(files, len(rows))
            if len(sums) != len(rows):
                raise ValueError("as many files as rows were expected")
            there[there] = self.keys.checksums(rows[there]) == sums[there]
            lost = [f"row {row}" for row in rows[~there]]
        self.rows_seen += len(rows)
        self.rows_moved += len(lost)
        self.report.moved += lost
        return there


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"a whole number from {low} to {high} was expected")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text was expected")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list was expected")
    return value


def _recalled(column: Field, stored: Any) -> int:
    """Give the code of a stored value, which becomes a label if it is none: it was accepted once."""
    labels = column.labels
    if stored is None:
        return MISSING
    if column.kind == "flag":
        if not isinstance(stored, (bool, int, float)) or stored not in (0, 1):
            raise ValueError("a flag is true or false")
        return int(stored)
    if isinstance(stored, dict):
        stored = _text(stored["text"])
        if (code := labels.named(stored)) is not None:
            return code
    elif not isinstance(stored, (str, bool, int, float)):
        raise ValueError("a label is one value")
    code = labels.find(stored)
    if code is None and stored == "" and labels.scalar.kind in ("text", "any"):
        return labels.add(stored, found=True)  # nobody can give it, but it stood there
    return labels.add(labels.scalar.parse(stored)) if code is None else code


def replay(
    records: Sequence[dict[str, Any]], fields: dict[str, Field], keys: RowKeys, path: str, n: int
) -> tuple[Story, dict[str, tuple[np.ndarray, np.ndarray]], Replay]:
    """Read a journal's records and work out what to write.

    Parameters
    ----------
    records : sequence of dict
        All but the header.
    fields : dict
        Kind to field, as read from the frame; labels of the journal are added to them.
    keys : RowKeys
        What each row is called now.
    path : str
        For messages.
    n : int
        Rows there were when the journal was begun, as it says.

    Returns
    -------
    story : Story
        steps, done, undone, answers.
    writes : dict
        Kind to rows (int64) and codes (int32) that the frame lacks.
    report : Replay

    Raises
    ------
    JournalError
        The journal is of another dataset, does not make sense, or holds labels that the column cannot hold.
    """
    report = Replay()
    story = Story(fields, keys, report, n)
    for number, record in enumerate(records, start=2):
        try:
            story.tell(record)
        except LabelError as error:
            raise JournalError(f"line {number} of the journal {path!r} cannot be replayed: {error}") from error
        except Exception as error:  # whatever a file makes Python or pandas raise, the file is what is wrong
            raise damaged(number, path, error) from error
    if story.rows_moved > story.rows_seen / 2:
        raise JournalError(
            f"the journal {path!r} is of another dataset: of the {story.rows_seen} images edited in it, "
            f"{story.rows_moved} are not where they were. Give another path, or the frame it was made for"
        )
    writes = {kind: _outcome(kind, column, story, keys) for kind, column in fields.items()}
    report.steps = len(story.steps)
    report.applied = sum(len(rows) for rows, _ in writes.values())
    if report.moved:
        report.notes.append(
            f"{len(report.moved)} edits of the journal were not applied, for their rows hold other files now: "
            f"{some(report.moved)}"
        )
    if report.kept:
        report.notes.append(
            f"{len(report.kept)} images hold a value that is not of the journal and were left as they are: "
            f"{some(report.kept)}"
        )
    return story, writes, report


def _outcome(kind: str, column: Field, story: Story, keys: RowKeys) -> tuple[np.ndarray, np.ndarray]:
    """Where the journal ends for one column: rows and codes to write; sets the column's base."""
    parts = [part for step in story.steps.values() for part in step.parts if part.kind == kind]
    present, final = column.labels.codes, story.now[kind]
    known = np.zeros(len(present), dtype=bool)
    touched = np.zeros(len(present), dtype=bool)
    for part in reversed(parts):
        touched[part.rows] = True
        known[part.rows] |= (present[part.rows] == part.old) | (present[part.rows] == part.new)
        column.base[part.rows] = part.old
    odd = touched & ~known
    column.base[odd] = present[odd]
    story.report.kept += [keys[row] for row in np.flatnonzero(odd)]
    rows = np.flatnonzero(touched & known & (final != present))
    return rows.astype(np.int64), final[rows]
