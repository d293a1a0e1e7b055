"""What users hand over as images: checked once, told apart, nothing opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from . import remote
from .decoding import ImageError

__all__ = ["BYTES", "check_kinds", "column_of_boxes", "column_of_images", "from_array", "joined", "starting_folder"]

BYTES = (bytes, bytearray, memoryview)


def column_of_images(df: pd.DataFrame, image: str | Sequence[Any]) -> list[Any]:
    """Return the n images or paths that a column name or a sequence stands for."""
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df must be a pandas DataFrame, not {type(df).__name__}")
    if isinstance(image, str):
        image = _named(df, image, "image")
    elif isinstance(image, BYTES) or not hasattr(image, "__len__") or not hasattr(image, "__iter__"):
        raise TypeError(f"image must be a column name or a sequence of {len(df)} images, not {type(image).__name__}")
    values = image.to_numpy(dtype=object).tolist() if isinstance(image, (pd.Series, pd.Index)) else list(image)
    if len(values) != len(df):
        raise ValueError(f"image has {len(values)} entries; df has {len(df)} rows")
    return values


def _named(df: pd.DataFrame, name: str, argument: str) -> pd.Series:
    if name not in df.columns:
        raise KeyError(f"{argument}={name!r} is not a column; the table has {list(df.columns)}")
    column = df[name]
    if isinstance(column, pd.DataFrame):
        raise ValueError(f"{argument}={name!r} names {column.shape[1]} columns; rename all but one")
    return column


def column_of_boxes(df: pd.DataFrame, box: Sequence[str]) -> np.ndarray:
    """Return x, y, width, height of each row: float64 (n, 4), NaN where missing."""
    if isinstance(box, str) or len(box) != 4:
        raise ValueError(f"box must be four column names (x, y, width, height), not {box!r}")
    columns = []
    for name in box:
        column = _named(df, name, "box")
        try:
            columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
        except (TypeError, ValueError) as error:
            raise ValueError(f"box column {name!r} must hold numbers (pixels): {error}") from None
    return np.column_stack(columns)


def starting_folder(image_dir: str | os.PathLike | None) -> str:
    """Return where relative paths start, as an absolute path or a URL."""
    if image_dir is None:
        return os.getcwd()
    if not isinstance(image_dir, (str, os.PathLike)):
        raise TypeError(f"image_dir must be a path, not {type(image_dir).__name__}")
    path = os.fspath(image_dir)
    if remote.is_url(path):
        return path
    path = os.path.abspath(os.path.expanduser(path))
    if not os.path.isdir(path):
        raise ValueError(f"image_dir={os.fspath(image_dir)!r} is not a folder")
    return path


def joined(folder: str, path: str) -> str:
    """Return where a path leads from a folder, either of which may be a URL."""
    if path.startswith("~"):
        path = os.path.expanduser(path)
    if remote.is_url(folder):
        return path if os.path.isabs(path) else f"{folder.rstrip('/')}/{path}"
    return os.path.join(folder, path)


def check_kinds(values: list[Any], folder: str) -> None:
    """Refuse a table none of whose rows can be an image: a wrong column is an error, a bad row is a placeholder."""
    kinds = set(map(type, values))
    usable = [kind for kind in kinds if issubclass(kind, (str, os.PathLike, *BYTES, np.ndarray, Image.Image))]
    if values and not usable and not all(pd.api.types.is_scalar(v) and pd.isna(v) for v in values):
        names = sorted(kind.__name__ for kind in kinds)
        raise TypeError(
            f"images must be paths, bytes, PIL images or uint8 arrays (h, w[, 3|4]); these are {', '.join(names)}"
        )
    if kinds == {np.ndarray}:
        wrong = next((v for v in values if not _is_picture(v)), None)
        if wrong is not None and not any(map(_is_picture, values)):
            raise ValueError(f"image: {WRONG_ARRAY.format(wrong.dtype, wrong.shape)}")
    if any(issubclass(kind, str) for kind in kinds):
        remote.check(values, folder)


WRONG_ARRAY = "arrays must be uint8 of shape (h, w), (h, w, 3) or (h, w, 4), not {} {}"


def _is_picture(array: np.ndarray) -> bool:
    flat = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    return flat and array.dtype in (np.uint8, np.bool_)


def from_array(array: np.ndarray) -> Image.Image:
    """Return an array of pixels as an image, or say why it is none."""
    if not _is_picture(array):
        raise ImageError(WRONG_ARRAY.format(array.dtype, array.shape))
    if not array.size:
        raise ImageError("empty: it has no pixels")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(array))
