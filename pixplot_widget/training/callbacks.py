"""What is kept and shown along the way of a training."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import torch
from pytorch_accelerated.callbacks import EarlyStoppingCallback, StopTrainingError, TrainerCallback
from tqdm.auto import tqdm

from .trainer import NetworkTrainer

__all__ = ["Bar", "Halt", "Halted", "Keeper", "Patience", "Snapshot"]


@dataclass
class Snapshot:
    """A training as it was at the end of an epoch: enough to go on from there.

    Attributes
    ----------
    epochs : int
        How many are done.
    network, optimizer : dict
        Their state. `optimizer` has only the moments, not the rates.
    best : dict
        The network's state after the epoch with the lowest loss.
    best_loss : float
        That loss: of the held-out rows, or of the others where none are held out.
    history : list of dict
        A row an epoch.
    """

    epochs: int = 0
    network: dict[str, torch.Tensor] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    best_loss: float = float("inf")
    history: list[dict[str, float]] = field(default_factory=list)


def copied(state: Any) -> Any:
    """Copy tensors to the CPU, within dicts."""
    if isinstance(state, torch.Tensor):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {name: copied(value) for name, value in state.items()}
    return state


class Halted(Exception):  # noqa: N818 - nothing is wrong
    """Ends a training before its last epoch. pytorch-accelerated's own exception for that prints its text.

    Its text is what the user is to be warned of; "" if nothing.
    """


class Halt(TrainerCallback):
    """Ends a training when an event is set, from another thread."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel

    def on_train_step_start(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Look."""
        if self._cancel.is_set():
            raise Halted

    def on_eval_step_start(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Look."""
        if self._cancel.is_set():
            raise Halted


class Patience(EarlyStoppingCallback):
    """Ends a training when the loss of held-out images has not fallen for some epochs."""

    def on_training_run_epoch_end(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Count."""
        try:
            super().on_training_run_epoch_end(trainer, **kwargs)
        except StopTrainingError:
            raise Halted from None


class Keeper(TrainerCallback):
    """Keeps, after each epoch, what is needed to use the best network so far and to go on from here."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def on_train_step_end(self, trainer: NetworkTrainer, batch_output: dict, **kwargs: Any) -> None:
        """Stop where numbers have run away: from there on nothing would be learned."""
        if not torch.isfinite(batch_output["loss"]).all():
            raise Halted(f"the loss is no number any more in epoch {trainer.epoch + 1}: try a lower lr")

    def on_training_run_epoch_end(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Note the epoch, and the network if it is the best."""
        metrics = trainer.run_history
        row: dict[str, float] = {"epoch": trainer.epoch + 1}
        row["train_loss"] = metrics.get_latest_metric("train_loss_epoch")
        row["train_accuracy"] = metrics.get_latest_metric("train_accuracy")
        held_out = trainer.eval_dataset is not None
        row["valid_loss"] = metrics.get_latest_metric("eval_loss_epoch") if held_out else float("nan")
        row["valid_accuracy"] = metrics.get_latest_metric("valid_accuracy") if held_out else float("nan")
        row["lr"] = trainer.optimizer.param_groups[-1]["lr"]
        row["seconds"] = time.monotonic() - trainer.epoch_began
        state = copied(trainer.get_model().state_dict())
        loss = row["valid_loss"] if held_out else row["train_loss"]
        old = self.snapshot
        better = loss < old.best_loss
        moments = copied(trainer.optimizer.state_dict()["state"])
        # One assignment after all is copied: an interrupt finds the old snapshot or the new one.
        fresh = Snapshot(
            trainer.epoch + 1,
            state,
            moments,
            state if better else old.best,
            loss if better else old.best_loss,
            [*old.history, row],
        )
        self.snapshot = fresh


class Bar(TrainerCallback):
    """A progress bar over all steps of all epochs."""

    def __init__(self, epochs: int, disable: bool) -> None:
        self._epochs = epochs
        self._disable = disable
        self._bar: Any = None

    def on_training_run_start(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Open it; only the first of several processes shows one."""
        steps = trainer.run_config.num_local_update_steps_per_epoch
        hidden = self._disable or not trainer.run_config.is_local_process_zero
        done = self._epochs - trainer.run_config.num_epochs
        self._bar = tqdm(total=self._epochs * steps, initial=done * steps, unit="step", disable=hidden)

    def on_train_step_end(self, trainer: NetworkTrainer, batch_output: dict, **kwargs: Any) -> None:
        """Go on by a step."""
        self._bar.update()
        self._bar.set_description(f"Epoch {trainer.epoch + 1}/{self._epochs}", refresh=False)

    def on_training_run_epoch_end(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Tell how good it is."""
        name = "train_accuracy" if trainer.eval_dataset is None else "valid_accuracy"
        self._bar.set_postfix({name.replace("_", " "): f"{trainer.run_history.get_latest_metric(name):.1%}"})

    def close(self) -> None:
        """Close it, however the training ended."""
        if self._bar is not None:
            self._bar.close()
