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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ..errors import EditError, JournalError
from ..labels import LabelColumn
from ..rows import RowKeys, file_names, row_keys
from .answers import Answers
from .changes import Asked, Change
from .columns import Columns
from .fields import Field
from .history import Aside, Turned, net_changes, table
from .journal import Journal, fingerprint
from .locks import lock_of, uninterrupted
from .replay import Replay
from .steps import Growth, Steps
from .truths import Truths

__all__ = ["EditLog"]

logger = logging.getLogger(__name__)


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
        A column of the classes of the truths that boxes were compared with: one that is written in one row is written
        in all that speak of that truth.
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
        self._identity = list(identity)
        self._steps = Steps(df, Columns(df, label, flag, labels, identity, box_class, box_truth), names, identity)
        self._answers = Answers()
        self._table: tuple[int, pd.DataFrame] | None = None
        if journal is not None:
            self._read(journal, label, flag)

    def _read(self, journal: Any, label: Any, flag: Any) -> None:
        """Open a journal, and replay what it holds."""
        df, steps = self.df, self._steps
        steps.journal = Journal.open(
            journal, keys=steps.keys, columns=[str(column) for column in df.columns], label=label, flag=flag
        )
        try:
            with uninterrupted():
                for client, seq, reason in steps.replay():
                    answer = EditError(reason) if reason else steps.made_before(client, seq)
                    self._answers.put(client, seq, answer)
        except BaseException:
            steps.journal.close()
            raise
        self.replayed.notes[:0] = steps.journal.notes
        begun, last = steps.journal.header["n"], steps.rows_last
        if last and last != len(df):
            self.replayed.notes.append(
                f"rows were added when the journal was written: there were {last:,}; this frame has {len(df):,}"
            )
        elif not last and begun != len(df) and self.replayed.steps:
            self.replayed.notes.append(f"the journal was begun with {begun:,} rows; this frame has {len(df):,}")

    # -- what is known -----------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """Goes up with every change."""
        return self._steps.revision

    @property
    def names(self) -> list[str]:
        """File name of each row."""
        return self._steps.names

    @property
    def replayed(self) -> Replay:
        """What was read from the journal."""
        return self._steps.replayed

    @property
    def kept(self) -> dict[str, list[Any]]:
        """What else the journal held, by what it is, oldest first."""
        return self._steps.kept

    @property
    def labels(self) -> LabelColumn:
        """The label column: names, colors, codes and counts."""
        return self._steps.fields["label"].labels

    @property
    def fields(self) -> Mapping[str, Field]:
        """The columns that edits write: "label", "flag" and "reason", and "class" and "truth" where there are such."""
        return MappingProxyType(self._steps.fields)

    @property
    def label_column(self) -> Any:
        """Name of the column that is corrected."""
        return self._steps.fields["label"].column

    @property
    def flag_column(self) -> Any:
        """Name of the column of flags, whether it was made yet or not."""
        return self._steps.fields["flag"].column

    @property
    def truths(self) -> Truths | None:
        """Which rows speak of the same truth; None where the frame has no column of their classes."""
        return self._steps.truths

    @property
    def flags(self) -> np.ndarray:
        """Which rows are flagged, bool (n,)."""
        return self._steps.fields["flag"].labels.codes == 1

    @property
    def edited(self) -> np.ndarray:
        """Which rows hold something else than before the first edit, bool (n,)."""
        with self.lock:
            return np.logical_or.reduce([field.labels.codes != field.base for field in self._steps.fields.values()])

    @property
    def edits(self) -> pd.DataFrame:
        """Every changed value of a row, undone ones too: time, position, index, file, column, old, new, how, undone.

        Steps that change no row, such as those of hotspots, are not in it.
        """
        with self.lock:
            if self._table is None or self._table[0] != self.revision:
                self._table = (
                    self.revision,
                    table(self._steps.history.steps, self._steps.fields, self._steps.index, self.names),
                )
            return self._table[1].copy()

    @property
    def changes(self) -> pd.DataFrame:
        """What differs now from before the first edit: as `edits`, one row a value."""
        with self.lock:
            return net_changes(self._steps.history.steps, self._steps.fields, self._steps.index, self.names)

    def __len__(self) -> int:
        """Count the changed values that stand."""
        return len(self._steps.history)

    @property
    def undo_text(self) -> str:
        """What `undo` would take back, in words; empty if nothing."""
        return self._steps.history.text("undo")

    @property
    def redo_text(self) -> str:
        """What `redo` would make again, in words; empty if nothing."""
        return self._steps.history.text("redo")

    def ahead(self, kind: str, most: int) -> tuple[list[Turned], bool]:
        """Say what "undo" or "redo" would give rows, time and again: see `History.ahead`."""
        with self.lock:
            return self._steps.history.ahead(kind, self._steps.fields, most)

    def settled(self, client: str) -> int:
        """Give the highest sequence number of a client that was dealt with; 0 if none."""
        return self._answers.last(client)

    def observe(self, callback: Callable[[Change], None], *, whole: bool = False) -> Callable[[], None]:
        """Call `callback(change)` after every change, in order, under the log's lock; returns what ends it.

        An error in a callback is logged and does not undo the edit; nor does Ctrl-C, which waits for a callback that is
        to be called `whole` and goes through to any other.
        """
        observer = (callback, whole)
        self._steps.observers.append(observer)
        return lambda: self._steps.observers.remove(observer) if observer in self._steps.observers else None

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
        kind : {"label", "flag", "class", "truth"}
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
        return self._once(client, seq, lambda: self._steps.apply(rows, kind, value, expected, reason, asked))

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
        return self._once(
            client, seq, lambda: self._steps.apply_each(edits() if callable(edits) else edits, kind, asked)
        )

    def relabel(self, rows: Any, label: Any, *, how: str = "code") -> Change:
        """Give rows a label; None takes it away."""
        return self.apply(rows, "label", label, how=how)

    def flag(self, rows: Any, flagged: bool = True, *, reason: str | None = None, how: str = "code") -> Change:
        """Flag rows, or take their flags away; the label is never touched."""
        return self.apply(rows, "flag", flagged, how=how, reason=reason)

    def undo(self, *, client: str | None = None, seq: int | None = None) -> Change:
        """Take back the newest step that stands; an empty Change if there is none."""
        return self._once(client, seq, lambda: self._steps.turn("undo", Asked("manual", client, seq)))

    def redo(self, *, client: str | None = None, seq: int | None = None) -> Change:
        """Make again the step that was undone last; an empty Change if there is none."""
        return self._once(client, seq, lambda: self._steps.turn("redo", Asked("manual", client, seq)))

    def revert(self, rows: Any, *, how: str = "code", client: str | None = None, seq: int | None = None) -> Change:
        """Give rows back the label, flag, reason and class they had before any edit: a step of its own.

        The class of a truth is given back in all rows that speak of it.
        """
        return self._once(client, seq, lambda: self._steps.revert(rows, Asked(how, client, seq)))

    def refresh(self) -> Change:
        """Look at the whole frame for what somebody else wrote into it; an empty Change if nothing.

        Raises
        ------
        RowsChangedError
            Rows were added, removed or reordered.
        """
        with self._whole_step():
            return self._steps.look(None)[0]

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
            self._steps.look(None)
        with self.lock:
            for column in self._identity:
                if column not in more.columns:
                    raise KeyError(f"the new rows have no column {column!r}; they have {list(more.columns)}")
            columns = self._steps.columns.grown(more)
            added = file_names(more, names, self._identity)
            keys = self._steps.keys.grown(row_keys(more, added, self._identity))
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
            if self._steps.journal is not None:
                self._steps.journal.append(growth.record)
            try:
                self._steps.grow(growth)
            except BaseException:
                self._steps.grow(growth)  # what it puts in place was made before: twice does no harm, half of it does
                raise
            return np.arange(growth.first, len(growth.names), dtype=np.int64)

    def check_rows(self, rows: np.ndarray | None = None) -> None:
        """Raise RowsChangedError if rows were added, removed or reordered.

        `rows`, int64 (k,), are those whose file names are looked at too; None: all.
        """
        with self.lock:
            self._steps.columns.check_rows(rows)

    @property
    def keys(self) -> RowKeys:
        """What each row is called in the journal."""
        return self._steps.keys

    def keep(self, what: str, value: Any) -> None:
        """Put something that is no edit into the journal, if there is one: `kept` has it the next time.

        Raises
        ------
        JournalError
            It could not be written.
        """
        with self._whole_step():
            if self._steps.journal is not None:
                self._steps.journal.append({"type": "kept", "what": what, "value": value})

    def turn_aside(self, what: str, prepare: Callable[[dict[str, Any]], Callable[[], None]]) -> None:
        """Say how undo and redo bring back what is no column.

        ``prepare(state)`` gives a function that puts it in place and cannot fail; it raises EditError where that
        cannot be done.
        """
        self._steps.asides[what] = prepare

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
        return self._once(client, seq, lambda: self._steps.step_aside(make, Asked(how, client, seq)))

    def close(self) -> None:
        """Let go of the journal, so that another kernel may use it; a log that has one refuses edits from then on."""
        with self.lock:
            if self._steps.journal is not None:
                self._steps.journal.close()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _once(self, client: str | None, seq: int | None, act: Callable[[], Change]) -> Change:
        with self._whole_step():
            return self._answers.once(client, seq, act, self._keep_answer, self._steps.made_before)

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
                if self._steps.interrupts:
                    raise self._steps.interrupts.pop()

    def _keep_answer(self, client: str, seq: int, reason: str) -> None:
        if self._steps.journal is not None:
            try:
                self._steps.journal.append({"type": "answer", "client": client, "seq": seq, "reason": reason})
            except JournalError:
                # nothing was changed and nothing is lost: asked again after a restart, it is answered afresh
                logger.warning("an answer could not be kept in the journal", exc_info=True)
