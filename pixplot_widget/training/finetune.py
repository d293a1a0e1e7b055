"""`FineTuner`: a network fine-tuned on the labels of a table, for vectors in which its classes stand apart."""

from __future__ import annotations

import math
import os
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .requirements import require

require("torch", "torchvision", "pytorch_accelerated")

import torch  # noqa: E402
from pytorch_accelerated.callbacks import TrainerCallback  # noqa: E402
from torch import nn  # noqa: E402

from .augment import Augmentation  # noqa: E402
from .callbacks import Halt, Halted, Keeper, Snapshot  # noqa: E402
from .crossfit import CrossFit, cross_fit  # noqa: E402
from .dataset import MEMORY_LIMIT, Pixels  # noqa: E402
from .embed import check_size, report_failed  # noqa: E402
from .learned import Learned, given_images  # noqa: E402
from .learning import Learning  # noqa: E402
from .storage import read_file, write_file  # noqa: E402
from .task import Task, plan, softmax  # noqa: E402

__all__ = ["FineTuner"]


class FineTuner(Learning, Learned, BaseEstimator):
    """Fine-tune a network on the labels of a DataFrame.

    Parameters
    ----------
    backbone : str or torch.nn.Module
        A classification network of torchvision's by name, or a module that returns features (see `embed`). A module
        is copied.
    weights : str, path, torchvision weights or None
        What it starts from, as for `embed`.
    epochs : int
        At most. The network of the epoch with the lowest loss on held-out images is kept.
    image_size : int
        px of the square that the network is given.
    min_size : int or None
        px to which the longest side of an image is brought first; the rest of the square is filled with black, and
        all is enlarged to `image_size`. As in PixPlotML: 60 makes small and large images alike. None: `image_size`.
    batch_size : int
        Images a step, and device.
    lr : float
        Learning rate of the new head, reached after `warmup`. Lower ones were no better for few images: learning 238
        photos of 10 classes at 96 px for 8 epochs (EfficientNet-Lite0), 103 others agreed with the classes of their 10
        nearest neighbors by 0.35 before, by 0.38 at 1e-3, and by 0.34, 0.32 and 0.32 at 5e-4, 2e-4 and 1e-4, with
        accuracies of 0.51, 0.46, 0.47 and 0.50. In a second split the head alone was best at each of the first three.
    lr_decay : float, optional
        Each stage of the backbone learns at this share of the rate of the stage behind it. Default: 0.6 where the
        backbone has learned something, 1 where its weights are random.
    weight_decay : float
        Of AdamW.
    warmup : float
        Share of all steps in which the rate rises from 0; then it falls by a cosine to 0.
    freeze_epochs : int, optional
        So many epochs train the head only, which begins as a logistic regression on the features as they are.
        Default: 1 where the backbone has learned something, else 0: then it begins with random numbers.
    unfreeze_stages : int, optional
        So many more stages of the backbone, from its end, are trained in each epoch after that; for small data, where
        all at once would forget too much. Default: all.
    validation : float
        Share of the labeled images that is held out, of each class alike. A class of one image is trained on.
    patience : int, optional
        Stop when the loss of held-out images has not fallen for so many epochs. None: never.
    label_smoothing : float
        In [0, 1).
    class_weight : "balanced", mapping or None
        "balanced": rare classes count as much as frequent ones. A mapping: from labels to weights, 1 for others.
    augment : Augmentation or bool
        How images are varied while they are learned from; True: as PixPlotML does, False: not at all.
    seed : int
        Of split, order, augmentation and dropout.
    device : str or torch.device, optional
        Default: cuda, mps or cpu, the first there is.
    memory_limit : int
        Bytes of decoded images that may be held in memory; beyond, they are mapped from a file.
    progress : bool
        Show progress bars.

    Attributes
    ----------
    classes_ : numpy.ndarray
        Labels, in the order of `predict_proba`'s columns.
    history_ : pandas.DataFrame
        A row an epoch: epoch, train_loss, train_accuracy, valid_loss, valid_accuracy, lr, seconds.
    best_epoch_ : int
        The one whose network is in use, from 1.
    is_main_process_ : bool
        False in all but one of several processes that train together.
    train_rows_, held_out_rows_ : numpy.ndarray
        int64 positions in the frame that was learned from.

    Raises
    ------
    ImportError
        Without the extra: `pip install "pixplot_widget[train]"`.

    Notes
    -----
    Training is done by pytorch-accelerated's `Trainer` (Hughes, 2021), with AdamW (Loshchilov and Hutter, 2019) and a
    rate that differs by stage (Howard and Ruder, 2018). Under `accelerate launch` or `notebook_launcher` it runs on
    all devices.

    Examples
    --------
    >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
    >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
    >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
    >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
    >>> tuner.fit(df, image=pictures).embed(df, image=pictures, cache=False).shape
    (24, 4)
    >>> tuner.classes_.tolist(), tuner.predict_proba(df, image=pictures, cache=False).shape
    (['dark', 'light'], (24, 2))
    """

    def __init__(
        self,
        backbone: str | nn.Module = "resnet50",
        weights: Any = "DEFAULT",
        *,
        epochs: int = 20,
        image_size: int = 224,
        min_size: int | None = 60,
        batch_size: int = 64,
        lr: float = 1e-3,
        lr_decay: float | None = None,
        weight_decay: float = 0.01,
        warmup: float = 0.1,
        freeze_epochs: int | None = None,
        unfreeze_stages: int | None = None,
        validation: float = 0.1,
        patience: int | None = 5,
        label_smoothing: float = 0.0,
        class_weight: str | Mapping[Any, float] | None = None,
        augment: Augmentation | bool = True,
        seed: int = 0,
        device: str | torch.device | None = None,
        memory_limit: int = MEMORY_LIMIT,
        progress: bool = True,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.epochs = epochs
        self.image_size = image_size
        self.min_size = min_size
        self.batch_size = batch_size
        self.lr = lr
        self.lr_decay = lr_decay
        self.weight_decay = weight_decay
        self.warmup = warmup
        self.freeze_epochs = freeze_epochs
        self.unfreeze_stages = unfreeze_stages
        self.validation = validation
        self.patience = patience
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.augment = augment
        self.seed = seed
        self.device = device
        self.memory_limit = memory_limit
        self.progress = progress

    # --- learning ---

    def fit(
        self,
        df: pd.DataFrame,
        label: str = "category",
        *,
        image: str | Sequence[Any] = "filename",
        image_dir: str | os.PathLike | None = None,
        box: Sequence[str] | None = None,
        box_margin: float = 0.0,
        flag: str | None = "remove",
        rows: Any = None,
        held_out: Any = None,
        resume: bool = False,
        callbacks: Sequence[TrainerCallback] = (),
        cancel: threading.Event | None = None,
    ) -> FineTuner:
        """Learn the labels of a DataFrame.

        Interrupt it at any time: the best network so far is in use, and `resume=True` goes on from the last whole
        epoch, to the same result as if it had never been interrupted.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image. Rows without a label, flagged ones and those that cannot be read are not learned from.
        label : str
            The column of labels, of any dtype.
        image, image_dir, box, box_margin
            As for `PixPlot`.
        flag : str, optional
            The boolean column of flagged rows; it need not be there.
        rows : rows, optional
            What may be learned from: positions, a mask or index labels. Default: all.
        held_out : rows, optional
            What is held out, in place of a stratified share of the rows.
        resume : bool
            Go on with what was interrupted, of the same frame.
        callbacks : sequence of pytorch_accelerated.TrainerCallback
            Called along the way, after ours.
        cancel : threading.Event, optional
            Set it from another thread to end this soon; the best network so far is then in use.

        Returns
        -------
        FineTuner
            Itself.

        Raises
        ------
        KeyError, TypeError, ValueError
            If an argument is wrong, or there are not two classes to tell apart.
        FloatingPointError
            If the loss is no number in the first epoch already: try a lower `lr`.

        Examples
        --------
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> len(tuner.train_rows_), len(tuner.held_out_rows_), len(tuner.history_)
        (22, 2, 2)
        """
        self._check()
        images = given_images(df, {"image": image, "image_dir": image_dir, "box": box, "box_margin": box_margin})
        draw = {"flag": flag, "rows": rows, "held": held_out, "share": self.validation, "seed": self.seed}
        task = plan(df, label, **draw)
        if resume:
            self._check_resumable(task)
        else:
            self._build(task)
        pixels = self._pixels_of(images)
        self._decode(pixels, np.concatenate([task.train, task.held]), cancel)
        if cancel is not None and cancel.is_set():
            self._use_best()
            return self
        task = plan(df, label, **draw, readable=pixels.ready | (task.codes < 0))
        report_failed({row: why for row, why in pixels.failed.items() if task.codes[row] >= 0}, images)
        self.train_rows_, self.held_out_rows_ = task.train, task.held
        keeper = Keeper(self._snapshot)
        try:
            self._train(task, pixels, keeper, [*callbacks, *([] if cancel is None else [Halt(cancel)])])
        except Halted as reason:
            if str(reason):
                warnings.warn(str(reason), stacklevel=2)
        finally:
            self._snapshot = keeper.snapshot
            self._use_best()
        if not self._snapshot.best and not (cancel is not None and cancel.is_set()):
            raise FloatingPointError(f"the loss is no number in the first epoch: lr={self.lr} is too high for this")
        return self

    def _check(self) -> None:
        for name in ("epochs", "image_size", "batch_size"):
            check_size(name, getattr(self, name))
        for name in ("min_size", "patience", "unfreeze_stages"):
            check_size(name, getattr(self, name), optional=True)
        check_size("freeze_epochs", self.freeze_epochs, least=0, optional=True)
        check_size("seed", self.seed, least=0)
        bounds = {"validation": 1, "warmup": 1, "label_smoothing": 1, "lr": math.inf, "weight_decay": math.inf}
        for name, below in bounds.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < below:
                raise ValueError(f"{name} must be a number in [0, {below}), not {value!r}")
        if self.lr_decay is not None and not 0 < self.lr_decay <= 1:
            raise ValueError(f"lr_decay must be in (0, 1], not {self.lr_decay!r}")
        if not isinstance(self.augment, (bool, Augmentation)):
            raise TypeError(f"augment must be True, False or an Augmentation, not {self.augment!r}")
        if self.min_size is not None and self.min_size > self.image_size:
            raise ValueError(f"min_size={self.min_size} must not be over image_size={self.image_size}")

    def cross_fit(
        self,
        df: pd.DataFrame,
        label: str = "category",
        *,
        folds: int = 5,
        method: str = "frozen",
        flag: str | None = "remove",
        rows: Any = None,
        **images: Any,
    ) -> CrossFit:
        """Judge each image by a model that has never seen its label.

        A network that was trained on a wrong label has learned it, and so hides the very errors that one looks for.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image.
        label : str
            The column of labels.
        folds : int
            So many models, each trained without one of as many parts.
        method : {"frozen", "finetune"}
            "frozen": the network stays as it starts, so that its vectors have seen no label and lie in one space;
            a linear head is trained for each fold. "finetune": a network is fine-tuned for each fold, and their
            vectors are turned onto each other by what they have in common (orthogonal Procrustes).
        flag, rows
            As for `fit`. What is left out is judged by the mean of all models.
        **images
            `image`, `image_dir`, `box`, `box_margin`, as for `PixPlot`.

        Returns
        -------
        CrossFit
            `vectors`, `proba`, `classes`, `fold`, `confidence`, `accuracy`. This object is as it was before. A class
            of one image is unknown to the model that judges that image, which takes it for another.

        Raises
        ------
        ValueError
            If `folds` is not from 2 to the number of labeled images, or `method` is unknown.

        Examples
        --------
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, image_size=8, min_size=None, device="cpu", progress=False)
        >>> found = tuner.cross_fit(df, folds=3, image=pictures)
        >>> found.vectors.shape, found.proba.shape, sorted(set(found.fold.tolist()))
        ((24, 4), (24, 2), [0, 1, 2])
        """
        return cross_fit(self, df, label, folds, method, {"flag": flag, "rows": rows}, images)

    # --- what `cross_fit` is made of ---

    def untrained(self, task: Task) -> FineTuner:
        """Return one with these settings and the network it would start from."""
        tuner = type(self)(**self.get_params(deep=False))
        tuner._check()
        tuner._build(task)
        return tuner

    def decoded(self, df: pd.DataFrame, given: Mapping[str, Any], task: Task) -> Pixels:
        """Return the pictures as this would be given them."""
        tuner = self.untrained(task)
        images = given_images(df, given)
        pixels = tuner._pixels_of(images)
        tuner._decode(pixels, np.arange(len(images)))
        return pixels

    def learned_elsewhere(
        self, df: pd.DataFrame, label: str, rows: np.ndarray, pixels: Pixels, given: Mapping[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors and probabilities of all rows, by one with these settings that learned from some of them."""
        tuner = type(self)(**self.get_params(deep=False))
        tuner._kept = (pixels.images.keys(), pixels)
        tuner.fit(df, label, flag=None, rows=rows, **given)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*images cannot be read")  # was said before
            found = tuner._outputs(df, False, given)
        return found[:, : tuner._width], softmax(found[:, tuner._width :])

    # --- keeping it ---

    def save(self, path: str | os.PathLike) -> None:
        """Write the network in use, its classes and its settings to a file.

        Parameters
        ----------
        path : path
            Such as "clothes.pt".

        Raises
        ------
        ValueError
            If nothing was learned yet: `fit` comes first.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     tuner.save(Path(folder, "tones.pt"))
        ...     FineTuner.load(Path(folder, "tones.pt"), network).classes_.tolist()
        ['dark', 'light']
        """
        self._check_fitted()
        write_file(
            path,
            self.get_params(deep=False),
            {
                "classes": self.classes_.tolist(),
                "network": {name: tensor.cpu() for name, tensor in self._network.state_dict().items()},
                "normalize": (tuple(self._backbone.mean), tuple(self._backbone.std)),
                "history": self._snapshot.history,
                "rows": (self.train_rows_.tolist(), self.held_out_rows_.tolist()),
            },
        )

    @classmethod
    def load(
        cls, path: str | os.PathLike, backbone: nn.Module | None = None, device: str | torch.device | None = None
    ) -> FineTuner:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path
            The file.
        backbone : torch.nn.Module, optional
            A module as it was fitted with, where that was no name: a file has weights, not code.
        device : str or torch.device, optional
            Where it is to run.

        Returns
        -------
        FineTuner
            Fitted.

        Raises
        ------
        ValueError
            If the file is none of these, or needs a `backbone`.
        FileNotFoundError
            If there is no such file.

        Examples
        --------
        See `save`.
        """
        settings, content = read_file(path, backbone)
        tuner = cls(**{**settings, "device": device})
        task = Task(np.zeros(0, np.int64), content["classes"], *(np.array(r, np.int64) for r in content["rows"]))
        tuner._build(task)
        mean, std = content["normalize"]
        tuner._backbone.mean, tuner._backbone.std = tuple(mean), tuple(std)
        tuner._network.load_state_dict(content["network"])
        tuner._snapshot = Snapshot(len(content["history"]), best=content["network"], history=content["history"])
        tuner.train_rows_, tuner.held_out_rows_ = task.train, task.held
        tuner._use_best()
        return tuner
