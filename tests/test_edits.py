"""The only writer of the frame: what it changes, what it refuses, and what it leaves alone."""

from __future__ import annotations

import threading
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from logs import log_of, make
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog
from pixplot_widget.errors import EditError, LabelError

# --- one edit -------------------------------------------------------------------------------------------------


def test_relabel_changes_the_frame_itself():
    df = make()
    log = log_of(df)
    change = log.relabel([3, 0], "dog")
    assert df["category"].tolist()[:4] == ["dog", "dog", "cat", "dog"]
    assert change.rows.tolist() == [0, 3]
    assert change.codes.tolist() == [log.labels.code("dog")] * 2
    assert change.flags.tolist() == [False, False]
    assert (change.kind, change.step, change.revision) == ("label", 1, 1)
    assert change.message == "relabel 2 images to 'dog'"
    assert log.labels.counts.tolist() == [1, 0, 3]
    assert len(log) == 2


def test_edits_are_a_table_of_changes():
    df = make().set_index(pd.Index(["a", "b", "c", "d", "e"]))
    log = log_of(df)
    log.apply([4], "label", "new", how="suggestion")
    log.flag([1, 3], reason="blurry")
    log.undo()
    table = log.edits
    assert table.columns.tolist() == ["time", "position", "index", "file", "column", "old", "new", "how", "undone"]
    assert table["position"].tolist() == [4, 1, 3, 1, 3]
    assert table["index"].tolist() == ["e", "b", "d", "b", "d"]
    assert table["file"].tolist() == ["4.jpg", "1.jpg", "3.jpg", "1.jpg", "3.jpg"]
    assert table["column"].tolist() == ["category", "remove", "remove", "remove_reason", "remove_reason"]
    assert table["old"].tolist() == [None, False, False, None, None]
    assert table["new"].tolist() == ["new", True, True, "blurry", "blurry"]
    assert table["how"].tolist() == ["suggestion"] + ["code"] * 4
    assert table["undone"].tolist() == [False] + [True] * 4
    assert str(table["time"].dtype.tz) == "UTC"
    assert abs(table["time"].iloc[0].timestamp() - time.time()) < 60


def test_the_table_of_no_edits_has_its_columns():
    assert log_of(make()).edits.shape == (0, 9)
    assert log_of(make()).changes.shape == (0, 8)


def test_the_table_given_out_is_a_copy():
    log = log_of(make())
    log.relabel(0, "dog")
    table = log.edits
    table["new"] = "spoiled"
    assert log.edits["new"].tolist() == ["dog"]


def test_one_gesture_is_one_step_however_many_rows():
    df = make(["a"] * 1000)
    log = log_of(df)
    log.relabel(np.arange(1000), "b")
    log.relabel(range(10), "c")
    log.undo()
    assert (df["category"] == "b").all()
    log.undo()
    assert (df["category"] == "a").all()
    assert not log.undo()
    log.redo()
    assert (df["category"] == "b").all()


def test_rows_that_have_the_label_already_are_not_in_the_step():
    df = make()
    log = log_of(df)
    assert log.relabel([0, 1], "cat").rows.tolist() == [1]
    change = log.relabel([0, 1], "cat")
    assert not change
    assert change.message == "nothing to change: it is so already"
    assert len(log.edits) == 1
    log.undo()
    assert df["category"].tolist()[:2] == ["cat", "dog"]


def test_each_row_its_own_label():
    df = make()
    log = log_of(df)
    log.apply([3, 0], "label", ["x", "y"], how="merge")
    assert df["category"].tolist()[:4] == ["y", "dog", "cat", "x"]
    log.undo()
    assert df["category"].tolist()[:4] == ["cat", "dog", "cat", "cow"]
    with pytest.raises(EditError, match="3 values were given for 2 rows"):
        log.apply([0, 1], "label", ["x", "y", "z"])


def test_a_label_can_be_taken_away():
    df = make()
    log = log_of(df)
    assert log.relabel(0, None).message == "take the label from 1 image"
    assert df["category"].isna().tolist() == [True, False, False, False, True]
    log.undo()
    assert df["category"].iloc[0] == "cat"


