"""Two plots that go together."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest

from pixplot_widget import PixPlot, link
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
