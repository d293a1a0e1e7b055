"""Out-of-fold judgments: no row has a say in its own, and vectors of different networks lie in one space."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from pixplot_widget import FineTuner
from pixplot_widget.training.alignment import pooled
from pixplot_widget.training.augment import Augmentation
from pixplot_widget.training.crossfit import by_heads, deal


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits() -> tuple[pd.DataFrame, list[np.ndarray]]:
    found = load_digits()
    return pd.DataFrame({"category": found.target[:300]}), list((found.images[:300] * 15.9).astype(np.uint8))


def tuner(epochs: int = 7) -> FineTuner:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
    )  # fmt: skip
    return FineTuner(
        network, epochs=epochs, image_size=8, min_size=None, batch_size=32, lr=1e-2, lr_decay=1.0, freeze_epochs=0,
        augment=Augmentation(0, 0), device="cpu", progress=False,
    )  # fmt: skip


def neighbors_agree(vectors: np.ndarray, labels: np.ndarray, k: int = 5) -> float:
    apart = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)
    np.fill_diagonal(apart, np.inf)
    return float((labels[np.argsort(apart, axis=1)[:, :k]] == labels[:, None]).mean())


@pytest.mark.parametrize(("method", "accuracy", "agreement"), [("frozen", 0.85, 0.8), ("finetune", 0.9, 0.85)])
def test_wrong_labels_stand_out(digits, method, accuracy, agreement):
    df, pictures = digits
    df = df.copy()
    wrong = np.random.default_rng(0).choice(300, 20, replace=False)
    truth = df["category"].to_numpy().copy()
    df.loc[wrong, "category"] = (truth[wrong] + 3) % 10
    df["category"] = df["category"].astype("Int64")
    df.loc[3, "category"] = pd.NA
    pictures = [b"" if k == 11 else picture for k, picture in enumerate(pictures)]
    with pytest.warns(UserWarning, match="1 of 300 images cannot be read") as caught:
        found = tuner().cross_fit(df, image=pictures, folds=3, method=method)
    assert len([w for w in caught if "cannot be read" in str(w.message)]) == 1
    assert found.proba.shape == (300, 10)
    assert np.isnan(found.proba).any(axis=1).nonzero()[0].tolist() == [11]
    assert np.isnan(found.vectors).any(axis=1).nonzero()[0].tolist() == [11]
    read = np.arange(300) != 11
    assert np.allclose(found.proba[read].sum(axis=1), 1, atol=1e-4)
    assert found.fold[3] == -1
    assert set(found.fold[np.arange(300) != 3]) == {0, 1, 2}
    right = found.suggested().to_numpy() == truth
    assert right[read].mean() >= accuracy
    assert right[wrong[wrong != 11]].mean() >= accuracy - 0.1  # the wrong ones are not believed
    confidence = found.confidence
    order = np.argsort(np.where(np.isnan(confidence), 1, confidence))
    assert np.isin(order[:40], wrong).sum() >= 15
    assert neighbors_agree(found.vectors[read], truth[read]) >= agreement


def test_no_row_has_a_say_in_its_own_judgment():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 60)).astype(np.float32)  # enough width to learn any label by heart
    codes = rng.integers(0, 2, 40)
    fold = deal(codes, 4, 0)
    judged = by_heads(vectors, codes, fold, 2)
    for row in (0, 17):
        other = codes.copy()
        other[row] = 1 - other[row]
        assert np.allclose(by_heads(vectors, other, fold, 2)[row], judged[row], atol=1e-5)
    assert 0.2 < (judged.argmax(axis=1) == codes).mean() < 0.8


def test_a_class_in_one_fold_only_has_no_chance_there_and_a_column_all_the_same():
    rng = np.random.default_rng(0)
    codes = np.array([0, 1] * 10 + [2])
    judged = by_heads(rng.normal(size=(21, 4)), codes, deal(codes, 3, 0), 3)
    assert judged.shape == (21, 3)
    assert judged[20, 2] == 0
    assert np.allclose(judged.sum(axis=1), 1, atol=1e-5)


def test_turned_moved_and_scaled_spaces_come_together():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(5, 20)) * 4
    labels = rng.integers(0, 5, 400)
    space = centers[labels] + rng.normal(size=(400, 20))
    spaces = [
        scale * (space + 0.1 * rng.normal(size=space.shape)) @ np.linalg.qr(rng.normal(size=(20, 20)))[0] + 7
        for scale in (1, 3, 0.2)
    ]
    fold = rng.integers(0, 3, 400)
    fold[:10] = -1
    readable = np.ones(400, dtype=bool)
    spaces[1][399] = spaces[0][399] = spaces[2][399] = np.nan
    readable[399] = False
    found = pooled(spaces, fold, readable & (fold >= 0))
    assert found.shape == (400, 20)
    assert np.isnan(found[399]).all()
    assert neighbors_agree(found[:399], labels[:399]) > 0.99
    # A row's neighbors come from all folds, as they would without any.
    apart = ((found[:399, None] - found[None, :399]) ** 2).sum(-1)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1)[:, :10]
    labeled = fold[:399] >= 0
    own = (fold[nearest[labeled]] == fold[:399][labeled, None]).mean()
    assert abs(own - 1 / 3) < 0.05


@pytest.mark.parametrize(
    ("options", "words"),
    [({"folds": 1}, "folds must be 2 or more"), ({"folds": 1000}, "more than the 300"), ({"method": "x"}, "method")],
)
def test_wrong_arguments(digits, options, words):
    df, pictures = digits
    with pytest.raises(ValueError, match=words):
        tuner().cross_fit(df, image=pictures, **options)


@pytest.mark.parametrize("method", ["frozen", "finetune"])
def test_of_two_classes_one_may_have_a_single_image(method):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    df = pd.DataFrame({"category": ["cat"] * 11 + ["dog"]})
    pictures = [np.full((20, 20, 3), 20 * k, np.uint8) for k in range(12)]
    tuner = FineTuner(network, None, image_size=24, min_size=16, seed=0, epochs=1, device="cpu", progress=False)
    found = tuner.cross_fit(df, image=pictures, folds=2, method=method)
    assert found.classes.tolist() == ["cat", "dog"]
    np.testing.assert_allclose(found.proba.sum(axis=1), 1, rtol=1e-5)
    # who has never seen a dog takes it for a cat, and says so for certain
    alone = found.fold == found.fold[11]
    np.testing.assert_array_equal(found.proba[alone], [[1, 0]] * alone.sum())
    assert np.isfinite(found.vectors).all()
