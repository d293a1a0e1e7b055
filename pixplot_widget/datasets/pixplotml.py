"""A folder as PixPlotML lays it out; it may be somebody else's, so that nothing in it is trusted."""

from __future__ import annotations

import os
import re
import struct
import tokenize
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from ..files import Inside
from ..rows import counted, some
from ..tables import as_numbers, read_table, told_numbers
from ..values import text_column
from .folder import existing_folder

__all__ = ["from_pixplotml", "pixplotml_table"]

_TEXTS = ("filename", "blob_path", "category", "tags", "label", "description", "permalink")
_NUMBERS = ("year", "lat", "lng")
_DAMAGE = (
    *(ValueError, TypeError, KeyError, OverflowError, EOFError, SyntaxError, RecursionError, MemoryError),
    *(tokenize.TokenError, struct.error),
)
"""What numpy's reader of headers raises at foreign bytes."""


def from_pixplotml(folder: str | os.PathLike, *, outside: bool = False) -> tuple[pd.DataFrame, np.ndarray | None]:
    r"""Read a folder as PixPlotML lays it out: metadata.csv, images/ and image_vectors.npy.

    Parameters
    ----------
    folder : path
        Where those three lie. metadata.csv has one row an image, in the order of the vectors, and at least a column
        `filename`; others that PixPlot knows by name are `category`, `tags` (with "|" between them), `description`,
        `permalink`, `year`, `lat` and `lng`. As in PixPlotML, a column `blob_path` says where below images/ the
        file lies if that is not its `filename`, and capitals in column names do not count.

    outside : bool
        Whether a name may lead out of images/, as "../a.jpg", an absolute path or a link may. A table of somebody
        else's could name any file of yours, which would be shown, and go along wherever the images go. If not, such
        a name is taken as one below images/, where nothing is, as archives are unpacked; a warning tells of it.

    Returns
    -------
    df : pandas.DataFrame
        metadata.csv with `filename` as absolute path. Text stays text: filename, category, tags, label, description
        and permalink always, also what looks like a number or a missing value ("007", "NA"). year, lat and lng are
        numbers. Another column is one of numbers if each would be written as it stands there, as "7" and "0.5" would,
        but not "1.50", "1e5" or "TRUE"; ``pandas.to_numeric(df["score"])`` makes numbers of those. An empty field is a
        missing value.
    vectors : float (n, d) or None
        image_vectors.npy; None where the folder has none, and then `PixPlot(df, None)` makes its own.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If the folder, its metadata.csv or every single image is missing.
    KeyError
        If metadata.csv has no column `filename`.
    ValueError
        If metadata.csv cannot be read as CSV in UTF-8, has no rows, a row without file name or two columns of a name
        that PixPlot knows, or the vectors are not numbers, one row an image.

    Warns
    -----
    UserWarning
        Names that lead out of images/; a column of numbers that holds something else.

    Notes
    -----
    Fields may be separated by semicolons or tabs too, and empty ones at the end of rows are passed over.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from PIL import Image
    >>> from pixplot_widget import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.mkdir(os.path.join(folder, "images"))
    ...     Image.new("RGB", (8, 8)).save(os.path.join(folder, "images", "bees.jpg"))
    ...     with open(os.path.join(folder, "metadata.csv"), "w") as file:
    ...         _ = file.write("filename,category,tags\nbees.jpg,yellow,a|b|c\n")
    ...     np.save(os.path.join(folder, "image_vectors.npy"), np.zeros((1, 4), "float32"))
    ...     df, vectors = datasets.from_pixplotml(folder)
    >>> df.loc[0, "category"], vectors.shape
    ('yellow', (1, 4))
    """
    df = pixplotml_table(folder, outside=outside)
    return df, _read_vectors(existing_folder(folder) / "image_vectors.npy", len(df))


def pixplotml_table(folder: str | os.PathLike, *, outside: bool = False) -> pd.DataFrame:
    """Read such a folder without its vectors, which may be of an older table, or not be there yet."""
    root = existing_folder(folder)
    df = _read_metadata(root / "metadata.csv")
    images = root / "images"
    files = df["blob_path"].fillna(df["filename"]) if "blob_path" in df else df["filename"]
    paths = [str(images / name) for name in files]
    if not outside:
        paths = _kept_inside(images, files.tolist())
    if not any(map(os.path.isfile, paths)):
        raise FileNotFoundError(
            f"None of the {len(paths):,} images that metadata.csv names is there; the first would be {paths[0]}"
            + ("" if outside else ". If it names files out of images/ that you trust, outside=True reads them")
        )
    return df.assign(filename=text_column(paths))


def _kept_inside(images: Path, names: list[str]) -> list[str]:
    """Give the paths of names below a folder; of those that lead out of it, links resolved, paths that lead nowhere."""
    inside = Inside(str(images))
    nowhere = images / ".outside"
    while os.path.lexists(nowhere):  # it might lead somewhere else again
        nowhere = nowhere.with_name(f"{nowhere.name}_")
    paths, left = [], []
    for name in names:
        path = str(images / name)
        if not inside.holds(path):
            left.append(name)
            path = str(nowhere.joinpath(*(part for part in re.split(r"[/\\]", name) if part.strip(". "))))
        paths.append(path)
    if left:
        warnings.warn(
            f"{counted(len(left))} of metadata.csv left out, for {some(left)} is not below {str(images)!r}; "
            "if you trust where such names lead, outside=True reads them",
            stacklevel=4,
        )
    return paths


def _read_metadata(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise FileNotFoundError(f"There is no {path}: PixPlotML keeps its table of images under that name")
    df = read_table(path, ["filename"], fold=True)
    for name in (*_TEXTS, *_NUMBERS):
        if f"{name}.1" in df:
            raise ValueError(f"{path} has two columns {name!r}, capitals not counted; rename all but one")
    if df.empty:
        raise ValueError(f"{path} has a header and no rows")
    nameless = np.flatnonzero(df["filename"].isna())
    if len(nameless):
        raise ValueError(f"{path} has rows without a filename: {', '.join(map(str, nameless[:10]))} (counted from 0)")
    return pd.DataFrame({name: _as_told(name, df[name]) for name in df.columns})


def _as_told(name: str, column: pd.Series) -> pd.Series:
    if name in _TEXTS:
        return column
    if name not in _NUMBERS:
        return told_numbers(column)
    numbers = as_numbers(column)
    if numbers is None:
        wrong = [text for text in column.dropna().unique().tolist() if as_numbers(pd.Series([text])) is None]
        warnings.warn(f"column {name!r} stays text, for {some(wrong)} is not a number", stacklevel=7)
        return column
    return numbers


def _read_vectors(path: Path, n: int) -> np.ndarray | None:
    if not path.exists():
        return None
    if not path.is_file():
        raise ValueError(f"{path} is not a regular file; an array as numpy.save writes it is expected")
    try:
        # mapped, not read: a header may claim more than there is, and no object in it is unpickled
        mapped = np.lib.format.open_memmap(path, mode="r")
    except _DAMAGE as error:
        raise ValueError(f"{path} is not an array of numbers as numpy.save writes it: {error}") from error
    if mapped.dtype.kind not in "fiub":
        raise ValueError(f"{path} holds values of dtype {mapped.dtype}; numbers are expected")
    if mapped.ndim != 2 or len(mapped) != n:
        raise ValueError(
            f"{path} has shape {mapped.shape}; expected ({n}, d), a row for each of the {n:,} in metadata.csv"
        )
    try:
        return np.array(mapped)
    except MemoryError as error:
        raise ValueError(f"{path} has shape {mapped.shape}, which does not fit into memory") from error
