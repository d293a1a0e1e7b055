from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixplot_widget.cache import Cache
from pixplot_widget.hotspots import check_hotspots, clusters, cover_of, find_hotspots, hotspot_columns, name_groups
from pixplot_widget.neighbors import Cancelled

COORDINATE = st.one_of(st.floats(-100, 100), st.sampled_from([0.0, 1.0, np.nan]))
SCATTERS = hnp.arrays(np.float64, st.tuples(st.integers(0, 60), st.integers(2, 4)), elements=COORDINATE)


def blobs(sizes, dimensions=2, seed=0):
    rng = np.random.default_rng(seed)
    centers = 30 * np.column_stack([np.arange(len(sizes))] * dimensions)
    points = np.concatenate(
        [rng.normal(center, 1, (size, dimensions)) for center, size in zip(centers, sizes, strict=True)]
    )
    return points, np.repeat(np.arange(len(sizes)), sizes)


@settings(max_examples=50)
@given(SCATTERS, st.integers(1, 5), st.integers(2, 8))
def test_what_holds_of_all_hotspots(points, max_clusters, min_size):
    found = find_hotspots(points, max_clusters=max_clusters, min_size=min_size)
    assert list(found.columns) == ["name", "size", "cover", "positions"]
    assert len(found) <= max_clusters
    assert found["size"].is_monotonic_decreasing
    assert found["name"].is_unique
    everything = np.concatenate([np.array([], dtype=np.int64), *found["positions"]])
    assert len(np.unique(everything)) == len(everything)
    for _, spot in found.iterrows():
        assert min_size <= spot["size"] == len(spot["positions"]) <= len(points) / 2
        assert spot["cover"] in spot["positions"]
        assert np.isfinite(points[spot["positions"]]).all()


@pytest.mark.parametrize("dimensions", [2, 15])
@pytest.mark.parametrize("sample", [None, 300])
def test_crowds_are_found_and_named_after_their_labels(dimensions, sample, monkeypatch):
    if sample:
        monkeypatch.setattr(clusters, "SAMPLE", sample)
        monkeypatch.setattr(clusters, "SAMPLE_DEEP", sample)
    points, which = blobs([300, 250, 200, 150], dimensions)
    labels = np.array(["cat", "dog", "owl", "ant"])[which]
    found = find_hotspots(points, labels)
    assert found["name"].tolist() == ["cat", "dog", "owl", "ant"]
    for spot in found.itertuples():
        assert (labels[spot.positions] == spot.name).all()
        assert spot.size > 0.85 * (labels == spot.name).sum()
        middle = points[spot.positions].mean(axis=0)
        away = np.linalg.norm(points[spot.positions] - middle, axis=1)
        assert np.linalg.norm(points[spot.cover] - middle) == pytest.approx(away.min())


def test_no_hotspot_holds_more_than_half_the_images():
    points, which = blobs([800, 100, 60])
    found = find_hotspots(points, which)
    assert found["size"].max() <= 480
    assert {"1", "2"} <= set(found["name"])


def test_the_largest_are_shown_first_and_no_more_than_asked_for():
    points, which = blobs([100, 300, 200, 250])
    assert find_hotspots(points, which, max_clusters=2)["name"].tolist() == ["1", "3"]


def test_the_same_data_gives_the_same_hotspots(monkeypatch):
    monkeypatch.setattr(clusters, "SAMPLE", 200)
    points, _ = blobs([300, 250, 200])
    pd.testing.assert_frame_equal(find_hotspots(points, seed=3), find_hotspots(points, seed=3))


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 2)), np.zeros((1, 2)), np.zeros((400, 2)), np.full((50, 2), np.nan), np.arange(8.0).reshape(4, 2)],
)
def test_degenerate_layouts_have_no_hotspots(points):
    found = find_hotspots(points, labels=["a"] * len(points), tags=[None] * len(points))
    assert found.empty
    assert list(found.columns) == ["name", "size", "cover", "positions"]


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=3), min_size=4, max_size=40), st.integers(1, 4))
def test_names_are_unique_and_made_of_words_of_the_group(tags, parts):
    groups = [rows for rows in np.array_split(np.arange(len(tags)), parts) if len(rows)]
    names = name_groups(groups, len(tags), tags=tags)
    assert len(set(names)) == len(names) == len(groups)
    for name, rows in zip(names, groups, strict=True):
        inside = {tag for row in rows for tag in tags[row]}
        for word in name.split(" (")[0].split(", "):
            assert word in inside or name.startswith("group ")


