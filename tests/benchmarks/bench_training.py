"""What reading and preparing pictures costs a network, against the same network on tensors in memory.

Both sides take turns, and the best of each counts: what else runs on the machine then hurts both alike.
PIXPLOT_BENCH_PHOTOS may name a folder of photos; without it JPEGs are made up.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import record
import torch
from pytorch_accelerated.callbacks import TrainerCallback
from samples import pictures
from torch import nn
from torchvision import models

from pixplot_widget import FineTuner, embed

SIDE, BATCH = 224, 32


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def embedding(photos: list[str], name: str) -> None:
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
    rate = count / min(pair[1] for pair in pairs)
    print(f"{name}: {rate:.1f} images/s, {share:.1%} of the bare network's rate", flush=True)
    found = {"images/s": rate, "share of the bare network's rate": share}
    record.add("training", f"embed, {name}", found, {"share of the bare network's rate": (">=", 0.9)})


def an_epoch(photos: list[str]) -> None:
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
    epoch, times = min(Clock.ours[1:]), min(Clock.ours[1:]) / min(Clock.bares[1:])
    print(f"resnet18 at {side} px: {epoch:.2f} s an epoch, {times:.3f} times the bare loop", flush=True)
    record.add(
        "training", "an epoch", {"seconds": epoch, "times a bare loop": times}, {"times a bare loop": ("<=", 1.15)}
    )


def main() -> None:
    """Print the rate of embedding, and what an epoch costs."""
    with tempfile.TemporaryDirectory() as scratch:
        photos = pictures(None, "PIXPLOT_BENCH_PHOTOS", 128, (400, 530), Path(scratch))[:128]
        for name in ("resnet18", "resnet50"):
            embedding(photos, name)
        an_epoch(photos)


if __name__ == "__main__":
    main()
