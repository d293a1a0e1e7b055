"""The review queue: its order, and where it goes on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from page import Page

from pixplot_widget.protocol import ReviewMove, ReviewWanted


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
