"""A picture is looked at again as it was: by `state` and `restore`, and beside the journal."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import traitlets
from page import Page
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.edits import EditLog
from pixplot_widget.export.patch import apply_patch
from pixplot_widget.protocol import CameraMoved
from pixplot_widget.workspace.memory import memory_path

CAMERA = {"x": 0.25, "y": -0.5, "width": 1.5}


@pytest.fixture
def make():
    made = []

    def build(**options) -> PixPlot:
        df = pd.DataFrame({"filename": list("abcdef"), "category": ["cat", "dog"] * 3, "year": range(6)})
        pictures = [np.full((8, 8), 40 * k, np.uint8) for k in range(6)]
        made.append(PixPlot(df, image=pictures, cache=False, **options))
        return made[-1]

    yield build
    for plot in made:
        plot.close()


def looked_at(plot: PixPlot) -> dict:
    """Change all that is kept; return the state."""
    plot.layout = "sorted"
    plot.color_by = "year"
    plot.palette = "colorblind"
    plot.border_width = 4.0
    plot.filter = [{"column": "year", "min": 2}, {"rows": [2, 3, 4]}, {"is": "not flagged"}]
    plot.hotspots = {"pair": [1, 2]}
    Page(plot).say(CameraMoved(client="page", **CAMERA))
    plot.review("year")
    plot.review_at = 2
    return plot.state()


def test_a_state_is_small_json_and_comes_back(make):
    state = json.loads(json.dumps(looked_at(make())))
    assert state["camera"] == CAMERA
    other = make()
    page = Page(other)
    page.hello()
    other.restore(state)
    assert (other.layout, other.color_by, other.palette, other.border_width) == ("sorted", "year", "colorblind", 4.0)
    assert other.filtered.year.tolist() == [2, 3, 4]
    assert other.hotspots[["name", "size"]].values.tolist() == [["pair", 2]]
    sent = page.wait_part("camera")
    assert (sent.layout, sent.x, sent.y, sent.width) == ("sorted", *CAMERA.values())
    assert page.wait_part("review").place == 2
    assert other.state() == state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 99}, "version 99"),
        ({"zoom": 3}, "no 'zoom'"),
        ({"layout": "nowhere"}, "no layout 'nowhere'"),
        ({"palette": "loud"}, "palette"),
        ({"filter": [{"column": "gone", "min": 1}]}, "no column 'gone'"),
        ({"filter": [{"rows": {"n": 7, "bits": ""}}]}, "7 rows"),
        ({"camera": {"x": 0, "y": 0, "width": -1}}, "camera"),
        ({"review": {"by": "year", "ascending": None, "place": 0, "rows": [0, 6]}}, "not of these 6 rows"),
        ({"review": {"place": 0}}, "a review is"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(make, change, words):
    plot = make()
    before = plot.state()
    with pytest.raises((ValueError, KeyError, traitlets.TraitError), match=words):
        plot.restore(before | {"sprite_size": 2.0} | change)
    assert plot.state() == before


def test_it_is_remembered_beside_the_journal(make, tmp_path):
    journal = tmp_path / "edits.jsonl"
    first = make(journal=journal)
    state = looked_at(first)
    first.close()
    second = make(journal=journal)
    assert second.state() == state
    second.close()
    # What is asked for counts more than what was.
    third = make(journal=journal, layout="category")
    assert (third.layout, third.color_by) == ("category", "year")
    third.close()
    # A file that cannot be used is no reason to stop.
    memory_path(journal).write_text("{", "utf-8")
    with pytest.warns(UserWarning, match="could not be read"):
        make(journal=journal).close()
    memory_path(journal).write_text(json.dumps(state | {"filter": [{"column": "gone", "min": 1}]}), "utf-8")
    with pytest.warns(UserWarning, match="not as it was left"):
        make(journal=journal)


def test_without_a_journal_nothing_is_written(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)  # old releases of ipywidgets warn of themselves
        plot = make()
        looked_at(plot)
        plot.close()
    assert list(tmp_path.iterdir()) == []


# --- what versions before wrote ---------------------------------------------------------------------------------

BEFORE = Path(__file__).parent / "version_1"
"""A journal, the view beside it and a table of the changes, of one widget of the first version."""
LEFT = ["owl", None, "owl", "cow, black", "dog", "dog"]


@pytest.fixture
def frame_of_before() -> pd.DataFrame:
    labels = ["cat", "dog", "cat", "cow, black", None, "dog"]
    return pd.DataFrame({"filename": [f"{k}.jpg" for k in range(6)], "category": labels, "year": range(1901, 1907)})


def corrected(df: pd.DataFrame) -> bool:
    labels = [None if pd.isna(label) else label for label in df["category"]]
    return (labels, df["remove"].tolist(), df["remove_reason"][3]) == (LEFT, [k == 3 for k in range(6)], "blurry, dark")


def test_a_picture_that_was_kept_before_comes_back(frame_of_before, tmp_path):
    for name in ("edits.jsonl", "edits.jsonl.view.json"):
        shutil.copy(BEFORE / name, tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot = PixPlot(frame_of_before, image=pictures(6), journal=tmp_path / "edits.jsonl", cache=False)
    try:
        assert corrected(frame_of_before)
        assert (plot.layout, plot.color_by, plot.palette) == ("sorted", "year", "colorblind")
        assert (plot.sprite_size, plot.border_width) == (1.5, 4.0)
        assert plot.filtered.index.tolist() == [1, 2, 4]
        assert plot.state()["camera"] == CAMERA
        spots = plot.hotspots
        assert dict(zip(spots["name"], map(list, spots["positions"]), strict=True)) == {"pair": [1, 2], "one": [5]}
        assert plot.state() == json.loads((BEFORE / "edits.jsonl.view.json").read_text("utf-8"))
    finally:
        plot.close()


def test_changes_that_were_saved_before_are_merged(frame_of_before):
    log = EditLog(frame_of_before, names=[f"image {k}" for k in range(6)])
    report = apply_patch(log, BEFORE / "changes.csv")
    assert set(report["outcome"]) == {"applied"}
    assert corrected(frame_of_before)
