"""Real training on scikit-learn's digits to a real accuracy, and whatever labels, splits and interrupts may bring."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from pytorch_accelerated.callbacks import TrainerCallback
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from torch import nn

from pixplot_widget import FineTuner
from pixplot_widget.training.augment import Augmentation
from pixplot_widget.training.network import Network, stages
from pixplot_widget.training.split import assign_folds, hold_out
from pixplot_widget.training.task import plan
from tools.waiting import SECONDS

UPRIGHT = Augmentation(horizontal_flip=0, vertical_flip=0)


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small are slower in two threads, and far slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def convolutions(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
    )  # fmt: skip


def tuner(epochs=8, **options) -> FineTuner:
    given = {
        "image_size": 16, "min_size": 8, "lr": 5e-3, "lr_decay": 1.0, "freeze_epochs": 0, "validation": 0.25,
        "augment": UPRIGHT, "device": "cpu", "progress": False,
    }  # fmt: skip
    return FineTuner(convolutions(), epochs=epochs, **{**given, **options})


@pytest.fixture(scope="module")
def digits() -> tuple[pd.DataFrame, list[np.ndarray]]:
    found = load_digits()
    return pd.DataFrame({"category": found.target + 1}), list((found.images * 15.9).astype(np.uint8))


@pytest.fixture(scope="module")
def fitted(digits) -> FineTuner:
    torch.set_num_threads(1)
    df, pictures = digits
    return tuner().fit(df, image=pictures)


def few(digits, count=60) -> tuple[pd.DataFrame, list[np.ndarray]]:
    df, pictures = digits
    return df.head(count).copy(), pictures[:count]


# --- what it learns ---


def test_digits_held_out(digits, fitted):
    df, pictures = digits
    held = fitted.held_out_rows_
    assert len(held) == round(0.25 * len(df))
    assert set(held) & set(fitted.train_rows_) == set()
    right = fitted.predict(df, image=pictures) == df["category"]
    assert right.iloc[held].mean() >= 0.95
    history = fitted.history_
    assert right.iloc[held].mean() == pytest.approx(history["valid_accuracy"].iloc[fitted.best_epoch_ - 1])
    assert history["valid_loss"].argmin() == fitted.best_epoch_ - 1
    assert history["epoch"].tolist() == list(range(1, 9))
    assert history["lr"].iloc[0] > history["lr"].iloc[-1] >= 0


def test_class_ids_from_one_and_probabilities(digits, fitted):
    df, pictures = few(digits)
    assert fitted.classes_.tolist() == list(range(1, 11))
    proba = fitted.predict_proba(df, image=pictures)
    assert proba.dtype == np.float32
    assert np.allclose(proba.sum(axis=1), 1, atol=1e-5)


def test_vectors_one_by_one_and_in_batches(digits, fitted):
    df, pictures = few(digits, 9)
    together = fitted.embed(df, image=pictures, cache=False)
    single = np.concatenate([fitted.embed(df.iloc[[k]], image=[pictures[k]], cache=False) for k in range(9)])
    assert together.shape == (9, 256)
    assert np.allclose(together, single, atol=1e-5)


def test_saved_and_loaded(digits, fitted, tmp_path):
    df, pictures = few(digits, 20)
    fitted.save(tmp_path / "digits.pt")
    with pytest.raises(ValueError, match="backbone="):
        FineTuner.load(tmp_path / "digits.pt")
    loaded = FineTuner.load(tmp_path / "digits.pt", convolutions(3), device="cpu")
    assert np.allclose(loaded.embed(df, image=pictures), fitted.embed(df, image=pictures, cache=False), atol=1e-5)
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.history_.equals(fitted.history_)
    assert loaded.held_out_rows_.tolist() == fitted.held_out_rows_.tolist()
    assert loaded.get_params()["augment"] == UPRIGHT
    with pytest.raises(ValueError, match="has no optimizer"):
        loaded.set_params(epochs=20).fit(df, image=pictures, resume=True)
    torch.save({"a": 1}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match="was not written by"):
        FineTuner.load(tmp_path / "other.pt")


def test_a_network_of_torchvisions_by_name(digits, tmp_path):
    df, pictures = few(digits, 30)
    named = FineTuner("resnet18", None, epochs=1, image_size=32, min_size=8, device="cpu", progress=False)
    named.fit(df, image=pictures)
    named.save(tmp_path / "resnet.pt")
    loaded = FineTuner.load(tmp_path / "resnet.pt", device="cpu")
    vectors = loaded.embed(df, image=pictures, cache=False)
    assert vectors.shape == (30, 512)
    assert np.allclose(vectors, named.embed(df, image=pictures, cache=False), atol=1e-5)


def test_the_plot_of_the_history(fitted):
    picture = fitted.plot_history()._repr_svg_()
    assert picture.count("<polyline") == 4
    assert "held out accuracy 0.9" in picture


# --- labels as people have them ---


@pytest.mark.parametrize(
    "relabeled",
    [
        lambda c: c.map(lambda n: f"digit {n}"),
        lambda c: c.astype("category"),
        lambda c: c.astype("Int64"),
        lambda c: c > 5,
        lambda c: c.map(lambda n: [n, "ten", 2.5][n % 3]).astype(object),
    ],
    ids=["text", "category", "nullable", "boolean", "mixed"],
)
def test_any_dtype_of_labels(digits, relabeled):
    df, pictures = few(digits, 40)
    df["category"] = relabeled(df["category"])
    found = tuner(1).fit(df, image=pictures)
    assert set(found.classes_.tolist()) == set(df["category"])
    assert all(label in set(df["category"]) for label in found.predict(df, image=pictures))


def test_unlabeled_flagged_and_unreadable_rows_are_embedded_and_not_learned_from(digits):
    df, pictures = few(digits)
    df["category"] = df["category"].astype("Int64")
    df.loc[[0, 1], "category"] = pd.NA
    df["remove"] = pd.Series([None, False, True] + [None] * 57, dtype=object)
    pictures = [b"nothing" if k in (3, 4) else picture for k, picture in enumerate(pictures)]
    with pytest.warns(UserWarning, match="2 of 60 images cannot be read"):
        found = tuner(1).fit(df, image=pictures)
    learned = set(found.train_rows_) | set(found.held_out_rows_)
    assert learned == set(range(5, 60))
    with pytest.warns(UserWarning, match="2 of 60 images cannot be read"):
        vectors = found.embed(df, image=pictures)
    assert np.isnan(vectors).any(axis=1).nonzero()[0].tolist() == [3, 4]


def test_a_class_of_one_image_is_trained_and_not_lost(digits):
    df, pictures = few(digits)
    df.loc[7, "category"] = 99
    found = tuner(1, validation=0.5).fit(df, image=pictures)
    assert 99 in found.classes_
    assert 7 in found.train_rows_


def test_only_some_rows_and_a_split_of_ones_own(digits):
    df, pictures = few(digits)
    found = tuner(1).fit(df, image=pictures, rows=df["category"] <= 3, held_out=range(10))
    assert found.classes_.tolist() == [1, 2, 3]
    assert set(found.held_out_rows_) == {k for k in range(10) if df["category"][k] <= 3}
    assert found.embed(df, image=pictures).shape == (60, 256)


def test_without_held_out_rows_the_best_is_by_the_others(digits):
    df, pictures = few(digits, 20)
    found = tuner(2, validation=0.0).fit(df, image=pictures)
    assert found.held_out_rows_.size == 0
    assert found.history_["valid_loss"].isna().all()
    assert found.best_epoch_ == found.history_["train_loss"].argmin() + 1


def test_weights_of_classes(digits):
    df, pictures = few(digits)
    df["category"] = np.where(df["category"] == 1, "rare", "frequent")
    balanced = tuner(class_weight="balanced")
    task = plan(df, "category", share=0)
    weights = balanced._class_weights(task)
    counts = df["category"].value_counts()
    assert (weights[1] / weights[0]).item() == pytest.approx(counts["frequent"] / counts["rare"])
    assert tuner(class_weight={"rare": 3})._class_weights(task).tolist() == [1, 3]
    tuner(1, class_weight={"rare": 3}, label_smoothing=0.1).fit(df, image=pictures)
    with pytest.raises(ValueError, match="'medium', which is no class"):
        tuner(class_weight={"medium": 3}).fit(df, image=pictures)


# --- repeated, interrupted, resumed ---


def test_a_seed_gives_the_same_network_and_nothing_else_is_touched(digits):
    df, pictures = few(digits)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    expected = random.random(), np.random.random(), torch.rand(1).item()  # noqa: NPY002
    settings = tuner(2)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    first, second = (clone(settings).fit(df, image=pictures).embed(df, image=pictures, cache=False) for _ in range(2))
    assert (random.random(), np.random.random(), torch.rand(1).item()) == expected  # noqa: NPY002
    assert np.array_equal(first, second)


class Interrupt(TrainerCallback):
    def __init__(self, epoch: int, step: int = 1):
        self.left = step
        self.epoch = epoch

    def on_train_step_end(self, trainer, **kwargs):
        if trainer.epoch + 1 == self.epoch:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


def test_interrupted_it_has_its_best_and_resumed_it_ends_as_if_nothing_had_been(digits):
    df, pictures = few(digits, 100)
    whole = tuner(4, batch_size=16).fit(df, image=pictures)
    parts = tuner(4, batch_size=16)
    with pytest.raises(KeyboardInterrupt):
        parts.fit(df, image=pictures, callbacks=[Interrupt(3, 2)])
    assert len(parts.history_) == 2
    vectors = parts.embed(df, image=pictures)
    assert np.isfinite(vectors).all()
    with pytest.raises(ValueError, match="are others than those"):
        parts.fit(df.assign(category=1 + (df["category"] > 5)), image=pictures, resume=True)
    parts.fit(df, image=pictures, resume=True)
    assert len(parts.history_) == 4
    columns = ["epoch", "train_loss", "valid_loss", "valid_accuracy", "lr"]
    assert np.allclose(parts.history_[columns], whole.history_[columns], rtol=1e-4)
    assert np.allclose(parts.embed(df, image=pictures), whole.embed(df, image=pictures), atol=1e-4)
    with pytest.raises(ValueError, match="all 4 epochs are done"):
        parts.fit(df, image=pictures, resume=True)


def test_interrupted_in_the_first_epoch_it_is_usable(digits):
    df, pictures = few(digits)
    found = tuner(3)
    with pytest.raises(KeyboardInterrupt):
        found.fit(df, image=pictures, callbacks=[Interrupt(1)])
    assert np.isfinite(found.embed(df, image=pictures)).all()
    assert found.history_.empty
    with pytest.raises(ValueError, match="nothing to resume"):
        found.fit(df, image=pictures, resume=True)


def test_it_stops_early(digits):
    df, pictures = few(digits)
    found = tuner(30, patience=2, lr=0.05).fit(df, image=pictures)
    assert len(found.history_) == found.best_epoch_ + 2 < 30


def test_a_rate_far_too_high_is_said(digits):
    df, pictures = few(digits)
    with pytest.raises(FloatingPointError, match="lr=1e"):
        tuner(3, lr=1e30, warmup=0.0, batch_size=8).fit(df, image=pictures)


def test_nothing_is_decoded_twice(digits, monkeypatch):
    from pixplot_widget.images import Images

    df, pictures = few(digits, 30)
    found = tuner(3)
    decoded = []
    decode = Images._decode
    monkeypatch.setattr(Images, "_decode", lambda self, row, scale: decoded.append(row) or decode(self, row, scale))
    found.fit(df, image=pictures)
    found.embed(df, image=pictures, cache=False)
    assert sorted(decoded) == list(range(30))


# --- stages, splits, augmentation ---


def test_frozen_stages_stay_as_they_are_and_thaw_from_the_end(digits):
    df, pictures = few(digits)
    seen: list[list[bool]] = []

    class Watch(TrainerCallback):
        def on_train_epoch_start(self, trainer, **kwargs):
            self.before = [p.detach().clone() for p in trainer.model.features.parameters()]
            self.norm = trainer.model.features[1].running_mean.clone()

        def on_train_epoch_end(self, trainer, **kwargs):
            now = trainer.model.features.parameters()
            seen.append([not torch.equal(a, b) for a, b in zip(self.before, now, strict=True)])
            assert (seen[-1][2]) == (not torch.equal(self.norm, trainer.model.features[1].running_mean))

    tuner(5, freeze_epochs=1, unfreeze_stages=1, patience=None).fit(df, image=pictures, callbacks=[Watch()])
    # weights and biases of: convolution, norm, convolution, norm; one more stage an epoch
    assert [sum(changed) for changed in seen] == [0, 2, 4, 6, 8]
    assert all(changed == sorted(changed) for changed in seen)


@pytest.mark.parametrize("classes", [[0, 2], [0, 1, 2]])
def test_the_head_begins_as_a_logistic_regression(classes):
    rng = np.random.default_rng(0)
    codes = rng.choice(classes, 90)
    vectors = (rng.normal(size=(3, 5))[codes] * 2 + rng.normal(size=(90, 5))).astype(np.float32)
    network = Network(nn.Identity(), 5, 3)
    network.start_head(vectors, codes)
    with torch.no_grad():
        proba = torch.softmax(network(torch.from_numpy(vectors)), dim=1).numpy()
    expected = LogisticRegression(max_iter=1000).fit(vectors, codes).predict_proba(vectors)
    found = proba[:, classes] / proba[:, classes].sum(axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=0.01)


def test_stages_hold_every_parameter_once():
    from torchvision import models

    tiny = {"patch_size": 16, "num_layers": 8, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 16}
    for network in (
        models.get_model("resnet18", weights=None),
        models.get_model("mobilenet_v3_small", weights=None),
        models.get_model("squeezenet1_1", weights=None),
        models.VisionTransformer(image_size=32, **tiny),
        nn.Linear(2, 2),
        nn.ReLU(),
    ):
        found = stages(network)
        held = [id(p) for stage in found for p in stage.parameters]
        assert sorted(held) == sorted(id(p) for p in network.parameters())
        assert len(found) >= 6 or len(held) <= 2


def test_hold_out_is_stratified_and_keeps_rare_classes():
    codes = np.repeat(np.arange(4), [100, 50, 3, 1])
    for seed in range(20):
        held = hold_out(codes, 0.1, seed)
        counts = np.bincount(codes[held], minlength=4)
        assert held.sum() == 15
        assert counts[0] in (10, 11)
        assert counts[1] in (5, 6)
        assert counts[2] <= 1
        assert counts[3] == 0
    assert np.array_equal(hold_out(codes, 0.1, 3), hold_out(codes, 0.1, 3))
    assert not np.array_equal(hold_out(codes, 0.1, 3), hold_out(codes, 0.1, 4))
    assert hold_out(np.arange(5), 0.5, 0).sum() == 0
    assert hold_out(np.array([0, 0, 1, 1]), 0.01, 0).sum() == 1
    folds = assign_folds(codes, 5, 0)
    table = pd.crosstab(codes, folds)
    assert (table.max(axis=1) - table.min(axis=1)).max() <= 1


def test_augmentation_changes_as_much_as_it_says():
    pictures = torch.rand(64, 3, 6, 6)

    def varied(**kinds):
        none = {"horizontal_flip": 0, "vertical_flip": 0, "brightness": 0, "contrast": 0, "scale": 0, "often": 0}
        return Augmentation(**{**none, **kinds})(pictures, torch.Generator().manual_seed(0))

    assert torch.equal(varied(), pictures)
    assert torch.equal(varied(vertical_flip=1), pictures.flip(2))
    half = varied(horizontal_flip=0.5)
    mirrored = [torch.equal(a, b.flip(2)) for a, b in zip(half, pictures, strict=True)]
    assert 15 < sum(mirrored) < 50
    brighter = varied(brightness=0.2, often=0.5)
    changed = (brighter != pictures).flatten(1).any(1)
    assert 15 < int(changed.sum()) < 50
    assert (brighter - pictures).abs().max() <= 0.2 + 1e-6
    assert brighter.min() >= 0
    assert brighter.max() <= 1
    assert (varied(scale=0.3, often=1) != pictures).flatten(1).any(1).all()
    with pytest.raises(ValueError, match=r"brightness=\.\.\.\) must be from 0 to 1"):
        Augmentation(brightness=3)


# --- what is refused ---


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs must be 1 or more"),
        ({"image_size": 2.5}, TypeError, "image_size must be a whole number"),
        ({"min_size": 300}, ValueError, "must not be over image_size"),
        ({"validation": 1.5}, ValueError, "validation must be a number in"),
        ({"lr": -1}, ValueError, "lr must be a number in"),
        ({"augment": "strong"}, TypeError, "augment must be True, False or an Augmentation"),
        ({"class_weight": "even"}, ValueError, "class_weight must be"),
        ({"device": "cuda:99"}, ValueError, "is not here; there are"),
    ],
)
def test_wrong_settings(digits, options, error, words):
    df, pictures = few(digits, 20)
    with pytest.raises(error, match=words):
        tuner(**{"epochs": 1, **options}).fit(df, image=pictures)


def test_nothing_to_tell_apart(digits):
    df, pictures = few(digits, 20)
    with pytest.raises(ValueError, match=r"nothing to tell apart.*here: '7'"):
        tuner().fit(df.assign(category=7), image=pictures)
    with pytest.raises(KeyError, match="label='kind' is no column"):
        tuner().fit(df, "kind", image=pictures)
    with pytest.raises(NotFittedError, match="has learned nothing yet"):
        tuner().embed(df, image=pictures)


def test_settings_are_scikit_learns(digits):
    found = FineTuner("resnet18", epochs=3)
    assert found.get_params()["epochs"] == 3
    assert clone(found).get_params() == found.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'epoch'"):
        found.set_params(epoch=3)


# --- several processes ---

SCRIPT = """
import sys
import numpy as np, pandas as pd, torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import nn
from pixplot_widget import FineTuner
torch.set_num_threads(1)
digits = load_digits()
df, pictures = pd.DataFrame({"category": digits.target[:100]}), list(digits.images[:100].astype(np.uint8))
torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU())
tuner = FineTuner(
    network, epochs=2, image_size=8, min_size=None, batch_size=16, freeze_epochs=1, validation=0.2, progress=False
)
tuner.fit(df, image=pictures)
np.save(f"{sys.argv[1]}/{int(tuner.is_main_process_)}.npy", tuner.embed(df, image=pictures, cache=False))
"""


def test_the_same_lines_train_in_several_processes(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [*command, str(tmp_path / "train.py"), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stderr
    main, other = (np.load(tmp_path / f"{rank}.npy") for rank in (1, 0))
    assert np.isfinite(main).all()
    assert np.allclose(main, other, atol=1e-5)
