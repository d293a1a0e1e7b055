"""Anybody's reducer may project in place of our own UMAP."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from pixplot_widget import PixPlot, project
from pixplot_widget.layouts.reduced import Reduced

PICTURES = [np.full((8, 8), 5 * k, np.uint8) for k in range(40)]


def vectors(n: int = 40, d: int = 6) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, d)) * np.arange(1, d + 1)


def in_order(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Give 1 where rows stand in the same order, however far apart: outliers are drawn in."""
    return float(spearmanr(ours, theirs).statistic)


class FirstTwo:
    """A reducer of the least that is asked: it keeps two columns."""

    def __init__(self) -> None:
        self.seen: list[tuple[np.ndarray, object]] = []

    def fit_transform(self, X: np.ndarray, y: object = None) -> np.ndarray:
        self.seen.append((X, y))
        return X[:, :2]


class Mover(FirstTwo):
    """One that can place new rows, too."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        return X[:, :2]


def test_what_it_returns_is_framed_and_not_turned() -> None:
    given = vectors()
    xy = project(given, reducer=PCA(2))
    expected = PCA(2).fit_transform(given.astype(np.float32))
    assert np.abs(xy).max() <= 1
    for axis in (0, 1):
        assert abs(in_order(xy[:, axis], expected[:, axis])) > 0.9999


def test_it_gets_the_rows_that_have_a_vector_as_float32() -> None:
    reducer, given = FirstTwo(), vectors()
    given[[3, 7]] = np.nan
    xy = project(given, reducer=reducer)
    ((seen, y),) = reducer.seen
    assert seen.dtype == np.float32
    assert seen.shape == (38, 6)
    assert y is None
    assert np.flatnonzero(np.isnan(xy).any(axis=1)).tolist() == [3, 7]


def test_labels_that_supervise_are_handed_on() -> None:
    reducer = FirstTwo()
    codes = np.arange(40) % 3 - 1
    project(vectors(), reducer=reducer, supervise=codes)
    assert np.array_equal(reducer.seen[0][1], codes)


@pytest.mark.parametrize(
    ("reducer", "error", "words"),
    [
        (PCA, TypeError, "reducer is the class PCA; give an object"),
        ("umap", TypeError, "reducer must have fit_transform"),
        (PCA(3), ValueError, r"the reducer PCA must return two numbers a row, \(40, 2\), not \(40, 3\)"),
    ],
)
def test_one_that_is_none_is_refused(reducer: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        project(vectors(), reducer=reducer)


def test_positions_that_are_not_finite_are_refused() -> None:
    class Lost(FirstTwo):
        def fit_transform(self, X: np.ndarray, y: object = None) -> np.ndarray:
            return np.full((len(X), 2), np.nan)

    with pytest.raises(ValueError, match="the reducer Lost returned NaN or infinite positions"):
        project(vectors(), reducer=Lost())


def test_few_rows_and_none() -> None:
    assert project(np.zeros((0, 3)), reducer=FirstTwo()).shape == (0, 2)
    assert project(np.full((2, 3), np.nan), reducer=FirstTwo()).shape == (2, 2)
    assert project(np.eye(1, 3), reducer=FirstTwo()).tolist() == [[0.0, 0.0]]


def test_a_metric_that_is_not_written_out_goes_to_umap_learn() -> None:
    given = vectors(120)
    xy = project(given, metric="manhattan", seed=0)
    assert np.array_equal(xy, project(given, metric="manhattan", seed=0))
    assert trustworthiness(given, xy, n_neighbors=15, metric="manhattan") > 0.9
    assert project(given[:3], metric="manhattan").shape == (3, 2)
    with pytest.raises(ValueError, match=r"metric=.nearness. is unknown; there are .*canberra.*cosine"):
        project(given, metric="nearness")


@pytest.mark.parametrize("make", [FirstTwo, Mover])
def test_new_rows_are_placed_among_those_that_stand(make: type[FirstTwo]) -> None:
    given = vectors()
    reduced = Reduced(given, make())
    placed = reduced.layout()
    again = reduced.transform(given[[5, 9]])
    assert np.abs(again - placed[[5, 9]]).max() < 0.02
    assert np.isnan(reduced.transform(np.full((1, 6), np.nan))).all()


def test_a_plot_goes_by_it_also_when_rows_and_vectors_come() -> None:
    given = vectors()
    df = pd.DataFrame({"category": ["a", "b"] * 20})
    reducer = Mover()
    plot = PixPlot(df, given, image=PICTURES, reducer=reducer, cache=False).wait()
    try:
        first = plot.arrange("umap", raw=True).xy
        assert in_order(first[:, 0], given[:, 0]) > 0.9999
        plot.append(pd.DataFrame({"category": ["a"]}), given[:1], image=PICTURES[:1])
        plot.wait()
        placed = plot.layouts["umap?raw=1"].xy
        assert np.abs(placed[40] - placed[0]).max() < 0.02
        plot.vectors = np.vstack([given, given[:1]])[:, ::-1]
        plot.wait()
        assert in_order(plot.layouts["umap?raw=1"].xy[:40, 0], given[:, -1]) > 0.9999
        assert len(reducer.seen) == 2
    finally:
        plot.close()


def test_the_picker_names_it() -> None:
    df = pd.DataFrame({"category": ["a", "b"] * 20})
    plot = PixPlot(df, vectors(), image=PICTURES, reducer=TSNE(2, perplexity=5), cache=False)
    try:
        assert plot._workspace.catalog.title("umap") == "Similarity (TSNE)"
    finally:
        plot.close()


def test_lists_of_parameters_are_not_for_a_reducer() -> None:
    df = pd.DataFrame({"category": ["a", "b"] * 20})
    with pytest.raises(ValueError, match="a reducer has parameters of its own"):
        PixPlot(df, vectors(), image=PICTURES, reducer=PCA(2), n_neighbors=[5, 15], cache=False)
    with pytest.raises(TypeError, match="reducer must have fit_transform"):
        PixPlot(df, vectors(), image=PICTURES, reducer=3, cache=False)
