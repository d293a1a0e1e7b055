"""Frames and arguments as they come: what is wrong is told in words, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import traitlets
from page import Page
from PIL import Image
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.protocol import ImageWanted, RowWanted


@pytest.mark.parametrize(
    ("vectors", "error", "words"),
    [
        (np.zeros((5, 3)), ValueError, "5 rows; there are 6 images"),
        (np.zeros(6), ValueError, "shape"),
        (np.array([[0.0, np.nan]] * 6), ValueError, "NaN"),
        (np.array([[0.0, np.inf]] * 6), ValueError, "infinite"),
        (np.zeros((6, 0)), ValueError, "at least one column"),
        ([["a"]] * 6, TypeError, "numbers"),
        (np.zeros((6, 2), complex), TypeError, "complex"),
    ],
)
def test_wrong_vectors(make, vectors, error, words):
    with pytest.raises(error, match=words):
        make(6, vectors=vectors)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"label": "species"}, KeyError, "'category', 'year'"),
        ({"image": "file"}, KeyError, "file"),
        ({"image": pictures(5)}, ValueError, "5"),
        ({"box": ("x", "y", "w", "h")}, KeyError, "x"),
        ({"roles": {"lattitude": "year"}}, ValueError, "lat"),
        ({"roles": {"lat": "north"}}, KeyError, "north"),
        ({"n_neighbours": 5}, TypeError, "n_neighbors"),
        ({"n_neighbors": 1}, ValueError, "2 or more"),
        ({"n_neighbors": []}, ValueError, "empty"),
        ({"min_dist": 3}, ValueError, "from 0 to below 1"),
        ({"seed": "x"}, TypeError, "whole number"),
        ({"supervise": "species"}, KeyError, "species"),
        ({"thumbnail_size": 50}, ValueError, "50"),
        ({"layout": "cube"}, ValueError, "cube"),
        ({"flag": "category"}, ValueError, "flag"),
        ({"height": 3}, traitlets.TraitError, "240"),
    ],
)
def test_wrong_arguments_name_what_is_wrong(make, options, error, words):
    with pytest.raises(error, match=words):
        make(6, **options)


def test_what_is_no_frame():
    with pytest.raises(TypeError, match="DataFrame"):
        PixPlot({"category": []})


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(make, n):
    plot = make(n).wait()
    assert plot.layouts["umap"].xy.shape == (n, 2)
    assert np.isfinite(plot.layouts["umap"].xy).all()
    page = Page(plot)
    page.hello()
    assert page.wait_part("manifest").n == n


def test_no_labels_at_all(make):
    plot = make(df=pd.DataFrame({"category": [None, None]}, dtype=object)).wait()
    assert Page(plot).edit("label", [0], "first").ok
    assert plot.df.category.tolist()[0] == "first"


def test_duplicate_index_and_names(make, tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    df = pd.DataFrame({"filename": ["a.png", "a.png", "b.png"], "category": list("xyx")}, index=[7, 7, 7])
    plot = make(df=df, image="filename", image_dir=tmp_path).wait()
    Page(plot).edit("label", [1], "z")
    assert df.category.tolist() == ["x", "z", "x"]


NASTY = ["a,b", 'say "no"', "<img src=x onerror=alert(1)>", "🐈", "line\nbreak", "'; DROP TABLE", " "]


def test_nasty_labels_stay_what_they_are(make, tmp_path):
    plot = make(df=pd.DataFrame({"category": ["x"] * len(NASTY)}))
    page = Page(plot)
    for row, label in enumerate(NASTY[:-1]):
        assert page.edit("label", [row], label).ok
    assert plot.df.category.tolist()[:-1] == NASTY[:-1]
    plot.to_csv(tmp_path / "metadata.csv")
    assert pd.read_csv(tmp_path / "metadata.csv").category.tolist()[:-1] == NASTY[:-1]


def test_unreadable_images_are_rows_of_problems_and_stop_nothing(make, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "good.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder.png").mkdir()
    names = ["good.png", "empty.png", "text.png", "cut.png", "folder.png", "missing.png"]
    plot = make(df=pd.DataFrame({"filename": names, "category": "x"}), image="filename", image_dir=tmp_path).wait()
    assert plot.problems.file.tolist() == names[1:]
    assert plot.problems.reason.str.len().min() > 0
    page = Page(plot)
    page.hello()
    page.wait_part("manifest", lambda manifest: manifest.problem_count == 5)

    def shown(_message) -> bool:  # on a slow machine they come in several sheets
        sheets = [sheet.rows.tolist() for name, sheet in page.parts.items() if name.startswith("sheet/32/")]
        return sorted(row for rows in sheets for row in rows) == list(range(6))

    page.wait(shown)
    assert page.edit("label", [1], "y").ok
    assert page.ask(ImageWanted, row=1, whole=False).text
    assert page.ask(RowWanted, row=1).problem


def test_pending_edits_that_a_page_saved_can_be_merged(make, tmp_path):
    (tmp_path / "pending.csv").write_text('file,column,new\n"image 0","category","dog"\n"image 1","remove","True"\n')
    plot = make(6)
    assert plot.merge(tmp_path / "pending.csv").outcome.tolist() == ["applied", "applied"]
    assert plot.df.category[0] == "dog"
    assert plot.df.remove.tolist() == [False, True, False, False, False, False]


def test_who_asked_hears_of_every_edit_from_code_and_from_a_page(make):
    plot = make(4)
    heard = []
    end = plot.on_edit(lambda change: heard.append((change.kind, change.rows.tolist(), change.message)))
    plot.relabel([0, 1], "owl")
    page = Page(plot)
    page.edit("flag", [2], True)
    plot.undo()
    assert [kind for kind, *_ in heard] == ["label", "flag", "undo"]
    assert [rows for _, rows, _ in heard] == [[0, 1], [2], [2]]
    assert heard[0][2] == "relabel 2 images to 'owl'"
    end()
    plot.undo()
    assert len(heard) == 3
