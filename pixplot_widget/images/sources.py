"""What users hand over as images: checked once, told apart, nothing opened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from ..errors import instead
from . import remote
from .decoding import ImageError
from .local import spelled_as_on_disk

__all__ = [
    "BYTES",
    "as_bytes",
    "check_kinds",
    "column_of_boxes",
    "column_of_images",
    "from_array",
    "joined",
    "starting_folder",
]

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
    wrapped = tuple(kind for kind in set(map(type, values)) if issubclass(kind, Mapping) or hasattr(kind, "as_py"))
    return [_unwrapped(value) if isinstance(value, wrapped) else value for value in values] if wrapped else values


def _unwrapped(value: Any) -> Any:
    """Give what a value of Arrow's holds; of a record of Hugging Face's `datasets` the encoded bytes, or the path."""
    value = value.as_py() if hasattr(value, "as_py") else value
    if not isinstance(value, Mapping) or not value.keys() & {"bytes", "path"}:
        return value
    data = value.get("bytes")
    if isinstance(data, BYTES) and len(data):
        return data
    path = value.get("path")
    return path if isinstance(path, (str, os.PathLike)) and path != "" else data


def as_bytes(value: bytes | bytearray | memoryview) -> bytes:
    """Return encoded bytes as such, whatever holds them: not copied where they are `bytes` already."""
    return value if type(value) is bytes else bytes(value)


def _named(df: pd.DataFrame, name: str, argument: str) -> pd.Series:
    if name not in df.columns:
        if name in df.index.names:
            raise KeyError(f"{argument}={name!r} is the index and not a column; df.reset_index() makes it one")
        likely = [column for column in df.columns if argument == "image" and _holds_images(df[column])]
        hint = f"{argument}={likely[0]!r} looks like it" if len(likely) == 1 else instead(name, df.columns)
        raise KeyError(f"{argument}={name!r} is not a column; {hint}")
    column = df[name]
    if isinstance(column, pd.DataFrame):
        raise ValueError(f"{argument}={name!r} names {column.shape[1]} columns; rename all but one")
    return column


def _holds_images(column: Any) -> bool:
    """Whether the first value of a column is a picture, or a path that ends as one does."""
    first = next((value for value in column if value is not None), None) if isinstance(column, pd.Series) else None
    if isinstance(first, (str, os.PathLike)):
        return os.path.splitext(os.fspath(first))[1].lower() in Image.registered_extensions()
    return isinstance(first, (*BYTES, Image.Image)) or (isinstance(first, np.ndarray) and _is_picture(first))


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
    path = spelled_as_on_disk(os.path.abspath(os.path.expanduser(os.fsdecode(path))))
    if not os.path.isdir(path):
        raise ValueError(f"image_dir={os.fspath(image_dir)!r} is not a folder")
    return path


def joined(folder: str, path: str) -> str:
    """Return where a path leads from a folder, either of which may be a URL.

    Examples
    --------
    >>> joined("s3://bucket", "a.jpg"), joined("zip://inside::s3://bucket/all.zip", "a.jpg")
    ('s3://bucket/a.jpg', 'zip://inside/a.jpg::s3://bucket/all.zip')
    """
    if path.startswith("~"):
        path = os.path.expanduser(path)
    if remote.is_url(folder):
        inside, chain, archive = folder.partition("::")
        between = "" if inside.endswith("/") else "/"
        return path if os.path.isabs(path) else f"{inside}{between}{path}{chain}{archive}"
    return os.path.join(folder, path)


def check_kinds(values: list[Any], folder: str) -> None:
    """Refuse a table none of whose rows can be an image: a wrong column is an error, a bad row is a placeholder."""
    kinds = set(map(type, values))
    usable = [kind for kind in kinds if issubclass(kind, (str, os.PathLike, *BYTES, np.ndarray, Image.Image))]
    if values and not usable and not all(pd.api.types.is_scalar(v) and pd.isna(v) for v in values):
        names = sorted(kind.__name__ for kind in kinds)
        arrays = next((f" (of tensors: {_as_uint8(v)})" for v in values if hasattr(v, "permute")), "")
        raise TypeError(
            "images must be paths, bytes, PIL images or uint8 arrays (h, w[, 3|4]); "
            f"these are {', '.join(names)}{arrays}"
        )
    if kinds == {np.ndarray}:
        wrong = next((v for v in values if not _is_picture(v)), None)
        if wrong is not None and not any(map(_is_picture, values)):
            raise ValueError(f"image: {WRONG_ARRAY.format(wrong.dtype, wrong.shape)}: {_as_uint8(wrong)}")
    if any(issubclass(kind, str) for kind in kinds):
        remote.check(values, folder)


def _as_uint8(array: Any) -> str:
    """Say in code what makes pictures of an array or a tensor (of channels first, of 0 to 1) that is none."""
    tensor, shape = hasattr(array, "permute"), tuple(array.shape)
    first = len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4)
    floats = "float" in str(array.dtype)
    each = "x"
    if first:
        each += ".permute(1, 2, 0)" if tensor else ".transpose(1, 2, 0)"
    if tensor:
        each += ".numpy(force=True)"
    if floats:
        each = f"({each} * 255).astype('uint8')"
    elif "uint16" in str(array.dtype):
        each = f"({each} // 256).astype('uint8')"
    elif str(array.dtype).rpartition(".")[2] not in ("uint8", "bool"):
        each += ".astype('uint8')"
    return f"[{each} for x in images]" + (" where they go from 0 to 1" if floats else "")


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
