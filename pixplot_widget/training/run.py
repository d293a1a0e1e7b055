"""One training for a picture that is being looked at: from its labels as they are now to new vectors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pytorch_accelerated.callbacks import TrainerCallback
from sklearn.neighbors import KNeighborsClassifier

from .crossfit import by_heads, cross_fit
from .finetune import FineTuner
from .task import plan
from .trainer import NetworkTrainer

__all__ = ["CHOICES", "Outcome", "Report", "choose_rows", "neighbor_agreement", "train"]

CHOICES = ("all", "filtered", "not suspicious")
SUSPICIOUS = 0.5
"""Rows of more `suspicion` are left out of a training on what is not suspicious: another label is likelier."""

NEIGHBORS = 10
REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class Report:
    """How far a training is.

    Attributes
    ----------
    stage : str
        What is being done.
    share : float
        Of this stage, in [0, 1].
    seconds_left : float
        Of this stage, from the rate so far; -1: not known.
    loss, accuracy : float
        Of the images learned from in this epoch so far; NaN in other stages.
    history : pandas.DataFrame or None
        Of finished epochs.
    """

    stage: str
    share: float = 0.0
    seconds_left: float = -1.0
    loss: float = float("nan")
    accuracy: float = float("nan")
    history: pd.DataFrame | None = None


@dataclass(frozen=True)
class Outcome:
    """What a training has brought.

    Attributes
    ----------
    tuner : FineTuner
        Fitted.
    vectors : numpy.ndarray
        float32 (n, d) of all rows.
    trained, held_out, left_out : int
        Rows that were learned from, held out, and labeled but left out.
    accuracy_before, accuracy_after : float
        On the held-out rows: of a linear head on the network as it was, and of the fine-tuned one. NaN without any.
    agreement_before, agreement_after : float
        Share of held-out rows' 10 nearest neighbors, among those learned from, that have their label.
    """

    tuner: FineTuner
    vectors: np.ndarray
    trained: int
    held_out: int
    left_out: int
    accuracy_before: float
    accuracy_after: float
    agreement_before: float
    agreement_after: float


def choose_rows(
    choice: str, df: pd.DataFrame, label: str, mask: np.ndarray, tuner: FineTuner, images: Any, flag: str
) -> np.ndarray:
    """Return a mask of the rows that are learned from.

    "not suspicious" goes by a column `suspicion` where there is one, as `find_suspects` makes it; else each row is
    judged by a model that has not seen its label (`FineTuner.cross_fit`), and those judged otherwise are left out.

    Returns
    -------
    numpy.ndarray
        bool (n,).
    """
    if choice == "filtered":
        return mask
    if choice == "not suspicious":
        if "suspicion" in df.columns:
            return ~(pd.to_numeric(df["suspicion"]).to_numpy(dtype=float) > SUSPICIOUS)
        found = cross_fit(tuner, df, label, 5, "frozen", {"flag": flag, "rows": None}, {"image": images})
        likeliest = np.nan_to_num(found.proba, nan=-1.0).argmax(axis=1)
        return (found.codes < 0) | np.isnan(found.proba[:, 0]) | (likeliest == found.codes)
    if choice != "all":
        raise ValueError(f"train on one of {', '.join(CHOICES)}, not {choice!r}")
    return np.ones(len(df), dtype=bool)


def train(
    tuner: FineTuner,
    df: pd.DataFrame,
    label: str,
    flag: str,
    images: Any,
    choice: str,
    mask: np.ndarray,
    cancel: threading.Event,
    report: Callable[[Report], None],
) -> Outcome | None:
    """Fine-tune on the labels of a frame that nobody else changes meanwhile.

    Returns
    -------
    Outcome or None
        None if it was cancelled before the first epoch had ended.
    """
    given: Mapping[str, Any] = {"image": images}
    report(Report("Looking for suspicious labels" if choice == "not suspicious" else "Reading images"))
    rows = choose_rows(choice, df, label, mask, tuner, images, flag)
    if cancel.is_set():
        return None
    task = plan(df, label, flag, rows, share=tuner.validation, seed=tuner.seed)
    report(Report("Looking at images as the network does before"))
    untrained = tuner.untrained(task)
    before = untrained.embed(df, **given)
    if cancel.is_set():
        return None
    report(Report("Reading images"))
    tuner.fit(
        df, label, image=images, flag=flag, rows=np.flatnonzero(rows), cancel=cancel, callbacks=[_Teller(tuner, report)]
    )
    if tuner.history_.empty:
        return None
    report(Report("Making vectors", history=tuner.history_))
    after = tuner.embed(df, **given)
    learned, held = tuner.train_rows_, tuner.held_out_rows_
    labeled = int((plan(df, label, flag, share=0.0).codes >= 0).sum())
    return Outcome(
        tuner,
        after,
        len(learned),
        len(held),
        labeled - len(learned) - len(held),
        _head_accuracy(before, task.codes, learned, held),
        float(tuner.history_["valid_accuracy"].iloc[int((tuner.history_["epoch"] == tuner.best_epoch_).argmax())]),
        neighbor_agreement(before, task.codes, learned, held),
        neighbor_agreement(after, task.codes, learned, held),
    )


def _head_accuracy(vectors: np.ndarray, codes: np.ndarray, learned: np.ndarray, held: np.ndarray) -> float:
    if not len(held):
        return float("nan")
    known, fold = np.full(len(codes), -1), np.full(len(codes), -1)
    known[learned], fold[held] = codes[learned], 0
    judged = by_heads(vectors, known, fold, int(codes.max()) + 1, only=0)
    return float((judged[held].argmax(axis=1) == codes[held]).mean())


def neighbor_agreement(vectors: np.ndarray, codes: np.ndarray, learned: np.ndarray, held: np.ndarray) -> float:
    """Return the share of held-out rows' nearest neighbors, among those learned from, that have their label.

    Examples
    --------
    >>> vectors = np.array([[0.0, 1], [0, 2], [1, 0], [2, 0], [0, 3]])
    >>> neighbor_agreement(vectors, np.array([0, 0, 1, 1, 0]), np.arange(4), np.array([4]))
    0.5
    """
    if not len(held):
        return float("nan")
    search = KNeighborsClassifier(min(NEIGHBORS, len(learned)), metric="cosine").fit(vectors[learned], codes[learned])
    nearest = search.kneighbors(vectors[held], return_distance=False)
    return float((codes[learned][nearest] == codes[held][:, None]).mean())


class _Teller(TrainerCallback):
    """Reports along the way, a few times a second."""

    def __init__(self, tuner: FineTuner, report: Callable[[Report], None]) -> None:
        self._tuner = tuner
        self._report = report
        self._began = self._told = 0.0
        self._steps = self._all = 0
        self._loss = 0.0

    def on_training_run_start(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Begin to count."""
        self._began = time.monotonic()
        self._all = trainer.run_config.num_local_update_steps_per_epoch * trainer.run_config.num_epochs

    def on_train_epoch_start(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Begin an epoch."""
        self._loss = 0.0
        self._epoch_steps = 0

    def on_train_step_end(self, trainer: NetworkTrainer, batch_output: dict, **kwargs: Any) -> None:
        """Tell loss and accuracy of this epoch so far."""
        self._steps += 1
        self._epoch_steps += 1
        self._loss += (float(batch_output["loss"].detach()) - self._loss) / self._epoch_steps
        now = time.monotonic()
        if now - self._told >= REPORT_SECONDS:
            self._told = now
            self._tell(trainer, self._loss, trainer.accuracy)

    def on_training_run_epoch_end(self, trainer: NetworkTrainer, **kwargs: Any) -> None:
        """Tell of the epoch."""
        history = trainer.run_history
        self._tell(trainer, history.get_latest_metric("train_loss_epoch"), history.get_latest_metric("train_accuracy"))

    def _tell(self, trainer: NetworkTrainer, loss: float, accuracy: float) -> None:
        left = (time.monotonic() - self._began) / self._steps * (self._all - self._steps)
        stage = f"Epoch {trainer.epoch + 1} of {self._tuner.epochs}"
        history = self._keeper(trainer).snapshot.history
        self._report(Report(stage, self._steps / self._all, left, loss, accuracy, pd.DataFrame(history)))

    def _keeper(self, trainer: NetworkTrainer) -> Any:
        from .callbacks import Keeper

        return next(each for each in trainer.callback_handler.callbacks if isinstance(each, Keeper))
