"""Neighbors are the true ones, whatever the vectors look like."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import cdist

from pixplot_widget.neighbors import Cancelled, Space, check_vectors, knn, search, similar
from pixplot_widget.neighbors import space as space_module

METRICS = ["correlation", "cosine", "euclidean"]


def clustered(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(8, d))
    return (centers[rng.integers(0, 8, n)] + 0.4 * rng.normal(size=(n, d))).astype(np.float32)


def true_neighbors(vectors: np.ndarray, k: int, metric: str) -> np.ndarray:
    distances = cdist(vectors.astype(np.float64), vectors.astype(np.float64), metric)
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1)[:, :k]


def recall(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist(), strict=True)]))


class TestKnn:
    @pytest.mark.parametrize("metric", METRICS)
    def test_exact_where_vectors_are_short(self, metric):
        vectors = np.abs(clustered(300, 12))
        indices, distances = knn(vectors, 10, metric)
        assert recall(indices, true_neighbors(vectors, 10, metric)) > 0.999
        assert (np.diff(distances, axis=1) >= 0).all()
        assert not (indices == np.arange(300)[:, None]).any()

    @pytest.mark.parametrize("metric", METRICS)
    def test_nearly_exact_where_they_are_long(self, metric, monkeypatch):
        monkeypatch.setattr(space_module, "DIRECT", 0)
        vectors = np.random.default_rng(0).normal(size=(1500, 200)) / np.arange(1, 201) ** 0.7
        assert recall(knn(vectors, 15, metric)[0], true_neighbors(vectors, 15, metric)) > 0.97

    def test_without_room_for_a_copy_components_must_do(self, monkeypatch):
        monkeypatch.setattr(space_module, "UNIT_BYTES", 0)
        monkeypatch.setattr(space_module, "DIRECT", 0)
        vectors = clustered(800, 90)
        indices, _ = knn(vectors, 10)
        assert recall(indices, true_neighbors(vectors, 10, "correlation")) > 0.5

    def test_blocks_join(self, monkeypatch):
        monkeypatch.setattr(search, "_QUERIES", 7)
        monkeypatch.setattr(search, "_ROWS", 11)
        monkeypatch.setattr(space_module, "_BLOCK", 50)
        vectors = clustered(101, 9)
        assert recall(knn(vectors, 6)[0], true_neighbors(vectors, 6, "correlation")) == 1.0

    @pytest.mark.parametrize("d", [12, 80])
    def test_many_rows_are_searched_by_cells(self, d, monkeypatch):
        monkeypatch.setattr(search, "EXACT_ROWS", 100)
        monkeypatch.setattr(space_module, "DIRECT", 0)
        vectors = clustered(3000, d)
        indices, distances = knn(vectors, 10)
        assert recall(indices, true_neighbors(vectors, 10, "correlation")) > 0.9
        assert not (indices == np.arange(3000)[:, None]).any()
        assert (np.diff(distances, axis=1) >= 0).all()

    def test_cells_of_equal_rows_and_of_few(self, monkeypatch):
        monkeypatch.setattr(search, "EXACT_ROWS", 1)
        for vectors in (np.ones((300, 4)), np.repeat(np.eye(3), 100, axis=0), clustered(5, 4)):
            indices, distances = knn(vectors, 20, "euclidean")
            there = min(20, len(vectors) - 1)
            assert (indices[:, :there] >= 0).all()
            assert np.isfinite(distances[:, :there]).all()

    def test_rows_without_a_vector_have_none_and_are_nobodys(self):
        vectors = clustered(50, 5)
        vectors[[3, 40]] = np.nan
        indices, distances = knn(vectors, 4)
        assert (indices[[3, 40]] == -1).all()
        assert np.isinf(distances[[3, 40]]).all()
        assert not np.isin(indices, [3, 40]).any()

    def test_fewer_rows_than_asked_for(self):
        indices, _ = knn(np.eye(3), 10, "euclidean")
        assert (indices[:, 2:] == -1).all()
        assert sorted(indices[0, :2].tolist()) == [1, 2]
        assert knn(np.ones((1, 4)), 3)[0].tolist() == [[-1, -1, -1]]
        assert knn(np.ones((0, 4)), 3)[0].shape == (0, 3)

    def test_duplicates_are_each_others(self):
        vectors = np.repeat(clustered(10, 6), 5, axis=0)
        indices, distances = knn(vectors, 4)
        assert (indices // 5 == np.arange(50)[:, None] // 5).all()
        assert (distances < 2e-3).all()

    @settings(max_examples=60, deadline=None)
    @given(
        arrays.arrays(
            st.sampled_from([np.float32, np.float64, np.float16, np.int64, np.uint8]),
            st.tuples(st.integers(2, 12), st.integers(1, 70)),
        ),
        st.sampled_from(METRICS),
    )
    def test_any_finite_numbers(self, vectors, metric):
        if vectors.dtype.kind == "f":
            vectors = np.nan_to_num(vectors)
        indices, distances = knn(vectors, 3, metric)
        there = min(3, len(vectors) - 1)
        assert (indices[:, :there] >= 0).all()
        assert np.isfinite(distances[:, :there]).all()

    def test_rows_without_variation_are_far_from_all_but_each_other(self):
        vectors = np.vstack([clustered(20, 10), np.full((2, 10), 0.1, np.float32)])
        indices, distances = knn(vectors, 1)
        assert indices[20:, 0].tolist() == [21, 20]
        assert distances[20, 0] == 0

    def test_cancelled(self):
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Cancelled):
            Space(clustered(100, 10)).knn(5, cancel)

    def test_unknown_metric(self):
        with pytest.raises(ValueError, match=r"metric must be one of .*'cosine'.*, not 'nearness'"):
            Space(np.ones((2, 2)), "nearness")


class TestSpace:
    def test_components_explain_most(self):
        vectors = np.random.default_rng(0).normal(size=(400, 3)) @ np.random.default_rng(1).normal(size=(3, 300))
        space = Space(vectors, "euclidean")
        centerd = space.unit - space.unit.mean(axis=0)
        assert (space.scores[:, :3] ** 2).sum() == pytest.approx((centerd**2).sum(), rel=1e-3)

    @pytest.mark.parametrize("shape", [(30, 100), (300, 100), (2200, 2300)])
    def test_both_ways_to_components_agree_with_the_definition(self, shape):
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(shape[0], 4)) @ np.diag([9, 6, 4, 2]) @ rng.normal(size=(4, shape[1]))
        space = Space(vectors.astype(np.float32), "euclidean")
        centerd = space.unit - space.unit.mean(axis=0)
        size = np.linalg.svd(centerd[:, :], compute_uv=False)[:4] if shape[0] < 1000 else None
        found = np.sqrt((space.scores[:, :4] ** 2).sum(axis=0))
        assert (np.diff(found) < 0).all()
        if size is not None:
            assert found == pytest.approx(size, rel=1e-3)
        assert np.allclose(space.project(vectors[:5].astype(np.float32)), space.scores[:5], atol=1e-4)

    @pytest.mark.parametrize("d", [20, 80])
    def test_of_many_rows_a_sample_tells_the_components(self, d, monkeypatch):
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(6000, 8)) @ np.diag(2.0 ** -np.arange(8)) @ rng.normal(size=(8, d))
        vectors[::7] = np.nan
        whole = Space(vectors).scores
        monkeypatch.setattr(space_module, "_SAMPLE", 1500)
        space = Space(vectors)
        assert space.scores.shape == whole.shape
        for component in range(3):
            assert abs(np.corrcoef(space.scores[:, component], whole[:, component])[0, 1]) > 0.99
        assert np.array_equal(Space(vectors).scores, space.scores), "the same each time"

    def test_huge_and_tiny_values(self):
        base = clustered(60, 20).astype(np.float64)
        expected = true_neighbors(base, 5, "correlation")
        for scale in (1e-300, 1e-30, 1e30, 1e300):
            assert recall(knn(base * scale, 5)[0], expected) > 0.99
            assert np.isfinite(knn(base * scale, 5, "euclidean")[1]).all()


class TestSimilar:
    @pytest.mark.parametrize("metric", METRICS)
    def test_nearest_first_without_the_row(self, metric):
        vectors = clustered(200, 30)
        expected = true_neighbors(vectors, 20, metric)[17]
        assert similar(vectors, 17, 20, metric).tolist() == expected.tolist()

    def test_of_several(self):
        vectors = np.array([[0.0], [0.4], [1.0], [9.0], [9.3], [np.nan]])
        assert similar(vectors, [0, 3], 10, "euclidean").tolist() == [4, 1, 2]

    def test_rows_without_a_vector(self):
        vectors = np.array([[0.0, 1.0], [np.nan, np.nan]])
        assert similar(vectors, 1).tolist() == []

    def test_row_zero_is_a_row(self):
        assert similar(np.eye(3), 0, 1).tolist() in ([1], [2])

    @pytest.mark.parametrize("row", [-1, 3])
    def test_rows_that_are_not_there(self, row):
        with pytest.raises(IndexError, match="rows are 0 to 2"):
            similar(np.eye(3), row)


class TestCheckVectors:
    def test_what_is_taken(self):
        for good in ([[1, 2], [3, 4]], np.eye(2, dtype=np.float16), [np.ones(2), np.zeros(2)], np.full((2, 2), np.nan)):
            assert check_vectors(good, 2).shape == (2, 2)
        same = np.eye(2, dtype=np.float32)
        assert check_vectors(same) is same

    @pytest.mark.parametrize(
        ("bad", "error", "message"),
        [
            (np.ones(3), ValueError, r"shape \(n, d\), not \(3,\)"),
            (np.ones((3, 0)), ValueError, "at least one column"),
            (np.ones((2, 2)), ValueError, "2 rows; there are 3 images"),
            ([["a"], ["b"], ["c"]], TypeError, "must be numbers"),
            ([[1.0], [1.0, 2.0], [3.0]], (TypeError, ValueError), "differ in length|inhomogeneous"),
            ([[1.0, 2.0], [np.nan, 1.0], [0.0, 0.0]], ValueError, "first in row 1"),
            ([[1.0, 2.0], [0.0, 1.0], [np.inf, 0.0]], ValueError, "first in row 2"),
            (np.ones((3, 2), complex), TypeError, "complex"),
        ],
    )
    def test_what_is_not(self, bad, error, message):
        with pytest.raises(error, match=message):
            check_vectors(bad, 3)


@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA, np.nan, pd.NaT])
@pytest.mark.parametrize("kind", [list, tuple, pd.Series])
def test_rows_that_are_missing_among_vectors_have_none(gap, kind):
    made = check_vectors(kind([[1.0, 0.0], gap, np.array([0, 1]), gap]), 4)
    np.testing.assert_array_equal(made, [[1, 0], [np.nan] * 2, [0, 1], [np.nan] * 2])


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([None, None], ValueError, "not one of these rows has any"),
        ([[1.0, 2.0], None, [1.0]], TypeError, "differ in length or kind"),
        ([[1.0, 2.0], "x"], TypeError, "differ in length or kind"),
        ([[1.0, None], [1.0, 2.0]], ValueError, "first in row 0; a row may only be NaN as a whole"),
        (pd.Series([1.0, None], dtype=object), ValueError, "shape"),
    ],
)
def test_other_gaps_in_vectors_are_refused(rows, error, words):
    with pytest.raises(error, match=words):
        check_vectors(rows)


def test_no_file_of_vectors_is_unpickled(tmp_path):
    class Runs:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    np.save(tmp_path / "a.npy", np.array([Runs(), Runs()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "b.npz", vectors=np.array([Runs()], dtype=object), allow_pickle=True)
    for file in (tmp_path / "a.npy", str(tmp_path / "a.npy"), np.load(tmp_path / "b.npz", allow_pickle=True)):
        with pytest.raises(TypeError, match="vectors"):
            check_vectors(file, 2)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("bad", [np.array({"a": 1}), np.array([None, {}]), np.array([["a"], ["b"]], dtype=object)])
def test_objects_that_are_no_numbers_are_refused_in_words(bad):
    with pytest.raises(TypeError, match="vectors must be numbers"):
        check_vectors(bad)
