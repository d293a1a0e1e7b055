"""A frame changed behind the log's back: no edit lands on a wrong row, and none overwrites what it did not see."""

from __future__ import annotations

import pytest
from logs import log_of, make
from pandas.testing import assert_frame_equal

from pixplot_widget.errors import EditError, RowsChangedError


def test_code_overwrites_what_was_written_outside_and_undo_brings_it_back():
    df = make()
    log = log_of(df)
    df.loc[0, "category"] = "outside"
    log.relabel(0, "dog")
    assert df["category"].iloc[0] == "dog"
    assert log.edits["old"].tolist() == ["outside"]
    log.undo()
    assert df["category"].iloc[0] == "outside"


def test_a_screen_does_not_overwrite_what_it_did_not_show():
    df = make()
    log = log_of(df)
    heard = []
    log.observe(heard.append)
    df.loc[0, "category"] = "outside"
    with pytest.raises(EditError, match=r"'0.jpg' holds 'outside' now, not what was shown; left as it is"):
        log.apply([0], "label", "dog", client="page", seq=1)
    assert df["category"].iloc[0] == "outside"
    assert [change.kind for change in heard] == ["outside"]
    assert heard[0].rows.tolist() == [0]
    assert log.labels.decode(heard[0].codes[0]) == "outside"
    log.apply([0], "label", "dog", client="page", seq=2)  # now that it was shown
    assert df["category"].iloc[0] == "dog"


def test_the_rest_of_a_gesture_is_made():
    df = make()
    log = log_of(df)
    df.loc[[0, 3], "category"] = "outside"
    change = log.apply([0, 1, 2, 3], "label", "new", client="page", seq=1)
    assert df["category"].tolist()[:4] == ["outside", "new", "new", "outside"]
    assert (change.rows.tolist(), change.held.tolist()) == ([1, 2], [0, 3])
    assert "'0.jpg' holds 'outside' now, not what was shown, and 1 more; left as it is" in change.message
    log.undo()
    assert df["category"].tolist()[:4] == ["outside", "dog", "cat", "outside"]


def test_what_was_expected():
    df = make()
    log = log_of(df)
    change = log.apply([0, 1, 2], "label", "new", expected="cat")
    assert (change.rows.tolist(), change.held.tolist()) == ([0, 2], [1])
    change = log.apply([3, 1], "label", "new", expected=["cow", "cow"])
    assert (change.rows.tolist(), change.held.tolist()) == ([3], [1])
    with pytest.raises(EditError, match="holds 'dog' now"):
        log.apply([1], "label", "new", expected=None)


def test_an_undo_that_no_row_is_left_for_is_told_all_the_same():
    df = make()
    log = log_of(df)
    log.relabel(0, "dog")
    df.loc[0, "category"] = "outside"
    log.refresh()
    heard = []
    log.observe(heard.append)
    assert not log.undo()
    assert [(change.kind, change.revision, change.held.tolist()) for change in heard] == [("undo", log.revision, [0])]
    assert log.undo_text == ""


def test_undo_and_redo_leave_rows_that_were_written_outside_since():
    df = make()
    log = log_of(df)
    log.relabel([0, 1], "new")
    df.loc[0, "category"] = "outside"
    change = log.undo()
    assert df["category"].tolist()[:2] == ["outside", "dog"]
    assert (change.rows.tolist(), change.held.tolist()) == ([1], [0])
    assert log.edits["undone"].tolist() == [False, True]
    log.redo()
    assert df["category"].tolist()[:2] == ["outside", "new"]


def test_refresh_tells_what_was_written_outside():
    df = make()
    log = log_of(df)
    heard = []
    log.observe(heard.append)
    assert not log.refresh()
    df["category"] = df["category"].str.upper()
    df["remove"] = [True, False, False, False, False]
    change = log.refresh()
    assert change.rows.tolist() == [0, 1, 2, 3]
    assert [log.labels.decode(code) for code in change.codes] == ["CAT", "DOG", "CAT", "COW"]
    assert change.flags.tolist() == [True, False, False, False]
    assert heard == [change]
    assert log.labels.names[:3] == ("cat", "cow", "dog")  # codes keep their meaning
    assert not log.refresh()
    assert len(log.edits) == 0


@pytest.mark.parametrize("dtype", ["category", "object", "string"])
def test_a_column_given_another_dtype_outside(dtype):
    df = make()
    log = log_of(df)
    log.relabel(0, "dog")
    df["category"] = df["category"].astype(dtype)
    log.relabel(1, "new")
    assert df["category"].tolist()[:2] == ["dog", "new"]
    assert df["category"].dtype == dtype
    log.undo()
    log.undo()
    assert df["category"].tolist()[:2] == ["cat", "dog"]
    assert df["category"].dtype == dtype


@pytest.mark.filterwarnings("ignore:.*inplace.*")
def test_the_flag_column_made_or_dropped_outside():
    df = make()
    log = log_of(df)
    df["remove"] = 0
    log.flag(1)
    assert df["remove"].tolist() == [0, 1, 0, 0, 0]
    df.drop(columns="remove", inplace=True)
    log.flag(2)
    assert df["remove"].tolist() == [False, False, True, False, False]
    df["remove"] = "yes"
    with pytest.raises(EditError, match="'yes'"):
        log.flag(3)


@pytest.mark.filterwarnings("ignore:.*inplace.*")
def test_the_label_column_dropped_outside():
    df = make()
    log = log_of(df)
    df.drop(columns="category", inplace=True)
    with pytest.raises(EditError, match="'category' is not in the frame any more; it has 'filename'"):
        log.relabel(0, "dog")


@pytest.mark.parametrize("ask", [lambda log: log.relabel(1, "x"), lambda log: log.undo(), lambda log: log.revert(0)])
@pytest.mark.parametrize(
    "change",
    [
        lambda df: df.drop(index=3, inplace=True),
        lambda df: df.loc.__setitem__(9, ["9.jpg", "cat"]),
        lambda df: df.sort_values("filename", ascending=False, inplace=True),
        lambda df: df.sort_values("filename", ascending=False, inplace=True, ignore_index=True),
    ],
)
@pytest.mark.filterwarnings("ignore:.*inplace.*")
def test_no_edit_lands_on_a_wrong_row(ask, change):
    df = make()
    log = log_of(df)
    log.relabel(0, "dog")
    change(df)
    before = df.copy()
    with pytest.raises(RowsChangedError, match="Make a new PixPlot"):
        ask(log)
    with pytest.raises(RowsChangedError):
        log.refresh()
    assert_frame_equal(df, before)
