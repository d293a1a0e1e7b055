"""`embed`: from pictures to vectors, by a network without its head."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .requirements import require

require("torch", "torchvision")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from tqdm.auto import tqdm  # noqa: E402

from ..cache import Cache  # noqa: E402
from ..images import Images  # noqa: E402
from ..rows import some  # noqa: E402
from . import devices  # noqa: E402
from .backbones import probe, resolve  # noqa: E402
from .dataset import Batch, batches  # noqa: E402
from .known import KnownVectors  # noqa: E402

__all__ = ["embed"]


def embed(
    df: pd.DataFrame,
    backbone: str | nn.Module = "resnet50",
    weights: Any = "DEFAULT",
    *,
    image: str | Sequence[Any] = "filename",
    image_dir: str | os.PathLike | None = None,
    box: Sequence[str] | None = None,
    box_margin: float = 0.0,
    image_size: int | None = None,
    transform: Callable[[Any], torch.Tensor] | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    cache: bool = True,
    progress: bool = True,
) -> np.ndarray:
    """Turn images into vectors by a network without its head.

    Interrupt it at any time: what is done is kept in the cache, and the same call goes on from there.

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image.
    backbone : str or torch.nn.Module
        A classification network of torchvision's by name, whose last layer is taken off; or a module that returns
        features (batch, d), or a feature map (batch, d, h, w), which is averaged. A module is left as it is.
    weights : str, path, torchvision weights or None
        "DEFAULT" or another name of torchvision's weights (downloaded once, by torchvision), a file with a state
        dict, or None: random ones.
    image, image_dir, box, box_margin
        As for `PixPlot`.
    image_size : int, optional
        px of the square that the network is given. Default: what the weights were made for, 224 for a module.
    transform : callable, optional
        From a PIL image to a float tensor (3, h, w), in place of the weights' own transforms (for a module: shorter
        side to 8/7 of `image_size`, the middle cut out, ImageNet's mean and deviation). It runs in threads.
    batch_size : int
        Images at once.
    device : str or torch.device, optional
        Default: cuda, mps or cpu, the first there is. On cuda it computes in half precision.
    cache : bool
        Keep vectors in the user's cache folder, by the content of the image and of the network. With a `transform`
        that is no module nothing is kept, since it cannot be told apart from another.
    progress : bool
        Show a progress bar.

    Returns
    -------
    numpy.ndarray
        float32 (n, d). Rows whose image cannot be read are NaN; one warning names them. `PixPlot` shows them apart.

    Raises
    ------
    ImportError
        Without the extra: `pip install "pixplot_widget[train]"`.
    ValueError, TypeError, KeyError
        If an argument is wrong, or not a single image can be read.
    OSError
        If weights cannot be downloaded.

    Examples
    --------
    >>> pictures = [np.full((8, 8, 3), gray, np.uint8) for gray in (0, 100, 200)]
    >>> df = pd.DataFrame({"category": list("aab")})
    >>> embed(df, "resnet18", None, image=pictures, image_size=32, progress=False, cache=False).shape
    (3, 512)
    """
    images = Images(df, image, image_dir, box, box_margin)
    check_size("image_size", image_size, optional=True)
    check_size("batch_size", batch_size)
    where = devices.choose(device)
    found = resolve(backbone, weights, image_size)
    found.features.to(where).eval()
    known = None
    first = probe(found, where, transform)
    told_apart = transform is None or isinstance(transform, nn.Module)
    if cache and told_apart and (found.pretrained or weights is not None):
        mark = hashlib.blake2b(found.fingerprint(first))
        mark.update(f"{found.fit}|{transform!r}|{devices.precision(where)}".encode())
        known = KnownVectors(mark.digest(), Cache())
    vectors, failed = compute(
        images,
        lambda rows: batches(images, rows, found.fit, batch_size, transform=transform),
        lambda pictures: found.vectors(pictures, where),
        first.shape[1],
        device=where,
        known=known,
        progress=progress,
    )
    report_failed(failed, images)
    return vectors


def compute(
    images: Images,
    read: Callable[[np.ndarray], Iterable[Batch]],
    network: Callable[[torch.Tensor], torch.Tensor],
    width: int,
    *,
    device: torch.device,
    known: KnownVectors | None = None,
    progress: bool = True,
) -> tuple[np.ndarray, dict[int, str]]:
    """Run a network, which is in eval mode and on its device, over all pictures.

    Parameters
    ----------
    images : Images
        The pictures.
    read : callable
        From the rows that are to be looked at to batches of them.
    network : callable
        From a batch's pictures to float (b, width).
    width : int
        Of its results.
    device : torch.device
        Where it runs.
    known : KnownVectors, optional
        Results of before; new ones are added, also if it is interrupted.
    progress : bool
        Show a bar.

    Returns
    -------
    vectors : numpy.ndarray
        float32 (n, width), NaN where an image cannot be read.
    failed : dict
        From those rows to why.
    """
    vectors = np.full((len(images), width), np.nan, dtype=np.float32)
    keys = None
    if known is not None and len(images):
        keys = images.keys()
        known.find(keys, vectors)
    missing = np.flatnonzero(np.isnan(vectors[:, 0]))
    failed: dict[int, str] = {}
    fresh = 0
    try:
        with tqdm(total=len(images), initial=len(images) - len(missing), unit="image", disable=not progress) as bar:
            for batch in read(missing):
                failed.update(batch.failed)
                if len(batch.rows):
                    with torch.inference_mode(), devices.autocast(device):
                        vectors[batch.rows] = network(batch.pictures).float().cpu().numpy()
                fresh += len(batch.rows)
                bar.update(len(batch.rows) + len(batch.failed))
    finally:
        if known is not None and fresh:
            _keep(known, keys, vectors)
    return vectors, failed


def _keep(known: KnownVectors, keys: np.ndarray, vectors: np.ndarray) -> None:
    try:
        known.keep(keys, vectors)
    except OSError as error:
        warnings.warn(f"the vectors are not kept for the next time: {error}", stacklevel=4)


def report_failed(failed: dict[int, str], images: Images, stacklevel: int = 3) -> None:
    """Warn of rows that could not be read, once.

    Raises
    ------
    ValueError
        If it is all of them: then the paths are wrong rather than the pictures.
    """
    if not failed:
        return
    named = some((f"{images.names[row]}: {reason}" for row, reason in sorted(failed.items())), 3)
    if len(failed) == len(images):
        raise ValueError(f"none of the {len(images):,} images can be read: {named}")
    warnings.warn(
        f"{len(failed):,} of {len(images):,} images cannot be read and have no vector (NaN): {named}",
        stacklevel=stacklevel,
    )


def check_size(name: str, value: Any, *, least: int = 1, optional: bool = False) -> None:
    """Raise unless a value is a whole number of at least `least`, or None where that is allowed."""
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number{' or None' if optional else ''}, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value!r}")
