"""Positions are finite, faithful, reproducible on request, and join what stands already."""

from __future__ import annotations

import sys
import threading
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.manifold import trustworthiness
from sklearn.preprocessing import scale
from sklearn.utils import check_random_state

from pixplot_widget import datasets
from pixplot_widget.cache import Cache
from pixplot_widget.images import Images
from pixplot_widget.layouts import graph as graphs
from pixplot_widget.layouts import running
from pixplot_widget.layouts.frame import aligned, framed
from pixplot_widget.layouts.projection import Cancelled, Projection, pca_layout, project
from pixplot_widget.layouts.reduced import umap_learn
from pixplot_widget.neighbors import Space
from pixplot_widget.thumbnails import ThumbnailStore
from pixplot_widget.thumbnails.features import thumbnail_vectors


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return data.data.astype(np.float32), data.target


@pytest.fixture(scope="module")
def digits_xy(digits) -> np.ndarray:
    return project(digits[0])


def emoji() -> np.ndarray:
    store = ThumbnailStore(Images(datasets.load_emoji()), cache=False)
    store.prepare()
    return thumbnail_vectors(store)


SETS = {
    "digits": lambda: load_digits().data.astype(np.float32),
    "tumors": lambda: scale(load_breast_cancer().data).astype(np.float32),
    "emoji": emoji,
}
"""Scans of digits, measurements of tumors, and colors and textures of pictures."""


