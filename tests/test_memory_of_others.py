"""A view file or a state that somebody else wrote, or that is damaged: data only, within bounds, taken whole or not."""

from __future__ import annotations

import base64
import copy
import json
import tracemalloc
import warnings
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page
from plots import pictures

from pixplot_widget import PixPlot
from pixplot_widget.facets.conditions import packed, unpacked
from pixplot_widget.packing import pack
from pixplot_widget.protocol import FilterWanted
from pixplot_widget.workspace.kept import kept_rows
from pixplot_widget.workspace.memory import memory_path

N = 6
RUNS = "@pd.io.common.os.getcwd()"
BOMB = base64.b64encode(zlib.compress(bytes(300_000_000), 9)).decode()
SMALL_BOMB = base64.b64encode(zlib.compress(bytes(100_000), 9)).decode()
DEEP = "[" * 100_000 + "]" * 100_000


def frame() -> pd.DataFrame:
    return pd.DataFrame({"category": ["cat", "dog"] * 3, "year": range(6), "filename": list("abcdef")})


def full_state(plot: PixPlot) -> dict:
    plot.filter = [
        {"column": "year", "min": 2},
        {"rows": [2, 3, 4]},
        {"column": "category", "any": ["cat"]},
        "year > 1",
    ]
    plot.hotspots = {"pair": [1, 2], "more": [0, 3, 4]}
    plot.review("year")
    plot.review_at = 2
    plot.review("category", ascending=False)
    plot.review_at = 1
    plot._workspace.view.camera = {"x": 0.25, "y": -0.5, "width": 1.5}
    return json.loads(json.dumps(plot.state()))


@pytest.fixture(scope="module")
def plot():
    made = PixPlot(frame(), image=pictures(N), cache=False).wait()
    yield made
    made.close()


@pytest.fixture(scope="module")
def good(plot):
    return full_state(plot)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [10**30, -1, 6, 10**400, "year", "umap", "sorted?by=year", "map?overlay=/etc/passwd", "8:", SMALL_BOMB]
    )
    | st.text(max_size=5)
    | st.just({"k": 10**10, "same": 0})
    | st.just({"k": 6, "steps": f"8:{SMALL_BOMB}"})
    | st.just({"n": 6, "bits": SMALL_BOMB})
    | st.just({"query": "year > 1"}),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["column", "any", "min", "rows", "is"]), inside, max_size=3
        )
    ),
    max_leaves=6,
)


def places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), strange=JSON)
def test_a_state_is_taken_whole_or_not_at_all(plot, good, data, strange):
    box = {"state": copy.deepcopy(good)}
    *path, last = data.draw(st.sampled_from([path for path in places(box) if path]))
    inside = box
    for key in path:
        inside = inside[key]
    inside[last] = strange
    before, hotspots = plot.state(), plot.hotspots
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plot.restore(box["state"])
        except (ValueError, TypeError, KeyError) as error:
            assert 0 < len(str(error)) < 2_000  # noqa: PT017 - it may be a state as well
            assert plot.state() == before
            pd.testing.assert_frame_equal(plot.hotspots, hotspots)
        else:
            assert json.dumps(plot.state())
            plot.restore(good)


@pytest.mark.parametrize(
    "filter",
    [
        [{"query": f"category == {RUNS}"}],
        [f"category == {RUNS}"],
        f"category == {RUNS}",
        {"query": f"category == {RUNS}"},
        [{"is": "flagged"}, {"query": f"category == {RUNS}"}],
    ],
)
def test_text_of_a_state_is_never_run(plot, good, filter, monkeypatch):
    ran = []
    monkeypatch.setattr("pixplot_widget.facets.filters.query_mask", lambda *_: ran.append(1) or np.ones(N, dtype=bool))
    plot.filter = {"category": "dog"}
    ran.clear()
    with pytest.warns(UserWarning, match="not run when it is read"):
        plot.restore({"version": 1, "filter": filter, "border_width": 7.0})
    assert (ran, plot.border_width) == ([], 7.0)  # what else the state holds is taken
    assert plot.filter == [{"column": "category", "any": ["dog"]}]


