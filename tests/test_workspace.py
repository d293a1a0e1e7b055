"""A workspace without a widget: what is looked at and corrected, and what it tells."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from pixplot_widget.errors import RowsChangedError
from pixplot_widget.workspace import Workspace, events
from tools.waiting import SECONDS

LABELS = ["cat", "dog", "cat", "dog", "cat"]


def frame() -> pd.DataFrame:
    return pd.DataFrame({"category": LABELS, "year": [2001, 2002, 2003, 2004, 2005]})


def pictures(n: int = len(LABELS)) -> list[np.ndarray]:
    return [np.full((8, 8), 40 * k, np.uint8) for k in range(n)]


@pytest.fixture
def open_workspace():
    opened = []

    def make(df: pd.DataFrame, **options) -> Workspace:
        opened.append(Workspace(df, **{"image": pictures(len(df)), "cache": False} | options))
        return opened[-1]

    yield make
    for workspace in opened:
        workspace.close()


class Told:
    """What a workspace tells, in order."""

    def __init__(self, workspace: Workspace) -> None:
        self.events: list[events.Event] = []
        for name in events.__all__:
            if isinstance(kind := getattr(events, name), type) and issubclass(kind, events.Event):
                workspace.events.on(kind, self.events.append)

    def names(self) -> list[str]:
        found = [type(event).__name__ for event in self.events]
        self.events.clear()
        return found


SCRIPT = """
import sys
import numpy as np, pandas as pd
from pixplot_widget.workspace import Workspace

df = pd.DataFrame({"category": ["cat", "dog", "cat"], "year": [2001, 2002, 2003]})
workspace = Workspace(df, np.eye(3), image=[np.full((8, 8), 80 * k, np.uint8) for k in range(3)], cache=False).start()
workspace.preparation.wait(SECONDS)
workspace.relabel(1, "cat")
workspace.log.flag([2])
workspace.filter_by({"category": "cat"})
workspace.arrange("category", None, {"by": "year"})
workspace.view.select([0, 2])
workspace.review.open("year", None)
workspace.log.undo()
assert df.category.tolist() == ["cat"] * 3 and not df["remove"].any()
assert workspace.filter.mask().all()
assert workspace.view.layout == "category?by=year"
assert len(workspace.hotspots.spots.frame) == 0
workspace.close()
toolkits = {"anywidget", "ipywidgets", "traitlets", "IPython", "pixplot_widget.protocol", "pixplot_widget.comm"}
print(sorted(toolkits & set(sys.modules)))
"""


def test_it_is_used_where_no_widget_exists():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("SECONDS", str(SECONDS))],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert (run.stdout.strip(), run.returncode) == ("[]", 0), run.stderr


def test_each_thing_that_happens_is_told_once(open_workspace):
    workspace = open_workspace(frame()).start()
    workspace.preparation.wait(SECONDS)
    workspace.catalog["category"]  # made, so that it can be out of date
    told = Told(workspace)
    workspace.relabel(0, "dog")
    assert told.names() == ["Edited", "LayoutsOutdated"]
    workspace.relabel(0, "dog")
    assert told.names() == []
    workspace.view.select([1, 2])
    workspace.view.select([1, 2])
    assert told.names() == ["SelectionChanged"]
    workspace.filter_by({"category": "dog"})
    workspace.filter_by([{"column": "category", "any": ["dog"]}])
    assert told.names() == ["FilterChanged"]
    workspace.log.undo()  # which the filter judges anew
    assert told.names() == ["Edited", "FilterChanged"]
    workspace.view.set("palette", "colorblind")
    workspace.view.set("palette", "colorblind")
    assert told.names() == ["SettingChanged"]
    workspace.review.open("year", None)
    workspace.review.move(1)
    assert told.names() == ["ReviewFilled", "ReviewMoved", "ReviewMoved"]
    workspace.df["new"] = 1.0
    workspace.view.set("color_by", "new")
    assert told.names() == ["ColumnsChanged", "SettingChanged"]
    workspace.set_hotspots({"two": [0, 1]})
    assert told.names() == ["HotspotsChanged", "Edited", "FilterChanged"]  # a step like others


def test_whoever_listens_sees_what_is_told_of(open_workspace):
    workspace = open_workspace(frame())
    seen = []
    workspace.events.on(
        events.Edited, lambda event: seen.append((event.change.rows.tolist(), workspace.df.category[0]))
    )
    workspace.events.on(events.SelectionChanged, lambda event: seen.append((event.client, workspace.view.selection)))
    workspace.relabel(0, "dog")
    workspace.view.select([3], "page")
    assert seen[0] == ([0], "dog")
    assert seen[1][0] == "page"
    assert seen[1][1].tolist() == [3]


def test_what_cannot_be_is_refused_and_tells_nothing(open_workspace):
    workspace = open_workspace(frame())
    told = Told(workspace)
    for wrong, error in (
        (lambda: workspace.view.set("sprite_size", 1e9), ValueError),
        (lambda: workspace.view.set("layout", "nowhere"), ValueError),
        (lambda: workspace.view.set("color_by", "nowhere"), ValueError),
        (lambda: workspace.view.select([99]), IndexError),
        (lambda: workspace.filter_by({"nowhere": 1}), KeyError),
        (lambda: workspace.review.move(7), IndexError),
        (lambda: workspace.relabel(0, "dog", column="nowhere"), KeyError),
        (lambda: workspace.restore({"version": 1, "sprite_size": -1}), ValueError),
    ):
        with pytest.raises(error):
            wrong()
    assert told.names() == []
    assert workspace.view.settings["sprite_size"] == 1.0
    assert workspace.filter.mask().all()


def test_how_it_was_looked_at_comes_back_with_the_journal(open_workspace, tmp_path):
    first = open_workspace(frame(), journal=tmp_path / "edits.jsonl").start()
    first.relabel([0, 1], "owl")
    first.view.set("layout", "category")
    first.view.set("sprite_size", 2.5)
    first.filter_by({"category": "owl"})
    first.view.note_camera(0.25, -0.5, 0.75)
    first.close()
    json.loads((tmp_path / "edits.jsonl.view.json").read_text("utf-8"))
    again = open_workspace(frame(), journal=tmp_path / "edits.jsonl").start()
    assert again.df.category.tolist() == ["owl", "owl", "cat", "dog", "cat"]
    assert (again.view.layout, again.view.settings["sprite_size"]) == ("category", 2.5)
    assert np.flatnonzero(again.filter.mask()).tolist() == [0, 1]
    assert again.view.camera == {"x": 0.25, "y": -0.5, "width": 0.75}


def test_rows_that_others_moved_stop_it(open_workspace):
    workspace = open_workspace(frame())
    workspace.df.drop(index=0, inplace=True)
    with pytest.raises(RowsChangedError):
        workspace.view.select([0])
    with pytest.raises(RowsChangedError):
        workspace.relabel(0, "dog")


def test_what_raised_while_it_was_opened_leaves_the_journal_free(tmp_path):
    journal = tmp_path / "edits.jsonl"
    with pytest.raises(ValueError, match="nowhere"):
        Workspace(frame(), image=pictures(), layout="nowhere", journal=journal, cache=False)
    Workspace(frame(), image=pictures(), journal=journal, cache=False).close()


def test_closed_it_can_be_read_and_begins_nothing(open_workspace):
    workspace = open_workspace(frame()).start()
    workspace.close()
    workspace.close()
    assert workspace.problems.empty
    with pytest.raises(RuntimeError, match="closed"):
        workspace.set_vectors(np.eye(5))
