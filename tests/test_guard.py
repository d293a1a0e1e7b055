"""Rows that move are noticed."""

from __future__ import annotations

import gc
import importlib.util
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pixplot_widget.edits.guard import RowGuard
from pixplot_widget.errors import RowsChangedError


def make(n: int = 4) -> pd.DataFrame:
    return pd.DataFrame({"filename": [f"{i}.jpg" for i in range(n)], "x": range(n), "category": "a"})


def test_nothing_moved():
    df = make()
    guard = RowGuard(df, ["filename"])
    df["category"] = "b"
    df["new"] = 1
    guard.check()
    guard.check(np.array([2]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda df: df.drop(index=1, inplace=True), "rows were removed"),
        (lambda df: df.loc.__setitem__(9, ["9.jpg", 9, "a"]), "rows were added"),
        (lambda df: df.sort_values("filename", ascending=False, inplace=True), "reordered"),
        (lambda df: df.sort_values("filename", ascending=False, inplace=True, ignore_index=True), "'3.jpg' now"),
        (lambda df: df.set_index("x", inplace=True, drop=False), None),
        (lambda df: df.drop(columns="filename", inplace=True), "'filename'"),
        (lambda df: df.__setitem__("filename", df["filename"].str.upper()), "'0.JPG' now"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*inplace.*")
def test_rows_that_moved_are_noticed(change, words):
    df = make()
    guard = RowGuard(df, ["filename"])
    change(df)
    if words is None:  # another index of equal labels: the same rows
        return guard.check()
    for rows in (None, np.array([0])):
        with pytest.raises(RowsChangedError, match=words) as caught:
            guard.check(rows)
        assert "Make a new PixPlot" in str(caught.value)
    return None


def test_boxes_of_one_file_are_told_apart_by_all_identity_columns():
    df = make()
    df["filename"] = "same.jpg"
    guard = RowGuard(df, ["filename", "x"])
    df["x"] = df["x"].to_numpy()[::-1].copy()
    with pytest.raises(RowsChangedError, match="row 1 was 1"):
        guard.check(np.array([1]))


@pytest.mark.parametrize(
    "pictures",
    [
        [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)],
        [b"one", b"two"],
        [Path("a.jpg"), Path("b.jpg")],
        [None, float("nan")],
        ["a.jpg", None],
    ],
)
def test_pictures_of_any_kind_tell_rows_apart(pictures):
    df = pd.DataFrame({"image": pd.Series(pictures, dtype=object)})
    guard = RowGuard(df, ["image"])
    guard.check(np.array([0, 1]))
    df["image"] = pd.Series(list(df["image"]), dtype=object)  # the same objects in another column
    guard.check()
    df["image"] = pd.Series(pictures[::-1], dtype=object)
    with pytest.raises(RowsChangedError):
        guard.check(np.array([1]))


def test_equal_text_in_other_objects_is_the_same_row():
    df = make()
    guard = RowGuard(df, ["filename"])
    df["filename"] = pd.Series(["".join([str(i), ".jpg"]) for i in range(4)], dtype=object)
    guard.check()


def reorder(df: pd.DataFrame) -> None:
    """Sort a frame in its place, so that by its index nothing has happened."""
    df[:] = df.sort_values("filename", ascending=False).to_numpy()


def test_where_no_column_is_named_one_that_tells_rows_apart_bears_witness():
    df = make()
    guard = RowGuard(df, edited=["category"])
    df["category"] = list("bcde")
    df["x"] = [3, 1, 2, 0]  # numbers in another order are no news: ranks, say
    guard.check()
    df["filename"] = [f"{i}.png" for i in range(4)]  # other names are taken in
    guard.check(np.array([1]))
    guard.check()
    reorder(df)
    for rows in (None, np.array([0])):
        with pytest.raises(RowsChangedError, match=r"row 0 was '0\.png' when it was shown and is '3\.png' now"):
            guard.check(rows)


def test_a_witness_may_be_dropped_or_tell_rows_apart_no_more():
    df = make()
    guard = RowGuard(df, edited=["category"])
    df["filename"] = "the same"
    guard.check()
    df["filename"] = [f"{i}.jpg" for i in (3, 2, 1, 0)]
    guard.check()
    other = make()
    guard = RowGuard(other, edited=["category"])
    del other["filename"]
    guard.check(np.array([1]))
    assert RowGuard(make(), edited=["filename"]).check() is None  # what edits write is no witness


def test_rows_that_were_added_are_witnessed_too():
    df = make()
    guard = RowGuard(df, edited=["category"])
    df.loc[4] = ["4.jpg", 4, "a"]
    guard.extend()
    guard.check()
    reorder(df)
    with pytest.raises(RowsChangedError):
        guard.check(np.array([4]))


# --- records, arrays and lists go by what they hold -------------------------------------------------------------


def record(number: int) -> dict:
    return {"bytes": bytes([number]) * 4, "path": None, "boxes": [{"at": np.array([number, np.nan])}, (number,)]}


MAKERS = {
    "records": record,
    "arrays": lambda number: np.full((2, 2), number, dtype=np.uint8),
    "lists": lambda number: [number, [str(number)]],
    "moments": lambda number: pd.Timestamp(2020, 1, 1 + number, tz="UTC"),
    "sets of objects": lambda number: np.array([record(number), None], dtype=object),
}


@pytest.mark.parametrize("make_value", MAKERS.values(), ids=MAKERS)
def test_equal_content_in_other_objects_is_the_same_row(make_value):
    df = pd.DataFrame({"image": pd.Series([make_value(k) for k in range(4)], dtype=object)})
    guard = RowGuard(df, ["image"])
    df["image"] = pd.Series([make_value(k) for k in range(4)], dtype=object)
    guard.check(np.array([2]))
    guard.check()
    df["image"] = pd.Series([make_value(k) for k in (0, 1, 3, 2)], dtype=object)
    guard.check(np.array([0, 1]))
    for rows in (None, np.array([3])):
        with pytest.raises(RowsChangedError, match="reordered or replaced"):
            guard.check(rows)


def test_objects_that_were_replaced_by_equal_ones_are_not_kept():
    class Picture:
        def __eq__(self, other):
            return isinstance(other, Picture)

        __hash__ = None

    df = pd.DataFrame({"image": pd.Series([Picture(), Picture()], dtype=object)})
    first = weakref.ref(df["image"].iloc[0])
    guard = RowGuard(df, ["image"])
    df["image"] = pd.Series([Picture(), Picture()], dtype=object)
    guard.check()
    gc.collect()
    assert first() is None


arrow = pytest.mark.skipif(not importlib.util.find_spec("pyarrow"), reason="needs pyarrow")


def arrow_column(kind: str, numbers) -> pd.Series:
    import pyarrow as pa

    values = {
        "struct": ([{"bytes": bytes([k]) * 9, "path": None} for k in numbers], None),
        "binary": ([bytes([k]) * 9 for k in numbers], pa.binary()),
        "list": ([[k, None] for k in numbers], pa.list_(pa.int64())),
        "string": ([f"{k}.jpg" for k in numbers], pa.string()),
        "numbers with gaps": ([None if k == 1 else float(k) for k in numbers], pa.float64()),
        "not a number": ([float("nan") if k == 1 else float(k) for k in numbers], pa.float64()),
    }[kind]
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(*values)))


