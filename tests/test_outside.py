"""A frame that other code has changed, and wrong arguments: every call says what is wrong, and nothing is lost."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from pixplot_widget import PixPlot
from pixplot_widget.edits import EditLog
from pixplot_widget.edits.growth import become
from pixplot_widget.errors import RowsChangedError
from tools.waiting import SECONDS

N = 6


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "filename": [f"{i}.png" for i in range(N)],
            "category": list("aabbcc"),
            "year": np.arange(1900, 1900 + N),
            "lat": 1.0,
            "lng": 2.0,
        }
    )


def add_a_row(df: pd.DataFrame) -> None:
    df.loc[99] = df.iloc[0].tolist()


def sort_in_place(df: pd.DataFrame) -> None:
    become(df, df.sort_values("year", ascending=False))


def sort_and_count_anew(df: pd.DataFrame) -> None:
    become(df, df.sort_values("year", ascending=False, ignore_index=True))


def drop_a_row(df: pd.DataFrame) -> None:
    become(df, df.drop(index=1))


def drop_the_files(df: pd.DataFrame) -> None:
    become(df, df.drop(columns="filename"))


ROWS = [drop_a_row, add_a_row, sort_in_place, sort_and_count_anew, drop_the_files]
# What goes by positions.
CALLS = {
    "relabel": lambda plot: plot.relabel([0], "z"),
    "relabel by mask": lambda plot: plot.relabel((plot.df["year"] > 0).to_numpy(), "z"),
    "relabel by frame": lambda plot: plot.relabel(plot.df.head(2), "z"),
    "flag": lambda plot: plot.flag(0, reason="blurred"),
    "undo": lambda plot: plot.undo(),
    "revert": lambda plot: plot.revert([0]),
    "rename_label": lambda plot: plot.rename_label("a", "z"),
    "merge": lambda plot: plot.merge(plot.patch),
    "append": lambda plot: plot.append(plot.df.head(1), np.zeros((1, 3))),
    "refresh": lambda plot: plot.refresh(),
    "select": lambda plot: plot.select([N - 1]),
    "select by mask": lambda plot: plot.select(np.ones(len(plot.df), bool)),
    "selected": lambda plot: plot.selected,
    "filter by query": lambda plot: setattr(plot, "filter", "year > 1902"),
    "filter by range": lambda plot: setattr(plot, "filter", {"column": "year", "min": 1902}),
    "filter by label": lambda plot: setattr(plot, "filter", {"column": "category", "any": ["a"]}),
    "filter by rows": lambda plot: setattr(plot, "filter", [0, 1]),
    "filtered": lambda plot: plot.filtered,
    "restore": lambda plot: plot.restore(plot.kept),
    "review": lambda plot: plot.review("year"),
    "review rows": lambda plot: plot.review([N - 1]),
    "fly_to": lambda plot: plot.fly_to(N - 1),
    "similar": lambda plot: plot.similar(N - 1),
    "add_layout": lambda plot: plot.add_layout("mine", ("lat", "lng")),
    "arrange": lambda plot: plot.arrange("sorted", by="year"),
    "color_by": lambda plot: setattr(plot, "color_by", "year"),
    "vectors": lambda plot: setattr(plot, "vectors", np.zeros((N, 3))),
    "hotspots": lambda plot: setattr(plot, "hotspots", {"ends": [0, N - 1]}),
    "hotspot_columns": lambda plot: plot.hotspot_columns(),
    "problems": lambda plot: plot.problems,
    "to_folders": lambda plot: plot.to_folders(plot.folder),
}
RAW = re.compile(
    "broadcast|operands|out-of-bounds|out of bounds|boolean index|unhashable|not iterable|has no attribute"
)


def refusal(call: Callable, *arguments: Any) -> Exception | None:
    """Return what a call raises of what users are told, None if it raises nothing."""
    try:
        call(*arguments)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        return error
    return None


@pytest.fixture
def plot(tmp_path):
    df = frame()
    rng = np.random.default_rng(0)
    made = PixPlot(df, rng.normal(size=(N, 3)), image_dir=tmp_path, journal=tmp_path / "edits.jsonl", cache=False)
    made.wait(SECONDS)
    made.folder, made.patch, made.journal = tmp_path / "folders", tmp_path / "patch.csv", tmp_path / "edits.jsonl"
    made.patch.write_text("file,column,new\n5.png,category,a\n")
    made.relabel([2], "a")
    made.select([N - 1])
    made.filter = "year > 1901"
    made.kept = made.state()
    yield made
    made.close()


@pytest.mark.parametrize("tamper", ROWS, ids=lambda tamper: tamper.__name__)
def test_rows_changed_outside(plot, tamper):
    df, before, edits = plot.df, plot.df.copy(), plot.edits
    journal = plot.journal.read_bytes()
    tamper(df)
    after = df.copy()
    for name, call in CALLS.items():
        if "year" not in df and "mask" in name:
            continue
        refused = refusal(call, plot)
        assert isinstance(refused, RowsChangedError), (name, refused)
        assert "Make a new PixPlot of the frame as it is now, or put the rows back" in str(refused)
        assert_frame_equal(df, after)
    # What was done can be taken out, and goes on once the rows are back.
    assert_frame_equal(plot.edits, edits)
    assert "2.png" in plot.changes_to_csv()
    assert len(plot.clean()) == len(after)
    assert plot.journal.read_bytes() == journal
    assert (plot.selection.tolist(), plot.filter) == ([N - 1], "year > 1901")
    become(df, before)
    assert len(plot.filtered) == N - 2
    plot.undo()
    assert df["category"].tolist() == list("aabbcc")


COLUMNS = {
    "is not in the frame any more": lambda df: become(df, df.drop(columns="category")),
    "must be one value": lambda df: df.__setitem__("category", [["x"]] * N),
    "more than one column": lambda df: df.insert(0, "category", "x", allow_duplicates=True),
    "is to hold the flags, True or False": lambda df: df.__setitem__("remove", ["yes"] * N),
}


@pytest.mark.parametrize("words", COLUMNS)
def test_columns_changed_outside(plot, words):
    df, before, edits = plot.df, plot.df.copy(), plot.edits
    COLUMNS[words](df)
    after = df.copy()
    for name in ("relabel", "flag", "undo", "revert", "rename_label", "merge", "append", "refresh", "to_folders"):
        assert words in str(refusal(CALLS[name], plot)), name
        assert_frame_equal(df, after)
    if "flags" in words:
        assert "yes" in plot.to_csv()  # nothing that is in the frame is kept from leaving it
    else:
        assert words in str(refusal(lambda: plot.to_csv()))
    assert_frame_equal(plot.edits, edits)
    become(df, before)
    plot.undo()
    assert df["category"].tolist() == list("aabbcc")


def test_lists_among_labels_are_named_by_their_row_and_elsewhere_they_leave_as_text(plot):
    labels = list("aabbcc")
    labels[4] = ["c"]
    plot.df["category"] = pd.Series(labels, dtype=object)
    refused = refusal(lambda: plot.to_csv())
    assert str(refused) == "column 'category' holds a list in row 4; a label must be one value"
    assert "in row 4" in str(refusal(lambda: plot.relabel([4], "a")))
    assert "in row 4" in str(refusal(lambda: plot.revert([3, 4])))
    plot.df["category"] = list("aabbcc")
    plot.df["tokens"] = [["NA"], "NA", [], None, {"a": 1}, 3]
    with pytest.warns(UserWarning, match="column 'tokens' holds 'NA'"):
        assert "\"['NA']\"" in plot.to_csv()


TAKING_ROWS = {
    "relabel": lambda plot, rows: plot.relabel(rows, "a"),
    "flag": lambda plot, rows: plot.flag(rows),
    "revert": lambda plot, rows: plot.revert(rows),
    "select": lambda plot, rows: plot.select(rows),
    "filter": lambda plot, rows: setattr(plot, "filter", rows),
    "review": lambda plot, rows: plot.review(rows),
    "similar": lambda plot, rows: plot.similar(rows),
    "fly_to": lambda plot, rows: plot.fly_to(rows),
}
NO_ROWS = [
    99,
    -99,
    1.5,
    [0, 99],
    [True, False],
    np.ones(N + 1, bool),
    [0.5],
    [None],
    pd.Index(["nobody"]),
    pd.DataFrame({"a": [1]}, index=["nobody"]),
    np.zeros((2, 2), int),
    {"a": 1},
    object(),
]


def test_rows_that_are_none(plot):
    before, edits = plot.df.copy(), len(plot.edits)
    for (name, call), rows in itertools.product(TAKING_ROWS.items(), NO_ROWS):
        words = str(refusal(call, plot, rows))
        assert len(words) > 20, (name, rows, words)
        assert not RAW.search(words), (name, rows, words)
    assert_frame_equal(plot.df, before)
    assert (len(plot.edits), plot.selection.tolist(), plot.filter) == (edits, [N - 1], "year > 1901")


@given(label=st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.just(object())))
@settings(max_examples=60, deadline=None)
def test_any_label_is_taken_or_refused_in_words(label):
    df = frame()
    log = EditLog(df, identity=["filename"])
    refused = refusal(lambda: log.relabel([1, 2], label))
    if refused:
        assert len(str(refused)) > 20
        assert not RAW.search(str(refused))
        assert len(log.edits) == 0
    else:
        log.undo()
    assert_frame_equal(df, frame())
