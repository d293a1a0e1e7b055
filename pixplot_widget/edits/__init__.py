"""The only writer of the DataFrame: every correction goes through here, can be undone, and is never lost.

Rules
-----
* A step is one gesture, however many rows it touched; undo takes back the newest step that stands, whoever made it.
* An edit is checked, written to the journal (on disk before anything else happens), put into the frame, and told to
  the observers, in that order. One that is refused changes nothing.
* An edit with a client and a sequence number is made once, however often it is asked for; `Inbox` keeps their order.
* A value that somebody else wrote into the frame is never overwritten unseen. It is noticed at the next edit of its
  row and by `refresh`, told to the observers as it is, and kept where the edit came from a screen that showed
  something else. Code overwrites it, and `old` is what stood there. Undo and redo leave it alone.
* Rows must stay where they are: once some were added, removed or reordered, every edit is refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ..errors import EditError, JournalError
from ..labels import MISSING, LabelColumn
from ..rows import NO_ROWS, RowKeys, file_names, row_keys, to_positions
from .answers import Answers
from .changes import Asked, Change, held_words, images, verb
from .columns import Columns, Grown, Plan
from .fields import Field
from .history import Aside, History, Part, Step, Turned, net_changes, table
from .journal import Journal, fingerprint
from .locks import interruptible, lock_of, uninterrupted
from .replay import Replay, record_of, replay, turn_record

__all__ = ["Aside", "Change", "EditLog", "Growth"]

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


class EditLog:
    """Edits of a frame: apply, undo, redo, revert, journal.

    Parameters
    ----------
    df : pandas.DataFrame
        Edited in place. Any index.
    label : column name
        The column that is corrected.
    flag : column name
        The boolean column that flagging writes; made at the first flag. Reasons go to ``f"{flag}_reason"``, made at
        the first reason.
    labels : sequence, optional
        Allowed labels in order; None: those found, and new ones.
    names : sequence of str, optional
        File name of each row; None: those of `identity`, or the row's position.
    identity : sequence of column names
        Columns that tell rows apart and that nobody edits: rows out of place are noticed by them.
    box_class : column name, optional
        A second column of labels that is corrected: of boxes looked at by their outcome, what is in them.
    box_truth : column name, optional
        A column of the classes of the truths that boxes were compared with, which `apply_each` writes.
    journal : path, optional
        Every edit is on disk there before it is acknowledged; what it holds already is replayed now.

    Raises
    ------
    KeyError, TypeError, ValueError
        The columns are not there, not once, or cannot hold labels or flags.
    JournalError
        The journal is of another dataset, damaged, in use, or cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"filename": ["a.jpg", "b.jpg"], "category": ["cat", "cat"]})
    >>> log = EditLog(df, names=df.filename.tolist())
    >>> change = log.relabel([1], "dog")
    >>> df.category.tolist(), change.message
    (['cat', 'dog'], "relabel 1 image to 'dog'")
    >>> change = log.undo()
    >>> df.category.tolist()
    ['cat', 'cat']
    """

    def __init__(
        self,
        df: pd.DataFrame,
        label: Any = "category",
        flag: Any = "remove",
        *,
        labels: Sequence[Any] | None = None,
        names: Sequence[str] | None = None,
        identity: Sequence[Any] = (),
        box_class: Any = None,
        box_truth: Any = None,
        journal: Any = None,
    ) -> None:
        self.df = df
        self.lock = lock_of(df)
        self._columns = Columns(df, label, flag, labels, identity, box_class, box_truth)
        self._fields = self._columns.fields
        self._index = df.index
        self._identity = list(identity)
        self.names = file_names(df, names, identity)
        self._keys = row_keys(df, self.names, identity)
        self._history = History()
        self._answers = Answers()
        self._observers: list[tuple[Callable[[Change], None], bool]] = []
        self._asides: dict[str, Callable[[dict[str, Any]], Callable[[], None]]] = {}
        self._interrupts: list[BaseException] = []  # of observers, raised once the step is whole
        self._table: tuple[int, pd.DataFrame] | None = None
        self.revision = 0
        self.replayed = Replay()
        self.kept: dict[str, list[Any]] = {}  # what else the journal held, by what it is, oldest first
        self._rows_last = 0  # that the journal knows of, where rows were added; else 0
        self._journal: Journal | None = None
        if journal is not None:
            self._journal = Journal.open(
                journal, keys=self._keys, columns=[str(column) for column in df.columns], label=label, flag=flag
            )
            try:
                with uninterrupted():
                    self._replay(self._journal.records, str(self._journal.path))
            except BaseException:
                self._journal.close()
                raise
            self.replayed.notes[:0] = self._journal.notes
            begun, last = self._journal.header["n"], self._rows_last
            if last and last != len(df):
                self.replayed.notes.append(
                    f"rows were added when the journal was written: there were {last:,}; this frame has {len(df):,}"
                )
            elif not last and begun != len(df) and self.replayed.steps:
                self.replayed.notes.append(f"the journal was begun with {begun:,} rows; this frame has {len(df):,}")

    # -- what is known -----------------------------------------------------------------------------------------------

    @property
    def labels(self) -> LabelColumn:
        """The label column: names, colours, codes and counts."""
        return self._fields["label"].labels

    @property
    def fields(self) -> Mapping[str, Field]:
        """The columns that edits write: "label", "flag" and "reason", and "class" and "truth" where there are such."""
        return MappingProxyType(self._fields)

    @property
    def label_column(self) -> Any:
        """Name of the column that is corrected."""
        return self._fields["label"].column

    @property
    def flag_column(self) -> Any:
        """Name of the column of flags, whether it was made yet or not."""
        return self._fields["flag"].column

    @property
    def flags(self) -> np.ndarray:
        """Which rows are flagged, bool (n,)."""
        return self._fields["flag"].labels.codes == 1

    @property
    def edited(self) -> np.ndarray:
        """Which rows hold something else than before the first edit, bool (n,)."""
        with self.lock:
            return np.logical_or.reduce([field.labels.codes != field.base for field in self._fields.values()])

    @property
    def edits(self) -> pd.DataFrame:
        """Every changed value of a row, undone ones too: time, position, index, file, column, old, new, how, undone.

        Steps that change no row, such as those of hotspots, are not in it.
        """
        with self.lock:
            if self._table is None or self._table[0] != self.revision:
                self._table = (self.revision, table(self._history.steps, self._fields, self._index, self.names))
            return self._table[1].copy()

    @property
    def changes(self) -> pd.DataFrame:
        """What differs now from before the first edit: as `edits`, one row a value."""
        with self.lock:
            return net_changes(self._history.steps, self._fields, self._index, self.names)

    def __len__(self) -> int:
        """Count the changed values that stand."""
        return len(self._history)

    @property
    def undo_text(self) -> str:
        """What `undo` would take back, in words; empty if nothing."""
        return self._history.text("undo")

    @property
    def redo_text(self) -> str:
        """What `redo` would make again, in words; empty if nothing."""
        return self._history.text("redo")

    def ahead(self, kind: str, most: int) -> tuple[list[Turned], bool]:
        """Say what "undo" or "redo" would give rows, time and again: see `History.ahead`."""
        with self.lock:
            return self._history.ahead(kind, self._fields, most)

    def settled(self, client: str) -> int:
        """Give the highest sequence number of a client that was dealt with; 0 if none."""
        return self._answers.last(client)

    def observe(self, callback: Callable[[Change], None], *, whole: bool = False) -> Callable[[], None]:
        """Call `callback(change)` after every change, in order, under the log's lock; returns what ends it.

        An error in a callback is logged and does not undo the edit; nor does Ctrl-C, which waits for a callback that is
        to be called `whole` and goes through to any other.
        """
        observer = (callback, whole)
        self._observers.append(observer)
        return lambda: self._observers.remove(observer) if observer in self._observers else None

    # -- edits ---------------------------------------------------------------------------------------------------------

    def apply(
        self,
        rows: Any,
        kind: str,
        value: Any,
        *,
        how: str = "manual",
        client: str | None = None,
        seq: int | None = None,
        reason: str | None = None,
        expected: Any = ...,
    ) -> Change:
        """Make one edit of any number of rows: one step.

        Parameters
        ----------
        rows : int, list, array, mask, Index or DataFrame
            As for `to_positions`.
        kind : {"label", "flag", "class"}
            Which column.
        value : object
            The label (None takes it away), or True or False. An array or list gives every row its own.
        how : {"manual", "suggestion", "propagated", "code", "merge"}
            How it came about.
        client, seq : str and int, optional
            Who asks, and their number for it, from 1: with both, asking again gives the same answer and changes
            nothing. An edit with a client is of what its screen showed: rows that were changed outside are held.
        reason : str, optional
            Why it is flagged, in words.
        expected : object, optional
            The label or flag the rows are thought to have: rows that have another are held.

        Returns
        -------
        Change
            Empty (and false) where every row had the value already.

        Raises
        ------
        EditError
            A ValueError: the label does not fit, rows have moved, all rows are held, or the journal cannot be written.
        IndexError, KeyError, TypeError
            `rows` name no rows.
        """
        asked = Asked(how, client, seq)
        return self._once(client, seq, lambda: self._apply(rows, kind, value, expected, reason, asked))

    def apply_each(
        self,
        edits: Mapping[str, tuple[Any, Any]] | Callable[[], Mapping[str, tuple[Any, Any]]],
        *,
        kind: str = "merge",
        how: str = "merge",
        client: str | None = None,
        seq: int | None = None,
    ) -> Change:
        """Edit several columns in one step.

        Parameters
        ----------
        edits : mapping, or callable that returns one
            Of "label", "flag", "reason", "class" and "truth" to rows and to a value, or a value for each row. It is
            called when its turn has come.
        kind : str
            What it is called: "merge", or the kind of edit that it is.
        how : {"manual", "suggestion", "propagated", "code", "merge"}
            How it came about.
        client, seq : str and int, optional
            As for `apply`; rows that were changed outside are not held back alone: then nothing is changed.

        Returns
        -------
        Change
            Of that kind.

        Raises
        ------
        EditError
            As for `apply`.
        """
        asked = Asked(how, client, seq)
        return self._once(client, seq, lambda: self._apply_each(edits() if callable(edits) else edits, kind, asked))

    def relabel(self, rows: Any, label: Any, *, how: str = "code") -> Change:
        """Give rows a label; None takes it away."""
        return self.apply(rows, "label", label, how=how)

    def flag(self, rows: Any, flagged: bool = True, *, reason: str | None = None, how: str = "code") -> Change:
        """Flag rows, or take their flags away; the label is never touched."""
        return self.apply(rows, "flag", flagged, how=how, reason=reason)

    def undo(self, *, client: str | None = None, seq: int | None = None) -> Change:
        """Take back the newest step that stands; an empty Change if there is none."""
        return self._once(client, seq, lambda: self._turn("undo", Asked("manual", client, seq)))

    def redo(self, *, client: str | None = None, seq: int | None = None) -> Change:
        """Make again the step that was undone last; an empty Change if there is none."""
        return self._once(client, seq, lambda: self._turn("redo", Asked("manual", client, seq)))

    def revert(self, rows: Any, *, how: str = "code", client: str | None = None, seq: int | None = None) -> Change:
        """Give rows back the label, flag, reason and class they had before any edit: a step of its own."""
        return self._once(client, seq, lambda: self._revert(rows, Asked(how, client, seq)))

    def refresh(self) -> Change:
        """Look at the whole frame for what somebody else wrote into it; an empty Change if nothing.

        Raises
        ------
        RowsChangedError
            Rows were added, removed or reordered.
        """
        with self._whole_step():
            return self._look(None)[0]

    def append(self, more: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
        """Add rows at the end of the frame, which stays the same object. No step: undo goes on as before.

        Parameters
        ----------
        more : pandas.DataFrame
            The rows. Labels that are new become labels, also where only some are allowed to be given.
        names : sequence of str
            File name of each.

        Returns
        -------
        numpy.ndarray
            int64 (k,), their positions.

        Raises
        ------
        EditError, ValueError, KeyError
            They do not fit the frame, or the journal cannot be written; nothing is changed then.
        RowsChangedError
            Rows were added, removed or reordered by others.
        """
        with self.lock:
            return self.commit_append(self.prepare_append(more, names))

    def prepare_append(self, more: pd.DataFrame, names: Sequence[str]) -> Growth:
        """Make all that `append` will put in place; nothing is changed yet. Parameters and errors as there.

        For whoever must put something else in place at the same moment. Hold `lock` until it is committed.
        """
        with self._whole_step():
            self._look(None)
        with self.lock:
            for column in self._identity:
                if column not in more.columns:
                    raise KeyError(f"the new rows have no column {column!r}; they have {list(more.columns)}")
            columns = self._columns.grown(more)
            added = file_names(more, names, self._identity)
            keys = self._keys.grown(row_keys(more, added, self._identity))
            record = {"type": "append", "n": len(keys), "files": fingerprint(keys)}
            return Growth(columns, keys, [*self.names, *added], record, len(self.names), self.revision)

    def commit_append(self, growth: Growth) -> np.ndarray:
        """Put in place what `prepare_append` made, all of it or nothing: a KeyboardInterrupt waits until it is done.

        Returns
        -------
        numpy.ndarray
            int64 (k,), the positions of the new rows.

        Raises
        ------
        JournalError
            It could not be written; nothing is changed.
        EditError
            Something was edited since it was prepared; nothing is changed.
        """
        with self._whole_step():
            if growth.revision != self.revision or growth.first != len(self.names):
                raise EditError("something was edited while rows were being added; add them again")
            if self._journal is not None:
                self._journal.append(growth.record)
            try:
                self._grow(growth)
            except BaseException:
                self._grow(growth)  # what it puts in place was made before: twice does no harm, half of it would
                raise
            return np.arange(growth.first, len(growth.names), dtype=np.int64)

    def _grow(self, growth: Growth) -> None:
        self._columns.become(growth.columns)
        self._keys.become(growth.keys)
        self._index, self.names = self.df.index, growth.names
        self.revision = growth.revision + 1

    def check_rows(self, rows: np.ndarray | None = None) -> None:
        """Raise RowsChangedError if rows were added, removed or reordered.

        `rows`, int64 (k,), are those whose file names are looked at too; None: all.
        """
        with self.lock:
            self._columns.check_rows(rows)

    @property
    def keys(self) -> RowKeys:
        """What each row is called in the journal."""
        return self._keys

    def keep(self, what: str, value: Any) -> None:
        """Put something that is no edit into the journal, if there is one: `kept` has it the next time.

        Raises
        ------
        JournalError
            It could not be written.
        """
        with self._whole_step():
            if self._journal is not None:
                self._journal.append({"type": "kept", "what": what, "value": value})

    def turn_aside(self, what: str, prepare: Callable[[dict[str, Any]], Callable[[], None]]) -> None:
        """Say how undo and redo bring back what is no column.

        ``prepare(state)`` gives a function that puts it in place and cannot fail; it raises EditError where that
        cannot be done.
        """
        self._asides[what] = prepare

    def step_aside(
        self,
        make: Callable[[], tuple[Aside, str, Callable[[], None]]],
        *,
        how: str = "manual",
        client: str | None = None,
        seq: int | None = None,
    ) -> Change:
        """Make a step that changes no column: in the journal first, then in place.

        It can be undone like any other, and is none of the values that `edits` and `changes` list.

        Parameters
        ----------
        make : callable
            Called when its turn has come. Gives what it is about, before and after, as whatever JSON can hold, which is
            `kept` then; what is done, in words; and what does it, which cannot fail.
        how : {"manual", "suggestion", "propagated", "code", "merge"}
            How it came about.
        client, seq : str and int, optional
            As for `apply`.

        Raises
        ------
        EditError
            As for `apply`; nothing is changed.
        """
        return self._once(client, seq, lambda: self._step_aside(make, Asked(how, client, seq)))

    def close(self) -> None:
        """Let go of the journal, so that another kernel may use it; a log that has one refuses edits from then on."""
        with self.lock:
            if self._journal is not None:
                self._journal.close()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _once(self, client: str | None, seq: int | None, act: Callable[[], Change]) -> Change:
        with self._whole_step():
            return self._answers.once(client, seq, act, self._keep_answer, self._made_before)

    @contextmanager
    def _whole_step(self) -> Iterator[None]:
        """Make a step whole, or not at all: made, told and answered; a KeyboardInterrupt waits until then.

        It goes through where nothing is changed yet (while rows are looked up, which a user's own iterator may name),
        and where observers are called: all of them are, and then it is raised.
        """
        with self.lock, uninterrupted():
            try:
                yield
            finally:
                if self._interrupts:
                    raise self._interrupts.pop()

    def _keep_answer(self, client: str, seq: int, reason: str) -> None:
        if self._journal is not None:
            try:
                self._journal.append({"type": "answer", "client": client, "seq": seq, "reason": reason})
            except JournalError:
                # nothing was changed and nothing is lost: asked again after a restart, it is answered afresh
                logger.warning("an answer could not be kept in the journal", exc_info=True)

    def _apply(self, rows: Any, kind: str, value: Any, expected: Any, reason: str | None, asked: Asked) -> Change:
        asked.check()
        kinds = [each for each in self._fields if each not in ("reason", "truth")]
        if kind not in kinds:
            raise EditError(f"kind must be {' or '.join(map(repr, kinds))}, not {kind!r}")
        if reason and kind != "flag":
            raise EditError("a reason goes with a flag, not with a label")
        if reason and isinstance(value, (bool, np.bool_)) and not value:
            raise EditError("a reason goes with a flag, not with taking one away")
        positions, field = self._positions(rows), self._fields[kind]
        _, outside = self._look(positions)
        held = outside[kind] if asked.client is not None else NO_ROWS
        with self._columns.new_labels():
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

    def _apply_each(self, edits: Mapping[str, tuple[Any, Any]], what: str, asked: Asked) -> Change:
        asked.check()
        positions = {kind: self._positions(rows) for kind, (rows, _) in edits.items()}
        every = np.unique(np.concatenate([NO_ROWS, *positions.values()]))
        _, outside = self._look(every)
        for kind, rows in positions.items():
            held = np.intersect1d(outside[kind], rows) if asked.client is not None else NO_ROWS
            if len(held):
                raise EditError(f"not changed: {held_words(held, self._fields[kind], self.names)}")
        with self._columns.new_labels():
            plans = []
            for kind, rows in positions.items():
                order = np.argsort(rows, kind="stable")
                codes = self._fields[kind].parse(edits[kind][1], len(rows))
                plans.append((self._fields[kind], rows[order], codes[order]))
            words = "merge changes of {}" if what == "merge" else verb(what, *plans[0][::2])
            return self._make(plans, what, words, NO_ROWS, asked)

    def _step_aside(self, make: Callable[[], tuple[Aside, str, Callable[[], None]]], asked: Asked) -> Change:
        asked.check()
        aside, text, put = make()
        step = Step(len(self._history.steps) + 1, time.time(), asked.how, text, aside=aside)
        if self._journal is not None:
            self._journal.append(record_of(step, self._fields, self._keys, asked.client, asked.seq))
        put()
        self.revision += 1
        self._history.add(step)
        return self._tell(aside.what, NO_ROWS, text, asked, step=step.number)

    def _positions(self, rows: Any) -> np.ndarray:
        self._columns.check_rows(NO_ROWS)  # that rows are gone says more than that there is no such row
        with interruptible():
            return to_positions(self._index, rows)

    def _reason_plan(self, positions: np.ndarray, flags: np.ndarray, reason: str | None) -> Plan:
        """Reasons of rows that are flagged now; a row that is not flagged has none."""
        field = self._fields["reason"]
        codes = np.where(flags == 1, field.labels.codes[positions], MISSING).astype(np.int32)
        if reason:
            codes[flags == 1] = field.labels.add(field.labels.parse(reason))
        return field, positions, codes

    def _look(self, positions: np.ndarray | None) -> tuple[Change, dict[str, np.ndarray]]:
        """Take in what was written outside to some rows, or to all: the news of it, and the rows by column."""
        outside = self._columns.look(positions)
        rows = np.unique(np.concatenate(list(outside.values())))
        if len(rows):
            self.revision += 1
        message = f"{images(len(rows))} changed outside the widget" if len(rows) else "nothing changed outside"
        return self._tell("outside", rows, message, Asked()), outside

    def _make(self, plans: list[Plan], kind: str, verb: str, held: np.ndarray, asked: Asked) -> Change:
        """Make a step of what the plans change, if they change anything."""
        parts = [part for field, rows, codes in plans if (part := Part.of(field, rows, codes)) is not None]
        if not parts:
            return self._tell(kind, NO_ROWS, "nothing to change: it is so already", asked, held)
        rows = np.unique(np.concatenate([part.rows for part in parts]))
        step = Step(len(self._history.steps) + 1, time.time(), asked.how, verb.format(images(len(rows))), parts)
        self._write(
            [(self._fields[part.kind], part.rows, part.new) for part in parts],
            lambda: record_of(step, self._fields, self._keys, asked.client, asked.seq),
            lambda: self._history.add(step),
        )
        return self._tell(kind, rows, step.text, asked, held, step.number)

    def _turn(self, kind: str, asked: Asked) -> Change:
        """Undo or redo one step, on those rows that still hold what it left there."""
        step = self._history.next(kind)
        if step is None:
            return self._tell(kind, NO_ROWS, f"nothing to {kind}", asked)
        self._look(step.rows)
        put = None
        if step.aside is not None and step.aside.what in self._asides:
            put = self._asides[step.aside.what](step.aside.turned(kind))
        turned = [part.turned(kind, self._fields[part.kind].labels.codes) for part in step.parts]
        left = {part.kind: part.rows[~rows] for part, rows in zip(step.parts, turned, strict=True)}
        plans = [
            (self._fields[part.kind], part.rows[rows], (part.old if kind == "undo" else part.new)[rows])
            for part, rows in zip(step.parts, turned, strict=True)
            if rows.any()
        ]
        self._write(
            plans,
            lambda: turn_record(kind, step, left, asked.client, asked.seq),
            lambda: self._history.turn(kind, turned),
        )
        if put is not None:
            put()
        if kind == "undo":
            for part in step.parts:
                self._fields[part.kind].narrow(part.added)
        rows = np.unique(np.concatenate([NO_ROWS, *(rows for _, rows, _ in plans)]))
        held = np.setdiff1d(np.concatenate([NO_ROWS, *left.values()]), rows)
        return self._tell(kind, rows, f"{kind}: {step.text}", asked, held, step.number)

    def _revert(self, rows: Any, asked: Asked) -> Change:
        asked.check()
        positions = np.sort(self._positions(rows))
        self._look(positions)
        plans = [(field, positions, field.base[positions]) for field in self._fields.values()]
        return self._make(plans, "revert", "revert {}", NO_ROWS, asked)

    def _write(self, plans: list[Plan], record: Callable[[], dict[str, Any]], remember: Callable[[], None]) -> None:
        """Journal first, then frame and history; if the frame cannot be written the journal forgets it again."""
        prepared = self._columns.prepare(plans)
        line = record() if self._journal is not None else {}
        start = self._journal.append(line) if self._journal is not None else 0
        try:
            self._columns.commit(prepared)
        except BaseException:
            if self._journal is not None:
                self._journal.take_back(start)
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
            message += f"; {held_words(held, self._fields.get(kind, self._fields['label']), self.names)}"
        labels = self._fields["label"].labels
        change = Change(
            self.revision,
            kind,
            rows,
            labels.codes[rows],
            self._fields["flag"].labels.codes[rows] == 1,
            held,
            message,
            step,
            len(labels),
            asked.client,
            asked.seq,
        )
        # A step is news even where every row was held, or it changed none: what comes next to be undone is another one.
        news = len(rows) > 0 or step is not None
        for callback, whole in list(self._observers) if news else []:
            try:
                with nullcontext() if whole else interruptible():
                    callback(change)
            except Exception:
                logger.exception("an observer of edits failed; the edit stands")
            except BaseException as interrupt:  # noqa: BLE001 - raised by `_whole_step`, once the edit was answered
                self._interrupts.append(interrupt)
        return change

    def _replay(self, records: Sequence[dict[str, Any]], path: str) -> None:
        assert self._journal is not None
        story, writes, self.replayed = replay(records, self._fields, self._keys, path, self._journal.header["n"])
        try:
            prepared = self._columns.prepare(
                [(self._fields[kind], rows, codes) for kind, (rows, codes) in writes.items() if len(rows)]
            )
        except EditError as error:
            raise JournalError(f"the journal {path!r} cannot be replayed: {error}") from error
        self._columns.commit(prepared)
        self.kept = story.kept
        self._history = History(list(story.steps.values()), story.done, story.undone)
        self._rows_last = story.n
        self.revision = len(records)
        self._journal.records = []  # the history has them now
        for client, seq, reason in story.answers:
            self._answers.put(client, seq, EditError(reason) if reason else self._made_before(client, seq))

    def _made_before(self, client: str, seq: int) -> Change:
        return self._tell("label", NO_ROWS, "it was dealt with before", Asked(client=client, seq=seq))
