"""The review queue: its order, and where it goes on."""

from __future__ import annotations

import decimal
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page import Page
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.protocol import ReviewMove, ReviewWanted
from pixplot_widget.workspace.review_queue import MOST_LEFT, ReviewQueue


def test_a_review_goes_on_where_it_was_left(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    plot.review("year")
    first = page.wait_part("review")
    assert (first.rows.tolist(), first.title, first.place) == ([5, 4, 3, 2, 1, 0], "by year", 0)
    assert plot.review_at == 0
    plot.review_at = 4
    plot.review_at = -1
    later = Page(plot, "later")
    later.hello()
    assert later.wait_part("review").place == 4
    plot.review("year")
    assert plot.review_at == 4
    plot.review("year", ascending=True)
    assert plot.review_at == 0
    # Rows that were chosen on a page: that page goes through them by itself.
    plot.review_at = -1
    page.say(ReviewWanted(rows=np.array([3, 1], dtype=np.int32), by=""))
    assert page.wait_part("review", lambda m: m.rows.tolist() == [3, 1]).place == 0
    assert plot.review_at == -1
    page.say(ReviewWanted(rows=np.zeros(0, dtype=np.int32), by="year"))
    assert page.wait_part("review", lambda m: len(m.rows) == 6).title == "by year"
    assert plot.review_at == 4  # the few that were chosen between have not moved it
    page.say(ReviewWanted(rows=np.zeros(0, dtype=np.int32), by="nothing"))
    assert "nothing" in page.wait(lambda m: m.type == "trouble").text
    with pytest.raises(KeyError, match="suspicion"):
        plot.review()


def test_a_review_by_what_it_corrects_keeps_its_order(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    plot.review("category")
    assert page.wait_part("review").rows.tolist() == [0, 3, 1, 4]
    page.edit("label", [0], "zebra")
    page.edit("label", [3], "dog")
    plot.review_at = 2
    plot.review_at = -1
    plot.review("category")
    assert page.wait_part("review").rows.tolist() == [0, 3, 1, 4]
    assert plot.review_at == 2
    plot.review("category", ascending=False)
    assert page.wait_part("review", lambda m: m.rows[1] == 1).rows.tolist() == [0, 1, 3, 4]
    assert plot.review_at == 0
    plot.review_at = 4  # all are seen
    plot.review("category", ascending=False)
    assert plot.review_at == 0


def test_a_review_goes_on_in_another_kernel_that_reads_the_journal(make, tmp_path):
    journal = tmp_path / "edits.jsonl"
    first = make(6, journal=journal)
    first.review("year")
    Page(first).say(ReviewMove(client="page", at=3))
    first.close()
    second = make(6, journal=journal)
    page = Page(second)
    page.hello()
    offered = page.wait_part("review")
    assert (offered.rows.tolist(), offered.title, offered.place) == ([5, 4, 3, 2, 1, 0], "by year", 3)
    assert second.review_at == -1
    second.review("year")
    assert second.review_at == 3
    second.review_at = 6
    second.close()
    third = make(6, journal=journal)  # all were seen: there is nothing to go on with
    assert third.state()["review"] is None
    third.review("year")
    assert third.review_at == 0


def test_a_review_from_the_screen_goes_through_what_is_shown(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    plot.filter = np.array([False, True, False, True, True, False])
    everything = ReviewWanted(rows=np.zeros(0, dtype=np.int32), by="year")
    page.say(everything)
    assert page.wait_part("review", lambda m: len(m.rows) == 3).rows.tolist() == [4, 3, 1]
    plot.filter = np.zeros(6, dtype=bool)
    page.say(everything)
    assert "no image that is shown has a value of 'year'" in page.wait(lambda m: m.type == "trouble").text
    plot.review("year")  # from code: whatever the screen shows
    assert len(page.wait_part("review", lambda m: len(m.rows) == 6).rows) == 6


def test_a_review_goes_by_a_column_a_series_or_rows(make):
    df = pd.DataFrame({"category": list("abcd"), "score": [0.2, None, 0.9, 0.5]}, index=list("wxyz"))
    plot = make(df=df)
    page = Page(plot)
    page.hello()
    orders = {
        "score": [2, 3, 0],
        "category": [0, 1, 2, 3],
    }
    for by, rows in orders.items():
        plot.review(by=by)
        assert page.wait_part("review", lambda part, by=by: part.title == f"by {by}").rows.tolist() == rows
    plot.review(by=(1 - df["score"]).rename("certainty"))  # has the frame's index, need not be in it
    assert page.wait_part("review", lambda part: part.title == "by certainty").rows.tolist() == [0, 3, 2]
    plot.review(by=[3, 1])
    assert page.wait_part("review", lambda part: part.title == "chosen images").rows.tolist() == [3, 1]
    with pytest.raises(KeyError, match=r"'suspicion' is no column of df.*find_suspects\(df\)\['suspicion'\] makes one"):
        plot.review()


def test_what_is_suggested_goes_out_with_the_review_as_the_frame_is_now(make):
    plot = make(6, labels=["cat", "dog"])
    page = Page(plot)
    page.hello()

    def suggested(wanted):
        found = page.wait_part("suggested-labels", lambda m: said(m) == wanted)
        assert found.codes.dtype == np.int32

    def said(message):
        return [None if code < 0 else message.names[code] for code in message.codes]

    # A column that is made while the picture is there; what is no label is no suggestion.
    plot.df["suggested"] = ["dog", None, "unicorn", "cat", None, None]
    plot.review("year")
    suggested(["dog", None, None, "cat", None, None])
    # Another search for suspects writes into the same column.
    plot.df["suggested"] = [None, "cat", None, None, None, None]
    page.say(ReviewWanted(rows=np.zeros(0, dtype=np.int32), by="year"))
    suggested([None, "cat", None, None, None, None])
    plot.df["suggested"] = [["cat"]] * 6  # it is about something else
    plot.refresh()
    suggested([])
    plot.df["suggested"] = "dog"
    plot.refresh()
    suggested(["dog"] * 6)
    del plot.df["suggested"]
    plot.refresh()
    suggested([])


def test_suggestions_from_the_start_in_a_column_of_another_name(make):
    df = pd.DataFrame({"category": ["cat", "dog", "cat"], "maybe": ["dog", None, None], "suggested": ["dog"] * 3})
    page = Page(make(df=df, roles={"suggested": "maybe"}))
    page.hello()
    assert page.wait_part("suggested-labels").codes.tolist() == [0, -1, -1]
    page.edit("label", [0], "dog", how="suggestion")
    assert page.plot.edits[["old", "new", "how"]].values.tolist() == [["cat", "dog", "suggestion"]]


@pytest.mark.parametrize("small", ["chosen", "filtered", "other column", "other order"])
def test_a_small_review_leaves_the_place_of_a_large_one(make, small, tmp_path):
    plot = make(12, journal=tmp_path / "edits.jsonl")
    page = Page(plot)
    page.hello()
    none = np.zeros(0, dtype=np.int32)
    page.say(ReviewWanted(rows=none, by="year"))
    page.say(ReviewMove(client="page", at=7))
    if small == "chosen":
        page.say(ReviewWanted(rows=np.array([3, 1], dtype=np.int32), by=""))
    elif small == "filtered":
        plot.filter = {"column": "year", "max": 1903}
        page.say(ReviewWanted(rows=none, by="year"))
    else:
        plot.review(*(("category",) if small == "other column" else ("year", True)))
    at = {"chosen": 1, "filtered": 2}.get(small, 3)
    page.say(ReviewMove(client="page", at=at))
    page.say(ReviewMove(client="page", at=-1))
    plot.filter = None
    plot.review("year")
    assert plot.review_at == 7
    plot.close()
    again = make(12, journal=tmp_path / "edits.jsonl")  # in another kernel both are there
    again.review("year")
    assert again.review_at == 7
    if small == "filtered":
        later = Page(again)
        later.hello()
        again.filter = {"column": "year", "max": 1903}
        later.say(ReviewWanted(rows=none, by="year"))
        assert again.review_at == 2
    if small == "other order":
        again.review("year", ascending=True)
        assert again.review_at == 3


ORDERS = [("a", None), ("a", True), ("b", None), ([5, 2, 3], None), ([0, 1], None)]


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["", "x"]), st.integers(0, 6)), max_size=12))
def test_each_order_has_a_place_of_its_own(steps):
    """The same order under the same filter goes on; of rows that are given, only the last ones are known."""
    df = pd.DataFrame({"a": [3, 1, 2, 9, 7, 5], "b": [1, 2, 3, 3, 2, 1]})
    queue, left, given_rows = ReviewQueue(), {}, {}
    for which, among, to in steps:
        by, ascending = ORDERS[which]
        key = (which, among) if which < 3 else (None, among)
        if which >= 3 and given_rows.get(among) != which:
            left.pop(key, None)
            given_rows[among] = which
        assert queue.fill(df, by, ascending, among=among) == left.get(key, 0)
        queue.place = min(to, len(queue.rows))
        left[key] = queue.place % len(queue.rows)
        kept = queue.to_json()
        queue = ReviewQueue() if kept is None else ReviewQueue.from_json(json.loads(json.dumps(kept)), len(df))


