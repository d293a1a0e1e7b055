"""Suspects: planted errors are found, sound rows are left in peace, and bad input is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits

from pixplot_widget import find_suspects
from pixplot_widget.labels import LabelColumn
from pixplot_widget.neighbors import knn
from pixplot_widget.suspects.duplicates import duplicates_of
from pixplot_widget.suspects.labels import class_probabilities, from_neighbors, suspicion_of

COLUMNS = ["suspicion", "suggested", "duplicate_of", "outlier", "dark", "bright", "blurry", "odd_shape"]


@pytest.fixture(scope="module")
def digits():
    vectors, truth = load_digits(return_X_y=True)
    rng = np.random.default_rng(1)
    wrong = rng.choice(len(truth), 90, replace=False)
    given_labels = truth.copy()
    given_labels[wrong] = (given_labels[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return vectors, truth, wrong, given_labels


def photo(seed: int, size=(320, 240)) -> Image.Image:
    """A picture with edges at every scale, unlike any of another seed."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((size[1], size[0], 3))
    for side in (4, 16, 64):
        coarse = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        pixels += np.asarray(coarse.resize(size, Image.Resampling.NEAREST), dtype=float) / 3
    return Image.fromarray(pixels.astype(np.uint8))


class TestLabels:
    @pytest.mark.parametrize("dtype", [int, str, "category", "Int64"])
    def test_planted_errors_come_first_with_the_right_label(self, digits, dtype):
        vectors, truth, wrong, labels = digits
        df = pd.DataFrame({"category": pd.Series(labels).astype(dtype)}).set_axis(np.arange(len(labels)) // 2)
        report = find_suspects(df, vectors, image=None).reset_index(drop=True)
        assert list(report.columns) == COLUMNS
        first = report["suspicion"].sort_values(ascending=False).index[: len(wrong)]
        assert np.isin(first, wrong).mean() > 0.9
        right = pd.Series(truth).astype(str)[wrong] == report["suggested"][wrong].astype(str)
        assert right.mean() > 0.95
        assert report["suggested"][report["suspicion"] < 0.5].isna().all()

    def test_probabilities_of_a_model_decide_where_given(self, digits):
        _, truth, wrong, labels = digits
        proba = np.full((len(truth), 10), 0.01)
        proba[np.arange(len(truth)), truth] = 0.91
        noise = np.random.default_rng(0).normal(size=(len(truth), 4))
        report = find_suspects(pd.DataFrame({"category": labels}), noise, proba=proba, image=None)
        assert set(report.index[report["suspicion"] > 0.5]) == set(wrong)
        assert (report["suggested"][wrong] == truth[wrong]).all()
        shuffled = pd.DataFrame(proba, columns=range(10))[[3, 1, 4, 0, 5, 9, 2, 6, 8, 7]]
        again = find_suspects(pd.DataFrame({"category": labels}), noise, proba=shuffled, image=None)
        pd.testing.assert_frame_equal(report, again)

    def test_without_vectors_the_pictures_are_compared(self):
        rng = np.random.default_rng(0)
        colors = np.repeat([[30, 120, 40], [200, 40, 60]], 30, axis=0)
        pictures = [(color + rng.integers(0, 40, (40, 40, 3))).astype(np.uint8) for color in colors]
        df = pd.DataFrame({"category": ["leaf"] * 30 + ["rose"] * 30})
        df.loc[4, "category"] = "rose"
        report = find_suspects(df, image=pictures, progress=False)
        assert report["suspicion"].idxmax() == 4
        assert report["suggested"].dropna().to_dict() == {4: "leaf"}

    def test_rows_without_a_label_get_one_suggested(self, digits):
        vectors, truth, _, _ = digits
        labels = pd.Series(truth, dtype=object)
        labels[::10] = None
        report = find_suspects(pd.DataFrame({"category": labels}), vectors, image=None)
        assert report["suspicion"][::10].isna().all()
        assert (report["suggested"][::10] == truth[::10]).mean() > 0.95

    @settings(max_examples=60)
    @given(st.data())
    def test_what_always_holds(self, data):
        n, classes = data.draw(st.integers(1, 25)), data.draw(st.integers(1, 4))
        codes = np.array(data.draw(st.lists(st.integers(-1, classes - 1), min_size=n, max_size=n)))
        points = np.array(data.draw(st.lists(st.tuples(*[st.floats(-5, 5)] * 2), min_size=n, max_size=n)))
        near, distances = knn(points, min(5, max(1, n - 1)), "euclidean")
        probabilities = from_neighbors(codes, classes, near, distances)
        known = ~np.isnan(probabilities[:, 0])
        assert np.allclose(probabilities[known].sum(axis=1), 1)
        suspicion, suggested = suspicion_of(probabilities, codes)
        judged = ~np.isnan(suspicion)
        assert (judged == (known & (codes >= 0))).all()
        assert ((suspicion[judged] >= 0) & (suspicion[judged] <= 1)).all()
        assert ((suggested >= 0)[judged] == (suspicion[judged] > 0.5)).all()
        assert (suggested[judged] != codes[judged]).all()


@pytest.fixture(scope="module")
def report():
    plain = [photo(seed) for seed in range(24)]
    changed = {
        "small": plain[3].resize((160, 120)),
        "exposure": plain[5].point(lambda value: int(255 * (value / 255) ** 0.8)),
        "dark": photo(30).point(lambda value: int(value * 0.1)),
        "bright": photo(31).point(lambda value: 240 + value // 20),
        "blurry": photo(32).filter(ImageFilter.GaussianBlur(6)),
        "odd": photo(33, size=(900, 60)),
    }
    pictures = [*plain, *changed.values(), b"no picture"]
    df = pd.DataFrame({"category": "any"}, index=[f"row {k}" for k in range(len(pictures))])
    vectors = np.array(
        [[np.asarray(p.resize((8, 8))).ravel() if isinstance(p, Image.Image) else [0] * 192] for p in pictures],
        dtype=float,
    ).reshape(len(pictures), -1)
    found = find_suspects(df, vectors, image=pictures, progress=False)
    return found, {name: 24 + k for k, name in enumerate(changed)}


class TestPictures:
    def test_copies_name_the_first(self, report):
        found, at = report
        expected = np.full(len(found), -1)
        expected[at["small"]], expected[at["exposure"]] = 3, 5
        assert found["duplicate_of"].tolist() == expected.tolist()

    @pytest.mark.parametrize(
        ("column", "name"), [("dark", "dark"), ("bright", "bright"), ("blurry", "blurry"), ("odd_shape", "odd")]
    )
    def test_each_defect_is_found_and_no_other(self, report, column, name):
        found, at = report
        assert np.flatnonzero(found[column].fillna(False)).tolist() == [at[name]]

    def test_what_cannot_be_read_is_missing_and_keeps_its_row(self, report):
        found, _ = report
        assert found.index[-1] == "row 30"
        assert found[["dark", "bright", "blurry", "odd_shape"]].iloc[-1].isna().all()


def test_groups_of_copies_have_one_first_row():
    near, distances = np.array([[3], [2], [1], [0]]), np.array([[0.01], [0.5], [0.5], [0.01]])
    assert duplicates_of(near, distances, None).tolist() == [-1, -1, -1, 0]


def test_a_row_far_from_all_others_is_an_outlier():
    points = np.arange(8) + np.random.default_rng(0).normal(0, 0.3, size=(200, 8))
    points[50] = -points[50]  # the opposite direction
    points[80] = np.nan
    outlier = find_suspects(pd.DataFrame({"category": ["a"] * 200}), points, image=None)["outlier"]
    assert np.isnan(outlier[80])
    assert outlier.drop(80).between(0, 1, inclusive="left").all()
    assert outlier.idxmax() == 50


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_rows(n):
    df = pd.DataFrame({"category": list("aab")[:n]})
    assert len(find_suspects(df, np.eye(3, 4)[:n], image=None)) == n


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"label": "klass"}, KeyError, r"label='klass' is no column of df; there are 'category'"),
        ({"vectors": np.zeros((2, 3))}, ValueError, "vectors has 2 rows; there are 3 images"),
        ({"vectors": None}, ValueError, "give vectors, or image= as to PixPlot"),
        ({"proba": np.zeros((3, 5))}, ValueError, r"proba must have shape \(3, 2\).*'a', 'b'.*not \(3, 5\)"),
        ({"proba": np.full((3, 2), 2.0)}, ValueError, "proba must be probabilities"),
        ({"proba": pd.DataFrame(np.zeros((3, 2)), columns=["a", "z"])}, ValueError, r"no labels: \['z'\]"),
        ({"n_neighbors": 0}, ValueError, "n_neighbors must be a whole number of at least 1, not 0"),
        ({"image": "file"}, KeyError, "file"),
        ({"df": [1, 2, 3]}, TypeError, "df must be a pandas DataFrame"),
    ],
)
def test_bad_input_is_named(arguments, error, words):
    given_ = {"df": pd.DataFrame({"category": ["a", "b", "a"]}), "vectors": np.eye(3), "image": None, **arguments}
    with pytest.raises(error, match=words):
        find_suspects(**given_)


