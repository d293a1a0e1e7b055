"""What reading and preparing pictures costs a network, against the same network on tensors in memory.

Both sides take turns, and the best of each counts: what else runs on the machine then hurts both alike.
PIXPLOT_BENCH_PHOTOS may name a folder of photos; without it JPEGs are made up.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import preparation
import pytest
import record
import torch
from pytorch_accelerated.callbacks import TrainerCallback
from torch import nn
from torchvision import models

from pixplot_widget import FineTuner, embed

SIDE, BATCH = 224, 32


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> list[str]:
    found = preparation.pictures(None, "PIXPLOT_BENCH_PHOTOS", 128, (400, 530), tmp_path_factory.mktemp("photos"))
    return found[:128]


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_embed_is_nearly_as_quick_as_the_bare_network(photos, name):
    """At least 90 % of its rate, from JPEG files."""
    torch.manual_seed(0)
    network = models.get_model(name, weights=None)
    network.fc = nn.Identity()
    network.eval()
    count = 128 if name == "resnet18" else 64
    tensors = torch.rand(BATCH, 3, SIDE, SIDE)
    df = pd.DataFrame({"filename": photos[:count]})

    def bare() -> None:
        with torch.inference_mode():
            network(tensors[:1])  # embed, too, looks at one picture first
            for _ in range(count // BATCH):
                network(tensors)

    def ours() -> None:
        embed(df, network, image_size=SIDE, batch_size=BATCH, device="cpu", cache=False, progress=False)

    bare()
    pairs = [(seconds(bare), seconds(ours)) for _ in range(4)]
    share = min(pair[0] for pair in pairs) / min(pair[1] for pair in pairs)
    print(f"\n{name}: {count / min(pair[1] for pair in pairs):.1f} images/s, {share:.1%} of the bare network's rate")
    record.add("training", f"embed, {name}", {"images/s": count / min(pair[1] for pair in pairs), "share": share})
    assert share >= 0.9


def test_an_epoch_costs_little_more_than_a_bare_loop(photos):
    """At most 1.15 times, from the second epoch on, with augmentation and the pictures decoded from files."""
    torch.manual_seed(0)
    classes, side = 4, 128
    network = models.get_model("resnet18", weights=None)
    network.fc = nn.Identity()
    df = pd.DataFrame({"filename": photos, "category": np.arange(len(photos)) % classes})
    tensors, codes = torch.rand(BATCH, 3, side, side), torch.arange(BATCH) % classes
    whole = nn.Sequential(models.get_model("resnet18", weights=None, num_classes=classes)).train()
    optimizer, loss = torch.optim.AdamW(whole.parameters(), lr=1e-4), nn.CrossEntropyLoss()

    def bare() -> None:
        for _ in range(len(photos) // BATCH):
            loss(whole(tensors), codes).backward()
            optimizer.step()
            optimizer.zero_grad()

    class Clock(TrainerCallback):
        """Times epochs of learning, and a bare one after each."""

        ours: list[float] = []  # noqa: RUF012
        bares: list[float] = []  # noqa: RUF012

        def on_train_epoch_start(self, trainer, **kwargs):
            self.began = time.perf_counter()

        def on_train_epoch_end(self, trainer, **kwargs):
            self.ours.append(time.perf_counter() - self.began)
            self.bares.append(seconds(bare))

    bare()
    FineTuner(
        network, epochs=5, image_size=side, min_size=None, batch_size=BATCH, freeze_epochs=0, validation=0.0,
        device="cpu", progress=False,
    ).fit(df, callbacks=[Clock()])  # fmt: skip
    times = min(Clock.ours[1:]) / min(Clock.bares[1:])
    print(f"\nresnet18 at {side} px: {min(Clock.ours[1:]):.2f} s an epoch, {times:.3f} times the bare loop")
    record.add("training", "an epoch", {"seconds": min(Clock.ours[1:]), "times a bare loop": times})
    assert times <= 1.15
