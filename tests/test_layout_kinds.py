"""A kind of layout declares itself: one file, and the catalog, the picker and the options know it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from page import Page

from pixplot_widget import PixPlot
from pixplot_widget.layouts import Layout
from pixplot_widget.layouts import catalog as _catalog  # noqa: F401  # registers the kinds there are
from pixplot_widget.layouts.kinds import KINDS, LayoutData, LayoutKind, offered, register
from tests.examples.spiral import SPIRAL


@pytest.fixture
def spiral() -> Iterator[None]:
    before = dict(KINDS)
    register(SPIRAL)
    yield
    KINDS.clear()
    KINDS.update(before)


@pytest.fixture
def plot(spiral: None) -> Iterator[PixPlot]:
    df = pd.DataFrame({"category": list("abab"), "score": [3.0, 1.0, np.nan, 2.0]})
    plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 4, cache=False).wait()
    yield plot
    plot.close()


def test_it_can_be_arranged_with_its_options(plot: PixPlot) -> None:
    assert "spiral" in plot.layouts
    made = plot.arrange("spiral", turns=4)
    assert plot.layout == "spiral?turns=4"
    assert np.allclose(made.xy[1], 0)
    assert np.isnan(made.xy[2]).all()
    assert np.allclose(np.hypot(*made.xy[0]), 2 / 3)
    with pytest.raises(ValueError, match="turns must be one of '2', '4', not '3'"):
        plot.arrange("spiral", turns=3)


def test_a_page_is_told_its_title_and_its_controls(plot: PixPlot) -> None:
    page = Page(plot)
    page.hello()
    manifest = page.wait_part("manifest")
    names = [name for name, _ in manifest.layouts]
    assert ["spiral", "In a spiral"] in manifest.layouts
    assert names.index("map" if "map" in names else "category") < names.index("spiral") < names.index("sorted")
    by, turns = manifest.options["spiral"]
    assert (by["kind"], by["title"], by["values"]) == ("column", "From the inside out", ["score"])
    assert turns["words"] == {"2": "Two", "4": "Four"}


def test_it_is_made_anew_when_a_column_it_goes_by_was_edited(spiral: None) -> None:
    df = pd.DataFrame({"category": [1, 2, 3], "other": ["a", "b", "a"]})
    plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 3, cache=False)
    before = plot.arrange("spiral", by="category").xy
    plot.relabel(2, 1)
    assert not np.array_equal(plot.layouts["spiral?by=category" if "?" in plot.layout else "spiral"].xy, before)
    plot.close()


def test_data_that_do_not_allow_it_are_told_what_it_takes(spiral: None) -> None:
    plot = PixPlot(pd.DataFrame({"category": ["a", "b"]}), image=[np.zeros((8, 8), np.uint8)] * 2, cache=False)
    assert "spiral" not in plot.layouts
    with pytest.raises(ValueError, match="there is no layout 'spiral'; it takes a column of numbers"):
        plot.arrange("spiral")
    plot.close()


def test_a_kind_made_from_another_follows_it(spiral: None) -> None:
    register(
        LayoutKind(
            "mirrored",
            "Mirrored",
            lambda data, _: Layout(data.layout("umap").xy * [-1, 1]),
            follows=("umap",),
        )
    )
    df = pd.DataFrame({"category": list("abab")})
    plot = PixPlot(df, np.eye(4), image=[np.zeros((8, 8), np.uint8)] * 4, cache=False).wait()
    assert np.allclose(plot.layouts["mirrored"].xy[:, 0], -plot.layouts["umap"].xy[:, 0])
    plot.vectors = np.eye(4)[::-1] + 0.1
    plot.wait()
    assert np.allclose(plot.layouts["mirrored"].xy[:, 0], -plot.layouts["umap"].xy[:, 0])
    plot.close()


@pytest.mark.parametrize("name", ["", "a?b", "a&b", "a=b"])
def test_a_name_that_cannot_be_written_with_options_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must have a name without"):
        register(LayoutKind(name, "Title", lambda _data, _: Layout(np.zeros((1, 2)))))


def test_the_docs_name_every_kind_and_option() -> None:
    df = pd.DataFrame({"c": list("abab"), "year": [1, 2, 3, 4], "lat": 1.0, "lng": 2.0})
    roles = {"year": "year", "lat": "lat", "lng": "lng"}
    data = LayoutData(df, list("1234"), "c", roles, {"borders": {}})
    text = inspect.getdoc(PixPlot.arrange)
    for kind, options in offered(data).items():
        if options:
            assert f'"{kind}"' in text, kind
        for option in options:
            word = "geojson" if option.name == "overlay" else option.name  # which is given as such
            assert f"`{word}`" in text or f"{word} :" in text or f"`{word}=" in text, (kind, option.name)