@pytest.mark.parametrize(
    ("labels", "columns", "meant"),
    [
        ([0, 1, None, 1], [0, 1], [0, 1]),  # floats in pandas, for the gap
        ([0, 1, 1, 1], [1.0, 0.0], [1, 0]),
        ([0, 1, 1, 1], [np.int8(1), np.float32(0)], [1, 0]),
        ([0, 1, 1, 1], ["1", "0"], [1, 0]),
        ([0.0, 1.0, None, 1.0], ["0", "1.0"], [0, 1]),
        ([0.1, 0.25, None, 0.1], ["0.25", "0.1"], [0.25, 0.1]),
        ([2**53, 2**53 + 1, 2**53, 2**53], [str(2**53 + 1), np.int64(2**53)], [2**53 + 1, 2**53]),
        (["0", "1", None, "1"], ["1", "0"], ["1", "0"]),
        ([True, False, True, True], [True, False], [True, False]),
        ([True, False, True, True], ["True", "False"], [True, False]),
        ([1, "1", "x", 1], ["1", 1, "x"], ["1", 1, "x"]),
    ],
)
def test_columns_of_probabilities_are_labels_by_value(labels, columns, meant):
    column = LabelColumn(pd.Series(labels))
    shares = np.linspace(0.1, 0.4, len(columns))
    found = class_probabilities(pd.DataFrame([shares] * len(labels), columns=columns), column)
    codes = [
        next(k for k, value in enumerate(column.values) if repr(value) in (repr(each), f"{each}.0")) for each in meant
    ]
    np.testing.assert_allclose(found[:, codes], [shares] * len(labels))


def test_columns_of_probabilities_that_are_no_labels_or_one_twice_are_refused():
    column = LabelColumn(pd.Series([0, 1]))
    with pytest.raises(ValueError, match=r"no labels: \['x', True\]; labels are \[0, 1\]"):
        class_probabilities(pd.DataFrame([[0.5, 0.5]] * 2, columns=["x", True]), column)
    with pytest.raises(ValueError, match="several columns for the label 1"):
        class_probabilities(pd.DataFrame([[0.5, 0.5, 0]] * 2, columns=[0, 1, 1.0]), column)