@arrow
@pytest.mark.parametrize("kind", ["struct", "binary", "list", "string", "numbers with gaps", "not a number"])
def test_arrow_columns_go_by_what_they_hold(kind):
    n = 600
    df = pd.DataFrame({"image": arrow_column(kind, np.arange(n) % 250), "category": "a"})
    guard = RowGuard(df, ["image"])
    df["category"] = "b"
    guard.check(np.array([5]))
    guard.check()
    df["image"] = arrow_column(kind, np.arange(n) % 250)
    guard.check(np.array([5]))
    guard.check()
    df["image"] = arrow_column(kind, [*np.arange(n - 1) % 250, 3])
    with pytest.raises(RowsChangedError, match=f"row {n - 1} was"):
        guard.check()


@arrow
def test_of_an_arrow_column_no_copy_is_kept_nor_made_at_each_look():
    import pyarrow as pa

    megabyte = 1_000_000
    df = pd.DataFrame({"image": arrow_column("binary", range(20)).map(lambda value: value * (megabyte // 9))})
    df["image"] = df["image"].astype(pd.ArrowDtype(pa.binary()))
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    guard = RowGuard(df, ["image"])
    for rows in (None, np.array([3]), np.arange(20)):
        guard.check(rows)
    kept = pa.total_allocated_bytes() - before + tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept < megabyte


@arrow
def test_a_column_that_is_no_longer_arrows_goes_on():
    df = pd.DataFrame({"image": arrow_column("struct", range(4))})
    guard = RowGuard(df, ["image"])
    df["image"] = pd.Series(df["image"].tolist(), dtype=object)
    guard.check()
    guard.check(np.array([1]))
    df["image"] = pd.Series(df["image"].tolist()[::-1], dtype=object)
    with pytest.raises(RowsChangedError):
        guard.check(np.array([1]))
