"""What is set and read on a plot: selection, filter, layouts, colors, vectors."""

from __future__ import annotations

import threading

import ipywidgets
import numpy as np
import pytest
import traitlets
from page import Page

from pixplot_widget import protocol
from pixplot_widget.layouts import Layout
from pixplot_widget.protocol import Select
from tools.waiting import SECONDS


def test_selection_goes_both_ways(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    page.say(Select(client="page", rows=np.array([4, 1], dtype=np.int32)))
    assert plot.selection.tolist() == [4, 1]
    assert plot.selected.year.tolist() == [1904, 1901]
    plot.selection = plot.df.year > 1903
    assert page.wait_part("selection", lambda m: m.rows.tolist() == [4, 5]).client == ""
    seen = []
    plot.observe(lambda change: seen.append(change["new"].tolist()), "selection")
    plot.select(0)
    assert seen == [[0]]
    with pytest.raises(IndexError, match="6"):
        plot.select([6])
    assert plot.selection.tolist() == [0]


def test_filter_takes_masks_and_queries(make):
    plot = make(6)
    page = Page(plot)
    page.hello()
    plot.filter = "year >= 1904"
    assert page.wait_part("filter").mask.tolist() == [0, 0, 0, 0, 1, 1]
    plot.filter = [True] * 2 + [False] * 4
    page.wait_part("filter", lambda m: m.mask.tolist() == [1, 1, 0, 0, 0, 0])
    plot.filter = None
    page.wait_part("filter", lambda m: m.mask.size == 0)
    with pytest.raises(ValueError, match="no query"):
        plot.filter = "yeer > 3"


def test_layout_and_coloring_take_only_what_there_is(make):
    plot = make(6).wait()
    plot.layout = "sorted"
    assert plot.layout_name == "sorted"
    plot.layout_name = "category"
    assert plot.layout == "category"
    with pytest.raises(ValueError, match="there are 'umap'"):
        plot.layout = "cube"
    plot.color_by = "category"
    assert plot.color_by == ""
    with pytest.raises(ValueError, match="'year'"):
        plot.color_by = "color"


def test_synced_state_is_tiny(make):
    plot = make(600).wait()
    state = {name: value for name, value in plot.get_state().items() if name not in ("_esm", "_css")}
    assert len(str(state)) < 2_000
    assert ipywidgets.VBox([plot]).children == (plot,)


def test_own_layouts(make):
    plot = make(4).wait()
    plot.add_layout("mine", [[0, 0], [0, 1], [1, 0], [np.nan, 1]])
    plot.add_layout("years", ("year", "year"))
    assert {"mine", "years"} <= set(plot.layouts)
    plot.layout = "mine"
    kept = plot.add_layout("kept", plot.layouts["umap"])
    assert plot.layouts["kept"] is kept is plot.layouts["umap"]
    assert len({tuple(at) for at in plot.arrange("kept", fill=True).xy.tolist()}) == 4
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        plot.add_layout("bad", [[1, 2]])
    with pytest.raises(ValueError, match=r"not \(1, 2\)"):
        plot.add_layout("bad", Layout(np.zeros((1, 2), np.float32)))
    with pytest.raises(KeyError, match="yeer"):
        plot.add_layout("bad", ("yeer", "year"))


def test_new_vectors_move_the_sprites(make):
    rng = np.random.default_rng(0)
    plot = make(30, vectors=rng.normal(size=(30, 8))).wait()
    before = plot.layouts["umap"].xy
    plot.vectors = rng.normal(size=(30, 5))
    plot.wait()
    after = plot.layouts["umap"].xy
    assert plot.vectors.shape == (30, 5)
    assert np.isfinite(after).all()
    assert not np.array_equal(before, after)
    with pytest.raises(ValueError, match="30"):
        plot.vectors = np.zeros((3, 3))


def test_variants_are_aligned_layouts(make):
    rng = np.random.default_rng(0)
    plot = make(40, vectors=rng.normal(size=(40, 8)), n_neighbors=[5, 15], min_dist=[0.01, 0.5]).wait()
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").layouts == [
        ["umap", "Similarity (UMAP)"],
        ["grid", "Grid of similarity"],
        ["category", "By category"],
        ["date", "By date"],
        ["sorted", "Sorted"],
        ["pca", "Similarity (PCA)"],
    ]
    for name in ("umap", "umap?min_dist=0.5", "umap?n_neighbors=15", "umap?n_neighbors=15&min_dist=0.5"):
        plot.layout = name
        assert np.isfinite(page.wait_part(f"layout/{name}").xy).all()


def test_rows_without_a_vector_stand_apart(make):
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    vectors[3] = np.nan
    layout = make(20, vectors=vectors).wait().layouts["umap"]
    assert np.isfinite(layout.xy).all()
    assert [(caption.text, caption.count) for caption in layout.captions] == [("no vector", 1)]
    assert layout.xy[3, 1] < np.delete(layout.xy[:, 1], 3).min()


def test_revision_counts_edits_selections_and_filters_wherever_they_come_from(make):
    plot = make(6)
    page = Page(plot)
    seen = []
    plot.observe(lambda change: seen.append(change["new"]), "revision")
    acts = [
        lambda: plot.relabel(0, "owl"),
        lambda: plot.undo(),
        lambda: page.edit("flag", [1], True),
        lambda: plot.select([1]),
        lambda: page.say(protocol.Select(client="page", rows=np.array([2, 3], np.int32))),
        lambda: setattr(plot, "filter", "year > 1901"),
        lambda: page.say(protocol.FilterWanted(client="page", seq=1, conditions=[])),
    ]
    assert plot.revision == 0
    for count, act in enumerate(acts, start=1):
        act()
        assert plot.revision == count
    assert seen == list(range(1, len(acts) + 1))
    assert plot.get_state("revision") == {"revision": len(acts)}
    for nothing in (
        lambda: plot.relabel(0, "cat"),  # it is so already
        lambda: plot.select([2, 3]),
        lambda: setattr(plot, "sprite_size", 2),
        lambda: page.say(protocol.Hover(client="page", row=3)),
    ):
        nothing()
    assert plot.revision == len(acts)


def test_pages_only_read_the_revision(make):
    plot = make(6)
    plot.select([1])
    plot.set_state({"revision": 99, "sprite_size": 2.0})
    assert (plot.revision, plot.sprite_size) == (1, 2.0)
    with pytest.raises(traitlets.TraitError):
        plot.revision = 7


def test_revisions_of_several_threads_never_go_back(make):
    plot = make(6)
    seen = []
    plot.observe(lambda change: seen.append((change["old"], change["new"])), "revision")

    def work(k: int) -> None:
        for turn in range(30):
            plot.relabel(k, "ab"[turn % 2])
            plot.selection = [k, turn % 3 + 3]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert all(old < new for old, new in seen)
    assert plot.revision == max(new for _, new in seen)


def test_what_is_hovered_is_told_and_not_synced(make):
    plot = make(6)
    page = Page(plot)
    seen = []
    plot.observe(lambda change: seen.append(change["new"]), "hovered")
    for row in (3, 3, -1, 5, 6):  # there is no row 6, of which nothing is heard
        page.say(protocol.Hover(client="page", row=row))
    assert seen == [3, -1, 5]
    assert "hovered" not in plot.get_state()
    plot.hovered = 2  # by code, for whoever observes it
    assert seen[-1] == 2
    with pytest.raises(traitlets.TraitError):
        plot.hovered = -2
