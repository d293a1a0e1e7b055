"""Layouts with options: their names, what is offered, what follows an edit."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixplot_widget.layouts import catalog as catalog_module
from pixplot_widget.layouts import wall
from pixplot_widget.layouts.arrangements import dates, groupable, join_name, numeric, sortable, split_name
from pixplot_widget.layouts.catalog import KEPT, Catalog, resolve_roles
from tools.waiting import SECONDS

SAME_IN_BOTH = json.loads((Path(__file__).parents[1] / "js/tests/store/names-of-layouts.json").read_text("utf-8"))


def frame(n: int = 12) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "filename": [f"{k}.jpg" for k in range(n)],
            "category": (["cat", "dog", "owl"] * n)[:n],
            "predicted": (["cat", "cat", "owl", "dog"] * n)[:n],
            "taken": pd.date_range("2020-01-01", periods=n, freq="D"),
            "score": np.linspace(0, 1, n),
            "width": np.arange(n) + 600,
            "lat": [48.0] * (n - 1) + [91.0],
            "lng": [2.0] * n,
        }
    )


def catalog_of(df: pd.DataFrame, **variants) -> Catalog:
    return Catalog(lambda: df, df["filename"].tolist(), "category", resolve_roles(df, None), **variants)


# --- names ---


@given(
    st.sampled_from(["category", "custom"]),
    st.dictionaries(st.sampled_from(["by", "across", "x", "fill"]), st.text()),
)
def test_a_name_says_all_there_is_to_a_choice(kind, chosen):
    assert split_name(join_name(kind, chosen)) == (kind, chosen)


@pytest.mark.parametrize(("name", "kind", "chosen"), SAME_IN_BOTH)
def test_names_are_written_as_on_the_page(name, kind, chosen):
    assert join_name(kind, chosen) == name
    assert split_name(name) == (kind, chosen)


def test_one_choice_has_one_name():
    catalog = catalog_of(frame())
    assert catalog.canonical("category?across=predicted&by=category") == "category?across=predicted"
    assert catalog.canonical("category?across=") == "category"
    assert catalog.name("sorted", {"descending": True, "by": "score"}) == "sorted?by=score&descending=1"
    assert catalog.name("custom", {"fill": True}) == "custom?fill=0.3"
    assert catalog.name("custom", {"fill": 0}) == "custom"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "there is no layout 'nowhere'; there are 'umap', 'grid'"),
        ("grid?by=score", "'grid' has no option 'by'; there are none"),
        ("category?color=score", "has no option 'color'; there are 'by', 'across'"),
        ("category?by=color", "there is no column 'color'"),
        ("category?by=", "there is no column ''"),
        ("category?by", "is no layout"),
        ("date?unit=fortnight", "unit must be one of"),
        ("custom?fill=2", "fill must be from 0.05 to 1"),
        ("custom?fill=much", "fill must be from 0.05 to 1"),
        ("umap?n_neighbors=50", "n_neighbors must be one of 15, not '50': each is a projection of its own"),
    ],
)
def test_what_is_no_layout_is_refused_in_words(name, words):
    with pytest.raises((ValueError, KeyError)) as refused:
        catalog_of(frame())[name]
    assert words in str(refused.value.args[0])


# --- what is offered ---


def test_the_picker_shows_what_the_data_allows():
    everything = catalog_of(frame())
    assert list(everything) == ["umap", "grid", "category", "date", "map", "custom", "sorted", "pca"]
    offered = {kind: {option.name: option.values for option in options} for kind, options in everything.options.items()}
    assert offered["category"]["by"][:2] == ("category", "predicted")
    assert "filename" not in offered["category"]["by"]
    assert offered["date"]["by"] == ("taken",)
    assert offered["custom"]["x"] == ("score", "width", "lat", "lng")
    assert "filename" in offered["sorted"]["by"]
    bare = catalog_of(frame()[["filename", "category"]])
    assert list(bare) == ["umap", "grid", "category", "sorted", "pca"]


def test_a_column_that_was_added_is_offered_at_once():
    df = frame()[["filename", "category"]]
    catalog = catalog_of(df)
    assert "custom" not in catalog
    df["x"], df["y"] = range(12), range(12)
    assert "custom" in catalog
    assert catalog["custom"].extra["axes"][0]["name"] == "x"


def test_which_columns_are_for_what():
    assert dates(pd.Series([dt.date(2020, 1, 1), None]))
    assert dates(pd.Series([1850, 1900], name="Year built"))
    assert dates(pd.Series(["6 May 2019", "2019-05-07", None]))
    assert not dates(pd.Series(["cat", "dog"]))
    assert not dates(pd.Series([None, None], dtype=object))
    assert not dates(pd.Series(["1", "2"]))
    assert not dates(pd.Series([True, False], name="year"))
    assert numeric(pd.Series([1, 2]))
    assert not numeric(pd.Series([True, False]))
    assert groupable(pd.Series([1850, 1850, 1900]))
    assert not groupable(pd.Series([0.1, 0.2, 0.1]))
    assert not groupable(pd.Series([None, None], dtype=object))
    assert not sortable(pd.Series([np.zeros(3)]))
    assert sortable(pd.Series(["a", None]))


# --- making them ---


def test_every_option_has_its_effect():
    df = frame()
    catalog = catalog_of(df, n_neighbors=[15, 5], min_dist=[0.1])
    down = catalog["sorted?by=score&descending=1"].xy
    assert down[11, 1] >= down[0, 1]
    assert tuple(down[11]) != tuple(down[0])
    assert catalog["category?by=predicted"].captions[0].text == "cat"
    assert catalog["category?across=predicted"].extra["wall"]["columns"] == ["cat", "dog", "owl"]
    assert catalog["date?unit=month"].extra["unit"] == "month"
    assert catalog["date?by=taken"] is catalog["date"]
    assert catalog["map?projection=mercator"].extra["projection"] == "mercator"
    assert [axis["name"] for axis in catalog["custom?x=width&y=score"].extra["axes"]] == ["width", "score"]


@pytest.mark.parametrize("name", ["umap?fill=0.3", "custom?x=lat&y=lng&fill=0.5", "mine?fill=1"])
def test_de_overlap_gives_each_its_own_cell(name):
    catalog = catalog_of(frame())
    catalog.add("mine", np.zeros((12, 2)))
    made = catalog[name]
    assert made.cell
    assert len(np.unique((made.xy / made.cell).round(2), axis=0)) == 12


def test_rows_without_a_vector_stay_apart_where_the_others_are_spread():
    from pixplot_widget.layouts.scatter import scatter

    catalog = catalog_of(frame())
    xy = np.random.default_rng(0).uniform(-1, 1, (12, 2)).astype(np.float32)
    xy[3] = np.nan
    catalog.put("umap", scatter(xy))
    spread = catalog["umap?fill=0.3"]
    assert [(caption.text, caption.count) for caption in spread.captions] == [("no vector", 1)]
    assert spread.xy[3, 1] < np.delete(spread.xy[:, 1], 3).min()


@pytest.mark.parametrize("kind", ["umap", "pca"])
def test_a_loosened_projection_may_be_had_as_it_was(kind):
    from pixplot_widget.layouts.loosen import loosened
    from pixplot_widget.layouts.scatter import scatter

    catalog = catalog_of(frame())
    xy = np.random.default_rng(0).uniform(-1, 1, (12, 2)).astype(np.float32)
    raw = scatter(xy)
    catalog.put(kind, loosened(raw))
    assert catalog.name(kind, {"raw": True}) == f"{kind}?raw=1"
    assert catalog.name(kind, {"raw": False}) == kind
    assert np.array_equal(catalog[f"{kind}?raw=1"].xy, raw.xy)
    assert catalog[f"{kind}?raw=1"].cell is None
    assert not np.allclose(catalog[kind].xy, raw.xy)
    assert f"{kind}?raw=1" not in list(catalog)
    assert f"{kind}?raw=1" in catalog.put(kind, loosened(scatter(-xy)))
    assert np.array_equal(catalog[f"{kind}?raw=1"].xy, scatter(-xy).xy)


def test_of_more_images_than_make_room_there_is_only_the_projection(monkeypatch):
    monkeypatch.setattr(catalog_module, "MOST", 11)
    with pytest.raises(ValueError, match="no option 'raw'"):
        catalog_of(frame())["umap?raw=1"]


def test_a_new_projection_makes_what_follows_from_it_anew():
    catalog = catalog_of(frame())
    grid, spread, sorted_ = catalog["grid"], catalog["umap?fill=0.3"], catalog["sorted"]
    other = np.random.default_rng(1).uniform(-1, 1, (12, 2)).astype(np.float32)
    assert set(catalog.put("umap", catalog_module.Layout(other))) == {"grid", "umap?fill=0.3"}
    assert catalog["grid"] is not grid
    assert catalog["umap?fill=0.3"] is not spread
    assert catalog["sorted"] is sorted_


def test_what_follows_a_column_is_made_anew_when_it_changes():
    df = frame()
    catalog = catalog_of(df)
    for name in ("category", "category?by=predicted", "category?across=predicted", "sorted?by=category", "date"):
        catalog[name]
    gone = {"category", "category?across=predicted", "sorted?by=category"}
    assert set(catalog.forget({"category"})) == gone
    assert "category?by=predicted" in catalog.forget()
    assert "umap" in catalog


def test_a_layout_that_changes_while_it_is_made_is_made_again(monkeypatch):
    df = frame()
    catalog = catalog_of(df)
    seen = []

    def slow(values):
        seen.append(list(values))
        if len(seen) == 1:  # an edit comes in between
            df.loc[0, "category"] = "owl"
            catalog.forget({"category"})
        return catalog_module.sorted_layout(values)

    monkeypatch.setattr(wall, "category_layout", slow)
    catalog["category"]
    assert [values[0] for values in seen] == ["cat", "owl"]


def test_two_who_ask_at_once_get_one(monkeypatch):
    catalog = catalog_of(frame())
    made, ask = [], threading.Barrier(4)

    def slow(values):
        made.append(1)
        return catalog_module.sorted_layout(values)

    monkeypatch.setattr(wall, "category_layout", slow)
    found = []
    threads = [threading.Thread(target=lambda: (ask.wait(), found.append(catalog["category"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert all(layout is found[0] for layout in found)


def test_a_slider_does_not_fill_the_memory():
    catalog = catalog_of(frame())
    for k in range(3 * KEPT):
        catalog[f"custom?fill={(k + 5) / 100:g}"]
    assert sum("?" in name for name in catalog._made) == KEPT


def test_places_that_are_none_are_problems():
    catalog = catalog_of(frame())
    assert catalog.problems == {11: ["latitude 91 is outside -90 to 90"]}


def test_geojson_over_the_map(tmp_path):
    file = tmp_path / "trails.geojson"
    file.write_text(json.dumps({"type": "LineString", "coordinates": [[2.0, 48.0], [2.1, 48.1]]}))
    catalog = catalog_of(frame())
    assert catalog.add_overlay(file) == "trails"
    assert catalog["map?overlay=trails"].extra["overlay"]
    assert catalog.options["map"][1].values == ("", "trails")
    with pytest.raises(ValueError, match="geojson must be"):
        catalog.add_overlay({"type": "Elsewhere"})


def test_who_asks_what_is_there_keeps_no_edit_waiting_that_waits_for_him():
    df = pd.DataFrame({"filename": ["a", "b"], "category": ["x", "y"]})
    edit, asked = threading.RLock(), threading.Event()

    def frame() -> pd.DataFrame:
        asked.set()
        with edit:
            return df

    catalog = Catalog(frame, ["a", "b"], "category", {})
    for ask in ("present", "canonical", "__getitem__", "__contains__"):
        asked.clear()
        asking = threading.Thread(target=getattr(catalog, ask), args=("umap",))
        with edit:  # of which layouts hear while it is made
            asking.start()
            assert asked.wait(SECONDS)
            if free := catalog._lock.acquire(timeout=SECONDS):
                catalog._lock.release()
        asking.join(SECONDS)
        assert free, ask