def test_a_query_comes_back_as_its_rows_with_its_text_to_be_seen(tmp_path, monkeypatch):
    journal = tmp_path / "edits.jsonl"
    first = PixPlot(frame(), image=pictures(N), cache=False, journal=journal)
    first.filter = "year > 3"
    first.close()
    monkeypatch.setattr("pixplot_widget.facets.filters.query_mask", None)  # called, it would raise
    second = PixPlot(frame(), image=pictures(N), cache=False, journal=journal)
    page = Page(second)
    page.hello()
    try:
        assert second.filtered.year.tolist() == [4, 5]
        (read,) = second.filter
        assert (read["query"], read["rows"].tolist()) == ("year > 3", [False] * 4 + [True] * 2)
        (told,) = page.wait_part("filter").conditions
        assert (told["query"], told["count"]) == ("year > 3", 2)
        page.say(FilterWanted(client="page", seq=1, conditions=[told, {"is": "not flagged"}]))
        page.wait_part("filter", lambda part: part.seq == 1)
        assert second.filtered.year.tolist() == [4, 5]
        second.filter = second.filter
        second.append(frame().assign(year=9), image=pictures(N))
        assert second.filtered.year.tolist() == [4, 5]
        assert second.filter[0]["query"] == "year > 3"
    finally:
        second.close()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        DEEP,
        "[]",
        "3",
        b"\xff\xfe",
        json.dumps({"version": 1, "filter": [{"rows": {"n": N, "bits": BOMB}}]}),
        json.dumps({"version": 1, "filter": [{"rows": {"n": N, "bits": "bm8gemxpYg=="}}]}),
        json.dumps({"version": 1, "filter": [{"column": "year", "any": ["x"] * 3}]}),
        json.dumps(
            {"version": 1, "review": {"by": None, "ascending": None, "place": 0, "rows": {"k": 10**10, "same": 0}}}
        ),
        json.dumps({"version": 1, "review": {"by": "year", "ascending": None, "place": 10**30, "rows": [1, 2]}}),
        json.dumps({"version": 1, "camera": {"x": float("nan"), "y": 0, "width": 1}}),
        json.dumps({"version": 1, "camera": {"x": 10**400, "y": 0, "width": 1}}),
        json.dumps({"version": 1, "sprite_size": float("nan")}),
        json.dumps({"version": 1, "layout": ["umap"]}),
        json.dumps({"version": 1, "layout": "x" * 1_000_000}),
        json.dumps({"version": 1, "color_by": {"a": 1}}),
        json.dumps({"version": [1]}),
    ],
)
def test_a_view_file_that_cannot_be_used_ends_in_a_warning(tmp_path, text):
    journal = tmp_path / "edits.jsonl"
    memory_path(journal).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.warns(UserWarning, match="how the picture was looked at last|is not as it was left") as said:
        made = PixPlot(frame(), image=pictures(N), cache=False, journal=journal)
    assert all(len(str(each.message)) < 2_000 for each in said)
    made.relabel(0, "dog")
    assert (made.filter, made.layout, made.review_at) == (None, "umap", -1)
    made.close()


@pytest.mark.parametrize(
    "read",
    [
        lambda: kept_rows({"k": N, "steps": f"8:{BOMB}"}, N),
        lambda: kept_rows({"k": 10**10, "same": 0}, N),
        lambda: kept_rows({"k": 10**10, "steps": f"8:{BOMB}"}, N),
        lambda: unpacked({"n": N, "bits": BOMB}, N),
    ],
)
def test_what_is_squeezed_is_never_taken_out_beyond_the_rows_there_are(read):
    tracemalloc.start()
    with pytest.raises(ValueError, match="rows"):
        read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@given(st.lists(st.integers(0, 99), max_size=100), st.integers(100, 200))
def test_rows_that_were_kept_are_read_as_they_were(rows, n):
    assert kept_rows(json.loads(json.dumps(pack(np.array(rows, dtype=np.int64)))), n).tolist() == rows
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    np.testing.assert_array_equal(unpacked(json.loads(json.dumps(packed(mask))), n), mask)


def test_a_state_of_an_earlier_version_names_values_by_their_text():
    df = frame().assign(grade=pd.Categorical([1, 2, 1, 2, 1, 2]))
    made = PixPlot(df, image=pictures(N), cache=False, label="year")
    made.restore({"version": 1, "filter": [{"column": "grade", "any": ["1"]}, {"column": "year", "any": ["0", "2"]}]})
    assert made.filtered.index.tolist() == [0, 2]
    assert made.filter == [{"column": "grade", "any": [1]}, {"column": "year", "any": [0, 2]}]
    made.close()


def test_a_frame_that_has_other_rows_by_now_stops_neither_closing_nor_the_next_time(tmp_path):
    df, journal = frame(), tmp_path / "edits.jsonl"
    made = PixPlot(df, image=pictures(N), cache=False, journal=journal)
    made.filter = "year > 3"
    df.loc[N] = ["cat", 9, "g"]
    with pytest.warns(UserWarning, match="how the picture is looked at could not be kept"):
        made.close()
    again = PixPlot(frame(), image=pictures(N), cache=False, journal=journal)
    assert again.filter is None
    again.close()
