"""Filters: what a user writes or a page asks for, and which rows pass."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page import Page

from pixplot_widget import PixPlot
from pixplot_widget.colors import palette
from pixplot_widget.comm.facets import BINS, facet_message, filter_message
from pixplot_widget.facets import kind_of
from pixplot_widget.facets.filter_state import FilterState
from pixplot_widget.facets.filters import STATES, Sieve
from pixplot_widget.protocol import FilterWanted, Want

TAGS = ["red", "blue", "wool"]


def frame(n: int = 8) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "category": (["cat", "dog", None, "cat"] * n)[:n],
            "tags": (["red|wool", "blue", None, "red|blue|wool"] * n)[:n],
            "score": ([0.1, 0.5, np.nan, 0.9] * n)[:n],
            "taken": pd.to_datetime((["2020-01-01", "2020-01-02 12:00", None, "1999-12-31"] * n)[:n], format="mixed"),
            "note": [f"note {k} of a Day" for k in range(n)],
        }
    )


def sieve_of(df: pd.DataFrame, **states) -> Sieve:
    codes, names = pd.factorize(df.category)
    return Sieve(lambda: df, "category", lambda: (codes.astype(np.int32), list(names)), states)


def rows(sieve: Sieve, value) -> list[int]:
    return np.flatnonzero(sieve.mask(sieve.check(value))).tolist()


@pytest.mark.parametrize(
    ("value", "passing"),
    [
        (None, [0, 1, 2, 3]),
        ({"column": "category", "any": ["cat"]}, [0, 3]),
        ({"column": "category", "any": ["dog", None]}, [1, 2]),
        ({"column": "category", "any": []}, []),
        ({"column": "tags", "any": ["blue", "wool"]}, [0, 1, 3]),
        ({"column": "tags", "all": ["red", "blue"]}, [3]),
        ({"column": "tags", "any": [None]}, [2]),
        ({"column": "tags", "any": ["no such tag"]}, []),
        ({"column": "score", "min": 0.5}, [1, 3]),
        ({"column": "score", "min": 0.1, "max": 0.5}, [0, 1]),
        ({"column": "taken", "max": "2020-01-01"}, [0, 3]),
        ({"column": "taken", "min": pd.Timestamp("2020-01-01"), "max": "2020-01-02"}, [0, 1]),
        ({"column": "note", "contains": "2 OF A day"}, [2]),
        ({"is": "flagged"}, [1]),
        ({"is": "not flagged"}, [0, 2, 3]),
        ("score > 0.3", [1, 3]),
        ([True, False, False, True], [0, 3]),
        ([2], [2]),
        (["score > 0.3", {"column": "category", "any": ["dog"]}], [1]),
        ({"category": "cat"}, [0, 3]),
        ({"category": ["dog", None], "score": 0.5}, [1]),
        ({"note": "2 OF A day", "category": None}, [2]),
    ],
)
def test_a_filter_lets_pass_what_it_says(value, passing):
    df = frame(4)
    assert rows(sieve_of(df, flagged=lambda: np.arange(4) == 1), value) == passing


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"column": "score", "any": ["cat"]}, ValueError, "holds numbers: filter it by 'min' or 'max'"),
        ({"column": "color", "any": ["cat"]}, KeyError, "no column 'color'.*category"),
        ({"column": "category", "any": "cat"}, TypeError, "list of values"),
        ({"column": "score", "min": "low"}, TypeError, "holds numbers"),
        ({"column": "taken", "min": "soon"}, ValueError, "holds dates"),
        ({"is": "nice"}, ValueError, "flagged"),
        ({"categry": "cat"}, KeyError, "did you mean .category"),
        ({"tags": "cat", "is": "flagged"}, ValueError, "a condition is"),
        ({"score": [1, 2]}, ValueError, "filter it by one value"),
        ("scoore > 3", ValueError, "no query"),
        ([7], IndexError, "7"),
    ],
)
def test_what_is_no_filter_is_refused_in_words(value, error, words):
    with pytest.raises(error, match=words):
        sieve_of(frame(4)).check(value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "numbers"),
        ([True, False, True], "categories"),
        (pd.Categorical(["a", "b", "a"]), "categories"),
        (["a", "b", "a", "b"], "categories"),
        (["a|b", "c", None], "tags"),
        ([["a", "b"], [], ["c"]], "tags"),
        (["1", "2", "3"], "text"),
        (pd.to_datetime(["2020-01-01", None]), "dates"),
        ([datetime.date(1500, 1, 1), None], "dates"),
        ([None, None], None),
        ([{"a": 1}, {}], None),
        ([np.zeros(3), np.zeros(3)], None),
    ],
)
def test_columns_are_filtered_by_what_they_hold(values, kind):
    assert kind_of(pd.Series(values)) == kind


conditions = st.one_of(
    st.builds(lambda v: {"column": "tags", "any": v}, st.lists(st.sampled_from([*TAGS, None]))),
    st.builds(lambda v: {"column": "tags", "all": v}, st.lists(st.sampled_from(TAGS))),
    st.builds(lambda v: {"column": "category", "any": v}, st.lists(st.sampled_from(["cat", "dog", None]))),
    st.builds(lambda a, b: {"column": "score", "min": a, "max": b}, st.floats(0, 1), st.floats(0, 1)),
    st.builds(lambda s: {"is": s}, st.sampled_from(STATES[:2])),
    st.builds(lambda bits: {"rows": np.array(bits)}, st.lists(st.booleans(), min_size=8, max_size=8)),
    st.builds(lambda a: {"query": f"score < {a}"}, st.floats(0, 1)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions, max_size=4))
def test_a_filter_survives_the_page_and_a_file(wanted):
    sieve = sieve_of(frame(), flagged=lambda: np.arange(8) % 2 == 0)
    checked = sieve.check(wanted or None)
    passing = sieve.mask(checked)
    told = json.loads(json.dumps(sieve.to_page(checked)))
    np.testing.assert_array_equal(sieve.mask(sieve.from_page(told)), passing)
    kept = json.loads(json.dumps(sieve.to_json(checked)))
    np.testing.assert_array_equal(sieve.mask(sieve.from_json(kept)), passing)


def test_dates_go_to_the_page_in_seconds_and_come_back_as_text():
    sieve = sieve_of(frame())
    (told,) = sieve.to_page(sieve.check({"column": "taken", "min": "2020-01-02"}))
    assert told["min"] == pd.Timestamp("2020-01-02").timestamp()
    (back,) = sieve.from_page([{"column": "taken", "min": told["min"], "max": told["min"]}])
    assert back == {"column": "taken", "min": "2020-01-02", "max": "2020-01-02T00:00:00"}


def test_large_columns_are_summed_up_for_the_page():
    n = 250_000
    df = pd.DataFrame({"category": ["a", "b"] * (n // 2), "score": np.linspace(0, 1, n)})
    sieve = sieve_of(df)
    score, category = (facet_message(name, sieve.facet(name)) for name in ("score", "category"))
    assert (score.values.size, category.codes.size, score.complete) == (0, 0, False)
    assert score.counts.sum() == n
    assert len(score.counts) == BINS
    assert category.counts.tolist() == [n // 2, n // 2]
    df["note"] = [f"note {k}" for k in range(n)]
    note = facet_message("note", sieve.facet("note"))
    assert (note.text.size, note.complete) == (0, False)


@pytest.fixture
def plot():
    df = frame()
    made = PixPlot(df, image=[np.full((8, 8), k, np.uint8) for k in range(len(df))], cache=False)
    yield made
    made.close()


def test_a_question_that_is_only_read_is_not_told_as_answered():
    """What pages are told is made in another thread, at any moment."""
    state = FilterState(sieve_of(frame(4)))
    state.set({"category": "cat"})
    state.check(None)
    told = filter_message(state)
    assert (told.seq, told.conditions) == (0, [{"column": "category", "any": ["cat"]}])
    state.set(None, ("page", 1))
    told = filter_message(state)
    assert (told.client, told.seq, told.conditions) == ("page", 1, [])


def test_a_question_that_was_refused_is_answered_by_the_filter_there_is():
    state = FilterState(sieve_of(frame(4)))
    state.set({"category": "cat"}, ("page", 1))
    with pytest.raises(KeyError):
        state.set({"nowhere": 1}, ("page", 2))
    told = filter_message(state)
    assert (told.seq, len(told.conditions)) == (1, 1)
    state.refuse(("page", 2))
    told = filter_message(state)
    assert (told.seq, len(told.conditions)) == (2, 1)


def test_what_a_page_filters_by_is_read_in_python(plot):
    page = Page(plot)
    page.hello()
    seen = []
    plot.observe(lambda change: seen.append(change["new"]), "filter")
    page.say(
        FilterWanted(
            client="page",
            seq=1,
            conditions=[{"column": "tags", "any": ["red"]}, {"column": "score", "min": 0.5}],
        )
    )
    told = page.wait_part("filter", lambda part: part.seq == 1)
    assert plot.filter == [{"column": "tags", "any": ["red"]}, {"column": "score", "min": 0.5}]
    assert seen == [plot.filter]
    assert told.mask.tolist() == [0, 0, 0, 1] * 2
    assert told.fixed.size == 0
    assert plot.filtered.index.tolist() == [3, 7]
    # A query from Python stays when a page adds to it, and the page hears which rows it lets pass.
    plot.filter = "score > 0.3"
    told = page.wait_part("filter", lambda part: [each.get("query") for each in part.conditions] == ["score > 0.3"])
    assert told.conditions[0]["count"] == 4
    assert told.fixed.tolist() == [0, 1, 0, 1] * 2
    more = [*told.conditions, {"is": "flagged"}]
    page.say(FilterWanted(client="page", seq=2, conditions=more))
    page.wait_part("filter", lambda part: part.seq == 2)
    assert plot.filter == [{"query": "score > 0.3"}, {"is": "flagged"}]
    page.say(FilterWanted(client="page", seq=3, conditions=[]))
    page.wait_part("filter", lambda part: part.seq == 3)
    assert plot.filter is None


def test_a_bad_filter_of_a_page_changes_nothing_and_is_answered(plot):
    page = Page(plot)
    page.hello()
    plot.filter = "score > 0.3"
    page.say(FilterWanted(client="page", seq=1, conditions=[{"column": "nothing", "any": []}]))
    assert "no column 'nothing'" in page.wait(lambda message: message.type == "trouble").text
    assert plot.filter == "score > 0.3"


def test_a_filter_follows_edits(plot):
    page = Page(plot)
    page.hello()
    plot.filter = [{"is": "edited"}, {"column": "category", "any": ["fox"]}]
    page.wait_part("filter", lambda part: not part.mask.any())
    plot.relabel([2, 5], "fox")
    page.wait_part("filter", lambda part: np.flatnonzero(part.mask).tolist() == [2, 5])
    plot.undo()
    page.wait_part("filter", lambda part: not part.mask.any())


def test_columns_go_to_the_page_unasked_and_on_request(plot):
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").facets == [
        ["category", "categories"],
        ["tags", "tags"],
        ["score", "numbers"],
        ["taken", "dates"],
        ["note", "text"],
    ]
    tags = page.wait_part("facet/tags")
    assert dict(zip(tags.names, tags.counts.tolist(), strict=True)) == {"red": 4, "wool": 4, "blue": 4}
    notes = page.wait_part("facet/note")
    assert bytes(notes.text[notes.offsets[2] : notes.offsets[3]]).decode() == "note 2 of a day"
    after = len(page.messages)
    plot.df["score"] = plot.df["score"] * 2
    page.say(Want(part="facet/score"))
    assert page.wait(lambda message: message.type == "facet" and message.high == 1.8, after).missing == 2


def test_a_label_is_renamed_everywhere_in_one_step(plot):
    before = plot.df.category.copy()
    assert plot.rename_label("cat", "feline").index.tolist() == [0, 3, 4, 7]
    assert plot.df.category.value_counts().to_dict() == {"feline": 4, "dog": 2}
    # The new name has the old one's place, and so its key and its color.
    page = Page(plot)
    page.hello()
    shown = page.wait_part("labels")
    assert (shown.names, shown.codes.tolist()) == (["feline", "dog", "cat"], [0, 1, -1, 0, 0, 1, -1, 0])
    assert shown.palette.tolist() == palette(3).ravel().tolist()
    # It keeps it when the old name is given again, which is another label then; and each step back is one on the page.
    plot.relabel(1, "cat")
    plot.undo()
    plot.undo()
    page.hello([])
    page.wait_part("labels", lambda part: part.names == ["cat", "dog", "feline"] and part.codes[0] == 0)
    plot.redo()
    page.hello([])
    page.wait_part("labels", lambda part: part.names == ["feline", "dog", "cat"] and part.codes[0] == 0)
    plot.undo()
    # A label that was there from the start keeps its own.
    plot.relabel(plot.df.category.eq("dog").to_numpy(), "cat")
    page.hello([])
    page.wait_part("labels", lambda part: part.names == ["cat", "dog", "feline"] and (part.codes == 0).sum() == 6)
    plot.undo()
    pd.testing.assert_series_equal(plot.df.category, before)
    with pytest.raises(KeyError, match=r"no label 'cow'.*'cat'"):
        plot.rename_label("cow", "calf")


def test_colors_for_other_eyes_reach_the_page(plot):
    page = Page(plot)
    page.hello()
    ordinary = page.wait_part("labels").palette.tolist()
    page.say(Want(part="coloring/category"))
    plot.palette = "colorblind"
    page.wait_part("labels", lambda part: part.palette.tolist() != ordinary)
    plot.palette = "standard"
    page.wait_part("labels", lambda part: part.palette.tolist() == ordinary)
    plot.color_by = None
    assert plot.color_by is None
