"""pytorch-accelerated's `Trainer`, made to train on pixels that are at hand, and to leave no trace in the process."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from accelerate.utils import patch_environment
from pytorch_accelerated import Trainer
from pytorch_accelerated.callbacks import TrainerCallback
from torch import nn

from . import devices
from .network import Network, Stage

__all__ = ["NetworkTrainer", "processes", "undisturbed"]


def processes() -> int:
    """Return how many train together, where `accelerate launch` or `notebook_launcher` started them; else 1."""
    return int(os.environ.get("WORLD_SIZE", 1))


def launched() -> bool:
    """Tell whether this is one of several processes that train together."""
    return processes() > 1


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Leave random numbers and accelerate's state in this process as they were.

    The trainer seeds Python, numpy and torch. Accelerate keeps device and precision in singletons, so a second
    training on another device would be refused, and a user's own `Accelerator` would get ours.
    """
    python, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002 - what is kept is the old global state
    singletons = () if launched() else (AcceleratorState, PartialState, GradientState)
    kept = [dict(single._shared_state) for single in singletons]
    for single in singletons:
        single._shared_state.clear()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)  # noqa: NPY002
        for single, state in zip(singletons, kept, strict=True):
            single._shared_state.clear()
            single._shared_state.update(state)


class NetworkTrainer(Trainer):
    """Trains a `Network` on uint8 pictures.

    Parameters
    ----------
    network : Network
        What is trained.
    stages : list of Stage
        Of its features.
    trained : callable
        Given the number of an epoch, from 0, says how many of the last stages are trained.
    ready : callable
        ``ready(pictures, random)``: from uint8 (b, side, side, 3) to the network's input; varied at random if
        `random` is a generator, as they are if it is None.
    seed : int
        Of order, augmentation and dropout; each epoch has its own numbers, so that one that is resumed has those it
        would have had.
    first_epoch : int
        How many are done already.
    """

    def __init__(
        self,
        network: Network,
        *,
        optimizer: torch.optim.Optimizer,
        loss: nn.Module,
        stages: list[Stage],
        trained: Callable[[int], int],
        ready: Callable[[torch.Tensor, torch.Generator | None], torch.Tensor],
        device: torch.device,
        seed: int,
        first_epoch: int,
        callbacks: list[TrainerCallback],
    ) -> None:
        self._stages = stages
        self._trained = trained
        self._ready = ready
        self._wanted = device
        self._seed = seed
        self._first_epoch = first_epoch
        self._random = torch.Generator()
        self._order = torch.Generator()
        self._frozen: list[Stage] = []
        self._right = self._seen = 0
        self.epoch_began = time.monotonic()
        super().__init__(network, loss_func=loss, optimizer=optimizer, callbacks=callbacks)

    @property
    def epoch(self) -> int:
        """Number of the epoch, from 0, also of a training that was resumed."""
        return self._first_epoch + self.run_history.current_epoch - 1

    @property
    def accuracy(self) -> float:
        """Share of right answers so far in this pass, over this process's rows."""
        return self._right / max(1, self._seen)

    def print(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: progress is shown by a bar."""

    def _create_accelerator(self) -> Accelerator:
        if launched():
            return Accelerator()
        with patch_environment(ACCELERATE_TORCH_DEVICE=str(self._wanted)):
            return Accelerator(cpu=self._wanted.type == "cpu", mixed_precision=devices.precision(self._wanted))

    def create_train_dataloader(self, batch_size: int, train_dl_kwargs: dict | None = None) -> Any:
        """Shuffle by a generator of our own."""
        return super().create_train_dataloader(batch_size, {**(train_dl_kwargs or {}), "generator": self._order})

    def train_epoch_start(self) -> None:
        """Seed this epoch, and freeze what it leaves alone."""
        self.epoch_began = time.monotonic()
        mark = self._seed * 10_007 + self.epoch
        own = mark + 1_000_003 * self._accelerator.process_index
        self._order.manual_seed(mark)
        self._random.manual_seed(own)
        torch.manual_seed(own)
        super().train_epoch_start()
        left = max(0, len(self._stages) - self._trained(self.epoch))
        self._frozen = self._stages[:left]
        for number, stage in enumerate(self._stages):
            frozen = number < left
            if not self.run_config.is_distributed:  # gradients are exchanged for a set that is fixed at the start
                stage.freeze(frozen)
            if frozen:
                for module in stage.modules:
                    module.eval()
        self._right = self._seen = 0

    def eval_epoch_start(self) -> None:
        """Count anew."""
        super().eval_epoch_start()
        self._right = self._seen = 0

    def calculate_train_batch_loss(self, batch: Any) -> dict:
        """Vary the pictures on the network's device, and learn from them."""
        return self._loss(batch, self._random)

    def calculate_eval_batch_loss(self, batch: Any) -> dict:
        """Look at the pictures as they are."""
        with torch.no_grad():
            return self._loss(batch, None)

    def _loss(self, batch: Any, random: torch.Generator | None) -> dict:
        pictures, codes = batch
        logits = self.model(self._ready(pictures, random))
        loss = self.loss_func(logits, codes)
        self._right += int((logits.detach().argmax(1) == codes).sum())
        self._seen += len(codes)
        return {"loss": loss, "model_outputs": logits, "batch_size": len(codes)}

    def optimizer_step(self) -> None:
        """Leave frozen stages as they are, also where their gradients had to be computed."""
        for stage in self._frozen:
            for parameter in stage.parameters:
                parameter.grad = None
        super().optimizer_step()

    def train_epoch_end(self) -> None:
        """Note the accuracy."""
        self._note_accuracy("train_accuracy")

    def eval_epoch_end(self) -> None:
        """Note the accuracy."""
        self._note_accuracy("valid_accuracy")

    def _note_accuracy(self, name: str) -> None:
        counted = self.gather(torch.tensor([self._right, self._seen], device=self.device)).view(-1, 2).sum(0)
        self.run_history.update_metric(name, float(counted[0] / max(1, int(counted[1]))))
