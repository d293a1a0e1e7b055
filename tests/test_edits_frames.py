"""Edits of frames of all kinds: any index, any column names, slices, copies, read-only arrays."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from logs import log_of, make
from pandas.testing import assert_frame_equal

from pixplot_widget.edits import EditLog


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["a", "a", "b", "b", "c"]),
        pd.MultiIndex.from_tuples([("u", 1), ("u", 2), ("v", 1), ("u", 1), ("w", 0)]),
        pd.date_range("2020", periods=5),
        pd.Index([5, 5, 5, 5, 5]),
    ],
)
def test_any_index(index):
    df = make().set_index(index)
    log = log_of(df)
    log.relabel([3], "new")
    assert df["category"].tolist()[:4] == ["cat", "dog", "cat", "new"]
    log.relabel(index[[0]], "all of them")
    expected = ["all of them" if label == index[0] else old for label, old in zip(index, df["category"], strict=True)]
    assert df["category"].tolist()[:4] == expected[:4]
    assert log.edits["index"].tolist()[0] == index[3]
    log.undo()
    log.undo()
    assert df["category"].tolist()[:4] == ["cat", "dog", "cat", "cow"]


def test_columns_of_any_name():
    df = make().rename(columns={"category": 0})
    df.columns = pd.MultiIndex.from_tuples([("a", "file"), ("a", "category")])
    log = EditLog(df, label=("a", "category"), flag=("a", "remove"))
    log.relabel(0, "dog")
    assert df["a", "category"].iloc[0] == "dog"
    numbers = make().set_axis([0, 1], axis=1)
    log = EditLog(numbers, label=1, flag=2, identity=[0])
    log.relabel(0, "dog")
    log.flag(1)
    assert numbers[1].iloc[0] == "dog"
    assert numbers[2].tolist()[:2] == [False, True]


def test_a_frame_that_is_a_slice_leaves_the_whole_alone_and_warns_of_nothing():
    whole = make()
    for part in (whole[whole["category"] == "cat"], whole.iloc[:3], whole[["filename", "category"]]):
        before = whole.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            log = log_of(part)
            log.relabel([1], "new")
            log.flag([0])
        assert part["category"].iloc[1] == "new"
        assert_frame_equal(whole, before)


def test_a_copy_made_before_stays_as_it_was():
    df = make()
    shallow, column = df.copy(deep=False), df["category"]
    log_of(df).relabel(0, "dog")
    assert shallow["category"].iloc[0] == "cat"
    assert column.iloc[0] == "cat"


def test_labels_that_are_tuples_come_back():
    df = make([("a", 1), ("b", 2), ("a", 1), None])
    before = df.copy()
    log = log_of(df)
    log.relabel([0], "new")
    log.relabel([1, 3], "('a', 1)")
    assert df["category"].tolist() == ["new", ("a", 1), ("a", 1), ("a", 1)]
    log.undo()
    log.undo()
    assert_frame_equal(df, before)


def test_a_column_over_a_read_only_array_is_edited_and_the_array_left():
    array = np.array([1, 2, 3])
    array.setflags(write=False)
    df = pd.DataFrame({"category": pd.Series(array, copy=False)}, copy=False)
    log = EditLog(df)
    log.relabel(0, 3)
    assert df["category"].tolist() == [3, 2, 3]
    assert array.tolist() == [1, 2, 3]


def test_a_column_that_cannot_be_written_is_refused_in_words():
    with pytest.raises(TypeError, match="sparse"):
        EditLog(pd.DataFrame({"category": pd.arrays.SparseArray([0, 0, 1])}))


def test_undoing_a_new_category_takes_it_out_of_the_dtype_again():
    df = make(["a", "b", "a"])
    df["category"] = df["category"].astype("category")
    before = df.copy()
    log = log_of(df)
    log.relabel(0, "new")
    assert df["category"].cat.categories.tolist() == ["a", "b", "new"]
    log.undo()
    assert_frame_equal(df, before)
    log.redo()
    assert df["category"].tolist() == ["new", "b", "a"]
    df["category"] = df["category"].cat.add_categories("mine")
    log.undo()
    assert "mine" in df["category"].cat.categories


def test_no_rows():
    df = make([])
    log = log_of(df)
    assert not log.relabel([], "x")
    with pytest.raises(IndexError, match="empty"):
        log.relabel(0, "x")