def test_undo_redo_and_a_new_edit_after_an_undo():
    df = make()
    log = log_of(df)
    for label in ("x", "y", "z"):
        log.relabel(0, label)
    assert log.undo_text == "relabel 1 image to 'z'"
    log.undo()
    assert (log.undo_text, log.redo_text) == ("relabel 1 image to 'y'", "relabel 1 image to 'z'")
    log.relabel(1, "new")
    assert log.redo_text == ""
    assert log.redo().message == "nothing to redo"
    log.undo()
    log.undo()
    assert df["category"].iloc[0] == "x"
    assert log.edits["undone"].tolist() == [False, True, True, True]


def test_undo_takes_back_the_newest_step_whoever_made_it():
    df = make()
    log = log_of(df)
    log.apply(0, "label", "x", client="one", seq=1)
    log.apply(0, "label", "y", client="two", seq=1)
    log.undo(client="one", seq=2)
    assert df["category"].iloc[0] == "x"


# --- flags ----------------------------------------------------------------------------------------------------


def test_flagging_makes_a_boolean_column_and_leaves_the_label():
    df = make()
    log = log_of(df)
    assert "remove" not in df
    log.flag([1, 2])
    assert df["remove"].tolist() == [False, True, True, False, False]
    assert df["remove"].dtype == bool
    assert "remove_reason" not in df
    assert df["category"].tolist()[:4] == ["cat", "dog", "cat", "cow"]
    assert log.flags.tolist() == [False, True, True, False, False]
    log.flag([2], False)
    assert log.flags.tolist() == [False, True, False, False, False]
    log.undo()
    log.undo()
    assert not df["remove"].any()


def test_a_reason_is_kept_with_its_flag():
    df = make()
    log = log_of(df)
    log.flag([0, 1], reason="blurry")
    log.flag([1, 2], reason="twice")
    assert df["remove_reason"].tolist()[:3] == ["blurry", "twice", "twice"]
    log.flag([1], False)
    assert df["remove_reason"].isna().tolist() == [False, True, False, True, True]
    log.undo()
    assert df["remove_reason"].tolist()[:3] == ["blurry", "twice", "twice"]
    log.undo()
    assert df["remove_reason"].iloc[0] == "blurry"
    assert df["remove_reason"].isna().tolist() == [False, False, True, True, True]
    assert log.flags.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, False]),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series([True, None, False], dtype=object),
        pd.Series([1, 0, 0]),
        pd.Series([1, None, 0], dtype="Int8"),
        pd.Series([1.0, np.nan, 0.0]),
        pd.Series([np.nan, np.nan, np.nan]),
    ],
)
def test_a_flag_column_that_is_there_keeps_its_dtype(column):
    df = make(["a", "b", "c"])
    df["remove"] = column
    log = log_of(df)
    log.flag([1])
    assert df["remove"].dtype == column.dtype
    assert bool(df["remove"].iloc[1]) is True
    assert log.flags.tolist() == [column.iloc[0] == 1, True, False]
    log.undo()
    assert df["remove"].isna().tolist() == column.isna().tolist()


def test_a_flag_column_of_something_else_is_refused():
    with pytest.raises(TypeError, match=r"'remove' is to hold the flags.*'yes'.*flag="):
        log_of(make(["a", "b"], remove=["yes", "no"]))
    with pytest.raises(TypeError, match="2"):
        log_of(make(["a", "b"], remove=[0, 2]))
    with pytest.raises(ValueError, match="both 'category'"):
        EditLog(make(), flag="category")


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda log: log.relabel([0, 99], "x"), IndexError, "99"),
        (lambda log: log.relabel(pd.Index(["no"]), "x"), KeyError, "no"),
        (lambda log: log.relabel("0.jpg", "x"), TypeError, "0.jpg"),
        (lambda log: log.relabel([True], "x"), ValueError, "5, but"),
        (lambda log: log.relabel(0, ""), LabelError, "character"),
        (lambda log: log.relabel(0, 5), LabelError, "give '5'"),
        (lambda log: log.apply(0, "name", "x"), EditError, "'label' or 'flag'"),
        (lambda log: log.apply(0, "label", "x", how="magic"), EditError, "'magic'"),
        (lambda log: log.apply(0, "label", "x", reason="why"), EditError, "goes with a flag"),
        (lambda log: log.flag(0, "yes"), EditError, "'yes'"),
        (lambda log: log.flag(0, reason="  "), LabelError, "character"),
        (lambda log: log.revert(99), IndexError, "99"),
        (lambda log: log.revert(0, how="magic"), EditError, "'magic'"),
    ],
)
def test_a_refused_edit_changes_nothing(ask, error, words):
    df = make()
    log = log_of(df)
    log.relabel(0, "dog")
    before, names, revision = df.copy(), log.labels.names, log.revision
    with pytest.raises(error) as caught:
        ask(log)
    assert words in str(caught.value)
    assert_frame_equal(df, before)
    assert (log.labels.names, log.revision, len(log.edits)) == (names, revision, 1)
    assert issubclass(error, ValueError | LookupError | TypeError)


