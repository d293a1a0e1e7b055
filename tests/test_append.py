"""More rows after those there are: the frame, the log and its journal, the pictures, the layouts and the pages grow."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page import Page

from pixplot_widget import PixPlot, link
from pixplot_widget.edits import EditLog
from pixplot_widget.edits.growth import become, grown
from pixplot_widget.errors import RowsChangedError
from pixplot_widget.layouts.scatter import inserted, scatter
from pixplot_widget.protocol import SheetWanted
from tools.waiting import SECONDS


def pictures(n: int, first: int = 0) -> list[np.ndarray]:
    return [np.full((12, 16, 3), (i * 37 % 256, i * 91 % 256, i * 53 % 256), np.uint8) for i in range(first, first + n)]


def table(n: int, first: int = 0) -> pd.DataFrame:
    labels = [("cat", "dog", None)[(first + k) % 3] for k in range(n)]
    return pd.DataFrame({"category": labels, "year": range(1900 + first, 1900 + first + n)})


def vectors(n: int, first: int = 0) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(200, 8))[first : first + n]


@pytest.fixture
def make():
    made = []

    def build(n: int = 30, df: pd.DataFrame | None = None, **options) -> PixPlot:
        df = table(n) if df is None else df
        options = {"image": pictures(len(df)), "vectors": vectors(len(df)), "cache": False} | options
        made.append(PixPlot(df, **options))
        return made[-1]

    yield build
    for plot in made:
        plot.close()


# --- the frame ---


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["int64", "float64", "bool", "object", "str", "category", "Int64", "datetime64[ns]"]),
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from(["both", "first", "second"]),
)
def test_columns_keep_dtype_and_values(dtype, n, k, where):
    old = pd.Series(range(n)).astype("int64").astype(dtype if dtype != "object" else object)
    new = pd.Series(range(10, 10 + k)).astype("int64").astype(dtype if dtype != "object" else object)
    df, more = pd.DataFrame({"id": range(n)}), pd.DataFrame({"id": range(n, n + k)})
    if where != "second":
        df["x"] = old
    if where != "first":
        more["x"] = new
    whole = grown(df, more)
    assert whole.id.tolist() == list(range(n + k))
    assert isinstance(whole.index, pd.RangeIndex)
    if where == "both":
        assert str(whole.x.dtype) == str(old.dtype) or dtype == "category"
        assert whole.x.tolist() == [*old.tolist(), *new.tolist()]
    else:
        there = slice(None, n) if where == "first" else slice(n, None)
        assert whole.x.isna().sum() == (k if where == "first" else n)
        assert whole.x.iloc[there].tolist() == (old if where == "first" else new).tolist()


def test_index_labels_are_kept_and_counting_goes_on():
    a, b = pd.DataFrame({"x": [1]}, index=["a"]), pd.DataFrame({"x": [2]}, index=["a"])
    assert grown(a, b).index.tolist() == ["a", "a"]
    dated = pd.DataFrame({"x": [1]}, index=pd.DatetimeIndex(["2020-01-01"], name="day"))
    assert grown(dated, dated).index.name == "day"
    with pytest.raises(ValueError, match="levels"):
        grown(a, pd.DataFrame({"x": [1]}, index=pd.MultiIndex.from_tuples([("a", 1)])))
    with pytest.raises(ValueError, match="'x'"):
        grown(pd.DataFrame([[1, 2]], columns=["x", "x"]), b)


def test_a_frame_becomes_another_in_place():
    parent = pd.DataFrame({"x": [1, 2, 3]})
    part = parent[parent.x > 1]
    part.attrs["from"] = "a survey"
    held = part
    become(part, grown(part, pd.DataFrame({"x": [9]}, index=[9])))
    assert held.x.tolist() == [2, 3, 9]
    assert held.attrs == {"from": "a survey"}
    held.loc[9, "x"] = 8
    assert parent.x.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new", "dtype"),
    [
        (["cat", "dog"], ["owl", None], None),
        (pd.Categorical(["cat", "dog"]), ["owl", "cat"], "category"),
        ([1, 2], [3, 1], "int64"),
        ([None, None], ["owl", None], None),
        (np.array([np.nan, np.nan]), ["owl", "cat"], None),
        ([True, False], [True, True], "bool"),
    ],
)
def test_labels_of_new_rows_are_labels_and_keep_the_dtype(old, new, dtype):
    df = pd.DataFrame({"category": old})
    log = EditLog(df)
    assert log.append(pd.DataFrame({"category": new}), ["a", "b"]).tolist() == [2, 3]
    assert dtype is None or str(df.category.dtype) == dtype
    decoded = [log.labels.decode(code) for code in log.labels.codes]
    assert [value for value in decoded if value is not None] == df.category.dropna().tolist()
    assert log.labels.counts.sum() == df.category.notna().sum()
    present = next(value for value in new if value is not None)
    log.relabel([0, 3], present)
    assert df.category.iloc[[0, 3]].tolist() == [present, present]


@pytest.mark.parametrize("new", [["owl"], [None], [1.5]])
def test_labels_that_do_not_fit_change_nothing(new):
    df = pd.DataFrame({"category": [1, 2]})
    log = EditLog(df)
    with pytest.raises(ValueError, match="int64"):
        log.append(pd.DataFrame({"category": new}), ["a"])
    assert df.category.tolist() == [1, 2]
    assert df.category.dtype == "int64"
    assert log.labels.values == [1, 2]
    log.relabel(1, 1)


@pytest.mark.parametrize("made", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_flags_stay_flags(made, given):
    df, more = table(3), table(2, 3)
    if given:
        more["remove"] = [True, False]
    log = EditLog(df)
    if made:
        log.flag(0, reason="blurred")
    log.append(more, ["a", "b"])
    assert log.flags.tolist() == [made, False, False, given, False]
    assert ("remove" in df.columns) == (made or given)
    if made or given:
        assert df.remove.dtype == bool
    log.flag(4)
    assert df.remove.tolist() == [made, False, False, given, True]
    if made:
        assert df.remove_reason.iloc[0] == "blurred"


# --- edits ---


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["label", "flag", "undo", "redo", "append"]), st.integers(0, 30)), max_size=14)
)
def test_edits_go_on_as_if_all_rows_had_been_there(steps):
    """The same gestures, on a frame that grows and on one that is whole from the start, leave the same."""
    count = sum(2 for kind, _ in steps if kind == "append")
    growing, whole = table(4), table(4 + count)
    a, b = EditLog(growing), EditLog(whole)
    for kind, number in steps:
        if kind == "append":
            a.append(table(2, len(growing)), ["x", "y"])
        elif kind in ("undo", "redo"):
            assert getattr(a, kind)().message == getattr(b, kind)().message
        else:
            row, value = number % len(growing), ("cat", "owl")[number % 2] if kind == "label" else bool(number % 2)
            for log in (a, b):
                log.apply([row], kind, value)
    for column in growing.columns:
        assert growing[column].tolist() == whole[column][: len(growing)].tolist() or (
            growing[column].isna().tolist() == whole[column][: len(growing)].isna().tolist()
        )
    columns = ["position", "column", "old", "new", "undone"]
    pd.testing.assert_frame_equal(a.edits[columns], b.edits[columns], check_dtype=False)


def test_undo_across_an_append_leaves_the_new_rows():
    df = table(3)
    log = EditLog(df)
    log.relabel([0, 1], "owl")
    log.append(table(2, 3), ["a", "b"])
    log.relabel([1, 4], "bee")
    assert df.category.tolist()[:2] == ["owl", "bee"]
    log.undo()
    log.undo()
    assert df.category.tolist()[:2] == ["cat", "dog"]
    assert len(df) == 5
    assert not log.undo()


def test_a_frame_whose_rows_moved_is_refused():
    df = table(3)
    log = EditLog(df)
    become(df, df.iloc[[0, 2]])
    with pytest.raises(RowsChangedError):
        log.append(table(1), ["a"])


def test_the_journal_knows_of_the_rows(tmp_path):
    path, names = tmp_path / "journal", [f"{k}.jpg" for k in range(5)]
    df = table(3)
    log = EditLog(df, names=names[:3], journal=path)
    log.append(table(2, 3), names[3:])
    log.relabel([1, 4], "owl")
    log.close()
    again = table(5)
    log = EditLog(again, names=names, journal=path)
    assert again.category.tolist()[1::3] == ["owl", "owl"]
    assert log.replayed.notes == []
    log.close()
    short = table(3)
    log = EditLog(short, names=names[:3], journal=path)
    assert short.category[1] == "owl"
    assert "there were 5" in log.replayed.notes[-1]
    assert log.replayed.moved == ["4.jpg"]
    log.close()


def test_a_journal_that_cannot_be_written_lets_nothing_grow(tmp_path):
    df = table(3)
    log = EditLog(df, journal=tmp_path / "journal")
    (tmp_path / "journal").unlink()
    with pytest.raises(ValueError, match="journal"):
        log.append(table(2, 3), ["a", "b"])
    assert len(df) == len(log.labels.codes) == 3


# --- places ---


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(0, 6), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_rows_are_inserted_where_those_beside_them_stand(n, k, lost, seed):
    rng = np.random.default_rng(seed)
    before = rng.uniform(-1, 1, size=(n, 2)).astype(np.float32)
    before[rng.random(n) < 0.2] = np.nan
    layout = scatter(before)
    new = np.concatenate([rng.uniform(-1.2, 1.2, size=(k, 2)), np.full((lost, 2), np.nan)])
    more = inserted(layout, before, new)
    assert np.array_equal(more.xy[:n], layout.xy)
    assert np.isfinite(more.xy).all()
    assert np.abs(more.xy).max() <= 1
    assert more.apart.tolist() == [*layout.apart, *range(n + k, n + k + lost)]
    known = np.isfinite(before).all(axis=1)
    for axis in (0, 1):  # what was left of a row stays left of it
        left = before[known, axis][:, None] < new[:k, axis]
        assert (layout.xy[known, axis][:, None] <= more.xy[n : n + k, axis] + 1e-6)[left].all()


def test_old_rows_stand_still_and_new_ones_stand_by_those_like_them(make):
    rng = np.random.default_rng(0)
    crowds = np.repeat(rng.normal(size=(3, 8)) * 8, 20, axis=0) + rng.normal(size=(60, 8))
    plot = make(60, vectors=crowds, n_neighbors=[5, 10]).wait()
    before = {name: plot.layouts[name].xy.copy() for name in ("umap", "pca", "umap?n_neighbors=10")}
    given = plot.df
    new = plot.append(table(4, 60), crowds[[0, 20, 40, 41]] + 0.01, image=pictures(4, 60))
    assert new.year.tolist() == [1960, 1961, 1962, 1963]
    assert plot.df is given
    plot.wait(SECONDS)
    for name, xy in before.items():
        after = plot.layouts[name].xy
        assert np.array_equal(after[:60], xy)
        assert np.isfinite(after).all()
        away = np.linalg.norm(after[60:, None] - xy, axis=2).reshape(4, 3, 20).min(axis=2)
        beside = 1.25 * plot.layouts[name].cell  # crowds may touch: each is beside one of its own
        assert (away[range(4), [0, 1, 2, 2]] < beside).all(), name
    assert plot.vectors.shape == (64, 8)
    assert plot.similar(60, 1).index[0] == 0
    assert sorted(plot.layouts["grid"].xy.shape) == [2, 64]
    plot.append(table(1, 64), crowds[[59]], image=pictures(1, 64))
    again = plot.wait(SECONDS).layouts["umap"].xy
    assert np.array_equal(again[:60], before["umap"])
    assert np.isfinite(again).all()
    plot.vectors = np.concatenate([crowds, crowds[:5]])
    assert np.isfinite(plot.wait(SECONDS).layouts["umap"].xy).all()


def test_without_vectors_they_come_from_the_thumbnails(make):
    plot = make(20, vectors=None).wait(SECONDS)
    before = plot.layouts["umap"].xy.copy()
    with pytest.raises(ValueError, match="thumbnails"):
        plot.append(table(2, 20), vectors(2), image=pictures(2))
    plot.append(table(2, 20), image=pictures(2, 3))
    after = plot.wait(SECONDS).layouts["umap"].xy
    assert np.array_equal(after[:20], before)
    assert np.isfinite(after).all()
    assert plot.similar(20, 1).index[0] == 3  # the same picture


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_onto_hardly_anything(make, n):
    plot = make(n).wait(SECONDS)
    plot.append(table(5, n), vectors(5, n), image=pictures(5, n))
    assert len(plot.wait(SECONDS).layouts["umap"].xy) == n + 5
    assert np.isfinite(plot.layouts["umap"].xy).all()


def test_while_the_first_layout_is_made(make, monkeypatch):
    from pixplot_widget.layouts import projection

    go, real = threading.Event(), projection.Projection.variants

    def slow(self, *args, cancel, **options):
        while len(self) == 30 and not go.wait(0.01):
            if cancel.is_set():
                raise projection.Cancelled
        return real(self, *args, cancel=cancel, **options)

    monkeypatch.setattr(projection.Projection, "variants", slow)
    plot = make(30)
    plot.append(table(5, 30), vectors(5, 30), image=pictures(5, 30))
    plot.append(table(5, 35), vectors(5, 35), image=pictures(5, 35))
    assert np.isfinite(plot.wait(SECONDS).layouts["umap"].xy).all()
    assert len(plot.layouts["umap"]) == 40


def test_rows_of_own_layouts_and_without_a_vector(make):
    plot = make(10).wait(SECONDS)
    plot.add_layout("mine", vectors(10)[:, :2])
    plot.add_layout("years", ("year", "year"))
    plot.add_layout("kept", plot.layouts["umap"])
    new = vectors(3, 10)
    new[1] = np.nan
    plot.append(table(3, 10), new, image=pictures(3, 10))
    plot.wait(SECONDS)
    for name in ("mine", "years", "kept", "umap", "category", "sorted", "grid"):
        assert np.isfinite(plot.layouts[name].xy).all(), name
        assert len(plot.layouts[name]) == 13
    assert plot.layouts["umap"].apart.tolist() == [11]
    assert plot.layouts["mine"].captions[0].count == 3
    years = plot.layouts["years"].xy[:, 0]
    assert (np.diff(years) > 0).all()


# --- pictures ---


def test_only_new_pictures_are_read_and_the_longer_table_opens_at_once(tmp_path, monkeypatch):
    from PIL import Image

    from pixplot_widget.images import image_rows

    monkeypatch.setenv("PIXPLOT_WIDGET_CACHE", str(tmp_path / "cache"))
    for k in range(6):
        Image.new("RGB", (8, 8), (k * 40, 0, 0)).save(tmp_path / f"{k}.png")
    (tmp_path / "6.png").write_bytes(b"no picture")
    read, real = [], image_rows.decode
    monkeypatch.setattr(
        image_rows, "decode", lambda image, scale=None: read.append(image.filename) or real(image, scale)
    )
    df = pd.DataFrame({"filename": [f"{k}.png" for k in range(4)], "category": "a"})
    more = pd.DataFrame({"filename": ["4.png", "5.png", "6.png"], "category": "a"})
    plot = PixPlot(df, image_dir=tmp_path).wait(SECONDS)
    assert len(read) == 4
    plot.append(more)
    plot.wait(SECONDS)
    assert len(read) == 6
    assert plot.problems.file.tolist() == ["6.png"]
    assert plot._workspace.store.pixels[[5, 0, 4]][:, 0, 0, 0].tolist() == [200, 0, 160]
    plot.close()
    again = PixPlot(df, image_dir=tmp_path).wait(SECONDS)
    assert len(df) == 7
    assert len(read) == 6
    again.close()


# --- pages ---


def test_an_open_page_goes_on(make):
    plot = make(20).wait(SECONDS)
    page = Page(plot)
    page.hello()
    page.wait_part("layout/umap")
    plot.selection = [3, 4]
    plot.filter = "year < 1922"
    assert page.edit("label", [1], "owl").ok
    page.wait_part("labels", lambda labels: True)
    after = len(page.messages)
    plot.append(table(5, 20), vectors(5, 20), image=pictures(5, 20))
    kinds = []
    page.wait(lambda message: kinds.append(message.type) or message.type == "labels", after)
    assert kinds.index("manifest") < kinds.index("labels")  # how many rows there are before anything that has so many
    assert page.wait_part("manifest").n == 25
    assert len(page.wait_part("labels", lambda labels: len(labels.codes) == 25).flags) == 25
    assert page.edit("label", [24], "owl").ok
    assert page.edit("label", [24], "bee", seq=1).ok  # a late copy of the first edit: not made again
    assert plot.df.category[24] == "owl"
    plot.wait(SECONDS)
    assert np.isfinite(page.wait_part("layout/umap", lambda m: len(m.xy) == 50 and np.isfinite(m.xy).all()).xy).all()
    assert np.flatnonzero(page.wait_part("filter", lambda m: len(m.mask) == 25).mask).tolist() == list(range(22))
    page.wait_part("names/0", lambda names: names.offsets.shape == (26,))
    assert page.ask(SheetWanted, cell=32, rows=np.array([24, 0], np.int32)).rows.tolist() == [24, 0]
    assert plot.selection.tolist() == [3, 4]
    late = Page(plot, client="late")
    late.hello()
    assert late.wait_part("layout/umap").xy.shape == (50,)


def test_a_filter_by_rows_does_not_show_new_ones(make):
    plot = make(6)
    plot.filter = [0, 2]
    plot.append(table(2, 6), vectors(2, 6), image=pictures(2, 6))
    assert plot.filtered.index.tolist() == [0, 2]


def test_linked_plots_that_both_got_rows_filter_together_as_before(make):
    a, b = make(6), make(6)
    link(a, b)
    a.filter = np.arange(6) < 2
    for plot in (a, b):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # in between they have different numbers of rows
            plot.append(table(2, 6), vectors(2, 6), image=pictures(2, 6))
    assert a.filter.tolist() == b.filter.tolist() == [True, True, *[False] * 6]
    b.filter = [{"is": "not flagged"}, {"rows": np.arange(8) > 6}]
    assert len(a.filtered) == 1


def test_a_name_of_its_own_for_each_state_of_the_journal(make, tmp_path):
    plot = make(4, journal=tmp_path / "journal")
    page = Page(plot)
    page.hello()
    before = page.wait_part("manifest").dataset
    plot.append(table(2, 4), vectors(2, 4), image=pictures(2, 4))
    after = page.wait_part("manifest", lambda m: m.n == 6).dataset
    assert after != before
    plot.close()
    again = make(6, journal=tmp_path / "journal")
    page = Page(again)
    page.hello()
    assert page.wait_part("manifest").dataset == after


# --- what is refused ---


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (table(2), {"image": pictures(2)}, "vectors too"),
        (table(2), {"image": pictures(2), "vectors": vectors(3)}, "3 rows"),
        (table(2), {"image": pictures(2), "vectors": np.zeros((2, 5))}, "5 columns"),
        (table(2), {"image": pictures(3), "vectors": vectors(2)}, "3 entries"),
        (table(2), {"vectors": vectors(2)}, "image="),
        (table(2).drop(columns="category"), {"image": pictures(2), "vectors": vectors(2)}, "category"),
        ([1, 2], {"image": pictures(2), "vectors": vectors(2)}, "DataFrame"),
    ],
)
def test_what_does_not_fit_changes_nothing(make, rows, options, words):
    plot = make(6)
    with pytest.raises((TypeError, KeyError, ValueError), match=words):
        plot.append(rows, **options)
    assert len(plot.df) == len(plot._images) == len(plot._workspace.store) == 6
    plot.relabel(0, "dog")


def test_nothing_to_add(make):
    plot = make(6)
    assert len(plot.append(table(0), vectors(0), image=[])) == 0
    assert len(plot.df) == 6


def test_a_closed_plot_grows_without_any_work(make):
    plot = make(6).wait(SECONDS)
    plot.close()
    before = set(threading.enumerate())  # of other tests, some of which are ending
    plot.append(table(2, 6), vectors(2, 6), image=pictures(2, 6))
    assert len(plot.df) == 8
    begun = set(threading.enumerate()) - before
    assert not any(thread.name.startswith("pixplot-layout") for thread in begun)


def test_copy_leaves_the_given_frame_alone(make):
    df = table(6)
    plot = make(df=df, copy=True)
    plot.append(table(2, 6), vectors(2, 6), image=pictures(2, 6))
    assert (len(df), len(plot.df)) == (6, 8)


def test_vectors_that_were_made_before_rows_were_added_are_refused_as_such(make):
    plot = make(6).wait(SECONDS)
    plot.append(table(2, 6), vectors(2, 6), image=pictures(2, 6))
    before = plot.wait(SECONDS).layouts["umap"].xy
    with pytest.raises(ValueError, match="of 6 rows, as there were before rows were added; there are 8 now"):
        plot.vectors = vectors(6)
    with pytest.raises(ValueError, match="5 rows"):
        plot.vectors = vectors(5)
    assert len(plot.vectors) == 8
    assert (plot.wait(SECONDS).layouts["umap"].xy == before).all()
    plot.vectors = vectors(8)
    plot.wait(SECONDS)
