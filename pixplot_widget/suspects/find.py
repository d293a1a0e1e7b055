"""Rows that deserve a second look: labels that are probably wrong, duplicates, outliers and bad pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import instead
from ..images import Images
from ..labels import LabelColumn
from ..neighbors import check_vectors, knn
from ..thumbnails import ThumbnailStore
from ..thumbnails.features import thumbnail_vectors
from .duplicates import duplicates_of
from .labels import class_probabilities, from_neighbors, suspicion_of
from .outliers import outlier_scores
from .quality import Quality

__all__ = ["find_suspects"]

NEIGHBORS = 20
"""How many of the nearest rows are looked at; also the default of scikit-learn's LocalOutlierFactor."""


def find_suspects(
    df: pd.DataFrame,
    vectors: Any = None,
    label: str = "category",
    proba: Any = None,
    *,
    image: str | Sequence[Any] | None = "filename",
    image_dir: str | Path | None = None,
    box: Sequence[str] | None = None,
    n_neighbors: int = NEIGHBORS,
    progress: bool = True,
) -> pd.DataFrame:
    """Score every row by how much it deserves a second look.

    Parameters
    ----------
    df : pandas.DataFrame
        One row an image.
    vectors : array-like of shape (n, d), optional
        What makes images similar. A row of NaN is an image without a vector. None: vectors made from the images
        themselves, those that `PixPlot` makes; a network's find more.
    label : str
        The column of labels. Missing values are rows without a label.
    proba : array-like of shape (n, n_classes), or pandas.DataFrame, optional
        Probability of each label for each row, from a model that did not see the row's own label (out of fold).
        Columns are the labels, in the order of scikit-learn's ``classes_`` (sorted) where it is an array. None:
        estimated from the labels of the nearest rows.
    image : str, sequence of length n, or None
        The images, as `PixPlot` takes them. None: pictures are not looked at, and what they would tell is missing.
    image_dir : path, optional
        Where relative paths start.
    box : four column names, optional
        x, y, width and height in px: each row is that crop.
    n_neighbors : int
        How many of the nearest rows are compared with each.
    progress : bool
        Show a bar while pictures are read.

    Returns
    -------
    pandas.DataFrame
        With the index of `df` and the columns

        ``suspicion``
            float in [0, 1]: half of 1 plus the margin by which another label is more probable than the one given, so
            that above 0.5 another one is. Missing where there is no label or nothing to judge by.
        ``suggested``
            The most probable other label where that is more probable than the given one, and the most probable label
            of rows without one; else missing.
        ``duplicate_of``
            Position of the first row that shows (nearly) the same picture; -1: none.
        ``outlier``
            float in [0, 1): 0 as densely among its neighbors as they are among theirs, 0.5 at half that density.
            Missing without a vector.
        ``dark``, ``bright``, ``blurry``, ``odd_shape``
            Whether the picture is nearly black, nearly white, out of focus, or of a shape unlike the others'; missing
            where it could not be read.

    Raises
    ------
    TypeError, KeyError, ValueError
        If an argument is wrong: with what is, and what would be right; also if there are neither vectors nor images.

    Notes
    -----
    The margin is that of confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty
    in Dataset Labels", JAIR 2021), the outliers are the local outlier factor f (Breunig et al., 2000) as 1 - 1 / f.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> vectors = np.concatenate([rng.normal([8, 0, 0], 1, (30, 3)), rng.normal([0, 8, 0], 1, (30, 3))])
    >>> df = pd.DataFrame({"category": ["cat"] * 30 + ["dog"] * 30})
    >>> df.loc[7, "category"] = "dog"
    >>> report = find_suspects(df, vectors, image=None)
    >>> int(report["suspicion"].idxmax()), report["suggested"][7]
    (7, 'cat')
    """
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df must be a pandas DataFrame with one row an image, not {type(df).__name__}")
    if label not in df.columns:
        raise KeyError(f"label={label!r} is no column of df; {instead(label, df.columns)}")
    if not isinstance(n_neighbors, (int, np.integer)) or n_neighbors < 1:
        raise ValueError(f"n_neighbors must be a whole number of at least 1, not {n_neighbors!r}")
    if vectors is None and image is None:
        raise ValueError("without vectors the images must be looked at: give vectors, or image= as to PixPlot")
    checked = None if vectors is None else check_vectors(vectors, len(df))
    column = LabelColumn(df[label])
    images = None if image is None else Images(df, image, image_dir, box)
    vectors = _vectors_of(images) if checked is None else checked
    near, distances = knn(vectors, min(int(n_neighbors), max(1, len(df) - 1)))
    if proba is None:
        probabilities = from_neighbors(column.codes, len(column.names), near, distances)
    else:
        probabilities = class_probabilities(proba, column)
    suspicion, suggested = suspicion_of(probabilities, column.codes)
    quality = Quality(len(df)) if images is None else Quality.of(images, progress)
    report = {
        "suspicion": suspicion,
        "suggested": pd.Series([column.decode(code) for code in suggested], dtype=object).to_numpy(),
        "duplicate_of": duplicates_of(near, distances, quality.prints),
        "outlier": outlier_scores(near, distances),
        **quality.flags(),
    }
    return pd.DataFrame(report, index=df.index)


def _vectors_of(images: Images) -> np.ndarray:
    """Describe images by their colors and shapes, as a plot without vectors does, and with the thumbnails it keeps."""
    store = ThumbnailStore(images)
    try:
        store.prepare()
        return thumbnail_vectors(store)
    finally:
        store.close()
