"""The edit log against a plain model of it: any sequence of edits, undo, redo, revert, outside writes and restarts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog

N = 5
VALUES = {
    "str": ["a", "b", "c, d", '"', "🐈", "NA", "1", None],
    "object": ["a", "b", "x\ny", "<i>", None],
    "category": ["a", "b", "c", None],
    "Int64": [0, 1, 2, -7, None],
    "int64": [0, 1, 2, 10**12],
    "float64": [0.5, 1.0, -2.25, None],
    "boolean": [True, False, None],
    "bool": [True, False],
}
rows = st.lists(st.integers(0, N - 1), min_size=1, max_size=N)


def column(values: list, kind: str) -> pd.Series:
    if kind == "str":
        return pd.Series(values, dtype=pd.Series([""]).dtype)
    return pd.Series(values, dtype=object).astype(kind)


def plain(series: pd.Series) -> list:
    return [None if pd.isna(value) else value for value in series.tolist()]


class Step:
    def __init__(self, old: dict, new: dict) -> None:
        self.old, self.new, self.undone = old, new, set()


class EditMachine(RuleBasedStateMachine):
    """`now` is what the frame should hold: (column, row) to value."""

    @initialize(kind=st.sampled_from(sorted(VALUES)), data=st.data())
    def begin(self, kind: str, data) -> None:
        self.kind = kind
        labels = data.draw(st.lists(st.sampled_from(VALUES[kind]), min_size=N, max_size=N))
        if kind == "float64" and not any(label is not None for label in labels):
            labels[0] = 0.5  # a float column without a number takes text
        self.start = pd.DataFrame({"filename": [f"{i}.jpg" for i in range(N)], "category": column(labels, kind)})
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "edits.jsonl"
        self.open(self.start.copy())
        self.now = {("label", row): label for row, label in enumerate(labels)}
        self.now |= {("flag", row): False for row in range(N)} | {("reason", row): None for row in range(N)}
        self.base = dict(self.now)
        self.steps: list[Step] = []
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.changes = 0
        self.outside = False

    def open(self, df: pd.DataFrame) -> None:
        self.df = df
        self.log = EditLog(df, identity=["filename"], journal=self.path)

    def step(self, new: dict) -> None:
        new = {key: value for key, value in new.items() if self.now[key] != value}
        if new:
            self.steps.append(Step({key: self.now[key] for key in new}, new))
            self.done.append(self.steps[-1])
            self.undone.clear()
            self.now |= new
            self.changes += len(new)

    @rule(rows=rows, data=st.data())
    def relabel(self, rows: list[int], data) -> None:
        value = data.draw(st.sampled_from(VALUES[self.kind]))
        self.log.relabel(rows, value)
        self.step({("label", row): value for row in rows})

    @rule(rows=rows, flagged=st.booleans(), reason=st.sampled_from([None, "blurry", "twice"]))
    def flag(self, rows: list[int], flagged: bool, reason: str | None) -> None:
        self.log.flag(rows, flagged, reason=reason if flagged else None)
        new = {("flag", row): flagged for row in rows}
        if not flagged or reason:
            new |= {("reason", row): reason if flagged else None for row in rows}
        self.step(new)

    def turn_as_told(self, kind: str, due: list[Step]) -> None:
        """Undo or redo, and see that the log had said beforehand what comes of it."""
        told, more = self.log.ahead(kind, 1000)
        assert (len(told), more) == (len(due), False)
        assert self.log.ahead(kind, 0) == ([], bool(due))
        getattr(self.log, kind)()
        if told:
            _, rows, codes, flags, edited = told[0]
            assert self.log.labels.codes[rows].tolist() == codes.tolist()
            assert self.log.flags[rows].tolist() == flags.tolist()
            assert self.log.edited[rows].tolist() == edited.tolist()
            for now, before in zip(self.log.ahead(kind, 1000)[0], told[1:], strict=True):
                assert [*map(list, now)] == [*map(list, before)]

    @rule()
    def undo(self) -> None:
        self.turn_as_told("undo", self.done)
        if self.done:
            step = self.done.pop()
            self.undone.append(step)
            for key, value in step.new.items():
                if key not in step.undone and self.now[key] == value:  # where redo was held, there is nothing to undo
                    self.now[key] = step.old[key]
                    step.undone.add(key)

    @rule()
    def redo(self) -> None:
        self.turn_as_told("redo", self.undone)
        if self.undone:
            step = self.undone.pop()
            self.done.append(step)
            for key in list(step.undone):
                if self.now[key] == step.old[key]:
                    self.now[key] = step.new[key]
                    step.undone.remove(key)

    @rule(rows=rows)
    def revert(self, rows: list[int]) -> None:
        self.log.revert(rows)
        self.step({key: self.base[key] for key in self.now if key[1] in rows})

    @rule(row=st.integers(0, N - 1), data=st.data())
    def write_outside(self, row: int, data) -> None:
        value = data.draw(st.sampled_from([value for value in VALUES[self.kind] if value is not None]))
        if self.kind == "category" and value not in self.df["category"].cat.categories:
            self.df["category"] = self.df["category"].cat.add_categories([value])
        self.df.loc[row, "category"] = value
        self.log.refresh()
        if self.now["label", row] != value:
            self.now["label", row] = self.base["label", row] = value
            self.outside = True

    # what is written outside is not in the journal
    @precondition(lambda self: not self.outside)
    @rule(again=st.booleans())
    def restart(self, again: bool) -> None:
        """A new kernel: with the frame as it was at first, or with the corrected one."""
        table = self.log.edits
        self.log.close()
        self.open(self.df.copy() if again else self.start.copy())
        assert self.log.replayed.notes == []
        assert_frame_equal(self.log.edits.drop(columns="how"), table.drop(columns="how"))

    @invariant()
    def frame_is_as_it_should_be(self) -> None:
        assert plain(self.df["category"]) == [self.now["label", row] for row in range(N)]
        flags = self.df["remove"].tolist() if "remove" in self.df else [False] * N
        assert flags == [self.now["flag", row] for row in range(N)]
        reasons = plain(self.df["remove_reason"]) if "remove_reason" in self.df else [None] * N
        assert reasons == [self.now["reason", row] for row in range(N)]
        assert self.df["category"].dtype.name == self.start["category"].dtype.name

    @invariant()
    def log_knows_it(self) -> None:
        log = self.log
        assert [log.labels.decode(code) for code in log.labels.codes] == [self.now["label", row] for row in range(N)]
        assert log.labels.counts.sum() == (log.labels.codes >= 0).sum()
        assert log.flags.tolist() == [self.now["flag", row] for row in range(N)]
        assert len(log.edits) == self.changes
        assert len(log) == sum(len(step.new) - len(step.undone) for step in self.steps)
        assert (log.undo_text != "", log.redo_text != "") == (bool(self.done), bool(self.undone))

    @invariant()
    def changes_lead_from_the_start_to_now(self) -> None:
        table = self.log.changes
        names = {"label": "category", "flag": "remove", "reason": "remove_reason"}
        moved = {key for key in self.now if self.now[key] != self.base[key]}
        assert set(zip(table["column"], table["position"], strict=True)) == {(names[kind], row) for kind, row in moved}

    def teardown(self) -> None:
        if hasattr(self, "log"):
            while self.log.undo():
                pass
            if not self.outside:
                assert_frame_equal(self.df[["filename", "category"]], self.start)
            self.log.close()
            self.folder.cleanup()


EditMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestEdits = EditMachine.TestCase


def test_undo_all_and_redo_all_are_inverse():
    rng = np.random.default_rng(3)
    df = pd.DataFrame({"category": rng.choice(list("abc"), 50)})
    start = df.copy()
    log = EditLog(df)
    for _ in range(200):
        log.relabel(rng.integers(0, 50, rng.integers(1, 20)), str(rng.choice(list("abcdef"))))
    end = df.copy()
    while log.undo():
        pass
    assert_frame_equal(df, start)
    while log.redo():
        pass
    assert_frame_equal(df, end)
