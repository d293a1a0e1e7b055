"""What a fine-tuned network says of images: vectors, probabilities, labels; and how it came to that."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..cache import Cache
from ..images import Images
from . import curves, devices
from .backbones import Backbone, probe
from .dataset import stored
from .embed import compute, report_failed
from .known import KnownVectors
from .task import Task, softmax

__all__ = ["Learned", "given_images"]


class Learned:
    """What can be asked of a `FineTuner` that has learned; its settings and its network are there."""

    @property
    def history_(self) -> pd.DataFrame:
        """A row an epoch: epoch, train_loss, train_accuracy, valid_loss, valid_accuracy, lr, seconds."""
        self._check_fitted()
        columns = ["epoch", "train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "lr", "seconds"]
        return pd.DataFrame(self._snapshot.history, columns=columns).astype({"epoch": "int64"})

    @property
    def best_epoch_(self) -> int:
        """The epoch whose network is in use, from 1; 0 if none was finished."""
        history = self.history_
        if history.empty:
            return 0
        loss = history["train_loss"] if history["valid_loss"].isna().all() else history["valid_loss"]
        return int(history["epoch"].iloc[int(loss.argmin())])

    @property
    def is_main_process_(self) -> bool:
        """Whether this is the first of the processes that train together, the one that should write files."""
        return int(os.environ.get("RANK", 0)) == 0

    def plot_history(self) -> curves.Curves:
        """Draw loss and accuracy by epoch.

        Returns
        -------
        Curves
            A picture that a notebook shows.

        Raises
        ------
        ValueError
            If nothing was learned yet: `fit` comes first.

        Examples
        --------
        >>> from torch import nn
        >>> from pixplot_widget import FineTuner
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> curves = tuner.plot_history()
        """
        return curves.Curves(self.history_)

    def embed(self, df: pd.DataFrame, *, cache: bool = True, **images: Any) -> np.ndarray:
        """Turn images into vectors by the fine-tuned network.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image, learned from or not.
        cache : bool
            Keep them in the user's cache folder.
        **images
            `image`, `image_dir`, `box`, `box_margin`, as for `PixPlot`.

        Returns
        -------
        numpy.ndarray
            float32 (n, d), NaN where an image cannot be read; one warning names those.

        Raises
        ------
        ValueError
            If nothing was learned yet: `fit` comes first.
        KeyError, TypeError
            If images are given wrongly: with what would be right.

        Examples
        --------
        >>> from torch import nn
        >>> from pixplot_widget import FineTuner
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> tuner.embed(df, image=pictures, cache=False).shape
        (24, 4)
        """
        return self._outputs(df, cache, images)[:, : self._width]

    def embed_untrained(self, df: pd.DataFrame, *, cache: bool = True, **images: Any) -> np.ndarray:
        """Turn images into vectors as `embed` does, by the network as it is before any fine-tuning.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image, learned from or not.
        cache : bool
            Keep what the network says of them in the user's cache folder.
        **images
            `image`, `image_dir`, `box`, `box_margin`, as for `PixPlot`.

        Returns
        -------
        numpy.ndarray
            float32 (n, d), NaN where an image cannot be read; one warning names those.

        Raises
        ------
        KeyError, TypeError, ValueError
            If images or settings are wrong: with what would be right. It needs no `fit`.

        Examples
        --------
        >>> from torch import nn
        >>> from pixplot_widget import FineTuner
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, image_size=8, min_size=None, device="cpu", progress=False)
        >>> tuner.embed_untrained(pd.DataFrame(index=range(3)), image=np.zeros((3, 8, 8), np.uint8), cache=False).shape
        (3, 4)
        """
        nothing = np.zeros(0, dtype=np.int64)
        return self.untrained(Task(nothing, [0, 1], nothing, nothing)).embed(df, cache=cache, **images)

    def predict_proba(self, df: pd.DataFrame, *, cache: bool = True, **images: Any) -> np.ndarray:
        """Give the probability of each class.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image, learned from or not.
        cache : bool
            Keep what the network says of them in the user's cache folder.
        **images
            `image`, `image_dir`, `box`, `box_margin`, as for `PixPlot`.

        Returns
        -------
        numpy.ndarray
            float32 (n, n_classes), columns as in `classes_`, rows add up to 1; NaN where an image cannot be read.

        Raises
        ------
        ValueError
            If nothing was learned yet: `fit` comes first.
        KeyError, TypeError
            If images are given wrongly: with what would be right.

        Examples
        --------
        >>> from torch import nn
        >>> from pixplot_widget import FineTuner
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> tuner.predict_proba(df, image=pictures, cache=False).shape
        (24, 2)
        """
        return softmax(self._outputs(df, cache, images)[:, self._width :])

    def predict(self, df: pd.DataFrame, *, cache: bool = True, **images: Any) -> np.ndarray:
        """Give the likeliest label of each image.

        Parameters
        ----------
        df : pandas.DataFrame
            One row an image, learned from or not.
        cache : bool
            Keep what the network says of them in the user's cache folder.
        **images
            `image`, `image_dir`, `box`, `box_margin`, as for `PixPlot`.

        Returns
        -------
        numpy.ndarray
            object (n,); None where an image cannot be read.

        Raises
        ------
        ValueError
            If nothing was learned yet: `fit` comes first.
        KeyError, TypeError
            If images are given wrongly: with what would be right.

        Examples
        --------
        >>> from torch import nn
        >>> from pixplot_widget import FineTuner
        >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in range(0, 240, 10)]
        >>> df = pd.DataFrame({"category": ["dark"] * 12 + ["light"] * 12})
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 8), nn.ReLU())
        >>> tuner = FineTuner(network, epochs=2, image_size=8, min_size=None, device="cpu", progress=False)
        >>> _ = tuner.fit(df, image=pictures)
        >>> set(tuner.predict(df, image=pictures, cache=False)) <= {"dark", "light"}
        True
        """
        logits = self._outputs(df, cache, images)[:, self._width :]
        found = np.full(len(logits), None, dtype=object)
        read = ~np.isnan(logits[:, 0])
        found[read] = self.classes_[logits[read].argmax(axis=1)]
        return found

    def _outputs(self, df: pd.DataFrame, cache: bool, given: Mapping[str, Any]) -> np.ndarray:
        """Return vectors and logits side by side, float32 (n, d + n_classes): both come of one pass."""
        self._check_fitted()
        images = given_images(df, given)
        known = None
        if cache:
            mark = self._fingerprint()
            known = KnownVectors(mark, Cache())
        kept = getattr(self, "_kept", None)
        pixels = None
        if kept is not None and len(kept[1].ready) == len(images) and np.array_equal(kept[0], images.keys()):
            pixels = kept[1]
        network = self._network.to(self._device).eval()
        outputs, failed = compute(
            images,
            lambda rows: stored(images, rows, pixels, self._backbone.fit, self.batch_size),
            lambda pictures: network.both(self._backbone.ready(pictures.to(self._device, non_blocking=True))),
            self._width + len(self.classes_),
            device=self._device,
            known=known,
            progress=self.progress,
        )
        report_failed(failed, images, stacklevel=4)
        return outputs

    def _fingerprint(self) -> bytes:
        if self._mark is None:
            found = Backbone(self._network, self._backbone.fit, self._backbone.mean, self._backbone.std)
            found.enlarged = self._backbone.enlarged
            self._network.to(self._device).eval()
            mark = hashlib.blake2b(found.fingerprint(probe(found, self._device)))
            mark.update(f"{found.fit}|{devices.precision(self._device)}".encode())
            self._mark = mark.digest()
        return self._mark

    def _check_fitted(self) -> None:
        if not hasattr(self, "_snapshot"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("this FineTuner has learned nothing yet: call fit(df) first")


def given_images(df: pd.DataFrame, given: Mapping[str, Any]) -> Images:
    """Return the pictures of a frame; `image` may be `Images` already, as the widget has them."""
    image = given.get("image")
    return image if isinstance(image, Images) else Images(df, **given)
