"""Ctrl-C at any line of a step: it is made, told and answered, or it never was."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from journals import lines

from pixplot_widget import edits
from pixplot_widget.edits import EditLog
from pixplot_widget.errors import EditError, JournalError

ROOT = str(Path(edits.__file__).parent.parent)
N = 6


def frame(n: int = N, first: int = 0) -> pd.DataFrame:
    names = [f"{first + k}.jpg" for k in range(n)]
    return pd.DataFrame({"filename": names, "category": pd.Categorical(["a", "b"] * (n // 2))})


class InterruptAt:
    """Sends this process an interrupt when it comes to the k-th line of the package; `reached`: there was one."""

    def __init__(self, k: int) -> None:
        self.left, self.reached = k, False

    def __enter__(self) -> InterruptAt:
        self.usual = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.tracer = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *error) -> None:
        sys.settrace(self.tracer)
        signal.signal(signal.SIGINT, self.usual)

    def trace(self, frame, event, _argument):
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                self.reached = True
                os.kill(os.getpid(), signal.SIGINT)
        return self.trace


STEPS = {
    "relabel": lambda log: log.apply([0, 2], "label", "new", client="page", seq=1),
    "flag": lambda log: log.flag([1], reason="blurred"),
    "undo": lambda log: log.undo(client="page", seq=1),
    "revert": lambda log: log.revert([0, 3]),
    "refresh": lambda log: log.refresh(),
    "append": lambda log: log.append(frame(4, N), [f"{N + k}.jpg" for k in range(4)]),
    "keep": lambda log: log.keep("place", 7),
}


def state(log: EditLog) -> tuple:
    """All that there is to see of a log, its frame and its journal."""
    table = log.edits.drop(columns="time").astype(str).to_numpy().tolist()
    columns = {name: log.df[name].astype(str).tolist() for name in log.df}
    records = [
        {name: record[name] for name in record if name != "time"} for record in lines(log._steps.journal.path)[1:]
    ]
    known = [log.labels.names, log.labels.codes.tolist(), log.labels.counts.tolist(), list(log.keys), log.names]
    return columns, table, records, known, log.undo_text, log.redo_text, log.flags.tolist(), log.settled("page")


def opened(path: Path) -> tuple[EditLog, list]:
    path.unlink(missing_ok=True)
    df = frame()
    log = EditLog(df, identity=["filename"], journal=path)
    log.relabel([0, 3], "edited")
    df.loc[4, "category"] = "a" if df["category"].iloc[4] == "b" else "b"  # by somebody else, not seen yet
    told: list = []
    log.observe(lambda change: told.append((change.kind, change.rows.tolist())), whole=True)
    return log, told


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_whole_or_was_never_made(name, path):
    """Where it was interrupted it is asked for again, as a page does that has no answer; the outcome is the same."""
    log, told = opened(path)
    step = STEPS[name]
    step(log)
    whole = state(log), told
    log.close()
    interrupted, k, reached = 0, 0, True
    while reached:
        k += 1 if k < 40 else 7
        log, told = opened(path)
        before = state(log)
        with InterruptAt(k) as interrupt:
            try:
                step(log)
            except KeyboardInterrupt:
                interrupted += 1
        reached = interrupt.reached
        after = state(log)
        assert len(lines(path)) == len(after[2]) + 1
        if after != whole[0]:  # only what others wrote may have been taken in, and told, before
            assert after[:3] == before[:3], f"half made when interrupted at line {k}"
            step(log)
            assert state(log) == whole[0]
        elif name in ("relabel", "undo"):
            assert step(log).seq == 1, "asked again it is not made again"
            assert state(log) == whole[0]
        assert told == whole[1]
        log.close()
        again = frame()
        log = EditLog(again, identity=["filename"], journal=path)
        assert again["category"].tolist()[:4] == whole[0][0]["category"][:4]
        log.close()
    assert interrupted > 10


def test_an_interrupt_of_an_observer_comes_once_all_were_told_and_the_edit_was_answered():
    log = EditLog(frame())
    heard = []

    def interrupted(change):
        heard.append("first")
        os.kill(os.getpid(), signal.SIGINT)
        heard.append("not interrupted")

    log.observe(interrupted)
    log.observe(lambda change: heard.append("second"))
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            log.apply(0, "label", "new", client="page", seq=1)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert heard == ["first", "second"]
    assert log.apply(0, "label", "new", client="page", seq=1).rows.tolist() == [0]
    assert len(log.edits) == 1


def test_rows_that_are_counted_without_end_can_be_interrupted():
    log = EditLog(frame())

    def rows():
        yield 0
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            yield 1

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            log.relabel(rows(), "new")
    finally:
        signal.signal(signal.SIGINT, usual)
    assert not len(log.edits)


# --- rows are added in two steps --------------------------------------------------------------------------------


def test_what_is_prepared_changes_nothing_until_it_is_committed(path):
    log, _ = opened(path)
    log.refresh()
    before = state(log)
    with log.lock:
        growth = log.prepare_append(frame(2, N), ["6.jpg", "7.jpg"])
        assert state(log) == before
        labels, keys, df = log.labels, log.keys, log.df
        assert log.commit_append(growth).tolist() == [6, 7]
    assert log.labels is labels
    assert log.keys is keys
    assert log.df is df
    assert len(df) == len(log.keys) == len(log.labels.codes) == N + 2
    log.relabel([7], "new")
    assert df["category"].iloc[7] == "new"


def test_rows_that_do_not_fit_are_refused_before_anything_is_changed(path):
    log, _ = opened(path)
    log.refresh()
    before = state(log)
    odd = frame(2, N).assign(category=[["a"], ["b"]])
    with pytest.raises((TypeError, EditError)):
        log.append(odd, ["6.jpg", "7.jpg"])
    assert state(log) == before


def test_a_journal_that_fails_leaves_the_rows_out(path, monkeypatch):
    log, _ = opened(path)
    log.refresh()
    before = state(log)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(JournalError, match="No space left"):
            log.append(frame(2, N), ["6.jpg", "7.jpg"])
    assert state(log) == before
    assert np.array_equal(log.append(frame(2, N), ["6.jpg", "7.jpg"]), [6, 7])


def test_what_was_prepared_before_another_edit_is_refused():
    log = EditLog(frame())
    growth = log.prepare_append(frame(2), ["6.jpg", "7.jpg"])
    log.relabel(0, "b")
    with pytest.raises(EditError, match="add them again"):
        log.commit_append(growth)
    assert len(log.df) == N