def test_a_new_label_of_a_refused_list_of_labels_is_not_kept():
    log = log_of(make())
    with pytest.raises(LabelError):
        log.apply([0, 1], "label", ["fresh", 7])
    assert "fresh" not in log.labels.names


def test_only_allowed_labels():
    df = make()
    log = log_of(df, labels=["cat", "dog"])
    with pytest.raises(LabelError, match="'cat', 'dog'"):
        log.relabel(0, "cow")
    log.relabel(3, "cat")
    log.undo()  # back to one that is not allowed
    assert df["category"].iloc[3] == "cow"


def test_columns_that_are_not_there():
    with pytest.raises(KeyError, match=r"no column 'label' to look at.*; the frame has 'filename', 'category'"):
        EditLog(make(), label="label")
    with pytest.raises(KeyError, match="reset_index"):
        EditLog(make().set_index("category"))


def test_columns_that_are_there_twice():
    df = make(remove=False)
    for columns, name in [
        (["filename", "category", "category"], "category"),
        (["category", "remove", "remove"], "remove"),
    ]:
        with pytest.raises(ValueError, match=f"more than one column '{name}'"):
            EditLog(df.set_axis(columns, axis=1))
    other = df.set_axis(["twice", "category", "twice"], axis=1)
    EditLog(other).relabel(0, "dog")
    assert other["category"].iloc[0] == "dog"


def test_names_of_the_wrong_length():
    with pytest.raises(ValueError, match="3 entries, but the frame has 5"):
        EditLog(make(), names=["a", "b", "c"])


# --- revert ---------------------------------------------------------------------------------------------------


def test_revert_gives_back_what_was_there_before_any_edit():
    df = make()
    log = log_of(df)
    log.relabel([0, 1], "x")
    log.relabel([0], "y")
    log.flag([0], reason="why")
    change = log.revert([0])
    assert df["category"].tolist()[:2] == ["cat", "x"]
    assert not df["remove"].any()
    assert df["remove_reason"].isna().all()
    assert change.message == "revert 1 image"
    assert not log.revert([0])
    assert log.edits["undone"].sum() == 0
    log.undo()
    assert df["category"].iloc[0] == "y"
    assert df["remove"].iloc[0]
    assert df["remove_reason"].iloc[0] == "why"


def test_revert_goes_back_to_what_was_written_outside():
    df = make()
    log = log_of(df)
    log.relabel(0, "x")
    df.loc[0, "category"] = "outside"
    log.relabel(0, "y")
    log.revert(0)
    assert df["category"].iloc[0] == "outside"


def test_changes_fold_history_together():
    df = make()
    log = log_of(df)
    log.relabel([0, 1, 2], "x")
    log.relabel([0], "y")
    log.relabel([2], "cat")
    log.flag([0])
    log.flag([3])
    log.undo()
    changes = log.changes
    assert changes[["position", "column", "old", "new"]].to_numpy().tolist() == [
        [0, "category", "cat", "y"],
        [0, "remove", False, True],
        [1, "category", "dog", "x"],
    ]


# --- numbers, observers, threads ------------------------------------------------------------------------------


def test_the_same_number_is_made_once_and_answered_alike():
    df = make()
    log = log_of(df)
    first = log.apply(0, "label", "x", client="page", seq=1)
    log.relabel(0, "y")
    assert log.apply(0, "label", "x", client="page", seq=1) is first
    assert df["category"].iloc[0] == "y"
    for _ in range(2):
        with pytest.raises(EditError, match="99"):
            log.apply(99, "label", "x", client="page", seq=2)
    log.undo(client="page", seq=3)
    log.undo(client="page", seq=3)
    assert df["category"].iloc[0] == "x"
    assert log.settled("page") == 3
    assert log.settled("stranger") == 0
    log.apply(1, "label", "x", client="another", seq=1)
    assert df["category"].iloc[1] == "x"


