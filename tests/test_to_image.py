"""The picture as a file: every row at its place, in its label's frame, as it is filtered and selected."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixplot_widget import PixPlot
from pixplot_widget.export.image import CHOSEN_COLOR, compressed, sprite_size
from pixplot_widget.layouts import Layout
from pixplot_widget.thumbnails import PENDING
from tools.waiting import SECONDS

SIZES = json.loads((Path(__file__).parents[1] / "js/tests/geometry/sprite-sizes.json").read_text("utf-8"))
COLORS = np.array([[200, 30, 30], [30, 160, 30], [30, 30, 200], [120, 120, 120]], dtype=np.uint8)


@pytest.fixture
def plot():
    df = pd.DataFrame({"category": ["a", "a", "b", None], "x": [0.0, 1, 0, 1], "y": [0.0, 0, 1, 1]})
    tiles = [np.full((40, 40 if k else 20, 3), color) for k, color in enumerate(COLORS)]  # the first is half as wide
    made = PixPlot(df, image=tiles, cache=False).wait(SECONDS)
    made.add_layout("corners", ("x", "y"))
    made.layout = "corners"
    made.border_width = 20
    yield made
    made.close()


@pytest.mark.parametrize("case", SIZES, ids=[case["what"] for case in SIZES])
def test_sprites_are_as_large_as_the_front_end_begins_with(case):
    xy = np.array(case["xy"], dtype=np.float32).reshape(-1, 2)
    assert sprite_size(Layout(xy, cell=case["cell"])) == pytest.approx(case["size"], abs=1e-6)


def at(plot: PixPlot, image: Image.Image, row: int, dx: float = 0.0) -> np.ndarray:
    """The pixel at a place of a sprite: so many of its sides from its middle."""
    layout = plot.layouts["corners"]
    side = sprite_size(layout)
    low, high = layout.xy.min(axis=0) - side / 2, layout.xy.max(axis=0) + side / 2
    scale = max(image.size) / max(high - low)
    x, y = layout.xy[row] + (dx * side, 0)
    return np.asarray(image)[int((high[1] - y) * scale), int((x - low[0]) * scale)].astype(int)


def test_every_row_is_at_its_place_in_its_frame(plot, tmp_path):
    image = plot.to_image(size=800)
    assert max(image.size) == 800
    for row, color in enumerate(COLORS):
        assert np.abs(at(plot, image, row) - color).max() < 12  # thumbnails are JPEG on their way, here they are pixels
    assert np.abs(at(plot, image, 0, dx=0.35) - 255).max() < 3  # beside the narrow one is paper
    palette = plot._workspace.log.labels.palette()
    assert (at(plot, image, 1, dx=-0.49) == palette[0]).all()
    assert (at(plot, image, 2, dx=-0.49) == palette[1]).all()
    assert np.abs(at(plot, image, 3, dx=-0.49) - COLORS[3]).max() < 12  # no label, no frame
    plot.relabel([1], "b")
    assert (at(plot, plot.to_image(size=800), 1, dx=-0.49) == palette[1]).all()
    plot.color_by = None
    assert np.abs(at(plot, plot.to_image(size=800), 1, dx=-0.49) - COLORS[1]).max() < 12
    assert plot.to_image(tmp_path / "picture.png", size=100, background="#202020") is None
    with Image.open(tmp_path / "picture.png") as saved:
        assert max(saved.size) == 100
        assert saved.getpixel((saved.width // 2, saved.height // 2)) == (32, 32, 32)


def test_what_is_selected_stands_out_and_what_is_filtered_fades(plot):
    plot.select([2])
    plot.filter = [0, 2]
    image = plot.to_image(size=800)
    assert (at(plot, image, 2, dx=-0.48) == CHOSEN_COLOR).all()
    assert np.abs(at(plot, image, 1) - (COLORS[1] * 0.15 + 255 * 0.85)).max() < 8


def test_wrong_arguments(plot):
    for wrong in (0, 10**6, 1.5, "large", True):
        with pytest.raises(ValueError, match="longest side"):
            plot.to_image(size=wrong)
    with pytest.raises(ValueError, match="no color"):
        plot.to_image(background="plaid")
    with pytest.raises((KeyError, ValueError), match="nowhere"):
        plot.to_image(layout="nowhere")


def test_a_notebook_that_nothing_runs_in_shows_a_small_picture():
    df = pd.DataFrame({"category": ["a", "b"] * 20})
    rng = np.random.default_rng(0)
    plot = PixPlot(df, image=list(rng.integers(0, 255, (40, 90, 90, 3), dtype=np.uint8)), cache=False)
    try:
        plot.wait()
        content, _ = plot._repr_mimebundle_()
        assert content["text/plain"] == "<PixPlot: 40 images> Run this cell to see them."
        file = base64.b64decode(content["image/jpeg"])
        assert len(file) <= 150_000
        with Image.open(io.BytesIO(file)) as picture:
            assert picture.size == plot.to_image(size=max(picture.size)).size
            assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 1000
        plot.layout = "grid"
        plot._workspace.catalog._forget(lambda kind, _: kind == "grid")
        assert "image/jpeg" not in plot._repr_mimebundle_()[0], "a cell waits for no layout"
    finally:
        plot.close()


def test_the_state_of_a_widget_holds_the_picture_too_once_it_was_shown():
    """An exporter that finds the state shows the widget, and leaves out the picture beside it."""
    rng = np.random.default_rng(0)
    images = list(rng.integers(0, 255, (400, 64, 64, 3), dtype=np.uint8))
    plot = PixPlot(pd.DataFrame({"category": ["a", "b"] * 200}), image=images, cache=False).wait()
    try:
        assert plot.get_state("_still_jpeg") == {"_still_jpeg": ""}
        plot._repr_mimebundle_()
        (text,) = plot.get_state("_still_jpeg").values()
        assert 10_000 < len(text) <= 60_000
        with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
            assert min(picture.size) > 100
        plot.set_state({"_still_jpeg": "", "height": 300})
        assert (plot.get_state("_still_jpeg"), plot.height) == ({"_still_jpeg": text}, 300)
    finally:
        plot.close()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(2_000, 60_000))
def test_a_picture_is_compressed_to_what_is_allowed(width, height, most):
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))
    with Image.open(io.BytesIO(file := compressed(noise, most))) as picture:
        assert len(file) <= most
        assert picture.width == pytest.approx(picture.height * width / height, rel=0.5, abs=1)


def test_a_cell_does_not_wait_for_images_to_be_read():
    plot = PixPlot(pd.DataFrame({"category": ["a"] * 3}), image=[np.zeros((8, 8), np.uint8)] * 3, cache=False)
    try:
        plot.wait()._workspace.store.state[1] = PENDING
        assert "image/jpeg" not in plot._repr_mimebundle_()[0]
    finally:
        plot.close()


@pytest.mark.parametrize("spoil", ["rows", "column"])
def test_a_widget_is_shown_whatever_other_code_did_to_the_frame(spoil):
    df = pd.DataFrame({"category": ["b", "a", "c"], "score": [1.0, 2, 3]}, index=[3, 1, 2])
    plot = PixPlot(df, image=[np.zeros((8, 8), np.uint8)] * 3, cache=False).wait()
    try:
        plot.color_by = "score"
        assert "image/jpeg" in plot._repr_mimebundle_()[0]
        if spoil == "rows":
            df.loc[9] = ["a", 4.0]
        else:
            del df["score"]
        content, _ = plot._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in content
        assert "image/jpeg" not in content
    finally:
        plot.close()
