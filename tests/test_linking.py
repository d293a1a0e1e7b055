"""Two plots that go together."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixplot_widget import PixPlot, link
from pixplot_widget.values import same
from tools.waiting import SECONDS

PICTURES = [np.full((8, 8), 40 * k, np.uint8) for k in range(6)]


@pytest.fixture
def make():
    made = []

    def make_(df: pd.DataFrame) -> PixPlot:
        made.append(PixPlot(df, image=PICTURES[: len(df)], cache=False))
        return made[-1]

    yield make_
    for plot in made:
        plot.close()


@pytest.fixture
def df():
    return pd.DataFrame({"category": list("aabbcc"), "score": np.arange(6.0)})


def edit_and_wait(plot: PixPlot) -> None:
    plot.relabel(0, "b")
    for thread in threading.enumerate():
        if thread.name == "pixplot-link":
            thread.join(SECONDS)


def test_selection_and_filter_go_together_both_ways(make, df):
    a, b, c = make(df), make(df), make(df)
    a.selection = [1]
    end = link(a, b, c)
    assert b.selection.tolist() == c.selection.tolist() == [1], "the others begin with what the first has"
    c.selection = [0, 5]
    assert a.selection.tolist() == b.selection.tolist() == [0, 5]
    b.filter = "score > 3"
    assert len(a.filtered) == len(c.filtered) == 2
    a.filter = np.arange(6) < 1
    assert len(b.filtered) == 1
    b.filter = None
    assert a.filter is None
    end()
    a.selection = []
    assert b.selection.tolist() == [0, 5]


def test_a_label_given_in_one_shows_in_all_of_the_frame(make, df):
    a, b, other = make(df), make(df), make(df.copy())
    link(a, b, other)
    seen = threading.Event()
    b.on_edit(lambda change: seen.set() if change.rows.tolist() == [0] else None)
    a.relabel(0, "c")
    assert seen.wait(SECONDS), "the other plot has not looked"
    assert {caption.text: caption.count for caption in b.layouts["category"].captions} == {"a": 1, "b": 2, "c": 3}
    assert other.df.category[0] == "a", "another frame is another's"


def test_edits_from_both_sides_end(make, df):
    """Each makes the other look at the frame; neither may wait for the other while it holds its own lock."""
    a, b = make(df), make(df)
    link(a, b)

    def edit(plot, rows):
        for k in range(30):
            plot.relabel(rows, "abc"[k % 3])

    threads = [threading.Thread(target=edit, args=pair) for pair in ((a, [0, 1]), (b, [4, 5]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert df.category.tolist() == list("ccbbcc")


def test_what_is_named_goes_together(make, df):
    a, b = make(df), make(df)
    link(a, b, traits=["color_by", "sprite_size"])
    a.color_by, a.sprite_size, a.selection = "score", 2, [3]
    assert (b.color_by, b.sprite_size, len(b.selection)) == ("score", 2, 0)


def test_what_cannot_be_linked_is_said(make, df):
    a, b = make(df), make(df.iloc[:3].copy())
    with pytest.raises(ValueError, match=r"have \[6, 3\] rows"):
        link(a, b)
    with pytest.raises(TypeError, match=r"link\(a, b\)"):
        link(a)
    with pytest.raises(ValueError, match="'heigth' cannot be linked"):
        link(a, make(df), traits=["heigth"])


def test_a_link_ends_with_a_frame_that_has_other_rows(make, df):
    a, b = make(df), make(df)
    link(a, b)
    a.append(pd.DataFrame({"category": ["a"], "score": [1.0]}), image=[PICTURES[0]])
    with pytest.warns(UserWarning, match="no longer linked: the frame has 7 rows"):
        edit_and_wait(a)
    a.selection = [2]
    assert b.selection.tolist() == []


# --- what several threads, observers and errors make of it ---

FILTERS = st.one_of(
    st.none(),
    st.just("score > 2"),
    st.lists(st.booleans(), min_size=6, max_size=6).map(lambda mask: np.array(mask)),
    st.just([{"column": "category", "any": ["a"]}, {"rows": np.arange(6) < 4}]),
)
SELECTIONS = st.lists(st.integers(0, 5), max_size=6, unique=True)
CHANGES = st.tuples(
    st.integers(0, 2), st.tuples(st.just("filter"), FILTERS) | st.tuples(st.just("selection"), SELECTIONS)
)


def agree(*plots: PixPlot) -> bool:
    first, *others = plots
    return all(same(getattr(first, name), getattr(plot, name)) for plot in others for name in ("selection", "filter"))


@pytest.fixture(scope="module")
def three():
    frame = pd.DataFrame({"category": list("aabbcc"), "score": np.arange(6.0)})
    plots = [PixPlot(frame.copy(), image=PICTURES, cache=False) for _ in range(3)]
    for plot in plots:
        plot.stop()
    yield plots
    for plot in plots:
        plot.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGES, min_size=1, max_size=6))
def test_whatever_changes_is_so_in_all(three, changes):
    end = link(*three)
    for k, (name, value) in changes:
        setattr(three[k], name, value)
        assert agree(*three)
        assert name != "selection" or three[0].selection.tolist() == value
    end()


def test_a_filter_that_holds_masks(make, df):
    a, b = make(df), make(df)
    link(a, b)
    a.filter = [{"is": "not flagged"}, {"rows": np.arange(6) < 2}]
    assert len(b.filtered) == 2
    b.filter = [{"is": "not flagged"}, {"rows": np.arange(6) < 3}]
    assert len(a.filtered) == 3


def test_what_an_observer_makes_of_a_change_is_passed_on(make, df):
    a, b, c = make(df), make(df), make(df)
    b.observe(lambda change: 5 in change["new"] or b.select([*change["new"], 5]), "selection")
    link(a, b, c)
    c.observe(lambda _change: setattr(c, "filter", "score > 1"), "selection")
    a.selection = [1]
    assert a.selection.tolist() == b.selection.tolist() == c.selection.tolist() == [1, 5]
    assert a.filter == b.filter == c.filter == "score > 1"


def test_observers_that_contradict_each_other_end(make, df):
    a, b = make(df), make(df)
    link(a, b)
    a.observe(lambda _change: a.select([0]), "selection")
    b.observe(lambda _change: b.select([1]), "selection")
    with pytest.warns(UserWarning, match="do not agree on selection"):
        a.selection = [2]
    a.unobserve_all("selection")
    b.sprite_size = 2  # all else goes on


def test_changes_of_several_threads_are_not_lost(make, df):
    plots = [make(df.copy()) for _ in range(3)]
    link(*plots, traits=["selection", "sprite_size"])
    begin = threading.Barrier(3)

    def change(k: int) -> None:
        begin.wait(SECONDS)
        for turn in range(60):
            plots[k].selection = [turn % 6, *([k] if turn % 6 != k else [])]
            plots[k].sprite_size = 1 + turn / 60

    threads = [threading.Thread(target=change, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert agree(*plots)
    assert len({plot.sprite_size for plot in plots}) == 1


def test_a_thread_that_edits_and_one_that_selects_do_not_wait_for_each_other(make, df):
    a, b = make(df), make(df)
    link(a, b)
    a.on_edit(lambda change: a.select(change.rows))
    b.on_edit(lambda change: b.select(change.rows))

    def edit(plot: PixPlot) -> None:
        for turn in range(40):
            plot.relabel(turn % 6, "abc"[turn % 3])
            plot.filter = f"score > {turn % 4}"

    threads = [threading.Thread(target=edit, args=(plot,), daemon=True) for plot in (a, b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)


def test_what_one_plot_cannot_take_over_the_others_do(make, df):
    a, b, c = make(df), make(df.drop(columns="score")), make(df.copy())
    a.filter = "score > 3"
    with pytest.warns(UserWarning, match="linked plot 2 did not take over filter: .*score"):
        end = link(a, b, c)
    assert (b.filter, len(c.filtered)) == (None, 2)
    c.selection = [4]
    assert b.selection.tolist() == [4]
    b.observe(lambda _change: 1 / 0, "selection")
    with pytest.warns(UserWarning, match="linked plot 2 did not take over selection: division by zero"):
        a.selection = [5]
    assert c.selection.tolist() == [5]
    end()


def test_what_a_plot_makes_of_a_value_is_not_passed_back(make, df):
    a, b = make(df), PixPlot(df.copy(), image=PICTURES, label="score", cache=False)
    link(a, b, traits=["color_by"])
    b.color_by = "category"  # of the other, the label column: ""
    assert (a.color_by, b.color_by) == ("", "category")
    b.close()


def test_a_plot_that_is_closed_leaves_and_the_others_stay(make, df):
    a, b, c = make(df), make(df), make(df)
    link(a, b, c)
    b.close()
    a.selection = [3]
    assert (b.selection.tolist(), c.selection.tolist()) == ([], [3])
    seen = threading.Event()
    c.on_edit(lambda change: seen.set() if change.rows.tolist() == [0] else None)
    a.relabel(0, "c")
    assert seen.wait(SECONDS)