def test_observers_hear_every_change_in_order(caplog):
    log = log_of(make())
    heard = []

    def spoil(change):
        raise RuntimeError("an observer's own trouble")

    log.observe(spoil)
    stop = log.observe(heard.append)
    log.relabel(0, "x")
    log.relabel(0, "x")  # nothing
    log.undo()
    stop()
    stop()
    log.redo()
    assert [(change.revision, change.kind) for change in heard] == [(1, "label"), (2, "undo")]
    assert "an observer's own trouble" in caplog.text


def test_an_observer_may_edit():
    df = make()
    log = log_of(df)

    def follow(change):
        if 0 in change.rows and df["category"].iloc[1] != "follows":
            log.relabel(1, "follows")

    log.observe(follow)
    log.relabel(0, "x")
    assert df["category"].tolist()[:2] == ["x", "follows"]


def test_threads_take_turns():
    n = 200
    df = make(["start"] * n)
    log = log_of(df)
    seen = []
    log.observe(lambda change: seen.append(change.revision))

    def work(name: str) -> None:
        for row in range(n):
            log.relabel(row, name)

    threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 4 * n + 1))
    table = log.edits
    for row in range(n):
        chain = table[table["position"] == row]
        assert chain["old"].tolist() == ["start", *chain["new"].tolist()[:-1]]
        assert chain["new"].iloc[-1] == df["category"].iloc[row]
    for _ in range(4 * n):
        log.undo()
    assert (df["category"] == "start").all()


def test_an_interrupted_write_leaves_all_as_it_was(monkeypatch, tmp_path):
    df = make()
    path = tmp_path / "edits.jsonl"
    log = log_of(df, journal=path)
    log.flag(0)
    on_disk = path.read_bytes()
    before, codes = df.copy(), log.labels.codes.copy()
    real = pd.DataFrame.isetitem
    calls = []

    def interrupted(self, loc, value):
        calls.append(loc)
        if len(calls) == 1:
            real(self, loc, value)
            raise KeyboardInterrupt
        real(self, loc, value)

    monkeypatch.setattr(pd.DataFrame, "isetitem", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.relabel([0, 1], "brand new")
    assert_frame_equal(df, before)
    assert (log.labels.codes == codes).all()
    assert "brand new" not in log.labels.names
    assert path.read_bytes() == on_disk  # where it stood already before the frame was written
    log.relabel([0, 1], "brand new")
    assert df["category"].tolist()[:2] == ["brand new"] * 2
    log.close()
    again = make()
    log_of(again, journal=path).close()
    assert_frame_equal(again, df)


def test_a_thousand_rows_take_no_time_and_a_hundred_thousand_a_fraction_of_a_second(tmp_path):
    n = 100_000
    rng = np.random.default_rng(0)
    df = make([f"label {i}" for i in rng.integers(0, 10, n)])
    log = log_of(df, journal=tmp_path / "edits.jsonl")
    log.relabel(0, "warm")
    some = min(_timed(lambda i=i: log.relabel(rng.permutation(n)[:1000], f"some {i}")) for i in range(5))
    every = min(_timed(lambda i=i: log.relabel(rng.permutation(n), f"every {i}")) for i in range(3))
    assert some < 0.1  # a few ms; `bench_edits.py` has the figures
    assert every < 1
    assert _timed(log.undo) < 1


def _timed(act) -> float:
    start = time.thread_time()
    act()
    return time.thread_time() - start


def test_changes_cost_what_is_changed_and_not_what_was_done():
    n = 20_000
    peaks = []
    for steps in (2, 40):
        df = make(["a", "b"] * (n // 2))
        log = log_of(df)
        for step in range(steps):
            log.relabel(np.arange(n), "cd"[step % 2])
        tracemalloc.start()
        changes = log.changes
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert changes["old"].tolist() == ["a", "b"] * (n // 2)
        assert set(changes["new"]) == {"d"}
    assert peaks[1] < 1.5 * peaks[0]