def disparity(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Mean distance between where rows stand in two layouts, in their frames."""
    return float(np.linalg.norm(ours - theirs, axis=1).mean())


class TestFaithful:
    def test_the_graph_is_that_of_umap_learn(self, digits):
        from umap.umap_ import discrete_metric_simplicial_set_intersection, fuzzy_simplicial_set

        vectors, labels = digits
        indices, distances = Space(vectors).knn(14)
        ours = graphs.fuzzy_graph(indices, distances)
        own = np.arange(len(vectors), dtype=np.int32)[:, None]
        theirs, *_ = fuzzy_simplicial_set(
            vectors, 15, check_random_state(0), "euclidean", {},
            np.hstack([own, indices]), np.hstack([np.zeros((len(own), 1), np.float32), distances]),
        )  # fmt: skip
        assert abs(ours - theirs).max() < 1e-5
        codes = np.where(np.arange(len(labels)) % 7 == 0, -1, labels)
        theirs = discrete_metric_simplicial_set_intersection(theirs, codes.astype(np.float32), far_dist=5.0)
        assert abs(graphs.supervised(ours, codes) - theirs).max() < 1e-4

    def test_the_curve_is_that_of_umap_learn(self):
        from umap.umap_ import find_ab_params

        for min_dist in (0.0, 0.01, 0.1, 0.5, 0.99):
            assert graphs.curve(min_dist) == pytest.approx(find_ab_params(1.0, min_dist), rel=1e-4)

    @pytest.mark.parametrize(("name", "layouts"), [("digits", 1), ("tumors", 3), ("emoji", 2)])
    def test_as_trustworthy_as_umap_learn(self, name, layouts):
        vectors = SETS[name]()
        unit = Space(vectors).unit
        faithful = np.mean(
            [  # one layout of the tumors or emoji is up to 0.004 better or worse than the next, of digits 0.0006
                [
                    trustworthiness(unit, project(vectors, seed=seed), n_neighbors=15),
                    trustworthiness(
                        unit, umap_learn("correlation", len(vectors), seed=seed).fit_transform(vectors), n_neighbors=15
                    ),
                ]
                for seed in range(layouts)
            ],
            axis=0,
        )
        assert faithful[0] >= faithful[1] - 0.005, f"ours and theirs: {faithful}"

    def test_labels_keep_together_that_were_never_told(self, digits, digits_xy):
        from sklearn.neighbors import KNeighborsClassifier

        _, labels = digits
        model = KNeighborsClassifier(5).fit(digits_xy[::2], labels[::2])
        assert model.score(digits_xy[1::2], labels[1::2]) > 0.95

    @pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
    def test_other_metrics(self, digits, metric):
        vectors = digits[0][:600]
        xy = project(vectors, metric=metric, seed=0)
        assert trustworthiness(vectors, xy, n_neighbors=15, metric=metric) > 0.95

    def test_min_dist_spreads(self, digits):
        projection = Projection(digits[0][:500], seed=0)
        nearest = {}
        for (_, min_dist), xy in projection.variants([15], [0.0, 0.8]).items():
            nearest[min_dist] = np.median(Space(xy, "euclidean").knn(1)[1])
        assert nearest[0.8] > nearest[0.0] * 1.5

    def test_supervised_by_labels(self, digits):
        vectors, labels = digits[0][:600], digits[1][:600]
        noisy = vectors + np.random.default_rng(0).normal(scale=12, size=vectors.shape)
        xy = [project(noisy, seed=0, supervise=codes) for codes in (None, labels.astype(int))]
        gap = [_separation(positions, labels) for positions in xy]
        assert gap[1] > gap[0]


def _separation(xy: np.ndarray, labels: np.ndarray) -> float:
    """Share of neighbors on the plane that have the same label."""
    return float((labels[Space(xy, "euclidean").knn(10)[0]] == labels[:, None]).mean())


class TestAlwaysFinite:
    @pytest.mark.parametrize("n", range(18))
    def test_few_rows(self, n):
        vectors = np.random.default_rng(n).normal(size=(n, 6))
        for xy in (pca_layout(vectors), project(vectors), project(vectors, seed=1)):
            assert xy.shape == (n, 2)
            assert xy.dtype == np.float32
            assert np.abs(xy).max(initial=0) <= 1
            assert len(np.unique(xy, axis=0)) == n, "no two stand on one spot"

    @pytest.mark.parametrize(
        "vectors",
        [
            np.zeros((40, 5)),
            np.full((40, 5), 7e300),
            np.ones((3, 1)),
            np.repeat(np.eye(4), 30, axis=0),
            np.vstack([np.zeros((200, 3)), np.eye(3)]),
            np.random.default_rng(0).normal(size=(60, 4)) * 1e300,
            np.random.default_rng(0).normal(size=(60, 4)) * 1e-300,
            np.random.default_rng(0).integers(0, 255, (60, 9), np.uint8),
            np.random.default_rng(0).normal(size=(60, 1)),
            np.arange(64.0).reshape(-1, 1),
            np.full((40, 5), True),
        ],
    )
    @pytest.mark.parametrize("seed", [None, 0])
    def test_odd_vectors(self, vectors, seed):
        for metric in ("correlation", "euclidean"):
            xy = project(vectors, metric=metric, seed=seed)
            assert np.isfinite(xy).all()
            assert np.abs(xy).max() <= 1
            assert np.abs(pca_layout(vectors, metric)).max() <= 1

    @settings(max_examples=60, deadline=None)
    @given(
        arrays.arrays(
            st.sampled_from([np.float32, np.float64]),
            st.tuples(st.integers(1, 24), st.integers(1, 4)),
            elements=st.sampled_from([0.0, 1.0, -1.0, 2.0, 1e-38, 1e30, -3e38]).map(np.float32),
        ),
        st.lists(st.integers(0, 23), max_size=3),
        st.integers(2, 30),
        st.sampled_from(["correlation", "cosine", "euclidean"]),
        st.sampled_from([None, 0]),
    )
    def test_any_vectors(self, vectors, lost, n_neighbors, metric, seed):
        """Constant, repeated, tiny, huge and missing rows in any mixture, and more neighbors than rows."""
        lost = sorted({row for row in lost if row < len(vectors)})
        vectors[lost] = np.nan
        projection = Projection(vectors, metric, seed)
        for xy in (projection.layout(n_neighbors), projection.pca(), projection.transform(vectors, n_neighbors)):
            assert xy.shape == (len(vectors), 2)
            assert np.flatnonzero(np.isnan(xy).any(axis=1)).tolist() == lost
            placed = xy[np.isfinite(xy).all(axis=1)]
            assert np.abs(placed).max(initial=0) <= 1

    def test_rows_without_a_vector_are_unplaced(self):
        vectors = np.random.default_rng(0).normal(size=(50, 4))
        vectors[[0, 30]] = np.nan
        for xy in (project(vectors), pca_layout(vectors)):
            assert np.flatnonzero(np.isnan(xy).any(axis=1)).tolist() == [0, 30]
        assert np.isnan(project(np.full((5, 3), np.nan))).all()

    @settings(max_examples=200, deadline=None)
    @given(arrays.arrays(np.float64, st.tuples(st.integers(0, 60), st.just(2)), elements=st.floats(-1e300, 1e300)))
    def test_any_positions_fit_the_frame(self, xy):
        shown = framed(xy)
        assert shown.shape == xy.shape
        assert np.isfinite(shown).all()
        assert np.abs(shown).max(initial=0) <= 1
        for axis in (0, 1):
            order = np.argsort(xy[:, axis], kind="stable")
            assert (np.diff(shown[order, axis]) >= 0).all(), "what is further right stays further right"

    def test_outliers_do_not_squeeze_the_others(self):
        xy = np.random.default_rng(0).normal(size=(1000, 2))
        xy[:3] *= 1e5
        assert np.abs(framed(xy)[3:]).max() > 0.85
        assert np.percentile(np.abs(framed(xy)[3:]), 50) > 0.15

    def test_both_axes_keep_one_scale(self):
        shown = framed(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [0.0, 1.0]]))
        assert np.ptp(shown[:, 0]) == pytest.approx(4 * np.ptp(shown[:, 1]))


class TestFrames:
    def test_a_seed_repeats_itself(self, digits):
        vectors = digits[0][:400]
        first = project(vectors, seed=3)
        assert (project(vectors, seed=3) == first).all()
        assert (project(vectors, seed=3, init=np.random.default_rng(0).normal(size=(400, 2))) == first).all()
        assert (project(vectors, seed=4) != first).any()

    def test_variants_stand_in_one_frame(self, digits):
        vectors = digits[0][:800]
        variants = Projection(vectors, seed=0).variants([15, 5, 50], [0.0, 0.5])
        assert next(iter(variants)) == (15, 0.0)
        base = variants[15, 0.0]
        for xy in variants.values():
            assert disparity(xy, base) < 0.3, "layouts that know nothing of each other differ by about 1"
            assert trustworthiness(Space(vectors).unit, xy, n_neighbors=15) > 0.95

    def test_new_vectors_start_where_the_sprites_stand(self, digits):
        vectors = digits[0][:800]
        before = project(vectors)
        turned = before @ np.array([[0.0, 1.0], [-1.0, 0.0]])
        changed = vectors + np.random.default_rng(0).normal(scale=0.5, size=vectors.shape)
        # Threads race: a single layout ended at 0.37 once; a dozen others at 0.16 to 0.26.
        moved = np.median([disparity(project(changed, init=turned), turned) for _ in range(3)])
        assert moved < 0.35
        assert moved < 0.5 * disparity(project(changed), turned)

    def test_rows_without_a_position_start_beside_their_like(self, digits):
        vectors = digits[0][:600]
        before = project(vectors)
        start = before.copy()
        start[::10] = np.nan
        assert np.isfinite(project(vectors, init=start)).all()
        assert np.isfinite(project(vectors, init=np.full((600, 2), np.nan))).all()

    def test_umap_comes_to_stand_over_pca(self, digits):
        projection = Projection(digits[0])
        pca, xy = projection.pca(), projection.layout()
        assert disparity(pca, xy) < disparity(pca, xy * [-1, 1])
        assert disparity(pca, xy) < disparity(pca, -xy)

    def test_alignment_keeps_distances(self):
        xy = np.random.default_rng(0).normal(size=(30, 2))
        turned = aligned(xy, np.random.default_rng(1).normal(size=(30, 2)))
        assert np.ptp(np.linalg.norm(turned - turned.mean(0), axis=1)) == pytest.approx(
            np.ptp(np.linalg.norm(xy - xy.mean(0), axis=1)), rel=1e-4
        )


class TestTransform:
    def test_new_rows_join_their_like_and_the_old_stay(self, digits):
        vectors, labels = digits
        projection = Projection(vectors[:1500], seed=0)
        old = projection.layout()
        new = projection.transform(vectors[1500:])
        assert (projection.layout() == old).all()
        assert new.shape == (297, 2)
        assert np.abs(new).max() <= 1
        nearest = np.linalg.norm(old[None] - new[:, None], axis=2).argmin(axis=1)
        assert (labels[:1500][nearest] == labels[1500:]).mean() > 0.9

    def test_rows_that_are_there_already_fall_beside_themselves(self, digits):
        projection = Projection(digits[0][:500], seed=0)
        old = projection.layout()
        assert np.median(np.linalg.norm(projection.transform(digits[0][:500]) - old, axis=1)) < 0.1

    @pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 20])
    def test_into_few(self, n):
        rng = np.random.default_rng(0)
        xy = Projection(rng.normal(size=(n, 5))).transform(rng.normal(size=(4, 5)))
        assert np.isfinite(xy).all()
        assert np.abs(xy).max() <= 1

    def test_long_vectors_and_missing_ones(self):
        rng = np.random.default_rng(0)
        new = rng.normal(size=(5, 120))
        new[2] = np.nan
        xy = Projection(rng.normal(size=(300, 120))).transform(new)
        assert np.isnan(xy).any(axis=1).tolist() == [False, False, True, False, False]
        assert Projection(rng.normal(size=(300, 120))).transform(np.empty((0, 120))).shape == (0, 2)

    def test_other_vectors_are_refused(self):
        with pytest.raises(ValueError, match="4 columns; those placed have 3"):
            Projection(np.ones((5, 3))).transform(np.ones((1, 4)))

    @pytest.mark.parametrize("metric", ["cosine", "euclidean"])
    def test_other_metrics(self, metric):
        rng = np.random.default_rng(0)
        xy = Projection(rng.normal(size=(100, 5)), metric=metric).transform(rng.normal(size=(3, 5)))
        assert np.isfinite(xy).all()


class TestControl:
    def test_progress_rises_to_one(self, digits):
        told = []
        project(digits[0][:300], progress=lambda stage, share: told.append((stage, share)))
        shares = [share for _, share in told]
        assert shares == sorted(shares)
        assert shares[-1] == 1
        assert {"Comparing vectors", "Arranging by similarity"} <= {stage for stage, _ in told}

    def test_cancelled_before(self, digits):
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Cancelled):
            project(digits[0], cancel=cancel)

    def test_cancelled_midway(self, digits):
        cancel = threading.Event()
        shares = []

        def progress(_: str, share: float) -> None:
            shares.append(share)
            if share > 0.5:
                cancel.set()

        with pytest.raises(Cancelled):
            project(digits[0], cancel=cancel, progress=progress)
        assert shares[-1] < 0.7

    def test_cancelled_while_another_is_at_work(self, digits):
        cancel = threading.Event()
        with running.ONE_AT_A_TIME:
            timer = threading.Timer(0.3, cancel.set)
            timer.start()
            with pytest.raises(Cancelled):
                project(digits[0], cancel=cancel)

    def test_two_at_once(self, digits):
        results = {}

        def work(name: int) -> None:
            results[name] = project(digits[0][:300], seed=name)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [0, 1, 2]
        assert (results[1] == project(digits[0][:300], seed=1)).all()

    def test_each_variant_is_told_when_it_is_there(self, digits):
        told = []
        variants = Projection(digits[0][:200]).variants([5, 10], [0.1], found=lambda key, xy: told.append((key, xy)))
        assert [key for key, _ in told] == list(variants)
        assert all((xy == variants[key]).all() for key, xy in told)

    @pytest.fixture
    def cuml(self, monkeypatch):
        """A stand-in with the signature that cuml documents; it moves nothing. What it was asked for is in `asked`."""
        fake = types.ModuleType("cuml")
        fake.asked, fake.trouble = [], None

        class UMAP:
            def __init__(
                self, *, n_neighbors=15, n_components=2, metric="euclidean", min_dist=0.1, init="spectral",
                random_state=None, precomputed_knn=None, build_algo="auto", output_type=None,
            ):  # fmt: skip
                self.init = init
                self.settings = (n_neighbors, n_components, metric, min_dist, random_state)

            def fit_transform(self, X, y=None, *, convert_dtype=True, knn_graph=None):
                if fake.trouble is not None:
                    raise fake.trouble
                assert X.dtype == np.float32
                assert self.init.shape == (len(X), 2)
                fake.asked.append((*self.settings, X.shape, None if y is None else y.tolist()))
                return self.init * 3

        fake.UMAP = UMAP
        fake.__spec__ = types.SimpleNamespace(name="cuml")
        monkeypatch.setitem(sys.modules, "cuml", fake)
        return fake

    def test_cuml_is_used_where_it_is_installed(self, digits, cuml):
        assert np.abs(project(digits[0][:100])).max() <= 1
        codes = np.arange(100) % 4 - 2
        project(digits[0][:100], 20, 0.2, seed=3, supervise=codes)
        assert cuml.asked == [
            (15, 2, "euclidean", 0.01, None, (100, 50), None),
            (20, 2, "euclidean", 0.2, 3, (100, 50), np.maximum(codes, -1).tolist()),
        ]

    def test_metrics_that_cuml_may_lack_are_left_to_the_processors(self, digits, cuml):
        assert np.isfinite(project(digits[0][:100], metric="manhattan")).all()
        assert cuml.asked == []

    @pytest.mark.parametrize("trouble", [RuntimeError("no CUDA-capable device"), MemoryError("out of memory")])
    def test_without_a_gpu_cuml_is_passed_over(self, digits, cuml, trouble):
        cuml.trouble = trouble
        with pytest.warns(RuntimeWarning, match=f"cannot be used .{trouble}.: the processors do it"):
            xy = project(digits[0][:100], seed=1)
        assert trustworthiness(digits[0][:100], xy, n_neighbors=5) > 0.8

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"n_neighbors": 1}, ValueError, "from 2, not 1"),
            ({"n_neighbors": 2.5}, ValueError, "whole number"),
            ({"min_dist": 1.0}, ValueError, r"\[0, 1\), not 1.0"),
            ({"min_dist": "near"}, ValueError, "not 'near'"),
            ({"seed": 1.5}, TypeError, "whole number or None"),
            ({"seed": True}, TypeError, "not True"),
            ({"seed": -1}, ValueError, "from 0 to"),
            ({"seed": 2**32}, ValueError, "not 4294967296"),
            ({"metric": "nearness"}, ValueError, "'nearness' is unknown"),
            ({"supervise": [1, 2]}, ValueError, "20 label codes"),
            ({"supervise": ["a"] * 20}, ValueError, "whole numbers"),
            ({"init": np.zeros((3, 2))}, ValueError, r"shape \(20, 2\)"),
        ],
    )
    def test_wrong_arguments(self, arguments, error, message):
        with pytest.raises(error, match=message):
            project(np.random.default_rng(0).normal(size=(20, 4)), **arguments)

    def test_no_value_to_combine(self):
        with pytest.raises(ValueError, match="at least one value"):
            Projection(np.eye(3)).variants([], [0.1])


class TestKept:
    @pytest.fixture
    def cache(self, tmp_path) -> Cache:
        return Cache(tmp_path)

    @pytest.fixture
    def computed(self, monkeypatch) -> list:
        calls = []
        real = Projection._computed
        monkeypatch.setattr(Projection, "_computed", lambda self, *args: calls.append(args[:2]) or real(self, *args))
        return calls

    def test_the_same_data_opens_in_place(self, digits, cache, computed):
        vectors = digits[0][:300]
        first = Projection(vectors, cache=cache).variants([5, 15], [0.1])
        again = Projection(vectors.copy(), cache=cache).variants([5, 15], [0.1])
        assert len(computed) == 2
        for key in first:
            assert np.allclose(first[key], again[key], atol=1e-5)

    def test_whatever_decides_is_part_of_the_name(self, digits, cache, computed):
        vectors, labels = digits[0][:200], digits[1][:200].astype(int)
        changed = vectors.copy()
        changed[7, 3] += 1
        Projection(vectors, cache=cache).layout()
        Projection(vectors, cache=cache).layout(supervise=labels)
        Projection(vectors, cache=cache).layout(min_dist=0.2)
        Projection(vectors, cache=cache).layout(n_neighbors=9)
        Projection(vectors, "cosine", cache=cache).layout()
        Projection(vectors, seed=1, cache=cache).layout()
        Projection(changed, cache=cache).layout()
        assert len(computed) == 7

    def test_what_was_kept_comes_to_stand_over_the_present(self, digits, cache):
        vectors = digits[0][:300]
        first = Projection(vectors, cache=cache).layout()
        turned = first @ np.array([[0.0, 1.0], [-1.0, 0.0]])
        assert disparity(Projection(vectors, cache=cache).layout(init=turned), turned) < 0.05

    def test_transform_after_what_was_kept(self, digits, cache):
        Projection(digits[0][:300], cache=cache).layout()
        again = Projection(digits[0][:300], cache=cache)
        again.layout()
        assert np.isfinite(again.transform(digits[0][300:310])).all()

    def test_a_full_disk_costs_only_the_keeping(self, digits, cache, monkeypatch):
        monkeypatch.setattr(Cache, "_free", lambda self: 0)
        with pytest.warns(RuntimeWarning, match="not kept for the next time: the disk of"):
            xy = Projection(digits[0][:100], cache=cache).layout()
        assert np.isfinite(xy).all()