def test_a_word_that_all_bear_names_nobody():
    rows = [np.array([0, 1]), np.array([2, 3])]
    assert name_groups(rows, 4, tags=["a|x", "a|x", "b|x", "b|x"]) == ["a", "b"]
    assert name_groups(rows, 4, labels=["x"] * 4) == ["group 1", "group 2"]
    assert name_groups(rows, 4) == ["group 1", "group 2"]


def test_groups_of_one_label_are_told_apart_by_their_tags_or_numbers():
    rows = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    labels = ["cat", "cat", "cat", "cat", None, None, *["dog"] * 6]
    tags = ["cat", "cat", "cat|sleeps", "cat|sleeps", "", None, *["dog"] * 6]
    assert name_groups(rows[:2], 12, labels) == ["cat", "cat (2)"]
    assert name_groups(rows[:2], 12, labels, tags) == ["cat", "sleeps"]
    assert name_groups(rows[2:], 12, labels, tags) == ["group 1"]
    assert name_groups([np.arange(4)], 12, [*"aabb", *"cccccccc"]) == ["a"]
    assert name_groups([np.arange(5)], 12, [*"aabbc", *"ccccccc"]) == ["a, b"]


def test_hotspots_that_a_user_sets_are_checked():
    points = np.array([[0.0, 0], [1, 0], [2, 0], [9, 9]])
    found = check_hotspots({"row": [2, 0, 1, 1], "last": np.array([3])}, 4, points)
    assert found["positions"].map(list).tolist() == [[0, 1, 2], [3]]
    assert found["cover"].tolist() == [1, 3]
    assert found["size"].tolist() == [3, 1]
    again = check_hotspots(found.assign(name=["a", "b"], cover=[2, None]), 4)
    assert again["cover"].tolist() == [2, 3]
    with pytest.raises(KeyError, match="'positions'"):
        check_hotspots(pd.DataFrame({"name": ["a"]}), 4)
    with pytest.raises(IndexError, match="position 4; there are 4"):
        check_hotspots({"a": [0, 4]}, 4)
    with pytest.raises(ValueError, match="no positions"):
        check_hotspots({"a": []}, 4)
    with pytest.raises(ValueError, match="cover of hotspot 'a', 3"):
        check_hotspots(pd.DataFrame({"name": ["a"], "cover": [3], "positions": [[0, 1]]}), 4)


def test_one_boolean_column_each():
    frame = pd.DataFrame({"file": list("abcd")}, index=[7, 7, 8, 9])
    found = pd.concat([check_hotspots({"x": [0, 3]}, 4), check_hotspots({"x": [1]}, 4)])
    columns = hotspot_columns(found, frame.index)
    assert columns["x"].tolist() == [True, False, False, True]
    assert columns["x (2)"].tolist() == [False, True, False, False]
    assert columns.index.equals(frame.index)


def test_a_cover_among_rows_without_a_place():
    assert cover_of(np.array([[np.nan, np.nan], [0, 0], [1, 1]]), np.array([0])) == 0
    assert cover_of(np.array([[np.nan, np.nan], [0, 0], [1, 1]]), np.array([0, 2])) == 2


def test_bad_arguments():
    with pytest.raises(ValueError, match="project vectors first"):
        find_hotspots(np.zeros((10, 1280)))
    with pytest.raises(ValueError, match="each of the 3 rows, not 2"):
        find_hotspots(np.zeros((3, 2)), labels=["a", "b"])
    with pytest.raises(ValueError, match="max_clusters"):
        find_hotspots(np.zeros((3, 2)), max_clusters=0)
    with pytest.raises(ValueError, match="min_size"):
        find_hotspots(np.zeros((3, 2)), min_size=1)


def test_it_stops_where_it_is_told_to_and_keeps_nothing(tmp_path):
    cache, cancel = Cache(tmp_path), threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        find_hotspots(np.random.default_rng(0).normal(size=(100, 2)), cache=cache, cancel=cancel)
    assert cache.info().bytes == 0
