"""The panel without a page: what a click does, what comes of it, and that nothing else waits for it."""

from __future__ import annotations

import re
import threading

import ipywidgets
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from pixplot_widget import PixPlot
from pixplot_widget.training.augment import Augmentation
from pixplot_widget.training.panel import TrainingPanel, summary
from pixplot_widget.training.run import Outcome
from tools.waiting import SECONDS


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Gate(nn.Module):
    """A small network that waits, in training, until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        )  # fmt: skip

    opened = threading.Event()
    reached = threading.Event()
    steps = 0
    free_steps = 0

    def forward(self, pictures):
        if self.training:
            Gate.steps += 1
            if Gate.steps > Gate.free_steps:
                Gate.reached.set()
                assert Gate.opened.wait(SECONDS)
        return self.inner(pictures)


@pytest.fixture
def plot():
    Gate.opened, Gate.reached, Gate.steps, Gate.free_steps = threading.Event(), threading.Event(), 0, 0
    Gate.opened.set()
    found = load_digits()
    df = pd.DataFrame({"category": found.target[:240], "even": found.target[:240] % 2 == 0})
    pictures = [b"" if k == 7 else (found.images[k] * 15.9).astype(np.uint8) for k in range(240)]
    plot = PixPlot(df, image=pictures, cache=False).wait(SECONDS)
    yield plot
    plot.close()


def panel_of(plot, **settings) -> TrainingPanel:
    given = {
        "epochs": 8, "image_size": 8, "min_size": None, "batch_size": 32, "lr": 1e-2, "lr_decay": 1.0,
        "freeze_epochs": 0, "validation": 0.25, "augment": Augmentation(0, 0), "device": "cpu",
    }  # fmt: skip
    return plot.training_panel(Gate(), **{**given, **settings})


def words(panel: TrainingPanel) -> str:
    return panel.status.value


def test_start_and_what_comes_of_it(plot):
    before = plot.layouts["umap"].xy
    panel = panel_of(plot)
    assert panel.backbone.disabled  # a module of one's own
    assert panel.shown.disabled
    panel.start_button.click()
    panel.wait(SECONDS)
    outcome = panel.outcome
    assert plot.vectors.shape == (240, 128)
    assert np.isnan(plot.vectors).any(axis=1).nonzero()[0].tolist() == [7]
    plot.wait(SECONDS)
    assert not np.allclose(plot.layouts["umap"].xy, before)
    assert np.array_equal(plot.layouts["before training"].xy, before)
    assert plot.layouts["before training"].cell is not None  # its sprites are as large as they were
    assert outcome.trained + outcome.held_out + outcome.left_out == 240
    assert outcome.accuracy_after > 0.8
    assert outcome.agreement_after > outcome.agreement_before
    held = outcome.tuner.held_out_rows_
    right = outcome.tuner.predict(plot.df, image=plot._images) == plot.df["category"]
    assert right.iloc[held].mean() == pytest.approx(outcome.accuracy_after)
    assert f"{outcome.accuracy_before:.1%}" in panel.result.value
    assert f"{outcome.accuracy_after:.1%}" in panel.result.value
    assert panel.curves.value.count("<polyline") == 4
    assert "is the best" in words(panel)
    assert not panel.start_button.disabled
    assert panel.stop_button.disabled
    # Before and after are two layouts.
    panel.shown.value = "before training"
    assert plot.layout == "before training"
    panel.shown.value = "umap"
    assert plot.layout == "umap"


def test_stop_keeps_the_best_so_far(plot):
    Gate.opened.clear()
    Gate.free_steps = 12  # two epochs and a bit
    panel = panel_of(plot, epochs=50)
    panel.start()
    with pytest.raises(RuntimeError, match="is going on"):
        panel.start()
    assert Gate.reached.wait(SECONDS)
    # Meanwhile the plot works, and labels can be corrected.
    assert panel.start_button.disabled
    assert not panel.stop_button.disabled
    plot.relabel(0, 5)
    assert re.search(r"Epoch [123] of 50: loss \d\.\d+, accuracy [\d.]+%, .* left", words(panel))
    panel.stop_button.click()
    Gate.opened.set()
    panel.wait(SECONDS)
    assert len(panel.tuner.history_) == 2
    assert "Stopped: epoch" in words(panel)
    assert plot.vectors.shape == (240, 128)


def test_stop_before_an_epoch_has_ended_changes_nothing(plot):
    Gate.opened.clear()
    panel = panel_of(plot)
    panel.start()
    assert Gate.reached.wait(SECONDS)
    panel.stop()
    Gate.opened.set()
    panel.wait(SECONDS)
    assert panel.outcome is None
    assert plot.vectors is None
    assert "nothing has changed" in words(panel)


def test_what_is_trained_on(plot):
    plot.filter = "even"
    panel = panel_of(plot, epochs=1)
    panel.choice.value = "filtered"
    panel.start()
    panel.wait(SECONDS)
    assert set(panel.tuner.classes_) == {0, 2, 4, 6, 8}
    assert plot.vectors.shape == (240, 128)
    plot.df["suspicion"] = np.where(plot.df["category"] == 3, 0.9, 0.1)
    panel.choice.value = "not suspicious"
    panel.start()
    panel.wait(SECONDS)
    assert set(panel.tuner.classes_) == set(range(10)) - {3}
    del plot.df["suspicion"]
    wrong = [20, 40, 60, 80]
    plot.relabel(wrong, 9)
    panel.start()
    panel.wait(SECONDS)
    learned = set(panel.tuner.train_rows_) | set(panel.tuner.held_out_rows_)
    assert learned.isdisjoint(wrong)
    assert len(learned) > 180


def test_errors_are_shown(plot):
    plot.filter = np.zeros(240, dtype=bool)
    panel = panel_of(plot)
    panel.choice.value = "filtered"
    panel.start()
    with pytest.raises(ValueError, match="nothing to tell apart"):
        panel.wait(SECONDS)
    assert 'role="alert"' in words(panel)
    assert "nothing to tell apart" in words(panel)
    assert not panel.start_button.disabled
    with pytest.raises(TypeError, match="epoch"):
        plot.training_panel("resnet18", epoch=3)


def test_every_control_has_a_name(plot):
    panel = plot.training_panel("resnet18")
    assert not panel.backbone.disabled
    controls = [panel.backbone, panel.epochs, panel.image_size, panel.device, panel.choice, panel.shown]
    assert all(isinstance(c, ipywidgets.DOMWidget) and c.description for c in controls)
    assert [b.description for b in (panel.start_button, panel.stop_button)] == ["Start", "Stop"]
    panel.close()


def test_images_that_are_added_meanwhile_are_not_learned_from_but_get_vectors(plot):
    Gate.opened.clear()
    panel = panel_of(plot, epochs=1)
    panel.start()
    assert Gate.reached.wait(SECONDS)
    more = load_digits()
    new = pd.DataFrame({"category": more.target[240:245], "even": False})
    plot.append(new, image=[(picture * 15.9).astype(np.uint8) for picture in more.images[240:245]])
    Gate.opened.set()
    panel.wait(SECONDS)
    assert plot.vectors.shape == (245, 128)
    assert np.isnan(plot.vectors).any(axis=1).nonzero()[0].tolist() == [7]
    assert panel.outcome.trained + panel.outcome.held_out + panel.outcome.left_out == 240
    np.testing.assert_allclose(plot.vectors[240:], panel.tuner.embed(plot.df, image=plot._images)[240:], rtol=1e-4)
    assert "5 rows added meanwhile, not learned from" in words(panel)
    assert plot.layout == "umap"
    panel.start()  # the next one has them all
    panel.wait(SECONDS)
    assert panel.outcome.trained + panel.outcome.held_out + panel.outcome.left_out == 245


@pytest.mark.parametrize(("before", "after", "bold"), [(0.5, 0.75, ["75.0%"]), (0.75, 0.5, ["75.0%"]), (0.5, 0.5, [])])
def test_the_better_one_is_bold(before, after, bold):
    nan = float("nan")
    html = summary(Outcome(None, np.zeros((1, 1)), 1, 1, 0, before, after, nan, nan))
    assert re.findall(r"<b>(.*?)</b>", html) == bold
