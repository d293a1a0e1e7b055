"""Steps of the log: what one changes is checked, written to the journal, put into the frame, and told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import EditError, JournalError
from ..labels import MISSING
from ..rows import NO_ROWS, RowKeys, file_names, row_keys, to_positions
from .changes import Asked, Change, held_words, images, verb
from .columns import Columns, Grown, Plan
from .history import Aside, History, Part, Step
from .journal import Journal
from .locks import interruptible
from .replay import Replay, record_of, turn_record
from .replay import replay as replayed
from .truths import Truths

__all__ = ["Growth", "Steps"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Growth:
    """Rows that are ready to be added: what `EditLog.prepare_append` gives and `commit_append` takes."""

    columns: Grown
    keys: RowKeys
    names: list[str]
    record: dict[str, Any]
    first: int
    revision: int


class Steps:
    """Makes, undoes and reverts steps, and tells observers. Whoever calls it holds the log's lock.

    Parameters
    ----------
    df : pandas.DataFrame
        Edited in place.
    columns : Columns
        Those that edits write.
    names : sequence of str, optional
        File name of each row.
    identity : sequence of column names
        Columns that tell rows apart.
    """

    def __init__(
        self, df: pd.DataFrame, columns: Columns, names: Sequence[str] | None, identity: Sequence[Any]
    ) -> None:
        self.df = df
        self.columns = columns
        self.fields = columns.fields
        self.index = df.index
        self.names = file_names(df, names, identity)
        self.keys = row_keys(df, self.names, identity)
        self.history = History()
        self.journal: Journal | None = None
        self.observers: list[tuple[Callable[[Change], None], bool]] = []
        self.interrupts: list[BaseException] = []
        """Of observers, to be raised once the step is whole."""
        self.asides: dict[str, Callable[[dict[str, Any]], Callable[[], None]]] = {}
        self.revision = 0
        self.replayed = Replay()
        self.kept: dict[str, list[Any]] = {}
        """What else the journal held, by what it is, oldest first."""
        self.rows_last = 0
        """How many the journal knows of, where rows were added; else 0."""

    @property
    def truths(self) -> Truths | None:
        """Which rows speak of the same truth; None where the frame has no column of their classes."""
        return Truths(self.df, self.fields) if "truth" in self.fields else None

    def replay(self) -> list[tuple[str, int, str]]:
        """Take in what the journal holds; returns the answers that were given: client, number, why it was refused."""
        assert self.journal is not None
        records, path = self.journal.records, str(self.journal.path)
        story, writes, self.replayed = replayed(records, self.fields, self.keys, path, self.journal.header["n"])
        try:
            prepared = self.columns.prepare(
                [(self.fields[kind], rows, codes) for kind, (rows, codes) in writes.items() if len(rows)]
            )
        except EditError as error:
            raise JournalError(f"the journal {path!r} cannot be replayed: {error}") from error
        self.columns.commit(prepared)
        self.kept = story.kept
        self.history = History(list(story.steps.values()), story.done, story.undone)
        self.rows_last = story.n
        self.revision = len(records)
        self.journal.records = []  # the history has them now
        return list(story.answers)

    def apply(self, rows: Any, kind: str, value: Any, expected: Any, reason: str | None, asked: Asked) -> Change:
        """Give rows a value, as `EditLog.apply`."""
        asked.check()
        kinds = [each for each in self.fields if each != "reason"]
        if kind not in kinds:
            raise EditError(f"kind must be {' or '.join(map(repr, kinds))}, not {kind!r}")
        if reason and kind != "flag":
            raise EditError("a reason goes with a flag, not with a label")
        if reason and isinstance(value, (bool, np.bool_)) and not value:
            raise EditError("a reason goes with a flag, not with taking one away")
        positions, field = self._positions(rows), self.fields[kind]
        if (truths := self.truths) is not None and truths.concerns(kind, positions):
            return self._apply_class(truths, kind, positions, value, expected, asked)
        _, outside = self.look(positions)
        held = outside[kind] if asked.client is not None else NO_ROWS
        with self.columns.new_labels():
            codes = field.parse(value, len(positions))
            if expected is not ...:
                moved = positions[field.labels.codes[positions] != field.parse(expected, len(positions))]
                held = np.union1d(held, moved)
            order = np.argsort(positions, kind="stable")
            order = order[~np.isin(positions[order], held)]
            if len(held) and not len(order):
                raise EditError(f"not changed: {held_words(held, field, self.names)}")
            positions, codes = positions[order], codes[order]
            plans = [(field, positions, codes)]
            if kind == "flag":
                plans.append(self._reason_plan(positions, codes, reason))
            return self._make(plans, kind, verb(kind, field, codes), held, asked)

    def _apply_class(
        self, truths: Truths, kind: str, positions: np.ndarray, value: Any, expected: Any, asked: Asked
    ) -> Change:
        """Give truths their class, in all rows that speak of them, beside what else is given to rows."""
        if expected is not ...:
            raise EditError("of the classes of truths it cannot be said what they are thought to be")
        field = self.fields[kind]
        if isinstance(value, (list, tuple, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
            values = list(value)
        else:
            values = [value] * len(positions)
        with self.columns.new_labels():
            field.parse(values, len(positions))  # that there are as many
        reasons = [truths.refusal(kind, row, each) for row, each in zip(positions.tolist(), values, strict=True)]
        if kind == "class" and any(reasons):
            raise EditError(next(filter(None, reasons)))
        what = "label" if kind == "label" else "class"
        return self.apply_each(truths.spread({kind: (positions, values)}), what, asked)

    def apply_each(self, edits: Mapping[str, tuple[Any, Any]], what: str, asked: Asked) -> Change:
        """Edit several columns, as `EditLog.apply_each`."""
        asked.check()
        positions = {kind: self._positions(rows) for kind, (rows, _) in edits.items()}
        every = np.unique(np.concatenate([NO_ROWS, *positions.values()]))
        _, outside = self.look(every)
        for kind, rows in positions.items():
            held = np.intersect1d(outside[kind], rows) if asked.client is not None else NO_ROWS
            if len(held):
                raise EditError(f"not changed: {held_words(held, self.fields[kind], self.names)}")
        with self.columns.new_labels():
            plans = []
            for kind, rows in positions.items():
                order = np.argsort(rows, kind="stable")
                codes = self.fields[kind].parse(edits[kind][1], len(rows))
                plans.append((self.fields[kind], rows[order], codes[order]))
            words = "merge changes of {}" if what == "merge" else verb(what, *plans[0][::2])
            return self._make(plans, what, words, NO_ROWS, asked)

    def step_aside(self, make: Callable[[], tuple[Aside, str, Callable[[], None]]], asked: Asked) -> Change:
        """Make a step that changes no column, as `EditLog.step_aside`."""
        asked.check()
        aside, text, put = make()
        step = Step(len(self.history.steps) + 1, time.time(), asked.how, text, aside=aside)
        if self.journal is not None:
            self.journal.append(record_of(step, self.fields, self.keys, asked.client, asked.seq))
        put()
        self.revision += 1
        self.history.add(step)
        return self._tell(aside.what, NO_ROWS, text, asked, step=step.number)

    def turn(self, kind: str, asked: Asked) -> Change:
        """Undo or redo one step, on those rows that still hold what it left there."""
        step = self.history.next(kind)
        if step is None:
            return self._tell(kind, NO_ROWS, f"nothing to {kind}", asked)
        self.look(step.rows)
        put = None
        if step.aside is not None and step.aside.what in self.asides:
            put = self.asides[step.aside.what](step.aside.turned(kind))
        turned = [part.turned(kind, self.fields[part.kind].labels.codes) for part in step.parts]
        left = {part.kind: part.rows[~rows] for part, rows in zip(step.parts, turned, strict=True)}
        plans = [
            (self.fields[part.kind], part.rows[rows], (part.old if kind == "undo" else part.new)[rows])
            for part, rows in zip(step.parts, turned, strict=True)
            if rows.any()
        ]
        self._write(
            plans,
            lambda: turn_record(kind, step, left, asked.client, asked.seq),
            lambda: self.history.turn(kind, turned),
        )
        if put is not None:
            put()
        if kind == "undo":
            for part in step.parts:
                self.fields[part.kind].narrow(part.added)
        rows = np.unique(np.concatenate([NO_ROWS, *(rows for _, rows, _ in plans)]))
        held = np.setdiff1d(np.concatenate([NO_ROWS, *left.values()]), rows)
        return self._tell(kind, rows, f"{kind}: {step.text}", asked, held, step.number)

    def revert(self, rows: Any, asked: Asked) -> Change:
        """Give rows back what they had before any edit."""
        asked.check()
        positions = np.sort(self._positions(rows))
        self.look(positions)
        truths = self.truths
        plans = []
        for kind, field in self.fields.items():
            rows = positions if truths is None else truths.together(kind, positions)
            plans.append((field, rows, field.base[rows]))
        return self._make(plans, "revert", "revert {}", NO_ROWS, asked)

    def look(self, positions: np.ndarray | None) -> tuple[Change, dict[str, np.ndarray]]:
        """Take in what was written outside to some rows, or to all: the news of it, and the rows by column."""
        outside = self.columns.look(positions)
        rows = np.unique(np.concatenate(list(outside.values())))
        if len(rows):
            self.revision += 1
        message = f"{images(len(rows))} changed outside the widget" if len(rows) else "nothing changed outside"
        return self._tell("outside", rows, message, Asked()), outside

    def grow(self, growth: Growth) -> None:
        """Put rows in place that were made ready."""
        self.columns.become(growth.columns)
        self.keys.become(growth.keys)
        self.index, self.names = self.df.index, growth.names
        self.revision = growth.revision + 1

    def _positions(self, rows: Any) -> np.ndarray:
        self.columns.check_rows(NO_ROWS)  # that rows are gone says more than that there is no such row
        with interruptible():
            return to_positions(self.index, rows)

    def _reason_plan(self, positions: np.ndarray, flags: np.ndarray, reason: str | None) -> Plan:
        """Reasons of rows that are flagged now; a row that is not flagged has none."""
        field = self.fields["reason"]
        codes = np.where(flags == 1, field.labels.codes[positions], MISSING).astype(np.int32)
        if reason:
            codes[flags == 1] = field.labels.add(field.labels.parse(reason))
        return field, positions, codes

    def _make(self, plans: list[Plan], kind: str, verb: str, held: np.ndarray, asked: Asked) -> Change:
        """Make a step of what the plans change, if they change anything."""
        parts = [part for field, rows, codes in plans if (part := Part.of(field, rows, codes)) is not None]
        if not parts:
            return self._tell(kind, NO_ROWS, "nothing to change: it is so already", asked, held)
        rows = np.unique(np.concatenate([part.rows for part in parts]))
        step = Step(len(self.history.steps) + 1, time.time(), asked.how, verb.format(images(len(rows))), parts)
        self._write(
            [(self.fields[part.kind], part.rows, part.new) for part in parts],
            lambda: record_of(step, self.fields, self.keys, asked.client, asked.seq),
            lambda: self.history.add(step),
        )
        return self._tell(kind, rows, step.text, asked, held, step.number)

    def _write(self, plans: list[Plan], record: Callable[[], dict[str, Any]], remember: Callable[[], None]) -> None:
        """Journal first, then frame and history; if the frame cannot be written the journal forgets it again."""
        prepared = self.columns.prepare(plans)
        line = record() if self.journal is not None else {}
        start = self.journal.append(line) if self.journal is not None else 0
        try:
            self.columns.commit(prepared)
        except BaseException:
            if self.journal is not None:
                self.journal.take_back(start)
            raise
        self.revision += 1
        remember()

    def _tell(
        self,
        kind: str,
        rows: np.ndarray,
        message: str,
        asked: Asked,
        held: np.ndarray = NO_ROWS,
        step: int | None = None,
    ) -> Change:
        if len(held):
            message += f"; {held_words(held, self.fields.get(kind, self.fields['label']), self.names)}"
        labels = self.fields["label"].labels
        change = Change(
            self.revision,
            kind,
            rows,
            labels.codes[rows],
            self.fields["flag"].labels.codes[rows] == 1,
            held,
            message,
            step,
            len(labels),
            asked.client,
            asked.seq,
        )
        # A step is news even where every row was held, or it changed none: what comes next to be undone is another one.
        news = len(rows) > 0 or step is not None
        for callback, whole in list(self.observers) if news else []:
            try:
                with nullcontext() if whole else interruptible():
                    callback(change)
            except Exception:
                logger.exception("an observer of edits failed; the edit stands")
            except BaseException as interrupt:  # noqa: BLE001 - raised by `_whole_step`, once the edit was answered
                self.interrupts.append(interrupt)
        return change

    def made_before(self, client: str, seq: int) -> Change:
        """Answer what an earlier kernel dealt with."""
        return self._tell("label", NO_ROWS, "it was dealt with before", Asked(client=client, seq=seq))