def test_so_many_places_are_kept():
    df = pd.DataFrame({f"c{k}": range(4) for k in range(30)})
    queue = ReviewQueue()
    for name in df.columns:
        queue.fill(df, name, None)
        queue.place = 2
    assert len(queue.to_json()["left"]) == MOST_LEFT
    assert [queue.fill(df, name, None) for name in ("c29", "c28", "c0")] == [2, 2, 0]


def test_earlier_versions_and_this_one_read_one_anothers_reviews():
    df = pd.DataFrame({"a": [3, 1, 2], "b": [1, 2, 3]})
    old = {"by": "a", "ascending": None, "place": 1, "rows": [0, 2, 1]}
    queue = ReviewQueue.from_json(old, 3)
    assert queue.to_json() == old
    assert queue.fill(df, "b", None) == 0
    queue.place = 2
    assert {name: queue.to_json()[name] for name in old} == {
        "by": "b",
        "ascending": None,
        "place": 2,
        "rows": [2, 1, 0],
    }


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([3, "later", None, 10], [3, 0, 1]),
        ([True, "no", 2.5], [2, 0, 1]),
        (pd.Categorical(["low", "high", None], ["low", "mid", "high"], ordered=True), [0, 1]),
        (pd.Series([decimal.Decimal(2), decimal.Decimal(10)], dtype=object), [0, 1]),
    ],
)
def test_a_column_of_mixed_values_is_reviewed_as_text(make, values, order):
    plot = make(df=pd.DataFrame({"category": ["a"] * len(values), "note": values}))
    plot.review("note")
    assert plot._workspace.review.queue.rows.tolist() == order


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, {1}, np.zeros(2), (1, "a")])
def test_a_column_of_anything_is_reviewed_by_its_text(make, value):
    notes = pd.Series([None, "zebra", value], dtype=object)
    plot = make(df=pd.DataFrame({"category": ["a"] * 3, "note": notes}))
    plot.review("note")
    assert plot._workspace.review.queue.rows.tolist() == ([1, 2] if str(value) > "zebra" else [2, 1])


def test_a_place_that_the_queue_does_not_have_is_refused():
    plot = PixPlot(pd.DataFrame({"category": ["a", "b"]}), image=pictures(2), cache=False)
    plot.review([1, 0])
    with pytest.raises(IndexError, match="the review has 2 images; there is no place 3 in it"):
        plot.review_at = 3
    assert plot.review_at == plot._workspace.review.at == 0
    plot.review_at = 2  # all are seen
    assert plot._workspace.review.at == 2
    plot.close()
