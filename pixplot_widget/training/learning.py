"""How a network learns: what is trained when and how fast, from the first weights to the best epoch's."""

from __future__ import annotations

import contextlib
import copy
import math
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from pytorch_accelerated.callbacks import MoveModulesToDeviceCallback, TrainerCallback
from torch import nn
from tqdm.auto import tqdm

from ..images import Images
from . import devices
from .augment import Augmentation
from .backbones import flat, probe, resolve
from .callbacks import Bar, Keeper, Patience, Snapshot
from .dataset import Fit, Pixels, stored
from .network import Network, Stage, stages
from .split import even_batches
from .task import Task, as_array
from .trainer import NetworkTrainer, processes, undisturbed

__all__ = ["Learning"]

PRETRAINED_DECAY = 0.6
"""Learning rate of a stage over that of the one behind it, where the network has learned something already."""

MOST_FOR_HEAD = 5000
"""Images whose features the head is first fitted to: more would take minutes."""


class Learning:
    """The training of a `FineTuner`; its settings and what it has learned are there."""

    def _build(self, task: Task) -> None:
        """Make the network, from its first weights."""
        self._device = devices.choose(self.device)
        found = resolve(self.backbone, self.weights, self.image_size)
        found.fit = Fit(self.min_size or self.image_size)
        found.enlarged = self.image_size
        found.features.to(self._device).eval()
        self._width = probe(found, self._device).shape[1]
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self._network = Network(found.features.cpu(), self._width, len(task.classes))
        self._backbone = found
        self.classes_ = as_array(task.classes)
        self._snapshot = Snapshot()
        self._learned = task
        self._mark = None

    def _check_resumable(self, task: Task) -> None:
        snapshot = getattr(self, "_snapshot", None)
        if snapshot is None or not snapshot.history:
            raise ValueError("there is nothing to resume: no epoch was finished. Call fit without resume")
        if snapshot.epochs >= self.epochs:
            raise ValueError(f"all {self.epochs} epochs are done; set_params(epochs=...) allows for more")
        if not snapshot.optimizer:
            raise ValueError("this one was loaded from a file, which has no optimizer in it: call fit without resume")
        same = task.classes == self._learned.classes and np.array_equal(task.train, self._learned.train)
        if not (same and np.array_equal(task.codes, self._learned.codes)):
            raise ValueError("labels or rows are others than those of the fit that was interrupted: start anew")

    def _pixels_of(self, images: Images) -> Pixels:
        """Return the decoded pictures of these images, those of the last fit if they are the same."""
        keys = images.keys()
        kept = getattr(self, "_kept", None)
        if kept is not None and np.array_equal(kept[0], keys) and kept[1].fit == self._backbone.fit:
            return kept[1]
        self._kept = (keys, Pixels(images, self._backbone.fit, self.memory_limit))
        return self._kept[1]

    def _decode(self, pixels: Pixels, rows: np.ndarray, cancel: threading.Event | None = None) -> None:
        with tqdm(total=len(rows), unit="image", desc="Reading images", disable=not self.progress, leave=False) as bar:
            pixels.load(rows, done=bar.update, cancel=cancel)

    def _train(self, task: Task, pixels: Pixels, keeper: Keeper, callbacks: list[TrainerCallback]) -> None:
        snapshot = keeper.snapshot
        parts = stages(self._network.features)
        optimizer = torch.optim.AdamW(self._groups(parts), weight_decay=self.weight_decay)
        if snapshot.history:
            self._network.load_state_dict(snapshot.network)
            optimizer.load_state_dict({**optimizer.state_dict(), "state": copy.deepcopy(snapshot.optimizer)})
        elif self._head_epochs():
            self._start_head(task, pixels)
        size = even_batches(len(task.train), self.batch_size)
        loss = nn.CrossEntropyLoss(weight=self._class_weights(task), label_smoothing=self.label_smoothing)
        bar = Bar(self.epochs, not self.progress)
        ours: list[Any] = [MoveModulesToDeviceCallback, bar, keeper, *callbacks]
        if self.patience is not None and len(task.held):
            ours.append(Patience(self.patience, early_stopping_threshold=0.0))
        with undisturbed(), contextlib.closing(bar):
            trainer = NetworkTrainer(
                self._network,
                optimizer=optimizer,
                loss=loss,
                stages=parts,
                trained=lambda epoch: self._trained_stages(epoch, len(parts)),
                ready=self._ready,
                device=self._device,
                seed=self.seed,
                first_epoch=snapshot.epochs,
                callbacks=ours,
            )
            trainer.train(
                train_dataset=task.train,
                eval_dataset=task.held if len(task.held) >= processes() else None,
                num_epochs=self.epochs - snapshot.epochs,
                per_device_batch_size=size,
                collate_fn=lambda rows: (pixels.take(rows), torch.from_numpy(task.codes[np.asarray(rows)])),
                create_scheduler_fn=lambda optimizer: self._schedule(optimizer, trainer, snapshot.epochs),
                train_dataloader_kwargs={"num_workers": 0},
                eval_dataloader_kwargs={
                    "num_workers": 0,
                    "batch_size": min(self.batch_size, max(1, len(task.held) // processes())),  # each has one at least
                },
            )

    def _groups(self, parts: list[Stage]) -> list[dict[str, Any]]:
        """Give each stage its rate; the head, which knows nothing, has the highest."""
        decay = self.lr_decay
        if decay is None:
            decay = PRETRAINED_DECAY if self._backbone.pretrained else 1.0
        rates = [self.lr * decay ** (len(parts) - number) for number in range(len(parts))]
        groups = [{"params": part.parameters, "lr": rate} for part, rate in zip(parts, rates, strict=True)]
        return [*groups, {"params": list(self._network.head.parameters()), "lr": self.lr}]

    def _start_head(self, task: Task, pixels: Pixels) -> None:
        """Fit the head to the features as they are, of some thousand images at most."""
        rows = np.random.default_rng(self.seed).permutation(task.train)[:MOST_FOR_HEAD]
        if len(np.unique(task.codes[rows])) < 2:
            return
        network, vectors = self._network.to(self._device).eval(), []
        for batch in stored(pixels.images, rows, pixels, pixels.fit, self.batch_size):
            with torch.inference_mode(), devices.autocast(self._device):
                found = network.features(self._backbone.ready(batch.pictures.to(self._device)))
                vectors.append(flat(found).float().cpu().numpy())
        network.start_head(np.concatenate(vectors), task.codes[rows])

    def _head_epochs(self) -> int:
        """Return how many epochs train the head only."""
        if self.freeze_epochs is not None:
            return self.freeze_epochs
        return min(1, self.epochs - 1) if self._backbone.pretrained else 0

    def _trained_stages(self, epoch: int, count: int) -> int:
        frozen = self._head_epochs()
        if epoch < frozen:
            return 0
        return count if self.unfreeze_stages is None else min(count, (epoch - frozen + 1) * self.unfreeze_stages)

    def _ready(self, pictures: torch.Tensor, random: torch.Generator | None) -> torch.Tensor:
        vary = Augmentation() if self.augment is True else self.augment
        if random is None or vary is False:
            return self._backbone.ready(pictures)
        return self._backbone.ready(pictures, lambda batch: vary(batch, random))

    def _schedule(self, optimizer: Any, trainer: NetworkTrainer, done: int) -> Any:
        # pytorch-accelerated's CosineLrScheduler leaves the cosine too early, by as many steps as it warms up
        steps = trainer.run_config.num_local_update_steps_per_epoch
        total, offset = self.epochs * steps, done * steps
        rising = self.warmup * total

        def share(step: int) -> float:
            at = step + offset
            if at < rising:
                return (at + 1) / (rising + 1)
            return 0.5 * (1 + math.cos(math.pi * min(1.0, (at - rising) / max(1.0, total - rising))))

        return torch.optim.lr_scheduler.LambdaLR(optimizer, share)

    def _class_weights(self, task: Task) -> torch.Tensor | None:
        if self.class_weight is None:
            return None
        counts = np.bincount(task.codes[task.train], minlength=len(task.classes))
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            weights = counts.sum() / (np.maximum(counts, 1) * np.count_nonzero(counts))
        elif isinstance(self.class_weight, Mapping):
            unknown = [label for label in self.class_weight if label not in task.classes]
            if unknown:
                raise ValueError(f"class_weight has {unknown[0]!r}, which is no class; there are {task.classes}")
            weights = np.array([self.class_weight.get(label, 1.0) for label in task.classes])
        else:
            raise ValueError(f'class_weight must be "balanced", a mapping or None, not {self.class_weight!r}')
        return torch.tensor(weights, dtype=torch.float32)

    def _use_best(self) -> None:
        """Put the best network so far in use; one that was interrupted in its first epoch stays as it is."""
        if self._snapshot.best:
            self._network.load_state_dict(self._snapshot.best)
        for name in ("forward", "_original_forward"):  # accelerate puts half precision there, and leaves it
            vars(self._network).pop(name, None)
        for parameter in self._network.parameters():
            parameter.grad = None
            parameter.requires_grad_(True)
        self._network.to(self._device).eval()
        self._mark = None
